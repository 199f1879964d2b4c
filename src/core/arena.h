/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* arena.h - what the library's own files may do with an arena beyond cqrs/memory.h. */
#ifndef CQRS_SRC_CORE_ARENA_H
#define CQRS_SRC_CORE_ARENA_H

#include <cqrs/memory.h>

#include <stdalign.h>
#include <stdint.h>

struct cqrs__arena_block;

struct cqrs_arena {
	const struct cqrs_allocator *allocator;
	struct cqrs__arena_block *current; /* allocated from; older ones behind it */
	struct cqrs__arena_block *spare;   /* kept by a reset for the next round */
	unsigned char *next;               /* free space in current */
	unsigned char *end;
	size_t block_size; /* of the next block */
	size_t used;
	size_t reserved; /* bytes of all blocks */
	bool failed;     /* an allocation came back empty since the last reset */
};

/* How large an arena's blocks are: the first one, doubling up to the last. */
#define CQRS__ARENA_FIRST_BLOCK ((size_t)4 << 10)
#define CQRS__ARENA_MAX_BLOCK ((size_t)1 << 20)

/* An arena in the caller's storage, released with cqrs__arena_deinit(); allocates nothing yet. */
void cqrs__arena_init(struct cqrs_arena *arena, const struct cqrs_allocator *allocator,
                      size_t first_block);
void cqrs__arena_deinit(struct cqrs_arena *arena);

#define CQRS__ARENA_ALIGNMENT alignof(max_align_t)

static inline size_t cqrs__arena_round_up(size_t size)
{
	return (size + (CQRS__ARENA_ALIGNMENT - 1)) & ~(CQRS__ARENA_ALIGNMENT - 1);
}

/* Bytes left of the block at hand, a multiple of the alignment. */
static inline size_t cqrs__arena_left(const struct cqrs_arena *arena)
{
	return (uintptr_t)arena->end - (uintptr_t)arena->next; /* both may be NULL */
}

/* cqrs_arena_allocate(), which is called only where the block at hand is used up. */
static inline void *cqrs__arena_allocate(struct cqrs_arena *arena, size_t size)
{
	size_t rounded = cqrs__arena_round_up(size);
	void *memory = arena->next;

	/* What is left is a multiple of the alignment; a size of 0 becomes the largest. */
	if (size - 1 >= cqrs__arena_left(arena))
		return cqrs_arena_allocate(arena, size);
	arena->next += rounded;
	arena->used += rounded;
	return memory;
}

/*
 * What is left of the block at hand, for what grows there until its size is known. Nothing
 * else may be allocated until then: cqrs__arena_allocate() of that size, which cannot fail,
 * makes it stay.
 */
static inline size_t cqrs__arena_rest(const struct cqrs_arena *arena, char **out_memory)
{
	*out_memory = (char *)arena->next;
	return cqrs__arena_left(arena);
}

/*
 * Go on in a larger block, with the first kept bytes of what is left of this one; size: what
 * is needed at least. False when there is no memory.
 */
bool cqrs__arena_widen(struct cqrs_arena *arena, size_t kept, size_t size);

/*
 * Resize what was allocated last in place where there is room, else allocate and copy.
 * NULL when there is no memory; memory is then as it was.
 */
void *cqrs__arena_resize(struct cqrs_arena *arena, void *memory, size_t old_size, size_t size);

/* Allocate zeroed memory for count elements; NULL when there is none. */
void *cqrs__arena_zeroed(struct cqrs_arena *arena, size_t count, size_t size);

/* Remember that something that lives in this arena could not be made. */
void cqrs__arena_fail(struct cqrs_arena *arena);
bool cqrs__arena_failed(const struct cqrs_arena *arena);

#endif
