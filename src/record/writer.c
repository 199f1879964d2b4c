/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* writer.c - growing a JSON text, and what of it yyjson writes. */
#include "record/writer.h"

#include "core/text.h"
#include "record/codec.h"
#include "record/scratch.h"

/*
 * A text beyond the limit is refused where it would have to grow once more: a document that
 * shares what it consists of could else keep us writing for ever.
 */
enum cqrs_status cqrs__writer_grow(struct cqrs__writer *writer, size_t size)
{
	if (writer->len > CQRS_MAX_JSON_SIZE)
		return CQRS_ERR_LIMIT;
	if (!cqrs__arena_widen(writer->arena, writer->len, 2 * writer->len + size))
		return CQRS_ERR_NOMEM;
	writer->capacity = cqrs__arena_rest(writer->arena, &writer->text);
	return CQRS_OK;
}

enum cqrs_status cqrs__writer_end(struct cqrs__writer *writer, struct cqrs_text *out_json)
{
	enum cqrs_status status = cqrs__write_char(writer, '\0');

	if (status != CQRS_OK)
		return status;
	if (writer->len - 1 > CQRS_MAX_JSON_SIZE)
		return CQRS_ERR_LIMIT;
	cqrs__arena_allocate(writer->arena, writer->len);
	*out_json = (struct cqrs_text){ writer->text, writer->len - 1 };
	return CQRS_OK;
}

/* ---- texts ---- */

/* Finds quotes and backslashes too: in ASCII, only a byte of zero borrows. */
static inline uint64_t find_unplain(uint64_t word)
{
	return cqrs__find_special(word) | ((word ^ CQRS__EACH_BYTE('"')) - CQRS__EACH_BYTE(1)) |
	       ((word ^ CQRS__EACH_BYTE('\\')) - CQRS__EACH_BYTE(1));
}

/* yyjson asks for six bytes for each that there is, which only the scratch memory is for. */
static enum cqrs_status write_escaped(struct cqrs__writer *writer, const char *text, size_t len)
{
	struct cqrs__scratch scratch;
	yyjson_val value = { 0 };
	yyjson_write_err why;
	yyjson_alc allocator;
	enum cqrs_status status;
	const char *json;

	cqrs__scratch_begin(&scratch, writer->arena);
	allocator = cqrs__json_allocator(&scratch.arena);
	yyjson_set_strn(&value, text, len);
	json = yyjson_val_write_opts(&value, YYJSON_WRITE_NOFLAG, &allocator, &len, &why);
	if (json)
		status = cqrs__write_raw(writer, json, len);
	else if (why.code == YYJSON_WRITE_ERROR_MEMORY_ALLOCATION)
		status = CQRS_ERR_NOMEM;
	else
		status = CQRS_ERR_INVALID;
	cqrs__scratch_end(&scratch);
	return status;
}

/* Where room was reserved. */
static inline void put_plain(struct cqrs__writer *writer, const char *text, size_t len)
{
	cqrs__writer_put(writer, '"');
	memcpy(writer->text + writer->len, text, len);
	writer->len += len;
	cqrs__writer_put(writer, '"');
}

enum cqrs_status cqrs__write_text(struct cqrs__writer *writer, const char *text, size_t len)
{
	enum cqrs_status status;

	if (cqrs__text_has(text, len, find_unplain))
		return write_escaped(writer, text, len);
	status = cqrs__writer_reserve(writer, len + 2);
	if (status == CQRS_OK)
		put_plain(writer, text, len);
	return status;
}

enum cqrs_status cqrs__write_name(struct cqrs__writer *writer, char before, const char *name,
                                  size_t len)
{
	enum cqrs_status status = cqrs__writer_reserve(writer, len + 4);

	if (status != CQRS_OK)
		return status;
	cqrs__writer_put(writer, before);
	if (cqrs__text_has(name, len, find_unplain))
		status = write_escaped(writer, name, len);
	else
		put_plain(writer, name, len);
	return status == CQRS_OK ? cqrs__write_char(writer, ':') : status;
}

/* ---- numbers ---- */

/* Gives yyjson the room at the end of the text, where it then has written. */
static void *room_at_end(void *ctx, size_t size)
{
	struct cqrs__writer *writer = ctx;

	if (cqrs__writer_reserve(writer, size) != CQRS_OK)
		return NULL;
	return writer->text + writer->len;
}

/* For the case that yyjson would want another place than it was given: it does not. */
static void *no_other_room(void *ctx, void *memory, size_t old_size, size_t size)
{
	(void)ctx;
	(void)memory;
	(void)old_size;
	(void)size;
	return NULL;
}

static void keep_room(void *ctx, void *memory)
{
	(void)ctx;
	(void)memory;
}

static enum cqrs_status write_number(struct cqrs__writer *writer, const yyjson_val *number)
{
	const yyjson_alc allocator = { room_at_end, no_other_room, keep_room, writer };
	size_t len;

	if (!yyjson_val_write_opts(number, YYJSON_WRITE_NOFLAG, &allocator, &len, NULL))
		return writer->len > CQRS_MAX_JSON_SIZE ? CQRS_ERR_LIMIT : CQRS_ERR_NOMEM;
	writer->len += len;
	return CQRS_OK;
}

enum cqrs_status cqrs__write_unsigned(struct cqrs__writer *writer, uint64_t number)
{
	yyjson_val value = { 0 };

	yyjson_set_uint(&value, number);
	return write_number(writer, &value);
}

enum cqrs_status cqrs__write_signed(struct cqrs__writer *writer, int64_t number)
{
	yyjson_val value = { 0 };

	yyjson_set_sint(&value, number);
	return write_number(writer, &value);
}

enum cqrs_status cqrs__write_double(struct cqrs__writer *writer, double number)
{
	yyjson_val value = { 0 };

	yyjson_set_real(&value, number);
	return write_number(writer, &value);
}
