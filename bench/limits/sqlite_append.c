/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * sqlite_append.c - the limit of appending events to random streams of a large file: their
 * rows, a hundred a transaction. It knows the number and head of each stream. The events are
 * taken away again, so that the next run finds the same file.
 */
#include "raw_bank.h"
#include "raw_print.h"
#include "timed.h"

struct run {
	struct raw_bank bank;
	uint64_t streams;
	uint64_t batch;
};

static void append(void *context, const struct bench_part *part)
{
	struct run *run = context;
	struct bench_random random = { 2 }; /* not ours: pages would be split already */

	for (uint64_t n = 0; n < part->ops;) {
		bench_begin(part->latencies);
		raw_bank_begin(&run->bank);
		for (uint64_t i = 0; i < run->batch && n < part->ops; i++, n++)
			raw_bank_pay(&run->bank, bench_random_below(&random, run->streams),
			             bench_amount(n), RAW_METADATA);
		raw_bank_commit(&run->bank);
		bench_end(part->latencies);
	}
}

int main(int argc, char **argv)
{
	struct raw_bank_size size = { .events = 10 };
	struct run run = { .batch = 100 };
	uint64_t ops = 20000;
	const char *file = NULL;
	const char *dir = NULL;
	struct bench_latencies latencies;
	double seconds;

	BENCH_OPTIONS(argc, argv, { "ops", &ops, NULL }, { "length", &size.events, NULL },
	              { "batch", &run.batch, NULL }, { "file", NULL, &file },
	              { "dir", NULL, &dir });
	size.accounts = raw_bank_count(file);
	raw_bank_trim(file, &size);
	raw_bank_open(&run.bank, file, &size);
	run.streams = size.accounts;
	seconds = bench_timed(1, ops, append, &run, &latencies);
	raw_bank_close(&run.bank);
	raw_bank_check(file, &size, ops, 0);
	raw_bank_trim(file, &size);

	raw_print(&(struct bench_result){ ops, seconds, &latencies, 0 }, dir);
	bench_latencies_deinit(&latencies);
	return 0;
}
