/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * memory_failure_test.c - a failed allocation leaves the memory store as it was: every one
 * of opening, of commits with all kinds of parts, and of reads fails once.
 */
#include "check.h"
#include "memory_fixture.h"

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
		struct cqrs_event_page events = { NULL, 99, false };
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
	enum { COUNT = 300 };
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

/* A chunk of the log that was made for a commit that failed is no hole in the feed. */
static void a_feed_goes_on_behind_a_failed_commit(void **state)
{
	struct fixture *f = *state;
	static char json[200000];
	struct cqrs_stream stream = STREAM("account", "a-1");
	struct cqrs_event_data event = event_data(1);
	struct cqrs_append append = { .stream = stream, .events = &event, .event_count = 1 };
	struct cqrs_key_write key = { .stream = stream, .key = "key" };
	struct cqrs_commit commit = { .appends = &append, .append_count = 1 };
	struct cqrs_event_page page;
	uint64_t offset = 0;

	memset(json, '{', sizeof(json));
	CHECK_OK(append_events(f->store, stream, 0, 1, &f->err), &f->err);
	append.expected_sequence = 1;
	event.payload = (struct cqrs_text){ json, 100000 };
	commit.keys = &key;
	commit.key_count = 1;
	for (unsigned nth = 1; nth <= 2; nth++) { /* the chunk, then what the key needs */
		fail_allocation(&f->memory, nth);
		CHECK_STATUS(cqrs_store_commit(f->store, &commit, NULL), CQRS_ERR_NOMEM);
		CHECK_UINT(stop_failing(&f->memory), 1);
	}
	event.payload.len = sizeof(json);
	CHECK_OK(cqrs_store_commit(f->store, &commit, &f->err), &f->err);
	CHECK_OK(append_events(f->store, stream, 2, 3, &f->err), &f->err);
	do {
		CHECK_OK(cqrs_store_read_feed(f->store, cqrs_stream_feed(&stream, 3), offset, 2,
		                              f->arena, &page, &f->err),
		         &f->err);
		for (size_t i = 0; i < page.count; i++)
			CHECK_UINT(page.items[i].offset, ++offset);
	} while (page.count);
	CHECK_UINT(offset, 5);
}

static void a_warm_store_allocates_only_to_grow(void **state)
{
	struct fixture *f = *state;
	static char json[3000];
	struct cqrs_stream stream = STREAM("account", "a-1");
	unsigned long before;

	memset(json, '{', sizeof(json));
	CHECK_OK(append_events(f->store, stream, 0, 1, &f->err), &f->err);
	before = f->memory.allocations;
	for (uint64_t i = 1; i < 20000; i++) {
		struct cqrs_entry_write entry = { { i, 0 }, TEXT("{\"amount\":1}") };
		struct cqrs_view_write view = { .type = "view",
			                        .id = "a-1",
			                        .expected_version = i - 1,
			                        .version = i,
			                        .payload = { json, 2 + i / 10 },
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		MEMORY_TEST(opening_survives_any_failed_allocation),
		MEMORY_TEST(a_mixed_commit_is_stored_whole),
		MEMORY_TEST(a_mixed_commit_survives_any_failed_allocation),
		MEMORY_TEST(a_first_commit_survives_any_failed_allocation),
		MEMORY_TEST(a_replacing_commit_survives_any_failed_allocation),
		MEMORY_TEST(reads_survive_any_failed_allocation),
		MEMORY_TEST(a_commit_of_more_parts_than_fit_on_the_stack),
		MEMORY_TEST(a_feed_goes_on_behind_a_failed_commit),
		MEMORY_TEST(a_warm_store_allocates_only_to_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
