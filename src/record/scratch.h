/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * scratch.h - memory for the duration of one call: an arena that begins on the stack and
 * goes on in its allocator's memory only where the stack does not suffice.
 */
#ifndef CQRS_SRC_RECORD_SCRATCH_H
#define CQRS_SRC_RECORD_SCRATCH_H

#include "core/arena.h"

#include <stdalign.h>

struct cqrs__scratch {
	struct cqrs_arena arena;
	alignas(max_align_t) unsigned char stack[4096];
};

/* Use the allocator of an arena; cqrs__scratch_end() gives everything back. */
static inline void cqrs__scratch_begin(struct cqrs__scratch *scratch,
                                       const struct cqrs_arena *arena)
{
	scratch->arena = (struct cqrs_arena){
		.allocator = arena->allocator,
		.next = scratch->stack,
		.end = scratch->stack + sizeof(scratch->stack),
		.block_size = CQRS__ARENA_FIRST_BLOCK,
	};
}

static inline void cqrs__scratch_end(struct cqrs__scratch *scratch)
{
	if (scratch->arena.current)
		cqrs__arena_deinit(&scratch->arena);
}

#endif
