/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * events.h - the demo's four events as record.encode and record.decode measure them, one
 * kind after the other, in ours and in the limit. Includes nothing of the library.
 */
#ifndef BENCH_EVENTS_H
#define BENCH_EVENTS_H

#include "bench.h"

enum bench_event { BENCH_OPENED, BENCH_DEPOSITED, BENCH_WITHDREW, BENCH_CHECK, BENCH_EVENTS };

/* Values differ from event to event, so that no branch can be foreseen for all. */
#define BENCH_VARIANTS 64
#define BENCH_ACCOUNT_ID "ACCT-00001234"
#define BENCH_CHECK_NUMBER "1170"

static inline double bench_event_amount(uint64_t n)
{
	return 100.25 + (double)(n % BENCH_VARIANTS);
}

static inline double bench_event_balance(uint64_t n)
{
	return 1000000.75 + (double)(n * 37 % BENCH_VARIANTS);
}

/** The text that an event is stored as; made once, kept for ever. */
const char *bench_event_text(enum bench_event event, uint64_t n);

/* What is measured: a function for each kind of event. Its result is summed and compared. */
struct bench_events {
	double (*run[BENCH_EVENTS])(uint64_t n);
	double (*expected)(enum bench_event event, uint64_t n); /* the result of one */
	uint64_t (*allocations)(void);                          /* so far; NULL: none */
};

/** What encoding one gives: the length of its text. */
double bench_encoded(enum bench_event event, uint64_t n);
/** What decoding one gives: its numbers, and the lengths of its texts. */
double bench_decoded(enum bench_event event, uint64_t n);

/**
 * A program's main(): with --event NAME one kind, else all four, whose geometric mean is the
 * rate.
 */
int bench_events_main(int argc, char **argv, const struct bench_events *events);

#endif
