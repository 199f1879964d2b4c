/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * order.c - an ordered list whose links are members of its items: a skip list after William
 * Pugh, "Skip Lists: A Probabilistic Alternative to Balanced Trees" (1990), with a quarter
 * of the items on each next level. Finding and adding take time by the logarithm of the
 * count, adding at the end none of it. Items are never taken out one by one.
 */
#include "store/memory/memory.h"

size_t cqrs__memory_levels(uint64_t hash, uint64_t multiplier)
{
	uint64_t bits = hash * multiplier >> 32; /* the low half could be foreseen */
	size_t levels = 1;

	for (; levels < MEMORY_LEVELS && (bits & 3) == 0; bits >>= 2)
		levels++;
	return levels;
}

/* The link to follow from an item on a level; from the list's head where item is NULL. */
static struct memory_ranked *link_from(const struct memory_list *order,
                                       const struct memory_ranked *item, size_t level)
{
	return item ? item->next[level] : order->first[level];
}

/*
 * The last item that stands before the key, or at it where at is true; NULL when there is
 * none. Where path is not NULL, it receives that item for each level.
 */
static struct memory_ranked *find_last(const struct memory_list *order, memory_compare_fn compare,
                                       const void *key, bool at, struct memory_ranked **path)
{
	struct memory_ranked *item = NULL;

	for (size_t level = MEMORY_LEVELS; level-- > 0;) {
		struct memory_ranked *next = link_from(order, item, level);

		while (next && compare(next, key) < (at ? 1 : 0)) {
			item = next;
			next = link_from(order, item, level);
		}
		if (path)
			path[level] = item;
	}
	return item;
}

void cqrs__memory_order_add(struct memory_list *order, struct memory_ranked *item, size_t levels,
                            memory_compare_fn compare, const void *key)
{
	struct memory_ranked *found[MEMORY_LEVELS];
	struct memory_ranked **path = found;

	if (order->last[0] && compare(order->last[0], key) < 0)
		path = order->last;
	else
		find_last(order, compare, key, false, found);
	for (size_t level = 0; level < levels; level++) {
		struct memory_ranked *before = path[level];
		struct memory_ranked **link = before ? &before->next[level] : &order->first[level];

		item->next[level] = *link;
		*link = item;
		if (!item->next[level])
			order->last[level] = item;
	}
}

struct memory_ranked *cqrs__memory_order_from(const struct memory_list *order,
                                              memory_compare_fn compare, const void *key)
{
	return link_from(order, find_last(order, compare, key, false, NULL), 0);
}

struct memory_ranked *cqrs__memory_order_behind(const struct memory_list *order,
                                                memory_compare_fn compare, const void *key)
{
	return link_from(order, find_last(order, compare, key, true, NULL), 0);
}
