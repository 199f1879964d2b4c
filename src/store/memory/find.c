/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * find.c - streams and what belongs to each of them: found, made with room for what is to
 * come, released. All of it is called with the feed's lock held.
 */
#include "store/memory/memory.h"

#include <string.h>

/* ---- buffers ---- */

bool cqrs__memory_buffer_reserve(struct memory_buffer *buffer,
                                 const struct cqrs_allocator *allocator, size_t len)
{
	size_t capacity;
	char *data;

	if (len <= buffer->capacity)
		return true;
	capacity = len + len / 2; /* a text that grows a little each time is not moved each time */
	data = allocator->resize(allocator->self, buffer->data, buffer->capacity, capacity);
	if (!data)
		return false;
	buffer->data = data;
	buffer->capacity = capacity;
	return true;
}

void cqrs__memory_buffer_write(struct memory_buffer *buffer, const struct cqrs_text *text)
{
	memcpy(buffer->data, text->data, text->len);
	buffer->len = text->len;
}

void cqrs__memory_buffer_deinit(struct memory_buffer *buffer,
                                const struct cqrs_allocator *allocator)
{
	allocator->release(allocator->self, buffer->data);
	*buffer = (struct memory_buffer){ .data = NULL };
}

/* ---- streams ---- */

struct memory_stream *cqrs__memory_stream_find(const struct memory_feed *feed, uint64_t hash,
                                               const struct cqrs_stream *name)
{
	return (struct memory_stream *)cqrs__memory_name_find(&feed->shard, hash, name->type,
	                                                      name->id);
}

struct memory_stream *cqrs__memory_stream_get(struct memory_store *store, struct memory_feed *feed,
                                              uint64_t hash, const struct cqrs_stream *name)
{
	struct memory_stream *stream = cqrs__memory_stream_find(feed, hash, name);

	if (stream)
		return stream;
	if (!cqrs__memory_place_reserve(store->allocator, feed))
		return NULL;
	stream = (struct memory_stream *)cqrs__memory_name_new(store, &feed->shard, sizeof(*stream),
	                                                       hash, name->type, name->id);
	if (stream)
		cqrs__memory_place_add(store, feed, stream);
	return stream;
}

bool cqrs__memory_stream_reserve(struct memory_store *store, struct memory_stream *stream,
                                 size_t more)
{
	const struct cqrs_allocator *allocator = store->allocator;
	size_t capacity = stream->capacity ? stream->capacity : 4;
	struct memory_event **events;

	if (stream->head + more <= stream->capacity)
		return true;
	while (capacity < stream->head + more)
		capacity *= 2;
	events = allocator->resize(allocator->self, stream->events,
	                           stream->capacity * sizeof(struct memory_event *),
	                           capacity * sizeof(struct memory_event *));
	if (!events)
		return false;
	stream->events = events;
	stream->capacity = capacity;
	return true;
}

void cqrs__memory_snapshot_free(const struct cqrs_allocator *allocator,
                                struct memory_snapshot *snapshot)
{
	if (!snapshot)
		return;
	cqrs__memory_buffer_deinit(&snapshot->state, allocator);
	allocator->release(allocator->self, snapshot);
}

void cqrs__memory_stream_free(const struct cqrs_allocator *allocator, struct memory_node *node)
{
	struct memory_stream *stream = (struct memory_stream *)node;

	while (stream->keys) {
		struct memory_key *key = stream->keys;

		stream->keys = key->next;
		allocator->release(allocator->self, key);
	}
	cqrs__memory_snapshot_free(allocator, stream->snapshot);
	allocator->release(allocator->self, stream->events);
	allocator->release(allocator->self, stream);
}

/* ---- keys ---- */

static uint64_t key_hash(const struct memory_stream *stream, const char *text)
{
	return cqrs_stream_hash(&(struct cqrs_stream){ .type = stream->name.id, .id = text });
}

struct memory_key *cqrs__memory_key_find(const struct memory_feed *feed,
                                         const struct memory_stream *stream, const char *text)
{
	uint64_t hash = key_hash(stream, text);
	struct memory_node *node = cqrs__memory_map_first(&feed->keys, hash);

	for (; node; node = node->next) {
		struct memory_key *key = (struct memory_key *)node;

		if (node->hash == hash && key->stream == stream && strcmp(key->text, text) == 0)
			return key;
	}
	return NULL;
}

struct memory_key *cqrs__memory_key_new(struct memory_store *store, struct memory_stream *stream,
                                        const char *text)
{
	const struct cqrs_allocator *allocator = store->allocator;
	size_t size = strlen(text) + 1;
	struct memory_key *key;

	key = allocator->allocate(allocator->self, sizeof(*key) + size);
	if (!key)
		return NULL;
	memset(key, 0, sizeof(*key));
	key->node.hash = key_hash(stream, text);
	key->stream = stream;
	memcpy(key->text, text, size);
	return key;
}

void cqrs__memory_key_add(struct memory_feed *feed, struct memory_key *key)
{
	struct memory_stream *stream = key->stream;

	cqrs__memory_map_add(&feed->keys, &key->node);
	key->next = stream->keys;
	if (key->next)
		key->next->previous = key;
	stream->keys = key;
}

void cqrs__memory_key_remove(struct memory_store *store, struct memory_feed *feed,
                             struct memory_key *key)
{
	cqrs__memory_map_remove(&feed->keys, &key->node);
	if (key->next)
		key->next->previous = key->previous;
	if (key->previous)
		key->previous->next = key->next;
	else
		key->stream->keys = key->next;
	store->allocator->release(store->allocator->self, key);
}
