/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_view_tests.c - the rows of views: versions, tombstones, erasure, lists (section 7
 * of the contract). Their entries are in store_entry_tests.c.
 */
#include "store_suite.h"

static void check_view(struct actor *a, const char *type, const char *id, uint64_t version,
                       struct cqrs_text payload)
{
	struct cqrs_stored_view view = { 0 };

	CHECK_STATUS(a, cqrs__suite_load_view(a, type, id, &view), CQRS_OK);
	CHECK_STRING(a, view.id, id);
	CHECK_UINT(a, view.version, version);
	CHECK_TRUE(a, !view.removed);
	CHECK_TEXT(a, view.payload, payload);
}

static void check_tombstone(struct actor *a, const char *type, const char *id, uint64_t version)
{
	struct cqrs_stored_view view = { 0 };

	CHECK_STATUS(a, cqrs__suite_load_view(a, type, id, &view), CQRS_OK);
	CHECK_STRING(a, view.id, id);
	CHECK_UINT(a, view.version, version);
	CHECK_TRUE(a, view.removed);
	CHECK_UINT(a, view.payload.len, 0);
}

/* A write that must be refused, since another version is there. */
static void check_moved(struct actor *a, uint64_t expected, uint64_t version, const char *payload,
                        uint64_t found)
{
	struct draft *draft = cqrs__draft_new(a);

	cqrs__draft_view(draft, "v", "1", expected, version, payload);
	CHECK_MOVED(a, cqrs__draft_commit(a, draft), CQRS_MOVED_VIEW, 0, found);
}

static void a_view_comes_back_byte_by_byte(struct actor *a)
{
	static const char *const payloads[] = {
		"{}",
		"{\"b\":1,\"a\":2,  \"c\" : [1.0, 1e2]\n}",
		"{\"t\":\"\\u0000 \xc3\xa9 e\xcc\x81 \xf0\x9f\x92\xb0 '\\\"\\\\%_\"}",
	};
	struct draft *draft = cqrs__draft_new(a);
	struct cqrs_text large = cqrs__suite_json(a, 200000);

	for (uint64_t i = 0; i < 3; i++) {
		cqrs__suite_given_view(a, "v", "1", i, i + 1, payloads[i]);
		check_view(a, "v", "1", i + 1, cqrs__suite_text(payloads[i]));
	}
	cqrs__draft_view(draft, "v", "2", 0, 9, "{}")->payload = large;
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	check_view(a, "v", "2", 9, large);
}

static void a_write_wants_the_version_there_is(struct actor *a)
{
	check_moved(a, 1, 2, "{}", 0);
	cqrs__suite_given_view(a, "v", "1", 0, 5, "{\"at\":5}");
	check_moved(a, 0, 6, "{}", 5);
	check_moved(a, 4, 6, "{}", 5);
	check_moved(a, 6, 7, "{}", 5);
	check_moved(a, 4, 6, NULL, 5);
	check_moved(a, 4, 0, NULL, 5);
	check_view(a, "v", "1", 5, TEXT("{\"at\":5}"));
	cqrs__suite_given_view(a, "v", "1", 5, 100, "{\"at\":100}"); /* versions may skip */
	check_view(a, "v", "1", 100, TEXT("{\"at\":100}"));
}

static void a_tombstone_is_loaded_and_not_listed(struct actor *a)
{
	struct cqrs_view_page page;

	cqrs__suite_given_view(a, "v", "1", 0, 1, "{}");
	cqrs__suite_given_view(a, "v", "2", 0, 1, "{}");
	cqrs__suite_given_view(a, "v", "1", 1, 2, NULL);
	cqrs__suite_given_view(a, "v", "0", 0, 7, NULL); /* of what was never there */
	check_tombstone(a, "v", "1", 2);
	check_tombstone(a, "v", "0", 7);
	page = cqrs__suite_list_views(a, "v", NULL, 0);
	CHECK_UINT(a, page.count, 1);
	CHECK_STRING(a, page.items[0].id, "2");
}

static void a_tombstone_keeps_its_version(struct actor *a)
{
	cqrs__suite_given_view(a, "v", "1", 0, 3, "{}");
	cqrs__suite_given_view(a, "v", "1", 3, 4, NULL);
	check_moved(a, 0, 5, "{}", 4);
	check_moved(a, 3, 5, "{}", 4);
	check_moved(a, 3, 5, NULL, 4);
	check_tombstone(a, "v", "1", 4);
	cqrs__suite_given_view(a, "v", "1", 4, 5, NULL);
	check_tombstone(a, "v", "1", 5);
	cqrs__suite_given_view(a, "v", "1", 5, 6, "{\"again\":true}");
	check_view(a, "v", "1", 6, TEXT("{\"again\":true}"));
	CHECK_UINT(a, cqrs__suite_list_views(a, "v", NULL, 0).count, 1);
}

static void check_not_found(struct actor *a, const char *type, const char *id)
{
	struct cqrs_stored_view view;

	CHECK_STATUS(a, cqrs__suite_load_view(a, type, id, &view), CQRS_ERR_NOT_FOUND);
}

static void an_erased_view_never_was(struct actor *a)
{
	cqrs__suite_given_view(a, "v", "1", 0, 3, "{}");
	cqrs__suite_given_view(a, "v", "2", 0, 4, NULL);
	cqrs__suite_given_view(a, "v", "1", 3, 0, NULL);
	cqrs__suite_given_view(a, "v", "2", 4, 0, NULL); /* a tombstone too */
	check_not_found(a, "v", "1");
	check_not_found(a, "v", "2");
	CHECK_UINT(a, cqrs__suite_list_views(a, "v", NULL, 0).count, 0);
	check_moved(a, 3, 4, "{}", 0);
	cqrs__suite_given_view(a, "v", "1", 0, 1, "{\"new\":true}");
	check_view(a, "v", "1", 1, TEXT("{\"new\":true}"));
}

static void a_view_is_named_by_type_and_id(struct actor *a)
{
	cqrs__suite_given_view(a, "v", "1", 0, 1, "{\"of\":\"v\"}");
	cqrs__suite_given_view(a, "w", "1", 0, 2, "{\"of\":\"w\"}");
	cqrs__suite_given_view(a, "v", "1", 1, 2, NULL);
	check_view(a, "w", "1", 2, TEXT("{\"of\":\"w\"}"));
	check_tombstone(a, "v", "1", 2);
	check_not_found(a, "w", "2");
	check_not_found(a, "x", "1");
	CHECK_UINT(a, cqrs__suite_list_views(a, "x", NULL, 0).count, 0);
}

static void views_are_listed_from_any_place(struct actor *a)
{
	static const char *const ids[] = { "b", "d", "f" };
	static const struct {
		const char *after;
		size_t first; /* of ids */
	} cases[] = { { NULL, 0 }, { "a", 0 }, { "b", 1 }, { "c", 1 },
		      { "d", 2 },  { "e", 2 }, { "f", 3 }, { "g", 3 } };

	for (size_t i = 0; i < 3; i++)
		cqrs__suite_given_view(a, "v", ids[2 - i], 0, 1 + i,
		                       cqrs__suite_print(a, "{\"i\":\"%s\"}", ids[2 - i]));
	cqrs__suite_given_view(a, "w", "e", 0, 1, "{}");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct cqrs_view_page page = cqrs__suite_list_views(a, "v", cases[i].after, 0);

		CHECK_UINT(a, page.count, 3 - cases[i].first);
		for (size_t n = 0; n < page.count; n++) {
			const char *id = ids[cases[i].first + n];

			CHECK_STRING(a, page.items[n].id, id);
			CHECK_UINT(a, page.items[n].version, 3 - cases[i].first - n);
			CHECK_TRUE(a, !page.items[n].removed);
			CHECK_TEXT(a, page.items[n].payload,
			           cqrs__suite_text(cqrs__suite_print(a, "{\"i\":\"%s\"}", id)));
		}
	}
}

static void streams_are_listed_from_any_place(struct actor *a)
{
	static const char *const ids[] = { "b", "d", "f" };
	static const struct {
		const char *after;
		size_t first; /* of ids */
	} cases[] = { { NULL, 0 }, { "a", 0 }, { "b", 1 }, { "c", 1 },
		      { "d", 2 },  { "e", 2 }, { "f", 3 }, { "g", 3 } };

	for (size_t i = 0; i < 3; i++)
		cqrs__suite_given_events(a, STREAM("v", ids[2 - i]), 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct cqrs_stream_page page = cqrs__suite_list_streams(a, "v", cases[i].after, 0);

		CHECK_UINT(a, page.count, 3 - cases[i].first);
		for (size_t n = 0; n < page.count; n++)
			CHECK_STRING(a, page.items[n].id, ids[cases[i].first + n]);
	}
}

static const struct store_test tests[] = {
	{ "a view comes back byte by byte", "7.1", a_view_comes_back_byte_by_byte },
	{ "a view write wants the version there is", "7.2 2.6 2.7",
	  a_write_wants_the_version_there_is },
	{ "a tombstone is loaded and not listed", "7.4", a_tombstone_is_loaded_and_not_listed },
	{ "a tombstone keeps its version", "7.5 2.7", a_tombstone_keeps_its_version },
	{ "an erased view never was", "7.6", an_erased_view_never_was },
	{ "a view is named by type and id", "7.8", a_view_is_named_by_type_and_id },
	{ "views are listed from any place", "7.7", views_are_listed_from_any_place },
	{ "streams are listed from any place", "1.10 11.3", streams_are_listed_from_any_place },
};
const struct store_tests cqrs__suite_view_tests = STORE_TESTS(tests);
