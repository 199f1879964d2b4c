/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_limit_tests.c - every limit that a store publishes, at the limit and one above
 * (12.3 to 12.5 of the contract).
 */
#include "store_suite.h"

#include <string.h>

static const struct cqrs_stream account = { "account", "ACCT-1" };

static void limits_are_published(struct actor *a)
{
	const struct cqrs_store_limits *limits = cqrs_store_get_limits(a->store);

	CHECK_TRUE(a, limits->id_len >= 1 && limits->id_len <= CQRS_MAX_ID_LEN);
	CHECK_TRUE(a, limits->event_size >= 1 && limits->event_size <= CQRS_MAX_COMMIT_SIZE);
	CHECK_TRUE(a, limits->view_size >= 1 && limits->view_size <= CQRS_MAX_COMMIT_SIZE);
	CHECK_TRUE(a,
	           limits->commit_events >= 1 && limits->commit_events <= CQRS_MAX_COMMIT_EVENTS);
	CHECK_TRUE(a, limits->commit_size >= 1 && limits->commit_size <= CQRS_MAX_COMMIT_SIZE);
	CHECK_TRUE(a, limits->event_size <= limits->commit_size);
	CHECK_TRUE(a, limits->view_size <= limits->commit_size);
}

/* ---- names ---- */

/* The last character has two bytes: a limit of bytes, not of characters. */
static char *name_of(struct actor *a, size_t len)
{
	char *name = cqrs__suite_allocate(a, len + 1);

	memset(name, 'n', len);
	memcpy(name + len - 2, "\xc3\xa9", 3);
	return name;
}

struct names {
	const char *type;
	const char *id;
	const char *key;
	const char *version;
};

static struct names names_of(struct actor *a, size_t more)
{
	return (struct names){
		.type = name_of(a, CQRS_MAX_TYPE_LEN + more),
		.id = name_of(a, cqrs_store_get_limits(a->store)->id_len + more),
		.key = name_of(a, CQRS_MAX_KEY_LEN + more),
		.version = name_of(a, CQRS_MAX_VERSION_LEN + more),
	};
}

static struct draft *draft_with(struct actor *a, const struct names *names,
                                struct cqrs_event_data *event)
{
	struct draft *draft = cqrs__draft_new(a);

	event->type = names->type;
	event->version = names->version;
	cqrs__draft_append(a, draft, STREAM(names->type, names->id), 0, 1)->events = event;
	cqrs__draft_snapshot(draft, STREAM(names->type, names->id), 1, "{}");
	cqrs__draft_view(draft, names->type, names->id, 0, 1, "{}");
	cqrs__draft_checkpoint(draft, names->type, 0, 0, 1);
	cqrs__draft_key(draft, STREAM(names->type, names->id), names->key);
	return draft;
}

static void the_longest_names_are_stored(struct actor *a)
{
	struct names names = names_of(a, 0);
	struct cqrs_event_data *event = cqrs__suite_events(a, 1);
	struct draft *draft = draft_with(a, &names, event);
	struct cqrs_stored_view view = { 0 };
	struct cqrs_snapshot snapshot;
	struct cqrs_key_record record;

	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	cqrs__suite_check_stream(a, STREAM(names.type, names.id), event, 1);
	CHECK_STRING(a, cqrs__suite_list_streams(a, names.type, NULL, 0).items[0].id, names.id);
	CHECK_STATUS(a, cqrs__suite_load_snapshot(a, STREAM(names.type, names.id), &snapshot),
	             CQRS_OK);
	CHECK_STATUS(a, cqrs__suite_load_view(a, names.type, names.id, &view), CQRS_OK);
	CHECK_STRING(a, view.id, names.id);
	CHECK_UINT(a, cqrs__suite_checkpoint(a, names.type, 0), 1);
	CHECK_STATUS(a, cqrs__suite_load_key(a, STREAM(names.type, names.id), names.key, &record),
	             CQRS_OK);
	/* A conflict about them still tells what it can of the name. */
	draft->commit.key_count = 0;
	CHECK_REFUSED(a, cqrs__draft_commit(a, draft), CQRS_ERR_CONFLICT);
	CHECK_TRUE(a, draft->err.path[0] == 'n');
}

enum { NAME_PLACES = 12 };

static void longer_names_are_refused(struct actor *a)
{
	struct names longer = names_of(a, 1);
	struct names fine = { "account", "ACCT-1", "key", "1.0" };

	for (size_t i = 0; i < NAME_PLACES; i++) {
		char *what = cqrs__suite_print(a, "outcome with too long a name, place %zu", i);
		const struct check_place place = { __FILE__, __LINE__, what };
		struct cqrs_event_data *event = cqrs__suite_events(a, 1);
		struct draft *draft = draft_with(a, &fine, event);
		const char **const places[NAME_PLACES] = {
			&draft->appends[0].stream.type,
			&draft->appends[0].stream.id,
			&event->type,
			&event->version,
			&draft->snapshots[0].stream.type,
			&draft->snapshots[0].stream.id,
			&draft->views[0].type,
			&draft->views[0].id,
			&draft->checkpoints[0].projection,
			&draft->keys[0].stream.type,
			&draft->keys[0].stream.id,
			&draft->keys[0].key,
		};
		const char *const names[NAME_PLACES] = {
			longer.type, longer.id,   longer.type, longer.version,
			longer.type, longer.id,   longer.type, longer.id,
			longer.type, longer.type, longer.id,   longer.key,
		};

		*places[i] = names[i];
		cqrs__suite_check_refused(a, &place, cqrs__draft_commit(a, draft), CQRS_ERR_LIMIT);
	}
	CHECK_UINT(a, cqrs__suite_check_feeds(a), 0);
	CHECK_UINT(a, cqrs__suite_checkpoint(a, "account", 0), 0);
}

/* ---- sizes ---- */

static void the_largest_event_is_stored(struct actor *a)
{
	size_t limit = cqrs_store_get_limits(a->store)->event_size;
	struct cqrs_event_data *event = cqrs__suite_events(a, 1);
	struct draft *draft = cqrs__draft_new(a);
	struct cqrs_event_page page;

	event->payload = cqrs__suite_json(a, limit - event->metadata.len);
	cqrs__draft_append(a, draft, account, 0, 1)->events = event;
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	page = cqrs__suite_read_stream(a, account, 0, 0);
	CHECK_UINT(a, page.count, 1);
	CHECK_EVENT(a, &page.items[0], account, 1, event);
}

static void a_larger_event_is_refused(struct actor *a)
{
	size_t limit = cqrs_store_get_limits(a->store)->event_size;
	struct cqrs_event_data *event = cqrs__suite_events(a, 1);
	struct draft *draft = cqrs__draft_new(a);

	event->payload = cqrs__suite_json(a, limit - event->metadata.len + 1);
	cqrs__draft_append(a, draft, account, 0, 1)->events = event;
	CHECK_REFUSED(a, cqrs__draft_commit(a, draft), CQRS_ERR_LIMIT);
	event->payload = TEXT("{}"); /* the metadata counts as well */
	event->metadata = cqrs__suite_json(a, limit - 1);
	CHECK_REFUSED(a, cqrs__draft_commit(a, draft), CQRS_ERR_LIMIT);
	CHECK_UINT(a, cqrs__suite_head(a, account), 0);
}

static void the_largest_view_entry_and_snapshot_are_stored(struct actor *a)
{
	struct cqrs_text payload = cqrs__suite_json(a, cqrs_store_get_limits(a->store)->view_size);
	struct cqrs_snapshot snapshot = { 0 };
	struct draft *drafts[3];

	for (size_t i = 0; i < 3; i++)
		drafts[i] = cqrs__draft_new(a);
	cqrs__draft_view(drafts[0], "v", "1", 0, 1, "{}")->payload = payload;
	cqrs__draft_view(drafts[1], "v", "2", 0, 1, "{}");
	cqrs__draft_entry(drafts[1], 1, 0, "{}");
	drafts[1]->entries[0][0].payload = payload;
	cqrs__draft_snapshot(drafts[2], account, 1, "{}")->state = payload;
	for (size_t i = 0; i < 3; i++)
		CHECK_STORED(a, cqrs__draft_commit(a, drafts[i]));
	CHECK_TEXT(a, cqrs__suite_view_payload(a, "v", "1"), payload);
	CHECK_TEXT(a, cqrs__suite_list_entries(a, "v", "2", NULL, 0).items[0].payload, payload);
	CHECK_STATUS(a, cqrs__suite_load_snapshot(a, account, &snapshot), CQRS_OK);
	CHECK_TEXT(a, snapshot.state, payload);
}

static void a_larger_view_entry_or_snapshot_is_refused(struct actor *a)
{
	struct cqrs_text payload =
		cqrs__suite_json(a, cqrs_store_get_limits(a->store)->view_size + 1);
	struct draft *drafts[3];

	for (size_t i = 0; i < 3; i++)
		drafts[i] = cqrs__draft_new(a);
	cqrs__draft_view(drafts[0], "v", "1", 0, 1, "{}")->payload = payload;
	cqrs__draft_view(drafts[1], "v", "2", 0, 1, "{}");
	cqrs__draft_entry(drafts[1], 1, 0, "{}");
	drafts[1]->entries[0][0].payload = payload;
	cqrs__draft_snapshot(drafts[2], account, 1, "{}")->state = payload;
	for (size_t i = 0; i < 3; i++)
		CHECK_REFUSED(a, cqrs__draft_commit(a, drafts[i]), CQRS_ERR_LIMIT);
	CHECK_UINT(a, cqrs__suite_list_views(a, "v", NULL, 0).count, 0);
}

/* ---- events of a commit ---- */

/* Two appends with so many events together. */
static struct draft *draft_of_events(struct actor *a, size_t count)
{
	struct draft *draft = cqrs__draft_new(a);

	cqrs__draft_append(a, draft, account, 0, count / 2);
	cqrs__draft_append(a, draft, STREAM("account", "ACCT-2"), 0, count - count / 2);
	return draft;
}

static void check_large_stream(struct actor *a, const struct cqrs_append *append)
{
	uint64_t seen = 0;

	while (seen < append->event_count) {
		struct cqrs_event_page page = cqrs__suite_read_stream(a, append->stream, seen, 0);

		CHECK_TRUE(a, page.count > 0);
		for (size_t i = 0; i < page.count; i++, seen++)
			CHECK_EVENT(a, &page.items[i], append->stream, seen + 1,
			            &append->events[seen]);
	}
	CHECK_UINT(a, cqrs__suite_head(a, append->stream), append->event_count);
}

static void as_many_events_as_allowed_are_stored(struct actor *a)
{
	struct draft *draft = draft_of_events(a, cqrs_store_get_limits(a->store)->commit_events);

	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	check_large_stream(a, &draft->appends[0]);
	check_large_stream(a, &draft->appends[1]);
}

static void one_event_more_is_refused(struct actor *a)
{
	struct draft *draft =
		draft_of_events(a, cqrs_store_get_limits(a->store)->commit_events + 1);

	CHECK_REFUSED(a, cqrs__draft_commit(a, draft), CQRS_ERR_LIMIT);
	CHECK_UINT(a, cqrs__suite_check_feeds(a), 0);
}

/* ---- the size of a commit ---- */

/* How many events the rest of a commit takes when each is as large as allowed. */
static size_t events_for(size_t size, size_t event_size)
{
	return (size + event_size - 1) / event_size;
}

/* Events that have exactly this size together. */
static void fill_with_events(struct actor *a, struct draft *draft, size_t size)
{
	size_t limit = cqrs_store_get_limits(a->store)->event_size;
	size_t count = events_for(size, limit);
	struct cqrs_event_data *events = cqrs__suite_events(a, count);
	struct cqrs_append *append = cqrs__draft_append(a, draft, account, 0, 1);
	struct cqrs_text largest = cqrs__suite_json(a, limit - 2);

	for (size_t i = 0; i < count; i++) {
		size_t left = size - i * limit;

		events[i].metadata = TEXT("{}");
		events[i].payload = left >= limit ? largest : cqrs__suite_json(a, left - 2);
	}
	append->events = events;
	append->event_count = count;
}

/* A part of each kind that counts, and so many events that all is as large as allowed. */
static struct draft *draft_of_size(struct actor *a, size_t size)
{
	const struct cqrs_store_limits *limits = cqrs_store_get_limits(a->store);
	size_t part = limits->view_size < 1000 ? limits->view_size : 1000;
	struct draft *draft = cqrs__draft_new(a);

	cqrs__draft_snapshot(draft, account, 1, "{}")->state = cqrs__suite_json(a, part);
	cqrs__draft_view(draft, "v", "1", 0, 1, "{}")->payload = cqrs__suite_json(a, part);
	cqrs__draft_entry(draft, 1, 0, "{}");
	draft->entries[0][0].payload = cqrs__suite_json(a, part);
	fill_with_events(a, draft, size - 3 * part);
	return draft;
}

static void read_largest_commit(struct actor *a)
{
	const struct cqrs_append *append = a->with;

	for (uint64_t seen = 0; seen < append->event_count; seen++) {
		struct cqrs_event_page page = cqrs__suite_read_stream(a, account, seen, 1);

		CHECK_UINT(a, page.count, 1);
		CHECK_EVENT(a, &page.items[0], account, seen + 1, &append->events[seen]);
		cqrs_arena_reset(a->arena);
	}
}

static void the_largest_commit_is_stored(struct actor *a)
{
	struct draft *draft = draft_of_size(a, cqrs_store_get_limits(a->store)->commit_size);

	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	/* By an actor with an arena of its own, to empty it after each event. */
	cqrs__suite_start(a, read_largest_commit, a->store, &draft->appends[0]);
	cqrs__suite_join(a);
	CHECK_TEXT(a, cqrs__suite_view_payload(a, "v", "1"), draft->views[0].payload);
}

static void a_larger_commit_is_refused(struct actor *a)
{
	struct draft *draft = draft_of_size(a, cqrs_store_get_limits(a->store)->commit_size);

	draft->snapshots[0].snapshot.state =
		cqrs__suite_json(a, draft->snapshots[0].snapshot.state.len + 1);
	CHECK_REFUSED(a, cqrs__draft_commit(a, draft), CQRS_ERR_LIMIT);
	CHECK_UINT(a, cqrs__suite_head(a, account), 0);
}

static const struct store_test tests[] = {
	{ "a store publishes its limits", "12.3", limits_are_published },
	{ "the longest names are stored", "12.4 11.2", the_longest_names_are_stored },
	{ "longer names are refused", "12.5", longer_names_are_refused },
	{ "the largest event is stored", "12.4 1.6", the_largest_event_is_stored },
	{ "a larger event is refused", "12.5", a_larger_event_is_refused },
	{ "the largest view, entry and snapshot are stored", "12.4",
	  the_largest_view_entry_and_snapshot_are_stored },
	{ "a larger view, entry or snapshot is refused", "12.5",
	  a_larger_view_entry_or_snapshot_is_refused },
	{ "as many events as allowed are stored in one commit", "12.4 1.1",
	  as_many_events_as_allowed_are_stored },
	{ "one event more is refused", "12.5", one_event_more_is_refused },
	{ "the largest commit is stored", "12.4", the_largest_commit_is_stored },
	{ "a larger commit is refused", "12.5", a_larger_commit_is_refused },
};
const struct store_tests cqrs__suite_limit_tests = STORE_TESTS(tests);
