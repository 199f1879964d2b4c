/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* shape.c - a record's table as a description and as an example of what it stores. */
#include "shape.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The records that one is within: a record that holds itself, by a list, ends there. */
struct path {
	const struct cqrs_record *record;
	const struct path *outer;
};

static bool is_within(const struct path *path, const struct cqrs_record *record)
{
	for (; path; path = path->outer)
		if (path->record == record)
			return true;
	return false;
}

static const char *stored_name(const struct cqrs_field *field)
{
	return field->stored_name ? field->stored_name : field->name;
}

static struct cqrs_field item_of(const struct cqrs_field *list)
{
	return (struct cqrs_field){
		.size = list->item_size,
		.kind = list->item_kind,
		.record = list->record,
		.names = list->names,
	};
}

CQRS_PRINTF(2, 3)
static yyjson_mut_val *print(struct cqrs__document *document, const char *fmt, ...)
{
	char text[64];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return cqrs__document_text(document, text);
}

/* ---- in words ---- */

static yyjson_mut_val *describe_record(struct cqrs__document *document,
                                       const struct cqrs_record *record, const struct path *outer);

/* {"one of":["open","closed"]} */
static yyjson_mut_val *describe_enum(struct cqrs__document *document, const struct cqrs_enum *names)
{
	yyjson_mut_val *list = cqrs__document_list(document);

	for (size_t i = 0; i < names->count; i++)
		list = cqrs__document_add(document, list,
		                          cqrs__document_text(document, names->values[i].name));
	return cqrs__document_put(document, cqrs__document_object(document), "one of", list);
}

static yyjson_mut_val *describe(struct cqrs__document *document, const struct cqrs_field *field,
                                const struct path *path)
{
	struct cqrs_field item;

	switch (field->kind) {
	case CQRS_KIND_BOOL:
		return cqrs__document_text(document, "bool");
	case CQRS_KIND_SIGNED:
		return print(document, "integer of %zu bits", 8 * field->size);
	case CQRS_KIND_UNSIGNED:
		return print(document, "unsigned integer of %zu bits", 8 * field->size);
	case CQRS_KIND_DOUBLE:
		return cqrs__document_text(document, "double");
	case CQRS_KIND_TEXT:
		return cqrs__document_text(document, "text");
	case CQRS_KIND_INLINE_TEXT:
		return print(document, "text of at most %zu bytes", field->size - 1);
	case CQRS_KIND_BYTES:
		return cqrs__document_text(document, "bytes");
	case CQRS_KIND_TIME:
		return cqrs__document_text(document, "time");
	case CQRS_KIND_ENUM:
		return describe_enum(document, field->names);
	case CQRS_KIND_RECORD:
		return describe_record(document, field->record, path);
	case CQRS_KIND_LIST:
		item = item_of(field);
		return cqrs__document_add(document, cqrs__document_list(document),
		                          describe(document, &item, path));
	case CQRS_KIND_TRANSIENT:
		break;
	}
	return NULL;
}

static yyjson_mut_val *describe_record(struct cqrs__document *document,
                                       const struct cqrs_record *record, const struct path *outer)
{
	const struct path path = { record, outer };
	yyjson_mut_val *object = cqrs__document_object(document);

	if (is_within(outer, record))
		return print(document, "%.50s, as above", record->name);
	for (size_t i = 0; i < record->field_count; i++) {
		const struct cqrs_field *field = &record->fields[i];
		size_t size = strlen(stored_name(field)) + sizeof("?");
		char *name = cqrs_arena_allocate(document->arena, size);

		if (!name)
			return NULL;
		snprintf(name, size, "%s%s", stored_name(field), field->optional ? "?" : "");
		if (field->kind != CQRS_KIND_TRANSIENT)
			object = cqrs__document_put(document, object, name,
			                            describe(document, field, &path));
	}
	return object;
}

yyjson_mut_val *cqrs__shape_of(struct cqrs__document *document, const struct cqrs_record *record)
{
	return describe_record(document, record, NULL);
}

/* ---- by example ---- */

struct example {
	struct cqrs__document *document;
	bool full;
};

static yyjson_mut_val *make_record(const struct example *example, const struct cqrs_record *record,
                                   const struct path *outer);

static yyjson_mut_val *make_number(const struct example *example, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	return cqrs__document_json(example->document, (struct cqrs_text){ text, strlen(text) });
}

static uint64_t largest(const struct cqrs_field *field) /* without a sign */
{
	return UINT64_MAX >> (64 - 8 * field->size);
}

static yyjson_mut_val *make_inline_text(const struct example *example, size_t size)
{
	char *text = cqrs_arena_allocate(example->document->arena, size);

	if (!text)
		return NULL;
	memset(text, 'x', size - 1);
	text[size - 1] = '\0';
	return cqrs__document_text(example->document, text);
}

static yyjson_mut_val *make_list(const struct example *example, const struct cqrs_field *field,
                                 const struct path *path);

static yyjson_mut_val *make(const struct example *example, const struct cqrs_field *field,
                            const struct path *path)
{
	struct cqrs__document *document = example->document;

	switch (field->kind) {
	case CQRS_KIND_BOOL:
		return yyjson_mut_true(document->values);
	case CQRS_KIND_SIGNED:
		return make_number(example, largest(field) >> 1);
	case CQRS_KIND_UNSIGNED:
		return make_number(example, largest(field));
	case CQRS_KIND_DOUBLE:
		return cqrs__document_json(document, (struct cqrs_text){ "0.5", 3 });
	case CQRS_KIND_TEXT:
		return cqrs__document_text(document, "text");
	case CQRS_KIND_INLINE_TEXT:
		return make_inline_text(example, field->size);
	case CQRS_KIND_BYTES:
		return cqrs__document_text(document, "AQID");
	case CQRS_KIND_TIME:
		return cqrs__document_text(document, "2026-01-02T03:04:05.678901Z");
	case CQRS_KIND_ENUM:
		return cqrs__document_text(document,
		                           field->names->values[field->names->count - 1].name);
	case CQRS_KIND_RECORD:
		return make_record(example, field->record, path);
	case CQRS_KIND_LIST:
		return make_list(example, field, path);
	case CQRS_KIND_TRANSIENT:
		break;
	}
	return NULL;
}

static yyjson_mut_val *make_list(const struct example *example, const struct cqrs_field *field,
                                 const struct path *path)
{
	const struct cqrs_field item = item_of(field);
	yyjson_mut_val *list = cqrs__document_list(example->document);

	if (item.kind == CQRS_KIND_RECORD && is_within(path, item.record))
		return list;
	return cqrs__document_add(example->document, list, make(example, &item, path));
}

static yyjson_mut_val *make_record(const struct example *example, const struct cqrs_record *record,
                                   const struct path *outer)
{
	const struct path path = { record, outer };
	yyjson_mut_val *object = cqrs__document_object(example->document);

	for (size_t i = 0; i < record->field_count; i++) {
		const struct cqrs_field *field = &record->fields[i];

		if (field->kind != CQRS_KIND_TRANSIENT && (example->full || !field->optional))
			object = cqrs__document_put(example->document, object, stored_name(field),
			                            make(example, field, &path));
	}
	return object;
}

yyjson_mut_val *cqrs__example_of(struct cqrs__document *document, const struct cqrs_record *record,
                                 bool full)
{
	const struct example example = { document, full };

	return make_record(&example, record, NULL);
}
