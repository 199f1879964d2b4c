/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * bank.h - our side's setting: a store, a framework with the demo's domain, and counted
 * allocations of each.
 */
#ifndef BENCH_BANK_H
#define BENCH_BANK_H

#include "bench.h"
#include "counting.h"

#include <cqrs/cqrs.h>

struct bench_bank {
	struct bench_counting framework_memory;
	struct bench_counting store_memory;
	struct cqrs_store *store;
	struct cqrs_framework *framework;
};

struct bench_bank_options {
	const char *url;
	const struct cqrs_backend *const *backends;
	uint64_t cache_entries; /* as in framework.h */
	bool with_view;         /* the demo's account view goes with each command */
};

/** Open it; what fails ends the program. */
void bench_bank_open(struct bench_bank *bank, const struct bench_bank_options *options);
void bench_bank_close(struct bench_bank *bank);

/* Options with the metadata that every command carries. */
#define BENCH_EXECUTE_OPTIONS(...)                                                                \
	CQRS_EXECUTE_OPTIONS(.metadata =                                                          \
	                             CQRS_METADATA({ BENCH_METADATA_1, BENCH_METADATA_1_VALUE },  \
	                                           { BENCH_METADATA_2, BENCH_METADATA_2_VALUE }), \
	                     __VA_ARGS__)

#define BENCH_OPENING_EVENTS 2 /* of an account that was opened */

/** Open accounts and pay the opening balance into each. */
void bench_bank_open_accounts(struct bench_bank *bank, char (*ids)[BENCH_ID_SIZE], uint64_t count);

/** Execute command number n of a run (bench_amount()) on an account; it never fails. */
void bench_bank_command(struct bench_bank *bank, const char *id, uint64_t n);

/** The balance that is stored for an account. */
double bench_bank_balance(struct bench_bank *bank, const char *id, struct cqrs_arena *arena);
/** The number of events in all feeds of the store. */
uint64_t bench_bank_events(struct bench_bank *bank);

#endif
