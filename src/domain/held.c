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
	held->value = cqrs_arena_allocate(&held->memory, held->record->size);
	if (!held->value)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for '%s'",
		                      held->record->name);
	cqrs_record_init(held->record, &held->memory, held->value);
	return CQRS_OK;
}

enum cqrs_status cqrs__held_compact(struct cqrs__held *held, struct cqrs_arena *scratch,
                                    struct cqrs_error *err)
{
	enum cqrs_status status;
	size_t size;
	void *copy;

	if (!held->value || cqrs_arena_used(&held->memory) < held->compact_at)
		return CQRS_OK;
	copy = cqrs_arena_allocate(scratch, held->record->size);
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
