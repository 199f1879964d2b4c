/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * decide.c - finds what each part of a commit names, and compares it with what the commit
 * expects there. The first that has moved decides.
 */
#include "store/memory/commit.h"

static bool refuse_deleted(struct memory_plan *plan, const struct cqrs_stream *name)
{
	struct cqrs_error err = CQRS_ERROR_INIT;

	cqrs_error_set(&err, CQRS_ERR_NOT_FOUND, "stream '%s/%s' was deleted", name->type,
	               name->id);
	cqrs_commit_fail(plan->commit, &err);
	return false;
}

/* Find a stream; false when it was deleted. */
static bool find_stream(struct memory_plan *plan, struct memory_part *part,
                        const struct cqrs_stream *name)
{
	struct memory_stream *stream = part->at.stream;

	if (!stream)
		stream = cqrs__memory_stream_find(part->in.feed, part->hash, name);
	part->at.stream = stream;
	if (stream && stream->events) /* where the next event goes is written last */
		__builtin_prefetch(stream->events + stream->head, 1);
	return !stream || !stream->deleted || refuse_deleted(plan, name);
}

/* Find a stream and compare its head. */
static bool decide_head(struct memory_plan *plan, struct memory_part *part,
                        const struct cqrs_stream *name, uint64_t expected, enum cqrs_moved moved,
                        size_t index)
{
	uint64_t head;

	if (!find_stream(plan, part, name))
		return false;
	head = part->at.stream ? part->at.stream->head : 0;
	if (cqrs_sequence_matches(expected, head))
		return true;
	cqrs_commit_conflict(plan->commit, moved, index, head);
	return false;
}

static bool refuse_entry(struct memory_plan *plan, size_t view_index, size_t index)
{
	struct cqrs_error err = CQRS_ERROR_INIT;

	cqrs_error_set(&err, CQRS_ERR_INVALID,
	               "views[%zu].entries[%zu] has the position of a stored one", view_index,
	               index);
	cqrs_commit_fail(plan->commit, &err);
	return false;
}

static bool decide_view(struct memory_plan *plan, size_t index)
{
	const struct cqrs_view_write *write = &plan->commit->views[index];
	struct memory_part *part = &plan->views[index];
	struct memory_view *view;
	uint64_t version;

	view = cqrs__memory_view_find(part->in.side, part->hash, write->type, write->id);
	part->at.view = view;
	version = view ? view->version : 0;
	if (version != write->expected_version) {
		cqrs_commit_conflict(plan->commit, CQRS_MOVED_VIEW, index, version);
		return false;
	}
	if (!view || !view->entries || write->clear_entries)
		return true;
	for (size_t i = 0; i < write->entry_count; i++) {
		if (cqrs__memory_entries_have(view->entries, &write->entries[i].position))
			return refuse_entry(plan, index, i);
	}
	return true;
}

static bool decide_checkpoint(struct memory_plan *plan, size_t index)
{
	const struct cqrs_checkpoint_write *write = &plan->commit->checkpoints[index];
	struct memory_part *part = &plan->checkpoints[index];
	struct memory_checkpoint *checkpoint;
	uint64_t offset;

	checkpoint = cqrs__memory_checkpoint_find(part->in.side, part->hash, write->projection,
	                                          write->feed);
	part->at.checkpoint = checkpoint;
	offset = checkpoint ? checkpoint->offset : 0;
	if (offset == write->expected_offset)
		return true;
	cqrs_commit_conflict(plan->commit, CQRS_MOVED_CHECKPOINT, index, offset);
	return false;
}

static bool decide_key(struct memory_plan *plan, size_t index)
{
	const struct cqrs_key_write *write = &plan->commit->keys[index];
	struct memory_part *part = &plan->keys[index];

	if (!find_stream(plan, part, &write->stream))
		return false;
	if (!part->at.stream || !cqrs__memory_key_find(part->in.feed, part->at.stream, write->key))
		return true;
	cqrs_commit_conflict(plan->commit, CQRS_MOVED_KEY, index, 0);
	return false;
}

bool cqrs__memory_decide(struct memory_plan *plan)
{
	const struct cqrs_commit *commit = plan->commit;
	bool holds = true;

	for (size_t i = 0; holds && i < commit->append_count; i++)
		holds = decide_head(plan, &plan->appends[i], &commit->appends[i].stream,
		                    commit->appends[i].expected_sequence, CQRS_MOVED_STREAM, i);
	for (size_t i = 0; holds && i < commit->expect_count; i++)
		holds = decide_head(plan, &plan->expects[i], &commit->expects[i].stream,
		                    commit->expects[i].expected_sequence, CQRS_MOVED_EXPECT, i);
	for (size_t i = 0; holds && i < commit->snapshot_count; i++)
		holds = find_stream(plan, &plan->snapshots[i], &commit->snapshots[i].stream);
	for (size_t i = 0; holds && i < commit->view_count; i++)
		holds = decide_view(plan, i);
	for (size_t i = 0; holds && i < commit->checkpoint_count; i++)
		holds = decide_checkpoint(plan, i);
	for (size_t i = 0; holds && i < commit->key_count; i++)
		holds = decide_key(plan, i);
	return holds;
}
