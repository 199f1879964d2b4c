/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * map.c - a hash map whose nodes are members of what they find, so that adding one never
 * fails once there is room in the table of buckets. It doubles once half as many nodes are
 * there, so that few stand behind another: each that does is memory that no cache has. It
 * costs one move of each node for each added, taken over its life. Telling equal hashes
 * apart is the caller's.
 */
#include "store/memory/memory.h"

#include <string.h>

#define FIRST_CAPACITY 64u

static size_t bucket_of(const struct memory_map *map, uint64_t hash)
{
	uint64_t mixed = hash * map->multiplier;

	/* The top bits: with a secret multiplier they are the unpredictable ones. */
	return (size_t)((mixed >> 32) * (uint64_t)map->capacity >> 32);
}

static void rehash(struct memory_map *map, struct memory_node **buckets, size_t capacity)
{
	struct memory_map larger = { buckets, capacity, 0, map->multiplier };

	for (size_t i = 0; i < map->capacity; i++) {
		struct memory_node *node = map->buckets[i];

		while (node) {
			struct memory_node *next = node->next;

			cqrs__memory_map_add(&larger, node);
			node = next;
		}
	}
	*map = larger;
}

bool cqrs__memory_map_reserve(const struct cqrs_allocator *allocator, struct memory_map *map,
                              size_t more)
{
	size_t capacity = map->capacity ? map->capacity : FIRST_CAPACITY;
	size_t wanted = 2 * (map->count + more);
	struct memory_node **old = map->buckets;
	struct memory_node **buckets;

	if (wanted <= map->capacity)
		return true;
	while (capacity < wanted)
		capacity *= 2;
	buckets = allocator->allocate(allocator->self, capacity * sizeof(struct memory_node *));
	if (!buckets)
		return false;
	memset(buckets, 0, capacity * sizeof(struct memory_node *));
	rehash(map, buckets, capacity);
	allocator->release(allocator->self, old);
	return true;
}

void cqrs__memory_map_add(struct memory_map *map, struct memory_node *node)
{
	struct memory_node **bucket = &map->buckets[bucket_of(map, node->hash)];

	node->next = *bucket;
	*bucket = node;
	map->count++;
}

void cqrs__memory_map_remove(struct memory_map *map, struct memory_node *node)
{
	struct memory_node **link = &map->buckets[bucket_of(map, node->hash)];

	while (*link != node)
		link = &(*link)->next;
	*link = node->next;
	map->count--;
}

struct memory_node *cqrs__memory_map_first(const struct memory_map *map, uint64_t hash)
{
	return map->capacity ? map->buckets[bucket_of(map, hash)] : NULL;
}

void cqrs__memory_map_deinit(struct memory_map *map, const struct cqrs_allocator *allocator,
                             void (*free_node)(const struct cqrs_allocator *allocator,
                                               struct memory_node *node))
{
	for (size_t i = 0; i < map->capacity; i++) {
		struct memory_node *node = map->buckets[i];

		while (node) {
			struct memory_node *next = node->next;

			free_node(allocator, node);
			node = next;
		}
	}
	allocator->release(allocator->self, map->buckets);
}
