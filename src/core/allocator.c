/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* allocator.c - the default allocator: the C library's. */
#include <cqrs/memory.h>

#include <stdlib.h>

static void *default_allocate(void *self, size_t size)
{
	(void)self;
	return malloc(size);
}

static void *default_resize(void *self, void *memory, size_t old_size, size_t size)
{
	(void)self;
	(void)old_size;
	return realloc(memory, size);
}

static void default_release(void *self, void *memory)
{
	(void)self;
	free(memory);
}

const struct cqrs_allocator *cqrs_allocator_default(void)
{
	static const struct cqrs_allocator allocator = {
		.allocate = default_allocate,
		.resize = default_resize,
		.release = default_release,
	};

	return &allocator;
}
