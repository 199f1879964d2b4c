/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * list.c - lists streams and views in the order of their names.
 *
 * A commit that makes a stream or view only puts it on a short list of new ones, which
 * costs next to nothing. Whoever lists next moves the new ones to the ordered list: the
 * sorting is paid by those who want the order, and by each name once. Then all feeds (or
 * sides) are locked, so that a page shows no part of a commit; what came meanwhile, which is
 * little, is moved too; and the page is copied.
 */
#include "store/memory/memory.h"

#include <string.h>

/* What both ordered lists are sorted by. */
struct name {
	const char *type;
	const char *id;
};

static int compare_names(const char *type, const char *id, const struct name *key)
{
	int order = strcmp(type, key->type);

	return order ? order : strcmp(id, key->id);
}

/* ---- streams ---- */

static const struct memory_stream *stream_of(const struct memory_ranked *item)
{
	return item ? memory_owner(item, const struct memory_stream, rank) : NULL;
}

static int compare_stream(const struct memory_ranked *item, const void *key)
{
	const struct memory_stream *stream = stream_of(item);

	return compare_names(stream->type, stream->id, key);
}

static void order_new_streams(struct memory_store *store, struct memory_stream *stream)
{
	for (; stream; stream = stream->next_new) {
		struct name name = { stream->type, stream->id };
		size_t levels = cqrs__memory_levels(stream->node.hash, store->multiplier);

		cqrs__memory_order_add(&store->streams, &stream->rank, levels, compare_stream,
		                       &name);
	}
}

/* The feed's lock is held. */
static struct memory_stream *take_new_streams(struct memory_feed *feed)
{
	struct memory_stream *streams = feed->new_streams;

	feed->new_streams = NULL;
	return streams;
}

/* Order all streams, and return with all feeds locked. */
static void order_and_lock_streams(struct memory_store *store)
{
	for (uint64_t i = 0; i < store->feed_count; i++) {
		struct memory_stream *streams;

		pthread_mutex_lock(&store->feeds[i].lock);
		streams = take_new_streams(&store->feeds[i]);
		pthread_mutex_unlock(&store->feeds[i].lock);
		order_new_streams(store, streams);
	}
	for (uint64_t i = 0; i < store->feed_count; i++)
		pthread_mutex_lock(&store->feeds[i].lock);
	for (uint64_t i = 0; i < store->feed_count; i++)
		order_new_streams(store, take_new_streams(&store->feeds[i]));
}

/* The next stream of the type that has events, from this one on. */
static const struct memory_stream *listed_stream(const struct memory_stream *stream,
                                                 const char *type)
{
	while (stream && strcmp(stream->type, type) == 0) {
		if (stream->head && !stream->deleted)
			return stream;
		stream = stream_of(stream->rank.next[0]);
	}
	return NULL;
}

static const struct memory_stream *next_stream(const struct memory_stream *stream)
{
	return listed_stream(stream_of(stream->rank.next[0]), stream->type);
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
		items[i].id = cqrs_arena_text(arena, stream->id, strlen(stream->id));
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
	struct name after = { type, after_id ? after_id : "" };
	const struct memory_stream *first;
	enum cqrs_status status;

	pthread_mutex_lock(&store->list_lock);
	order_and_lock_streams(store);
	first = stream_of(cqrs__memory_order_behind(&store->streams, compare_stream, &after));
	status = copy_streams(listed_stream(first, type), max_count, arena, out_page, err);
	for (uint64_t i = store->feed_count; i-- > 0;)
		pthread_mutex_unlock(&store->feeds[i].lock);
	pthread_mutex_unlock(&store->list_lock);
	return status;
}

/* ---- views ---- */

static const struct memory_view *view_of(const struct memory_ranked *item)
{
	return item ? memory_owner(item, const struct memory_view, rank) : NULL;
}

static int compare_view(const struct memory_ranked *item, const void *key)
{
	const struct memory_view *view = view_of(item);

	return compare_names(view->type, view->id, key);
}

static void order_new_views(struct memory_store *store, struct memory_view *view)
{
	for (; view; view = view->next_new) {
		struct name name = { view->type, view->id };
		size_t levels = cqrs__memory_levels(view->node.hash, store->multiplier);

		cqrs__memory_order_add(&store->views, &view->rank, levels, compare_view, &name);
	}
}

/* The side's lock is held. */
static struct memory_view *take_new_views(struct memory_side *side)
{
	struct memory_view *views = side->new_views;

	side->new_views = NULL;
	return views;
}

/* Order all views, and return with all sides locked. */
static void order_and_lock_views(struct memory_store *store)
{
	for (size_t i = 0; i < MEMORY_SIDES; i++) {
		struct memory_view *views;

		pthread_mutex_lock(&store->sides[i].lock);
		views = take_new_views(&store->sides[i]);
		pthread_mutex_unlock(&store->sides[i].lock);
		order_new_views(store, views);
	}
	for (size_t i = 0; i < MEMORY_SIDES; i++)
		pthread_mutex_lock(&store->sides[i].lock);
	for (size_t i = 0; i < MEMORY_SIDES; i++)
		order_new_views(store, take_new_views(&store->sides[i]));
}

/* The next view of the type that has a row, from this one on. */
static const struct memory_view *listed_view(const struct memory_view *view, const char *type)
{
	while (view && strcmp(view->type, type) == 0) {
		if (view->version && !view->removed)
			return view;
		view = view_of(view->rank.next[0]);
	}
	return NULL;
}

static const struct memory_view *next_view(const struct memory_view *view)
{
	return listed_view(view_of(view->rank.next[0]), view->type);
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

		items[i].id = cqrs_arena_text(arena, view->id, strlen(view->id));
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
	struct name after = { type, after_id ? after_id : "" };
	const struct memory_view *first;
	enum cqrs_status status;

	pthread_mutex_lock(&store->list_lock);
	order_and_lock_views(store);
	first = view_of(cqrs__memory_order_behind(&store->views, compare_view, &after));
	status = copy_views(listed_view(first, type), max_count, arena, out_page, err);
	for (size_t i = MEMORY_SIDES; i-- > 0;)
		pthread_mutex_unlock(&store->sides[i].lock);
	pthread_mutex_unlock(&store->list_lock);
	return status;
}
