/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* compare.h - two JSON values side by side. */
#ifndef CQRS_TESTING_COMPARE_H
#define CQRS_TESTING_COMPARE_H

#include <cqrs/memory.h>
#include <yyjson.h>

/*
 * Whether two values differ; if so *out_text, in the arena, has both side by side, member by
 * member, with "!" in front of the lines that differ. Members of an object may be in any order.
 * Without memory they differ, and the text says so.
 */
bool cqrs__compare(yyjson_mut_val *expected, yyjson_mut_val *actual, struct cqrs_arena *arena,
                   const char **out_text);

#endif
