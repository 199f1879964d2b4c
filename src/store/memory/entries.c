/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * entries.c - the entries of one view: an ordered list whose items are cut from blocks that
 * grow with the view, so that adding an entry allocates only now and then, and dropping
 * them all is quick. Called with the side's lock held.
 */
#include "store/memory/memory.h"

#include <string.h>

#define FIRST_BLOCK ((size_t)512)
#define MAX_BLOCK ((size_t)64 << 10)

static int compare(const struct memory_ranked *item, const void *key)
{
	const struct memory_entry *entry = memory_owner(item, const struct memory_entry, rank);
	const struct cqrs_entry_position *position = key;

	if (entry->position.sequence != position->sequence)
		return entry->position.sequence < position->sequence ? -1 : 1;
	if (entry->position.index != position->index)
		return entry->position.index < position->index ? -1 : 1;
	return 0;
}

static size_t levels_of(const struct memory_store *store,
                        const struct cqrs_entry_position *position)
{
	uint64_t hash = position->sequence * UINT64_C(0x9e3779b97f4a7c15) + position->index;

	return cqrs__memory_levels(hash, store->multiplier);
}

/* One piece of a block: the entry, the links of its rank, its payload. */
static size_t entry_size(const struct memory_store *store, const struct cqrs_entry_write *write)
{
	size_t size = sizeof(struct memory_entry) +
	              levels_of(store, &write->position) * sizeof(void *) + write->payload.len;

	return (size + 7) & ~(size_t)7;
}

bool cqrs__memory_entries_reserve(struct memory_store *store, struct memory_entries *entries,
                                  const struct cqrs_entry_write *writes, size_t count)
{
	const struct cqrs_allocator *allocator = store->allocator;
	struct memory_block *block;
	size_t block_size = entries->next_size;
	size_t size = 0;

	for (size_t i = 0; i < count; i++)
		size += entry_size(store, &writes[i]);
	if (size <= entries->free_size)
		return true;
	if (block_size < size)
		block_size = size;
	block = allocator->allocate(allocator->self, sizeof(*block) + block_size);
	if (!block)
		return false;
	block->next = entries->blocks;
	entries->blocks = block;
	entries->free = (char *)(block + 1);
	entries->free_size = block_size;
	if (entries->next_size < MAX_BLOCK)
		entries->next_size *= 2;
	return true;
}

struct memory_entries *cqrs__memory_entries_new(struct memory_store *store,
                                                const struct cqrs_entry_write *writes, size_t count)
{
	const struct cqrs_allocator *allocator = store->allocator;
	struct memory_entries *entries = allocator->allocate(allocator->self, sizeof(*entries));

	if (!entries)
		return NULL;
	*entries = (struct memory_entries){ .next_size = FIRST_BLOCK };
	if (!cqrs__memory_entries_reserve(store, entries, writes, count)) {
		allocator->release(allocator->self, entries);
		return NULL;
	}
	return entries;
}

void cqrs__memory_entries_add(struct memory_store *store, struct memory_entries *entries,
                              const struct cqrs_entry_write *write)
{
	struct memory_entry *entry = (struct memory_entry *)(void *)entries->free;
	size_t size = entry_size(store, write);
	size_t levels = levels_of(store, &write->position);
	char *payload;

	entries->free += size;
	entries->free_size -= size;
	entry->position = write->position;
	entry->rank.next = (struct memory_ranked **)(entry + 1);
	payload = (char *)(entry->rank.next + levels);
	memcpy(payload, write->payload.data, write->payload.len);
	entry->payload = (struct cqrs_text){ payload, write->payload.len };
	cqrs__memory_order_add(&entries->order, &entry->rank, levels, compare, &entry->position);
}

static const struct memory_entry *entry_or_null(const struct memory_ranked *item)
{
	return item ? memory_owner(item, const struct memory_entry, rank) : NULL;
}

bool cqrs__memory_entries_have(const struct memory_entries *entries,
                               const struct cqrs_entry_position *position)
{
	const struct memory_list *order = &entries->order;
	const struct memory_ranked *item;

	if (!order->last[0] || compare(order->last[0], position) < 0)
		return false; /* an entry is mostly newer than all there are */
	item = cqrs__memory_order_from(order, compare, position);
	return item && compare(item, position) == 0;
}

const struct memory_entry *cqrs__memory_entries_behind(const struct memory_entries *entries,
                                                       const struct cqrs_entry_position *after)
{
	if (!after)
		return entry_or_null(entries->order.first[0]);
	return entry_or_null(cqrs__memory_order_behind(&entries->order, compare, after));
}

const struct memory_entry *cqrs__memory_entry_next(const struct memory_entry *entry)
{
	return entry_or_null(entry->rank.next[0]);
}

void cqrs__memory_entries_free(const struct cqrs_allocator *allocator,
                               struct memory_entries *entries)
{
	if (!entries)
		return;
	while (entries->blocks) {
		struct memory_block *block = entries->blocks;

		entries->blocks = block->next;
		allocator->release(allocator->self, block);
	}
	allocator->release(allocator->self, entries);
}
