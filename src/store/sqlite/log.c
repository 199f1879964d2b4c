/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * log.c - what a COMMIT writes to the write-ahead log, gathered into few system calls.
 *
 * SQLite writes a page to the log by two calls, its header of 24 bytes by one of its own.
 * A call costs the file system some microseconds whatever its size, which was more than half
 * of what a command costs in a batch. So the functions of the writer's log file are replaced
 * by ones that keep what is written back, until SQLite syncs it.
 *
 * No one can tell the difference: pages of an open transaction are nobody's business until
 * the log's index names them, which with synchronous=full happens after the sync (and with
 * synchronous=normal without one, so that nothing is gathered there). Only what stands between
 * the beginning of COMMIT and its first sync is kept back. What comes later (a sector that is
 * filled up), and all that is written outside of COMMIT, goes straight to the file. A write
 * that fails is reported by the sync, after which COMMIT fails as it would have.
 */
#include "store/sqlite/sqlite_store.h"

#include <string.h>

/* Some 30 pages. SQLite on unix takes less than 128 KiB in one call. */
#define LOG_BUFFER_SIZE ((size_t)120 << 10)

/* The file's pointer to its functions is one to the log that they belong to. */
struct sqlite_log {
	sqlite3_io_methods methods;
	const sqlite3_io_methods *real;
	bool gathering;
	bool has_pages;       /* since the gathering began */
	sqlite3_int64 offset; /* in the file, of the first byte that is kept back */
	size_t size;
	uint8_t bytes[LOG_BUFFER_SIZE];
};

static struct sqlite_log *log_of(sqlite3_file *file)
{
	struct sqlite_log *log;

	memcpy(&log, &file->pMethods, sizeof(log)); /* it is not const to us */
	return log;
}

static int flush(struct sqlite_log *log, sqlite3_file *file)
{
	size_t size = log->size;

	log->size = 0;
	return size ? log->real->xWrite(file, log->bytes, (int)size, log->offset) : SQLITE_OK;
}

static int write_log(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset)
{
	struct sqlite_log *log = log_of(file);
	bool fits = log->gathering && (size_t)size <= LOG_BUFFER_SIZE - log->size &&
	            (!log->size || offset == log->offset + (sqlite3_int64)log->size);

	if (!fits) {
		int code = flush(log, file);

		if (code != SQLITE_OK)
			return code;
		if (!log->gathering || (size_t)size > LOG_BUFFER_SIZE)
			return log->real->xWrite(file, bytes, size, offset);
	}
	if (!log->size)
		log->offset = offset;
	log->has_pages |= offset > 0;
	memcpy(log->bytes + log->size, bytes, (size_t)size);
	log->size += (size_t)size;
	return SQLITE_OK;
}

static int sync_log(sqlite3_file *file, int flags)
{
	struct sqlite_log *log = log_of(file);
	int code = flush(log, file);

	/* Of a log that is begun anew the header is synced first. */
	if (log->has_pages)
		log->gathering = false;
	return code == SQLITE_OK ? log->real->xSync(file, flags) : code;
}

static int read_log(sqlite3_file *file, void *out, int size, sqlite3_int64 offset)
{
	struct sqlite_log *log = log_of(file);
	int code = flush(log, file);

	return code == SQLITE_OK ? log->real->xRead(file, out, size, offset) : code;
}

static int truncate_log(sqlite3_file *file, sqlite3_int64 size)
{
	struct sqlite_log *log = log_of(file);
	int code = flush(log, file);

	return code == SQLITE_OK ? log->real->xTruncate(file, size) : code;
}

static int measure_log(sqlite3_file *file, sqlite3_int64 *out_size)
{
	struct sqlite_log *log = log_of(file);
	int code = flush(log, file);

	return code == SQLITE_OK ? log->real->xFileSize(file, out_size) : code;
}

/* SQLite opens the log when it is first read. */
static enum cqrs_status find_log(struct sqlite_connection *writer, sqlite3_file **out_file,
                                 struct cqrs_error *err)
{
	sqlite3_file *file = NULL;
	int64_t version;
	enum cqrs_status status =
		cqrs__sqlite_query_number(writer, "PRAGMA user_version", &version, err);
	int code;

	if (status != CQRS_OK)
		return status;
	code = sqlite3_file_control(writer->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
	if (code != SQLITE_OK)
		return cqrs__sqlite_error(writer, code, err);
	if (!file || !file->pMethods)
		return cqrs_error_set(err, CQRS_ERR_UNAVAILABLE, "'%s': the log is not in use",
		                      writer->store->path);
	*out_file = file;
	return CQRS_OK;
}

enum cqrs_status cqrs__sqlite_take_log(struct sqlite_store *store, struct cqrs_error *err)
{
	const struct cqrs_allocator *allocator = store->environment.allocator;
	struct sqlite_log *log;
	sqlite3_file *file = NULL;
	enum cqrs_status status;

	if (store->relaxed)
		return CQRS_OK;
	status = find_log(store->writer, &file, err);
	if (status != CQRS_OK)
		return status;
	log = allocator->allocate(allocator->self, sizeof(*log));
	if (!log)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for the log");
	log->real = file->pMethods;
	log->methods = *file->pMethods;
	log->methods.xRead = read_log;
	log->methods.xWrite = write_log;
	log->methods.xTruncate = truncate_log;
	log->methods.xSync = sync_log;
	log->methods.xFileSize = measure_log;
	log->gathering = false;
	log->has_pages = false;
	log->size = 0;
	file->pMethods = &log->methods;
	store->log = log;
	return CQRS_OK;
}

void cqrs__sqlite_gather_log(struct sqlite_store *store, bool gathering)
{
	if (!store->log)
		return;
	store->log->gathering = gathering;
	store->log->has_pages = false;
	store->log->size = 0; /* of a COMMIT that failed before its sync: no one is to see it */
}

void cqrs__sqlite_drop_log(struct sqlite_store *store)
{
	const struct cqrs_allocator *allocator = store->environment.allocator;

	allocator->release(allocator->self, store->log);
}
