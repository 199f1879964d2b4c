/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * hooked_store.h - a backend around a store: it counts calls, fails the nth, loses the
 * replies of commits, and lets a test act before and after each operation.
 *
 * The store that it makes forwards everything to the inner one through the public API. The
 * members may be set at any time between calls; those that count are safe from any thread.
 */
#ifndef CQRS_TESTS_HOOKED_STORE_H
#define CQRS_TESTS_HOOKED_STORE_H

#include "testing/faults/relay.h"

#include <stdatomic.h>

enum hooked_operation {
	HOOKED_COMMIT = CQRS__RELAY_COMMIT,
	HOOKED_READ_STREAM = CQRS__RELAY_READ_STREAM,
	HOOKED_READ_HEAD = CQRS__RELAY_READ_HEAD,
	HOOKED_LIST_STREAMS = CQRS__RELAY_LIST_STREAMS,
	HOOKED_READ_FEED = CQRS__RELAY_READ_FEED,
	HOOKED_READ_FEED_HEAD = CQRS__RELAY_READ_FEED_HEAD,
	HOOKED_WAIT = CQRS__RELAY_WAIT,
	HOOKED_DELETE_STREAM = CQRS__RELAY_DELETE_STREAM,
	HOOKED_LOAD_SNAPSHOT = CQRS__RELAY_LOAD_SNAPSHOT,
	HOOKED_LOAD_VIEW = CQRS__RELAY_LOAD_VIEW,
	HOOKED_LIST_VIEWS = CQRS__RELAY_LIST_VIEWS,
	HOOKED_LIST_ENTRIES = CQRS__RELAY_LIST_ENTRIES,
	HOOKED_LOAD_CHECKPOINT = CQRS__RELAY_LOAD_CHECKPOINT,
	HOOKED_LOAD_KEY = CQRS__RELAY_LOAD_KEY,
	HOOKED_PURGE_KEYS = CQRS__RELAY_PURGE_KEYS,
	HOOKED_OPERATIONS = CQRS__RELAY_OPERATIONS,
};

struct hooked_store {
	struct cqrs__relay relay; /* the first: its functions get at the rest by it */
	struct cqrs_store *inner; /* borrowed; closed by the test, after the store around it */

	atomic_ulong calls[HOOKED_OPERATIONS];
	atomic_ulong commits;     /* in all calls of commit together */
	atomic_ulong events_read; /* from streams */

	/* Counts down with every call; the one that reaches 0 fails with UNAVAILABLE. 0: none does. */
	atomic_ulong fail_at;
	atomic_ulong failed; /* calls that failed so */
	/* How many of the next calls of any operation fail with UNAVAILABLE. */
	atomic_ulong out_of_reach;
	/* How many of the next calls of commit store their commits and answer UNKNOWN, ... */
	atomic_ulong lose_replies;
	/* ... and how many store nothing and answer UNKNOWN. */
	atomic_ulong drop_commits;

	/* Either may be NULL. They may use the inner store. */
	void (*before)(struct hooked_store *hooks, enum hooked_operation operation, void *self);
	void (*after)(struct hooked_store *hooks, enum hooked_operation operation, void *self);
	void *self;

	struct cqrs_store_limits limits; /* read when the store is made; 0: the inner one's */
};

/* Prepare hooks around a store; nothing is hooked yet. */
void hooked_store_init(struct hooked_store *hooks, struct cqrs_store *inner);

/* Make the store around it; closing it does not close the inner one. */
enum cqrs_status hooked_store_open(struct hooked_store *hooks,
                                   const struct cqrs_environment *environment,
                                   struct cqrs_store **out_store, struct cqrs_error *err);

#endif
