/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * failing_allocator.h - an allocator that counts, and that can be told to fail the nth
 * allocation, for sweeps over every path that allocates:
 *
 *	for (unsigned nth = 1, failed = 1; failed; nth++) {
 *		fail_allocation(&memory, nth);
 *		status = ...;
 *		failed = stop_failing(&memory);
 *		CHECK_STATUS(status, failed ? CQRS_ERR_NOMEM : CQRS_OK);
 *	}
 */
#ifndef CQRS_TESTS_FAILING_ALLOCATOR_H
#define CQRS_TESTS_FAILING_ALLOCATOR_H

#include <cqrs/memory.h>

#include <stdatomic.h>
#include <stdlib.h>

struct failing_allocator {
	struct cqrs_allocator allocator; /* give this to the code under test */
	atomic_ulong allocations;        /* made so far, resizes included */
	atomic_ulong live;               /* not released yet */
	atomic_ulong fail_at;            /* 0: never; else counts down */
	atomic_uint failed;
};

static inline bool failing_allocator_fails(struct failing_allocator *memory)
{
	unsigned long at = atomic_load(&memory->fail_at);

	while (at) {
		if (atomic_compare_exchange_weak(&memory->fail_at, &at, at - 1)) {
			if (at == 1)
				atomic_store(&memory->failed, 1);
			return at == 1;
		}
	}
	return false;
}

static inline void *failing_allocator_allocate(void *self, size_t size)
{
	struct failing_allocator *memory = self;
	void *result;

	atomic_fetch_add(&memory->allocations, 1);
	if (failing_allocator_fails(memory))
		return NULL;
	result = malloc(size ? size : 1);
	if (result)
		atomic_fetch_add(&memory->live, 1);
	return result;
}

static inline void *failing_allocator_resize(void *self, void *old, size_t old_size, size_t size)
{
	struct failing_allocator *memory = self;

	(void)old_size;
	if (!old)
		return failing_allocator_allocate(self, size);
	atomic_fetch_add(&memory->allocations, 1);
	if (failing_allocator_fails(memory))
		return NULL;
	return realloc(old, size ? size : 1);
}

static inline void failing_allocator_release(void *self, void *old)
{
	struct failing_allocator *memory = self;

	if (old)
		atomic_fetch_sub(&memory->live, 1);
	free(old);
}

static inline void failing_allocator_init(struct failing_allocator *memory)
{
	memory->allocator = (struct cqrs_allocator){
		.allocate = failing_allocator_allocate,
		.resize = failing_allocator_resize,
		.release = failing_allocator_release,
		.self = memory,
	};
	atomic_init(&memory->allocations, 0);
	atomic_init(&memory->live, 0);
	atomic_init(&memory->fail_at, 0);
	atomic_init(&memory->failed, 0);
}

static inline void fail_allocation(struct failing_allocator *memory, unsigned nth)
{
	atomic_store(&memory->failed, 0);
	atomic_store(&memory->fail_at, nth);
}

/* 1 if the allocation that was to fail was reached. */
static inline unsigned stop_failing(struct failing_allocator *memory)
{
	atomic_store(&memory->fail_at, 0);
	return atomic_load(&memory->failed);
}

#endif
