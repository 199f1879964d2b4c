/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * front.h - the inside of a store's front, shared by the files of this folder.
 *
 * The front stands between callers (store.h) and a backend (backend.h): store.c opens and
 * closes, text.c and check.c judge arguments, duplicates.c finds what a commit names
 * twice, read.c passes reads on, commit.c and group.c lead commits to the backend. It
 * keeps nothing of its own but the queue of group commit, and knows no database.
 */
#ifndef CQRS_STORE_FRONT_H
#define CQRS_STORE_FRONT_H

#include <cqrs/backend.h>

#include <pthread.h>

/* What one call of the backend is given by group commit, unless a single commit is larger. */
#define CQRS__GROUP_COMMITS 1024u
#define CQRS__GROUP_SIZE (8u << 20) /* bytes, as in cqrs_store_limits.commit_size */

/* What a call that waits is told, once. */
enum cqrs__group_news {
	CQRS__GROUP_NO_NEWS,
	CQRS__GROUP_LEADS, /* it is first now, and works itself */
	CQRS__GROUP_DONE,
};

/* A thread that commits; lives on its stack until its commits are done. */
struct cqrs__group_call {
	struct cqrs_commit *const *commits;
	size_t count;
	size_t taken; /* commits[0] to commits[taken - 1] were given to the backend */
	struct cqrs__group_call *next;
	/* Of one that waits. */
	pthread_mutex_t lock; /* guards news */
	pthread_cond_t wake;
	enum cqrs__group_news news;
};

struct cqrs__group {
	pthread_mutex_t lock;           /* guards the queue and the next of its calls */
	struct cqrs__group_call *first; /* the leader's, while there is a leader */
	struct cqrs__group_call *last;
	struct cqrs_commit *
		*batch; /* the leader's; CQRS__GROUP_COMMITS long; NULL: no group commit */
};

struct cqrs_store {
	struct cqrs_store_ops ops; /* a copy: NULL where an older backend has no member */
	void *self;
	struct cqrs_store_limits limits; /* complete */
	uint64_t feed_count;
	struct cqrs_environment environment; /* complete; the backend has a pointer to it */
	uint8_t hash_key[16];                /* of the sets in duplicates.c */
	struct cqrs__group group;
};

/* Where in the arguments of a call a name or number stands, for messages:
 * "appends[2].events[0].type" is { "appends", 2, "events", 0 } and the member "type". */
struct cqrs__place {
	const char *list; /* NULL: the member is an argument of its own */
	size_t index;
	const char *sublist; /* NULL: none */
	size_t subindex;
};

/** "member why", with CQRS_ERR_INVALID. */
enum cqrs_status cqrs__refuse(const struct cqrs__place *at, const char *member, const char *why,
                              struct cqrs_error *err);

/** "member is above limit unit", with CQRS_ERR_LIMIT. */
enum cqrs_status cqrs__refuse_limit(const struct cqrs__place *at, const char *member,
                                    uint64_t limit, const char *unit, struct cqrs_error *err);

/** A type, version or projection: 1 to max_len bytes of UTF-8 without control characters. */
enum cqrs_status cqrs__check_name(const char *text, size_t max_len, const struct cqrs__place *at,
                                  const char *member, struct cqrs_error *err);

/** An id or key: 1 to max_len bytes of UTF-8. */
enum cqrs_status cqrs__check_id(const char *text, size_t max_len, const struct cqrs__place *at,
                                const char *member, struct cqrs_error *err);

enum cqrs_status cqrs__check_stream(const struct cqrs_store *store,
                                    const struct cqrs_stream *stream, const struct cqrs__place *at,
                                    struct cqrs_error *err);

/** All of one commit's rules, but for those of after; names false: nor those of names. */
enum cqrs_status cqrs__check_commit(const struct cqrs_store *store,
                                    const struct cqrs_commit *commit, bool names,
                                    struct cqrs_error *err);

/**
 * cqrs_store_commit_batch() for a caller that is part of the library and has checked every
 * name, id and key of its commits as this front would, when they came in: they are not
 * checked twice.
 */
void cqrs__store_commit_checked(struct cqrs_store *store, struct cqrs_commit *const *commits,
                                size_t count);

/** Whether anything is named twice in a commit whose parts are well formed one by one. */
enum cqrs_status cqrs__check_duplicates(const struct cqrs_store *store,
                                        const struct cqrs_commit *commit, struct cqrs_error *err);

/** Bytes of a commit, as counted against commit_size. */
uint64_t cqrs__commit_size(const struct cqrs_commit *commit);

enum cqrs_status cqrs__group_init(struct cqrs__group *group, const struct cqrs_store *store,
                                  struct cqrs_error *err);
void cqrs__group_deinit(struct cqrs__group *group, const struct cqrs_store *store);

/** Tell the backend that an append to the stream at a place may follow soon. */
static inline void cqrs__store_prefetch(const struct cqrs_store *store, uint64_t place)
{
	if (place && store->ops.prefetch)
		store->ops.prefetch(store->self, place);
}

/** Have the commits whose status is CQRS_OK stored, together with those of other threads. */
void cqrs__group_commit(struct cqrs_store *store, struct cqrs_commit *const *commits, size_t count);

#endif
