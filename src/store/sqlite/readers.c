/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * readers.c - the pool of connections that read. One is taken for a page and comes back
 * when its statement has ended: nothing of the caller's runs meanwhile, so that no reader
 * holds on to the log for long.
 */
#include "store/sqlite/sqlite_page.h"

static enum cqrs_status open_reader(struct sqlite_store *store,
                                    struct sqlite_connection **out_reader, struct cqrs_error *err)
{
	struct sqlite_connection *reader = NULL;
	enum cqrs_status status = cqrs__sqlite_connect(store, SQLITE_READS, &reader, err);

	if (status != CQRS_OK)
		return status;
	status = cqrs__sqlite_add_take_row(reader, err);
	if (status != CQRS_OK)
		cqrs__sqlite_disconnect(reader);
	else
		*out_reader = reader;
	return status;
}

enum cqrs_status cqrs__sqlite_take_reader(struct sqlite_store *store,
                                          struct sqlite_connection **out_reader,
                                          struct cqrs_error *err)
{
	enum cqrs_status status = cqrs__sqlite_check_owner(store, err);
	struct sqlite_connection *reader = NULL;

	if (status != CQRS_OK)
		return status;
	pthread_mutex_lock(&store->pool_lock);
	while (store->readers_barred ||
	       (!store->idle_readers && store->open_readers == store->max_readers))
		pthread_cond_wait(&store->reader_returned, &store->pool_lock);
	store->taken_readers++;
	reader = store->idle_readers;
	if (reader)
		store->idle_readers = reader->next;
	else
		store->open_readers++;
	pthread_mutex_unlock(&store->pool_lock);
	if (!reader)
		status = open_reader(store, &reader, err);
	if (status != CQRS_OK) {
		pthread_mutex_lock(&store->pool_lock);
		store->open_readers--;
		store->taken_readers--;
		pthread_cond_broadcast(&store->reader_returned);
		pthread_mutex_unlock(&store->pool_lock);
		return status;
	}
	*out_reader = reader;
	return CQRS_OK;
}

void cqrs__sqlite_return_reader(struct sqlite_store *store, struct sqlite_connection *reader)
{
	pthread_mutex_lock(&store->pool_lock);
	reader->next = store->idle_readers;
	store->idle_readers = reader;
	store->taken_readers--;
	if (store->readers_barred) /* one of those who wait is the one who bars */
		pthread_cond_broadcast(&store->reader_returned);
	else
		pthread_cond_signal(&store->reader_returned);
	pthread_mutex_unlock(&store->pool_lock);
}

void cqrs__sqlite_bar_readers(struct sqlite_store *store, bool barred)
{
	pthread_mutex_lock(&store->pool_lock);
	store->readers_barred = barred;
	while (barred && store->taken_readers)
		pthread_cond_wait(&store->reader_returned, &store->pool_lock);
	if (!barred)
		pthread_cond_broadcast(&store->reader_returned);
	pthread_mutex_unlock(&store->pool_lock);
}

void cqrs__sqlite_close_readers(struct sqlite_store *store)
{
	while (store->idle_readers) {
		struct sqlite_connection *reader = store->idle_readers;

		store->idle_readers = reader->next;
		cqrs__sqlite_disconnect(reader);
	}
}
