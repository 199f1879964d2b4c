/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* list.c - lists that grow in an arena. */
#include "core/arena.h"
#include "record/value.h"

#define FIRST_CAPACITY 4

static bool grow(struct cqrs__list *list, size_t item_size)
{
	size_t capacity = list->count < FIRST_CAPACITY ? FIRST_CAPACITY : list->count * 2;
	void *items;

	if (list->count > SIZE_MAX / 2 || capacity > SIZE_MAX / item_size) {
		cqrs__arena_fail(list->memory);
		return false;
	}
	if (list->capacity > 0) {
		items = cqrs__arena_resize(list->memory, list->items, list->capacity * item_size,
		                           capacity * item_size);
	} else {
		/* Empty, or items of the caller's own, which are not ours to resize. */
		items = cqrs__arena_allocate(list->memory, capacity * item_size);
		if (items && list->count > 0)
			memcpy(items, list->items, list->count * item_size);
	}
	if (!items)
		return false; /* which the arena remembers */
	list->items = items;
	list->capacity = capacity;
	return true;
}

enum cqrs_status cqrs_list_append_item(void *list, size_t item_size, const void *item)
{
	struct cqrs__list to = cqrs__load_list(list);

	if (!to.memory)
		return CQRS_ERR_INVALID;
	/* *item may be in the list itself: growing leaves the old items where they were. */
	if (to.count >= to.capacity && !grow(&to, item_size))
		return CQRS_ERR_NOMEM;
	memcpy((char *)to.items + to.count * item_size, item, item_size);
	to.count++;
	memcpy(list, &to, sizeof(to));
	return CQRS_OK;
}

void cqrs_list_share_memory(void *list, const void *with)
{
	struct cqrs__list to = cqrs__load_list(list);

	to.memory = cqrs__load_list(with).memory;
	memcpy(list, &to, sizeof(to));
}
