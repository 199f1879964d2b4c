/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * layout.c - finds members of a struct that its table forgot.
 *
 * A compiler places each member at the first offset after the one before that its
 * alignment allows, and rounds the struct's size up to the struct's alignment. What the
 * table leaves out shows as a gap, unless it fits into padding.
 */
#include "record/check.h"

#include <stdio.h>

/* A member, or the bool that says whether one is present. */
struct span {
	size_t offset;
	size_t size;
	size_t alignment;
	const char *name;
	bool is_flag; /* of the member called name */
};

#define MAX_SPANS (2 * CQRS_MAX_FIELDS)
#define LABEL_SIZE 80

static const char *label(const struct span *span, char out[LABEL_SIZE])
{
	snprintf(out, LABEL_SIZE, span->is_flag ? "the flag of '%.48s'" : "'%.48s'", span->name);
	return out;
}

/* Insert in the order of offsets. A flag may serve several members: it counts once. */
static size_t add_span(struct span *spans, size_t count, const struct span *span)
{
	size_t i = count;

	for (size_t n = 0; n < count; n++) {
		if (spans[n].is_flag && span->is_flag && spans[n].offset == span->offset)
			return count;
	}
	for (; i > 0 && spans[i - 1].offset > span->offset; i--)
		spans[i] = spans[i - 1];
	spans[i] = *span;
	return count + 1;
}

static size_t collect_spans(const struct cqrs_record *record, struct span spans[MAX_SPANS])
{
	size_t count = 0;

	for (size_t i = 0; i < record->field_count; i++) {
		const struct cqrs_field *field = &record->fields[i];
		const struct span member = { field->offset, field->size, field->alignment,
			                     field->name, false };
		const struct span flag = { field->presence - 1, sizeof(bool), _Alignof(bool),
			                   field->name, true };

		count = add_span(spans, count, &member);
		if (field->presence)
			count = add_span(spans, count, &flag);
	}
	return count;
}

static size_t round_up(size_t offset, size_t alignment)
{
	return (offset + alignment - 1) / alignment * alignment;
}

static enum cqrs_status check_neighbours(const struct cqrs_record *record,
                                         const struct span *before, const struct span *span,
                                         struct cqrs_error *err)
{
	size_t end = before ? before->offset + before->size : 0;
	char first[LABEL_SIZE];
	char second[LABEL_SIZE];

	if (span->offset < end)
		return cqrs_error_set(err, CQRS_ERR_INVALID,
		                      "record '%s': %s and %s are at the same place", record->name,
		                      label(before, first), label(span, second));
	if (span->offset == round_up(end, span->alignment))
		return CQRS_OK;
	if (!before)
		return cqrs_error_set(err, CQRS_ERR_INVALID,
		                      "record '%s': a member before %s is not in the table",
		                      record->name, label(span, second));
	return cqrs_error_set(err, CQRS_ERR_INVALID,
	                      "record '%s': a member between %s and %s is not in the table",
	                      record->name, label(before, first), label(span, second));
}

enum cqrs_status cqrs__layout_check(const struct cqrs_record *record, struct cqrs_error *err)
{
	struct span spans[MAX_SPANS];
	size_t count = collect_spans(record, spans);
	const struct span *last = NULL;
	char name[LABEL_SIZE];

	for (size_t i = 0; i < count; i++) {
		enum cqrs_status status = check_neighbours(record, last, &spans[i], err);

		if (status != CQRS_OK)
			return status;
		last = &spans[i];
	}
	if (!last && record->size > 0)
		return cqrs_error_set(err, CQRS_ERR_INVALID,
		                      "record '%s': none of its members is in the table",
		                      record->name);
	if (last && round_up(last->offset + last->size, record->alignment) != record->size)
		return cqrs_error_set(err, CQRS_ERR_INVALID,
		                      "record '%s': a member after %s is not in the table",
		                      record->name, label(last, name));
	return CQRS_OK;
}
