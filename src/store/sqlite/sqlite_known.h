/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* sqlite_known.h - what the writer remembers of streams and views; see known.c. */
#ifndef CQRS_STORE_SQLITE_KNOWN_H
#define CQRS_STORE_SQLITE_KNOWN_H

#include <cqrs/store.h>

/* How much is remembered at most: as many rows, of 128 bytes each. */
#define KNOWN_BLOCKS 2048
#define KNOWN_BLOCK_ROWS 16
/* Longer ids are looked up each time. */
#define KNOWN_MAX_ID_LEN 62

enum sqlite_kind {
	SQLITE_STREAM,
	SQLITE_VIEW,
};

/* What a row is known by. */
struct sqlite_name {
	enum sqlite_kind kind;
	uint64_t type;  /* number */
	const char *id; /* borrowed */
	size_t id_len;
	uint64_t hash; /* of the id */
};

struct sqlite_name cqrs__sqlite_name_of(enum sqlite_kind kind, uint64_t type, const char *id);

enum sqlite_entries {
	SQLITE_ENTRIES_UNKNOWN,
	SQLITE_ENTRIES_NONE,
	SQLITE_ENTRIES_UP_TO, /* the last one */
};

struct sqlite_known {
	uint64_t number;             /* of the row; 0: there is none yet */
	uint64_t at;                 /* a stream's head, a view's version */
	enum sqlite_entries entries; /* of a view */
	struct cqrs_entry_position last_entry;
};

struct sqlite_known_row;

/* All zero: nothing is known. */
struct sqlite_known_table {
	struct sqlite_known_row **blocks; /* KNOWN_BLOCKS, each made when it is first used */
	uint64_t age;                     /* counts how often all was forgotten */
	uint64_t evictions;
};

struct sqlite_store;

/* These are for whoever holds the write lock of the file, in a transaction. */

/* false: nothing is known of it. */
bool cqrs__sqlite_recall(const struct sqlite_store *store, const struct sqlite_name *name,
                         struct sqlite_known *out_known);
/* In place of what was known of it before. Errors: CQRS_ERR_NOMEM. */
enum cqrs_status cqrs__sqlite_remember(struct sqlite_store *store, const struct sqlite_name *name,
                                       const struct sqlite_known *known, struct cqrs_error *err);
void cqrs__sqlite_forget(struct sqlite_store *store, const struct sqlite_name *name);
/* What is known may not be so: someone else wrote, or what was written is taken back. */
void cqrs__sqlite_forget_all(struct sqlite_store *store);
void cqrs__sqlite_release_known(struct sqlite_store *store);

#endif
