/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* record_encode_test.c - structs to JSON: the stored form, and what is refused. */
#include "check.h"
#include "failing_allocator.h"
#include "sample.h"

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

static void check_stored(const struct cqrs_record *record, const void *value, unsigned flags,
                         const char *expected)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_text json;

	CHECK_OK(cqrs_record_encode(record, value, flags, arena, &json, &err), &err);
	CHECK_TEXT(json.data, expected);
	CHECK_UINT(json.len, strlen(expected));
}

static void check_refused(const struct cqrs_record *record, const void *value,
                          enum cqrs_status status, const char *path, const char *message)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_text json = { "untouched", 9 };

	CHECK_STATUS(cqrs_record_encode(record, value, 0, arena, &json, &err), status);
	CHECK_STATUS(err.status, status);
	CHECK_TEXT(err.path, path);
	CHECK_CONTAINS(err.message, message);
	CHECK_TEXT(json.data, "untouched");
}

static void every_kind_has_its_stored_form(void **state)
{
	struct node children[] = { { .label = "b" } };
	struct node nodes[] = { { .label = "a", .children = { children, 1, 0, NULL } } };
	struct sample value = {
		.flag = true,
		.i8 = -128,
		.i16 = -32768,
		.i32 = INT32_MIN,
		.i64 = INT64_MIN,
		.u8 = 255,
		.u16 = 65535,
		.u32 = UINT32_MAX,
		.u64 = UINT64_MAX,
		.real = 0.1,
		.text = "a \"text\"\n\x01 \xe2\x82\xac",
		.code = "1234567",
		.bytes = { (const uint8_t *)"\x00\xff\x10\x80", 4 },
		.at = 1,
		.colour = COLOUR_GREEN,
		.small_colour = 253, /* green's -3 in an unsigned char */
		.place = { 1, -2 },
		.numbers = { (double[]){ 1.5, -0.0 }, 2, 0, NULL },
		.names = { (const char *[]){ "x", "" }, 2, 0, NULL },
		.nodes = { nodes, 1, 0, NULL },
		.memo = "m",
		.blob = { (const uint8_t *)"ab", 2 },
		.extras = { (int[]){ 7 }, 1, 0, NULL },
		.has_discount = true,
		.discount = 5,
		.has_hint = true,
		.hint = { 3, 4 },
		.palette = { (enum colour[]){ COLOUR_BLUE, COLOUR_RED }, 2, 0, NULL },
		.times = { (int64_t[]){ -1 }, 1, 0, NULL },
		.renamed = 6,
		.cache = &value,
	};

	(void)state;
	check_stored(&sample_record, &value, 0,
	             "{\"flag\":true,\"i8\":-128,\"i16\":-32768,\"i32\":-2147483648,"
	             "\"i64\":-9223372036854775808,\"u8\":255,\"u16\":65535,\"u32\":4294967295,"
	             "\"u64\":18446744073709551615,\"real\":0.1,"
	             "\"text\":\"a \\\"text\\\"\\n\\u0001 \xe2\x82\xac\",\"code\":\"1234567\","
	             "\"bytes\":\"AP8QgA==\",\"at\":\"1970-01-01T00:00:00.000001Z\","
	             "\"colour\":\"green\",\"small_colour\":\"green\",\"place\":{\"x\":1,\"y\":-2},"
	             "\"numbers\":[1.5,-0.0],\"names\":[\"x\",\"\"],"
	             "\"nodes\":[{\"label\":\"a\",\"children\":[{\"label\":\"b\"}]}],"
	             "\"memo\":\"m\",\"blob\":\"YWI=\",\"extras\":[7],\"discount\":5,"
	             "\"hint\":{\"x\":3,\"y\":4},\"palette\":[\"blue\",\"red\"],"
	             "\"times\":[\"1969-12-31T23:59:59.999999Z\"],\"new name\":6}");
}

/* A lone byte that is not ASCII is no UTF-8; each other one has to come back. */
static void check_byte(const char *text, unsigned byte)
{
	struct node value = { .label = text };
	struct node decoded;
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_text json;

	if (byte >= 0x80) {
		check_refused(&node_record, &value, CQRS_ERR_INVALID, "label", "not valid UTF-8");
		return;
	}
	CHECK_OK(cqrs_record_encode(&node_record, &value, 0, arena, &json, &err), &err);
	CHECK_OK(cqrs_record_decode(&node_record, json, 0, arena, &decoded, &err), &err);
	CHECK_TEXT(decoded.label, text);
	cqrs_arena_reset(arena);
}

static void every_byte_comes_back_from_every_place_of_a_text(void **state)
{
	static const size_t lens[] = { 1, 2, 3, 4, 7, 8, 9, 16, 17 };
	char text[18];

	(void)state;
	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		for (size_t place = 0; place < lens[i]; place++) {
			for (unsigned byte = 1; byte < 256; byte++) {
				memset(text, 'x', lens[i]);
				text[place] = (char)byte;
				text[lens[i]] = '\0';
				check_byte(text, byte);
			}
		}
	}
}

static void absent_members_are_left_out(void **state)
{
	struct sample value = plain_sample();

	(void)state;
	value.discount = 9; /* says nothing while has_discount is false */
	check_stored(&sample_record, &value, 0, PLAIN_SAMPLE_JSON);
}

static void empty_record_is_an_empty_object(void **state)
{
	const struct cqrs_record empty = CQRS__EMPTY_RECORD(nothing);

	(void)state;
	check_stored(&empty, NULL, 0, "{}");
}

static void null_text_is_stored_only_where_allowed(void **state)
{
	struct node value = { .label = NULL };

	(void)state;
	check_refused(&node_record, &value, CQRS_ERR_INVALID, "label", "NULL");
	check_stored(&node_record, &value, CQRS_ALLOW_NULL_TEXT, "{\"label\":null}");
}

static void null_bytes_are_treated_as_null_text(void **state)
{
	struct sample value = plain_sample();
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_text json;

	(void)state;
	value.bytes = (struct cqrs_bytes){ NULL, 0 };
	check_refused(&sample_record, &value, CQRS_ERR_INVALID, "bytes", "NULL");
	CHECK_OK(cqrs_record_encode(&sample_record, &value, CQRS_ALLOW_NULL_TEXT, arena, &json,
	                            &err),
	         &err);
	CHECK_CONTAINS(json.data, "\"bytes\":null");
}

/* Change one member of a plain sample, which must then be refused. */
#define CHECK_REFUSED(member, value, status, path, message)                     \
	do {                                                                    \
		struct sample changed = plain_sample();                         \
		changed.member = value;                                         \
		check_refused(&sample_record, &changed, status, path, message); \
	} while (0)

static void what_cannot_be_stored_is_refused_by_name(void **state)
{
	(void)state;
	CHECK_REFUSED(real, (double)NAN, CQRS_ERR_INVALID, "real", "NaN");
	CHECK_REFUSED(real, (double)INFINITY, CQRS_ERR_INVALID, "real", "infinity");
	CHECK_REFUSED(real, -(double)INFINITY, CQRS_ERR_INVALID, "real", "infinity");
	CHECK_REFUSED(text, NULL, CQRS_ERR_INVALID, "text", "NULL");
	CHECK_REFUSED(text, "\xff", CQRS_ERR_INVALID, "text", "UTF-8");
	CHECK_REFUSED(text, "\xed\xa0\x80", CQRS_ERR_INVALID, "text", "UTF-8");
	CHECK_REFUSED(memo, "a\xc3", CQRS_ERR_INVALID, "memo", "UTF-8");
	CHECK_REFUSED(at, INT64_MAX, CQRS_ERR_INVALID, "at", "years 1 to 9999");
	CHECK_REFUSED(colour, (enum colour)77, CQRS_ERR_INVALID, "colour", "without a name");
	CHECK_REFUSED(bytes.data, NULL, CQRS_ERR_INVALID, "bytes", "NULL");
	CHECK_REFUSED(names.count, 1, CQRS_ERR_INVALID, "names", "no items");
}

static void bytes_of_a_size_need_bytes(void **state)
{
	struct sample value = plain_sample();

	(void)state;
	value.bytes = (struct cqrs_bytes){ NULL, 1 };
	check_refused(&sample_record, &value, CQRS_ERR_INVALID, "bytes", "no bytes");
}

static void inline_text_ends_within(void **state)
{
	struct sample value = plain_sample();

	(void)state;
	memset(value.code, 'x', sizeof(value.code));
	check_refused(&sample_record, &value, CQRS_ERR_INVALID, "code", "NUL");
	value.code[0] = (char)0xff;
	value.code[1] = '\0';
	check_refused(&sample_record, &value, CQRS_ERR_INVALID, "code", "UTF-8");
}

static void path_leads_to_the_place(void **state)
{
	struct node leaves[] = { { .label = "ok" }, { .label = "bad \xff" } };
	struct node nodes[] = { { .label = "a" },
		                { .label = "b", .children = { leaves, 2, 0, NULL } } };
	struct sample value = plain_sample();

	(void)state;
	value.nodes.items = nodes;
	value.nodes.count = 2;
	check_refused(&sample_record, &value, CQRS_ERR_INVALID, "nodes[1].children[1].label",
	              "UTF-8");
	leaves[1].label = NULL;
	check_refused(&sample_record, &value, CQRS_ERR_INVALID, "nodes[1].children[1].label",
	              "NULL");
	value = plain_sample();
	value.names.items = (const char *[]){ "a", NULL };
	value.names.count = 2;
	check_refused(&sample_record, &value, CQRS_ERR_INVALID, "names[1]", "NULL");
}

static void long_path_keeps_its_end(void **state)
{
	struct node nodes[15];
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_text json;

	(void)state;
	memset(nodes, 0, sizeof(nodes));
	for (size_t i = 0; i < 14; i++) {
		nodes[i].label = "";
		nodes[i].children.items = &nodes[i + 1];
		nodes[i].children.count = 1;
	}
	CHECK_STATUS(cqrs_record_encode(&node_record, nodes, 0, arena, &json, &err),
	             CQRS_ERR_INVALID);
	CHECK_TEXT(err.path, "...[0].children[0].children[0].children[0].children[0].children[0]."
	                     "children[0].children[0].children[0].children[0].label");
}

/* A chain of nodes: records and lists take turns, so depth is 2 * count - 1. */
static void link_nodes(struct node *nodes, size_t count)
{
	memset(nodes, 0, count * sizeof(*nodes));
	for (size_t i = 0; i < count; i++) {
		nodes[i].label = "";
		nodes[i].children.items = i + 1 < count ? &nodes[i + 1] : NULL;
		nodes[i].children.count = i + 1 < count;
	}
}

static void nesting_beyond_the_limit_is_refused(void **state)
{
	struct node nodes[17];
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_text json;

	(void)state;
	link_nodes(nodes, 16);
	CHECK_OK(cqrs_record_encode(&node_record, nodes, 0, arena, &json, &err), &err);
	link_nodes(nodes, 17);
	CHECK_STATUS(cqrs_record_encode(&node_record, nodes, 0, arena, &json, &err),
	             CQRS_ERR_LIMIT);
	CHECK_CONTAINS(err.path, "children[0]");
}

static void value_that_contains_itself_is_refused(void **state)
{
	struct node node = { .label = "" };

	(void)state;
	node.children.items = &node;
	node.children.count = 1;
	CHECK_STATUS(
		cqrs_record_encode(&node_record, &node, 0, arena, &(struct cqrs_text){ 0 }, NULL),
		CQRS_ERR_LIMIT);
}

static void list_beyond_the_limit_is_refused(void **state)
{
	struct sample value = plain_sample();
	struct cqrs_text json;

	(void)state;
	value.numbers.items = calloc(CQRS_MAX_LIST_ITEMS + 1, sizeof(double));
	assert_non_null(value.numbers.items);
	value.numbers.count = CQRS_MAX_LIST_ITEMS;
	CHECK_STATUS(cqrs_record_encode(&sample_record, &value, 0, arena, &json, NULL), CQRS_OK);
	value.numbers.count = CQRS_MAX_LIST_ITEMS + 1;
	check_refused(&sample_record, &value, CQRS_ERR_LIMIT, "numbers", "items");
	free(value.numbers.items);
}

static void text_beyond_the_limit_is_refused(void **state)
{
	const size_t len = CQRS_MAX_JSON_SIZE - strlen("{\"label\":\"\"}");
	char *text = malloc(CQRS_MAX_JSON_SIZE + 2);
	struct node value = { .label = text };
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_text json;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', CQRS_MAX_JSON_SIZE + 1);
	text[len] = '\0';
	CHECK_OK(cqrs_record_encode(&node_record, &value, 0, arena, &json, &err), &err);
	CHECK_UINT(json.len, CQRS_MAX_JSON_SIZE);
	text[len] = 'x';
	text[len + 1] = '\0';
	check_refused(&node_record, &value, CQRS_ERR_LIMIT, "", "larger");
	text[len + 1] = 'x';
	text[CQRS_MAX_JSON_SIZE + 1] = '\0';
	check_refused(&node_record, &value, CQRS_ERR_LIMIT, "label", "larger");
	free(text);
}

static void texts_beyond_the_limit_together_are_refused(void **state)
{
	struct sample value = plain_sample();
	char *text = calloc(1, CQRS_MAX_JSON_SIZE / 2 + 2);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', CQRS_MAX_JSON_SIZE / 2 + 1);
	value.text = text;
	value.memo = text;
	check_refused(&sample_record, &value, CQRS_ERR_LIMIT, "memo", "larger");
	free(text);
}

static void bytes_beyond_the_limit_are_refused(void **state)
{
	struct sample value = plain_sample();

	(void)state;
	value.bytes.size = SIZE_MAX; /* never looked at */
	check_refused(&sample_record, &value, CQRS_ERR_LIMIT, "bytes", "larger");
}

static void unknown_flags_are_refused(void **state)
{
	struct point value = { 1, 2 };
	struct cqrs_text json;

	(void)state;
	CHECK_STATUS(
		cqrs_record_encode(&point_record, &value, CQRS_IGNORE_UNKNOWN, arena, &json, NULL),
		CQRS_ERR_INVALID);
}

static void only_the_text_stays_in_the_arena(void **state)
{
	struct sample value = plain_sample();
	struct cqrs_text json;

	(void)state;
	CHECK_STATUS(cqrs_record_encode(&sample_record, &value, 0, arena, &json, NULL), CQRS_OK);
	CHECK_UINT(cqrs_arena_used(arena), (json.len + 1 + 15) / 16 * 16);
}

static void encoding_survives_any_failed_allocation(void **state)
{
	struct failing_allocator memory;
	struct cqrs_arena *own = NULL;
	struct sample value = plain_sample();
	static double numbers[10000];

	(void)state;
	value.numbers.items = numbers;
	value.numbers.count = sizeof(numbers) / sizeof(*numbers);
	for (unsigned nth = 1, failed = 1; failed; nth++) {
		struct cqrs_text json = { "untouched", 9 };
		enum cqrs_status status;

		failing_allocator_init(&memory);
		CHECK_STATUS(cqrs_arena_new(&memory.allocator, &own, NULL), CQRS_OK);
		fail_allocation(&memory, nth);
		status = cqrs_record_encode(&sample_record, &value, 0, own, &json, NULL);
		failed = stop_failing(&memory);
		CHECK_STATUS(status, failed ? CQRS_ERR_NOMEM : CQRS_OK);
		CHECK_TRUE(!failed || strcmp(json.data, "untouched") == 0);
		CHECK_TRUE(failed || nth > 3);
		cqrs_arena_free(own);
		CHECK_UINT(memory.live, 0);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(every_kind_has_its_stored_form),
		TEST(every_byte_comes_back_from_every_place_of_a_text),
		TEST(absent_members_are_left_out),
		TEST(empty_record_is_an_empty_object),
		TEST(null_text_is_stored_only_where_allowed),
		TEST(null_bytes_are_treated_as_null_text),
		TEST(what_cannot_be_stored_is_refused_by_name),
		TEST(bytes_of_a_size_need_bytes),
		TEST(inline_text_ends_within),
		TEST(path_leads_to_the_place),
		TEST(long_path_keeps_its_end),
		TEST(nesting_beyond_the_limit_is_refused),
		TEST(value_that_contains_itself_is_refused),
		TEST(list_beyond_the_limit_is_refused),
		TEST(text_beyond_the_limit_is_refused),
		TEST(texts_beyond_the_limit_together_are_refused),
		TEST(bytes_beyond_the_limit_are_refused),
		TEST(unknown_flags_are_refused),
		TEST(only_the_text_stays_in_the_arena),
		TEST(encoding_survives_any_failed_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
