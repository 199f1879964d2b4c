/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * writer.h - JSON text that grows at the end of an arena.
 *
 * Whoever writes knows the structure, so punctuation and plain texts are copied as they
 * are. What JSON writes in another way than C has it, numbers and texts with characters to
 * escape, is written by yyjson.
 */
#ifndef CQRS_SRC_RECORD_WRITER_H
#define CQRS_SRC_RECORD_WRITER_H

#include "core/arena.h"

#include <cqrs/limits.h>

#include <string.h>
#include <yyjson.h>

struct cqrs__writer {
	struct cqrs_arena *arena; /* nothing else may be allocated from it meanwhile */
	char *text;
	size_t len;
	size_t capacity;
};

/* An empty text in an arena, which is borrowed; it begins in the rest of the block at hand. */
static inline void cqrs__writer_begin(struct cqrs__writer *writer, struct cqrs_arena *arena)
{
	writer->arena = arena;
	writer->capacity = cqrs__arena_rest(arena, &writer->text);
	writer->len = 0;
}

/*
 * End the text with a NUL; it stays in the arena.
 * Errors: CQRS_ERR_LIMIT, it is larger than CQRS_MAX_JSON_SIZE; CQRS_ERR_NOMEM. The writer
 * knows no messages: whoever uses it sets the error.
 */
enum cqrs_status cqrs__writer_end(struct cqrs__writer *writer, struct cqrs_text *out_json);

/* Make room for size more bytes. Errors: as cqrs__writer_end()'s. */
enum cqrs_status cqrs__writer_grow(struct cqrs__writer *writer, size_t size);

static inline enum cqrs_status cqrs__writer_reserve(struct cqrs__writer *writer, size_t size)
{
	if (size <= writer->capacity - writer->len)
		return CQRS_OK;
	return cqrs__writer_grow(writer, size);
}

/* Where room was reserved. */
static inline void cqrs__writer_put(struct cqrs__writer *writer, char c)
{
	writer->text[writer->len++] = c;
}

static inline enum cqrs_status cqrs__write_char(struct cqrs__writer *writer, char c)
{
	enum cqrs_status status = cqrs__writer_reserve(writer, 1);

	if (status == CQRS_OK)
		cqrs__writer_put(writer, c);
	return status;
}

/* Write a text as it is: a literal, or what needs no escape, quotes included. */
static inline enum cqrs_status cqrs__write_raw(struct cqrs__writer *writer, const char *text,
                                               size_t len)
{
	enum cqrs_status status = cqrs__writer_reserve(writer, len);

	if (status != CQRS_OK)
		return status;
	memcpy(writer->text + writer->len, text, len);
	writer->len += len;
	return CQRS_OK;
}

/* Write a text in quotes. Errors: CQRS_ERR_INVALID, it is not valid UTF-8. */
enum cqrs_status cqrs__write_text(struct cqrs__writer *writer, const char *text, size_t len);

/* Write what stands before a member's value: a bracket or comma, the name, the colon. */
enum cqrs_status cqrs__write_name(struct cqrs__writer *writer, char before, const char *name,
                                  size_t len);

/* Errors: as cqrs__writer_end()'s. */
enum cqrs_status cqrs__write_unsigned(struct cqrs__writer *writer, uint64_t number);
enum cqrs_status cqrs__write_signed(struct cqrs__writer *writer, int64_t number);
/* The number is finite. */
enum cqrs_status cqrs__write_double(struct cqrs__writer *writer, double number);

#endif
