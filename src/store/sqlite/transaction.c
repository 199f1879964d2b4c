/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * transaction.c - write transactions, and what is known when one fails.
 *
 * After an error SQLite may or may not have rolled back by itself; sqlite3_get_autocommit()
 * tells. A COMMIT that failed is invisible at once, since the index of the log was not
 * moved. But if it failed after its last frame was written (the sync), recovery after a
 * crash would find the frames whole and believe them. Any later commit is written over them,
 * so one that changes nothing (the fence) settles that they are gone. Only where that fails
 * too is the outcome unknown.
 */
#include "store/sqlite/sqlite_store.h"

static enum cqrs_status run(struct sqlite_connection *connection, enum sqlite_statement which,
                            struct cqrs_error *err)
{
	struct sqlite_call call;
	enum cqrs_status status = cqrs__sqlite_begin(connection, which, &call, err);

	return status == CQRS_OK ? cqrs__sqlite_run(&call, err) : status;
}

/* Leave no transaction open. Errors: CQRS_ERR_UNAVAILABLE, there still is one. */
static enum cqrs_status roll_back(struct sqlite_connection *writer, struct cqrs_error *err)
{
	if (!sqlite3_get_autocommit(writer->db))
		run(writer, STATEMENT_ROLLBACK, NULL); /* the first failure is the one to report */
	cqrs__sqlite_forget_types(writer);
	cqrs__sqlite_forget_all(writer->store);
	if (!sqlite3_get_autocommit(writer->db))
		return cqrs_error_set(err, CQRS_ERR_UNAVAILABLE, "'%s': cannot roll back",
		                      writer->store->path);
	return CQRS_OK;
}

/* Another program may have brought the file to a version whose rules this one does not know. */
static enum cqrs_status check_schema(struct sqlite_connection *writer, struct cqrs_error *err)
{
	int64_t version = 0;
	enum cqrs_status status =
		cqrs__sqlite_read_number(writer, STATEMENT_SCHEMA_VERSION, &version, err);

	if (status == CQRS_OK && version != (int64_t)cqrs__sqlite_schema()->count)
		status = cqrs_error_set(err, CQRS_ERR_UNSUPPORTED,
		                        "'%s': its schema was changed to version %lld meanwhile",
		                        writer->store->path, (long long)version);
	return status;
}

/*
 * The data version stands still as long as no other connection commits, of this process or
 * another; the lock is held, so that none does from here on. Then all is as this writer left it.
 */
static enum cqrs_status catch_up(struct sqlite_store *store, struct cqrs_error *err)
{
	int64_t version = 0;
	enum cqrs_status status =
		cqrs__sqlite_read_number(store->writer, STATEMENT_DATA_VERSION, &version, err);

	if (status != CQRS_OK || version == store->data_version)
		return status;
	cqrs__sqlite_forget_all(store);
	status = check_schema(store->writer, err);
	if (status == CQRS_OK)
		store->data_version = version;
	return status;
}

enum cqrs_status cqrs__sqlite_fence(struct sqlite_store *store, struct cqrs_error *err)
{
	return run(store->writer, STATEMENT_FENCE, err);
}

/* A COMMIT failed with code: find out what that means, and say it. */
static enum cqrs_status settle(struct sqlite_connection *writer, enum cqrs_status failure, int code,
                               struct cqrs_error *err)
{
	if (roll_back(writer, NULL) == CQRS_OK) {
		if (cqrs__sqlite_fence(writer->store, NULL) == CQRS_OK)
			return failure;
		roll_back(writer, NULL);
		/* A full disk cuts the log before its last frame, which is what counts. */
		if ((code & 0xff) == SQLITE_FULL)
			return failure;
	}
	cqrs_error_set(err, CQRS_ERR_UNKNOWN,
	               "'%s': %s; whether it was stored shows when it is opened again",
	               writer->store->path, sqlite3_errstr(code));
	if (err)
		err->native_code = code;
	return CQRS_ERR_UNKNOWN;
}

static enum cqrs_status commit(struct sqlite_connection *writer, struct cqrs_error *err)
{
	enum cqrs_status status;

	cqrs__sqlite_gather_log(writer->store, true);
	status = run(writer, STATEMENT_COMMIT, err);
	cqrs__sqlite_gather_log(writer->store, false);
	if (status == CQRS_OK)
		return CQRS_OK;
	return settle(writer, status, sqlite3_extended_errcode(writer->db), err);
}

enum cqrs_status cqrs__sqlite_write(struct sqlite_store *store,
                                    enum cqrs_status (*body)(struct sqlite_store *store, void *self,
                                                             struct cqrs_error *err),
                                    void *self, bool *out_began, struct cqrs_error *err)
{
	struct sqlite_connection *writer = store->writer;
	enum cqrs_status status;

	if (out_began)
		*out_began = false;
	if (!sqlite3_get_autocommit(writer->db)) {
		status = roll_back(writer, err);
		if (status != CQRS_OK)
			return status;
	}
	status = run(writer, STATEMENT_BEGIN_WRITE, err);
	if (status != CQRS_OK)
		return status;
	if (out_began)
		*out_began = true;
	status = catch_up(store, err);
	if (status == CQRS_OK)
		status = body(store, self, err);
	if (status == CQRS_OK)
		return commit(writer, err);
	roll_back(writer, NULL);
	return status;
}
