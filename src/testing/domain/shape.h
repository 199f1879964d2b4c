/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* shape.h - how a record is stored: in words, and as an example. */
#ifndef CQRS_TESTING_SHAPE_H
#define CQRS_TESTING_SHAPE_H

#include "document.h"

/* {"check_number":"text","amount":"double","note?":"text"}: "?" marks an optional member. */
yyjson_mut_val *cqrs__shape_of(struct cqrs__document *document, const struct cqrs_record *record);

/*
 * An object that decodes as the record, with values of its own in every member, the largest
 * where they are integers. full: with the optional members.
 */
yyjson_mut_val *cqrs__example_of(struct cqrs__document *document, const struct cqrs_record *record,
                                 bool full);

#endif
