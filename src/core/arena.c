/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * arena.c - memory that is handed out by moving a pointer and taken back all at once.
 *
 * Blocks come from the allocator, each twice the size of the one before. A reset keeps
 * blocks of up to KEEP_SIZE bytes in all, so that a caller that does the same work again
 * and again stops allocating.
 */
#include "core/arena.h"

#include <string.h>

#define KEEP_SIZE ((size_t)256 << 10)

struct cqrs__arena_block {
	struct cqrs__arena_block *older;
	size_t size; /* of the whole block */
	alignas(max_align_t) unsigned char memory[];
};

void cqrs__arena_init(struct cqrs_arena *arena, const struct cqrs_allocator *allocator,
                      size_t first_block)
{
	*arena = (struct cqrs_arena){ .allocator = allocator, .block_size = first_block };
}

static void release_block(struct cqrs_arena *arena, struct cqrs__arena_block *block)
{
	arena->reserved -= block->size;
	arena->allocator->release(arena->allocator->self, block);
}

static void release_blocks(struct cqrs_arena *arena, struct cqrs__arena_block *block)
{
	while (block) {
		struct cqrs__arena_block *older = block->older;

		release_block(arena, block);
		block = older;
	}
}

void cqrs__arena_deinit(struct cqrs_arena *arena)
{
	release_blocks(arena, arena->current);
	release_blocks(arena, arena->spare);
	arena->current = NULL;
	arena->spare = NULL;
	arena->next = NULL;
	arena->end = NULL;
	arena->used = 0;
}

enum cqrs_status cqrs_arena_new(const struct cqrs_allocator *allocator,
                                struct cqrs_arena **out_arena, struct cqrs_error *err)
{
	struct cqrs_arena *arena;

	if (!allocator)
		allocator = cqrs_allocator_default();
	arena = allocator->allocate(allocator->self, sizeof(*arena));
	if (!arena)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for an arena");
	cqrs__arena_init(arena, allocator, CQRS__ARENA_FIRST_BLOCK);
	*out_arena = arena;
	return CQRS_OK;
}

void cqrs_arena_free(struct cqrs_arena *arena)
{
	if (!arena)
		return;
	cqrs__arena_deinit(arena);
	arena->allocator->release(arena->allocator->self, arena);
}

/* Keep what may be kept of the blocks in use for the next round. */
static void spare_blocks(struct cqrs_arena *arena)
{
	struct cqrs__arena_block *block = arena->current;
	size_t kept = 0;

	for (const struct cqrs__arena_block *spare = arena->spare; spare; spare = spare->older)
		kept += spare->size;
	while (block) {
		struct cqrs__arena_block *older = block->older;

		if (kept + block->size <= KEEP_SIZE) {
			kept += block->size;
			block->older = arena->spare;
			arena->spare = block;
		} else {
			release_block(arena, block);
		}
		block = older;
	}
	arena->current = NULL;
	arena->next = NULL;
	arena->end = NULL;
}

void cqrs_arena_reset(struct cqrs_arena *arena)
{
	struct cqrs__arena_block *block = arena->current;

	/* The usual round does with one block, and so will the next. */
	if (block && !block->older && !arena->spare && block->size <= KEEP_SIZE)
		arena->next = block->memory;
	else
		spare_blocks(arena);
	arena->used = 0;
	arena->failed = false;
}

/* A block from the spare ones that can hold size bytes, or NULL. */
static struct cqrs__arena_block *take_spare(struct cqrs_arena *arena, size_t size)
{
	for (struct cqrs__arena_block **link = &arena->spare; *link; link = &(*link)->older) {
		struct cqrs__arena_block *block = *link;

		if (block->size - sizeof(*block) >= size) {
			*link = block->older;
			return block;
		}
	}
	return NULL;
}

static struct cqrs__arena_block *new_block(struct cqrs_arena *arena, size_t size)
{
	size_t block_size = arena->block_size;
	struct cqrs__arena_block *block;

	if (size > SIZE_MAX / 2)
		return NULL;
	if (block_size < size + sizeof(*block))
		block_size = size + sizeof(*block);
	block = arena->allocator->allocate(arena->allocator->self, block_size);
	if (!block)
		return NULL;
	block->size = block_size;
	arena->reserved += block_size;
	if (arena->block_size < CQRS__ARENA_MAX_BLOCK)
		arena->block_size *= 2;
	return block;
}

static bool add_block(struct cqrs_arena *arena, size_t size)
{
	struct cqrs__arena_block *block = take_spare(arena, size);

	if (!block)
		block = new_block(arena, size);
	if (!block) {
		arena->failed = true;
		return false;
	}
	block->older = arena->current;
	arena->current = block;
	arena->next = block->memory;
	arena->end =
		block->memory + ((block->size - sizeof(*block)) & ~(CQRS__ARENA_ALIGNMENT - 1));
	return true;
}

void *cqrs_arena_allocate(struct cqrs_arena *arena, size_t size)
{
	size_t rounded = cqrs__arena_round_up(size ? size : 1);
	void *memory;

	if (rounded < size) {
		arena->failed = true;
		return NULL;
	}
	if (rounded > cqrs__arena_left(arena) && !add_block(arena, rounded))
		return NULL;
	memory = arena->next;
	arena->next += rounded;
	arena->used += rounded;
	return memory;
}

bool cqrs__arena_widen(struct cqrs_arena *arena, size_t kept, size_t size)
{
	const unsigned char *old = arena->next;
	size_t rounded = cqrs__arena_round_up(size);

	if (rounded < size || !add_block(arena, rounded)) {
		arena->failed = true;
		return false;
	}
	if (kept)
		memcpy(arena->next, old, kept);
	return true;
}

void *cqrs__arena_resize(struct cqrs_arena *arena, void *memory, size_t old_size, size_t size)
{
	size_t old_rounded = cqrs__arena_round_up(old_size ? old_size : 1);
	size_t rounded = cqrs__arena_round_up(size ? size : 1);
	void *moved;

	if (!memory)
		return cqrs_arena_allocate(arena, size);
	if (rounded >= size && (unsigned char *)memory + old_rounded == arena->next &&
	    rounded <= (size_t)(arena->end - (unsigned char *)memory)) {
		arena->next = (unsigned char *)memory + rounded;
		arena->used = arena->used - old_rounded + rounded;
		return memory;
	}
	if (size <= old_size)
		return memory;
	moved = cqrs_arena_allocate(arena, size);
	if (moved)
		memcpy(moved, memory, old_size);
	return moved;
}

void *cqrs__arena_zeroed(struct cqrs_arena *arena, size_t count, size_t size)
{
	void *memory;

	if (size && count > SIZE_MAX / size) {
		arena->failed = true;
		return NULL;
	}
	memory = cqrs__arena_allocate(arena, count * size);
	if (memory)
		memset(memory, 0, count * size);
	return memory;
}

char *cqrs_arena_text(struct cqrs_arena *arena, const char *text, size_t len)
{
	char *copy = len < SIZE_MAX ? cqrs__arena_allocate(arena, len + 1) : NULL;

	if (!copy)
		return NULL;
	if (len)
		memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

size_t cqrs_arena_used(const struct cqrs_arena *arena)
{
	return arena->used;
}

void cqrs__arena_fail(struct cqrs_arena *arena)
{
	arena->failed = true;
}

bool cqrs__arena_failed(const struct cqrs_arena *arena)
{
	return arena->failed;
}
