/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_number_tests.c - numbers are exact beyond 2^31 and 2^53, and times, fingerprints,
 * ids and hashes over all their bits (12.1 and 12.2 of the contract).
 *
 * The head of a stream or feed so far out needs a hook of the fixture.
 */
#include "store_suite.h"

#include <string.h>

static const struct cqrs_stream account = { "account", "ACCT-1" };

/* In ascending order; neighbours that a double or a 32-bit integer takes for the same. */
static const uint64_t numbers[] = {
	1,
	(UINT64_C(1) << 31) - 1,
	UINT64_C(1) << 31,
	(UINT64_C(1) << 32) - 1,
	UINT64_C(1) << 32,
	(UINT64_C(1) << 32) + 1,
	(UINT64_C(1) << 53) - 1,
	UINT64_C(1) << 53,
	(UINT64_C(1) << 53) + 1,
	CQRS_MAX_SEQUENCE - 1,
	CQRS_MAX_SEQUENCE,
};
enum { NUMBERS = sizeof(numbers) / sizeof(*numbers), PAIRS = NUMBERS * NUMBERS };

static void versions_are_exact(struct actor *a)
{
	uint64_t at = 0;

	for (size_t i = 0; i < NUMBERS; i++) {
		struct draft *draft = cqrs__draft_new(a);
		struct cqrs_stored_view view = { 0 };

		cqrs__draft_view(draft, "v", "1", numbers[i] - 1, numbers[i] + 1, "{}");
		if (numbers[i] - 1 != at && numbers[i] < CQRS_MAX_SEQUENCE)
			CHECK_MOVED(a, cqrs__draft_commit(a, draft), CQRS_MOVED_VIEW, 0, at);
		cqrs__suite_given_view(a, "v", "1", at, numbers[i], "{}");
		at = numbers[i];
		CHECK_STATUS(a, cqrs__suite_load_view(a, "v", "1", &view), CQRS_OK);
		CHECK_UINT(a, view.version, at);
		CHECK_UINT(a, cqrs__suite_list_views(a, "v", NULL, 0).items[0].version, at);
	}
}

static void positions_are_exact(struct actor *a)
{
	struct draft *draft = cqrs__draft_new(a);
	struct cqrs_entry_write entries[PAIRS];
	struct cqrs_view_write *view = cqrs__draft_view(draft, "v", "1", 0, 1, "{}");
	struct cqrs_entry_page page;

	for (size_t i = 0; i < PAIRS; i++) {
		size_t n = PAIRS - 1 - i;

		entries[i].position.sequence = numbers[n / NUMBERS];
		entries[i].position.index = numbers[n % NUMBERS];
		entries[i].payload = TEXT("{}");
	}
	view->entries = entries;
	view->entry_count = PAIRS;
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	for (size_t from = 0; from <= PAIRS; from += 13) {
		struct cqrs_entry_position after = { 0, 0 };

		if (from > 0)
			after = (struct cqrs_entry_position){ numbers[(from - 1) / NUMBERS],
				                              numbers[(from - 1) % NUMBERS] };
		page = cqrs__suite_list_entries(a, "v", "1", &after, 0);
		CHECK_UINT(a, page.count, PAIRS - from);
		for (size_t i = 0; i < page.count; i++) {
			CHECK_UINT(a, page.items[i].position.sequence,
			           numbers[(from + i) / NUMBERS]);
			CHECK_UINT(a, page.items[i].position.index, numbers[(from + i) % NUMBERS]);
		}
	}
}

static void checkpoints_are_exact(struct actor *a)
{
	uint64_t at = 0;

	for (size_t i = 0; i < NUMBERS; i++) {
		struct draft *draft = cqrs__draft_new(a);
		struct draft *wrong = cqrs__draft_new(a);

		cqrs__draft_checkpoint(draft, "p", 0, at, numbers[i]);
		CHECK_STORED(a, cqrs__draft_commit(a, draft));
		at = numbers[i];
		CHECK_UINT(a, cqrs__suite_checkpoint(a, "p", 0), at);
		cqrs__draft_checkpoint(wrong, "p", 0, at - 1, 5);
		CHECK_MOVED(a, cqrs__draft_commit(a, wrong), CQRS_MOVED_CHECKPOINT, 0, at);
	}
}

static void expected_numbers_are_exact(struct actor *a)
{
	cqrs__suite_given_events(a, account, 1);
	for (size_t i = 1; i < NUMBERS; i++) { /* none of them is the head, 1 */
		struct draft *append = cqrs__draft_new(a);
		struct draft *expect = cqrs__draft_new(a);

		cqrs__draft_append(a, append, account, numbers[i], 1);
		CHECK_MOVED(a, cqrs__draft_commit(a, append), CQRS_MOVED_STREAM, 0, 1);
		cqrs__draft_expect(expect, account, numbers[i]);
		CHECK_MOVED(a, cqrs__draft_commit(a, expect), CQRS_MOVED_EXPECT, 0, 1);
		CHECK_UINT(a, cqrs__suite_read_stream(a, account, numbers[i], 0).count, 0);
	}
}

static void snapshots_and_keys_are_exact(struct actor *a)
{
	static const int64_t times[] = { INT64_MIN, INT64_MIN + 1,          -1,       0,
		                         1,         (INT64_C(1) << 53) + 1, INT64_MAX };
	static const uint64_t fingerprints[] = { 0, (UINT64_C(1) << 53) + 1, UINT64_C(1) << 63,
		                                 UINT64_MAX - 1, UINT64_MAX };

	for (size_t i = 0; i < NUMBERS; i++) {
		struct draft *draft = cqrs__draft_new(a);
		const char *id = cqrs__suite_print(a, "%zu", i);
		struct cqrs_snapshot *saved =
			cqrs__draft_snapshot(draft, STREAM("account", id), numbers[i], "{}");
		struct cqrs_key_record *key = cqrs__draft_key(draft, STREAM("account", id), "key");
		struct cqrs_snapshot snapshot = { 0 };
		struct cqrs_key_record record = { .first_sequence = 0 };

		saved->fingerprint = fingerprints[i % 5];
		saved->recorded_at_us = times[i % 7];
		key->first_sequence = numbers[i] - 1;
		key->last_sequence = numbers[i];
		key->recorded_at_us = times[i % 7];
		memset(key->command.bytes, i % 3 ? (int)(0x7f + i) : 0xff,
		       sizeof(key->command.bytes));
		CHECK_STORED(a, cqrs__draft_commit(a, draft));
		CHECK_STATUS(a, cqrs__suite_load_snapshot(a, STREAM("account", id), &snapshot),
		             CQRS_OK);
		CHECK_UINT(a, snapshot.sequence, numbers[i]);
		CHECK_UINT(a, snapshot.fingerprint, saved->fingerprint);
		CHECK_INT(a, snapshot.recorded_at_us, saved->recorded_at_us);
		CHECK_STATUS(a, cqrs__suite_load_key(a, STREAM("account", id), "key", &record),
		             CQRS_OK);
		CHECK_UINT(a, record.first_sequence, numbers[i] - 1);
		CHECK_UINT(a, record.last_sequence, numbers[i]);
		CHECK_INT(a, record.recorded_at_us, times[i % 7]);
		CHECK_BYTES(a, &record.command, &key->command);
	}
}

static void ids_and_times_of_events_are_exact(struct actor *a)
{
	static const int64_t times[] = { INT64_MIN, -1, 0, (INT64_C(1) << 53) + 1, INT64_MAX };
	enum { COUNT = sizeof(times) / sizeof(*times) };
	struct draft *draft = cqrs__draft_new(a);
	struct cqrs_event_data *events = cqrs__suite_events(a, COUNT);

	for (size_t i = 0; i < COUNT; i++) {
		events[i].recorded_at_us = times[i];
		for (size_t n = 0; n < 16; n++) {
			events[i].event_id.bytes[n] = (uint8_t)(255 - 16 * i - n);
			events[i].correlation_id.bytes[n] = i == 0 ? 0 : (uint8_t)(n * 17);
			events[i].causation_id.bytes[n] = i == 1 ? 0xff : (uint8_t)(n % 2);
		}
	}
	cqrs__draft_append(a, draft, account, 0, 1);
	draft->appends[0].events = events;
	draft->appends[0].event_count = COUNT;
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	cqrs__suite_check_stream(a, account, events, COUNT);
}

/* ---- one above MAX_SEQUENCE ---- */

static void a_larger_number_is_refused(struct actor *a)
{
	const uint64_t above = CQRS_MAX_SEQUENCE + 1;
	struct draft *drafts[10];

	for (size_t i = 0; i < 10; i++)
		drafts[i] = cqrs__draft_new(a);
	cqrs__draft_append(a, drafts[0], account, above, 1);
	cqrs__draft_expect(drafts[1], account, above);
	cqrs__draft_snapshot(drafts[2], account, above, "{}");
	cqrs__draft_view(drafts[3], "v", "1", 0, above, "{}");
	cqrs__draft_view(drafts[4], "v", "1", above, above + 1, "{}");
	cqrs__draft_view(drafts[5], "v", "1", 0, 1, "{}");
	cqrs__draft_entry(drafts[5], above, 0, "{}");
	cqrs__draft_view(drafts[6], "v", "1", 0, 1, "{}");
	cqrs__draft_entry(drafts[6], 0, above, "{}");
	cqrs__draft_checkpoint(drafts[7], "p", 0, 0, above);
	cqrs__draft_checkpoint(drafts[8], "p", 0, above, 0);
	cqrs__draft_key(drafts[9], account, "key")->last_sequence = above;
	for (size_t i = 0; i < 10; i++) {
		char *what = cqrs__suite_print(a, "outcome with too large a number, part %zu", i);
		const struct check_place place = { __FILE__, __LINE__, what };

		cqrs__suite_check_refused(a, &place, cqrs__draft_commit(a, drafts[i]),
		                          CQRS_ERR_LIMIT);
	}
	CHECK_UINT(a, cqrs__suite_check_feeds(a), 0);
	CHECK_UINT(a, cqrs__suite_list_views(a, "v", NULL, 0).count, 0);
}

/* ---- heads that the fixture put far out ---- */

static void set_head(struct actor *a, struct cqrs_stream stream, uint64_t sequence)
{
	const struct cqrs_store_fixture *fixture = a->suite->fixture;
	struct cqrs_error err = CQRS_ERROR_INIT;

	cqrs__suite_close_all(a);
	CHECK_STATUS_ERR(a, fixture->set_head(fixture->self, &stream, sequence, &err), CQRS_OK,
	                 &err);
	a->store = cqrs__suite_open(a);
}

static void streams_go_on_far_out(struct actor *a)
{
	if (!a->suite->fixture->set_head)
		cqrs__suite_skip(a, "the fixture has no set_head");
	for (size_t i = 1; i < NUMBERS - 2; i++) {
		struct cqrs_stream stream = STREAM("account", cqrs__suite_print(a, "far-%zu", i));
		uint64_t head = numbers[i] - 1;
		struct draft *stale = cqrs__draft_new(a);
		struct draft *draft = cqrs__draft_new(a);
		struct cqrs_event_page page;

		cqrs__suite_given_events(a, stream, 1);
		set_head(a, stream, head);
		CHECK_UINT(a, cqrs__suite_head(a, stream), head);
		cqrs__draft_append(a, stale, stream, head - 1, 1);
		CHECK_MOVED(a, cqrs__draft_commit(a, stale), CQRS_MOVED_STREAM, 0, head);
		cqrs__draft_append(a, draft, stream, head, 4);
		CHECK_STORED(a, cqrs__draft_commit(a, draft));
		CHECK_UINT(a, draft->appends[0].first_sequence, head + 1);
		CHECK_UINT(a, cqrs__suite_head(a, stream), head + 4);
		page = cqrs__suite_read_stream(a, stream, head + 1, 0);
		CHECK_UINT(a, page.count, 3);
		for (size_t n = 0; n < 3; n++)
			CHECK_EVENT(a, &page.items[n], stream, head + 2 + n,
			            &draft->appends[0].events[1 + n]);
	}
}

static void set_feed_head(struct actor *a, uint64_t feed, uint64_t offset)
{
	const struct cqrs_store_fixture *fixture = a->suite->fixture;
	struct cqrs_error err = CQRS_ERROR_INIT;

	cqrs__suite_close_all(a);
	CHECK_STATUS_ERR(a, fixture->set_feed_head(fixture->self, feed, offset, &err), CQRS_OK,
	                 &err);
	a->store = cqrs__suite_open(a);
}

static void feeds_go_on_far_out(struct actor *a)
{
	static const uint64_t heads[] = { (UINT64_C(1) << 31) - 2, (UINT64_C(1) << 32) - 2,
		                          (UINT64_C(1) << 53) - 2, UINT64_C(1) << 61 };
	uint64_t feed = cqrs__suite_feed_of(a, account);

	if (!a->suite->fixture->set_feed_head)
		cqrs__suite_skip(a, "the fixture has no set_feed_head");
	cqrs__suite_given_events(a, account, 1);
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		struct draft *draft = cqrs__draft_new(a);
		struct cqrs_event_page page;

		set_feed_head(a, feed, heads[i]);
		cqrs__draft_append(a, draft, account, CQRS_EXPECT_ANY, 3);
		CHECK_STORED(a, cqrs__draft_commit(a, draft));
		CHECK_UINT(a, draft->appends[0].first_offset, heads[i] + 1);
		CHECK_UINT(a, cqrs__suite_feed_head(a, feed), heads[i] + 3);
		page = cqrs__suite_read_feed(a, feed, heads[i] + 1, 0);
		CHECK_UINT(a, page.count, 2);
		CHECK_UINT(a, page.items[1].offset, heads[i] + 3);
		CHECK_STATUS(a, cqrs_store_wait(a->store, feed, heads[i] + 3, 0, NULL),
		             CQRS_ERR_TIMEOUT);
		CHECK_STATUS(a, cqrs_store_wait(a->store, feed, heads[i] + 2, 0, NULL), CQRS_OK);
	}
}

static const struct store_test tests[] = {
	{ "versions of views are exact", "12.1 7.2", versions_are_exact },
	{ "positions of entries are exact, and in order", "12.1 7.9", positions_are_exact },
	{ "checkpoints are exact", "12.1 8.2", checkpoints_are_exact },
	{ "expected numbers are exact", "12.1", expected_numbers_are_exact },
	{ "snapshots and keys are exact", "12.1 12.2", snapshots_and_keys_are_exact },
	{ "ids and times of events are exact", "12.2 1.6", ids_and_times_of_events_are_exact },
	{ "a number above the largest is refused", "12.1", a_larger_number_is_refused },
	{ "streams go on far out", "12.1 1.1", streams_go_on_far_out },
	{ "feeds go on far out", "12.1 4.3", feeds_go_on_far_out },
};
const struct store_tests cqrs__suite_number_tests = STORE_TESTS(tests);
