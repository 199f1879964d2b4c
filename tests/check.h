/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* check.h - cmocka, and checks that print both values. Include it first in a test. */
#ifndef CQRS_TESTS_CHECK_H
#define CQRS_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cqrs/error.h>

#define CHECK_STATUS(actual, expected) \
	check_status((actual), (expected), #actual, __FILE__, __LINE__)
static inline void check_status(enum cqrs_status actual, enum cqrs_status expected,
                                const char *what, const char *file, int line)
{
	if (actual != expected) {
		print_error("%s is '%s', expected '%s'\n", what, cqrs_status_name(actual),
		            cqrs_status_name(expected));
		_fail(file, line);
	}
}

/* CQRS_OK, or the error's message is printed. */
#define CHECK_OK(call, err) check_ok((call), (err), #call, __FILE__, __LINE__)
static inline void check_ok(enum cqrs_status actual, const struct cqrs_error *err, const char *what,
                            const char *file, int line)
{
	if (actual != CQRS_OK) {
		print_error("%s is '%s': %s (%s)\n", what, cqrs_status_name(actual),
		            err ? err->message : "", err ? err->path : "");
		_fail(file, line);
	}
}

#define CHECK_UINT(actual, expected) \
	check_uint((uint64_t)(actual), (uint64_t)(expected), #actual, __FILE__, __LINE__)
static inline void check_uint(uint64_t actual, uint64_t expected, const char *what,
                              const char *file, int line)
{
	if (actual != expected) {
		print_error("%s is %llu, expected %llu\n", what, (unsigned long long)actual,
		            (unsigned long long)expected);
		_fail(file, line);
	}
}

#define CHECK_INT(actual, expected) \
	check_int((int64_t)(actual), (int64_t)(expected), #actual, __FILE__, __LINE__)
static inline void check_int(int64_t actual, int64_t expected, const char *what, const char *file,
                             int line)
{
	if (actual != expected) {
		print_error("%s is %lld, expected %lld\n", what, (long long)actual,
		            (long long)expected);
		_fail(file, line);
	}
}

/* Bit by bit: 0.0 is not -0.0. */
#define CHECK_DOUBLE(actual, expected) \
	check_double((actual), (expected), #actual, __FILE__, __LINE__)
static inline void check_double(double actual, double expected, const char *what, const char *file,
                                int line)
{
	if (memcmp(&actual, &expected, sizeof(actual)) != 0) {
		print_error("%s is %.17g, expected %.17g\n", what, actual, expected);
		_fail(file, line);
	}
}

#define CHECK_TEXT(actual, expected) check_text((actual), (expected), #actual, __FILE__, __LINE__)
static inline void check_text(const char *actual, const char *expected, const char *what,
                              const char *file, int line)
{
	if ((!actual || !expected) ? actual != expected : strcmp(actual, expected) != 0) {
		print_error("%s is \"%s\", expected \"%s\"\n", what, actual ? actual : "(null)",
		            expected ? expected : "(null)");
		_fail(file, line);
	}
}

#define CHECK_CONTAINS(actual, part) check_contains((actual), (part), #actual, __FILE__, __LINE__)
static inline void check_contains(const char *actual, const char *part, const char *what,
                                  const char *file, int line)
{
	if (!actual || !strstr(actual, part)) {
		print_error("%s is \"%s\", which does not contain \"%s\"\n", what,
		            actual ? actual : "(null)", part);
		_fail(file, line);
	}
}

#define CHECK_TRUE(condition) check_true((condition), #condition, __FILE__, __LINE__)
static inline void check_true(bool condition, const char *what, const char *file, int line)
{
	if (!condition) {
		print_error("not true: %s\n", what);
		_fail(file, line);
	}
}

#endif
