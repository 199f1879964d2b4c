/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* encode.c - a struct to JSON, written member by member in the table's order. */
#include "core/base64.h"
#include "record/codec.h"
#include "record/path.h"
#include "record/value.h"
#include "record/writer.h"

#include <cqrs/environment.h>

#include <math.h>

struct encoder {
	struct cqrs__writer writer;
	unsigned flags;
	struct cqrs_error *err;
};

static enum cqrs_status encode_record(struct encoder *encoder, const struct cqrs_record *record,
                                      const void *base, const struct cqrs__path *path,
                                      unsigned depth);
static enum cqrs_status encode_list(struct encoder *encoder, const struct cqrs_field *field,
                                    const void *at, const struct cqrs__path *here, unsigned depth);

static enum cqrs_status too_large(struct encoder *encoder, const struct cqrs__path *here)
{
	return cqrs__path_error(here, encoder->err, CQRS_ERR_LIMIT, "JSON is larger than %u bytes",
	                        CQRS_MAX_JSON_SIZE);
}

/* Pass on what the writer returned, with words. */
static enum cqrs_status written(struct encoder *encoder, enum cqrs_status status,
                                const struct cqrs__path *here)
{
	if (status == CQRS_OK)
		return status;
	if (status == CQRS_ERR_LIMIT)
		return too_large(encoder, here);
	return cqrs__path_error(here, encoder->err, status, "%s",
	                        status == CQRS_ERR_INVALID ? "not valid UTF-8"
	                                                   : "no memory for JSON");
}

static enum cqrs_status encode_literal(struct encoder *encoder, const char *literal,
                                       const struct cqrs__path *here)
{
	return written(encoder, cqrs__write_raw(&encoder->writer, literal, strlen(literal)), here);
}

static enum cqrs_status encode_null(struct encoder *encoder, const struct cqrs__path *here)
{
	if (!(encoder->flags & CQRS_ALLOW_NULL_TEXT))
		return cqrs__path_error(here, encoder->err, CQRS_ERR_INVALID,
		                        "is NULL and not optional");
	return encode_literal(encoder, "null", here);
}

static bool fits(const struct encoder *encoder, size_t len)
{
	return len <= CQRS_MAX_JSON_SIZE && encoder->writer.len + len <= CQRS_MAX_JSON_SIZE;
}

static enum cqrs_status encode_text(struct encoder *encoder, const char *text, size_t len,
                                    const struct cqrs__path *here)
{
	if (!fits(encoder, len))
		return too_large(encoder, here);
	return written(encoder, cqrs__write_text(&encoder->writer, text, len), here);
}

static enum cqrs_status encode_inline_text(struct encoder *encoder, const char *text, size_t size,
                                           const struct cqrs__path *here)
{
	const char *end = memchr(text, '\0', size);

	if (!end)
		return cqrs__path_error(here, encoder->err, CQRS_ERR_INVALID,
		                        "has no NUL within its %zu bytes", size);
	return encode_text(encoder, text, (size_t)(end - text), here);
}

static enum cqrs_status encode_double(struct encoder *encoder, double number,
                                      const struct cqrs__path *here)
{
	if (!isfinite(number))
		return cqrs__path_error(here, encoder->err, CQRS_ERR_INVALID, "%s cannot be stored",
		                        isnan(number) ? "NaN" : "an infinity");
	return written(encoder, cqrs__write_double(&encoder->writer, number), here);
}

static enum cqrs_status encode_bytes(struct encoder *encoder, struct cqrs_bytes bytes,
                                     const struct cqrs__path *here)
{
	struct cqrs__writer *writer = &encoder->writer;
	enum cqrs_status status;
	size_t len;

	if (!bytes.data && bytes.size == 0)
		return encode_null(encoder, here);
	if (!bytes.data)
		return cqrs__path_error(here, encoder->err, CQRS_ERR_INVALID,
		                        "has a size but no bytes");
	if (bytes.size > CQRS_MAX_JSON_SIZE)
		return too_large(encoder, here); /* the length of its text might overflow */
	len = cqrs__base64_encoded_len(bytes.size);
	if (!fits(encoder, len))
		return too_large(encoder, here);
	status = cqrs__writer_reserve(writer, len + 2);
	if (status != CQRS_OK)
		return written(encoder, status, here);
	cqrs__writer_put(writer, '"');
	cqrs__base64_encode(bytes.data, bytes.size, writer->text + writer->len);
	writer->len += len;
	cqrs__writer_put(writer, '"');
	return CQRS_OK;
}

static enum cqrs_status encode_time(struct encoder *encoder, int64_t time_us,
                                    const struct cqrs__path *here)
{
	char text[CQRS_TIME_TEXT_SIZE];

	if (cqrs_time_format(time_us, text, NULL) != CQRS_OK)
		return cqrs__path_error(here, encoder->err, CQRS_ERR_INVALID,
		                        "outside the years 1 to 9999");
	return encode_text(encoder, text, sizeof(text) - 1, here);
}

static enum cqrs_status encode_enum(struct encoder *encoder, const struct cqrs_field *field,
                                    const void *at, const struct cqrs__path *here)
{
	const char *name = cqrs__enum_name(field->names, at, field->size);

	if (!name)
		return cqrs__path_error(here, encoder->err, CQRS_ERR_INVALID,
		                        "value without a name");
	return encode_text(encoder, name, strlen(name), here);
}

/* depth is that of the container which the value is in. */
static enum cqrs_status encode_value(struct encoder *encoder, const struct cqrs_field *field,
                                     const void *at, const struct cqrs__path *here, unsigned depth)
{
	struct cqrs__writer *writer = &encoder->writer;
	const char *text;

	switch (field->kind) {
	case CQRS_KIND_BOOL:
		return encode_literal(encoder, cqrs__load_bool(at) ? "true" : "false", here);
	case CQRS_KIND_SIGNED:
		return written(encoder,
		               cqrs__write_signed(writer, cqrs__load_signed(at, field->size)),
		               here);
	case CQRS_KIND_UNSIGNED:
		return written(encoder,
		               cqrs__write_unsigned(writer, cqrs__load_unsigned(at, field->size)),
		               here);
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
	return cqrs__path_error(here, encoder->err, CQRS_ERR_INVALID,
	                        "of no kind that can be stored");
}

static enum cqrs_status too_deep(struct encoder *encoder, const struct cqrs__path *here)
{
	return cqrs__path_error(here, encoder->err, CQRS_ERR_LIMIT, "nested deeper than %d",
	                        CQRS_MAX_NESTING);
}

/* The bracket that closes, with the one that opens where nothing stood between them. */
static enum cqrs_status close(struct encoder *encoder, bool begun, const char *brackets,
                              const struct cqrs__path *here)
{
	return encode_literal(encoder, begun ? brackets + 1 : brackets, here);
}

static enum cqrs_status encode_list(struct encoder *encoder, const struct cqrs_field *field,
                                    const void *at, const struct cqrs__path *here, unsigned depth)
{
	const struct cqrs_field item_field = cqrs__item_field(field);
	const struct cqrs__list list = cqrs__load_list(at);

	if (depth > CQRS_MAX_NESTING)
		return too_deep(encoder, here);
	if (list.count > CQRS_MAX_LIST_ITEMS)
		return cqrs__path_error(here, encoder->err, CQRS_ERR_LIMIT, "more than %u items",
		                        CQRS_MAX_LIST_ITEMS);
	if (list.count > 0 && !list.items)
		return cqrs__path_error(here, encoder->err, CQRS_ERR_INVALID,
		                        "has a count but no items");
	for (size_t i = 0; i < list.count; i++) {
		const struct cqrs__path place = { here, NULL, i };
		const void *item = (const char *)list.items + i * field->item_size;
		enum cqrs_status status = cqrs__write_char(&encoder->writer, i ? ',' : '[');

		if (status != CQRS_OK)
			return written(encoder, status, here);
		status = encode_value(encoder, &item_field, item, &place, depth);
		if (status != CQRS_OK)
			return status;
	}
	return close(encoder, list.count > 0, "[]", here);
}

static enum cqrs_status encode_record(struct encoder *encoder, const struct cqrs_record *record,
                                      const void *base, const struct cqrs__path *path,
                                      unsigned depth)
{
	bool begun = false;

	if (depth > CQRS_MAX_NESTING)
		return too_deep(encoder, path);
	for (size_t i = 0; i < record->field_count; i++) {
		const struct cqrs_field *field = &record->fields[i];
		const struct cqrs__path here = { path, cqrs__stored_name(field), 0 };
		const void *at = (const char *)base + field->offset;
		enum cqrs_status status;

		if (field->kind == CQRS_KIND_TRANSIENT || cqrs__field_absent(field, base))
			continue;
		status = cqrs__write_name(&encoder->writer, begun ? ',' : '{', here.name,
		                          strlen(here.name));
		if (status != CQRS_OK)
			return written(encoder, status, &here);
		begun = true;
		status = encode_value(encoder, field, at, &here, depth);
		if (status != CQRS_OK)
			return status;
	}
	return close(encoder, begun, "{}", path);
}

enum cqrs_status cqrs_record_encode(const struct cqrs_record *record, const void *value,
                                    unsigned flags, struct cqrs_arena *arena,
                                    struct cqrs_text *out_json, struct cqrs_error *err)
{
	struct encoder encoder = { .flags = flags, .err = err };
	enum cqrs_status status;

	if (flags & ~CQRS_ALLOW_NULL_TEXT)
		return cqrs_error_set(err, CQRS_ERR_INVALID, "unknown flags");
	cqrs__writer_begin(&encoder.writer, arena);
	status = encode_record(&encoder, record, value, NULL, 1);
	if (status != CQRS_OK)
		return status;
	return written(&encoder, cqrs__writer_end(&encoder.writer, out_json), NULL);
}
