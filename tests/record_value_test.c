/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* record_value_test.c - copies, equality, text for people, fingerprints and lists. */
#include "check.h"
#include "failing_allocator.h"
#include "sample.h"

#include "core/arena.h"
#include "record/codec.h"

#include <math.h>

static struct cqrs_arena *arena;

static int set_up(void **state)
{
	(void)state;
	return cqrs_arena_new(NULL, &arena, NULL) != CQRS_OK;
}

static int tear_down(void **state)
{
	(void)state;
	cqrs_arena_free(arena);
	return 0;
}

/* A sample with something in every member; texts and lists are in the caller's storage. */
struct full_sample {
	struct node leaves[2];
	struct node nodes[2];
	double numbers[2];
	const char *names[2];
	int extras[1];
	enum colour palette[1];
	struct sample value;
};

static void fill(struct full_sample *full)
{
	*full = (struct full_sample){
		.leaves = { { .label = "leaf 0" }, { .label = "leaf 1" } },
		.nodes = { { .label = "node 0" }, { .label = "node 1" } },
		.numbers = { 1.5, -2 },
		.names = { "ann", "" },
		.extras = { 7 },
		.palette = { COLOUR_GREEN },
		.value = { .flag = true,
		           .i8 = -1,
		           .i32 = 5,
		           .u64 = UINT64_MAX,
		           .real = 0.1,
		           .text = "text",
		           .code = "code",
		           .bytes = { (const uint8_t *)"\x01\xff", 2 },
		           .at = 1000000,
		           .colour = COLOUR_GREEN,
		           .small_colour = COLOUR_BLUE,
		           .place = { 1, 2 },
		           .memo = "memo",
		           .blob = { (const uint8_t *)"b", 1 },
		           .has_discount = true,
		           .discount = 3,
		           .has_hint = true,
		           .hint = { 4, 5 },
		           .renamed = 6 },
	};
	full->nodes[1].children.items = full->leaves;
	full->nodes[1].children.count = 2;
	full->value.nodes.items = full->nodes;
	full->value.nodes.count = 2;
	full->value.numbers.items = full->numbers;
	full->value.numbers.count = 2;
	full->value.names.items = full->names;
	full->value.names.count = 2;
	full->value.extras.items = full->extras;
	full->value.extras.count = 1;
	full->value.palette.items = full->palette;
	full->value.palette.count = 1;
	full->value.cache = full;
}

static void copy_refuses_a_count_without_items(void **state)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct sample value = { .names = { NULL, 3, 3, NULL } }, copy;

	(void)state;
	CHECK_STATUS(cqrs_record_copy(&sample_record, &value, arena, &copy, &err),
	             CQRS_ERR_INVALID);
	CHECK_TEXT(err.message, "'names' has a count but no items");
}

static void copy_owns_all_it_points_to(void **state)
{
	struct full_sample full;
	struct full_sample same;
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct sample copy;

	(void)state;
	fill(&full);
	fill(&same);
	CHECK_OK(cqrs_record_copy(&sample_record, &full.value, arena, &copy, &err), &err);
	CHECK_TRUE(copy.cache == &full);
	memset(full.leaves, 0, sizeof(full.leaves));
	memset(full.nodes, 0, sizeof(full.nodes));
	memset(full.numbers, 0, sizeof(full.numbers));
	memset(full.names, 0, sizeof(full.names));
	memset(full.extras, 0, sizeof(full.extras));
	CHECK_TRUE(cqrs_record_equal(&sample_record, &copy, &same.value));
	CHECK_TRUE(copy.text != same.value.text && copy.memo != same.value.memo);
	CHECK_TRUE(copy.bytes.data != same.value.bytes.data);
	CHECK_TRUE(copy.names.memory == arena && copy.nodes.memory == arena);
	CHECK_TRUE(copy.nodes.items[1].children.memory == arena);
	CHECK_CONTAINS(copy.nodes.items[1].children.items[1].label, "leaf 1");
}

static void copy_takes_nothing_of_what_is_absent(void **state)
{
	struct sample value = plain_sample();
	struct sample copy;

	(void)state;
	value.discount = 9;
	value.hint.x = 9;
	CHECK_STATUS(cqrs_record_copy(&sample_record, &value, arena, &copy, NULL), CQRS_OK);
	CHECK_INT(copy.discount, 0);
	CHECK_INT(copy.hint.x, 0);
	CHECK_TRUE(copy.extras.memory == arena && copy.numbers.memory == arena);
}

static void copy_keeps_null_apart_from_empty(void **state)
{
	struct sample value = plain_sample();
	struct sample copy;

	(void)state;
	CHECK_STATUS(cqrs_record_copy(&sample_record, &value, arena, &copy, NULL), CQRS_OK);
	CHECK_TEXT(copy.text, "");
	CHECK_TRUE(copy.bytes.data != NULL);
	value.text = NULL;
	value.bytes.data = NULL;
	CHECK_STATUS(cqrs_record_copy(&sample_record, &value, arena, &copy, NULL), CQRS_OK);
	CHECK_TRUE(copy.text == NULL && copy.bytes.data == NULL);
}

static void copy_may_replace_its_original(void **state)
{
	struct node node = { .label = "a" };

	(void)state;
	CHECK_STATUS(cqrs_record_copy(&node_record, &node, arena, &node, NULL), CQRS_OK);
	CHECK_TEXT(node.label, "a");
	CHECK_TRUE(node.children.memory == arena);
}

static void copy_of_a_value_within_itself_is_refused(void **state)
{
	struct node node = { .label = "a" };
	struct node copy = { .label = "untouched" };

	(void)state;
	node.children.items = &node;
	node.children.count = 1;
	CHECK_STATUS(cqrs_record_copy(&node_record, &node, arena, &copy, NULL), CQRS_ERR_LIMIT);
	CHECK_TEXT(copy.label, "untouched");
	CHECK_TRUE(!cqrs_record_equal(&node_record, &node, &node));
	CHECK_CONTAINS(cqrs_record_dump(&node_record, &node, arena), "too deep");
}

static void copying_survives_any_failed_allocation(void **state)
{
	struct failing_allocator memory;
	struct full_sample full;
	static double many[5000];

	(void)state;
	fill(&full);
	full.value.numbers.items = many;
	full.value.numbers.count = 5000;
	for (unsigned nth = 1, failed = 1; failed; nth++) {
		struct cqrs_arena *own = NULL;
		struct sample copy = { .text = "untouched" };
		enum cqrs_status status;

		failing_allocator_init(&memory);
		CHECK_STATUS(cqrs_arena_new(&memory.allocator, &own, NULL), CQRS_OK);
		fail_allocation(&memory, nth);
		status = cqrs_record_copy(&sample_record, &full.value, own, &copy, NULL);
		failed = stop_failing(&memory);
		CHECK_STATUS(status, failed ? CQRS_ERR_NOMEM : CQRS_OK);
		CHECK_TEXT(copy.text, failed ? "untouched" : "text");
		CHECK_TRUE(failed || nth > 2);
		cqrs_arena_free(own);
		CHECK_UINT(memory.live, 0);
	}
}

/* Change one member of a full sample, which then differs from one that was not changed. */
#define CHECK_DIFFERS(change)                                                      \
	do {                                                                       \
		struct full_sample a;                                              \
		struct full_sample b;                                              \
		fill(&a);                                                          \
		fill(&b);                                                          \
		CHECK_TRUE(cqrs_record_equal(&sample_record, &a.value, &b.value)); \
		a.change;                                                          \
		if (cqrs_record_equal(&sample_record, &a.value, &b.value) ||       \
		    cqrs_record_equal(&sample_record, &b.value, &a.value))         \
			fail_msg("equal in spite of %s", #change);                 \
	} while (0)

static void any_stored_member_makes_a_difference(void **state)
{
	(void)state;
	CHECK_DIFFERS(value.flag = false);
	CHECK_DIFFERS(value.i8 = 1);
	CHECK_DIFFERS(value.i32 = 0);
	CHECK_DIFFERS(value.u64--);
	CHECK_DIFFERS(value.real = 0.2);
	CHECK_DIFFERS(value.text = "Text");
	CHECK_DIFFERS(value.text = NULL);
	CHECK_DIFFERS(value.code[0] = 'x');
	CHECK_DIFFERS(value.bytes.size = 1);
	CHECK_DIFFERS(value.bytes.data = (const uint8_t *)"\x01\x01");
	CHECK_DIFFERS(value.at++);
	CHECK_DIFFERS(value.colour = COLOUR_RED);
	CHECK_DIFFERS(value.place.y = 0);
	CHECK_DIFFERS(numbers[1] = 0);
	CHECK_DIFFERS(value.numbers.count = 1);
	CHECK_DIFFERS(names[1] = NULL);
	CHECK_DIFFERS(leaves[1].label = "x");
	CHECK_DIFFERS(value.memo = NULL);
	CHECK_DIFFERS(value.blob.data = NULL);
	CHECK_DIFFERS(value.extras.count = 0);
	CHECK_DIFFERS(palette[0] = COLOUR_BLUE);
	CHECK_DIFFERS(value.has_discount = false);
	CHECK_DIFFERS(value.discount = 0);
	CHECK_DIFFERS(value.hint.x = 0);
	CHECK_DIFFERS(value.renamed = 0);
}

static void what_is_not_stored_makes_none(void **state)
{
	struct sample a = plain_sample();
	struct sample b = plain_sample();

	(void)state;
	a.cache = &a;
	a.discount = 1;
	a.hint.x = 1;
	a.code[2] = 'x'; /* behind the NUL */
	a.numbers.capacity = 3;
	a.numbers.memory = arena;
	CHECK_TRUE(cqrs_record_equal(&sample_record, &a, &b));
}

static void zeros_differ_and_nans_do_not(void **state)
{
	struct sample a = plain_sample();
	struct sample b = plain_sample();

	(void)state;
	a.real = -0.0;
	CHECK_TRUE(!cqrs_record_equal(&sample_record, &a, &b));
	a.real = (double)NAN;
	b.real = -(double)NAN;
	CHECK_TRUE(cqrs_record_equal(&sample_record, &a, &b));
}

static void dump_shows_one_member_a_line(void **state)
{
	struct full_sample full;

	(void)state;
	fill(&full);
	CHECK_TEXT(cqrs_record_dump(&sample_record, &full.value, arena),
	           "flag: true\n"
	           "i8: -1\n"
	           "i16: 0\n"
	           "i32: 5\n"
	           "i64: 0\n"
	           "u8: 0\n"
	           "u16: 0\n"
	           "u32: 0\n"
	           "u64: 18446744073709551615\n"
	           "real: 0.1\n"
	           "text: \"text\"\n"
	           "code: \"code\"\n"
	           "bytes: 2 bytes 01ff\n"
	           "at: 1970-01-01T00:00:01.000000Z\n"
	           "colour: green\n"
	           "small_colour: blue\n"
	           "place:\n"
	           "  x: 1\n"
	           "  y: 2\n"
	           "numbers: 2 items\n"
	           "  [0]: 1.5\n"
	           "  [1]: -2.0\n"
	           "names: 2 items\n"
	           "  [0]: \"ann\"\n"
	           "  [1]: \"\"\n"
	           "nodes: 2 items\n"
	           "  [0]:\n"
	           "    label: \"node 0\"\n"
	           "    children: (absent)\n"
	           "  [1]:\n"
	           "    label: \"node 1\"\n"
	           "    children: 2 items\n"
	           "      [0]:\n"
	           "        label: \"leaf 0\"\n"
	           "        children: (absent)\n"
	           "      [1]:\n"
	           "        label: \"leaf 1\"\n"
	           "        children: (absent)\n"
	           "memo: \"memo\"\n"
	           "blob: 1 byte 62\n"
	           "extras: 1 item\n"
	           "  [0]: 7\n"
	           "discount: 3\n"
	           "hint:\n"
	           "  x: 4\n"
	           "  y: 5\n"
	           "palette: 1 item\n"
	           "  [0]: green\n"
	           "times: (absent)\n"
	           "new name: 6\n");
}

static void dump_takes_what_cannot_be_stored(void **state)
{
	struct sample value = plain_sample();
	const char *text;

	(void)state;
	value.real = -(double)INFINITY;
	value.text = "a\"\\\n\xff\xc2\x9b\xe2\x82\xac";
	memset(value.code, 'x', sizeof(value.code));
	value.bytes.data = NULL;
	value.at = INT64_MAX;
	value.colour = (enum colour)77;
	value.names.items = (const char *[]){ NULL };
	value.names.count = 1;
	value.numbers.count = 3;
	text = cqrs_record_dump(&sample_record, &value, arena);
	CHECK_CONTAINS(text, "real: -Infinity\n");
	CHECK_CONTAINS(text, "text: \"a\\\"\\\\\\x0a\\xff\\xc2\\x9b\xe2\x82\xac\"\n");
	CHECK_CONTAINS(text, "code: \"xxxxxxxx\" (no NUL)\n");
	CHECK_CONTAINS(text, "bytes: (null)\n");
	CHECK_CONTAINS(text, "at: (time 9223372036854775807 us)\n");
	CHECK_CONTAINS(text, "colour: (value 77)\n");
	CHECK_CONTAINS(text, "names: 1 item\n  [0]: (null)\n");
	CHECK_CONTAINS(text, "numbers: 3 items\n");
	CHECK_CONTAINS(text, "memo: (absent)\n");
	CHECK_CONTAINS(text, "discount: (absent)\n");
	value.real = (double)NAN;
	CHECK_CONTAINS(cqrs_record_dump(&sample_record, &value, arena), "real: NaN\n");
}

static void dump_of_nothing_is_empty(void **state)
{
	const struct cqrs_record empty = CQRS__EMPTY_RECORD(nothing);

	(void)state;
	CHECK_TEXT(cqrs_record_dump(&empty, NULL, arena), "");
}

static void dumping_survives_any_failed_allocation(void **state)
{
	struct failing_allocator memory;
	struct full_sample full;
	static double many[2000];

	(void)state;
	fill(&full);
	full.value.numbers.items = many;
	full.value.numbers.count = 2000;
	for (unsigned nth = 1, failed = 1; failed; nth++) {
		struct cqrs_arena *own = NULL;
		const char *text;

		failing_allocator_init(&memory);
		CHECK_STATUS(cqrs_arena_new(&memory.allocator, &own, NULL), CQRS_OK);
		fail_allocation(&memory, nth);
		text = cqrs_record_dump(&sample_record, &full.value, own);
		failed = stop_failing(&memory);
		CHECK_TRUE(failed ? !text : text != NULL);
		CHECK_TRUE(failed || nth > 3);
		cqrs_arena_free(own);
		CHECK_UINT(memory.live, 0);
	}
}

static void init_gives_lists_their_memory(void **state)
{
	struct holder {
		struct node node;
		int number;
	};
	const struct cqrs_field fields[] = {
		{ CQRS_NESTED(struct holder, node, &node_record) },
		{ CQRS_FIELD(struct holder, number) },
	};
	const struct cqrs_record record = CQRS_RECORD_OF(holder, fields);
	struct holder value;

	(void)state;
	memset(&value, 0x5a, sizeof(value));
	cqrs_record_init(&record, arena, &value);
	CHECK_INT(value.number, 0);
	CHECK_TRUE(value.node.label == NULL && value.node.children.memory == arena);
	CHECK_UINT(value.node.children.count, 0);
	cqrs_record_init(&(const struct cqrs_record)CQRS__EMPTY_RECORD(nothing), arena, NULL);
}

static void list_grows(void **state)
{
	struct sample value;

	(void)state;
	cqrs_record_init(&sample_record, arena, &value);
	for (int i = 0; i < 1000; i++) {
		double number = i;

		CHECK_STATUS(cqrs_list_append(&value.numbers, &number), CQRS_OK);
		CHECK_STATUS(cqrs_list_append(&value.extras, &i), CQRS_OK);
	}
	CHECK_UINT(value.numbers.count, 1000);
	CHECK_UINT(value.numbers.capacity, 1024);
	for (int i = 0; i < 1000; i++) {
		CHECK_DOUBLE(value.numbers.items[i], (double)i);
		CHECK_INT(value.extras.items[i], i);
	}
}

static void item_may_come_from_the_list_itself(void **state)
{
	struct sample value;

	(void)state;
	cqrs_record_init(&sample_record, arena, &value);
	CHECK_STATUS(cqrs_list_append(&value.extras, &(int){ 42 }), CQRS_OK);
	for (int i = 0; i < 100; i++)
		CHECK_STATUS(cqrs_list_append(&value.extras, &value.extras.items[0]), CQRS_OK);
	CHECK_INT(value.extras.items[100], 42);
}

static void foreign_items_are_copied_before_a_list_grows(void **state)
{
	struct full_sample full;

	(void)state;
	fill(&full);
	full.value.numbers.memory = arena;
	CHECK_STATUS(cqrs_list_append(&full.value.numbers, &(double){ 3 }), CQRS_OK);
	CHECK_TRUE(full.value.numbers.items != full.numbers);
	CHECK_UINT(full.value.numbers.count, 3);
	CHECK_DOUBLE(full.value.numbers.items[0], 1.5);
	CHECK_DOUBLE(full.value.numbers.items[2], 3.0);
}

static void list_without_memory_does_not_grow(void **state)
{
	struct sample value = plain_sample();
	struct node child = { .label = "a" };

	(void)state;
	CHECK_STATUS(cqrs_list_append(&value.nodes, &child), CQRS_ERR_INVALID);
	CHECK_UINT(value.nodes.count, 0);
	value.nodes.memory = arena;
	cqrs_list_share_memory(&child.children, &value.nodes);
	CHECK_STATUS(cqrs_list_append(&child.children, &(struct node){ .label = "b" }), CQRS_OK);
	CHECK_STATUS(cqrs_list_append(&value.nodes, &child), CQRS_OK);
	CHECK_TEXT(value.nodes.items[0].children.items[0].label, "b");
}

static void list_that_cannot_grow_is_remembered(void **state)
{
	struct failing_allocator memory;
	struct cqrs_arena *own = NULL;
	struct sample value = plain_sample();

	(void)state;
	failing_allocator_init(&memory);
	CHECK_STATUS(cqrs_arena_new(&memory.allocator, &own, NULL), CQRS_OK);
	value.extras.memory = own;
	fail_allocation(&memory, 1);
	CHECK_STATUS(cqrs_list_append(&value.extras, &(int){ 1 }), CQRS_ERR_NOMEM);
	CHECK_UINT(value.extras.count, 0);
	CHECK_TRUE(cqrs__arena_failed(own));
	cqrs_arena_reset(own);
	CHECK_STATUS(cqrs_list_append_item(&value.extras, SIZE_MAX / 2, NULL), CQRS_ERR_NOMEM);
	CHECK_TRUE(cqrs__arena_failed(own));
	cqrs_arena_free(own);
}

static void pointers_are_known(void **state)
{
	struct holder {
		struct node node;
	};
	const struct cqrs_field fields[] = { { CQRS_NESTED(struct holder, node, &node_record) } };
	const struct cqrs_record record = CQRS_RECORD_OF(holder, fields);

	(void)state;
	CHECK_TRUE(!cqrs__record_has_pointers(&point_record));
	CHECK_TRUE(cqrs__record_has_pointers(&node_record));
	CHECK_TRUE(cqrs__record_has_pointers(&record));
}

/* One change to the sample's table, which must change its fingerprint. */
static void check_fingerprint_changes(size_t field, const struct cqrs_field *changed)
{
	struct cqrs_field fields[sizeof(sample_fields) / sizeof(*sample_fields)];
	struct cqrs_record record = sample_record;

	memcpy(fields, sample_fields, sizeof(fields));
	record.fields = fields;
	CHECK_UINT(cqrs_record_fingerprint(&record), cqrs_record_fingerprint(&sample_record));
	fields[field] = *changed;
	if (cqrs_record_fingerprint(&record) == cqrs_record_fingerprint(&sample_record))
		fail_msg("the same fingerprint with another '%s'", changed->name);
}

static void fingerprint_tells_shapes_apart(void **state)
{
	const struct cqrs_enum fewer_names = { colour_names.values, 2 };
	struct cqrs_field field;

	(void)state;
	field = sample_fields[3];
	field.stored_name = "other";
	check_fingerprint_changes(3, &field);
	field = sample_fields[3];
	field.kind = CQRS_KIND_UNSIGNED;
	check_fingerprint_changes(3, &field);
	field = sample_fields[3];
	field.size = 8;
	check_fingerprint_changes(3, &field);
	field = sample_fields[3];
	field.kind = CQRS_KIND_TRANSIENT;
	check_fingerprint_changes(3, &field);
	field = sample_fields[11];
	field.size = 9;
	check_fingerprint_changes(11, &field);
	field = sample_fields[14];
	field.names = &fewer_names;
	check_fingerprint_changes(14, &field);
	field = sample_fields[16];
	field.record = &node_record;
	check_fingerprint_changes(16, &field);
	field = sample_fields[17];
	field.item_kind = CQRS_KIND_SIGNED;
	check_fingerprint_changes(17, &field);
	field = sample_fields[20];
	field.optional = false;
	check_fingerprint_changes(20, &field);
}

static void fingerprint_ignores_what_is_not_stored(void **state)
{
	struct cqrs_field fields[2];
	struct cqrs_record record = point_record;

	(void)state;
	memcpy(fields, point_record.fields, sizeof(fields));
	fields[0].stored_name = fields[0].name;
	fields[0].name = "other";
	fields[0].offset = 4;
	fields[1].offset = 0;
	record.name = "other";
	record.fields = fields;
	CHECK_UINT(cqrs_record_fingerprint(&record), cqrs_record_fingerprint(&point_record));
}

static void fingerprint_stays_for_ever(void **state)
{
	(void)state;
	/* Stored beside every snapshot: another number throws them all away. */
	CHECK_UINT(cqrs_record_fingerprint(&point_record), UINT64_C(8840925266945125548));
	CHECK_UINT(cqrs_record_fingerprint(&node_record), UINT64_C(10720920736138010336));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(copy_refuses_a_count_without_items),
		TEST(copy_owns_all_it_points_to),
		TEST(copy_takes_nothing_of_what_is_absent),
		TEST(copy_keeps_null_apart_from_empty),
		TEST(copy_may_replace_its_original),
		TEST(copy_of_a_value_within_itself_is_refused),
		TEST(copying_survives_any_failed_allocation),
		TEST(any_stored_member_makes_a_difference),
		TEST(what_is_not_stored_makes_none),
		TEST(zeros_differ_and_nans_do_not),
		TEST(dump_shows_one_member_a_line),
		TEST(dump_takes_what_cannot_be_stored),
		TEST(dump_of_nothing_is_empty),
		TEST(dumping_survives_any_failed_allocation),
		TEST(init_gives_lists_their_memory),
		TEST(list_grows),
		TEST(item_may_come_from_the_list_itself),
		TEST(foreign_items_are_copied_before_a_list_grows),
		TEST(list_without_memory_does_not_grow),
		TEST(list_that_cannot_grow_is_remembered),
		TEST(pointers_are_known),
		TEST(fingerprint_tells_shapes_apart),
		TEST(fingerprint_ignores_what_is_not_stored),
		TEST(fingerprint_stays_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
