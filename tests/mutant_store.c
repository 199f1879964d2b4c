/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * mutant_store.c - see mutant_store.h.
 *
 * Each call goes to the memory store within, with what the mutant changes on the way there
 * or back. Feeds with false offsets keep a table: which offset stands for which event.
 */
#include "mutant_store.h"

#include <cqrs/backend.h>
#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	MAX_PLACES = 1 << 16,
	MAX_PARTS = 256 /* of one kind in a commit; the suite has no more */
};

struct place {
	uint64_t offset; /* as readers see it */
	uint64_t within; /* in the feed of the store within */
};

struct mutant_store {
	struct cqrs_store *within;
	enum mutant mutant;
	pthread_mutex_t lock; /* guards the rest */
	uint64_t last_offset;
	uint64_t random;
	size_t place_count;
	struct place places[MAX_PLACES]; /* as they were published */
};

static bool has_false_offsets(const struct mutant_store *store)
{
	return store->mutant == MUTANT_EARLY_OFFSETS || store->mutant == MUTANT_LATE_EVENTS;
}

/* ---- false offsets ---- */

static uint64_t take_offsets(struct mutant_store *store, const struct cqrs_append *append)
{
	uint64_t first;

	pthread_mutex_lock(&store->lock);
	first = store->last_offset + 1;
	store->last_offset += append->event_count;
	pthread_mutex_unlock(&store->lock);
	return first;
}

static void linger(struct mutant_store *store)
{
	struct timespec time = { 0, 0 };

	pthread_mutex_lock(&store->lock);
	store->random = store->random * UINT64_C(6364136223846793005) + 1;
	time.tv_nsec = (long)(store->random >> 33) % 400000;
	pthread_mutex_unlock(&store->lock);
	nanosleep(&time, NULL);
}

static void publish(struct mutant_store *store, struct cqrs_append *append, uint64_t first)
{
	pthread_mutex_lock(&store->lock);
	for (size_t i = 0; i < append->event_count && store->place_count < MAX_PLACES; i++)
		store->places[store->place_count++] =
			(struct place){ first + i, append->first_offset + i };
	append->first_offset = first;
	pthread_mutex_unlock(&store->lock);
}

static void commit_with_false_offsets(struct mutant_store *store, struct cqrs_commit *commit)
{
	uint64_t first[MAX_PARTS];

	for (size_t i = 0; store->mutant == MUTANT_EARLY_OFFSETS && i < commit->append_count; i++)
		first[i] = take_offsets(store, &commit->appends[i]);
	linger(store);
	if (cqrs_store_commit(store->within, commit, commit->err) != CQRS_OK)
		return;
	for (size_t i = 0; store->mutant == MUTANT_LATE_EVENTS && i < commit->append_count; i++)
		first[i] = take_offsets(store, &commit->appends[i]);
	linger(store);
	for (size_t i = 0; i < commit->append_count; i++)
		publish(store, &commit->appends[i], first[i]);
}

/* The published place with the lowest offset above one; false when there is none. */
static bool next_place(struct mutant_store *store, uint64_t after, struct place *out_place)
{
	bool found = false;

	pthread_mutex_lock(&store->lock);
	for (size_t i = 0; i < store->place_count; i++) {
		if (store->places[i].offset > after &&
		    (!found || store->places[i].offset < out_place->offset)) {
			*out_place = store->places[i];
			found = true;
		}
	}
	pthread_mutex_unlock(&store->lock);
	return found;
}

static enum cqrs_status read_false_feed(struct mutant_store *store, uint64_t feed, uint64_t after,
                                        size_t max_count, struct cqrs_arena *arena,
                                        struct cqrs_event_page *out_page, struct cqrs_error *err)
{
	enum { MAX_COUNT = 32 };
	struct cqrs_stored_event *items = cqrs_arena_allocate(arena, MAX_COUNT * sizeof(*items));
	struct place place = { after, 0 };
	size_t count = 0;

	if (!items)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "out of memory");
	for (; count < max_count && count < MAX_COUNT && next_place(store, place.offset, &place);
	     count++) {
		struct cqrs_event_page page = { NULL, 0 };
		enum cqrs_status status = cqrs_store_read_feed(
			store->within, feed, place.within - 1, 1, arena, &page, err);

		if (status != CQRS_OK)
			return status;
		items[count] = page.items[0];
		items[count].offset = place.offset;
	}
	*out_page = (struct cqrs_event_page){ items, count };
	return CQRS_OK;
}

/* ---- commits ---- */

static void commit_in_two_steps(struct mutant_store *store, struct cqrs_commit *commit)
{
	struct cqrs_commit whole = *commit;

	commit->view_count = commit->snapshot_count = 0;
	commit->checkpoint_count = commit->key_count = 0;
	if (cqrs_store_commit(store->within, commit, whole.err) == CQRS_OK) {
		linger(store);
		*commit = whole;
		commit->append_count = commit->expect_count = 0;
		(void)!cqrs_store_commit(store->within, commit, whole.err);
	}
	whole.status = commit->status;
	whole.moved = commit->moved;
	whole.moved_index = commit->moved_index;
	whole.moved_to = commit->moved_to;
	*commit = whole;
}

static uint64_t view_version(struct mutant_store *store, const char *type, const char *id)
{
	struct cqrs_stored_view view = { .version = 0 };
	struct cqrs_arena *arena = NULL;

	if (cqrs_arena_new(NULL, &arena, NULL) == CQRS_OK &&
	    cqrs_store_load_view(store->within, type, id, arena, &view, NULL) != CQRS_OK)
		view.version = 0;
	cqrs_arena_free(arena);
	return view.version;
}

static bool has_snapshot(struct mutant_store *store, const struct cqrs_stream *stream)
{
	struct cqrs_snapshot snapshot;
	struct cqrs_arena *arena = NULL;
	bool has =
		cqrs_arena_new(NULL, &arena, NULL) == CQRS_OK &&
		cqrs_store_load_snapshot(store->within, stream, arena, &snapshot, NULL) == CQRS_OK;

	cqrs_arena_free(arena);
	return has;
}

static const char *fold(const char *id, char out[CQRS_MAX_ID_LEN + 1])
{
	size_t len = strlen(id);

	for (size_t i = 0; i <= len; i++)
		out[i] = (char)tolower((unsigned char)id[i]);
	return out;
}

/* What a mutant makes of a commit's parts before they are stored. */
struct changed {
	struct cqrs_view_write views[MAX_PARTS];
	struct cqrs_checkpoint_write checkpoints[MAX_PARTS];
	char ids[MAX_PARTS][CQRS_MAX_ID_LEN + 1];
};

static void change_view(struct mutant_store *store, struct cqrs_view_write *view, char *id)
{
	if (store->mutant == MUTANT_FOLDED_IDS)
		view->id = fold(view->id, id);
	if (store->mutant == MUTANT_ANY_VERSION) {
		view->expected_version = view_version(store, view->type, view->id);
		if (view->version > 0 && view->version <= view->expected_version)
			view->version = view->expected_version + 1;
	}
}

static void change_commit(struct mutant_store *store, struct cqrs_commit *commit,
                          struct changed *changed)
{
	for (size_t i = 0; i < commit->view_count && i < MAX_PARTS; i++) {
		changed->views[i] = commit->views[i];
		change_view(store, &changed->views[i], changed->ids[i]);
	}
	for (size_t i = 0; i < commit->checkpoint_count && i < MAX_PARTS; i++) {
		changed->checkpoints[i] = commit->checkpoints[i];
		if (store->mutant == MUTANT_ANY_CHECKPOINT)
			(void)!cqrs_store_load_checkpoint(
				store->within, changed->checkpoints[i].projection,
				changed->checkpoints[i].feed,
				&changed->checkpoints[i].expected_offset, NULL);
	}
	commit->views = changed->views;
	commit->checkpoints = changed->checkpoints;
	if (store->mutant == MUTANT_NO_KEYS)
		commit->key_count = 0;
	if (store->mutant == MUTANT_FIRST_SNAPSHOT && commit->snapshot_count == 1 &&
	    has_snapshot(store, &commit->snapshots[0].stream))
		commit->snapshot_count = 0;
	for (size_t i = 0; store->mutant == MUTANT_ANY_SEQUENCE && i < commit->append_count; i++)
		commit->appends[i].expected_sequence = CQRS_EXPECT_ANY;
}

static void commit_one(struct mutant_store *store, struct cqrs_commit *commit)
{
	struct cqrs_commit copy = *commit;
	struct changed *changed;

	if (commit->after && commit->after->status != CQRS_OK && store->mutant != MUTANT_NO_AFTER) {
		cqrs_commit_conflict(commit, CQRS_MOVED_AFTER, 0, 0);
		return;
	}
	changed = malloc(sizeof(*changed));
	if (!changed) {
		commit->status = cqrs_error_set(commit->err, CQRS_ERR_NOMEM, "out of memory");
		return;
	}
	copy.after = NULL; /* judged here, one by one */
	change_commit(store, &copy, changed);
	if (has_false_offsets(store))
		commit_with_false_offsets(store, &copy);
	else if (store->mutant == MUTANT_PARTS_ONE_BY_ONE)
		commit_in_two_steps(store, &copy);
	else
		(void)!cqrs_store_commit(store->within, &copy, copy.err);
	commit->status = copy.status;
	commit->moved = copy.moved;
	commit->moved_index = copy.moved_index;
	commit->moved_to = copy.moved_to;
	free(changed);
}

static void mutant_commit(void *self, struct cqrs_commit *const *commits, size_t count)
{
	struct mutant_store *store = self;
	bool stopped = false;

	for (size_t i = 0; i < count; i++) {
		if (stopped)
			cqrs_commit_conflict(commits[i], CQRS_MOVED_AFTER, 0, 0);
		else
			commit_one(store, commits[i]);
		stopped = stopped ||
		          (store->mutant == MUTANT_BATCH_STOPS && commits[i]->status != CQRS_OK);
	}
}

/* ---- reads ---- */

static enum cqrs_status mutant_read_stream(void *self, const struct cqrs_stream *stream,
                                           uint64_t after_sequence, size_t max_count,
                                           struct cqrs_arena *arena,
                                           struct cqrs_event_page *out_page, struct cqrs_error *err)
{
	struct mutant_store *store = self;
	struct cqrs_stored_event *items;
	enum cqrs_status status = cqrs_store_read_stream(store->within, stream, after_sequence,
	                                                 max_count, arena, out_page, err);

	if (status == CQRS_OK && store->mutant == MUTANT_FIRST_PAGE && after_sequence > 0)
		out_page->count = 0;
	if (status != CQRS_OK || store->mutant != MUTANT_MILLISECONDS || out_page->count == 0)
		return status;
	items = cqrs_arena_allocate(arena, out_page->count * sizeof(*items));
	if (!items)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < out_page->count; i++) {
		items[i] = out_page->items[i];
		items[i].data.recorded_at_us -= items[i].data.recorded_at_us % 1000;
	}
	out_page->items = items;
	return CQRS_OK;
}

static enum cqrs_status mutant_read_head(void *self, const struct cqrs_stream *stream,
                                         uint64_t *out_sequence, struct cqrs_error *err)
{
	struct mutant_store *store = self;

	return cqrs_store_read_head(store->within, stream, out_sequence, err);
}

static enum cqrs_status mutant_list_streams(void *self, const char *type, const char *after_id,
                                            size_t max_count, struct cqrs_arena *arena,
                                            struct cqrs_stream_page *out_page,
                                            struct cqrs_error *err)
{
	struct mutant_store *store = self;

	return cqrs_store_list_streams(store->within, type, after_id, max_count, arena, out_page,
	                               err);
}

static enum cqrs_status mutant_read_feed(void *self, uint64_t feed, uint64_t after_offset,
                                         size_t max_count, struct cqrs_arena *arena,
                                         struct cqrs_event_page *out_page, struct cqrs_error *err)
{
	struct mutant_store *store = self;
	struct cqrs_stored_event *kept;
	size_t count = 0;
	enum cqrs_status status;

	if (has_false_offsets(store))
		return read_false_feed(store, feed, after_offset, max_count, arena, out_page, err);
	status = cqrs_store_read_feed(store->within, feed, after_offset, max_count, arena, out_page,
	                              err);
	if (status != CQRS_OK || store->mutant != MUTANT_NO_DELETED_EVENTS || out_page->count == 0)
		return status;
	kept = cqrs_arena_allocate(arena, out_page->count * sizeof(*kept));
	if (!kept)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < out_page->count; i++) {
		if (!out_page->items[i].deleted)
			kept[count++] = out_page->items[i];
	}
	*out_page = (struct cqrs_event_page){ kept, count };
	return CQRS_OK;
}

static enum cqrs_status mutant_read_feed_head(void *self, uint64_t feed, uint64_t *out_offset,
                                              struct cqrs_error *err)
{
	struct mutant_store *store = self;
	struct place place = { 0, 0 };

	if (!has_false_offsets(store))
		return cqrs_store_read_feed_head(store->within, feed, out_offset, err);
	while (next_place(store, place.offset, &place))
		continue;
	*out_offset = place.offset;
	return CQRS_OK;
}

static enum cqrs_status mutant_wait(void *self, uint64_t feed, uint64_t after_offset,
                                    uint64_t timeout_ms, struct cqrs_error *err)
{
	struct mutant_store *store = self;
	struct place place;

	if (store->mutant == MUTANT_EARLY_WAKE)
		return CQRS_OK;
	if (!has_false_offsets(store))
		return cqrs_store_wait(store->within, feed, after_offset, timeout_ms, err);
	linger(store);
	if (next_place(store, after_offset, &place))
		return CQRS_OK;
	return cqrs_error_set(err, CQRS_ERR_TIMEOUT, "no news");
}

static enum cqrs_status mutant_delete_stream(void *self, const struct cqrs_stream *stream,
                                             uint64_t expected_sequence, struct cqrs_error *err)
{
	struct mutant_store *store = self;

	return cqrs_store_delete_stream(store->within, stream, expected_sequence, err);
}

static enum cqrs_status
mutant_load_snapshot(void *self, const struct cqrs_stream *stream, struct cqrs_arena *arena,
                     struct cqrs_snapshot *out_snapshot, struct cqrs_error *err)
{
	struct mutant_store *store = self;

	return cqrs_store_load_snapshot(store->within, stream, arena, out_snapshot, err);
}

static enum cqrs_status mutant_load_view(void *self, const char *type, const char *id,
                                         struct cqrs_arena *arena,
                                         struct cqrs_stored_view *out_view, struct cqrs_error *err)
{
	struct mutant_store *store = self;
	char folded[CQRS_MAX_ID_LEN + 1];
	enum cqrs_status status = cqrs_store_load_view(
		store->within, type, store->mutant == MUTANT_FOLDED_IDS ? fold(id, folded) : id,
		arena, out_view, err);

	if (status != CQRS_OK)
		return status;
	if (store->mutant == MUTANT_NO_TOMBSTONES && out_view->removed)
		return cqrs_error_set(err, CQRS_ERR_NOT_FOUND, "no such view");
	if (store->mutant == MUTANT_32_BITS)
		out_view->version = (uint32_t)out_view->version;
	if (store->mutant == MUTANT_DOUBLES)
		out_view->version = (uint64_t)(double)out_view->version;
	return CQRS_OK;
}

static enum cqrs_status mutant_list_views(void *self, const char *type, const char *after_id,
                                          size_t max_count, struct cqrs_arena *arena,
                                          struct cqrs_view_page *out_page, struct cqrs_error *err)
{
	struct mutant_store *store = self;
	struct cqrs_stored_view *items;
	enum cqrs_status status = cqrs_store_list_views(store->within, type, after_id, max_count,
	                                                arena, out_page, err);

	if (status != CQRS_OK || store->mutant != MUTANT_UNORDERED_LISTS || out_page->count == 0)
		return status;
	items = cqrs_arena_allocate(arena, out_page->count * sizeof(*items));
	if (!items)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < out_page->count; i++)
		items[i] = out_page->items[out_page->count - 1 - i];
	out_page->items = items;
	return CQRS_OK;
}

static enum cqrs_status mutant_list_entries(void *self, const char *type, const char *id,
                                            const struct cqrs_entry_position *after,
                                            size_t max_count, struct cqrs_arena *arena,
                                            struct cqrs_entry_page *out_page,
                                            struct cqrs_error *err)
{
	struct mutant_store *store = self;

	return cqrs_store_list_entries(store->within, type, id, after, max_count, arena, out_page,
	                               err);
}

static enum cqrs_status mutant_load_checkpoint(void *self, const char *projection, uint64_t feed,
                                               uint64_t *out_offset, struct cqrs_error *err)
{
	struct mutant_store *store = self;

	return cqrs_store_load_checkpoint(store->within, projection, feed, out_offset, err);
}

static enum cqrs_status mutant_load_key(void *self, const struct cqrs_stream *stream,
                                        const char *key, struct cqrs_key_record *out_record,
                                        struct cqrs_error *err)
{
	struct mutant_store *store = self;

	return cqrs_store_load_key(store->within, stream, key, out_record, err);
}

static enum cqrs_status mutant_purge_keys(void *self, int64_t before_us, uint64_t *out_count,
                                          struct cqrs_error *err)
{
	struct mutant_store *store = self;

	return cqrs_store_purge_keys(store->within,
	                             store->mutant == MUTANT_PURGE_ALL ? INT64_MAX : before_us,
	                             out_count, err);
}

/* ---- opening and closing ---- */

static void mutant_close(void *self)
{
	struct mutant_store *store = self;

	cqrs_store_close(store->within);
	pthread_mutex_destroy(&store->lock);
	free(store);
}

static const struct cqrs_store_ops mutant_ops = {
	.size = sizeof(struct cqrs_store_ops),
	.name = "mutant",
	.close = mutant_close,
	.commit = mutant_commit,
	.read_stream = mutant_read_stream,
	.read_head = mutant_read_head,
	.list_streams = mutant_list_streams,
	.read_feed = mutant_read_feed,
	.read_feed_head = mutant_read_feed_head,
	.wait = mutant_wait,
	.delete_stream = mutant_delete_stream,
	.load_snapshot = mutant_load_snapshot,
	.load_view = mutant_load_view,
	.list_views = mutant_list_views,
	.list_entries = mutant_list_entries,
	.load_checkpoint = mutant_load_checkpoint,
	.load_key = mutant_load_key,
	.purge_keys = mutant_purge_keys,
};

enum cqrs_status open_mutant_store(enum mutant mutant, struct cqrs_store **out_store,
                                   struct cqrs_error *err)
{
	struct mutant_store *store = calloc(1, sizeof(*store));
	struct cqrs_store_instance instance = { .ops = &mutant_ops, .self = store };
	enum cqrs_status status;

	if (!store)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "out of memory");
	store->mutant = mutant;
	pthread_mutex_init(&store->lock, NULL);
	status = cqrs_store_open("memory:", CQRS_BACKENDS(cqrs_memory()), &store->within, err);
	if (status == CQRS_OK)
		status = cqrs_store_wrap(&instance, NULL, out_store, err);
	if (status != CQRS_OK)
		mutant_close(store);
	return status;
}
