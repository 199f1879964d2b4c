/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_handle_tests.c - closing, opening again, and several handles at once (section 14
 * of the contract).
 */
#include "store_suite.h"

#include <stdatomic.h>

static const struct cqrs_stream account = { "account", "ACCT-1" };

static void need(struct actor *a, enum cqrs_store_trait trait, const char *why)
{
	if (!(a->suite->fixture->traits & trait))
		cqrs__suite_skip(a, why);
}

static void everything_is_there_after_reopening(struct actor *a)
{
	uint64_t feeds = cqrs_store_feed_count(a->store);
	const char *before;

	need(a, CQRS_STORE_DURABLE, "the store forgets everything when it is closed");
	cqrs__suite_given_mixed(a);
	CHECK_STORED(a, cqrs__draft_commit(a, cqrs__draft_mixed(a)));
	before = cqrs__suite_dump(a);
	for (size_t i = 0; i < 3; i++) {
		cqrs__suite_reopen(a);
		CHECK_UINT(a, cqrs_store_feed_count(a->store), feeds);
		CHECK_STRING(a, cqrs__suite_dump(a), before);
	}
}

static void writing_goes_on_after_reopening(struct actor *a)
{
	uint64_t events = 0;

	need(a, CQRS_STORE_DURABLE, "the store forgets everything when it is closed");
	for (uint64_t i = 0; i < 4; i++) {
		struct draft *stale = cqrs__draft_new(a);
		struct draft *draft = cqrs__draft_new(a);

		cqrs__draft_append(a, stale, account, 2 * i + 1, 1);
		CHECK_MOVED(a, cqrs__draft_commit(a, stale), CQRS_MOVED_STREAM, 0, 2 * i);
		cqrs__draft_append(a, draft, account, 2 * i, 2);
		cqrs__draft_view(draft, "v", "1", i, i + 1, "{}");
		cqrs__draft_checkpoint(draft, "p", 0, i, i + 1);
		CHECK_STORED(a, cqrs__draft_commit(a, draft));
		events += 2;
		CHECK_UINT(a, cqrs__suite_check_feeds(a), events);
		cqrs__suite_reopen(a);
	}
	CHECK_UINT(a, cqrs__suite_check_feeds(a), events);
}

static void a_deleted_stream_stays_deleted(struct actor *a)
{
	struct draft *draft = cqrs__draft_new(a);

	need(a, CQRS_STORE_DURABLE, "the store forgets everything when it is closed");
	cqrs__suite_given_events(a, account, 3);
	CHECK_STATUS(a, cqrs_store_delete_stream(a->store, &account, 3, NULL), CQRS_OK);
	cqrs__suite_reopen(a);
	CHECK_UINT(a, cqrs__suite_check_feeds(a), 3);
	cqrs__draft_append(a, draft, account, CQRS_EXPECT_ANY, 1);
	CHECK_REFUSED(a, cqrs__draft_commit(a, draft), CQRS_ERR_NOT_FOUND);
	CHECK_STATUS(a, cqrs_store_delete_stream(a->store, &account, 3, NULL), CQRS_ERR_NOT_FOUND);
}

static void handles_see_and_check_each_other(struct actor *a)
{
	struct cqrs_store *handles[2] = { a->store, NULL };

	need(a, CQRS_STORE_SHARED, "one handle at a time on this storage");
	handles[1] = cqrs__suite_open(a);
	cqrs__suite_given_mixed(a);
	a->store = handles[1];
	CHECK_STORED(a, cqrs__draft_commit(a, cqrs__draft_mixed(a)));
	for (uint64_t i = 0; i < 20; i++) {
		struct draft *stale = cqrs__draft_new(a);
		struct draft *draft = cqrs__draft_new(a);
		const char *seen;

		cqrs__draft_append(a, draft, account, i, 1);
		cqrs__draft_append(a, stale, account, i, 1);
		a->store = handles[i % 2];
		CHECK_STORED(a, cqrs__draft_commit(a, draft));
		seen = cqrs__suite_dump(a);
		a->store = handles[(i + 1) % 2];
		CHECK_STRING(a, cqrs__suite_dump(a), seen);
		CHECK_MOVED(a, cqrs__draft_commit(a, stale), CQRS_MOVED_STREAM, 0, i + 1);
	}
}

enum { RIVALS = 6, ROUNDS = 15 };

struct contest {
	atomic_uint winners[ROUNDS];
};

static void want_every_round(struct actor *a)
{
	struct contest *contest = a->with;

	for (uint64_t round = 0; round < ROUNDS; round++) {
		struct draft *draft = cqrs__draft_new(a);

		cqrs__draft_append(a, draft, account, round, 1);
		if (cqrs__draft_commit(a, draft)->commit.status == CQRS_OK)
			atomic_fetch_add(&contest->winners[round], 1);
		else
			CHECK_REFUSED(a, draft, CQRS_ERR_CONFLICT);
	}
}

static void one_of_many_on_all_handles_is_stored(struct actor *a)
{
	struct contest *contest = cqrs__suite_allocate(a, sizeof(*contest));
	struct cqrs_store *other;

	need(a, CQRS_STORE_SHARED, "one handle at a time on this storage");
	other = cqrs__suite_open(a);
	for (size_t i = 0; i < ROUNDS; i++)
		atomic_init(&contest->winners[i], 0);
	for (size_t i = 0; i < RIVALS; i++)
		cqrs__suite_start(a, want_every_round, i % 2 ? a->store : other, contest);
	cqrs__suite_join(a);
	for (size_t i = 0; i < ROUNDS; i++)
		CHECK_UINT(a, atomic_load(&contest->winners[i]), 1);
	CHECK_UINT(a, cqrs__suite_check_feeds(a), ROUNDS);
}

static const struct store_test tests[] = {
	{ "everything is there after closing and opening", "14.1 4.1",
	  everything_is_there_after_reopening },
	{ "writing goes on after closing and opening", "14.1", writing_goes_on_after_reopening },
	{ "a deleted stream stays deleted after opening again", "14.1 10.3",
	  a_deleted_stream_stays_deleted },
	{ "handles see and check each other", "14.2 2.4", handles_see_and_check_each_other },
	{ "of many commits on one head through several handles one is stored", "14.2 2.12",
	  one_of_many_on_all_handles_is_stored },
};
const struct store_tests cqrs__suite_handle_tests = STORE_TESTS(tests);
