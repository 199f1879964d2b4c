/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* read_rows.c - what is kept beside the events: snapshots, views, checkpoints, keys. */
#include "store/sqlite/sqlite_page.h"
#include "store/sqlite/sqlite_plan.h"

#include <string.h>

/* ---- snapshots ---- */

static enum cqrs_status bind_stream(struct sqlite_call *call, const void *self,
                                    struct cqrs_error *err)
{
	const struct cqrs_stream *stream = self;

	return cqrs__sqlite_bind_name(call, stream->type, stream->id, err);
}

static enum cqrs_status read_snapshot(const struct sqlite_call *call, const void *self,
                                      struct sqlite_page *page, struct cqrs_error *err)
{
	struct cqrs_snapshot *snapshot;
	int64_t fingerprint = 0;
	enum cqrs_status status = cqrs__sqlite_page_add(page, &snapshot, err);

	(void)self;
	if (status == CQRS_OK)
		status = cqrs__sqlite_number(call, 0, CQRS_MAX_SEQUENCE, &snapshot->sequence, err);
	if (status == CQRS_OK)
		status = cqrs__sqlite_signed(call, 1, &fingerprint, err);
	if (status == CQRS_OK)
		status = cqrs__sqlite_signed(call, 2, &snapshot->recorded_at_us, err);
	if (status == CQRS_OK)
		status = cqrs__sqlite_json(call, 3, page->arena, &snapshot->state, err);
	if (status == CQRS_OK)
		snapshot->fingerprint = (uint64_t)fingerprint;
	return status;
}

enum cqrs_status
cqrs__sqlite_load_snapshot(void *self, const struct cqrs_stream *stream, struct cqrs_arena *arena,
                           struct cqrs_snapshot *out_snapshot, struct cqrs_error *err)
{
	static const struct sqlite_query query = {
		.statement = STATEMENT_READ_SNAPSHOT,
		.item_size = sizeof(struct cqrs_snapshot),
		.bind = bind_stream,
		.read = read_snapshot,
	};
	bool found;
	enum cqrs_status status =
		cqrs__sqlite_read_item(self, &query, stream, arena, out_snapshot, &found, err);

	if (status == CQRS_OK && !found)
		status = cqrs_error_set(err, CQRS_ERR_NOT_FOUND, "stream '%s' has no snapshot",
		                        stream->id);
	return status;
}

/* ---- views ---- */

/* Names a view, or what is listed behind it. */
struct view_name {
	const char *type;
	const char *id;
};

static enum cqrs_status bind_view_name(struct sqlite_call *call, const void *self,
                                       struct cqrs_error *err)
{
	const struct view_name *name = self;

	return cqrs__sqlite_bind_name(call, name->type, name->id ? name->id : "", err);
}

static enum cqrs_status read_view(const struct sqlite_call *call, const void *self,
                                  struct sqlite_page *page, struct cqrs_error *err)
{
	struct cqrs_stored_view *view;
	struct cqrs_text id;
	enum cqrs_status status = cqrs__sqlite_page_add(page, &view, err);

	(void)self;
	if (status == CQRS_OK)
		status = cqrs__sqlite_json(call, 0, page->arena, &id, err);
	if (status == CQRS_OK)
		status = cqrs__sqlite_number(call, 1, CQRS_MAX_SEQUENCE, &view->version, err);
	if (status != CQRS_OK)
		return status;
	view->id = id.data;
	view->removed = cqrs__sqlite_is_null(call, 2);
	if (!view->removed)
		status = cqrs__sqlite_json(call, 2, page->arena, &view->payload, err);
	page->bytes += view->payload.len;
	return status;
}

enum cqrs_status cqrs__sqlite_load_view(void *self, const char *type, const char *id,
                                        struct cqrs_arena *arena, struct cqrs_stored_view *out_view,
                                        struct cqrs_error *err)
{
	static const struct sqlite_query query = {
		.statement = STATEMENT_READ_VIEW,
		.item_size = sizeof(struct cqrs_stored_view),
		.bind = bind_view_name,
		.read = read_view,
	};
	struct view_name name = { .type = type, .id = id };
	bool found;
	enum cqrs_status status =
		cqrs__sqlite_read_item(self, &query, &name, arena, out_view, &found, err);

	if (status == CQRS_OK && !found)
		status = cqrs_error_set(err, CQRS_ERR_NOT_FOUND, "there is no view '%s'", id);
	return status;
}

enum cqrs_status cqrs__sqlite_list_views(void *self, const char *type, const char *after_id,
                                         size_t max_count, struct cqrs_arena *arena,
                                         struct cqrs_view_page *out_page, struct cqrs_error *err)
{
	static const struct sqlite_query query = {
		.statement = STATEMENT_LIST_VIEWS,
		.item_size = sizeof(struct cqrs_stored_view),
		.bind = bind_view_name,
		.read = read_view,
	};
	struct view_name name = { .type = type, .id = after_id };

	return cqrs__sqlite_read_page(self, &query, &name, max_count, arena, &out_page->items,
	                              &out_page->count, err);
}

struct entry_list {
	struct view_name view;
	const struct cqrs_entry_position *after;
};

static enum cqrs_status bind_entry_list(struct sqlite_call *call, const void *self,
                                        struct cqrs_error *err)
{
	const struct entry_list *list = self;
	enum cqrs_status status = bind_view_name(call, &list->view, err);

	if (status != CQRS_OK)
		return status;
	if (list->after) {
		cqrs__sqlite_bind_number(call, list->after->sequence);
		cqrs__sqlite_bind_number(call, list->after->index);
	} else {
		cqrs__sqlite_bind_signed(call, -1);
		cqrs__sqlite_bind_signed(call, -1);
	}
	return CQRS_OK;
}

static enum cqrs_status read_entry(const struct sqlite_call *call, const void *self,
                                   struct sqlite_page *page, struct cqrs_error *err)
{
	struct cqrs_stored_entry *entry;
	enum cqrs_status status = cqrs__sqlite_page_add(page, &entry, err);

	(void)self;
	if (status == CQRS_OK)
		status = cqrs__sqlite_number(call, 0, CQRS_MAX_SEQUENCE, &entry->position.sequence,
		                             err);
	if (status == CQRS_OK)
		status = cqrs__sqlite_number(call, 1, CQRS_MAX_SEQUENCE, &entry->position.index,
		                             err);
	if (status == CQRS_OK)
		status = cqrs__sqlite_json(call, 2, page->arena, &entry->payload, err);
	if (status == CQRS_OK)
		page->bytes += entry->payload.len;
	return status;
}

enum cqrs_status cqrs__sqlite_list_entries(void *self, const char *type, const char *id,
                                           const struct cqrs_entry_position *after,
                                           size_t max_count, struct cqrs_arena *arena,
                                           struct cqrs_entry_page *out_page, struct cqrs_error *err)
{
	static const struct sqlite_query query = {
		.statement = STATEMENT_LIST_ENTRIES,
		.item_size = sizeof(struct cqrs_stored_entry),
		.bind = bind_entry_list,
		.read = read_entry,
	};
	struct entry_list list = { .view = { .type = type, .id = id }, .after = after };

	return cqrs__sqlite_read_page(self, &query, &list, max_count, arena, &out_page->items,
	                              &out_page->count, err);
}

/* ---- checkpoints ---- */

enum cqrs_status cqrs__sqlite_find_checkpoint(struct sqlite_connection *connection,
                                              const char *projection, uint64_t feed,
                                              uint64_t *out_offset, struct cqrs_error *err)
{
	struct sqlite_call call;
	uint64_t offset = 0;
	bool row;
	enum cqrs_status status =
		cqrs__sqlite_begin(connection, STATEMENT_FIND_CHECKPOINT, &call, err);

	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_text(&call, projection);
	cqrs__sqlite_bind_number(&call, feed);
	status = cqrs__sqlite_next(&call, &row, err);
	if (status == CQRS_OK && row)
		status = cqrs__sqlite_number(&call, 0, CQRS_MAX_SEQUENCE, &offset, err);
	cqrs__sqlite_end(&call);
	if (status == CQRS_OK)
		*out_offset = offset;
	return status;
}

enum cqrs_status cqrs__sqlite_load_checkpoint(void *self, const char *projection, uint64_t feed,
                                              uint64_t *out_offset, struct cqrs_error *err)
{
	struct sqlite_connection *reader;
	enum cqrs_status status = cqrs__sqlite_take_reader(self, &reader, err);

	if (status != CQRS_OK)
		return status;
	status = cqrs__sqlite_find_checkpoint(reader, projection, feed, out_offset, err);
	cqrs__sqlite_return_reader(self, reader);
	return status;
}

/* ---- keys ---- */

struct key_name {
	const struct cqrs_stream *stream;
	const char *key;
};

static enum cqrs_status bind_key_name(struct sqlite_call *call, const void *self,
                                      struct cqrs_error *err)
{
	const struct key_name *name = self;
	enum cqrs_status status = bind_stream(call, name->stream, err);

	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_signed(call, cqrs__sqlite_key_hash(name->key));
	cqrs__sqlite_bind_text(call, name->key);
	return CQRS_OK;
}

static enum cqrs_status read_key(const struct sqlite_call *call, const void *self,
                                 struct sqlite_page *page, struct cqrs_error *err)
{
	struct cqrs_key_record *record;
	const void *command;
	size_t size = 0;
	enum cqrs_status status = cqrs__sqlite_page_add(page, &record, err);

	(void)self;
	if (status == CQRS_OK)
		status = cqrs__sqlite_bytes(call, 0, &command, &size, err);
	if (status == CQRS_OK && size != sizeof(record->command.bytes))
		status = cqrs__sqlite_damaged(call->connection, "a key has no hash", err);
	if (status != CQRS_OK)
		return status;
	memcpy(record->command.bytes, command, size);
	status = cqrs__sqlite_number(call, 1, CQRS_MAX_SEQUENCE, &record->first_sequence, err);
	if (status == CQRS_OK)
		status = cqrs__sqlite_number(call, 2, CQRS_MAX_SEQUENCE, &record->last_sequence,
		                             err);
	if (status == CQRS_OK)
		status = cqrs__sqlite_signed(call, 3, &record->recorded_at_us, err);
	return status;
}

enum cqrs_status cqrs__sqlite_load_key(void *self, const struct cqrs_stream *stream,
                                       const char *key, struct cqrs_key_record *out_record,
                                       struct cqrs_error *err)
{
	static const struct sqlite_query query = {
		.statement = STATEMENT_READ_KEY,
		.item_size = sizeof(struct cqrs_key_record),
		.bind = bind_key_name,
		.read = read_key,
	};
	struct key_name name = { .stream = stream, .key = key };
	bool found;
	enum cqrs_status status =
		cqrs__sqlite_read_item(self, &query, &name, NULL, out_record, &found, err);

	if (status == CQRS_OK && !found)
		status = cqrs_error_set(err, CQRS_ERR_NOT_FOUND,
		                        "stream '%s' has no such idempotency key", stream->id);
	return status;
}
