/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* held.c - values with memory of their own. */
#include "domain/held.h"

#define COMPACT_AT_LEAST ((size_t)64 << 10)
#define FIRST_BLOCK ((size_t)256) /* many aggregates are small, and there may be many */

void cqrs__held_init(struct cqrs__held *held, const struct cqrs_record *record,
                     const struct cqrs_allocator *allocator)
{
	*held = (struct cqrs__held){ .record = record, .compact_at = COMPACT_AT_LEAST };
	cqrs__arena_init(&held->memory, allocator, FIRST_BLOCK);
}

void cqrs__held_deinit(struct cqrs__held *held)
{
	cqrs__arena_deinit(&held->memory);
	held->value = NULL;
}

enum cqrs_status cqrs__held_reset(struct cqrs__held *held, struct cqrs_error *err)
{
	cqrs_arena_reset(&held->memory);
	held->compact_at = COMPACT_AT_LEAST;
	held->value = cqrs__arena_allocate(&held->memory, held->record->size);
	if (!held->value)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for '%s'",
		                      held->record->name);
	cqrs_record_init(held->record, &held->memory, held->value);
	return CQRS_OK;
}

/* Text and lists live elsewhere; inline text is in the struct itself. */
static bool can_be_pointed_into(const struct cqrs_record *record)
{
	for (size_t i = 0; i < record->field_count; i++) {
		const struct cqrs_field *field = &record->fields[i];

		if (field->kind == CQRS_KIND_TEXT || field->kind == CQRS_KIND_INLINE_TEXT ||
		    field->kind == CQRS_KIND_BYTES || field->kind == CQRS_KIND_LIST ||
		    (field->kind == CQRS_KIND_RECORD && can_be_pointed_into(field->record)))
			return true;
	}
	return false;
}

enum cqrs_status cqrs__held_adopt(struct cqrs__held *held, const struct cqrs_record *record,
                                  const void *event, const void **out_event, struct cqrs_error *err)
{
	enum cqrs_status status;
	void *copy;

	if (!can_be_pointed_into(record)) {
		*out_event = event;
		return CQRS_OK;
	}
	copy = cqrs__arena_allocate(&held->memory, record->size);
	if (!copy)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for an event");
	status = cqrs_record_copy(record, event, &held->memory, copy, err);
	if (status == CQRS_OK)
		*out_event = copy;
	return status;
}

enum cqrs_status cqrs__held_compact(struct cqrs__held *held, struct cqrs_arena *scratch,
                                    struct cqrs_error *err)
{
	enum cqrs_status status;
	size_t size;
	void *copy;

	if (!held->value || cqrs_arena_used(&held->memory) < held->compact_at)
		return CQRS_OK;
	copy = cqrs__arena_allocate(scratch, held->record->size);
	if (!copy)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory to compact '%s'",
		                      held->record->name);
	status = cqrs_record_copy(held->record, held->value, scratch, copy, err);
	if (status == CQRS_OK)
		status = cqrs__held_reset(held, err);
	if (status == CQRS_OK)
		status = cqrs_record_copy(held->record, copy, &held->memory, held->value, err);
	if (status != CQRS_OK)
		return status;
	size = cqrs_arena_used(&held->memory);
	held->compact_at = size > COMPACT_AT_LEAST / 2 ? 2 * size : COMPACT_AT_LEAST;
	return CQRS_OK;
}
