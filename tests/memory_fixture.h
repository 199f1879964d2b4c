/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * memory_fixture.h - a memory store with three feeds whose allocations are counted and can
 * be made to fail. Include it behind check.h.
 */
#ifndef CQRS_TESTS_MEMORY_FIXTURE_H
#define CQRS_TESTS_MEMORY_FIXTURE_H

#include "failing_allocator.h"
#include "store_fixture.h"

struct fixture {
	struct failing_allocator memory;
	struct cqrs_store *store;
	struct cqrs_arena *arena;
	struct cqrs_error err;
};

static inline struct cqrs_store *open_counted(struct failing_allocator *memory, const char *url)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_store *store = NULL;

	failing_allocator_init(memory);
	CHECK_OK(cqrs_store_open_with(
			 url, CQRS_BACKENDS(cqrs_memory()),
			 CQRS_STORE_OPTIONS(.environment =
	                                            CQRS_ENVIRONMENT(.allocator =
	                                                                     &memory->allocator)),
			 &store, &err),
	         &err);
	return store;
}

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->store = open_counted(&f->memory, "memory:?feeds=3");
	CHECK_STATUS(cqrs_arena_new(NULL, &f->arena, NULL), CQRS_OK);
	*state = f;
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	cqrs_store_close(f->store);
	cqrs_arena_free(f->arena);
	CHECK_UINT(f->memory.live, 0);
	free(f);
	return 0;
}

#define MEMORY_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
