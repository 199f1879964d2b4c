/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* stored.c - decoding what a store returns. Nothing in it is trusted. */
#include "domain/stored.h"

#include "core/arena.h"
#include "domain/metadata.h"
#include "domain/model.h"
#include "record/codec.h"

#include <string.h>

static enum cqrs_status corrupt(const struct cqrs_stored_event *event, enum cqrs_status status,
                                struct cqrs_error *err)
{
	if (status == CQRS_ERR_NOMEM)
		return status;
	if (err) {
		err->status = CQRS_ERR_CORRUPT;
		cqrs_error_prefix(err, "event %llu of %s '%.60s' (%s %s)",
		                  (unsigned long long)event->sequence, event->stream.type,
		                  event->stream.id, event->data.type, event->data.version);
	}
	return CQRS_ERR_CORRUPT;
}

enum cqrs_status
cqrs__stored_payload(const struct cqrs_aggregate *aggregate, const struct cqrs_stored_event *event,
                     struct cqrs_arena *arena, const struct cqrs_event_entry **out_entry,
                     const void **out_payload, struct cqrs_error *err)
{
	const struct cqrs_event_entry *entry =
		cqrs__aggregate_event_named(aggregate, event->data.type, event->data.version);
	enum cqrs_status status;

	if (!entry) {
		status = cqrs_error_set(err, CQRS_ERR_CORRUPT,
		                        "the aggregate has no event of this type and version");
		return corrupt(event, status, err);
	}
	status = cqrs__record_decode_in(&entry->type->record, event->data.payload,
	                                CQRS_IGNORE_UNKNOWN, arena, out_payload, err);
	if (status != CQRS_OK)
		return corrupt(event, status, err);
	*out_entry = entry;
	return CQRS_OK;
}

enum cqrs_status cqrs__stored_envelope(const struct cqrs_aggregate *aggregate,
                                       const struct cqrs_stored_event *event,
                                       struct cqrs_arena *arena, struct cqrs_envelope *out_envelope,
                                       struct cqrs_error *err)
{
	const struct cqrs_event_entry *entry = NULL;
	const void *payload = NULL;
	struct cqrs_metadata metadata;
	enum cqrs_status status =
		cqrs__stored_payload(aggregate, event, arena, &entry, &payload, err);

	if (status != CQRS_OK)
		return status;
	status = cqrs__metadata_decode(event->data.metadata, arena, &metadata, err);
	if (status != CQRS_OK)
		return corrupt(event, status, err);
	*out_envelope = (struct cqrs_envelope){
		.event_id = event->data.event_id,
		.correlation_id = event->data.correlation_id,
		.causation_id = event->data.causation_id,
		.aggregate_type = aggregate->type,
		.aggregate_id = event->stream.id,
		.sequence = event->sequence,
		.feed = event->feed,
		.offset = event->offset,
		.recorded_at_us = event->data.recorded_at_us,
		.event_type = entry->type->name,
		.event_version = entry->type->version,
		.metadata = metadata,
		.type = entry->type,
		.payload = payload,
		.payload_json = event->data.payload,
	};
	return CQRS_OK;
}

enum cqrs_status cqrs__envelope_copy(const struct cqrs_envelope *envelope, struct cqrs_arena *arena,
                                     struct cqrs_envelope *out_envelope, struct cqrs_error *err)
{
	const struct cqrs_record *record = &envelope->type->record;
	struct cqrs_envelope copy = *envelope;
	void *payload = cqrs__arena_allocate(arena, record->size);
	enum cqrs_status status;

	copy.aggregate_id =
		cqrs_arena_text(arena, envelope->aggregate_id, strlen(envelope->aggregate_id));
	copy.payload_json.data =
		cqrs_arena_text(arena, envelope->payload_json.data, envelope->payload_json.len);
	copy.payload = payload;
	if (!payload || !copy.aggregate_id || !copy.payload_json.data ||
	    !cqrs__metadata_copy(&envelope->metadata, arena, &copy.metadata))
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for an event");
	status = cqrs_record_copy(record, envelope->payload, arena, payload, err);
	if (status == CQRS_OK)
		*out_envelope = copy;
	return status;
}
