/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * document.h - what a test expects and what it finds, as JSON values to be compared.
 *
 * A function returns NULL where there is no memory, or where a value cannot be stored, and
 * says in the document's err which. NULL is taken for a value, and returned in turn.
 */
#ifndef CQRS_TESTING_DOCUMENT_H
#define CQRS_TESTING_DOCUMENT_H

#include <cqrs/testing.h>
#include <yyjson.h>

struct cqrs__document {
	yyjson_mut_doc *values;
	struct cqrs_arena *arena; /* for texts on the way */
	struct cqrs_error err;
};

/* arena is borrowed. Without memory the document has no values, and makes none. */
void cqrs__document_init(struct cqrs__document *document, struct cqrs_arena *arena);
void cqrs__document_deinit(struct cqrs__document *document);

/* Stored JSON. */
yyjson_mut_val *cqrs__document_json(struct cqrs__document *document, struct cqrs_text json);

/* A text; NULL is null. */
yyjson_mut_val *cqrs__document_text(struct cqrs__document *document, const char *text);

/* A value by its record; flags as in cqrs_record_encode(); NULL: all members zero. */
yyjson_mut_val *cqrs__document_record(struct cqrs__document *document,
                                      const struct cqrs_record *record, const void *value,
                                      unsigned flags);

/* {"CustomerWroteCheck":{...}} */
yyjson_mut_val *cqrs__document_event(struct cqrs__document *document,
                                     const struct cqrs_test_event *event);
yyjson_mut_val *cqrs__document_envelope(struct cqrs__document *document,
                                        const struct cqrs_envelope *envelope);

/* What came of a command: its events, or {"rejected":{"code":...,"message":...}}. */
yyjson_mut_val *cqrs__document_outcome(struct cqrs__document *document,
                                       const struct cqrs_test_outcome *outcome);

/* Metadata or parameters as an object. */
yyjson_mut_val *cqrs__document_metadata(struct cqrs__document *document,
                                        const struct cqrs_metadata *metadata);

yyjson_mut_val *cqrs__document_object(struct cqrs__document *document);
yyjson_mut_val *cqrs__document_list(struct cqrs__document *document);
/* Add to an object or list, and return it. */
yyjson_mut_val *cqrs__document_put(struct cqrs__document *document, yyjson_mut_val *object,
                                   const char *name, yyjson_mut_val *value);
yyjson_mut_val *cqrs__document_add(struct cqrs__document *document, yyjson_mut_val *list,
                                   yyjson_mut_val *value);

#endif
