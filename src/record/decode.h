/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* decode.h - what the files of the decoder share. */
#ifndef CQRS_SRC_RECORD_DECODE_H
#define CQRS_SRC_RECORD_DECODE_H

#include "record/path.h"

#include <cqrs/record.h>

#include <yyjson.h>

struct cqrs__decoder {
	struct cqrs_arena *arena;   /* for what the value points to */
	struct cqrs_arena *scratch; /* for what the call forgets */
	unsigned flags;
	struct cqrs_error *err;
};

/* Set the error of a JSON value whose type is not the wanted one ("a number"). */
enum cqrs_status cqrs__decode_wrong_type(const struct cqrs__decoder *decoder, yyjson_val *json,
                                         const struct cqrs__path *here, const char *wanted);

/* Read what is neither a record nor a list; at holds field->size zero bytes. */
enum cqrs_status cqrs__decode_scalar(const struct cqrs__decoder *decoder,
                                     const struct cqrs_field *field, yyjson_val *json, void *at,
                                     const struct cqrs__path *here);

#endif
