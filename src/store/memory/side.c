/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * side.c - views and checkpoints: found, made, released. All of it is called with the
 * side's lock held.
 */
#include "store/memory/memory.h"

#include <string.h>

/* ---- views ---- */

uint64_t cqrs__memory_view_hash(const char *type, const char *id)
{
	return cqrs_stream_hash(&(struct cqrs_stream){ .type = type, .id = id });
}

struct memory_view *cqrs__memory_view_find(const struct memory_side *side, uint64_t hash,
                                           const char *type, const char *id)
{
	return (struct memory_view *)cqrs__memory_name_find(&side->shard, hash, type, id);
}

struct memory_view *cqrs__memory_view_get(struct memory_store *store, struct memory_side *side,
                                          uint64_t hash, const char *type, const char *id)
{
	struct memory_view *view = cqrs__memory_view_find(side, hash, type, id);

	if (!view)
		view = (struct memory_view *)cqrs__memory_name_new(store, &side->shard,
		                                                   sizeof(*view), hash, type, id);
	return view;
}

void cqrs__memory_view_free(const struct cqrs_allocator *allocator, struct memory_node *node)
{
	struct memory_view *view = (struct memory_view *)node;

	cqrs__memory_entries_free(allocator, view->entries);
	cqrs__memory_buffer_deinit(&view->payload, allocator);
	allocator->release(allocator->self, view);
}

/* ---- checkpoints ---- */

uint64_t cqrs__memory_checkpoint_hash(const char *projection, uint64_t feed)
{
	struct cqrs_stream name = { .type = projection, .id = "" };

	return cqrs_stream_hash(&name) + feed;
}

struct memory_checkpoint *cqrs__memory_checkpoint_find(const struct memory_side *side,
                                                       uint64_t hash, const char *projection,
                                                       uint64_t feed)
{
	struct memory_node *node = cqrs__memory_map_first(&side->checkpoints, hash);

	for (; node; node = node->next) {
		struct memory_checkpoint *checkpoint = (struct memory_checkpoint *)node;

		if (node->hash == hash && checkpoint->feed == feed &&
		    strcmp(checkpoint->projection, projection) == 0)
			return checkpoint;
	}
	return NULL;
}

struct memory_checkpoint *cqrs__memory_checkpoint_get(struct memory_store *store,
                                                      struct memory_side *side, uint64_t hash,
                                                      const char *projection, uint64_t feed)
{
	const struct cqrs_allocator *allocator = store->allocator;
	struct memory_checkpoint *checkpoint;
	size_t size = strlen(projection) + 1;

	checkpoint = cqrs__memory_checkpoint_find(side, hash, projection, feed);
	if (checkpoint)
		return checkpoint;
	if (!cqrs__memory_map_reserve(allocator, &side->checkpoints, 1))
		return NULL;
	checkpoint = allocator->allocate(allocator->self, sizeof(*checkpoint) + size);
	if (!checkpoint)
		return NULL;
	*checkpoint = (struct memory_checkpoint){ .node = { NULL, hash }, .feed = feed };
	memcpy(checkpoint->projection, projection, size);
	cqrs__memory_map_add(&side->checkpoints, &checkpoint->node);
	return checkpoint;
}

void cqrs__memory_checkpoint_free(const struct cqrs_allocator *allocator, struct memory_node *node)
{
	allocator->release(allocator->self, node);
}
