/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * memory_store_test.c - what is the memory store's own: its URL, its structures, and its
 * threads. What it shares with every store is tested by the suite of store_testing.h.
 */
#include "check.h"
#include "memory_fixture.h"

#include <pthread.h>
#include <time.h>

/* ---- opening ---- */

static void url_says_how_many_feeds(void **state)
{
	struct cqrs_store *store = open_memory("memory:");

	(void)state;
	CHECK_UINT(cqrs_store_feed_count(store), 1);
	cqrs_store_close(store);
	store = open_memory("memory:?feeds=64");
	CHECK_UINT(cqrs_store_feed_count(store), 64);
	cqrs_store_close(store);
}

static void url_with_anything_else_is_refused(void **state)
{
	static const struct {
		const char *url;
		const char *message;
	} cases[] = {
		{ "memory:?feeds=0", "option 'feeds' is not a number from 1 to 64" },
		{ "memory:?feeds=65", "option 'feeds' is not a number from 1 to 64" },
		{ "memory:?color=red", "no option 'color'" },
		{ "memory:bank", "nothing stands behind 'memory:' but options" },
		{ "memory:?feeds=1&feeds=1", "'feeds' twice" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct cqrs_error err = CQRS_ERROR_INIT;
		struct cqrs_store *store = NULL;

		CHECK_STATUS(
			cqrs_store_open(cases[i].url, CQRS_BACKENDS(cqrs_memory()), &store, &err),
			CQRS_ERR_INVALID);
		CHECK_CONTAINS(err.message, cases[i].message);
		CHECK_TRUE(store == NULL);
	}
}

/* ---- streams and feeds ---- */

static void appended_events_are_read_back(void **state)
{
	struct fixture *f = *state;
	struct cqrs_stream stream = STREAM("account", "a-1");
	struct cqrs_event_page page;

	CHECK_OK(append_events(f->store, stream, CQRS_EXPECT_NONE, 3, &f->err), &f->err);
	CHECK_OK(append_events(f->store, stream, 3, 2, &f->err), &f->err);
	CHECK_OK(cqrs_store_read_stream(f->store, &stream, 1, 0, f->arena, &page, &f->err),
	         &f->err);
	CHECK_UINT(page.count, 4);
	for (size_t i = 0; i < page.count; i++) {
		CHECK_UINT(page.items[i].sequence, i + 2);
		CHECK_TEXT(page.items[i].stream.id, "a-1");
		CHECK_TEXT(page.items[i].data.type, "Happened");
		CHECK_TEXT(page.items[i].data.version, "1.0");
		CHECK_UINT(page.items[i].data.payload.len, 7);
		CHECK_UINT(page.items[i].data.metadata.len, 2);
		CHECK_TRUE(memcmp(page.items[i].data.metadata.data, "{}", 2) == 0);
	}
	CHECK_UINT(page.items[2].data.recorded_at_us, 1);
	CHECK_TRUE(memcmp(page.items[2].data.payload.data, "{\"n\":1}", 7) == 0);
}

static void a_stale_append_is_refused(void **state)
{
	struct fixture *f = *state;
	struct cqrs_stream stream = STREAM("account", "a-1");

	CHECK_OK(append_events(f->store, stream, CQRS_EXPECT_NONE, 2, &f->err), &f->err);
	CHECK_STATUS(append_events(f->store, stream, 1, 1, &f->err), CQRS_ERR_CONFLICT);
	CHECK_TEXT(f->err.message, "stream 'account/a-1' is at 2, not 1");
	CHECK_TEXT(f->err.path, "a-1");
	CHECK_UINT(head_of(f->store, stream), 2);
}

/* Events of every size up to one that needs a chunk of its own, over many chunks. */
static void a_feed_is_dense_over_chunks_of_any_size(void **state)
{
	struct fixture *f = *state;
	static char payload[3 << 20];
	uint64_t offset = 0;
	uint64_t seen = 0;

	memset(payload, 'x', sizeof(payload));
	payload[0] = '{';
	for (unsigned i = 0; i < 400; i++) {
		struct cqrs_event_data event = event_data(i);
		struct cqrs_append append = { .stream = STREAM("account", "a-1"),
			                      .expected_sequence = i,
			                      .events = &event,
			                      .event_count = 1 };
		struct cqrs_commit commit = { .appends = &append, .append_count = 1 };

		event.payload =
			(struct cqrs_text){ payload, i % 100 == 99 ? sizeof(payload)
			                                           : 2 + (size_t)i * i % 40000 };
		CHECK_OK(cqrs_store_commit(f->store, &commit, &f->err), &f->err);
		CHECK_UINT(append.first_offset, i + 1);
		CHECK_UINT(append.feed, cqrs_stream_feed(&append.stream, 3));
	}
	for (;;) {
		struct cqrs_event_page page;
		uint64_t feed = cqrs_stream_feed(&STREAM("account", "a-1"), 3);

		cqrs_arena_reset(f->arena);
		CHECK_OK(cqrs_store_read_feed(f->store, feed, offset, 7, f->arena, &page, &f->err),
		         &f->err);
		if (!page.count)
			break;
		for (size_t i = 0; i < page.count; i++) {
			CHECK_UINT(page.items[i].offset, ++seen);
			CHECK_UINT(page.items[i].sequence, seen);
			CHECK_UINT(page.items[i].data.recorded_at_us, seen - 1);
		}
		offset = page.items[page.count - 1].offset;
	}
	CHECK_UINT(seen, 400);
}

static void streams_are_listed_by_bytes_while_new_ones_come(void **state)
{
	struct fixture *f = *state;
	char after[16] = "";
	size_t seen = 0;

	for (unsigned i = 0; i < 500; i++) {
		char id[16];

		snprintf(id, sizeof(id), "id-%03u", i * 7 % 500);
		CHECK_OK(append_events(f->store, STREAM("account", id), 0, 1, &f->err), &f->err);
		CHECK_OK(append_events(f->store, STREAM("acc", id), 0, 1, &f->err), &f->err);
	}
	for (;;) {
		struct cqrs_stream_page page;
		char id[16];

		CHECK_OK(cqrs_store_list_streams(f->store, "account", *after ? after : NULL, 33,
		                                 f->arena, &page, &f->err),
		         &f->err);
		if (!page.count)
			break;
		for (size_t i = 0; i < page.count; i++, seen++) {
			snprintf(id, sizeof(id), "id-%03zu", seen);
			CHECK_TEXT(page.items[i].id, id);
		}
		snprintf(after, sizeof(after), "%s", page.items[page.count - 1].id);
		/* then one that stands before all that are still to come */
		snprintf(id, sizeof(id), "%s-x", "id-0");
		CHECK_OK(
			append_events(f->store, STREAM("account", id), CQRS_EXPECT_ANY, 1, &f->err),
			&f->err);
	}
	CHECK_UINT(seen, 500);
}

/* ---- beside the events ---- */

static void entries_in_any_order_are_listed_in_theirs(void **state)
{
	struct fixture *f = *state;
	struct cqrs_entry_page page;
	struct cqrs_entry_position after = { 0, 0 };
	uint64_t seen = 0;

	for (uint64_t i = 0; i < 1000; i++) {
		struct cqrs_entry_write entry = { { 1 + i * 333 % 1000, 3 }, TEXT("{}") };
		struct cqrs_view_write view = { .type = "view",
			                        .id = "a-1",
			                        .expected_version = i,
			                        .version = i + 1,
			                        .payload = TEXT("{}"),
			                        .entries = &entry,
			                        .entry_count = 1 };
		struct cqrs_commit commit = { .views = &view, .view_count = 1 };

		CHECK_OK(cqrs_store_commit(f->store, &commit, &f->err), &f->err);
	}
	for (;;) {
		CHECK_OK(cqrs_store_list_entries(f->store, "view", "a-1", seen ? &after : NULL, 77,
		                                 f->arena, &page, &f->err),
		         &f->err);
		if (!page.count)
			break;
		for (size_t i = 0; i < page.count; i++)
			CHECK_UINT(page.items[i].position.sequence, ++seen);
		after = page.items[page.count - 1].position;
	}
	CHECK_UINT(seen, 1000);
}

static void keys_are_purged_and_counted(void **state)
{
	struct fixture *f = *state;
	struct cqrs_stream stream = STREAM("account", "a-1");
	struct cqrs_key_record record;
	uint64_t count = 0;

	for (unsigned i = 0; i < 200; i++) {
		char key[16];
		struct cqrs_key_write write = { stream, key, { .recorded_at_us = i } };
		struct cqrs_commit commit = { .keys = &write, .key_count = 1 };

		snprintf(key, sizeof(key), "key-%u", i);
		CHECK_OK(cqrs_store_commit(f->store, &commit, &f->err), &f->err);
	}
	CHECK_OK(cqrs_store_purge_keys(f->store, 150, &count, &f->err), &f->err);
	CHECK_UINT(count, 150);
	CHECK_STATUS(cqrs_store_load_key(f->store, &stream, "key-149", &record, NULL),
	             CQRS_ERR_NOT_FOUND);
	CHECK_STATUS(cqrs_store_load_key(f->store, &stream, "key-150", &record, NULL), CQRS_OK);
	CHECK_OK(append_events(f->store, stream, 0, 1, &f->err), &f->err);
	CHECK_OK(cqrs_store_delete_stream(f->store, &stream, 1, &f->err), &f->err);
	CHECK_STATUS(cqrs_store_load_key(f->store, &stream, "key-150", &record, NULL),
	             CQRS_ERR_NOT_FOUND);
}

static void a_deleted_stream_leaves_tombstones(void **state)
{
	struct fixture *f = *state;
	struct cqrs_stream stream = STREAM("account", "a-1");
	struct cqrs_event_page page;
	uint64_t feed = cqrs_stream_feed(&stream, 3);
	uint64_t head;

	CHECK_OK(append_events(f->store, stream, 0, 3, &f->err), &f->err);
	CHECK_STATUS(cqrs_store_delete_stream(f->store, &stream, 2, &f->err), CQRS_ERR_CONFLICT);
	CHECK_TEXT(f->err.path, "a-1");
	CHECK_OK(cqrs_store_delete_stream(f->store, &stream, CQRS_EXPECT_EXISTS, &f->err), &f->err);
	CHECK_STATUS(cqrs_store_read_head(f->store, &stream, &head, &f->err), CQRS_ERR_NOT_FOUND);
	CHECK_STATUS(append_events(f->store, stream, CQRS_EXPECT_ANY, 1, &f->err),
	             CQRS_ERR_NOT_FOUND);
	CHECK_CONTAINS(f->err.message, "account/a-1");
	CHECK_OK(cqrs_store_read_feed(f->store, feed, 0, 0, f->arena, &page, &f->err), &f->err);
	CHECK_UINT(page.count, 3);
	for (size_t i = 0; i < 3; i++) {
		CHECK_TRUE(page.items[i].deleted);
		CHECK_UINT(page.items[i].sequence, i + 1);
		CHECK_TEXT(page.items[i].stream.type, "account");
		CHECK_TEXT(page.items[i].stream.id, "");
		CHECK_TRUE(page.items[i].data.type == NULL);
		CHECK_UINT(page.items[i].data.payload.len, 0);
		CHECK_TRUE(cqrs_id_is_none(&page.items[i].data.event_id));
	}
}

/* ---- threads ---- */

#define THREADS 4u
#define ROUNDS 300u

struct worker {
	struct cqrs_store *store;
	unsigned index;
	unsigned stored;
};

/* Adds to a shared stream and to its own in one commit, reading the head after a conflict. */
static void *append_to_two_streams(void *self)
{
	struct worker *worker = self;
	char own[16];

	snprintf(own, sizeof(own), "own-%u", worker->index);
	while (worker->stored < ROUNDS) {
		struct cqrs_event_data event = event_data(worker->stored);
		struct cqrs_append appends[2] = {
			{ .stream = STREAM("account", "shared"),
			  .events = &event,
			  .event_count = 1 },
			{ .stream = STREAM("account", own),
			  .events = &event,
			  .event_count = 1,
			  .expected_sequence = worker->stored },
		};
		struct cqrs_commit commit = { .appends = appends, .append_count = 2 };

		if (cqrs_store_read_head(worker->store, &appends[0].stream,
		                         &appends[0].expected_sequence, NULL) != CQRS_OK)
			return NULL;
		if (cqrs_store_commit(worker->store, &commit, NULL) == CQRS_OK)
			worker->stored++;
		else if (commit.status != CQRS_ERR_CONFLICT)
			return NULL;
	}
	return NULL;
}

struct follower {
	struct cqrs_store *store;
	uint64_t feed;
	uint64_t seen;
	uint64_t wanted;
	bool dense;
};

static void *follow_feed(void *self)
{
	struct follower *follower = self;
	struct cqrs_arena *arena = NULL;

	if (cqrs_arena_new(NULL, &arena, NULL) != CQRS_OK)
		return NULL;
	follower->dense = true;
	while (follower->seen < follower->wanted) {
		struct cqrs_event_page page;

		if (cqrs_store_wait(follower->store, follower->feed, follower->seen, 10000, NULL) !=
		            CQRS_OK ||
		    cqrs_store_read_feed(follower->store, follower->feed, follower->seen, 5, arena,
		                         &page, NULL) != CQRS_OK)
			break;
		for (size_t i = 0; i < page.count; i++)
			follower->dense =
				follower->dense && page.items[i].offset == ++follower->seen;
		cqrs_arena_reset(arena);
	}
	cqrs_arena_free(arena);
	return NULL;
}

static void threads_lose_nothing_and_followers_see_all(void **state)
{
	struct fixture *f = *state;
	struct worker workers[THREADS];
	struct follower followers[3];
	pthread_t threads[THREADS + 3];

	for (uint64_t i = 0; i < 3; i++)
		followers[i] = (struct follower){ f->store, i, 0, 0, false };
	for (unsigned i = 0; i < THREADS; i++) {
		char own[16];

		snprintf(own, sizeof(own), "own-%u", i);
		workers[i] = (struct worker){ f->store, i, 0 };
		followers[cqrs_stream_feed(&STREAM("account", own), 3)].wanted += ROUNDS;
		followers[cqrs_stream_feed(&STREAM("account", "shared"), 3)].wanted += ROUNDS;
	}
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(
			pthread_create(&threads[THREADS + i], NULL, follow_feed, &followers[i]), 0);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, append_to_two_streams, &workers[i]), 0);
	for (unsigned i = 0; i < THREADS + 3; i++)
		pthread_join(threads[i], NULL);
	CHECK_UINT(head_of(f->store, STREAM("account", "shared")), THREADS * ROUNDS);
	for (unsigned i = 0; i < THREADS; i++)
		CHECK_UINT(workers[i].stored, ROUNDS);
	for (unsigned i = 0; i < 3; i++) {
		CHECK_UINT(followers[i].seen, followers[i].wanted);
		CHECK_TRUE(followers[i].dense);
	}
}

/* Two views that every commit moves together, and a lister that must never see them differ. */
static void *move_two_views(void *self)
{
	struct worker *worker = self;

	for (; worker->stored < ROUNDS; worker->stored++) {
		uint64_t version = worker->stored;
		struct cqrs_view_write views[2] = {
			{ .type = "view",
			  .id = "one",
			  .expected_version = version,
			  .version = version + 1,
			  .payload = TEXT("{}") },
			{ .type = "view",
			  .id = "two",
			  .expected_version = version,
			  .version = version + 1,
			  .payload = TEXT("{}") },
		};
		struct cqrs_commit commit = { .views = views, .view_count = 2 };

		if (cqrs_store_commit(worker->store, &commit, NULL) != CQRS_OK)
			return NULL;
	}
	return NULL;
}

static void a_list_shows_no_part_of_a_commit(void **state)
{
	struct fixture *f = *state;
	struct worker worker = { f->store, 0, 0 };
	struct cqrs_view_page page = { NULL, 0 };
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, move_two_views, &worker), 0);
	do {
		cqrs_arena_reset(f->arena);
		CHECK_OK(cqrs_store_list_views(f->store, "view", NULL, 0, f->arena, &page, &f->err),
		         &f->err);
		CHECK_TRUE(page.count == 0 || page.count == 2);
		if (page.count == 2)
			CHECK_UINT(page.items[0].version, page.items[1].version);
	} while (!page.count || page.items[0].version < ROUNDS);
	pthread_join(thread, NULL);
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

struct waiter {
	struct cqrs_store *store;
	uint64_t feed;
	enum cqrs_status status;
};

static void *wait_for_first_event(void *self)
{
	struct waiter *waiter = self;

	waiter->status = cqrs_store_wait(waiter->store, waiter->feed, 0, 60000, NULL);
	return NULL;
}

static void waiting_ends_with_the_event_it_is_for(void **state)
{
	struct fixture *f = *state;
	struct cqrs_stream stream = STREAM("account", "a-1");
	struct waiter waiter = { f->store, cqrs_stream_feed(&stream, 3), CQRS_ERR_FAILED };
	const struct timespec pause = { 0, 50 * 1000000 };
	int64_t begin = now_us();
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, wait_for_first_event, &waiter), 0);
	nanosleep(&pause, NULL); /* so that it mostly waits already */
	CHECK_OK(append_events(f->store, stream, 0, 1, &f->err), &f->err);
	pthread_join(thread, NULL);
	CHECK_STATUS(waiter.status, CQRS_OK);
	CHECK_TRUE(now_us() - begin < 30 * 1000000);
}

static void waiting_ends_at_its_time_and_not_before(void **state)
{
	struct fixture *f = *state;
	int64_t begin = now_us();

	CHECK_STATUS(cqrs_store_wait(f->store, 0, 0, 50, &f->err), CQRS_ERR_TIMEOUT);
	CHECK_TRUE(now_us() - begin >= 50000);
	CHECK_STATUS(cqrs_store_wait(f->store, 0, 0, 0, &f->err), CQRS_ERR_TIMEOUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MEMORY_TEST(url_says_how_many_feeds),
		MEMORY_TEST(url_with_anything_else_is_refused),
		MEMORY_TEST(appended_events_are_read_back),
		MEMORY_TEST(a_stale_append_is_refused),
		MEMORY_TEST(a_feed_is_dense_over_chunks_of_any_size),
		MEMORY_TEST(streams_are_listed_by_bytes_while_new_ones_come),
		MEMORY_TEST(entries_in_any_order_are_listed_in_theirs),
		MEMORY_TEST(keys_are_purged_and_counted),
		MEMORY_TEST(a_deleted_stream_leaves_tombstones),
		MEMORY_TEST(threads_lose_nothing_and_followers_see_all),
		MEMORY_TEST(a_list_shows_no_part_of_a_commit),
		MEMORY_TEST(waiting_ends_with_the_event_it_is_for),
		MEMORY_TEST(waiting_ends_at_its_time_and_not_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
