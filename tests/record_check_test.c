/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* record_check_test.c - descriptions that are well formed, and those that are not. */
#include "check.h"
#include "sample.h"

static void check_accepted(const struct cqrs_record *record)
{
	struct cqrs_error err = CQRS_ERROR_INIT;

	CHECK_OK(cqrs_record_check(record, &err), &err);
}

static void check_refused(const struct cqrs_record *record, const char *name, const char *message)
{
	struct cqrs_error err = CQRS_ERROR_INIT;

	CHECK_STATUS(cqrs_record_check(record, &err), CQRS_ERR_INVALID);
	CHECK_CONTAINS(err.message, record->name);
	CHECK_CONTAINS(err.message, name);
	CHECK_CONTAINS(err.message, message);
}

static void what_the_macros_make_is_accepted(void **state)
{
	const struct cqrs_record empty = CQRS__EMPTY_RECORD(nothing);

	(void)state;
	check_accepted(&sample_record);
	check_accepted(&node_record);
	check_accepted(&point_record);
	check_accepted(&empty);
}

struct all_types {
	bool a;
	signed char b;
	short c;
	int d;
	long e;
	long long f;
	unsigned char g;
	unsigned short h;
	unsigned i;
	unsigned long j;
	unsigned long long k;
	double l;
	const char *m;
	char n[3];
	void *o;
	size_t p;
	int8_t q;
	uint16_t r;
	int32_t s;
	uint64_t t;
};
static const struct cqrs_record all_types_record = CQRS_RECORD(
	all_types, a, b, c, d, e, f, g, h, i, j, k, l, m, n, CQRS_TRANSIENT(o), p, q, r, s, t);

static void kinds_follow_from_the_types(void **state)
{
	static const enum cqrs_kind expected[] = {
		CQRS_KIND_BOOL,     CQRS_KIND_SIGNED,      CQRS_KIND_SIGNED,    CQRS_KIND_SIGNED,
		CQRS_KIND_SIGNED,   CQRS_KIND_SIGNED,      CQRS_KIND_UNSIGNED,  CQRS_KIND_UNSIGNED,
		CQRS_KIND_UNSIGNED, CQRS_KIND_UNSIGNED,    CQRS_KIND_UNSIGNED,  CQRS_KIND_DOUBLE,
		CQRS_KIND_TEXT,     CQRS_KIND_INLINE_TEXT, CQRS_KIND_TRANSIENT, CQRS_KIND_UNSIGNED,
		CQRS_KIND_SIGNED,   CQRS_KIND_UNSIGNED,    CQRS_KIND_SIGNED,    CQRS_KIND_UNSIGNED,
	};

	(void)state;
	check_accepted(&all_types_record);
	CHECK_UINT(all_types_record.field_count, sizeof(expected) / sizeof(*expected));
	for (size_t i = 0; i < all_types_record.field_count; i++)
		CHECK_UINT(all_types_record.fields[i].kind, expected[i]);
	CHECK_TEXT(all_types_record.fields[14].name, "o");
}

static void fields_may_be_listed_in_any_order(void **state)
{
	static const struct cqrs_field fields[] = {
		{ CQRS_FIELD(struct point, y) },
		{ CQRS_FIELD(struct point, x) },
	};
	const struct cqrs_record record = CQRS_RECORD_OF(point, fields);

	(void)state;
	check_accepted(&record);
}

struct gaps {
	int64_t first;
	bool has_second;
	int second;
	char third[3];
	double fourth;
	int64_t fifth;
};

/* A table of the struct's members but one. */
static void check_forgotten(size_t forgotten, const char *neighbour)
{
	const struct cqrs_field all[] = {
		{ CQRS_FIELD(struct gaps, first) },
		{ CQRS_FIELD(struct gaps, second), CQRS_PRESENT_IF(struct gaps, has_second) },
		{ CQRS_FIELD(struct gaps, third) },
		{ CQRS_FIELD(struct gaps, fourth) },
		{ CQRS_FIELD(struct gaps, fifth) },
	};
	struct cqrs_field some[4];
	const struct cqrs_record record = CQRS_RECORD_OF(gaps, some);

	for (size_t i = 0; i < 4; i++)
		some[i] = all[i < forgotten ? i : i + 1];
	check_refused(&record, neighbour, "not in the table");
}

static void forgotten_member_is_found(void **state)
{
	(void)state;
	check_forgotten(0, "before the flag of 'second'");
	check_forgotten(1, "between 'first' and 'third'");
	check_forgotten(2, "between 'second' and 'fourth'");
	check_forgotten(3, "between 'third' and 'fifth'");
	check_forgotten(4, "after 'fourth'");
}

static void forgotten_member_within_padding_is_not_found(void **state)
{
	struct hidden {
		char a[3];
		char forgotten; /* where padding could be */
		int b;
	};
	const struct cqrs_field fields[] = { { CQRS_FIELD(struct hidden, a) },
		                             { CQRS_FIELD(struct hidden, b) } };
	const struct cqrs_record hidden = CQRS_RECORD_OF(hidden, fields);

	(void)state;
	check_accepted(&hidden);
}

static void flag_that_is_forgotten_is_found(void **state)
{
	const struct cqrs_field fields[] = {
		{ CQRS_FIELD(struct gaps, first) }, { CQRS_FIELD(struct gaps, second) },
		{ CQRS_FIELD(struct gaps, third) }, { CQRS_FIELD(struct gaps, fourth) },
		{ CQRS_FIELD(struct gaps, fifth) },
	};
	const struct cqrs_record record = CQRS_RECORD_OF(gaps, fields);

	(void)state;
	check_refused(&record, "between 'first' and 'second'", "not in the table");
}

static void one_flag_may_serve_two_members(void **state)
{
	struct shared {
		int x;
		int y;
		bool has_place;
	};
	const struct cqrs_field fields[] = {
		{ CQRS_FIELD(struct shared, x), CQRS_PRESENT_IF(struct shared, has_place) },
		{ CQRS_FIELD(struct shared, y), CQRS_PRESENT_IF(struct shared, has_place) },
	};
	const struct cqrs_record record = CQRS_RECORD_OF(shared, fields);

	(void)state;
	check_accepted(&record);
}

static void table_without_fields_forgets_all(void **state)
{
	const struct cqrs_record record = { .name = "point",
		                            .size = sizeof(struct point),
		                            .alignment = _Alignof(struct point) };

	(void)state;
	check_refused(&record, "none", "of its members");
}

/* A sample of one wrong thing: a field of struct gaps, changed. */
static void check_field_refused(struct cqrs_field field, const char *message)
{
	const struct cqrs_record record = { .name = "gaps",
		                            .size = sizeof(struct gaps),
		                            .alignment = _Alignof(struct gaps),
		                            .fields = &field,
		                            .field_count = 1 };

	check_refused(&record, field.name ? field.name : "member 0", message);
}

static struct cqrs_field with(struct cqrs_field field, enum cqrs_kind kind, size_t size)
{
	field.kind = kind;
	field.size = size;
	return field;
}

static void malformed_fields_are_refused(void **state)
{
	const struct cqrs_field good = { CQRS_FIELD(struct gaps, first) };
	const struct cqrs_enum no_values = { NULL, 0 };
	const struct cqrs_enum twice = CQRS_ENUM_VALUES({ 1, "a" }, { 2, "b" }, { 1, "c" });
	const struct cqrs_enum same_name = CQRS_ENUM_VALUES({ 1, "a" }, { 2, "a" });
	const struct cqrs_enum same_byte = CQRS_ENUM_VALUES({ 255, "a" }, { -1, "b" });
	const struct cqrs_enum too_large = CQRS_ENUM_VALUES({ 256, "a" });
	const struct cqrs_enum nameless = CQRS_ENUM_VALUES({ 1, NULL });
	struct cqrs_field field;

	(void)state;
	check_field_refused(with(good, CQRS_KIND_BOOL, 8), "size");
	check_field_refused(with(good, CQRS_KIND_SIGNED, 3), "size");
	check_field_refused(with(good, CQRS_KIND_UNSIGNED, 16), "size");
	check_field_refused(with(good, CQRS_KIND_DOUBLE, 4), "size");
	check_field_refused(with(good, CQRS_KIND_TEXT, 4), "size");
	check_field_refused(with(good, CQRS_KIND_INLINE_TEXT, 0), "size");
	check_field_refused(with(good, CQRS_KIND_BYTES, 8), "size");
	check_field_refused(with(good, CQRS_KIND_TIME, 4), "size");
	check_field_refused(with(good, CQRS_KIND_LIST, 8), "size");
	check_field_refused(with(good, (enum cqrs_kind)0, 8), "kind");
	check_field_refused(with(good, (enum cqrs_kind)99, 8), "kind");
	check_field_refused(with(good, CQRS_KIND_RECORD, 8), "without a description");

	field = good;
	field.name = NULL;
	check_field_refused(field, "no name");
	field = good;
	field.stored_name = "";
	check_field_refused(field, "stored name");
	field.stored_name = "\xff";
	check_field_refused(field, "stored name");
	field = good;
	field.offset = sizeof(struct gaps) - 4;
	check_field_refused(field, "outside");
	field.offset = SIZE_MAX;
	check_field_refused(field, "outside");
	field = good;
	field.alignment = 0;
	check_field_refused(field, "alignment");
	field.alignment = 16;
	check_field_refused(field, "alignment");
	field = good;
	field.optional = true;
	check_field_refused(field, "flag");
	field.presence = sizeof(struct gaps) + 1;
	check_field_refused(field, "flag");
	field.optional = false;
	field.presence = 1;
	check_field_refused(field, "not optional");

	field = with(good, CQRS_KIND_ENUM, 1);
	check_field_refused(field, "without names");
	field.names = &no_values;
	check_field_refused(field, "without names");
	field.names = &twice;
	check_field_refused(field, "value twice");
	field.names = &same_name;
	check_field_refused(field, "name twice");
	field.names = &same_byte;
	check_field_refused(field, "value twice");
	field.names = &too_large;
	check_field_refused(field, "does not fit");
	field.names = &nameless;
	check_field_refused(field, "name");
	field = with(good, CQRS_KIND_RECORD, 4);
	field.record = &point_record;
	check_field_refused(field, "differs in size");
}

static void malformed_lists_are_refused(void **state)
{
	const struct cqrs_field good = { CQRS_SCALARS(struct sample, numbers) };
	struct cqrs_field field = good;
	const struct cqrs_record record = { .name = "sample",
		                            .size = sizeof(struct sample),
		                            .alignment = _Alignof(struct sample),
		                            .fields = &field,
		                            .field_count = 1 };

	(void)state;
	field.item_kind = CQRS_KIND_LIST;
	check_refused(&record, "numbers", "no list");
	field.item_kind = CQRS_KIND_TRANSIENT;
	check_refused(&record, "numbers", "no list");
	field.item_kind = CQRS_KIND_RECORD;
	check_refused(&record, "numbers", "without a description");
	field.item_kind = CQRS_KIND_DOUBLE;
	field.item_size = 4;
	check_refused(&record, "numbers", "size");
}

static void stored_names_differ(void **state)
{
	const struct cqrs_field fields[] = {
		{ CQRS_FIELD(struct point, x) },
		{ CQRS_FIELD(struct point, y), .stored_name = "x" },
	};
	const struct cqrs_record record = CQRS_RECORD_OF(point, fields);

	(void)state;
	check_refused(&record, "'y'", "another member");
}

static void members_in_one_place_are_refused(void **state)
{
	const struct cqrs_field fields[] = {
		{ CQRS_FIELD(struct gaps, first) },
		{ CQRS_FIELD(struct gaps, has_second) },
		{ CQRS_FIELD(struct gaps, second), CQRS_PRESENT_IF(struct gaps, has_second) },
		{ CQRS_FIELD(struct gaps, third) },
		{ CQRS_FIELD(struct gaps, fourth) },
		{ CQRS_FIELD(struct gaps, fifth) },
	};
	const struct cqrs_record record = CQRS_RECORD_OF(gaps, fields);

	(void)state;
	check_refused(&record, "'has_second'", "same place");
}

static void nested_records_are_checked_too(void **state)
{
	const struct cqrs_record bad_point = { .name = "point",
		                               .size = sizeof(struct point),
		                               .alignment = _Alignof(struct point) };
	struct outer {
		struct point place;
	};
	struct list_of {
		CQRS_LIST(struct point) places;
	};
	const struct cqrs_field nested[] = { { CQRS_NESTED(struct outer, place, &bad_point) } };
	const struct cqrs_field listed[] = { { CQRS_RECORDS(struct list_of, places, &bad_point) } };
	const struct cqrs_record outer = CQRS_RECORD_OF(outer, nested);
	const struct cqrs_record list_of = CQRS_RECORD_OF(list_of, listed);
	struct cqrs_error err = CQRS_ERROR_INIT;

	(void)state;
	CHECK_STATUS(cqrs_record_check(&outer, &err), CQRS_ERR_INVALID);
	CHECK_CONTAINS(err.message, "record 'point'");
	CHECK_STATUS(cqrs_record_check(&list_of, &err), CQRS_ERR_INVALID);
	CHECK_CONTAINS(err.message, "record 'point'");
}

/* A chain of structs of one member each, within each other. */
static void check_nesting(size_t depth, enum cqrs_status expected)
{
	struct cqrs_field fields[40];
	struct cqrs_record records[40];
	struct cqrs_error err = CQRS_ERROR_INIT;

	for (size_t i = 0; i < depth; i++) {
		fields[i] = (struct cqrs_field){ .name = "m",
			                         .size = 8,
			                         .alignment = 8,
			                         .kind = i + 1 < depth ? CQRS_KIND_RECORD
			                                               : CQRS_KIND_SIGNED,
			                         .record = &records[i + 1] };
		records[i] = (struct cqrs_record){ "chain", 8, 8, &fields[i], 1 };
	}
	CHECK_STATUS(cqrs_record_check(records, &err), expected);
	if (expected != CQRS_OK)
		CHECK_CONTAINS(err.message, "deeper");
}

static void structs_nest_to_the_limit(void **state)
{
	(void)state;
	check_nesting(CQRS_MAX_NESTING, CQRS_OK);
	check_nesting(CQRS_MAX_NESTING + 1, CQRS_ERR_INVALID);
}

static void struct_within_itself_is_refused(void **state)
{
	struct cqrs_record record;
	const struct cqrs_field field = {
		.name = "m", .size = 8, .alignment = 8, .kind = CQRS_KIND_RECORD, .record = &record
	};

	(void)state;
	record = (struct cqrs_record){ "loop", 8, 8, &field, 1 };
	check_refused(&record, "loop", "deeper");
}

static void more_members_than_allowed_are_refused(void **state)
{
	struct cqrs_field fields[CQRS_MAX_FIELDS + 1];
	char names[CQRS_MAX_FIELDS + 1][8];
	struct cqrs_record record = { "wide", CQRS_MAX_FIELDS, 1, fields, CQRS_MAX_FIELDS };

	(void)state;
	for (size_t i = 0; i <= CQRS_MAX_FIELDS; i++) {
		snprintf(names[i], sizeof(names[i]), "m%zu", i);
		fields[i] = (struct cqrs_field){ .name = names[i],
			                         .offset = i,
			                         .size = 1,
			                         .alignment = 1,
			                         .kind = CQRS_KIND_SIGNED };
	}
	check_accepted(&record);
	record.size++;
	record.field_count++;
	check_refused(&record, "wide", "more than 64");
}

static void record_itself_is_well_formed(void **state)
{
	struct cqrs_record record = point_record;
	struct cqrs_error err = CQRS_ERROR_INIT;

	(void)state;
	record.alignment = 3;
	check_refused(&record, "point", "well formed");
	record = point_record;
	record.size = 9;
	check_refused(&record, "point", "well formed");
	record = point_record;
	record.fields = NULL;
	check_refused(&record, "point", "well formed");
	record.name = NULL;
	CHECK_STATUS(cqrs_record_check(&record, &err), CQRS_ERR_INVALID);
}

static void one_record_may_reach_many(void **state)
{
	enum { COUNT = 300 };
	static struct cqrs_field fields[COUNT];
	static struct cqrs_record records[COUNT];

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		fields[i] =
			(struct cqrs_field){ CQRS_RECORDS(struct node, children, &records[i + 1]) };
		fields[i].offset = 0;
		fields[i].item_size = 32;
		records[i] = (struct cqrs_record){ "chain", 32, 8, &fields[i], 1 };
	}
	fields[255].record = &records[0];
	check_accepted(&records[0]);
	fields[255].record = &records[256];
	fields[COUNT - 1].record = &records[0];
	check_refused(&records[0], "children", "one more record");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_macros_make_is_accepted),
		cmocka_unit_test(kinds_follow_from_the_types),
		cmocka_unit_test(fields_may_be_listed_in_any_order),
		cmocka_unit_test(forgotten_member_is_found),
		cmocka_unit_test(forgotten_member_within_padding_is_not_found),
		cmocka_unit_test(flag_that_is_forgotten_is_found),
		cmocka_unit_test(one_flag_may_serve_two_members),
		cmocka_unit_test(table_without_fields_forgets_all),
		cmocka_unit_test(malformed_fields_are_refused),
		cmocka_unit_test(malformed_lists_are_refused),
		cmocka_unit_test(stored_names_differ),
		cmocka_unit_test(members_in_one_place_are_refused),
		cmocka_unit_test(nested_records_are_checked_too),
		cmocka_unit_test(structs_nest_to_the_limit),
		cmocka_unit_test(struct_within_itself_is_refused),
		cmocka_unit_test(more_members_than_allowed_are_refused),
		cmocka_unit_test(record_itself_is_well_formed),
		cmocka_unit_test(one_record_may_reach_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
