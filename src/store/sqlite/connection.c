/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * connection.c - connections: how they are set up, how they wait for locks, and what their
 * result codes mean to a caller.
 */
#include "store/sqlite/sqlite_store.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>

/* How long the log may stay on disk after a large commit: some rounds of checkpoint.c. */
#define LOG_SIZE_LIMIT "33554432"

uint64_t cqrs__sqlite_monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* ---- failures ---- */

static enum cqrs_status status_of(int code)
{
	if (code == SQLITE_IOERR_NOMEM)
		return CQRS_ERR_NOMEM;
	switch (code & 0xff) {
	case SQLITE_NOMEM:
		return CQRS_ERR_NOMEM;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_CONSTRAINT: /* what was read first says that it holds */
	case SQLITE_MISMATCH:
	case SQLITE_ERROR: /* a table or column that the schema has is not there */
		return CQRS_ERR_CORRUPT;
	case SQLITE_TOOBIG:
		return CQRS_ERR_LIMIT;
	default:
		return CQRS_ERR_UNAVAILABLE;
	}
}

enum cqrs_status cqrs__sqlite_error(struct sqlite_connection *connection, int code,
                                    struct cqrs_error *err)
{
	const struct sqlite_store *store = connection->store;
	enum cqrs_status status = status_of(code);

	if ((code & 0xff) == SQLITE_BUSY)
		cqrs_error_set(err, status, "'%s': locked by another process for %llu ms",
		               store->path, (unsigned long long)store->lock_timeout_ms);
	else
		cqrs_error_set(err, status, "'%s': %s", store->path, sqlite3_errstr(code));
	if (err)
		err->native_code = code;
	return status;
}

enum cqrs_status cqrs__sqlite_damaged(const struct sqlite_connection *connection, const char *what,
                                      struct cqrs_error *err)
{
	return cqrs_error_set(err, CQRS_ERR_CORRUPT, "'%s' is damaged: %s", connection->store->path,
	                      what);
}

/* ---- locks ---- */

/* xorshift64 (Marsaglia, 2003): jitter, not secrecy. */
static uint64_t next_random(struct sqlite_connection *connection)
{
	uint64_t x = connection->random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	connection->random = x;
	return x;
}

/*
 * SQLite's own handler sleeps longer the longer it has waited, so that a process that came
 * late wins against one that has waited; one lost 17 to 1 by it. Short sleeps of random
 * length give everyone the same chance at every moment.
 */
static int wait_for_lock(void *self, int calls)
{
	struct sqlite_connection *connection = self;
	const struct cqrs_environment *environment = &connection->store->environment;
	uint64_t now_us = cqrs__sqlite_monotonic_us();

	if (connection->impatient)
		return 0;
	if (!calls)
		connection->waiting_since_us = now_us;
	if (now_us - connection->waiting_since_us >= connection->store->lock_timeout_ms * 1000)
		return 0;
	environment->sleep_us(environment->self, 100 + next_random(connection) % 401);
	return 1;
}

/* ---- SQL text ---- */

enum cqrs_status cqrs__sqlite_execute(struct sqlite_connection *connection, const char *sql,
                                      struct cqrs_error *err)
{
	int code = sqlite3_exec(connection->db, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? CQRS_OK : cqrs__sqlite_error(connection, code, err);
}

enum cqrs_status cqrs__sqlite_query_number(struct sqlite_connection *connection, const char *sql,
                                           int64_t *out_number, struct cqrs_error *err)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(connection->db, sql, -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW) {
		*out_number = sqlite3_column_int64(statement, 0);
		code = SQLITE_OK;
	} else if (code == SQLITE_DONE) {
		code = SQLITE_ERROR;
	}
	sqlite3_finalize(statement);
	return code == SQLITE_OK ? CQRS_OK : cqrs__sqlite_error(connection, code, err);
}

/* ---- opening and closing ---- */

/*
 * mmap: an I/O error would be a signal. cache_size: room for what grows at its end and for the
 * indexes' pages in between, which are read again for each command otherwise; taken as it is
 * needed.
 */
static const char settings[] = "PRAGMA mmap_size = 0;"
			       "PRAGMA cell_size_check = ON;"
			       "PRAGMA temp_store = MEMORY;"
			       "PRAGMA cache_size = -32768";

/* Where fsync() alone leaves data in the drive's cache, there is a call that does not. */
#ifdef F_FULLFSYNC
#define FULL_SYNC "PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;"
#else
#define FULL_SYNC ""
#endif

/* secure_delete: deleted means gone. */
#define WRITER_SETTINGS(synchronous)            \
	"PRAGMA synchronous = " synchronous ";" \
	"PRAGMA page_size = 4096;"              \
	"PRAGMA secure_delete = ON;" FULL_SYNC "PRAGMA journal_size_limit = " LOG_SIZE_LIMIT

static enum cqrs_status configure(struct sqlite_connection *connection, enum sqlite_role role,
                                  struct cqrs_error *err)
{
	static const struct {
		int option;
		int value;
	} options[] = {
		/* The file may come from anyone: its schema runs nothing, its SQL writes no schema. */
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },
		{ SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
	};
	enum cqrs_status status;
	int code = sqlite3_extended_result_codes(connection->db, 1);

	for (size_t i = 0; code == SQLITE_OK && i < sizeof(options) / sizeof(options[0]); i++)
		code = sqlite3_db_config(connection->db, options[i].option, options[i].value, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_busy_handler(connection->db, wait_for_lock, connection);
	if (code == SQLITE_OK)
		code = sqlite3_wal_autocheckpoint(connection->db, 0); /* see checkpoint.c */
	if (code != SQLITE_OK)
		return cqrs__sqlite_error(connection, code, err);
	status = cqrs__sqlite_execute(connection, settings, err);
	if (status != CQRS_OK)
		return status;
	if (role == SQLITE_READS)
		return cqrs__sqlite_execute(connection, "PRAGMA query_only = ON", err);
	return cqrs__sqlite_execute(connection,
	                            connection->store->relaxed ? WRITER_SETTINGS("NORMAL")
	                                                       : WRITER_SETTINGS("FULL"),
	                            err);
}

enum cqrs_status cqrs__sqlite_connect(struct sqlite_store *store, enum sqlite_role role,
                                      struct sqlite_connection **out_connection,
                                      struct cqrs_error *err)
{
	const struct cqrs_environment *environment = &store->environment;
	const struct cqrs_allocator *allocator = environment->allocator;
	struct sqlite_connection *connection;
	enum cqrs_status status;
	int code;

	connection = allocator->allocate(allocator->self, sizeof(*connection));
	if (!connection)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a connection");
	*connection = (struct sqlite_connection){ .store = store };
	environment->random(environment->self, &connection->random, sizeof(connection->random));
	connection->random |= 1; /* 0 would stay 0 */
	/* No SQLITE_OPEN_CREATE: file.c has made it. No SQLITE_OPEN_URI, and an absolute path,
	 * since SQLite may be built to take "file:" from anyone. */
	code = sqlite3_open_v2(
		store->path, &connection->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);
	if (code == SQLITE_OK)
		status = configure(connection, role, err);
	else
		status = cqrs__sqlite_error(connection, code, err);
	if (status != CQRS_OK)
		cqrs__sqlite_disconnect(connection);
	else
		*out_connection = connection;
	return status;
}

void cqrs__sqlite_disconnect(struct sqlite_connection *connection)
{
	const struct cqrs_allocator *allocator;

	if (!connection)
		return;
	allocator = connection->store->environment.allocator;
	for (size_t i = 0; i < STATEMENT_COUNT; i++)
		sqlite3_finalize(connection->statements[i]);
	cqrs__sqlite_forget_types(connection);
	sqlite3_close(connection->db);
	allocator->release(allocator->self, connection->items);
	allocator->release(allocator->self, connection);
}
