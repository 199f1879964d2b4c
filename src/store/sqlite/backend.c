/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* backend.c - opens and closes handles, and names the functions of this backend. */
#include "store/sqlite/sqlite_store.h"

#include <cqrs/sqlite.h>

#include <string.h>
#include <time.h>
#include <unistd.h>

#define OLDEST_SQLITE 3037000 /* strict tables */

#define DEFAULT_LOCK_TIMEOUT_MS 5000
#define MAX_LOCK_TIMEOUT_MS 3600000
#define DEFAULT_READERS 4
#define MAX_READERS 64

/* ---- options ---- */

static enum cqrs_status read_synchronous(const char *value, bool *out_relaxed,
                                         struct cqrs_error *err)
{
	if (!strcmp(value, "full"))
		*out_relaxed = false;
	else if (!strcmp(value, "normal"))
		*out_relaxed = true;
	else
		return cqrs_error_set(err, CQRS_ERR_INVALID,
		                      "option synchronous is neither full nor normal");
	return CQRS_OK;
}

static enum cqrs_status read_option(const struct cqrs_url_option *option,
                                    struct sqlite_store *store, struct cqrs_error *err)
{
	if (!strcmp(option->name, "synchronous"))
		return read_synchronous(option->value, &store->relaxed, err);
	if (!strcmp(option->name, "lock_timeout_ms"))
		return cqrs_url_number(option, 0, MAX_LOCK_TIMEOUT_MS, &store->lock_timeout_ms,
		                       err);
	if (!strcmp(option->name, "readers"))
		return cqrs_url_number(option, 1, MAX_READERS, &store->max_readers, err);
	return cqrs_error_set(err, CQRS_ERR_INVALID, "sqlite: has no option '%s'", option->name);
}

static enum cqrs_status read_url(const char *url, struct sqlite_store *store,
                                 struct cqrs_error *err)
{
	struct cqrs_url parsed;
	enum cqrs_status status = cqrs_url_parse(url, store->names, &parsed, err);

	for (size_t i = 0; status == CQRS_OK && i < parsed.option_count; i++)
		status = read_option(&parsed.options[i], store, err);
	if (status == CQRS_OK)
		status = cqrs__sqlite_absolute_path(parsed.path, store->names, &store->path, err);
	return status;
}

/* ---- opening ---- */

static enum cqrs_status check_library(struct cqrs_error *err)
{
	if (sqlite3_libversion_number() < OLDEST_SQLITE)
		return cqrs_error_set(err, CQRS_ERR_UNSUPPORTED,
		                      "SQLite %s is too old, it takes 3.37 or newer",
		                      sqlite3_libversion());
	if (!sqlite3_threadsafe())
		return cqrs_error_set(err, CQRS_ERR_UNSUPPORTED,
		                      "SQLite was built without support for threads");
	return CQRS_OK;
}

/* The mode that the file is in afterwards is what the pragma gives, not its result code. */
static int try_log(struct sqlite_connection *writer, bool *out_in_use)
{
	sqlite3_stmt *statement = NULL;
	const char *mode;
	int code =
		sqlite3_prepare_v2(writer->db, "PRAGMA journal_mode = WAL", -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW) {
		mode = (const char *)sqlite3_column_text(statement, 0);
		*out_in_use = mode && !strcmp(mode, "wal");
		code = SQLITE_OK;
	}
	sqlite3_finalize(statement);
	return code;
}

/*
 * Another process that opens the new file at the same moment may hold the lock in a way
 * that SQLite does not wait for, so this waits itself.
 */
static enum cqrs_status switch_to_log(struct sqlite_connection *writer, struct cqrs_error *err)
{
	const struct cqrs_environment *environment = &writer->store->environment;
	uint64_t give_up_us = cqrs__sqlite_monotonic_us() + writer->store->lock_timeout_ms * 1000;
	bool in_use = false;
	int code;

	while ((code = try_log(writer, &in_use)) != SQLITE_OK) {
		if ((code & 0xff) != SQLITE_BUSY || cqrs__sqlite_monotonic_us() >= give_up_us)
			return cqrs__sqlite_error(writer, code, err);
		environment->sleep_us(environment->self, 500);
	}
	if (!in_use)
		return cqrs_error_set(err, CQRS_ERR_UNAVAILABLE,
		                      "'%s': a write-ahead log cannot be used",
		                      writer->store->path);
	return CQRS_OK;
}

/* SQLite opens what it may not write as read-only, and tells only who asks. */
static enum cqrs_status check_writable(struct sqlite_connection *writer, struct cqrs_error *err)
{
	if (sqlite3_db_readonly(writer->db, "main"))
		return cqrs_error_set(err, CQRS_ERR_UNAVAILABLE, "'%s' is read-only",
		                      writer->store->path);
	return CQRS_OK;
}

static enum cqrs_status set_up_file(struct sqlite_store *store, struct cqrs_error *err)
{
	struct sqlite_connection *writer = store->writer;
	const struct sqlite_schema *schema = cqrs__sqlite_schema();
	enum cqrs_status status = check_writable(writer, err);
	bool newest = false;

	/* First see whose it is: another program's file is left as it is. */
	if (status == CQRS_OK)
		status = cqrs__sqlite_check_file(writer, schema, &newest, err);
	if (status == CQRS_OK)
		status = switch_to_log(writer, err);
	if (status == CQRS_OK && !newest) /* versions only go up */
		status = cqrs__sqlite_migrate(writer, schema, err);
	return status;
}

static enum cqrs_status open_store(struct sqlite_store *store, const char *url,
                                   const struct sqlite_system *system, struct cqrs_error *err)
{
	enum cqrs_status status = check_library(err);

	if (status == CQRS_OK)
		status = read_url(url, store, err);
	if (status == CQRS_OK)
		status = cqrs__sqlite_prepare_file(store->path, system, store->names, err);
	if (status == CQRS_OK)
		status = cqrs__sqlite_connect(store, SQLITE_WRITES, &store->writer, err);
	if (status == CQRS_OK)
		status = set_up_file(store, err);
	if (status == CQRS_OK)
		status = cqrs__sqlite_take_log(store, err);
	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_watch_log(store, system->checkpoint_pages);
	return cqrs__sqlite_finish_erasing(store, err);
}

static void init_locks(struct sqlite_store *store)
{
	pthread_condattr_t monotonic;

	pthread_mutex_init(&store->write_lock, NULL);
	pthread_mutex_init(&store->pool_lock, NULL);
	pthread_mutex_init(&store->news_lock, NULL);
	pthread_cond_init(&store->reader_returned, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&store->news_arrived, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

/* ---- closing ---- */

static void close_connections(struct sqlite_store *store)
{
	cqrs__sqlite_close_readers(store);
	cqrs__sqlite_disconnect(store->watcher);
	cqrs__sqlite_disconnect(store->checkpointer);
	cqrs__sqlite_disconnect(store->writer); /* the last one: copies the log back */
	cqrs__sqlite_drop_log(store);
}

static void sqlite_close(void *self)
{
	struct sqlite_store *store = self;
	const struct cqrs_allocator *allocator = store->environment.allocator;

	/* In a child, the connections are the parent's: even closing them would do harm. */
	if (store->owner == getpid())
		close_connections(store);
	pthread_cond_destroy(&store->news_arrived);
	pthread_cond_destroy(&store->reader_returned);
	pthread_mutex_destroy(&store->news_lock);
	pthread_mutex_destroy(&store->pool_lock);
	pthread_mutex_destroy(&store->write_lock);
	cqrs__sqlite_release_known(store);
	cqrs_arena_free(store->scratch);
	cqrs_arena_free(store->names);
	allocator->release(allocator->self, store);
}

enum cqrs_status cqrs__sqlite_check_owner(const struct sqlite_store *store, struct cqrs_error *err)
{
	if (store->owner == getpid())
		return CQRS_OK;
	return cqrs_error_set(err, CQRS_ERR_INVALID,
	                      "'%s' was opened before fork(): a child opens its own handle",
	                      store->path);
}

/* ---- the backend ---- */

static const struct cqrs_store_ops sqlite_ops = {
	.size = sizeof(struct cqrs_store_ops),
	.name = "sqlite",
	.group_commit = true,
	.close = sqlite_close,
	.commit = cqrs__sqlite_commit,
	.read_stream = cqrs__sqlite_read_stream,
	.read_head = cqrs__sqlite_read_head,
	.list_streams = cqrs__sqlite_list_streams,
	.read_feed = cqrs__sqlite_read_feed,
	.read_feed_head = cqrs__sqlite_read_feed_head,
	.wait = cqrs__sqlite_wait,
	.delete_stream = cqrs__sqlite_delete_stream,
	.load_snapshot = cqrs__sqlite_load_snapshot,
	.load_view = cqrs__sqlite_load_view,
	.list_views = cqrs__sqlite_list_views,
	.list_entries = cqrs__sqlite_list_entries,
	.load_checkpoint = cqrs__sqlite_load_checkpoint,
	.load_key = cqrs__sqlite_load_key,
	.purge_keys = cqrs__sqlite_purge_keys,
};

static enum cqrs_status new_store(const struct cqrs_environment *environment,
                                  struct sqlite_store **out_store, struct cqrs_error *err)
{
	const struct cqrs_allocator *allocator = environment->allocator;
	struct sqlite_store *store = allocator->allocate(allocator->self, sizeof(*store));

	if (!store)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a store");
	*store = (struct sqlite_store){
		.environment = *environment,
		.owner = getpid(),
		.lock_timeout_ms = DEFAULT_LOCK_TIMEOUT_MS,
		.max_readers = DEFAULT_READERS,
		.data_version = INT64_MAX, /* versions have 32 bits */
		.watched_version = INT64_MAX,
	};
	init_locks(store);
	if (cqrs_arena_new(allocator, &store->names, err) != CQRS_OK ||
	    cqrs_arena_new(allocator, &store->scratch, err) != CQRS_OK) {
		sqlite_close(store);
		return CQRS_ERR_NOMEM;
	}
	*out_store = store;
	return CQRS_OK;
}

enum cqrs_status cqrs__sqlite_open(const char *url, const struct cqrs_environment *environment,
                                   const struct sqlite_system *system,
                                   struct cqrs_store_instance *out_instance, struct cqrs_error *err)
{
	struct cqrs_error failure = CQRS_ERROR_INIT;
	struct sqlite_store *store = NULL;
	enum cqrs_status status = new_store(environment, &store, err);

	if (status != CQRS_OK)
		return status;
	status = open_store(store, url, system, &failure);
	if (status != CQRS_OK) {
		/* What never was a database is not a damaged one. */
		if ((failure.native_code & 0xff) == SQLITE_NOTADB)
			status = cqrs_error_set(&failure, CQRS_ERR_INVALID,
			                        "'%s' is not an SQLite database", store->path);
		if (err)
			*err = failure;
		sqlite_close(store);
		return status;
	}
	*out_instance = (struct cqrs_store_instance){
		.ops = &sqlite_ops,
		.self = store,
		.feed_count = 1,
	};
	return CQRS_OK;
}

static enum cqrs_status open_backend(const char *url, const struct cqrs_environment *environment,
                                     struct cqrs_store_instance *out_instance,
                                     struct cqrs_error *err)
{
	return cqrs__sqlite_open(url, environment, cqrs__sqlite_system(), out_instance, err);
}

const struct cqrs_backend *cqrs_sqlite(void)
{
	static const struct cqrs_backend backend = {
		.size = sizeof(struct cqrs_backend),
		.scheme = "sqlite",
		.open = open_backend,
	};

	return &backend;
}
