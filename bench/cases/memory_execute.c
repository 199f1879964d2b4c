/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * memory_execute.c - commands on aggregates that are cached, on the memory store: accounts
 * in random order, a deposit and a withdrawal in turn.
 */
#include "bank.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct run {
	struct bench_bank bank;
	char (*ids)[BENCH_ID_SIZE];
	uint64_t accounts;
	uint64_t ops;
	uint64_t threads;
	struct bench_latencies *latencies; /* of each thread */
};

static void execute(void *context, uint64_t thread)
{
	struct run *run = context;
	struct bench_latencies *latencies = &run->latencies[thread];
	struct bench_random random = { thread };
	uint64_t ops = bench_share(run->ops, run->threads, thread);

	for (uint64_t n = 0; n < ops; n++) {
		const char *id = run->ids[bench_random_below(&random, run->accounts)];

		bench_begin(latencies);
		bench_bank_command(&run->bank, id, n);
		bench_end(latencies);
	}
}

/* Draw the same numbers again, and compare some thousand balances. */
static void check(struct run *run)
{
	double *balances = bench_allocate(run->accounts, sizeof(*balances));
	uint64_t events = bench_bank_events(&run->bank);
	struct cqrs_arena *arena = NULL;

	if (events != run->accounts * BENCH_OPENING_EVENTS + run->ops)
		bench_fail("there are %" PRIu64 " events", events);
	if (cqrs_arena_new(NULL, &arena, NULL) != CQRS_OK)
		bench_fail("no memory");
	for (uint64_t thread = 0; thread < run->threads; thread++) {
		struct bench_random random = { thread };
		uint64_t ops = bench_share(run->ops, run->threads, thread);

		for (uint64_t n = 0; n < ops; n++)
			balances[bench_random_below(&random, run->accounts)] += bench_amount(n);
	}
	for (uint64_t i = 0; i < run->accounts; i += 1 + run->accounts / 2000) {
		double balance = bench_bank_balance(&run->bank, run->ids[i], arena);

		if (balance != BENCH_OPENING_BALANCE + balances[i])
			bench_fail("%s holds %f", run->ids[i], balance);
		cqrs_arena_reset(arena);
	}
	cqrs_arena_free(arena);
	free(balances);
}

int main(int argc, char **argv)
{
	struct run run = { .accounts = 10000, .ops = 1000000, .threads = 1 };
	struct bench_latencies all;
	uint64_t feeds = 1;
	uint64_t with_check = 1; /* 0: not while instructions are counted */
	uint64_t framework_allocations;
	uint64_t store_allocations;
	char url[64];
	double seconds;

	BENCH_OPTIONS(argc, argv, { "ops", &run.ops, NULL }, { "threads", &run.threads, NULL },
	              { "accounts", &run.accounts, NULL }, { "feeds", &feeds, NULL },
	              { "check", &with_check, NULL });
	snprintf(url, sizeof(url), "memory:?feeds=%" PRIu64, feeds);
	run.ids = bench_ids(run.accounts);
	run.latencies = bench_allocate(run.threads, sizeof(*run.latencies));
	for (uint64_t i = 0; i < run.threads; i++)
		bench_latencies_init(&run.latencies[i], run.ops, 32);
	/* The cache is kept in parts by hash; room to spare, so that no part runs full. */
	bench_bank_open(&run.bank, &(struct bench_bank_options){
					   .url = url,
					   .backends = CQRS_BACKENDS(cqrs_memory()),
					   .cache_entries = 2 * run.accounts + 1000,
				   });
	bench_bank_open_accounts(&run.bank, run.ids, run.accounts);
	framework_allocations = run.bank.framework_memory.count;
	store_allocations = run.bank.store_memory.count;
	if (run.threads == 1) {
		uint64_t began_ns = bench_now_ns();

		execute(&run, 0);
		seconds = (double)(bench_now_ns() - began_ns) / 1e9;
	} else {
		seconds = bench_threads(run.threads, execute, &run);
	}
	framework_allocations = run.bank.framework_memory.count - framework_allocations;
	store_allocations = run.bank.store_memory.count - store_allocations;
	if (with_check)
		check(&run);

	all = run.latencies[0];
	for (uint64_t i = 1; i < run.threads; i++) {
		bench_latencies_add(&all, &run.latencies[i]);
		bench_latencies_deinit(&run.latencies[i]);
	}
	bench_print_with(
		&(struct bench_result){ .ops = run.ops,
	                                .seconds = seconds,
	                                .latencies = &all,
	                                .allocations = framework_allocations + store_allocations },
		"\"framework_allocations\":%" PRIu64, framework_allocations);
	bench_latencies_deinit(&all);
	free(run.latencies);
	bench_bank_close(&run.bank);
	free(run.ids);
	return 0;
}
