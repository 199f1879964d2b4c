/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * load.c - reads of what is kept beside the events: snapshots, views, entries, checkpoints
 * and idempotency keys; and the purge of keys.
 */
#include "store/memory/memory.h"

#include <string.h>

/* Copy bytes into an arena; false when there is no memory. */
static bool copy_text(struct cqrs_arena *arena, const char *data, size_t len, struct cqrs_text *out)
{
	char *copy = cqrs_arena_text(arena, data, len);

	if (!copy)
		return false;
	*out = (struct cqrs_text){ copy, len };
	return true;
}

static enum cqrs_status not_found(struct cqrs_error *err, const char *what)
{
	return cqrs_error_set(err, CQRS_ERR_NOT_FOUND, "there is no such %s", what);
}

/* ---- snapshots ---- */

static enum cqrs_status copy_snapshot(const struct memory_stream *stream, struct cqrs_arena *arena,
                                      struct cqrs_snapshot *out, struct cqrs_error *err)
{
	const struct memory_snapshot *snapshot = stream ? stream->snapshot : NULL;
	struct cqrs_text state;

	if (!snapshot || !snapshot->present)
		return not_found(err, "snapshot");
	if (!copy_text(arena, snapshot->state.data, snapshot->state.len, &state))
		return cqrs__memory_none(err);
	*out = (struct cqrs_snapshot){
		.sequence = snapshot->sequence,
		.fingerprint = snapshot->fingerprint,
		.recorded_at_us = snapshot->recorded_at_us,
		.state = state,
	};
	return CQRS_OK;
}

enum cqrs_status
cqrs__memory_load_snapshot(void *self, const struct cqrs_stream *stream, struct cqrs_arena *arena,
                           struct cqrs_snapshot *out_snapshot, struct cqrs_error *err)
{
	uint64_t hash = cqrs_stream_hash(stream);
	struct memory_feed *feed = memory_feed_of(self, hash);
	enum cqrs_status status;

	pthread_mutex_lock(&feed->shard.lock);
	status = copy_snapshot(cqrs__memory_stream_find(feed, hash, stream), arena, out_snapshot,
	                       err);
	pthread_mutex_unlock(&feed->shard.lock);
	return status;
}

/* ---- views ---- */

static enum cqrs_status copy_view(const struct memory_view *view, struct cqrs_arena *arena,
                                  struct cqrs_stored_view *out, struct cqrs_error *err)
{
	struct cqrs_stored_view copy = { .id = NULL };

	if (!view || !view->version)
		return not_found(err, "view");
	copy.id = cqrs_arena_text(arena, view->name.id, strlen(view->name.id));
	if (!copy.id)
		return cqrs__memory_none(err);
	copy.version = view->version;
	copy.removed = view->removed;
	if (!view->removed &&
	    !copy_text(arena, view->payload.data, view->payload.len, &copy.payload))
		return cqrs__memory_none(err);
	*out = copy;
	return CQRS_OK;
}

enum cqrs_status cqrs__memory_load_view(void *self, const char *type, const char *id,
                                        struct cqrs_arena *arena, struct cqrs_stored_view *out_view,
                                        struct cqrs_error *err)
{
	uint64_t hash = cqrs__memory_view_hash(type, id);
	struct memory_side *side = memory_side_of(self, hash);
	enum cqrs_status status;

	pthread_mutex_lock(&side->shard.lock);
	status = copy_view(cqrs__memory_view_find(side, hash, type, id), arena, out_view, err);
	pthread_mutex_unlock(&side->shard.lock);
	return status;
}

/* ---- entries ---- */

static size_t count_entries(const struct memory_entry *entry, size_t max_count)
{
	size_t count = 0;
	size_t size = 0;

	for (; entry && count < max_count && size < MEMORY_PAGE_SIZE;
	     entry = cqrs__memory_entry_next(entry)) {
		size += entry->payload.len;
		count++;
	}
	return count;
}

static enum cqrs_status copy_entries(const struct memory_entry *entry, size_t max_count,
                                     struct cqrs_arena *arena, struct cqrs_entry_page *out_page,
                                     struct cqrs_error *err)
{
	size_t count = count_entries(entry, max_count);
	struct cqrs_stored_entry *items;

	if (!count) {
		*out_page = (struct cqrs_entry_page){ NULL, 0 };
		return CQRS_OK;
	}
	items = cqrs_arena_allocate(arena, count * sizeof(*items));
	if (!items)
		return cqrs__memory_none(err);
	for (size_t i = 0; i < count; i++, entry = cqrs__memory_entry_next(entry)) {
		items[i].position = entry->position;
		if (!copy_text(arena, entry->payload.data, entry->payload.len, &items[i].payload))
			return cqrs__memory_none(err);
	}
	*out_page = (struct cqrs_entry_page){ items, count };
	return CQRS_OK;
}

enum cqrs_status cqrs__memory_list_entries(void *self, const char *type, const char *id,
                                           const struct cqrs_entry_position *after,
                                           size_t max_count, struct cqrs_arena *arena,
                                           struct cqrs_entry_page *out_page, struct cqrs_error *err)
{
	uint64_t hash = cqrs__memory_view_hash(type, id);
	struct memory_side *side = memory_side_of(self, hash);
	const struct memory_entry *first = NULL;
	const struct memory_view *view;
	enum cqrs_status status;

	pthread_mutex_lock(&side->shard.lock);
	view = cqrs__memory_view_find(side, hash, type, id);
	if (view && view->entries)
		first = cqrs__memory_entries_behind(view->entries, after);
	status = copy_entries(first, max_count, arena, out_page, err);
	pthread_mutex_unlock(&side->shard.lock);
	return status;
}

/* ---- checkpoints ---- */

enum cqrs_status cqrs__memory_load_checkpoint(void *self, const char *projection, uint64_t feed,
                                              uint64_t *out_offset, struct cqrs_error *err)
{
	uint64_t hash = cqrs__memory_checkpoint_hash(projection, feed);
	struct memory_side *side = memory_side_of(self, hash);
	const struct memory_checkpoint *checkpoint;

	(void)err;
	pthread_mutex_lock(&side->shard.lock);
	checkpoint = cqrs__memory_checkpoint_find(side, hash, projection, feed);
	*out_offset = checkpoint ? checkpoint->offset : 0;
	pthread_mutex_unlock(&side->shard.lock);
	return CQRS_OK;
}

/* ---- idempotency keys ---- */

enum cqrs_status cqrs__memory_load_key(void *self, const struct cqrs_stream *stream,
                                       const char *key, struct cqrs_key_record *out_record,
                                       struct cqrs_error *err)
{
	uint64_t hash = cqrs_stream_hash(stream);
	struct memory_feed *feed = memory_feed_of(self, hash);
	const struct memory_stream *found;
	const struct memory_key *stored = NULL;

	pthread_mutex_lock(&feed->shard.lock);
	found = cqrs__memory_stream_find(feed, hash, stream);
	if (found)
		stored = cqrs__memory_key_find(feed, found, key);
	if (stored)
		*out_record = stored->record;
	pthread_mutex_unlock(&feed->shard.lock);
	return stored ? CQRS_OK : not_found(err, "idempotency key");
}

static uint64_t purge_feed(struct memory_store *store, struct memory_feed *feed, int64_t before_us)
{
	uint64_t count = 0;

	for (size_t i = 0; i < feed->keys.capacity; i++) {
		struct memory_node *node = feed->keys.buckets[i];

		while (node) {
			struct memory_key *key = (struct memory_key *)node;

			node = node->next;
			if (key->record.recorded_at_us < before_us) {
				cqrs__memory_key_remove(store, feed, key);
				count++;
			}
		}
	}
	return count;
}

enum cqrs_status cqrs__memory_purge_keys(void *self, int64_t before_us, uint64_t *out_count,
                                         struct cqrs_error *err)
{
	struct memory_store *store = self;

	(void)err;
	*out_count = 0;
	for (uint64_t i = 0; i < store->feed_count; i++) {
		struct memory_feed *feed = &store->feeds[i];

		pthread_mutex_lock(&feed->shard.lock);
		*out_count += purge_feed(store, feed, before_us);
		pthread_mutex_unlock(&feed->shard.lock);
	}
	return CQRS_OK;
}
