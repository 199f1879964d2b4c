/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * bad_day_sqlite_test.c - bad days on an SQLite file, a new one for each seed; with
 * arguments as bad_day_test has them.
 */
#include "check.h"

#include "domains.h"
#include "sqlite_fixture.h"

#define SEEDS 20

static const char *program;

/* The file before it is closed by now, and not needed any more. */
static enum cqrs_status open_new_file(void *self, struct cqrs_store **out_store,
                                      struct cqrs_error *err)
{
	struct sqlite_fixture *f = self;
	static unsigned number;

	snprintf(f->path, sizeof(f->path), "%s/day-%u.db", f->folder, number++);
	return cqrs_store_open(sqlite_fixture_url(f, ""), CQRS_BACKENDS(cqrs_sqlite()), out_store,
	                       err);
}

static struct bad_day on_sqlite(const struct bad_day *day, struct sqlite_fixture *f)
{
	struct bad_day copy = *day;

	copy.open = open_new_file;
	copy.self = f;
	return copy;
}

static void applications_on_sqlite_survive_their_bad_days(void **state)
{
	struct bad_day wallet = on_sqlite(&bad_day_wallet, *state);
	struct bad_day bank = on_sqlite(&bad_day_bank, *state);

	CHECK_TRUE(run_days(program, &wallet, 1, SEEDS));
	CHECK_TRUE(run_days(program, &bank, 1, SEEDS));
}

static void threads_on_sqlite_survive_their_bad_days(void **state)
{
	struct bad_day day = on_sqlite(&bad_day_wallet, *state);

	day.threads = 4;
	day.name = "threads";
	CHECK_TRUE(run_days(program, &day, 1, SEEDS / 2));
}

static int run_named(int argc, char **argv)
{
	struct bad_day days[3];
	const struct bad_day *const named[] = { &days[0], &days[1], &days[2] };
	void *f = NULL;
	int status;

	sqlite_fixture_set_up_in_memory(&f);
	days[0] = on_sqlite(&bad_day_wallet, f);
	days[1] = on_sqlite(&bad_day_bank, f);
	days[2] = days[0];
	days[2].threads = 4;
	days[2].name = "threads";
	status = run_named_days(named, 3, argc, argv);
	sqlite_fixture_tear_down(&f);
	return status;
}

#define RUN(test)                                                              \
	cmocka_unit_test_setup_teardown(test, sqlite_fixture_set_up_in_memory, \
	                                sqlite_fixture_tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		RUN(applications_on_sqlite_survive_their_bad_days),
		RUN(threads_on_sqlite_survive_their_bad_days),
	};

	program = argv[0];
	if (argc > 1)
		return run_named(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
