/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_check.c - what happens when a test compares: the first failure of a test is
 * recorded with both values, and the actor that found it ends.
 */
#include "store_suite.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

_Noreturn void cqrs__suite_stop(struct actor *a)
{
	longjmp(a->begin, 1);
}

bool cqrs__suite_failed(struct suite *suite)
{
	bool failed;

	pthread_mutex_lock(&suite->lock);
	failed = suite->report->outcome == CQRS_STORE_TEST_FAILED;
	pthread_mutex_unlock(&suite->lock);
	return failed;
}

_Noreturn void cqrs__suite_skip(struct actor *a, const char *why)
{
	struct cqrs_store_test_report *report = a->suite->report;

	pthread_mutex_lock(&a->suite->lock);
	if (report->outcome == CQRS_STORE_TEST_PASSED) {
		report->outcome = CQRS_STORE_TEST_SKIPPED;
		snprintf(report->what, sizeof(report->what), "%s", why);
	}
	pthread_mutex_unlock(&a->suite->lock);
	cqrs__suite_stop(a);
}

_Noreturn void cqrs__suite_fail(struct actor *a, const struct check_place *place,
                                const char *expected, const char *actual)
{
	struct cqrs_store_test_report *report = a->suite->report;

	pthread_mutex_lock(&a->suite->lock);
	if (report->outcome != CQRS_STORE_TEST_FAILED) {
		report->outcome = CQRS_STORE_TEST_FAILED;
		report->file = place->file;
		report->line = place->line;
		snprintf(report->what, sizeof(report->what), "%s", place->what);
		snprintf(report->expected, sizeof(report->expected), "%s", expected);
		snprintf(report->actual, sizeof(report->actual), "%s", actual);
	}
	pthread_mutex_unlock(&a->suite->lock);
	cqrs__suite_stop(a);
}

_Noreturn void cqrs__suite_fail_uint(struct actor *a, const struct check_place *place,
                                     uint64_t actual, uint64_t expected)
{
	char texts[2][32];

	snprintf(texts[0], sizeof(texts[0]), "%" PRIu64, expected);
	snprintf(texts[1], sizeof(texts[1]), "%" PRIu64, actual);
	cqrs__suite_fail(a, place, texts[0], texts[1]);
}

void cqrs__suite_check_int(struct actor *a, const struct check_place *place, int64_t actual,
                           int64_t expected)
{
	char texts[2][32];

	if (actual == expected)
		return;
	snprintf(texts[0], sizeof(texts[0]), "%" PRId64, expected);
	snprintf(texts[1], sizeof(texts[1]), "%" PRId64, actual);
	cqrs__suite_fail(a, place, texts[0], texts[1]);
}

_Noreturn void cqrs__suite_fail_true(struct actor *a, const struct check_place *place)
{
	cqrs__suite_fail(a, place, "true", "false");
}

_Noreturn void cqrs__suite_fail_status(struct actor *a, const struct check_place *place,
                                       enum cqrs_status actual, enum cqrs_status expected,
                                       const struct cqrs_error *err)
{
	char text[400];

	snprintf(text, sizeof(text), "%s%s%s", cqrs_status_name(actual),
	         actual != CQRS_OK && err ? ": " : "",
	         actual != CQRS_OK && err ? err->message : "");
	cqrs__suite_fail(a, place, cqrs_status_name(expected), text);
}

/* Where two runs of bytes differ, with a few of them, printable: they may be megabytes. */
static void show_bytes(char out[128], const unsigned char *bytes, size_t size, size_t from)
{
	size_t len = (size_t)snprintf(out, 128, "%zu bytes, from %zu: ", size, from);

	for (size_t i = from; i < size && i < from + 16; i++)
		len += (size_t)snprintf(out + len, 128 - len,
		                        bytes[i] >= 0x20 && bytes[i] < 0x7f ? "%c" : "\\x%02x",
		                        bytes[i]);
}

static void compare_bytes(struct actor *a, const struct check_place *place, const void *actual,
                          size_t actual_size, const void *expected, size_t expected_size)
{
	const unsigned char *left = actual;
	const unsigned char *right = expected;
	size_t common = actual_size < expected_size ? actual_size : expected_size;
	char texts[2][128];
	size_t same = 0;

	if (actual_size == expected_size && (common == 0 || memcmp(left, right, common) == 0))
		return;
	while (same < common && left[same] == right[same])
		same++;
	show_bytes(texts[0], right, expected_size, same);
	show_bytes(texts[1], left, actual_size, same);
	cqrs__suite_fail(a, place, texts[0], texts[1]);
}

void cqrs__suite_check_string(struct actor *a, const struct check_place *place, const char *actual,
                              const char *expected)
{
	if (!actual || !expected) {
		if (actual != expected)
			cqrs__suite_fail(a, place, expected ? expected : "NULL",
			                 actual ? actual : "NULL");
		return;
	}
	compare_bytes(a, place, actual, strlen(actual), expected, strlen(expected));
}

void cqrs__suite_check_contains(struct actor *a, const struct check_place *place,
                                const char *actual, const char *part)
{
	if (!strstr(actual, part))
		cqrs__suite_fail(a, place, part, actual);
}

void cqrs__suite_check_text(struct actor *a, const struct check_place *place,
                            struct cqrs_text actual, struct cqrs_text expected)
{
	compare_bytes(a, place, actual.data, actual.len, expected.data, expected.len);
}

void cqrs__suite_check_bytes(struct actor *a, const struct check_place *place, const void *actual,
                             const void *expected, size_t size)
{
	compare_bytes(a, place, actual, size, expected, size);
}
