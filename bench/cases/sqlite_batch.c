/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* sqlite_batch.c - commands on SQLite in batches, on random accounts. */
#include "sqlite_bank.h"
#include "timed.h"

struct run {
	struct sqlite_bank bank;
	struct sqlite_batch *batch;
	uint64_t batch_size;
};

static void execute(void *context, const struct bench_part *part)
{
	struct run *run = context;
	struct bench_random random = { part->thread };

	for (uint64_t n = 0; n < part->ops;) {
		bench_begin(part->latencies);
		for (uint64_t i = 0; i < run->batch_size && n < part->ops; i++, n++)
			sqlite_batch_add(
				run->batch,
				run->bank.ids[bench_random_below(&random, run->bank.size.accounts)],
				bench_amount(n));
		sqlite_batch_execute(run->batch, &run->bank);
		bench_end(part->latencies);
	}
}

int main(int argc, char **argv)
{
	struct raw_bank_size size = { .accounts = 10000, .events = 2, .with_view = 1 };
	struct run run = { .batch_size = 100 };
	uint64_t ops = 100000;
	const char *dir = NULL;
	const char *from = NULL;
	struct bench_latencies latencies;
	double seconds;

	BENCH_OPTIONS(argc, argv, { "ops", &ops, NULL }, { "batch", &run.batch_size, NULL },
	              { "accounts", &size.accounts, NULL }, { "events", &size.events, NULL },
	              { "dir", NULL, &dir }, { "from", NULL, &from });
	sqlite_bank_start(&run.bank, dir, from, &size);
	run.batch = sqlite_batch_new(run.batch_size);
	seconds = bench_timed(1, ops, execute, &run, &latencies);
	sqlite_batch_free(run.batch);
	sqlite_bank_finish(&run.bank, &(struct bench_result){ ops, seconds, &latencies, 0 },
	                   bench_total(1, ops));
	bench_latencies_deinit(&latencies);
	return 0;
}
