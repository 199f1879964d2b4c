/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * sqlite_feed.c - the limit of reading the feed on SQLite: one scan of the events with their
 * streams' ids, every column touched.
 */
#include "raw_db.h"
#include "raw_schema.h"

/* Scan ops events; from the beginning again where the feed is shorter. */
static void scan(sqlite3_stmt *select, uint64_t ops, uint64_t *sum)
{
	for (uint64_t n = 0; n < ops;) {
		uint64_t before = n;

		while (n < ops && raw_db_next(select)) {
			for (int i = 0; i < 4; i++)
				*sum += (uint64_t)sqlite3_column_int64(select, i);
			for (int i = 4; i < 7; i++) {
				const uint8_t *bytes = sqlite3_column_blob(select, i);

				*sum += bytes[0] + (uint64_t)sqlite3_column_bytes(select, i);
			}
			*sum += (uint64_t)sqlite3_column_int64(select, 7);
			*sum += *(const uint8_t *)sqlite3_column_blob(select, 8);
			*sum += (uint64_t)sqlite3_column_int64(select, 9);
			n++;
		}
		if (n == before)
			bench_fail("the feed is empty");
	}
	sqlite3_reset(select);
}

int main(int argc, char **argv)
{
	uint64_t ops = 300000;
	uint64_t sum = 0;
	const char *file = NULL;
	sqlite3_stmt *select;
	uint64_t began_ns;
	double seconds;
	sqlite3 *db;

	BENCH_OPTIONS(argc, argv, { "ops", &ops, NULL }, { "file", NULL, &file });
	db = raw_db_open_log(file);
	select = raw_db_prepare(db, RAW_READ_FEED);
	scan(select, RAW_WARM_EVENTS, &sum);
	began_ns = bench_now_ns();
	scan(select, ops, &sum);
	seconds = (double)(bench_now_ns() - began_ns) / 1e9;
	raw_db_close(db);
	bench_print_with(&(struct bench_result){ ops, seconds, NULL, 0 }, "\"sum\":%llu",
	                 (unsigned long long)sum);
	return 0;
}
