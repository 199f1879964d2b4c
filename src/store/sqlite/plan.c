/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * plan.c - whether all that a commit expects is so.
 *
 * Each part is looked up and compared; the first that does not fit decides the commit, and
 * the rest is not looked at.
 */
#include "store/sqlite/sqlite_plan.h"

static void refuse_stream(struct cqrs_commit *commit, const struct cqrs_stream *stream)
{
	struct cqrs_error refusal = CQRS_ERROR_INIT;

	cqrs_error_set(&refusal, CQRS_ERR_NOT_FOUND, "stream '%s' was deleted", stream->id);
	cqrs_commit_fail(commit, &refusal);
}

/* A deleted stream refuses the commit. */
static enum cqrs_status find_live_stream(struct sqlite_store *store, struct cqrs_commit *commit,
                                         const struct cqrs_stream *stream,
                                         struct sqlite_stream *out_stream, struct cqrs_error *err)
{
	enum cqrs_status status = cqrs__sqlite_find_stream(store, stream, out_stream, err);

	if (status == CQRS_OK && out_stream->deleted)
		refuse_stream(commit, stream);
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

bool cqrs__sqlite_is_behind(const struct cqrs_entry_position *a,
                            const struct cqrs_entry_position *b)
{
	return a->sequence > b->sequence || (a->sequence == b->sequence && a->index > b->index);
}

static enum cqrs_status read_last_entry(struct sqlite_store *store, struct sqlite_known *row,
                                        struct cqrs_error *err)
{
	struct cqrs_entry_position *last = &row->last_entry;
	struct sqlite_call call;
	bool any;
	enum cqrs_status status =
		cqrs__sqlite_begin(store->writer, STATEMENT_LAST_ENTRY, &call, err);

	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_number(&call, row->number);
	status = cqrs__sqlite_next(&call, &any, err);
	if (status == CQRS_OK)
		row->entries = any ? SQLITE_ENTRIES_UP_TO : SQLITE_ENTRIES_NONE;
	if (status == CQRS_OK && any) {
		status = cqrs__sqlite_number(&call, 0, CQRS_MAX_SEQUENCE, &last->sequence, err);
		if (status == CQRS_OK)
			status =
				cqrs__sqlite_number(&call, 1, CQRS_MAX_SEQUENCE, &last->index, err);
	}
	cqrs__sqlite_end(&call);
	return status;
}

/* The position of a view's last entry becomes part of what is known of the view. */
static enum cqrs_status find_last_entry(struct sqlite_store *store, struct sqlite_view *found,
                                        struct cqrs_error *err)
{
	enum cqrs_status status;

	if (found->row.entries != SQLITE_ENTRIES_UNKNOWN)
		return CQRS_OK;
	status = cqrs__sqlite_flush_entries(store, err);
	if (status == CQRS_OK)
		status = read_last_entry(store, &found->row, err);
	if (status == CQRS_OK)
		status = cqrs__sqlite_remember(store, &found->name, &found->row, err);
	return status;
}

static enum cqrs_status entry_is_stored(struct sqlite_store *store, uint64_t view,
                                        const struct cqrs_entry_position *position,
                                        bool *out_stored, struct cqrs_error *err)
{
	struct sqlite_call call;
	enum cqrs_status status = cqrs__sqlite_flush_entries(store, err);

	if (status == CQRS_OK)
		status = cqrs__sqlite_begin(store->writer, STATEMENT_FIND_ENTRY, &call, err);
	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_number(&call, view);
	cqrs__sqlite_bind_number(&call, position->sequence);
	cqrs__sqlite_bind_number(&call, position->index);
	status = cqrs__sqlite_next(&call, out_stored, err);
	cqrs__sqlite_end(&call);
	return status;
}

static void refuse_entry(struct cqrs_commit *commit, const struct cqrs_view_write *view,
                         const struct cqrs_entry_position *position)
{
	struct cqrs_error refusal = CQRS_ERROR_INIT;

	cqrs_error_set(&refusal, CQRS_ERR_INVALID, "view '%s' has an entry at %llu, %llu already",
	               view->id, (unsigned long long)position->sequence,
	               (unsigned long long)position->index);
	cqrs_commit_fail(commit, &refusal);
}

/* Refuse a view's new entries where there are entries already. Most stand behind the last. */
static enum cqrs_status plan_entries(struct sqlite_store *store, struct cqrs_commit *commit,
                                     const struct cqrs_view_write *view, struct sqlite_view *found,
                                     struct cqrs_error *err)
{
	bool stored = false;
	enum cqrs_status status = find_last_entry(store, found, err);

	if (status != CQRS_OK || found->row.entries == SQLITE_ENTRIES_NONE)
		return status;
	for (size_t i = 0; i < view->entry_count; i++) {
		const struct cqrs_entry_position *position = &view->entries[i].position;

		if (cqrs__sqlite_is_behind(position, &found->row.last_entry))
			continue;
		status = entry_is_stored(store, found->row.number, position, &stored, err);
		if (status != CQRS_OK)
			return status;
		if (stored) {
			refuse_entry(commit, view, position);
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
		struct sqlite_view *found = &plan->views[i];
		enum cqrs_status status = cqrs__sqlite_find_view(store, view, found, err);

		if (status != CQRS_OK)
			return status;
		if (found->row.at != view->expected_version) {
			cqrs_commit_conflict(commit, CQRS_MOVED_VIEW, i, found->row.at);
			return CQRS_OK;
		}
		if (found->row.number && view->entry_count && !view->clear_entries)
			status = plan_entries(store, commit, view, found, err);
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
