/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_refusal_tests.c - a commit that is refused for any one of its parts leaves nothing
 * of any other (2.2 of the contract), and says what was in the way.
 */
#include "store_suite.h"

/* One way to spoil the mixed commit. */
struct spoiler {
	const char *what;
	void (*spoil)(struct draft *draft);
	enum cqrs_status status;
	enum cqrs_moved moved; /* of a conflict; and where, and what was found */
	size_t index;
	uint64_t to;
};

static void old_head(struct draft *draft)
{
	draft->appends[0].expected_sequence = 1;
}

static void head_of_a_new_stream(struct draft *draft)
{
	draft->appends[1].expected_sequence = 1;
}

static void existence_of_a_new_stream(struct draft *draft)
{
	draft->appends[2].stream.id = "missing";
}

static void old_expected_head(struct draft *draft)
{
	draft->expects[0].expected_sequence = 0;
}

static void existence_of_what_is_not(struct draft *draft)
{
	draft->expects[1].expected_sequence = CQRS_EXPECT_EXISTS;
}

static void version_of_a_new_view(struct draft *draft)
{
	draft->views[0].expected_version = 1;
	draft->views[0].version = 2;
}

static void old_version(struct draft *draft)
{
	draft->views[1].expected_version = 2;
}

static void old_version_of_a_tombstone(struct draft *draft)
{
	draft->views[2].expected_version = 1;
}

static void old_version_of_an_erasure(struct draft *draft)
{
	draft->views[3].expected_version = 4;
}

static void old_checkpoint(struct draft *draft)
{
	draft->checkpoints[0].expected_offset = 9;
}

static void checkpoint_not_begun(struct draft *draft)
{
	draft->checkpoints[1].expected_offset = 3;
}

static void used_key(struct draft *draft)
{
	draft->keys[0].key = "used";
}

static void used_key_at_the_end(struct draft *draft)
{
	draft->keys[1].stream.id = "a";
	draft->keys[1].key = "used";
}

static void append_to_a_deleted_stream(struct draft *draft)
{
	draft->appends[1].stream.id = "gone";
}

static void any_append_to_a_deleted_stream(struct draft *draft)
{
	draft->appends[2].stream = STREAM("account", "gone");
	draft->appends[2].expected_sequence = CQRS_EXPECT_ANY;
}

static void expect_of_a_deleted_stream(struct draft *draft)
{
	draft->expects[1].stream.id = "gone";
}

static void snapshot_of_a_deleted_stream(struct draft *draft)
{
	draft->snapshots[1].stream = STREAM("account", "gone");
}

static void key_of_a_deleted_stream(struct draft *draft)
{
	draft->keys[1].stream.id = "gone";
}

static void entry_that_is_there(struct draft *draft)
{
	draft->entries[1][0].position = (struct cqrs_entry_position){ 2, 0 };
}

static void entry_twice(struct draft *draft)
{
	draft->entries[0][1].position = draft->entries[0][0].position;
}

static const struct spoiler spoilers[] = {
	{ "an append to a stream that moved", old_head, CQRS_ERR_CONFLICT, CQRS_MOVED_STREAM, 0,
	  2 },
	{ "an append that expects events of a new stream", head_of_a_new_stream, CQRS_ERR_CONFLICT,
	  CQRS_MOVED_STREAM, 1, 0 },
	{ "an append that expects a new stream to exist", existence_of_a_new_stream,
	  CQRS_ERR_CONFLICT, CQRS_MOVED_STREAM, 2, 0 },
	{ "an expect of a stream that moved", old_expected_head, CQRS_ERR_CONFLICT,
	  CQRS_MOVED_EXPECT, 0, 1 },
	{ "an expect of existence", existence_of_what_is_not, CQRS_ERR_CONFLICT, CQRS_MOVED_EXPECT,
	  1, 0 },
	{ "a version of a new view", version_of_a_new_view, CQRS_ERR_CONFLICT, CQRS_MOVED_VIEW, 0,
	  0 },
	{ "a view that moved", old_version, CQRS_ERR_CONFLICT, CQRS_MOVED_VIEW, 1, 3 },
	{ "a tombstone for a view that moved", old_version_of_a_tombstone, CQRS_ERR_CONFLICT,
	  CQRS_MOVED_VIEW, 2, 2 },
	{ "an erasure of a view that moved", old_version_of_an_erasure, CQRS_ERR_CONFLICT,
	  CQRS_MOVED_VIEW, 3, 5 },
	{ "a checkpoint that moved", old_checkpoint, CQRS_ERR_CONFLICT, CQRS_MOVED_CHECKPOINT, 0,
	  10 },
	{ "a checkpoint that has not begun", checkpoint_not_begun, CQRS_ERR_CONFLICT,
	  CQRS_MOVED_CHECKPOINT, 1, 0 },
	{ "a used key", used_key, CQRS_ERR_CONFLICT, CQRS_MOVED_KEY, 0, 0 },
	{ "a used key at the very end", used_key_at_the_end, CQRS_ERR_CONFLICT, CQRS_MOVED_KEY, 1,
	  0 },
	{ "an append to a deleted stream", append_to_a_deleted_stream, CQRS_ERR_NOT_FOUND,
	  CQRS_MOVED_NOTHING, 0, 0 },
	{ "an append of any kind to a deleted stream", any_append_to_a_deleted_stream,
	  CQRS_ERR_NOT_FOUND, CQRS_MOVED_NOTHING, 0, 0 },
	{ "an expect of a deleted stream", expect_of_a_deleted_stream, CQRS_ERR_NOT_FOUND,
	  CQRS_MOVED_NOTHING, 0, 0 },
	{ "a snapshot of a deleted stream", snapshot_of_a_deleted_stream, CQRS_ERR_NOT_FOUND,
	  CQRS_MOVED_NOTHING, 0, 0 },
	{ "a key of a deleted stream", key_of_a_deleted_stream, CQRS_ERR_NOT_FOUND,
	  CQRS_MOVED_NOTHING, 0, 0 },
	{ "an entry where there is one", entry_that_is_there, CQRS_ERR_INVALID, CQRS_MOVED_NOTHING,
	  0, 0 },
	{ "an entry twice", entry_twice, CQRS_ERR_INVALID, CQRS_MOVED_NOTHING, 0, 0 },
};
enum { SPOILER_COUNT = sizeof(spoilers) / sizeof(*spoilers) };

static void judge(struct actor *a, const struct spoiler *spoiler, const struct draft *draft)
{
	const struct check_place place = { __FILE__, __LINE__, spoiler->what };

	if (spoiler->status == CQRS_ERR_CONFLICT)
		cqrs__suite_check_moved(a, &place, draft, spoiler->moved, spoiler->index,
		                        spoiler->to);
	else
		cqrs__suite_check_refused(a, &place, draft, spoiler->status);
}

static void a_failure_in_any_part_leaves_nothing(struct actor *a)
{
	const char *before;

	cqrs__suite_given_mixed(a);
	before = cqrs__suite_dump(a);
	for (size_t i = 0; i < SPOILER_COUNT; i++) {
		const struct check_place place = { __FILE__, __LINE__, spoilers[i].what };
		struct draft *draft = cqrs__draft_mixed(a);

		spoilers[i].spoil(draft);
		judge(a, &spoilers[i], cqrs__draft_commit(a, draft));
		cqrs__suite_check_string(a, &place, cqrs__suite_dump(a), before);
	}
	CHECK_STORED(a, cqrs__draft_commit(a, cqrs__draft_mixed(a)));
}

/* The good commits stand between spoiled ones; each moves a stream of its own. */
static void a_failure_in_a_batch_leaves_nothing(struct actor *a)
{
	struct draft *drafts[2 * SPOILER_COUNT + 1];
	const char *before;

	cqrs__suite_given_mixed(a);
	before = cqrs__suite_dump(a);
	for (size_t i = 0; i < 2 * SPOILER_COUNT + 1; i++) {
		if (i % 2) {
			drafts[i] = cqrs__draft_mixed(a);
			spoilers[i / 2].spoil(drafts[i]);
		} else {
			drafts[i] = cqrs__draft_new(a);
			cqrs__draft_checkpoint(drafts[i], "batch", 0, i / 2, i / 2 + 1);
		}
	}
	CHECK_STATUS(a, cqrs__draft_commit_batch(a, drafts, 2 * SPOILER_COUNT + 1),
	             spoilers[0].status);
	for (size_t i = 0; i < 2 * SPOILER_COUNT + 1; i++) {
		if (i % 2)
			judge(a, &spoilers[i / 2], drafts[i]);
		else
			CHECK_STORED(a, drafts[i]);
	}
	CHECK_STRING(a, cqrs__suite_dump(a), before);
	CHECK_UINT(a, cqrs__suite_checkpoint(a, "batch", 0), SPOILER_COUNT + 1);
}

/* ---- commits that break a rule of the caller ---- */

static void stream_twice(struct draft *draft)
{
	draft->appends[1].stream = draft->appends[0].stream;
	draft->appends[1].expected_sequence = CQRS_EXPECT_ANY;
	draft->appends[0].expected_sequence = CQRS_EXPECT_ANY;
}

static void stream_appended_and_expected(struct draft *draft)
{
	draft->expects[0] = (struct cqrs_expect){ draft->appends[0].stream, CQRS_EXPECT_ANY };
}

static void stream_expected_twice(struct draft *draft)
{
	draft->expects[1] = draft->expects[0];
}

static void snapshot_twice(struct draft *draft)
{
	draft->snapshots[1].stream = draft->snapshots[0].stream;
}

static void view_twice(struct draft *draft)
{
	draft->views[1] = draft->views[0];
	draft->views[1].entry_count = 0;
}

static void checkpoint_twice(struct draft *draft)
{
	draft->checkpoints[1] = draft->checkpoints[0];
}

static void key_twice(struct draft *draft)
{
	draft->keys[1] = draft->keys[0];
}

static void append_without_events(struct draft *draft)
{
	draft->appends[2].event_count = 0;
}

static void view_that_stands_still(struct draft *draft)
{
	draft->views[1].version = draft->views[1].expected_version;
}

static void view_that_goes_back(struct draft *draft)
{
	draft->views[1].version = draft->views[1].expected_version - 1;
}

static void tombstone_with_entries(struct draft *draft)
{
	draft->views[2].entry_count = 1;
	draft->entries[2][0] = (struct cqrs_entry_write){ { 9, 0 }, TEXT("{}") };
}

static void erasure_with_entries(struct draft *draft)
{
	draft->views[3].entry_count = 1;
	draft->entries[3][0] = (struct cqrs_entry_write){ { 9, 0 }, TEXT("{}") };
}

static void check_all_invalid(struct actor *a, void (*const *spoil)(struct draft *draft),
                              size_t count)
{
	const char *before;

	cqrs__suite_given_mixed(a);
	before = cqrs__suite_dump(a);
	for (size_t i = 0; i < count; i++) {
		char *what = cqrs__suite_print(a, "outcome of broken commit %zu of the test", i);
		const struct check_place place = { __FILE__, __LINE__, what };
		struct draft *draft = cqrs__draft_mixed(a);

		spoil[i](draft);
		cqrs__suite_check_refused(a, &place, cqrs__draft_commit(a, draft),
		                          CQRS_ERR_INVALID);
		cqrs__suite_check_string(a, &place, cqrs__suite_dump(a), before);
	}
}

static void nothing_is_named_twice(struct actor *a)
{
	static void (*const spoil[])(struct draft * draft) = {
		stream_twice,
		stream_appended_and_expected,
		stream_expected_twice,
		snapshot_twice,
		view_twice,
		checkpoint_twice,
		key_twice,
	};

	check_all_invalid(a, spoil, sizeof(spoil) / sizeof(*spoil));
}

static void an_append_has_events(struct actor *a)
{
	static void (*const spoil[])(struct draft * draft) = { append_without_events };

	check_all_invalid(a, spoil, 1);
}

static void view_writes_follow_their_rules(struct actor *a)
{
	static void (*const spoil[])(struct draft * draft) = {
		view_that_stands_still,
		view_that_goes_back,
		tombstone_with_entries,
		erasure_with_entries,
	};

	check_all_invalid(a, spoil, sizeof(spoil) / sizeof(*spoil));
}

static const struct store_test tests[] = {
	{ "a failure in any part of a commit leaves nothing of it",
	  "2.2 2.6 2.7 2.8 7.2 7.13 8.2 9.2 10.3", a_failure_in_any_part_leaves_nothing },
	{ "a failure in any part leaves nothing within a batch", "2.2 2.6 2.7 2.8 3.1 3.3",
	  a_failure_in_a_batch_leaves_nothing },
	{ "nothing is named twice in a commit", "2.10", nothing_is_named_twice },
	{ "an append has events", "2.11", an_append_has_events },
	{ "writes of views follow their rules", "7.3 7.12", view_writes_follow_their_rules },
};
const struct store_tests cqrs__suite_refusal_tests = STORE_TESTS(tests);
