/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * memory.c - opens and closes the memory store, and names its functions. What it is made of
 * is told in memory.h.
 */
#include "store/memory/memory.h"

#include "core/lock.h"

#include <string.h>

static const struct cqrs_store_ops memory_ops;

/* ---- closing ---- */

static void feed_deinit(struct memory_store *store, struct memory_feed *feed)
{
	const struct cqrs_allocator *allocator = store->allocator;

	/* Streams release their keys. */
	allocator->release(allocator->self, feed->keys.buckets);
	cqrs__memory_map_deinit(&feed->shard.names, allocator, cqrs__memory_stream_free);
	for (size_t i = 0; i < feed->chunk_count; i++)
		allocator->release(allocator->self, feed->chunks[i].data);
	allocator->release(allocator->self, feed->chunks);
	cqrs__memory_places_deinit(feed, allocator);
	pthread_cond_destroy(&feed->news);
	pthread_mutex_destroy(&feed->shard.lock);
}

static void side_deinit(struct memory_store *store, struct memory_side *side)
{
	cqrs__memory_map_deinit(&side->shard.names, store->allocator, cqrs__memory_view_free);
	cqrs__memory_map_deinit(&side->checkpoints, store->allocator, cqrs__memory_checkpoint_free);
	pthread_mutex_destroy(&side->shard.lock);
}

static void memory_close(void *self)
{
	struct memory_store *store = self;
	const struct cqrs_allocator *allocator = store->allocator;

	for (uint64_t i = 0; i < store->feed_count; i++)
		feed_deinit(store, &store->feeds[i]);
	for (size_t i = 0; i < MEMORY_SIDES; i++)
		side_deinit(store, &store->sides[i]);
	pthread_mutex_destroy(&store->list_lock);
	allocator->release(allocator->self, store->feeds);
	allocator->release(allocator->self, store);
}

/* ---- opening ---- */

static void feed_init(struct memory_store *store, struct memory_feed *feed)
{
	pthread_condattr_t attributes;

	cqrs__short_lock_init(&feed->shard.lock);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC); /* a set clock ends no wait */
	pthread_cond_init(&feed->news, &attributes);
	pthread_condattr_destroy(&attributes);
	feed->shard.names.multiplier = store->multiplier;
	feed->keys.multiplier = store->multiplier;
}

static void side_init(struct memory_store *store, struct memory_side *side)
{
	cqrs__short_lock_init(&side->shard.lock);
	side->shard.names.multiplier = store->multiplier;
	side->checkpoints.multiplier = store->multiplier;
}

static enum cqrs_status memory_new(uint64_t feed_count, const struct cqrs_environment *environment,
                                   struct memory_store **out_store, struct cqrs_error *err)
{
	const struct cqrs_allocator *allocator = environment->allocator;
	struct memory_store *store = allocator->allocate(allocator->self, sizeof(*store));
	struct memory_feed *feeds;

	if (!store)
		return cqrs__memory_none(err);
	feeds = allocator->allocate(allocator->self, feed_count * sizeof(*feeds));
	if (!feeds) {
		allocator->release(allocator->self, store);
		return cqrs__memory_none(err);
	}
	memset(feeds, 0, feed_count * sizeof(*feeds));
	memset(store, 0, sizeof(*store));
	store->allocator = allocator;
	store->feeds = feeds;
	store->feed_count = feed_count;
	environment->random(environment->self, &store->multiplier, sizeof(store->multiplier));
	store->multiplier |= 1;
	pthread_mutex_init(&store->list_lock, NULL);
	for (uint64_t i = 0; i < feed_count; i++)
		feed_init(store, &feeds[i]);
	for (size_t i = 0; i < MEMORY_SIDES; i++)
		side_init(store, &store->sides[i]);
	*out_store = store;
	return CQRS_OK;
}

static enum cqrs_status read_url(const char *text, struct cqrs_arena *arena,
                                 uint64_t *out_feed_count, struct cqrs_error *err)
{
	struct cqrs_url url;
	enum cqrs_status status;

	status = cqrs_url_parse(text, arena, &url, err);
	if (status != CQRS_OK)
		return status;
	if (*url.path)
		return cqrs_error_set(err, CQRS_ERR_INVALID,
		                      "nothing stands behind 'memory:' but options");
	*out_feed_count = 1;
	for (size_t i = 0; status == CQRS_OK && i < url.option_count; i++) {
		if (strcmp(url.options[i].name, "feeds") != 0)
			return cqrs_error_set(err, CQRS_ERR_INVALID,
			                      "a memory store has no option '%s'",
			                      url.options[i].name);
		status = cqrs_url_number(&url.options[i], 1, CQRS_MAX_FEEDS, out_feed_count, err);
	}
	return status;
}

static enum cqrs_status memory_open(const char *url, const struct cqrs_environment *environment,
                                    struct cqrs_store_instance *out_instance,
                                    struct cqrs_error *err)
{
	struct memory_store *store = NULL;
	struct cqrs_arena *arena = NULL;
	uint64_t feed_count = 0;
	enum cqrs_status status;

	status = cqrs_arena_new(environment->allocator, &arena, err);
	if (status == CQRS_OK)
		status = read_url(url, arena, &feed_count, err);
	cqrs_arena_free(arena);
	if (status == CQRS_OK)
		status = memory_new(feed_count, environment, &store, err);
	if (status != CQRS_OK)
		return status;
	*out_instance = (struct cqrs_store_instance){
		.ops = &memory_ops,
		.self = store,
		.feed_count = feed_count,
	};
	return CQRS_OK;
}

static const struct cqrs_store_ops memory_ops = {
	.size = sizeof(struct cqrs_store_ops),
	.name = "memory",
	.close = memory_close,
	.commit = cqrs__memory_commit,
	.read_stream = cqrs__memory_read_stream,
	.read_head = cqrs__memory_read_head,
	.list_streams = cqrs__memory_list_streams,
	.read_feed = cqrs__memory_read_feed,
	.read_feed_head = cqrs__memory_read_feed_head,
	.wait = cqrs__memory_wait,
	.delete_stream = cqrs__memory_delete_stream,
	.load_snapshot = cqrs__memory_load_snapshot,
	.load_view = cqrs__memory_load_view,
	.list_views = cqrs__memory_list_views,
	.list_entries = cqrs__memory_list_entries,
	.load_checkpoint = cqrs__memory_load_checkpoint,
	.load_key = cqrs__memory_load_key,
	.purge_keys = cqrs__memory_purge_keys,
	.prefetch = cqrs__memory_prefetch,
};

const struct cqrs_backend *cqrs_memory(void)
{
	static const struct cqrs_backend backend = {
		.size = sizeof(struct cqrs_backend),
		.scheme = "memory",
		.open = memory_open,
	};

	return &backend;
}
