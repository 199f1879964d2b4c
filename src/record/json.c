/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * json.c - JSON documents in arenas: the one place where yyjson reads and writes.
 */
#include "record/json.h"
#include "record/codec.h"
#include "record/path.h"
#include "record/scratch.h"

#include <string.h>

static void *arena_malloc(void *ctx, size_t size)
{
	return cqrs__arena_allocate(ctx, size);
}

static void *arena_realloc(void *ctx, void *memory, size_t old_size, size_t size)
{
	return cqrs__arena_resize(ctx, memory, old_size, size);
}

static void arena_free(void *ctx, void *memory)
{
	(void)ctx;
	(void)memory;
}

yyjson_alc cqrs__json_allocator(struct cqrs_arena *arena)
{
	return (yyjson_alc){ arena_malloc, arena_realloc, arena_free, arena };
}

static enum cqrs_status read_failed(struct cqrs_text json, const yyjson_read_err *why,
                                    struct cqrs_error *err)
{
	if (why->code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a JSON document");
	return cqrs__json_error_at(json, why->pos, err, "not JSON: %s at byte %zu", why->msg,
	                           why->pos);
}

enum cqrs_status cqrs__json_parse(struct cqrs_text json, struct cqrs_arena *text_arena,
                                  struct cqrs_arena *value_arena, yyjson_val **out_root,
                                  struct cqrs_error *err)
{
	yyjson_alc allocator = cqrs__json_allocator(value_arena);
	yyjson_read_err why;
	yyjson_doc *document;
	char *copy;

	if (json.len > CQRS_MAX_JSON_SIZE)
		return cqrs_error_set(err, CQRS_ERR_LIMIT, "JSON is larger than %u bytes",
		                      CQRS_MAX_JSON_SIZE);
	copy = cqrs__arena_allocate(text_arena, json.len + YYJSON_PADDING_SIZE);
	if (!copy)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a JSON document");
	if (json.len)
		memcpy(copy, json.data, json.len);
	memset(copy + json.len, 0, YYJSON_PADDING_SIZE);
	document = yyjson_read_opts(copy, json.len, YYJSON_READ_INSITU | YYJSON_READ_BIGNUM_AS_RAW,
	                            &allocator, &why);
	if (!document)
		return read_failed(json, &why, err);
	*out_root = yyjson_doc_get_root(document);
	return CQRS_OK;
}

enum cqrs_status cqrs__json_read(struct cqrs_text json, struct cqrs_arena *arena,
                                 yyjson_val **out_root, struct cqrs_error *err)
{
	return cqrs__json_parse(json, arena, arena, out_root, err);
}

static enum cqrs_status write_failed(const yyjson_write_err *why, struct cqrs_error *err)
{
	if (why->code == YYJSON_WRITE_ERROR_MEMORY_ALLOCATION)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a JSON document");
	return cqrs_error_set(err, CQRS_ERR_INVALID, "cannot be written as JSON: %s", why->msg);
}

enum cqrs_status cqrs__json_write(const yyjson_mut_doc *document, struct cqrs_arena *arena,
                                  struct cqrs_text *out_json, struct cqrs_error *err)
{
	struct cqrs__scratch scratch;
	enum cqrs_status status = CQRS_OK;
	yyjson_alc allocator;
	yyjson_write_err why;
	const char *copy;
	size_t len;
	char *text;

	cqrs__scratch_begin(&scratch, arena);
	allocator = cqrs__json_allocator(&scratch.arena);
	text = yyjson_mut_write_opts(document, YYJSON_WRITE_NOFLAG, &allocator, &len, &why);
	copy = text && len <= CQRS_MAX_JSON_SIZE ? cqrs_arena_text(arena, text, len) : NULL;
	if (!text)
		status = write_failed(&why, err);
	else if (len > CQRS_MAX_JSON_SIZE)
		status = cqrs_error_set(err, CQRS_ERR_LIMIT, "JSON is larger than %u bytes",
		                        CQRS_MAX_JSON_SIZE);
	else if (!copy)
		status = cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a JSON document");
	else
		*out_json = (struct cqrs_text){ copy, len };
	cqrs__scratch_end(&scratch);
	return status;
}
