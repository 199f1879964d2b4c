/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * cache.h - the aggregates a framework keeps in memory, and the turns that commands on
 * one stream take.
 *
 * A turn is not a mutex: whoever has it works on the entry with no lock held. It is passed
 * on first come first served. Who waits may offer what it wants to execute; whoever gets the
 * turn may adopt the offers next in the queue and execute them in that order with its own,
 * so that they share a commit. An entry stays as long as someone has or awaits its turn;
 * after that it is kept until the cache is over its bounds and its number comes up: entries
 * queue in the order they came, and one that was used since it joined goes to the end again
 * (a clock). So a use writes to the entry alone, and not to its neighbours in a list.
 */
#ifndef CQRS_SRC_FRAMEWORK_CACHE_H
#define CQRS_SRC_FRAMEWORK_CACHE_H

#include "domain/model.h"
#include "framework/state.h"
#include "query/fold.h"

#include <pthread.h>
#include <stdatomic.h>

struct cqrs__execution;
struct cqrs__unit;
struct cqrs__waiter;

/* Whose turn it is, in one word. */
enum cqrs__turn_state {
	CQRS__TURN_FREE,
	CQRS__TURN_TAKEN,
	CQRS__TURN_AWAITED, /* taken; whoever passes it on asks for those who wait */
};

struct cqrs__entry {
	/* Guarded by the shard's lock. */
	struct cqrs__entry *next; /* in its bucket */
	uint64_t hash;
	struct cqrs__entry *newer; /* in the queue */
	_Atomic uint8_t turn;      /* changed with the lock held, but from TAKEN to FREE */
	bool used;                 /* since it joined the queue */
	struct cqrs__waiter *first_waiter;
	struct cqrs__waiter *last_waiter;
	struct cqrs__waiter *adopted; /* let go when the turn is passed on */
	size_t size; /* as counted by the cache; read by whoever has the turn, too */

	/* For whoever has the turn. */
	struct cqrs__state state;
	uint64_t place; /* where the store last found the stream; see struct cqrs_append */
	bool loaded;    /* state is that of the stream, as far as known */
	bool fresh;     /* and was read or confirmed during this turn */
	bool broken;    /* it holds events that will not be committed: not to be decided upon */
	const struct cqrs__unit *unit; /* that is being built and has this stream already */
	struct cqrs__unit *after;      /* the last of this round that writes to the stream */
	struct cqrs__held_view *views; /* as many as the aggregate has */
	char id[];
};

#define CQRS__CACHE_SHARDS 16

struct cqrs__cache_shard {
	pthread_mutex_t lock; /* guards the shard and the marked members of its entries */
	struct cqrs__entry **buckets;
	size_t bucket_count; /* a power of two */
	size_t count;
	struct cqrs__entry *newest; /* the end of the queue */
	struct cqrs__entry *oldest; /* its beginning; NULL: it is empty */
	char padding[128];          /* keeps the next shard's lock out of this one's cache line */
};

struct cqrs__cache {
	const struct cqrs_environment *environment;
	struct cqrs__cache_shard shards[CQRS__CACHE_SHARDS];
	size_t shard_count;   /* a power of two */
	_Atomic size_t count; /* of all shards; whichever finds it too large gives way */
	_Atomic size_t size;
	size_t max_count;
	size_t max_size;
	uint8_t key[16]; /* of its hash, so that nobody can aim at one bucket */
};

/* max_count 0: entries are dropped when their turn is free. */
enum cqrs_status cqrs__cache_init(struct cqrs__cache *cache,
                                  const struct cqrs_environment *environment, uint64_t max_count,
                                  uint64_t max_size, struct cqrs_error *err);
void cqrs__cache_deinit(struct cqrs__cache *cache);

/* A stream, and what it is found by. Turns are taken in the order of the hashes; see execute.c. */
struct cqrs__turn_key {
	uint64_t hash;
	const struct cqrs__aggregate_model *aggregate;
	const char *id;
};

struct cqrs__turn_key cqrs__turn_key(const struct cqrs__cache *cache,
                                     const struct cqrs__aggregate_model *aggregate, const char *id);

/* What came of asking for a turn. */
struct cqrs__turn {
	struct cqrs__entry *entry; /* NULL: another thread executed what was offered */
	size_t offers;             /* how many in a row may be adopted */
};

/*
 * Wait for the turn on a stream. offered: what another thread may execute meanwhile; NULL:
 * nothing. Errors: CQRS_ERR_NOMEM.
 */
enum cqrs_status cqrs__turn_take(struct cqrs__cache *cache, const struct cqrs__turn_key *key,
                                 struct cqrs__execution *offered, struct cqrs__turn *out_turn,
                                 struct cqrs_error *err);

/* Take over the next count offers of the queue, at most as many as there were. */
void cqrs__turn_adopt(struct cqrs__cache *cache, struct cqrs__entry *entry, size_t count,
                      struct cqrs__execution **out_offers);

/* Pass the turn on, or keep or drop the entry; those whose offers were adopted are done. */
void cqrs__turn_pass(struct cqrs__cache *cache, struct cqrs__entry *entry);

#endif
