/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* sqlite_schema.c - compares the SQL of all tables and indices, and the version. */
#include "sqlite_schema.h"

#include "raw_db.h"

#include <cqrs/sqlite.h>
#include <stdio.h>
#include <stdlib.h>

static void make_ours(const char *path)
{
	char *url = sqlite3_mprintf("sqlite:%s", path);
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_store *store;

	if (cqrs_store_open(url, CQRS_BACKENDS(cqrs_sqlite()), &store, &err) != CQRS_OK)
		bench_fail("%s", err.message);
	cqrs_store_close(store);
	sqlite3_free(url);
}

static void compare(sqlite3 *db, const char *one, const char *other)
{
	char *sql = sqlite3_mprintf(
		"SELECT count(*) FROM (SELECT type, name, tbl_name, sql FROM %s.sqlite_schema"
		" EXCEPT SELECT type, name, tbl_name, sql FROM %s.sqlite_schema)",
		one, other);

	if (raw_db_number(db, sql) != 0)
		bench_fail("bench/limits/raw_schema.c is not src/store/sqlite/schema.c");
	sqlite3_free(sql);
}

void sqlite_schema_check(const char *dir, const char *path)
{
	char *ours = bench_path(dir, "schema.db");
	char *attach = sqlite3_mprintf("ATTACH %Q AS ours", ours);
	sqlite3 *db = raw_db_open(path);

	make_ours(ours);
	raw_db_run(db, attach);
	compare(db, "main", "ours");
	compare(db, "ours", "main");
	if (raw_db_number(db, "PRAGMA main.user_version") !=
	    raw_db_number(db, "PRAGMA ours.user_version"))
		bench_fail("the library's schema has another version than the limits'");
	raw_db_close(db);
	sqlite3_free(attach);
	remove(ours);
	free(ours);
}
