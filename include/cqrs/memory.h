/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * memory.h - where memory comes from: the allocator an application may supply,
 * and arenas, which hold what a call returns until the caller lets go of all of it.
 */
#ifndef CQRS_MEMORY_H
#define CQRS_MEMORY_H

#include <cqrs/error.h>

CQRS_BEGIN_DECLS

/* Memory for a store, a framework or an arena. The functions may be called on any thread. */
struct cqrs_allocator {
	void *(*allocate)(void *self, size_t size);
	/* old_size is what was asked for before; as realloc() otherwise. */
	void *(*resize)(void *self, void *memory, size_t old_size, size_t size);
	void (*release)(void *self, void *memory); /* NULL does nothing */
	void *self;
};

/** malloc(), realloc() and free(). */
CQRS_API const struct cqrs_allocator *cqrs_allocator_default(void);

/* A text with its length; not always NUL-terminated. */
struct cqrs_text {
	const char *data;
	size_t len;
};

struct cqrs_arena; /* opaque; released with cqrs_arena_free() */

/**
 * Make an empty arena.
 *
 * @param allocator  NULL: cqrs_allocator_default(); borrowed until cqrs_arena_free()
 *
 * Threads: one at a time.
 */
CQRS_API CQRS_NODISCARD enum cqrs_status cqrs_arena_new(const struct cqrs_allocator *allocator,
                                                        struct cqrs_arena **out_arena,
                                                        struct cqrs_error *err);

/** Release an arena and all that was allocated from it; NULL does nothing. */
CQRS_API void cqrs_arena_free(struct cqrs_arena *arena);

/** Take back all that was allocated; up to 256 KiB stay at hand for the next round. */
CQRS_API void cqrs_arena_reset(struct cqrs_arena *arena);

/** Allocate size bytes, aligned for any type, not zeroed; NULL when there is no memory. */
CQRS_API void *cqrs_arena_allocate(struct cqrs_arena *arena, size_t size);

/** Copy len bytes of text and add a NUL; NULL when there is no memory. */
CQRS_API char *cqrs_arena_text(struct cqrs_arena *arena, const char *text, size_t len);

/** Bytes handed out since the arena was made or reset, rounded up to its alignment. */
CQRS_API size_t cqrs_arena_used(const struct cqrs_arena *arena);

CQRS_END_DECLS
#endif
