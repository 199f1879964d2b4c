/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * encode.c - a struct to JSON: a yyjson document that borrows the struct's texts, written
 * at once.
 *
 * yyjson checks while it writes that texts are valid UTF-8, but not where one is not. Only
 * if that happens is the document built a second time with every text looked at first.
 */
#include "core/base64.h"
#include "core/text.h"
#include "record/codec.h"
#include "record/json.h"
#include "record/path.h"
#include "record/scratch.h"
#include "record/value.h"

#include <cqrs/environment.h>

#include <math.h>

struct encoder {
	yyjson_mut_doc *document;
	struct cqrs_arena *scratch;
	unsigned flags;
	bool check_texts;
	size_t text_size; /* of texts and bytes so far: bounds the work, whatever is shared */
	enum cqrs_status status;
	struct cqrs_error *err;
};

static yyjson_mut_val *encode_record(struct encoder *encoder, const struct cqrs_record *record,
                                     const void *base, const struct cqrs__path *path,
                                     unsigned depth);

CQRS_PRINTF(4, 5)
static yyjson_mut_val *fail(struct encoder *encoder, const struct cqrs__path *path,
                            enum cqrs_status status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	encoder->status = cqrs__path_error_v(path, encoder->err, status, fmt, args);
	va_end(args);
	return NULL;
}

static yyjson_mut_val *encode_null(struct encoder *encoder, const struct cqrs__path *here)
{
	if (!(encoder->flags & CQRS_ALLOW_NULL_TEXT))
		return fail(encoder, here, CQRS_ERR_INVALID, "is NULL and not optional");
	return yyjson_mut_null(encoder->document);
}

static bool fits(struct encoder *encoder, size_t len, const struct cqrs__path *here)
{
	if (len > CQRS_MAX_JSON_SIZE || encoder->text_size + len > CQRS_MAX_JSON_SIZE) {
		fail(encoder, here, CQRS_ERR_LIMIT, "JSON is larger than %u bytes",
		     CQRS_MAX_JSON_SIZE);
		return false;
	}
	encoder->text_size += len;
	return true;
}

static yyjson_mut_val *encode_text(struct encoder *encoder, const char *text, size_t len,
                                   const struct cqrs__path *here)
{
	if (!fits(encoder, len, here))
		return NULL;
	if (encoder->check_texts && !cqrs__utf8_valid(text, len))
		return fail(encoder, here, CQRS_ERR_INVALID, "not valid UTF-8");
	return yyjson_mut_strn(encoder->document, text, len);
}

static yyjson_mut_val *encode_inline_text(struct encoder *encoder, const char *text, size_t size,
                                          const struct cqrs__path *here)
{
	const char *end = memchr(text, '\0', size);

	if (!end)
		return fail(encoder, here, CQRS_ERR_INVALID, "has no NUL within its %zu bytes",
		            size);
	return encode_text(encoder, text, (size_t)(end - text), here);
}

static yyjson_mut_val *encode_double(struct encoder *encoder, double number,
                                     const struct cqrs__path *here)
{
	if (!isfinite(number))
		return fail(encoder, here, CQRS_ERR_INVALID, "%s cannot be stored",
		            isnan(number) ? "NaN" : "an infinity");
	return yyjson_mut_real(encoder->document, number);
}

static yyjson_mut_val *encode_bytes(struct encoder *encoder, struct cqrs_bytes bytes,
                                    const struct cqrs__path *here)
{
	size_t len;
	char *text;

	if (!bytes.data && bytes.size == 0)
		return encode_null(encoder, here);
	if (!bytes.data)
		return fail(encoder, here, CQRS_ERR_INVALID, "has a size but no bytes");
	if (bytes.size > CQRS_MAX_JSON_SIZE)
		len = bytes.size; /* too large, but the length of its text might overflow */
	else
		len = cqrs__base64_encoded_len(bytes.size);
	if (!fits(encoder, len, here))
		return NULL;
	text = cqrs__arena_allocate(encoder->scratch, len);
	if (!text)
		return NULL;
	cqrs__base64_encode(bytes.data, bytes.size, text);
	return yyjson_mut_strn(encoder->document, text, len);
}

static yyjson_mut_val *encode_time(struct encoder *encoder, int64_t time_us,
                                   const struct cqrs__path *here)
{
	char *text = cqrs__arena_allocate(encoder->scratch, CQRS_TIME_TEXT_SIZE);

	if (!text)
		return NULL;
	if (cqrs_time_format(time_us, text, NULL) != CQRS_OK)
		return fail(encoder, here, CQRS_ERR_INVALID, "outside the years 1 to 9999");
	return yyjson_mut_strn(encoder->document, text, CQRS_TIME_TEXT_SIZE - 1);
}

static yyjson_mut_val *encode_enum(struct encoder *encoder, const struct cqrs_field *field,
                                   const void *at, const struct cqrs__path *here)
{
	const char *name = cqrs__enum_name(field->names, at, field->size);

	if (!name)
		return fail(encoder, here, CQRS_ERR_INVALID, "value without a name");
	return encode_text(encoder, name, strlen(name), here);
}

static yyjson_mut_val *encode_list(struct encoder *encoder, const struct cqrs_field *field,
                                   const void *at, const struct cqrs__path *here, unsigned depth);

/* depth is that of the container which the value is in. */
static yyjson_mut_val *encode_value(struct encoder *encoder, const struct cqrs_field *field,
                                    const void *at, const struct cqrs__path *here, unsigned depth)
{
	yyjson_mut_doc *document = encoder->document;
	const char *text;

	switch (field->kind) {
	case CQRS_KIND_BOOL:
		return yyjson_mut_bool(document, cqrs__load_bool(at));
	case CQRS_KIND_SIGNED:
		return yyjson_mut_sint(document, cqrs__load_signed(at, field->size));
	case CQRS_KIND_UNSIGNED:
		return yyjson_mut_uint(document, cqrs__load_unsigned(at, field->size));
	case CQRS_KIND_DOUBLE:
		return encode_double(encoder, cqrs__load_double(at), here);
	case CQRS_KIND_TEXT:
		text = cqrs__load_text(at);
		if (!text)
			return encode_null(encoder, here);
		return encode_text(encoder, text, strlen(text), here);
	case CQRS_KIND_INLINE_TEXT:
		return encode_inline_text(encoder, at, field->size, here);
	case CQRS_KIND_BYTES:
		return encode_bytes(encoder, cqrs__load_bytes(at), here);
	case CQRS_KIND_TIME:
		return encode_time(encoder, cqrs__load_signed(at, sizeof(int64_t)), here);
	case CQRS_KIND_ENUM:
		return encode_enum(encoder, field, at, here);
	case CQRS_KIND_RECORD:
		return encode_record(encoder, field->record, at, here, depth + 1);
	case CQRS_KIND_LIST:
		return encode_list(encoder, field, at, here, depth + 1);
	case CQRS_KIND_TRANSIENT:
		break;
	}
	return fail(encoder, here, CQRS_ERR_INVALID, "of no kind that can be stored");
}

static yyjson_mut_val *encode_list(struct encoder *encoder, const struct cqrs_field *field,
                                   const void *at, const struct cqrs__path *here, unsigned depth)
{
	const struct cqrs_field item_field = cqrs__item_field(field);
	const struct cqrs__list list = cqrs__load_list(at);
	yyjson_mut_val *array = yyjson_mut_arr(encoder->document);

	if (depth > CQRS_MAX_NESTING)
		return fail(encoder, here, CQRS_ERR_LIMIT, "nested deeper than %d",
		            CQRS_MAX_NESTING);
	if (list.count > CQRS_MAX_LIST_ITEMS)
		return fail(encoder, here, CQRS_ERR_LIMIT, "more than %u items",
		            CQRS_MAX_LIST_ITEMS);
	if (list.count > 0 && !list.items)
		return fail(encoder, here, CQRS_ERR_INVALID, "has a count but no items");
	for (size_t i = 0; i < list.count; i++) {
		const struct cqrs__path place = { here, NULL, i };
		yyjson_mut_val *item;

		item = encode_value(encoder, &item_field,
		                    (const char *)list.items + i * field->item_size, &place, depth);
		if (!item || !yyjson_mut_arr_append(array, item))
			return NULL;
	}
	return array;
}

static yyjson_mut_val *encode_record(struct encoder *encoder, const struct cqrs_record *record,
                                     const void *base, const struct cqrs__path *path,
                                     unsigned depth)
{
	yyjson_mut_val *object = yyjson_mut_obj(encoder->document);

	if (depth > CQRS_MAX_NESTING)
		return fail(encoder, path, CQRS_ERR_LIMIT, "nested deeper than %d",
		            CQRS_MAX_NESTING);
	for (size_t i = 0; i < record->field_count; i++) {
		const struct cqrs_field *field = &record->fields[i];
		const struct cqrs__path here = { path, cqrs__stored_name(field), 0 };
		yyjson_mut_val *value;
		yyjson_mut_val *name;

		if (field->kind == CQRS_KIND_TRANSIENT || cqrs__field_absent(field, base))
			continue;
		value = encode_value(encoder, field, (const char *)base + field->offset, &here,
		                     depth);
		if (!value)
			return NULL;
		name = yyjson_mut_strn(encoder->document, here.name, strlen(here.name));
		if (!yyjson_mut_obj_add(object, name, value))
			return NULL;
	}
	return object;
}

/* Build the document; the encoder's status says how that went. */
static void build(struct encoder *encoder, const struct cqrs_record *record, const void *value)
{
	const yyjson_alc allocator = cqrs__json_allocator(encoder->scratch);
	yyjson_mut_val *root = NULL;

	encoder->text_size = 0;
	encoder->document = yyjson_mut_doc_new(&allocator);
	if (encoder->document)
		root = encode_record(encoder, record, value, NULL, 1);
	yyjson_mut_doc_set_root(encoder->document, root);
	if (!root && encoder->status == CQRS_OK)
		encoder->status = cqrs_error_set(encoder->err, CQRS_ERR_NOMEM,
		                                 "no memory to encode a %s", record->name);
}

enum cqrs_status cqrs_record_encode(const struct cqrs_record *record, const void *value,
                                    unsigned flags, struct cqrs_arena *arena,
                                    struct cqrs_text *out_json, struct cqrs_error *err)
{
	struct cqrs__scratch scratch;
	struct encoder encoder = { .scratch = &scratch.arena, .flags = flags, .err = err };

	if (flags & ~CQRS_ALLOW_NULL_TEXT)
		return cqrs_error_set(err, CQRS_ERR_INVALID, "unknown flags");
	cqrs__scratch_begin(&scratch, arena);
	build(&encoder, record, value);
	if (encoder.status != CQRS_OK)
		goto out;
	encoder.status =
		cqrs__json_write_with(encoder.document, &scratch.arena, arena, out_json, err);
	if (encoder.status == CQRS_ERR_INVALID) {
		encoder.status = CQRS_OK;
		encoder.check_texts = true;
		build(&encoder, record, value);
		if (encoder.status == CQRS_OK)
			encoder.status = CQRS_ERR_INVALID; /* in a name of the table */
	}
out:
	cqrs__scratch_end(&scratch);
	return encoder.status;
}
