/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* memory_rehydrate.c - loading an aggregate from a stream on the memory store. An operation
 * is an event. */
#include "bank.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
	uint64_t ops = 1000000;
	uint64_t events = 10000;
	double expected = BENCH_OPENING_BALANCE;
	struct cqrs_arena *arena = NULL;
	struct bench_latencies latencies;
	struct bench_counting memory;
	struct bench_bank bank;
	char(*ids)[BENCH_ID_SIZE] = bench_ids(1);
	uint64_t allocations;
	uint64_t began_ns;
	double seconds;
	uint64_t loads;

	BENCH_OPTIONS(argc, argv, { "ops", &ops, NULL }, { "events", &events, NULL });
	loads = ops / events;
	bench_latencies_init(&latencies, loads, 1);
	bench_counting_init(&memory);
	if (cqrs_arena_new(&memory.allocator, &arena, NULL) != CQRS_OK)
		bench_fail("no memory");
	bench_bank_open(&bank,
	                &(struct bench_bank_options){ .url = "memory:",
	                                              .backends = CQRS_BACKENDS(cqrs_memory()) });
	bench_bank_open_accounts(&bank, ids, 1);
	for (uint64_t n = 0; n < events - BENCH_OPENING_EVENTS; n++) {
		bench_bank_command(&bank, ids[0], n);
		expected += bench_amount(n);
	}
	bench_bank_balance(&bank, ids[0], arena);

	allocations = bank.framework_memory.count + bank.store_memory.count + memory.count;
	began_ns = bench_now_ns();
	for (uint64_t i = 0; i < loads; i++) {
		bench_begin(&latencies);
		cqrs_arena_reset(arena);
		if (bench_bank_balance(&bank, ids[0], arena) != expected)
			bench_fail("the balance is wrong");
		bench_end(&latencies);
	}
	seconds = (double)(bench_now_ns() - began_ns) / 1e9;
	allocations =
		bank.framework_memory.count + bank.store_memory.count + memory.count - allocations;
	bench_print(&(struct bench_result){ loads * events, seconds, &latencies, allocations });
	cqrs_arena_free(arena);
	bench_bank_close(&bank);
	bench_latencies_deinit(&latencies);
	free(ids);
	return 0;
}
