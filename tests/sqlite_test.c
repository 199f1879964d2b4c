/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * sqlite_test.c - what is the SQLite backend's own: its files, its options, what it promises
 * beyond the store contract (which store_testing.h tests).
 */
#include "sqlite_fixture.h"

#include "store/sqlite/sqlite_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- keeping ---- */

static void what_was_stored_is_there_after_reopening(void **state)
{
	struct sqlite_fixture *f = *state;
	struct cqrs_stream stream = { "account", "ann" };
	struct cqrs_event_page page = { 0 };
	struct cqrs_error err = CQRS_ERROR_INIT;

	open_store(f, "");
	given_events(f, "ann", 3);
	given_events(f, "bob", 1);
	close_store(f);
	open_store(f, "");
	CHECK_UINT(stream_head(f, "ann"), 3);
	CHECK_STATUS(append(f, "ann", 2, 1, &err), CQRS_ERR_CONFLICT);
	CHECK_CONTAINS(err.path, "ann");
	given_events(f, "ann", 1);
	CHECK_UINT(check_whole(f), 5);
	cqrs_arena_reset(f->arena);
	CHECK_OK(cqrs_store_read_stream(f->store, &stream, 2, 0, f->arena, &page, &err), &err);
	CHECK_UINT(page.count, 2);
	CHECK_UINT(page.items[0].offset, 3);
	CHECK_UINT(page.items[1].offset, 5);
	CHECK_TEXT(page.items[1].data.version, "1.0");
	CHECK_UINT(page.items[1].data.event_id.bytes[15], 1);
	CHECK_UINT(page.items[1].data.causation_id.bytes[0], 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, sqlite_fixture_set_up, sqlite_fixture_tear_down)
		TEST(what_was_stored_is_there_after_reopening),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
