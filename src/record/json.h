/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* json.h - json.c as the codec uses it, which keeps its own scratch memory. */
#ifndef CQRS_SRC_RECORD_JSON_H
#define CQRS_SRC_RECORD_JSON_H

#include <cqrs/record.h>

#include <yyjson.h>

/* As cqrs__json_read(), with the texts and the values in an arena each. */
enum cqrs_status cqrs__json_parse(struct cqrs_text json, struct cqrs_arena *text_arena,
                                  struct cqrs_arena *value_arena, yyjson_val **out_root,
                                  struct cqrs_error *err);

/*
 * Set a CQRS_ERR_INVALID whose path is the place in the document that a byte belongs to;
 * the text is known to be JSON only up to there.
 */
CQRS_PRINTF(4, 5)
enum cqrs_status cqrs__json_error_at(struct cqrs_text json, size_t position, struct cqrs_error *err,
                                     const char *fmt, ...);

#endif
