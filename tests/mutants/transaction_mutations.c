/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* transaction_mutations.c - commits in more transactions than one, and batches in less than many. */
#include "mutations.h"

#include <string.h>

/* ---- one commit in several transactions ---- */

static bool is_empty(const struct cqrs_commit *commit)
{
	return commit->append_count + commit->expect_count + commit->snapshot_count +
	               commit->view_count + commit->checkpoint_count + commit->key_count ==
	       0;
}

/* Others get in between, and so does a failure: then the commit's outcome is that of the second. */
static void commit_both(struct mutant_store *store, struct cqrs_commit *commit,
                        struct cqrs_commit *first, struct cqrs_commit *second)
{
	mutant_commit_within(store, first);
	mutant_copy_outcome(commit, first);
	if (first->status != CQRS_OK || is_empty(second))
		return;
	mutant_linger(store);
	mutant_commit_within(store, second);
	mutant_copy_outcome(commit, second);
}

static void commit_parts_apart(struct mutant_store *store, struct cqrs_commit *commit)
{
	struct cqrs_commit events = *commit;
	struct cqrs_commit rest = *commit;

	events.view_count = events.snapshot_count = 0;
	events.checkpoint_count = events.key_count = 0;
	rest.append_count = rest.expect_count = 0;
	commit_both(store, commit, &events, &rest);
}

static void commit_snapshot_apart(struct mutant_store *store, struct cqrs_commit *commit)
{
	struct cqrs_commit rest = *commit;
	struct cqrs_commit snapshots = { .err = commit->err };

	snapshots.snapshots = commit->snapshots;
	snapshots.snapshot_count = commit->snapshot_count;
	rest.snapshot_count = 0;
	if (is_empty(&rest))
		mutant_commit_within(store, commit);
	else
		commit_both(store, commit, &rest, &snapshots);
}

/* Each event by an INSERT of its own, which the unique key of type, id and sequence guards. */
static bool insert_events(struct mutant_store *store, struct cqrs_commit *commit, size_t index)
{
	struct cqrs_append *append = &commit->appends[index];

	for (size_t i = 0; i < append->event_count; i++) {
		struct cqrs_append one = *append;
		struct cqrs_commit part = { .appends = &one,
			                    .append_count = 1,
			                    .err = commit->err };

		one.events = &append->events[i];
		one.event_count = 1;
		if (i > 0)
			one.expected_sequence = append->first_sequence + i - 1;
		mutant_commit_within(store, &part);
		mutant_copy_outcome(commit, &part);
		if (part.status != CQRS_OK) {
			commit->moved_index = index;
			return false;
		}
		if (i == 0)
			mutant_copy_place(append, &one);
		mutant_linger(store);
	}
	return true;
}

static void commit_events_apart(struct mutant_store *store, struct cqrs_commit *commit)
{
	struct cqrs_commit rest = *commit;

	for (size_t i = 0; i < commit->append_count; i++) {
		if (!insert_events(store, commit, i))
			return;
	}
	rest.append_count = 0;
	if (is_empty(&rest))
		return;
	mutant_commit_within(store, &rest);
	mutant_copy_outcome(commit, &rest);
}

/* The transaction is committed, and then the count of updated rows is looked at. */
static void check_views_late(struct mutant_store *store, struct cqrs_commit *commit)
{
	struct cqrs_commit without = *commit;

	mutant_commit_within(store, commit);
	if (commit->status != CQRS_ERR_CONFLICT || commit->moved != CQRS_MOVED_VIEW)
		return;
	without.view_count = 0;
	without.err = NULL;
	if (!is_empty(&without))
		mutant_commit_within(store, &without);
}

const struct mutation mutation_none = { .commit_one = NULL };
const struct mutation mutation_parts_apart = { .commit_one = commit_parts_apart };
const struct mutation mutation_snapshot_apart = { .commit_one = commit_snapshot_apart };
const struct mutation mutation_events_apart = { .commit_one = commit_events_apart };
const struct mutation mutation_late_check = { .commit_one = check_views_late };

/* ---- a batch in one transaction ---- */

static void stop_at_a_refusal(void *self, struct cqrs_commit *const *commits, size_t count)
{
	bool stopped = false;

	for (size_t i = 0; i < count; i++) {
		if (stopped)
			cqrs_commit_conflict(commits[i], CQRS_MOVED_AFTER, 0, 0);
		else if (!mutant_refuse_after(commits[i]))
			mutant_commit_one(self, commits[i]);
		stopped = stopped || commits[i]->status != CQRS_OK;
	}
}

/* A transaction of many commits without a savepoint before each: the events that were inserted
 * before a moved one was found stay there. */
static void leave_events(struct mutant_store *store, const struct cqrs_commit *refused)
{
	for (size_t i = 0; i < refused->append_count; i++) {
		struct cqrs_append append = refused->appends[i];
		struct cqrs_commit left = { .appends = &append, .append_count = 1 };

		if (refused->moved == CQRS_MOVED_STREAM && i == refused->moved_index)
			return;
		mutant_commit_within(store, &left);
	}
}

static void commit_without_savepoints(void *self, struct cqrs_commit *const *commits, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (mutant_refuse_after(commits[i]))
			continue;
		mutant_commit_one(self, commits[i]);
		if (count > 1 && commits[i]->status == CQRS_ERR_CONFLICT)
			leave_events(self, commits[i]);
	}
}

static bool is_appended_before(const struct cqrs_stream *stream, struct cqrs_commit *const *commits,
                               size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t n = 0; n < commits[i]->append_count; n++) {
			const struct cqrs_stream *other = &commits[i]->appends[n].stream;

			if (strcmp(other->type, stream->type) == 0 &&
			    strcmp(other->id, stream->id) == 0)
				return true;
		}
	}
	return false;
}

/* Whether an append of a batch's nth commit finds its stream where it expects it. */
static bool would_be_stored(struct mutant_store *store, struct cqrs_commit *const *commits,
                            size_t nth)
{
	for (size_t i = 0; i < commits[nth]->append_count; i++) {
		const struct cqrs_append *append = &commits[nth]->appends[i];
		struct cqrs_expect expect = { append->stream, append->expected_sequence };
		struct cqrs_commit probe = { .expects = &expect, .expect_count = 1 };

		if (is_appended_before(&append->stream, commits, nth))
			continue;
		mutant_commit_within(store, &probe);
		if (probe.status != CQRS_OK)
			return false;
	}
	return true;
}

/* One statement fails, and ROLLBACK is for all; only those that failed can say why. */
static void roll_back_the_batch(void *self, struct cqrs_commit *const *commits, size_t count)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	bool fails = false;

	for (size_t i = 0; i < count; i++)
		fails = fails || !would_be_stored(self, commits, i);
	cqrs_error_set(&err, CQRS_ERR_UNAVAILABLE, "the transaction was rolled back");
	for (size_t i = 0; i < count; i++) {
		if (count > 1 && fails && would_be_stored(self, commits, i))
			cqrs_commit_fail(commits[i], &err);
		else if (!mutant_refuse_after(commits[i]))
			mutant_commit_one(self, commits[i]);
	}
}

const struct mutation mutation_batch_stops = { .ops.commit = stop_at_a_refusal };
const struct mutation mutation_no_savepoint = { .ops.commit = commit_without_savepoints };
const struct mutation mutation_batch_rolled_back = { .ops.commit = roll_back_the_batch };
