/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_batch_tests.c - several commits in one call: each for itself, in order, but for
 * those that were decided upon another (section 3 of the contract).
 */
#include "store_suite.h"

static const struct cqrs_stream account = { "account", "ACCT-1" };
static const struct cqrs_stream other = { "account", "ACCT-2" };

static struct draft *append_draft(struct actor *a, struct cqrs_stream stream, uint64_t expected)
{
	struct draft *draft = cqrs__draft_new(a);

	cqrs__draft_append(a, draft, stream, expected, 1);
	return draft;
}

static void neighbours_do_not_matter(struct actor *a)
{
	struct draft *drafts[5];

	cqrs__suite_given_events(a, account, 1);
	drafts[0] = append_draft(a, account, 7);
	drafts[1] = append_draft(a, account, 1);
	drafts[2] = append_draft(a, other, 3);
	drafts[3] = append_draft(a, other, 0);
	drafts[4] = append_draft(a, STREAM("account", ""), 0);
	CHECK_STATUS(a, cqrs__draft_commit_batch(a, drafts, 5), CQRS_ERR_CONFLICT);
	CHECK_MOVED(a, drafts[0], CQRS_MOVED_STREAM, 0, 1);
	CHECK_STORED(a, drafts[1]);
	CHECK_MOVED(a, drafts[2], CQRS_MOVED_STREAM, 0, 0);
	CHECK_STORED(a, drafts[3]);
	CHECK_REFUSED(a, drafts[4], CQRS_ERR_INVALID);
	CHECK_UINT(a, cqrs__suite_head(a, account), 2);
	CHECK_UINT(a, cqrs__suite_head(a, other), 1);
	CHECK_UINT(a, cqrs__suite_check_feeds(a), 3);
}

static void the_first_refusal_is_returned(struct actor *a)
{
	struct draft *good[2] = { append_draft(a, account, 0), append_draft(a, other, 0) };
	struct draft *bad[3];

	CHECK_STATUS(a, cqrs__draft_commit_batch(a, good, 2), CQRS_OK);
	bad[0] = append_draft(a, account, 1);
	bad[1] = append_draft(a, STREAM("", "x"), 0);
	bad[2] = append_draft(a, other, 0);
	CHECK_STATUS(a, cqrs__draft_commit_batch(a, bad, 3), CQRS_ERR_INVALID);
	CHECK_STORED(a, bad[0]);
	CHECK_REFUSED(a, bad[1], CQRS_ERR_INVALID);
	CHECK_REFUSED(a, bad[2], CQRS_ERR_CONFLICT);
}

/* Each is right only on what the one before it left; of two equal ones the first wins. */
static void commits_are_decided_in_order(struct actor *a)
{
	struct draft *drafts[6];

	for (uint64_t i = 0; i < 6; i++) {
		uint64_t stored = i < 4 ? i : i - 1;

		drafts[i] = append_draft(a, account, i == 4 ? 3 : stored);
		cqrs__draft_view(drafts[i], "v", "1", i == 4 ? 3 : stored, 1 + stored, "{}");
		cqrs__draft_entry(drafts[i], 1 + stored, 0, "{}");
		cqrs__draft_checkpoint(drafts[i], "p", 0, i == 4 ? 3 : stored, 1 + stored);
		cqrs__draft_key(drafts[i], account,
		                cqrs__suite_print(a, "key-%d", i == 4 ? 3 : (int)stored));
	}
	CHECK_STATUS(a, cqrs__draft_commit_batch(a, drafts, 6), CQRS_ERR_CONFLICT);
	for (uint64_t i = 0; i < 6; i++) {
		if (i == 4) {
			CHECK_REFUSED(a, drafts[i], CQRS_ERR_CONFLICT);
			continue;
		}
		CHECK_STORED(a, drafts[i]);
		CHECK_UINT(a, drafts[i]->appends[0].first_sequence, i < 4 ? i + 1 : i);
	}
	CHECK_UINT(a, cqrs__suite_head(a, account), 5);
	CHECK_UINT(a, cqrs__suite_checkpoint(a, "p", 0), 5);
	CHECK_UINT(a, cqrs__suite_list_entries(a, "v", "1", NULL, 0).count, 5);
}

static void an_expect_sees_the_winners_before_it(struct actor *a)
{
	struct draft *drafts[3];

	drafts[0] = append_draft(a, account, 0);
	drafts[1] = cqrs__draft_new(a);
	cqrs__draft_expect(drafts[1], account, CQRS_EXPECT_NONE);
	drafts[2] = cqrs__draft_new(a);
	cqrs__draft_expect(drafts[2], account, 1);
	cqrs__draft_commit_batch(a, drafts, 3);
	CHECK_STORED(a, drafts[0]);
	CHECK_MOVED(a, drafts[1], CQRS_MOVED_EXPECT, 0, 1);
	CHECK_STORED(a, drafts[2]);
}

static void each_kind_of_winner_is_seen(struct actor *a)
{
	struct draft *drafts[8];

	for (size_t i = 0; i < 8; i++)
		drafts[i] = cqrs__draft_new(a);
	cqrs__draft_view(drafts[0], "v", "1", 0, 4, "{}");
	cqrs__draft_view(drafts[1], "v", "1", 0, 1, "{}");
	cqrs__draft_view(drafts[2], "v", "1", 4, 5, NULL);
	cqrs__draft_view(drafts[3], "v", "1", 0, 1, "{}");
	cqrs__draft_view(drafts[4], "v", "1", 5, 0, NULL);
	cqrs__draft_view(drafts[5], "v", "1", 0, 2, "{\"last\":true}");
	cqrs__draft_key(drafts[6], account, "key");
	cqrs__draft_key(drafts[7], account, "key");
	cqrs__draft_commit_batch(a, drafts, 8);
	CHECK_STORED(a, drafts[0]);
	CHECK_MOVED(a, drafts[1], CQRS_MOVED_VIEW, 0, 4);
	CHECK_STORED(a, drafts[2]);
	CHECK_MOVED(a, drafts[3], CQRS_MOVED_VIEW, 0, 5);
	CHECK_STORED(a, drafts[4]);
	CHECK_STORED(a, drafts[5]);
	CHECK_STORED(a, drafts[6]);
	CHECK_MOVED(a, drafts[7], CQRS_MOVED_KEY, 0, 0);
	CHECK_TEXT(a, cqrs__suite_view_payload(a, "v", "1"), TEXT("{\"last\":true}"));
}

static void entries_in_a_batch_see_each_other(struct actor *a)
{
	struct draft *drafts[4];

	for (uint64_t i = 0; i < 4; i++) {
		drafts[i] = cqrs__draft_new(a);
		cqrs__draft_view(drafts[i], "v", "1", i < 2 ? i : i - 1, i < 2 ? i + 1 : i, "{}");
	}
	cqrs__draft_entry(drafts[0], 1, 0, "{\"n\":0}");
	cqrs__draft_entry(drafts[1], 1, 0, "{\"n\":1}"); /* there already: refused */
	cqrs__draft_entry(drafts[2], 1, 0, "{\"n\":2}");
	drafts[2]->views[0].clear_entries = true;
	drafts[2]->views[0].expected_version = 1;
	cqrs__draft_entry(drafts[3], 2, 0, "{\"n\":3}");
	drafts[3]->views[0].expected_version = 2;
	drafts[3]->views[0].version = 3;
	cqrs__draft_commit_batch(a, drafts, 4);
	CHECK_STORED(a, drafts[0]);
	CHECK_REFUSED(a, drafts[1], CQRS_ERR_INVALID);
	CHECK_STORED(a, drafts[2]);
	CHECK_STORED(a, drafts[3]);
	CHECK_UINT(a, cqrs__suite_list_entries(a, "v", "1", NULL, 0).count, 2);
	CHECK_TEXT(a, cqrs__suite_list_entries(a, "v", "1", NULL, 0).items[0].payload,
	           TEXT("{\"n\":2}"));
}

/* ---- after ---- */

static void what_was_built_on_a_refusal_is_refused(struct actor *a)
{
	struct draft *drafts[4];

	drafts[0] = append_draft(a, account, 9);
	drafts[1] = append_draft(a, other, 0); /* would be stored but for its after */
	drafts[1]->commit.after = &drafts[0]->commit;
	drafts[2] = append_draft(a, STREAM("account", "ACCT-3"), CQRS_EXPECT_ANY);
	drafts[2]->commit.after = &drafts[1]->commit;
	drafts[3] = append_draft(a, STREAM("account", "ACCT-4"), 0);
	cqrs__draft_commit_batch(a, drafts, 4);
	CHECK_MOVED(a, drafts[0], CQRS_MOVED_STREAM, 0, 0);
	CHECK_MOVED(a, drafts[1], CQRS_MOVED_AFTER, 0, 0);
	CHECK_MOVED(a, drafts[2], CQRS_MOVED_AFTER, 0, 0);
	CHECK_STORED(a, drafts[3]);
	CHECK_UINT(a, cqrs__suite_check_feeds(a), 1);
}

/*
 * The trap: the first was decided on head 1 and refused, since another had committed two
 * events. The second was decided on the state that the first would have left, head 3, and
 * finds head 3: of quite other events.
 */
static void an_expectation_that_holds_by_accident_does_not_help(struct actor *a)
{
	const struct cqrs_event_data *mine = cqrs__suite_given_events(a, account, 1);
	const struct cqrs_event_data *theirs = cqrs__suite_given_events(a, account, 2);
	struct draft *drafts[2];
	struct cqrs_event_page page;

	drafts[0] = cqrs__draft_new(a);
	cqrs__draft_append(a, drafts[0], account, 1, 2);
	drafts[1] = append_draft(a, account, 3);
	drafts[1]->commit.after = &drafts[0]->commit;
	CHECK_STATUS(a, cqrs__draft_commit_batch(a, drafts, 2), CQRS_ERR_CONFLICT);
	CHECK_MOVED(a, drafts[0], CQRS_MOVED_STREAM, 0, 3);
	CHECK_MOVED(a, drafts[1], CQRS_MOVED_AFTER, 0, 0);
	page = cqrs__suite_read_stream(a, account, 0, 0);
	CHECK_UINT(a, page.count, 3);
	CHECK_EVENT(a, &page.items[0], account, 1, &mine[0]);
	CHECK_EVENT(a, &page.items[2], account, 3, &theirs[1]);
}

static void any_reason_of_the_first_refuses_the_second(struct actor *a)
{
	struct draft *drafts[6];
	struct cqrs_error err = CQRS_ERROR_INIT;

	cqrs__suite_given_events(a, other, 1);
	CHECK_STATUS_ERR(a, cqrs_store_delete_stream(a->store, &other, 1, &err), CQRS_OK, &err);
	drafts[0] = append_draft(a, other, CQRS_EXPECT_ANY);   /* deleted */
	drafts[2] = append_draft(a, STREAM("account", ""), 0); /* invalid */
	drafts[4] = append_draft(a, account, 0);
	drafts[4]->appends[0].stream.type =
		cqrs__suite_json(a, CQRS_MAX_TYPE_LEN + 1).data; /* beyond its limit */
	for (size_t i = 1; i < 6; i += 2) {
		drafts[i] = append_draft(a, account, CQRS_EXPECT_ANY);
		drafts[i]->commit.after = &drafts[i - 1]->commit;
	}
	cqrs__draft_commit_batch(a, drafts, 6);
	CHECK_REFUSED(a, drafts[0], CQRS_ERR_NOT_FOUND);
	CHECK_REFUSED(a, drafts[2], CQRS_ERR_INVALID);
	CHECK_REFUSED(a, drafts[4], CQRS_ERR_LIMIT);
	for (size_t i = 1; i < 6; i += 2)
		CHECK_MOVED(a, drafts[i], CQRS_MOVED_AFTER, 0, 0);
	CHECK_UINT(a, cqrs__suite_head(a, account), 0);
}

static void what_was_built_on_a_stored_commit_is_decided_as_usual(struct actor *a)
{
	struct draft *drafts[4];

	for (uint64_t i = 0; i < 3; i++) {
		drafts[i] = append_draft(a, account, i);
		drafts[i]->commit.after = i > 0 ? &drafts[i - 1]->commit : NULL;
	}
	/* Its after is stored, but its own expectation is wrong. */
	drafts[3] = append_draft(a, account, 2);
	drafts[3]->commit.after = &drafts[0]->commit;
	cqrs__draft_commit_batch(a, drafts, 4);
	for (size_t i = 0; i < 3; i++)
		CHECK_STORED(a, drafts[i]);
	CHECK_MOVED(a, drafts[3], CQRS_MOVED_STREAM, 0, 3);
	CHECK_UINT(a, cqrs__suite_head(a, account), 3);
}

static void a_chain_breaks_where_it_is_refused(struct actor *a)
{
	enum { LINKS = 20, BREAK = 8 };
	struct draft *drafts[LINKS];

	for (uint64_t i = 0; i < LINKS; i++) {
		drafts[i] = append_draft(a, account, i);
		drafts[i]->commit.after = i > 0 ? &drafts[i - 1]->commit : NULL;
	}
	drafts[BREAK]->appends[0].expected_sequence = 99;
	cqrs__draft_commit_batch(a, drafts, LINKS);
	for (size_t i = 0; i < LINKS; i++) {
		if (i < BREAK)
			CHECK_STORED(a, drafts[i]);
		else if (i == BREAK)
			CHECK_MOVED(a, drafts[i], CQRS_MOVED_STREAM, 0, BREAK);
		else
			CHECK_MOVED(a, drafts[i], CQRS_MOVED_AFTER, 0, 0);
	}
	CHECK_UINT(a, cqrs__suite_head(a, account), BREAK);
}

static void after_names_an_earlier_commit_of_the_call(struct actor *a)
{
	struct draft *stranger = append_draft(a, other, 0);
	struct draft *drafts[4];
	struct draft *alone = append_draft(a, account, 0);

	CHECK_STORED(a, cqrs__draft_commit(a, stranger));
	for (size_t i = 0; i < 4; i++)
		drafts[i] = append_draft(a, STREAM("account", cqrs__suite_print(a, "n%zu", i)), 0);
	drafts[0]->commit.after = &drafts[2]->commit; /* a later one */
	drafts[1]->commit.after = &drafts[1]->commit; /* itself */
	drafts[3]->commit.after = &stranger->commit;  /* of another call */
	cqrs__draft_commit_batch(a, drafts, 4);
	CHECK_REFUSED(a, drafts[0], CQRS_ERR_INVALID);
	CHECK_REFUSED(a, drafts[1], CQRS_ERR_INVALID);
	CHECK_STORED(a, drafts[2]);
	CHECK_REFUSED(a, drafts[3], CQRS_ERR_INVALID);
	alone->commit.after = &stranger->commit;
	CHECK_REFUSED(a, cqrs__draft_commit(a, alone), CQRS_ERR_INVALID);
	CHECK_UINT(a, cqrs__suite_check_feeds(a), 2);
}

static void a_batch_stands_in_the_feed_in_order(struct actor *a)
{
	enum { COUNT = 40 };
	struct draft *drafts[COUNT];
	uint64_t last[CQRS_MAX_FEEDS] = { 0 };

	for (size_t i = 0; i < COUNT; i++)
		drafts[i] = append_draft(a, STREAM("account", cqrs__suite_print(a, "%zu", i % 7)),
		                         i % 5 == 4 ? 77 : CQRS_EXPECT_ANY);
	cqrs__draft_commit_batch(a, drafts, COUNT);
	for (size_t i = 0; i < COUNT; i++) {
		const struct cqrs_append *append = &drafts[i]->appends[0];

		if (i % 5 == 4) {
			CHECK_REFUSED(a, drafts[i], CQRS_ERR_CONFLICT);
			continue;
		}
		CHECK_STORED(a, drafts[i]);
		CHECK_UINT(a, append->first_offset, ++last[append->feed]);
	}
	CHECK_UINT(a, cqrs__suite_check_feeds(a), COUNT - COUNT / 5);
}

static const struct store_test tests[] = {
	{ "a commit of a batch is stored or refused whatever its neighbours are", "3.1",
	  neighbours_do_not_matter },
	{ "a batch returns its first refusal", "3.3", the_first_refusal_is_returned },
	{ "the commits of a batch are decided in order", "3.2", commits_are_decided_in_order },
	{ "an expect in a batch sees the winners before it", "3.2",
	  an_expect_sees_the_winners_before_it },
	{ "views and keys in a batch see the winners before them", "3.2 7.5 7.6",
	  each_kind_of_winner_is_seen },
	{ "entries in a batch see the winners before them", "3.2 7.11 7.13",
	  entries_in_a_batch_see_each_other },
	{ "what was built on a refused commit is refused", "3.4",
	  what_was_built_on_a_refusal_is_refused },
	{ "an expectation that holds by accident does not help", "3.4",
	  an_expectation_that_holds_by_accident_does_not_help },
	{ "any reason of the first refuses the second", "3.4",
	  any_reason_of_the_first_refuses_the_second },
	{ "what was built on a stored commit is decided as usual", "3.5",
	  what_was_built_on_a_stored_commit_is_decided_as_usual },
	{ "a chain of commits breaks where one is refused", "3.4 3.5",
	  a_chain_breaks_where_it_is_refused },
	{ "after names an earlier commit of the same call", "3.6",
	  after_names_an_earlier_commit_of_the_call },
	{ "a batch stands in the feed in its order", "3.7 4.6",
	  a_batch_stands_in_the_feed_in_order },
};
const struct store_tests cqrs__suite_batch_tests = STORE_TESTS(tests);
