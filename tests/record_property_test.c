/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * record_property_test.c - what holds for every value: it is read back as it was, its copy
 * equals it. The values are random, the seed is fixed.
 */
#include "check.h"
#include "sample.h"

#include <math.h>

#define ROUNDS 3000

/* xorshift64* by Marsaglia and Vigna */
static uint64_t random_state;

static uint64_t random_number(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * UINT64_C(2685821657736338717);
}

static size_t random_below(size_t limit)
{
	return (size_t)(random_number() % limit);
}

static bool random_bool(void)
{
	return random_number() >> 63;
}

/* All bits at random, or a number near a power of two. */
static uint64_t random_integer(void)
{
	if (random_bool())
		return random_number();
	return (UINT64_C(1) << random_below(64)) + random_below(3) - 1;
}

static double random_double(void)
{
	uint64_t bits;
	double number;

	if (random_below(4) == 0)
		return (double)(int64_t)random_integer() / 100;
	do {
		bits = random_number();
		memcpy(&number, &bits, sizeof(number));
	} while (!isfinite(number));
	return number;
}

static const char *random_text(struct cqrs_arena *arena)
{
	static const char *const parts[] = {
		"a",    "Z",    " ",        "\"",           "\\",   "/",  "\n",
		"\x01", "\x7f", "\xc3\xa9", "\xe2\x82\xac", "null", "{}", "\xf0\x9f\x92\xb0"
	};
	char text[200] = "";

	for (size_t i = random_below(30); i > 0; i--)
		strcat(text, parts[random_below(sizeof(parts) / sizeof(*parts))]);
	return cqrs_arena_text(arena, text, strlen(text));
}

static struct cqrs_bytes random_bytes(struct cqrs_arena *arena)
{
	size_t size = random_below(20);
	uint8_t *data = cqrs_arena_allocate(arena, size);

	assert_non_null(data);
	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)random_number();
	return (struct cqrs_bytes){ data, size };
}

static enum colour random_colour(void)
{
	static const enum colour colours[] = { COLOUR_RED, COLOUR_GREEN, COLOUR_BLUE };

	return colours[random_below(3)];
}

/* In the years 1 to 9999. */
static int64_t random_time_us(void)
{
	const int64_t first_us = INT64_C(-62135596800000000);
	const uint64_t span_us = UINT64_C(315537897600000000);

	return first_us + (int64_t)(random_number() % span_us);
}

static struct node random_node(struct cqrs_arena *arena, size_t depth)
{
	struct node node;

	cqrs_record_init(&node_record, arena, &node);
	node.label = random_text(arena);
	for (size_t i = depth > 0 ? random_below(3) : 0; i > 0; i--) {
		struct node child = random_node(arena, depth - 1);

		CHECK_STATUS(cqrs_list_append(&node.children, &child), CQRS_OK);
	}
	return node;
}

static void fill_lists(struct sample *value, struct cqrs_arena *arena)
{
	for (size_t i = random_below(5); i > 0; i--) {
		double number = random_double();
		const char *name = random_text(arena);
		struct node node = random_node(arena, 3);
		int extra = (int)random_integer();
		enum colour colour = random_colour();
		int64_t time_us = random_time_us();

		CHECK_STATUS(cqrs_list_append(&value->numbers, &number), CQRS_OK);
		CHECK_STATUS(cqrs_list_append(&value->names, &name), CQRS_OK);
		CHECK_STATUS(cqrs_list_append(&value->nodes, &node), CQRS_OK);
		CHECK_STATUS(cqrs_list_append(&value->extras, &extra), CQRS_OK);
		CHECK_STATUS(cqrs_list_append(&value->palette, &colour), CQRS_OK);
		CHECK_STATUS(cqrs_list_append(&value->times, &time_us), CQRS_OK);
	}
}

static struct sample random_sample(struct cqrs_arena *arena)
{
	struct sample value;

	cqrs_record_init(&sample_record, arena, &value);
	value.flag = random_bool();
	value.i8 = (signed char)random_integer();
	value.i16 = (short)random_integer();
	value.i32 = (int)random_integer();
	value.i64 = (int64_t)random_integer();
	value.u8 = (unsigned char)random_integer();
	value.u16 = (unsigned short)random_integer();
	value.u32 = (unsigned)random_integer();
	value.u64 = random_integer();
	value.real = random_double();
	value.text = random_text(arena);
	snprintf(value.code, sizeof(value.code), "%u", (unsigned)random_below(10000000));
	value.bytes = random_bytes(arena);
	value.at = random_time_us();
	value.colour = random_colour();
	value.small_colour = (unsigned char)random_colour();
	value.place = (struct point){ (int)random_integer(), (int)random_integer() };
	value.memo = random_bool() ? random_text(arena) : NULL;
	if (random_bool())
		value.blob = random_bytes(arena);
	value.has_discount = random_bool();
	value.discount = (int)random_integer();
	value.has_hint = random_bool();
	value.hint = (struct point){ (int)random_integer(), (int)random_integer() };
	value.renamed = (int64_t)random_integer();
	fill_lists(&value, arena);
	return value;
}

/* Run a check on many values, each in an arena of its own. */
static void for_random_samples(void (*check)(const struct sample *value, struct cqrs_arena *arena))
{
	struct cqrs_arena *arena = NULL;

	random_state = UINT64_C(0x243f6a8885a308d3);
	CHECK_STATUS(cqrs_arena_new(NULL, &arena, NULL), CQRS_OK);
	for (int round = 0; round < ROUNDS; round++) {
		struct sample value = random_sample(arena);

		check(&value, arena);
		cqrs_arena_reset(arena);
	}
	cqrs_arena_free(arena);
}

static void check_equal(const struct sample *a, const struct sample *b, struct cqrs_arena *arena)
{
	if (cqrs_record_equal(&sample_record, a, b))
		return;
	print_error("differ:\n%s\nand\n%s\n", cqrs_record_dump(&sample_record, a, arena),
	            cqrs_record_dump(&sample_record, b, arena));
	fail();
}

static void check_round_trip(const struct sample *value, struct cqrs_arena *arena)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_text json;
	struct cqrs_text same;
	struct sample back;

	CHECK_OK(cqrs_record_encode(&sample_record, value, 0, arena, &json, &err), &err);
	CHECK_OK(cqrs_record_decode(&sample_record, json, 0, arena, &back, &err), &err);
	check_equal(value, &back, arena);
	CHECK_OK(cqrs_record_encode(&sample_record, &back, 0, arena, &same, &err), &err);
	CHECK_TEXT(same.data, json.data);
}

static void what_is_stored_is_read_back(void **state)
{
	(void)state;
	for_random_samples(check_round_trip);
}

static void check_copy(const struct sample *value, struct cqrs_arena *arena)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_arena *own = NULL;
	struct sample copy;

	CHECK_STATUS(cqrs_arena_new(NULL, &own, NULL), CQRS_OK);
	CHECK_OK(cqrs_record_copy(&sample_record, value, own, &copy, &err), &err);
	check_equal(value, &copy, arena);
	cqrs_arena_free(own);
}

static void copies_are_equal(void **state)
{
	(void)state;
	for_random_samples(check_copy);
}

/* Cut the JSON of a value anywhere: what is left is refused, and leaves no trace. */
static void check_cut(const struct sample *value, struct cqrs_arena *arena)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct sample back = { .text = "untouched" };
	struct cqrs_text json;

	CHECK_OK(cqrs_record_encode(&sample_record, value, 0, arena, &json, &err), &err);
	json.len = random_below(json.len);
	CHECK_STATUS(cqrs_record_decode(&sample_record, json, 0, arena, &back, &err),
	             CQRS_ERR_INVALID);
	CHECK_TEXT(back.text, "untouched");
}

static void part_of_a_document_is_refused(void **state)
{
	(void)state;
	for_random_samples(check_cut);
}

/* Every double has a neighbour; both are kept apart. */
static void neighbouring_doubles_stay_apart(void **state)
{
	struct one {
		double value;
	};
	const struct cqrs_record record = CQRS_RECORD(one, value);
	struct cqrs_arena *arena = NULL;

	(void)state;
	random_state = 1;
	CHECK_STATUS(cqrs_arena_new(NULL, &arena, NULL), CQRS_OK);
	for (int round = 0; round < 20000; round++) {
		struct one value = { random_double() };
		struct one neighbour;
		struct one back;
		struct cqrs_text json;
		uint64_t bits;

		memcpy(&bits, &value, sizeof(bits));
		bits ^= 1;
		memcpy(&neighbour, &bits, sizeof(bits));
		CHECK_STATUS(cqrs_record_encode(&record, &value, 0, arena, &json, NULL), CQRS_OK);
		CHECK_STATUS(cqrs_record_decode(&record, json, 0, arena, &back, NULL), CQRS_OK);
		CHECK_DOUBLE(back.value, value.value);
		CHECK_STATUS(cqrs_record_encode(&record, &neighbour, 0, arena, &json, NULL),
		             CQRS_OK);
		CHECK_STATUS(cqrs_record_decode(&record, json, 0, arena, &back, NULL), CQRS_OK);
		CHECK_DOUBLE(back.value, neighbour.value);
		cqrs_arena_reset(arena);
	}
	cqrs_arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_stored_is_read_back),
		cmocka_unit_test(copies_are_equal),
		cmocka_unit_test(part_of_a_document_is_refused),
		cmocka_unit_test(neighbouring_doubles_stay_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
