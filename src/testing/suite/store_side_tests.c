/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_side_tests.c - snapshots and checkpoints (sections 6 and 8 of the contract).
 */
#include "store_suite.h"

static const struct cqrs_stream account = { "account", "ACCT-1" };

static void save(struct actor *a, struct cqrs_stream stream, const struct cqrs_snapshot *snapshot)
{
	struct draft *draft = cqrs__draft_new(a);

	*cqrs__draft_snapshot(draft, stream, 0, "{}") = *snapshot;
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
}

static void check_snapshot(struct actor *a, struct cqrs_stream stream,
                           const struct cqrs_snapshot *expected)
{
	struct cqrs_snapshot snapshot = { 0 };

	CHECK_STATUS(a, cqrs__suite_load_snapshot(a, stream, &snapshot), CQRS_OK);
	CHECK_UINT(a, snapshot.sequence, expected->sequence);
	CHECK_UINT(a, snapshot.fingerprint, expected->fingerprint);
	CHECK_INT(a, snapshot.recorded_at_us, expected->recorded_at_us);
	CHECK_TEXT(a, snapshot.state, expected->state);
}

static void a_snapshot_comes_back_as_it_was(struct actor *a)
{
	struct cqrs_snapshot small = { 3, 77, 1234567,
		                       TEXT("{ \"b\":1.0,  \"a\":\"\\u0000\xc3\xa9\"}") };
	struct cqrs_snapshot large = { 4, 78, 1234568, cqrs__suite_json(a, 200000) };

	cqrs__suite_given_events(a, account, 4);
	save(a, account, &small);
	check_snapshot(a, account, &small);
	save(a, account, &large);
	check_snapshot(a, account, &large);
}

static void the_snapshot_saved_last_is_the_one(struct actor *a)
{
	static const struct cqrs_snapshot snapshots[] = {
		{ 2, 1, 20, { "{\"n\":2}", 7 } },
		{ 9, 1, 90, { "{\"n\":9}", 7 } },
		{ 5, 2, 50, { "{\"n\":5}", 7 } }, /* an older one, of other code */
		{ 5, 2, 50, { "{\"n\":6}", 7 } },
	};

	cqrs__suite_given_events(a, account, 9);
	for (size_t i = 0; i < sizeof(snapshots) / sizeof(*snapshots); i++) {
		save(a, account, &snapshots[i]);
		check_snapshot(a, account, &snapshots[i]);
	}
}

static void a_snapshot_belongs_to_its_stream(struct actor *a)
{
	static const struct cqrs_snapshot one = { 1, 1, 1, { "{\"s\":1}", 7 } };
	static const struct cqrs_snapshot two = { 2, 2, 2, { "{\"s\":2}", 7 } };
	struct cqrs_snapshot snapshot;

	save(a, account, &one);
	save(a, STREAM("order", "ACCT-1"), &two);
	check_snapshot(a, account, &one);
	check_snapshot(a, STREAM("order", "ACCT-1"), &two);
	CHECK_STATUS(a, cqrs__suite_load_snapshot(a, STREAM("account", "ACCT-2"), &snapshot),
	             CQRS_ERR_NOT_FOUND);
}

static void a_snapshot_needs_no_events(struct actor *a)
{
	static const struct cqrs_snapshot ahead = { 1000, 1, 1, { "{}", 2 } };

	save(a, account, &ahead);
	check_snapshot(a, account, &ahead);
	CHECK_UINT(a, cqrs__suite_head(a, account), 0);
	cqrs__suite_given_events(a, account, 1);
	check_snapshot(a, account, &ahead);
}

/* ---- checkpoints ---- */

static struct draft *move_checkpoint(struct actor *a, const char *projection, uint64_t feed,
                                     uint64_t expected, uint64_t offset)
{
	struct draft *draft = cqrs__draft_new(a);

	cqrs__draft_checkpoint(draft, projection, feed, expected, offset);
	return cqrs__draft_commit(a, draft);
}

static void a_checkpoint_is_what_was_saved_last(struct actor *a)
{
	CHECK_UINT(a, cqrs__suite_checkpoint(a, "p", 0), 0);
	CHECK_STORED(a, move_checkpoint(a, "p", 0, 0, 5));
	CHECK_UINT(a, cqrs__suite_checkpoint(a, "p", 0), 5);
	CHECK_STORED(a, move_checkpoint(a, "p", 0, 5, 5));
	CHECK_STORED(a, move_checkpoint(a, "p", 0, 5, 700));
	CHECK_UINT(a, cqrs__suite_checkpoint(a, "p", 0), 700);
}

static void a_checkpoint_moves_from_where_it_is(struct actor *a)
{
	CHECK_MOVED(a, move_checkpoint(a, "p", 0, 1, 2), CQRS_MOVED_CHECKPOINT, 0, 0);
	CHECK_STORED(a, move_checkpoint(a, "p", 0, 0, 3));
	CHECK_MOVED(a, move_checkpoint(a, "p", 0, 0, 4), CQRS_MOVED_CHECKPOINT, 0, 3);
	CHECK_MOVED(a, move_checkpoint(a, "p", 0, 2, 4), CQRS_MOVED_CHECKPOINT, 0, 3);
	CHECK_MOVED(a, move_checkpoint(a, "p", 0, 4, 4), CQRS_MOVED_CHECKPOINT, 0, 3);
	CHECK_UINT(a, cqrs__suite_checkpoint(a, "p", 0), 3);
}

static void a_checkpoint_may_go_back(struct actor *a)
{
	CHECK_STORED(a, move_checkpoint(a, "p", 0, 0, 9));
	CHECK_STORED(a, move_checkpoint(a, "p", 0, 9, 4));
	CHECK_UINT(a, cqrs__suite_checkpoint(a, "p", 0), 4);
	CHECK_STORED(a, move_checkpoint(a, "p", 0, 4, 0));
	CHECK_UINT(a, cqrs__suite_checkpoint(a, "p", 0), 0);
	CHECK_MOVED(a, move_checkpoint(a, "p", 0, 4, 5), CQRS_MOVED_CHECKPOINT, 0, 0);
	CHECK_STORED(a, move_checkpoint(a, "p", 0, 0, 1));
	CHECK_UINT(a, cqrs__suite_checkpoint(a, "p", 0), 1);
}

static void each_projection_has_its_own_checkpoints(struct actor *a)
{
	uint64_t last_feed = cqrs_store_feed_count(a->store) - 1;

	CHECK_STORED(a, move_checkpoint(a, "p", 0, 0, 5));
	CHECK_STORED(a, move_checkpoint(a, "q", 0, 0, 6));
	CHECK_UINT(a, cqrs__suite_checkpoint(a, "p", 0), 5);
	CHECK_UINT(a, cqrs__suite_checkpoint(a, "q", 0), 6);
	CHECK_UINT(a, cqrs__suite_checkpoint(a, "r", 0), 0);
	if (last_feed > 0) {
		CHECK_UINT(a, cqrs__suite_checkpoint(a, "p", last_feed), 0);
		CHECK_STORED(a, move_checkpoint(a, "p", last_feed, 0, 7));
		CHECK_UINT(a, cqrs__suite_checkpoint(a, "p", last_feed), 7);
		CHECK_UINT(a, cqrs__suite_checkpoint(a, "p", 0), 5);
	}
}

static const struct store_test tests[] = {
	{ "a snapshot comes back as it was saved", "6.1", a_snapshot_comes_back_as_it_was },
	{ "the snapshot saved last is the one", "6.2", the_snapshot_saved_last_is_the_one },
	{ "a snapshot belongs to its stream", "6.3", a_snapshot_belongs_to_its_stream },
	{ "a snapshot needs no events", "6.4", a_snapshot_needs_no_events },
	{ "a checkpoint is what was saved last", "8.1", a_checkpoint_is_what_was_saved_last },
	{ "a checkpoint moves from where it is", "8.2 2.6 2.7",
	  a_checkpoint_moves_from_where_it_is },
	{ "a checkpoint may go back", "8.3", a_checkpoint_may_go_back },
	{ "each projection has its own checkpoints", "8.4",
	  each_projection_has_its_own_checkpoints },
};
const struct store_tests cqrs__suite_side_tests = STORE_TESTS(tests);
