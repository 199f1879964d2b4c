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
	struct cqrs_event_data *data;
	struct cqrs_envelope *envelopes;
};

static enum cqrs_status no_memory(struct cqrs_error *err)
{
	return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a commit");
}

static bool is_decided(const struct cqrs__execution *execution)
{
	return execution->progress == CQRS__DECIDED;
}

/* Arrays for the largest the unit can become; a unit of one execution is the usual case. */
static bool allocate_arrays(struct cqrs__call *call, struct cqrs__unit *unit)
{
	struct cqrs_arena *arena = &call->worker->arena;
	struct cqrs_commit *commit = &unit->commit;
	size_t views = 0;

	for (size_t i = 0; i < unit->count; i++)
		if (is_decided(&unit->executions[i]))
			views += unit->executions[i].command->aggregate->view_count;
	commit->appends = cqrs__arena_allocate(arena, unit->count * sizeof(*commit->appends));
	commit->expects = cqrs__arena_allocate(arena, unit->count * sizeof(*commit->expects));
	commit->snapshots = cqrs__arena_allocate(arena, unit->count * sizeof(*commit->snapshots));
	commit->keys = cqrs__arena_allocate(arena, unit->count * sizeof(*commit->keys));
	commit->views = cqrs__arena_allocate(arena, views * sizeof(*commit->views));
	return commit->appends && commit->expects && commit->snapshots && commit->keys &&
	       commit->views;
}

static void fill_envelope(const struct cqrs__execution *execution,
                          const struct cqrs__emitted *emitted, uint64_t sequence,
                          struct cqrs_envelope *out)
{
	*out = (struct cqrs_envelope){
		.event_id = emitted->data.event_id,
		.correlation_id = emitted->data.correlation_id,
		.causation_id = emitted->data.causation_id,
		.aggregate_type = execution->command->aggregate->aggregate->type,
		.aggregate_id = execution->entry->id,
		.sequence = sequence,
		.recorded_at_us = emitted->data.recorded_at_us,
		.event_type = emitted->data.type,
		.event_version = emitted->data.version,
		.metadata = execution->options.metadata,
		.type = emitted->entry->type,
		.payload = emitted->payload,
		.payload_json = emitted->data.payload,
	};
}

/* Gather the events of all the unit's executions on one stream, in order. */
static bool gather_events(struct cqrs__call *call, struct cqrs__unit *unit, struct part *part)
{
	struct cqrs_arena *arena = &call->worker->arena;
	size_t next = 0;

	for (size_t i = 0; i < unit->count; i++)
		if (is_decided(&unit->executions[i]) && unit->executions[i].entry == part->entry)
			part->event_count += unit->executions[i].event_count;
	part->data = cqrs__arena_allocate(arena, part->event_count * sizeof(*part->data));
	part->envelopes = cqrs__arena_allocate(arena, part->event_count * sizeof(*part->envelopes));
	if (!part->data || !part->envelopes)
		return false;
	for (size_t i = 0; i < unit->count; i++) {
		struct cqrs__execution *execution = &unit->executions[i];

		if (!is_decided(execution) || execution->entry != part->entry)
			continue;
		execution->envelopes = &part->envelopes[next];
		for (size_t j = 0; j < execution->event_count; j++, next++) {
			part->data[next] = execution->events[j].data;
			fill_envelope(execution, &execution->events[j],
			              part->base_sequence + 1 + next, &part->envelopes[next]);
		}
	}
	return true;
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

static enum cqrs_status fold_views(struct cqrs__call *call, struct cqrs_commit *commit,
                                   const struct part *part, struct cqrs_error *err)
{
	struct cqrs_view_write *writes = (struct cqrs_view_write *)(uintptr_t)commit->views;

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

static enum cqrs_status add_snapshot(struct cqrs__call *call, struct cqrs_commit *commit,
                                     const struct part *part, struct cqrs_error *err)
{
	const struct cqrs__state *state = &part->entry->state;
	uint64_t every = state->aggregate->aggregate->snapshot_every;
	const struct cqrs_store_limits *limits = cqrs_store_get_limits(call->framework->store);
	struct cqrs_snapshot_write *writes =
		(struct cqrs_snapshot_write *)(uintptr_t)commit->snapshots;
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

	if (!gather_events(call, unit, &part))
		return no_memory(err);
	commit->appends[commit->append_count++] = (struct cqrs_append){
		.stream = part.stream,
		.expected_sequence = part.base_sequence,
		.events = part.data,
		.event_count = part.event_count,
	};
	status = fold_views(call, commit, &part, err);
	if (status == CQRS_OK)
		status = add_snapshot(call, commit, &part, err);
	return status;
}

static void add_key(struct cqrs_commit *commit, const struct cqrs__execution *execution)
{
	struct cqrs_key_write *writes = (struct cqrs_key_write *)(uintptr_t)commit->keys;
	uint64_t emitted = execution->event_count;

	writes[commit->key_count++] = (struct cqrs_key_write){
		.stream = { execution->command->aggregate->aggregate->type, execution->entry->id },
		.key = execution->options.idempotency_key,
		.record = { .command = execution->command_hash,
		            .first_sequence = emitted ? execution->base_sequence + 1 : 0,
		            .last_sequence = emitted ? execution->base_sequence + emitted : 0,
		            .recorded_at_us = execution->now_us },
	};
}

/* A stream that the unit decided on and does not write to must not have moved either. */
static void add_expect(struct cqrs__unit *unit, const struct cqrs__execution *execution)
{
	struct cqrs_commit *commit = &unit->commit;
	struct cqrs_expect *writes = (struct cqrs_expect *)(uintptr_t)commit->expects;

	if (execution->entry->unit == unit)
		return;
	execution->entry->unit = unit;
	writes[commit->expect_count++] = (struct cqrs_expect){
		.stream = { execution->command->aggregate->aggregate->type, execution->entry->id },
		.expected_sequence = execution->base_sequence,
	};
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
			add_key(&unit->commit, execution);
		if (execution->event_count && execution->entry->unit != unit) {
			execution->entry->unit = unit;
			status = add_append(call, unit, execution, err);
		}
	}
	if (status != CQRS_OK)
		return status;
	unit->commits = unit->commit.append_count || unit->commit.key_count;
	spare_snapshots(call, &unit->commit);
	for (size_t i = 0; i < unit->count && unit->commits; i++)
		if (is_decided(&unit->executions[i]))
			add_expect(unit, &unit->executions[i]);
	return CQRS_OK;
}

enum cqrs_status cqrs__unit_build(struct cqrs__call *call, struct cqrs__unit *unit,
                                  struct cqrs_error *err)
{
	enum cqrs_status status;

	if (!allocate_arrays(call, unit))
		return no_memory(err);
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
