/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_key_tests.c - idempotency keys: stored once, by whoever comes first (section 9 of
 * the contract).
 */
#include "store_suite.h"

#include <stdatomic.h>
#include <string.h>

static const struct cqrs_stream account = { "account", "ACCT-1" };

static struct draft *key_draft(struct actor *a, struct cqrs_stream stream, const char *key)
{
	struct draft *draft = cqrs__draft_new(a);

	cqrs__draft_key(draft, stream, key);
	return draft;
}

static void check_key(struct actor *a, struct cqrs_stream stream, const char *key,
                      const struct cqrs_key_record *expected)
{
	struct cqrs_key_record record = { .first_sequence = 99 };

	CHECK_STATUS(a, cqrs__suite_load_key(a, stream, key, &record), CQRS_OK);
	CHECK_BYTES(a, &record.command, &expected->command);
	CHECK_UINT(a, record.first_sequence, expected->first_sequence);
	CHECK_UINT(a, record.last_sequence, expected->last_sequence);
	CHECK_INT(a, record.recorded_at_us, expected->recorded_at_us);
}

static void check_no_key(struct actor *a, struct cqrs_stream stream, const char *key)
{
	struct cqrs_key_record record;

	CHECK_STATUS(a, cqrs__suite_load_key(a, stream, key, &record), CQRS_ERR_NOT_FOUND);
}

static void a_key_comes_back_as_it_was(struct actor *a)
{
	struct cqrs_key_record record = { .first_sequence = 3,
		                          .last_sequence = 5,
		                          .recorded_at_us = INT64_C(1700000000123456) };
	struct draft *draft = key_draft(a, account, "key");

	for (size_t i = 0; i < sizeof(record.command.bytes); i++)
		record.command.bytes[i] = (uint8_t)(251 - 17 * i);
	draft->keys[0].record = record;
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	check_key(a, account, "key", &record);
}

static void a_stored_key_refuses_every_commit_with_it(struct actor *a)
{
	struct draft *first = key_draft(a, account, "key");
	struct draft *same = key_draft(a, account, "key");
	struct draft *other = key_draft(a, account, "key");
	struct draft *with_events = key_draft(a, account, "key");

	CHECK_STORED(a, cqrs__draft_commit(a, first));
	CHECK_MOVED(a, cqrs__draft_commit(a, same), CQRS_MOVED_KEY, 0, 0);
	other->keys[0].record.command.bytes[0] ^= 1;
	other->keys[0].record.recorded_at_us++;
	CHECK_MOVED(a, cqrs__draft_commit(a, other), CQRS_MOVED_KEY, 0, 0);
	cqrs__draft_append(a, with_events, account, CQRS_EXPECT_ANY, 1);
	CHECK_MOVED(a, cqrs__draft_commit(a, with_events), CQRS_MOVED_KEY, 0, 0);
	check_key(a, account, "key", &first->keys[0].record);
	CHECK_UINT(a, cqrs__suite_head(a, account), 0);
}

static void a_key_belongs_to_its_stream(struct actor *a)
{
	static const struct cqrs_stream streams[] = { { "account", "ACCT-1" },
		                                      { "account", "ACCT-2" },
		                                      { "order", "ACCT-1" } };

	for (uint64_t i = 0; i < 3; i++) {
		struct draft *draft = key_draft(a, streams[i], "key");

		draft->keys[0].record.first_sequence = i + 1;
		check_no_key(a, streams[i], "key");
		CHECK_STORED(a, cqrs__draft_commit(a, draft));
	}
	for (uint64_t i = 0; i < 3; i++) {
		struct cqrs_key_record record = { .first_sequence = 0 };

		CHECK_STATUS(a, cqrs__suite_load_key(a, streams[i], "key", &record), CQRS_OK);
		CHECK_UINT(a, record.first_sequence, i + 1);
	}
}

static void a_key_needs_no_events(struct actor *a)
{
	struct draft *draft = key_draft(a, account, "key");

	draft->keys[0].record.first_sequence = 0;
	draft->keys[0].record.last_sequence = 0;
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	check_key(a, account, "key", &draft->keys[0].record);
	CHECK_UINT(a, cqrs__suite_head(a, account), 0);
	CHECK_UINT(a, cqrs__suite_check_feeds(a), 0);
}

/* Keys of commits before the snapshot, of the one that saves it, and of one behind it. */
static void keys_outlive_snapshots(struct actor *a)
{
	static const char *const keys[] = { "before", "with", "behind" };

	for (uint64_t i = 0; i < 3; i++) {
		struct draft *draft = key_draft(a, account, keys[i]);

		cqrs__draft_append(a, draft, account, i, 1);
		if (i == 1)
			cqrs__draft_snapshot(draft, account, 2, "{\"n\":2}");
		CHECK_STORED(a, cqrs__draft_commit(a, draft));
	}
	for (uint64_t i = 0; i < 3; i++) {
		struct draft *again = key_draft(a, account, keys[i]);
		struct cqrs_key_record record;

		CHECK_STATUS(a, cqrs__suite_load_key(a, account, keys[i], &record), CQRS_OK);
		cqrs__draft_append(a, again, account, 3, 1);
		CHECK_MOVED(a, cqrs__draft_commit(a, again), CQRS_MOVED_KEY, 0, 0);
	}
	CHECK_UINT(a, cqrs__suite_head(a, account), 3);
}

/* ---- many threads, one key ---- */

enum {
	RIVALS = 8,
	KEYS = 20,
	EVENTS = 2 * KEYS, /* two with each key */
};

struct contest {
	atomic_uint winners[KEYS];
	atomic_uint ready;
};

static void submit_every_key(struct actor *a)
{
	struct contest *contest = a->with;

	atomic_fetch_add(&contest->ready, 1);
	while (atomic_load(&contest->ready) < RIVALS && !cqrs__suite_failed(a->suite))
		cqrs__suite_sleep_us(50);
	for (size_t i = 0; i < KEYS; i++) {
		struct draft *draft = key_draft(a, account, cqrs__suite_print(a, "key-%zu", i));

		cqrs__draft_append(a, draft, account, CQRS_EXPECT_ANY, 2);
		cqrs__draft_commit(a, draft);
		if (draft->commit.status == CQRS_OK)
			atomic_fetch_add(&contest->winners[i], 1);
		else
			CHECK_MOVED(a, draft, CQRS_MOVED_KEY, 0, 0);
	}
}

static void one_of_many_gets_a_key(struct actor *a)
{
	struct contest *contest = cqrs__suite_allocate(a, sizeof(*contest));

	atomic_init(&contest->ready, 0);
	for (size_t i = 0; i < KEYS; i++)
		atomic_init(&contest->winners[i], 0);
	for (size_t i = 0; i < RIVALS; i++)
		cqrs__suite_start(a, submit_every_key, a->store, contest);
	cqrs__suite_join(a);
	for (size_t i = 0; i < KEYS; i++)
		CHECK_UINT(a, atomic_load(&contest->winners[i]), 1);
	CHECK_UINT(a, cqrs__suite_head(a, account), EVENTS);
	CHECK_UINT(a, cqrs__suite_check_feeds(a), EVENTS);
}

/* ---- the reply was lost ---- */

static bool is_mine(struct actor *a, const struct draft *draft)
{
	const struct cqrs_append *append = &draft->appends[0];
	struct cqrs_event_page page =
		cqrs__suite_read_stream(a, append->stream, append->expected_sequence, 1);

	return page.count == 1 && memcmp(&page.items[0].data.event_id, &append->events[0].event_id,
	                                 sizeof(struct cqrs_id)) == 0;
}

static void a_second_submission_tells_that_the_first_was_stored(struct actor *a)
{
	struct draft *draft = key_draft(a, account, "key");
	struct draft *rival = cqrs__draft_new(a);

	cqrs__suite_given_events(a, account, 3);
	cqrs__draft_append(a, draft, account, 3, 2);
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	CHECK_REFUSED(a, cqrs__draft_commit(a, draft), CQRS_ERR_CONFLICT);
	CHECK_TRUE(a, draft->commit.moved == CQRS_MOVED_STREAM ||
	                      draft->commit.moved == CQRS_MOVED_KEY);
	CHECK_TRUE(a, is_mine(a, draft));
	check_key(a, account, "key", &draft->keys[0].record);
	CHECK_UINT(a, cqrs__suite_head(a, account), 5);
	cqrs__draft_append(a, rival, account, 3, 2); /* another's true conflict looks otherwise */
	CHECK_MOVED(a, cqrs__draft_commit(a, rival), CQRS_MOVED_STREAM, 0, 5);
	CHECK_TRUE(a, !is_mine(a, rival));
}

/* Without a key, and with others having gone on meanwhile. */
static void a_commit_submitted_many_times_is_stored_once(struct actor *a)
{
	struct draft *draft = cqrs__draft_new(a);

	cqrs__draft_append(a, draft, account, 0, 2);
	for (size_t i = 0; i < 4; i++) {
		cqrs__draft_commit(a, draft);
		if (i == 0)
			CHECK_STORED(a, draft);
		else
			CHECK_MOVED(a, draft, CQRS_MOVED_STREAM, 0, 1 + i);
		CHECK_TRUE(a, is_mine(a, draft));
		if (i > 0)
			cqrs__suite_given_events(a, account, 1);
	}
	CHECK_UINT(a, cqrs__suite_head(a, account), 5);
}

/* ---- purging ---- */

static void keys_go_by_their_time(struct actor *a)
{
	static const int64_t times[] = { INT64_MIN, -5, 0, 99, 100, 101, INT64_MAX };
	enum { COUNT = sizeof(times) / sizeof(*times) };
	struct cqrs_error err = CQRS_ERROR_INIT;
	uint64_t purged = 77;

	for (size_t i = 0; i < COUNT; i++) {
		struct draft *draft = key_draft(a, i % 2 ? account : STREAM("order", "1"),
		                                cqrs__suite_print(a, "key-%zu", i));

		draft->keys[0].record.recorded_at_us = times[i];
		CHECK_STORED(a, cqrs__draft_commit(a, draft));
	}
	CHECK_STATUS_ERR(a, cqrs_store_purge_keys(a->store, INT64_MIN, &purged, &err), CQRS_OK,
	                 &err);
	CHECK_UINT(a, purged, 0);
	CHECK_STATUS_ERR(a, cqrs_store_purge_keys(a->store, 100, &purged, &err), CQRS_OK, &err);
	CHECK_UINT(a, purged, 4);
	for (size_t i = 0; i < COUNT; i++) {
		struct cqrs_key_record record;

		CHECK_STATUS(a,
		             cqrs__suite_load_key(a, i % 2 ? account : STREAM("order", "1"),
		                                  cqrs__suite_print(a, "key-%zu", i), &record),
		             times[i] < 100 ? CQRS_ERR_NOT_FOUND : CQRS_OK);
	}
	CHECK_STATUS_ERR(a, cqrs_store_purge_keys(a->store, 100, &purged, &err), CQRS_OK, &err);
	CHECK_UINT(a, purged, 0);
	CHECK_STORED(a, cqrs__draft_commit(a, key_draft(a, account, "key-3"))); /* free again */
}

static void a_refused_commit_leaves_no_key(struct actor *a)
{
	struct draft *draft = key_draft(a, account, "key");

	check_no_key(a, account, "key");
	cqrs__draft_append(a, draft, account, 9, 1);
	CHECK_MOVED(a, cqrs__draft_commit(a, draft), CQRS_MOVED_STREAM, 0, 0);
	check_no_key(a, account, "key");
	draft->appends[0].expected_sequence = 0;
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	check_key(a, account, "key", &draft->keys[0].record);
}

static const struct store_test tests[] = {
	{ "a key comes back as it was stored", "9.1", a_key_comes_back_as_it_was },
	{ "a stored key refuses every commit with it", "9.2 2.8",
	  a_stored_key_refuses_every_commit_with_it },
	{ "a key belongs to its stream", "9.3", a_key_belongs_to_its_stream },
	{ "a key needs no events", "9.4", a_key_needs_no_events },
	{ "keys outlive snapshots of their stream", "9.9 9.2", keys_outlive_snapshots },
	{ "one of many threads gets a key", "9.5", one_of_many_gets_a_key },
	{ "a second submission tells that the first was stored", "9.6",
	  a_second_submission_tells_that_the_first_was_stored },
	{ "a commit submitted many times is stored once", "9.6",
	  a_commit_submitted_many_times_is_stored_once },
	{ "keys go by their time, and no others", "9.7", keys_go_by_their_time },
	{ "a refused commit leaves no key", "9.8", a_refused_commit_leaves_no_key },
};
const struct store_tests cqrs__suite_key_tests = STORE_TESTS(tests);
