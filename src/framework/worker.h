/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * worker.h - what a call needs while it runs: memory that is used again by the next call,
 * and a source of ids. Workers are kept in a pool; a thread finds its own shard of it, so
 * that threads seldom meet. A worker once made stays in its shard's list, and who has it is
 * one word: taking one and giving it back need no lock.
 */
#ifndef CQRS_SRC_FRAMEWORK_WORKER_H
#define CQRS_SRC_FRAMEWORK_WORKER_H

#include "core/arena.h"
#include "core/environment.h"
#include "core/id.h"
#include "core/lineage.h"

#include <stdatomic.h>

struct cqrs__worker {
	struct cqrs__worker *next; /* in its shard's list; set before it is put there */
	_Atomic uint64_t owner;    /* the thread that has it; 0: it is free */
	/* For whoever has it. */
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
		_Atomic(struct cqrs__worker *) workers;
		char padding[56]; /* keeps the next shard out of this one's cache line */
	} shards[CQRS__WORKER_SHARDS];
};

void cqrs__worker_pool_init(struct cqrs__worker_pool *pool,
                            const struct cqrs_environment *environment);
void cqrs__worker_pool_deinit(struct cqrs__worker_pool *pool);

/*
 * Errors: CQRS_ERR_INVALID, the calling thread is executing already and wants to again
 * (it is inside a callback); CQRS_ERR_NOMEM.
 */
enum cqrs_status cqrs__worker_take(struct cqrs__worker_pool *pool, bool executes,
                                   struct cqrs__worker **out_worker, struct cqrs_error *err);
void cqrs__worker_give_back(struct cqrs__worker *worker);

#endif
