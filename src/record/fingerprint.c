/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * fingerprint.c - a number for the stored shape of a record.
 *
 * It covers what decides whether a stored value can be read back as the same value: names,
 * kinds, the ranges of integers and inline texts, the names of enums, what is optional.
 * Offsets, padding, C names and members that are not stored do not count.
 */
#include "core/hash.h"
#include "record/value.h"

/* The records met so far: one that comes again, within itself perhaps, is its number. */
struct walk {
	struct cqrs__hash hash;
	const struct cqrs_record *records[CQRS__MAX_RECORDS];
	size_t record_count;
};

static void hash_record(struct walk *walk, const struct cqrs_record *record);

static void hash_enum(struct walk *walk, const struct cqrs_enum *names)
{
	cqrs__hash_number(&walk->hash, names->count);
	for (size_t i = 0; i < names->count; i++)
		cqrs__hash_text(&walk->hash, names->values[i].name);
}

static void hash_type(struct walk *walk, const struct cqrs_field *field)
{
	cqrs__hash_number(&walk->hash, (uint64_t)field->kind);
	switch (field->kind) {
	case CQRS_KIND_SIGNED:
	case CQRS_KIND_UNSIGNED:
	case CQRS_KIND_INLINE_TEXT:
		cqrs__hash_number(&walk->hash, field->size);
		break;
	case CQRS_KIND_ENUM:
		hash_enum(walk, field->names);
		break;
	case CQRS_KIND_RECORD:
		hash_record(walk, field->record);
		break;
	case CQRS_KIND_LIST: {
		const struct cqrs_field item_field = cqrs__item_field(field);

		hash_type(walk, &item_field);
		break;
	}
	case CQRS_KIND_BOOL:
	case CQRS_KIND_DOUBLE:
	case CQRS_KIND_TEXT:
	case CQRS_KIND_BYTES:
	case CQRS_KIND_TIME:
	case CQRS_KIND_TRANSIENT:
		break;
	}
}

static void hash_record(struct walk *walk, const struct cqrs_record *record)
{
	for (size_t i = 0; i < walk->record_count; i++) {
		if (walk->records[i] == record) {
			cqrs__hash_number(&walk->hash, i + 1);
			return;
		}
	}
	if (walk->record_count == CQRS__MAX_RECORDS)
		return;
	walk->records[walk->record_count++] = record;
	cqrs__hash_number(&walk->hash, 0); /* a new one */
	for (size_t i = 0; i < record->field_count; i++) {
		const struct cqrs_field *field = &record->fields[i];

		if (field->kind == CQRS_KIND_TRANSIENT)
			continue;
		cqrs__hash_text(&walk->hash, cqrs__stored_name(field));
		cqrs__hash_number(&walk->hash, field->optional);
		hash_type(walk, field);
	}
	cqrs__hash_text(&walk->hash, NULL); /* the end */
}

uint64_t cqrs_record_fingerprint(const struct cqrs_record *record)
{
	struct walk walk = { .record_count = 0 };

	cqrs__hash_begin(&walk.hash, NULL);
	hash_record(&walk, record);
	return cqrs__hash_end(&walk.hash);
}
