/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * sqlite_writer_test.c - what the SQLite store's writer remembers of streams and views, and
 * rows that wait for others of their batch: neither is ever to be seen from outside.
 */
#include "sqlite_fixture.h"

#include "core/environment.h"
#include "store/sqlite/sqlite_store.h"

#include <stdlib.h>
#include <string.h>

#define MOST_COMMITS 40
#define LONG_ID_LEN (KNOWN_MAX_ID_LEN + 1)

/* ---- short ways to write ---- */

static struct cqrs_text text(const char *data)
{
	return (struct cqrs_text){ data, strlen(data) };
}

/* A commit that writes one view with at most one entry (sequence 0: none). */
struct view_draft {
	struct cqrs_commit commit;
	struct cqrs_view_write view;
	struct cqrs_entry_write entry;
};

static struct cqrs_commit *draft_view(struct view_draft *draft, const char *id, uint64_t expected,
                                      uint64_t version, uint64_t entry)
{
	draft->entry = (struct cqrs_entry_write){ { entry, 0 }, text("{\"entry\":1}") };
	draft->view = (struct cqrs_view_write){ .type = "account_view",
		                                .id = id,
		                                .expected_version = expected,
		                                .version = version,
		                                .payload = text("{\"balance\":1}"),
		                                .entries = &draft->entry,
		                                .entry_count = entry ? 1 : 0 };
	draft->commit = (struct cqrs_commit){ .views = &draft->view, .view_count = 1 };
	return &draft->commit;
}

static enum cqrs_status write_view(struct cqrs_store *store, const char *id, uint64_t expected,
                                   uint64_t version, uint64_t entry)
{
	struct view_draft draft;

	return cqrs_store_commit(store, draft_view(&draft, id, expected, version, entry), NULL);
}

static enum cqrs_status remove_view(struct cqrs_store *store, const char *id, uint64_t expected,
                                    bool tombstone)
{
	struct view_draft draft;

	draft_view(&draft, id, expected, tombstone ? expected + 1 : 0, 0);
	draft.view.payload = (struct cqrs_text){ NULL, 0 };
	return cqrs_store_commit(store, &draft.commit, NULL);
}

static uint64_t count_entries(struct sqlite_fixture *f, const char *id)
{
	struct cqrs_entry_page page;
	struct cqrs_error err = CQRS_ERROR_INIT;

	cqrs_arena_reset(f->arena);
	CHECK_OK(cqrs_store_list_entries(f->store, "account_view", id, NULL, 0, f->arena, &page,
	                                 &err),
	         &err);
	for (size_t i = 1; i < page.count; i++)
		CHECK_TRUE(page.items[i].position.sequence > page.items[i - 1].position.sequence);
	return page.count;
}

/* A commit of events on one stream. */
struct draft {
	struct cqrs_commit commit;
	struct cqrs_append append;
	struct cqrs_event_data events[3];
};

static struct cqrs_commit *draft_append(struct sqlite_fixture *f, struct draft *draft,
                                        const char *id, uint64_t expected, size_t count)
{
	for (size_t i = 0; i < count; i++)
		draft->events[i] = make_event(f);
	draft->append = (struct cqrs_append){ .stream = { "account", id },
		                              .expected_sequence = expected,
		                              .events = draft->events,
		                              .event_count = count };
	draft->commit = (struct cqrs_commit){ .appends = &draft->append, .append_count = 1 };
	return &draft->commit;
}

static const char *long_id(char out[LONG_ID_LEN + 1])
{
	memset(out, 'x', LONG_ID_LEN);
	out[LONG_ID_LEN] = '\0';
	return out;
}

/* Open it so that the test sees inside. */
static struct sqlite_store *open_inside(struct sqlite_fixture *f)
{
	struct cqrs_store_instance instance;
	struct cqrs_environment environment;
	struct cqrs_error err = CQRS_ERROR_INIT;

	CHECK_OK(cqrs__environment_complete(NULL, &environment, NULL), NULL);
	CHECK_OK(cqrs__sqlite_open(sqlite_fixture_url(f, ""), &environment, cqrs__sqlite_system(),
	                           &instance, &err),
	         &err);
	CHECK_OK(cqrs_store_wrap(&instance, NULL, &f->store, &err), &err);
	return instance.self;
}

static int runs_of(const struct sqlite_store *store, enum sqlite_statement which)
{
	sqlite3_stmt *statement = store->writer->statements[which];

	return statement ? sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_RUN, 0) : 0;
}

/* A second handle on the file. */
static struct cqrs_store *open_other(struct sqlite_fixture *f)
{
	struct cqrs_store *mine = f->store, *other;

	open_store(f, "");
	other = f->store;
	f->store = mine;
	return other;
}

/* ---- others write ---- */

static void what_others_append_is_seen_by_the_next_commit(void **state)
{
	struct sqlite_fixture *f = *state;
	struct cqrs_store *other;
	struct draft draft;

	open_store(f, "");
	other = open_other(f);
	for (uint64_t head = 0; head < 6; head += 2) {
		CHECK_STATUS(append(f, "ann", head, 1, NULL), CQRS_OK);
		CHECK_STATUS(
			cqrs_store_commit(other, draft_append(f, &draft, "ann", head + 1, 1), NULL),
			CQRS_OK);
		CHECK_STATUS(append(f, "ann", head + 1, 1, NULL), CQRS_ERR_CONFLICT);
	}
	cqrs_store_close(other);
	CHECK_UINT(check_whole(f), 6);
}

static void what_others_write_to_a_view_is_seen_by_the_next_commit(void **state)
{
	struct sqlite_fixture *f = *state;
	struct cqrs_store *other;

	open_store(f, "");
	other = open_other(f);
	CHECK_STATUS(write_view(f->store, "ann", 0, 1, 1), CQRS_OK);
	CHECK_STATUS(write_view(other, "ann", 1, 2, 2), CQRS_OK);
	CHECK_STATUS(write_view(f->store, "ann", 1, 2, 3), CQRS_ERR_CONFLICT);
	CHECK_STATUS(write_view(f->store, "ann", 2, 3, 2), CQRS_ERR_INVALID);
	CHECK_STATUS(write_view(f->store, "ann", 2, 3, 3), CQRS_OK);
	/* It is gone, and made again by another row. */
	CHECK_STATUS(remove_view(other, "ann", 3, false), CQRS_OK);
	CHECK_STATUS(write_view(other, "bob", 0, 1, 9), CQRS_OK);
	CHECK_STATUS(write_view(other, "ann", 0, 3, 0), CQRS_OK);
	CHECK_STATUS(write_view(f->store, "ann", 3, 4, 3), CQRS_OK);
	cqrs_store_close(other);
	CHECK_UINT(count_entries(f, "ann"), 1);
	CHECK_UINT(count_entries(f, "bob"), 1);
}

static void a_stream_that_another_deletes_refuses_commits(void **state)
{
	struct sqlite_fixture *f = *state;
	const struct cqrs_stream stream = { "account", "ann" };
	struct cqrs_store *other;

	open_store(f, "");
	other = open_other(f);
	given_events(f, "ann", 2);
	CHECK_STATUS(cqrs_store_delete_stream(other, &stream, 2, NULL), CQRS_OK);
	CHECK_STATUS(append(f, "ann", 2, 1, NULL), CQRS_ERR_NOT_FOUND);
	CHECK_STATUS(append(f, "ann", CQRS_EXPECT_ANY, 1, NULL), CQRS_ERR_NOT_FOUND);
	cqrs_store_close(other);
}

/* ---- this handle writes ---- */

static void a_stream_that_the_handle_deletes_refuses_commits(void **state)
{
	struct sqlite_fixture *f = *state;
	const struct cqrs_stream stream = { "account", "ann" };

	open_store(f, "");
	given_events(f, "ann", 2);
	given_events(f, "bob", 1);
	CHECK_STATUS(cqrs_store_delete_stream(f->store, &stream, 2, NULL), CQRS_OK);
	CHECK_STATUS(append(f, "ann", 2, 1, NULL), CQRS_ERR_NOT_FOUND);
	CHECK_STATUS(append(f, "ann", CQRS_EXPECT_ANY, 1, NULL), CQRS_ERR_NOT_FOUND);
	CHECK_STATUS(cqrs_store_delete_stream(f->store, &stream, 2, NULL), CQRS_ERR_NOT_FOUND);
	CHECK_STATUS(append(f, "bob", 1, 1, NULL), CQRS_OK);
}

static void a_removed_view_takes_the_positions_of_its_entries_again(void **state)
{
	struct sqlite_fixture *f = *state;

	open_store(f, "");
	for (uint64_t round = 0; round < 2; round++) {
		bool tombstone = round == 0;

		CHECK_STATUS(write_view(f->store, "ann", 0, 1, 5), CQRS_OK);
		CHECK_STATUS(write_view(f->store, "ann", 1, 2, 5), CQRS_ERR_INVALID);
		CHECK_STATUS(remove_view(f->store, "ann", 1, tombstone), CQRS_OK);
		CHECK_STATUS(write_view(f->store, "ann", tombstone ? 2 : 0, 3, 5), CQRS_OK);
		CHECK_STATUS(write_view(f->store, "ann", 3, 4, 5), CQRS_ERR_INVALID);
		CHECK_STATUS(write_view(f->store, "ann", 3, 4, 4), CQRS_OK);
		CHECK_STATUS(write_view(f->store, "ann", 4, 5, 5), CQRS_ERR_INVALID);
		CHECK_UINT(count_entries(f, "ann"), 2);
		CHECK_STATUS(remove_view(f->store, "ann", 4, false), CQRS_OK);
	}
}

static void entries_that_are_cleared_leave_their_positions(void **state)
{
	struct sqlite_fixture *f = *state;
	struct view_draft draft;

	open_store(f, "");
	CHECK_STATUS(write_view(f->store, "ann", 0, 1, 5), CQRS_OK);
	draft_view(&draft, "ann", 1, 2, 3);
	draft.view.clear_entries = true;
	CHECK_STATUS(cqrs_store_commit(f->store, &draft.commit, NULL), CQRS_OK);
	CHECK_STATUS(write_view(f->store, "ann", 2, 3, 3), CQRS_ERR_INVALID);
	CHECK_STATUS(write_view(f->store, "ann", 2, 3, 5), CQRS_OK);
	CHECK_UINT(count_entries(f, "ann"), 2);
}

static void a_stream_and_a_view_of_the_same_names_are_told_apart(void **state)
{
	struct sqlite_fixture *f = *state;
	struct view_draft draft;

	open_store(f, "");
	draft_view(&draft, "ann", 0, 7, 1);
	draft.view.type = "account";
	CHECK_STATUS(cqrs_store_commit(f->store, &draft.commit, NULL), CQRS_OK);
	CHECK_STATUS(append(f, "ann", 0, 1, NULL), CQRS_OK);
	draft_view(&draft, "ann", 7, 8, 2);
	draft.view.type = "account";
	CHECK_STATUS(cqrs_store_commit(f->store, &draft.commit, NULL), CQRS_OK);
	CHECK_STATUS(append(f, "ann", 1, 1, NULL), CQRS_OK);
	CHECK_STATUS(write_view(f->store, "ann", 0, 1, 0), CQRS_OK); /* of another type */
}

static void what_is_known_is_not_looked_up(void **state)
{
	struct sqlite_fixture *f = *state;
	struct sqlite_store *store = open_inside(f);
	int streams, views, entries;

	CHECK_STATUS(append(f, "ann", 0, 1, NULL), CQRS_OK);
	CHECK_STATUS(write_view(f->store, "ann", 0, 1, 1), CQRS_OK);
	streams = runs_of(store, STATEMENT_FIND_STREAM);
	views = runs_of(store, STATEMENT_FIND_VIEW);
	entries = runs_of(store, STATEMENT_LAST_ENTRY);
	for (uint64_t head = 1; head < 5; head++) {
		CHECK_STATUS(append(f, "ann", head, 1, NULL), CQRS_OK);
		CHECK_STATUS(write_view(f->store, "ann", head, head + 1, head + 1), CQRS_OK);
	}
	CHECK_INT(runs_of(store, STATEMENT_FIND_STREAM), streams);
	CHECK_INT(runs_of(store, STATEMENT_FIND_VIEW), views);
	CHECK_INT(runs_of(store, STATEMENT_LAST_ENTRY), entries);
}

/* Two ids of 16 bytes: the second half makes up for what the first does to the hash. */
static uint64_t mixed(const char *half)
{
	uint64_t word, hash = (0 ^ 16) * UINT64_C(0x9e3779b97f4a7c15);

	memcpy(&word, half, sizeof(word));
	hash ^= hash >> 32;
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}

static bool is_ascii(uint64_t word)
{
	for (int i = 0; i < 8; i++, word >>= 8)
		if (!(word & 0xff) || (word & 0x80))
			return false;
	return true;
}

static void ids_of_the_same_hash_are_told_apart(void **state)
{
	struct sqlite_fixture *f = *state;
	char ann[17] = "account-ABCDEFGH", bob[17] = "";
	uint64_t half, other = 0;

	memcpy(&half, ann + 8, sizeof(half));
	for (unsigned n = 0; !is_ascii(other); n++) {
		snprintf(bob, sizeof(bob), "%08u", n);
		other = half ^ mixed(ann) ^ mixed(bob);
	}
	memcpy(bob + 8, &other, sizeof(other));
	CHECK_TRUE(cqrs__sqlite_hash(0, ann, 16) == cqrs__sqlite_hash(0, bob, 16));
	open_store(f, "");
	for (uint64_t head = 0; head < 3; head++) {
		CHECK_STATUS(append(f, ann, head, 1, NULL), CQRS_OK);
		CHECK_STATUS(append(f, bob, head, 1, NULL), CQRS_OK);
	}
	CHECK_UINT(check_whole(f), 6);
}

/* ---- what does not come about ---- */

static void a_refused_commit_changes_nothing_that_is_known(void **state)
{
	struct sqlite_fixture *f = *state;
	struct draft drafts[3];
	struct cqrs_commit *const commits[] = {
		draft_append(f, &drafts[0], "ann", 0, 2),
		draft_append(f, &drafts[1], "ann", 1, 1),
		draft_append(f, &drafts[2], "ann", 2, 1),
	};

	open_store(f, "");
	CHECK_STATUS(cqrs_store_commit_batch(f->store, commits, 3), CQRS_ERR_CONFLICT);
	CHECK_STATUS(commits[0]->status, CQRS_OK);
	CHECK_STATUS(commits[1]->status, CQRS_ERR_CONFLICT);
	CHECK_STATUS(commits[2]->status, CQRS_OK);
	CHECK_STATUS(append(f, "ann", 3, 1, NULL), CQRS_OK);
	CHECK_UINT(check_whole(f), 4);
}

/* Its parts are written in order: the snapshot comes last, and has no table. */
static void what_was_rolled_back_is_not_known(void **state)
{
	struct sqlite_fixture *f = *state;
	struct cqrs_snapshot_write snapshot = { { "account", "new" }, { 1, 7, 0, text("{}") } };
	struct draft draft;
	struct cqrs_commit *commit = draft_append(f, &draft, "new", 0, 1);

	open_store(f, "");
	given_events(f, "ann", 1);
	run_sql(f, "ALTER TABLE snapshots RENAME TO elsewhere");
	CHECK_STATUS(append(f, "ann", 1, 1, NULL), CQRS_OK);
	commit->snapshots = &snapshot;
	commit->snapshot_count = 1;
	CHECK_STATUS(cqrs_store_commit(f->store, commit, NULL), CQRS_ERR_CORRUPT);
	CHECK_STATUS(append(f, "new", 1, 1, NULL), CQRS_ERR_CONFLICT);
	CHECK_STATUS(append(f, "bob", 0, 1, NULL), CQRS_OK); /* gets the number it had */
	CHECK_STATUS(append(f, "new", 0, 1, NULL), CQRS_OK);
	CHECK_UINT(check_whole(f), 4);
}

static void rows_of_a_batch_that_failed_are_not_written_later(void **state)
{
	struct sqlite_fixture *f = *state;
	const struct cqrs_stream stream = { "account", "bob" };
	struct cqrs_snapshot_write snapshot = { { "account", "new" }, { 1, 7, 0, text("{}") } };
	struct draft *draft = malloc(sizeof(*draft)), theirs;
	struct cqrs_commit *commit;
	struct cqrs_store *other;

	assert_non_null(draft);
	open_store(f, "");
	other = open_other(f);
	given_events(f, "ann", 1);
	run_sql(f, "ALTER TABLE snapshots RENAME TO elsewhere");
	commit = draft_append(f, draft, "new", 0, 1);
	commit->snapshots = &snapshot;
	commit->snapshot_count = 1;
	CHECK_STATUS(cqrs_store_commit(f->store, commit, NULL), CQRS_ERR_CORRUPT);
	free(draft);
	run_sql(f, "ALTER TABLE elsewhere RENAME TO snapshots");
	/* This one has the number that the other was to have. */
	CHECK_STATUS(cqrs_store_commit(other, draft_append(f, &theirs, "bob", 0, 1), NULL),
	             CQRS_OK);
	CHECK_STATUS(cqrs_store_delete_stream(f->store, &stream, 1, NULL), CQRS_OK);
	CHECK_INT(query_sql(f, "SELECT count(*) FROM events"), 2);
	cqrs_store_close(other);
}

/* ---- more than is remembered ---- */

/* One event to each of many streams, thousands a commit. */
static void append_to_each(struct sqlite_fixture *f, size_t count, uint64_t expected)
{
	enum { PART = 2000 };
	struct cqrs_append *appends = calloc(PART, sizeof(*appends));
	char(*ids)[16] = calloc(PART, sizeof(*ids));
	struct cqrs_event_data event = make_event(f);
	struct cqrs_error err = CQRS_ERROR_INIT;

	assert_non_null(appends);
	assert_non_null(ids);
	for (size_t begin = 0; begin < count; begin += PART) {
		struct cqrs_commit commit = { .appends = appends, .append_count = PART };

		for (size_t i = 0; i < PART; i++) {
			snprintf(ids[i], sizeof(ids[i]), "s%zu", begin + i);
			appends[i] = (struct cqrs_append){ .stream = { "account", ids[i] },
				                           .expected_sequence = expected,
				                           .events = &event,
				                           .event_count = 1 };
		}
		CHECK_OK(cqrs_store_commit(f->store, &commit, &err), &err);
	}
	free(appends);
	free(ids);
}

static void more_streams_than_are_remembered_keep_their_heads(void **state)
{
	struct sqlite_fixture *f = *state;
	const size_t count = 2 * 20000;

	assert_true(count > (size_t)KNOWN_BLOCKS * KNOWN_BLOCK_ROWS);
	open_store(f, "?synchronous=normal");
	append_to_each(f, count, 0);
	append_to_each(f, count, 1);
	CHECK_INT(query_sql(f, "SELECT count(*) FROM streams"), (int64_t)count);
	CHECK_INT(query_sql(f, "SELECT count(*) FROM (SELECT stream FROM events GROUP BY stream"
	                       " HAVING count(*) = 2 AND max(sequence) = 2)"),
	          (int64_t)count);
}

static void ids_too_long_to_be_remembered_are_looked_up(void **state)
{
	struct sqlite_fixture *f = *state;
	char id[LONG_ID_LEN + 1];
	struct draft drafts[2];
	struct view_draft views[3];
	struct cqrs_commit *const commits[] = {
		draft_append(f, &drafts[0], long_id(id), 0, 2),
		draft_append(f, &drafts[1], id, 2, 1),
		draft_view(&views[0], id, 0, 1, 1),
		draft_view(&views[1], id, 1, 2, 2),
		draft_view(&views[2], id, 2, 3, 2),
	};
	const struct sqlite_store *store = open_inside(f);

	CHECK_STATUS(cqrs_store_commit_batch(f->store, commits, 5), CQRS_ERR_INVALID);
	CHECK_INT(runs_of(store, STATEMENT_COMMIT), 1); /* none was tried again by itself */
	for (size_t i = 0; i < 4; i++)
		CHECK_STATUS(commits[i]->status, CQRS_OK);
	CHECK_STATUS(commits[4]->status, CQRS_ERR_INVALID);
	CHECK_STATUS(append(f, id, 3, 1, NULL), CQRS_OK);
	CHECK_UINT(check_whole(f), 4);
	CHECK_UINT(count_entries(f, id), 2);
}

/* ---- rows that wait ---- */

static void batches_of_every_size_are_stored_whole(void **state)
{
	struct sqlite_fixture *f = *state;
	uint64_t events = 0, version = 0;

	open_store(f, "");
	for (size_t count = 1; count <= MOST_COMMITS; count += count < 20 ? 1 : 7) {
		struct draft drafts[MOST_COMMITS];
		struct view_draft views[MOST_COMMITS];
		struct cqrs_commit *commits[2 * MOST_COMMITS];

		for (size_t i = 0; i < count; i++, version++) {
			size_t some = 1 + i % 3;

			commits[2 * i] = draft_append(f, &drafts[i], i % 2 ? "ann" : "bob",
			                              CQRS_EXPECT_ANY, some);
			commits[2 * i + 1] =
				draft_view(&views[i], "ann", version, version + 1, version + 1);
			events += some;
		}
		CHECK_STATUS(cqrs_store_commit_batch(f->store, commits, 2 * count), CQRS_OK);
		CHECK_UINT(check_whole(f), events);
		CHECK_UINT(count_entries(f, "ann"), version);
	}
}

static void a_batch_is_written_by_few_statements(void **state)
{
	struct sqlite_fixture *f = *state;
	struct sqlite_store *store = open_inside(f);
	struct draft drafts[2 * SQLITE_ROWS + 1];
	struct cqrs_commit *commits[2 * SQLITE_ROWS + 1];

	for (size_t i = 0; i < 2 * SQLITE_ROWS + 1; i++)
		commits[i] = draft_append(f, &drafts[i], "ann", i, 1);
	CHECK_STATUS(cqrs_store_commit_batch(f->store, commits, 2 * SQLITE_ROWS + 1), CQRS_OK);
	CHECK_INT(runs_of(store, STATEMENT_ADD_EVENTS), 2);
	CHECK_INT(runs_of(store, STATEMENT_ADD_EVENT), 1);
	CHECK_UINT(check_whole(f), 2 * SQLITE_ROWS + 1);
}

static void entries_that_wait_are_cleared_too(void **state)
{
	struct sqlite_fixture *f = *state;
	struct view_draft drafts[3];
	struct cqrs_commit *const commits[] = {
		draft_view(&drafts[0], "ann", 0, 1, 5),
		draft_view(&drafts[1], "ann", 1, 2, 6),
		draft_view(&drafts[2], "ann", 2, 3, 5),
	};

	drafts[1].view.clear_entries = true;
	open_store(f, "");
	CHECK_STATUS(cqrs_store_commit_batch(f->store, commits, 3), CQRS_OK);
	CHECK_UINT(count_entries(f, "ann"), 2);
}

static void a_position_of_an_entry_that_waits_is_refused(void **state)
{
	struct sqlite_fixture *f = *state;
	struct view_draft drafts[3];
	struct cqrs_commit *const commits[] = {
		draft_view(&drafts[0], "ann", 0, 1, 5),
		draft_view(&drafts[1], "ann", 1, 2, 7),
		draft_view(&drafts[2], "ann", 2, 3, 5),
	};
	const struct sqlite_store *store = open_inside(f);

	CHECK_STATUS(cqrs_store_commit_batch(f->store, commits, 3), CQRS_ERR_INVALID);
	CHECK_STATUS(commits[2]->status, CQRS_ERR_INVALID);
	CHECK_INT(runs_of(store, STATEMENT_COMMIT), 1); /* none was tried again by itself */
	CHECK_UINT(count_entries(f, "ann"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, sqlite_fixture_set_up, sqlite_fixture_tear_down)
		TEST(what_others_append_is_seen_by_the_next_commit),
		TEST(what_others_write_to_a_view_is_seen_by_the_next_commit),
		TEST(a_stream_that_another_deletes_refuses_commits),
		TEST(a_stream_that_the_handle_deletes_refuses_commits),
		TEST(a_removed_view_takes_the_positions_of_its_entries_again),
		TEST(entries_that_are_cleared_leave_their_positions),
		TEST(a_stream_and_a_view_of_the_same_names_are_told_apart),
		TEST(what_is_known_is_not_looked_up),
		TEST(ids_of_the_same_hash_are_told_apart),
		TEST(a_refused_commit_changes_nothing_that_is_known),
		TEST(what_was_rolled_back_is_not_known),
		TEST(rows_of_a_batch_that_failed_are_not_written_later),
		TEST(more_streams_than_are_remembered_keep_their_heads),
		TEST(ids_too_long_to_be_remembered_are_looked_up),
		TEST(batches_of_every_size_are_stored_whole),
		TEST(a_batch_is_written_by_few_statements),
		TEST(entries_that_wait_are_cleared_too),
		TEST(a_position_of_an_entry_that_waits_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
