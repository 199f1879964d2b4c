/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * sqlite_make.c - makes a file of the bank on SQLite, for the cases that share one: N accounts;
 * and, beside it, one of 10,000 accounts to compare with.
 */
#include "raw_bank.h"

#define SMALL_ACCOUNTS 10000

int main(int argc, char **argv)
{
	struct raw_bank_size size = { .accounts = 10000, .events = 2 };
	const char *file = NULL;
	const char *small = NULL;
	uint64_t began_ns = bench_now_ns();
	uint64_t accounts;

	BENCH_OPTIONS(argc, argv, { "ops", &size.accounts, NULL }, { "events", &size.events, NULL },
	              { "view", &size.with_view, NULL }, { "file", NULL, &file },
	              { "small", NULL, &small });
	if (!file)
		bench_fail("this needs --file");
	accounts = size.accounts;
	raw_bank_make(file, &size);
	size.accounts = SMALL_ACCOUNTS;
	if (small)
		raw_bank_make(small, &size);
	bench_print(&(struct bench_result){
		.ops = accounts,
		.seconds = (double)(bench_now_ns() - began_ns) / 1e9,
	});
	return 0;
}
