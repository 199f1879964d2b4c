/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* cache.c - a hash table in shards, a queue of its entries in each, and queues for turns. */
#include "framework/cache.h"

#include "core/hash.h"
#include "core/lock.h"

#include <string.h>

#define FIRST_BUCKETS 64
#define SHARD_AT_LEAST 64 /* entries of one shard; a smaller cache has one shard only */

/* On the stack of a thread that waits for a turn. */
struct cqrs__waiter {
	struct cqrs__waiter *next;
	pthread_cond_t wake;
	struct cqrs__execution *offered;
	/* Guarded by the shard's lock. */
	bool granted;
	bool served;
};

enum cqrs_status cqrs__cache_init(struct cqrs__cache *cache,
                                  const struct cqrs_environment *environment, uint64_t max_count,
                                  uint64_t max_size, struct cqrs_error *err)
{
	*cache = (struct cqrs__cache){ .environment = environment };
	cache->shard_count =
		max_count >= (uint64_t)CQRS__CACHE_SHARDS * SHARD_AT_LEAST ? CQRS__CACHE_SHARDS : 1;
	cache->max_count = (size_t)max_count;
	cache->max_size = (size_t)max_size;
	environment->random(environment->self, cache->key, sizeof(cache->key));
	for (size_t i = 0; i < cache->shard_count; i++) {
		struct cqrs__cache_shard *shard = &cache->shards[i];

		shard->buckets = cqrs__allocate_zeroed(environment, FIRST_BUCKETS,
		                                       sizeof(struct cqrs__entry *));
		if (!shard->buckets || cqrs__short_lock_init(&shard->lock) != 0) {
			cqrs__release(environment, shard->buckets);
			cache->shard_count = i;
			cqrs__cache_deinit(cache);
			return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for the cache");
		}
		shard->bucket_count = FIRST_BUCKETS;
	}
	return CQRS_OK;
}

static void free_entry(const struct cqrs_environment *environment, struct cqrs__entry *entry)
{
	for (size_t i = 0; i < entry->state.aggregate->view_count; i++)
		cqrs__held_view_deinit(&entry->views[i]);
	cqrs__release(environment, entry->views);
	cqrs__state_deinit(&entry->state);
	cqrs__release(environment, entry);
}

void cqrs__cache_deinit(struct cqrs__cache *cache)
{
	for (size_t i = 0; i < cache->shard_count; i++) {
		struct cqrs__cache_shard *shard = &cache->shards[i];

		for (size_t j = 0; j < shard->bucket_count; j++) {
			struct cqrs__entry *entry = shard->buckets[j];

			while (entry) {
				struct cqrs__entry *next = entry->next;

				free_entry(cache->environment, entry);
				entry = next;
			}
		}
		pthread_mutex_destroy(&shard->lock);
		cqrs__release(cache->environment, shard->buckets);
	}
}

static struct cqrs__cache_shard *shard_of(struct cqrs__cache *cache, uint64_t hash)
{
	return &cache->shards[(hash >> 56) & (cache->shard_count - 1)];
}

static struct cqrs__entry **bucket_of(const struct cqrs__cache_shard *shard, uint64_t hash)
{
	return &shard->buckets[hash & (shard->bucket_count - 1)];
}

/* All of its cache lines at once: they would be missed one after the other. */
static inline void prefetch_entry(const struct cqrs__entry *entry)
{
	for (size_t i = 0; i < sizeof(*entry) + 16; i += 64)
		__builtin_prefetch((const char *)entry + i, 1);
}

static struct cqrs__entry *find_entry(struct cqrs__cache_shard *shard,
                                      const struct cqrs__turn_key *key)
{
	struct cqrs__entry *entry = *bucket_of(shard, key->hash);

	if (entry)
		prefetch_entry(entry);
	while (entry && (entry->hash != key->hash || entry->state.aggregate != key->aggregate ||
	                 strcmp(entry->id, key->id) != 0))
		entry = entry->next;
	return entry;
}

/* Half of the buckets are empty at least; without memory chains just get longer. */
static void grow_buckets(struct cqrs__cache *cache, struct cqrs__cache_shard *shard)
{
	size_t count = 2 * shard->bucket_count;
	struct cqrs__entry **buckets =
		cqrs__allocate_zeroed(cache->environment, count, sizeof(*buckets));

	if (!buckets)
		return;
	for (size_t i = 0; i < shard->bucket_count; i++) {
		struct cqrs__entry *entry = shard->buckets[i];

		while (entry) {
			struct cqrs__entry *next = entry->next;

			entry->next = buckets[entry->hash & (count - 1)];
			buckets[entry->hash & (count - 1)] = entry;
			entry = next;
		}
	}
	cqrs__release(cache->environment, shard->buckets);
	shard->buckets = buckets;
	shard->bucket_count = count;
}

static void join_queue(struct cqrs__cache_shard *shard, struct cqrs__entry *entry)
{
	entry->newer = NULL;
	*(shard->oldest ? &shard->newest->newer : &shard->oldest) = entry;
	shard->newest = entry;
}

static struct cqrs__entry *add_entry(struct cqrs__cache *cache, struct cqrs__cache_shard *shard,
                                     const struct cqrs__turn_key *key)
{
	const struct cqrs_environment *environment = cache->environment;
	const struct cqrs__aggregate_model *aggregate = key->aggregate;
	size_t len = strlen(key->id);
	struct cqrs__entry *entry = cqrs__allocate(environment, sizeof(*entry) + len + 1);

	if (!entry)
		return NULL;
	*entry = (struct cqrs__entry){ .hash = key->hash, .turn = CQRS__TURN_TAKEN };
	memcpy(entry->id, key->id, len + 1);
	if (aggregate->view_count) {
		entry->views =
			cqrs__allocate(environment, aggregate->view_count * sizeof(*entry->views));
		if (!entry->views) {
			cqrs__release(environment, entry);
			return NULL;
		}
	}
	cqrs__state_init(&entry->state, aggregate, environment->allocator);
	for (size_t i = 0; i < aggregate->view_count; i++)
		cqrs__held_view_init(&entry->views[i], aggregate->views[i], environment->allocator);
	if (2 * shard->count >= shard->bucket_count)
		grow_buckets(cache, shard);
	entry->next = *bucket_of(shard, key->hash);
	*bucket_of(shard, key->hash) = entry;
	shard->count++;
	atomic_fetch_add_explicit(&cache->count, 1, memory_order_relaxed);
	join_queue(shard, entry);
	return entry;
}

/* Take the turn if it is free; false: it is passed on to those who queue. The lock is held. */
static bool take_free(struct cqrs__entry *entry)
{
	uint8_t state = atomic_load_explicit(&entry->turn, memory_order_acquire);

	while (state == CQRS__TURN_TAKEN &&
	       !atomic_compare_exchange_weak_explicit(&entry->turn, &state, CQRS__TURN_AWAITED,
	                                              memory_order_acquire, memory_order_acquire)) {
	}
	if (state != CQRS__TURN_FREE)
		return false;
	/* Nobody else takes it: that needs the lock. */
	atomic_store_explicit(&entry->turn, CQRS__TURN_TAKEN, memory_order_relaxed);
	return true;
}

/* Wait at the end of the queue; the lock is held before and after. */
static enum cqrs_status await_turn(struct cqrs__cache_shard *shard, struct cqrs__entry *entry,
                                   struct cqrs__waiter *self, struct cqrs_error *err)
{
	if (pthread_cond_init(&self->wake, NULL) != 0)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory to wait for a turn");
	if (entry->last_waiter)
		entry->last_waiter->next = self;
	else
		entry->first_waiter = self;
	entry->last_waiter = self;
	while (!self->granted && !self->served)
		pthread_cond_wait(&self->wake, &shard->lock);
	pthread_cond_destroy(&self->wake);
	return CQRS_OK;
}

static size_t count_offers(const struct cqrs__entry *entry)
{
	size_t count = 0;

	for (const struct cqrs__waiter *waiter = entry->first_waiter; waiter && waiter->offered;
	     waiter = waiter->next)
		count++;
	return count;
}

static struct cqrs__waiter *pop_waiter(struct cqrs__entry *entry)
{
	struct cqrs__waiter *waiter = entry->first_waiter;

	if (!waiter)
		return NULL;
	entry->first_waiter = waiter->next;
	if (!entry->first_waiter)
		entry->last_waiter = NULL;
	return waiter;
}

struct cqrs__turn_key cqrs__turn_key(const struct cqrs__cache *cache,
                                     const struct cqrs__aggregate_model *aggregate, const char *id)
{
	return (struct cqrs__turn_key){
		.hash = cqrs__hash_entry(cache->key, (uintptr_t)aggregate, id),
		.aggregate = aggregate,
		.id = id,
	};
}

enum cqrs_status cqrs__turn_take(struct cqrs__cache *cache, const struct cqrs__turn_key *key,
                                 struct cqrs__execution *offered, struct cqrs__turn *out_turn,
                                 struct cqrs_error *err)
{
	struct cqrs__cache_shard *shard = shard_of(cache, key->hash);
	struct cqrs__waiter self = { .offered = offered };
	enum cqrs_status status = CQRS_OK;
	struct cqrs__entry *entry;

	*out_turn = (struct cqrs__turn){ .entry = NULL };
	pthread_mutex_lock(&shard->lock);
	entry = find_entry(shard, key);
	if (entry) {
		entry->used = true;
		if (!take_free(entry))
			status = await_turn(shard, entry, &self, err);
		if (self.granted)
			out_turn->offers = count_offers(entry);
	} else {
		entry = add_entry(cache, shard, key);
		if (!entry)
			status = cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for an aggregate");
	}
	pthread_mutex_unlock(&shard->lock);
	if (status != CQRS_OK || self.served)
		return status;
	__builtin_prefetch(entry->state.held.value); /* the handler is still a while away */
	entry->fresh = false;
	out_turn->entry = entry;
	return CQRS_OK;
}

void cqrs__turn_adopt(struct cqrs__cache *cache, struct cqrs__entry *entry, size_t count,
                      struct cqrs__execution **out_offers)
{
	struct cqrs__cache_shard *shard = shard_of(cache, entry->hash);
	struct cqrs__waiter **end = &entry->adopted;

	pthread_mutex_lock(&shard->lock);
	for (size_t i = 0; i < count; i++) {
		struct cqrs__waiter *waiter = pop_waiter(entry);

		out_offers[i] = waiter->offered;
		waiter->next = NULL;
		*end = waiter;
		end = &waiter->next;
	}
	pthread_mutex_unlock(&shard->lock);
}

/* Tell those whose offers were executed; the lock is held. */
static void release_adopted(struct cqrs__entry *entry)
{
	struct cqrs__waiter *waiter = entry->adopted;

	while (waiter) {
		struct cqrs__waiter *next = waiter->next;

		waiter->served = true;
		pthread_cond_signal(&waiter->wake);
		waiter = next;
	}
	entry->adopted = NULL;
}

static size_t entry_size(const struct cqrs__entry *entry)
{
	size_t size = sizeof(*entry) + cqrs__state_size(&entry->state);

	for (size_t i = 0; i < entry->state.aggregate->view_count; i++)
		size += sizeof(entry->views[i]) + entry->views[i].held.memory.reserved;
	return size;
}

static void remove_from_bucket(struct cqrs__cache *cache, struct cqrs__cache_shard *shard,
                               struct cqrs__entry *entry)
{
	struct cqrs__entry **link = bucket_of(shard, entry->hash);

	while (*link != entry)
		link = &(*link)->next;
	*link = entry->next;
	shard->count--;
	atomic_fetch_sub_explicit(&cache->count, 1, memory_order_relaxed);
	atomic_fetch_sub_explicit(&cache->size, entry->size, memory_order_relaxed);
}

static bool is_over_its_bounds(struct cqrs__cache *cache)
{
	return atomic_load_explicit(&cache->count, memory_order_relaxed) > cache->max_count ||
	       atomic_load_explicit(&cache->size, memory_order_relaxed) > cache->max_size;
}

/* Take the entries that are too many out of the table; they are chained by next. */
static struct cqrs__entry *evict(struct cqrs__cache *cache, struct cqrs__cache_shard *shard)
{
	struct cqrs__entry *evicted = NULL;

	/* Twice around at most: after that all that are left are taken. */
	for (size_t left = 2 * shard->count; left && is_over_its_bounds(cache); left--) {
		struct cqrs__entry *entry = shard->oldest;

		shard->oldest = entry->newer;
		if (entry->used ||
		    atomic_load_explicit(&entry->turn, memory_order_acquire) != CQRS__TURN_FREE) {
			entry->used = false;
			join_queue(shard, entry);
			continue;
		}
		remove_from_bucket(cache, shard, entry);
		entry->next = evicted;
		evicted = entry;
	}
	return evicted;
}

/*
 * Pass it on without the lock where nobody waits, nor was adopted (the turn is awaited then),
 * and the entry is as large as it was. What makes the cache larger comes the other way, and
 * gives way itself where nothing else can.
 */
static bool pass_at_once(struct cqrs__entry *entry, size_t size)
{
	uint8_t taken = CQRS__TURN_TAKEN;

	return size == entry->size &&
	       atomic_compare_exchange_strong_explicit(&entry->turn, &taken, CQRS__TURN_FREE,
	                                               memory_order_release, memory_order_relaxed);
}

void cqrs__turn_pass(struct cqrs__cache *cache, struct cqrs__entry *entry)
{
	struct cqrs__cache_shard *shard = shard_of(cache, entry->hash);
	size_t size = entry_size(entry);
	struct cqrs__entry *evicted = NULL;
	struct cqrs__waiter *waiter;

	if (pass_at_once(entry, size))
		return;
	pthread_mutex_lock(&shard->lock);
	if (size != entry->size)
		atomic_fetch_add_explicit(&cache->size, size - entry->size, memory_order_relaxed);
	entry->size = size;
	release_adopted(entry);
	waiter = pop_waiter(entry);
	if (waiter) {
		waiter->granted = true;
		pthread_cond_signal(&waiter->wake);
	} else {
		atomic_store_explicit(&entry->turn, CQRS__TURN_FREE, memory_order_release);
		evicted = evict(cache, shard);
	}
	pthread_mutex_unlock(&shard->lock);
	while (evicted) {
		struct cqrs__entry *next = evicted->next;

		free_entry(cache->environment, evicted);
		evicted = next;
	}
}
