/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * unit.c - from decided executions to one commit: their events by stream, the streams'
 * views and snapshots, keys, and the streams that were only looked at.
 */
#include "framework/execution.h"

#include "domain/held.h"
#include "store/front.h"

/* One stream of a unit while it is described. */
struct part {
	struct cqrs__entry *entry;
	struct cqrs_stream stream;
	uint64_t base_sequence;
	size_t event_count;
	struct cqrs_event_data *events;
	struct cqrs_envelope *envelopes; /* NULL: nobody is told of the events */
};

static enum cqrs_status no_memory(struct cqrs_error *err)
{
	return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a commit");
}

static bool is_decided(const struct cqrs__execution *execution)
{
	return execution->progress == CQRS__DECIDED;
}

/*
 * One of a commit's lists, which is made when the first thing is put there: with room for
 * one of each execution, or of each execution's stream.
 */
static void *list_of(struct cqrs__call *call, const struct cqrs__unit *unit, const void *list,
                     size_t item_size)
{
	if (list)
		return (void *)(uintptr_t)list;
	return cqrs__arena_allocate(&call->worker->arena, unit->count * item_size);
}

static void fill_envelope(const struct cqrs__execution *execution, size_t index, uint64_t sequence,
                          struct cqrs_envelope *out)
{
	const struct cqrs_event_data *data = &execution->events[index];

	*out = (struct cqrs_envelope){
		.event_id = data->event_id,
		.correlation_id = data->correlation_id,
		.causation_id = data->causation_id,
		.aggregate_type = execution->command->aggregate->aggregate->type,
		.aggregate_id = execution->entry->id,
		.sequence = sequence,
		.recorded_at_us = data->recorded_at_us,
		.event_type = data->type,
		.event_version = data->version,
		.metadata = execution->options.metadata,
		.type = execution->emitted[index].type,
		.payload = execution->emitted[index].payload,
		.payload_json = data->payload,
	};
}

/* The next of a unit's executions, from one on, that has a part in a stream's events. */
static struct cqrs__execution *next_on(const struct cqrs__unit *unit, const struct part *part,
                                       struct cqrs__execution *from)
{
	for (; from < unit->executions + unit->count; from++)
		if (is_decided(from) && from->entry == part->entry)
			return from;
	return NULL;
}

static bool are_envelopes_wanted(const struct cqrs__call *call, const struct cqrs__unit *unit,
                                 const struct part *part)
{
	struct cqrs__execution *execution = next_on(unit, part, unit->executions);

	if (part->entry->state.aggregate->view_count || call->framework->query_count)
		return true;
	for (; execution; execution = next_on(unit, part, execution + 1))
		if (execution->options.events_arena)
			return true;
	return false;
}

static bool make_envelopes(struct cqrs__call *call, const struct cqrs__unit *unit,
                           struct part *part)
{
	struct cqrs__execution *execution = next_on(unit, part, unit->executions);
	size_t next = 0;

	part->envelopes = cqrs__arena_allocate(&call->worker->arena,
	                                       part->event_count * sizeof(*part->envelopes));
	if (!part->envelopes)
		return false;
	for (; execution; execution = next_on(unit, part, execution + 1)) {
		execution->envelopes = &part->envelopes[next];
		for (size_t i = 0; i < execution->event_count; i++, next++)
			fill_envelope(execution, i, part->base_sequence + 1 + next,
			              &part->envelopes[next]);
	}
	return true;
}

/* The events of all the unit's executions on one stream, in order. */
static bool gather_events(struct cqrs__call *call, const struct cqrs__unit *unit, struct part *part)
{
	struct cqrs__execution *execution = next_on(unit, part, unit->executions);
	size_t next = 0;

	for (; execution; execution = next_on(unit, part, execution + 1)) {
		execution->envelopes = NULL;
		if (!execution->event_count)
			continue;
		/* Those of one are together already. */
		part->events = part->event_count ? NULL : execution->events;
		part->event_count += execution->event_count;
	}
	if (!part->events) {
		part->events = cqrs__arena_allocate(&call->worker->arena,
		                                    part->event_count * sizeof(*part->events));
		if (!part->events)
			return false;
		execution = next_on(unit, part, unit->executions);
		for (; execution; execution = next_on(unit, part, execution + 1))
			for (size_t i = 0; i < execution->event_count; i++)
				part->events[next++] = execution->events[i];
	}
	return !are_envelopes_wanted(call, unit, part) || make_envelopes(call, unit, part);
}

/* The state is old, or the stream was deleted, which leaves its views. */
static enum cqrs_status view_is_ahead(struct cqrs__call *call, const struct part *part,
                                      const struct cqrs_view *view, struct cqrs_error *err)
{
	uint64_t head;
	enum cqrs_status status =
		cqrs_store_read_head(call->framework->store, &part->stream, &head, err);

	if (status != CQRS_OK)
		return status;
	return cqrs_error_set(err, CQRS_ERR_CONFLICT,
	                      "view %s '%.100s' is ahead of the stream as loaded", view->type,
	                      part->entry->id);
}

/*
 * Fold the events before the unit's. Nothing of the unit is stored by that, so an outcome
 * that is unknown here is none for the command.
 */
static enum cqrs_status catch_up(struct cqrs__call *call, const struct part *part,
                                 struct cqrs__held_view *view, struct cqrs_error *err)
{
	enum cqrs_status status = cqrs__view_catch_up(call->framework, &call->worker->scratch, view,
	                                              part->entry->id, part->base_sequence, err);

	if (status != CQRS_ERR_UNKNOWN)
		return status;
	if (err)
		err->status = CQRS_ERR_UNAVAILABLE;
	return CQRS_ERR_UNAVAILABLE;
}

/* A row that no longer decodes (its struct was changed) is derived data: it is made anew. */
static enum cqrs_status load_view(struct cqrs__call *call, const struct part *part,
                                  struct cqrs__held_view *view, struct cqrs_error *err)
{
	struct cqrs_framework *framework = call->framework;
	enum cqrs_status status = cqrs__held_view_load(view, framework->store, part->entry->id,
	                                               &call->worker->scratch, err);

	if (status != CQRS_ERR_CORRUPT)
		return status;
	cqrs_log(&framework->environment, CQRS_LOG_WARN,
	         "view %s '%s' does not decode and is built again from its events",
	         view->view->type, part->entry->id);
	return cqrs__view_start_over(framework, view, part->entry->id, err);
}

/* The unit's views are as many as those of its streams; as many as of its executions will do. */
static size_t count_views(const struct cqrs__unit *unit)
{
	size_t count = 0;

	for (size_t i = 0; i < unit->count; i++)
		if (is_decided(&unit->executions[i]))
			count += unit->executions[i].command->aggregate->view_count;
	return count;
}

static enum cqrs_status fold_views(struct cqrs__call *call, struct cqrs__unit *unit,
                                   const struct part *part, struct cqrs_error *err)
{
	struct cqrs_commit *commit = &unit->commit;
	struct cqrs_view_write *writes = (struct cqrs_view_write *)(uintptr_t)commit->views;

	if (!writes && part->entry->state.aggregate->view_count) {
		writes = cqrs__arena_allocate(&call->worker->arena,
		                              count_views(unit) * sizeof(*writes));
		if (!writes)
			return no_memory(err);
		commit->views = writes;
	}
	for (size_t i = 0; i < part->entry->state.aggregate->view_count; i++) {
		struct cqrs__held_view *view = &part->entry->views[i];
		enum cqrs_status status = CQRS_OK;

		cqrs_arena_reset(&call->worker->scratch);
		if (!view->loaded)
			status = load_view(call, part, view, err);
		if (status == CQRS_OK && view->version > part->base_sequence)
			status = view_is_ahead(call, part, view->view, err);
		if (status == CQRS_OK && view->version < part->base_sequence)
			status = catch_up(call, part, view, err);
		if (status == CQRS_OK)
			status = cqrs__held_view_fold(view, part->entry->id, part->envelopes,
			                              part->event_count, &call->worker->arena,
			                              &writes[commit->view_count], err);
		if (status != CQRS_OK)
			return status;
		commit->view_count++;
	}
	return CQRS_OK;
}

static enum cqrs_status add_snapshot(struct cqrs__call *call, struct cqrs__unit *unit,
                                     const struct part *part, struct cqrs_error *err)
{
	const struct cqrs__state *state = &part->entry->state;
	uint64_t every = state->aggregate->aggregate->snapshot_every;
	const struct cqrs_store_limits *limits = cqrs_store_get_limits(call->framework->store);
	struct cqrs_commit *commit = &unit->commit;
	struct cqrs_snapshot_write *writes;
	struct cqrs_text json;
	enum cqrs_status status;

	if (!every || part->base_sequence / every == state->sequence / every)
		return CQRS_OK;
	status = cqrs_record_encode(state->held.record, state->held.value, CQRS_ALLOW_NULL_TEXT,
	                            &call->worker->arena, &json, err);
	if (status == CQRS_ERR_NOMEM)
		return status;
	if (status != CQRS_OK || json.len > limits->view_size) {
		/* Only a help for loading: a state that cannot be stored fails no command. */
		cqrs_log(&call->framework->environment, CQRS_LOG_WARN,
		         "no snapshot of %s '%s': its state cannot be stored", part->stream.type,
		         part->stream.id);
		return CQRS_OK;
	}
	writes = list_of(call, unit, commit->snapshots, sizeof(*writes));
	if (!writes)
		return no_memory(err);
	commit->snapshots = writes;
	writes[commit->snapshot_count++] = (struct cqrs_snapshot_write){
		.stream = part->stream,
		.snapshot = { .sequence = state->sequence,
		              .fingerprint = state->aggregate->fingerprint,
		              .recorded_at_us = state->recorded_at_us,
		              .state = json },
	};
	return CQRS_OK;
}

static enum cqrs_status add_append(struct cqrs__call *call, struct cqrs__unit *unit,
                                   struct cqrs__execution *execution, struct cqrs_error *err)
{
	struct cqrs_commit *commit = &unit->commit;
	struct part part = {
		.entry = execution->entry,
		.stream = { execution->command->aggregate->aggregate->type, execution->entry->id },
		.base_sequence = execution->base_sequence,
	};
	enum cqrs_status status;

	commit->appends = list_of(call, unit, commit->appends, sizeof(*commit->appends));
	if (!commit->appends || !gather_events(call, unit, &part))
		return no_memory(err);
	commit->appends[commit->append_count++] = (struct cqrs_append){
		.stream = part.stream,
		.expected_sequence = part.base_sequence,
		.events = part.events,
		.event_count = part.event_count,
		.place = part.entry->place,
	};
	status = fold_views(call, unit, &part, err);
	if (status == CQRS_OK)
		status = add_snapshot(call, unit, &part, err);
	return status;
}

static enum cqrs_status add_key(struct cqrs__call *call, struct cqrs__unit *unit,
                                const struct cqrs__execution *execution, struct cqrs_error *err)
{
	struct cqrs_commit *commit = &unit->commit;
	struct cqrs_key_write *writes = list_of(call, unit, commit->keys, sizeof(*writes));
	uint64_t emitted = execution->event_count;

	if (!writes)
		return no_memory(err);
	commit->keys = writes;
	writes[commit->key_count++] = (struct cqrs_key_write){
		.stream = { execution->command->aggregate->aggregate->type, execution->entry->id },
		.key = execution->options.idempotency_key,
		.record = { .command = execution->command_hash,
		            .first_sequence = emitted ? execution->base_sequence + 1 : 0,
		            .last_sequence = emitted ? execution->base_sequence + emitted : 0,
		            .recorded_at_us = execution->now_us },
	};
	return CQRS_OK;
}

/* A stream that the unit decided on and does not write to must not have moved either. */
static enum cqrs_status add_expect(struct cqrs__call *call, struct cqrs__unit *unit,
                                   const struct cqrs__execution *execution, struct cqrs_error *err)
{
	struct cqrs_commit *commit = &unit->commit;
	struct cqrs_expect *writes;

	if (execution->entry->unit == unit)
		return CQRS_OK;
	writes = list_of(call, unit, commit->expects, sizeof(*writes));
	if (!writes)
		return no_memory(err);
	commit->expects = writes;
	execution->entry->unit = unit;
	writes[commit->expect_count++] = (struct cqrs_expect){
		.stream = { execution->command->aggregate->aggregate->type, execution->entry->id },
		.expected_sequence = execution->base_sequence,
	};
	return CQRS_OK;
}

/* A commit that only its snapshots make too large goes without them. */
static void spare_snapshots(struct cqrs__call *call, struct cqrs_commit *commit)
{
	if (!commit->snapshot_count ||
	    cqrs__commit_size(commit) <= cqrs_store_get_limits(call->framework->store)->commit_size)
		return;
	cqrs_log(&call->framework->environment, CQRS_LOG_WARN,
	         "no snapshot of %s '%s': the commit would be too large",
	         commit->snapshots[0].stream.type, commit->snapshots[0].stream.id);
	commit->snapshot_count = 0;
}

static enum cqrs_status describe(struct cqrs__call *call, struct cqrs__unit *unit,
                                 struct cqrs_error *err)
{
	enum cqrs_status status = CQRS_OK;

	for (size_t i = 0; i < unit->count && status == CQRS_OK; i++) {
		struct cqrs__execution *execution = &unit->executions[i];

		if (!is_decided(execution))
			continue;
		if (execution->options.idempotency_key)
			status = add_key(call, unit, execution, err);
		if (status == CQRS_OK && execution->event_count && execution->entry->unit != unit) {
			execution->entry->unit = unit;
			status = add_append(call, unit, execution, err);
		}
	}
	if (status != CQRS_OK)
		return status;
	unit->commits = unit->commit.append_count || unit->commit.key_count;
	spare_snapshots(call, &unit->commit);
	for (size_t i = 0; i < unit->count && unit->commits && status == CQRS_OK; i++)
		if (is_decided(&unit->executions[i]))
			status = add_expect(call, unit, &unit->executions[i], err);
	return status;
}

enum cqrs_status cqrs__unit_build(struct cqrs__call *call, struct cqrs__unit *unit,
                                  struct cqrs_error *err)
{
	enum cqrs_status status;

	unit->commit.err = err;
	status = describe(call, unit, err);
	for (size_t i = 0; i < unit->count; i++) {
		struct cqrs__entry *entry = unit->executions[i].entry;

		entry->unit = NULL;
		if (status == CQRS_OK && is_decided(&unit->executions[i]) &&
		    unit->executions[i].event_count)
			entry->after = unit;
	}
	if (unit->after && unit->after->commits)
		unit->commit.after = &unit->after->commit;
	return status;
}
