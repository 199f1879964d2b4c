/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * list.c - lists streams and views in the order of their names.
 *
 * Whoever lists moves the new names to the ordered list, one shard after the other. Then
 * all shards are locked, so that a page shows no part of a commit; what came meanwhile,
 * which is little, is moved too; and the page is copied.
 */
#include "store/memory/memory.h"

#include <string.h>

/* The shards of all streams, or of all views. */
struct shards {
	struct memory_shard *(*at)(struct memory_store *store, uint64_t index);
	uint64_t count;
	struct memory_list *order;
};

/* Bring the ordered list up to date, and return with all shards locked. */
static void order_and_lock(struct memory_store *store, const struct shards *shards)
{
	pthread_mutex_lock(&store->list_lock);
	for (uint64_t i = 0; i < shards->count; i++) {
		struct memory_shard *shard = shards->at(store, i);
		struct memory_name *names;

		pthread_mutex_lock(&shard->lock);
		names = cqrs__memory_name_take_new(shard);
		pthread_mutex_unlock(&shard->lock);
		cqrs__memory_name_order(store, shards->order, names);
	}
	for (uint64_t i = 0; i < shards->count; i++)
		pthread_mutex_lock(&shards->at(store, i)->lock);
	for (uint64_t i = 0; i < shards->count; i++)
		cqrs__memory_name_order(store, shards->order,
		                        cqrs__memory_name_take_new(shards->at(store, i)));
}

static void unlock(struct memory_store *store, const struct shards *shards)
{
	for (uint64_t i = shards->count; i-- > 0;)
		pthread_mutex_unlock(&shards->at(store, i)->lock);
	pthread_mutex_unlock(&store->list_lock);
}

/* ---- streams ---- */

/* The first stream of the type that has events, from this name on. */
static const struct memory_stream *listed_stream(const struct memory_name *name, const char *type)
{
	for (; name && strcmp(name->type, type) == 0; name = cqrs__memory_name_next(name)) {
		const struct memory_stream *stream = (const struct memory_stream *)name;

		if (stream->head && !stream->deleted)
			return stream;
	}
	return NULL;
}

static const struct memory_stream *next_stream(const struct memory_stream *stream)
{
	return listed_stream(cqrs__memory_name_next(&stream->name), stream->name.type);
}

static enum cqrs_status copy_streams(const struct memory_stream *first, size_t max_count,
                                     struct cqrs_arena *arena, struct cqrs_stream_page *out_page,
                                     struct cqrs_error *err)
{
	struct cqrs_stream_info *items;
	const struct memory_stream *stream;
	size_t count = 0;

	for (stream = first; stream && count < max_count; stream = next_stream(stream))
		count++;
	if (!count) {
		*out_page = (struct cqrs_stream_page){ NULL, 0 };
		return CQRS_OK;
	}
	items = cqrs_arena_allocate(arena, count * sizeof(*items));
	if (!items)
		return cqrs__memory_none(err);
	stream = first;
	for (size_t i = 0; i < count; i++, stream = next_stream(stream)) {
		items[i].id = cqrs_arena_text(arena, stream->name.id, strlen(stream->name.id));
		items[i].sequence = stream->head;
		if (!items[i].id)
			return cqrs__memory_none(err);
	}
	*out_page = (struct cqrs_stream_page){ items, count };
	return CQRS_OK;
}

enum cqrs_status cqrs__memory_list_streams(void *self, const char *type, const char *after_id,
                                           size_t max_count, struct cqrs_arena *arena,
                                           struct cqrs_stream_page *out_page,
                                           struct cqrs_error *err)
{
	struct memory_store *store = self;
	struct shards shards = { memory_feed_shard, store->feed_count, &store->streams };
	const struct memory_name *behind;
	enum cqrs_status status;

	order_and_lock(store, &shards);
	behind = cqrs__memory_name_behind(shards.order, type, after_id ? after_id : "");
	status = copy_streams(listed_stream(behind, type), max_count, arena, out_page, err);
	unlock(store, &shards);
	return status;
}

/* ---- views ---- */

/* The first view of the type that has a row, from this name on. */
static const struct memory_view *listed_view(const struct memory_name *name, const char *type)
{
	for (; name && strcmp(name->type, type) == 0; name = cqrs__memory_name_next(name)) {
		const struct memory_view *view = (const struct memory_view *)name;

		if (view->version && !view->removed)
			return view;
	}
	return NULL;
}

static const struct memory_view *next_view(const struct memory_view *view)
{
	return listed_view(cqrs__memory_name_next(&view->name), view->name.type);
}

static size_t count_views(const struct memory_view *view, size_t max_count)
{
	size_t count = 0;
	size_t size = 0;

	for (; view && count < max_count && size < MEMORY_PAGE_SIZE; view = next_view(view)) {
		size += view->payload.len;
		count++;
	}
	return count;
}

static enum cqrs_status copy_views(const struct memory_view *view, size_t max_count,
                                   struct cqrs_arena *arena, struct cqrs_view_page *out_page,
                                   struct cqrs_error *err)
{
	size_t count = count_views(view, max_count);
	struct cqrs_stored_view *items;

	if (!count) {
		*out_page = (struct cqrs_view_page){ NULL, 0 };
		return CQRS_OK;
	}
	items = cqrs_arena_allocate(arena, count * sizeof(*items));
	if (!items)
		return cqrs__memory_none(err);
	for (size_t i = 0; i < count; i++, view = next_view(view)) {
		const struct memory_buffer *payload = &view->payload;

		items[i].id = cqrs_arena_text(arena, view->name.id, strlen(view->name.id));
		items[i].version = view->version;
		items[i].removed = false;
		items[i].payload.data = cqrs_arena_text(arena, payload->data, payload->len);
		items[i].payload.len = payload->len;
		if (!items[i].id || !items[i].payload.data)
			return cqrs__memory_none(err);
	}
	*out_page = (struct cqrs_view_page){ items, count };
	return CQRS_OK;
}

enum cqrs_status cqrs__memory_list_views(void *self, const char *type, const char *after_id,
                                         size_t max_count, struct cqrs_arena *arena,
                                         struct cqrs_view_page *out_page, struct cqrs_error *err)
{
	struct memory_store *store = self;
	struct shards shards = { memory_side_shard, MEMORY_SIDES, &store->views };
	const struct memory_name *behind;
	enum cqrs_status status;

	order_and_lock(store, &shards);
	behind = cqrs__memory_name_behind(shards.order, type, after_id ? after_id : "");
	status = copy_views(listed_view(behind, type), max_count, arena, out_page, err);
	unlock(store, &shards);
	return status;
}
