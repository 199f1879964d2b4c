/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* counting.c - malloc() and realloc(), counted. */
#include "counting.h"

#include <stdlib.h>

static void count_one(void *self)
{
	struct bench_counting *counting = self;

	atomic_fetch_add_explicit(&counting->count, 1, memory_order_relaxed);
}

static void *allocate(void *self, size_t size)
{
	count_one(self);
	return malloc(size);
}

static void *resize(void *self, void *memory, size_t old_size, size_t size)
{
	(void)old_size;
	count_one(self);
	return realloc(memory, size);
}

static void release(void *self, void *memory)
{
	(void)self;
	free(memory);
}

void bench_counting_init(struct bench_counting *counting)
{
	counting->allocator = (struct cqrs_allocator){ allocate, resize, release, counting };
	atomic_init(&counting->count, 0);
}
