/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * growth_stream.c - commands on cached streams of a given length, on the memory store: does
 * a long stream make a command slower? The commands go from stream to stream, so many to
 * each, since short streams would not stay short.
 */
#include "bank.h"

#include <inttypes.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	uint64_t ops = 200000;
	uint64_t events = 10; /* in each stream before */
	uint64_t each = 100;  /* commands on a stream before the next one's turn */
	struct bench_latencies latencies;
	struct bench_bank bank;
	char(*ids)[BENCH_ID_SIZE];
	uint64_t framework_allocations;
	uint64_t store_allocations;
	uint64_t began_ns;
	uint64_t streams;
	double seconds;

	BENCH_OPTIONS(argc, argv, { "ops", &ops, NULL }, { "events", &events, NULL },
	              { "each", &each, NULL });
	streams = (ops + each - 1) / each;
	ids = bench_ids(streams);
	bench_latencies_init(&latencies, ops, 32);
	bench_bank_open(&bank,
	                &(struct bench_bank_options){ .url = "memory:",
	                                              .backends = CQRS_BACKENDS(cqrs_memory()),
	                                              .cache_entries = 2 * streams + 1000 });
	bench_bank_open_accounts(&bank, ids, streams);
	for (uint64_t n = 0; n < (events - BENCH_OPENING_EVENTS) * streams; n++)
		bench_bank_command(&bank, ids[n % streams], n / streams);
	framework_allocations = bank.framework_memory.count;
	store_allocations = bank.store_memory.count;

	began_ns = bench_now_ns();
	for (uint64_t n = 0; n < ops; n++) {
		bench_begin(&latencies);
		bench_bank_command(&bank, ids[n / each], n);
		bench_end(&latencies);
	}
	seconds = (double)(bench_now_ns() - began_ns) / 1e9;
	framework_allocations = bank.framework_memory.count - framework_allocations;
	store_allocations = bank.store_memory.count - store_allocations;
	if (bench_bank_events(&bank) != streams * events + ops)
		bench_fail("there are %" PRIu64 " events", bench_bank_events(&bank));
	bench_print(&(struct bench_result){ ops, seconds, &latencies,
	                                    framework_allocations + store_allocations });
	bench_bank_close(&bank);
	bench_latencies_deinit(&latencies);
	free(ids);
	return 0;
}
