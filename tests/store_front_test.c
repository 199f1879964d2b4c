/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_front_test.c - the front of every store: batches without group commit, reads,
 * opening. The backend is a fake.
 */
#include "check.h"
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

/* ---- batches ---- */

#define BATCH 6

struct batch {
	struct cqrs_expect expects[BATCH];
	struct cqrs_error errs[BATCH];
	struct cqrs_commit commits[BATCH];
	struct cqrs_commit *pointers[BATCH];
};

static void batch_init(struct batch *b)
{
	memset(b, 0, sizeof(*b));
	for (size_t i = 0; i < BATCH; i++) {
		b->expects[i].stream = STREAM("account", "a-1");
		b->commits[i].expects = &b->expects[i];
		b->commits[i].expect_count = 1;
		b->commits[i].err = &b->errs[i];
		b->commits[i].status = CQRS_ERR_CORRUPT; /* left over from another call */
		b->commits[i].moved = CQRS_MOVED_KEY;
		b->commits[i].moved_index = 2;
		b->pointers[i] = &b->commits[i];
	}
}

static void a_refused_commit_spoils_only_those_after_it(void **state)
{
	struct fixture *f = *state;
	struct batch b;

	batch_init(&b);
	b.expects[1].stream.id = "";
	b.commits[2].after = &b.commits[1];
	b.commits[4].after = &b.commits[2];
	b.commits[5].after = &b.commits[3];
	CHECK_STATUS(cqrs_store_commit_batch(f->store, b.pointers, BATCH), CQRS_ERR_INVALID);
	CHECK_STATUS(b.commits[0].status, CQRS_OK);
	CHECK_UINT(b.commits[0].moved, CQRS_MOVED_NOTHING);
	CHECK_STATUS(b.commits[1].status, CQRS_ERR_INVALID);
	CHECK_CONTAINS(b.errs[1].message, "expects[0].stream.id");
	CHECK_UINT(b.commits[1].moved, CQRS_MOVED_NOTHING);
	CHECK_UINT(b.commits[1].moved_index, 0);
	CHECK_STATUS(b.commits[2].status, CQRS_ERR_CONFLICT);
	CHECK_UINT(b.commits[2].moved, CQRS_MOVED_AFTER);
	CHECK_STATUS(b.errs[2].status, CQRS_ERR_CONFLICT);
	CHECK_STATUS(b.commits[3].status, CQRS_OK);
	CHECK_STATUS(b.commits[4].status, CQRS_ERR_CONFLICT);
	CHECK_UINT(b.commits[4].moved, CQRS_MOVED_AFTER);
	CHECK_STATUS(b.commits[5].status, CQRS_OK);
	CHECK_UINT(f->fake.commits, 3);
}

static enum cqrs_status refuse_one(struct fake_backend *fake, const struct cqrs_commit *commit)
{
	return commit == fake->data ? CQRS_ERR_NOT_FOUND : CQRS_OK;
}

static void a_commit_the_backend_refused_spoils_those_of_later_runs(void **state)
{
	struct fixture *f = *state;
	struct batch b;

	batch_init(&b);
	f->fake.answer = refuse_one;
	f->fake.data = &b.commits[0];
	b.expects[1].stream.id = ""; /* so that 2 is in another call of the backend than 0 */
	b.commits[2].after = &b.commits[0];
	CHECK_STATUS(cqrs_store_commit_batch(f->store, b.pointers, BATCH), CQRS_ERR_NOT_FOUND);
	CHECK_UINT(f->fake.batches, 2);
	CHECK_STATUS(b.commits[0].status, CQRS_ERR_NOT_FOUND);
	CHECK_TEXT(b.errs[0].message, "the fake says not found");
	CHECK_UINT(b.commits[2].moved, CQRS_MOVED_AFTER);
	CHECK_STATUS(b.commits[3].status, CQRS_OK);
}

static void an_after_must_stand_before_in_the_same_call(void **state)
{
	struct fixture *f = *state;
	struct batch b;
	struct cqrs_commit other = { .status = CQRS_OK };

	batch_init(&b);
	b.commits[0].after = &b.commits[1];
	b.commits[2].after = &b.commits[2];
	b.commits[3].after = &other;
	b.commits[4].after = &b.commits[3];
	CHECK_STATUS(cqrs_store_commit_batch(f->store, b.pointers, BATCH), CQRS_ERR_INVALID);
	CHECK_STATUS(b.commits[0].status, CQRS_ERR_INVALID);
	CHECK_CONTAINS(b.errs[0].message, "after is not an earlier commit");
	CHECK_STATUS(b.commits[1].status, CQRS_OK);
	CHECK_STATUS(b.commits[2].status, CQRS_ERR_INVALID);
	CHECK_STATUS(b.commits[3].status, CQRS_ERR_INVALID);
	CHECK_UINT(b.commits[4].moved, CQRS_MOVED_AFTER);
	CHECK_STATUS(b.commits[5].status, CQRS_OK);
}

static void a_commit_given_twice_is_refused(void **state)
{
	struct fixture *f = *state;
	struct batch b;

	batch_init(&b);
	b.pointers[3] = &b.commits[1];
	CHECK_STATUS(cqrs_store_commit_batch(f->store, b.pointers, BATCH), CQRS_ERR_INVALID);
	CHECK_CONTAINS(b.errs[1].message, "in the call twice");
	CHECK_UINT(f->fake.commits, BATCH - 2);
}

static void a_batch_of_nothing_is_stored(void **state)
{
	struct fixture *f = *state;
	struct cqrs_commit *none = NULL;

	CHECK_STATUS(cqrs_store_commit_batch(f->store, NULL, 0), CQRS_OK);
	CHECK_STATUS(cqrs_store_commit_batch(f->store, NULL, 1), CQRS_ERR_INVALID);
	CHECK_STATUS(cqrs_store_commit_batch(f->store, &none, 1), CQRS_ERR_INVALID);
	CHECK_UINT(f->fake.batches, 0);
}

static void a_commit_fills_both_errors_of_its_caller(void **state)
{
	struct fixture *f = *state;
	struct batch b;

	batch_init(&b);
	f->fake.answer = refuse_one;
	f->fake.data = &b.commits[0];
	CHECK_STATUS(cqrs_store_commit(f->store, &b.commits[0], &f->err), CQRS_ERR_NOT_FOUND);
	CHECK_TEXT(f->err.message, "the fake says not found");
	CHECK_TEXT(b.errs[0].message, "the fake says not found");
	CHECK_TRUE(b.commits[0].err == &b.errs[0]);
	CHECK_STATUS(cqrs_store_commit(f->store, NULL, &f->err), CQRS_ERR_INVALID);
	CHECK_STATUS(cqrs_store_commit(NULL, &b.commits[0], &f->err), CQRS_ERR_INVALID);
}

/* ---- reads ---- */

static void a_page_has_at_least_one_and_at_most_the_largest_number_of_items(void **state)
{
	struct fixture *f = *state;
	struct cqrs_stream stream = STREAM("account", "a-1");
	struct cqrs_event_page page;

	CHECK_OK(cqrs_store_read_stream(f->store, &stream, 0, 0, f->arena, &page, &f->err),
	         &f->err);
	CHECK_UINT(f->fake.max_count, CQRS_MAX_PAGE_ITEMS);
	CHECK_OK(cqrs_store_read_feed(f->store, 1, 0, 5000, f->arena, &page, &f->err), &f->err);
	CHECK_UINT(f->fake.max_count, CQRS_MAX_PAGE_ITEMS);
	CHECK_OK(cqrs_store_read_feed(f->store, 1, 0, 7, f->arena, &page, &f->err), &f->err);
	CHECK_UINT(f->fake.max_count, 7);
}

/* Evaluates a read that is to be refused, with the status and message it is refused with. */
#define CHECK_REFUSED(read, status, text)                \
	do {                                             \
		CHECK_STATUS((read), CQRS_ERR_##status); \
		CHECK_TEXT(f->err.message, (text));      \
	} while (0)

static void reads_of_streams_check_their_arguments(void **state)
{
	struct fixture *f = *state;
	struct cqrs_stream stream = STREAM("account", "a-1");
	struct cqrs_stream no_id = STREAM("account", "");
	struct cqrs_stream long_id = STREAM("account", "12345678901");
	struct cqrs_event_page page;
	struct cqrs_stream_page streams;
	uint64_t head;

	CHECK_REFUSED(cqrs_store_read_stream(NULL, &stream, 0, 0, f->arena, &page, &f->err),
	              INVALID, "store is NULL");
	CHECK_REFUSED(cqrs_store_read_stream(f->store, NULL, 0, 0, f->arena, &page, &f->err),
	              INVALID, "stream is NULL");
	CHECK_REFUSED(cqrs_store_read_stream(f->store, &no_id, 0, 0, f->arena, &page, &f->err),
	              INVALID, "stream.id is missing or empty");
	CHECK_REFUSED(cqrs_store_read_stream(f->store, &long_id, 0, 0, f->arena, &page, &f->err),
	              LIMIT, "stream.id is above the limit of 10 bytes");
	CHECK_REFUSED(cqrs_store_read_stream(f->store, &stream, 0, 0, NULL, &page, &f->err),
	              INVALID, "arena is NULL");
	CHECK_REFUSED(cqrs_store_read_stream(f->store, &stream, 0, 0, f->arena, NULL, &f->err),
	              INVALID, "out_page is NULL");
	CHECK_REFUSED(cqrs_store_read_head(f->store, &no_id, &head, &f->err), INVALID,
	              "stream.id is missing or empty");
	CHECK_REFUSED(cqrs_store_read_head(f->store, &stream, NULL, &f->err), INVALID,
	              "out_sequence is NULL");
	CHECK_REFUSED(cqrs_store_list_streams(f->store, "", NULL, 0, f->arena, &streams, &f->err),
	              INVALID, "type is missing or empty");
	CHECK_REFUSED(cqrs_store_list_streams(f->store, "account", "\xff", 0, f->arena, &streams,
	                                      &f->err),
	              INVALID, "after_id is not valid UTF-8");
	CHECK_UINT(f->fake.reads, 0);
}

static void reads_of_feeds_check_their_arguments(void **state)
{
	struct fixture *f = *state;
	struct cqrs_event_page page;
	uint64_t offset;

	CHECK_REFUSED(cqrs_store_read_feed(f->store, 2, 0, 0, f->arena, &page, &f->err), INVALID,
	              "feed is not a feed of the store");
	CHECK_REFUSED(cqrs_store_read_feed(f->store, 0, 0, 0, NULL, &page, &f->err), INVALID,
	              "arena is NULL");
	CHECK_REFUSED(cqrs_store_read_feed_head(f->store, 2, &offset, &f->err), INVALID,
	              "feed is not a feed of the store");
	CHECK_REFUSED(cqrs_store_read_feed_head(f->store, 0, NULL, &f->err), INVALID,
	              "out_offset is NULL");
	CHECK_REFUSED(cqrs_store_wait(f->store, 2, 0, 0, &f->err), INVALID,
	              "feed is not a feed of the store");
	CHECK_REFUSED(cqrs_store_load_checkpoint(f->store, "projection", 2, &offset, &f->err),
	              INVALID, "feed is not a feed of the store");
	CHECK_REFUSED(cqrs_store_load_checkpoint(f->store, "", 0, &offset, &f->err), INVALID,
	              "projection is missing or empty");
	CHECK_UINT(f->fake.reads, 0);
}

static void reads_beside_the_events_check_their_arguments(void **state)
{
	struct fixture *f = *state;
	struct cqrs_stream stream = STREAM("account", "a-1");
	struct cqrs_snapshot snapshot;
	struct cqrs_stored_view view;
	struct cqrs_view_page views;
	struct cqrs_entry_page entries;
	struct cqrs_key_record record;

	CHECK_REFUSED(cqrs_store_load_snapshot(f->store, &stream, NULL, &snapshot, &f->err),
	              INVALID, "arena is NULL");
	CHECK_REFUSED(cqrs_store_load_snapshot(f->store, &stream, f->arena, NULL, &f->err), INVALID,
	              "out_snapshot is NULL");
	CHECK_REFUSED(cqrs_store_load_view(f->store, "a\x01", "id", f->arena, &view, &f->err),
	              INVALID, "type has a control character");
	CHECK_REFUSED(cqrs_store_load_view(f->store, "view", NULL, f->arena, &view, &f->err),
	              INVALID, "id is missing or empty");
	CHECK_REFUSED(cqrs_store_load_view(f->store, "view", "id", f->arena, NULL, &f->err),
	              INVALID, "out_view is NULL");
	CHECK_REFUSED(cqrs_store_list_views(f->store, NULL, NULL, 0, f->arena, &views, &f->err),
	              INVALID, "type is missing or empty");
	CHECK_REFUSED(
		cqrs_store_list_entries(f->store, "view", "", NULL, 0, f->arena, &entries, &f->err),
		INVALID, "id is missing or empty");
	CHECK_REFUSED(cqrs_store_load_key(f->store, &stream, "", &record, &f->err), INVALID,
	              "key is missing or empty");
	CHECK_REFUSED(cqrs_store_load_key(f->store, &stream, "key", NULL, &f->err), INVALID,
	              "out_record is NULL");
	CHECK_REFUSED(cqrs_store_purge_keys(NULL, 0, NULL, &f->err), INVALID, "store is NULL");
	CHECK_UINT(f->fake.reads, 0);
}

static void deletion_wants_a_head_or_any_head(void **state)
{
	struct fixture *f = *state;
	struct cqrs_stream stream = STREAM("account", "a-1");

	CHECK_REFUSED(cqrs_store_delete_stream(f->store, &stream, 0, &f->err), INVALID,
	              "expected_sequence is neither a head nor CQRS_EXPECT_EXISTS");
	CHECK_REFUSED(cqrs_store_delete_stream(f->store, &stream, CQRS_EXPECT_ANY, &f->err),
	              INVALID, "expected_sequence is neither a head nor CQRS_EXPECT_EXISTS");
	CHECK_STATUS(cqrs_store_delete_stream(f->store, &stream, CQRS_MAX_SEQUENCE + 1, &f->err),
	             CQRS_ERR_LIMIT);
	CHECK_UINT(f->fake.reads, 0);
	CHECK_OK(cqrs_store_delete_stream(f->store, &stream, CQRS_EXPECT_EXISTS, &f->err), &f->err);
	CHECK_OK(cqrs_store_delete_stream(f->store, &stream, 5, &f->err), &f->err);
	CHECK_UINT(f->fake.reads, 2);
}

static void every_read_reaches_the_backend(void **state)
{
	struct fixture *f = *state;
	struct cqrs_stream stream = STREAM("account", "a-1");
	struct cqrs_entry_position after = { 1, 0 };
	struct cqrs_event_page events;
	struct cqrs_stream_page streams;
	struct cqrs_snapshot snapshot;
	struct cqrs_stored_view view;
	struct cqrs_view_page views;
	struct cqrs_entry_page entries;
	struct cqrs_key_record record;
	uint64_t number;
	struct cqrs_store *s = f->store;
	struct cqrs_error *err = &f->err;

	CHECK_OK(cqrs_store_read_stream(s, &stream, 0, 1, f->arena, &events, err), err);
	CHECK_OK(cqrs_store_read_head(s, &stream, &number, err), err);
	CHECK_OK(cqrs_store_list_streams(s, "account", "", 1, f->arena, &streams, err), err);
	CHECK_OK(cqrs_store_read_feed(s, 1, 0, 1, f->arena, &events, err), err);
	CHECK_OK(cqrs_store_read_feed_head(s, 1, &number, err), err);
	CHECK_OK(cqrs_store_wait(s, 1, 0, 1, err), err);
	CHECK_OK(cqrs_store_load_snapshot(s, &stream, f->arena, &snapshot, err), err);
	CHECK_OK(cqrs_store_load_view(s, "view", "a", f->arena, &view, err), err);
	CHECK_OK(cqrs_store_list_views(s, "view", "a", 1, f->arena, &views, err), err);
	CHECK_OK(cqrs_store_list_entries(s, "view", "a", &after, 1, f->arena, &entries, err), err);
	CHECK_OK(cqrs_store_load_checkpoint(s, "projection", 1, &number, err), err);
	CHECK_OK(cqrs_store_load_key(s, &stream, "key", &record, err), err);
	CHECK_OK(cqrs_store_purge_keys(s, 0, &number, err), err);
	CHECK_UINT(number, 3);
	CHECK_OK(cqrs_store_purge_keys(s, 0, NULL, err), err);
	CHECK_UINT(f->fake.reads, 14);
}

/* ---- opening ---- */

static void limits_are_completed_and_never_above_those_of_the_library(void **state)
{
	struct fake_backend fake;
	struct cqrs_store *store;
	const struct cqrs_store_limits *limits;

	(void)state;
	fake_init(&fake, false);
	store = fake_open(&fake,
	                  (struct cqrs_store_limits){
				  .id_len = 1000, .event_size = 5, .commit_size = SIZE_MAX },
	                  0);
	limits = cqrs_store_get_limits(store);
	CHECK_UINT(limits->id_len, CQRS_MAX_ID_LEN);
	CHECK_UINT(limits->event_size, 5);
	CHECK_UINT(limits->view_size, CQRS_MAX_JSON_SIZE);
	CHECK_UINT(limits->commit_events, CQRS_MAX_COMMIT_EVENTS);
	CHECK_UINT(limits->commit_size, CQRS_MAX_COMMIT_SIZE);
	CHECK_UINT(cqrs_store_feed_count(store), 1);
	cqrs_store_close(store);
	cqrs_store_close(NULL);
}

static void an_instance_that_lacks_something_is_refused(void **state)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct fake_backend fake;
	struct cqrs_store_instance instance = { &fake.ops, &fake, { 0 }, 1 };
	struct cqrs_store *store = NULL;

	(void)state;
	fake_init(&fake, false);
	fake.ops.list_entries = NULL;
	CHECK_STATUS(cqrs_store_wrap(&instance, NULL, &store, &err), CQRS_ERR_INVALID);
	CHECK_TEXT(err.message, "the backend's table has no list_entries");
	fake_init(&fake, false);
	fake.ops.size = offsetof(struct cqrs_store_ops, purge_keys);
	CHECK_STATUS(cqrs_store_wrap(&instance, NULL, &store, &err), CQRS_ERR_INVALID);
	CHECK_TEXT(err.message, "the backend's table has no purge_keys");
	fake.ops.size = sizeof(fake.ops) + 8;
	CHECK_STATUS(cqrs_store_wrap(&instance, NULL, &store, &err), CQRS_ERR_INVALID);
	CHECK_CONTAINS(err.message, "another version");
	fake_init(&fake, false);
	instance.feed_count = CQRS_MAX_FEEDS + 1;
	CHECK_STATUS(cqrs_store_wrap(&instance, NULL, &store, &err), CQRS_ERR_INVALID);
	CHECK_TEXT(err.message, "the store has more than 64 feeds");
	CHECK_STATUS(cqrs_store_wrap(NULL, NULL, &store, &err), CQRS_ERR_INVALID);
	CHECK_TRUE(store == NULL);
	CHECK_UINT(fake.closed, 0);
}

static struct fake_backend broken;

static enum cqrs_status open_broken(const char *url, const struct cqrs_environment *environment,
                                    struct cqrs_store_instance *out_instance,
                                    struct cqrs_error *err)
{
	(void)err;
	CHECK_TEXT(url, "broken:x");
	CHECK_TRUE(environment->allocator && environment->now_us && environment->random);
	fake_init(&broken, false);
	broken.ops.wait = NULL;
	*out_instance = (struct cqrs_store_instance){ .ops = &broken.ops, .self = &broken };
	return CQRS_OK;
}

static void a_url_chooses_among_the_backends(void **state)
{
	static const struct cqrs_backend backend = { sizeof(backend), "broken", open_broken };
	static const struct cqrs_backend old = { 8, "old", NULL };
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_store *store = NULL;

	(void)state;
	CHECK_OK(cqrs_store_open("memory:", CQRS_BACKENDS(&backend, cqrs_memory()), &store, &err),
	         &err);
	cqrs_store_close(store);
	store = NULL;
	CHECK_STATUS(cqrs_store_open("mem:", CQRS_BACKENDS(cqrs_memory()), &store, &err),
	             CQRS_ERR_INVALID);
	CHECK_TEXT(err.message, "no backend given is for 'mem:'");
	CHECK_STATUS(cqrs_store_open("memory", CQRS_BACKENDS(cqrs_memory()), &store, &err),
	             CQRS_ERR_INVALID);
	CHECK_CONTAINS(err.message, "url does not begin with a scheme");
	CHECK_STATUS(cqrs_store_open(NULL, CQRS_BACKENDS(cqrs_memory()), &store, &err),
	             CQRS_ERR_INVALID);
	CHECK_STATUS(cqrs_store_open("memory:", NULL, &store, &err), CQRS_ERR_INVALID);
	CHECK_STATUS(cqrs_store_open("memory:", CQRS_BACKENDS(cqrs_memory()), NULL, &err),
	             CQRS_ERR_INVALID);
	CHECK_STATUS(cqrs_store_open("memory:", CQRS_BACKENDS(&old), &store, &err),
	             CQRS_ERR_INVALID);
	/* An instance that cannot be used is closed. */
	CHECK_STATUS(cqrs_store_open("broken:x", CQRS_BACKENDS(&backend), &store, &err),
	             CQRS_ERR_INVALID);
	CHECK_TEXT(err.message, "the backend's table has no wait");
	CHECK_UINT(broken.closed, 1);
	CHECK_TRUE(store == NULL);
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(a_refused_commit_spoils_only_those_after_it),
		STORE_TEST(a_commit_the_backend_refused_spoils_those_of_later_runs),
		STORE_TEST(an_after_must_stand_before_in_the_same_call),
		STORE_TEST(a_commit_given_twice_is_refused),
		STORE_TEST(a_batch_of_nothing_is_stored),
		STORE_TEST(a_commit_fills_both_errors_of_its_caller),
		STORE_TEST(a_page_has_at_least_one_and_at_most_the_largest_number_of_items),
		STORE_TEST(reads_of_streams_check_their_arguments),
		STORE_TEST(reads_of_feeds_check_their_arguments),
		STORE_TEST(reads_beside_the_events_check_their_arguments),
		STORE_TEST(deletion_wants_a_head_or_any_head),
		STORE_TEST(every_read_reaches_the_backend),
		STORE_TEST(limits_are_completed_and_never_above_those_of_the_library),
		STORE_TEST(an_instance_that_lacks_something_is_refused),
		STORE_TEST(a_url_chooses_among_the_backends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
