/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * name.c - what streams and views have in common: a type and an id by which they are found,
 * and their place in the ordered list of all of them.
 *
 * Making one only puts it on its shard's short list of new ones, which costs next to
 * nothing. It gets its place in the ordered list when somebody lists (list.c): the sorting
 * is paid by those who want the order, and by each name once.
 */
#include "store/memory/memory.h"

#include <string.h>

struct memory_name *cqrs__memory_name_find(const struct memory_shard *shard, uint64_t hash,
                                           const char *type, const char *id)
{
	struct memory_node *node = cqrs__memory_map_first(&shard->names, hash);

	for (; node; node = node->next) {
		struct memory_name *name = (struct memory_name *)node;

		if (node->hash == hash && strcmp(name->id, id) == 0 &&
		    strcmp(name->type, type) == 0)
			return name;
	}
	return NULL;
}

/* One allocation: what begins with the name, the links of its rank, its type and its id. */
static struct memory_name *name_new(struct memory_store *store, size_t size, uint64_t hash,
                                    const char *type, const char *id)
{
	const struct cqrs_allocator *allocator = store->allocator;
	size_t links = cqrs__memory_levels(hash, store->multiplier) * sizeof(void *);
	size_t type_size = strlen(type) + 1;
	size_t id_size = strlen(id) + 1;
	struct memory_name *name;
	char *rest;

	name = allocator->allocate(allocator->self, size + links + type_size + id_size);
	if (!name)
		return NULL;
	memset(name, 0, size);
	rest = (char *)name + size;
	name->node.hash = hash;
	name->rank.next = (struct memory_ranked **)(void *)rest;
	name->type = memcpy(rest + links, type, type_size);
	name->id = memcpy(rest + links + type_size, id, id_size);
	return name;
}

struct memory_name *cqrs__memory_name_new(struct memory_store *store, struct memory_shard *shard,
                                          size_t size, uint64_t hash, const char *type,
                                          const char *id)
{
	struct memory_name *name;

	if (!cqrs__memory_map_reserve(store->allocator, &shard->names, 1))
		return NULL;
	name = name_new(store, size, hash, type, id);
	if (!name)
		return NULL;
	cqrs__memory_map_add(&shard->names, &name->node);
	name->next_new = shard->new_names;
	shard->new_names = name;
	return name;
}

struct memory_name *cqrs__memory_name_take_new(struct memory_shard *shard)
{
	struct memory_name *names = shard->new_names;

	shard->new_names = NULL;
	return names;
}

/* ---- the ordered list ---- */

static struct memory_name *name_of(const struct memory_ranked *item)
{
	return item ? memory_owner(item, struct memory_name, rank) : NULL;
}

/* The key is a cqrs_stream: a type and an id. */
static int compare(const struct memory_ranked *item, const void *key)
{
	const struct memory_name *name = name_of(item);
	const struct cqrs_stream *other = key;
	int order = strcmp(name->type, other->type);

	return order ? order : strcmp(name->id, other->id);
}

void cqrs__memory_name_order(struct memory_store *store, struct memory_list *order,
                             struct memory_name *names)
{
	for (struct memory_name *name = names; name; name = name->next_new) {
		struct cqrs_stream key = { name->type, name->id };
		size_t levels = cqrs__memory_levels(name->node.hash, store->multiplier);

		cqrs__memory_order_add(order, &name->rank, levels, compare, &key);
	}
}

struct memory_name *cqrs__memory_name_behind(const struct memory_list *order, const char *type,
                                             const char *id)
{
	struct cqrs_stream key = { type, id };

	return name_of(cqrs__memory_order_behind(order, compare, &key));
}

struct memory_name *cqrs__memory_name_next(const struct memory_name *name)
{
	return name_of(name->rank.next[0]);
}
