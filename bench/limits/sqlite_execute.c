/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * sqlite_execute.c - the limit of commands on SQLite, one by one: raw INSERTs of all the rows
 * that a command leaves, a transaction a command; or, with threads, a queue whose leader makes
 * one transaction of all that waits.
 */
#include "raw_print.h"
#include "raw_queue.h"
#include "timed.h"

#include <stdlib.h>

struct run {
	struct raw_bank bank;
	struct raw_queue queue;
	uint64_t accounts;
};

static void execute_alone(void *context, const struct bench_part *part)
{
	struct run *run = context;
	struct bench_random random = { part->thread };

	for (uint64_t n = 0; n < part->ops; n++) {
		uint64_t account = bench_random_below(&random, run->accounts);

		bench_begin(part->latencies);
		raw_bank_begin(&run->bank);
		raw_bank_pay(&run->bank, account, bench_amount(n), RAW_METADATA);
		raw_bank_commit(&run->bank);
		bench_end(part->latencies);
	}
}

static void execute_queued(void *context, const struct bench_part *part)
{
	struct run *run = context;
	struct bench_random random = { part->thread };
	struct raw_job job = { .metadata = RAW_METADATA };

	raw_job_init(&job);
	for (uint64_t n = 0; n < part->ops; n++) {
		job.account = bench_random_below(&random, run->accounts);
		job.amount = bench_amount(n);
		bench_begin(part->latencies);
		raw_queue_run(&run->queue, &job);
		bench_end(part->latencies);
	}
}

int main(int argc, char **argv)
{
	struct raw_bank_size size = { .accounts = 10000, .events = 2, .with_view = 1 };
	uint64_t ops = 5000;
	uint64_t threads = 1;
	const char *dir = NULL;
	struct bench_latencies latencies;
	struct run run;
	double seconds;
	char *path;

	BENCH_OPTIONS(argc, argv, { "ops", &ops, NULL }, { "threads", &threads, NULL },
	              { "accounts", &size.accounts, NULL }, { "dir", NULL, &dir });
	path = bench_path(dir, "bank.db");
	raw_bank_make(path, &size);
	raw_bank_open(&run.bank, path, &size);
	raw_bank_warm_up(&run.bank, &size);
	raw_queue_init(&run.queue, &run.bank);
	run.accounts = size.accounts;
	seconds = bench_timed(threads, ops, threads == 1 ? execute_alone : execute_queued, &run,
	                      &latencies);
	raw_bank_close(&run.bank);
	raw_bank_check(path, &size, size.accounts + ops,
	               (double)size.accounts * RAW_WARM_UP_AMOUNT + bench_total(threads, ops));

	raw_print(&(struct bench_result){ ops, seconds, &latencies, 0 }, dir);
	bench_latencies_deinit(&latencies);
	free(path);
	return 0;
}
