/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* time_test.c - times as text, and bytes as base64. */
#include "check.h"

#include "core/base64.h"

#include <cqrs/environment.h>

#include <time.h>

static void check_format(int64_t time_us, const char *expected)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	char text[CQRS_TIME_TEXT_SIZE];
	int64_t back;

	CHECK_OK(cqrs_time_format(time_us, text, &err), &err);
	CHECK_TEXT(text, expected);
	CHECK_OK(cqrs_time_parse(text, strlen(text), &back, &err), &err);
	CHECK_INT(back, time_us);
}

static void times_are_written_with_microseconds(void **state)
{
	(void)state;
	check_format(0, "1970-01-01T00:00:00.000000Z");
	check_format(-1, "1969-12-31T23:59:59.999999Z");
	check_format(INT64_C(1767323045678901), "2026-01-02T03:04:05.678901Z");
	check_format(INT64_C(951782399000000), "2000-02-28T23:59:59.000000Z");
	check_format(INT64_C(951782400000000), "2000-02-29T00:00:00.000000Z");
	check_format(INT64_C(-2203891200000000), "1900-03-01T00:00:00.000000Z");
	check_format(INT64_C(-62135596800000000), "0001-01-01T00:00:00.000000Z");
	check_format(INT64_C(253402300799999999), "9999-12-31T23:59:59.999999Z");
}

static void every_day_agrees_with_the_c_library(void **state)
{
	(void)state;
	for (time_t day = -719162; day <= 2932896; day += 13) {
		time_t seconds = day * 86400;
		struct tm tm;
		char expected[64];

		assert_non_null(gmtime_r(&seconds, &tm));
		snprintf(expected, sizeof(expected), "%04d-%02d-%02dT00:00:00.000000Z",
		         tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
		check_format((int64_t)seconds * 1000000, expected);
	}
}

static void time_outside_four_digit_years_is_refused(void **state)
{
	char text[CQRS_TIME_TEXT_SIZE] = "untouched";

	(void)state;
	CHECK_STATUS(cqrs_time_format(INT64_C(-62135596800000001), text, NULL), CQRS_ERR_INVALID);
	CHECK_STATUS(cqrs_time_format(INT64_C(253402300800000000), text, NULL), CQRS_ERR_INVALID);
	CHECK_STATUS(cqrs_time_format(INT64_MIN, text, NULL), CQRS_ERR_INVALID);
	CHECK_STATUS(cqrs_time_format(INT64_MAX, text, NULL), CQRS_ERR_INVALID);
	CHECK_TEXT(text, "untouched");
}

static void times_are_read_with_any_offset(void **state)
{
	static const struct {
		const char *text;
		const char *same;
	} cases[] = {
		{ "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000000Z" },
		{ "2026-01-02t03:04:05z", "2026-01-02T03:04:05.000000Z" },
		{ "2026-01-02T03:04:05.6Z", "2026-01-02T03:04:05.600000Z" },
		{ "2026-01-02T03:04:05.678901Z", "2026-01-02T03:04:05.678901Z" },
		{ "2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05.000000Z" },
		{ "2026-01-02T03:04:05-00:00", "2026-01-02T03:04:05.000000Z" },
		{ "2026-01-01T00:00:00+01:30", "2025-12-31T22:30:00.000000Z" },
		{ "2025-12-31T23:00:00.5-23:59", "2026-01-01T22:59:00.500000Z" },
		{ "0000-12-31T23:59:00-00:01", "0001-01-01T00:00:00.000000Z" },
		{ "2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000Z" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct cqrs_error err = CQRS_ERROR_INIT;
		char text[CQRS_TIME_TEXT_SIZE];
		int64_t time_us = 0;

		CHECK_OK(cqrs_time_parse(cases[i].text, strlen(cases[i].text), &time_us, &err),
		         &err);
		CHECK_OK(cqrs_time_format(time_us, text, &err), &err);
		CHECK_TEXT(text, cases[i].same);
	}
}

static void what_is_no_time_is_refused(void **state)
{
	static const char *const cases[] = {
		"",
		"2026",
		"2026-01-02",
		"2026-01-02T03:04Z",
		"2026-01-02T03:04:05",
		"2026-01-02 03:04:05Z",
		"2026-1-02T03:04:05Z",
		"2026-13-02T03:04:05Z",
		"2026-00-02T03:04:05Z",
		"2026-02-29T00:00:00Z",
		"1900-02-29T00:00:00Z",
		"2026-04-31T00:00:00Z",
		"2026-01-00T00:00:00Z",
		"2026-01-02T24:00:00Z",
		"2026-01-02T03:60:00Z",
		"2026-01-02T23:59:60Z",
		"2026-01-02T03:04:05.Z",
		"2026-01-02T03:04:05.1234567Z",
		"2026-01-02T03:04:05,5Z",
		"2026-01-02T03:04:05+01",
		"2026-01-02T03:04:05+0100",
		"2026-01-02T03:04:05+24:00",
		"2026-01-02T03:04:05+01:60",
		"2026-01-02T03:04:05Zx",
		" 2026-01-02T03:04:05Z",
		"+026-01-02T03:04:05Z",
		"0000-12-31T23:59:59Z",
		"0000-01-01T00:00:00Z",
		"0001-01-01T00:00:00+00:01",
		"9999-12-31T23:59:59-00:01",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct cqrs_error err = CQRS_ERROR_INIT;
		int64_t time_us = 42;

		if (cqrs_time_parse(cases[i], strlen(cases[i]), &time_us, &err) != CQRS_ERR_INVALID)
			fail_msg("'%s' was taken for a time", cases[i]);
		CHECK_INT(time_us, 42);
	}
}

static void time_is_read_from_its_length_alone(void **state)
{
	char text[] = { '2', '0', '2', '6', '-', '0', '1', '-', '0', '2',
		        'T', '0', '0', ':', '0', '0', ':', '0', '0', 'Z' };
	int64_t time_us;

	(void)state;
	CHECK_STATUS(cqrs_time_parse(text, sizeof(text), &time_us, NULL), CQRS_OK);
	for (size_t len = 0; len < sizeof(text); len++)
		CHECK_STATUS(cqrs_time_parse(text, len, &time_us, NULL), CQRS_ERR_INVALID);
}

static void base64_agrees_with_the_published_vectors(void **state)
{
	/* RFC 4648, section 10 */
	static const char *const pairs[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		size_t size = strlen(pairs[i][0]);
		size_t len = cqrs__base64_encoded_len(size);
		size_t decoded_size = 99;
		char text[16] = "";
		uint8_t bytes[16];

		cqrs__base64_encode((const uint8_t *)pairs[i][0], size, text);
		text[len] = '\0';
		CHECK_TEXT(text, pairs[i][1]);
		CHECK_TRUE(cqrs__base64_decoded_size(text, len, &decoded_size));
		CHECK_UINT(decoded_size, size);
		cqrs__base64_decode(text, len, bytes);
		assert_memory_equal(bytes, pairs[i][0], size);
	}
}

static void base64_keeps_every_byte(void **state)
{
	uint8_t bytes[258];
	uint8_t back[258];
	char text[400];
	size_t size;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7);
	for (size_t count = 0; count <= sizeof(bytes); count++) {
		cqrs__base64_encode(bytes, count, text);
		CHECK_TRUE(cqrs__base64_decoded_size(text, cqrs__base64_encoded_len(count), &size));
		CHECK_UINT(size, count);
		cqrs__base64_decode(text, cqrs__base64_encoded_len(count), back);
		assert_memory_equal(back, bytes, count);
	}
}

static void what_is_no_base64_is_refused(void **state)
{
	static const char *const cases[] = {
		"A",    "AA",   "AAA",   "AAAAA",    "=",    "====", "A===", "AA=A",     "=AAA",
		"AA-_", "AA A", "AAA\n", "AAAA====", "Zh==", "Zm9=", "AAA.", "AA==AAAA",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t size;

		if (cqrs__base64_decoded_size(cases[i], strlen(cases[i]), &size))
			fail_msg("'%s' was taken for base64", cases[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_written_with_microseconds),
		cmocka_unit_test(every_day_agrees_with_the_c_library),
		cmocka_unit_test(time_outside_four_digit_years_is_refused),
		cmocka_unit_test(times_are_read_with_any_offset),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(time_is_read_from_its_length_alone),
		cmocka_unit_test(base64_agrees_with_the_published_vectors),
		cmocka_unit_test(base64_keeps_every_byte),
		cmocka_unit_test(what_is_no_base64_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
