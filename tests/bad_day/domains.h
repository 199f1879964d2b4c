/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * domains.h - the domains that have bad days (the tests' wallet and the demo's bank
 * account), and how their days are run and told.
 */
#ifndef CQRS_TESTS_BAD_DAY_DOMAINS_H
#define CQRS_TESTS_BAD_DAY_DOMAINS_H

#include "bad_day.h"

extern const struct bad_day bad_day_wallet;
extern const struct bad_day bad_day_bank;

/*
 * Run the days of count seeds from first on, until one fails; true when none did. The one
 * that does is printed, with the command that runs it alone: program, the day's name, seed.
 */
bool run_days(const char *program, const struct bad_day *day, uint64_t first, uint64_t count);

/*
 * What the program does with arguments: "NAME SEED" runs one day and tells what happens,
 * "NAME FIRST COUNT" runs many. The exit status for main().
 */
int run_named_days(const struct bad_day *const *days, size_t count, int argc, char **argv);

#endif
