/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * sqlite_test.c - what is the SQLite backend's own: its files, its options, what it promises
 * beyond the store contract (which store_testing.h tests).
 */
#include "sqlite_fixture.h"

#include "core/environment.h"
#include "store/sqlite/sqlite_store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
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

static void new_files_are_for_their_owner_only(void **state)
{
	struct sqlite_fixture *f = *state;
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	mode_t mask = umask(0);

	open_store(f, "");
	umask(mask);
	given_events(f, "ann", 1);
	for (size_t i = 0; i < 3; i++) {
		char path[128];
		struct stat file;

		snprintf(path, sizeof(path), "%s%s", f->path, suffixes[i]);
		CHECK_INT(stat(path, &file), 0);
		CHECK_UINT(file.st_mode & 07777, 0600);
	}
}

struct setting {
	const char *sql;
	int64_t value;
};

static void check_settings(struct sqlite_connection *connection, const struct setting *settings,
                           size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int64_t value = -1;
		enum cqrs_status status =
			cqrs__sqlite_query_number(connection, settings[i].sql, &value, NULL);

		if (status == CQRS_ERR_CORRUPT) /* SQLite gives no row for what is left out of it */
			continue;
		if (value != settings[i].value)
			print_error("%s\n", settings[i].sql);
		CHECK_INT(value, settings[i].value);
	}
}

static void settings_are_the_safe_ones(void **state)
{
	struct sqlite_fixture *f = *state;
	struct sqlite_store store = { .path = f->path, .lock_timeout_ms = 100 };
	struct sqlite_connection *connection = NULL;
	/* Of the connections that read too: the first four. */
	static const struct setting settings[] = {
		{ "PRAGMA trusted_schema", 0 },     { "PRAGMA cell_size_check", 1 },
		{ "PRAGMA mmap_size", 0 },          { "PRAGMA temp_store", 2 },
		{ "PRAGMA synchronous", 2 },        { "PRAGMA query_only", 0 },
		{ "PRAGMA wal_autocheckpoint", 0 }, { "PRAGMA journal_size_limit", 33554432 },
		{ "PRAGMA page_size", 4096 },       { "PRAGMA secure_delete", 1 },
		{ "PRAGMA user_version", 1 },       { "PRAGMA application_id", 0x63717273 },
	};

	open_store(f, "");
	CHECK_OK(cqrs__environment_complete(NULL, &store.environment, NULL), NULL);
	CHECK_OK(cqrs__sqlite_connect(&store, SQLITE_WRITES, &connection, NULL), NULL);
	check_settings(connection, settings, sizeof(settings) / sizeof(settings[0]));
	cqrs__sqlite_disconnect(connection);
	CHECK_OK(cqrs__sqlite_connect(&store, SQLITE_READS, &connection, NULL), NULL);
	check_settings(connection, settings, 4);
	CHECK_STATUS(cqrs__sqlite_execute(connection, "DELETE FROM events", NULL),
	             CQRS_ERR_UNAVAILABLE);
	cqrs__sqlite_disconnect(connection);
}

/* ---- options ---- */

static void options_that_are_wrong_are_refused(void **state)
{
	struct sqlite_fixture *f = *state;
	static const struct {
		const char *options;
		const char *message;
	} cases[] = {
		{ "?synchronous=off", "synchronous" },
		{ "?readers=0", "readers" },
		{ "?readers=65", "readers" },
		{ "?lock_timeout_ms=-1", "lock_timeout_ms" },
		{ "?mode=ro", "mode" },
		{ "?readers=1&readers=2", "readers" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cqrs_error err = CQRS_ERROR_INIT;
		struct cqrs_store *store;

		CHECK_STATUS(cqrs_store_open(sqlite_fixture_url(f, cases[i].options),
		                             CQRS_BACKENDS(cqrs_sqlite()), &store, &err),
		             CQRS_ERR_INVALID);
		CHECK_CONTAINS(err.message, cases[i].message);
	}
	CHECK_INT(access(f->path, F_OK), -1);
}

/* SQLite may be built to take "file:" for a URI, and knows ":memory:". */
static void a_path_is_a_path_whatever_it_looks_like(void **state)
{
	struct sqlite_fixture *f = *state;
	static const char *const names[] = { "file:odd.db", ":memory:", "with%3fmark%25.db" };
	static const char *const paths[] = { "file:odd.db", ":memory:", "with?mark%.db" };
	char before[256];

	assert_non_null(getcwd(before, sizeof(before)));
	CHECK_INT(chdir(f->folder), 0);
	for (size_t i = 0; i < 3; i++) {
		struct cqrs_error err = CQRS_ERROR_INIT;
		char url[128];

		snprintf(url, sizeof(url), "sqlite:%s", names[i]);
		CHECK_OK(cqrs_store_open(url, CQRS_BACKENDS(cqrs_sqlite()), &f->store, &err), &err);
		CHECK_INT(access(paths[i], F_OK), 0);
		/* A reader that is opened later means the same file. */
		CHECK_INT(chdir("/"), 0);
		given_events(f, "ann", 1);
		CHECK_UINT(check_whole(f), 1);
		CHECK_INT(chdir(f->folder), 0);
		close_store(f);
	}
	CHECK_INT(chdir(before), 0);
}

/* ---- files that are refused ---- */

static void write_bytes(const struct sqlite_fixture *f, const char *bytes, size_t size)
{
	FILE *stream = fopen(f->path, "wb");

	assert_non_null(stream);
	CHECK_UINT(fwrite(bytes, 1, size, stream), size);
	fclose(stream);
}

static void check_refusal(struct sqlite_fixture *f, enum cqrs_status status, const char *message)
{
	struct cqrs_error err = CQRS_ERROR_INIT;

	CHECK_STATUS(try_open(f, &err), status);
	CHECK_CONTAINS(err.message, message);
	CHECK_CONTAINS(err.message, f->folder);
}

static void a_file_that_is_no_database_is_refused(void **state)
{
	struct sqlite_fixture *f = *state;
	char bytes[8192];
	struct stat file;

	memset(bytes, 'x', sizeof(bytes));
	write_bytes(f, bytes, sizeof(bytes));
	check_refusal(f, CQRS_ERR_INVALID, "not an SQLite database");
	CHECK_INT(stat(f->path, &file), 0);
	CHECK_INT(file.st_size, sizeof(bytes));
}

static void the_database_of_another_program_is_refused_and_left_alone(void **state)
{
	struct sqlite_fixture *f = *state;

	run_sql(f, "CREATE TABLE theirs (x)");
	check_refusal(f, CQRS_ERR_INVALID, "another program");
	run_sql(f, "DROP TABLE theirs; PRAGMA application_id = 42");
	check_refusal(f, CQRS_ERR_INVALID, "another program");
	CHECK_INT(query_sql(f, "PRAGMA application_id"), 42);
	CHECK_INT(query_sql(f, "SELECT journal_mode = 'delete' FROM pragma_journal_mode"), 1);
}

static void a_newer_schema_is_refused(void **state)
{
	struct sqlite_fixture *f = *state;

	open_store(f, "");
	close_store(f);
	run_sql(f, "PRAGMA user_version = 99");
	check_refusal(f, CQRS_ERR_UNSUPPORTED, "schema version 99");
}

static void a_schema_that_changes_while_open_is_noticed(void **state)
{
	struct sqlite_fixture *f = *state;
	struct cqrs_error err = CQRS_ERROR_INIT;

	open_store(f, "");
	given_events(f, "ann", 1);
	run_sql(f, "PRAGMA user_version = 2");
	CHECK_STATUS(append(f, "ann", 1, 1, &err), CQRS_ERR_UNSUPPORTED);
	CHECK_CONTAINS(err.message, "version 2");
	run_sql(f, "PRAGMA user_version = 1");
	CHECK_OK(append(f, "ann", 1, 1, &err), &err);
}

static void a_directory_is_refused(void **state)
{
	struct sqlite_fixture *f = *state;

	CHECK_INT(mkdir(f->path, 0700), 0);
	check_refusal(f, CQRS_ERR_INVALID, "is a directory");
}

static void what_is_no_regular_file_is_refused(void **state)
{
	struct sqlite_fixture *f = *state;

	CHECK_INT(mkfifo(f->path, 0600), 0);
	check_refusal(f, CQRS_ERR_INVALID, "not a regular file");
	unlink(f->path);
	CHECK_INT(symlink("nowhere", f->path), 0);
	check_refusal(f, CQRS_ERR_INVALID, "symbolic link to nothing");
}

static void a_missing_folder_is_refused(void **state)
{
	struct sqlite_fixture *f = *state;
	struct cqrs_error err = CQRS_ERROR_INIT;

	snprintf(f->path, sizeof(f->path), "%s/no/bank.db", f->folder);
	CHECK_STATUS(try_open(f, &err), CQRS_ERR_UNAVAILABLE);
	CHECK_INT(err.native_code, ENOENT);
	CHECK_CONTAINS(err.message, "/no'");
}

/* In a child, since the superuser may write everything. The child's exit tells. */
static void check_as_nobody(struct sqlite_fixture *f, const char *named)
{
	pid_t child = fork();
	int status = 0;

	assert_true(child >= 0);
	if (!child) {
		struct cqrs_error err = CQRS_ERROR_INIT;
		bool refused;

		if (geteuid() == 0 && (setegid(65534) != 0 || seteuid(65534) != 0))
			_exit(2);
		refused = try_open(f, &err) == CQRS_ERR_UNAVAILABLE && err.native_code == EACCES &&
		          strstr(err.message, named);
		if (!refused)
			fprintf(stderr, "message: %s\n", err.message);
		_exit(refused ? 0 : 1);
	}
	CHECK_INT(waitpid(child, &status, 0), child);
	CHECK_INT(WEXITSTATUS(status), 0);
}

static void what_may_not_be_written_is_refused(void **state)
{
	struct sqlite_fixture *f = *state;

	open_store(f, "");
	close_store(f);
	CHECK_INT(chmod(f->folder, 0777), 0);
	CHECK_INT(chmod(f->path, 0444), 0);
	check_as_nobody(f, "bank.db");
	CHECK_INT(chmod(f->path, 0666), 0);
	CHECK_INT(chmod(f->folder, 0555), 0);
	check_as_nobody(f, f->folder);
	CHECK_INT(chmod(f->folder, 0700), 0);
}

/* ---- network file systems ---- */

static int nfs(const char *path, struct sqlite_file_system *out_system)
{
	(void)path;
	*out_system = (struct sqlite_file_system){ .magic = 0x6969, .local = true };
	return 0;
}

static int somewhere_else(const char *path, struct sqlite_file_system *out_system)
{
	(void)path;
	*out_system = (struct sqlite_file_system){ .magic = 0, .local = false };
	return 0;
}

static int failing(const char *path, struct sqlite_file_system *out_system)
{
	(void)path;
	(void)out_system;
	return EIO;
}

static void a_network_file_system_is_refused(void **state)
{
	struct sqlite_fixture *f = *state;
	static const struct {
		struct sqlite_system system;
		enum cqrs_status status;
		const char *message;
	} cases[] = {
		{ { nfs, 1000 }, CQRS_ERR_UNSUPPORTED, "network file system (NFS)" },
		{ { somewhere_else, 1000 }, CQRS_ERR_UNSUPPORTED, "network file system" },
		{ { failing, 1000 }, CQRS_ERR_UNAVAILABLE, "Input/output error" },
	};

	for (size_t i = 0; i < 3; i++) {
		struct cqrs_error err = CQRS_ERROR_INIT;
		struct cqrs_store_instance instance;
		struct cqrs_environment environment;

		CHECK_OK(cqrs__environment_complete(NULL, &environment, &err), &err);
		CHECK_STATUS(cqrs__sqlite_open(sqlite_fixture_url(f, ""), &environment,
		                               &cases[i].system, &instance, &err),
		             cases[i].status);
		CHECK_CONTAINS(err.message, cases[i].message);
		CHECK_INT(access(f->path, F_OK), -1);
	}
}

/* ---- damage ---- */

static void a_file_cut_short_is_damaged(void **state)
{
	struct sqlite_fixture *f = *state;
	struct cqrs_error err = CQRS_ERROR_INIT;

	open_store(f, "");
	given_events(f, "ann", 200);
	close_store(f);
	CHECK_INT(truncate(f->path, 5 * 4096), 0);
	CHECK_STATUS(try_open(f, &err), CQRS_ERR_CORRUPT);
	CHECK_CONTAINS(err.message, f->path);
}

static enum cqrs_status read_all(struct sqlite_fixture *f, struct cqrs_error *err)
{
	struct cqrs_stream stream = { "account", "ann" };
	struct cqrs_event_page page;
	enum cqrs_status status;

	cqrs_arena_reset(f->arena);
	status = cqrs_store_read_stream(f->store, &stream, 0, 0, f->arena, &page, err);
	if (status == CQRS_OK)
		status = cqrs_store_read_feed(f->store, 0, 0, 0, f->arena, &page, err);
	return status;
}

static void values_that_cannot_be_are_damage(void **state)
{
	struct sqlite_fixture *f = *state;
	static const char *const damages[] = {
		"UPDATE events SET ids = x'0102' WHERE offset = 2",
		"UPDATE events SET ids = NULL WHERE offset = 2",
		"UPDATE events SET type = 77 WHERE offset = 2",
		"UPDATE events SET type = -1 WHERE offset = 2",
		"UPDATE events SET recorded_at = NULL WHERE offset = 2",
		"UPDATE events SET payload = CAST(x'ff' AS TEXT) WHERE offset = 2",
		"UPDATE events SET payload = 'a' || char(0) || 'b' WHERE offset = 2",
		"UPDATE events SET metadata = NULL WHERE offset = 2",
		"UPDATE events SET sequence = 9 WHERE offset = 2",
		"UPDATE events SET stream = 9 WHERE offset = 2",
		"DELETE FROM events WHERE offset = 2",
		"UPDATE types SET name = CAST(x'ff' AS TEXT) WHERE version <> ''",
		"UPDATE types SET name = printf('%.200c', 'x') WHERE version <> ''",
		"UPDATE streams SET deleted = 7",
	};

	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		struct cqrs_error err = CQRS_ERROR_INIT;

		open_store(f, "");
		given_events(f, "ann", 3);
		close_store(f);
		run_sql(f, damages[i]);
		open_store(f, "");
		if (read_all(f, &err) != CQRS_ERR_CORRUPT)
			print_error("after %s\n", damages[i]);
		CHECK_STATUS(read_all(f, &err), CQRS_ERR_CORRUPT);
		CHECK_CONTAINS(err.message, "damaged");
		close_store(f);
		unlink(f->path);
	}
}

static void damage_names_its_column(void **state)
{
	struct sqlite_fixture *f = *state;
	static const struct {
		const char *damage;
		const char *column;
	} cases[] = {
		{ "UPDATE events SET sequence = -1 WHERE offset = 3", "sequence" },
		{ "UPDATE events SET offset = -5 WHERE offset = 3", "offset" },
		{ "UPDATE events SET type = NULL WHERE offset = 2", "type" },
		{ "UPDATE events SET recorded_at = NULL WHERE offset = 2", "recorded_at" },
		{ "UPDATE events SET ids = NULL WHERE offset = 2", "ids" },
		{ "UPDATE events SET metadata = NULL WHERE offset = 2", "metadata" },
		{ "UPDATE events SET payload = NULL WHERE offset = 2", "payload" },
		{ "UPDATE events SET stream = 9 WHERE offset = 3", "type" },
		{ "UPDATE streams SET id = CAST(x'ff' AS TEXT)", "id" },
		{ "UPDATE streams SET deleted = 7", "deleted" },
		{ "UPDATE types SET name = CAST(x'ff' AS TEXT) WHERE version <> ''", "name" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cqrs_error err = CQRS_ERROR_INIT;
		char message[64];

		open_store(f, "");
		given_events(f, "ann", 3);
		close_store(f);
		run_sql(f, cases[i].damage);
		open_store(f, "");
		CHECK_STATUS(read_all(f, &err), CQRS_ERR_CORRUPT);
		snprintf(message, sizeof(message), "a value of '%s' is not possible",
		         cases[i].column);
		CHECK_CONTAINS(err.message, message);
		close_store(f);
		unlink(f->path);
	}
}

/* Readers remember the numbers of types, but not that there is none. */
static void a_type_is_found_once_it_is_there(void **state)
{
	struct sqlite_fixture *f = *state;
	const struct cqrs_stream stream = { "account", "ann" };
	struct cqrs_event_page page;
	uint64_t head = 9;

	open_store(f, "");
	CHECK_OK(cqrs_store_read_stream(f->store, &stream, 0, 0, f->arena, &page, NULL), NULL);
	CHECK_UINT(page.count, 0);
	CHECK_OK(cqrs_store_read_head(f->store, &stream, &head, NULL), NULL);
	CHECK_UINT(head, 0);
	given_events(f, "ann", 3);
	CHECK_OK(cqrs_store_read_stream(f->store, &stream, 0, 0, f->arena, &page, NULL), NULL);
	CHECK_UINT(page.count, 3);
	CHECK_OK(cqrs_store_read_head(f->store, &stream, &head, NULL), NULL);
	CHECK_UINT(head, 3);
}

static void nothing_is_of_a_type_that_is_not_there(void **state)
{
	struct sqlite_fixture *f = *state;
	const struct cqrs_stream stream = { "nothing", "ann" };
	struct cqrs_event_page page;

	open_store(f, "");
	given_events(f, "ann", 3);
	close_store(f);
	run_sql(f, "UPDATE streams SET type = 0");
	open_store(f, "");
	CHECK_OK(cqrs_store_read_stream(f->store, &stream, 0, 0, f->arena, &page, NULL), NULL);
	CHECK_UINT(page.count, 0);
}

static void a_missing_table_is_damage(void **state)
{
	struct sqlite_fixture *f = *state;
	struct cqrs_error err = CQRS_ERROR_INIT;

	open_store(f, "");
	close_store(f);
	run_sql(f, "DROP TABLE views");
	open_store(f, "");
	CHECK_STATUS(cqrs_store_load_view(f->store, "v", "i", f->arena,
	                                  &(struct cqrs_stored_view){ 0 }, &err),
	             CQRS_ERR_CORRUPT);
}

/* A file from elsewhere may bring triggers along; they are not run. */
static void triggers_of_the_file_are_not_run(void **state)
{
	struct sqlite_fixture *f = *state;

	open_store(f, "");
	given_events(f, "ann", 1);
	close_store(f);
	run_sql(f, "CREATE TRIGGER evil AFTER INSERT ON events BEGIN DELETE FROM events; END");
	open_store(f, "");
	given_events(f, "ann", 1);
	CHECK_UINT(check_whole(f), 2);
}

/* ---- schema versions ---- */

static struct sqlite_connection *connect_to(struct sqlite_store *store)
{
	struct sqlite_connection *connection = NULL;

	CHECK_OK(cqrs__environment_complete(NULL, &store->environment, NULL), NULL);
	store->lock_timeout_ms = 100;
	CHECK_OK(cqrs__sqlite_connect(store, SQLITE_WRITES, &connection, NULL), NULL);
	return connection;
}

static void a_file_of_an_older_version_is_brought_up_to_the_newest(void **state)
{
	struct sqlite_fixture *f = *state;
	struct sqlite_store store = { .path = f->path };
	const char *steps[] = {
		cqrs__sqlite_schema()->steps[0],
		"ALTER TABLE views ADD COLUMN note TEXT; UPDATE views SET note = 'kept'",
		"CREATE INDEX views_by_note ON views (note)",
	};
	const struct sqlite_schema newer = { .steps = steps, .count = 3 };
	struct sqlite_connection *connection;
	struct cqrs_error err = CQRS_ERROR_INIT;

	open_store(f, "");
	given_events(f, "ann", 2);
	close_store(f);
	connection = connect_to(&store);
	CHECK_OK(cqrs__sqlite_migrate(connection, &newer, &err), &err);
	CHECK_OK(cqrs__sqlite_migrate(connection, &newer, &err), &err);
	cqrs__sqlite_disconnect(connection);
	CHECK_INT(query_sql(f, "PRAGMA user_version"), 3);
	CHECK_INT(query_sql(f, "SELECT count(*) FROM events"), 2);
	CHECK_INT(query_sql(f, "SELECT count(note) FROM views"), 0);
	check_refusal(f, CQRS_ERR_UNSUPPORTED, "schema version 3");
}

static void a_migration_that_fails_leaves_the_older_version(void **state)
{
	struct sqlite_fixture *f = *state;
	struct sqlite_store store = { .path = f->path };
	const char *steps[] = {
		cqrs__sqlite_schema()->steps[0],
		"ALTER TABLE views ADD COLUMN note TEXT",
		"UPDATE nothing SET x = 1",
	};
	const struct sqlite_schema newer = { .steps = steps, .count = 3 };
	struct sqlite_connection *connection;

	open_store(f, "");
	given_events(f, "ann", 2);
	close_store(f);
	connection = connect_to(&store);
	CHECK_STATUS(cqrs__sqlite_migrate(connection, &newer, NULL), CQRS_ERR_CORRUPT);
	cqrs__sqlite_disconnect(connection);
	CHECK_INT(query_sql(f, "PRAGMA user_version"), 1);
	CHECK_INT(query_sql(f, "SELECT count(*) FROM pragma_table_info('views')"
	                       " WHERE name = 'note'"),
	          0);
	open_store(f, "");
	CHECK_UINT(check_whole(f), 2);
}

/* ---- locks, fork, handles ---- */

static void a_lock_that_is_not_released_is_reported(void **state)
{
	struct sqlite_fixture *f = *state;
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct sqlite_store store = { .path = f->path };
	struct sqlite_connection *other;
	uint64_t before_us;

	open_store(f, "?lock_timeout_ms=120");
	other = connect_to(&store);
	CHECK_OK(cqrs__sqlite_execute(other, "BEGIN IMMEDIATE", NULL), NULL);
	before_us = cqrs__sqlite_monotonic_us();
	CHECK_STATUS(append(f, "ann", 0, 1, &err), CQRS_ERR_UNAVAILABLE);
	CHECK_TRUE(cqrs__sqlite_monotonic_us() - before_us >= 120000);
	CHECK_CONTAINS(err.message, "locked by another process for 120 ms");
	CHECK_INT(err.native_code & 0xff, 5);
	CHECK_UINT(stream_head(f, "ann"), 0);
	CHECK_OK(cqrs__sqlite_execute(other, "ROLLBACK", NULL), NULL);
	cqrs__sqlite_disconnect(other);
	CHECK_OK(append(f, "ann", 0, 1, &err), &err);
}

static bool everything_is_refused(struct sqlite_fixture *f)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_stream stream = { "account", "ann" };
	uint64_t number;

	return append(f, "ann", 1, 1, &err) == CQRS_ERR_INVALID && strstr(err.message, "fork") &&
	       cqrs_store_read_head(f->store, &stream, &number, NULL) == CQRS_ERR_INVALID &&
	       cqrs_store_wait(f->store, 0, 0, 0, NULL) == CQRS_ERR_INVALID &&
	       cqrs_store_delete_stream(f->store, &stream, 1, NULL) == CQRS_ERR_INVALID &&
	       cqrs_store_purge_keys(f->store, 0, &number, NULL) == CQRS_ERR_INVALID &&
	       cqrs_store_load_checkpoint(f->store, "p", 0, &number, NULL) == CQRS_ERR_INVALID;
}

static void a_handle_is_refused_after_fork(void **state)
{
	struct sqlite_fixture *f = *state;
	atomic_bool *as_expected = mmap(NULL, sizeof(*as_expected), PROT_READ | PROT_WRITE,
	                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child;

	assert_true(as_expected != MAP_FAILED);
	open_store(f, "");
	given_events(f, "ann", 1);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		bool refused = everything_is_refused(f);

		close_store(f); /* leaves the parent's file alone */
		open_store(f, "");
		*as_expected = refused && append(f, "bob", 0, 1, NULL) == CQRS_OK;
		close_store(f);
		/* The parent's connections are left in memory, which valgrind would report. */
		kill(getpid(), SIGKILL);
	}
	CHECK_INT(waitpid(child, NULL, 0), child);
	CHECK_TRUE(*as_expected);
	munmap(as_expected, sizeof(*as_expected));
	given_events(f, "ann", 1);
	CHECK_UINT(check_whole(f), 3);
}

static void two_handles_of_one_process_work_beside_each_other(void **state)
{
	struct sqlite_fixture *f = *state;
	struct cqrs_store *first;
	struct cqrs_error err = CQRS_ERROR_INIT;

	open_store(f, "");
	first = f->store;
	given_events(f, "ann", 1);
	open_store(f, "");
	CHECK_OK(append(f, "ann", 1, 1, &err), &err);
	cqrs_store_close(f->store);
	/* Its descriptors are closed; the other's locks are not lost by that. */
	f->store = first;
	CHECK_STATUS(append(f, "ann", 1, 1, &err), CQRS_ERR_CONFLICT);
	CHECK_OK(append(f, "ann", 2, 1, &err), &err);
	CHECK_UINT(check_whole(f), 3);
}

/* ---- deletion ---- */

static void what_a_deletion_left_is_erased_when_opened_next(void **state)
{
	struct sqlite_fixture *f = *state;

	open_store(f, "");
	given_events(f, "ann", 2500);
	given_events(f, "bob", 1);
	close_store(f);
	run_sql(f, "UPDATE streams SET deleted = 1 WHERE id = 'ann'"); /* and then it crashed */
	open_store(f, "");
	CHECK_INT(query_sql(f, "SELECT count(payload) FROM events"), 1);
	CHECK_INT(query_sql(f, "SELECT deleted FROM streams WHERE id = 'ann'"), 2);
	CHECK_UINT(feed_head(f), 2501);
}

static bool file_contains(const struct sqlite_fixture *f, const char *text)
{
	FILE *stream = fopen(f->path, "rb");
	size_t matched = 0;
	bool found = false;

	assert_non_null(stream);
	for (int c; !found && (c = fgetc(stream)) != EOF;) {
		matched = c == text[matched] ? matched + 1 : c == text[0];
		found = !text[matched];
	}
	fclose(stream);
	return found;
}

static void deleted_contents_are_not_in_the_file(void **state)
{
	struct sqlite_fixture *f = *state;
	struct cqrs_stream stream = { "account", "ann" };
	struct cqrs_error err = CQRS_ERROR_INIT;

	open_store(f, "");
	given_events(f, "ann", 1200);
	close_store(f);
	CHECK_TRUE(file_contains(f, "rent for the month"));
	open_store(f, "");
	CHECK_OK(cqrs_store_delete_stream(f->store, &stream, 1200, &err), &err);
	close_store(f);
	CHECK_TRUE(!file_contains(f, "rent for the month"));
}

/* ---- the log ---- */

static uint64_t log_size(const struct sqlite_fixture *f)
{
	char path[128];
	struct stat file = { 0 };

	snprintf(path, sizeof(path), "%s-wal", f->path);
	CHECK_INT(stat(path, &file), 0);
	return (uint64_t)file.st_size;
}

static void the_log_stays_short(void **state)
{
	struct sqlite_fixture *f = *state;

	open_store(f, "?synchronous=normal");
	for (unsigned i = 0; i < 60; i++) /* some 60 MiB of log in all */
		given_events(f, "ann", 4000);
	CHECK_TRUE(log_size(f) <= 18u << 20);
	CHECK_UINT(feed_head(f), 240000);
}

/* A log that is copied back at a quarter of what is usual: a shorter test. */
static void open_with_short_log(struct sqlite_fixture *f)
{
	static struct cqrs_environment environment;
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct sqlite_system system = *cqrs__sqlite_system();
	struct cqrs_store_instance instance;

	system.checkpoint_pages = 1000;
	CHECK_OK(cqrs__environment_complete(NULL, &environment, &err), &err);
	CHECK_OK(cqrs__sqlite_open(sqlite_fixture_url(f, "?synchronous=normal"), &environment,
	                           &system, &instance, &err),
	         &err);
	CHECK_OK(cqrs_store_wrap(&instance, NULL, &f->store, &err), &err);
}

struct reading {
	struct sqlite_fixture *f;
	atomic_bool stop;
	atomic_uint pages;
};

static void *read_on(void *self)
{
	struct reading *reading = self;
	struct cqrs_arena *arena = NULL;
	struct cqrs_event_page page;
	bool failed = cqrs_arena_new(NULL, &arena, NULL) != CQRS_OK;

	while (!failed && !reading->stop) {
		cqrs_arena_reset(arena);
		failed = cqrs_store_read_feed(reading->f->store, 0, 0, 0, arena, &page, NULL) !=
		         CQRS_OK;
		reading->pages++;
	}
	cqrs_arena_free(arena);
	return failed ? self : NULL;
}

static void the_log_stays_short_while_others_read_all_the_time(void **state)
{
	struct sqlite_fixture *f = *state;
	struct reading reading = { .f = f };
	pthread_t threads[3];
	void *failed = NULL;

	open_with_short_log(f);
	given_events(f, "ann", 4000);
	for (unsigned i = 0; i < 3; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, read_on, &reading), 0);
	for (unsigned i = 0; i < 200; i++) /* some 15 MiB of log in all */
		given_events(f, "ann", 400);
	reading.stop = true;
	for (unsigned i = 0; i < 3; i++) {
		CHECK_INT(pthread_join(threads[i], &failed), 0);
		CHECK_TRUE(!failed);
	}
	CHECK_TRUE(reading.pages > 3);
	CHECK_TRUE(log_size(f) <= 7u << 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, sqlite_fixture_set_up, sqlite_fixture_tear_down)
		TEST(what_was_stored_is_there_after_reopening),
		TEST(new_files_are_for_their_owner_only),
		TEST(settings_are_the_safe_ones),
		TEST(options_that_are_wrong_are_refused),
		TEST(a_path_is_a_path_whatever_it_looks_like),
		TEST(a_file_that_is_no_database_is_refused),
		TEST(the_database_of_another_program_is_refused_and_left_alone),
		TEST(a_newer_schema_is_refused),
		TEST(a_schema_that_changes_while_open_is_noticed),
		TEST(a_directory_is_refused),
		TEST(what_is_no_regular_file_is_refused),
		TEST(a_missing_folder_is_refused),
		TEST(what_may_not_be_written_is_refused),
		TEST(a_network_file_system_is_refused),
		TEST(a_file_cut_short_is_damaged),
		TEST(values_that_cannot_be_are_damage),
		TEST(damage_names_its_column),
		TEST(a_type_is_found_once_it_is_there),
		TEST(nothing_is_of_a_type_that_is_not_there),
		TEST(a_missing_table_is_damage),
		TEST(triggers_of_the_file_are_not_run),
		TEST(a_file_of_an_older_version_is_brought_up_to_the_newest),
		TEST(a_migration_that_fails_leaves_the_older_version),
		TEST(a_lock_that_is_not_released_is_reported),
		TEST(a_handle_is_refused_after_fork),
		TEST(two_handles_of_one_process_work_beside_each_other),
		TEST(what_a_deletion_left_is_erased_when_opened_next),
		TEST(deleted_contents_are_not_in_the_file),
		TEST(the_log_stays_short),
		TEST(the_log_stays_short_while_others_read_all_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
