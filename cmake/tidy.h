/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * tidy.h - included before everything when clang-tidy reads our sources, and at no other
 * time: tells it that cqrs_error_set() returns the status it is given. Without this it
 * follows paths on which a failure was reported and CQRS_OK returned.
 */
#ifndef CQRS_TIDY_H
#define CQRS_TIDY_H

#include <cqrs/error.h>

#ifndef CQRS_DEFINES_ERROR_SET /* src/core/error.c */
static inline enum cqrs_status cqrs__returned(enum cqrs_status unknown, enum cqrs_status known)
{
	(void)unknown;
	return known;
}
#define cqrs_error_set(err, status, ...) \
	cqrs__returned((cqrs_error_set)((err), (status), __VA_ARGS__), (status))
#endif

#endif
