/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * write.c - writes the parts of a commit that holds, into memory that is reserved. Nothing
 * in here can fail.
 */
#include "store/memory/commit.h"

static void write_append(struct memory_plan *plan, size_t index)
{
	struct cqrs_append *append = &plan->commit->appends[index];
	struct memory_stream *stream = plan->appends[index].at.stream;
	struct memory_feed *feed = plan->appends[index].in.feed;

	append->first_sequence = stream->head + 1;
	append->feed = (uint64_t)(feed - plan->store->feeds);
	append->first_offset = feed->head + 1;
	append->place = stream->place;
	for (size_t i = 0; i < append->event_count; i++)
		cqrs__memory_log_append(feed, stream, &append->events[i]);
	if (feed->waiting)
		pthread_cond_broadcast(&feed->news);
}

static void write_snapshot(struct memory_plan *plan, size_t index)
{
	const struct cqrs_snapshot *given = &plan->commit->snapshots[index].snapshot;
	struct memory_snapshot *snapshot = plan->snapshots[index].at.stream->snapshot;

	snapshot->present = true;
	snapshot->sequence = given->sequence;
	snapshot->fingerprint = given->fingerprint;
	snapshot->recorded_at_us = given->recorded_at_us;
	cqrs__memory_buffer_write(&snapshot->state, &given->state);
}

static void write_view(struct memory_plan *plan, size_t index)
{
	struct memory_store *store = plan->store;
	const struct cqrs_view_write *write = &plan->commit->views[index];
	struct memory_part *part = &plan->views[index];
	struct memory_view *view = part->at.view;
	bool removed = !write->payload.data;

	view->version = write->version;
	view->removed = removed;
	if (removed)
		cqrs__memory_buffer_deinit(&view->payload, store->allocator);
	else
		cqrs__memory_buffer_write(&view->payload, &write->payload);
	if (removed || write->clear_entries || part->made.entries) {
		cqrs__memory_entries_free(store->allocator, view->entries);
		view->entries = part->made.entries;
	}
	for (size_t i = 0; i < write->entry_count; i++)
		cqrs__memory_entries_add(store, view->entries, &write->entries[i]);
}

static void write_key(struct memory_plan *plan, size_t index)
{
	struct memory_part *part = &plan->keys[index];

	part->made.key->record = plan->commit->keys[index].record;
	cqrs__memory_key_add(part->in.feed, part->made.key);
}

void cqrs__memory_write(struct memory_plan *plan)
{
	const struct cqrs_commit *commit = plan->commit;

	for (size_t i = 0; i < commit->append_count; i++)
		write_append(plan, i);
	for (size_t i = 0; i < commit->snapshot_count; i++)
		write_snapshot(plan, i);
	for (size_t i = 0; i < commit->view_count; i++)
		write_view(plan, i);
	for (size_t i = 0; i < commit->checkpoint_count; i++)
		plan->checkpoints[i].at.checkpoint->offset = commit->checkpoints[i].offset;
	for (size_t i = 0; i < commit->key_count; i++)
		write_key(plan, i);
}
