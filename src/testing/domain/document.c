/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* document.c - records, events and outcomes as JSON values. */
#include "document.h"

#include <cqrs/backend.h>
#include <string.h>

void cqrs__document_init(struct cqrs__document *document, struct cqrs_arena *arena)
{
	*document = (struct cqrs__document){
		.values = yyjson_mut_doc_new(NULL),
		.arena = arena,
		.err = CQRS_ERROR_INIT,
	};
	cqrs_error_set(&document->err, CQRS_ERR_NOMEM, "no memory to compare values");
}

void cqrs__document_deinit(struct cqrs__document *document)
{
	yyjson_mut_doc_free(document->values);
	document->values = NULL;
}

yyjson_mut_val *cqrs__document_json(struct cqrs__document *document, struct cqrs_text json)
{
	yyjson_doc *parsed = yyjson_read(json.data, json.len, YYJSON_READ_NOFLAG);
	yyjson_mut_val *value =
		parsed ? yyjson_val_mut_copy(document->values, yyjson_doc_get_root(parsed)) : NULL;

	if (!parsed)
		cqrs_error_set(&document->err, CQRS_ERR_CORRUPT, "what is stored is no JSON");
	yyjson_doc_free(parsed);
	return value;
}

yyjson_mut_val *cqrs__document_text(struct cqrs__document *document, const char *text)
{
	if (!text)
		return yyjson_mut_null(document->values);
	if (!cqrs_utf8_valid(text, strlen(text))) {
		cqrs_error_set(&document->err, CQRS_ERR_INVALID, "a text is not valid UTF-8");
		return NULL;
	}
	return yyjson_mut_strcpy(document->values, text);
}

yyjson_mut_val *cqrs__document_record(struct cqrs__document *document,
                                      const struct cqrs_record *record, const void *value,
                                      unsigned flags)
{
	struct cqrs_text json;

	if (!value) {
		void *zeroed = cqrs_arena_allocate(document->arena, record->size);

		if (!zeroed)
			return NULL;
		cqrs_record_init(record, document->arena, zeroed);
		value = zeroed;
	}
	if (cqrs_record_encode(record, value, flags, document->arena, &json, &document->err) !=
	    CQRS_OK)
		return NULL;
	return cqrs__document_json(document, json);
}

yyjson_mut_val *cqrs__document_object(struct cqrs__document *document)
{
	return yyjson_mut_obj(document->values);
}

yyjson_mut_val *cqrs__document_list(struct cqrs__document *document)
{
	return yyjson_mut_arr(document->values);
}

yyjson_mut_val *cqrs__document_put(struct cqrs__document *document, yyjson_mut_val *object,
                                   const char *name, yyjson_mut_val *value)
{
	yyjson_mut_val *key = name ? cqrs__document_text(document, name) : NULL;

	return object && key && value && yyjson_mut_obj_add(object, key, value) ? object : NULL;
}

yyjson_mut_val *cqrs__document_add(struct cqrs__document *document, yyjson_mut_val *list,
                                   yyjson_mut_val *value)
{
	(void)document;
	return list && value && yyjson_mut_arr_append(list, value) ? list : NULL;
}

yyjson_mut_val *cqrs__document_event(struct cqrs__document *document,
                                     const struct cqrs_test_event *event)
{
	yyjson_mut_val *payload =
		cqrs__document_record(document, &event->type->record, event->event, 0);

	if (!payload)
		cqrs_error_prefix(&document->err, "event %s", event->type->name);
	return cqrs__document_put(document, cqrs__document_object(document), event->type->name,
	                          payload);
}

yyjson_mut_val *cqrs__document_envelope(struct cqrs__document *document,
                                        const struct cqrs_envelope *envelope)
{
	return cqrs__document_put(document, cqrs__document_object(document), envelope->event_type,
	                          cqrs__document_json(document, envelope->payload_json));
}

yyjson_mut_val *cqrs__document_metadata(struct cqrs__document *document,
                                        const struct cqrs_metadata *metadata)
{
	yyjson_mut_val *object = cqrs__document_object(document);

	if (metadata->count && !metadata->items)
		return NULL;
	for (size_t i = 0; i < metadata->count; i++)
		object =
			cqrs__document_put(document, object, metadata->items[i].name,
		                           cqrs__document_text(document, metadata->items[i].value));
	return object;
}

static yyjson_mut_val *failure_value(struct cqrs__document *document, const struct cqrs_error *err)
{
	yyjson_mut_val *object = cqrs__document_object(document);

	if (err->code[0])
		object = cqrs__document_put(document, object, "code",
		                            cqrs__document_text(document, err->code));
	object = cqrs__document_put(document, object, "message",
	                            cqrs__document_text(document, err->message));
	if (err->path[0])
		object = cqrs__document_put(document, object, "path",
		                            cqrs__document_text(document, err->path));
	if (err->params[0])
		object = cqrs__document_put(
			document, object, "params",
			cqrs__document_json(
				document, (struct cqrs_text){ err->params, strlen(err->params) }));
	return cqrs__document_put(document, cqrs__document_object(document),
	                          cqrs_status_name(err->status), object);
}

yyjson_mut_val *cqrs__document_outcome(struct cqrs__document *document,
                                       const struct cqrs_test_outcome *outcome)
{
	yyjson_mut_val *list;

	if (outcome->status != CQRS_OK)
		return failure_value(document, &outcome->err);
	list = cqrs__document_list(document);
	for (size_t i = 0; i < outcome->result.event_count; i++)
		list = cqrs__document_add(
			document, list,
			cqrs__document_envelope(document, &outcome->result.events[i]));
	return list;
}
