/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_entry_tests.c - the entries of views: what grows without bound (7.9 to 7.14 of the
 * contract).
 */
#include "store_suite.h"

/* Entries as (sequence, index), with the payload that check_entries() wants of each. */
static void add_entries(struct actor *a, const char *id, uint64_t expected, uint64_t version,
                        const struct cqrs_entry_position *positions, size_t count)
{
	struct draft *draft = cqrs__draft_new(a);

	cqrs__draft_view(draft, "v", id, expected, version, "{}");
	for (size_t i = 0; i < count; i++)
		cqrs__draft_entry(draft, positions[i].sequence, positions[i].index,
		                  cqrs__suite_print(a, "{ \"at\":[%llu,%llu]}",
		                                    (unsigned long long)positions[i].sequence,
		                                    (unsigned long long)positions[i].index));
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
}

static void check_entries(struct actor *a, const char *id, const struct cqrs_entry_position *after,
                          const struct cqrs_entry_position *positions, size_t count)
{
	struct cqrs_entry_page page = cqrs__suite_list_entries(a, "v", id, after, 0);

	CHECK_UINT(a, page.count, count);
	for (size_t i = 0; i < count; i++) {
		const char *payload = cqrs__suite_print(a, "{ \"at\":[%llu,%llu]}",
		                                        (unsigned long long)positions[i].sequence,
		                                        (unsigned long long)positions[i].index);

		CHECK_UINT(a, page.items[i].position.sequence, positions[i].sequence);
		CHECK_UINT(a, page.items[i].position.index, positions[i].index);
		CHECK_TEXT(a, page.items[i].payload, cqrs__suite_text(payload));
	}
}

static const struct cqrs_entry_position first[] = { { 1, 0 }, { 2, 0 }, { 2, 1 } };
static const struct cqrs_entry_position second[] = { { 7, 2 }, { 10, 0 } };
static const struct cqrs_entry_position both[] = {
	{ 1, 0 }, { 2, 0 }, { 2, 1 }, { 7, 2 }, { 10, 0 }
};

static void entries_are_added(struct actor *a)
{
	add_entries(a, "1", 0, 2, first, 3);
	check_entries(a, "1", NULL, first, 3);
	add_entries(a, "1", 2, 10, second, 2);
	check_entries(a, "1", NULL, both, 5);
	cqrs__suite_given_view(a, "v", "1", 10, 11, "{\"no\":\"entries\"}");
	check_entries(a, "1", NULL, both, 5);
}

static void entries_are_in_order_of_numbers(struct actor *a)
{
	static const struct cqrs_entry_position mixed[] = { { 10, 10 }, { 2, 9 }, { 100, 0 },
		                                            { 10, 9 },  { 9, 0 }, { 2, 10 } };
	static const struct cqrs_entry_position sorted[] = { { 2, 9 },  { 2, 10 },  { 9, 0 },
		                                             { 10, 9 }, { 10, 10 }, { 100, 0 } };

	add_entries(a, "1", 0, 1, mixed, 6);
	check_entries(a, "1", NULL, sorted, 6);
}

static void entries_are_listed_from_any_place(struct actor *a)
{
	static const struct {
		struct cqrs_entry_position after;
		size_t first; /* of both */
	} cases[] = { { { 0, 0 }, 0 }, { { 0, 99 }, 0 }, { { 1, 0 }, 1 },  { { 1, 5 }, 1 },
		      { { 2, 0 }, 2 }, { { 2, 1 }, 3 },  { { 3, 0 }, 3 },  { { 7, 1 }, 3 },
		      { { 7, 2 }, 4 }, { { 9, 99 }, 4 }, { { 10, 0 }, 5 }, { { 99, 0 }, 5 } };

	add_entries(a, "1", 0, 1, both, 5);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check_entries(a, "1", &cases[i].after, both + cases[i].first, 5 - cases[i].first);
}

static void cleared_entries_make_room(struct actor *a)
{
	struct draft *draft = cqrs__draft_new(a);

	add_entries(a, "1", 0, 10, both, 5);
	cqrs__draft_view(draft, "v", "1", 10, 11, "{}")->clear_entries = true;
	cqrs__draft_entry(draft, 2, 1, "{ \"at\":[2,1]}"); /* where one stood */
	cqrs__draft_entry(draft, 1, 7, "{ \"at\":[1,7]}");
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	check_entries(a, "1", NULL, (const struct cqrs_entry_position[]){ { 1, 7 }, { 2, 1 } }, 2);
	draft = cqrs__draft_new(a);
	cqrs__draft_view(draft, "v", "1", 11, 12, "{}")->clear_entries = true;
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	check_entries(a, "1", NULL, NULL, 0);
	add_entries(a, "1", 12, 13, both, 5);
	check_entries(a, "1", NULL, both, 5);
}

static void a_tombstone_drops_the_entries(struct actor *a)
{
	add_entries(a, "1", 0, 1, both, 5);
	cqrs__suite_given_view(a, "v", "1", 1, 2, NULL);
	check_entries(a, "1", NULL, NULL, 0);
	add_entries(a, "1", 2, 3, both + 3, 2); /* where some stood */
	check_entries(a, "1", NULL, both + 3, 2);
}

static void an_erasure_drops_the_entries(struct actor *a)
{
	add_entries(a, "1", 0, 1, both, 5);
	cqrs__suite_given_view(a, "v", "1", 1, 0, NULL);
	check_entries(a, "1", NULL, NULL, 0);
	add_entries(a, "1", 0, 1, both, 2);
	check_entries(a, "1", NULL, both, 2);
}

static void a_position_is_taken_once(struct actor *a)
{
	struct draft *taken = cqrs__draft_new(a);
	struct draft *twice = cqrs__draft_new(a);

	add_entries(a, "1", 0, 1, first, 3);
	cqrs__draft_view(taken, "v", "1", 1, 2, "{}");
	cqrs__draft_entry(taken, 3, 0, "{}");
	cqrs__draft_entry(taken, 2, 1, "{}");
	CHECK_REFUSED(a, cqrs__draft_commit(a, taken), CQRS_ERR_INVALID);
	cqrs__draft_view(twice, "v", "1", 1, 2, "{}");
	cqrs__draft_entry(twice, 4, 0, "{}");
	cqrs__draft_entry(twice, 5, 0, "{}");
	cqrs__draft_entry(twice, 4, 0, "{}");
	CHECK_REFUSED(a, cqrs__draft_commit(a, twice), CQRS_ERR_INVALID);
	check_entries(a, "1", NULL, first, 3);
	cqrs__suite_given_view(a, "v", "1", 1, 2, "{}"); /* its version did not move */
}

static void entries_belong_to_their_view(struct actor *a)
{
	struct draft *draft = cqrs__draft_new(a);

	add_entries(a, "1", 0, 1, both, 5);
	add_entries(a, "2", 0, 1, first, 3);
	cqrs__draft_view(draft, "w", "1", 0, 1, "{}");
	cqrs__draft_entry(draft, 1, 0, "{\"w\":1}");
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	CHECK_UINT(a, cqrs__suite_list_entries(a, "w", "1", NULL, 0).count, 1);
	cqrs__suite_given_view(a, "v", "2", 1, 2, NULL);
	check_entries(a, "1", NULL, both, 5);
	CHECK_UINT(a, cqrs__suite_list_entries(a, "w", "1", NULL, 0).count, 1);
	cqrs__suite_given_view(a, "v", "1", 1, 0, NULL);
	CHECK_TEXT(a, cqrs__suite_list_entries(a, "w", "1", NULL, 0).items[0].payload,
	           TEXT("{\"w\":1}"));
	cqrs__suite_given_view(a, "v", "3", 0, 1, "{}");
	check_entries(a, "3", NULL, NULL, 0);
	check_entries(a, "never", NULL, NULL, 0);
}

static const struct store_test tests[] = {
	{ "entries are added to those there are", "7.10", entries_are_added },
	{ "entries are in the order of their numbers", "7.9", entries_are_in_order_of_numbers },
	{ "entries are listed from any place", "7.9", entries_are_listed_from_any_place },
	{ "cleared entries make room for new ones", "7.11", cleared_entries_make_room },
	{ "a tombstone drops the entries", "7.12", a_tombstone_drops_the_entries },
	{ "an erasure drops the entries", "7.12 7.6", an_erasure_drops_the_entries },
	{ "a position is taken once", "7.13", a_position_is_taken_once },
	{ "entries belong to their view", "7.14", entries_belong_to_their_view },
};
const struct store_tests cqrs__suite_entry_tests = STORE_TESTS(tests);
