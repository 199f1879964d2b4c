/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * read.c - reads of streams and feeds, a stream's deletion, and waiting for news.
 *
 * A page is copied with the feed's lock held, and so is whole: first it is measured, then
 * its items and all their bytes get two pieces of the caller's arena.
 */
#include "store/memory/memory.h"

#include <string.h>
#include <time.h>

enum cqrs_status cqrs__memory_none(struct cqrs_error *err)
{
	return cqrs_error_set(err, CQRS_ERR_NOMEM, "out of memory");
}

/* ---- pages of events ---- */

/* The events a page is made of: a part of a stream's index, or of a feed's log. */
struct event_range {
	struct memory_event *const *index; /* NULL: the log, from cursor */
	struct memory_cursor cursor;
	uint64_t left;
	bool begun;
};

static const struct memory_event *range_next(struct event_range *range)
{
	if (!range->left)
		return NULL;
	range->left--;
	if (range->index)
		return *range->index++;
	if (range->begun)
		cqrs__memory_log_next(&range->cursor);
	range->begun = true;
	return range->cursor.event;
}

static size_t text_size(const struct memory_event *event)
{
	if (event->deleted)
		return 0;
	return (size_t)event->type_len + event->version_len + 2 + event->payload_len +
	       event->metadata_len;
}

/* The names of a stream, as an event shows them: a deleted one has no id. */
static size_t name_size(const struct memory_stream *stream)
{
	return strlen(stream->name.type) + 1 + (stream->deleted ? 1 : strlen(stream->name.id) + 1);
}

struct page_measure {
	size_t count;
	size_t text_size; /* of events and names */
};

static struct page_measure measure(struct event_range range, size_t max_count)
{
	struct page_measure page = { 0, 0 };
	const struct memory_stream *stream = NULL;
	size_t contents = 0;

	while (page.count < max_count && contents < MEMORY_PAGE_SIZE) {
		const struct memory_event *event = range_next(&range);

		if (!event)
			break;
		page.count++;
		page.text_size += text_size(event);
		contents += (size_t)event->payload_len + event->metadata_len;
		if (event->stream != stream) {
			stream = event->stream;
			page.text_size += name_size(stream);
		}
	}
	return page;
}

static char *copy_names(const struct memory_stream *stream, char *text, struct cqrs_stream *out)
{
	size_t type_size = strlen(stream->name.type) + 1;
	const char *id = stream->deleted ? "" : stream->name.id;
	size_t id_size = strlen(id) + 1;

	out->type = memcpy(text, stream->name.type, type_size);
	out->id = memcpy(text + type_size, id, id_size);
	return text + type_size + id_size;
}

static char *copy_event(const struct memory_event *event, char *text, struct cqrs_stored_event *out)
{
	size_t size = text_size(event);

	out->sequence = event->sequence;
	out->offset = event->offset;
	out->deleted = event->deleted;
	if (event->deleted) {
		memset(&out->data, 0, sizeof(out->data));
		return text;
	}
	memcpy(text, event->text, size);
	out->data.event_id = event->event_id;
	out->data.correlation_id = event->correlation_id;
	out->data.causation_id = event->causation_id;
	out->data.recorded_at_us = event->recorded_at_us;
	out->data.type = text;
	out->data.version = out->data.type + event->type_len + 1;
	out->data.payload.data = out->data.version + event->version_len + 1;
	out->data.payload.len = event->payload_len;
	out->data.metadata.data = out->data.payload.data + event->payload_len;
	out->data.metadata.len = event->metadata_len;
	return text + size;
}

static enum cqrs_status copy_page(struct event_range range, uint64_t feed, size_t max_count,
                                  struct cqrs_arena *arena, struct cqrs_event_page *out_page,
                                  struct cqrs_error *err)
{
	struct page_measure page = measure(range, max_count);
	const struct memory_stream *stream = NULL;
	struct cqrs_stored_event *items;
	char *text;

	if (!page.count) {
		*out_page = (struct cqrs_event_page){ NULL, 0, false };
		return CQRS_OK;
	}
	items = cqrs_arena_allocate(arena, page.count * sizeof(*items));
	text = cqrs_arena_allocate(arena, page.text_size);
	if (!items || !text)
		return cqrs__memory_none(err);
	for (size_t i = 0; i < page.count; i++) {
		const struct memory_event *event = range_next(&range);

		if (event->stream != stream) {
			stream = event->stream;
			text = copy_names(stream, text, &items[i].stream);
		} else {
			items[i].stream = items[i - 1].stream;
		}
		items[i].feed = feed;
		text = copy_event(event, text, &items[i]);
	}
	*out_page = (struct cqrs_event_page){ items, page.count, false };
	return CQRS_OK;
}

/* ---- streams ---- */

enum cqrs_status cqrs__memory_read_stream(void *self, const struct cqrs_stream *stream,
                                          uint64_t after_sequence, size_t max_count,
                                          struct cqrs_arena *arena,
                                          struct cqrs_event_page *out_page, struct cqrs_error *err)
{
	struct memory_store *store = self;
	uint64_t hash = cqrs_stream_hash(stream);
	struct memory_feed *feed = memory_feed_of(store, hash);
	struct event_range range = { .left = 0 };
	const struct memory_stream *found;
	enum cqrs_status status;

	pthread_mutex_lock(&feed->shard.lock);
	found = cqrs__memory_stream_find(feed, hash, stream);
	if (found && !found->deleted && after_sequence < found->head) {
		range.index = found->events + after_sequence;
		range.left = found->head - after_sequence;
	}
	status = copy_page(range, (uint64_t)(feed - store->feeds), max_count, arena, out_page, err);
	pthread_mutex_unlock(&feed->shard.lock);
	return status;
}

enum cqrs_status cqrs__memory_read_head(void *self, const struct cqrs_stream *stream,
                                        uint64_t *out_sequence, struct cqrs_error *err)
{
	uint64_t hash = cqrs_stream_hash(stream);
	struct memory_feed *feed = memory_feed_of(self, hash);
	const struct memory_stream *found;
	uint64_t head = 0;
	bool deleted = false;

	pthread_mutex_lock(&feed->shard.lock);
	found = cqrs__memory_stream_find(feed, hash, stream);
	if (found) {
		head = found->head;
		deleted = found->deleted;
	}
	pthread_mutex_unlock(&feed->shard.lock);
	if (deleted)
		return cqrs_error_set(err, CQRS_ERR_NOT_FOUND, "stream '%s/%s' was deleted",
		                      stream->type, stream->id);
	*out_sequence = head;
	return CQRS_OK;
}

/* Erase all that a stream has but its name, which cannot be used again. */
static void erase_stream(struct memory_store *store, struct memory_feed *feed,
                         struct memory_stream *stream)
{
	const struct cqrs_allocator *allocator = store->allocator;

	for (uint64_t i = 0; i < stream->head; i++)
		cqrs__memory_event_erase(stream->events[i]);
	while (stream->keys)
		cqrs__memory_key_remove(store, feed, stream->keys);
	cqrs__memory_snapshot_free(allocator, stream->snapshot);
	stream->snapshot = NULL;
	allocator->release(allocator->self, stream->events);
	stream->events = NULL;
	stream->capacity = 0;
	stream->deleted = true;
}

static enum cqrs_status delete_found(struct memory_store *store, struct memory_feed *feed,
                                     struct memory_stream *stream, uint64_t expected,
                                     struct cqrs_error *err)
{
	if (!stream || stream->deleted || !stream->head)
		return cqrs_error_set(err, CQRS_ERR_NOT_FOUND, "the stream has no events");
	if (!cqrs_sequence_matches(expected, stream->head)) {
		cqrs_error_set(err, CQRS_ERR_CONFLICT, "stream '%s/%s' is at %llu, not %llu",
		               stream->name.type, stream->name.id, (unsigned long long)stream->head,
		               (unsigned long long)expected);
		cqrs_error_set_path(err, "%s", stream->name.id);
		return CQRS_ERR_CONFLICT;
	}
	erase_stream(store, feed, stream);
	return CQRS_OK;
}

enum cqrs_status cqrs__memory_delete_stream(void *self, const struct cqrs_stream *stream,
                                            uint64_t expected_sequence, struct cqrs_error *err)
{
	uint64_t hash = cqrs_stream_hash(stream);
	struct memory_feed *feed = memory_feed_of(self, hash);
	enum cqrs_status status;

	pthread_mutex_lock(&feed->shard.lock);
	status = delete_found(self, feed, cqrs__memory_stream_find(feed, hash, stream),
	                      expected_sequence, err);
	pthread_mutex_unlock(&feed->shard.lock);
	return status;
}

/* ---- feeds ---- */

enum cqrs_status cqrs__memory_read_feed(void *self, uint64_t feed_index, uint64_t after_offset,
                                        size_t max_count, struct cqrs_arena *arena,
                                        struct cqrs_event_page *out_page, struct cqrs_error *err)
{
	struct memory_store *store = self;
	struct memory_feed *feed = &store->feeds[feed_index];
	struct event_range range = { .left = 0 };
	enum cqrs_status status;

	pthread_mutex_lock(&feed->shard.lock);
	if (after_offset < feed->head) {
		range.cursor = cqrs__memory_log_seek(feed, after_offset + 1);
		range.left = feed->head - after_offset;
	}
	status = copy_page(range, feed_index, max_count, arena, out_page, err);
	pthread_mutex_unlock(&feed->shard.lock);
	return status;
}

enum cqrs_status cqrs__memory_read_feed_head(void *self, uint64_t feed_index, uint64_t *out_offset,
                                             struct cqrs_error *err)
{
	struct memory_store *store = self;
	struct memory_feed *feed = &store->feeds[feed_index];

	(void)err;
	pthread_mutex_lock(&feed->shard.lock);
	*out_offset = feed->head;
	pthread_mutex_unlock(&feed->shard.lock);
	return CQRS_OK;
}

/* The time on the monotonic clock timeout_ms from now; the far future where that is too far. */
static struct timespec deadline_in(uint64_t timeout_ms)
{
	const uint64_t longest_ms = UINT64_C(1000) * 60 * 60 * 24 * 365 * 10;
	struct timespec deadline;

	if (timeout_ms > longest_ms)
		timeout_ms = longest_ms;
	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += (time_t)(timeout_ms / 1000);
	deadline.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	if (deadline.tv_nsec >= 1000000000) {
		deadline.tv_nsec -= 1000000000;
		deadline.tv_sec++;
	}
	return deadline;
}

enum cqrs_status cqrs__memory_wait(void *self, uint64_t feed_index, uint64_t after_offset,
                                   uint64_t timeout_ms, struct cqrs_error *err)
{
	struct memory_store *store = self;
	struct memory_feed *feed = &store->feeds[feed_index];
	struct timespec deadline = { 0, 0 };
	bool late = timeout_ms == 0;
	bool news;

	if (!late)
		deadline = deadline_in(timeout_ms);
	pthread_mutex_lock(&feed->shard.lock);
	feed->waiting++;
	while (feed->head <= after_offset && !late)
		late = pthread_cond_timedwait(&feed->news, &feed->shard.lock, &deadline) != 0;
	feed->waiting--;
	news = feed->head > after_offset;
	pthread_mutex_unlock(&feed->shard.lock);
	if (!news)
		return cqrs_error_set(err, CQRS_ERR_TIMEOUT, "feed %llu has nothing behind %llu",
		                      (unsigned long long)feed_index,
		                      (unsigned long long)after_offset);
	return CQRS_OK;
}
