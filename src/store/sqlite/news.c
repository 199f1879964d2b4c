/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * news.c - waiting for events. A commit of this handle wakes who waits. What other handles
 * and processes commit is looked for by one of those who wait, on a connection of its own:
 * PRAGMA data_version, which costs some microseconds, at growing intervals.
 */
#include "store/sqlite/sqlite_store.h"

#include <time.h>

#define FIRST_INTERVAL_US 500
#define LAST_INTERVAL_US 4000
#define MAX_TIMEOUT_MS (UINT64_C(1) << 40) /* some decades */

void cqrs__sqlite_announce(struct sqlite_store *store, uint64_t head)
{
	pthread_mutex_lock(&store->news_lock);
	if (head > store->known_head) {
		store->known_head = head;
		pthread_cond_broadcast(&store->news_arrived);
	}
	pthread_mutex_unlock(&store->news_lock);
}

/* Look whether another connection has committed. The caller has set being_watched. */
static enum cqrs_status look(struct sqlite_store *store, struct cqrs_error *err)
{
	int64_t version = 0;
	uint64_t head = 0;
	enum cqrs_status status = CQRS_OK;

	if (!store->watcher)
		status = cqrs__sqlite_connect(store, SQLITE_READS, &store->watcher, err);
	/* The version first: what is committed between the two is seen by the next look. */
	if (status == CQRS_OK)
		status = cqrs__sqlite_read_number(store->watcher, STATEMENT_DATA_VERSION, &version,
		                                  err);
	if (status != CQRS_OK || version == store->watched_version)
		return status;
	status = cqrs__sqlite_find_feed_head(store->watcher, &head, err);
	if (status == CQRS_OK) {
		store->watched_version = version;
		cqrs__sqlite_announce(store, head);
	}
	return status;
}

/* Sleep until news arrive or the time comes. The lock is held. */
static void sleep_until(struct sqlite_store *store, uint64_t time_us)
{
	struct timespec time = {
		.tv_sec = (time_t)(time_us / 1000000),
		.tv_nsec = (long)(time_us % 1000000) * 1000,
	};

	pthread_cond_timedwait(&store->news_arrived, &store->news_lock, &time);
}

struct vigil {
	uint64_t after_offset;
	uint64_t deadline_us;
	uint64_t interval_us;
	bool watching; /* this thread is the one that looks */
	bool over;
};

/* Once around: look, or leave that to who does; then sleep. The lock is held. */
static enum cqrs_status keep_vigil(struct sqlite_store *store, struct vigil *vigil,
                                   struct cqrs_error *err)
{
	uint64_t now_us, wake_us = vigil->deadline_us;
	enum cqrs_status status = CQRS_OK;

	if (!store->being_watched)
		store->being_watched = vigil->watching = true;
	if (vigil->watching) {
		pthread_mutex_unlock(&store->news_lock);
		status = look(store, err);
		pthread_mutex_lock(&store->news_lock);
	}
	if (status != CQRS_OK || store->known_head > vigil->after_offset)
		return status;
	now_us = cqrs__sqlite_monotonic_us();
	if (now_us >= vigil->deadline_us) {
		vigil->over = true;
		return CQRS_OK;
	}
	if (vigil->watching && now_us + vigil->interval_us < wake_us)
		wake_us = now_us + vigil->interval_us;
	if (vigil->interval_us < LAST_INTERVAL_US)
		vigil->interval_us *= 2;
	sleep_until(store, wake_us);
	return CQRS_OK;
}

enum cqrs_status cqrs__sqlite_wait(void *self, uint64_t feed, uint64_t after_offset,
                                   uint64_t timeout_ms, struct cqrs_error *err)
{
	struct sqlite_store *store = self;
	struct vigil vigil = { .after_offset = after_offset, .interval_us = FIRST_INTERVAL_US };
	enum cqrs_status status = cqrs__sqlite_check_owner(store, err);

	(void)feed; /* there is one */
	if (status != CQRS_OK)
		return status;
	if (timeout_ms > MAX_TIMEOUT_MS)
		timeout_ms = MAX_TIMEOUT_MS;
	vigil.deadline_us = cqrs__sqlite_monotonic_us() + timeout_ms * 1000;
	pthread_mutex_lock(&store->news_lock);
	while (status == CQRS_OK && store->known_head <= after_offset && !vigil.over)
		status = keep_vigil(store, &vigil, err);
	if (vigil.watching) {
		store->being_watched = false;
		pthread_cond_signal(&store->news_arrived); /* for the next to look */
	}
	pthread_mutex_unlock(&store->news_lock);
	if (status == CQRS_OK && vigil.over)
		status = cqrs_error_set(
			err, CQRS_ERR_TIMEOUT, "no event behind %llu within %llu ms",
			(unsigned long long)after_offset, (unsigned long long)timeout_ms);
	return status;
}
