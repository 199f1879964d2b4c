/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_many_tests.c - thousands of streams, views, snapshots, keys and checkpoints: each
 * is found again, and lists are whole.
 */
#include "store_suite.h"

#include <string.h>

enum {
	COMMITS = 10,
	PARTS = 250, /* of each kind in a commit */
	MANY = COMMITS * PARTS
};

struct parts {
	struct cqrs_append appends[PARTS];
	struct cqrs_view_write views[PARTS];
	struct cqrs_entry_write entries[PARTS];
	struct cqrs_snapshot_write snapshots[PARTS];
	struct cqrs_key_write keys[PARTS];
	struct cqrs_checkpoint_write checkpoints[PARTS];
};

/* In another order than that of the ids: no divisor in common with MANY. */
static size_t shuffled(size_t i)
{
	return (i * 1237 + 11) % MANY;
}

static const char *name_of(struct actor *a, size_t number)
{
	return cqrs__suite_print(a, "name-%05zu", number);
}

/* Whatever belongs to a number: all its numbers are one more than it. */
static void put(struct actor *a, struct parts *parts, size_t place, size_t number)
{
	const char *name = name_of(a, number);
	struct cqrs_stream stream = STREAM("account", name);

	parts->appends[place] = (struct cqrs_append){ .stream = stream, .event_count = 1 };
	parts->appends[place].events = cqrs__suite_events(a, 1);
	parts->entries[place] = (struct cqrs_entry_write){ { number + 1, 0 }, TEXT("{}") };
	parts->views[place] = (struct cqrs_view_write){ .type = "v",
		                                        .id = name,
		                                        .version = number + 1,
		                                        .payload = TEXT("{}"),
		                                        .entries = &parts->entries[place],
		                                        .entry_count = 1 };
	parts->snapshots[place].stream = stream;
	parts->snapshots[place].snapshot =
		(struct cqrs_snapshot){ .sequence = number + 1, .state = TEXT("{}") };
	parts->keys[place] = (struct cqrs_key_write){ .stream = stream, .key = name };
	parts->keys[place].record.first_sequence = number + 1;
	parts->checkpoints[place] =
		(struct cqrs_checkpoint_write){ .projection = name, .offset = number + 1 };
}

static void given_many(struct actor *a)
{
	struct parts *parts = cqrs__suite_allocate(a, sizeof(*parts));

	for (size_t i = 0; i < COMMITS; i++) {
		struct draft *draft = cqrs__draft_new(a);

		memset(parts, 0, sizeof(*parts));
		for (size_t n = 0; n < PARTS; n++)
			put(a, parts, n, shuffled(i * PARTS + n));
		draft->commit = (struct cqrs_commit){
			.appends = parts->appends,
			.append_count = PARTS,
			.views = parts->views,
			.view_count = PARTS,
			.snapshots = parts->snapshots,
			.snapshot_count = PARTS,
			.keys = parts->keys,
			.key_count = PARTS,
			.checkpoints = parts->checkpoints,
			.checkpoint_count = PARTS,
		};
		CHECK_STORED(a, cqrs__draft_commit(a, draft));
	}
}

static void check_found(struct actor *a, size_t number)
{
	const char *name = name_of(a, number);
	struct cqrs_stream stream = STREAM("account", name);
	struct cqrs_stored_view view = { 0 };
	struct cqrs_snapshot snapshot = { 0 };
	struct cqrs_key_record record = { .first_sequence = 0 };
	struct cqrs_entry_page entries = cqrs__suite_list_entries(a, "v", name, NULL, 0);

	CHECK_UINT(a, cqrs__suite_head(a, stream), 1);
	CHECK_STATUS(a, cqrs__suite_load_view(a, "v", name, &view), CQRS_OK);
	CHECK_UINT(a, view.version, number + 1);
	CHECK_UINT(a, entries.count, 1);
	CHECK_UINT(a, entries.items[0].position.sequence, number + 1);
	CHECK_STATUS(a, cqrs__suite_load_snapshot(a, stream, &snapshot), CQRS_OK);
	CHECK_UINT(a, snapshot.sequence, number + 1);
	CHECK_STATUS(a, cqrs__suite_load_key(a, stream, name, &record), CQRS_OK);
	CHECK_UINT(a, record.first_sequence, number + 1);
	CHECK_UINT(a, cqrs__suite_checkpoint(a, name, 0), number + 1);
}

static void each_of_many_is_found(struct actor *a)
{
	given_many(a);
	for (size_t i = 0; i < MANY; i++)
		check_found(a, i);
	CHECK_UINT(a, cqrs__suite_head(a, STREAM("account", "name-99999")), 0);
	CHECK_UINT(a, cqrs__suite_check_feeds(a), MANY);
}

static void many_are_listed_in_order(struct actor *a)
{
	const char *after = NULL;

	given_many(a);
	for (size_t seen = 0; seen < MANY;) {
		struct cqrs_stream_page streams =
			cqrs__suite_list_streams(a, "account", after, 700);
		struct cqrs_view_page views = cqrs__suite_list_views(a, "v", after, streams.count);

		CHECK_UINT(a, streams.count, MANY - seen < 700 ? MANY - seen : 700);
		CHECK_UINT(a, views.count, streams.count);
		for (size_t i = 0; i < streams.count; i++, seen++) {
			CHECK_STRING(a, streams.items[i].id, name_of(a, seen));
			CHECK_STRING(a, views.items[i].id, name_of(a, seen));
			CHECK_UINT(a, views.items[i].version, seen + 1);
		}
		after = streams.items[streams.count - 1].id;
	}
	CHECK_UINT(a, cqrs__suite_list_streams(a, "account", after, 0).count, 0);
}

/* Every thirtieth is deleted; the others are found as before. */
static void many_are_deleted_among_others(struct actor *a)
{
	size_t left = 0;

	given_many(a);
	for (size_t i = 0; i < MANY; i += 30) {
		struct cqrs_stream stream = STREAM("account", name_of(a, i));

		CHECK_STATUS(a, cqrs_store_delete_stream(a->store, &stream, 1, NULL), CQRS_OK);
	}
	for (size_t i = 0; i < MANY; i++) {
		struct cqrs_key_record record;
		const char *name = name_of(a, i);
		struct cqrs_stream stream = STREAM("account", name);
		enum cqrs_status status = i % 30 == 0 ? CQRS_ERR_NOT_FOUND : CQRS_OK;

		CHECK_STATUS(a, cqrs__suite_load_key(a, stream, name, &record), status);
		left += status == CQRS_OK;
	}
	CHECK_UINT(a, cqrs__suite_list_streams(a, "account", NULL, 0).count, left);
	CHECK_UINT(a, cqrs__suite_check_feeds(a), MANY);
}

static const struct store_test tests[] = {
	{ "each of many things is found again", "1.9 6.3 7.8 7.14 8.4 9.3", each_of_many_is_found },
	{ "many streams and views are listed in order", "1.10 7.7 11.3 13.2",
	  many_are_listed_in_order },
	{ "many streams are deleted among others", "10.1 10.4 10.7",
	  many_are_deleted_among_others },
};
const struct store_tests cqrs__suite_many_tests = STORE_TESTS(tests);
