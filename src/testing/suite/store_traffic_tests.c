/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_traffic_tests.c - feeds under traffic: writers with random delays and aborts, and
 * beside them readers that must see every event once and in order (section 4 of the
 * contract). A store that gives offsets before the commit fails here.
 */
#include "store_suite.h"

#include <stdatomic.h>
#include <string.h>

enum {
	WRITERS = 4,
	ROUNDS = 70,
	STREAMS = 7,
	MAX_EVENTS = 3,  /* of one append */
	MAX_APPENDS = 4, /* of one round: two commits are meant to succeed, of two streams each */
	MOST_EVENTS = WRITERS * ROUNDS * MAX_APPENDS * MAX_EVENTS,
	PATIENCE_US = 30000000,
};

/* A stored append, as its writer was told. */
struct receipt {
	uint64_t feed;
	uint64_t first_offset;
	size_t count;
	struct cqrs_id ids[MAX_EVENTS];
};

struct writer {
	struct traffic *traffic;
	struct receipt receipts[ROUNDS * MAX_APPENDS];
	size_t receipt_count;
};

/* What a reader saw of its feed, by offset - 1. */
struct reader {
	struct traffic *traffic;
	uint64_t feed;
	struct cqrs_id *seen;
	uint64_t seen_count;
	uint64_t heads[STREAMS];
};

struct traffic {
	atomic_uint writing; /* writers at work */
	struct writer writers[WRITERS];
	struct reader readers[CQRS_MAX_FEEDS];
	uint64_t feed_count;
};

static const char *const ids[STREAMS] = { "0", "1", "2", "3", "4", "5", "6" };

static uint64_t some_expectation(struct actor *a, struct cqrs_stream stream)
{
	switch (cqrs__suite_random(a, 6)) {
	case 0: /* will be refused */
		return cqrs__suite_head(a, stream) + 1;
	case 1:
		return CQRS_EXPECT_EXISTS;
	case 2:
	case 3: /* refused where another is faster */
		return cqrs__suite_head(a, stream);
	default:
		return CQRS_EXPECT_ANY;
	}
}

/* A commit on one stream or two; somewhere between looking and committing time passes. */
static struct draft *some_commit(struct actor *a)
{
	struct draft *draft = cqrs__draft_new(a);
	size_t first = cqrs__suite_random(a, STREAMS);
	size_t count = 1 + cqrs__suite_random(a, 2);

	for (size_t i = 0; i < count; i++) {
		struct cqrs_stream stream = STREAM("traffic", ids[(first + i * 3) % STREAMS]);

		cqrs__draft_append(a, draft, stream, some_expectation(a, stream),
		                   1 + cqrs__suite_random(a, MAX_EVENTS));
	}
	cqrs__suite_sleep_us(cqrs__suite_random(a, 400));
	return draft;
}

static void keep_receipts(struct actor *a, struct writer *writer, const struct draft *draft)
{
	if (draft->commit.status == CQRS_ERR_CONFLICT)
		return;
	CHECK_STORED(a, draft);
	for (size_t i = 0; i < draft->commit.append_count; i++) {
		const struct cqrs_append *append = &draft->appends[i];
		struct receipt *receipt = &writer->receipts[writer->receipt_count++];

		receipt->feed = append->feed;
		receipt->first_offset = append->first_offset;
		receipt->count = append->event_count;
		for (size_t n = 0; n < append->event_count; n++)
			receipt->ids[n] = append->events[n].event_id;
	}
}

static void write_round(struct actor *a, struct writer *writer)
{
	struct draft *drafts[3] = { some_commit(a) };

	if (cqrs__suite_random(a, 3) > 0) {
		keep_receipts(a, writer, cqrs__draft_commit(a, drafts[0]));
		return;
	}
	drafts[1] = cqrs__draft_new(a); /* always refused, between two that may be stored */
	cqrs__draft_append(a, drafts[1], STREAM("traffic", "never"), 1, MAX_EVENTS);
	drafts[2] = some_commit(a);
	cqrs__draft_commit_batch(a, drafts, 3);
	for (size_t i = 0; i < 3; i++)
		keep_receipts(a, writer, drafts[i]);
}

static void write_traffic(struct actor *a)
{
	struct writer *writer = a->with;

	for (size_t round = 0; round < ROUNDS && !cqrs__suite_failed(a->suite); round++) {
		write_round(a, writer);
		cqrs_arena_reset(a->arena);
	}
	atomic_fetch_sub(&writer->traffic->writing, 1);
}

static void see_event(struct actor *a, struct reader *reader, const struct cqrs_stored_event *event)
{
	size_t stream = (size_t)(event->stream.id[0] - '0');

	CHECK_UINT(a, event->offset, reader->seen_count + 1);
	CHECK_UINT(a, event->feed, reader->feed);
	CHECK_STRING(a, event->stream.type, "traffic");
	CHECK_TRUE(a, stream < STREAMS);
	CHECK_UINT(a, event->sequence, reader->heads[stream] + 1);
	CHECK_TRUE(a, reader->seen_count < MOST_EVENTS);
	reader->heads[stream] = event->sequence;
	reader->seen[reader->seen_count++] = event->data.event_id;
}

static void read_traffic(struct actor *a)
{
	struct reader *reader = a->with;
	uint64_t until_us = cqrs__suite_now_us() + PATIENCE_US;
	bool writing = true;

	while (!cqrs__suite_failed(a->suite)) {
		struct cqrs_event_page page = cqrs__suite_read_feed(
			a, reader->feed, reader->seen_count, cqrs__suite_random(a, 8));

		for (size_t i = 0; i < page.count; i++)
			see_event(a, reader, &page.items[i]);
		CHECK_TRUE(a, cqrs__suite_now_us() < until_us);
		if (page.count == 0 && !writing)
			return; /* the end, looked at after the last writer had gone */
		writing = atomic_load(&reader->traffic->writing) > 0;
		if (page.count == 0 && writing &&
		    cqrs_store_wait(a->store, reader->feed, reader->seen_count, 2, NULL) !=
		            CQRS_ERR_TIMEOUT)
			CHECK_TRUE(a, cqrs__suite_feed_head(a, reader->feed) > reader->seen_count);
		cqrs_arena_reset(a->arena);
	}
}

static struct traffic *make_traffic(struct actor *a)
{
	struct traffic *traffic = cqrs__suite_allocate(a, sizeof(*traffic));

	memset(traffic, 0, sizeof(*traffic));
	atomic_init(&traffic->writing, WRITERS);
	traffic->feed_count = cqrs_store_feed_count(a->store);
	for (size_t i = 0; i < WRITERS; i++)
		traffic->writers[i].traffic = traffic;
	for (uint64_t feed = 0; feed < traffic->feed_count; feed++) {
		traffic->readers[feed].traffic = traffic;
		traffic->readers[feed].feed = feed;
		traffic->readers[feed].seen =
			cqrs__suite_allocate(a, MOST_EVENTS * sizeof(*traffic->readers[feed].seen));
	}
	return traffic;
}

static void check_receipts(struct actor *a, const struct traffic *traffic)
{
	uint64_t stored = 0;
	uint64_t seen = 0;

	for (size_t w = 0; w < WRITERS; w++) {
		for (size_t i = 0; i < traffic->writers[w].receipt_count; i++) {
			const struct receipt *receipt = &traffic->writers[w].receipts[i];
			const struct reader *reader = &traffic->readers[receipt->feed];

			for (size_t n = 0; n < receipt->count; n++) {
				uint64_t place = receipt->first_offset - 1 + n;

				CHECK_TRUE(a, place < reader->seen_count);
				CHECK_BYTES(a, &reader->seen[place], &receipt->ids[n]);
			}
			stored += receipt->count;
		}
	}
	for (uint64_t feed = 0; feed < traffic->feed_count; feed++)
		seen += traffic->readers[feed].seen_count;
	CHECK_UINT(a, seen, stored);
	CHECK_UINT(a, cqrs__suite_check_feeds(a), stored);
}

static void check_second_reading(struct actor *a, const struct traffic *traffic)
{
	for (uint64_t feed = 0; feed < traffic->feed_count; feed++) {
		const struct reader *reader = &traffic->readers[feed];
		struct cqrs_event_page page = cqrs__suite_read_whole_feed(a, feed, 0);

		CHECK_UINT(a, page.count, reader->seen_count);
		for (size_t i = 0; i < page.count; i++)
			CHECK_BYTES(a, &page.items[i].data.event_id, &reader->seen[i]);
		for (size_t i = 0; i < STREAMS; i++) {
			if (reader->heads[i] > 0)
				CHECK_UINT(a, cqrs__suite_head(a, STREAM("traffic", ids[i])),
				           reader->heads[i]);
		}
	}
}

/* Writers take turns in using the two handles; the readers use the second. */
static void run_traffic(struct actor *a, struct cqrs_store *first, struct cqrs_store *second)
{
	struct traffic *traffic = make_traffic(a);

	CHECK_TRUE(a, WRITERS + traffic->feed_count < SUITE_MAX_ACTORS);
	for (uint64_t feed = 0; feed < traffic->feed_count; feed++)
		cqrs__suite_start(a, read_traffic, second, &traffic->readers[feed]);
	for (size_t i = 0; i < WRITERS; i++)
		cqrs__suite_start(a, write_traffic, i % 2 ? first : second, &traffic->writers[i]);
	cqrs__suite_join(a);
	check_receipts(a, traffic);
	check_second_reading(a, traffic);
}

static void readers_see_every_event_once(struct actor *a)
{
	run_traffic(a, a->store, a->store);
}

static void readers_see_what_others_commit(struct actor *a)
{
	if (!(a->suite->fixture->traits & CQRS_STORE_SHARED))
		cqrs__suite_skip(a, "one handle at a time on this storage");
	run_traffic(a, a->store, cqrs__suite_open(a));
}

/* ---- rivals that keep one projection going ---- */

enum { RIVALS = 3, EVENTS = 60 };

/* The view's version is the checkpoint, and an entry is a handled event. */
static void handle_events(struct actor *a, uint64_t from, const struct cqrs_event_page *page)
{
	struct draft *draft = cqrs__draft_new(a);

	cqrs__draft_checkpoint(draft, "counter", 0, from, from + page->count);
	cqrs__draft_view(draft, "counter", "all", from, from + page->count, "{}");
	for (size_t i = 0; i < page->count; i++)
		cqrs__draft_entry(draft, page->items[i].offset, 0, "{}");
	cqrs__draft_commit(a, draft);
	if (draft->commit.status != CQRS_OK)
		CHECK_REFUSED(a, draft, CQRS_ERR_CONFLICT);
}

static void follow_events(struct actor *a)
{
	const atomic_uint *writing = a->with;
	uint64_t until_us = cqrs__suite_now_us() + PATIENCE_US;
	bool more = true;

	while (more && !cqrs__suite_failed(a->suite)) {
		bool done = atomic_load(writing) == 0;
		uint64_t from = cqrs__suite_checkpoint(a, "counter", 0);
		struct cqrs_event_page page =
			cqrs__suite_read_feed(a, 0, from, 1 + cqrs__suite_random(a, 4));

		CHECK_TRUE(a, cqrs__suite_now_us() < until_us);
		if (page.count > 0)
			handle_events(a, from, &page);
		else
			cqrs__suite_sleep_us(100);
		more = page.count > 0 || !done;
		cqrs_arena_reset(a->arena);
	}
}

static void write_events(struct actor *a)
{
	atomic_uint *writing = a->with;

	for (size_t i = 0; i < EVENTS; i++) {
		cqrs__suite_given_events(a, STREAM("traffic", ids[i % STREAMS]), 1);
		cqrs__suite_sleep_us(cqrs__suite_random(a, 200));
	}
	atomic_store(writing, 0);
}

static void rivals_project_every_event_once(struct actor *a)
{
	atomic_uint *writing = cqrs__suite_allocate(a, sizeof(*writing));
	struct cqrs_entry_page page;
	uint64_t head;

	atomic_init(writing, 1);
	cqrs__suite_start(a, write_events, a->store, writing);
	for (size_t i = 0; i < RIVALS; i++)
		cqrs__suite_start(a, follow_events, a->store, writing);
	cqrs__suite_join(a);
	head = cqrs__suite_feed_head(a, 0);
	CHECK_UINT(a, cqrs__suite_checkpoint(a, "counter", 0), head);
	page = cqrs__suite_list_entries(a, "counter", "all", NULL, 0);
	CHECK_UINT(a, page.count, head);
	for (size_t i = 0; i < page.count; i++)
		CHECK_UINT(a, page.items[i].position.sequence, i + 1);
}

static const struct store_test tests[] = {
	{ "readers beside writers see every event once and in order", "4.3 4.4 4.5 4.6 3.1",
	  readers_see_every_event_once },
	{ "readers of one handle see in order what is committed through others", "4.3 4.4 14.2",
	  readers_see_what_others_commit },
	{ "rivals at one projection handle every event once", "2.1 8.2 7.2",
	  rivals_project_every_event_once },
};
const struct store_tests cqrs__suite_traffic_tests = STORE_TESTS(tests);
