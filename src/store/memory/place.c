/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * place.c - streams by their number in a feed, in tables that never move once they are
 * there: so a caller who tells where a stream was found spares us its name's hash, the map
 * and, while it is looked for, the lock. A table is twice as long as the one before, and the
 * bits of an index say in which it is: the first table has indices 64 to 127, the next one
 * 128 to 255, and so on.
 */
#include "store/memory/memory.h"

#include <assert.h>
#include <string.h>

#define FEED_BITS 6u /* of a place: which feed; the rest is the index */
#define FIRST_INDEX (UINT64_C(1) << MEMORY_FIRST_TABLE_BITS)
#define CACHE_LINE 64u
#define NAME_SIZE 32u /* of links, type and id behind a stream, more or less */

static_assert(CQRS_MAX_FEEDS == 1u << FEED_BITS, "a feed's number fits into a place");

/* Which table an index is in, counted from 0; index is FIRST_INDEX at least. */
static unsigned table_of(uint64_t index)
{
	return 63u - (unsigned)__builtin_clzll(index) - MEMORY_FIRST_TABLE_BITS;
}

static uint64_t first_of(unsigned table)
{
	return FIRST_INDEX << table;
}

bool cqrs__memory_place_reserve(const struct cqrs_allocator *allocator, struct memory_feed *feed)
{
	unsigned table = table_of(FIRST_INDEX + feed->place_count);
	uint64_t size = first_of(table);
	memory_place *slots;

	if (atomic_load_explicit(&feed->places[table], memory_order_relaxed))
		return true;
	slots = allocator->allocate(allocator->self, size * sizeof(*slots));
	if (!slots)
		return false;
	for (uint64_t i = 0; i < size; i++)
		atomic_init(&slots[i], NULL);
	atomic_store_explicit(&feed->places[table], slots, memory_order_release);
	return true;
}

void cqrs__memory_place_add(const struct memory_store *store, struct memory_feed *feed,
                            struct memory_stream *stream)
{
	uint64_t index = FIRST_INDEX + feed->place_count++;
	unsigned table = table_of(index);
	memory_place *slots = atomic_load_explicit(&feed->places[table], memory_order_relaxed);

	atomic_store_explicit(&slots[index - first_of(table)], stream, memory_order_release);
	stream->place = index << FEED_BITS | (uint64_t)(feed - store->feeds);
}

/* NULL: there is none. */
static struct memory_stream *at_place(const struct memory_store *store, uint64_t place)
{
	uint64_t number = place & (CQRS_MAX_FEEDS - 1);
	uint64_t index = place >> FEED_BITS;
	memory_place *slots;

	if (index < FIRST_INDEX || table_of(index) >= MEMORY_TABLES || number >= store->feed_count)
		return NULL;
	slots = atomic_load_explicit(&store->feeds[number].places[table_of(index)],
	                             memory_order_acquire);
	if (!slots)
		return NULL;
	return atomic_load_explicit(&slots[index - first_of(table_of(index))],
	                            memory_order_acquire);
}

/* The cache lines that an append writes, and that another thread or too long ago wrote last. */
void cqrs__memory_prefetch(void *self, uint64_t place)
{
	const struct memory_store *store = self;
	const struct memory_stream *stream = at_place(store, place);
	const struct memory_feed *feed;

	if (!stream)
		return;
	feed = &store->feeds[place & (CQRS_MAX_FEEDS - 1)];
	for (size_t i = 0; i < sizeof(*stream) + NAME_SIZE; i += CACHE_LINE)
		__builtin_prefetch((const char *)stream + i, 1);
	__builtin_prefetch(&feed->shard.lock, 1);
	__builtin_prefetch(&feed->head, 1);
}

struct memory_stream *cqrs__memory_place_find(const struct memory_store *store, uint64_t place,
                                              const struct cqrs_stream *name)
{
	struct memory_stream *stream = at_place(store, place);

	if (!stream || strcmp(stream->name.id, name->id) != 0 ||
	    strcmp(stream->name.type, name->type) != 0)
		return NULL;
	return stream;
}

void cqrs__memory_places_deinit(struct memory_feed *feed, const struct cqrs_allocator *allocator)
{
	for (unsigned table = 0; table < MEMORY_TABLES; table++)
		allocator->release(allocator->self, atomic_load(&feed->places[table]));
}
