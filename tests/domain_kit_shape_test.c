/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * domain_kit_shape_test.c - stored shapes against the file that is kept with the code: every
 * kind of member, and every way in which the two can differ.
 */
#include "domain_kit.h"

#include <sys/stat.h>
#include <unistd.h>

/* ---- a domain with a member of every kind ---- */

enum size { SMALL, LARGE };
static const struct cqrs_enum sizes = CQRS_ENUM_VALUES({ SMALL, "small" }, { LARGE, "large" });

struct part {
	int8_t n;
};
CQRS_DEFINE_RECORD(part, n);

struct built {
	bool good;
	int32_t count;
	uint64_t serial;
	double weight;
	const char *name;
	char code[5];
	struct cqrs_bytes picture;
	int64_t built_at;
	enum size size;
	struct part part;
	CQRS_LIST(struct part) parts;
	CQRS_LIST(const char *) words;
	bool has_limit;
	int16_t limit;
	void *scratch;
};
static const struct cqrs_field built_fields[] = {
	{ CQRS_FIELD(struct built, good) },
	{ CQRS_FIELD(struct built, count) },
	{ CQRS_FIELD(struct built, serial) },
	{ CQRS_FIELD(struct built, weight) },
	{ CQRS_FIELD(struct built, name), .stored_name = "title", .optional = true },
	{ CQRS_FIELD(struct built, code) },
	{ CQRS_BYTES(struct built, picture) },
	{ CQRS_TIME(struct built, built_at) },
	{ CQRS_ENUM(struct built, size, &sizes) },
	{ CQRS_NESTED(struct built, part, &part_record) },
	{ CQRS_RECORDS(struct built, parts, &part_record) },
	{ CQRS_SCALARS(struct built, words) },
	{ CQRS_FIELD(struct built, limit), CQRS_PRESENT_IF(struct built, has_limit) },
	{ CQRS_UNSTORED(struct built, scratch) },
};
CQRS_DECLARE_EVENT(built);
CQRS_EVENT_OF(built, "Built", "2.1", built_fields);

struct nothing {
	bool unused;
};
CQRS_DECLARE_COMMAND(ask);
CQRS_EMPTY_COMMAND(ask, "Ask");

static enum cqrs_status handle_ask(struct cqrs_context *ctx, const void *state, const void *command)
{
	(void)ctx, (void)state, (void)command;
	return CQRS_OK;
}

static void apply_nothing(void *state, const void *event)
{
	(void)state, (void)event;
}

static const struct cqrs_aggregate house = {
	.type = "house",
	.state = CQRS_RECORD(nothing, unused),
	.commands = CQRS_COMMANDS({ &ask_command, handle_ask }),
	.events = CQRS_EVENTS({ &built_event, apply_nothing }),
};

/* The same, after somebody changed a member's kind in passing. */
struct built_otherwise {
	int32_t count;
};
CQRS_DECLARE_EVENT(built_otherwise);
CQRS_EVENT(built_otherwise, "Built", "2.1", count);
static const struct cqrs_aggregate changed_house = {
	.type = "house",
	.state = CQRS_RECORD(nothing, unused),
	.commands = CQRS_COMMANDS({ &ask_command, handle_ask }),
	.events = CQRS_EVENTS({ &built_otherwise_event, apply_nothing }),
};

/* ---- the tests ---- */

static char directory[256];
static char path[300];

static int set_up(void **state)
{
	const char *parent = getenv("TMPDIR");

	(void)state;
	snprintf(directory, sizeof(directory), "%s/shapes-XXXXXX", parent ? parent : "/tmp");
	snprintf(path, sizeof(path), "%s/house.json", mkdtemp(directory));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(directory);
}

static struct cqrs_test *begin(const struct cqrs_aggregate *aggregate)
{
	return cqrs_test_begin(CQRS_TEST_OPTIONS(.aggregate = aggregate));
}

static void check_passes(const struct cqrs_aggregate *aggregate)
{
	struct cqrs_test *t = begin(aggregate);

	cqrs_then_shapes_are_kept(t, directory);
	CHECK_TEXT(cqrs_test_failure(t), NULL);
	CHECK_INT(cqrs_test_end(t), 0);
}

static void check_fails(const struct cqrs_aggregate *aggregate, const char *const *parts)
{
	struct cqrs_test *t = begin(aggregate);

	cqrs_then_shapes_are_kept(t, directory);
	for (; *parts; parts++)
		CHECK_CONTAINS(cqrs_test_failure(t), *parts);
	CHECK_INT(cqrs_test_end(t), 1);
}

static void read_file(char *out, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t len;

	assert_non_null(file);
	len = fread(out, 1, size - 1, file);
	out[len] = '\0';
	fclose(file);
}

static void write_file(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void a_file_is_written_where_there_is_none_and_kept(void **state)
{
	static const char expected[] = "{\n"
				       "  \"commands\": {\n"
				       "    \"Ask\": {\n"
				       "      \"shape\": {},\n"
				       "      \"example\": {}\n"
				       "    }\n"
				       "  },\n"
				       "  \"events\": {\n"
				       "    \"Built 2.1\": {\n"
				       "      \"shape\": {\n"
				       "        \"good\": \"bool\",\n"
				       "        \"count\": \"integer of 32 bits\",\n"
				       "        \"serial\": \"unsigned integer of 64 bits\",\n"
				       "        \"weight\": \"double\",\n"
				       "        \"title?\": \"text\",\n"
				       "        \"code\": \"text of at most 4 bytes\",\n"
				       "        \"picture\": \"bytes\",\n"
				       "        \"built_at\": \"time\",\n"
				       "        \"size\": {\n"
				       "          \"one of\": [\n"
				       "            \"small\",\n"
				       "            \"large\"\n"
				       "          ]\n"
				       "        },\n"
				       "        \"part\": {\n"
				       "          \"n\": \"integer of 8 bits\"\n"
				       "        },\n"
				       "        \"parts\": [\n"
				       "          {\n"
				       "            \"n\": \"integer of 8 bits\"\n"
				       "          }\n"
				       "        ],\n"
				       "        \"words\": [\n"
				       "          \"text\"\n"
				       "        ],\n"
				       "        \"limit?\": \"integer of 16 bits\"\n"
				       "      },\n"
				       "      \"example\": {\n"
				       "        \"good\": true,\n"
				       "        \"count\": 2147483647,\n"
				       "        \"serial\": 18446744073709551615,\n"
				       "        \"weight\": 0.5,\n"
				       "        \"title\": \"text\",\n"
				       "        \"code\": \"xxxx\",\n"
				       "        \"picture\": \"AQID\",\n"
				       "        \"built_at\": \"2026-01-02T03:04:05.678901Z\",\n"
				       "        \"size\": \"large\",\n"
				       "        \"part\": {\n"
				       "          \"n\": 127\n"
				       "        },\n"
				       "        \"parts\": [\n"
				       "          {\n"
				       "            \"n\": 127\n"
				       "          }\n"
				       "        ],\n"
				       "        \"words\": [\n"
				       "          \"text\"\n"
				       "        ],\n"
				       "        \"limit\": 32767\n"
				       "      }\n"
				       "    }\n"
				       "  }\n"
				       "}\n";
	char text[4096], again[4096];

	(void)state;
	check_passes(&house);
	read_file(text, sizeof(text));
	CHECK_TEXT(text, expected);
	check_passes(&house);
	read_file(again, sizeof(again));
	CHECK_TEXT(again, text);
}

static void a_changed_shape_is_found_and_the_file_stays(void **state)
{
	static const char *const parts[] = { "the stored shapes have changed",
		                             "!         \"good\": \"bool\",",
		                             "          \"count\": \"integer of 32 bits\"", NULL };
	char text[4096], again[4096];

	(void)state;
	check_passes(&house);
	read_file(text, sizeof(text));
	check_fails(&changed_house, parts);
	read_file(again, sizeof(again));
	CHECK_TEXT(again, text);
	unlink(path);
	check_passes(&changed_house);
}

static void a_file_that_is_no_json_is_told(void **state)
{
	static const char *const parts[] = { "house.json is no JSON", NULL };

	(void)state;
	write_file("{ half a fi");
	check_fails(&house, parts);
	write_file("");
	check_fails(&house, parts);
}

static void a_file_of_something_else_is_shown(void **state)
{
	static const char *const parts[] = { "the stored shapes have changed", "!   1 ", NULL };

	(void)state;
	write_file("[1]");
	check_fails(&house, parts);
}

static void a_file_that_cannot_be_read_or_written_is_told(void **state)
{
	struct cqrs_test *t = begin(&house);

	(void)state;
	cqrs_then_shapes_are_kept(t, "/nowhere/at/all");
	CHECK_CONTAINS(cqrs_test_failure(t), "cannot write /nowhere/at/all/house.json");
	cqrs_test_end(t);
	CHECK_INT(mkdir(path, 0777), 0);
	check_fails(&house, (const char *const[]){ "house.json", NULL });
	CHECK_INT(rmdir(path), 0);
}

static void a_type_does_not_lead_elsewhere(void **state)
{
	struct cqrs_aggregate elsewhere = house;
	struct cqrs_test *t;
	char file[300];

	(void)state;
	elsewhere.type = "../house";
	t = begin(&elsewhere);
	cqrs_then_shapes_are_kept(t, directory);
	CHECK_INT(cqrs_test_end(t), 0);
	snprintf(file, sizeof(file), "%s/..%%2Fhouse.json", directory);
	CHECK_INT(unlink(file), 0);
}

static void the_directory_is_made(void **state)
{
	struct cqrs_test *t = begin(&house);
	char below[300], file[320];

	(void)state;
	snprintf(below, sizeof(below), "%s/testdata", directory);
	snprintf(file, sizeof(file), "%s/house.json", below);
	cqrs_then_shapes_are_kept(t, below);
	CHECK_INT(cqrs_test_end(t), 0);
	CHECK_INT(unlink(file), 0);
	CHECK_INT(rmdir(below), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_is_written_where_there_is_none_and_kept),
		TEST(a_changed_shape_is_found_and_the_file_stays),
		TEST(a_file_that_is_no_json_is_told),
		TEST(a_file_of_something_else_is_shown),
		TEST(a_file_that_cannot_be_read_or_written_is_told),
		TEST(a_type_does_not_lead_elsewhere),
		TEST(the_directory_is_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
