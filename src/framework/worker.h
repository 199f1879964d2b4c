/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * worker.h - what a call needs while it runs: memory that is used again by the next call,
 * and a source of ids. Workers are kept in a pool; a thread finds its own shard of it, so
 * that threads seldom meet.
 */
#ifndef CQRS_SRC_FRAMEWORK_WORKER_H
#define CQRS_SRC_FRAMEWORK_WORKER_H

#include "core/arena.h"
#include "core/environment.h"
#include "core/id.h"
#include "core/lineage.h"

#include <pthread.h>

struct cqrs__worker {
	struct cqrs__worker *next; /* in the list of the free or of the busy; guarded by the lock */
	pthread_t owner;
	bool executes;             /* not only reads */
	struct cqrs_arena arena;   /* of the whole call */
	struct cqrs_arena scratch; /* of one step */
	struct cqrs__id_source ids;
};

#define CQRS__WORKER_SHARDS 16

struct cqrs__worker_pool {
	const struct cqrs_environment *environment;
	struct cqrs__lineage lineage;
	struct cqrs__worker_shard {
		pthread_mutex_t lock; /* guards the lists */
		struct cqrs__worker *free;
		struct cqrs__worker *busy;
	} shards[CQRS__WORKER_SHARDS];
};

enum cqrs_status cqrs__worker_pool_init(struct cqrs__worker_pool *pool,
                                        const struct cqrs_environment *environment,
                                        struct cqrs_error *err);
void cqrs__worker_pool_deinit(struct cqrs__worker_pool *pool);

/*
 * Errors: CQRS_ERR_INVALID, the calling thread is executing already and wants to again
 * (it is inside a callback); CQRS_ERR_NOMEM.
 */
enum cqrs_status cqrs__worker_take(struct cqrs__worker_pool *pool, bool executes,
                                   struct cqrs__worker **out_worker, struct cqrs_error *err);
void cqrs__worker_give_back(struct cqrs__worker_pool *pool, struct cqrs__worker *worker);

#endif
