/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * decode.c - JSON to a struct: records and lists, and what decoding is called by.
 *
 * The JSON text is copied once, into the arena, where yyjson ends its strings in place:
 * the struct's texts point into that copy. Nothing else is left in the arena.
 */
#include "record/decode.h"
#include "record/codec.h"
#include "record/json.h"
#include "record/name_set.h"
#include "record/scratch.h"
#include "record/value.h"

static enum cqrs_status decode_record(const struct cqrs__decoder *decoder,
                                      const struct cqrs_record *record, yyjson_val *json,
                                      void *base, const struct cqrs__path *path, unsigned depth);
static enum cqrs_status decode_list(const struct cqrs__decoder *decoder,
                                    const struct cqrs_field *field, yyjson_val *json, void *at,
                                    const struct cqrs__path *here, unsigned depth);

/* Read any value into zero bytes; depth is that of the container which it is in. */
static enum cqrs_status decode_value(const struct cqrs__decoder *decoder,
                                     const struct cqrs_field *field, yyjson_val *json, void *at,
                                     const struct cqrs__path *here, unsigned depth)
{
	if (field->kind == CQRS_KIND_RECORD)
		return decode_record(decoder, field->record, json, at, here, depth + 1);
	if (field->kind == CQRS_KIND_LIST)
		return decode_list(decoder, field, json, at, here, depth + 1);
	return cqrs__decode_scalar(decoder, field, json, at, here);
}

static enum cqrs_status too_deep(const struct cqrs__decoder *decoder, const struct cqrs__path *here)
{
	return cqrs__path_error(here, decoder->err, CQRS_ERR_LIMIT, "nested deeper than %d",
	                        CQRS_MAX_NESTING);
}

static enum cqrs_status decode_list(const struct cqrs__decoder *decoder,
                                    const struct cqrs_field *field, yyjson_val *json, void *at,
                                    const struct cqrs__path *here, unsigned depth)
{
	const struct cqrs_field item_field = cqrs__item_field(field);
	struct cqrs__list list = { .memory = decoder->arena };
	enum cqrs_status status;
	yyjson_val *item;
	size_t i;
	size_t count;

	if (!yyjson_is_arr(json))
		return cqrs__decode_wrong_type(decoder, json, here, "a list");
	if (depth > CQRS_MAX_NESTING)
		return too_deep(decoder, here);
	list.count = yyjson_arr_size(json);
	if (list.count > CQRS_MAX_LIST_ITEMS)
		return cqrs__path_error(here, decoder->err, CQRS_ERR_LIMIT, "more than %u items",
		                        CQRS_MAX_LIST_ITEMS);
	if (list.count > 0) {
		list.capacity = list.count;
		list.items = cqrs__arena_zeroed(decoder->arena, list.count, field->item_size);
		if (!list.items)
			return cqrs__path_error(here, decoder->err, CQRS_ERR_NOMEM,
			                        "no memory for a list");
	}
	yyjson_arr_foreach(json, i, count, item)
	{
		const struct cqrs__path place = { here, NULL, i };

		status = decode_value(decoder, &item_field, item,
		                      (char *)list.items + i * field->item_size, &place, depth);
		if (status != CQRS_OK)
			return status;
	}
	memcpy(at, &list, sizeof(list));
	return CQRS_OK;
}

/* The field of a name, or NULL; *next is where the members of a document in order go on. */
static const struct cqrs_field *find_field(const struct cqrs_record *record, const char *name,
                                           size_t len, size_t *next)
{
	for (size_t n = 0; n < record->field_count; n++) {
		size_t i = *next + n < record->field_count ? *next + n
		                                           : *next + n - record->field_count;
		const struct cqrs_field *field = &record->fields[i];
		const char *stored = cqrs__stored_name(field);

		if (field->kind != CQRS_KIND_TRANSIENT && stored[0] == name[0] &&
		    strlen(stored) == len && memcmp(stored, name, len) == 0) {
			*next = i + 1;
			return field;
		}
	}
	return NULL;
}

/* Whether a value that is passed over contains more than the nesting allowed. */
static bool is_too_deep(yyjson_val *json, unsigned depth)
{
	size_t i;
	size_t count;
	yyjson_val *name;
	yyjson_val *value;

	if (!yyjson_is_ctn(json))
		return false;
	if (depth > CQRS_MAX_NESTING)
		return true;
	yyjson_arr_foreach(json, i, count, value)
	{
		if (is_too_deep(value, depth + 1))
			return true;
	}
	yyjson_obj_foreach(json, i, count, name, value)
	{
		if (is_too_deep(value, depth + 1))
			return true;
	}
	return false;
}

static enum cqrs_status pass_over(const struct cqrs__decoder *decoder, yyjson_val *name,
                                  yyjson_val *value, struct cqrs__name_set *names,
                                  const struct cqrs__path *here, unsigned depth)
{
	const struct cqrs_text text = { yyjson_get_str(name), yyjson_get_len(name) };

	if (!(decoder->flags & CQRS_IGNORE_UNKNOWN))
		return cqrs__path_error(here, decoder->err, CQRS_ERR_INVALID, "unknown member");
	if (is_too_deep(value, depth + 1))
		return too_deep(decoder, here);
	switch (cqrs__name_set_add(names, text)) {
	case CQRS_OK:
		return CQRS_OK;
	case CQRS_ERR_CONFLICT:
		return cqrs__path_error(here, decoder->err, CQRS_ERR_INVALID, "duplicate member");
	default:
		return cqrs__path_error(here, decoder->err, CQRS_ERR_NOMEM,
		                        "no memory for the names of members");
	}
}

static enum cqrs_status decode_member(const struct cqrs__decoder *decoder,
                                      const struct cqrs_field *field, yyjson_val *json, void *base,
                                      const struct cqrs__path *here, unsigned depth)
{
	void *at = (char *)base + field->offset;
	const bool null_is_a_value =
		decoder->flags & CQRS_ALLOW_NULL_TEXT &&
		(field->kind == CQRS_KIND_TEXT || field->kind == CQRS_KIND_BYTES);

	if (field->optional && yyjson_is_null(json) && !null_is_a_value) {
		cqrs__field_init(field, decoder->arena, at);
		return CQRS_OK;
	}
	if (field->presence) {
		const bool present = true;

		memcpy((char *)base + field->presence - 1, &present, sizeof(present));
	}
	return decode_value(decoder, field, json, at, here, depth);
}

/* What a document left out: an error, or made absent. Bit i of seen is field i. */
static enum cqrs_status complete(const struct cqrs__decoder *decoder,
                                 const struct cqrs_record *record, uint64_t seen, void *base,
                                 const struct cqrs__path *path)
{
	for (size_t i = 0; i < record->field_count; i++) {
		const struct cqrs_field *field = &record->fields[i];
		const struct cqrs__path here = { path, cqrs__stored_name(field), 0 };

		if (seen >> i & 1 || field->kind == CQRS_KIND_TRANSIENT)
			continue;
		if (!field->optional)
			return cqrs__path_error(&here, decoder->err, CQRS_ERR_INVALID,
			                        "is missing");
		cqrs__field_init(field, decoder->arena, (char *)base + field->offset);
	}
	return CQRS_OK;
}

static enum cqrs_status decode_record(const struct cqrs__decoder *decoder,
                                      const struct cqrs_record *record, yyjson_val *json,
                                      void *base, const struct cqrs__path *path, unsigned depth)
{
	struct cqrs__name_set unknown = { .arena = decoder->scratch };
	enum cqrs_status status;
	uint64_t seen = 0;
	size_t next = 0;
	yyjson_val *name;
	yyjson_val *value;
	size_t i;
	size_t count;

	if (!yyjson_is_obj(json))
		return cqrs__decode_wrong_type(decoder, json, path, "an object");
	if (depth > CQRS_MAX_NESTING)
		return too_deep(decoder, path);
	if (record->field_count > CQRS_MAX_FIELDS)
		return cqrs__path_error(path, decoder->err, CQRS_ERR_INVALID,
		                        "record '%s' has more than %d members", record->name,
		                        CQRS_MAX_FIELDS);
	yyjson_obj_foreach(json, i, count, name, value)
	{
		const struct cqrs__path here = { path, yyjson_get_str(name), 0 };
		const struct cqrs_field *field =
			find_field(record, here.name, yyjson_get_len(name), &next);
		uint64_t bit = field ? UINT64_C(1) << (field - record->fields) : 0;

		if (!field)
			status = pass_over(decoder, name, value, &unknown, &here, depth);
		else if (seen & bit)
			status = cqrs__path_error(&here, decoder->err, CQRS_ERR_INVALID,
			                          "duplicate member");
		else
			status = decode_member(decoder, field, value, base, &here, depth);
		if (status != CQRS_OK)
			return status;
		seen |= bit;
	}
	return complete(decoder, record, seen, base, path);
}

/* Decode into memory of the call, so that a failure leaves *out_value as it was. */
static enum cqrs_status decode_root(const struct cqrs__decoder *decoder,
                                    const struct cqrs_record *record, yyjson_val *json,
                                    const struct cqrs__path *path, void *out_value)
{
	void *value = cqrs__arena_zeroed(decoder->scratch, 1, record->size);
	enum cqrs_status status;

	if (!value)
		return cqrs_error_set(decoder->err, CQRS_ERR_NOMEM, "no memory to decode a %s",
		                      record->name);
	status = decode_record(decoder, record, json, value, path, 1);
	if (status == CQRS_OK && record->size > 0)
		memcpy(out_value, value, record->size);
	return status;
}

static enum cqrs_status check_flags(unsigned flags, struct cqrs_error *err)
{
	if (flags & ~(CQRS_IGNORE_UNKNOWN | CQRS_ALLOW_NULL_TEXT))
		return cqrs_error_set(err, CQRS_ERR_INVALID, "unknown flags");
	return CQRS_OK;
}

enum cqrs_status cqrs__record_decode_value(const struct cqrs_record *record, yyjson_val *object,
                                           unsigned flags, const char *path_prefix,
                                           struct cqrs_arena *arena, void *out_value,
                                           struct cqrs_error *err)
{
	const struct cqrs__path prefix = { NULL, path_prefix, 0 };
	struct cqrs__scratch scratch;
	const struct cqrs__decoder decoder = { arena, &scratch.arena, flags, err };
	enum cqrs_status status = check_flags(flags, err);

	if (status != CQRS_OK)
		return status;
	cqrs__scratch_begin(&scratch, arena);
	status = decode_root(&decoder, record, object, path_prefix ? &prefix : NULL, out_value);
	cqrs__scratch_end(&scratch);
	return status;
}

enum cqrs_status cqrs_record_decode(const struct cqrs_record *record, struct cqrs_text json,
                                    unsigned flags, struct cqrs_arena *arena, void *out_value,
                                    struct cqrs_error *err)
{
	struct cqrs__scratch scratch;
	const struct cqrs__decoder decoder = { arena, &scratch.arena, flags, err };
	/* Where nothing can point into the text, the text is not worth keeping. */
	struct cqrs_arena *text_arena = cqrs__record_has_pointers(record) ? arena : &scratch.arena;
	enum cqrs_status status = check_flags(flags, err);
	yyjson_val *root;

	if (status != CQRS_OK)
		return status;
	cqrs__scratch_begin(&scratch, arena);
	status = cqrs__json_parse(json, text_arena, &scratch.arena, &root, err);
	if (status == CQRS_OK)
		status = decode_root(&decoder, record, root, NULL, out_value);
	cqrs__scratch_end(&scratch);
	return status;
}
