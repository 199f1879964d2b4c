/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * sqlite_fault_test.c - the SQLite store on a disk that fails (vfs_fault.h), at every single
 * operation: what was acknowledged is there, nothing is half there, what was refused is not
 * there, and the store works again when the cause is gone.
 */
#include "power_cut.h"
#include "sqlite_workload.h"
#include "vfs_fault.h"

#include <sys/stat.h>

/* The control: what follows is about a log that is copied back all the time. */
static void the_log_is_copied_back_and_begun_anew(void **state)
{
	struct sqlite_fixture *f = *state;
	char path[128];
	struct stat log;

	open_small_or_fail(f, "");
	for (uint64_t n = 1; n <= 20 * SMALL_COMMITS; n++)
		CHECK_STATUS(commit_nth(f, n, NULL), CQRS_OK);
	snprintf(path, sizeof(path), "%s-wal", f->path);
	CHECK_INT(stat(path, &log), 0);
	CHECK_TRUE(log.st_size < 60 * 4120);
	CHECK_UINT(check_commits(f), 20 * SMALL_COMMITS);
	close_store(f);
	fault_restart();
}

static void a_commit_is_one_write_and_one_sync(void **state)
{
	struct sqlite_fixture *f = *state;

	open_store(f, "");
	given_events(f, "account-1", 1);
	fault_plan(FAULT_NONE, 0);
	given_events(f, "account-2", 20);
	CHECK_UINT(fault_operations(), 2);
	close_store(f);
	fault_restart();
}

/* Other processes see what it wrote as soon as the log's index names it, with no sync between. */
static void a_relaxed_commit_keeps_nothing_back(void **state)
{
	struct sqlite_fixture *f = *state;

	open_store(f, "?synchronous=normal");
	given_events(f, "account-1", 1);
	fault_plan(FAULT_NONE, 0);
	given_events(f, "account-2", 20);
	CHECK_TRUE(fault_operations() > 5);
	close_store(f);
	fault_restart();
}

/* ---- the power is cut ---- */

static void a_power_cut_at_any_operation_loses_nothing_acknowledged(void **state)
{
	struct power_cuts cuts;

	for (uint64_t seed = 0; seed < 2; seed++) {
		power_cut_sweep(*state, "", seed, &cuts);
		CHECK_UINT(cuts.lost_at, 0);
		CHECK_TRUE(cuts.count > 100);
	}
}

/* ---- an operation fails ---- */

/* Submit a commit until it is stored, as a framework does. Returns how often it failed. */
static unsigned commit_stubbornly(struct sqlite_fixture *f, uint64_t n)
{
	for (unsigned failures = 0;; failures++) {
		struct cqrs_error err = CQRS_ERROR_INIT;
		uint64_t stored = 0;
		enum cqrs_status status = commit_nth(f, n, &err);

		if (status == CQRS_OK)
			return failures;
		if (status == CQRS_ERR_UNKNOWN) {
			CHECK_OK(cqrs_store_load_checkpoint(f->store, "projection", 0, &stored,
			                                    &err),
			         &err);
			if (stored == n)
				return failures;
		} else {
			CHECK_STATUS(status, CQRS_ERR_UNAVAILABLE);
			CHECK_TRUE(err.native_code != 0);
		}
		CHECK_TRUE(failures < 2);
		fault_heal();
	}
}

/* Open although an operation fails meanwhile. */
static void open_stubbornly(struct sqlite_fixture *f)
{
	enum cqrs_status status = open_small(f, "", NULL);

	if (status == CQRS_OK)
		return;
	CHECK_TRUE(fault_struck());
	fault_heal();
	open_small_or_fail(f, "");
}

static bool outlives(struct sqlite_fixture *f, enum fault_kind kind, unsigned nth)
{
	bool struck;

	remove_store(f);
	fault_plan(kind, nth);
	open_stubbornly(f);
	for (uint64_t n = 1; n <= SMALL_COMMITS; n++)
		commit_stubbornly(f, n);
	struck = fault_struck();
	fault_heal();
	CHECK_UINT(check_commits(f), SMALL_COMMITS);
	close_store(f);
	open_small_or_fail(f, "");
	CHECK_UINT(check_commits(f), SMALL_COMMITS);
	close_store(f);
	check_database(f);
	fault_restart();
	return struck;
}

static void sweep(struct sqlite_fixture *f, enum fault_kind kind)
{
	unsigned nth = 1;

	while (outlives(f, kind, nth))
		nth++;
	CHECK_TRUE(nth > 10);
}

static void any_operation_may_fail_once(void **state)
{
	sweep(*state, FAULT_ONCE);
}

static void the_disk_may_fail_for_a_while_from_any_operation_on(void **state)
{
	sweep(*state, FAULT_FROM);
}

static void the_disk_may_be_full_from_any_operation_on(void **state)
{
	sweep(*state, FAULT_FULL);
}

static void any_read_may_fail(void **state)
{
	sweep(*state, FAULT_READ);
}

/* ---- what a failure said is true after a crash ---- */

static bool told_the_truth(struct sqlite_fixture *f, enum fault_kind kind, unsigned nth)
{
	enum cqrs_status status;
	uint64_t acknowledged, stored;
	bool struck;

	remove_store(f);
	open_small_or_fail(f, "");
	close_store(f);
	fault_plan(kind, nth);
	acknowledged = commit_until_failure(f, "", &status);
	struck = fault_struck();
	fault_crash();
	close_store(f);
	fault_restart();
	open_small_or_fail(f, "");
	stored = check_commits(f);
	/* Stored by the log that is read again, although it failed: only after UNKNOWN. */
	if (status != CQRS_ERR_UNKNOWN)
		CHECK_UINT(stored, acknowledged);
	else
		CHECK_TRUE(stored == acknowledged || stored == acknowledged + 1);
	if (kind == FAULT_FULL && status != CQRS_OK)
		CHECK_STATUS(status, CQRS_ERR_UNAVAILABLE);
	close_store(f);
	check_database(f);
	return struck;
}

static void unavailable_means_not_stored_even_after_a_crash(void **state)
{
	for (unsigned nth = 1; told_the_truth(*state, FAULT_ONCE, nth);)
		nth++;
	for (unsigned nth = 1; told_the_truth(*state, FAULT_FROM, nth);)
		nth++;
	for (unsigned nth = 1; told_the_truth(*state, FAULT_FULL, nth);)
		nth++;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, sqlite_fixture_set_up_in_memory, \
	                                sqlite_fixture_tear_down)
		TEST(the_log_is_copied_back_and_begun_anew),
		TEST(a_commit_is_one_write_and_one_sync),
		TEST(a_relaxed_commit_keeps_nothing_back),
		TEST(a_power_cut_at_any_operation_loses_nothing_acknowledged),
		TEST(any_operation_may_fail_once),
		TEST(the_disk_may_fail_for_a_while_from_any_operation_on),
		TEST(the_disk_may_be_full_from_any_operation_on),
		TEST(any_read_may_fail),
		TEST(unavailable_means_not_stored_even_after_a_crash),
	};

	fault_vfs_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
