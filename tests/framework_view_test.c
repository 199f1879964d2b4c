/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * framework_view_test.c - inline views: saved with the events, listed, deleted and made
 * again, added to streams that were there before them, removed by an event.
 */
#include "framework_fixture.h"

static uint64_t version_of(struct fixture *f, const char *id)
{
	const void *view = NULL;
	uint64_t version = 0;

	CHECK_OK(cqrs_view_load(f->framework, &wallet_view, id, f->arena, &view, &version, &f->err),
	         &f->err);
	return version;
}

static void close_the_wallet(struct fixture *f, const char *id)
{
	CHECK_OK(cqrs_execute(f->framework, id, &f->err, close_wallet), &f->err);
}

static void with_view(struct fixture *f)
{
	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                                CQRS_VIEWS(&wallet_view)));
}

static void without_view(struct fixture *f)
{
	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate)));
}

static void view_is_saved_with_the_events(void **state)
{
	struct fixture *f = *state;
	struct cqrs_entry_items entries;
	const struct wallet_line *line;

	CHECK_OK(cqrs_execute(f->framework, "w1", &f->err, put_twice, .coins = 5), &f->err);
	CHECK_OK(take(f, "w1", 1), &f->err);
	CHECK_UINT(version_of(f, "w1"), 3);
	CHECK_INT(view_of(f, "w1")->coins, 9);
	CHECK_INT(view_of(f, "w1")->events, 3);
	CHECK_TEXT(view_of(f, "w1")->last_note, "as many as there are");
	CHECK_UINT(atomic_load(&f->hooks.calls[HOOKED_COMMIT]), 2);
	CHECK_OK(cqrs_view_entries(f->framework, &wallet_view, "w1", NULL, 0, f->arena, &entries,
	                           &f->err),
	         &f->err);
	CHECK_UINT(entries.count, 3);
	line = entries.items[2].entry;
	CHECK_INT(line->coins, -1);
	CHECK_TEXT(line->note, "taken");
	CHECK_UINT(entries.items[2].position.sequence, 3);
	CHECK_UINT(entries.items[2].position.index, 0);
}

static void cached_view_is_not_read_again(void **state)
{
	struct fixture *f = *state;

	put(f, "w", 1);
	put(f, "w", 1);
	CHECK_UINT(atomic_load(&f->hooks.calls[HOOKED_LOAD_VIEW]), 1);
}

static void view_that_is_not_there_is_not_found(void **state)
{
	struct fixture *f = *state;
	struct cqrs_entry_items entries;
	const void *view = f;
	uint64_t version = 7;

	CHECK_STATUS(cqrs_view_load(f->framework, &wallet_view, "none", f->arena, &view, &version,
	                            &f->err),
	             CQRS_ERR_NOT_FOUND);
	CHECK_TRUE(view == f);
	CHECK_UINT(version, 7);
	CHECK_OK(cqrs_view_entries(f->framework, &wallet_view, "none", NULL, 0, f->arena, &entries,
	                           &f->err),
	         &f->err);
	CHECK_UINT(entries.count, 0);
}

static void views_are_listed_by_page_in_the_order_of_their_ids(void **state)
{
	static const char *const ids[] = { "a", "b", "c", "d", "e" };
	struct fixture *f = *state;
	struct cqrs_view_items page;
	const char *after = NULL;
	size_t next = 0;

	for (size_t i = 5; i--;)
		put(f, ids[i], (int64_t)i + 1);
	put(f, "bb", 1);
	close_the_wallet(f, "bb");
	do {
		CHECK_OK(cqrs_view_list(f->framework, &wallet_view, after, 2, f->arena, &page,
		                        &f->err),
		         &f->err);
		CHECK_TRUE(page.count <= 2);
		for (size_t i = 0; i < page.count; i++, next++) {
			CHECK_TEXT(page.items[i].id, ids[next]);
			CHECK_UINT(page.items[i].version, 1);
			CHECK_INT(((const struct wallet_view *)page.items[i].view)->coins,
			          next + 1);
			after = page.items[i].id;
		}
	} while (page.count);
	CHECK_UINT(next, 5);
}

static void entries_are_listed_by_page_in_the_order_of_the_events(void **state)
{
	struct fixture *f = *state;
	struct cqrs_entry_position last;
	struct cqrs_entry_items page;
	int64_t next = 1;

	for (int64_t i = 1; i <= 7; i++)
		put(f, "w", i);
	do {
		CHECK_OK(cqrs_view_entries(f->framework, &wallet_view, "w", next > 1 ? &last : NULL,
		                           3, f->arena, &page, &f->err),
		         &f->err);
		CHECK_TRUE(page.count <= 3);
		for (size_t i = 0; i < page.count; i++, next++) {
			CHECK_INT(((const struct wallet_line *)page.items[i].entry)->coins, next);
			CHECK_UINT(page.items[i].position.sequence, next);
			last = page.items[i].position;
		}
	} while (page.count);
	CHECK_INT(next, 8);
}

static void deleted_view_is_made_again_by_the_next_command(void **state)
{
	struct fixture *f = *state;

	put(f, "w", 1);
	put(f, "w", 2);
	CHECK_OK(cqrs_view_delete(f->framework, &wallet_view, "w", &f->err), &f->err);
	CHECK_TRUE(view_of(f, "w") == NULL);
	CHECK_UINT(entries_of(f, "w"), 0);
	put(f, "w", 4);
	CHECK_INT(view_of(f, "w")->coins, 7);
	CHECK_UINT(version_of(f, "w"), 3);
	CHECK_UINT(entries_of(f, "w"), 3);
	CHECK_STATUS(cqrs_view_delete(f->framework, &wallet_view, "none", &f->err),
	             CQRS_ERR_NOT_FOUND);
}

static void deleted_view_is_rebuilt_without_a_command(void **state)
{
	struct fixture *f = *state;

	put(f, "w", 1);
	put(f, "w", 2);
	CHECK_OK(cqrs_view_delete(f->framework, &wallet_view, "w", &f->err), &f->err);
	for (int i = 0; i < 2; i++) {
		CHECK_OK(cqrs_view_rebuild(f->framework, &wallet_view, "w", &f->err), &f->err);
		CHECK_STATUS(f->err.status, CQRS_OK);
		CHECK_INT(view_of(f, "w")->coins, 3);
		CHECK_UINT(entries_of(f, "w"), 2);
	}
	put(f, "w", 1);
	CHECK_INT(view_of(f, "w")->events, 3);
	/* There is nothing to build of a stream without events. */
	CHECK_OK(cqrs_view_rebuild(f->framework, &wallet_view, "none", &f->err), &f->err);
	CHECK_TRUE(view_of(f, "none") == NULL);
}

static void view_deleted_by_another_framework_is_made_again(void **state)
{
	struct fixture *f = *state;
	struct cqrs_framework *other = fixture_other_framework(
		f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                  CQRS_VIEWS(&wallet_view)));

	put(f, "w", 1);
	CHECK_OK(cqrs_view_delete(other, &wallet_view, "w", &f->err), &f->err);
	cqrs_framework_free(other);
	put(f, "w", 2);
	CHECK_INT(view_of(f, "w")->coins, 3);
	CHECK_INT(view_of(f, "w")->events, 2);
	CHECK_UINT(entries_of(f, "w"), 2);
}

/* ---- added later ---- */

static void view_added_to_an_existing_stream_catches_up(void **state)
{
	struct fixture *f = *state;

	without_view(f);
	put(f, "w", 1);
	CHECK_OK(cqrs_execute(f->framework, "w", &f->err, put_twice, .coins = 1), &f->err);
	put(f, "w2", 5);
	with_view(f);
	put(f, "w", 1);
	CHECK_INT(view_of(f, "w")->coins, 5);
	CHECK_INT(view_of(f, "w")->events, 4);
	CHECK_UINT(entries_of(f, "w"), 4);
	CHECK_TRUE(view_of(f, "w2") == NULL);
	CHECK_OK(cqrs_view_rebuild(f->framework, &wallet_view, "w2", &f->err), &f->err);
	CHECK_INT(view_of(f, "w2")->coins, 5);
}

static void view_added_to_a_long_stream_catches_up_by_pages(void **state)
{
	struct fixture *f = *state;

	foreign_put(f, "w", 1, 700);
	foreign_put(f, "v", 1, 513);
	put(f, "w", 1);
	CHECK_INT(view_of(f, "w")->coins, 701);
	CHECK_INT(view_of(f, "w")->events, 701);
	CHECK_UINT(version_of(f, "w"), 701);
	CHECK_UINT(entries_of(f, "w"), 701);
	CHECK_OK(cqrs_view_rebuild(f->framework, &wallet_view, "v", &f->err), &f->err);
	CHECK_INT(view_of(f, "v")->events, 513);
	CHECK_TEXT(view_of(f, "v")->last_note, "foreign");
}

static void view_left_behind_by_a_framework_without_it_catches_up(void **state)
{
	struct fixture *f = *state;

	put(f, "w", 1);
	without_view(f);
	put(f, "w", 2);
	with_view(f);
	CHECK_UINT(version_of(f, "w"), 1);
	put(f, "w", 4);
	CHECK_INT(view_of(f, "w")->coins, 7);
	CHECK_INT(view_of(f, "w")->events, 3);
	CHECK_UINT(entries_of(f, "w"), 3);
}

static void catching_up_that_broke_off_goes_on_where_it_was(void **state)
{
	struct fixture *f = *state;

	foreign_put(f, "w", 1, 600);
	/* The load of the state, then the pages: fail every call once, from the first on. */
	for (unsigned long nth = 1; nth < 12; nth++) {
		with_view(f);
		atomic_store(&f->hooks.fail_at, nth);
		if (take(f, "w", 0) == CQRS_OK)
			break;
		CHECK_STATUS(f->err.status, CQRS_ERR_UNAVAILABLE);
	}
	atomic_store(&f->hooks.fail_at, 0);
	CHECK_UINT(atomic_load(&f->hooks.failed), 8);
	CHECK_INT(view_of(f, "w")->events, 601);
	CHECK_UINT(entries_of(f, "w"), 601);
}

/* ---- removal ---- */

static void removed_view_is_not_found_and_begins_anew(void **state)
{
	struct fixture *f = *state;

	put(f, "w", 1);
	close_the_wallet(f, "w");
	CHECK_TRUE(view_of(f, "w") == NULL);
	CHECK_UINT(entries_of(f, "w"), 0);
	put(f, "w", 4);
	CHECK_INT(view_of(f, "w")->coins, 4);
	CHECK_INT(view_of(f, "w")->events, 1);
	CHECK_UINT(version_of(f, "w"), 3);
	CHECK_UINT(entries_of(f, "w"), 1);
	/* And so it does for whoever reads the tombstone. */
	close_the_wallet(f, "w");
	with_view(f);
	put(f, "w", 8);
	CHECK_INT(view_of(f, "w")->coins, 8);
	CHECK_UINT(entries_of(f, "w"), 1);
}

static enum cqrs_status put_close_put(struct cqrs_context *ctx, const struct wallet *wallet,
                                      void *self)
{
	(void)wallet;
	(void)self;
	cqrs_emit(ctx, coins_put, .coins = 1, .note = "before");
	cqrs_emit(ctx, wallet_closed);
	return cqrs_emit(ctx, coins_put, .coins = 2, .note = "after");
}

static void view_removed_and_begun_in_one_command_has_only_what_came_after(void **state)
{
	struct fixture *f = *state;

	put(f, "w", 9);
	fixture_call(f, put_close_put, NULL);
	for (int i = 0; i < 2; i++) {
		CHECK_OK(cqrs_execute(f->framework, "w", &f->err, run), &f->err);
		CHECK_INT(view_of(f, "w")->coins, 2);
		CHECK_INT(view_of(f, "w")->events, 1);
		CHECK_TEXT(view_of(f, "w")->last_note, "after");
		CHECK_UINT(entries_of(f, "w"), 1);
	}
	CHECK_OK(cqrs_view_delete(f->framework, &wallet_view, "w", &f->err), &f->err);
	CHECK_OK(cqrs_view_rebuild(f->framework, &wallet_view, "w", &f->err), &f->err);
	CHECK_INT(view_of(f, "w")->coins, 2);
	CHECK_UINT(entries_of(f, "w"), 1);
}

static void removed_view_is_rebuilt_as_removed(void **state)
{
	struct fixture *f = *state;

	put(f, "w", 9);
	close_the_wallet(f, "w");
	CHECK_OK(cqrs_view_delete(f->framework, &wallet_view, "w", &f->err), &f->err);
	CHECK_OK(cqrs_view_rebuild(f->framework, &wallet_view, "w", &f->err), &f->err);
	CHECK_TRUE(view_of(f, "w") == NULL);
	CHECK_UINT(entries_of(f, "w"), 0);
}

/* ---- views that misbehave, and what a view may keep ---- */

enum mischief { FAIL, WRONG_ENTRY, BAD_ENTRY, BAD_VIEW, NONE };
static enum mischief mischief;

struct diary {
	const char *wallet_id;
	const char *user;
	const char *note;
	int64_t events;
	double mood;
};
struct diary_page {
	const char *text;
};
CQRS_DEFINE_RECORD(diary_page, text);

static void update_diary(struct cqrs_view_context *ctx, void *view,
                         const struct cqrs_envelope *event)
{
	struct diary *diary = view;
	const struct coins_put *put = cqrs_event_as(event, coins_put);

	diary->events++;
	diary->wallet_id = event->aggregate_id;
	diary->user = cqrs_metadata_get(&event->metadata, "user");
	diary->note = put ? put->note : "other";
	switch (mischief) {
	case FAIL:
		cqrs_view_fail(ctx, "page %d is torn", 7);
		CHECK_STATUS(cqrs_view_append(ctx, diary_page, .text = "x"), CQRS_ERR_FAILED);
		break;
	case WRONG_ENTRY:
		cqrs_view_append(ctx, wallet_line, .coins = 1, .note = "");
		break;
	case BAD_ENTRY:
		cqrs_view_append(ctx, diary_page, .text = "\xff");
		break;
	case BAD_VIEW:
		diary->mood = 1e308 * 10;
		break;
	case NONE:
		cqrs_view_append(ctx, diary_page, .text = "one");
		cqrs_view_append(ctx, diary_page, .text = "two");
		break;
	}
}

static const struct cqrs_view diary_view = {
	.type = "diary",
	.aggregate = &wallet_aggregate,
	.record = CQRS_RECORD(diary, wallet_id, user, note, events, mood),
	.entry = &diary_page_record,
	.update = update_diary,
};

static void with_diary(struct fixture *f)
{
	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                                CQRS_VIEWS(&wallet_view, &diary_view)));
}

static void view_that_fails_fails_the_command_and_stores_nothing(void **state)
{
	static const struct {
		enum mischief mischief;
		enum cqrs_status status;
		const char *message;
		const char *path;
	} cases[] = {
		{ FAIL, CQRS_ERR_FAILED, "view diary: page 7 is torn", "" },
		{ WRONG_ENTRY, CQRS_ERR_INVALID, "'wallet_line' is not the entry of view diary",
		  "" },
		{ BAD_ENTRY, CQRS_ERR_INVALID, "entry of view diary", "text" },
		{ BAD_VIEW, CQRS_ERR_INVALID, "view diary", "mood" },
	};
	struct fixture *f = *state;

	with_diary(f);
	mischief = NONE;
	put(f, "w", 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mischief = cases[i].mischief;
		CHECK_STATUS(take(f, "w", 1), cases[i].status);
		CHECK_STATUS(f->err.status, cases[i].status);
		CHECK_CONTAINS(f->err.message, cases[i].message);
		CHECK_TEXT(f->err.path, cases[i].path);
		CHECK_UINT(head_of(f, "w"), 1);
		CHECK_INT(view_of(f, "w")->coins, 1);
		CHECK_INT(view_of(f, "w")->events, 1);
	}
	mischief = NONE;
	put(f, "w", 1);
	CHECK_INT(view_of(f, "w")->events, 2);
}

static const struct diary *diary_of(struct fixture *f, const char *id)
{
	const void *diary = NULL;

	CHECK_OK(cqrs_view_load(f->framework, &diary_view, id, f->arena, &diary, NULL, &f->err),
	         &f->err);
	return diary;
}

static void put_by(struct fixture *f, const char *id, const char *user)
{
	char *name = malloc(64);
	char *own_id = malloc(64);

	/* In memory that is gone after the call. */
	snprintf(name, 64, "%s", user);
	snprintf(own_id, 64, "%s", id);
	CHECK_OK(cqrs_execute_with(
			 f->framework, own_id, &put_coins_command, &(struct put_coins){ 1, name },
			 CQRS_EXECUTE_OPTIONS(.metadata = CQRS_METADATA({ "user", name })), NULL,
			 &f->err),
	         &f->err);
	memset(name, 'x', 63);
	memset(own_id, 'x', 63);
	free(name);
	free(own_id);
}

/* An update that keeps what the event before left there, so that it must have lasted. */
static void update_keeping(struct cqrs_view_context *ctx, void *view,
                           const struct cqrs_envelope *event)
{
	struct diary *diary = view;

	(void)ctx;
	if (!diary->events++) {
		diary->wallet_id = event->aggregate_id;
		diary->user = cqrs_metadata_get(&event->metadata, "user");
		diary->note = event->event_type;
	}
}

static const struct cqrs_view keeping_view = {
	.type = "keeping",
	.aggregate = &wallet_aggregate,
	.record = CQRS_RECORD(diary, wallet_id, user, note, events, mood),
	.update = update_keeping,
};

static void check_kept(struct fixture *f, const char *id, int64_t events)
{
	const struct diary *diary;
	const void *found = NULL;

	CHECK_OK(cqrs_view_load(f->framework, &keeping_view, id, f->arena, &found, NULL, &f->err),
	         &f->err);
	diary = found;
	CHECK_TEXT(diary->wallet_id, id);
	CHECK_TEXT(diary->user, "ann");
	CHECK_TEXT(diary->note, "CoinsPut");
	CHECK_INT(diary->events, events);
}

static void view_may_keep_the_envelopes_texts(void **state)
{
	struct fixture *f = *state;

	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                                CQRS_VIEWS(&keeping_view)));
	put_by(f, "a", "ann");
	put_by(f, "other", "xxx");
	put_by(f, "a", "bob");
	put_by(f, "a", "cid");
	check_kept(f, "a", 3);
	/* Also where they come from the store, in more than one page. */
	without_view(f);
	put_by(f, "b", "ann");
	foreign_put(f, "b", 1, 600);
	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                                CQRS_VIEWS(&keeping_view)));
	put_by(f, "b", "bob");
	check_kept(f, "b", 602);
	CHECK_OK(cqrs_view_delete(f->framework, &keeping_view, "b", &f->err), &f->err);
	{
		char id[] = "b";

		CHECK_OK(cqrs_view_rebuild(f->framework, &keeping_view, id, &f->err), &f->err);
		id[0] = 'x';
	}
	put_by(f, "b", "bob");
	check_kept(f, "b", 603);
}

static void several_views_of_an_aggregate_are_saved_together(void **state)
{
	struct fixture *f = *state;
	struct cqrs_entry_items entries;

	with_diary(f);
	mischief = NONE;
	put_by(f, "w", "ann");
	CHECK_INT(view_of(f, "w")->coins, 1);
	CHECK_TEXT(diary_of(f, "w")->wallet_id, "w");
	CHECK_TEXT(diary_of(f, "w")->user, "ann");
	CHECK_TEXT(diary_of(f, "w")->note, "ann");
	CHECK_UINT(atomic_load(&f->hooks.calls[HOOKED_COMMIT]), 1);
	CHECK_OK(cqrs_view_entries(f->framework, &diary_view, "w", NULL, 0, f->arena, &entries,
	                           &f->err),
	         &f->err);
	CHECK_UINT(entries.count, 2);
	CHECK_TEXT(((const struct diary_page *)entries.items[1].entry)->text, "two");
	CHECK_UINT(entries.items[1].position.sequence, 1);
	CHECK_UINT(entries.items[1].position.index, 1);
	/* Each event's entries are counted from 0. */
	CHECK_OK(cqrs_execute(f->framework, "w", &f->err, put_twice, .coins = 1), &f->err);
	CHECK_OK(cqrs_view_entries(f->framework, &diary_view, "w", NULL, 0, f->arena, &entries,
	                           &f->err),
	         &f->err);
	CHECK_UINT(entries.count, 6);
	CHECK_UINT(entries.items[4].position.sequence, 3);
	CHECK_UINT(entries.items[4].position.index, 0);
}

static void views_that_the_framework_does_not_have_are_refused(void **state)
{
	struct fixture *f = *state;
	struct cqrs_entry_items entries;
	struct cqrs_view_items views;
	const void *view;

	CHECK_STATUS(cqrs_view_load(f->framework, &diary_view, "w", f->arena, &view, NULL, &f->err),
	             CQRS_ERR_INVALID);
	CHECK_CONTAINS(f->err.message, "was not given the view 'diary'");
	CHECK_STATUS(cqrs_view_list(f->framework, &diary_view, NULL, 0, f->arena, &views, &f->err),
	             CQRS_ERR_INVALID);
	CHECK_STATUS(cqrs_view_entries(f->framework, &diary_view, "w", NULL, 0, f->arena, &entries,
	                               &f->err),
	             CQRS_ERR_INVALID);
	CHECK_STATUS(cqrs_view_delete(f->framework, &diary_view, "w", &f->err), CQRS_ERR_INVALID);
	CHECK_STATUS(cqrs_view_rebuild(f->framework, &diary_view, "w", &f->err), CQRS_ERR_INVALID);
	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                                CQRS_VIEWS(&keeping_view)));
	CHECK_STATUS(cqrs_view_entries(f->framework, &keeping_view, "w", NULL, 0, f->arena,
	                               &entries, &f->err),
	             CQRS_ERR_INVALID);
	CHECK_CONTAINS(f->err.message, "has no entries");
}

/* ---- rows that are not as they should be ---- */

static void store_view(struct fixture *f, const char *id, const char *json)
{
	struct cqrs_view_write write = { .type = "wallet_view",
		                         .id = id,
		                         .expected_version = 1,
		                         .version = 2,
		                         .payload = { json, strlen(json) } };
	struct cqrs_commit commit = { .views = &write, .view_count = 1 };

	CHECK_OK(cqrs_store_commit(f->inner, &commit, &f->err), &f->err);
}

static void stored_view_that_does_not_decode_is_built_again(void **state)
{
	struct fixture *f = *state;
	struct cqrs_view_items views;
	const void *view;

	put(f, "w", 1);
	store_view(f, "w", "{\"coins\":\"secret\"}");
	CHECK_STATUS(
		cqrs_view_load(f->framework, &wallet_view, "w", f->arena, &view, NULL, &f->err),
		CQRS_ERR_CORRUPT);
	CHECK_STATUS(f->err.status, CQRS_ERR_CORRUPT);
	CHECK_CONTAINS(f->err.message, "view wallet_view 'w'");
	CHECK_TRUE(strstr(f->err.message, "secret") == NULL);
	CHECK_STATUS(cqrs_view_list(f->framework, &wallet_view, NULL, 0, f->arena, &views, &f->err),
	             CQRS_ERR_CORRUPT);
	with_view(f);
	put(f, "v", 1);
	foreign_put(f, "w", 1, 1);
	CHECK_OK(take(f, "w", 1), &f->err);
	CHECK_TRUE(logged(f, "does not decode"));
	CHECK_INT(view_of(f, "w")->coins, 1);
	CHECK_INT(view_of(f, "w")->events, 3);
}

static void stored_view_that_does_not_decode_is_rebuilt(void **state)
{
	struct fixture *f = *state;

	put(f, "w", 1);
	foreign_put(f, "w", 5, 1);
	store_view(f, "w", "{\"coins\":\"secret\"}");
	CHECK_OK(cqrs_view_rebuild(f->framework, &wallet_view, "w", &f->err), &f->err);
	CHECK_INT(view_of(f, "w")->coins, 6);
}

static void view_that_is_wrong_is_rebuilt_from_the_first_event(void **state)
{
	struct fixture *f = *state;
	struct cqrs_entry_items entries;

	put(f, "w", 1);
	foreign_put(f, "w", 5, 1);
	store_view(f, "w", "{\"coins\":999,\"events\":2,\"last_note\":\"wrong\"}");
	CHECK_INT(view_of(f, "w")->coins, 999);
	CHECK_OK(cqrs_view_rebuild(f->framework, &wallet_view, "w", &f->err), &f->err);
	CHECK_INT(view_of(f, "w")->coins, 6);
	CHECK_OK(cqrs_view_entries(f->framework, &wallet_view, "w", NULL, 0, f->arena, &entries,
	                           &f->err),
	         &f->err);
	CHECK_UINT(entries.count, 2);
}

static void view_of_a_deleted_stream_is_left_alone_by_a_rebuild(void **state)
{
	const struct cqrs_stream stream = { "wallet", "w" };
	struct fixture *f = *state;

	put(f, "w", 3);
	CHECK_OK(cqrs_store_delete_stream(f->inner, &stream, 1, &f->err), &f->err);
	CHECK_STATUS(cqrs_view_rebuild(f->framework, &wallet_view, "w", &f->err),
	             CQRS_ERR_NOT_FOUND);
	CHECK_INT(view_of(f, "w")->coins, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(view_is_saved_with_the_events),
		RUN(cached_view_is_not_read_again),
		RUN(view_that_is_not_there_is_not_found),
		RUN(views_are_listed_by_page_in_the_order_of_their_ids),
		RUN(entries_are_listed_by_page_in_the_order_of_the_events),
		RUN(deleted_view_is_made_again_by_the_next_command),
		RUN(deleted_view_is_rebuilt_without_a_command),
		RUN(view_deleted_by_another_framework_is_made_again),
		RUN(view_added_to_an_existing_stream_catches_up),
		RUN(view_added_to_a_long_stream_catches_up_by_pages),
		RUN(view_left_behind_by_a_framework_without_it_catches_up),
		RUN(catching_up_that_broke_off_goes_on_where_it_was),
		RUN(removed_view_is_not_found_and_begins_anew),
		RUN(view_removed_and_begun_in_one_command_has_only_what_came_after),
		RUN(removed_view_is_rebuilt_as_removed),
		RUN(view_that_fails_fails_the_command_and_stores_nothing),
		RUN(view_may_keep_the_envelopes_texts),
		RUN(several_views_of_an_aggregate_are_saved_together),
		RUN(views_that_the_framework_does_not_have_are_refused),
		RUN(stored_view_that_does_not_decode_is_built_again),
		RUN(stored_view_that_does_not_decode_is_rebuilt),
		RUN(view_that_is_wrong_is_rebuilt_from_the_first_event),
		RUN(view_of_a_deleted_stream_is_left_alone_by_a_rebuild),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
