/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * sqlite_fault_test.c - the SQLite store on a disk that fails (vfs_fault.h), at every single
 * operation: what was acknowledged is there, nothing is half there, what was refused is not
 * there, and the store works again when the cause is gone.
 */
#include "sqlite_fixture.h"
#include "vfs_fault.h"

#include "core/environment.h"
#include "store/sqlite/sqlite_store.h"

#include <sys/stat.h>
#include <unistd.h>

#define COMMITS 8
#define STREAMS 3

/* ---- a store whose log is copied back often ---- */

static int plain_file_system(const char *path, struct sqlite_file_system *out_system)
{
	(void)path;
	*out_system = (struct sqlite_file_system){ .local = true };
	return 0;
}

static enum cqrs_status open_small(struct sqlite_fixture *f, struct cqrs_error *err)
{
	static const struct sqlite_system system = { plain_file_system, 16 };
	static struct cqrs_environment environment;
	struct cqrs_store_instance instance;
	enum cqrs_status status = cqrs__environment_complete(NULL, &environment, err);

	if (status == CQRS_OK)
		status = cqrs__sqlite_open(sqlite_fixture_url(f, "?lock_timeout_ms=100"),
		                           &environment, &system, &instance, err);
	if (status != CQRS_OK)
		return status;
	status = cqrs_store_wrap(&instance, NULL, &f->store, err);
	if (status != CQRS_OK)
		instance.ops->close(instance.self);
	return status;
}

static void open_small_or_fail(struct sqlite_fixture *f)
{
	struct cqrs_error err = CQRS_ERROR_INIT;

	CHECK_OK(open_small(f, &err), &err);
}

static void remove_files(struct sqlite_fixture *f, const char *const *suffixes)
{
	char path[128];

	for (; *suffixes; suffixes++) {
		snprintf(path, sizeof(path), "%s%s", f->path, *suffixes);
		unlink(path);
	}
}

static void remove_store(struct sqlite_fixture *f)
{
	static const char *const all[] = { "", "-wal", "-shm", "-journal", NULL };

	remove_files(f, all);
}

/* ---- commits that write to every table; the nth is told from all others ---- */

static struct cqrs_text text(const char *data)
{
	return (struct cqrs_text){ data, strlen(data) };
}

/* The nth is stored only on top of the one before: its checkpoint says so. */
static enum cqrs_status commit_nth(struct sqlite_fixture *f, uint64_t n, struct cqrs_error *err)
{
	char id[16], key[16];
	uint64_t round = (n - 1) / STREAMS;
	struct cqrs_event_data events[] = { make_event(f), make_event(f) };
	struct cqrs_append part = { .stream = { "account", id },
		                    .expected_sequence = 2 * round,
		                    .events = events,
		                    .event_count = 2 };
	struct cqrs_entry_write entry = { { n, 0 }, text("{\"entry\":1}") };
	struct cqrs_view_write view = { .type = "account_view",
		                        .id = id,
		                        .expected_version = 2 * round,
		                        .version = 2 * round + 2,
		                        .payload = text("{\"balance\":200.5}"),
		                        .entries = &entry,
		                        .entry_count = 1 };
	struct cqrs_snapshot_write snapshot = {
		{ "account", id }, { 2 * round + 2, 7, 1767000000000000, text("{\"state\":1}") }
	};
	struct cqrs_checkpoint_write checkpoint = { "projection", 0, n - 1, n };
	struct cqrs_key_write written = { { "account", id },
		                          key,
		                          { .first_sequence = n, .last_sequence = n } };
	struct cqrs_commit commit = {
		.appends = &part,
		.append_count = 1,
		.views = &view,
		.view_count = 1,
		.snapshots = &snapshot,
		.snapshot_count = 1,
		.checkpoints = &checkpoint,
		.checkpoint_count = 1,
		.keys = &written,
		.key_count = 1,
	};

	snprintf(id, sizeof(id), "s%llu", (unsigned long long)(n % STREAMS));
	snprintf(key, sizeof(key), "key-%llu", (unsigned long long)n);
	return cqrs_store_commit(f->store, &commit, err);
}

static enum cqrs_status load_key(struct sqlite_fixture *f, uint64_t n)
{
	char id[16], key[16];
	struct cqrs_stream stream = { "account", id };
	struct cqrs_key_record record;

	snprintf(id, sizeof(id), "s%llu", (unsigned long long)(n % STREAMS));
	snprintf(key, sizeof(key), "key-%llu", (unsigned long long)n);
	return cqrs_store_load_key(f->store, &stream, key, &record, NULL);
}

static uint64_t view_version(struct sqlite_fixture *f, uint64_t n)
{
	char id[16];
	struct cqrs_stored_view view = { 0 };
	enum cqrs_status status;

	snprintf(id, sizeof(id), "s%llu", (unsigned long long)(n % STREAMS));
	cqrs_arena_reset(f->arena);
	status = cqrs_store_load_view(f->store, "account_view", id, f->arena, &view, NULL);
	if (status != CQRS_ERR_NOT_FOUND)
		CHECK_STATUS(status, CQRS_OK);
	return view.version;
}

static uint64_t entries(struct sqlite_fixture *f, uint64_t n)
{
	char id[16];
	struct cqrs_entry_page page = { 0 };
	struct cqrs_error err = CQRS_ERROR_INIT;

	snprintf(id, sizeof(id), "s%llu", (unsigned long long)(n % STREAMS));
	cqrs_arena_reset(f->arena);
	CHECK_OK(cqrs_store_list_entries(f->store, "account_view", id, NULL, 0, f->arena, &page,
	                                 &err),
	         &err);
	return page.count;
}

/* How many commits are there; each of them whole, and no part of another. */
static uint64_t check_commits(struct sqlite_fixture *f)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	uint64_t count = 0;

	CHECK_OK(cqrs_store_load_checkpoint(f->store, "projection", 0, &count, &err), &err);
	CHECK_UINT(check_whole(f), 2 * count);
	for (uint64_t n = 1; n <= count; n++)
		CHECK_STATUS(load_key(f, n), CQRS_OK);
	CHECK_STATUS(load_key(f, count + 1), CQRS_ERR_NOT_FOUND);
	for (uint64_t n = 1; n <= STREAMS; n++) {
		uint64_t rounds = (count + STREAMS - n) / STREAMS;

		CHECK_UINT(view_version(f, n), 2 * rounds);
		CHECK_UINT(entries(f, n), rounds);
	}
	return count;
}

static void check_database(struct sqlite_fixture *f)
{
	CHECK_INT(query_sql(f, "SELECT count(*) FROM pragma_integrity_check"
	                       " WHERE integrity_check <> 'ok'"),
	          0);
}

/* The control: what follows is about a log that is copied back all the time. */
static void the_log_is_copied_back_and_begun_anew(void **state)
{
	struct sqlite_fixture *f = *state;
	char path[128];
	struct stat log;

	open_small_or_fail(f);
	for (uint64_t n = 1; n <= 20 * COMMITS; n++)
		CHECK_STATUS(commit_nth(f, n, NULL), CQRS_OK);
	snprintf(path, sizeof(path), "%s-wal", f->path);
	CHECK_INT(stat(path, &log), 0);
	CHECK_TRUE(log.st_size < 60 * 4120);
	CHECK_UINT(check_commits(f), 20 * COMMITS);
	close_store(f);
	fault_restart();
}

/* ---- the power is cut ---- */

/* Open and commit until something fails. Returns how many were acknowledged. */
static uint64_t commit_until_failure(struct sqlite_fixture *f, enum cqrs_status *out_status)
{
	uint64_t acknowledged = 0;

	*out_status = open_small(f, NULL);
	while (*out_status == CQRS_OK && acknowledged < COMMITS) {
		*out_status = commit_nth(f, acknowledged + 1, NULL);
		acknowledged += *out_status == CQRS_OK;
	}
	return acknowledged;
}

static bool survives_cut(struct sqlite_fixture *f, unsigned nth, uint64_t seed)
{
	static const char *const memory[] = { "-shm", NULL };
	enum cqrs_status status;
	uint64_t acknowledged, stored;
	bool struck;

	remove_store(f);
	fault_plan(FAULT_POWER, nth);
	acknowledged = commit_until_failure(f, &status);
	struck = fault_struck();
	close_store(f);
	fault_power_on(seed);
	remove_files(f, memory);
	open_small_or_fail(f);
	stored = check_commits(f);
	if (stored != acknowledged)
		CHECK_STATUS(status, CQRS_ERR_UNKNOWN);
	if (stored != acknowledged + 1)
		CHECK_UINT(stored, acknowledged);
	CHECK_STATUS(commit_nth(f, stored + 1, NULL), CQRS_OK);
	close_store(f);
	check_database(f);
	return struck;
}

static void a_power_cut_at_any_operation_loses_nothing_acknowledged(void **state)
{
	struct sqlite_fixture *f = *state;
	unsigned nth = 1;

	for (bool struck = true; struck; nth++) {
		for (uint64_t seed = 0; seed < 2; seed++)
			struck = survives_cut(f, nth, seed * 1000003 + nth);
	}
	CHECK_TRUE(nth > 100);
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
	enum cqrs_status status = open_small(f, NULL);

	if (status == CQRS_OK)
		return;
	CHECK_TRUE(fault_struck());
	fault_heal();
	open_small_or_fail(f);
}

static bool outlives(struct sqlite_fixture *f, enum fault_kind kind, unsigned nth)
{
	bool struck;

	remove_store(f);
	fault_plan(kind, nth);
	open_stubbornly(f);
	for (uint64_t n = 1; n <= COMMITS; n++)
		commit_stubbornly(f, n);
	struck = fault_struck();
	fault_heal();
	CHECK_UINT(check_commits(f), COMMITS);
	close_store(f);
	open_small_or_fail(f);
	CHECK_UINT(check_commits(f), COMMITS);
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
	open_small_or_fail(f);
	close_store(f);
	fault_plan(kind, nth);
	acknowledged = commit_until_failure(f, &status);
	struck = fault_struck();
	fault_crash();
	close_store(f);
	fault_restart();
	open_small_or_fail(f);
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
