/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* decode.h - what the files of the decoder share. */
#ifndef CQRS_SRC_RECORD_DECODE_H
#define CQRS_SRC_RECORD_DECODE_H

#include "core/arena.h"
#include "record/path.h"
#include "record/value.h"

#include <yyjson.h>

struct cqrs__decoder {
	struct cqrs_arena *arena;   /* for what the value points to */
	struct cqrs_arena *scratch; /* for what the call forgets */
	unsigned flags;
	struct cqrs_error *err;
};

/* Set the error of a JSON value whose type is not the wanted one ("a number"). */
enum cqrs_status cqrs__decode_wrong_type(const struct cqrs__decoder *decoder, yyjson_val *json,
                                         const struct cqrs__path *here, const char *wanted);

/* Read what is neither a record nor a list; at holds field->size zero bytes. */
enum cqrs_status cqrs__decode_scalar(const struct cqrs__decoder *decoder,
                                     const struct cqrs_field *field, yyjson_val *json, void *at,
                                     const struct cqrs__path *here);

/*
 * The functions below are what most members need, and are here to be inlined. They store
 * the value and are true, or do nothing and leave it to cqrs__decode_scalar() to read or to
 * refuse it.
 */

/* Whether a value is a text in which yyjson found no escape: it holds no U+0000 either. */
static inline bool cqrs__is_plain_text(yyjson_val *json)
{
	return yyjson_get_tag(json) == (YYJSON_TYPE_STR | YYJSON_SUBTYPE_NOESC);
}

static inline bool cqrs__decode_signed(size_t size, yyjson_val *json, void *at)
{
	const int64_t max = INT64_MAX >> (64 - 8 * size);
	const int64_t number = yyjson_get_sint(json);

	if (!yyjson_is_int(json) || (yyjson_is_uint(json) && number < 0) || number > max ||
	    number < -max - 1)
		return false;
	cqrs__store_integer(at, size, (uint64_t)number);
	return true;
}

static inline bool cqrs__decode_unsigned(size_t size, yyjson_val *json, void *at)
{
	const uint64_t number = yyjson_get_uint(json);

	if (!yyjson_is_int(json) || (yyjson_is_sint(json) && number != 0) ||
	    number > UINT64_MAX >> (64 - 8 * size))
		return false;
	cqrs__store_integer(at, size, number);
	return true;
}

/* A number with a point or an exponent; yyjson makes none that is not finite. */
static inline bool cqrs__decode_real(yyjson_val *json, void *at)
{
	const double number = yyjson_get_real(json);

	if (!yyjson_is_real(json))
		return false;
	memcpy(at, &number, sizeof(number));
	return true;
}

static inline bool cqrs__decode_bool(yyjson_val *json, void *at)
{
	const bool value = yyjson_get_bool(json);

	if (!yyjson_is_bool(json))
		return false;
	memcpy(at, &value, sizeof(value));
	return true;
}

static inline bool cqrs__decode_plain_text(yyjson_val *json, void *at)
{
	const char *text = yyjson_get_str(json);

	if (!cqrs__is_plain_text(json))
		return false;
	memcpy(at, &text, sizeof(text));
	return true;
}

static inline bool cqrs__decode_usual(const struct cqrs_field *field, yyjson_val *json, void *at)
{
	switch (field->kind) {
	case CQRS_KIND_BOOL:
		return cqrs__decode_bool(json, at);
	case CQRS_KIND_SIGNED:
		return cqrs__decode_signed(field->size, json, at);
	case CQRS_KIND_UNSIGNED:
		return cqrs__decode_unsigned(field->size, json, at);
	case CQRS_KIND_DOUBLE:
		return cqrs__decode_real(json, at);
	case CQRS_KIND_TEXT:
		return cqrs__decode_plain_text(json, at);
	default:
		return false;
	}
}

#endif
