/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* raw_db.c - connections and statements of the limits. */
#include "raw_db.h"

#include <fcntl.h>
#include <unistd.h>

static void must(sqlite3 *db, bool succeeded, const char *what)
{
	if (!succeeded)
		bench_fail("%s: %s", what, sqlite3_errmsg(db));
}

sqlite3 *raw_db_open(const char *path)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
	                  SQLITE_OPEN_PRIVATECACHE;
	sqlite3 *db = NULL;

	must(db, sqlite3_open_v2(path, &db, flags, NULL) == SQLITE_OK, path);
	return db;
}

sqlite3 *raw_db_open_log(const char *path)
{
	sqlite3 *db = raw_db_open(path);

	raw_db_run(db, "PRAGMA synchronous = FULL;"
	               "PRAGMA page_size = 4096;"
	               "PRAGMA mmap_size = 0;"
	               "PRAGMA cell_size_check = ON;"
	               "PRAGMA secure_delete = ON;"
	               "PRAGMA temp_store = MEMORY;"
	               "PRAGMA cache_size = -32768;"
	               "PRAGMA journal_mode = WAL;"
	               "PRAGMA wal_autocheckpoint = 3000;"
	               "PRAGMA journal_size_limit = 33554432");
	return db;
}

void raw_db_close(sqlite3 *db)
{
	sqlite3_stmt *statement;

	while ((statement = sqlite3_next_stmt(db, NULL)))
		sqlite3_finalize(statement);
	must(db, sqlite3_close(db) == SQLITE_OK, "close");
}

void raw_db_run(sqlite3 *db, const char *sql)
{
	must(db, sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, sql);
}

double raw_db_number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement = raw_db_prepare(db, sql);
	double number = 0;

	if (raw_db_next(statement))
		number = sqlite3_column_double(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

sqlite3_stmt *raw_db_prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement = NULL;

	must(db,
	     sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) ==
	             SQLITE_OK,
	     sql);
	return statement;
}

void raw_db_step(sqlite3_stmt *statement)
{
	must(sqlite3_db_handle(statement), sqlite3_step(statement) == SQLITE_DONE,
	     sqlite3_sql(statement));
	sqlite3_reset(statement);
}

bool raw_db_next(sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);

	if (code == SQLITE_ROW)
		return true;
	must(sqlite3_db_handle(statement), code == SQLITE_DONE, sqlite3_sql(statement));
	sqlite3_reset(statement);
	return false;
}

void raw_db_flush(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0 || fsync(fd) != 0)
		bench_fail("%s: cannot be flushed", path);
	close(fd);
}
