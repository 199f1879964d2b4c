/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* prepare.c - from a request to an execution: everything that does not need the state. */
#include "framework/execution.h"

#include "core/error.h"
#include "core/hash.h"
#include "domain/metadata.h"
#include "record/codec.h"
#include "store/front.h"

#include <string.h>

/* Errors on the way from JSON to a command carry a code, so that a service can tell them. */
static enum cqrs_status unreadable(enum cqrs_status status, struct cqrs_error *err)
{
	if (err && (status == CQRS_ERR_INVALID || status == CQRS_ERR_LIMIT))
		strcpy(err->code, "unreadable_command");
	return status;
}

static enum cqrs_status decode_command(struct cqrs__call *call, struct cqrs__execution *execution,
                                       const char *json, struct cqrs_error *err)
{
	struct cqrs_arena *arena = &call->worker->arena;
	const struct cqrs_record *record;
	yyjson_val *root = NULL;
	yyjson_obj_iter iter;
	yyjson_val *name;
	enum cqrs_status status;
	void *payload;

	status = cqrs__json_read((struct cqrs_text){ json, strlen(json) }, arena, &root, err);
	if (status != CQRS_OK)
		return unreadable(status, err);
	if (!yyjson_is_obj(root) || yyjson_obj_size(root) != 1) {
		status = cqrs_error_set(err, CQRS_ERR_INVALID,
		                        "a command is an object with one member, its name");
		return unreadable(status, err);
	}
	yyjson_obj_iter_init(root, &iter);
	name = yyjson_obj_iter_next(&iter);
	status = cqrs__model_command_named(&call->framework->model, yyjson_get_str(name),
	                                   execution->options.aggregate_type, &execution->command,
	                                   err);
	if (status != CQRS_OK)
		return status;
	record = &execution->command->type->record;
	payload = cqrs__arena_allocate(arena, record->size);
	if (!payload)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a command");
	status = cqrs__record_decode_value(record, yyjson_obj_iter_get_val(name), 0,
	                                   execution->command->type->name, arena, payload, err);
	execution->payload = payload;
	return unreadable(status, err);
}

static enum cqrs_status find_command(struct cqrs__call *call, struct cqrs__execution *execution,
                                     struct cqrs_error *err)
{
	const struct cqrs_request *request = execution->request;

	if (request->type && request->json)
		return cqrs_error_set(err, CQRS_ERR_INVALID, "a request has both a type and JSON");
	if (!request->type) {
		if (!request->json)
			return cqrs_error_set(err, CQRS_ERR_INVALID,
			                      "a request has neither a type nor JSON");
		return decode_command(call, execution, request->json, err);
	}
	execution->command = cqrs__model_command(&call->framework->model, request->type);
	if (!execution->command)
		return cqrs_error_set(err, CQRS_ERR_INVALID,
		                      "no aggregate of the framework has the command '%s'",
		                      request->type->name);
	execution->payload = request->command;
	if (!execution->payload) {
		execution->payload =
			cqrs__arena_zeroed(&call->worker->arena, 1, request->type->record.size);
		if (!execution->payload)
			return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a command");
	}
	return CQRS_OK;
}

static enum cqrs_status hash_command(struct cqrs__call *call, struct cqrs__execution *execution,
                                     struct cqrs_error *err)
{
	const struct cqrs_command_type *type = execution->command->type;
	struct cqrs__hash hash;
	struct cqrs_text json;
	enum cqrs_status status;

	status = cqrs_record_encode(&type->record, execution->payload, CQRS_ALLOW_NULL_TEXT,
	                            &call->worker->arena, &json, err);
	if (status != CQRS_OK)
		return status;
	cqrs__hash_begin_wide(&hash, NULL);
	cqrs__hash_text(&hash, type->name);
	cqrs__hash_bytes(&hash, json.data, json.len);
	cqrs__hash_end_wide(&hash, execution->command_hash.bytes);
	return CQRS_OK;
}

/* The same for every try under one key: RFC 9562, version 8, from what the key is scoped to. */
static struct cqrs_id keyed_command_id(const struct cqrs__execution *execution)
{
	struct cqrs__hash hash;
	struct cqrs_id id;

	cqrs__hash_begin_wide(&hash, NULL);
	cqrs__hash_text(&hash, execution->command->aggregate->aggregate->type);
	cqrs__hash_text(&hash, execution->request->aggregate_id);
	cqrs__hash_text(&hash, execution->options.idempotency_key);
	cqrs__hash_end_wide(&hash, id.bytes);
	id.bytes[6] = (uint8_t)(0x80 | (id.bytes[6] & 0x0f));
	id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3f));
	return id;
}

/* A command without a key gets its id when it is decided, which tells the time. */
static enum cqrs_status name_command(struct cqrs__call *call, struct cqrs__execution *execution,
                                     struct cqrs_error *err)
{
	const char *key = execution->options.idempotency_key;
	enum cqrs_status status;

	if (!key)
		return CQRS_OK;
	status = cqrs__check_id(key, CQRS_MAX_KEY_LEN, NULL, "idempotency_key", err);
	if (status == CQRS_OK)
		status = hash_command(call, execution, err);
	if (status == CQRS_OK)
		execution->command_id = keyed_command_id(execution);
	return status;
}

static enum cqrs_status prepare(struct cqrs__call *call, struct cqrs__execution *execution)
{
	const struct cqrs_request *request = execution->request;
	struct cqrs_error *err = request->err;
	enum cqrs_status status;

	status = cqrs__options_read(request->options, &execution->options,
	                            sizeof(execution->options), err);
	if (status == CQRS_OK)
		status = cqrs__check_id(request->aggregate_id,
		                        cqrs_store_get_limits(call->framework->store)->id_len, NULL,
		                        "aggregate_id", err);
	if (status == CQRS_OK)
		status = find_command(call, execution, err);
	if (status == CQRS_OK)
		status = name_command(call, execution, err);
	if (status == CQRS_OK)
		status = cqrs__metadata_encode(&execution->options.metadata, &call->worker->arena,
		                               &execution->metadata_json, err);
	return status;
}

void cqrs__call_prepare(struct cqrs__call *call, struct cqrs_request *requests)
{
	for (size_t i = 0; i < call->count; i++) {
		struct cqrs__execution *execution = &call->executions[i];
		enum cqrs_status status;

		execution->request = &requests[i];
		if (requests[i].err) /* what is in it from now on is about this call */
			cqrs__error_clear(requests[i].err);
		status = prepare(call, execution);
		if (status != CQRS_OK)
			cqrs__execution_finish(execution, status);
	}
}
