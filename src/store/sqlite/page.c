/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* page.c - runs a query on a pooled connection and gathers its items. */
#include "store/sqlite/sqlite_page.h"

#include <string.h>

#define PAGE_BYTES ((size_t)1 << 20)

static bool make_room(struct sqlite_page *page)
{
	struct sqlite_connection *connection = page->connection;
	const struct cqrs_allocator *allocator = connection->store->environment.allocator;
	size_t size = connection->items_size ? connection->items_size * 2 : 4096;
	void *items;

	if ((page->count + 1) * page->item_size <= connection->items_size)
		return true;
	items = allocator->resize(allocator->self, connection->items, connection->items_size, size);
	if (!items)
		return false;
	connection->items = items;
	connection->items_size = size;
	return true;
}

enum cqrs_status cqrs__sqlite_page_add(struct sqlite_page *page, void *out_item,
                                       struct cqrs_error *err)
{
	void *item;

	if (!make_room(page))
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a page");
	item = (char *)page->connection->items + page->count++ * page->item_size;
	memset(item, 0, page->item_size);
	memcpy(out_item, &item, sizeof(item));
	return CQRS_OK;
}

/* A query that runs, and what came of the row that was read last. */
struct sqlite_reading {
	const struct sqlite_query *query;
	const void *self;
	struct sqlite_page *page;
	struct sqlite_call call;
	enum cqrs_status status;
	struct cqrs_error *err;
};

static void read_row(struct sqlite_reading *reading)
{
	reading->status =
		reading->query->read(&reading->call, reading->self, reading->page, reading->err);
}

/*
 * To ask a statement for a column is to ask for its lock, and whether there was an error: a
 * twelfth of what an event costs. A function is given all of them at once.
 */
static void take_row(sqlite3_context *context, int count, sqlite3_value **values)
{
	const struct sqlite_connection *reader = sqlite3_user_data(context);

	(void)count;
	reader->reading->call.values = values;
	read_row(reader->reading);
}

enum cqrs_status cqrs__sqlite_add_take_row(struct sqlite_connection *reader, struct cqrs_error *err)
{
	int code = sqlite3_create_function_v2(reader->db, SQLITE_TAKE_ROW, -1,
	                                      SQLITE_UTF8 | SQLITE_DIRECTONLY, reader, take_row,
	                                      NULL, NULL, NULL);

	return code == SQLITE_OK ? CQRS_OK : cqrs__sqlite_error(reader, code, err);
}

static enum cqrs_status read_rows(const struct sqlite_query *query, const void *self,
                                  struct sqlite_page *page, struct cqrs_error *err)
{
	struct sqlite_reading reading = { .query = query, .self = self, .page = page, .err = err };
	struct sqlite_call *call = &reading.call;
	bool row = true;
	enum cqrs_status status = cqrs__sqlite_begin(page->connection, query->statement, call, err);

	if (status != CQRS_OK)
		return status;
	call->names = query->columns;
	page->connection->reading = &reading;
	status = query->bind(call, self, err);
	while (status == CQRS_OK && page->count < page->max_count && page->bytes < PAGE_BYTES) {
		status = cqrs__sqlite_next(call, &row, err);
		if (status != CQRS_OK || !row)
			break;
		if (!query->columns)
			read_row(&reading);
		status = reading.status;
	}
	cqrs__sqlite_end(call);
	page->complete = !row;
	return status;
}

/* Run a query and give its items, wherever page->arena is, to take. */
static enum cqrs_status run_query(struct sqlite_store *store, const struct sqlite_query *query,
                                  const void *self, struct sqlite_page *page,
                                  enum cqrs_status (*take)(const struct sqlite_page *page,
                                                           void *out, struct cqrs_error *err),
                                  void *out, struct cqrs_error *err)
{
	enum cqrs_status status = cqrs__sqlite_take_reader(store, &page->connection, err);

	if (status != CQRS_OK)
		return status;
	page->connection->page++;
	page->item_size = query->item_size;
	status = read_rows(query, self, page, err);
	if (status == CQRS_OK && page->count)
		status = take(page, out, err);
	cqrs__sqlite_return_reader(store, page->connection);
	return status;
}

static enum cqrs_status take_items(const struct sqlite_page *page, void *out_items,
                                   struct cqrs_error *err)
{
	size_t size = page->count * page->item_size;
	void *items = cqrs_arena_allocate(page->arena, size);

	if (!items)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a page");
	memcpy(items, page->connection->items, size);
	memcpy(out_items, &items, sizeof(items));
	return CQRS_OK;
}

enum cqrs_status cqrs__sqlite_read_page(struct sqlite_store *store,
                                        const struct sqlite_query *query, const void *self,
                                        size_t max_count, struct cqrs_arena *arena, void *out_items,
                                        size_t *out_count, struct cqrs_error *err)
{
	struct sqlite_page page = { .arena = arena, .max_count = max_count };
	void *items = NULL;
	enum cqrs_status status = run_query(store, query, self, &page, take_items, &items, err);

	if (status != CQRS_OK)
		return status;
	memcpy(out_items, &items, sizeof(items));
	*out_count = page.count;
	return CQRS_OK;
}

enum cqrs_status cqrs__sqlite_read_events(struct sqlite_store *store,
                                          const struct sqlite_query *query, const void *self,
                                          size_t max_count, struct cqrs_arena *arena,
                                          struct cqrs_event_page *out_page, struct cqrs_error *err)
{
	struct sqlite_page page = { .arena = arena, .max_count = max_count };
	void *items = NULL;
	enum cqrs_status status = run_query(store, query, self, &page, take_items, &items, err);

	if (status == CQRS_OK)
		*out_page = (struct cqrs_event_page){ items, page.count, page.complete };
	return status;
}

static enum cqrs_status take_item(const struct sqlite_page *page, void *out_item,
                                  struct cqrs_error *err)
{
	(void)err;
	memcpy(out_item, page->connection->items, page->item_size);
	return CQRS_OK;
}

enum cqrs_status cqrs__sqlite_read_item(struct sqlite_store *store,
                                        const struct sqlite_query *query, const void *self,
                                        struct cqrs_arena *arena, void *out_item, bool *out_found,
                                        struct cqrs_error *err)
{
	struct sqlite_page page = { .arena = arena, .max_count = 1 };
	enum cqrs_status status = run_query(store, query, self, &page, take_item, out_item, err);

	if (status == CQRS_OK)
		*out_found = page.count > 0;
	return status;
}
