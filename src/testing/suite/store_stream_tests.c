/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_stream_tests.c - one stream: appending with each expected sequence, and reading
 * back exactly what was stored (section 1 of the contract).
 */
#include "store_suite.h"

static const struct cqrs_stream account = { "account", "ACCT-1" };
static const struct cqrs_stream order = { "order", "ACCT-1" }; /* another type, the same id */

static void events_follow_each_other(struct actor *a)
{
	const struct cqrs_event_data *first = cqrs__suite_given_events(a, account, 3);
	const struct cqrs_event_data *second = cqrs__suite_given_events(a, account, 2);
	struct cqrs_event_page page = cqrs__suite_read_stream(a, account, 0, 0);

	CHECK_UINT(a, page.count, 5);
	for (size_t i = 0; i < 5; i++)
		CHECK_EVENT(a, &page.items[i], account, i + 1, i < 3 ? &first[i] : &second[i - 3]);
	CHECK_UINT(a, cqrs__suite_head(a, account), 5);
}

static void a_number_must_be_the_head(struct actor *a)
{
	static const uint64_t wrong[] = { 0, 1, 3, CQRS_MAX_SEQUENCE };
	const struct cqrs_event_data *events = cqrs__suite_given_events(a, account, 2);
	struct draft *right = cqrs__draft_new(a);

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct draft *draft = cqrs__draft_new(a);

		cqrs__draft_append(a, draft, account, wrong[i], 1);
		CHECK_MOVED(a, cqrs__draft_commit(a, draft), CQRS_MOVED_STREAM, 0, 2);
		cqrs__suite_check_stream(a, account, events, 2);
	}
	cqrs__draft_append(a, right, account, 2, 1);
	CHECK_STORED(a, cqrs__draft_commit(a, right));
	CHECK_UINT(a, cqrs__suite_head(a, account), 3);
}

static void none_wants_a_stream_without_events(struct actor *a)
{
	struct draft *first = cqrs__draft_new(a);
	struct draft *second = cqrs__draft_new(a);

	cqrs__draft_append(a, first, account, CQRS_EXPECT_NONE, 2);
	cqrs__draft_append(a, second, account, CQRS_EXPECT_NONE, 1);
	CHECK_STORED(a, cqrs__draft_commit(a, first));
	CHECK_MOVED(a, cqrs__draft_commit(a, second), CQRS_MOVED_STREAM, 0, 2);
	cqrs__suite_check_stream(a, account, first->appends[0].events, 2);
}

static void any_takes_every_head(struct actor *a)
{
	for (uint64_t round = 1; round <= 3; round++) {
		struct draft *draft = cqrs__draft_new(a);

		cqrs__draft_append(a, draft, account, CQRS_EXPECT_ANY, 1);
		CHECK_STORED(a, cqrs__draft_commit(a, draft));
		CHECK_UINT(a, draft->appends[0].first_sequence, round);
	}
}

static void exists_wants_one_event(struct actor *a)
{
	struct draft *early = cqrs__draft_new(a);
	struct draft *late = cqrs__draft_new(a);

	cqrs__draft_append(a, early, account, CQRS_EXPECT_EXISTS, 1);
	CHECK_MOVED(a, cqrs__draft_commit(a, early), CQRS_MOVED_STREAM, 0, 0);
	CHECK_UINT(a, cqrs__suite_head(a, account), 0);
	cqrs__suite_given_events(a, account, 1);
	cqrs__draft_append(a, late, account, CQRS_EXPECT_EXISTS, 1);
	CHECK_STORED(a, cqrs__draft_commit(a, late));
	CHECK_UINT(a, late->appends[0].first_sequence, 2);
}

static void an_append_tells_where_its_events_are(struct actor *a)
{
	struct draft *draft = cqrs__draft_new(a);
	const struct cqrs_append *append;
	struct cqrs_event_page page;

	cqrs__suite_given_events(a, order, 2);
	cqrs__suite_given_events(a, account, 3);
	append = cqrs__draft_append(a, draft, account, 3, 4);
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	CHECK_UINT(a, append->first_sequence, 4);
	page = cqrs__suite_read_feed(a, append->feed, append->first_offset - 1, 0);
	CHECK_UINT(a, page.count, 4);
	for (size_t i = 0; i < 4; i++) {
		CHECK_EVENT(a, &page.items[i], account, 4 + i, &append->events[i]);
		CHECK_UINT(a, page.items[i].offset, append->first_offset + i);
		CHECK_UINT(a, page.items[i].feed, append->feed);
	}
}

static void append_at(struct actor *a, struct cqrs_stream stream, uint64_t head, uint64_t place)
{
	struct draft *draft = cqrs__draft_new(a);
	struct cqrs_append *append = cqrs__draft_append(a, draft, stream, head, 1);

	append->place = place;
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	CHECK_UINT(a, append->first_sequence, head + 1);
	CHECK_UINT(a, cqrs__suite_head(a, stream), head + 1);
}

/* The place of one stream is told for another of the same type, of the same id, and a new one. */
static void a_place_is_only_a_hint(struct actor *a)
{
	static const uint64_t places[] = {
		0, 1, 63, 64, 1 << 12, 1 << 13, UINT64_MAX / 2 + 1, UINT64_MAX
	};
	const struct cqrs_stream near = STREAM("account", "ACCT-2");
	struct draft *draft = cqrs__draft_new(a);
	uint64_t place;

	cqrs__draft_append(a, draft, account, CQRS_EXPECT_NONE, 1);
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	place = draft->appends[0].place;
	append_at(a, account, 1, place);
	append_at(a, near, 0, place);
	append_at(a, order, 0, place);
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		append_at(a, account, 2 + 2 * i, places[i]);
		append_at(a, account, 3 + 2 * i, place + places[i]);
		append_at(a, near, 1 + i, place ^ places[i]);
	}
	CHECK_UINT(a, cqrs__suite_head(a, order), 1);
}

static void a_stream_is_read_from_any_place(struct actor *a)
{
	const struct cqrs_event_data *events = cqrs__suite_given_events(a, account, 5);

	for (uint64_t after = 0; after <= 6; after++) {
		struct cqrs_event_page page = cqrs__suite_read_stream(a, account, after, 0);

		CHECK_UINT(a, page.count, after < 5 ? 5 - after : 0);
		for (size_t i = 0; i < page.count; i++)
			CHECK_EVENT(a, &page.items[i], account, after + i + 1, &events[after + i]);
	}
}

static void a_stream_tells_the_feed_places_of_its_events(struct actor *a)
{
	struct draft *draft = cqrs__draft_new(a);
	const struct cqrs_append *append = cqrs__draft_append(a, draft, account, 0, 3);
	struct cqrs_event_page page;

	cqrs__suite_given_events(a, order, 2);
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	page = cqrs__suite_read_stream(a, account, 0, 0);
	CHECK_UINT(a, page.count, 3);
	for (size_t i = 0; i < 3; i++) {
		CHECK_UINT(a, page.items[i].feed, append->feed);
		CHECK_UINT(a, page.items[i].offset, append->first_offset + i);
	}
}

static void what_is_not_there_is_empty(struct actor *a)
{
	struct cqrs_stream unknown = STREAM("account", "ACCT-2");

	cqrs__suite_given_events(a, account, 1);
	CHECK_UINT(a, cqrs__suite_head(a, unknown), 0);
	CHECK_UINT(a, cqrs__suite_read_stream(a, unknown, 0, 0).count, 0);
	CHECK_UINT(a, cqrs__suite_read_stream(a, account, 1, 0).count, 0);
	CHECK_UINT(a, cqrs__suite_list_streams(a, "customer", NULL, 0).count, 0);
}

static void two_types_share_an_id(struct actor *a)
{
	const struct cqrs_event_data *accounts = cqrs__suite_given_events(a, account, 2);
	const struct cqrs_event_data *orders = cqrs__suite_given_events(a, order, 3);

	cqrs__suite_check_stream(a, account, accounts, 2);
	cqrs__suite_check_stream(a, order, orders, 3);
}

static void the_parts_of_a_name_do_not_run_together(struct actor *a)
{
	static const struct cqrs_stream alike[] = {
		{ "a", "bc" },  { "ab", "c" },  { "a-b", "c" }, { "a", "b-c" },
		{ "a:b", "c" }, { "a", "b:c" }, { "a/b", "c" }, { "a", "b/c" },
		{ "a;b", "c" }, { "a", "b;c" }, { "a#b", "c" }, { "a", "b#c" },
	};
	const size_t count = sizeof(alike) / sizeof(*alike);

	for (size_t i = 0; i < count; i++)
		cqrs__suite_given_events(a, alike[i], i + 1);
	for (size_t i = 0; i < count; i++)
		CHECK_UINT(a, cqrs__suite_head(a, alike[i]), i + 1);
}

static void an_event_comes_back_byte_by_byte(struct actor *a)
{
	static const char *const payloads[] = {
		"{}",
		"{\"b\":1,\"a\":2}",
		"{ \"a\" :  1 ,\n\t\"b\":[ ]  }",
		"{\"a\":1.0,\"b\":1e2,\"c\":100,\"d\":-0.0,\"e\":18446744073709551615}",
		"{\"t\":\"\\u00e9 \xc3\xa9 e\xcc\x81 \xf0\x9f\x92\xb0 \\ud83d\\udcb0\"}",
		"{\"t\":\"a\\u0000b\",\"q\":\"'\\\"\\\\\\/%_$1?;--\"}",
		"{\"t\":\"\xef\xbb\xbf\xe2\x80\xa8\xef\xbf\xbe\xf4\x8f\xbf\xbf\"}",
	};
	enum { COUNT = sizeof(payloads) / sizeof(*payloads) };
	struct draft *draft = cqrs__draft_new(a);
	struct cqrs_event_data *events = cqrs__suite_events(a, COUNT);

	for (size_t i = 0; i < COUNT; i++) {
		events[i].payload = cqrs__suite_text(payloads[i]);
		events[i].metadata = TEXT("{ \"u\":\"a\\u0000\xc3\xa9\",  \"a\" : \"\"}");
		events[i].type = i % 2 ? "Happened" : "G\xc3\xa9schehen Sie";
		events[i].version = i % 2 ? "1.0" : "2.10.3-b\xc3\xaata";
	}
	cqrs__draft_append(a, draft, account, 0, 1);
	draft->appends[0].events = events;
	draft->appends[0].event_count = COUNT;
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	cqrs__suite_check_stream(a, account, events, COUNT);
}

static void a_large_event_comes_back_byte_by_byte(struct actor *a)
{
	struct draft *draft = cqrs__draft_new(a);
	struct cqrs_event_data *events = cqrs__suite_events(a, 3);
	size_t size = cqrs_store_get_limits(a->store)->event_size / 4;

	events[1].payload = cqrs__suite_json(a, size < 300000 ? size : 300000);
	cqrs__draft_append(a, draft, account, 0, 1);
	draft->appends[0].events = events;
	draft->appends[0].event_count = 3;
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	cqrs__suite_check_stream(a, account, events, 3);
}

static void streams_are_listed_with_their_heads(struct actor *a)
{
	struct cqrs_stream_page page;

	cqrs__suite_given_events(a, STREAM("account", "b"), 2);
	cqrs__suite_given_events(a, STREAM("account", "a"), 1);
	cqrs__suite_given_events(a, STREAM("order", "c"), 1);
	cqrs__suite_given_events(a, STREAM("account", "b"), 2);
	page = cqrs__suite_list_streams(a, "account", NULL, 0);
	CHECK_UINT(a, page.count, 2);
	CHECK_STRING(a, page.items[0].id, "a");
	CHECK_UINT(a, page.items[0].sequence, 1);
	CHECK_STRING(a, page.items[1].id, "b");
	CHECK_UINT(a, page.items[1].sequence, 4);
}

static void only_streams_with_events_are_listed(struct actor *a)
{
	struct draft *draft = cqrs__draft_new(a);

	cqrs__draft_expect(draft, STREAM("account", "a"), CQRS_EXPECT_NONE);
	cqrs__draft_snapshot(draft, STREAM("account", "b"), 1, "{}");
	cqrs__draft_key(draft, STREAM("account", "c"), "key");
	cqrs__draft_view(draft, "account", "d", 0, 1, "{}");
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	CHECK_UINT(a, cqrs__suite_list_streams(a, "account", NULL, 0).count, 0);
}

static const struct store_test tests[] = {
	{ "appended events follow each other without a gap", "1.1 1.8", events_follow_each_other },
	{ "an expected number must be the head", "1.2 2.6 2.7 2.8", a_number_must_be_the_head },
	{ "expecting none wants a stream without events", "1.2",
	  none_wants_a_stream_without_events },
	{ "expecting any takes every head", "1.3", any_takes_every_head },
	{ "expecting existence wants one event at least", "1.4", exists_wants_one_event },
	{ "an append tells where its events are", "1.5", an_append_tells_where_its_events_are },
	{ "a place is only a hint", "1.11", a_place_is_only_a_hint },
	{ "a stream is read from any place", "1.7", a_stream_is_read_from_any_place },
	{ "a stream tells the feed places of its events", "1.5 4.2",
	  a_stream_tells_the_feed_places_of_its_events },
	{ "what is not there is empty", "1.7 1.8", what_is_not_there_is_empty },
	{ "two types share an id and never meet", "1.9", two_types_share_an_id },
	{ "type and id do not run together", "1.9 11.1", the_parts_of_a_name_do_not_run_together },
	{ "an event comes back byte by byte", "1.6", an_event_comes_back_byte_by_byte },
	{ "a large event comes back byte by byte", "1.6", a_large_event_comes_back_byte_by_byte },
	{ "streams are listed with their heads", "1.10 11.3", streams_are_listed_with_their_heads },
	{ "only streams with events are listed", "1.10", only_streams_with_events_are_listed },
};
const struct store_tests cqrs__suite_stream_tests = STORE_TESTS(tests);
