/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* equal.c - whether two values would be stored alike. */
#include "record/value.h"

#include <math.h>

static bool equal_records(const struct cqrs_record *record, const void *a, const void *b,
                          unsigned depth);
static bool equal_lists(const struct cqrs_field *field, const void *a, const void *b,
                        unsigned depth);

static bool equal_texts(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	return strcmp(a, b) == 0;
}

static bool equal_bytes(struct cqrs_bytes a, struct cqrs_bytes b)
{
	if (!a.data || !b.data)
		return a.data == b.data;
	return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

/* 0 and -0 are stored differently; one NaN is as good as another. */
static bool equal_doubles(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(a) && isnan(b);
	return a == b && !signbit(a) == !signbit(b);
}

static bool equal_values(const struct cqrs_field *field, const void *a, const void *b,
                         unsigned depth)
{
	switch (field->kind) {
	case CQRS_KIND_BOOL:
		return cqrs__load_bool(a) == cqrs__load_bool(b);
	case CQRS_KIND_SIGNED:
	case CQRS_KIND_UNSIGNED:
	case CQRS_KIND_TIME:
	case CQRS_KIND_ENUM:
		return memcmp(a, b, field->size) == 0;
	case CQRS_KIND_DOUBLE:
		return equal_doubles(cqrs__load_double(a), cqrs__load_double(b));
	case CQRS_KIND_TEXT:
		return equal_texts(cqrs__load_text(a), cqrs__load_text(b));
	case CQRS_KIND_INLINE_TEXT:
		return strncmp(a, b, field->size) == 0;
	case CQRS_KIND_BYTES:
		return equal_bytes(cqrs__load_bytes(a), cqrs__load_bytes(b));
	case CQRS_KIND_RECORD:
		return equal_records(field->record, a, b, depth + 1);
	case CQRS_KIND_LIST:
		return equal_lists(field, a, b, depth + 1);
	case CQRS_KIND_TRANSIENT:
		break;
	}
	return true;
}

static bool equal_lists(const struct cqrs_field *field, const void *a, const void *b,
                        unsigned depth)
{
	const struct cqrs_field item_field = cqrs__item_field(field);
	const struct cqrs__list left = cqrs__load_list(a);
	const struct cqrs__list right = cqrs__load_list(b);

	if (left.count != right.count)
		return false;
	for (size_t i = 0; i < left.count; i++) {
		size_t offset = i * field->item_size;

		if (!equal_values(&item_field, (const char *)left.items + offset,
		                  (const char *)right.items + offset, depth))
			return false;
	}
	return true;
}

static bool equal_records(const struct cqrs_record *record, const void *a, const void *b,
                          unsigned depth)
{
	if (depth > CQRS_MAX_NESTING)
		return false; /* neither can be stored */
	for (size_t i = 0; i < record->field_count; i++) {
		const struct cqrs_field *field = &record->fields[i];
		bool absent;

		if (field->kind == CQRS_KIND_TRANSIENT)
			continue;
		absent = cqrs__field_absent(field, a);
		if (absent != cqrs__field_absent(field, b))
			return false;
		if (!absent && !equal_values(field, (const char *)a + field->offset,
		                             (const char *)b + field->offset, depth))
			return false;
	}
	return true;
}

bool cqrs_record_equal(const struct cqrs_record *record, const void *a, const void *b)
{
	return equal_records(record, a, b, 1);
}
