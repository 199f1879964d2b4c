/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * schema.c - the tables, and how a file comes from any older version to the newest.
 *
 * user_version is the number of steps a file has taken. A step is never changed once it was
 * released: a new version is a new step. docs/sqlite.md says why the tables are as they are.
 */
#include "store/sqlite/sqlite_store.h"

static const char *const steps[] = {
	/* Names of aggregates and views (version ''), and of events. */
	"CREATE TABLE types ("
	" number INTEGER PRIMARY KEY,"
	" name TEXT NOT NULL,"
	" version TEXT NOT NULL,"
	" UNIQUE (name, version)) STRICT;"
	/* deleted: 0 no; 1 yes, its contents are being erased; 2 they are gone. */
	"CREATE TABLE streams ("
	" number INTEGER PRIMARY KEY,"
	" type INTEGER NOT NULL,"
	" id TEXT NOT NULL,"
	" deleted INTEGER NOT NULL,"
	" UNIQUE (type, id)) STRICT;"
	/* Usually empty, so that the row of a stream need not be read to see that it lives. */
	"CREATE INDEX streams_deleted ON streams (number) WHERE deleted > 0;"
	"CREATE INDEX streams_being_erased ON streams (number) WHERE deleted = 1;"
	/* Rows never go, so that offsets have no gap; erased ones keep the first three columns. */
	"CREATE TABLE events ("
	" offset INTEGER PRIMARY KEY,"
	" stream INTEGER NOT NULL,"
	" sequence INTEGER NOT NULL,"
	" type INTEGER,"
	" recorded_at INTEGER,"
	" ids BLOB,"
	" metadata TEXT,"
	" payload TEXT,"
	" UNIQUE (stream, sequence)) STRICT;"
	"CREATE TABLE snapshots ("
	" stream INTEGER PRIMARY KEY,"
	" sequence INTEGER NOT NULL,"
	" fingerprint INTEGER NOT NULL,"
	" recorded_at INTEGER NOT NULL,"
	" state TEXT NOT NULL) STRICT;"
	/* payload NULL: a tombstone. */
	"CREATE TABLE views ("
	" number INTEGER PRIMARY KEY,"
	" type INTEGER NOT NULL,"
	" id TEXT NOT NULL,"
	" version INTEGER NOT NULL,"
	" payload TEXT,"
	" UNIQUE (type, id)) STRICT;"
	/* number: new rows go to the end, whatever their view, which keeps the pages written few. */
	"CREATE TABLE entries ("
	" number INTEGER PRIMARY KEY,"
	" view INTEGER NOT NULL,"
	" sequence INTEGER NOT NULL,"
	" position INTEGER NOT NULL,"
	" payload TEXT NOT NULL,"
	" UNIQUE (view, sequence, position)) STRICT;"
	"CREATE TABLE checkpoints ("
	" projection TEXT NOT NULL,"
	" feed INTEGER NOT NULL,"
	" offset INTEGER NOT NULL,"
	" PRIMARY KEY (projection, feed)) STRICT, WITHOUT ROWID;"
	/* hash: of key; an index of whole keys in their random order costs a third of the rate. */
	"CREATE TABLE idempotency_keys ("
	" number INTEGER PRIMARY KEY,"
	" stream INTEGER NOT NULL,"
	" hash INTEGER NOT NULL,"
	" key TEXT NOT NULL,"
	" command BLOB NOT NULL,"
	" first_sequence INTEGER NOT NULL,"
	" last_sequence INTEGER NOT NULL,"
	" recorded_at INTEGER NOT NULL) STRICT;"
	"CREATE INDEX idempotency_keys_by_hash ON idempotency_keys (stream, hash);",
};

const struct sqlite_schema *cqrs__sqlite_schema(void)
{
	static const struct sqlite_schema schema = {
		.steps = steps,
		.count = sizeof(steps) / sizeof(steps[0]),
	};

	return &schema;
}

struct sqlite_file_state {
	int64_t application_id;
	int64_t version;
	int64_t tables; /* where nothing else tells whose it is */
};

static enum cqrs_status read_state(struct sqlite_connection *connection,
                                   struct sqlite_file_state *out_state, struct cqrs_error *err)
{
	enum cqrs_status status = cqrs__sqlite_query_number(connection, "PRAGMA application_id",
	                                                    &out_state->application_id, err);

	if (status == CQRS_OK)
		status = cqrs__sqlite_query_number(connection, "PRAGMA user_version",
		                                   &out_state->version, err);
	out_state->tables = 0;
	if (status == CQRS_OK && !out_state->application_id && !out_state->version)
		status = cqrs__sqlite_query_number(connection, "SELECT count(*) FROM sqlite_schema",
		                                   &out_state->tables, err);
	return status;
}

/* An empty file is ours to fill; else it must say that it is ours, and in what version. */
static enum cqrs_status check_state(struct sqlite_connection *connection,
                                    const struct sqlite_schema *schema,
                                    const struct sqlite_file_state *state, struct cqrs_error *err)
{
	const char *path = connection->store->path;

	if (!state->application_id && !state->version && !state->tables)
		return CQRS_OK;
	if (state->application_id != SQLITE_STORE_APPLICATION_ID)
		return cqrs_error_set(err, CQRS_ERR_INVALID,
		                      "'%s' is the database of another program", path);
	if (state->version < 1)
		return cqrs__sqlite_damaged(connection, "it has no schema version", err);
	if ((uint64_t)state->version > schema->count)
		return cqrs_error_set(err, CQRS_ERR_UNSUPPORTED,
		                      "'%s' has schema version %lld; this program knows %zu", path,
		                      (long long)state->version, schema->count);
	return CQRS_OK;
}

static enum cqrs_status take_steps(struct sqlite_connection *connection,
                                   const struct sqlite_schema *schema, struct cqrs_error *err)
{
	struct sqlite_file_state state = { 0 };
	char pragma[96];
	enum cqrs_status status = read_state(connection, &state, err);

	if (status == CQRS_OK)
		status = check_state(connection, schema, &state, err);
	for (size_t i = (size_t)state.version; status == CQRS_OK && i < schema->count; i++)
		status = cqrs__sqlite_execute(connection, schema->steps[i], err);
	if (status != CQRS_OK)
		return status;
	sqlite3_snprintf((int)sizeof(pragma), pragma,
	                 "PRAGMA application_id = %d; PRAGMA user_version = %d",
	                 SQLITE_STORE_APPLICATION_ID, (int)schema->count);
	return cqrs__sqlite_execute(connection, pragma, err);
}

enum cqrs_status cqrs__sqlite_check_file(struct sqlite_connection *connection,
                                         const struct sqlite_schema *schema, bool *out_newest,
                                         struct cqrs_error *err)
{
	struct sqlite_file_state state;
	enum cqrs_status status = read_state(connection, &state, err);

	if (status == CQRS_OK)
		status = check_state(connection, schema, &state, err);
	if (status == CQRS_OK)
		*out_newest = (uint64_t)state.version == schema->count;
	return status;
}

enum cqrs_status cqrs__sqlite_migrate(struct sqlite_connection *connection,
                                      const struct sqlite_schema *schema, struct cqrs_error *err)
{
	enum cqrs_status status = cqrs__sqlite_execute(connection, "BEGIN IMMEDIATE", err);

	if (status != CQRS_OK)
		return status;
	status = take_steps(connection, schema, err);
	if (status == CQRS_OK)
		status = cqrs__sqlite_execute(connection, "COMMIT", err);
	if (!sqlite3_get_autocommit(connection->db))
		cqrs__sqlite_execute(connection, "ROLLBACK", NULL);
	return status;
}
