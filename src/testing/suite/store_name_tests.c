/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_name_tests.c - names are bytes: no collation, no folding, no trimming (section 11
 * of the contract).
 */
#include "store_suite.h"

#include <string.h>

/* In the order of their bytes; each differs from some other by as little as may be. */
static const char *const names[] = {
	"\x01",               /* a control character */
	" ",                  /* nothing but a blank */
	" acct",              /* a blank in front */
	"%",                  /* what SQL's LIKE takes for everything */
	"'; DROP TABLE x;--", /* a classic */
	"-1",
	"0",
	"01", /* the same number as 1 */
	"1",
	"1.0",
	"10", /* before 9, as bytes go */
	"9",
	"ACCT", /* upper, mixed and lower case */
	"Acct",
	"\\",
	"_", /* LIKE's single character */
	"acct",
	"acct\t",
	"acct ", /* a blank behind */
	"acct  ",
	"acct.",
	"acct/1",
	"ecole",
	"e\xcc\x81", /* e and a combining acute accent (NFD) */
	"i",         /* of which Turkish has two */
	"ss",
	"\xc2\xa0",                 /* a blank that does not break */
	"\xc3\x89",                 /* E acute */
	"\xc3\x9f",                 /* sharp s */
	"\xc3\xa9",                 /* e acute in one (NFC) */
	"\xc4\xb1",                 /* dotless i */
	"\xe1\xba\x9e",             /* capital sharp s */
	"\xe2\x80\x8b",             /* a blank of no width */
	"\xe2\x84\xab",             /* the sign of the angstrom */
	"\xe5\x8f\xa3\xe5\xba\xa7", /* not of any alphabet */
	"\xef\xac\x81",             /* the ligature fi */
	"\xef\xbb\xbfx",            /* behind a byte order mark */
	"\xef\xbc\xa1",             /* a wide A */
	"\xef\xbf\xbf",             /* the last of 16 bits: behind the next one in UTF-16's order */
	"\xf0\x90\x80\x80",         /* the first of more */
	"\xf0\x9f\x92\xb0",
	"\xf4\x8f\xbf\xbf", /* the last of all */
};
enum { NAMES = sizeof(names) / sizeof(*names) };

/* In another order than that of the bytes: 17 has no divisor in common with NAMES. */
static size_t shuffled(size_t i)
{
	return (i * 17 + 5) % NAMES;
}

static void streams_are_told_apart(struct actor *a)
{
	const struct cqrs_event_data *events[NAMES];
	struct cqrs_stream_page page;

	for (size_t i = 0; i < NAMES; i++)
		events[shuffled(i)] = cqrs__suite_given_events(
			a, STREAM("account", names[shuffled(i)]), 1 + shuffled(i) % 3);
	for (size_t i = 0; i < NAMES; i++)
		cqrs__suite_check_stream(a, STREAM("account", names[i]), events[i], 1 + i % 3);
	page = cqrs__suite_list_streams(a, "account", NULL, 0);
	CHECK_UINT(a, page.count, NAMES);
	for (size_t i = 0; i < NAMES; i++) {
		CHECK_STRING(a, page.items[i].id, names[i]);
		CHECK_UINT(a, page.items[i].sequence, 1 + i % 3);
	}
}

/* Ids and keys take control characters, other names do not (11.5). */
static bool is_type(const char *name)
{
	return !strchr(name, '\x01') && !strchr(name, '\t');
}

static void types_are_told_apart(struct actor *a)
{
	for (size_t i = 0; i < NAMES; i++) {
		if (!is_type(names[shuffled(i)]))
			continue;
		cqrs__suite_given_events(a, STREAM(names[shuffled(i)], "1"), 1 + shuffled(i) % 3);
		cqrs__suite_given_view(a, names[shuffled(i)], "1", 0, 1 + shuffled(i), "{}");
	}
	for (size_t i = 0; i < NAMES; i++) {
		struct cqrs_event_page page;

		if (!is_type(names[i]))
			continue;
		page = cqrs__suite_read_stream(a, STREAM(names[i], "1"), 0, 0);
		CHECK_UINT(a, page.count, 1 + i % 3);
		CHECK_STRING(a, page.items[0].stream.type, names[i]);
		CHECK_UINT(a, cqrs__suite_list_streams(a, names[i], NULL, 0).count, 1);
		CHECK_UINT(a, cqrs__suite_list_views(a, names[i], NULL, 0).items[0].version, 1 + i);
	}
}

static void views_are_told_apart(struct actor *a)
{
	struct cqrs_view_page page;

	for (size_t i = 0; i < NAMES; i++) {
		struct draft *draft = cqrs__draft_new(a);

		cqrs__draft_view(draft, "v", names[shuffled(i)], 0, 1 + shuffled(i), "{}");
		cqrs__draft_entry(draft, 1 + shuffled(i), 0, "{}");
		CHECK_STORED(a, cqrs__draft_commit(a, draft));
	}
	page = cqrs__suite_list_views(a, "v", NULL, 0);
	CHECK_UINT(a, page.count, NAMES);
	for (size_t i = 0; i < NAMES; i++) {
		struct cqrs_stored_view view = { 0 };
		struct cqrs_entry_page entries =
			cqrs__suite_list_entries(a, "v", names[i], NULL, 0);

		CHECK_STRING(a, page.items[i].id, names[i]);
		CHECK_STATUS(a, cqrs__suite_load_view(a, "v", names[i], &view), CQRS_OK);
		CHECK_STRING(a, view.id, names[i]);
		CHECK_UINT(a, view.version, 1 + i);
		CHECK_UINT(a, entries.count, 1);
		CHECK_UINT(a, entries.items[0].position.sequence, 1 + i);
	}
}

static void snapshots_keys_and_projections_are_told_apart(struct actor *a)
{
	for (size_t i = 0; i < NAMES; i++) {
		struct draft *draft = cqrs__draft_new(a);
		size_t n = shuffled(i);

		cqrs__draft_snapshot(draft, STREAM("account", names[n]), 1 + n, "{}");
		cqrs__draft_key(draft, STREAM("account", "1"), names[n])->first_sequence = 1 + n;
		if (is_type(names[n]))
			cqrs__draft_checkpoint(draft, names[n], 0, 0, 1 + n);
		CHECK_STORED(a, cqrs__draft_commit(a, draft));
	}
	for (size_t i = 0; i < NAMES; i++) {
		struct cqrs_snapshot snapshot = { 0 };
		struct cqrs_key_record record = { .first_sequence = 0 };

		CHECK_STATUS(a,
		             cqrs__suite_load_snapshot(a, STREAM("account", names[i]), &snapshot),
		             CQRS_OK);
		CHECK_UINT(a, snapshot.sequence, 1 + i);
		CHECK_STATUS(a, cqrs__suite_load_key(a, STREAM("account", "1"), names[i], &record),
		             CQRS_OK);
		CHECK_UINT(a, record.first_sequence, 1 + i);
		if (is_type(names[i]))
			CHECK_UINT(a, cqrs__suite_checkpoint(a, names[i], 0), 1 + i);
	}
}

static void lists_are_in_the_order_of_bytes(struct actor *a)
{
	struct cqrs_stream_page streams;
	struct cqrs_view_page views;

	for (size_t i = 0; i < NAMES; i++) {
		cqrs__suite_given_events(a, STREAM("account", names[shuffled(i)]), 1);
		cqrs__suite_given_view(a, "v", names[shuffled(i)], 0, 1, "{}");
	}
	for (size_t i = 0; i < NAMES; i++) { /* from behind each */
		streams = cqrs__suite_list_streams(a, "account", names[i], 0);
		views = cqrs__suite_list_views(a, "v", names[i], 0);
		CHECK_UINT(a, streams.count, NAMES - 1 - i);
		CHECK_UINT(a, views.count, NAMES - 1 - i);
		for (size_t n = 0; n < NAMES - 1 - i; n++) {
			CHECK_STRING(a, streams.items[n].id, names[i + 1 + n]);
			CHECK_STRING(a, views.items[n].id, names[i + 1 + n]);
		}
	}
}

/* ---- no names at all ---- */

static const char *const bad_names[] = {
	NULL,
	"",
	"\xff",
	"acct\xc3", /* cut */
	"\x80.acct",
	"\xc0\xaf",         /* longer than needed */
	"\xed\xa0\x80",     /* half of a pair */
	"\xf4\x90\x80\x80", /* beyond the last */
};
enum {
	BAD_NAMES = sizeof(bad_names) / sizeof(*bad_names),
	PLACES = 14,
	BAD_COMMITS = BAD_NAMES * PLACES
};

/* A commit that is right but for one name. */
static void put_name(struct draft *draft, size_t place, const char *name,
                     struct cqrs_event_data *event)
{
	const char **const places[PLACES] = {
		&draft->appends[0].stream.type,
		&draft->appends[0].stream.id,
		&event->type,
		&event->version,
		&draft->expects[0].stream.type,
		&draft->expects[0].stream.id,
		&draft->snapshots[0].stream.type,
		&draft->snapshots[0].stream.id,
		&draft->views[0].type,
		&draft->views[0].id,
		&draft->checkpoints[0].projection,
		&draft->keys[0].stream.type,
		&draft->keys[0].stream.id,
		&draft->keys[0].key,
	};

	*places[place] = name;
}

static void a_commit_with_a_bad_name_is_refused(struct actor *a)
{
	for (size_t i = 0; i < BAD_COMMITS; i++) {
		char *what = cqrs__suite_print(a, "outcome with bad name %zu at place %zu",
		                               i / PLACES, i % PLACES);
		const struct check_place place = { __FILE__, __LINE__, what };
		struct draft *draft = cqrs__draft_new(a);
		struct cqrs_event_data *event = cqrs__suite_events(a, 1);

		cqrs__draft_append(a, draft, STREAM("account", "1"), 0, 1)->events = event;
		cqrs__draft_expect(draft, STREAM("account", "2"), 0);
		cqrs__draft_snapshot(draft, STREAM("account", "3"), 1, "{}");
		cqrs__draft_view(draft, "v", "1", 0, 1, "{}");
		cqrs__draft_checkpoint(draft, "p", 0, 0, 1);
		cqrs__draft_key(draft, STREAM("account", "1"), "key");
		put_name(draft, i % PLACES, bad_names[i / PLACES], event);
		cqrs__suite_check_refused(a, &place, cqrs__draft_commit(a, draft),
		                          CQRS_ERR_INVALID);
	}
	CHECK_UINT(a, cqrs__suite_check_feeds(a), 0);
}

static void only_ids_and_keys_have_control_characters(struct actor *a)
{
	static const char *const bad[] = { "a\x01", "\t", "a\nb", "\x7f", "a\xc2\x80", "\xc2\x9f" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct draft *drafts[5];
		struct draft *fine = cqrs__draft_new(a);
		struct cqrs_event_data *events = cqrs__suite_events(a, 2);

		for (size_t n = 0; n < 5; n++)
			drafts[n] = cqrs__draft_new(a);
		events[0].type = bad[i];
		events[1].version = bad[i];
		cqrs__draft_append(a, drafts[0], STREAM(bad[i], "1"), 0, 1);
		cqrs__draft_append(a, drafts[1], STREAM("account", "1"), 0, 1)->events = &events[0];
		cqrs__draft_append(a, drafts[2], STREAM("account", "1"), 0, 1)->events = &events[1];
		cqrs__draft_view(drafts[3], bad[i], "1", 0, 1, "{}");
		cqrs__draft_checkpoint(drafts[4], bad[i], 0, 0, 1);
		for (size_t n = 0; n < 5; n++)
			CHECK_REFUSED(a, cqrs__draft_commit(a, drafts[n]), CQRS_ERR_INVALID);
		cqrs__draft_append(a, fine, STREAM("account", bad[i]), 0, 1);
		cqrs__draft_view(fine, "v", bad[i], 0, 1, "{}");
		cqrs__draft_key(fine, STREAM("account", bad[i]), bad[i]);
		CHECK_STORED(a, cqrs__draft_commit(a, fine));
	}
}

/* Every read and deletion of one stream. */
static void check_stream_refused(struct actor *a, const struct check_place *place,
                                 struct cqrs_stream stream, enum cqrs_status expected)
{
	struct cqrs_event_page events;
	struct cqrs_snapshot snapshot;
	struct cqrs_key_record record;
	uint64_t head;
	enum cqrs_status statuses[5];

	statuses[0] = cqrs_store_read_stream(a->store, &stream, 0, 1, a->arena, &events, NULL);
	statuses[1] = cqrs_store_read_head(a->store, &stream, &head, NULL);
	statuses[2] = cqrs_store_load_snapshot(a->store, &stream, a->arena, &snapshot, NULL);
	statuses[3] = cqrs_store_load_key(a->store, &stream, "key", &record, NULL);
	statuses[4] = cqrs_store_delete_stream(a->store, &stream, 1, NULL);
	for (size_t i = 0; i < 5; i++)
		cqrs__suite_check_status(a, place, statuses[i], expected, NULL);
}

static void check_view_refused(struct actor *a, const struct check_place *place, const char *type,
                               const char *id, enum cqrs_status expected)
{
	struct cqrs_stored_view view;
	struct cqrs_entry_page entries;
	enum cqrs_status statuses[2];

	statuses[0] = cqrs_store_load_view(a->store, type, id, a->arena, &view, NULL);
	statuses[1] =
		cqrs_store_list_entries(a->store, type, id, NULL, 1, a->arena, &entries, NULL);
	for (size_t i = 0; i < 2; i++)
		cqrs__suite_check_status(a, place, statuses[i], expected, NULL);
}

/* The reads that take one name of a type, projection or key. */
static void check_name_refused(struct actor *a, const struct check_place *place, const char *name,
                               const char *key, enum cqrs_status expected)
{
	struct cqrs_stream stream = STREAM("account", "1");
	struct cqrs_stream_page streams;
	struct cqrs_view_page views;
	struct cqrs_key_record record;
	uint64_t offset;
	enum cqrs_status statuses[4];

	statuses[0] = cqrs_store_list_streams(a->store, name, NULL, 1, a->arena, &streams, NULL);
	statuses[1] = cqrs_store_list_views(a->store, name, NULL, 1, a->arena, &views, NULL);
	statuses[2] = cqrs_store_load_checkpoint(a->store, name, 0, &offset, NULL);
	statuses[3] = cqrs_store_load_key(a->store, &stream, key, &record, NULL);
	for (size_t i = 0; i < 4; i++)
		cqrs__suite_check_status(a, place, statuses[i], expected, NULL);
}

static void check_reads_refused(struct actor *a, const char *what, const char *type, const char *id,
                                const char *key, enum cqrs_status expected)
{
	const struct check_place place = { __FILE__, __LINE__, what };

	check_stream_refused(a, &place, STREAM(type, "1"), expected);
	check_stream_refused(a, &place, STREAM("account", id), expected);
	check_view_refused(a, &place, type, "1", expected);
	check_view_refused(a, &place, "v", id, expected);
	check_name_refused(a, &place, type, key, expected);
}

static void a_read_with_a_bad_name_is_refused(struct actor *a)
{
	for (size_t i = 0; i < BAD_NAMES; i++)
		check_reads_refused(a, cqrs__suite_print(a, "reading with bad name %zu", i),
		                    bad_names[i], bad_names[i], bad_names[i], CQRS_ERR_INVALID);
}

static const char *long_name(struct actor *a, size_t len)
{
	char *name = cqrs__suite_allocate(a, len + 1);

	memset(name, 'n', len);
	name[len] = '\0';
	return name;
}

static void a_read_with_too_long_a_name_is_refused(struct actor *a)
{
	check_reads_refused(a, "reading with a name above its limit",
	                    long_name(a, CQRS_MAX_TYPE_LEN + 1),
	                    long_name(a, cqrs_store_get_limits(a->store)->id_len + 1),
	                    long_name(a, CQRS_MAX_KEY_LEN + 1), CQRS_ERR_LIMIT);
}

static const struct store_test tests[] = {
	{ "streams whose ids differ by a trifle are told apart", "11.1 11.2",
	  streams_are_told_apart },
	{ "types that differ by a trifle are told apart", "11.1 11.2 1.9", types_are_told_apart },
	{ "views whose ids differ by a trifle are told apart", "11.1 11.2 7.8",
	  views_are_told_apart },
	{ "snapshots, keys and projections are told apart", "11.1",
	  snapshots_keys_and_projections_are_told_apart },
	{ "lists are in the order of the bytes of ids", "11.3 1.10 7.7",
	  lists_are_in_the_order_of_bytes },
	{ "a commit with a bad name is refused", "11.4", a_commit_with_a_bad_name_is_refused },
	{ "a read with a bad name is refused", "11.4", a_read_with_a_bad_name_is_refused },
	{ "only ids and keys have control characters", "11.5",
	  only_ids_and_keys_have_control_characters },
	{ "a read with a name above its limit is refused", "12.6",
	  a_read_with_too_long_a_name_is_refused },
};
const struct store_tests cqrs__suite_name_tests = STORE_TESTS(tests);
