/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_check_test.c - what the front refuses of a commit before a backend is called, and
 * with which words. The backend is a fake, which must not see what was refused.
 */
#include "check.h"
#include "failing_allocator.h"
#include "fake_backend.h"
#include "store_fixture.h"

static const struct cqrs_store_limits small_limits = {
	.id_len = 10, .event_size = 100, .view_size = 50, .commit_events = 4, .commit_size = 250
};

struct fixture {
	struct fake_backend fake;
	struct cqrs_store *store;
	struct cqrs_arena *arena;
	struct cqrs_error err;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	fake_init(&f->fake, false);
	f->store = fake_open(&f->fake, small_limits, 2);
	CHECK_STATUS(cqrs_arena_new(NULL, &f->arena, NULL), CQRS_OK);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	cqrs_store_close(f->store);
	CHECK_UINT(f->fake.closed, 1);
	cqrs_arena_free(f->arena);
	free(f);
	return 0;
}

/* ---- commits ---- */

/* A commit with one of everything, all well formed; each case breaks one thing in it. */
struct sample {
	struct cqrs_event_data events[5];
	struct cqrs_append appends[2];
	struct cqrs_expect expects[2];
	struct cqrs_snapshot_write snapshots[2];
	struct cqrs_entry_write entries[3];
	struct cqrs_view_write views[2];
	struct cqrs_checkpoint_write checkpoints[2];
	struct cqrs_key_write keys[2];
	struct cqrs_commit commit;
};

static void sample_init(struct sample *s)
{
	*s = (struct sample){
		.events = { event_data(1), event_data(2), event_data(3), event_data(4),
		            event_data(5) },
		.appends = { { .stream = STREAM("account", "a-1"), .event_count = 2 },
		             { .stream = STREAM("account", "a-2"), .event_count = 1 } },
		.expects = { { STREAM("account", "a-3"), 1 }, { STREAM("account", "a-4"), 2 } },
		.snapshots = { { STREAM("account", "a-1"), { 2, 7, 5, TEXT("{\"s\":1}") } },
		               { STREAM("account", "a-2"), { 2, 7, 5, TEXT("{\"s\":1}") } } },
		.entries = { { { 2, 0 }, TEXT("{}") },
		             { { 2, 1 }, TEXT("{}") },
		             { { 3, 0 }, TEXT("{}") } },
		.views = { { .type = "view",
		             .id = "a-1",
		             .version = 2,
		             .payload = TEXT("{}"),
		             .entry_count = 3 },
		           { .type = "view", .id = "a-2", .version = 1, .payload = TEXT("{}") } },
		.checkpoints = { { "projection", 1, 3, 9 }, { "projection", 0, 3, 9 } },
		.keys = { { STREAM("account", "a-1"), "key-1", { { { 1 } }, 1, 2, 100 } },
		          { STREAM("account", "a-1"), "key-2", { { { 2 } }, 0, 0, 200 } } },
	};
	s->appends[0].events = s->events;
	s->appends[1].events = s->events;
	s->views[0].entries = s->entries;
	s->commit = (struct cqrs_commit){
		.appends = s->appends,
		.append_count = 2,
		.expects = s->expects,
		.expect_count = 2,
		.snapshots = s->snapshots,
		.snapshot_count = 2,
		.views = s->views,
		.view_count = 2,
		.checkpoints = s->checkpoints,
		.checkpoint_count = 2,
		.keys = s->keys,
		.key_count = 2,
	};
}

static const char long_type[] = "1234567890123456789012345678901234567890123456789012345678901234"
				"1234567890123456789012345678901234567890123456789012345678901234";
static char long_key[CQRS_MAX_KEY_LEN + 2];
static char long_json[201];

/* clang-format off */
#define BREAK(name, statement) static void name(struct sample *s) { statement; }
BREAK(append_without_type, s->appends[1].stream.type = NULL)
BREAK(append_with_empty_type, s->appends[1].stream.type = "")
BREAK(append_with_long_type, s->appends[1].stream.type = long_type)
BREAK(append_with_control_in_type, s->appends[1].stream.type = "acc\tount")
BREAK(append_with_delete_in_type, s->appends[1].stream.type = "account\x7f")
BREAK(append_with_c1_control_in_type, s->appends[1].stream.type = "account\xc2\x85")
BREAK(append_without_id, s->appends[1].stream.id = NULL)
BREAK(append_with_long_id, s->appends[1].stream.id = "12345678901")
BREAK(append_with_broken_id, s->appends[1].stream.id = "caf\xe9")
BREAK(append_with_large_expected, s->appends[1].expected_sequence = CQRS_MAX_SEQUENCE + 1)
BREAK(append_without_events, s->appends[1].event_count = 0)
BREAK(append_with_null_events, s->appends[1].events = NULL)
BREAK(too_many_events, s->appends[1].event_count = 3)
BREAK(event_without_type, s->events[1].type = NULL)
BREAK(event_with_long_type, s->events[1].type = long_type)
BREAK(event_with_control_in_type, s->events[1].type = "a\nb")
BREAK(event_without_version, s->events[1].version = "")
BREAK(event_with_long_version, s->events[1].version = "12345678901234567890123456789012")
BREAK(event_without_payload, s->events[1].payload = (struct cqrs_text){ 0 })
BREAK(event_with_list_payload, s->events[1].payload = TEXT("[1]"))
BREAK(event_without_metadata, s->events[1].metadata = (struct cqrs_text){ 0 })
BREAK(event_too_large, s->events[1].payload = ((struct cqrs_text){ long_json, 99 }))
BREAK(expect_without_id, s->expects[1].stream.id = "")
BREAK(expect_with_large_sequence, s->expects[1].expected_sequence = CQRS_MAX_SEQUENCE + 1)
BREAK(snapshot_without_type, s->snapshots[1].stream.type = "")
BREAK(snapshot_with_large_sequence, s->snapshots[1].snapshot.sequence = CQRS_MAX_SEQUENCE + 1)
BREAK(snapshot_without_state, s->snapshots[1].snapshot.state = (struct cqrs_text){ 0 })
BREAK(snapshot_too_large, s->snapshots[1].snapshot.state = ((struct cqrs_text){ long_json, 51 }))
BREAK(view_without_type, s->views[1].type = NULL)
BREAK(view_without_id, s->views[1].id = NULL)
BREAK(view_with_old_version, s->views[1].expected_version = 1)
BREAK(view_with_large_version, s->views[1].version = CQRS_MAX_SEQUENCE + 1)
BREAK(view_with_large_expected,
      s->views[1].expected_version = CQRS_EXPECT_ANY; s->views[1].version = 0)
BREAK(view_erased_with_payload, s->views[1].version = 0)
BREAK(view_with_text_payload, s->views[1].payload = TEXT("\"x\""))
BREAK(view_too_large, s->views[1].payload = ((struct cqrs_text){ long_json, 51 }))
BREAK(removed_view_with_entries, s->views[0].payload = (struct cqrs_text){ 0 })
BREAK(view_with_null_entries, s->views[0].entries = NULL)
BREAK(view_with_too_many_entries, s->views[0].entry_count = CQRS_MAX_COMMIT_EVENTS + 1)
BREAK(entry_with_large_sequence, s->entries[2].position.sequence = CQRS_MAX_SEQUENCE + 1)
BREAK(entry_with_large_index, s->entries[2].position.index = CQRS_MAX_SEQUENCE + 1)
BREAK(entry_without_payload, s->entries[2].payload = (struct cqrs_text){ 0 })
BREAK(entry_too_large, s->entries[2].payload = ((struct cqrs_text){ long_json, 51 }))
BREAK(entry_twice, s->entries[2].position = s->entries[0].position)
BREAK(checkpoint_without_projection, s->checkpoints[1].projection = "")
BREAK(checkpoint_of_no_feed, s->checkpoints[1].feed = 2)
BREAK(checkpoint_with_large_offset, s->checkpoints[1].offset = CQRS_MAX_SEQUENCE + 1)
BREAK(checkpoint_with_large_expected, s->checkpoints[1].expected_offset = CQRS_MAX_SEQUENCE + 1)
BREAK(key_without_stream, s->keys[1].stream.type = NULL)
BREAK(key_without_key, s->keys[1].key = "")
BREAK(key_too_long, s->keys[1].key = long_key)
BREAK(key_with_large_first, s->keys[1].record.first_sequence = CQRS_MAX_SEQUENCE + 1)
BREAK(key_with_large_last, s->keys[1].record.last_sequence = CQRS_MAX_SEQUENCE + 1)
BREAK(null_appends, s->commit.appends = NULL)
BREAK(null_expects, s->commit.expects = NULL)
BREAK(null_snapshots, s->commit.snapshots = NULL)
BREAK(null_views, s->commit.views = NULL)
BREAK(null_checkpoints, s->commit.checkpoints = NULL)
BREAK(null_keys, s->commit.keys = NULL)
BREAK(too_many_expects, s->commit.expect_count = CQRS_MAX_COMMIT_EVENTS + 1)
BREAK(commit_too_large,
      s->events[0].payload = s->events[1].payload = ((struct cqrs_text){ long_json, 90 }))
BREAK(stream_appended_twice, s->appends[1].stream.id = "a-1")
BREAK(stream_appended_and_expected, s->expects[1].stream.id = "a-1")
BREAK(stream_expected_twice, s->expects[1].stream.id = "a-3")
BREAK(snapshot_twice, s->snapshots[1].stream.id = "a-1")
BREAK(view_twice, s->views[1].id = "a-1")
BREAK(checkpoint_twice, s->checkpoints[1].feed = 1)
BREAK(key_twice, s->keys[1].key = "key-1")
BREAK(after_of_another_call, s->commit.after = &s->commit)
/* clang-format on */

static const struct {
	void (*spoil)(struct sample *sample);
	enum cqrs_status status;
	const char *message;
} refusals[] = {
	{ append_without_type, CQRS_ERR_INVALID, "appends[1].stream.type is missing or empty" },
	{ append_with_empty_type, CQRS_ERR_INVALID, "appends[1].stream.type is missing or empty" },
	{ append_with_long_type, CQRS_ERR_LIMIT,
	  "appends[1].stream.type is above the limit of 127 bytes" },
	{ append_with_control_in_type, CQRS_ERR_INVALID,
	  "appends[1].stream.type has a control character" },
	{ append_with_delete_in_type, CQRS_ERR_INVALID,
	  "appends[1].stream.type has a control character" },
	{ append_with_c1_control_in_type, CQRS_ERR_INVALID,
	  "appends[1].stream.type has a control character" },
	{ append_without_id, CQRS_ERR_INVALID, "appends[1].stream.id is missing or empty" },
	{ append_with_long_id, CQRS_ERR_LIMIT,
	  "appends[1].stream.id is above the limit of 10 bytes" },
	{ append_with_broken_id, CQRS_ERR_INVALID, "appends[1].stream.id is not valid UTF-8" },
	{ append_with_large_expected, CQRS_ERR_LIMIT,
	  "appends[1].expected_sequence is above the limit of 4611686018427387904" },
	{ append_without_events, CQRS_ERR_INVALID, "appends[1].events is empty" },
	{ append_with_null_events, CQRS_ERR_INVALID, "appends[1].events is empty" },
	{ too_many_events, CQRS_ERR_LIMIT, "the commit is above the limit of 4 events" },
	{ event_without_type, CQRS_ERR_INVALID, "appends[0].events[1].type is missing or empty" },
	{ event_with_long_type, CQRS_ERR_LIMIT,
	  "appends[0].events[1].type is above the limit of 127 bytes" },
	{ event_with_control_in_type, CQRS_ERR_INVALID,
	  "appends[0].events[1].type has a control character" },
	{ event_without_version, CQRS_ERR_INVALID,
	  "appends[0].events[1].version is missing or empty" },
	{ event_with_long_version, CQRS_ERR_LIMIT,
	  "appends[0].events[1].version is above the limit of 31 bytes" },
	{ event_without_payload, CQRS_ERR_INVALID,
	  "appends[0].events[1].payload is not a JSON object" },
	{ event_with_list_payload, CQRS_ERR_INVALID,
	  "appends[0].events[1].payload is not a JSON object" },
	{ event_without_metadata, CQRS_ERR_INVALID,
	  "appends[0].events[1].metadata is not a JSON object" },
	{ event_too_large, CQRS_ERR_LIMIT,
	  "appends[0].events[1].payload and metadata is above the limit of 100 bytes" },
	{ expect_without_id, CQRS_ERR_INVALID, "expects[1].stream.id is missing or empty" },
	{ expect_with_large_sequence, CQRS_ERR_LIMIT,
	  "expects[1].expected_sequence is above the limit of" },
	{ snapshot_without_type, CQRS_ERR_INVALID, "snapshots[1].stream.type is missing or empty" },
	{ snapshot_with_large_sequence, CQRS_ERR_LIMIT,
	  "snapshots[1].snapshot.sequence is above the limit of" },
	{ snapshot_without_state, CQRS_ERR_INVALID,
	  "snapshots[1].snapshot.state is not a JSON object" },
	{ snapshot_too_large, CQRS_ERR_LIMIT,
	  "snapshots[1].snapshot.state is above the limit of 50 bytes" },
	{ view_without_type, CQRS_ERR_INVALID, "views[1].type is missing or empty" },
	{ view_without_id, CQRS_ERR_INVALID, "views[1].id is missing or empty" },
	{ view_with_old_version, CQRS_ERR_INVALID,
	  "views[1].version is not above expected_version" },
	{ view_with_large_version, CQRS_ERR_LIMIT, "views[1].version is above the limit of" },
	{ view_with_large_expected, CQRS_ERR_LIMIT,
	  "views[1].expected_version is above the limit of" },
	{ view_erased_with_payload, CQRS_ERR_INVALID,
	  "views[1].payload is given, but version 0 erases the view" },
	{ view_with_text_payload, CQRS_ERR_INVALID, "views[1].payload is not a JSON object" },
	{ view_too_large, CQRS_ERR_LIMIT, "views[1].payload is above the limit of 50 bytes" },
	{ removed_view_with_entries, CQRS_ERR_INVALID,
	  "views[0].entries is not empty, but the view is removed" },
	{ view_with_null_entries, CQRS_ERR_INVALID,
	  "views[0].entries is NULL, but entry_count is not 0" },
	{ view_with_too_many_entries, CQRS_ERR_LIMIT,
	  "views[0].entry_count is above the limit of 65536" },
	{ entry_with_large_sequence, CQRS_ERR_LIMIT,
	  "views[0].entries[2].position.sequence is above the limit of" },
	{ entry_with_large_index, CQRS_ERR_LIMIT,
	  "views[0].entries[2].position.index is above the limit of" },
	{ entry_without_payload, CQRS_ERR_INVALID,
	  "views[0].entries[2].payload is not a JSON object" },
	{ entry_too_large, CQRS_ERR_LIMIT,
	  "views[0].entries[2].payload is above the limit of 50 bytes" },
	{ entry_twice, CQRS_ERR_INVALID, "views[0].entries[2] has the position of another one" },
	{ checkpoint_without_projection, CQRS_ERR_INVALID,
	  "checkpoints[1].projection is missing or empty" },
	{ checkpoint_of_no_feed, CQRS_ERR_INVALID,
	  "checkpoints[1].feed is not a feed of the store" },
	{ checkpoint_with_large_offset, CQRS_ERR_LIMIT,
	  "checkpoints[1].offset is above the limit of" },
	{ checkpoint_with_large_expected, CQRS_ERR_LIMIT,
	  "checkpoints[1].expected_offset is above the limit of" },
	{ key_without_stream, CQRS_ERR_INVALID, "keys[1].stream.type is missing or empty" },
	{ key_without_key, CQRS_ERR_INVALID, "keys[1].key is missing or empty" },
	{ key_too_long, CQRS_ERR_LIMIT, "keys[1].key is above the limit of 255 bytes" },
	{ key_with_large_first, CQRS_ERR_LIMIT,
	  "keys[1].record.first_sequence is above the limit of" },
	{ key_with_large_last, CQRS_ERR_LIMIT,
	  "keys[1].record.last_sequence is above the limit of" },
	{ null_appends, CQRS_ERR_INVALID, "appends is NULL, but its count is not 0" },
	{ null_expects, CQRS_ERR_INVALID, "expects is NULL, but its count is not 0" },
	{ null_snapshots, CQRS_ERR_INVALID, "snapshots is NULL, but its count is not 0" },
	{ null_views, CQRS_ERR_INVALID, "views is NULL, but its count is not 0" },
	{ null_checkpoints, CQRS_ERR_INVALID, "checkpoints is NULL, but its count is not 0" },
	{ null_keys, CQRS_ERR_INVALID, "keys is NULL, but its count is not 0" },
	{ too_many_expects, CQRS_ERR_LIMIT, "expects is above the limit of 65536 items" },
	{ commit_too_large, CQRS_ERR_LIMIT, "the commit is above the limit of 250 bytes" },
	{ stream_appended_twice, CQRS_ERR_INVALID, "appends[1] is in the commit twice" },
	{ stream_appended_and_expected, CQRS_ERR_INVALID, "expects[1] is in the commit twice" },
	{ stream_expected_twice, CQRS_ERR_INVALID, "expects[1] is in the commit twice" },
	{ snapshot_twice, CQRS_ERR_INVALID, "snapshots[1] is in the commit twice" },
	{ view_twice, CQRS_ERR_INVALID, "views[1] is in the commit twice" },
	{ checkpoint_twice, CQRS_ERR_INVALID, "checkpoints[1] is in the commit twice" },
	{ key_twice, CQRS_ERR_INVALID, "keys[1] is in the commit twice" },
	{ after_of_another_call, CQRS_ERR_INVALID,
	  "after is not an earlier commit of the same call" },
};

static void a_well_formed_commit_reaches_the_backend(void **state)
{
	struct fixture *f = *state;
	struct sample s;

	sample_init(&s);
	CHECK_OK(cqrs_store_commit(f->store, &s.commit, &f->err), &f->err);
	CHECK_UINT(f->fake.commits, 1);
}

static void a_commit_that_breaks_a_rule_is_refused_with_the_place(void **state)
{
	struct fixture *f = *state;

	memset(long_key, 'k', sizeof(long_key) - 1);
	memset(long_json, '{', sizeof(long_json) - 1);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		struct cqrs_error err = CQRS_ERROR_INIT;
		struct sample s;

		sample_init(&s);
		refusals[i].spoil(&s);
		CHECK_STATUS(cqrs_store_commit(f->store, &s.commit, &err), refusals[i].status);
		CHECK_STATUS(s.commit.status, refusals[i].status);
		CHECK_STATUS(err.status, refusals[i].status);
		CHECK_CONTAINS(err.message, refusals[i].message);
	}
	CHECK_UINT(f->fake.commits, 0);
}

static void what_is_at_a_limit_is_accepted(void **state)
{
	struct fixture *f = *state;
	struct sample s;

	memset(long_json, '{', sizeof(long_json) - 1);
	sample_init(&s);
	s.appends[0].stream.id = "1234567890";
	s.appends[0].stream.type = long_type + 1;
	s.appends[0].expected_sequence = CQRS_MAX_SEQUENCE;
	s.appends[1].event_count = 2;
	s.appends[1].expected_sequence = CQRS_EXPECT_ANY;
	s.expects[0].expected_sequence = CQRS_EXPECT_EXISTS;
	s.events[0].payload = (struct cqrs_text){ long_json, 98 };
	s.snapshots[0].snapshot.state = (struct cqrs_text){ long_json, 5 };
	s.snapshots[1].snapshot.state = (struct cqrs_text){ long_json, 17 };
	s.views[0].version = CQRS_MAX_SEQUENCE;
	s.entries[2].position.index = CQRS_MAX_SEQUENCE;
	s.commit.append_count = 2;
	/* 2 * (98 + 2) + 2 * (7 + 2) of events, 22 of snapshots, 4 of views, 6 of entries */
	CHECK_OK(cqrs_store_commit(f->store, &s.commit, &f->err), &f->err);
	s.snapshots[1].snapshot.state.len++;
	CHECK_STATUS(cqrs_store_commit(f->store, &s.commit, &f->err), CQRS_ERR_LIMIT);
	CHECK_CONTAINS(f->err.message, "250 bytes");
}

static void ids_may_hold_any_character(void **state)
{
	static const char *const ids[] = { "a\nb", "\x7f", "\xf0\x9f\x92\xb0", " ", "a/b" };
	struct fixture *f = *state;
	struct sample s;

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		sample_init(&s);
		s.appends[0].stream.id = ids[i];
		s.keys[0].key = ids[i];
		CHECK_OK(cqrs_store_commit(f->store, &s.commit, &f->err), &f->err);
	}
}

/* Long enough for the set: each name is given once, then one is given again. */
static void a_name_given_twice_among_thousands_is_found(void **state)
{
	enum { COUNT = 3000 };
	struct fixture *f = *state;
	static char ids[COUNT][8];
	static struct cqrs_expect expects[COUNT];
	struct cqrs_commit commit = { .expects = expects, .expect_count = COUNT };

	for (unsigned i = 0; i < COUNT; i++) {
		snprintf(ids[i], sizeof(ids[i]), "id-%u", i);
		expects[i] = (struct cqrs_expect){ STREAM("account", ids[i]), 0 };
	}
	CHECK_OK(cqrs_store_commit(f->store, &commit, &f->err), &f->err);
	snprintf(ids[2900], sizeof(ids[2900]), "id-17");
	CHECK_STATUS(cqrs_store_commit(f->store, &commit, &f->err), CQRS_ERR_INVALID);
	CHECK_TEXT(f->err.message, "expects[2900] is in the commit twice");
	expects[2900].stream.type = "other";
	CHECK_OK(cqrs_store_commit(f->store, &commit, &f->err), &f->err);
}

static void a_search_for_duplicates_survives_a_failed_allocation(void **state)
{
	struct fixture *f = *state;
	struct cqrs_store_instance instance = { &f->fake.ops, &f->fake, { 0 }, 1 };
	struct failing_allocator memory;
	struct cqrs_store *store = NULL;
	struct cqrs_entry_write entries[100];
	struct cqrs_view_write view = { .type = "view",
		                        .id = "a",
		                        .version = 1,
		                        .payload = TEXT("{}"),
		                        .entries = entries,
		                        .entry_count = 100 };
	struct cqrs_commit commit = { .views = &view, .view_count = 1 };

	failing_allocator_init(&memory);
	CHECK_OK(cqrs_store_wrap(
			 &instance,
			 CQRS_STORE_OPTIONS(.environment =
	                                            CQRS_ENVIRONMENT(.allocator =
	                                                                     &memory.allocator)),
			 &store, &f->err),
	         &f->err);
	for (unsigned i = 0; i < 100; i++)
		entries[i] = (struct cqrs_entry_write){ { 100 - i, 0 }, TEXT("{}") };
	fail_allocation(&memory, 1);
	CHECK_STATUS(cqrs_store_commit(store, &commit, &f->err), CQRS_ERR_NOMEM);
	CHECK_UINT(stop_failing(&memory), 1);
	CHECK_UINT(f->fake.commits, 0);
	CHECK_OK(cqrs_store_commit(store, &commit, &f->err), &f->err);
	cqrs_store_close(store);
	f->fake.closed = 0;
	CHECK_UINT(memory.live, 0);
}

/* ---- outcomes ---- */

static void a_conflict_says_what_moved_and_where(void **state)
{
	static const struct {
		enum cqrs_moved moved;
		size_t index;
		const char *message;
		const char *path;
	} cases[] = {
		{ CQRS_MOVED_STREAM, 1, "stream 'account/a-2' is at 9, not 0", "a-2" },
		{ CQRS_MOVED_EXPECT, 0, "stream 'account/a-3' has no events", "a-3" },
		{ CQRS_MOVED_VIEW, 1, "view 'view/a-2' is at version 9, not 0", "a-2" },
		{ CQRS_MOVED_CHECKPOINT, 0, "projection 'projection' is at 9 of feed 1, not 3",
		  "projection" },
		{ CQRS_MOVED_KEY, 1, "an idempotency key of 'account/a-1' is stored already",
		  "key-2" },
		{ CQRS_MOVED_AFTER, 0, "the commit that it was decided upon was not stored", "" },
	};
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct sample s;

	(void)state;
	sample_init(&s);
	s.commit.err = &err;
	s.expects[0].expected_sequence = CQRS_EXPECT_EXISTS;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cqrs_commit_conflict(&s.commit, cases[i].moved, cases[i].index, 9);
		CHECK_STATUS(s.commit.status, CQRS_ERR_CONFLICT);
		CHECK_UINT(s.commit.moved, cases[i].moved);
		CHECK_UINT(s.commit.moved_index, cases[i].index);
		CHECK_UINT(s.commit.moved_to, 9);
		CHECK_TEXT(err.message, cases[i].message);
		CHECK_TEXT(err.path, cases[i].path);
	}
	s.commit.err = NULL;
	cqrs_commit_conflict(&s.commit, CQRS_MOVED_STREAM, 0, 1);
	cqrs_commit_succeed(&s.commit);
	CHECK_STATUS(s.commit.status, CQRS_OK);
	CHECK_UINT(s.commit.moved, CQRS_MOVED_NOTHING);
	CHECK_UINT(s.commit.moved_to, 0);
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(a_well_formed_commit_reaches_the_backend),
		STORE_TEST(a_commit_that_breaks_a_rule_is_refused_with_the_place),
		STORE_TEST(what_is_at_a_limit_is_accepted),
		STORE_TEST(ids_may_hold_any_character),
		STORE_TEST(a_name_given_twice_among_thousands_is_found),
		STORE_TEST(a_search_for_duplicates_survives_a_failed_allocation),
		STORE_TEST(a_conflict_says_what_moved_and_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
