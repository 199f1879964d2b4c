/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_feed_tests.c - feeds at rest (section 4 of the contract); under traffic they are
 * in store_traffic_tests.c.
 */
#include "store_suite.h"

static struct cqrs_stream numbered(struct actor *a, size_t number)
{
	return STREAM("account", cqrs__suite_print(a, "ACCT-%zu", number));
}

static void a_store_has_feeds(struct actor *a)
{
	uint64_t count = cqrs_store_feed_count(a->store);

	CHECK_TRUE(a, count >= 1);
	CHECK_TRUE(a, count <= CQRS_MAX_FEEDS);
	for (uint64_t feed = 0; feed < count; feed++) {
		CHECK_UINT(a, cqrs__suite_feed_head(a, feed), 0);
		CHECK_UINT(a, cqrs__suite_read_feed(a, feed, 0, 0).count, 0);
	}
}

static void a_stream_stays_in_its_feed(struct actor *a)
{
	uint64_t feeds = cqrs_store_feed_count(a->store);

	for (size_t i = 0; i < 60; i++) {
		struct cqrs_stream stream = numbered(a, i % 20);
		struct draft *draft = cqrs__draft_new(a);

		cqrs__draft_append(a, draft, stream, CQRS_EXPECT_ANY, 1 + i % 3);
		CHECK_STORED(a, cqrs__draft_commit(a, draft));
		CHECK_UINT(a, draft->appends[0].feed, cqrs__suite_feed_of(a, stream));
	}
	for (uint64_t feed = 0; feed < feeds; feed++) {
		struct cqrs_event_page page = cqrs__suite_read_whole_feed(a, feed, 0);

		for (size_t i = 0; i < page.count; i++)
			CHECK_UINT(a, cqrs__suite_feed_of(a, page.items[i].stream), feed);
	}
	CHECK_UINT(a, cqrs__suite_check_feeds(a), 120);
}

static void a_feed_holds_the_events_of_its_streams(struct actor *a)
{
	enum { STREAMS = 12, COMMITS = 60 };
	struct draft *drafts[COMMITS];
	uint64_t feeds = cqrs_store_feed_count(a->store);

	for (size_t i = 0; i < COMMITS; i++) {
		drafts[i] = cqrs__draft_new(a);
		cqrs__draft_append(a, drafts[i], numbered(a, (i * 5) % STREAMS), CQRS_EXPECT_ANY,
		                   1 + i % 2);
		CHECK_STORED(a, cqrs__draft_commit(a, drafts[i]));
	}
	CHECK_UINT(a, cqrs__suite_check_feeds(a), COMMITS + COMMITS / 2);
	for (size_t i = 0; i < COMMITS; i++) {
		const struct cqrs_append *append = &drafts[i]->appends[0];
		struct cqrs_event_page page = cqrs__suite_read_feed(
			a, append->feed, append->first_offset - 1, append->event_count);

		CHECK_TRUE(a, append->feed < feeds);
		CHECK_UINT(a, page.count, append->event_count);
		for (size_t n = 0; n < page.count; n++)
			CHECK_EVENT(a, &page.items[n], append->stream, append->first_sequence + n,
			            &append->events[n]);
	}
}

static void a_stream_is_in_order_in_its_feed(struct actor *a)
{
	enum { STREAMS = 5 };
	uint64_t heads[STREAMS] = { 0 };

	for (size_t i = 0; i < 50; i++)
		cqrs__suite_given_events(a, numbered(a, (i * 3) % STREAMS), 1 + i % 3);
	for (uint64_t feed = 0; feed < cqrs_store_feed_count(a->store); feed++) {
		struct cqrs_event_page page = cqrs__suite_read_whole_feed(a, feed, 7);

		for (size_t i = 0; i < page.count; i++) {
			size_t stream = (size_t)(page.items[i].stream.id[5] - '0');

			CHECK_UINT(a, page.items[i].sequence, ++heads[stream]);
		}
	}
	for (size_t i = 0; i < STREAMS; i++)
		CHECK_UINT(a, heads[i], cqrs__suite_head(a, numbered(a, i)));
}

static void reading_again_gives_the_same(struct actor *a)
{
	for (size_t i = 0; i < 30; i++)
		cqrs__suite_given_events(a, numbered(a, i % 7), 1);
	for (uint64_t feed = 0; feed < cqrs_store_feed_count(a->store); feed++) {
		struct cqrs_event_page first = cqrs__suite_read_whole_feed(a, feed, 0);
		struct cqrs_event_page second = cqrs__suite_read_whole_feed(a, feed, 3);

		CHECK_UINT(a, second.count, first.count);
		for (size_t i = 0; i < first.count; i++)
			CHECK_EVENT(a, &second.items[i], first.items[i].stream,
			            first.items[i].sequence, &first.items[i].data);
	}
}

static void a_feed_is_read_from_any_place(struct actor *a)
{
	struct cqrs_stream stream = numbered(a, 1);
	uint64_t feed = cqrs__suite_feed_of(a, stream);
	const struct cqrs_event_data *events = cqrs__suite_given_events(a, stream, 6);

	for (uint64_t after = 0; after <= 7; after++) {
		struct cqrs_event_page page = cqrs__suite_read_feed(a, feed, after, 0);

		CHECK_UINT(a, page.count, after < 6 ? 6 - after : 0);
		for (size_t i = 0; i < page.count; i++)
			CHECK_EVENT(a, &page.items[i], stream, after + i + 1, &events[after + i]);
	}
}

static void refusals_leave_no_gap(struct actor *a)
{
	struct cqrs_stream stream = numbered(a, 1);

	for (uint64_t i = 0; i < 20; i++) {
		struct draft *refused = cqrs__draft_new(a);
		struct draft *stored = cqrs__draft_new(a);

		cqrs__draft_append(a, refused, numbered(a, 2), CQRS_EXPECT_ANY, 3);
		cqrs__draft_append(a, refused, stream, i + 1, 3);
		cqrs__draft_append(a, stored, stream, i, 1);
		CHECK_MOVED(a, cqrs__draft_commit(a, refused), CQRS_MOVED_STREAM, 1, i);
		CHECK_STORED(a, cqrs__draft_commit(a, stored));
		CHECK_UINT(a, stored->appends[0].first_offset, i + 1);
	}
	CHECK_UINT(a, cqrs__suite_check_feeds(a), 20);
}

static void a_feed_that_is_not_there_is_refused(struct actor *a)
{
	uint64_t missing[] = { cqrs_store_feed_count(a->store), CQRS_MAX_FEEDS, UINT64_MAX };

	for (size_t i = 0; i < sizeof(missing) / sizeof(*missing); i++) {
		struct cqrs_event_page page;
		struct draft *draft = cqrs__draft_new(a);
		uint64_t offset;

		CHECK_STATUS(
			a, cqrs_store_read_feed(a->store, missing[i], 0, 1, a->arena, &page, NULL),
			CQRS_ERR_INVALID);
		CHECK_STATUS(a, cqrs_store_read_feed_head(a->store, missing[i], &offset, NULL),
		             CQRS_ERR_INVALID);
		CHECK_STATUS(a, cqrs_store_wait(a->store, missing[i], 0, 0, NULL),
		             CQRS_ERR_INVALID);
		CHECK_STATUS(a,
		             cqrs_store_load_checkpoint(a->store, "p", missing[i], &offset, NULL),
		             CQRS_ERR_INVALID);
		cqrs__draft_checkpoint(draft, "p", missing[i], 0, 1);
		CHECK_REFUSED(a, cqrs__draft_commit(a, draft), CQRS_ERR_INVALID);
	}
}

static const struct store_test tests[] = {
	{ "a new store has feeds without events", "4.1 4.8", a_store_has_feeds },
	{ "a stream stays in its feed", "4.2", a_stream_stays_in_its_feed },
	{ "a feed holds the events of its streams", "4.3 4.6 1.5",
	  a_feed_holds_the_events_of_its_streams },
	{ "a stream is in order in its feed", "4.5", a_stream_is_in_order_in_its_feed },
	{ "reading a feed again gives the same", "4.6", reading_again_gives_the_same },
	{ "a feed is read from any place", "4.7", a_feed_is_read_from_any_place },
	{ "refused commits leave no gap in a feed", "4.3 4.6", refusals_leave_no_gap },
	{ "a feed that is not there is refused", "4.9", a_feed_that_is_not_there_is_refused },
};
const struct store_tests cqrs__suite_feed_tests = STORE_TESTS(tests);
