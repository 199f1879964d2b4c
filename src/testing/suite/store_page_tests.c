/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_page_tests.c - reading in pages (section 13 of the contract).
 */
#include "store_suite.h"

static const struct cqrs_stream account = { "account", "ACCT-1" };
enum { ITEMS = 9, PAGE_BYTES = 1 << 20 };

/* ---- pages of every size ---- */

static void streams_and_feeds_by_every_page_size(struct actor *a)
{
	const struct cqrs_event_data *events = cqrs__suite_given_events(a, account, ITEMS);
	uint64_t feed = cqrs__suite_feed_of(a, account);

	for (size_t size = 1; size <= ITEMS + 1; size++) {
		struct cqrs_event_page stream_page =
			cqrs__suite_read_whole_stream(a, account, size);
		struct cqrs_event_page feed_page = cqrs__suite_read_whole_feed(a, feed, size);

		CHECK_UINT(a, stream_page.count, ITEMS);
		CHECK_UINT(a, feed_page.count, ITEMS);
		for (size_t i = 0; i < ITEMS; i++) {
			CHECK_EVENT(a, &stream_page.items[i], account, i + 1, &events[i]);
			CHECK_EVENT(a, &feed_page.items[i], account, i + 1, &events[i]);
			CHECK_UINT(a, feed_page.items[i].offset, i + 1);
		}
	}
}

static void a_complete_page_is_the_last(struct actor *a)
{
	uint64_t feed = cqrs__suite_feed_of(a, account);

	cqrs__suite_given_events(a, account, ITEMS);
	for (size_t size = 1; size <= ITEMS + 1; size++) {
		for (uint64_t after = 0; after <= ITEMS; after++) {
			if (cqrs__suite_read_stream(a, account, after, size).complete)
				CHECK_TRUE(a, after + size >= ITEMS);
			if (cqrs__suite_read_feed(a, feed, after, size).complete)
				CHECK_TRUE(a, after + size >= ITEMS);
		}
	}
}

static void check_lists_by_pages(struct actor *a, size_t size)
{
	const char *after = NULL;
	char expected[2] = "a";
	size_t seen;

	for (seen = 0; seen < ITEMS;) {
		struct cqrs_stream_page streams =
			cqrs__suite_list_streams(a, "account", after, size);
		struct cqrs_view_page views = cqrs__suite_list_views(a, "v", after, size);

		CHECK_UINT(a, streams.count, size < ITEMS - seen ? size : ITEMS - seen);
		CHECK_UINT(a, views.count, streams.count);
		for (size_t i = 0; i < streams.count; i++, seen++) {
			expected[0] = (char)('a' + seen);
			CHECK_STRING(a, streams.items[i].id, expected);
			CHECK_STRING(a, views.items[i].id, expected);
		}
		after = streams.items[streams.count - 1].id;
	}
	CHECK_UINT(a, seen, ITEMS);
	CHECK_UINT(a, cqrs__suite_list_streams(a, "account", after, size).count, 0);
	CHECK_UINT(a, cqrs__suite_list_views(a, "v", after, size).count, 0);
}

static void lists_by_every_page_size(struct actor *a)
{
	for (int i = ITEMS - 1; i >= 0; i--) {
		char *id = cqrs__suite_print(a, "%c", 'a' + i);

		cqrs__suite_given_events(a, STREAM("account", id), 1);
		cqrs__suite_given_events(a, STREAM("order", id), 1); /* of another type, between */
		cqrs__suite_given_view(a, "v", id, 0, 1, "{}");
		cqrs__suite_given_view(a, "w", id, 0, 1, "{}");
	}
	/* A tombstone and a deleted stream within a page are passed over. */
	cqrs__suite_given_view(a, "v", "c0", 0, 1, NULL);
	cqrs__suite_given_events(a, STREAM("account", "c0"), 1);
	CHECK_STATUS(a, cqrs_store_delete_stream(a->store, &STREAM("account", "c0"), 1, NULL),
	             CQRS_OK);
	for (size_t size = 1; size <= ITEMS + 1; size++)
		check_lists_by_pages(a, size);
}

static void check_entries_by_pages(struct actor *a, size_t size)
{
	struct cqrs_entry_position after = { 0, 0 };
	size_t seen = 0;

	while (seen < ITEMS) {
		struct cqrs_entry_page page =
			cqrs__suite_list_entries(a, "v", "1", seen > 0 ? &after : NULL, size);

		CHECK_UINT(a, page.count, size < ITEMS - seen ? size : ITEMS - seen);
		for (size_t i = 0; i < page.count; i++, seen++) {
			CHECK_UINT(a, page.items[i].position.sequence, seen / 4 + 1);
			CHECK_UINT(a, page.items[i].position.index, seen % 4);
		}
		after = page.items[page.count - 1].position;
	}
	CHECK_UINT(a, cqrs__suite_list_entries(a, "v", "1", &after, size).count, 0);
}

static void entries_by_every_page_size(struct actor *a)
{
	struct cqrs_entry_write entries[ITEMS];
	struct draft *draft = cqrs__draft_new(a);
	struct cqrs_view_write *view = cqrs__draft_view(draft, "v", "1", 0, 1, "{}");

	for (size_t i = 0; i < ITEMS; i++)
		entries[i] = (struct cqrs_entry_write){ { i / 4 + 1, i % 4 }, TEXT("{}") };
	view->entries = entries;
	view->entry_count = ITEMS;
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	for (size_t size = 1; size <= ITEMS + 1; size++)
		check_entries_by_pages(a, size);
}

/* ---- pages of many items ---- */

static void a_page_has_a_greatest_count(struct actor *a)
{
	static const size_t asked[] = { 0, CQRS_MAX_PAGE_ITEMS, CQRS_MAX_PAGE_ITEMS + 1, SIZE_MAX };
	size_t most = cqrs_store_get_limits(a->store)->commit_events;
	size_t count = most < CQRS_MAX_PAGE_ITEMS + 10 ? most : CQRS_MAX_PAGE_ITEMS + 10;
	size_t most_on_page = count < CQRS_MAX_PAGE_ITEMS ? count : CQRS_MAX_PAGE_ITEMS;
	uint64_t feed = cqrs__suite_feed_of(a, account);
	struct cqrs_entry_write *entries = cqrs__suite_allocate(a, count * sizeof(*entries));
	struct draft *draft = cqrs__draft_new(a);
	struct cqrs_view_write *view = cqrs__draft_view(draft, "v", "1", 0, 1, "{}");

	for (size_t i = 0; i < count; i++)
		entries[i] = (struct cqrs_entry_write){ { i + 1, 0 }, TEXT("{}") };
	view->entries = entries;
	view->entry_count = count;
	cqrs__draft_append(a, draft, account, 0, count);
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	for (size_t i = 0; i < 4; i++) {
		size_t in_stream = cqrs__suite_read_stream(a, account, 0, asked[i]).count;
		size_t in_feed = cqrs__suite_read_feed(a, feed, 0, asked[i]).count;
		size_t in_view = cqrs__suite_list_entries(a, "v", "1", NULL, asked[i]).count;

		CHECK_UINT(a, in_stream, most_on_page);
		CHECK_UINT(a, in_feed, most_on_page);
		CHECK_UINT(a, in_view, most_on_page);
	}
	CHECK_UINT(a, cqrs__suite_read_whole_stream(a, account, 0).count, count);
	CHECK_UINT(a, cqrs__suite_read_whole_feed(a, feed, 0).count, count);
}

/* ---- pages of many bytes ---- */

enum { LARGE_ITEMS = 10 };

/* A fourth of a page, so that the fourth item makes it reach its size exactly. */
static size_t large_size(struct actor *a)
{
	const struct cqrs_store_limits *limits = cqrs_store_get_limits(a->store);
	size_t most =
		limits->view_size < limits->event_size ? limits->view_size : limits->event_size;

	return most < PAGE_BYTES / 4 ? most : PAGE_BYTES / 4;
}

/* All but the last item of a page of events are below the limit. */
static void check_page_bytes(struct actor *a, const struct cqrs_event_page *page)
{
	size_t bytes = 0;

	for (size_t i = 0; i + 1 < page->count; i++)
		bytes += page->items[i].data.payload.len + page->items[i].data.metadata.len;
	CHECK_TRUE(a, page->count >= 1);
	CHECK_TRUE(a, bytes < PAGE_BYTES);
}

static void large_events_make_short_pages(struct actor *a)
{
	struct cqrs_event_data *events = cqrs__suite_events(a, LARGE_ITEMS);
	uint64_t feed = cqrs__suite_feed_of(a, account);
	struct cqrs_text payload = cqrs__suite_json(a, large_size(a) - events[0].metadata.len);

	for (size_t i = 0; i < LARGE_ITEMS; i++) {
		struct draft *draft = cqrs__draft_new(a);

		events[i].payload = payload;
		cqrs__draft_append(a, draft, account, i, 1)->events = &events[i];
		CHECK_STORED(a, cqrs__draft_commit(a, draft));
	}
	for (uint64_t after = 0; after < LARGE_ITEMS; after++) {
		struct cqrs_event_page stream_page = cqrs__suite_read_stream(a, account, after, 0);
		struct cqrs_event_page feed_page = cqrs__suite_read_feed(a, feed, after, 0);

		check_page_bytes(a, &stream_page);
		check_page_bytes(a, &feed_page);
	}
	cqrs__suite_check_stream(a, account, events, LARGE_ITEMS);
	CHECK_UINT(a, cqrs__suite_check_feeds(a), LARGE_ITEMS);
}

static void large_views_make_short_pages(struct actor *a)
{
	struct cqrs_text payload = cqrs__suite_json(a, large_size(a));
	const char *after = NULL;

	for (size_t i = 0; i < LARGE_ITEMS; i++) {
		struct draft *draft = cqrs__draft_new(a);
		const char *id = cqrs__suite_print(a, "%zu", i);

		cqrs__draft_view(draft, "v", id, 0, 1, "{}")->payload = payload;
		CHECK_STORED(a, cqrs__draft_commit(a, draft));
	}
	for (size_t seen = 0; seen < LARGE_ITEMS;) {
		struct cqrs_view_page page = cqrs__suite_list_views(a, "v", after, 0);

		CHECK_TRUE(a, page.count >= 1);
		CHECK_TRUE(a, (page.count - 1) * payload.len < PAGE_BYTES);
		for (size_t i = 0; i < page.count; i++, seen++)
			CHECK_TEXT(a, page.items[i].payload, payload);
		after = page.items[page.count - 1].id;
	}
	CHECK_UINT(a, cqrs__suite_list_views(a, "v", after, 0).count, 0);
}

static void large_entries_make_short_pages(struct actor *a)
{
	struct cqrs_text payload = cqrs__suite_json(a, large_size(a));
	struct cqrs_entry_position after = { 0, 0 };

	for (uint64_t i = 0; i < LARGE_ITEMS; i++) {
		struct draft *draft = cqrs__draft_new(a);

		cqrs__draft_view(draft, "v", "1", i, i + 1, "{}");
		cqrs__draft_entry(draft, i + 1, 0, "{}");
		draft->entries[0][0].payload = payload;
		CHECK_STORED(a, cqrs__draft_commit(a, draft));
	}
	for (uint64_t seen = 0; seen < LARGE_ITEMS;) {
		struct cqrs_entry_page page = cqrs__suite_list_entries(a, "v", "1", &after, 0);

		CHECK_TRUE(a, page.count >= 1);
		CHECK_TRUE(a, (page.count - 1) * payload.len < PAGE_BYTES);
		for (size_t i = 0; i < page.count; i++, seen++) {
			CHECK_UINT(a, page.items[i].position.sequence, seen + 1);
			CHECK_TEXT(a, page.items[i].payload, payload);
		}
		after = page.items[page.count - 1].position;
	}
	CHECK_UINT(a, cqrs__suite_list_entries(a, "v", "1", &after, 0).count, 0);
}

/* ---- what a page holds stays ---- */

static void a_page_stays_as_it_is(struct actor *a)
{
	const struct cqrs_event_data *events = cqrs__suite_given_events(a, account, 3);
	struct cqrs_event_page stream_page;
	struct cqrs_event_page feed_page;
	struct cqrs_view_page view_page;
	struct cqrs_stored_view view = { 0 };
	uint64_t feed = cqrs__suite_feed_of(a, account);

	cqrs__suite_given_view(a, "v", "1", 0, 1, "{\"v\":1}");
	stream_page = cqrs__suite_read_stream(a, account, 0, 0);
	feed_page = cqrs__suite_read_feed(a, feed, 0, 0);
	view_page = cqrs__suite_list_views(a, "v", NULL, 0);
	CHECK_STATUS(a, cqrs__suite_load_view(a, "v", "1", &view), CQRS_OK);
	cqrs__suite_given_view(a, "v", "1", 1, 2, "{\"v\":\"something longer than it was\"}");
	cqrs__suite_given_view(a, "v", "1", 2, 0, NULL);
	for (size_t i = 0; i < 50; i++)
		cqrs__suite_given_events(a, account, 20);
	CHECK_STATUS(a, cqrs_store_delete_stream(a->store, &account, CQRS_EXPECT_EXISTS, NULL),
	             CQRS_OK);
	for (size_t i = 0; i < 3; i++) {
		CHECK_EVENT(a, &stream_page.items[i], account, i + 1, &events[i]);
		CHECK_EVENT(a, &feed_page.items[i], account, i + 1, &events[i]);
	}
	CHECK_STRING(a, view_page.items[0].id, "1");
	CHECK_TEXT(a, view_page.items[0].payload, TEXT("{\"v\":1}"));
	CHECK_TEXT(a, view.payload, TEXT("{\"v\":1}"));
}

static const struct store_test tests[] = {
	{ "streams and feeds are read by pages of every size", "13.1 13.2",
	  streams_and_feeds_by_every_page_size },
	{ "a page of events that says it is complete is the last", "13.5",
	  a_complete_page_is_the_last },
	{ "streams and views are listed by pages of every size", "13.1 13.2 7.4 10.1",
	  lists_by_every_page_size },
	{ "entries are listed by pages of every size", "13.1 13.2 7.9",
	  entries_by_every_page_size },
	{ "a page has a greatest count", "13.1 13.2", a_page_has_a_greatest_count },
	{ "large events make short pages", "13.3 13.2", large_events_make_short_pages },
	{ "large views make short pages", "13.3 13.2", large_views_make_short_pages },
	{ "large entries make short pages", "13.3 13.2", large_entries_make_short_pages },
	{ "a page stays as it is", "13.4", a_page_stays_as_it_is },
};
const struct store_tests cqrs__suite_page_tests = STORE_TESTS(tests);
