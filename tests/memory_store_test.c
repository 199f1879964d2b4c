/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * memory_store_test.c - what is the memory store's own: its URL, its structures, that a
 * failed allocation leaves nothing half done, and its threads. What it shares with every
 * store is tested by the suite of store_testing.h.
 */
#include "check.h"
#include "failing_allocator.h"
#include "store_fixture.h"

#include <pthread.h>
#include <time.h>

struct fixture {
	struct failing_allocator memory;
	struct cqrs_store *store;
	struct cqrs_arena *arena;
	struct cqrs_error err;
};

static struct cqrs_store *open_counted(struct failing_allocator *memory, const char *url)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_store *store = NULL;

	failing_allocator_init(memory);
	CHECK_OK(cqrs_store_open_with(
			 url, CQRS_BACKENDS(cqrs_memory()),
			 CQRS_STORE_OPTIONS(.environment =
	                                            CQRS_ENVIRONMENT(.allocator =
	                                                                     &memory->allocator)),
			 &store, &err),
	         &err);
	return store;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->store = open_counted(&f->memory, "memory:?feeds=3");
	CHECK_STATUS(cqrs_arena_new(NULL, &f->arena, NULL), CQRS_OK);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	cqrs_store_close(f->store);
	cqrs_arena_free(f->arena);
	CHECK_UINT(f->memory.live, 0);
	free(f);
	return 0;
}

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

static void opening_survives_any_failed_allocation(void **state)
{
	(void)state;
	for (unsigned nth = 1, failed = 1; failed; nth++) {
		struct failing_allocator memory;
		struct cqrs_store *store = NULL;
		enum cqrs_status status;

		failing_allocator_init(&memory);
		fail_allocation(&memory, nth);
		status = cqrs_store_open_with(
			"memory:?feeds=2", CQRS_BACKENDS(cqrs_memory()),
			CQRS_STORE_OPTIONS(.environment =
		                                   CQRS_ENVIRONMENT(.allocator =
		                                                            &memory.allocator)),
			&store, NULL);
		failed = stop_failing(&memory);
		CHECK_STATUS(status, failed ? CQRS_ERR_NOMEM : CQRS_OK);
		cqrs_store_close(store);
		CHECK_UINT(memory.live, 0);
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

/* ---- a commit of everything ---- */

struct mixed {
	struct cqrs_event_data events[2];
	struct cqrs_append appends[2];
	struct cqrs_expect expects[1];
	struct cqrs_snapshot_write snapshots[1];
	struct cqrs_entry_write entries[2];
	struct cqrs_view_write views[2];
	struct cqrs_checkpoint_write checkpoints[1];
	struct cqrs_key_write keys[2];
	struct cqrs_commit commit;
};

/* A commit with each kind of part; nothing of it is there yet. */
static void mixed_init(struct mixed *m)
{
	*m = (struct mixed){
		.events = { event_data(1), event_data(2) },
		.appends = { { .stream = STREAM("account", "a-1"), .event_count = 2 },
		             { .stream = STREAM("account", "a-2"), .event_count = 1 } },
		.expects = { { STREAM("account", "a-3"), 0 } },
		.snapshots = { { STREAM("account", "a-1"), { 2, 77, 5, TEXT("{\"s\":1}") } } },
		.entries = { { { 1, 0 }, TEXT("{\"e\":0}") }, { { 1, 1 }, TEXT("{\"e\":1}") } },
		.views = { { .type = "view",
		             .id = "a-1",
		             .version = 2,
		             .payload = TEXT("{\"v\":2}"),
		             .entry_count = 2 },
		           { .type = "view",
		             .id = "a-2",
		             .version = 1,
		             .payload = TEXT("{\"v\":1}") } },
		.checkpoints = { { "projection", 1, 0, 9 } },
		.keys = { { STREAM("account", "a-1"), "key-1", { { { 1 } }, 1, 2, 100 } },
		          { STREAM("account", "a-4"), "key-1", { { { 2 } }, 0, 0, 200 } } },
	};
	m->appends[0].events = m->events;
	m->appends[1].events = m->events;
	m->views[0].entries = m->entries;
	m->commit = (struct cqrs_commit){
		.appends = m->appends,
		.append_count = 2,
		.expects = m->expects,
		.expect_count = 1,
		.snapshots = m->snapshots,
		.snapshot_count = 1,
		.views = m->views,
		.view_count = 2,
		.checkpoints = m->checkpoints,
		.checkpoint_count = 1,
		.keys = m->keys,
		.key_count = 2,
	};
}

static void check_mixed_is_stored(struct cqrs_store *store, struct cqrs_arena *arena)
{
	struct cqrs_stream stream = STREAM("account", "a-1");
	struct cqrs_stream keyed = STREAM("account", "a-4");
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_snapshot snapshot;
	struct cqrs_stored_view view;
	struct cqrs_entry_page entries;
	struct cqrs_key_record record;
	uint64_t offset = 0;

	CHECK_UINT(head_of(store, stream), 2);
	CHECK_UINT(head_of(store, STREAM("account", "a-2")), 1);
	CHECK_OK(cqrs_store_load_snapshot(store, &stream, arena, &snapshot, &err), &err);
	CHECK_UINT(snapshot.fingerprint, 77);
	CHECK_OK(cqrs_store_load_view(store, "view", "a-1", arena, &view, &err), &err);
	CHECK_UINT(view.version, 2);
	CHECK_TRUE(view.payload.len == 7 && memcmp(view.payload.data, "{\"v\":2}", 7) == 0);
	CHECK_OK(cqrs_store_list_entries(store, "view", "a-1", NULL, 0, arena, &entries, &err),
	         &err);
	CHECK_UINT(entries.count, 2);
	CHECK_UINT(entries.items[1].position.index, 1);
	CHECK_OK(cqrs_store_load_checkpoint(store, "projection", 1, &offset, &err), &err);
	CHECK_UINT(offset, 9);
	CHECK_OK(cqrs_store_load_key(store, &stream, "key-1", &record, &err), &err);
	CHECK_UINT(record.last_sequence, 2);
	CHECK_OK(cqrs_store_load_key(store, &keyed, "key-1", &record, &err), &err);
	CHECK_UINT(record.last_sequence, 0);
}

static void check_mixed_is_absent(struct cqrs_store *store, struct cqrs_arena *arena)
{
	struct cqrs_stream stream = STREAM("account", "a-1");
	struct cqrs_stream keyed = STREAM("account", "a-4");
	struct cqrs_stream_page streams;
	struct cqrs_view_page views;
	struct cqrs_entry_page entries;
	struct cqrs_snapshot snapshot;
	struct cqrs_stored_view view;
	struct cqrs_key_record record;
	uint64_t offset = 1;

	CHECK_UINT(head_of(store, stream), 0);
	for (uint64_t feed = 0; feed < 3; feed++) {
		CHECK_STATUS(cqrs_store_read_feed_head(store, feed, &offset, NULL), CQRS_OK);
		CHECK_UINT(offset, 0);
	}
	CHECK_STATUS(cqrs_store_list_streams(store, "account", NULL, 0, arena, &streams, NULL),
	             CQRS_OK);
	CHECK_UINT(streams.count, 0);
	CHECK_STATUS(cqrs_store_list_views(store, "view", NULL, 0, arena, &views, NULL), CQRS_OK);
	CHECK_UINT(views.count, 0);
	CHECK_STATUS(cqrs_store_list_entries(store, "view", "a-1", NULL, 0, arena, &entries, NULL),
	             CQRS_OK);
	CHECK_UINT(entries.count, 0);
	CHECK_STATUS(cqrs_store_load_snapshot(store, &stream, arena, &snapshot, NULL),
	             CQRS_ERR_NOT_FOUND);
	CHECK_STATUS(cqrs_store_load_view(store, "view", "a-1", arena, &view, NULL),
	             CQRS_ERR_NOT_FOUND);
	CHECK_STATUS(cqrs_store_load_checkpoint(store, "projection", 1, &offset, NULL), CQRS_OK);
	CHECK_UINT(offset, 0);
	CHECK_STATUS(cqrs_store_load_key(store, &stream, "key-1", &record, NULL),
	             CQRS_ERR_NOT_FOUND);
	CHECK_STATUS(cqrs_store_load_key(store, &keyed, "key-1", &record, NULL),
	             CQRS_ERR_NOT_FOUND);
}

static void a_mixed_commit_is_stored_whole(void **state)
{
	struct fixture *f = *state;
	struct mixed m;

	mixed_init(&m);
	CHECK_OK(cqrs_store_commit(f->store, &m.commit, &f->err), &f->err);
	check_mixed_is_stored(f->store, f->arena);
}

/* Each nth allocation of a commit fails on the same store, until none does. */
static void a_mixed_commit_survives_any_failed_allocation(void **state)
{
	struct fixture *f = *state;
	struct mixed m;

	mixed_init(&m);
	for (unsigned nth = 1, failed = 1; failed; nth++) {
		enum cqrs_status status;

		fail_allocation(&f->memory, nth);
		status = cqrs_store_commit(f->store, &m.commit, NULL);
		failed = stop_failing(&f->memory);
		CHECK_STATUS(status, failed ? CQRS_ERR_NOMEM : CQRS_OK);
		if (failed)
			check_mixed_is_absent(f->store, f->arena);
	}
	check_mixed_is_stored(f->store, f->arena);
}

/* The same with a fresh store for each, so that nothing a failed attempt made is there. */
static void a_first_commit_survives_any_failed_allocation(void **state)
{
	struct fixture *f = *state;

	for (unsigned nth = 1, failed = 1; failed; nth++) {
		struct failing_allocator memory;
		struct cqrs_store *store = open_counted(&memory, "memory:?feeds=3");
		struct mixed m;
		enum cqrs_status status;

		mixed_init(&m);
		fail_allocation(&memory, nth);
		status = cqrs_store_commit(store, &m.commit, NULL);
		failed = stop_failing(&memory);
		CHECK_STATUS(status, failed ? CQRS_ERR_NOMEM : CQRS_OK);
		if (failed)
			check_mixed_is_absent(store, f->arena);
		else
			check_mixed_is_stored(store, f->arena);
		cqrs_store_close(store);
		CHECK_UINT(memory.live, 0);
	}
}

/* What is replaced (view, entries, snapshot) is untouched when the replacement fails. */
static void a_replacing_commit_survives_any_failed_allocation(void **state)
{
	static const char large[] = "{\"a much longer text than the one before\":true}";
	struct fixture *f = *state;
	struct mixed m;

	mixed_init(&m);
	CHECK_OK(cqrs_store_commit(f->store, &m.commit, &f->err), &f->err);
	m.appends[0].expected_sequence = 2;
	m.commit.append_count = 1;
	m.commit.view_count = 1;
	m.views[0].expected_version = 2;
	m.views[0].version = 3;
	m.views[0].clear_entries = true;
	m.views[0].payload = TEXT(large);
	m.snapshots[0].snapshot.state = TEXT(large);
	m.snapshots[0].snapshot.fingerprint = 78;
	m.commit.checkpoint_count = 0;
	m.commit.key_count = 1;
	m.keys[0].key = "key-2";
	for (unsigned nth = 1, failed = 1; failed; nth++) {
		enum cqrs_status status;

		fail_allocation(&f->memory, nth);
		status = cqrs_store_commit(f->store, &m.commit, NULL);
		failed = stop_failing(&f->memory);
		CHECK_STATUS(status, failed ? CQRS_ERR_NOMEM : CQRS_OK);
		if (failed)
			check_mixed_is_stored(f->store, f->arena);
	}
	CHECK_UINT(head_of(f->store, STREAM("account", "a-1")), 4);
}

static void reads_survive_any_failed_allocation(void **state)
{
	struct fixture *f = *state;
	struct cqrs_stream stream = STREAM("account", "a-1");
	struct mixed m;

	mixed_init(&m);
	CHECK_OK(cqrs_store_commit(f->store, &m.commit, &f->err), &f->err);
	for (unsigned nth = 1, failed = 1; failed; nth++) {
		struct cqrs_event_page events = { NULL, 99 };
		struct cqrs_stream_page streams = { NULL, 99 };
		struct cqrs_view_page views = { NULL, 99 };
		struct cqrs_entry_page entries = { NULL, 99 };
		struct cqrs_stored_view view;
		struct cqrs_snapshot snapshot;
		struct failing_allocator memory;
		struct cqrs_arena *arena = NULL;
		enum cqrs_status status;

		failing_allocator_init(&memory);
		CHECK_STATUS(cqrs_arena_new(&memory.allocator, &arena, NULL), CQRS_OK);
		CHECK_TRUE(cqrs_arena_allocate(arena, 3900) != NULL); /* little is left in it */
		fail_allocation(&memory, nth);
		status = cqrs_store_read_stream(f->store, &stream, 0, 0, arena, &events, NULL);
		if (status == CQRS_OK)
			status = cqrs_store_list_streams(f->store, "account", NULL, 0, arena,
			                                 &streams, NULL);
		if (status == CQRS_OK)
			status = cqrs_store_list_views(f->store, "view", NULL, 0, arena, &views,
			                               NULL);
		if (status == CQRS_OK)
			status = cqrs_store_list_entries(f->store, "view", "a-1", NULL, 0, arena,
			                                 &entries, NULL);
		if (status == CQRS_OK)
			status = cqrs_store_load_view(f->store, "view", "a-1", arena, &view, NULL);
		if (status == CQRS_OK)
			status =
				cqrs_store_load_snapshot(f->store, &stream, arena, &snapshot, NULL);
		failed = stop_failing(&memory);
		CHECK_STATUS(status, failed ? CQRS_ERR_NOMEM : CQRS_OK);
		cqrs_arena_free(arena);
	}
}

static void a_commit_of_more_parts_than_fit_on_the_stack(void **state)
{
	enum {
		COUNT = 300
	};
	struct fixture *f = *state;
	static char ids[COUNT][16];
	struct cqrs_event_data event = event_data(1);
	struct cqrs_append appends[COUNT];
	struct cqrs_commit commit = { .appends = appends, .append_count = COUNT };

	for (unsigned i = 0; i < COUNT; i++) {
		snprintf(ids[i], sizeof(ids[i]), "id-%u", i);
		appends[i] = (struct cqrs_append){ .stream = STREAM("account", ids[i]),
			                           .events = &event,
			                           .event_count = 1 };
	}
	for (unsigned nth = 1, failed = 1; failed; nth += nth < 10 ? 1 : 50) {
		enum cqrs_status status;

		fail_allocation(&f->memory, nth);
		status = cqrs_store_commit(f->store, &commit, NULL);
		failed = stop_failing(&f->memory);
		CHECK_STATUS(status, failed ? CQRS_ERR_NOMEM : CQRS_OK);
		CHECK_UINT(head_of(f->store, appends[COUNT - 1].stream), failed ? 0 : 1);
	}
	CHECK_STATUS(cqrs_store_commit(f->store, &commit, NULL), CQRS_ERR_CONFLICT);
}

/* ---- memory ---- */

static void a_warm_store_allocates_only_to_grow(void **state)
{
	struct fixture *f = *state;
	struct cqrs_stream stream = STREAM("account", "a-1");
	unsigned long before;

	CHECK_OK(append_events(f->store, stream, 0, 1, &f->err), &f->err);
	before = f->memory.allocations;
	for (uint64_t i = 1; i < 20000; i++) {
		struct cqrs_entry_write entry = { { i, 0 }, TEXT("{\"amount\":1}") };
		struct cqrs_view_write view = { .type = "view",
			                        .id = "a-1",
			                        .expected_version = i - 1,
			                        .version = i,
			                        .payload = TEXT("{\"balance\":1}"),
			                        .entries = &entry,
			                        .entry_count = 1 };
		struct cqrs_event_data event = event_data(1);
		struct cqrs_append append = {
			.stream = stream, .expected_sequence = i, .events = &event, .event_count = 1
		};
		struct cqrs_commit commit = {
			.appends = &append, .append_count = 1, .views = &view, .view_count = 1
		};

		CHECK_OK(cqrs_store_commit(f->store, &commit, &f->err), &f->err);
	}
	CHECK_TRUE(f->memory.allocations - before < 100);
}

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

static void waiting_ends_at_its_time_and_not_before(void **state)
{
	struct fixture *f = *state;
	struct timespec begin;
	struct timespec end;
	int64_t waited_us;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	CHECK_STATUS(cqrs_store_wait(f->store, 0, 0, 50, &f->err), CQRS_ERR_TIMEOUT);
	clock_gettime(CLOCK_MONOTONIC, &end);
	waited_us = (end.tv_sec - begin.tv_sec) * 1000000 + (end.tv_nsec - begin.tv_nsec) / 1000;
	CHECK_TRUE(waited_us >= 50000);
	CHECK_STATUS(cqrs_store_wait(f->store, 0, 0, 0, &f->err), CQRS_ERR_TIMEOUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(url_says_how_many_feeds),
		cmocka_unit_test(url_with_anything_else_is_refused),
		cmocka_unit_test(opening_survives_any_failed_allocation),
		cmocka_unit_test_setup_teardown(appended_events_are_read_back, setup, teardown),
		cmocka_unit_test_setup_teardown(a_stale_append_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_feed_is_dense_over_chunks_of_any_size, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(streams_are_listed_by_bytes_while_new_ones_come,
		                                setup, teardown),
		cmocka_unit_test_setup_teardown(a_mixed_commit_is_stored_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(a_mixed_commit_survives_any_failed_allocation,
		                                setup, teardown),
		cmocka_unit_test_setup_teardown(a_first_commit_survives_any_failed_allocation,
		                                setup, teardown),
		cmocka_unit_test_setup_teardown(a_replacing_commit_survives_any_failed_allocation,
		                                setup, teardown),
		cmocka_unit_test_setup_teardown(reads_survive_any_failed_allocation, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(a_commit_of_more_parts_than_fit_on_the_stack, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(a_warm_store_allocates_only_to_grow, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(entries_in_any_order_are_listed_in_theirs, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(keys_are_purged_and_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(a_deleted_stream_leaves_tombstones, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(threads_lose_nothing_and_followers_see_all, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(a_list_shows_no_part_of_a_commit, setup, teardown),
		cmocka_unit_test_setup_teardown(waiting_ends_at_its_time_and_not_before, setup,
		                                teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
