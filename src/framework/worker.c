/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* worker.c - the pool of workers. */
#include "framework/worker.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

void cqrs__worker_pool_init(struct cqrs__worker_pool *pool,
                            const struct cqrs_environment *environment)
{
	pool->environment = environment;
	for (size_t i = 0; i < CQRS__WORKER_SHARDS; i++)
		atomic_init(&pool->shards[i].workers, NULL);
	cqrs__lineage_init(&pool->lineage);
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
		struct cqrs__worker *worker = atomic_load(&pool->shards[i].workers);

		while (worker) {
			struct cqrs__worker *next = worker->next;

			free_worker(pool->environment, worker);
			worker = next;
		}
	}
	cqrs__lineage_deinit(&pool->lineage);
}

/* A thread as a number that is not 0. */
static uint64_t own_number(void)
{
	pthread_t self = pthread_self();
	uint64_t bits = 0;

	/* Where pthread_t is no number, its bytes are taken. */
	static_assert(sizeof(self) <= sizeof(bits), "a thread's name fits into a word");
	memcpy(&bits, &self, sizeof(self));
	return bits + 1;
}

static struct cqrs__worker_shard *shard_of(struct cqrs__worker_pool *pool, uint64_t thread)
{
	return &pool->shards[(thread * UINT64_C(0x9e3779b97f4a7c15)) >> 60];
}

static struct cqrs__worker *add_worker(struct cqrs__worker_pool *pool,
                                       struct cqrs__worker_shard *shard, uint64_t thread)
{
	const struct cqrs_environment *environment = pool->environment;
	struct cqrs__worker *worker = cqrs__allocate_zeroed(environment, 1, sizeof(*worker));

	if (!worker)
		return NULL;
	cqrs__arena_init(&worker->arena, environment->allocator, CQRS__ARENA_FIRST_BLOCK);
	cqrs__arena_init(&worker->scratch, environment->allocator, CQRS__ARENA_FIRST_BLOCK);
	atomic_init(&worker->owner, thread);
	worker->next = atomic_load(&shard->workers);
	while (!atomic_compare_exchange_weak(&shard->workers, &worker->next, worker)) {
	}
	return worker;
}

/* Take a worker of the shard that nobody has, or NULL. */
static struct cqrs__worker *find_worker(struct cqrs__worker_shard *shard, uint64_t thread)
{
	struct cqrs__worker *worker = atomic_load_explicit(&shard->workers, memory_order_acquire);

	for (; worker; worker = worker->next) {
		uint64_t nobody = 0;

		if (atomic_load_explicit(&worker->owner, memory_order_relaxed) == 0 &&
		    atomic_compare_exchange_strong_explicit(&worker->owner, &nobody, thread,
		                                            memory_order_acquire,
		                                            memory_order_relaxed))
			return worker;
	}
	return NULL;
}

static bool is_executing(struct cqrs__worker_shard *shard, uint64_t thread)
{
	struct cqrs__worker *worker = atomic_load_explicit(&shard->workers, memory_order_acquire);

	/* What a thread has, it took itself, so it sees what it wrote there. */
	for (; worker; worker = worker->next)
		if (atomic_load_explicit(&worker->owner, memory_order_relaxed) == thread &&
		    worker->executes)
			return true;
	return false;
}

enum cqrs_status cqrs__worker_take(struct cqrs__worker_pool *pool, bool executes,
                                   struct cqrs__worker **out_worker, struct cqrs_error *err)
{
	uint64_t thread = own_number();
	struct cqrs__worker_shard *shard = shard_of(pool, thread);
	struct cqrs__worker *worker;

	if (executes && is_executing(shard, thread))
		return cqrs_error_set(err, CQRS_ERR_INVALID,
		                      "a handler, view or query may not change anything "
		                      "through the framework that called it");
	worker = find_worker(shard, thread);
	if (!worker)
		worker = add_worker(pool, shard, thread);
	if (!worker)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a call");
	worker->executes = executes;
	if (executes)
		cqrs__id_source_ready(&worker->ids, cqrs__lineage_generation(&pool->lineage),
		                      pool->environment);
	*out_worker = worker;
	return CQRS_OK;
}

void cqrs__worker_give_back(struct cqrs__worker *worker)
{
	cqrs_arena_reset(&worker->arena);
	cqrs_arena_reset(&worker->scratch);
	atomic_store_explicit(&worker->owner, 0, memory_order_release);
}
