/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * decode_scalar.c - numbers, texts, bytes, times and enums from JSON values, as far as
 * decode.h does not read them, and all their refusals.
 */
#include "core/base64.h"
#include "record/decode.h"

#include <cqrs/environment.h>

#include <math.h>
#include <stdlib.h>

static const char *type_name(yyjson_val *json)
{
	switch (yyjson_get_type(json)) {
	case YYJSON_TYPE_NULL:
		return "null";
	case YYJSON_TYPE_BOOL:
		return "a boolean";
	case YYJSON_TYPE_NUM:
		return yyjson_is_real(json) ? "a number with a point or exponent" : "an integer";
	case YYJSON_TYPE_RAW:
		return "a number";
	case YYJSON_TYPE_STR:
		return "a text";
	case YYJSON_TYPE_ARR:
		return "a list";
	default:
		return "an object";
	}
}

enum cqrs_status cqrs__decode_wrong_type(const struct cqrs__decoder *decoder, yyjson_val *json,
                                         const struct cqrs__path *here, const char *wanted)
{
	return cqrs__path_error(here, decoder->err, CQRS_ERR_INVALID,
	                        "wrong type: %s is expected, this is %s", wanted, type_name(json));
}

static enum cqrs_status out_of_range(const struct cqrs__decoder *decoder,
                                     const struct cqrs__path *here)
{
	return cqrs__path_error(here, decoder->err, CQRS_ERR_INVALID, "out of range");
}

static enum cqrs_status refuse_integer(const struct cqrs__decoder *decoder, yyjson_val *json,
                                       const struct cqrs__path *here)
{
	if (yyjson_is_int(json) || yyjson_is_raw(json)) /* raw: too many digits for 64 bits */
		return out_of_range(decoder, here);
	return cqrs__decode_wrong_type(decoder, json, here, "an integer");
}

/*
 * The double nearest to a number that yyjson left as text: an integer of more than 64
 * bits, or a number that is too large for a double.
 */
static double raw_double(yyjson_val *json)
{
	const char *text = yyjson_get_raw(json);

	if (strpbrk(text, ".eE"))
		return INFINITY;
	return strtod(text, NULL); /* digits only: the locale does not matter */
}

static enum cqrs_status decode_double(const struct cqrs__decoder *decoder, yyjson_val *json,
                                      void *at, const struct cqrs__path *here)
{
	double number;

	if (yyjson_is_uint(json))
		number = (double)yyjson_get_uint(json);
	else if (yyjson_is_sint(json)) /* a signed 0 was written as -0 */
		number = yyjson_get_sint(json) ? (double)yyjson_get_sint(json) : -0.0;
	else if (yyjson_is_raw(json))
		number = raw_double(json);
	else
		return cqrs__decode_wrong_type(decoder, json, here, "a number");
	if (!isfinite(number))
		return out_of_range(decoder, here);
	memcpy(at, &number, sizeof(number));
	return CQRS_OK;
}

/* Take the text of a JSON value, NUL-terminated. */
static enum cqrs_status take_text(const struct cqrs__decoder *decoder, yyjson_val *json,
                                  struct cqrs_text *out, const struct cqrs__path *here)
{
	if (!yyjson_is_str(json))
		return cqrs__decode_wrong_type(decoder, json, here, "a text");
	out->data = yyjson_get_str(json);
	out->len = yyjson_get_len(json);
	if (memchr(out->data, '\0', out->len))
		return cqrs__path_error(here, decoder->err, CQRS_ERR_INVALID, "contains U+0000");
	return CQRS_OK;
}

static enum cqrs_status decode_inline_text(const struct cqrs__decoder *decoder,
                                           struct cqrs_text text, void *at, size_t size,
                                           const struct cqrs__path *here)
{
	if (text.len >= size)
		return cqrs__path_error(here, decoder->err, CQRS_ERR_INVALID,
		                        "too long: at most %zu bytes fit", size - 1);
	memcpy(at, text.data, text.len);
	return CQRS_OK;
}

static enum cqrs_status decode_bytes(const struct cqrs__decoder *decoder, struct cqrs_text text,
                                     void *at, const struct cqrs__path *here)
{
	struct cqrs_bytes bytes;
	uint8_t *data;

	if (!cqrs__base64_decoded_size(text.data, text.len, &bytes.size))
		return cqrs__path_error(here, decoder->err, CQRS_ERR_INVALID, "not base64");
	data = cqrs__arena_allocate(decoder->arena, bytes.size);
	if (!data)
		return cqrs__path_error(here, decoder->err, CQRS_ERR_NOMEM, "no memory for bytes");
	cqrs__base64_decode(text.data, text.len, data);
	bytes.data = data;
	memcpy(at, &bytes, sizeof(bytes));
	return CQRS_OK;
}

static enum cqrs_status decode_time(const struct cqrs__decoder *decoder, struct cqrs_text text,
                                    void *at, const struct cqrs__path *here)
{
	struct cqrs_error why = CQRS_ERROR_INIT;
	int64_t time_us;

	if (cqrs_time_parse(text.data, text.len, &time_us, &why) != CQRS_OK)
		return cqrs__path_error(here, decoder->err, why.status, "%s", why.message);
	memcpy(at, &time_us, sizeof(time_us));
	return CQRS_OK;
}

static enum cqrs_status decode_enum(const struct cqrs__decoder *decoder,
                                    const struct cqrs_field *field, struct cqrs_text text, void *at,
                                    const struct cqrs__path *here)
{
	for (size_t i = 0; i < field->names->count; i++) {
		const struct cqrs_enum_value *value = &field->names->values[i];

		if (strcmp(value->name, text.data) == 0) {
			cqrs__store_integer(at, field->size, (uint64_t)value->value);
			return CQRS_OK;
		}
	}
	return cqrs__path_error(here, decoder->err, CQRS_ERR_INVALID,
	                        "not one of the names this member may have");
}

/* What is stored as a text. */
static enum cqrs_status decode_from_text(const struct cqrs__decoder *decoder,
                                         const struct cqrs_field *field, yyjson_val *json, void *at,
                                         const struct cqrs__path *here)
{
	struct cqrs_text text;
	enum cqrs_status status = take_text(decoder, json, &text, here);

	if (status != CQRS_OK)
		return status;
	switch (field->kind) {
	case CQRS_KIND_INLINE_TEXT:
		return decode_inline_text(decoder, text, at, field->size, here);
	case CQRS_KIND_BYTES:
		return decode_bytes(decoder, text, at, here);
	case CQRS_KIND_TIME:
		return decode_time(decoder, text, at, here);
	case CQRS_KIND_ENUM:
		return decode_enum(decoder, field, text, at, here);
	default:
		memcpy(at, &text.data, sizeof(text.data));
		return CQRS_OK;
	}
}

enum cqrs_status cqrs__decode_scalar(const struct cqrs__decoder *decoder,
                                     const struct cqrs_field *field, yyjson_val *json, void *at,
                                     const struct cqrs__path *here)
{
	if (cqrs__decode_usual(field, json, at))
		return CQRS_OK;
	switch (field->kind) {
	case CQRS_KIND_BOOL:
		return cqrs__decode_wrong_type(decoder, json, here, "a boolean");
	case CQRS_KIND_SIGNED:
	case CQRS_KIND_UNSIGNED:
		return refuse_integer(decoder, json, here);
	case CQRS_KIND_DOUBLE:
		return decode_double(decoder, json, at, here);
	case CQRS_KIND_TEXT:
	case CQRS_KIND_BYTES:
		if (yyjson_is_null(json) && decoder->flags & CQRS_ALLOW_NULL_TEXT)
			return CQRS_OK; /* the zero bytes are NULL already */
		return decode_from_text(decoder, field, json, at, here);
	case CQRS_KIND_INLINE_TEXT:
	case CQRS_KIND_TIME:
	case CQRS_KIND_ENUM:
		return decode_from_text(decoder, field, json, at, here);
	case CQRS_KIND_RECORD:
	case CQRS_KIND_LIST:
	case CQRS_KIND_TRANSIENT:
		break;
	}
	return cqrs__path_error(here, decoder->err, CQRS_ERR_INVALID,
	                        "of no kind that can be stored");
}
