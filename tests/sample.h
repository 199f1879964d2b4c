/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* sample.h - one struct with a member of every kind, for the tests of records. */
#ifndef CQRS_TESTS_SAMPLE_H
#define CQRS_TESTS_SAMPLE_H

#include <cqrs/record.h>

enum colour {
	COLOUR_RED = 1,
	COLOUR_GREEN = -3,
	COLOUR_BLUE = 200,
};

static const struct cqrs_enum colour_names =
	CQRS_ENUM_VALUES({ COLOUR_RED, "red" }, { COLOUR_GREEN, "green" }, { COLOUR_BLUE, "blue" });

struct point {
	int x;
	int y;
};
static const struct cqrs_record point_record = CQRS_RECORD(point, x, y);

/* A record that contains itself. */
struct node {
	const char *label;
	CQRS_LIST(struct node) children;
};
static const struct cqrs_record node_record;
static const struct cqrs_field node_fields[] = {
	{ CQRS_FIELD(struct node, label) },
	{ CQRS_RECORDS(struct node, children, &node_record), .optional = true },
};
static const struct cqrs_record node_record = CQRS_RECORD_OF(node, node_fields);

struct sample {
	bool flag;
	signed char i8;
	short i16;
	int i32;
	int64_t i64;
	unsigned char u8;
	unsigned short u16;
	unsigned u32;
	uint64_t u64;
	double real;
	const char *text;
	char code[8];
	struct cqrs_bytes bytes;
	int64_t at;
	enum colour colour;
	unsigned char small_colour;
	struct point place;
	CQRS_LIST(double) numbers;
	CQRS_LIST(const char *) names;
	CQRS_LIST(struct node) nodes;
	const char *memo;
	struct cqrs_bytes blob;
	CQRS_LIST(int) extras;
	bool has_discount;
	int discount;
	bool has_hint;
	struct point hint;
	CQRS_LIST(enum colour) palette;
	CQRS_LIST(int64_t) times;
	int64_t renamed;
	void *cache;
};

static const struct cqrs_field sample_fields[] = {
	{ CQRS_FIELD(struct sample, flag) },
	{ CQRS_FIELD(struct sample, i8) },
	{ CQRS_FIELD(struct sample, i16) },
	{ CQRS_FIELD(struct sample, i32) },
	{ CQRS_FIELD(struct sample, i64) },
	{ CQRS_FIELD(struct sample, u8) },
	{ CQRS_FIELD(struct sample, u16) },
	{ CQRS_FIELD(struct sample, u32) },
	{ CQRS_FIELD(struct sample, u64) },
	{ CQRS_FIELD(struct sample, real) },
	{ CQRS_FIELD(struct sample, text) },
	{ CQRS_FIELD(struct sample, code) },
	{ CQRS_BYTES(struct sample, bytes) },
	{ CQRS_TIME(struct sample, at) },
	{ CQRS_ENUM(struct sample, colour, &colour_names) },
	{ CQRS_ENUM(struct sample, small_colour, &colour_names) },
	{ CQRS_NESTED(struct sample, place, &point_record) },
	{ CQRS_SCALARS(struct sample, numbers) },
	{ CQRS_SCALARS(struct sample, names) },
	{ CQRS_RECORDS(struct sample, nodes, &node_record) },
	{ CQRS_FIELD(struct sample, memo), .optional = true },
	{ CQRS_BYTES(struct sample, blob), .optional = true },
	{ CQRS_SCALARS(struct sample, extras), .optional = true },
	{ CQRS_FIELD(struct sample, discount), CQRS_PRESENT_IF(struct sample, has_discount) },
	{ CQRS_NESTED(struct sample, hint, &point_record),
	  CQRS_PRESENT_IF(struct sample, has_hint) },
	{ CQRS_ENUMS(struct sample, palette, &colour_names), .optional = true },
	{ CQRS_TIMES(struct sample, times), .optional = true },
	{ CQRS_FIELD(struct sample, renamed), .stored_name = "new name" },
	{ CQRS_UNSTORED(struct sample, cache) },
};
static const struct cqrs_record sample_record = CQRS_RECORD_OF(sample, sample_fields);

/* A value whose every member can be stored; the lists and what is optional are empty. */
static inline struct sample plain_sample(void)
{
	return (struct sample){
		.text = "",
		.bytes = { (const uint8_t *)"", 0 },
		.colour = COLOUR_RED,
		.small_colour = COLOUR_BLUE,
	};
}

/* The same as it is stored. */
#define PLAIN_SAMPLE_HEAD                                                                      \
	"{\"flag\":false,\"i8\":0,\"i16\":0,\"i32\":0,\"i64\":0,\"u8\":0,\"u16\":0,\"u32\":0," \
	"\"u64\":0,\"real\":0.0,\"text\":\"\",\"code\":\"\",\"bytes\":\"\","                   \
	"\"at\":\"1970-01-01T00:00:00.000000Z\",\"colour\":\"red\",\"small_colour\":\"blue\"," \
	"\"place\":{\"x\":0,\"y\":0},\"numbers\":[],\"names\":[],\"nodes\":[],"
#define PLAIN_SAMPLE_JSON PLAIN_SAMPLE_HEAD "\"new name\":0}"

#endif
