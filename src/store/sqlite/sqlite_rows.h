/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* sqlite_rows.h - events and entries of a batch that wait to be written together; see rows.c. */
#ifndef CQRS_STORE_SQLITE_ROWS_H
#define CQRS_STORE_SQLITE_ROWS_H

#include <cqrs/store.h>

/* 16 bytes an id, up to the last that differs from the one before it; see ids.c. */
#define SQLITE_IDS_SIZE 48
/* In one statement. */
#define SQLITE_ROWS 8

/* The data is borrowed until the batch is over. */
struct sqlite_event_row {
	uint64_t offset;
	uint64_t stream; /* number */
	uint64_t sequence;
	uint64_t type; /* number */
	const struct cqrs_event_data *data;
	size_t ids_size;
	uint8_t ids[SQLITE_IDS_SIZE];
};

struct sqlite_entry_row {
	uint64_t view; /* number */
	const struct cqrs_entry_write *entry;
};

/* Those that wait. */
struct sqlite_rows {
	size_t event_count;
	size_t entry_count;
	struct sqlite_event_row events[SQLITE_ROWS];
	struct sqlite_entry_row entries[SQLITE_ROWS];
};

#endif
