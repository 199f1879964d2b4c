/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * log.c - a feed's events, one behind the other as they were committed, in chunks that grow
 * up to a size and never move. Storing an event is one copy; a stream's index points into
 * the log. Finding an offset takes a search among the chunks and a walk in one.
 */
#include "store/memory/memory.h"

#include <assert.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FIRST_CHUNK ((size_t)16 << 10)
#define MAX_CHUNK ((size_t)1 << 20)
#define POPULATED_CHUNK ((size_t)256 << 10)

static_assert(CQRS_MAX_JSON_SIZE < UINT32_MAX / 2, "an event's size fits into its 32 bits");
static_assert(CQRS_MAX_TYPE_LEN <= UINT8_MAX, "a type's length fits into its 8 bits");
static_assert(CQRS_MAX_VERSION_LEN <= UINT8_MAX, "a version's length fits into its 8 bits");

static size_t event_size(const struct cqrs_event_data *data, size_t type_len, size_t version_len)
{
	size_t size = offsetof(struct memory_event, text) + type_len + version_len + 2 +
	              data->payload.len + data->metadata.len;

	return (size + 7) & ~(size_t)7;
}

size_t cqrs__memory_event_size(const struct cqrs_event_data *data)
{
	return event_size(data, strlen(data->type), strlen(data->version));
}

/* Room in the table of chunks for one more. */
static bool reserve_table(const struct cqrs_allocator *allocator, struct memory_feed *feed)
{
	size_t capacity = feed->chunk_capacity ? feed->chunk_capacity * 2 : 16;
	struct memory_chunk *chunks;

	if (feed->chunk_count < feed->chunk_capacity)
		return true;
	chunks = allocator->resize(allocator->self, feed->chunks,
	                           feed->chunk_capacity * sizeof(*chunks),
	                           capacity * sizeof(*chunks));
	if (!chunks)
		return false;
	feed->chunks = chunks;
	feed->chunk_capacity = capacity;
	return true;
}

static size_t next_capacity(const struct memory_chunk *last, size_t size)
{
	size_t capacity = last ? last->capacity * 2 : FIRST_CHUNK;

	if (capacity > MAX_CHUNK)
		capacity = MAX_CHUNK;
	return capacity < size ? size : capacity;
}

/*
 * Have the kernel give a large chunk its pages at once. One by one, as they are written to,
 * each costs a fault, which is a good part of what storing the events in it costs. Where
 * that cannot be done it does not matter.
 */
static void fill_with_pages(const char *data, size_t capacity)
{
#ifdef MADV_POPULATE_WRITE
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	const uintptr_t begin = ((uintptr_t)data + page - 1) & ~(page - 1);
	const uintptr_t end = ((uintptr_t)data + capacity) & ~(page - 1);

	if (capacity >= POPULATED_CHUNK)
		madvise((void *)begin, end - begin, MADV_POPULATE_WRITE);
#else
	(void)data;
	(void)capacity;
#endif
}

static bool has_room(const struct memory_feed *feed, size_t size)
{
	return feed->tail && size <= (size_t)(feed->tail_end - feed->tail);
}

bool cqrs__memory_log_reserve(const struct cqrs_allocator *allocator, struct memory_feed *feed,
                              size_t size)
{
	struct memory_chunk *last;
	size_t capacity;
	char *data;

	if (has_room(feed, size))
		return true;
	if (!reserve_table(allocator, feed))
		return false;
	last = feed->chunk_count ? &feed->chunks[feed->chunk_count - 1] : NULL;
	capacity = next_capacity(last, size);
	data = allocator->allocate(allocator->self, capacity);
	if (!data)
		return false;
	fill_with_pages(data, capacity);
	if (last && feed->tail == last->data) {
		/* Reserved by a commit that failed, and now too small. */
		allocator->release(allocator->self, last->data);
		feed->chunk_count--;
	} else if (last) {
		last->end = feed->tail;
	}
	feed->chunks[feed->chunk_count++] = (struct memory_chunk){
		.first_offset = feed->head + 1,
		.data = data,
		.capacity = capacity,
	};
	feed->tail = data;
	feed->tail_end = data + capacity;
	return true;
}

/* The lengths are not read from the event: known to be below 256, they would make gcc copy
 * by an instruction that is slow for short texts. */
static void write_text(char *text, const struct cqrs_event_data *data, size_t type_len,
                       size_t version_len)
{
	memcpy(text, data->type, type_len + 1);
	text += type_len + 1;
	memcpy(text, data->version, version_len + 1);
	text += version_len + 1;
	memcpy(text, data->payload.data, data->payload.len);
	text += data->payload.len;
	memcpy(text, data->metadata.data, data->metadata.len);
}

void cqrs__memory_log_append(struct memory_feed *feed, struct memory_stream *stream,
                             const struct cqrs_event_data *data)
{
	struct memory_event *event = (struct memory_event *)(void *)feed->tail;
	size_t type_len = strlen(data->type);
	size_t version_len = strlen(data->version);
	size_t size = event_size(data, type_len, version_len);

	assert(has_room(feed, size) && stream->head < stream->capacity);
	event->stream = stream;
	event->sequence = ++stream->head;
	event->offset = ++feed->head;
	event->event_id = data->event_id;
	event->correlation_id = data->correlation_id;
	event->causation_id = data->causation_id;
	event->recorded_at_us = data->recorded_at_us;
	event->size = (uint32_t)size;
	event->payload_len = (uint32_t)data->payload.len;
	event->metadata_len = (uint32_t)data->metadata.len;
	event->type_len = (uint8_t)type_len;
	event->version_len = (uint8_t)version_len;
	event->deleted = false;
	write_text(event->text, data, type_len, version_len);
	stream->events[event->sequence - 1] = event;
	feed->tail += size;
}

struct memory_cursor cqrs__memory_log_seek(const struct memory_feed *feed, uint64_t offset)
{
	struct memory_cursor cursor;
	size_t low = 0;
	size_t high = feed->chunk_count; /* the first chunk known to begin behind offset */

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (feed->chunks[middle].first_offset <= offset)
			low = middle;
		else
			high = middle;
	}
	cursor.chunk = &feed->chunks[low];
	cursor.event = (struct memory_event *)(void *)cursor.chunk->data;
	while (cursor.event->offset < offset)
		cqrs__memory_log_next(&cursor);
	return cursor;
}

void cqrs__memory_log_next(struct memory_cursor *cursor)
{
	char *next = (char *)cursor->event + cursor->event->size;

	if (next == cursor->chunk->end) {
		cursor->chunk++;
		next = cursor->chunk->data;
	}
	cursor->event = (struct memory_event *)(void *)next;
}

void cqrs__memory_event_erase(struct memory_event *event)
{
	memset(event->text, 0, event->size - offsetof(struct memory_event, text));
	memset(&event->event_id, 0, sizeof(event->event_id));
	memset(&event->correlation_id, 0, sizeof(event->correlation_id));
	memset(&event->causation_id, 0, sizeof(event->causation_id));
	event->recorded_at_us = 0;
	event->payload_len = 0;
	event->metadata_len = 0;
	event->type_len = 0;
	event->version_len = 0;
	event->deleted = true;
}
