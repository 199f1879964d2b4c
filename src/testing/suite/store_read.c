/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_read.c - short forms of every read for the tests of the store suite: one that
 * fails ends the test, so that a test says only what it is about.
 */
#include "store_suite.h"

#include <cqrs/backend.h>
#include <string.h>

#define CHECK_READ(a, status, err) \
	cqrs__suite_check_status((a), CHECK_PLACE(__func__), (status), CQRS_OK, (err))

uint64_t cqrs__suite_head(struct actor *a, struct cqrs_stream stream)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	uint64_t head = 0;

	CHECK_READ(a, cqrs_store_read_head(a->store, &stream, &head, &err), &err);
	return head;
}

uint64_t cqrs__suite_feed_head(struct actor *a, uint64_t feed)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	uint64_t head = 0;

	CHECK_READ(a, cqrs_store_read_feed_head(a->store, feed, &head, &err), &err);
	return head;
}

uint64_t cqrs__suite_feed_of(struct actor *a, struct cqrs_stream stream)
{
	return cqrs_stream_feed(&stream, cqrs_store_feed_count(a->store));
}

uint64_t cqrs__suite_checkpoint(struct actor *a, const char *projection, uint64_t feed)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	uint64_t offset = 0;

	CHECK_READ(a, cqrs_store_load_checkpoint(a->store, projection, feed, &offset, &err), &err);
	return offset;
}

struct cqrs_event_page cqrs__suite_read_stream(struct actor *a, struct cqrs_stream stream,
                                               uint64_t after_sequence, size_t max_count)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_event_page page = { NULL, 0, false };

	CHECK_READ(a,
	           cqrs_store_read_stream(a->store, &stream, after_sequence, max_count, a->arena,
	                                  &page, &err),
	           &err);
	return page;
}

struct cqrs_event_page cqrs__suite_read_feed(struct actor *a, uint64_t feed, uint64_t after_offset,
                                             size_t max_count)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_event_page page = { NULL, 0, false };

	CHECK_READ(a,
	           cqrs_store_read_feed(a->store, feed, after_offset, max_count, a->arena, &page,
	                                &err),
	           &err);
	return page;
}

struct cqrs_stream_page cqrs__suite_list_streams(struct actor *a, const char *type,
                                                 const char *after_id, size_t max_count)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_stream_page page = { NULL, 0 };

	CHECK_READ(
		a,
		cqrs_store_list_streams(a->store, type, after_id, max_count, a->arena, &page, &err),
		&err);
	return page;
}

struct cqrs_view_page cqrs__suite_list_views(struct actor *a, const char *type,
                                             const char *after_id, size_t max_count)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_view_page page = { NULL, 0 };

	CHECK_READ(
		a,
		cqrs_store_list_views(a->store, type, after_id, max_count, a->arena, &page, &err),
		&err);
	return page;
}

struct cqrs_entry_page cqrs__suite_list_entries(struct actor *a, const char *type, const char *id,
                                                const struct cqrs_entry_position *after,
                                                size_t max_count)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_entry_page page = { NULL, 0 };

	CHECK_READ(a,
	           cqrs_store_list_entries(a->store, type, id, after, max_count, a->arena, &page,
	                                   &err),
	           &err);
	return page;
}

static enum cqrs_status found_or_not(struct actor *a, const char *what, enum cqrs_status status,
                                     const struct cqrs_error *err)
{
	if (status != CQRS_ERR_NOT_FOUND)
		cqrs__suite_check_status(a, CHECK_PLACE(what), status, CQRS_OK, err);
	return status;
}

enum cqrs_status cqrs__suite_load_view(struct actor *a, const char *type, const char *id,
                                       struct cqrs_stored_view *out_view)
{
	struct cqrs_error err = CQRS_ERROR_INIT;

	return found_or_not(a, __func__,
	                    cqrs_store_load_view(a->store, type, id, a->arena, out_view, &err),
	                    &err);
}

enum cqrs_status cqrs__suite_load_snapshot(struct actor *a, struct cqrs_stream stream,
                                           struct cqrs_snapshot *out_snapshot)
{
	struct cqrs_error err = CQRS_ERROR_INIT;

	return found_or_not(
		a, __func__,
		cqrs_store_load_snapshot(a->store, &stream, a->arena, out_snapshot, &err), &err);
}

enum cqrs_status cqrs__suite_load_key(struct actor *a, struct cqrs_stream stream, const char *key,
                                      struct cqrs_key_record *out_record)
{
	struct cqrs_error err = CQRS_ERROR_INIT;

	return found_or_not(a, __func__,
	                    cqrs_store_load_key(a->store, &stream, key, out_record, &err), &err);
}

struct cqrs_text cqrs__suite_view_payload(struct actor *a, const char *type, const char *id)
{
	struct cqrs_stored_view view = { 0 };

	CHECK_STATUS(a, cqrs__suite_load_view(a, type, id, &view), CQRS_OK);
	CHECK_TRUE(a, !view.removed);
	return view.payload;
}

/* Add a page to what was read before; the page's texts stay where they are. */
static void join_pages(struct actor *a, struct cqrs_event_page *whole,
                       const struct cqrs_event_page *page)
{
	struct cqrs_stored_event *items =
		cqrs__suite_allocate(a, (whole->count + page->count) * sizeof(*items));

	if (whole->count > 0)
		memcpy(items, whole->items, whole->count * sizeof(*items));
	memcpy(items + whole->count, page->items, page->count * sizeof(*items));
	whole->items = items;
	whole->count += page->count;
}

struct cqrs_event_page cqrs__suite_read_whole_stream(struct actor *a, struct cqrs_stream stream,
                                                     size_t page_size)
{
	struct cqrs_event_page whole = { NULL, 0, false };

	for (;;) {
		uint64_t after = whole.count > 0 ? whole.items[whole.count - 1].sequence : 0;
		struct cqrs_event_page page = cqrs__suite_read_stream(a, stream, after, page_size);

		if (page.count == 0)
			return whole;
		CHECK_TRUE(a, page_size == 0 || page.count <= page_size);
		CHECK_TRUE(a, page.items[0].sequence > after);
		join_pages(a, &whole, &page);
	}
}

struct cqrs_event_page cqrs__suite_read_whole_feed(struct actor *a, uint64_t feed, size_t page_size)
{
	struct cqrs_event_page whole = { NULL, 0, false };

	for (;;) {
		uint64_t after = whole.count > 0 ? whole.items[whole.count - 1].offset : 0;
		struct cqrs_event_page page = cqrs__suite_read_feed(a, feed, after, page_size);

		if (page.count == 0)
			return whole;
		CHECK_TRUE(a, page_size == 0 || page.count <= page_size);
		CHECK_TRUE(a, page.items[0].offset > after);
		join_pages(a, &whole, &page);
	}
}

void cqrs__suite_check_event(struct actor *a, const struct cqrs_stored_event *stored,
                             struct cqrs_stream stream, uint64_t sequence,
                             const struct cqrs_event_data *data)
{
	CHECK_STRING(a, stored->stream.type, stream.type);
	CHECK_STRING(a, stored->stream.id, stream.id);
	CHECK_UINT(a, stored->sequence, sequence);
	CHECK_TRUE(a, !stored->deleted);
	CHECK_BYTES(a, &stored->data.event_id, &data->event_id);
	CHECK_BYTES(a, &stored->data.correlation_id, &data->correlation_id);
	CHECK_BYTES(a, &stored->data.causation_id, &data->causation_id);
	CHECK_INT(a, stored->data.recorded_at_us, data->recorded_at_us);
	CHECK_STRING(a, stored->data.type, data->type);
	CHECK_STRING(a, stored->data.version, data->version);
	CHECK_TEXT(a, stored->data.payload, data->payload);
	CHECK_TEXT(a, stored->data.metadata, data->metadata);
}

void cqrs__suite_check_stream(struct actor *a, struct cqrs_stream stream,
                              const struct cqrs_event_data *events, size_t count)
{
	struct cqrs_event_page page = cqrs__suite_read_whole_stream(a, stream, 0);

	CHECK_UINT(a, page.count, count);
	for (size_t i = 0; i < count; i++)
		CHECK_EVENT(a, &page.items[i], stream, i + 1, &events[i]);
	CHECK_UINT(a, cqrs__suite_head(a, stream), count);
}

uint64_t cqrs__suite_check_feeds(struct actor *a)
{
	uint64_t total = 0;

	for (uint64_t feed = 0; feed < cqrs_store_feed_count(a->store); feed++) {
		struct cqrs_event_page page = cqrs__suite_read_whole_feed(a, feed, 0);

		for (size_t i = 0; i < page.count; i++) {
			CHECK_UINT(a, page.items[i].offset, i + 1);
			CHECK_UINT(a, page.items[i].feed, feed);
		}
		CHECK_UINT(a, cqrs__suite_feed_head(a, feed), page.count);
		total += page.count;
	}
	return total;
}
