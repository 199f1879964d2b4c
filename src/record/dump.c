/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * dump.c - a value as a text for people, one member or item a line.
 *
 *	account_id: "ACCT-1"
 *	ledger: 1 item
 *	  [0]:
 *	    amount: 200.0
 *	memo: (absent)
 *
 * It takes any value, since what cannot be stored is just what someone has to look at.
 */
#include "core/text.h"
#include "record/codec.h"
#include "record/scratch.h"
#include "record/value.h"

#include <cqrs/environment.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct dump {
	struct cqrs_arena *scratch;
	char *text;
	size_t len;
	size_t capacity;
	bool failed; /* no memory: nothing more is written */
};

static void dump_record(struct dump *dump, const struct cqrs_record *record, const void *base,
                        unsigned indent, unsigned depth);

/* Make room for len more bytes. */
static bool reserve(struct dump *dump, size_t len)
{
	size_t capacity = dump->capacity ? dump->capacity : 256;
	char *text = NULL;

	while (capacity - dump->len < len && capacity <= SIZE_MAX / 2)
		capacity *= 2;
	if (capacity - dump->len >= len)
		text = cqrs__arena_resize(dump->scratch, dump->text, dump->capacity, capacity);
	if (!text) {
		dump->failed = true;
		return false;
	}
	dump->text = text;
	dump->capacity = capacity;
	return true;
}

static void put(struct dump *dump, const char *text, size_t len)
{
	if ((!dump->text || dump->capacity - dump->len < len) && !reserve(dump, len))
		return;
	memcpy(dump->text + dump->len, text, len);
	dump->len += len;
}

CQRS_PRINTF(2, 3) static void put_format(struct dump *dump, const char *fmt, ...)
{
	char text[64];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	put(dump, text, (size_t)len);
}

static void put_name(struct dump *dump, const char *name)
{
	put(dump, name, strlen(name));
}

static void put_indent(struct dump *dump, unsigned indent)
{
	for (unsigned i = 0; i < indent; i++)
		put(dump, "  ", 2);
}

/* Bytes of the valid character that text begins with, or 0. */
static size_t valid_character(const char *text, size_t len)
{
	for (size_t n = 1; n <= 4 && n <= len; n++) {
		if (cqrs__utf8_valid(text, n))
			return n;
	}
	return 0;
}

static bool is_control(const char *text, size_t n)
{
	unsigned char first = (unsigned char)text[0];

	return (n == 1 && (first < 0x20 || first == 0x7f)) ||
	       (n == 2 && first == 0xc2 && (unsigned char)text[1] < 0xa0);
}

static void put_text(struct dump *dump, const char *text, size_t len)
{
	put(dump, "\"", 1);
	while (len > 0) {
		size_t n = valid_character(text, len);

		if (n == 0 || is_control(text, n)) {
			n = 1; /* of two bytes the second is no character: it is next */
			put_format(dump, "\\x%02x", (unsigned)(unsigned char)*text);
		} else {
			if (*text == '"' || *text == '\\')
				put(dump, "\\", 1);
			put(dump, text, n);
		}
		text += n;
		len -= n;
	}
	put(dump, "\"", 1);
}

static void put_double(struct dump *dump, double number)
{
	const yyjson_alc allocator = cqrs__json_allocator(dump->scratch);
	yyjson_mut_val value = { 0 };
	const char *text;
	size_t len;

	yyjson_mut_set_real(&value, number);
	text = yyjson_mut_val_write_opts(&value, YYJSON_WRITE_ALLOW_INF_AND_NAN, &allocator, &len,
	                                 NULL);
	dump->failed = dump->failed || !text;
	if (text)
		put(dump, text, len);
}

static void put_bytes(struct dump *dump, struct cqrs_bytes bytes)
{
	if (!bytes.data) {
		put_name(dump, "(null)");
		return;
	}
	put_format(dump, "%zu %s", bytes.size, bytes.size == 1 ? "byte" : "bytes");
	for (size_t i = 0; i < bytes.size; i++)
		put_format(dump, "%s%02x", i ? "" : " ", bytes.data[i]);
}

static void put_time(struct dump *dump, int64_t time_us)
{
	char text[CQRS_TIME_TEXT_SIZE];

	if (cqrs_time_format(time_us, text, NULL) == CQRS_OK)
		put_name(dump, text);
	else
		put_format(dump, "(time %" PRId64 " us)", time_us);
}

static void put_enum(struct dump *dump, const struct cqrs_field *field, const void *at)
{
	const char *name = cqrs__enum_name(field->names, at, field->size);

	if (name)
		put_name(dump, name);
	else
		put_format(dump, "(value %" PRId64 ")", cqrs__load_signed(at, field->size));
}

static void put_inline_text(struct dump *dump, const char *text, size_t size)
{
	const char *end = memchr(text, '\0', size);

	put_text(dump, text, end ? (size_t)(end - text) : size);
	if (!end)
		put_name(dump, " (no NUL)");
}

/* What fits on one line. */
static void put_scalar(struct dump *dump, const struct cqrs_field *field, const void *at)
{
	const char *text;

	switch (field->kind) {
	case CQRS_KIND_BOOL:
		put_name(dump, cqrs__load_bool(at) ? "true" : "false");
		break;
	case CQRS_KIND_SIGNED:
		put_format(dump, "%" PRId64, cqrs__load_signed(at, field->size));
		break;
	case CQRS_KIND_UNSIGNED:
		put_format(dump, "%" PRIu64, cqrs__load_unsigned(at, field->size));
		break;
	case CQRS_KIND_DOUBLE:
		put_double(dump, cqrs__load_double(at));
		break;
	case CQRS_KIND_TEXT:
		text = cqrs__load_text(at);
		if (text)
			put_text(dump, text, strlen(text));
		else
			put_name(dump, "(null)");
		break;
	case CQRS_KIND_INLINE_TEXT:
		put_inline_text(dump, at, field->size);
		break;
	case CQRS_KIND_BYTES:
		put_bytes(dump, cqrs__load_bytes(at));
		break;
	case CQRS_KIND_TIME:
		put_time(dump, cqrs__load_signed(at, sizeof(int64_t)));
		break;
	case CQRS_KIND_ENUM:
		put_enum(dump, field, at);
		break;
	case CQRS_KIND_RECORD:
	case CQRS_KIND_LIST:
	case CQRS_KIND_TRANSIENT:
		break;
	}
}

static void dump_list(struct dump *dump, const struct cqrs_field *field, const void *at,
                      unsigned indent, unsigned depth);

/* Write a value after "name:" or "[index]:", and end the line. */
static void dump_value(struct dump *dump, const struct cqrs_field *field, const void *at,
                       unsigned indent, unsigned depth)
{
	if (field->kind == CQRS_KIND_RECORD) {
		put(dump, "\n", 1);
		dump_record(dump, field->record, at, indent + 1, depth + 1);
	} else if (field->kind == CQRS_KIND_LIST) {
		dump_list(dump, field, at, indent, depth + 1);
	} else {
		put(dump, " ", 1);
		put_scalar(dump, field, at);
		put(dump, "\n", 1);
	}
}

static void dump_list(struct dump *dump, const struct cqrs_field *field, const void *at,
                      unsigned indent, unsigned depth)
{
	const struct cqrs_field item_field = cqrs__item_field(field);
	const struct cqrs__list list = cqrs__load_list(at);

	put_format(dump, " %zu %s\n", list.count, list.count == 1 ? "item" : "items");
	for (size_t i = 0; list.items && i < list.count && !dump->failed; i++) {
		put_indent(dump, indent + 1);
		put_format(dump, "[%zu]:", i);
		dump_value(dump, &item_field, (const char *)list.items + i * field->item_size,
		           indent + 1, depth);
	}
}

static void dump_record(struct dump *dump, const struct cqrs_record *record, const void *base,
                        unsigned indent, unsigned depth)
{
	if (depth > CQRS_MAX_NESTING) {
		put_indent(dump, indent);
		put_name(dump, "(nested too deep)\n");
		return;
	}
	for (size_t i = 0; i < record->field_count && !dump->failed; i++) {
		const struct cqrs_field *field = &record->fields[i];

		if (field->kind == CQRS_KIND_TRANSIENT)
			continue;
		put_indent(dump, indent);
		put_name(dump, cqrs__stored_name(field));
		put(dump, ":", 1);
		if (cqrs__field_absent(field, base))
			put_name(dump, " (absent)\n");
		else
			dump_value(dump, field, (const char *)base + field->offset, indent, depth);
	}
}

const char *cqrs_record_dump(const struct cqrs_record *record, const void *value,
                             struct cqrs_arena *arena)
{
	struct cqrs__scratch scratch;
	struct dump dump = { .scratch = &scratch.arena };
	const char *text = NULL;

	cqrs__scratch_begin(&scratch, arena);
	dump_record(&dump, record, value, 0, 1);
	if (!dump.failed)
		text = cqrs_arena_text(arena, dump.text, dump.len);
	cqrs__scratch_end(&scratch);
	return text;
}
