/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* sqlite_batch.c - the limit of a batch of commands on SQLite: their rows, in one transaction. */
#include "raw_bank.h"
#include "raw_print.h"
#include "timed.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
	struct raw_bank_size size = { .accounts = 10000, .events = 2, .with_view = 1 };
	uint64_t ops = 100000;
	uint64_t batch = 100;
	struct bench_random random = { 0 };
	struct bench_latencies latencies;
	const char *dir = NULL;
	struct raw_bank bank;
	uint64_t began_ns;
	double seconds;
	char *path;

	BENCH_OPTIONS(argc, argv, { "ops", &ops, NULL }, { "batch", &batch, NULL },
	              { "accounts", &size.accounts, NULL }, { "events", &size.events, NULL },
	              { "dir", NULL, &dir });
	path = bench_path(dir, "bank.db");
	raw_bank_make(path, &size);
	raw_bank_open(&bank, path, &size);
	raw_bank_warm_up(&bank, &size);
	bench_latencies_init(&latencies, ops, 1);

	began_ns = bench_now_ns();
	for (uint64_t n = 0; n < ops;) {
		bench_begin(&latencies);
		raw_bank_begin(&bank);
		for (uint64_t i = 0; i < batch && n < ops; i++, n++)
			raw_bank_pay(&bank, bench_random_below(&random, size.accounts),
			             bench_amount(n), RAW_METADATA);
		raw_bank_commit(&bank);
		bench_end(&latencies);
	}
	seconds = (double)(bench_now_ns() - began_ns) / 1e9;
	raw_bank_close(&bank);
	raw_bank_check(path, &size, size.accounts + ops,
	               (double)size.accounts * RAW_WARM_UP_AMOUNT + bench_total(1, ops));

	raw_print(&(struct bench_result){ ops, seconds, &latencies, 0 }, dir);
	bench_latencies_deinit(&latencies);
	free(path);
	return 0;
}
