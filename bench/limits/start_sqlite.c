/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * start_sqlite.c - the limit of a start on SQLite: a plain C program that opens the file
 * with the same pragmas, inserts one event durably and closes cleanly. The argument is the
 * directory of the file, which is there from the second run on.
 */
#include "bench.h"

#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

static void must(sqlite3 *db, int code)
{
	if (code != SQLITE_OK && code != SQLITE_DONE)
		bench_fail("sqlite: %s", sqlite3_errmsg(db));
}

static void insert(sqlite3 *db)
{
	static const char id[16] = "0123456789abcdef";
	sqlite3_stmt *statement = NULL;
	char stream[32];

	snprintf(stream, sizeof(stream), "ACCT-%08ld", (long)getpid());
	must(db, sqlite3_prepare_v2(db,
	                            "INSERT INTO events (stream, sequence, event_id, type, version,"
	                            " recorded_at, payload, metadata)"
	                            " VALUES (?1, 1, ?2, 'AccountOpened', '1.0', 1767322800000000,"
	                            " ?3, '{}')",
	                            -1, &statement, NULL));
	sqlite3_bind_text(statement, 1, stream, -1, SQLITE_STATIC);
	sqlite3_bind_blob(statement, 2, id, sizeof(id), SQLITE_STATIC);
	sqlite3_bind_text(statement, 3, "{\"account_id\":\"ACCT-00001234\"}", -1, SQLITE_STATIC);
	must(db, sqlite3_step(statement));
	must(db, sqlite3_finalize(statement));
}

int main(int argc, char **argv)
{
	sqlite3 *db = NULL;

	if (argc != 2)
		return 2;
	must(db, sqlite3_open_v2(bench_path(argv[1], "start.db"), &db,
	                         SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL));
	must(db, sqlite3_exec(db,
	                      "PRAGMA page_size = 4096;"
	                      "PRAGMA journal_mode = WAL;"
	                      "PRAGMA synchronous = FULL;"
	                      "PRAGMA mmap_size = 0;"
	                      "PRAGMA cell_size_check = ON;"
	                      "PRAGMA secure_delete = ON;"
	                      "PRAGMA temp_store = MEMORY;"
	                      "PRAGMA fullfsync = ON;"
	                      "PRAGMA checkpoint_fullfsync = ON;"
	                      "PRAGMA wal_autocheckpoint = 0;"
	                      "PRAGMA journal_size_limit = 16777216;"
	                      "CREATE TABLE IF NOT EXISTS events (position INTEGER PRIMARY KEY,"
	                      " stream TEXT NOT NULL, sequence INTEGER NOT NULL,"
	                      " event_id BLOB NOT NULL, type TEXT NOT NULL, version TEXT NOT NULL,"
	                      " recorded_at INTEGER NOT NULL, payload TEXT NOT NULL,"
	                      " metadata TEXT NOT NULL, UNIQUE (stream, sequence))",
	                      NULL, NULL, NULL));
	insert(db);
	must(db, sqlite3_close(db));
	return 0;
}
