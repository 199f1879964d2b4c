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

/*
 * What JSON has in another way: control characters, quotes and backslashes; and what is not
 * ASCII, which has to be checked. In ASCII only the byte looked for borrows; a byte that is
 * not ASCII keeps its highest bit in one of the last two differences at least.
 */
static inline uint64_t find_unplain(uint64_t word)
{
	return (word - CQRS__EACH_BYTE(0x20)) |
	       ((word ^ CQRS__EACH_BYTE('"')) - CQRS__EACH_BYTE(1)) |
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

/*
 * What copy_plain() does for up to seven bytes: in two halves that overlap, or byte by
 * byte.
 */
static inline uint64_t copy_short(char *out, const char *text, size_t len)
{
	uint32_t halves[2];

	if (len < 4) {
		for (size_t i = 0; i < len; i++)
			out[i] = text[i];
		return find_unplain(cqrs__load_short(text, len));
	}
	memcpy(&halves[0], text, 4);
	memcpy(&halves[1], text + len - 4, 4);
	memcpy(out, &halves[0], 4);
	memcpy(out + len - 4, &halves[1], 4);
	return find_unplain(halves[0] | (uint64_t)halves[1] << 32);
}

static inline uint64_t copy_word(char *out, const char *text)
{
	uint64_t word = cqrs__load_word(text);

	memcpy(out, &word, sizeof(word));
	return find_unplain(word);
}

/* Copy a text, and look meanwhile whether JSON has it in another way: then false. */
static inline bool copy_plain(char *out, const char *text, size_t len)
{
	uint64_t found = 0;

	if (len < sizeof(found)) {
		found = copy_short(out, text, len);
	} else {
		for (size_t i = 0; i + sizeof(found) < len; i += sizeof(found))
			found |= copy_word(out + i, text + i);
		found |= copy_word(out + len - sizeof(found), text + len - sizeof(found));
	}
	return !(found & CQRS__EACH_BYTE(0x80));
}

enum cqrs_status cqrs__write_text(struct cqrs__writer *writer, const char *text, size_t len)
{
	enum cqrs_status status = cqrs__writer_reserve(writer, len + 2);
	char *out;

	if (status != CQRS_OK)
		return status;
	out = writer->text + writer->len;
	if (!copy_plain(out + 1, text, len))
		return write_escaped(writer, text, len);
	out[0] = '"';
	out[len + 1] = '"';
	writer->len += len + 2;
	return CQRS_OK;
}

enum cqrs_status cqrs__write_name(struct cqrs__writer *writer, char before, const char *name,
                                  size_t len)
{
	enum cqrs_status status = cqrs__writer_reserve(writer, len + 4);
	char *out;

	if (status != CQRS_OK)
		return status;
	out = writer->text + writer->len;
	out[0] = before;
	if (!copy_plain(out + 2, name, len)) {
		writer->len++;
		status = write_escaped(writer, name, len);
		return status == CQRS_OK ? cqrs__write_char(writer, ':') : status;
	}
	out[1] = '"';
	out[len + 2] = '"';
	out[len + 3] = ':';
	writer->len += len + 4;
	return CQRS_OK;
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
