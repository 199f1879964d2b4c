/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* record_decode_test.c - JSON to structs: what is taken, and what is refused where. */
#include "check.h"
#include "failing_allocator.h"
#include "sample.h"

#include "record/codec.h"

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

static struct cqrs_text text_of(const char *json)
{
	return (struct cqrs_text){ json, strlen(json) };
}

static void decode(const struct cqrs_record *record, const char *json, unsigned flags, void *out)
{
	struct cqrs_error err = CQRS_ERROR_INIT;

	CHECK_OK(cqrs_record_decode(record, text_of(json), flags, arena, out, &err), &err);
}

static void check_refused_text(const struct cqrs_record *record, struct cqrs_text json,
                               unsigned flags, enum cqrs_status status, const char *path,
                               const char *message)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	unsigned char value[sizeof(struct sample)];
	unsigned char before[sizeof(struct sample)];

	memset(value, 0x5a, sizeof(value));
	memset(before, 0x5a, sizeof(before));
	CHECK_STATUS(cqrs_record_decode(record, json, flags, arena, value, &err), status);
	CHECK_TEXT(err.path, path);
	CHECK_CONTAINS(err.message, message);
	assert_memory_equal(value, before, sizeof(value));
}

static void check_refused(const struct cqrs_record *record, const char *json, unsigned flags,
                          enum cqrs_status status, const char *path, const char *message)
{
	check_refused_text(record, text_of(json), flags, status, path, message);
}

/* A record of one member, for the values that members take. */
struct one_double {
	double value;
};
static const struct cqrs_record one_double = CQRS_RECORD(one_double, value);
struct one_signed {
	signed char value;
};
static const struct cqrs_record one_signed = CQRS_RECORD(one_signed, value);
struct one_unsigned {
	unsigned char value;
};
static const struct cqrs_record one_unsigned = CQRS_RECORD(one_unsigned, value);
struct one_wide {
	int64_t value;
};
static const struct cqrs_record one_wide = CQRS_RECORD(one_wide, value);
struct one_wide_unsigned {
	uint64_t value;
};
static const struct cqrs_record one_wide_unsigned = CQRS_RECORD(one_wide_unsigned, value);
struct one_bool {
	bool value;
};
static const struct cqrs_record one_bool = CQRS_RECORD(one_bool, value);
struct one_text {
	const char *value;
};
static const struct cqrs_record one_text = CQRS_RECORD(one_text, value);
struct one_inline {
	char value[4];
};
static const struct cqrs_record one_inline = CQRS_RECORD(one_inline, value);
struct one_time {
	int64_t value;
};
static const struct cqrs_field one_time_fields[] = { { CQRS_TIME(struct one_time, value) } };
static const struct cqrs_record one_time = CQRS_RECORD_OF(one_time, one_time_fields);
struct one_bytes {
	struct cqrs_bytes value;
};
static const struct cqrs_field one_bytes_fields[] = { { CQRS_BYTES(struct one_bytes, value) } };
static const struct cqrs_record one_bytes = CQRS_RECORD_OF(one_bytes, one_bytes_fields);
struct one_enum {
	enum colour value;
};
static const struct cqrs_field one_enum_fields[] = { { CQRS_ENUM(struct one_enum, value,
	                                                         &colour_names) } };
static const struct cqrs_record one_enum = CQRS_RECORD_OF(one_enum, one_enum_fields);

static void every_kind_is_read_back(void **state)
{
	const char *json =
		"{\"flag\":true,\"i8\":-128,\"i16\":-32768,\"i32\":-2147483648,"
		"\"i64\":-9223372036854775808,\"u8\":255,\"u16\":65535,\"u32\":4294967295,"
		"\"u64\":18446744073709551615,\"real\":0.1,"
		"\"text\":\"a \\\"text\\\"\\n\\u0001 \\u20ac\",\"code\":\"1234567\","
		"\"bytes\":\"AP8QgA==\",\"at\":\"1970-01-01T00:00:00.000001Z\","
		"\"colour\":\"green\",\"small_colour\":\"green\",\"place\":{\"x\":1,\"y\":-2},"
		"\"numbers\":[1.5,-0.0],\"names\":[\"x\",\"\"],"
		"\"nodes\":[{\"label\":\"a\",\"children\":[{\"label\":\"b\"}]}],"
		"\"memo\":\"m\",\"blob\":\"YWI=\",\"extras\":[7],\"discount\":5,"
		"\"hint\":{\"x\":3,\"y\":4},\"palette\":[\"blue\",\"red\"],"
		"\"times\":[\"1969-12-31T23:59:59.999999Z\"],\"new name\":6}";
	struct sample value;

	(void)state;
	decode(&sample_record, json, 0, &value);
	CHECK_TRUE(value.flag);
	CHECK_INT(value.i8, -128);
	CHECK_INT(value.i16, -32768);
	CHECK_INT(value.i32, INT32_MIN);
	CHECK_INT(value.i64, INT64_MIN);
	CHECK_UINT(value.u8, 255);
	CHECK_UINT(value.u16, 65535);
	CHECK_UINT(value.u32, UINT32_MAX);
	CHECK_UINT(value.u64, UINT64_MAX);
	CHECK_DOUBLE(value.real, 0.1);
	CHECK_TEXT(value.text, "a \"text\"\n\x01 \xe2\x82\xac");
	CHECK_TEXT(value.code, "1234567");
	CHECK_UINT(value.bytes.size, 4);
	assert_memory_equal(value.bytes.data, "\x00\xff\x10\x80", 4);
	CHECK_INT(value.at, 1);
	CHECK_INT(value.colour, COLOUR_GREEN);
	CHECK_UINT(value.small_colour, 253);
	CHECK_INT(value.place.y, -2);
	CHECK_UINT(value.numbers.count, 2);
	CHECK_DOUBLE(value.numbers.items[1], -0.0);
	CHECK_UINT(value.names.count, 2);
	CHECK_TEXT(value.names.items[0], "x");
	CHECK_UINT(value.nodes.count, 1);
	CHECK_TEXT(value.nodes.items[0].children.items[0].label, "b");
	CHECK_TRUE(value.nodes.items[0].children.memory == arena);
	CHECK_TEXT(value.memo, "m");
	CHECK_UINT(value.blob.size, 2);
	CHECK_INT(value.extras.items[0], 7);
	CHECK_TRUE(value.has_discount && value.has_hint);
	CHECK_INT(value.discount, 5);
	CHECK_INT(value.hint.y, 4);
	CHECK_UINT(value.palette.count, 2);
	CHECK_INT(value.palette.items[0], COLOUR_BLUE);
	CHECK_INT(value.times.items[0], -1);
	CHECK_INT(value.renamed, 6);
	CHECK_TRUE(value.cache == NULL);
}

static void members_may_come_in_any_order_and_with_spaces(void **state)
{
	struct point value;

	(void)state;
	decode(&point_record, " {\"y\" : 2 ,\n\t\"x\":1 } ", 0, &value);
	CHECK_INT(value.x, 1);
	CHECK_INT(value.y, 2);
}

static void absent_and_null_are_the_same(void **state)
{
	struct sample value;

	(void)state;
	decode(&sample_record, PLAIN_SAMPLE_JSON, 0, &value);
	CHECK_TRUE(!value.memo && !value.blob.data && !value.has_discount && !value.has_hint);
	CHECK_UINT(value.extras.count, 0);
	CHECK_TRUE(value.extras.memory == arena);
	decode(&sample_record,
	       PLAIN_SAMPLE_HEAD "\"memo\":null,\"blob\":null,\"extras\":null,\"discount\":null,"
	                         "\"hint\":null,\"new name\":0}",
	       0, &value);
	CHECK_TRUE(!value.memo && !value.blob.data && !value.has_discount && !value.has_hint);
	CHECK_UINT(value.extras.count, 0);
	CHECK_TRUE(value.extras.memory == arena);
}

static void empty_bytes_and_text_are_not_absent(void **state)
{
	struct sample value;

	(void)state;
	decode(&sample_record, PLAIN_SAMPLE_JSON, 0, &value);
	CHECK_TEXT(value.text, "");
	CHECK_TRUE(value.bytes.data != NULL);
	CHECK_UINT(value.bytes.size, 0);
}

static void numbers_keep_their_exact_value(void **state)
{
	struct one_double real;
	struct one_wide wide;
	struct one_wide_unsigned wide_unsigned;

	(void)state;
	decode(&one_double, "{\"value\":5e-324}", 0, &real);
	CHECK_DOUBLE(real.value, 5e-324);
	decode(&one_double, "{\"value\":1.7976931348623157e308}", 0, &real);
	CHECK_DOUBLE(real.value, 1.7976931348623157e308);
	decode(&one_double, "{\"value\":7}", 0, &real);
	CHECK_DOUBLE(real.value, 7.0);
	decode(&one_double, "{\"value\":-7}", 0, &real);
	CHECK_DOUBLE(real.value, -7.0);
	decode(&one_double, "{\"value\":-0}", 0, &real);
	CHECK_DOUBLE(real.value, -0.0);
	decode(&one_double, "{\"value\":18446744073709551616}", 0, &real);
	CHECK_DOUBLE(real.value, 18446744073709551616.0);
	decode(&one_wide, "{\"value\":9223372036854775807}", 0, &wide);
	CHECK_INT(wide.value, INT64_MAX);
	decode(&one_wide, "{\"value\":9007199254740993}", 0, &wide);
	CHECK_INT(wide.value, INT64_C(9007199254740993));
	decode(&one_wide_unsigned, "{\"value\":18446744073709551615}", 0, &wide_unsigned);
	CHECK_UINT(wide_unsigned.value, UINT64_MAX);
	decode(&one_wide_unsigned, "{\"value\":-0}", 0, &wide_unsigned);
	CHECK_UINT(wide_unsigned.value, 0);
}

static void what_a_member_cannot_hold_is_refused(void **state)
{
	static const struct {
		const struct cqrs_record *record;
		const char *json; /* the member's value */
		const char *message;
	} cases[] = {
		{ &one_signed, "128", "out of range" },
		{ &one_signed, "-129", "out of range" },
		{ &one_unsigned, "256", "out of range" },
		{ &one_unsigned, "-1", "out of range" },
		{ &one_wide, "9223372036854775808", "out of range" },
		{ &one_wide, "-9223372036854775809", "out of range" },
		{ &one_wide, "-18446744073709551616", "out of range" },
		{ &one_wide_unsigned, "18446744073709551616", "out of range" },
		{ &one_wide_unsigned, "-1", "out of range" },
		{ &one_double, "1e309", "out of range" },
		{ &one_double, "-1e999", "out of range" },
		{ &one_wide, "2.0", "wrong type: an integer is expected, this is a number with a" },
		{ &one_wide, "1e2", "wrong type" },
		{ &one_unsigned, "2.0", "wrong type" },
		{ &one_wide, "\"2\"", "wrong type: an integer is expected, this is a text" },
		{ &one_wide, "true", "wrong type: an integer is expected, this is a boolean" },
		{ &one_wide, "null", "wrong type: an integer is expected, this is null" },
		{ &one_double, "\"2\"", "wrong type: a number" },
		{ &one_double, "null", "wrong type: a number" },
		{ &one_bool, "1", "wrong type: a boolean is expected, this is an integer" },
		{ &one_bool, "\"true\"", "wrong type: a boolean" },
		{ &one_bool, "18446744073709551616", "this is a number" },
		{ &one_text, "null", "wrong type: a text is expected, this is null" },
		{ &one_text, "1", "wrong type: a text" },
		{ &one_text, "[]", "wrong type: a text is expected, this is a list" },
		{ &one_text, "{}", "wrong type: a text is expected, this is an object" },
		{ &one_text, "\"a\\u0000b\"", "U+0000" },
		{ &one_text, "\"\\u0000\"", "U+0000" },
		{ &one_text, "\"\xff\"", "not JSON" },
		{ &one_text, "\"\xed\xa0\x80\"", "not JSON" },
		{ &one_text, "\"\\ud800\"", "not JSON" },
		{ &one_text, "\"a\nb\"", "not JSON" },
		{ &one_inline, "\"1234\"", "too long: at most 3 bytes" },
		{ &one_inline, "\"\\u0000\"", "U+0000" },
		{ &one_inline, "null", "wrong type" },
		{ &one_time, "\"yesterday\"", "not a time" },
		{ &one_time, "1", "wrong type: a text" },
		{ &one_bytes, "\"YWI\"", "not base64" },
		{ &one_bytes, "\"YWJ=\"", "not base64" },
		{ &one_bytes, "\"Y W=\"", "not base64" },
		{ &one_bytes, "[1]", "wrong type" },
		{ &one_enum, "\"Red\"", "not one of the names" },
		{ &one_enum, "\"\"", "not one of the names" },
		{ &one_enum, "1", "wrong type" },
	};
	char json[100];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(json, sizeof(json), "{\"value\":%s}", cases[i].json);
		check_refused(cases[i].record, json, 0, CQRS_ERR_INVALID, "value",
		              cases[i].message);
	}
}

static void refusals_name_the_place(void **state)
{
	static const struct {
		const char *json; /* the end of a sample */
		const char *path;
		const char *message;
	} cases[] = {
		{ "\"new name\":true}", "new name", "wrong type" },
		{ "\"memo\":\"m\"}", "new name", "missing" },
		{ "\"new name\":1,\"new name\":1}", "new name", "duplicate" },
		{ "\"new name\":1,\"flag\":false}", "flag", "duplicate" },
		{ "\"memo\":null,\"memo\":null,\"new name\":1}", "memo", "duplicate" },
		{ "\"new name\":1,\"renamed\":1}", "renamed", "unknown" },
		{ "\"new name\":1,\"cache\":1}", "cache", "unknown" },
		{ "\"new name\":1,\"\":1}", "", "unknown" },
		{ "\"new name\":1,\"new name\\u0000\":1}", "new name", "unknown" },
		{ "\"hint\":{\"x\":1},\"new name\":1}", "hint.y", "missing" },
		{ "\"hint\":{\"x\":1,\"y\":2,\"z\":3},\"new name\":1}", "hint.z", "unknown" },
		{ "\"hint\":[],\"new name\":1}", "hint", "wrong type: an object" },
		{ "\"extras\":{},\"new name\":1}", "extras", "wrong type: a list" },
		{ "\"extras\":[1,2,\"3\"],\"new name\":1}", "extras[2]", "wrong type" },
		{ "\"palette\":[\"red\",\"pink\"],\"new name\":1}", "palette[1]", "names" },
		{ "\"times\":[\"now\"],\"new name\":1}", "times[0]", "not a time" },
		{ "\"extras\":[1,\"\xff\"],\"new name\":1}", "extras[1]", "not JSON" },
		{ "\"extras\":[1,{\"a\":[],\"b\":[{},{\"c\\\"\":?}]}]}", "extras[1].b[1].c\\\"",
		  "not JSON" },
		{ "\"\xff\":1}", "", "not JSON" },
		{ "\"new name\":1,}", "new name", "not JSON" },
		{ "\"new name\":1", "new name", "not JSON" },
		{ "\"new name\":1}}", "", "not JSON" },
	};
	char json[1000];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(json, sizeof(json), "%s%s", PLAIN_SAMPLE_HEAD, cases[i].json);
		check_refused(&sample_record, json, 0, CQRS_ERR_INVALID, cases[i].path,
		              cases[i].message);
	}
	check_refused(&node_record, "{\"label\":\"a\",\"children\":[{\"label\":\"b\"},{}]}", 0,
	              CQRS_ERR_INVALID, "children[1].label", "missing");
	check_refused(&point_record, "{\"y\":1,\"x\":1,\"y\":1}", 0, CQRS_ERR_INVALID, "y",
	              "duplicate");
	check_refused(&point_record, "[]", 0, CQRS_ERR_INVALID, "", "wrong type: an object");
	check_refused(&point_record, "", 0, CQRS_ERR_INVALID, "", "not JSON");
	check_refused_text(&point_record, (struct cqrs_text){ NULL, 0 }, 0, CQRS_ERR_INVALID, "",
	                   "not JSON");
	check_refused_text(&point_record, (struct cqrs_text){ "{\"x\":1}\0", 8 }, 0,
	                   CQRS_ERR_INVALID, "", "not JSON");
}

static void names_in_a_path_are_fit_to_print(void **state)
{
	(void)state;
	check_refused(&point_record, "{\"a\\u001b[2J\\u007f\":1}", 0, CQRS_ERR_INVALID, "a?[2J?",
	              "unknown");
	check_refused(&point_record,
	              "{\"a name that is longer than what is shown\xe2\x82\xac of it\":1}", 0,
	              CQRS_ERR_INVALID, "a name that is longer than what is s...", "unknown");
	check_refused(&point_record, "{\"a name, cut within its last letter\xe2\x82\xac of it\":1}",
	              0, CQRS_ERR_INVALID, "a name, cut within its last letter...", "unknown");
}

static void values_are_never_quoted(void **state)
{
	static const char *const documents[] = {
		"{\"value\":\"secret\\u0000\"}", "{\"value\":\"secret\xff\"}", "{\"value\":secret}",
		"{\"value\":[\"secret\"]}",      "{\"value\":\"secret\"",      "\"secret\"",
	};
	static const struct cqrs_record *const records[] = { &one_text,  &one_inline, &one_time,
		                                             &one_bytes, &one_enum,   &one_wide };

	(void)state;
	for (size_t i = 0; i < sizeof(documents) / sizeof(*documents); i++) {
		for (size_t n = 0; n < sizeof(records) / sizeof(*records); n++) {
			struct cqrs_error err = CQRS_ERROR_INIT;
			struct sample value;

			CHECK_STATUS(cqrs_record_decode(records[n], text_of(documents[i]), 0, arena,
			                                &value, &err),
			             CQRS_ERR_INVALID);
			CHECK_TRUE(!strstr(err.message, "secret") && !strstr(err.path, "secret"));
		}
	}
}

static void unknown_members_are_passed_over_if_asked(void **state)
{
	struct point value;

	(void)state;
	decode(&point_record,
	       "{\"a\":[{\"b\":[1,\"x\"]},null],\"x\":1,\"c\":{},\"d\":1e999,\"y\":2,\"e\":\"\"}",
	       CQRS_IGNORE_UNKNOWN, &value);
	CHECK_INT(value.x, 1);
	CHECK_INT(value.y, 2);
	check_refused(&point_record, "{\"x\":1,\"y\":2,\"a\":1,\"b\":1,\"a\":2}",
	              CQRS_IGNORE_UNKNOWN, CQRS_ERR_INVALID, "a", "duplicate");
	check_refused(&point_record, "{\"x\":1,\"a\":1}", CQRS_IGNORE_UNKNOWN, CQRS_ERR_INVALID,
	              "y", "missing");
	check_refused(&point_record, "{\"a\":1,\"y\":2}", CQRS_IGNORE_UNKNOWN, CQRS_ERR_INVALID,
	              "x", "missing");
	check_refused(&point_record, "{\"x\":1,\"y\":2,\"x\":1}", CQRS_IGNORE_UNKNOWN,
	              CQRS_ERR_INVALID, "x", "duplicate");
}

static void many_unknown_members_are_told_apart(void **state)
{
	const size_t count = 200000;
	char *json = malloc(count * 12 + 100);
	char *end = json;
	struct point value;

	(void)state;
	assert_non_null(json);
	end += sprintf(end, "{\"x\":1,\"y\":2");
	for (size_t i = 0; i < count; i++)
		end += sprintf(end, ",\"%zx\":0", i);
	strcpy(end, "}");
	decode(&point_record, json, CQRS_IGNORE_UNKNOWN, &value);
	strcpy(end, ",\"1e0f\":0}");
	check_refused(&point_record, json, CQRS_IGNORE_UNKNOWN, CQRS_ERR_INVALID, "1e0f",
	              "duplicate");
	free(json);
}

static void null_text_is_read_only_where_allowed(void **state)
{
	struct node node;
	struct sample value;

	(void)state;
	check_refused(&node_record, "{\"label\":null}", 0, CQRS_ERR_INVALID, "label", "wrong type");
	decode(&node_record, "{\"label\":null}", CQRS_ALLOW_NULL_TEXT, &node);
	CHECK_TRUE(node.label == NULL);
	check_refused(&node_record, "{}", CQRS_ALLOW_NULL_TEXT, CQRS_ERR_INVALID, "label",
	              "missing");
	decode(&sample_record, PLAIN_SAMPLE_HEAD "\"memo\":null,\"new name\":0}",
	       CQRS_ALLOW_NULL_TEXT, &value);
	CHECK_TRUE(value.memo == NULL);
}

/* "[[[...": what opens count times. */
static char *repeated(const char *before, const char *part, size_t count, const char *after)
{
	char *text = malloc(strlen(before) + strlen(part) * count + strlen(after) + 1);
	char *end;

	assert_non_null(text);
	end = text + sprintf(text, "%s", before);
	for (size_t i = 0; i < count; i++)
		end += sprintf(end, "%s", part);
	strcpy(end, after);
	return text;
}

static char *nested(const char *before, const char *open, const char *close, size_t count,
                    const char *after)
{
	char *closed = repeated("", close, count, after);
	char *text = repeated(before, open, count, closed);

	free(closed);
	return text;
}

static void nesting_beyond_the_limit_is_refused(void **state)
{
	struct node node;
	struct cqrs_error err = CQRS_ERROR_INIT;
	char *json = nested("", "{\"label\":\"\",\"children\":[", "]}", 16, "");

	(void)state;
	decode(&node_record, json, 0, &node);
	free(json);
	json = nested("", "{\"label\":\"\",\"children\":[", "]}", 17, "");
	CHECK_STATUS(cqrs_record_decode(&node_record, text_of(json), 0, arena, &node, &err),
	             CQRS_ERR_LIMIT);
	CHECK_CONTAINS(err.path, "children[0]");
	free(json);
}

static void nesting_in_what_is_passed_over_is_limited_too(void **state)
{
	static const struct {
		const char *open;
		const char *close;
	} cases[] = { { "[", "]" }, { "{\"k\":", "}" } };
	struct point value;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char *json =
			nested("{\"x\":1,\"y\":1,\"a\":[", cases[i].open, cases[i].close, 0, "]}");

		decode(&point_record, json, CQRS_IGNORE_UNKNOWN, &value);
		free(json);
		json = nested("{\"x\":1,\"y\":1,\"a\":[", "[", "]", 30, "]}");
		decode(&point_record, json, CQRS_IGNORE_UNKNOWN, &value);
		free(json);
		json = nested("{\"x\":1,\"y\":1,\"a\":[", "[", "]", 31, "]}");
		check_refused(&point_record, json, CQRS_IGNORE_UNKNOWN, CQRS_ERR_LIMIT, "a",
		              "nested");
		free(json);
		json = nested("{\"a\":", "[", "]", 1000000, "}");
		check_refused(&point_record, json, CQRS_IGNORE_UNKNOWN, CQRS_ERR_LIMIT, "a",
		              "nested");
		check_refused(&point_record, json, 0, CQRS_ERR_INVALID, "a", "unknown");
		free(json);
		json = repeated("{\"a\":", "[", 1000000, "");
		check_refused(
			&point_record, json, CQRS_IGNORE_UNKNOWN, CQRS_ERR_INVALID,
			"a[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]"
			"[0][0][0][0][0][0][0][0]",
			"not JSON");
		free(json);
	}
}

static void size_beyond_the_limit_is_refused(void **state)
{
	const size_t size = CQRS_MAX_JSON_SIZE;
	char *json = malloc(size + 1);
	struct point value;
	struct cqrs_error err = CQRS_ERROR_INIT;

	(void)state;
	assert_non_null(json);
	memset(json, ' ', size + 1);
	memcpy(json, "{\"x\":1,\"y\":2}", 13);
	CHECK_OK(cqrs_record_decode(&point_record, (struct cqrs_text){ json, size }, 0, arena,
	                            &value, &err),
	         &err);
	check_refused_text(&point_record, (struct cqrs_text){ json, size + 1 }, 0, CQRS_ERR_LIMIT,
	                   "", "larger");
	free(json);
}

static void list_beyond_the_limit_is_refused(void **state)
{
	char *json = repeated(PLAIN_SAMPLE_HEAD "\"new name\":0,\"extras\":[0", ",0",
	                      CQRS_MAX_LIST_ITEMS - 1, "]}");
	struct sample value;

	(void)state;
	decode(&sample_record, json, 0, &value);
	CHECK_UINT(value.extras.count, CQRS_MAX_LIST_ITEMS);
	free(json);
	json = repeated(PLAIN_SAMPLE_HEAD "\"new name\":0,\"extras\":[0", ",0", CQRS_MAX_LIST_ITEMS,
	                "]}");
	check_refused(&sample_record, json, 0, CQRS_ERR_LIMIT, "extras", "items");
	free(json);
}

static void empty_record_takes_an_empty_object(void **state)
{
	const struct cqrs_record empty = CQRS__EMPTY_RECORD(nothing);

	(void)state;
	decode(&empty, "{}", 0, NULL);
	check_refused(&empty, "{\"a\":1}", 0, CQRS_ERR_INVALID, "a", "unknown");
	check_refused(&empty, "null", 0, CQRS_ERR_INVALID, "", "wrong type");
}

static void unknown_flags_are_refused(void **state)
{
	(void)state;
	check_refused(&point_record, "{\"x\":1,\"y\":2}", 4, CQRS_ERR_INVALID, "", "flags");
}

static void numbers_leave_nothing_in_the_arena(void **state)
{
	struct point value;

	(void)state;
	decode(&point_record, "{\"x\":1,\"y\":2}", 0, &value);
	CHECK_UINT(cqrs_arena_used(arena), 0);
}

static void part_of_a_document_is_decoded_in_place(void **state)
{
	const char *json = "{\"Rename\":{\"label\":\"a\"},\"Move\":{\"label\":1}}";
	struct cqrs_error err = CQRS_ERROR_INIT;
	yyjson_val *root;
	struct node node;

	(void)state;
	CHECK_OK(cqrs__json_read(text_of(json), arena, &root, &err), &err);
	CHECK_OK(cqrs__record_decode_value(&node_record, yyjson_obj_get(root, "Rename"), 0,
	                                   "Rename", arena, &node, &err),
	         &err);
	CHECK_TEXT(node.label, "a");
	CHECK_STATUS(cqrs__record_decode_value(&node_record, yyjson_obj_get(root, "Move"), 0,
	                                       "Move", arena, &node, &err),
	             CQRS_ERR_INVALID);
	CHECK_TEXT(err.path, "Move.label");
	CHECK_TEXT(node.label, "a");
	CHECK_STATUS(cqrs__record_decode_value(&node_record, root, 0, NULL, arena, &node, &err),
	             CQRS_ERR_INVALID);
	CHECK_TEXT(err.path, "Rename");
}

static void decoding_survives_any_failed_allocation(void **state)
{
	struct failing_allocator memory;
	struct cqrs_arena *own = NULL;
	char *json = repeated(PLAIN_SAMPLE_HEAD
	                      "\"new name\":0,\"blob\":\"YWI=\",\"u1\":1,\"u2\":2,\"extras\":[0",
	                      ",0", 5000, "]}");

	(void)state;
	for (unsigned nth = 1, failed = 1; failed; nth++) {
		struct sample value = { .text = "untouched" };
		enum cqrs_status status;

		failing_allocator_init(&memory);
		CHECK_STATUS(cqrs_arena_new(&memory.allocator, &own, NULL), CQRS_OK);
		fail_allocation(&memory, nth);
		status = cqrs_record_decode(&sample_record, text_of(json), CQRS_IGNORE_UNKNOWN, own,
		                            &value, NULL);
		failed = stop_failing(&memory);
		CHECK_STATUS(status, failed ? CQRS_ERR_NOMEM : CQRS_OK);
		CHECK_TEXT(value.text, failed ? "untouched" : "");
		CHECK_TRUE(failed || nth > 3);
		cqrs_arena_free(own);
		CHECK_UINT(memory.live, 0);
	}
	free(json);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(every_kind_is_read_back),
		TEST(members_may_come_in_any_order_and_with_spaces),
		TEST(absent_and_null_are_the_same),
		TEST(empty_bytes_and_text_are_not_absent),
		TEST(numbers_keep_their_exact_value),
		TEST(what_a_member_cannot_hold_is_refused),
		TEST(refusals_name_the_place),
		TEST(names_in_a_path_are_fit_to_print),
		TEST(values_are_never_quoted),
		TEST(unknown_members_are_passed_over_if_asked),
		TEST(many_unknown_members_are_told_apart),
		TEST(null_text_is_read_only_where_allowed),
		TEST(nesting_beyond_the_limit_is_refused),
		TEST(nesting_in_what_is_passed_over_is_limited_too),
		TEST(size_beyond_the_limit_is_refused),
		TEST(list_beyond_the_limit_is_refused),
		TEST(empty_record_takes_an_empty_object),
		TEST(unknown_flags_are_refused),
		TEST(numbers_leave_nothing_in_the_arena),
		TEST(part_of_a_document_is_decoded_in_place),
		TEST(decoding_survives_any_failed_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
