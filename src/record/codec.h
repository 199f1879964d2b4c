/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * codec.h - what the rest of the library needs of the codec beyond cqrs/record.h: JSON
 * documents in arenas, and values that are part of a larger document.
 */
#ifndef CQRS_SRC_RECORD_CODEC_H
#define CQRS_SRC_RECORD_CODEC_H

#include <cqrs/record.h>

#include <yyjson.h>

/* Memory for yyjson from an arena, which is borrowed; freeing does nothing. */
yyjson_alc cqrs__json_allocator(struct cqrs_arena *arena);

/*
 * Parse a JSON document. Values and their texts live in arena; numbers that fit no type
 * are raw. A text may hold U+0000, which no one else refuses.
 * Errors: CQRS_ERR_INVALID with the place in err->path, CQRS_ERR_LIMIT, CQRS_ERR_NOMEM.
 */
enum cqrs_status cqrs__json_read(struct cqrs_text json, struct cqrs_arena *arena,
                                 yyjson_val **out_root, struct cqrs_error *err);

/*
 * Write the JSON text of a document into arena, NUL-terminated and no larger than it needs.
 * Errors: CQRS_ERR_INVALID, a text is not valid UTF-8, a number not finite;
 * CQRS_ERR_LIMIT, CQRS_ERR_NOMEM.
 */
enum cqrs_status cqrs__json_write(const yyjson_mut_doc *document, struct cqrs_arena *arena,
                                  struct cqrs_text *out_json, struct cqrs_error *err);

/*
 * As cqrs_record_decode(), from a value that cqrs__json_read() parsed. The texts of the
 * result stay where the document has them, so it has to live as long.
 *
 * path_prefix: what err->path begins with, or NULL.
 */
enum cqrs_status cqrs__record_decode_value(const struct cqrs_record *record, yyjson_val *object,
                                           unsigned flags, const char *path_prefix,
                                           struct cqrs_arena *arena, void *out_value,
                                           struct cqrs_error *err);

/*
 * As cqrs_record_decode(), into memory of the arena, in which everything stays: for who
 * decodes many values and forgets all of them at once. *out_value is untouched on failure.
 */
enum cqrs_status cqrs__record_decode_in(const struct cqrs_record *record, struct cqrs_text json,
                                        unsigned flags, struct cqrs_arena *arena,
                                        const void **out_value, struct cqrs_error *err);

/*
 * Whether a struct of this description is numbers and no more: a copy of its bits is a copy,
 * whatever is in it, and nothing can point into it but to numbers.
 */
bool cqrs__record_is_plain(const struct cqrs_record *record);

/* Whether a value points to anything, so that copying the struct alone is no full copy. */
bool cqrs__record_has_pointers(const struct cqrs_record *record);

#endif
