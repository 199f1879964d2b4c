/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * reserve.c - allocates all that a commit needs, once it is decided that it holds.
 *
 * Streams, views and checkpoints that are made here, and room that is made in them, may
 * stay where a later allocation fails: without contents they are as if not there. Only what
 * stands in memory_part.made is given back.
 */
#include "store/memory/commit.h"

static bool reserve_stream(struct memory_plan *plan, struct memory_part *part,
                           const struct cqrs_stream *name)
{
	if (!part->at.stream)
		part->at.stream =
			cqrs__memory_stream_get(plan->store, part->in.feed, part->hash, name);
	return part->at.stream != NULL;
}

/* Bytes that a feed's log will grow by. */
static size_t size_in_feed(const struct memory_plan *plan, const struct memory_feed *feed)
{
	size_t size = 0;

	for (size_t i = 0; i < plan->commit->append_count; i++) {
		const struct cqrs_append *append = &plan->commit->appends[i];

		for (size_t j = 0; plan->appends[i].in.feed == feed && j < append->event_count; j++)
			size += cqrs__memory_event_size(&append->events[j]);
	}
	return size;
}

static bool reserve_appends(struct memory_plan *plan)
{
	struct memory_store *store = plan->store;

	for (size_t i = 0; i < plan->commit->append_count; i++) {
		const struct cqrs_append *append = &plan->commit->appends[i];
		struct memory_part *part = &plan->appends[i];

		if (!reserve_stream(plan, part, &append->stream) ||
		    !cqrs__memory_stream_reserve(store, part->at.stream, append->event_count))
			return false;
	}
	for (uint64_t feeds = plan->feeds, i = 0; feeds; feeds >>= 1, i++) {
		size_t size = feeds & 1 ? size_in_feed(plan, &store->feeds[i]) : 0;

		if (size && !cqrs__memory_log_reserve(store->allocator, &store->feeds[i], size))
			return false;
	}
	return true;
}

static bool reserve_snapshot(struct memory_plan *plan, size_t index)
{
	const struct cqrs_allocator *allocator = plan->store->allocator;
	const struct cqrs_snapshot_write *write = &plan->commit->snapshots[index];
	struct memory_part *part = &plan->snapshots[index];
	struct memory_stream *stream;

	if (!reserve_stream(plan, part, &write->stream))
		return false;
	stream = part->at.stream;
	if (!stream->snapshot) {
		stream->snapshot = allocator->allocate(allocator->self, sizeof(*stream->snapshot));
		if (!stream->snapshot)
			return false;
		*stream->snapshot = (struct memory_snapshot){ .present = false };
	}
	return cqrs__memory_buffer_reserve(&stream->snapshot->state, allocator,
	                                   write->snapshot.state.len);
}

static bool reserve_entries(struct memory_store *store, const struct cqrs_view_write *write,
                            struct memory_part *part)
{
	struct memory_view *view = part->at.view;

	if (!write->entry_count)
		return true;
	if (view->entries && !write->clear_entries)
		return cqrs__memory_entries_reserve(store, view->entries, write->entries,
		                                    write->entry_count);
	part->made.entries = cqrs__memory_entries_new(store, write->entries, write->entry_count);
	return part->made.entries != NULL;
}

static bool reserve_view(struct memory_plan *plan, size_t index)
{
	struct memory_store *store = plan->store;
	const struct cqrs_view_write *write = &plan->commit->views[index];
	struct memory_part *part = &plan->views[index];

	if (!part->at.view)
		part->at.view = cqrs__memory_view_get(store, part->in.side, part->hash, write->type,
		                                      write->id);
	return part->at.view &&
	       cqrs__memory_buffer_reserve(&part->at.view->payload, store->allocator,
	                                   write->payload.len) &&
	       reserve_entries(store, write, part);
}

static bool reserve_checkpoint(struct memory_plan *plan, size_t index)
{
	struct memory_store *store = plan->store;
	const struct cqrs_checkpoint_write *write = &plan->commit->checkpoints[index];
	struct memory_part *part = &plan->checkpoints[index];

	if (!part->at.checkpoint)
		part->at.checkpoint = cqrs__memory_checkpoint_get(store, part->in.side, part->hash,
		                                                  write->projection, write->feed);
	return part->at.checkpoint != NULL;
}

static bool reserve_key(struct memory_plan *plan, size_t index)
{
	struct memory_store *store = plan->store;
	const struct cqrs_key_write *write = &plan->commit->keys[index];
	struct memory_part *part = &plan->keys[index];

	if (!reserve_stream(plan, part, &write->stream))
		return false;
	/* All of the commit's keys may be of this feed. */
	if (!cqrs__memory_map_reserve(store->allocator, &part->in.feed->keys,
	                              plan->commit->key_count))
		return false;
	part->made.key = cqrs__memory_key_new(store, part->at.stream, write->key);
	return part->made.key != NULL;
}

static void give_back(struct memory_plan *plan)
{
	const struct cqrs_allocator *allocator = plan->store->allocator;

	for (size_t i = 0; i < plan->commit->view_count; i++)
		cqrs__memory_entries_free(allocator, plan->views[i].made.entries);
	for (size_t i = 0; i < plan->commit->key_count; i++)
		allocator->release(allocator->self, plan->keys[i].made.key);
}

bool cqrs__memory_reserve(struct memory_plan *plan)
{
	const struct cqrs_commit *commit = plan->commit;
	bool reserved = reserve_appends(plan);

	for (size_t i = 0; reserved && i < commit->snapshot_count; i++)
		reserved = reserve_snapshot(plan, i);
	for (size_t i = 0; reserved && i < commit->view_count; i++)
		reserved = reserve_view(plan, i);
	for (size_t i = 0; reserved && i < commit->checkpoint_count; i++)
		reserved = reserve_checkpoint(plan, i);
	for (size_t i = 0; reserved && i < commit->key_count; i++)
		reserved = reserve_key(plan, i);
	if (!reserved)
		give_back(plan);
	return reserved;
}
