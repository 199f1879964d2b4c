/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_commit_tests.c - a commit is stored whole, becomes visible at once, and one of
 * several that want the same place gets it (section 2 of the contract).
 */
#include "store_suite.h"

#include <stdatomic.h>

static const struct cqrs_stream account = { "account", "ACCT-1" };

static void all_parts_are_stored(struct actor *a)
{
	struct cqrs_snapshot snapshot;
	struct cqrs_stored_view view;
	struct cqrs_key_record record;
	struct draft *draft;

	cqrs__suite_given_mixed(a);
	draft = cqrs__draft_mixed(a);
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	CHECK_UINT(a, draft->commit.moved, CQRS_MOVED_NOTHING);
	CHECK_UINT(a, cqrs__suite_head(a, STREAM("account", "a")), 4);
	CHECK_UINT(a, cqrs__suite_head(a, STREAM("order", "a")), 4);
	cqrs__suite_check_stream(a, STREAM("account", "b"), draft->appends[1].events, 1);
	CHECK_STATUS(a, cqrs__suite_load_snapshot(a, STREAM("account", "a"), &snapshot), CQRS_OK);
	CHECK_UINT(a, snapshot.sequence, 4);
	CHECK_STATUS(a, cqrs__suite_load_snapshot(a, STREAM("order", "a"), &snapshot), CQRS_OK);
	CHECK_TEXT(a, cqrs__suite_view_payload(a, "v", "new"), TEXT("{\"v\":1}"));
	CHECK_TEXT(a, cqrs__suite_view_payload(a, "v", "update"), TEXT("{\"v\":4}"));
	CHECK_STATUS(a, cqrs__suite_load_view(a, "v", "bury", &view), CQRS_OK);
	CHECK_TRUE(a, view.removed);
	CHECK_STATUS(a, cqrs__suite_load_view(a, "v", "erase", &view), CQRS_ERR_NOT_FOUND);
	CHECK_UINT(a, cqrs__suite_list_entries(a, "v", "new", NULL, 0).count, 2);
	CHECK_UINT(a, cqrs__suite_list_entries(a, "v", "update", NULL, 0).count, 3);
	CHECK_UINT(a, cqrs__suite_list_entries(a, "v", "bury", NULL, 0).count, 0);
	CHECK_UINT(a, cqrs__suite_list_entries(a, "v", "erase", NULL, 0).count, 0);
	CHECK_UINT(a, cqrs__suite_checkpoint(a, "p", 0), 12);
	CHECK_UINT(a, cqrs__suite_checkpoint(a, "q", 0), 1);
	CHECK_STATUS(a, cqrs__suite_load_key(a, STREAM("account", "a"), "new", &record), CQRS_OK);
	CHECK_STATUS(a, cqrs__suite_load_key(a, STREAM("account", "c"), "new", &record), CQRS_OK);
}

static void each_stream_of_a_commit_has_its_own_place(struct actor *a)
{
	struct draft *draft = cqrs__draft_new(a);

	cqrs__suite_given_events(a, STREAM("account", "2"), 3);
	cqrs__draft_append(a, draft, STREAM("account", "1"), 0, 2);
	cqrs__draft_append(a, draft, STREAM("account", "2"), 3, 1);
	cqrs__draft_append(a, draft, STREAM("account", "3"), CQRS_EXPECT_ANY, 3);
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	CHECK_UINT(a, draft->appends[0].first_sequence, 1);
	CHECK_UINT(a, draft->appends[1].first_sequence, 4);
	CHECK_UINT(a, draft->appends[2].first_sequence, 1);
	cqrs__suite_check_stream(a, STREAM("account", "1"), draft->appends[0].events, 2);
	cqrs__suite_check_stream(a, STREAM("account", "3"), draft->appends[2].events, 3);
	CHECK_UINT(a, cqrs__suite_check_feeds(a), 9);
}

static void an_expect_checks_and_writes_nothing(struct actor *a)
{
	static const struct {
		uint64_t expected;
		bool holds[2]; /* without events, with two */
	} cases[] = {
		{ CQRS_EXPECT_NONE, { true, false } },
		{ 1, { false, false } },
		{ 2, { false, true } },
		{ 3, { false, false } },
		{ CQRS_EXPECT_ANY, { true, true } },
		{ CQRS_EXPECT_EXISTS, { false, true } },
	};

	for (size_t round = 0; round < 2; round++) {
		for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
			struct draft *draft = cqrs__draft_new(a);

			cqrs__draft_expect(draft, account, cases[i].expected);
			cqrs__draft_commit(a, draft);
			if (cases[i].holds[round])
				CHECK_STORED(a, draft);
			else
				CHECK_MOVED(a, draft, CQRS_MOVED_EXPECT, 0, 2 * round);
		}
		CHECK_UINT(a, cqrs__suite_head(a, account), 2 * round);
		CHECK_UINT(a, cqrs__suite_check_feeds(a), 2 * round);
		if (round == 0)
			cqrs__suite_given_events(a, account, 2);
	}
}

/* Of several things that moved any one may be named, but it must be one that did. */
static void a_conflict_names_something_that_moved(struct actor *a)
{
	struct draft *draft = cqrs__draft_new(a);

	cqrs__suite_given_events(a, STREAM("account", "1"), 2);
	cqrs__suite_given_view(a, "v", "1", 0, 3, "{}");
	cqrs__draft_append(a, draft, STREAM("account", "fine"), 0, 1);
	cqrs__draft_append(a, draft, STREAM("account", "1"), 1, 1);
	cqrs__draft_view(draft, "v", "fine", 0, 1, "{}");
	cqrs__draft_view(draft, "v", "1", 2, 4, "{}");
	cqrs__draft_commit(a, draft);
	if (draft->commit.moved == CQRS_MOVED_STREAM)
		CHECK_MOVED(a, draft, CQRS_MOVED_STREAM, 1, 2);
	else
		CHECK_MOVED(a, draft, CQRS_MOVED_VIEW, 1, 3);
}

/* ---- beside readers and other writers ---- */

enum { WRITES = 60, EVENTS_A_WRITE = 3 };

struct shared {
	atomic_uint_fast64_t written; /* commits that have returned */
};

static void write_all_at_once(struct actor *a)
{
	struct shared *shared = a->with;

	for (uint64_t i = 0; i < WRITES; i++) {
		struct draft *draft = cqrs__draft_new(a);

		cqrs__draft_append(a, draft, account, i * EVENTS_A_WRITE, EVENTS_A_WRITE);
		cqrs__draft_view(draft, "v", "ACCT-1", i, i + 1, "{}");
		cqrs__draft_snapshot(draft, account, (i + 1) * EVENTS_A_WRITE, "{}");
		CHECK_STORED(a, cqrs__draft_commit(a, draft));
		atomic_store(&shared->written, i + 1);
		cqrs__suite_sleep_us(cqrs__suite_random(a, 200));
	}
}

static uint64_t view_version(struct actor *a)
{
	struct cqrs_stored_view view = { 0 };

	return cqrs__suite_load_view(a, "v", "ACCT-1", &view) == CQRS_OK ? view.version : 0;
}

static uint64_t snapshot_sequence(struct actor *a)
{
	struct cqrs_snapshot snapshot = { 0 };

	return cqrs__suite_load_snapshot(a, account, &snapshot) == CQRS_OK ? snapshot.sequence : 0;
}

/* What was seen first may be older than what is seen next, never newer. */
static void read_all_parts(struct actor *a)
{
	struct shared *shared = a->with;
	uint64_t feed = cqrs__suite_feed_of(a, account);
	uint64_t written = 0;

	while (written < WRITES && !cqrs__suite_failed(a->suite)) {
		uint64_t head;
		uint64_t version;
		uint64_t sequence;

		written = atomic_load(&shared->written);
		head = cqrs__suite_head(a, account);
		CHECK_TRUE(a, head >= written * EVENTS_A_WRITE);
		CHECK_UINT(a, head % EVENTS_A_WRITE, 0);
		version = view_version(a);
		CHECK_TRUE(a, version >= head / EVENTS_A_WRITE);
		sequence = snapshot_sequence(a);
		CHECK_TRUE(a, sequence >= version * EVENTS_A_WRITE);
		CHECK_TRUE(a, cqrs__suite_head(a, account) >= sequence);
		CHECK_UINT(a, cqrs__suite_read_stream(a, account, head, 0).count % EVENTS_A_WRITE,
		           0);
		CHECK_UINT(a, cqrs__suite_feed_head(a, feed) % EVENTS_A_WRITE, 0);
		cqrs_arena_reset(a->arena);
	}
}

static void nobody_sees_a_part(struct actor *a)
{
	struct shared *shared = cqrs__suite_allocate(a, sizeof(*shared));

	atomic_init(&shared->written, 0);
	cqrs__suite_start(a, write_all_at_once, a->store, shared);
	cqrs__suite_start(a, read_all_parts, a->store, shared);
	cqrs__suite_start(a, read_all_parts, a->store, shared);
	cqrs__suite_join(a);
	CHECK_UINT(a, cqrs__suite_head(a, account), (uint64_t)WRITES * EVENTS_A_WRITE);
}

enum { RIVALS = 6, ROUNDS = 25 };

struct contest {
	atomic_uint winners[ROUNDS];
};

/* A loser knows that someone has won the round, hence may go for the next. */
static void want_every_round(struct actor *a)
{
	struct contest *contest = a->with;

	for (uint64_t round = 0; round < ROUNDS; round++) {
		struct draft *draft = cqrs__draft_new(a);

		cqrs__draft_append(a, draft, account, round, 1);
		if (cqrs__draft_commit(a, draft)->commit.status == CQRS_OK) {
			atomic_fetch_add(&contest->winners[round], 1);
			CHECK_UINT(a, draft->appends[0].first_sequence, round + 1);
			continue;
		}
		CHECK_REFUSED(a, draft, CQRS_ERR_CONFLICT);
		CHECK_UINT(a, draft->commit.moved, CQRS_MOVED_STREAM);
		CHECK_TRUE(a, draft->commit.moved_to > round);
	}
}

static void one_of_many_is_stored(struct actor *a)
{
	struct contest *contest = cqrs__suite_allocate(a, sizeof(*contest));

	for (size_t i = 0; i < ROUNDS; i++)
		atomic_init(&contest->winners[i], 0);
	for (size_t i = 0; i < RIVALS; i++)
		cqrs__suite_start(a, want_every_round, a->store, contest);
	cqrs__suite_join(a);
	for (size_t i = 0; i < ROUNDS; i++)
		CHECK_UINT(a, atomic_load(&contest->winners[i]), 1);
	CHECK_UINT(a, cqrs__suite_head(a, account), ROUNDS);
	CHECK_UINT(a, cqrs__suite_check_feeds(a), ROUNDS);
}

static const struct store_test tests[] = {
	{ "all parts of a commit are stored", "2.1 2.9", all_parts_are_stored },
	{ "each stream of a commit has its own place", "2.1 1.5",
	  each_stream_of_a_commit_has_its_own_place },
	{ "an expect checks and writes nothing", "2.5", an_expect_checks_and_writes_nothing },
	{ "a conflict names something that moved", "2.6 2.8",
	  a_conflict_names_something_that_moved },
	{ "nobody sees a part of a commit, and everybody the whole at once", "2.3 2.4",
	  nobody_sees_a_part },
	{ "of many commits on the same head one is stored", "2.12", one_of_many_is_stored },
};
const struct store_tests cqrs__suite_commit_tests = STORE_TESTS(tests);
