/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* metadata.h - maps of texts as JSON objects, in both directions. */
#ifndef CQRS_SRC_DOMAIN_METADATA_H
#define CQRS_SRC_DOMAIN_METADATA_H

#include <cqrs/event.h>

/* Errors: CQRS_ERR_INVALID (err->path names the entry), CQRS_ERR_LIMIT, CQRS_ERR_NOMEM. */
enum cqrs_status cqrs__metadata_encode(const struct cqrs_metadata *metadata,
                                       struct cqrs_arena *arena, struct cqrs_text *out_json,
                                       struct cqrs_error *err);

/* Errors: CQRS_ERR_CORRUPT, CQRS_ERR_NOMEM. */
enum cqrs_status cqrs__metadata_decode(struct cqrs_text json, struct cqrs_arena *arena,
                                       struct cqrs_metadata *out_metadata, struct cqrs_error *err);

/* A copy with all its texts; false without memory. */
bool cqrs__metadata_copy(const struct cqrs_metadata *metadata, struct cqrs_arena *arena,
                         struct cqrs_metadata *out);

#endif
