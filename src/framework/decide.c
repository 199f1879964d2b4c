/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* decide.c - running a handler on a state, and what the handler may do meanwhile. */
#include "domain/metadata.h"
#include "framework/execution.h"
#include "store/front.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* More than a message may be long, so that cqrs_error_set() cuts it: at a whole character. */
#define CUT_LATER (sizeof(((struct cqrs_error *)0)->message) + 4)

struct cqrs_context {
	struct cqrs__call *call;
	struct cqrs__execution *execution;
	enum cqrs_status status; /* the first failure sticks */
};

static enum cqrs_status load_entry(struct cqrs__call *call, struct cqrs__entry *entry,
                                   struct cqrs_error *err)
{
	struct cqrs_framework *framework = call->framework;
	enum cqrs_status status;

	if (entry->loaded)
		return CQRS_OK;
	cqrs_arena_reset(&call->worker->scratch);
	status = cqrs__state_load(&entry->state, framework->store, entry->id, CQRS__LOAD_ALL,
	                          &call->worker->scratch, &framework->environment, err);
	if (status != CQRS_OK)
		return status;
	entry->loaded = true;
	entry->fresh = true;
	entry->broken = false;
	return CQRS_OK;
}

/* ---- what a handler may do ---- */

static enum cqrs_status stick(struct cqrs_context *ctx, enum cqrs_status status)
{
	if (ctx->status == CQRS_OK)
		ctx->status = status;
	return ctx->status;
}

static bool grow_events(struct cqrs_context *ctx)
{
	struct cqrs__execution *execution = ctx->execution;
	struct cqrs_arena *arena = &ctx->call->worker->arena;
	size_t old = execution->event_capacity;
	size_t capacity = old ? 2 * old : 2;
	struct cqrs_event_data *events = cqrs__arena_resize(
		arena, execution->events, old * sizeof(*events), capacity * sizeof(*events));
	struct cqrs__emitted *emitted = cqrs__arena_resize(
		arena, execution->emitted, old * sizeof(*emitted), capacity * sizeof(*emitted));

	if (!events || !emitted)
		return false;
	execution->events = events;
	execution->emitted = emitted;
	execution->event_capacity = capacity;
	return true;
}

/* Whether anyone sees the call's events as they were emitted. */
static bool is_told(const struct cqrs__call *call, const struct cqrs__execution *execution)
{
	return execution->command->aggregate->view_count || call->framework->query_count ||
	       execution->options.events_arena;
}

/*
 * A copy that outlives the handler's call, with zeros where a member is absent; where that
 * would be no other and nobody needs it, the event itself.
 */
static enum cqrs_status keep_event(struct cqrs_context *ctx, const struct cqrs_event_entry *entry,
                                   const void **event)
{
	struct cqrs__execution *execution = ctx->execution;
	const struct cqrs_record *record = &entry->type->record;
	struct cqrs_arena *arena = &ctx->call->worker->arena;
	struct cqrs__emitted *emitted = &execution->emitted[execution->event_count];
	enum cqrs_status status;
	void *copy;

	*emitted = (struct cqrs__emitted){ .type = entry->type };
	if (!is_told(ctx->call, execution) &&
	    cqrs__model_event_is_plain(execution->command->aggregate, entry))
		return CQRS_OK;
	copy = cqrs__arena_allocate(arena, record->size);
	if (!copy)
		return cqrs_error_set(execution->request->err, CQRS_ERR_NOMEM,
		                      "no memory for an event");
	status = cqrs_record_copy(record, *event, arena, copy, execution->request->err);
	emitted->payload = copy;
	*event = copy;
	return status;
}

/* The event as it is stored. */
static enum cqrs_status write_event(struct cqrs_context *ctx, const struct cqrs_event_type *type,
                                    const void *event)
{
	struct cqrs__execution *execution = ctx->execution;
	struct cqrs_event_data *data = &execution->events[execution->event_count];
	struct cqrs_error *err = execution->request->err;
	enum cqrs_status status = cqrs_record_encode(
		&type->record, event, 0, &ctx->call->worker->arena, &data->payload, err);

	if (status != CQRS_OK) {
		if (err)
			cqrs_error_prefix(err, "event %s", type->name);
		return status;
	}
	data->event_id = cqrs__id_new(&ctx->call->worker->ids, execution->now_us);
	data->correlation_id = execution->correlation_id;
	data->causation_id = execution->causation_id;
	data->recorded_at_us = execution->now_us;
	data->type = type->name;
	data->version = type->version;
	data->metadata = execution->metadata_json;
	return CQRS_OK;
}

enum cqrs_status cqrs_emit_event(struct cqrs_context *ctx, const struct cqrs_event_type *type,
                                 const void *event)
{
	struct cqrs__execution *execution = ctx->execution;
	const struct cqrs_aggregate *aggregate = execution->command->aggregate->aggregate;
	struct cqrs_error *err = execution->request->err;
	const struct cqrs_event_entry *entry;
	enum cqrs_status status;

	if (ctx->status != CQRS_OK)
		return ctx->status;
	entry = cqrs__aggregate_event(aggregate, type);
	if (!entry)
		return stick(ctx, cqrs_error_set(err, CQRS_ERR_INVALID,
		                                 "event '%s' is not in the table of aggregate '%s'",
		                                 type->name, aggregate->type));
	if (execution->event_count == execution->event_capacity && !grow_events(ctx))
		return stick(ctx, cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for an event"));
	if (!event)
		event = cqrs__arena_zeroed(&ctx->call->worker->arena, 1, type->record.size);
	if (!event)
		return stick(ctx, cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for an event"));
	status = write_event(ctx, type, event);
	if (status == CQRS_OK)
		status = keep_event(ctx, entry, &event);
	if (status != CQRS_OK)
		return stick(ctx, status);
	execution->entry->broken = true;
	status = cqrs__state_apply(&execution->entry->state, entry, event, execution->now_us, err);
	if (status != CQRS_OK)
		return stick(ctx, status);
	execution->event_count++;
	return CQRS_OK;
}

static enum cqrs_status reject(struct cqrs_context *ctx, const char *code,
                               const struct cqrs_metadata *params, const char *fmt, va_list args)
{
	struct cqrs_error *err = ctx->execution->request->err;
	struct cqrs_text json = { "", 0 };
	char message[CUT_LATER];

	if (ctx->status != CQRS_OK)
		return ctx->status;
	if (params) {
		enum cqrs_status status =
			cqrs__metadata_encode(params, &ctx->call->worker->arena, &json, err);

		if (status != CQRS_OK)
			return stick(ctx, status);
	}
	if (json.len >= sizeof(err->params)) {
		/* The refusal is what counts, and a parameter may be as long as a user's text. */
		cqrs_log(&ctx->call->framework->environment, CQRS_LOG_WARN,
		         "%s was rejected with parameters of more than %zu bytes, which are left "
		         "out",
		         ctx->execution->command->type->name, sizeof(err->params) - 1);
		json.len = 0;
	}
	if (code && strlen(code) >= sizeof(err->code))
		return stick(ctx, cqrs_error_set(err, CQRS_ERR_LIMIT,
		                                 "a rejection's code is longer than %zu bytes",
		                                 sizeof(err->code) - 1));
	vsnprintf(message, sizeof(message), fmt, args);
	cqrs_error_set(err, CQRS_ERR_REJECTED, "%s", message);
	if (err && code)
		strcpy(err->code, code);
	if (err && json.len)
		memcpy(err->params, json.data, json.len + 1);
	return stick(ctx, CQRS_ERR_REJECTED);
}

enum cqrs_status cqrs_reject(struct cqrs_context *ctx, const char *code, const char *fmt, ...)
{
	enum cqrs_status status;
	va_list args;

	va_start(args, fmt);
	status = reject(ctx, code, NULL, fmt, args);
	va_end(args);
	return status;
}

enum cqrs_status cqrs_reject_with(struct cqrs_context *ctx, const char *code,
                                  const struct cqrs_metadata *params, const char *fmt, ...)
{
	enum cqrs_status status;
	va_list args;

	va_start(args, fmt);
	status = reject(ctx, code, params, fmt, args);
	va_end(args);
	return status;
}

enum cqrs_status cqrs_fail(struct cqrs_context *ctx, const char *fmt, ...)
{
	const struct cqrs__execution *execution = ctx->execution;
	char message[CUT_LATER];
	va_list args;

	if (ctx->status != CQRS_OK)
		return ctx->status;
	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	cqrs_log(&ctx->call->framework->environment, CQRS_LOG_ERROR, "%s of %s '%s' failed: %s",
	         execution->command->type->name, execution->command->aggregate->aggregate->type,
	         execution->entry->id, message);
	cqrs_error_set(execution->request->err, CQRS_ERR_FAILED, "%s", message);
	return stick(ctx, CQRS_ERR_FAILED);
}

void *cqrs_services(const struct cqrs_context *ctx)
{
	return ctx->call->framework->services;
}

const char *cqrs_aggregate_id(const struct cqrs_context *ctx)
{
	return ctx->execution->entry->id;
}

uint64_t cqrs_sequence(const struct cqrs_context *ctx)
{
	return ctx->execution->entry->state.sequence;
}

const struct cqrs_id *cqrs_command_id(const struct cqrs_context *ctx)
{
	return &ctx->execution->command_id;
}

int64_t cqrs_now_us(const struct cqrs_context *ctx)
{
	return ctx->execution->now_us;
}

void cqrs_random(const struct cqrs_context *ctx, void *out, size_t size)
{
	const struct cqrs_environment *environment = &ctx->call->framework->environment;

	environment->random(environment->self, out, size);
}

const struct cqrs_metadata *cqrs_context_metadata(const struct cqrs_context *ctx)
{
	return &ctx->execution->options.metadata;
}

struct cqrs_arena *cqrs_context_arena(const struct cqrs_context *ctx)
{
	return &ctx->call->worker->arena;
}

/* ---- deciding ---- */

/* A stored outcome, or CQRS_ERR_NOT_FOUND. */
static enum cqrs_status find_outcome(struct cqrs__call *call, struct cqrs__execution *execution)
{
	const struct cqrs_stream stream = {
		.type = execution->command->aggregate->aggregate->type,
		.id = execution->entry->id,
	};
	struct cqrs_error *err = execution->request->err;
	struct cqrs_key_record record;
	enum cqrs_status status = cqrs_store_load_key(
		call->framework->store, &stream, execution->options.idempotency_key, &record, err);

	if (status != CQRS_OK)
		return status;
	if (memcmp(&record.command, &execution->command_hash, sizeof(record.command)) != 0) {
		status = cqrs_error_set(err, CQRS_ERR_INVALID,
		                        "the idempotency key was used for another command");
		if (err)
			strcpy(err->code, "idempotency_key_reused");
		return status;
	}
	execution->repeated = true;
	execution->first_sequence = record.first_sequence;
	execution->last_sequence = record.last_sequence;
	return CQRS_OK;
}

bool cqrs__execution_recall(struct cqrs__call *call, struct cqrs__execution *execution)
{
	struct cqrs_error *err = execution->request->err;
	struct cqrs_error reason = CQRS_ERROR_INIT;

	if (!execution->options.idempotency_key)
		return false;
	if (err)
		reason = *err;
	if (find_outcome(call, execution) == CQRS_OK) {
		cqrs__execution_finish(execution, CQRS_OK);
		return true;
	}
	if (err)
		*err = reason;
	return false;
}

void cqrs__execution_forgo(struct cqrs__call *call, struct cqrs__execution *execution)
{
	struct cqrs_error *err = execution->request->err;

	if (execution->progress == CQRS__PENDING && cqrs__execution_recall(call, execution))
		return;
	cqrs_error_set(err, CQRS_ERR_CONFLICT,
	               "not executed, since another command of the unit of work failed");
	if (err)
		strcpy(err->code, "not_executed");
	cqrs__execution_finish(execution, CQRS_ERR_CONFLICT);
}

static enum cqrs_status check_sequence(const struct cqrs__execution *execution)
{
	uint64_t expected = execution->options.expected_sequence;
	uint64_t head = execution->base_sequence;
	enum cqrs_status status;

	if (!execution->options.check_sequence || expected == CQRS_EXPECT_ANY || expected == head ||
	    (expected == CQRS_EXPECT_EXISTS && head > 0))
		return CQRS_OK;
	status = expected == CQRS_EXPECT_EXISTS
	                 ? cqrs_error_set(execution->request->err, CQRS_ERR_CONFLICT,
	                                  "%s '%.100s' has no events",
	                                  execution->command->aggregate->aggregate->type,
	                                  execution->entry->id)
	                 : cqrs_error_set(execution->request->err, CQRS_ERR_CONFLICT,
	                                  "%s '%.100s' is at sequence %llu, expected %llu",
	                                  execution->command->aggregate->aggregate->type,
	                                  execution->entry->id, (unsigned long long)head,
	                                  (unsigned long long)expected);
	cqrs_error_set_path(execution->request->err, "expected_sequence");
	return status;
}

/* The ids that its events carry; whatever is there already is kept, also over retries. */
static void give_ids(struct cqrs__call *call, struct cqrs__execution *execution)
{
	const struct cqrs_execute_options *options = &execution->options;
	const struct cqrs_id *id = &execution->command_id;

	if (cqrs_id_is_none(id))
		execution->command_id = cqrs__id_new(&call->worker->ids, execution->now_us);
	execution->correlation_id =
		cqrs_id_is_none(&options->correlation_id) ? *id : options->correlation_id;
	execution->causation_id =
		cqrs_id_is_none(&options->causation_id) ? *id : options->causation_id;
}

static enum cqrs_status run_handler(struct cqrs__call *call, struct cqrs__execution *execution)
{
	const struct cqrs_environment *environment = &call->framework->environment;
	struct cqrs_context ctx = { .call = call, .execution = execution };
	struct cqrs__entry *entry = execution->entry;
	enum cqrs_status returned;

	/* The time of a stream never goes back, whatever the clock does. */
	execution->now_us = environment->now_us(environment->self);
	if (execution->now_us < entry->state.recorded_at_us)
		execution->now_us = entry->state.recorded_at_us;
	give_ids(call, execution);
	returned = execution->command->handle(&ctx, entry->state.held.value, execution->payload);
	if (ctx.status != CQRS_OK)
		return ctx.status;
	if (returned == CQRS_OK)
		return CQRS_OK;
	/* Not a word from emit, reject or fail: it means nothing here, least of all a conflict. */
	return cqrs_fail(&ctx, "the handler returned '%s' and gave no reason",
	                 cqrs_status_name(returned));
}

void cqrs__execution_decide(struct cqrs__call *call, struct cqrs__execution *execution)
{
	struct cqrs_error *err = execution->request->err;
	struct cqrs__entry *entry = execution->entry;
	enum cqrs_status status;

	execution->event_count = 0;
	if (execution->options.idempotency_key) {
		status = find_outcome(call, execution);
		if (status != CQRS_ERR_NOT_FOUND) {
			cqrs__execution_finish(execution, status);
			return;
		}
	}
	cqrs__store_prefetch(call->framework->store, entry->place);
	status = load_entry(call, entry, err);
	if (status != CQRS_OK) {
		cqrs__execution_finish(execution, status);
		return;
	}
	execution->base_sequence = entry->state.sequence;
	status = check_sequence(execution);
	if (status == CQRS_OK)
		status = run_handler(call, execution);
	if (status == CQRS_OK)
		entry->broken = false;
	execution->status = status;
	execution->progress = CQRS__DECIDED;
}
