/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* worker.c - the pool of workers. */
#include "framework/worker.h"

#include <string.h>

enum cqrs_status cqrs__worker_pool_init(struct cqrs__worker_pool *pool,
                                        const struct cqrs_environment *environment,
                                        struct cqrs_error *err)
{
	*pool = (struct cqrs__worker_pool){ .environment = environment };
	for (size_t i = 0; i < CQRS__WORKER_SHARDS; i++) {
		if (pthread_mutex_init(&pool->shards[i].lock, NULL) != 0) {
			while (i--)
				pthread_mutex_destroy(&pool->shards[i].lock);
			return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a lock");
		}
	}
	cqrs__lineage_init(&pool->lineage);
	return CQRS_OK;
}

static void free_worker(const struct cqrs_environment *environment, struct cqrs__worker *worker)
{
	cqrs__arena_deinit(&worker->arena);
	cqrs__arena_deinit(&worker->scratch);
	cqrs__release(environment, worker);
}

void cqrs__worker_pool_deinit(struct cqrs__worker_pool *pool)
{
	for (size_t i = 0; i < CQRS__WORKER_SHARDS; i++) {
		struct cqrs__worker *worker = pool->shards[i].free;

		while (worker) {
			struct cqrs__worker *next = worker->next;

			free_worker(pool->environment, worker);
			worker = next;
		}
		pthread_mutex_destroy(&pool->shards[i].lock);
	}
	cqrs__lineage_deinit(&pool->lineage);
}

static struct cqrs__worker *new_worker(const struct cqrs_environment *environment)
{
	struct cqrs__worker *worker = cqrs__allocate_zeroed(environment, 1, sizeof(*worker));

	if (!worker)
		return NULL;
	cqrs__arena_init(&worker->arena, environment->allocator, CQRS__ARENA_FIRST_BLOCK);
	cqrs__arena_init(&worker->scratch, environment->allocator, CQRS__ARENA_FIRST_BLOCK);
	return worker;
}

/* A thread's shard. Where pthread_t is no number, only its bytes can be mixed. */
static struct cqrs__worker_shard *own_shard(struct cqrs__worker_pool *pool)
{
	pthread_t self = pthread_self();
	uint64_t bits = 0;

	memcpy(&bits, &self, sizeof(self) < sizeof(bits) ? sizeof(self) : sizeof(bits));
	return &pool->shards[(bits * UINT64_C(0x9e3779b97f4a7c15)) >> 60];
}

static bool is_executing(const struct cqrs__worker_shard *shard)
{
	for (const struct cqrs__worker *busy = shard->busy; busy; busy = busy->next)
		if (busy->executes && pthread_equal(busy->owner, pthread_self()))
			return true;
	return false;
}

enum cqrs_status cqrs__worker_take(struct cqrs__worker_pool *pool, bool executes,
                                   struct cqrs__worker **out_worker, struct cqrs_error *err)
{
	struct cqrs__worker_shard *shard = own_shard(pool);
	enum cqrs_status status = CQRS_OK;
	struct cqrs__worker *worker = NULL;

	pthread_mutex_lock(&shard->lock);
	if (executes && is_executing(shard)) {
		status = cqrs_error_set(err, CQRS_ERR_INVALID,
		                        "a handler, view or query may not change anything "
		                        "through the framework that called it");
	} else {
		worker = shard->free;
		if (worker)
			shard->free = worker->next;
		else
			worker = new_worker(pool->environment);
		if (worker) {
			worker->owner = pthread_self();
			worker->executes = executes;
			worker->next = shard->busy;
			shard->busy = worker;
		} else {
			status = cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a call");
		}
	}
	pthread_mutex_unlock(&shard->lock);
	if (status != CQRS_OK)
		return status;
	cqrs__id_source_ready(&worker->ids, cqrs__lineage_generation(&pool->lineage),
	                      pool->environment);
	*out_worker = worker;
	return CQRS_OK;
}

void cqrs__worker_give_back(struct cqrs__worker_pool *pool, struct cqrs__worker *worker)
{
	struct cqrs__worker_shard *shard = own_shard(pool);
	struct cqrs__worker **link = &shard->busy;

	cqrs_arena_reset(&worker->arena);
	cqrs_arena_reset(&worker->scratch);
	pthread_mutex_lock(&shard->lock);
	while (*link != worker)
		link = &(*link)->next;
	*link = worker->next;
	worker->next = shard->free;
	shard->free = worker;
	pthread_mutex_unlock(&shard->lock);
}
