/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * plan.c - whether all that a commit expects is so.
 *
 * Each part is looked up and compared; the first that does not fit decides the commit, and
 * the rest is not looked at.
 */
#include "store/sqlite/sqlite_plan.h"

#include <string.h>

int64_t cqrs__sqlite_key_hash(const char *key)
{
	struct cqrs_hash hash = cqrs_hash_bytes(key, strlen(key));
	int64_t number = 0;

	for (int i = 0; i < 6; i++)
		number = number << 8 | hash.bytes[i];
	return number - ((int64_t)1 << 47);
}

enum cqrs_status cqrs__sqlite_find_stream(struct sqlite_connection *connection,
                                          const struct cqrs_stream *stream,
                                          struct sqlite_stream *out_stream, struct cqrs_error *err)
{
	struct sqlite_call call;
	uint64_t type;
	bool row;
	enum cqrs_status status;

	*out_stream = (struct sqlite_stream){ 0 };
	status = cqrs__sqlite_type_number(connection, stream->type, "", false, &type, err);
	if (status != CQRS_OK || !type)
		return status;
	status = cqrs__sqlite_begin(connection, STATEMENT_FIND_STREAM, &call, err);
	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_number(&call, type);
	cqrs__sqlite_bind_text(&call, stream->id);
	status = cqrs__sqlite_next(&call, &row, err);
	if (status == CQRS_OK && row) {
		status = cqrs__sqlite_number(&call, 0, INT64_MAX, &out_stream->number, err);
		if (status == CQRS_OK)
			status = cqrs__sqlite_number(&call, 1, SQLITE_STREAM_ERASED,
			                             &out_stream->deleted, err);
		if (status == CQRS_OK && !cqrs__sqlite_is_null(&call, 2))
			status = cqrs__sqlite_number(&call, 2, CQRS_MAX_SEQUENCE, &out_stream->head,
			                             err);
	}
	cqrs__sqlite_end(&call);
	return status;
}

/* The same for a commit: a deleted stream refuses it. */
static enum cqrs_status find_live_stream(struct sqlite_store *store, struct cqrs_commit *commit,
                                         const struct cqrs_stream *stream,
                                         struct sqlite_stream *out_stream, struct cqrs_error *err)
{
	struct cqrs_error refusal = CQRS_ERROR_INIT;
	enum cqrs_status status = cqrs__sqlite_find_stream(store->writer, stream, out_stream, err);

	if (status == CQRS_OK && out_stream->deleted) {
		cqrs_error_set(&refusal, CQRS_ERR_NOT_FOUND, "stream '%s' was deleted", stream->id);
		cqrs_commit_fail(commit, &refusal);
	}
	return status;
}

static enum cqrs_status plan_appends(struct sqlite_store *store, struct cqrs_commit *commit,
                                     struct sqlite_plan *plan, struct cqrs_error *err)
{
	for (size_t i = 0; i < commit->append_count; i++) {
		const struct cqrs_append *append = &commit->appends[i];
		struct sqlite_stream *found = &plan->appends[i];
		enum cqrs_status status =
			find_live_stream(store, commit, &append->stream, found, err);

		if (status != CQRS_OK || commit->status != CQRS_OK)
			return status;
		if (!cqrs_sequence_matches(append->expected_sequence, found->head)) {
			cqrs_commit_conflict(commit, CQRS_MOVED_STREAM, i, found->head);
			return CQRS_OK;
		}
	}
	return CQRS_OK;
}

static enum cqrs_status plan_expects(struct sqlite_store *store, struct cqrs_commit *commit,
                                     struct sqlite_plan *plan, struct cqrs_error *err)
{
	(void)plan;
	for (size_t i = 0; i < commit->expect_count; i++) {
		const struct cqrs_expect *expect = &commit->expects[i];
		struct sqlite_stream found;
		enum cqrs_status status =
			find_live_stream(store, commit, &expect->stream, &found, err);

		if (status != CQRS_OK || commit->status != CQRS_OK)
			return status;
		if (!cqrs_sequence_matches(expect->expected_sequence, found.head)) {
			cqrs_commit_conflict(commit, CQRS_MOVED_EXPECT, i, found.head);
			return CQRS_OK;
		}
	}
	return CQRS_OK;
}

static enum cqrs_status plan_snapshots(struct sqlite_store *store, struct cqrs_commit *commit,
                                       struct sqlite_plan *plan, struct cqrs_error *err)
{
	for (size_t i = 0; i < commit->snapshot_count; i++) {
		enum cqrs_status status = find_live_stream(
			store, commit, &commit->snapshots[i].stream, &plan->snapshots[i], err);

		if (status != CQRS_OK || commit->status != CQRS_OK)
			return status;
	}
	return CQRS_OK;
}

static enum cqrs_status key_is_stored(struct sqlite_store *store, const struct cqrs_key_write *key,
                                      uint64_t stream, bool *out_stored, struct cqrs_error *err)
{
	struct sqlite_call call;
	enum cqrs_status status = cqrs__sqlite_begin(store->writer, STATEMENT_FIND_KEY, &call, err);

	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_number(&call, stream);
	cqrs__sqlite_bind_signed(&call, cqrs__sqlite_key_hash(key->key));
	cqrs__sqlite_bind_text(&call, key->key);
	status = cqrs__sqlite_next(&call, out_stored, err);
	cqrs__sqlite_end(&call);
	return status;
}

static enum cqrs_status plan_keys(struct sqlite_store *store, struct cqrs_commit *commit,
                                  struct sqlite_plan *plan, struct cqrs_error *err)
{
	for (size_t i = 0; i < commit->key_count; i++) {
		const struct cqrs_key_write *key = &commit->keys[i];
		bool stored = false;
		enum cqrs_status status =
			find_live_stream(store, commit, &key->stream, &plan->keys[i], err);

		if (status != CQRS_OK || commit->status != CQRS_OK)
			return status;
		if (plan->keys[i].number)
			status = key_is_stored(store, key, plan->keys[i].number, &stored, err);
		if (status != CQRS_OK)
			return status;
		if (stored) {
			cqrs_commit_conflict(commit, CQRS_MOVED_KEY, i, 0);
			return CQRS_OK;
		}
	}
	return CQRS_OK;
}

static enum cqrs_status find_view(struct sqlite_store *store, const struct cqrs_view_write *view,
                                  uint64_t *out_number, uint64_t *out_version,
                                  struct cqrs_error *err)
{
	struct sqlite_call call;
	uint64_t type;
	bool row;
	enum cqrs_status status =
		cqrs__sqlite_type_number(store->writer, view->type, "", false, &type, err);

	*out_number = 0;
	*out_version = 0;
	if (status != CQRS_OK || !type)
		return status;
	status = cqrs__sqlite_begin(store->writer, STATEMENT_FIND_VIEW, &call, err);
	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_number(&call, type);
	cqrs__sqlite_bind_text(&call, view->id);
	status = cqrs__sqlite_next(&call, &row, err);
	if (status == CQRS_OK && row) {
		status = cqrs__sqlite_number(&call, 0, INT64_MAX, out_number, err);
		if (status == CQRS_OK)
			status = cqrs__sqlite_number(&call, 1, CQRS_MAX_SEQUENCE, out_version, err);
	}
	cqrs__sqlite_end(&call);
	return status;
}

static bool is_behind(const struct cqrs_entry_position *a, const struct cqrs_entry_position *b)
{
	return a->sequence > b->sequence || (a->sequence == b->sequence && a->index > b->index);
}

/* The position of a view's last entry. */
static enum cqrs_status find_last_entry(struct sqlite_store *store, uint64_t view, bool *out_any,
                                        struct cqrs_entry_position *out_last,
                                        struct cqrs_error *err)
{
	struct sqlite_call call;
	enum cqrs_status status =
		cqrs__sqlite_begin(store->writer, STATEMENT_LAST_ENTRY, &call, err);

	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_number(&call, view);
	status = cqrs__sqlite_next(&call, out_any, err);
	if (status == CQRS_OK && *out_any) {
		status = cqrs__sqlite_number(&call, 0, CQRS_MAX_SEQUENCE, &out_last->sequence, err);
		if (status == CQRS_OK)
			status = cqrs__sqlite_number(&call, 1, CQRS_MAX_SEQUENCE, &out_last->index,
			                             err);
	}
	cqrs__sqlite_end(&call);
	return status;
}

static enum cqrs_status entry_is_stored(struct sqlite_store *store, uint64_t view,
                                        const struct cqrs_entry_position *position,
                                        bool *out_stored, struct cqrs_error *err)
{
	struct sqlite_call call;
	enum cqrs_status status =
		cqrs__sqlite_begin(store->writer, STATEMENT_FIND_ENTRY, &call, err);

	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_number(&call, view);
	cqrs__sqlite_bind_number(&call, position->sequence);
	cqrs__sqlite_bind_number(&call, position->index);
	status = cqrs__sqlite_next(&call, out_stored, err);
	cqrs__sqlite_end(&call);
	return status;
}

/* Refuse a view's new entries where there are entries already. Most stand behind the last. */
static enum cqrs_status plan_entries(struct sqlite_store *store, struct cqrs_commit *commit,
                                     const struct cqrs_view_write *view, uint64_t number,
                                     struct cqrs_error *err)
{
	struct cqrs_error refusal = CQRS_ERROR_INIT;
	struct cqrs_entry_position last = { 0, 0 };
	bool stored = false;
	enum cqrs_status status = find_last_entry(store, number, &stored, &last, err);

	if (status != CQRS_OK || !stored)
		return status;
	for (size_t i = 0; i < view->entry_count; i++) {
		const struct cqrs_entry_position *position = &view->entries[i].position;

		if (is_behind(position, &last))
			continue;
		status = entry_is_stored(store, number, position, &stored, err);
		if (status != CQRS_OK)
			return status;
		if (stored) {
			cqrs_error_set(&refusal, CQRS_ERR_INVALID,
			               "view '%s' has an entry at %llu, %llu already", view->id,
			               (unsigned long long)position->sequence,
			               (unsigned long long)position->index);
			cqrs_commit_fail(commit, &refusal);
			return CQRS_OK;
		}
	}
	return CQRS_OK;
}

static enum cqrs_status plan_views(struct sqlite_store *store, struct cqrs_commit *commit,
                                   struct sqlite_plan *plan, struct cqrs_error *err)
{
	for (size_t i = 0; i < commit->view_count; i++) {
		const struct cqrs_view_write *view = &commit->views[i];
		uint64_t version;
		enum cqrs_status status = find_view(store, view, &plan->views[i], &version, err);

		if (status != CQRS_OK)
			return status;
		if (version != view->expected_version) {
			cqrs_commit_conflict(commit, CQRS_MOVED_VIEW, i, version);
			return CQRS_OK;
		}
		if (plan->views[i] && view->entry_count && !view->clear_entries)
			status = plan_entries(store, commit, view, plan->views[i], err);
		if (status != CQRS_OK || commit->status != CQRS_OK)
			return status;
	}
	return CQRS_OK;
}

static enum cqrs_status plan_checkpoints(struct sqlite_store *store, struct cqrs_commit *commit,
                                         struct sqlite_plan *plan, struct cqrs_error *err)
{
	(void)plan;
	for (size_t i = 0; i < commit->checkpoint_count; i++) {
		const struct cqrs_checkpoint_write *checkpoint = &commit->checkpoints[i];
		uint64_t offset;
		enum cqrs_status status = cqrs__sqlite_find_checkpoint(
			store->writer, checkpoint->projection, checkpoint->feed, &offset, err);

		if (status != CQRS_OK)
			return status;
		if (offset != checkpoint->expected_offset) {
			cqrs_commit_conflict(commit, CQRS_MOVED_CHECKPOINT, i, offset);
			return CQRS_OK;
		}
	}
	return CQRS_OK;
}

static enum cqrs_status allocate_plan(struct cqrs_arena *arena, const struct cqrs_commit *commit,
                                      struct sqlite_plan *plan, struct cqrs_error *err)
{
	plan->appends = cqrs_arena_allocate(arena, commit->append_count * sizeof(*plan->appends));
	plan->snapshots =
		cqrs_arena_allocate(arena, commit->snapshot_count * sizeof(*plan->snapshots));
	plan->keys = cqrs_arena_allocate(arena, commit->key_count * sizeof(*plan->keys));
	plan->views = cqrs_arena_allocate(arena, commit->view_count * sizeof(*plan->views));
	if (!plan->appends || !plan->snapshots || !plan->keys || !plan->views)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a commit's plan");
	return CQRS_OK;
}

enum cqrs_status cqrs__sqlite_plan(struct sqlite_store *store, struct cqrs_commit *commit,
                                   struct sqlite_plan *plan, struct cqrs_error *err)
{
	/* Keys come first: who submits a command again wants to hear of its key. */
	static enum cqrs_status (*const parts[])(struct sqlite_store *, struct cqrs_commit *,
	                                         struct sqlite_plan *, struct cqrs_error *) = {
		plan_keys, plan_appends, plan_expects, plan_snapshots, plan_views, plan_checkpoints,
	};
	enum cqrs_status status = allocate_plan(store->scratch, commit, plan, err);

	if (status != CQRS_OK)
		return status;
	if (commit->after && commit->after->status != CQRS_OK) {
		cqrs_commit_conflict(commit, CQRS_MOVED_AFTER, 0, 0);
		return CQRS_OK;
	}
	cqrs_commit_succeed(commit);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		status = parts[i](store, commit, plan, err);
		if (status != CQRS_OK || commit->status != CQRS_OK)
			break;
	}
	return status;
}
