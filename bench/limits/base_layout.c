/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* base_layout.c - the plainest table of events. */
#include "base_layout.h"

#include "raw_db.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define RATE_EVENTS 20000

int base_payload(char out[BASE_TEXT_SIZE], uint64_t n)
{
	return snprintf(out, BASE_TEXT_SIZE,
	                "{\"amount\":%" PRIu64 ".5,\"balance\":%" PRIu64
	                ".25,\"check_number\":\"%04" PRIu64
	                "\",\"memo\":\"rent for the month of June\"}",
	                200 + n % 700, 1234 + n % 99991, 1000 + n % 9000);
}

int base_metadata(char out[BASE_TEXT_SIZE], uint64_t n)
{
	return snprintf(out, BASE_TEXT_SIZE,
	                "{\"time\":\"2026-01-02T03:04:05.%06" PRIu64
	                "Z\",\"uri\":\"https://bank.example/\",\"actor\":\"u%04" PRIu64 "\"}",
	                n % 1000000, n % 10000);
}

int base_id(char out[BASE_ID_SIZE], uint64_t stream)
{
	return snprintf(out, BASE_ID_SIZE, "acct-%08" PRIu64 "-7f3a",
	                stream * 2654435761 % 100000000);
}

static void insert(sqlite3_stmt *statement, uint64_t n, uint64_t streams)
{
	char id[BASE_ID_SIZE], payload[BASE_TEXT_SIZE], metadata[BASE_TEXT_SIZE];

	sqlite3_bind_int64(statement, 1, (sqlite3_int64)n + 1);
	sqlite3_bind_text(statement, 2, "account", 7, SQLITE_STATIC);
	sqlite3_bind_text(statement, 3, id, base_id(id, n % streams), SQLITE_STATIC);
	sqlite3_bind_int64(statement, 4, (sqlite3_int64)(n / streams) + 1);
	sqlite3_bind_text(statement, 5, "CustomerWroteCheck", 18, SQLITE_STATIC);
	sqlite3_bind_text(statement, 6, "1.0", 3, SQLITE_STATIC);
	sqlite3_bind_text(statement, 7, payload, base_payload(payload, n), SQLITE_STATIC);
	sqlite3_bind_text(statement, 8, metadata, base_metadata(metadata, n), SQLITE_STATIC);
	sqlite3_bind_int64(statement, 9, 1767000000000000 + (sqlite3_int64)n);
	raw_db_step(statement);
}

double base_layout_append(const char *dir, uint64_t events, uint64_t batch, uint64_t streams,
                          struct bench_latencies *latencies)
{
	char *path = bench_path(dir, "base.db");
	sqlite3 *db = raw_db_open(path);
	sqlite3_stmt *begin, *add, *commit;
	uint64_t began_ns;
	double seconds;

	raw_db_run(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	               "CREATE TABLE events (position INTEGER PRIMARY KEY,"
	               " aggregate_type TEXT NOT NULL, aggregate_id TEXT NOT NULL,"
	               " sequence INTEGER NOT NULL, event_type TEXT NOT NULL,"
	               " event_version TEXT NOT NULL, payload TEXT NOT NULL,"
	               " metadata TEXT NOT NULL, recorded_at INTEGER NOT NULL,"
	               " UNIQUE (aggregate_type, aggregate_id, sequence))");
	begin = raw_db_prepare(db, "BEGIN IMMEDIATE");
	add = raw_db_prepare(db, "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
	commit = raw_db_prepare(db, "COMMIT");
	began_ns = bench_now_ns();
	for (uint64_t n = 0; n < events;) {
		if (latencies)
			bench_begin(latencies);
		raw_db_step(begin);
		for (uint64_t i = 0; i < batch && n < events; i++, n++)
			insert(add, n, streams);
		raw_db_step(commit);
		if (latencies)
			bench_end(latencies);
	}
	seconds = (double)(bench_now_ns() - began_ns) / 1e9;
	if (raw_db_number(db, "SELECT count(*) FROM events") != (double)events)
		bench_fail("the base layout lost events");
	raw_db_close(db);
	remove(path);
	free(path);
	return seconds;
}

double base_layout_rate(const char *dir)
{
	return RATE_EVENTS / base_layout_append(dir, RATE_EVENTS, 100, 1000, NULL);
}
