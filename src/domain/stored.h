/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* stored.h - from events as stores keep them to structs and envelopes. */
#ifndef CQRS_SRC_DOMAIN_STORED_H
#define CQRS_SRC_DOMAIN_STORED_H

#include <cqrs/aggregate.h>
#include <cqrs/store.h>

/*
 * Decode a stored event's payload into arena.
 * Errors: CQRS_ERR_CORRUPT, the aggregate does not have its type, or it does not decode;
 *   the message names the stream and the sequence. CQRS_ERR_NOMEM.
 */
enum cqrs_status
cqrs__stored_payload(const struct cqrs_aggregate *aggregate, const struct cqrs_stored_event *event,
                     struct cqrs_arena *arena, const struct cqrs_event_entry **out_entry,
                     const void **out_payload, struct cqrs_error *err);

/* The same with all that is known of the event; texts of *event are borrowed. */
enum cqrs_status cqrs__stored_envelope(const struct cqrs_aggregate *aggregate,
                                       const struct cqrs_stored_event *event,
                                       struct cqrs_arena *arena, struct cqrs_envelope *out_envelope,
                                       struct cqrs_error *err);

/* A copy of an envelope and all that it points to, but for the descriptions. */
enum cqrs_status cqrs__envelope_copy(const struct cqrs_envelope *envelope, struct cqrs_arena *arena,
                                     struct cqrs_envelope *out_envelope, struct cqrs_error *err);

#endif
