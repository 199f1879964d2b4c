/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * checkpoint.c - when the write-ahead log is copied back into the file, and by whom.
 *
 * The writer holds the write lock (an empty transaction) while a second connection copies.
 * So no process writes, starts the log anew or checkpoints meanwhile: the WAL-reset bug of
 * SQLite 3.7.0 to 3.51.2 needs a commit that starts the log anew while a checkpoint begins.
 * Readers are not disturbed. Mode PASSIVE, since the others would want the lock themselves,
 * and fall back, unlocked, to PASSIVE when they do not get it.
 *
 * After a full copy the next commit that finds no reader in the log starts it anew. Whoever
 * began to read before the copy was full is such a reader, for as long as its page takes;
 * who begins later is not. Where there is always one, the log would grow without end. So when
 * it was copied and goes on growing, this handle's readers are kept out while it is copied
 * again and a commit that changes nothing starts it anew. Those of other processes are given some
 * milliseconds between the two, with the lock held, to leave.
 */
#include "store/sqlite/sqlite_store.h"

/* How often, and how long (at first not, then twice as long each time), to wait for readers. */
#define PATIENT_TRIES 5
#define FIRST_PATIENCE_US 1000

static int count_pages(void *self, sqlite3 *db, const char *name, int pages)
{
	struct sqlite_store *store = self;

	(void)db;
	(void)name;
	store->log_pages = (uint64_t)pages;
	return SQLITE_OK;
}

void cqrs__sqlite_watch_log(struct sqlite_store *store, uint64_t checkpoint_pages)
{
	store->checkpoint_pages = checkpoint_pages;
	store->checkpoint_at = checkpoint_pages;
	sqlite3_wal_hook(store->writer->db, count_pages, store);
}

/* A program that is done before the log is long has no need of it. */
static enum cqrs_status open_checkpointer(struct sqlite_store *store, struct cqrs_error *err)
{
	struct sqlite_connection *connection = NULL;
	int64_t version;
	enum cqrs_status status = cqrs__sqlite_connect(store, SQLITE_WRITES, &connection, err);

	if (status != CQRS_OK)
		return status;
	/* A connection that has read nothing yet does not know of the log, and copies nothing. */
	status = cqrs__sqlite_query_number(connection, "PRAGMA user_version", &version, err);
	if (status == CQRS_OK)
		store->checkpointer = connection;
	else
		cqrs__sqlite_disconnect(connection);
	return status;
}

static enum cqrs_status copy_back(struct sqlite_store *store, struct cqrs_error *err)
{
	int pages = 0, copied = 0;
	int code = sqlite3_wal_checkpoint_v2(store->checkpointer->db, "main",
	                                     SQLITE_CHECKPOINT_PASSIVE, &pages, &copied);

	/* If it is not begun anew, the next time is not at once. */
	store->checkpoint_at = store->log_pages + store->checkpoint_pages / 4;
	if (code != SQLITE_OK && code != SQLITE_BUSY)
		return cqrs__sqlite_error(store->checkpointer, code, err);
	if (pages < 0)
		return cqrs_error_set(err, CQRS_ERR_UNAVAILABLE, "'%s': the log is not in use",
		                      store->path);
	return CQRS_OK;
}

/* The body of a transaction that writes nothing: its lock is all that is wanted. */
static enum cqrs_status copy_locked(struct sqlite_store *store, void *self, struct cqrs_error *err)
{
	const uint64_t *patience_us = self;
	const struct cqrs_environment *environment = &store->environment;
	enum cqrs_status status = copy_back(store, err);

	if (status == CQRS_OK && *patience_us)
		environment->sleep_us(environment->self, *patience_us);
	return status;
}

/* Copy the log back, and see that it is begun anew, readers or not. */
static enum cqrs_status shorten(struct sqlite_store *store, struct cqrs_error *err)
{
	uint64_t patience_us = 0;
	enum cqrs_status status = CQRS_OK;

	cqrs__sqlite_bar_readers(store, true);
	for (int i = 0; i < PATIENT_TRIES && status == CQRS_OK; i++) {
		status = cqrs__sqlite_write(store, copy_locked, &patience_us, NULL, err);
		if (status == CQRS_OK)
			status = cqrs__sqlite_fence(store, err);
		if (store->log_pages < store->checkpoint_pages)
			break;
		patience_us = patience_us ? patience_us * 2 : FIRST_PATIENCE_US;
	}
	cqrs__sqlite_bar_readers(store, false);
	return status;
}

/* Copy the log back if it is long enough. */
static enum cqrs_status checkpoint(struct sqlite_store *store, struct cqrs_error *err)
{
	uint64_t patience_us = 0;
	enum cqrs_status status = CQRS_OK;
	bool began;

	if (store->log_pages < store->checkpoint_pages) /* it was begun anew */
		store->checkpoint_at = store->checkpoint_pages;
	if (store->log_pages < store->checkpoint_at)
		return CQRS_OK;
	if (!store->checkpointer)
		status = open_checkpointer(store, err);
	if (status != CQRS_OK)
		return status;
	if (store->checkpoint_at > store->checkpoint_pages) /* it was copied, but not begun anew */
		return shorten(store, err);
	/* Another process that writes now will come past here itself. */
	store->writer->impatient = true;
	status = cqrs__sqlite_write(store, copy_locked, &patience_us, &began, err);
	store->writer->impatient = false;
	return began ? status : CQRS_OK;
}

void cqrs__sqlite_end_write(struct sqlite_store *store)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	enum cqrs_status status = checkpoint(store, &err);

	pthread_mutex_unlock(&store->write_lock);
	if (status != CQRS_OK) /* what was committed is safe in the log; it only grows */
		cqrs_log(&store->environment, CQRS_LOG_ERROR, "checkpoint: %s", err.message);
}
