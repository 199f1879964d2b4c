/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* mutant_store.c - see mutant_store.h. */
#include "mutant_store.h"

#include <stdlib.h>
#include <time.h>

/* ---- what mutations are made of ---- */

void mutant_linger(struct mutant_store *store)
{
	struct timespec time = { 0, 0 };

	if (!store->owned)
		return;
	pthread_mutex_lock(&store->lock);
	store->random = store->random * UINT64_C(6364136223846793005) + 1;
	time.tv_nsec = (long)(store->random >> 33) % 400000;
	pthread_mutex_unlock(&store->lock);
	nanosleep(&time, NULL);
}

void mutant_copy_outcome(struct cqrs_commit *to, const struct cqrs_commit *from)
{
	to->status = from->status;
	to->moved = from->moved;
	to->moved_index = from->moved_index;
	to->moved_to = from->moved_to;
}

void mutant_copy_place(struct cqrs_append *to, const struct cqrs_append *from)
{
	to->first_sequence = from->first_sequence;
	to->feed = from->feed;
	to->first_offset = from->first_offset;
}

void mutant_commit_within(struct mutant_store *store, struct cqrs_commit *commit)
{
	(void)!cqrs_store_commit(store->within, commit, commit->err);
}

bool mutant_refuse_after(struct cqrs_commit *commit)
{
	if (!commit->after || commit->after->status == CQRS_OK)
		return false;
	cqrs_commit_conflict(commit, CQRS_MOVED_AFTER, 0, 0);
	return true;
}

static bool is_small(const struct cqrs_commit *commit)
{
	return commit->append_count <= MUTANT_MAX_PARTS && commit->view_count <= MUTANT_MAX_PARTS &&
	       commit->snapshot_count <= MUTANT_MAX_PARTS &&
	       commit->checkpoint_count <= MUTANT_MAX_PARTS &&
	       commit->key_count <= MUTANT_MAX_PARTS;
}

void mutant_commit_one(struct mutant_store *store, struct cqrs_commit *commit)
{
	struct cqrs_commit copy = *commit;

	if (!is_small(commit)) {
		commit->status = cqrs_error_set(commit->err, CQRS_ERR_LIMIT,
		                                "mutants take no commit of so many parts");
		return;
	}
	copy.after = NULL;
	if (store->mutation->commit_one)
		store->mutation->commit_one(store, &copy);
	else
		mutant_commit_within(store, &copy);
	mutant_copy_outcome(commit, &copy);
}

/* ---- forwarding ---- */

static void forward_commit(void *self, struct cqrs_commit *const *commits, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!mutant_refuse_after(commits[i]))
			mutant_commit_one(self, commits[i]);
	}
}

static enum cqrs_status
forward_read_stream(void *self, const struct cqrs_stream *stream, uint64_t after_sequence,
                    size_t max_count, struct cqrs_arena *arena, struct cqrs_event_page *out_page,
                    struct cqrs_error *err)
{
	struct mutant_store *store = self;

	return cqrs_store_read_stream(store->within, stream, after_sequence, max_count, arena,
	                              out_page, err);
}

static enum cqrs_status forward_read_head(void *self, const struct cqrs_stream *stream,
                                          uint64_t *out_sequence, struct cqrs_error *err)
{
	struct mutant_store *store = self;

	return cqrs_store_read_head(store->within, stream, out_sequence, err);
}

static enum cqrs_status forward_list_streams(void *self, const char *type, const char *after_id,
                                             size_t max_count, struct cqrs_arena *arena,
                                             struct cqrs_stream_page *out_page,
                                             struct cqrs_error *err)
{
	struct mutant_store *store = self;

	return cqrs_store_list_streams(store->within, type, after_id, max_count, arena, out_page,
	                               err);
}

static enum cqrs_status forward_read_feed(void *self, uint64_t feed, uint64_t after_offset,
                                          size_t max_count, struct cqrs_arena *arena,
                                          struct cqrs_event_page *out_page, struct cqrs_error *err)
{
	struct mutant_store *store = self;

	return cqrs_store_read_feed(store->within, feed, after_offset, max_count, arena, out_page,
	                            err);
}

static enum cqrs_status forward_read_feed_head(void *self, uint64_t feed, uint64_t *out_offset,
                                               struct cqrs_error *err)
{
	struct mutant_store *store = self;

	return cqrs_store_read_feed_head(store->within, feed, out_offset, err);
}

static enum cqrs_status forward_wait(void *self, uint64_t feed, uint64_t after_offset,
                                     uint64_t timeout_ms, struct cqrs_error *err)
{
	struct mutant_store *store = self;

	return cqrs_store_wait(store->within, feed, after_offset, timeout_ms, err);
}

static enum cqrs_status forward_delete_stream(void *self, const struct cqrs_stream *stream,
                                              uint64_t expected_sequence, struct cqrs_error *err)
{
	struct mutant_store *store = self;

	return cqrs_store_delete_stream(store->within, stream, expected_sequence, err);
}

static enum cqrs_status
forward_load_snapshot(void *self, const struct cqrs_stream *stream, struct cqrs_arena *arena,
                      struct cqrs_snapshot *out_snapshot, struct cqrs_error *err)
{
	struct mutant_store *store = self;

	return cqrs_store_load_snapshot(store->within, stream, arena, out_snapshot, err);
}

static enum cqrs_status forward_load_view(void *self, const char *type, const char *id,
                                          struct cqrs_arena *arena,
                                          struct cqrs_stored_view *out_view, struct cqrs_error *err)
{
	struct mutant_store *store = self;

	return cqrs_store_load_view(store->within, type, id, arena, out_view, err);
}

static enum cqrs_status forward_list_views(void *self, const char *type, const char *after_id,
                                           size_t max_count, struct cqrs_arena *arena,
                                           struct cqrs_view_page *out_page, struct cqrs_error *err)
{
	struct mutant_store *store = self;

	return cqrs_store_list_views(store->within, type, after_id, max_count, arena, out_page,
	                             err);
}

static enum cqrs_status forward_list_entries(void *self, const char *type, const char *id,
                                             const struct cqrs_entry_position *after,
                                             size_t max_count, struct cqrs_arena *arena,
                                             struct cqrs_entry_page *out_page,
                                             struct cqrs_error *err)
{
	struct mutant_store *store = self;

	return cqrs_store_list_entries(store->within, type, id, after, max_count, arena, out_page,
	                               err);
}

static enum cqrs_status forward_load_checkpoint(void *self, const char *projection, uint64_t feed,
                                                uint64_t *out_offset, struct cqrs_error *err)
{
	struct mutant_store *store = self;

	return cqrs_store_load_checkpoint(store->within, projection, feed, out_offset, err);
}

static enum cqrs_status forward_load_key(void *self, const struct cqrs_stream *stream,
                                         const char *key, struct cqrs_key_record *out_record,
                                         struct cqrs_error *err)
{
	struct mutant_store *store = self;

	return cqrs_store_load_key(store->within, stream, key, out_record, err);
}

static enum cqrs_status forward_purge_keys(void *self, int64_t before_us, uint64_t *out_count,
                                           struct cqrs_error *err)
{
	struct mutant_store *store = self;

	return cqrs_store_purge_keys(store->within, before_us, out_count, err);
}

/* ---- opening and closing ---- */

static void close_mutant(void *self)
{
	struct mutant_store *store = self;

	if (store->owned)
		cqrs_store_close(store->within);
	pthread_mutex_destroy(&store->lock);
	free(store->kept);
	free(store);
}

static struct cqrs_store_ops mutated_ops(const struct cqrs_store_ops *changed)
{
#define OR_FORWARD(name) .name = changed->name ? changed->name : forward_##name
	return (struct cqrs_store_ops){
		.size = sizeof(struct cqrs_store_ops),
		.name = "mutant",
		.close = close_mutant,
		OR_FORWARD(commit),
		OR_FORWARD(read_stream),
		OR_FORWARD(read_head),
		OR_FORWARD(list_streams),
		OR_FORWARD(read_feed),
		OR_FORWARD(read_feed_head),
		OR_FORWARD(wait),
		OR_FORWARD(delete_stream),
		OR_FORWARD(load_snapshot),
		OR_FORWARD(load_view),
		OR_FORWARD(list_views),
		OR_FORWARD(list_entries),
		OR_FORWARD(load_checkpoint),
		OR_FORWARD(load_key),
		OR_FORWARD(purge_keys),
	};
#undef OR_FORWARD
}

static struct mutant_store *new_mutant(const struct mutation *mutation)
{
	struct mutant_store *store = calloc(1, sizeof(*store));

	if (!store)
		return NULL;
	store->mutation = mutation;
	if (mutation->kept_size > 0)
		store->kept = calloc(1, mutation->kept_size);
	if (mutation->kept_size > 0 && !store->kept) {
		free(store);
		return NULL;
	}
	pthread_mutex_init(&store->lock, NULL);
	return store;
}

enum cqrs_status mutant_store_wrap(const struct mutation *mutation, struct cqrs_store *within,
                                   bool owned, struct cqrs_store **out_store,
                                   struct cqrs_error *err)
{
	const struct cqrs_store_ops ops = mutated_ops(&mutation->ops); /* copied by the front */
	struct mutant_store *store = new_mutant(mutation);
	struct cqrs_store_instance instance = {
		.ops = &ops,
		.self = store,
		.limits = *cqrs_store_get_limits(within),
		.feed_count = cqrs_store_feed_count(within),
	};
	enum cqrs_status status;

	if (!store) {
		if (owned)
			cqrs_store_close(within);
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "out of memory");
	}
	store->within = within;
	store->owned = owned;
	status = cqrs_store_wrap(&instance, NULL, out_store, err);
	if (status != CQRS_OK)
		close_mutant(store);
	return status;
}

enum cqrs_status mutant_store_open(const struct mutation *mutation, struct cqrs_store **out_store,
                                   struct cqrs_error *err)
{
	struct cqrs_store *within = NULL;
	enum cqrs_status status =
		cqrs_store_open("memory:", CQRS_BACKENDS(cqrs_memory()), &within, err);

	if (status != CQRS_OK)
		return status;
	return mutant_store_wrap(mutation, within, true, out_store, err);
}
