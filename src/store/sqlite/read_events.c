/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* read_events.c - streams and the feed. */
#include "store/sqlite/sqlite_page.h"
#include "store/sqlite/sqlite_plan.h"

#include <string.h>

/* The columns of STATEMENT_READ_STREAM and STATEMENT_READ_FEED; the last three only there. */
enum event_column {
	COLUMN_SEQUENCE,
	COLUMN_OFFSET,
	COLUMN_TYPE,
	COLUMN_RECORDED_AT,
	COLUMN_IDS,
	COLUMN_METADATA,
	COLUMN_PAYLOAD,
	COLUMN_STREAM_TYPE,
	COLUMN_STREAM_ID,
	COLUMN_STREAM_DELETED,
};
static const char *const event_columns[] = {
	[COLUMN_SEQUENCE] = "sequence", [COLUMN_OFFSET] = "offset",
	[COLUMN_TYPE] = "type",         [COLUMN_RECORDED_AT] = "recorded_at",
	[COLUMN_IDS] = "ids",           [COLUMN_METADATA] = "metadata",
	[COLUMN_PAYLOAD] = "payload",   [COLUMN_STREAM_TYPE] = "type",
	[COLUMN_STREAM_ID] = "id",      [COLUMN_STREAM_DELETED] = "deleted",
};

static enum cqrs_status read_ids(const struct sqlite_call *call, struct cqrs_event_data *data,
                                 struct cqrs_error *err)
{
	const void *ids;
	size_t size;
	enum cqrs_status status = cqrs__sqlite_bytes(call, COLUMN_IDS, &ids, &size, err);

	if (status == CQRS_OK && !cqrs__sqlite_unpack_ids(ids, size, data))
		status = cqrs__sqlite_damaged(call->connection, "an event has no ids", err);
	return status;
}

static enum cqrs_status read_data(const struct sqlite_call *call, struct sqlite_page *page,
                                  struct cqrs_event_data *data, struct cqrs_error *err)
{
	const struct sqlite_type *type;
	uint64_t number = 0;
	enum cqrs_status status = cqrs__sqlite_number(call, COLUMN_TYPE, INT64_MAX, &number, err);

	if (status != CQRS_OK)
		return status;
	status = cqrs__sqlite_type(call->connection, number, page->arena, &type, err);
	if (status != CQRS_OK)
		return status;
	data->type = type->page_name;
	data->version = type->page_version;
	status = cqrs__sqlite_signed(call, COLUMN_RECORDED_AT, &data->recorded_at_us, err);
	if (status == CQRS_OK)
		status = read_ids(call, data, err);
	if (status == CQRS_OK)
		status =
			cqrs__sqlite_json(call, COLUMN_METADATA, page->arena, &data->metadata, err);
	if (status == CQRS_OK)
		status = cqrs__sqlite_json(call, COLUMN_PAYLOAD, page->arena, &data->payload, err);
	page->bytes += data->metadata.len + data->payload.len;
	return status;
}

static enum cqrs_status read_position(const struct sqlite_call *call,
                                      struct cqrs_stored_event *event, struct cqrs_error *err)
{
	enum cqrs_status status = cqrs__sqlite_number(call, COLUMN_SEQUENCE, CQRS_MAX_SEQUENCE,
	                                              &event->sequence, err);

	if (status == CQRS_OK)
		status = cqrs__sqlite_number(call, COLUMN_OFFSET, CQRS_MAX_SEQUENCE, &event->offset,
		                             err);
	return status;
}

/* ---- a stream ---- */

struct stream_read {
	const struct cqrs_stream *stream;
	uint64_t after_sequence;
	struct cqrs_stream copy; /* in the page's arena, once for all of its events */
};

static enum cqrs_status bind_stream_read(struct sqlite_call *call, const void *self,
                                         struct cqrs_error *err)
{
	const struct stream_read *read = self;
	enum cqrs_status status =
		cqrs__sqlite_bind_name(call, read->stream->type, read->stream->id, err);

	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_number(call, read->after_sequence);
	return CQRS_OK;
}

static enum cqrs_status read_stream_event(const struct sqlite_call *call, const void *self,
                                          struct sqlite_page *page, struct cqrs_error *err)
{
	const struct stream_read *read = self;
	struct cqrs_stored_event *event;
	enum cqrs_status status = cqrs__sqlite_page_add(page, &event, err);

	if (status == CQRS_OK)
		status = read_position(call, event, err);
	if (status == CQRS_OK && event->sequence != read->after_sequence + page->count)
		status = cqrs__sqlite_damaged(call->connection, "a stream has a gap", err);
	if (status != CQRS_OK)
		return status;
	event->stream = read->copy;
	return read_data(call, page, &event->data, err);
}

enum cqrs_status cqrs__sqlite_read_stream(void *self, const struct cqrs_stream *stream,
                                          uint64_t after_sequence, size_t max_count,
                                          struct cqrs_arena *arena,
                                          struct cqrs_event_page *out_page, struct cqrs_error *err)
{
	static const struct sqlite_query query = {
		.statement = STATEMENT_READ_STREAM,
		.columns = event_columns,
		.item_size = sizeof(struct cqrs_stored_event),
		.bind = bind_stream_read,
		.read = read_stream_event,
	};
	struct stream_read read = { .stream = stream, .after_sequence = after_sequence };

	read.copy.type = cqrs_arena_text(arena, stream->type, strlen(stream->type));
	read.copy.id = cqrs_arena_text(arena, stream->id, strlen(stream->id));
	if (!read.copy.type || !read.copy.id)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a page");
	return cqrs__sqlite_read_events(self, &query, &read, max_count, arena, out_page, err);
}

struct head {
	uint64_t sequence;
	uint64_t deleted;
};

static enum cqrs_status bind_stream(struct sqlite_call *call, const void *self,
                                    struct cqrs_error *err)
{
	const struct cqrs_stream *stream = self;

	return cqrs__sqlite_bind_name(call, stream->type, stream->id, err);
}

static enum cqrs_status read_stream_head(const struct sqlite_call *call, const void *self,
                                         struct sqlite_page *page, struct cqrs_error *err)
{
	struct head *head;
	enum cqrs_status status = cqrs__sqlite_page_add(page, &head, err);

	(void)self;
	if (status == CQRS_OK)
		status = cqrs__sqlite_number(call, 0, 2, &head->deleted, err);
	if (status == CQRS_OK && !cqrs__sqlite_is_null(call, 1))
		status = cqrs__sqlite_number(call, 1, CQRS_MAX_SEQUENCE, &head->sequence, err);
	return status;
}

enum cqrs_status cqrs__sqlite_read_head(void *self, const struct cqrs_stream *stream,
                                        uint64_t *out_sequence, struct cqrs_error *err)
{
	static const struct sqlite_query query = {
		.statement = STATEMENT_READ_HEAD,
		.item_size = sizeof(struct head),
		.bind = bind_stream,
		.read = read_stream_head,
	};
	struct head head = { 0 };
	bool found;
	enum cqrs_status status =
		cqrs__sqlite_read_item(self, &query, stream, NULL, &head, &found, err);

	if (status == CQRS_OK && head.deleted)
		status = cqrs_error_set(err, CQRS_ERR_NOT_FOUND, "stream '%s' was deleted",
		                        stream->id);
	if (status == CQRS_OK)
		*out_sequence = head.sequence;
	return status;
}

/* ---- all streams of a type ---- */

struct stream_list {
	const char *type;
	const char *after_id;
};

static enum cqrs_status bind_stream_list(struct sqlite_call *call, const void *self,
                                         struct cqrs_error *err)
{
	const struct stream_list *list = self;

	return cqrs__sqlite_bind_name(call, list->type, list->after_id ? list->after_id : "", err);
}

static enum cqrs_status read_stream_info(const struct sqlite_call *call, const void *self,
                                         struct sqlite_page *page, struct cqrs_error *err)
{
	struct cqrs_stream_info *info;
	struct cqrs_text id;
	enum cqrs_status status;

	(void)self;
	if (cqrs__sqlite_is_null(call, 1)) /* it has no events, only a key or a snapshot */
		return CQRS_OK;
	status = cqrs__sqlite_page_add(page, &info, err);
	if (status == CQRS_OK)
		status = cqrs__sqlite_number(call, 1, CQRS_MAX_SEQUENCE, &info->sequence, err);
	if (status == CQRS_OK)
		status = cqrs__sqlite_json(call, 0, page->arena, &id, err);
	if (status == CQRS_OK)
		info->id = id.data;
	return status;
}

enum cqrs_status cqrs__sqlite_list_streams(void *self, const char *type, const char *after_id,
                                           size_t max_count, struct cqrs_arena *arena,
                                           struct cqrs_stream_page *out_page,
                                           struct cqrs_error *err)
{
	static const struct sqlite_query query = {
		.statement = STATEMENT_LIST_STREAMS,
		.item_size = sizeof(struct cqrs_stream_info),
		.bind = bind_stream_list,
		.read = read_stream_info,
	};
	struct stream_list list = { .type = type, .after_id = after_id };

	return cqrs__sqlite_read_page(self, &query, &list, max_count, arena, &out_page->items,
	                              &out_page->count, err);
}

/* ---- the feed ---- */

static enum cqrs_status bind_offset(struct sqlite_call *call, const void *self,
                                    struct cqrs_error *err)
{
	const uint64_t *after_offset = self;

	(void)err;
	cqrs__sqlite_bind_number(call, *after_offset);
	return CQRS_OK;
}

static enum cqrs_status read_feed_stream(const struct sqlite_call *call, struct sqlite_page *page,
                                         struct cqrs_stored_event *event, struct cqrs_error *err)
{
	const struct sqlite_type *type;
	struct cqrs_text id;
	uint64_t number = 0, deleted = 0;
	enum cqrs_status status =
		cqrs__sqlite_number(call, COLUMN_STREAM_TYPE, INT64_MAX, &number, err);

	if (status == CQRS_OK)
		status = cqrs__sqlite_type(call->connection, number, page->arena, &type, err);
	if (status == CQRS_OK)
		status = cqrs__sqlite_number(call, COLUMN_STREAM_DELETED, 2, &deleted, err);
	if (status != CQRS_OK)
		return status;
	event->stream.type = type->page_name;
	event->stream.id = "";
	event->deleted = deleted != 0;
	if (event->deleted)
		return CQRS_OK;
	status = cqrs__sqlite_json(call, COLUMN_STREAM_ID, page->arena, &id, err);
	if (status == CQRS_OK)
		event->stream.id = id.data;
	return status;
}

static enum cqrs_status read_feed_event(const struct sqlite_call *call, const void *self,
                                        struct sqlite_page *page, struct cqrs_error *err)
{
	const uint64_t *after_offset = self;
	struct cqrs_stored_event *event;
	enum cqrs_status status = cqrs__sqlite_page_add(page, &event, err);

	if (status == CQRS_OK)
		status = read_position(call, event, err);
	if (status == CQRS_OK && event->offset != *after_offset + page->count)
		status = cqrs__sqlite_damaged(call->connection, "the feed has a gap", err);
	if (status == CQRS_OK)
		status = read_feed_stream(call, page, event, err);
	/* What a deletion has not erased yet is not shown either. */
	if (status == CQRS_OK && !event->deleted)
		status = read_data(call, page, &event->data, err);
	return status;
}

enum cqrs_status cqrs__sqlite_read_feed(void *self, uint64_t feed, uint64_t after_offset,
                                        size_t max_count, struct cqrs_arena *arena,
                                        struct cqrs_event_page *out_page, struct cqrs_error *err)
{
	static const struct sqlite_query query = {
		.statement = STATEMENT_READ_FEED,
		.columns = event_columns,
		.item_size = sizeof(struct cqrs_stored_event),
		.bind = bind_offset,
		.read = read_feed_event,
	};

	(void)feed; /* there is one */
	return cqrs__sqlite_read_events(self, &query, &after_offset, max_count, arena, out_page,
	                                err);
}

enum cqrs_status cqrs__sqlite_find_feed_head(struct sqlite_connection *connection,
                                             uint64_t *out_offset, struct cqrs_error *err)
{
	struct sqlite_call call;
	uint64_t offset = 0;
	bool row;
	enum cqrs_status status = cqrs__sqlite_begin(connection, STATEMENT_FEED_HEAD, &call, err);

	if (status != CQRS_OK)
		return status;
	status = cqrs__sqlite_next(&call, &row, err);
	if (status == CQRS_OK && row && !cqrs__sqlite_is_null(&call, 0))
		status = cqrs__sqlite_number(&call, 0, CQRS_MAX_SEQUENCE, &offset, err);
	cqrs__sqlite_end(&call);
	if (status == CQRS_OK)
		*out_offset = offset;
	return status;
}

enum cqrs_status cqrs__sqlite_read_feed_head(void *self, uint64_t feed, uint64_t *out_offset,
                                             struct cqrs_error *err)
{
	struct sqlite_connection *reader;
	enum cqrs_status status = cqrs__sqlite_take_reader(self, &reader, err);

	(void)feed; /* there is one */
	if (status != CQRS_OK)
		return status;
	status = cqrs__sqlite_find_feed_head(reader, out_offset, err);
	cqrs__sqlite_return_reader(self, reader);
	return status;
}
