/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* sqlite_load.c - loading aggregates from their events on SQLite, without a cache. */
#include "raw_schema.h"
#include "sqlite_bank.h"
#include "timed.h"

#include "domain/account.h"

struct run {
	struct sqlite_bank bank;
	struct cqrs_arena *arena;
	struct bench_random random;
};

static void load(struct run *run)
{
	const char *id = run->bank.ids[bench_random_below(&run->random, run->bank.size.accounts)];
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_loaded loaded;

	cqrs_arena_reset(run->arena);
	if (cqrs_load(run->bank.bank.framework, &bank_account, id, run->arena, &loaded, &err) !=
	    CQRS_OK)
		bench_fail("%s: %s", id, err.message);
	if (loaded.sequence != run->bank.size.events)
		bench_fail("%s is not %llu long", id, (unsigned long long)run->bank.size.events);
}

static void load_all(void *context, const struct bench_part *part)
{
	for (uint64_t n = 0; n < part->ops; n++) {
		bench_begin(part->latencies);
		load(context);
		bench_end(part->latencies);
	}
}

int main(int argc, char **argv)
{
	struct raw_bank_size size = { .events = 10 };
	struct run run = { .random = { 0 } };
	uint64_t ops = 10000;
	const char *file = NULL;
	struct bench_latencies latencies;
	double seconds;

	BENCH_OPTIONS(argc, argv, { "ops", &ops, NULL }, { "length", &size.events, NULL },
	              { "file", NULL, &file });
	size.accounts = raw_bank_count(file);
	sqlite_bank_open(&run.bank, file, &size, true);
	if (cqrs_arena_new(NULL, &run.arena, NULL) != CQRS_OK)
		bench_fail("no memory");
	for (uint64_t i = 0; i < RAW_WARM_LOADS(size.events); i++)
		load(&run);
	sqlite_bank_measure(&run.bank);
	seconds = bench_timed(1, ops, load_all, &run, &latencies);
	cqrs_arena_free(run.arena);
	sqlite_bank_close(&run.bank, &(struct bench_result){ ops, seconds, &latencies, 0 });
	bench_latencies_deinit(&latencies);
	return 0;
}
