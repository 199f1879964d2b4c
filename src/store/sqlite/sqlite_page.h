/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* sqlite_page.h - what reads have in common: a statement whose rows become a page; see page.c. */
#ifndef CQRS_STORE_SQLITE_PAGE_H
#define CQRS_STORE_SQLITE_PAGE_H

#include "store/sqlite/sqlite_store.h"

/* Items are gathered in the connection, then copied to the arena at their final number. */
struct sqlite_page {
	struct sqlite_connection *connection;
	struct cqrs_arena *arena;
	size_t item_size;
	size_t max_count;
	size_t count;
	size_t bytes;  /* of payloads and metadata so far */
	bool complete; /* the query has no further row */
};

/*
 * The function that statements of readers may hand their columns to, where there are many to
 * a row and many rows: the query then has their names.
 */
#define SQLITE_TAKE_ROW "cqrs_take_row"
enum cqrs_status cqrs__sqlite_add_take_row(struct sqlite_connection *reader,
                                           struct cqrs_error *err);

/* A kind of read. What it asks for is passed through as self. */
struct sqlite_query {
	enum sqlite_statement statement;
	const char *const *columns; /* NULL: as the statement calls them */
	size_t item_size;
	enum cqrs_status (*bind)(struct sqlite_call *call, const void *self,
	                         struct cqrs_error *err);
	/* Make an item of a row, by cqrs__sqlite_page_add(), or pass it over. */
	enum cqrs_status (*read)(const struct sqlite_call *call, const void *self,
	                         struct sqlite_page *page, struct cqrs_error *err);
};

/* Room for the next item, all zero; valid until the next one. */
enum cqrs_status cqrs__sqlite_page_add(struct sqlite_page *page, void *out_item,
                                       struct cqrs_error *err);
/* out_items: a pointer to the items in the arena, NULL where there are none. */
enum cqrs_status cqrs__sqlite_read_page(struct sqlite_store *store,
                                        const struct sqlite_query *query, const void *self,
                                        size_t max_count, struct cqrs_arena *arena, void *out_items,
                                        size_t *out_count, struct cqrs_error *err);
/* The same for events, which are told whether there are more. */
enum cqrs_status cqrs__sqlite_read_events(struct sqlite_store *store,
                                          const struct sqlite_query *query, const void *self,
                                          size_t max_count, struct cqrs_arena *arena,
                                          struct cqrs_event_page *out_page, struct cqrs_error *err);
/*
 * The same for one item, into the caller's storage, which is untouched where there is none.
 * arena: NULL where the item holds no texts.
 */
enum cqrs_status cqrs__sqlite_read_item(struct sqlite_store *store,
                                        const struct sqlite_query *query, const void *self,
                                        struct cqrs_arena *arena, void *out_item, bool *out_found,
                                        struct cqrs_error *err);

#endif
