/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * sqlite_load.c - the limit of loading aggregates from SQLite: streams by their text id, stepped
 * through, with every column that is loaded touched.
 */
#include "raw_bank.h"
#include "raw_db.h"
#include "raw_rows.h"
#include "raw_schema.h"

#include <stdlib.h>

static uint64_t load(sqlite3_stmt *select, uint64_t account, uint64_t *sum)
{
	char id[RAW_ID_SIZE];
	uint64_t events = 0;

	raw_account_id(account, id);
	sqlite3_bind_text(select, 1, id, sizeof(id), SQLITE_STATIC);
	while (raw_db_next(select)) {
		for (int i = 0; i < 4; i++)
			*sum += (uint64_t)sqlite3_column_int64(select, i);
		for (int i = 4; i < 7; i++) {
			const uint8_t *bytes = sqlite3_column_blob(select, i);

			*sum += bytes[0] + (uint64_t)sqlite3_column_bytes(select, i);
		}
		events++;
	}
	return events;
}

int main(int argc, char **argv)
{
	uint64_t ops = 10000;
	uint64_t streams;
	uint64_t length = 10;
	uint64_t sum = 0;
	struct bench_random random = { 0 };
	struct bench_latencies latencies;
	const char *file = NULL;
	sqlite3_stmt *select;
	uint64_t began_ns;
	double seconds;
	sqlite3 *db;

	BENCH_OPTIONS(argc, argv, { "ops", &ops, NULL }, { "length", &length, NULL },
	              { "file", NULL, &file });
	streams = raw_bank_count(file);
	db = raw_db_open_log(file);
	select = raw_db_prepare(db, RAW_READ_STREAM);
	bench_latencies_init(&latencies, ops, 1);
	for (uint64_t i = 0; i < RAW_WARM_LOADS(length); i++)
		load(select, bench_random_below(&random, streams), &sum);

	began_ns = bench_now_ns();
	for (uint64_t n = 0; n < ops; n++) {
		bench_begin(&latencies);
		if (load(select, bench_random_below(&random, streams), &sum) != length)
			bench_fail("a stream is not %llu long", (unsigned long long)length);
		bench_end(&latencies);
	}
	seconds = (double)(bench_now_ns() - began_ns) / 1e9;
	raw_db_close(db);
	bench_print_with(&(struct bench_result){ ops, seconds, &latencies, 0 }, "\"sum\":%llu",
	                 (unsigned long long)sum);
	bench_latencies_deinit(&latencies);
	return 0;
}
