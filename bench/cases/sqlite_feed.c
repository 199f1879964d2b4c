/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* sqlite_feed.c - reading the feed on SQLite, decoded, a page of 1000 events at a time. */
#include "raw_schema.h"
#include "sqlite_bank.h"

#define PAGE 1000

/* Read ops events; from the beginning again where the feed is shorter. */
static void scan(struct sqlite_bank *bank, struct cqrs_arena *arena, uint64_t ops)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_envelope_page page;
	uint64_t offset = 0;

	for (uint64_t n = 0; n < ops; n += page.count) {
		uint64_t count = ops - n < PAGE ? ops - n : PAGE;

		cqrs_arena_reset(arena);
		if (cqrs_read_feed(bank->bank.framework, 0, offset, count, arena, &page, &offset,
		                   &err) != CQRS_OK)
			bench_fail("%s", err.message);
		if (page.count == 0 && offset != bank->size.accounts * bank->size.events)
			bench_fail("the feed ends at %llu", (unsigned long long)offset);
		if (page.count == 0)
			offset = 0;
	}
}

int main(int argc, char **argv)
{
	struct raw_bank_size size = { .events = 10 };
	struct cqrs_arena *arena = NULL;
	uint64_t ops = 300000;
	const char *file = NULL;
	struct sqlite_bank bank;
	uint64_t began_ns;
	double seconds;

	BENCH_OPTIONS(argc, argv, { "ops", &ops, NULL }, { "length", &size.events, NULL },
	              { "file", NULL, &file });
	size.accounts = raw_bank_count(file);
	sqlite_bank_open(&bank, file, &size, true);
	if (cqrs_arena_new(NULL, &arena, NULL) != CQRS_OK)
		bench_fail("no memory");
	scan(&bank, arena, RAW_WARM_EVENTS);
	sqlite_bank_measure(&bank);
	began_ns = bench_now_ns();
	scan(&bank, arena, ops);
	seconds = (double)(bench_now_ns() - began_ns) / 1e9;
	cqrs_arena_free(arena);
	sqlite_bank_close(&bank, &(struct bench_result){ ops, seconds, NULL, 0 });
	return 0;
}
