/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* envelope.c - what a reader may ask an envelope, and its JSON. */
#include "core/arena.h"
#include "record/codec.h"

#include <cqrs/event.h>

const void *cqrs_event_payload(const struct cqrs_envelope *envelope,
                               const struct cqrs_event_type *type)
{
	return envelope->type == type ? envelope->payload : NULL;
}

static bool add_id(yyjson_mut_doc *doc, yyjson_mut_val *root, const char *name,
                   const struct cqrs_id *id)
{
	char text[CQRS_ID_TEXT_SIZE];

	cqrs_id_format(id, text);
	return yyjson_mut_obj_add_strcpy(doc, root, name, text);
}

static bool add_metadata(yyjson_mut_doc *doc, yyjson_mut_val *root,
                         const struct cqrs_metadata *metadata)
{
	yyjson_mut_val *map = yyjson_mut_obj(doc);

	for (size_t i = 0; map && i < metadata->count; i++)
		if (!yyjson_mut_obj_add_str(doc, map, metadata->items[i].name,
		                            metadata->items[i].value))
			return false;
	return yyjson_mut_obj_add_val(doc, root, "metadata", map);
}

static bool add_members(yyjson_mut_doc *doc, yyjson_mut_val *root,
                        const struct cqrs_envelope *envelope, const char *recorded_at,
                        struct cqrs_text payload)
{
	return add_id(doc, root, "event_id", &envelope->event_id) &&
	       yyjson_mut_obj_add_str(doc, root, "aggregate_type", envelope->aggregate_type) &&
	       yyjson_mut_obj_add_str(doc, root, "aggregate_id", envelope->aggregate_id) &&
	       yyjson_mut_obj_add_uint(doc, root, "sequence", envelope->sequence) &&
	       yyjson_mut_obj_add_str(doc, root, "event_type", envelope->event_type) &&
	       yyjson_mut_obj_add_str(doc, root, "event_version", envelope->event_version) &&
	       yyjson_mut_obj_add_str(doc, root, "recorded_at", recorded_at) &&
	       add_id(doc, root, "correlation_id", &envelope->correlation_id) &&
	       add_id(doc, root, "causation_id", &envelope->causation_id) &&
	       add_metadata(doc, root, &envelope->metadata) &&
	       yyjson_mut_obj_add_val(doc, root, "payload",
	                              yyjson_mut_rawn(doc, payload.data, payload.len));
}

enum cqrs_status cqrs_envelope_json(const struct cqrs_envelope *envelope, struct cqrs_arena *arena,
                                    struct cqrs_text *out_json, struct cqrs_error *err)
{
	yyjson_alc alc = cqrs__json_allocator(arena);
	struct cqrs_text payload = envelope->payload_json;
	char recorded_at[CQRS_TIME_TEXT_SIZE];
	enum cqrs_status status = CQRS_OK;
	yyjson_mut_val *root;
	yyjson_mut_doc *doc;

	if (!payload.data)
		status = cqrs_record_encode(&envelope->type->record, envelope->payload, 0, arena,
		                            &payload, err);
	if (status == CQRS_OK)
		status = cqrs_time_format(envelope->recorded_at_us, recorded_at, err);
	if (status != CQRS_OK)
		return status;
	doc = yyjson_mut_doc_new(&alc);
	root = doc ? yyjson_mut_obj(doc) : NULL;
	if (!root || !add_members(doc, root, envelope, recorded_at, payload))
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for an envelope's JSON");
	yyjson_mut_doc_set_root(doc, root);
	return cqrs__json_write(doc, arena, out_json, err);
}
