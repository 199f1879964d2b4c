/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* poison.c - memory that is overwritten when it is released. */
#include "poison.h"

#include <stdlib.h>
#include <string.h>

/* No pointer, no UTF-8, and as a double or an integer a number that nobody expects. */
#define POISON 0xa5
#define HOLD_SIZE ((size_t)4 << 20)

struct cqrs__poison_block {
	struct cqrs__poison_block *newer;
	size_t size;
	max_align_t memory[];
};

#if defined(__GNUC__)
/* Defined in programs that AddressSanitizer watches; the name is its own. */
/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
extern void __asan_init(void) __attribute__((weak));

static bool is_watched(void)
{
	return __asan_init != NULL;
}
#else
static bool is_watched(void)
{
	return false;
}
#endif

static struct cqrs__poison_block *block_of(void *memory)
{
	return (struct cqrs__poison_block *)(void *)((char *)memory -
	                                             offsetof(struct cqrs__poison_block, memory));
}

static void *poison_allocate(void *self, size_t size)
{
	struct cqrs__poison_block *block =
		size > SIZE_MAX - sizeof(*block) ? NULL : malloc(sizeof(*block) + size);

	(void)self;
	if (!block)
		return NULL;
	*block = (struct cqrs__poison_block){ .size = size };
	return block->memory;
}

static void drop_oldest(struct cqrs__poison *poison)
{
	struct cqrs__poison_block *block = poison->oldest;

	poison->oldest = block->newer;
	if (!poison->oldest)
		poison->newest = NULL;
	poison->held_size -= block->size;
	free(block);
}

static void poison_release(void *self, void *memory)
{
	struct cqrs__poison *poison = self;
	struct cqrs__poison_block *block;

	if (!memory)
		return;
	block = block_of(memory);
	memset(memory, POISON, block->size);
	if (is_watched()) {
		free(block);
		return;
	}
	if (block->size) /* a text that was kept ends here */
		((char *)memory)[block->size - 1] = '\0';
	pthread_mutex_lock(&poison->lock);
	if (poison->newest)
		poison->newest->newer = block;
	else
		poison->oldest = block;
	poison->newest = block;
	poison->held_size += block->size;
	while (poison->held_size > HOLD_SIZE)
		drop_oldest(poison);
	pthread_mutex_unlock(&poison->lock);
}

static void *poison_resize(void *self, void *memory, size_t old_size, size_t size)
{
	void *moved = poison_allocate(self, size);

	if (!moved)
		return NULL;
	if (memory)
		memcpy(moved, memory, old_size < size ? old_size : size);
	poison_release(self, memory);
	return moved;
}

bool cqrs__poison_init(struct cqrs__poison *poison)
{
	*poison = (struct cqrs__poison){
		.allocator = { poison_allocate, poison_resize, poison_release, poison },
	};
	return pthread_mutex_init(&poison->lock, NULL) == 0;
}

void cqrs__poison_deinit(struct cqrs__poison *poison)
{
	while (poison->oldest)
		drop_oldest(poison);
	pthread_mutex_destroy(&poison->lock);
}
