/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* outcome.c - after the commit: queries are told, and results filled for the caller. */
#include "framework/execution.h"

#include "core/error.h"
#include "domain/stored.h"
#include "query/dispatch.h"

#include <string.h>

void cqrs__call_dispatch(struct cqrs__call *call)
{
	struct cqrs_framework *framework = call->framework;

	for (size_t i = 0; i < call->count && framework->query_count; i++) {
		struct cqrs__execution *execution = &call->executions[i];

		if (execution->status == CQRS_OK && !execution->repeated && execution->event_count)
			execution->failed_queries = cqrs__queries_dispatch(
				framework->queries, framework->query_count, execution->envelopes,
				execution->event_count, &framework->environment);
	}
}

/* Copies of the events just committed, in the caller's arena. */
static enum cqrs_status copy_events(const struct cqrs__execution *execution,
                                    struct cqrs_result *result, struct cqrs_error *err)
{
	struct cqrs_arena *arena = execution->options.events_arena;
	struct cqrs_envelope *events =
		cqrs__arena_allocate(arena, execution->event_count * sizeof(*events));

	if (!events)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for the result's events");
	for (size_t i = 0; i < execution->event_count; i++) {
		enum cqrs_status status =
			cqrs__envelope_copy(&execution->envelopes[i], arena, &events[i], err);

		if (status != CQRS_OK)
			return status;
	}
	result->events = events;
	result->event_count = execution->event_count;
	return CQRS_OK;
}

/* The events of a command that was committed before, read again. */
static enum cqrs_status read_events(struct cqrs__call *call,
                                    const struct cqrs__execution *execution,
                                    struct cqrs_result *result, struct cqrs_error *err)
{
	const struct cqrs_aggregate *aggregate = execution->command->aggregate->aggregate;
	const struct cqrs_stream stream = { aggregate->type, execution->entry->id };
	struct cqrs_arena *arena = execution->options.events_arena;
	size_t total = (size_t)(execution->last_sequence - execution->first_sequence + 1);
	struct cqrs_envelope *events = cqrs__arena_allocate(arena, total * sizeof(*events));
	enum cqrs_status status = CQRS_OK;
	size_t count = 0;

	if (!events)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for the result's events");
	while (count < total && status == CQRS_OK) {
		struct cqrs_event_page page;

		status = cqrs_store_read_stream(call->framework->store, &stream,
		                                execution->first_sequence - 1 + count,
		                                total - count, arena, &page, err);
		if (status == CQRS_OK && !page.count)
			status = cqrs_error_set(err, CQRS_ERR_CORRUPT,
			                        "the events of a stored outcome are missing");
		for (size_t i = 0; i < page.count && status == CQRS_OK; i++, count++)
			status = cqrs__stored_envelope(aggregate, &page.items[i], arena,
			                               &events[count], err);
	}
	if (status != CQRS_OK)
		return status;
	result->events = events;
	result->event_count = count;
	return CQRS_OK;
}

/* Where the last event of a stored outcome stands in its feed. */
static enum cqrs_status find_offset(struct cqrs__call *call, struct cqrs__execution *execution,
                                    struct cqrs_error *err)
{
	const struct cqrs_stream stream = { execution->command->aggregate->aggregate->type,
		                            execution->entry->id };
	struct cqrs_event_page page;
	enum cqrs_status status;

	cqrs_arena_reset(&call->worker->scratch);
	status = cqrs_store_read_stream(call->framework->store, &stream,
	                                execution->last_sequence - 1, 1, &call->worker->scratch,
	                                &page, err);
	if (status == CQRS_OK && !page.count)
		status = cqrs_error_set(err, CQRS_ERR_CORRUPT,
		                        "the events of a stored outcome are missing");
	if (status != CQRS_OK)
		return status;
	execution->feed = page.items[0].feed;
	execution->last_offset = page.items[0].offset;
	return CQRS_OK;
}

/* What fails here undoes nothing: the result then lacks the place in the feed, or the events. */
static enum cqrs_status fill_result(struct cqrs__call *call, struct cqrs__execution *execution,
                                    struct cqrs_result *result, struct cqrs_error *err)
{
	enum cqrs_status status = CQRS_OK;

	if (execution->repeated && execution->last_sequence)
		status = find_offset(call, execution, err);
	*result = (struct cqrs_result){
		.aggregate_type = execution->command->aggregate->aggregate->type,
		.command_id = execution->command_id,
		.first_sequence = execution->first_sequence,
		.last_sequence = execution->last_sequence,
		.feed = execution->feed,
		.last_offset = execution->last_offset,
		.repeated = execution->repeated,
		.failed_queries = execution->failed_queries,
	};
	strcpy(result->aggregate_id, execution->entry->id);
	if (status != CQRS_OK || !execution->options.events_arena || !execution->last_sequence)
		return status;
	return execution->repeated ? read_events(call, execution, result, err)
	                           : copy_events(execution, result, err);
}

void cqrs__call_report(struct cqrs__call *call)
{
	for (size_t i = 0; i < call->count; i++) {
		struct cqrs__execution *execution = &call->executions[i];
		struct cqrs_request *request = execution->request;
		struct cqrs_error failure;

		request->status = execution->status;
		if (request->status != CQRS_OK)
			continue;
		if (request->err) /* what earlier tries left there is over */
			cqrs__error_clear(request->err);
		if (request->result &&
		    fill_result(call, execution, request->result, &failure) != CQRS_OK)
			cqrs_log(
				&call->framework->environment, CQRS_LOG_ERROR,
				"the result of a command on %s '%s', which is stored, could not be "
				"completed: %s",
				execution->command->aggregate->aggregate->type,
				execution->entry->id, failure.message);
	}
}
