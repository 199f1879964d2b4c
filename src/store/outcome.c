/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * outcome.c - how a backend writes the outcome of a commit, so that every store words a
 * conflict the same way.
 */
#include <cqrs/backend.h>

bool cqrs_sequence_matches(uint64_t expected_sequence, uint64_t head)
{
	if (expected_sequence == CQRS_EXPECT_ANY)
		return true;
	if (expected_sequence == CQRS_EXPECT_EXISTS)
		return head > 0;
	return head == expected_sequence;
}

void cqrs_commit_succeed(struct cqrs_commit *commit)
{
	commit->status = CQRS_OK;
	commit->moved = CQRS_MOVED_NOTHING;
	commit->moved_index = 0;
	commit->moved_to = 0;
}

void cqrs_commit_fail(struct cqrs_commit *commit, const struct cqrs_error *err)
{
	cqrs_commit_succeed(commit);
	commit->status = err->status;
	if (commit->err && commit->err != err)
		*commit->err = *err;
}

static void describe_stream(struct cqrs_error *err, const struct cqrs_stream *stream,
                            uint64_t expected, uint64_t found)
{
	unsigned long long at = found;

	if (expected == CQRS_EXPECT_EXISTS)
		cqrs_error_set(err, CQRS_ERR_CONFLICT, "stream '%s/%s' has no events", stream->type,
		               stream->id);
	else
		cqrs_error_set(err, CQRS_ERR_CONFLICT, "stream '%s/%s' is at %llu, not %llu",
		               stream->type, stream->id, at, (unsigned long long)expected);
	cqrs_error_set_path(err, "%s", stream->id);
}

static void describe_view(struct cqrs_error *err, const struct cqrs_view_write *view,
                          uint64_t found)
{
	cqrs_error_set(err, CQRS_ERR_CONFLICT, "view '%s/%s' is at version %llu, not %llu",
	               view->type, view->id, (unsigned long long)found,
	               (unsigned long long)view->expected_version);
	cqrs_error_set_path(err, "%s", view->id);
}

static void describe_checkpoint(struct cqrs_error *err,
                                const struct cqrs_checkpoint_write *checkpoint, uint64_t found)
{
	cqrs_error_set(err, CQRS_ERR_CONFLICT, "projection '%s' is at %llu of feed %llu, not %llu",
	               checkpoint->projection, (unsigned long long)found,
	               (unsigned long long)checkpoint->feed,
	               (unsigned long long)checkpoint->expected_offset);
	cqrs_error_set_path(err, "%s", checkpoint->projection);
}

static void describe_key(struct cqrs_error *err, const struct cqrs_key_write *write)
{
	cqrs_error_set(err, CQRS_ERR_CONFLICT, "an idempotency key of '%s/%s' is stored already",
	               write->stream.type, write->stream.id);
	cqrs_error_set_path(err, "%s", write->key);
}

static void describe(const struct cqrs_commit *commit)
{
	struct cqrs_error *err = commit->err;
	size_t index = commit->moved_index;

	switch (commit->moved) {
	case CQRS_MOVED_STREAM:
		describe_stream(err, &commit->appends[index].stream,
		                commit->appends[index].expected_sequence, commit->moved_to);
		break;
	case CQRS_MOVED_EXPECT:
		describe_stream(err, &commit->expects[index].stream,
		                commit->expects[index].expected_sequence, commit->moved_to);
		break;
	case CQRS_MOVED_VIEW:
		describe_view(err, &commit->views[index], commit->moved_to);
		break;
	case CQRS_MOVED_CHECKPOINT:
		describe_checkpoint(err, &commit->checkpoints[index], commit->moved_to);
		break;
	case CQRS_MOVED_KEY:
		describe_key(err, &commit->keys[index]);
		break;
	case CQRS_MOVED_AFTER:
	case CQRS_MOVED_NOTHING:
		cqrs_error_set(err, CQRS_ERR_CONFLICT,
		               "the commit that it was decided upon was not stored");
		break;
	}
}

void cqrs_commit_conflict(struct cqrs_commit *commit, enum cqrs_moved moved, size_t index,
                          uint64_t moved_to)
{
	commit->status = CQRS_ERR_CONFLICT;
	commit->moved = moved;
	commit->moved_index = index;
	commit->moved_to = moved_to;
	if (commit->err)
		describe(commit);
}
