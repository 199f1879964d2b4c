/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * event.h - domain events: their types, and the envelope that each travels in.
 */
#ifndef CQRS_EVENT_H
#define CQRS_EVENT_H

#include <cqrs/environment.h>
#include <cqrs/record.h>

CQRS_BEGIN_DECLS

/* A kind of event. Name and version are stored with each event and never change. */
struct cqrs_event_type {
	const char *name;    /* "CustomerWroteCheck" */
	const char *version; /* "1.0" */
	struct cqrs_record record;
};

struct cqrs_metadata_entry {
	const char *name;
	const char *value;
};

/* A map of texts that goes with a command and is stored with each of its events. */
struct cqrs_metadata {
	const struct cqrs_metadata_entry *items; /* names differ */
	size_t count;
};

/*
 * An event with all that is known of it. Made by the library; a test may make one by
 * hand, since a query processor or a view needs no more than this.
 */
struct cqrs_envelope {
	struct cqrs_id event_id;
	struct cqrs_id correlation_id; /* the command that began it all */
	struct cqrs_id causation_id;   /* the command or event that led to this one */
	const char *aggregate_type;
	const char *aggregate_id;
	uint64_t sequence; /* in its stream: 1, 2, 3, ... */
	uint64_t feed;     /* which of the store's feeds, from 0 */
	uint64_t offset;   /* in that feed: 1, 2, 3, ...; 0 while not committed */
	int64_t recorded_at_us;
	const char *event_type;
	const char *event_version;
	struct cqrs_metadata metadata;
	const struct cqrs_event_type *type; /* of payload */
	const void *payload;                /* the event as its struct */
	struct cqrs_text payload_json;      /* the same as stored; data NULL in one made by hand */
};

/**
 * The payload if the event is of this type, else NULL. Called through the macro
 * cqrs_event_as(envelope, tag), which gives a const struct tag *.
 */
CQRS_API const void *cqrs_event_payload(const struct cqrs_envelope *envelope,
                                        const struct cqrs_event_type *type);

/** The value of a metadata entry, or NULL. */
CQRS_API const char *cqrs_metadata_get(const struct cqrs_metadata *metadata, const char *name);

/**
 * Write an envelope as one JSON object: event_id, aggregate_type, aggregate_id,
 * sequence, event_type, event_version, recorded_at, correlation_id, causation_id,
 * metadata, payload.
 *
 * Errors: CQRS_ERR_NOMEM; CQRS_ERR_INVALID with err->path for a payload that cannot be stored.
 */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_envelope_json(const struct cqrs_envelope *envelope, struct cqrs_arena *arena,
                   struct cqrs_text *out_json, struct cqrs_error *err);

/* clang-format off */
#ifndef __cplusplus

#define cqrs_event_as(envelope, tag) \
	((const struct tag *)cqrs_event_payload((envelope), &tag##_event))

/* In a header: the event type of struct tag, defined by one of the next three. */
#define CQRS_DECLARE_EVENT(tag) extern const struct cqrs_event_type tag##_event
/* CQRS_EVENT(customer_wrote_check, "CustomerWroteCheck", "1.0", check_number, amount, balance); */
#define CQRS_EVENT(tag, stored_name, stored_version, ...)                           \
	const struct cqrs_event_type tag##_event = {                                \
		.name = (stored_name), .version = (stored_version),                 \
		.record = CQRS_RECORD(tag, __VA_ARGS__)                             \
	}
/* The same with a table of fields (record.h). */
#define CQRS_EVENT_OF(tag, stored_name, stored_version, field_table)                \
	const struct cqrs_event_type tag##_event = {                                \
		.name = (stored_name), .version = (stored_version),                 \
		.record = CQRS_RECORD_OF(tag, field_table)                          \
	}
/* An event without a payload, stored as {}; struct tag need not exist. */
#define CQRS_EMPTY_EVENT(tag, stored_name, stored_version)                          \
	const struct cqrs_event_type tag##_event = {                                \
		.name = (stored_name), .version = (stored_version),                 \
		.record = CQRS__EMPTY_RECORD(tag)                                   \
	}

/* CQRS_METADATA({ "user", "ann" }, { "uri", "/account" }) */
#define CQRS_METADATA(...) \
	((struct cqrs_metadata){ CQRS_LIST_OF(struct cqrs_metadata_entry, __VA_ARGS__) })

#endif
/* clang-format on */

CQRS_END_DECLS
#endif
