/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_deletion_tests.c - streams deleted for ever (section 10 of the contract).
 */
#include "store_suite.h"

#include <stdatomic.h>

static const struct cqrs_stream doomed = { "account", "doomed" };
static const struct cqrs_stream other = { "account", "other" };

static enum cqrs_status delete_stream(struct actor *a, struct cqrs_stream stream, uint64_t expected)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	enum cqrs_status status = cqrs_store_delete_stream(a->store, &stream, expected, &err);

	CHECK_STATUS(a, err.status, status);
	return status;
}

static void given_doomed(struct actor *a)
{
	struct draft *draft = cqrs__draft_new(a);

	cqrs__suite_given_events(a, other, 2);
	cqrs__suite_given_events(a, doomed, 3);
	cqrs__suite_given_events(a, other, 1);
	cqrs__draft_snapshot(draft, doomed, 3, "{\"s\":1}");
	cqrs__draft_snapshot(draft, other, 3, "{\"s\":2}");
	cqrs__draft_key(draft, doomed, "key");
	cqrs__draft_key(draft, other, "key");
	cqrs__draft_view(draft, "v", "doomed", 0, 3, "{\"v\":3}");
	cqrs__draft_entry(draft, 3, 0, "{}");
	cqrs__draft_checkpoint(draft, "p", 0, 0, 2);
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
}

static void check_gone(struct actor *a)
{
	struct cqrs_stream_page page;
	uint64_t head = 0;

	CHECK_UINT(a, cqrs__suite_read_stream(a, doomed, 0, 0).count, 0);
	CHECK_STATUS(a, cqrs_store_read_head(a->store, &doomed, &head, NULL), CQRS_ERR_NOT_FOUND);
	page = cqrs__suite_list_streams(a, "account", NULL, 0);
	CHECK_UINT(a, page.count, 1);
	CHECK_STRING(a, page.items[0].id, "other");
	CHECK_UINT(a, page.items[0].sequence, 3);
}

static void a_deleted_stream_is_empty_and_gone(struct actor *a)
{
	given_doomed(a);
	CHECK_STATUS(a, delete_stream(a, doomed, 3), CQRS_OK);
	check_gone(a);
}

static void check_deleted_event(struct actor *a, const struct cqrs_stored_event *event,
                                uint64_t sequence)
{
	static const struct cqrs_id none;

	CHECK_TRUE(a, event->deleted);
	CHECK_STRING(a, event->stream.type, "account");
	CHECK_STRING(a, event->stream.id, "");
	CHECK_UINT(a, event->sequence, sequence);
	CHECK_BYTES(a, &event->data.event_id, &none);
	CHECK_BYTES(a, &event->data.correlation_id, &none);
	CHECK_BYTES(a, &event->data.causation_id, &none);
	CHECK_INT(a, event->data.recorded_at_us, 0);
	CHECK_TRUE(a, !event->data.type && !event->data.version);
	CHECK_UINT(a, event->data.payload.len + event->data.metadata.len, 0);
	CHECK_TRUE(a, !event->data.payload.data && !event->data.metadata.data);
}

static void deleted_events_keep_their_places(struct actor *a)
{
	uint64_t feed = cqrs__suite_feed_of(a, doomed);
	uint64_t sequence = 0;
	struct cqrs_event_page page;

	given_doomed(a);
	CHECK_STATUS(a, delete_stream(a, doomed, 3), CQRS_OK);
	CHECK_UINT(a, cqrs__suite_check_feeds(a), 6);
	page = cqrs__suite_read_whole_feed(a, feed, 2);
	for (size_t i = 0; i < page.count; i++) {
		if (page.items[i].deleted)
			check_deleted_event(a, &page.items[i], ++sequence);
		else
			CHECK_STRING(a, page.items[i].stream.id, "other");
	}
	CHECK_UINT(a, sequence, 3);
	cqrs__suite_given_events(a, other, 1);
	CHECK_UINT(a, cqrs__suite_check_feeds(a), 7);
}

static void a_deleted_stream_takes_no_commit(struct actor *a)
{
	static const uint64_t expected[] = { CQRS_EXPECT_NONE, 3, CQRS_EXPECT_ANY,
		                             CQRS_EXPECT_EXISTS };
	struct draft *draft;

	given_doomed(a);
	CHECK_STATUS(a, delete_stream(a, doomed, 3), CQRS_OK);
	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		draft = cqrs__draft_new(a);
		cqrs__draft_append(a, draft, doomed, expected[i], 1);
		CHECK_REFUSED(a, cqrs__draft_commit(a, draft), CQRS_ERR_NOT_FOUND);
		draft = cqrs__draft_new(a);
		cqrs__draft_expect(draft, doomed, expected[i]);
		CHECK_REFUSED(a, cqrs__draft_commit(a, draft), CQRS_ERR_NOT_FOUND);
	}
	draft = cqrs__draft_new(a);
	cqrs__draft_snapshot(draft, doomed, 1, "{}");
	CHECK_REFUSED(a, cqrs__draft_commit(a, draft), CQRS_ERR_NOT_FOUND);
	draft = cqrs__draft_new(a);
	cqrs__draft_key(draft, doomed, "another");
	CHECK_REFUSED(a, cqrs__draft_commit(a, draft), CQRS_ERR_NOT_FOUND);
	check_gone(a);
	CHECK_UINT(a, cqrs__suite_check_feeds(a), 6);
}

static void what_belongs_to_it_goes_and_the_rest_stays(struct actor *a)
{
	struct cqrs_snapshot snapshot = { 0 };
	struct cqrs_key_record record;

	given_doomed(a);
	CHECK_STATUS(a, delete_stream(a, doomed, CQRS_EXPECT_EXISTS), CQRS_OK);
	CHECK_STATUS(a, cqrs__suite_load_snapshot(a, doomed, &snapshot), CQRS_ERR_NOT_FOUND);
	CHECK_STATUS(a, cqrs__suite_load_key(a, doomed, "key", &record), CQRS_ERR_NOT_FOUND);
	CHECK_STATUS(a, cqrs__suite_load_snapshot(a, other, &snapshot), CQRS_OK);
	CHECK_TEXT(a, snapshot.state, TEXT("{\"s\":2}"));
	CHECK_STATUS(a, cqrs__suite_load_key(a, other, "key", &record), CQRS_OK);
	CHECK_TEXT(a, cqrs__suite_view_payload(a, "v", "doomed"), TEXT("{\"v\":3}"));
	CHECK_UINT(a, cqrs__suite_list_entries(a, "v", "doomed", NULL, 0).count, 1);
	CHECK_UINT(a, cqrs__suite_checkpoint(a, "p", 0), 2);
}

static void deletion_wants_the_head_there_is(struct actor *a)
{
	static const uint64_t wrong[] = { 1, 2, 4, CQRS_MAX_SEQUENCE };

	given_doomed(a);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		CHECK_STATUS(a, delete_stream(a, doomed, wrong[i]), CQRS_ERR_CONFLICT);
	CHECK_UINT(a, cqrs__suite_head(a, doomed), 3);
	CHECK_UINT(a, cqrs__suite_read_stream(a, doomed, 0, 0).count, 3);
	CHECK_STATUS(a, delete_stream(a, doomed, 3), CQRS_OK);
	check_gone(a);
}

static void what_is_not_there_cannot_be_deleted(struct actor *a)
{
	given_doomed(a);
	CHECK_STATUS(a, delete_stream(a, STREAM("account", "never"), CQRS_EXPECT_EXISTS),
	             CQRS_ERR_NOT_FOUND);
	CHECK_STATUS(a, delete_stream(a, STREAM("order", "doomed"), 3), CQRS_ERR_NOT_FOUND);
	CHECK_STATUS(a, delete_stream(a, doomed, CQRS_EXPECT_EXISTS), CQRS_OK);
	CHECK_STATUS(a, delete_stream(a, doomed, CQRS_EXPECT_EXISTS), CQRS_ERR_NOT_FOUND);
	CHECK_STATUS(a, delete_stream(a, doomed, 3), CQRS_ERR_NOT_FOUND);
}

static void others_are_not_touched(struct actor *a)
{
	static const struct cqrs_stream near[] = { { "order", "doomed" },
		                                   { "account", "Doomed" },
		                                   { "account", "doomed " },
		                                   { "accoun", "tdoomed" } };
	const struct cqrs_event_data *events[4];

	given_doomed(a);
	for (size_t i = 0; i < 4; i++)
		events[i] = cqrs__suite_given_events(a, near[i], i + 1);
	CHECK_STATUS(a, delete_stream(a, doomed, 3), CQRS_OK);
	for (size_t i = 0; i < 4; i++)
		cqrs__suite_check_stream(a, near[i], events[i], i + 1);
	CHECK_UINT(a, cqrs__suite_head(a, other), 3);
}

/* ---- beside writers and a reader ---- */

enum { WRITERS = 3, ROUNDS = 40, STREAMS = 8 };

struct traffic {
	atomic_uint writing;
	atomic_uint_fast64_t stored; /* events */
};

static struct cqrs_stream numbered(struct actor *a, uint64_t number)
{
	return STREAM("account", cqrs__suite_print(a, "%d", (int)number));
}

static void write_and_delete(struct actor *a)
{
	struct traffic *traffic = a->with;

	for (size_t round = 0; round < ROUNDS && !cqrs__suite_failed(a->suite); round++) {
		struct cqrs_stream stream = numbered(a, cqrs__suite_random(a, STREAMS));
		struct draft *draft = cqrs__draft_new(a);

		cqrs__draft_append(a, draft, stream, CQRS_EXPECT_ANY, 2);
		cqrs__suite_sleep_us(cqrs__suite_random(a, 200));
		if (cqrs__draft_commit(a, draft)->commit.status == CQRS_OK)
			atomic_fetch_add(&traffic->stored, 2);
		else
			CHECK_REFUSED(a, draft, CQRS_ERR_NOT_FOUND);
		if (cqrs__suite_random(a, 10) == 0 &&
		    delete_stream(a, stream, CQRS_EXPECT_EXISTS) != CQRS_OK)
			CHECK_STATUS(a, delete_stream(a, stream, CQRS_EXPECT_EXISTS),
			             CQRS_ERR_NOT_FOUND);
		cqrs_arena_reset(a->arena);
	}
	atomic_fetch_sub(&traffic->writing, 1);
}

static void follow_first_feed(struct actor *a)
{
	struct traffic *traffic = a->with;
	uint64_t seen = 0;
	bool more = true;

	while (more && !cqrs__suite_failed(a->suite)) {
		bool writing = atomic_load(&traffic->writing) > 0;
		struct cqrs_event_page page = cqrs__suite_read_feed(a, 0, seen, 3);

		for (size_t i = 0; i < page.count; i++)
			CHECK_UINT(a, page.items[i].offset, ++seen);
		more = writing || page.count > 0;
		cqrs_arena_reset(a->arena);
	}
	CHECK_UINT(a, cqrs__suite_feed_head(a, 0), seen);
}

static void a_feed_stays_dense_while_streams_are_deleted(struct actor *a)
{
	struct traffic *traffic = cqrs__suite_allocate(a, sizeof(*traffic));

	atomic_init(&traffic->writing, WRITERS);
	atomic_init(&traffic->stored, 0);
	for (size_t i = 0; i < WRITERS; i++)
		cqrs__suite_start(a, write_and_delete, a->store, traffic);
	cqrs__suite_start(a, follow_first_feed, a->store, traffic);
	cqrs__suite_join(a);
	CHECK_UINT(a, cqrs__suite_check_feeds(a), atomic_load(&traffic->stored));
}

static const struct store_test tests[] = {
	{ "a deleted stream is empty and gone", "10.1", a_deleted_stream_is_empty_and_gone },
	{ "deleted events keep their places in the feed", "10.2 4.3",
	  deleted_events_keep_their_places },
	{ "a deleted stream takes no commit", "10.3", a_deleted_stream_takes_no_commit },
	{ "what belongs to a deleted stream goes, the rest stays", "10.4",
	  what_belongs_to_it_goes_and_the_rest_stays },
	{ "deletion wants the head there is", "10.5", deletion_wants_the_head_there_is },
	{ "what is not there cannot be deleted", "10.6", what_is_not_there_cannot_be_deleted },
	{ "other streams are not touched by deletion", "10.7", others_are_not_touched },
	{ "a feed stays dense while streams are deleted", "10.2 10.3 4.3",
	  a_feed_stays_dense_while_streams_are_deleted },
};
const struct store_tests cqrs__suite_deletion_tests = STORE_TESTS(tests);
