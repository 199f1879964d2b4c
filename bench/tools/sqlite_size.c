/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* sqlite_size.c - how many bytes an event takes in a file, with its share of all tables. */
#include "raw_db.h"

int main(int argc, char **argv)
{
	const char *file = NULL;
	uint64_t ops = 1;
	double size, events;
	sqlite3 *db;

	BENCH_OPTIONS(argc, argv, { "ops", &ops, NULL }, { "file", NULL, &file });
	db = raw_db_open(file);
	size = raw_db_number(db, "SELECT page_count * page_size"
	                         " FROM pragma_page_count, pragma_page_size");
	events = raw_db_number(db, "SELECT max(offset) FROM events");
	raw_db_close(db);
	bench_print_with(&(struct bench_result){ .ops = ops }, "\"bytes_per_event\":%.1f",
	                 size / events);
	return 0;
}
