/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * sqlite_memory_test.c - the SQLite store without memory: every allocation of ours fails
 * once, and every one of SQLite's own. A status, nothing lost, and the next try works.
 */
#include "sqlite_workload.h"

#include "failing_allocator.h"

#include <sqlite3.h>
#include <unistd.h>

static struct failing_allocator ours;
static struct failing_allocator theirs;

/* ---- SQLite's allocations ---- */

static sqlite3_mem_methods system_memory;

static void *counted_malloc(int size)
{
	return failing_allocator_fails(&theirs) ? NULL : system_memory.xMalloc(size);
}

static void *counted_realloc(void *memory, int size)
{
	return failing_allocator_fails(&theirs) ? NULL : system_memory.xRealloc(memory, size);
}

static void install_memory(void)
{
	sqlite3_mem_methods memory;

	failing_allocator_init(&ours);
	failing_allocator_init(&theirs);
	CHECK_INT(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &system_memory), SQLITE_OK);
	memory = system_memory;
	memory.xMalloc = counted_malloc;
	memory.xRealloc = counted_realloc;
	CHECK_INT(sqlite3_config(SQLITE_CONFIG_MALLOC, &memory), SQLITE_OK);
	CHECK_INT(sqlite3_initialize(), SQLITE_OK); /* what it allocates once, it has now */
}

/* ---- what is done while an allocation fails ---- */

static enum cqrs_status open_counted(struct sqlite_fixture *f)
{
	const struct cqrs_environment environment = { .size = sizeof(environment),
		                                      .allocator = &ours.allocator };

	return cqrs_store_open_with(
		sqlite_fixture_url(f, "?readers=1"), CQRS_BACKENDS(cqrs_sqlite()),
		CQRS_STORE_OPTIONS(.environment = &environment), &f->store, NULL);
}

/* One of each read; the first failure ends it. */
static enum cqrs_status read_everything(struct sqlite_fixture *f)
{
	struct cqrs_stream stream = { "account", "s1" };
	struct cqrs_arena *arena = NULL;
	struct cqrs_event_page events;
	struct cqrs_stream_page streams;
	struct cqrs_view_page views;
	struct cqrs_entry_page entries;
	struct cqrs_snapshot snapshot;
	struct cqrs_stored_view view;
	struct cqrs_key_record key;
	uint64_t number;
	enum cqrs_status status = cqrs_arena_new(&ours.allocator, &arena, NULL);

	if (status == CQRS_OK)
		status = cqrs_store_read_stream(f->store, &stream, 0, 0, arena, &events, NULL);
	if (status == CQRS_OK)
		status = cqrs_store_read_feed(f->store, 0, 0, 0, arena, &events, NULL);
	if (status == CQRS_OK)
		status = cqrs_store_list_streams(f->store, "account", NULL, 0, arena, &streams,
		                                 NULL);
	if (status == CQRS_OK)
		status = cqrs_store_list_views(f->store, "account_view", NULL, 0, arena, &views,
		                               NULL);
	if (status == CQRS_OK)
		status = cqrs_store_list_entries(f->store, "account_view", "s1", NULL, 0, arena,
		                                 &entries, NULL);
	if (status == CQRS_OK)
		status = cqrs_store_load_snapshot(f->store, &stream, arena, &snapshot, NULL);
	if (status == CQRS_OK)
		status = cqrs_store_load_view(f->store, "account_view", "s1", arena, &view, NULL);
	if (status == CQRS_OK)
		status = cqrs_store_load_key(f->store, &stream, "key-1", &key, NULL);
	if (status == CQRS_OK)
		status = cqrs_store_read_head(f->store, &stream, &number, NULL);
	if (status == CQRS_OK)
		status = cqrs_store_load_checkpoint(f->store, "projection", 0, &number, NULL);
	if (status == CQRS_OK)
		status = cqrs_store_wait(f->store, 0, 0, 0, NULL);
	cqrs_arena_free(arena);
	return status;
}

static enum cqrs_status remove_things(struct sqlite_fixture *f)
{
	struct cqrs_stream stream = { "account", "s1" };
	uint64_t count;
	enum cqrs_status status = cqrs_store_purge_keys(f->store, 1, &count, NULL);

	if (status == CQRS_OK)
		status = cqrs_store_delete_stream(f->store, &stream, CQRS_EXPECT_EXISTS, NULL);
	return status;
}

static void check_failure(enum cqrs_status status, unsigned failed, bool must_fail)
{
	if (failed && (must_fail || status != CQRS_OK))
		CHECK_STATUS(status, CQRS_ERR_NOMEM);
	else
		CHECK_STATUS(status, CQRS_OK);
}

/* ---- the sweeps: SQLite may do without what it did not get, ours may not ---- */

static void open_survives(struct sqlite_fixture *f, struct failing_allocator *memory)
{
	unsigned nth = 1;

	for (unsigned failed = 1; failed; nth++) {
		enum cqrs_status status;

		fail_allocation(memory, nth);
		status = open_counted(f);
		failed = stop_failing(memory);
		check_failure(status, failed, memory == &ours);
		close_store(f);
		unlink(f->path);
	}
	CHECK_TRUE(nth > 2); /* something was swept */
	CHECK_UINT(atomic_load(&ours.live), 0);
}

static void commit_survives(struct sqlite_fixture *f, struct failing_allocator *memory)
{
	uint64_t n = 1;
	unsigned nth = 1;

	for (unsigned failed = 1; failed; nth++) {
		enum cqrs_status status;

		CHECK_STATUS(open_counted(f), CQRS_OK);
		fail_allocation(memory, nth);
		status = commit_nth(f, n, NULL);
		failed = stop_failing(memory);
		check_failure(status, failed, memory == &ours);
		n += status == CQRS_OK;
		CHECK_UINT(check_commits(f), n - 1);
		CHECK_STATUS(commit_nth(f, n++, NULL), CQRS_OK);
		close_store(f);
	}
	check_database(f);
	CHECK_TRUE(nth > 2); /* something was swept */
	CHECK_UINT(atomic_load(&ours.live), 0);
}

static void reads_survive(struct sqlite_fixture *f, struct failing_allocator *memory)
{
	unsigned nth = 1;

	CHECK_STATUS(open_counted(f), CQRS_OK);
	CHECK_STATUS(commit_nth(f, 1, NULL), CQRS_OK);
	close_store(f);
	for (unsigned failed = 1; failed; nth++) {
		enum cqrs_status status;

		CHECK_STATUS(open_counted(f), CQRS_OK);
		fail_allocation(memory, nth);
		status = read_everything(f);
		failed = stop_failing(memory);
		check_failure(status, failed, memory == &ours);
		CHECK_STATUS(read_everything(f), CQRS_OK);
		close_store(f);
	}
	CHECK_TRUE(nth > 2); /* something was swept */
	CHECK_UINT(atomic_load(&ours.live), 0);
}

static void removal_survives(struct sqlite_fixture *f, struct failing_allocator *memory)
{
	unsigned nth = 1;

	for (unsigned failed = 1; failed; nth++) {
		enum cqrs_status status;

		CHECK_STATUS(open_counted(f), CQRS_OK);
		CHECK_STATUS(commit_nth(f, 1, NULL), CQRS_OK);
		close_store(f);
		CHECK_STATUS(open_counted(f), CQRS_OK);
		fail_allocation(memory, nth);
		status = remove_things(f);
		failed = stop_failing(memory);
		/* Deleted, but not erased, is not known to be done. */
		if (status != CQRS_ERR_UNKNOWN)
			check_failure(status, failed, memory == &ours);
		status = remove_things(f);
		if (status != CQRS_ERR_NOT_FOUND)
			CHECK_STATUS(status, CQRS_OK);
		CHECK_STATUS(remove_things(f), CQRS_ERR_NOT_FOUND);
		CHECK_INT(query_sql(f, "SELECT count(payload) FROM events"), 0);
		close_store(f);
		unlink(f->path);
	}
	CHECK_TRUE(nth > 2); /* something was swept */
	CHECK_UINT(atomic_load(&ours.live), 0);
}

static void opening_survives_any_failed_allocation(void **state)
{
	open_survives(*state, &ours);
	open_survives(*state, &theirs);
}

static void a_commit_survives_any_failed_allocation_of_ours(void **state)
{
	commit_survives(*state, &ours);
}

static void a_commit_survives_any_failed_allocation_of_sqlite(void **state)
{
	commit_survives(*state, &theirs);
}

static void a_commit_on_what_is_known_allocates_nothing(void **state)
{
	struct sqlite_fixture *f = *state;
	uint64_t n = 1;

	CHECK_STATUS(open_counted(f), CQRS_OK);
	while (n <= 6) /* to each of its streams, twice */
		CHECK_STATUS(commit_nth(f, n++, NULL), CQRS_OK);
	fail_allocation(&ours, 1);
	CHECK_STATUS(commit_nth(f, n, NULL), CQRS_OK);
	CHECK_UINT(stop_failing(&ours), 0);
	CHECK_UINT(check_commits(f), n);
}

static void reads_survive_any_failed_allocation(void **state)
{
	reads_survive(*state, &ours);
}

static void reads_survive_any_failed_allocation_of_sqlite(void **state)
{
	reads_survive(*state, &theirs);
}

static void removal_survives_any_failed_allocation(void **state)
{
	removal_survives(*state, &ours);
	removal_survives(*state, &theirs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, sqlite_fixture_set_up_in_memory, \
	                                sqlite_fixture_tear_down)
		TEST(opening_survives_any_failed_allocation),
		TEST(a_commit_survives_any_failed_allocation_of_ours),
		TEST(a_commit_survives_any_failed_allocation_of_sqlite),
		TEST(a_commit_on_what_is_known_allocates_nothing),
		TEST(reads_survive_any_failed_allocation),
		TEST(reads_survive_any_failed_allocation_of_sqlite),
		TEST(removal_survives_any_failed_allocation),
	};

	install_memory();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
