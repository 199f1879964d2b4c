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
	yyjson_arr_foreach (json, i, count, item) {
		const struct cqrs__path place = { here, NULL, i };

		status = decode_value(decoder, &item_field, item,
		                      (char *)list.items + i * field->item_size, &place, depth);
		if (status != CQRS_OK)
			return status;
	}
	memcpy(at, &list, sizeof(list));
	return CQRS_OK;
}

/* A record as it is being read. */
struct target {
	const struct cqrs_record *record;
	char *base;
	const struct cqrs__path *path;
	unsigned depth;
	uint64_t seen; /* bit i: field i */
	struct cqrs__name_set unknown;
};

static bool is_stored_as(const struct cqrs_field *field, struct cqrs_text name)
{
	const char *stored = cqrs__stored_name(field);

	return field->kind != CQRS_KIND_TRANSIENT && strlen(stored) == name.len &&
	       memcmp(stored, name.data, name.len) == 0;
}

/*
 * The index of the field of a name; field_count if there is none. Members mostly come in
 * the table's order, so next, which follows the last one found, is tried first.
 */
static size_t find_field(const struct cqrs_record *record, struct cqrs_text name, size_t next)
{
	size_t i;

	if (next < record->field_count && is_stored_as(&record->fields[next], name))
		return next;
	for (i = 0; i < record->field_count; i++) {
		if (is_stored_as(&record->fields[i], name))
			break;
	}
	return i;
}

static enum cqrs_status duplicate(const struct cqrs__decoder *decoder,
                                  const struct cqrs__path *here)
{
	return cqrs__path_error(here, decoder->err, CQRS_ERR_INVALID, "duplicate member");
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
	yyjson_arr_foreach (json, i, count, value) {
		if (is_too_deep(value, depth + 1))
			return true;
	}
	yyjson_obj_foreach (json, i, count, name, value) {
		if (is_too_deep(value, depth + 1))
			return true;
	}
	return false;
}

static enum cqrs_status pass_over(const struct cqrs__decoder *decoder, struct target *target,
                                  struct cqrs_text name, yyjson_val *json,
                                  const struct cqrs__path *here)
{
	if (!(decoder->flags & CQRS_IGNORE_UNKNOWN))
		return cqrs__path_error(here, decoder->err, CQRS_ERR_INVALID, "unknown member");
	if (is_too_deep(json, target->depth + 1))
		return too_deep(decoder, here);
	switch (cqrs__name_set_add(&target->unknown, name)) {
	case CQRS_OK:
		return CQRS_OK;
	case CQRS_ERR_CONFLICT:
		return duplicate(decoder, here);
	default:
		return cqrs__path_error(here, decoder->err, CQRS_ERR_NOMEM,
		                        "no memory for the names of members");
	}
}

/* Make an optional member absent, or say that it is there. */
static void set_presence(const struct cqrs__decoder *decoder, const struct target *target,
                         const struct cqrs_field *field, bool present)
{
	if (!present)
		cqrs__field_init(field, decoder->arena, target->base + field->offset);
	if (field->presence)
		memcpy(target->base + field->presence - 1, &present, sizeof(present));
}

/* Whether a null says that an optional member is absent: not where null is a value. */
static bool is_absent(const struct cqrs__decoder *decoder, const struct cqrs_field *field,
                      yyjson_val *json)
{
	if (!yyjson_is_null(json))
		return false;
	return !(decoder->flags & CQRS_ALLOW_NULL_TEXT) ||
	       (field->kind != CQRS_KIND_TEXT && field->kind != CQRS_KIND_BYTES);
}

/* Read any member; *next is set to the index that follows its field's. */
static enum cqrs_status decode_member(const struct cqrs__decoder *decoder, struct target *target,
                                      yyjson_val *key, yyjson_val *json, size_t *next)
{
	const struct cqrs_text name = { yyjson_get_str(key), yyjson_get_len(key) };
	const struct cqrs__path here = { target->path, name.data, 0 };
	const size_t i = find_field(target->record, name, *next);
	const struct cqrs_field *field;

	if (i == target->record->field_count)
		return pass_over(decoder, target, name, json, &here);
	field = &target->record->fields[i];
	if (target->seen >> i & 1)
		return duplicate(decoder, &here);
	target->seen |= UINT64_C(1) << i;
	*next = i + 1;
	if (field->optional) {
		const bool absent = is_absent(decoder, field, json);

		set_presence(decoder, target, field, !absent);
		if (absent)
			return CQRS_OK;
	}
	return decode_value(decoder, field, json, target->base + field->offset, &here,
	                    target->depth);
}

/*
 * Read a member in the usual case: in the table's order, not optional, a scalar of the type
 * that it should be. False, with nothing done, where decode_member() is to decide.
 */
static inline bool decode_usual_member(struct target *target, size_t next, yyjson_val *key,
                                       yyjson_val *json)
{
	const struct cqrs_field *field;

	if (next >= target->record->field_count)
		return false;
	field = &target->record->fields[next];
	/* A name that is plain has no U+0000 in it, so that strcmp() compares all of it. */
	if (field->optional || target->seen >> next & 1 || !cqrs__is_plain_text(key) ||
	    strcmp(cqrs__stored_name(field), yyjson_get_str(key)) != 0 ||
	    !cqrs__decode_usual(field, json, target->base + field->offset))
		return false;
	target->seen |= UINT64_C(1) << next;
	return true;
}

/* What a document left out: an error, or made absent. */
static enum cqrs_status complete(const struct cqrs__decoder *decoder, const struct target *target)
{
	for (size_t i = 0; i < target->record->field_count; i++) {
		const struct cqrs_field *field = &target->record->fields[i];
		const struct cqrs__path here = { target->path, cqrs__stored_name(field), 0 };

		if (target->seen >> i & 1 || field->kind == CQRS_KIND_TRANSIENT)
			continue;
		if (!field->optional)
			return cqrs__path_error(&here, decoder->err, CQRS_ERR_INVALID,
			                        "is missing");
		set_presence(decoder, target, field, false);
	}
	return CQRS_OK;
}

static enum cqrs_status decode_record(const struct cqrs__decoder *decoder,
                                      const struct cqrs_record *record, yyjson_val *json,
                                      void *base, const struct cqrs__path *path, unsigned depth)
{
	struct target target = { record, base, path, depth, 0, { .arena = decoder->scratch } };
	size_t next = 0;
	yyjson_val *key;
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
	yyjson_obj_foreach (json, i, count, key, value) {
		enum cqrs_status status;

		if (decode_usual_member(&target, next, key, value)) {
			next++;
			continue;
		}
		status = decode_member(decoder, &target, key, value, &next);
		if (status != CQRS_OK)
			return status;
	}
	if (record->field_count > 0 &&
	    target.seen == UINT64_MAX >> (CQRS_MAX_FIELDS - record->field_count))
		return CQRS_OK;
	return complete(decoder, &target);
}

/* Decode into memory of the call, so that a failure leaves *out_value as it was. */
static enum cqrs_status decode_root(const struct cqrs__decoder *decoder,
                                    const struct cqrs_record *record, yyjson_val *json,
                                    const struct cqrs__path *path, void *out_value)
{
	alignas(max_align_t) char small[256];
	char *value = small;
	enum cqrs_status status;

	if (record->size > sizeof(small))
		value = cqrs__arena_allocate(decoder->scratch, record->size);
	if (!value)
		return cqrs_error_set(decoder->err, CQRS_ERR_NOMEM, "no memory to decode a %s",
		                      record->name);
	memset(value, 0, record->size);
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

enum cqrs_status cqrs__record_decode_in(const struct cqrs_record *record, struct cqrs_text json,
                                        unsigned flags, struct cqrs_arena *arena,
                                        const void **out_value, struct cqrs_error *err)
{
	struct cqrs__scratch scratch;
	const struct cqrs__decoder decoder = { arena, &scratch.arena, flags, err };
	void *value = cqrs__arena_zeroed(arena, 1, record->size);
	enum cqrs_status status = check_flags(flags, err);
	yyjson_val *root;

	if (status != CQRS_OK)
		return status;
	if (!value)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory to decode a %s",
		                      record->name);
	cqrs__scratch_begin(&scratch, arena);
	status = cqrs__json_parse(json, arena, &scratch.arena, &root, err);
	if (status == CQRS_OK)
		status = decode_record(&decoder, record, root, value, NULL, 1);
	cqrs__scratch_end(&scratch);
	if (status == CQRS_OK)
		*out_value = value;
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
