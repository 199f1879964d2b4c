/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * sqlite_execute.c - commands on SQLite, one by one, on one thread or several: accounts in
 * random order, a deposit and a withdrawal in turn, each with its view and ledger entry.
 */
#include "sqlite_bank.h"
#include "timed.h"

static void execute(void *context, const struct bench_part *part)
{
	struct sqlite_bank *bank = context;
	struct bench_random random = { part->thread };

	for (uint64_t n = 0; n < part->ops; n++) {
		const char *id = bank->ids[bench_random_below(&random, bank->size.accounts)];

		bench_begin(part->latencies);
		bench_bank_command(&bank->bank, id, n);
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
	struct sqlite_bank bank;
	double seconds;

	BENCH_OPTIONS(argc, argv, { "ops", &ops, NULL }, { "threads", &threads, NULL },
	              { "accounts", &size.accounts, NULL }, { "dir", NULL, &dir });
	sqlite_bank_start(&bank, dir, NULL, &size);
	seconds = bench_timed(threads, ops, execute, &bank, &latencies);
	sqlite_bank_finish(&bank, &(struct bench_result){ ops, seconds, &latencies, 0 },
	                   bench_total(threads, ops));
	bench_latencies_deinit(&latencies);
	return 0;
}
