/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * sqlite_store.h - what the files of the SQLite backend share.
 *
 * One handle has a connection that writes, one that copies the log back (checkpoint.c),
 * one that looks for news (news.c) and a pool that reads (readers.c). A connection is used
 * by one thread at a time, so that SQLite's own mutexes are left out.
 */
#ifndef CQRS_STORE_SQLITE_STORE_H
#define CQRS_STORE_SQLITE_STORE_H

#include "store/sqlite/sqlite_known.h"
#include "store/sqlite/sqlite_rows.h"

#include <cqrs/backend.h>

#include <pthread.h>
#include <sqlite3.h>
#include <sys/types.h>

struct sqlite_store;

/* ---- connection.c: a connection, and the messages of its failures ---- */

/* Every statement; its text is in statements.c. */
enum sqlite_statement {
	STATEMENT_BEGIN_WRITE,
	STATEMENT_COMMIT,
	STATEMENT_ROLLBACK,
	STATEMENT_FENCE,
	STATEMENT_SCHEMA_VERSION,
	STATEMENT_DATA_VERSION,
	STATEMENT_FIND_TYPE,
	STATEMENT_GET_TYPE,
	STATEMENT_ADD_TYPE,
	STATEMENT_FIND_STREAM,
	STATEMENT_ADD_STREAM,
	STATEMENT_ADD_EVENT,
	STATEMENT_ADD_EVENTS,
	STATEMENT_FEED_HEAD,
	STATEMENT_SET_SNAPSHOT,
	STATEMENT_FIND_VIEW,
	STATEMENT_ADD_VIEW,
	STATEMENT_SET_VIEW,
	STATEMENT_ERASE_VIEW,
	STATEMENT_LAST_ENTRY,
	STATEMENT_FIND_ENTRY,
	STATEMENT_ADD_ENTRY,
	STATEMENT_ADD_ENTRIES,
	STATEMENT_CLEAR_ENTRIES,
	STATEMENT_FIND_CHECKPOINT,
	STATEMENT_SET_CHECKPOINT,
	STATEMENT_FIND_KEY,
	STATEMENT_ADD_KEY,
	STATEMENT_MARK_STREAM,
	STATEMENT_ERASE_EVENTS,
	STATEMENT_ERASE_SNAPSHOT,
	STATEMENT_ERASE_KEYS,
	STATEMENT_FIND_ERASING,
	STATEMENT_ERASING_HEAD,
	STATEMENT_SCAN_KEYS,
	STATEMENT_ERASE_KEY,
	STATEMENT_READ_HEAD,
	STATEMENT_READ_STREAM,
	STATEMENT_READ_FEED,
	STATEMENT_LIST_STREAMS,
	STATEMENT_READ_SNAPSHOT,
	STATEMENT_READ_VIEW,
	STATEMENT_LIST_VIEWS,
	STATEMENT_LIST_ENTRIES,
	STATEMENT_READ_KEY,
	STATEMENT_COUNT
};
extern const char *const cqrs__sqlite_statements[STATEMENT_COUNT];

/* A row of the table of types, kept by types.c. */
struct sqlite_type {
	uint64_t number;
	const char *name;
	const char *version;
	/* Copies in the arena of a page: when page is the connection's, they are there. */
	uint64_t page;
	const char *page_name;
	const char *page_version;
};
#define TYPE_SLOTS 512

struct sqlite_connection {
	struct sqlite_store *store;
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENT_COUNT]; /* prepared when first used */
	/* What is known of the table of types, by number and by text; see types.c. */
	struct sqlite_type *types_by_number[TYPE_SLOTS];
	struct sqlite_type *types_by_text[TYPE_SLOTS];
	uint64_t waiting_since_us; /* when the busy handler was first called for this lock */
	uint64_t random;
	bool impatient;                 /* do not wait for locks */
	uint64_t page;                  /* counts the pages read */
	struct sqlite_reading *reading; /* the page that is being read; see page.c */
	void *items;                    /* its items */
	size_t items_size;
	struct sqlite_connection *next; /* in the pool */
};

/* What a connection is for. One that reads cannot write, and leaves out what only matters then. */
enum sqlite_role {
	SQLITE_READS,
	SQLITE_WRITES,
};

enum cqrs_status cqrs__sqlite_connect(struct sqlite_store *store, enum sqlite_role role,
                                      struct sqlite_connection **out_connection,
                                      struct cqrs_error *err);
void cqrs__sqlite_disconnect(struct sqlite_connection *connection);

/* The status and message of an SQLite result code, as the connection tells it. */
enum cqrs_status cqrs__sqlite_error(struct sqlite_connection *connection, int code,
                                    struct cqrs_error *err);
/* Stored bytes are not what they claim to be. */
enum cqrs_status cqrs__sqlite_damaged(const struct sqlite_connection *connection, const char *what,
                                      struct cqrs_error *err);
/* Run SQL text whose rows do not matter. */
enum cqrs_status cqrs__sqlite_execute(struct sqlite_connection *connection, const char *sql,
                                      struct cqrs_error *err);
/* Run SQL text that gives one integer. */
enum cqrs_status cqrs__sqlite_query_number(struct sqlite_connection *connection, const char *sql,
                                           int64_t *out_number, struct cqrs_error *err);
uint64_t cqrs__sqlite_monotonic_us(void);

/* ---- call.c: one execution of a statement ---- */

/*
 * begin, bind the parameters in order, next until there is no row (or run), end. A failure
 * to bind is reported by next. Texts and bytes are borrowed until end.
 */
struct sqlite_call {
	struct sqlite_connection *connection;
	sqlite3_stmt *statement;
	int bound;
	int code;
	/* Where page.c was handed a row: its values, and what their columns are called. */
	sqlite3_value **values;
	const char *const *names;
};

enum cqrs_status cqrs__sqlite_begin(struct sqlite_connection *connection,
                                    enum sqlite_statement which, struct sqlite_call *out_call,
                                    struct cqrs_error *err);
void cqrs__sqlite_bind_number(struct sqlite_call *call, uint64_t number);
void cqrs__sqlite_bind_signed(struct sqlite_call *call, int64_t number);
void cqrs__sqlite_bind_text(struct sqlite_call *call, const char *text);
void cqrs__sqlite_bind_json(struct sqlite_call *call, const struct cqrs_text *json);
void cqrs__sqlite_bind_bytes(struct sqlite_call *call, const void *bytes, size_t size);
void cqrs__sqlite_bind_null(struct sqlite_call *call);
/* What a stream or view is found by: the number of its type and its id. */
enum cqrs_status cqrs__sqlite_bind_name(struct sqlite_call *call, const char *type, const char *id,
                                        struct cqrs_error *err);
enum cqrs_status cqrs__sqlite_next(struct sqlite_call *call, bool *out_row, struct cqrs_error *err);
void cqrs__sqlite_end(struct sqlite_call *call);
/* For statements without rows: next and end. */
enum cqrs_status cqrs__sqlite_run(struct sqlite_call *call, struct cqrs_error *err);

/* For a statement without parameters that gives one integer. */
enum cqrs_status cqrs__sqlite_read_number(struct sqlite_connection *connection,
                                          enum sqlite_statement which, int64_t *out_number,
                                          struct cqrs_error *err);

/*
 * The columns of the row. What is not of the kind asked for is CQRS_ERR_CORRUPT. Numbers are
 * most of what is read, and are here to be inlined.
 */

/*
 * Asking the value twice costs less than asking the statement twice, which looks for errors
 * each time. It is "unprotected" against other threads, of which there are none here.
 */
static inline sqlite3_value *cqrs__sqlite_value(const struct sqlite_call *call, int column)
{
	return call->values ? call->values[column] : sqlite3_column_value(call->statement, column);
}

/* A value that cannot be in its column. */
enum cqrs_status cqrs__sqlite_impossible(const struct sqlite_call *call, int column,
                                         struct cqrs_error *err);

static inline bool cqrs__sqlite_is_null(const struct sqlite_call *call, int column)
{
	return sqlite3_value_type(cqrs__sqlite_value(call, column)) == SQLITE_NULL;
}

static inline enum cqrs_status cqrs__sqlite_signed(const struct sqlite_call *call, int column,
                                                   int64_t *out_number, struct cqrs_error *err)
{
	sqlite3_value *value = cqrs__sqlite_value(call, column);

	if (sqlite3_value_type(value) != SQLITE_INTEGER)
		return cqrs__sqlite_impossible(call, column, err);
	*out_number = sqlite3_value_int64(value);
	return CQRS_OK;
}

static inline enum cqrs_status cqrs__sqlite_number(const struct sqlite_call *call, int column,
                                                   uint64_t max, uint64_t *out_number,
                                                   struct cqrs_error *err)
{
	int64_t number = 0;
	enum cqrs_status status = cqrs__sqlite_signed(call, column, &number, err);

	if (status != CQRS_OK)
		return status;
	if (number < 0 || (uint64_t)number > max)
		return cqrs__sqlite_impossible(call, column, err);
	*out_number = (uint64_t)number;
	return CQRS_OK;
}

enum cqrs_status cqrs__sqlite_bytes(const struct sqlite_call *call, int column, const void **out,
                                    size_t *out_size, struct cqrs_error *err);
/* A name of 1 to max_len bytes; valid until the next row. */
enum cqrs_status cqrs__sqlite_name(const struct sqlite_call *call, int column, size_t max_len,
                                   struct cqrs_text *out_name, struct cqrs_error *err);
/* A text of any length, copied. */
enum cqrs_status cqrs__sqlite_json(const struct sqlite_call *call, int column,
                                   struct cqrs_arena *arena, struct cqrs_text *out_json,
                                   struct cqrs_error *err);

/* ---- hash.c ---- */

/* Of a text in memory; not for what is stored. */
uint64_t cqrs__sqlite_hash(uint64_t seed, const char *text, size_t len);

/* ---- types.c: names that are stored as numbers ---- */

/* The number of a type, 0 where there is none and make is false. version "": not an event's. */
enum cqrs_status cqrs__sqlite_type_number(struct sqlite_connection *connection, const char *name,
                                          const char *version, bool make, uint64_t *out_number,
                                          struct cqrs_error *err);
/* The type of a number, with its copies in the arena of the page; valid until the next call. */
enum cqrs_status cqrs__sqlite_type(struct sqlite_connection *connection, uint64_t number,
                                   struct cqrs_arena *arena, const struct sqlite_type **out_type,
                                   struct cqrs_error *err);
/* Forget all that is known: what a transaction added was rolled back. */
void cqrs__sqlite_forget_types(struct sqlite_connection *connection);

/* ---- readers.c: connections that read ---- */

enum cqrs_status cqrs__sqlite_take_reader(struct sqlite_store *store,
                                          struct sqlite_connection **out_reader,
                                          struct cqrs_error *err);
void cqrs__sqlite_return_reader(struct sqlite_store *store, struct sqlite_connection *reader);
/* Let no one take a reader, and wait until all have been returned; or let them again. */
void cqrs__sqlite_bar_readers(struct sqlite_store *store, bool barred);
/* All of them have been returned. */
void cqrs__sqlite_close_readers(struct sqlite_store *store);

/* ---- the store ---- */

/* What a handle holds. */
struct sqlite_store {
	struct cqrs_environment environment;
	struct cqrs_arena *names; /* where path is */
	pid_t owner;              /* the process that opened it */
	const char *path;         /* absolute: the working directory may change */
	uint64_t lock_timeout_ms;
	bool relaxed; /* synchronous=normal */

	/* Guards the writer, the checkpointer and all up to the next comment. */
	pthread_mutex_t write_lock;
	struct sqlite_connection *writer;
	struct sqlite_log *log;                 /* the writer's; NULL: as SQLite has it */
	struct sqlite_connection *checkpointer; /* NULL until the log is long */
	struct cqrs_arena *scratch;             /* of one batch */
	struct sqlite_rows rows;                /* of the same */
	struct sqlite_known_table known;
	int64_t data_version;      /* of the writer when all known was so; see transaction.c */
	uint64_t log_pages;        /* in the write-ahead log after the last commit here */
	uint64_t checkpoint_pages; /* copy it back when there are as many */
	uint64_t checkpoint_at;    /* the same, when readers were in the way the last time */

	/* Guards the pool of readers. */
	pthread_mutex_t pool_lock;
	pthread_cond_t reader_returned;
	struct sqlite_connection *idle_readers;
	uint64_t open_readers;
	uint64_t taken_readers;
	bool readers_barred;
	uint64_t max_readers;

	/* Guards what is known of the feed's head; see news.c. */
	pthread_mutex_t news_lock;
	pthread_cond_t news_arrived;
	uint64_t known_head;
	bool being_watched;                /* a waiter is at the watcher */
	struct sqlite_connection *watcher; /* its user has set being_watched */
	int64_t watched_version;
};

/* A checkpoint's offset; 0 where there is none. */
enum cqrs_status cqrs__sqlite_find_checkpoint(struct sqlite_connection *connection,
                                              const char *projection, uint64_t feed,
                                              uint64_t *out_offset, struct cqrs_error *err);

/* The offset of the last event; 0 where there is none. */
enum cqrs_status cqrs__sqlite_find_feed_head(struct sqlite_connection *connection,
                                             uint64_t *out_offset, struct cqrs_error *err);

/* The store is in the process that opened it. Errors: CQRS_ERR_INVALID. */
enum cqrs_status cqrs__sqlite_check_owner(const struct sqlite_store *store, struct cqrs_error *err);

/* ---- file.c: which files are taken ---- */

/* What a path is on: the magic number of statfs(2) where there is one. */
struct sqlite_file_system {
	uint64_t magic;
	bool local;
};

/* What a test may want to be otherwise. */
struct sqlite_system {
	/* Ask the operating system; 0 or errno. */
	int (*file_system)(const char *path, struct sqlite_file_system *out_system);
	uint64_t checkpoint_pages; /* how long the log may get; see checkpoint.c */
};

enum cqrs_status cqrs__sqlite_absolute_path(const char *path, struct cqrs_arena *arena,
                                            const char **out_path, struct cqrs_error *err);
/*
 * Refuse what is no regular file, on a network or not to be written, and make the file where
 * there is none, empty and readable by its owner only. path is absolute.
 */
enum cqrs_status cqrs__sqlite_prepare_file(const char *path, const struct sqlite_system *system,
                                           struct cqrs_arena *arena, struct cqrs_error *err);

/* ---- schema.c ---- */

#define SQLITE_STORE_APPLICATION_ID 0x63717273 /* "cqrs" */

/* steps[n] is the SQL that makes version n + 1 of version n. */
struct sqlite_schema {
	const char *const *steps;
	size_t count;
};
const struct sqlite_schema *cqrs__sqlite_schema(void);

/*
 * See that the file is empty, or ours.
 * Errors: CQRS_ERR_INVALID, another program's; CQRS_ERR_UNSUPPORTED, of a newer version.
 */
enum cqrs_status cqrs__sqlite_check_file(struct sqlite_connection *connection,
                                         const struct sqlite_schema *schema, bool *out_newest,
                                         struct cqrs_error *err);
/* The same under the write lock, and bring it up to the newest version. */
enum cqrs_status cqrs__sqlite_migrate(struct sqlite_connection *connection,
                                      const struct sqlite_schema *schema, struct cqrs_error *err);

/* ---- transaction.c ---- */

/*
 * Run body in a write transaction and commit it; the caller holds write_lock. When body fails
 * all is rolled back. Errors: what body says; CQRS_ERR_UNAVAILABLE; CQRS_ERR_UNKNOWN, it may
 * come to light later that it was stored.
 *
 * out_began is set once the lock was had (may be NULL).
 */
enum cqrs_status cqrs__sqlite_write(struct sqlite_store *store,
                                    enum cqrs_status (*body)(struct sqlite_store *store, void *self,
                                                             struct cqrs_error *err),
                                    void *self, bool *out_began, struct cqrs_error *err);

/* Commit something that changes nothing, outside of a transaction. */
enum cqrs_status cqrs__sqlite_fence(struct sqlite_store *store, struct cqrs_error *err);

/* ---- log.c ---- */

/* Gather what the writer's COMMITs write. Ends when the writer is closed, then drop. */
enum cqrs_status cqrs__sqlite_take_log(struct sqlite_store *store, struct cqrs_error *err);
void cqrs__sqlite_drop_log(struct sqlite_store *store);
/* A COMMIT begins, or is over. */
void cqrs__sqlite_gather_log(struct sqlite_store *store, bool gathering);

/* ---- checkpoint.c ---- */

/* Count the log's pages from now on, and copy it back when there are so many. */
void cqrs__sqlite_watch_log(struct sqlite_store *store, uint64_t checkpoint_pages);
/* Copy the log back if it is long enough, then release write_lock. */
void cqrs__sqlite_end_write(struct sqlite_store *store);

/* ---- news.c ---- */

void cqrs__sqlite_announce(struct sqlite_store *store, uint64_t head);

/* ---- delete.c ---- */

/* Take the steps of deletions that were cut short. */
enum cqrs_status cqrs__sqlite_finish_erasing(struct sqlite_store *store, struct cqrs_error *err);

/* ---- backend.c ---- */

/* cqrs_sqlite()->open with another operating system. */
enum cqrs_status cqrs__sqlite_open(const char *url, const struct cqrs_environment *environment,
                                   const struct sqlite_system *system,
                                   struct cqrs_store_instance *out_instance,
                                   struct cqrs_error *err);
const struct sqlite_system *cqrs__sqlite_system(void);

/* ---- what the table of functions holds; see backend.h ---- */

void cqrs__sqlite_commit(void *self, struct cqrs_commit *const *commits, size_t count);
enum cqrs_status cqrs__sqlite_read_stream(void *self, const struct cqrs_stream *stream,
                                          uint64_t after_sequence, size_t max_count,
                                          struct cqrs_arena *arena,
                                          struct cqrs_event_page *out_page, struct cqrs_error *err);
enum cqrs_status cqrs__sqlite_read_head(void *self, const struct cqrs_stream *stream,
                                        uint64_t *out_sequence, struct cqrs_error *err);
enum cqrs_status cqrs__sqlite_list_streams(void *self, const char *type, const char *after_id,
                                           size_t max_count, struct cqrs_arena *arena,
                                           struct cqrs_stream_page *out_page,
                                           struct cqrs_error *err);
enum cqrs_status cqrs__sqlite_read_feed(void *self, uint64_t feed, uint64_t after_offset,
                                        size_t max_count, struct cqrs_arena *arena,
                                        struct cqrs_event_page *out_page, struct cqrs_error *err);
enum cqrs_status cqrs__sqlite_read_feed_head(void *self, uint64_t feed, uint64_t *out_offset,
                                             struct cqrs_error *err);
enum cqrs_status cqrs__sqlite_wait(void *self, uint64_t feed, uint64_t after_offset,
                                   uint64_t timeout_ms, struct cqrs_error *err);
enum cqrs_status cqrs__sqlite_delete_stream(void *self, const struct cqrs_stream *stream,
                                            uint64_t expected_sequence, struct cqrs_error *err);
enum cqrs_status
cqrs__sqlite_load_snapshot(void *self, const struct cqrs_stream *stream, struct cqrs_arena *arena,
                           struct cqrs_snapshot *out_snapshot, struct cqrs_error *err);
enum cqrs_status cqrs__sqlite_load_view(void *self, const char *type, const char *id,
                                        struct cqrs_arena *arena, struct cqrs_stored_view *out_view,
                                        struct cqrs_error *err);
enum cqrs_status cqrs__sqlite_list_views(void *self, const char *type, const char *after_id,
                                         size_t max_count, struct cqrs_arena *arena,
                                         struct cqrs_view_page *out_page, struct cqrs_error *err);
enum cqrs_status cqrs__sqlite_list_entries(void *self, const char *type, const char *id,
                                           const struct cqrs_entry_position *after,
                                           size_t max_count, struct cqrs_arena *arena,
                                           struct cqrs_entry_page *out_page,
                                           struct cqrs_error *err);
enum cqrs_status cqrs__sqlite_load_checkpoint(void *self, const char *projection, uint64_t feed,
                                              uint64_t *out_offset, struct cqrs_error *err);
enum cqrs_status cqrs__sqlite_load_key(void *self, const struct cqrs_stream *stream,
                                       const char *key, struct cqrs_key_record *out_record,
                                       struct cqrs_error *err);
enum cqrs_status cqrs__sqlite_purge_keys(void *self, int64_t before_us, uint64_t *out_count,
                                         struct cqrs_error *err);

#endif
