/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * copy.c - values in an arena: empty ones, and full copies of others.
 *
 * A copy begins as the bits of the struct; then whatever those point to is replaced by a
 * copy of its own, in place.
 */
#include "core/arena.h"
#include "record/codec.h"
#include "record/path.h"
#include "record/value.h"

#include <stdalign.h>

static void init_lists(const struct cqrs_record *record, struct cqrs_arena *arena, void *value)
{
	for (size_t i = 0; i < record->field_count; i++) {
		const struct cqrs_field *field = &record->fields[i];

		cqrs__field_init(field, arena, (char *)value + field->offset);
	}
}

void cqrs__field_init(const struct cqrs_field *field, struct cqrs_arena *arena, void *at)
{
	const struct cqrs__list empty = { .memory = arena };

	if (field->kind == CQRS_KIND_LIST)
		memcpy(at, &empty, sizeof(empty));
	else if (field->kind == CQRS_KIND_RECORD)
		init_lists(field->record, arena, at);
}

void cqrs_record_init(const struct cqrs_record *record, struct cqrs_arena *arena, void *value)
{
	if (record->size == 0)
		return;
	memset(value, 0, record->size);
	init_lists(record, arena, value);
}

/* Whether the bits of the struct are all there is. */
static inline bool is_own_already(enum cqrs_kind kind)
{
	return kind != CQRS_KIND_TEXT && kind != CQRS_KIND_BYTES && kind != CQRS_KIND_RECORD &&
	       kind != CQRS_KIND_LIST;
}

static bool kind_has_pointers(enum cqrs_kind kind, const struct cqrs_record *record)
{
	if (kind == CQRS_KIND_RECORD)
		return cqrs__record_has_pointers(record);
	return !is_own_already(kind);
}

bool cqrs__record_has_pointers(const struct cqrs_record *record)
{
	for (size_t i = 0; i < record->field_count; i++) {
		if (kind_has_pointers(record->fields[i].kind, record->fields[i].record))
			return true;
	}
	return false;
}

/* Whether any struct of this description is its own copy, whatever is in it. */
static bool is_flat(const struct cqrs_record *record)
{
	for (size_t i = 0; i < record->field_count; i++)
		if (record->fields[i].optional || !is_own_already(record->fields[i].kind))
			return false;
	return true;
}

bool cqrs__record_is_plain(const struct cqrs_record *record)
{
	for (size_t i = 0; i < record->field_count; i++)
		if (record->fields[i].kind == CQRS_KIND_INLINE_TEXT ||
		    record->fields[i].kind == CQRS_KIND_TRANSIENT)
			return false;
	return is_flat(record);
}

struct copier {
	struct cqrs_arena *arena;
	struct cqrs_error *err;
};

static enum cqrs_status own_record(const struct copier *copier, const struct cqrs_record *record,
                                   void *base, unsigned depth);
static enum cqrs_status own_list(const struct copier *copier, const struct cqrs_field *field,
                                 void *at, unsigned depth);

static enum cqrs_status no_memory(const struct copier *copier, const struct cqrs_field *field)
{
	return cqrs_error_set(copier->err, CQRS_ERR_NOMEM, "no memory for a copy of '%s'",
	                      field->name);
}

static enum cqrs_status own_text(const struct copier *copier, const struct cqrs_field *field,
                                 void *at)
{
	const char *text = cqrs__load_text(at);

	if (!text)
		return CQRS_OK;
	text = cqrs_arena_text(copier->arena, text, strlen(text));
	if (!text)
		return no_memory(copier, field);
	memcpy(at, &text, sizeof(text));
	return CQRS_OK;
}

static enum cqrs_status own_bytes(const struct copier *copier, const struct cqrs_field *field,
                                  void *at)
{
	struct cqrs_bytes bytes = cqrs__load_bytes(at);
	uint8_t *data;

	if (!bytes.data)
		return CQRS_OK;
	data = cqrs__arena_allocate(copier->arena, bytes.size);
	if (!data)
		return no_memory(copier, field);
	memcpy(data, bytes.data, bytes.size);
	bytes.data = data;
	memcpy(at, &bytes, sizeof(bytes));
	return CQRS_OK;
}

/* Replace what the value at points to by a copy of it. */
static enum cqrs_status own_value(const struct copier *copier, const struct cqrs_field *field,
                                  void *at, unsigned depth)
{
	switch (field->kind) {
	case CQRS_KIND_TEXT:
		return own_text(copier, field, at);
	case CQRS_KIND_BYTES:
		return own_bytes(copier, field, at);
	case CQRS_KIND_RECORD:
		return own_record(copier, field->record, at, depth + 1);
	case CQRS_KIND_LIST:
		return own_list(copier, field, at, depth + 1);
	case CQRS_KIND_BOOL:
	case CQRS_KIND_SIGNED:
	case CQRS_KIND_UNSIGNED:
	case CQRS_KIND_DOUBLE:
	case CQRS_KIND_INLINE_TEXT:
	case CQRS_KIND_TIME:
	case CQRS_KIND_ENUM:
	case CQRS_KIND_TRANSIENT:
		break;
	}
	return CQRS_OK;
}

static enum cqrs_status own_list(const struct copier *copier, const struct cqrs_field *field,
                                 void *at, unsigned depth)
{
	const struct cqrs_field item_field = cqrs__item_field(field);
	const struct cqrs__list from = cqrs__load_list(at);
	struct cqrs__list list = { .memory = copier->arena };
	enum cqrs_status status = CQRS_OK;

	if (from.count > 0) {
		if (!from.items)
			return cqrs_error_set(copier->err, CQRS_ERR_INVALID,
			                      "'%s' has a count but no items", field->name);
		if (from.count > SIZE_MAX / field->item_size)
			return no_memory(copier, field);
		list.items = cqrs__arena_allocate(copier->arena, from.count * field->item_size);
		if (!list.items)
			return no_memory(copier, field);
		memcpy(list.items, from.items, from.count * field->item_size);
		list.count = from.count;
		list.capacity = from.count;
	}
	if (kind_has_pointers(item_field.kind, item_field.record)) {
		for (size_t i = 0; i < list.count && status == CQRS_OK; i++)
			status = own_value(copier, &item_field,
			                   (char *)list.items + i * field->item_size, depth);
	}
	memcpy(at, &list, sizeof(list));
	return status;
}

static enum cqrs_status own_record(const struct copier *copier, const struct cqrs_record *record,
                                   void *base, unsigned depth)
{
	if (depth > CQRS_MAX_NESTING)
		return cqrs_error_set(copier->err, CQRS_ERR_LIMIT, "'%s' nested deeper than %d",
		                      record->name, CQRS_MAX_NESTING);
	for (size_t i = 0; i < record->field_count; i++) {
		const struct cqrs_field *field = &record->fields[i];
		void *at = (char *)base + field->offset;
		enum cqrs_status status;

		if (!field->optional && is_own_already(field->kind))
			continue;
		if (field->kind != CQRS_KIND_TRANSIENT && cqrs__field_absent(field, base)) {
			/* What is there was never set, perhaps. */
			memset(at, 0, field->size);
			cqrs__field_init(field, copier->arena, at);
			continue;
		}
		status = own_value(copier, field, at, depth);
		if (status != CQRS_OK)
			return status;
	}
	return CQRS_OK;
}

enum cqrs_status cqrs_record_copy(const struct cqrs_record *record, const void *value,
                                  struct cqrs_arena *arena, void *out_value, struct cqrs_error *err)
{
	const struct copier copier = { arena, err };
	const struct cqrs_allocator *allocator = arena->allocator;
	alignas(max_align_t) char small[4096];
	enum cqrs_status status;
	void *copy = small;

	if (record->size == 0)
		return CQRS_OK;
	if (is_flat(record)) {
		memmove(out_value, value, record->size);
		return CQRS_OK;
	}
	if (record->size > sizeof(small))
		copy = allocator->allocate(allocator->self, record->size);
	if (!copy)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a copy of '%s'",
		                      record->name);
	memcpy(copy, value, record->size);
	status = own_record(&copier, record, copy, 1);
	if (status == CQRS_OK)
		memcpy(out_value, copy, record->size);
	if (copy != small)
		allocator->release(allocator->self, copy);
	return status;
}
