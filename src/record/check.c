/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * check.c - whether a table of fields is well formed, so that the codec may trust it.
 *
 * Records reach each other through their members, a record itself too through a list. Each
 * is checked once; those found on the way wait in a queue.
 */
#include "record/check.h"

#include "core/text.h"
#include "record/value.h"

struct queue {
	const struct cqrs_record *records[CQRS__MAX_RECORDS];
	size_t count;
};

/* One field as it is being checked. */
struct subject {
	const struct cqrs_record *record;
	const struct cqrs_field *field;
	struct queue *queue;
	struct cqrs_error *err;
};

static enum cqrs_status refuse(const struct subject *subject, const char *why)
{
	return cqrs_error_set(subject->err, CQRS_ERR_INVALID, "record '%s': member '%s' %s",
	                      subject->record->name, subject->field->name, why);
}

static bool is_power_of_two(size_t number)
{
	return number != 0 && (number & (number - 1)) == 0;
}

/* Whether some reading of size bytes, signed or unsigned, can hold a value. */
static bool fits_into(int64_t value, size_t size)
{
	if (size == sizeof(value))
		return true;
	return value >= -(INT64_C(1) << (8 * size - 1)) && value < INT64_C(1) << (8 * size);
}

static enum cqrs_status check_enum(const struct subject *subject, size_t size)
{
	const struct cqrs_enum *names = subject->field->names;
	uint64_t mask = UINT64_MAX >> (64 - 8 * size);

	if (!names || !names->values || names->count == 0)
		return refuse(subject, "is an enum without names");
	for (size_t i = 0; i < names->count; i++) {
		const struct cqrs_enum_value *value = &names->values[i];

		if (!value->name || !cqrs__utf8_valid(value->name, strlen(value->name)))
			return refuse(subject, "is an enum with a name that is not UTF-8");
		if (!fits_into(value->value, size))
			return refuse(subject, "is an enum with a value that does not fit into it");
		for (size_t n = 0; n < i; n++) {
			if (((uint64_t)names->values[n].value & mask) ==
			    ((uint64_t)value->value & mask))
				return refuse(subject, "is an enum with a value twice");
			if (strcmp(names->values[n].name, value->name) == 0)
				return refuse(subject, "is an enum with a name twice");
		}
	}
	return CQRS_OK;
}

static enum cqrs_status check_nested(const struct subject *subject, size_t size)
{
	const struct cqrs_record *nested = subject->field->record;
	struct queue *queue = subject->queue;

	if (!nested)
		return refuse(subject, "is a record without a description");
	if (nested->size != size)
		return refuse(subject, "differs in size from the record that describes it");
	for (size_t i = 0; i < queue->count; i++) {
		if (queue->records[i] == nested)
			return CQRS_OK;
	}
	if (queue->count == CQRS__MAX_RECORDS)
		return refuse(subject, "is one more record than a record may contain");
	queue->records[queue->count++] = nested;
	return CQRS_OK;
}

/* Check a member's kind and size, or those of a list's items. */
static enum cqrs_status check_kind(const struct subject *subject, enum cqrs_kind kind, size_t size)
{
	bool fits = true;

	switch (kind) {
	case CQRS_KIND_BOOL:
		fits = size == sizeof(bool);
		break;
	case CQRS_KIND_SIGNED:
	case CQRS_KIND_UNSIGNED:
	case CQRS_KIND_ENUM:
		fits = cqrs__is_integer_size(size);
		break;
	case CQRS_KIND_DOUBLE:
		fits = size == sizeof(double);
		break;
	case CQRS_KIND_TEXT:
		fits = size == sizeof(const char *);
		break;
	case CQRS_KIND_BYTES:
		fits = size == sizeof(struct cqrs_bytes);
		break;
	case CQRS_KIND_TIME:
		fits = size == sizeof(int64_t);
		break;
	case CQRS_KIND_LIST:
		fits = size == sizeof(struct cqrs__list);
		break;
	case CQRS_KIND_INLINE_TEXT:
	case CQRS_KIND_RECORD:
	case CQRS_KIND_TRANSIENT:
		break;
	default:
		return refuse(subject, "has no kind");
	}
	if (!fits || size == 0)
		return refuse(subject, "has a size that its kind cannot have");
	if (kind == CQRS_KIND_ENUM)
		return check_enum(subject, size);
	if (kind == CQRS_KIND_RECORD)
		return check_nested(subject, size);
	return CQRS_OK;
}

static enum cqrs_status check_items(const struct subject *subject)
{
	const struct cqrs_field *field = subject->field;

	if (field->kind != CQRS_KIND_LIST)
		return CQRS_OK;
	if (field->item_kind == CQRS_KIND_LIST || field->item_kind == CQRS_KIND_TRANSIENT)
		return refuse(subject, "is a list of what no list can hold");
	return check_kind(subject, field->item_kind, field->item_size);
}

static enum cqrs_status check_optional(const struct subject *subject)
{
	const struct cqrs_field *field = subject->field;

	if (field->presence && !field->optional)
		return refuse(subject, "has a flag of presence and is not optional");
	if (field->presence > subject->record->size)
		return refuse(subject, "has a flag of presence outside the struct");
	if (!field->optional || field->presence)
		return CQRS_OK;
	if (field->kind != CQRS_KIND_TEXT && field->kind != CQRS_KIND_BYTES &&
	    field->kind != CQRS_KIND_LIST)
		return refuse(subject, "is optional and needs a flag that says when it is there");
	return CQRS_OK;
}

static enum cqrs_status check_place(const struct subject *subject)
{
	const struct cqrs_record *record = subject->record;
	const struct cqrs_field *field = subject->field;

	if (field->size > record->size || field->offset > record->size - field->size)
		return refuse(subject, "is outside the struct");
	if (!is_power_of_two(field->alignment) || field->alignment > record->alignment)
		return refuse(subject, "has an alignment that the struct cannot give it");
	return CQRS_OK;
}

static enum cqrs_status check_stored_name(const struct subject *subject)
{
	const struct cqrs_record *record = subject->record;
	const char *name = cqrs__stored_name(subject->field);

	if (subject->field->kind == CQRS_KIND_TRANSIENT)
		return CQRS_OK;
	if (!name[0] || !cqrs__utf8_valid(name, strlen(name)))
		return refuse(subject, "has a stored name that is empty or not UTF-8");
	for (const struct cqrs_field *other = record->fields; other < subject->field; other++) {
		if (other->kind != CQRS_KIND_TRANSIENT &&
		    strcmp(cqrs__stored_name(other), name) == 0)
			return refuse(subject, "has the stored name of another member");
	}
	return CQRS_OK;
}

static enum cqrs_status check_field(const struct subject *subject)
{
	static enum cqrs_status (*const checks[])(const struct subject *) = {
		check_place,
		check_stored_name,
		check_items,
		check_optional,
	};
	enum cqrs_status status = check_kind(subject, subject->field->kind, subject->field->size);

	for (size_t i = 0; status == CQRS_OK && i < sizeof(checks) / sizeof(*checks); i++)
		status = checks[i](subject);
	return status;
}

static enum cqrs_status check_record(const struct cqrs_record *record, struct queue *queue,
                                     struct cqrs_error *err)
{
	if (!record->name)
		return cqrs_error_set(err, CQRS_ERR_INVALID, "a record without a name");
	if (record->field_count > CQRS_MAX_FIELDS)
		return cqrs_error_set(err, CQRS_ERR_INVALID, "record '%s' has more than %d members",
		                      record->name, CQRS_MAX_FIELDS);
	if (!is_power_of_two(record->alignment) || record->size % record->alignment != 0 ||
	    (record->field_count > 0 && !record->fields))
		return cqrs_error_set(err, CQRS_ERR_INVALID, "record '%s' is not well formed",
		                      record->name);
	for (size_t i = 0; i < record->field_count; i++) {
		const struct subject subject = { record, &record->fields[i], queue, err };
		enum cqrs_status status;

		if (!subject.field->name)
			return cqrs_error_set(err, CQRS_ERR_INVALID,
			                      "record '%s': member %zu has no name", record->name,
			                      i);
		status = check_field(&subject);
		if (status != CQRS_OK)
			return status;
	}
	return cqrs__layout_check(record, err);
}

/* How deep structs are within each other; more than the limit is not looked into. */
static unsigned depth_of(const struct cqrs_record *record, unsigned limit)
{
	unsigned deepest = 0;

	if (limit == 0)
		return 1;
	for (size_t i = 0; i < record->field_count; i++) {
		unsigned depth = 0;

		if (record->fields[i].kind == CQRS_KIND_RECORD)
			depth = depth_of(record->fields[i].record, limit - 1);
		if (depth > deepest)
			deepest = depth;
	}
	return deepest + 1;
}

enum cqrs_status cqrs_record_check(const struct cqrs_record *record, struct cqrs_error *err)
{
	struct queue queue = { { record }, 1 };

	for (size_t i = 0; i < queue.count; i++) {
		enum cqrs_status status = check_record(queue.records[i], &queue, err);

		if (status != CQRS_OK)
			return status;
	}
	for (size_t i = 0; i < queue.count; i++) {
		if (depth_of(queue.records[i], CQRS_MAX_NESTING) > CQRS_MAX_NESTING)
			return cqrs_error_set(err, CQRS_ERR_INVALID,
			                      "record '%s' nests structs deeper than %d",
			                      queue.records[i]->name, CQRS_MAX_NESTING);
	}
	return CQRS_OK;
}
