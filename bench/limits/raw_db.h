/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * raw_db.h - SQLite by hand, for the limits: a connection set up as the library's writer is
 * (src/store/sqlite/connection.c), statements, and an end to the program where one fails.
 */
#ifndef BENCH_RAW_DB_H
#define BENCH_RAW_DB_H

#include "bench.h"

#include <sqlite3.h>

/** Open a file, and make it where there is none; for one thread at a time. */
sqlite3 *raw_db_open(const char *path);
/** The same with the pragmas of the library, in WAL mode, and a checkpoint every 3000 pages. */
sqlite3 *raw_db_open_log(const char *path);
void raw_db_close(sqlite3 *db);

/** Run SQL text whose rows do not matter. */
void raw_db_run(sqlite3 *db, const char *sql);
/** The first column of the first row of SQL text. */
double raw_db_number(sqlite3 *db, const char *sql);

/** Prepare a statement that will be run often. */
sqlite3_stmt *raw_db_prepare(sqlite3 *db, const char *sql);
/** Run one that has no rows, and reset it. */
void raw_db_step(sqlite3_stmt *statement);
/** Step to the next row; false, and reset, where there is none. */
bool raw_db_next(sqlite3_stmt *statement);

/** Flush a file that was written without syncs, lest what is measured next pays for it. */
void raw_db_flush(const char *path);

#endif
