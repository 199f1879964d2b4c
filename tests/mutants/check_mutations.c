/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* check_mutations.c - commits that are stored, or said to be, whatever they expect. */
#include "mutations.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- expectations ---- */

static void commit_at_any_sequence(struct mutant_store *store, struct cqrs_commit *commit)
{
	struct cqrs_append appends[MUTANT_MAX_PARTS];
	struct cqrs_append *given = commit->appends;

	for (size_t i = 0; i < commit->append_count; i++) {
		appends[i] = given[i];
		appends[i].expected_sequence = CQRS_EXPECT_ANY;
	}
	commit->appends = appends;
	mutant_commit_within(store, commit);
	for (size_t i = 0; i < commit->append_count; i++)
		mutant_copy_place(&given[i], &appends[i]);
}

static uint64_t view_version(struct mutant_store *store, const char *type, const char *id)
{
	struct cqrs_stored_view view = { .version = 0 };
	struct cqrs_arena *arena = NULL;

	if (cqrs_arena_new(NULL, &arena, NULL) == CQRS_OK &&
	    cqrs_store_load_view(store->relay.inner, type, id, arena, &view, NULL) != CQRS_OK)
		view.version = 0;
	cqrs_arena_free(arena);
	return view.version;
}

static void commit_at_any_version(struct mutant_store *store, struct cqrs_commit *commit)
{
	struct cqrs_view_write views[MUTANT_MAX_PARTS];

	for (size_t i = 0; i < commit->view_count; i++) {
		views[i] = commit->views[i];
		views[i].expected_version = view_version(store, views[i].type, views[i].id);
		if (views[i].version > 0 && views[i].version <= views[i].expected_version)
			views[i].version = views[i].expected_version + 1;
	}
	commit->views = views;
	mutant_commit_within(store, commit);
}

static void commit_at_any_checkpoint(struct mutant_store *store, struct cqrs_commit *commit)
{
	struct cqrs_checkpoint_write checkpoints[MUTANT_MAX_PARTS];

	for (size_t i = 0; i < commit->checkpoint_count; i++) {
		checkpoints[i] = commit->checkpoints[i];
		(void)!cqrs_store_load_checkpoint(store->relay.inner, checkpoints[i].projection,
		                                  checkpoints[i].feed,
		                                  &checkpoints[i].expected_offset, NULL);
	}
	commit->checkpoints = checkpoints;
	mutant_commit_within(store, commit);
}

static void commit_whatever_the_one_before(void *self, struct cqrs_commit *const *commits,
                                           size_t count)
{
	for (size_t i = 0; i < count; i++)
		mutant_commit_one(self, commits[i]);
}

/* INSERT ... ON CONFLICT DO NOTHING: there is such a row already, so none is inserted. */
static void do_nothing_on_conflict(struct mutant_store *store, struct cqrs_commit *commit)
{
	mutant_commit_within(store, commit);
	if (commit->status != CQRS_ERR_CONFLICT || commit->moved != CQRS_MOVED_STREAM ||
	    commit->appends[commit->moved_index].expected_sequence >= commit->moved_to)
		return;
	cqrs_commit_succeed(commit);
	for (size_t i = 0; i < commit->append_count; i++) {
		struct cqrs_append *append = &commit->appends[i];

		append->first_sequence = append->expected_sequence + 1;
		append->feed = cqrs_stream_feed(&append->stream,
		                                cqrs_store_feed_count(store->relay.inner));
		append->first_offset = 1;
	}
}

const struct mutation mutation_any_sequence = { .commit_one = commit_at_any_sequence };
const struct mutation mutation_any_version = { .commit_one = commit_at_any_version };
const struct mutation mutation_any_checkpoint = { .commit_one = commit_at_any_checkpoint };
const struct mutation mutation_no_after = { .ops.commit = commit_whatever_the_one_before };
const struct mutation mutation_conflict_ignored = { .commit_one = do_nothing_on_conflict };

/* ---- keys ---- */

static void commit_without_keys(struct mutant_store *store, struct cqrs_commit *commit)
{
	commit->key_count = 0;
	mutant_commit_within(store, commit);
}

/* The sequence of the stream's snapshot; 0: it has none. */
static uint64_t snapshot_sequence(struct mutant_store *store, const struct cqrs_stream *stream)
{
	struct cqrs_snapshot snapshot = { .sequence = 0 };
	struct cqrs_arena *arena = NULL;

	if (cqrs_arena_new(NULL, &arena, NULL) == CQRS_OK &&
	    cqrs_store_load_snapshot(store->relay.inner, stream, arena, &snapshot, NULL) != CQRS_OK)
		snapshot.sequence = 0;
	cqrs_arena_free(arena);
	return snapshot.sequence;
}

/*
 * The keys of commands are found in the events that are loaded, and those are the ones behind
 * the snapshot. Here a key is stored together with the snapshot's sequence at its time.
 */
struct dated_key {
	char text[CQRS_MAX_KEY_LEN + 1];
};

static const char *date_key(struct mutant_store *store, const struct cqrs_stream *stream,
                            const char *key, struct dated_key *out)
{
	snprintf(out->text, sizeof(out->text), "%" PRIu64 " %s", snapshot_sequence(store, stream),
	         key);
	return out->text;
}

static void commit_dated_keys(struct mutant_store *store, struct cqrs_commit *commit)
{
	struct cqrs_key_write keys[MUTANT_MAX_PARTS];
	struct dated_key texts[MUTANT_MAX_PARTS];

	for (size_t i = 0; i < commit->key_count; i++) {
		keys[i] = commit->keys[i];
		keys[i].key = date_key(store, &keys[i].stream, keys[i].key, &texts[i]);
	}
	commit->keys = keys;
	mutant_commit_within(store, commit);
}

static enum cqrs_status load_dated_key(void *self, const struct cqrs_stream *stream,
                                       const char *key, struct cqrs_key_record *out_record,
                                       struct cqrs_error *err)
{
	struct mutant_store *store = self;
	struct dated_key dated;

	return cqrs_store_load_key(store->relay.inner, stream, date_key(store, stream, key, &dated),
	                           out_record, err);
}

static enum cqrs_status purge_all(void *self, int64_t before_us, uint64_t *out_count,
                                  struct cqrs_error *err)
{
	struct mutant_store *store = self;

	(void)before_us;
	return cqrs_store_purge_keys(store->relay.inner, INT64_MAX, out_count, err);
}

const struct mutation mutation_no_keys = { .commit_one = commit_without_keys };
const struct mutation mutation_keys_until_snapshot = {
	.commit_one = commit_dated_keys,
	.ops.load_key = load_dated_key,
};
const struct mutation mutation_purge_all = { .ops.purge_keys = purge_all };

/* ---- snapshots ---- */

/* INSERT for the first, UPDATE WHERE version = 1 for the others. */
static void save_first_snapshot(struct mutant_store *store, struct cqrs_commit *commit)
{
	if (commit->snapshot_count == 1 &&
	    snapshot_sequence(store, &commit->snapshots[0].stream) > 0)
		commit->snapshot_count = 0;
	mutant_commit_within(store, commit);
}

const struct mutation mutation_first_snapshot = { .commit_one = save_first_snapshot };
