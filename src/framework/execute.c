/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* execute.c - executing commands: take the turns, decide and commit in rounds, tell, pass on. */
#include "framework/execution.h"

#include <stdlib.h>
#include <string.h>

/* ---- turns ---- */

/* The hash apart, so that sorting touches little memory. */
struct waiting {
	uint64_t hash; /* of its stream */
	struct cqrs__execution *execution;
};

static struct cqrs__turn_key key_of(const struct cqrs__call *call,
                                    const struct cqrs__execution *execution)
{
	return cqrs__turn_key(&call->framework->cache, execution->command->aggregate,
	                      execution->request->aggregate_id);
}

static int compare_streams(const void *a, const void *b)
{
	const struct waiting *left = a;
	const struct waiting *right = b;
	uintptr_t x = (uintptr_t)left->execution->command->aggregate;
	uintptr_t y = (uintptr_t)right->execution->command->aggregate;

	if (left->hash != right->hash)
		return left->hash < right->hash ? -1 : 1;
	if (x != y)
		return x < y ? -1 : 1;
	return strcmp(left->execution->request->aggregate_id,
	              right->execution->request->aggregate_id);
}

/* In sorted order, so that two calls never wait for each other. */
static enum cqrs_status take_turns(struct cqrs__call *call, struct waiting *sorted, size_t count,
                                   struct cqrs_error *err)
{
	for (size_t i = 0; i < count; i++) {
		struct cqrs__execution *execution = sorted[i].execution;
		struct cqrs__turn_key key = { sorted[i].hash, execution->command->aggregate,
			                      execution->request->aggregate_id };
		struct cqrs__turn turn;
		enum cqrs_status status;

		if (i && compare_streams(&sorted[i - 1], &sorted[i]) == 0) {
			execution->entry = sorted[i - 1].execution->entry;
			continue;
		}
		status = cqrs__turn_take(&call->framework->cache, &key, NULL, &turn, err);
		if (status != CQRS_OK)
			return status;
		execution->entry = turn.entry;
		call->entries[call->entry_count++] = turn.entry;
	}
	return CQRS_OK;
}

/*
 * Execute the commands of those who wait next on the stream together with the own one: they
 * are decided in the order they came and stored by one commit of the store.
 */
static void adopt_offers(struct cqrs__call *call, struct cqrs__entry *entry, size_t count)
{
	struct cqrs_arena *arena = &call->worker->arena;
	struct cqrs__execution **offers;
	struct cqrs__execution *executions;

	if (count > call->framework->max_adopted)
		count = call->framework->max_adopted;
	if (!count)
		return;
	offers = cqrs__arena_allocate(arena, count * sizeof(struct cqrs__execution *));
	executions = cqrs__arena_allocate(arena, (1 + count) * sizeof(*executions));
	if (!offers || !executions)
		return; /* each for itself, then */
	cqrs__turn_adopt(&call->framework->cache, entry, count, offers);
	executions[0] = call->executions[0];
	for (size_t i = 0; i < count; i++) {
		executions[1 + i] = *offers[i];
		executions[1 + i].entry = entry;
	}
	call->executions = executions;
	call->count = 1 + count;
}

/* The usual call: one command. While it waits for its turn, another thread may execute it. */
static enum cqrs_status begin_one(struct cqrs__call *call, struct cqrs_error *err)
{
	struct cqrs__execution *execution = &call->executions[0];
	struct cqrs__turn_key key;
	struct cqrs__turn turn;
	enum cqrs_status status;

	if (execution->progress != CQRS__PENDING)
		return CQRS_OK;
	key = key_of(call, execution);
	status = cqrs__turn_take(&call->framework->cache, &key,
	                         call->framework->max_adopted ? execution : NULL, &turn, err);
	if (status != CQRS_OK)
		return status;
	if (!turn.entry) {
		call->count = 0; /* its request has the outcome */
		return CQRS_OK;
	}
	execution->entry = turn.entry;
	call->entries[call->entry_count++] = turn.entry;
	adopt_offers(call, turn.entry, turn.offers);
	return CQRS_OK;
}

static enum cqrs_status begin(struct cqrs__call *call, struct cqrs_error *err)
{
	struct cqrs_arena *arena = &call->worker->arena;
	struct waiting *sorted = cqrs__arena_allocate(arena, call->count * sizeof(*sorted));
	size_t count = 0;

	call->entries = cqrs__arena_allocate(arena, call->count * sizeof(*call->entries));
	if (!sorted || !call->entries)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a call");
	if (call->count == 1)
		return begin_one(call, err);
	for (size_t i = 0; i < call->count; i++) {
		struct cqrs__execution *execution = &call->executions[i];

		if (execution->progress == CQRS__PENDING)
			sorted[count++] =
				(struct waiting){ key_of(call, execution).hash, execution };
	}
	if (count > 1)
		qsort(sorted, count, sizeof(*sorted), compare_streams);
	return take_turns(call, sorted, count, err);
}

/* Forget what an entry holds beyond the store, or was found to lack. */
static void drop_contents(struct cqrs__entry *entry)
{
	entry->loaded = false;
	entry->fresh = false;
	entry->broken = false;
	for (size_t i = 0; i < entry->state.aggregate->view_count; i++)
		entry->views[i].loaded = false;
}

static void drop_broken(struct cqrs__call *call)
{
	for (size_t i = 0; i < call->entry_count; i++) {
		call->entries[i]->after = NULL;
		if (call->entries[i]->broken)
			drop_contents(call->entries[i]);
	}
}

/* Keep what is held small. Without the memory for that, it is loaded again next time. */
static void compact(struct cqrs__call *call, struct cqrs__entry *entry)
{
	struct cqrs_arena *scratch = &call->worker->scratch;

	cqrs_arena_reset(scratch);
	if (entry->loaded && cqrs__held_compact(&entry->state.held, scratch, NULL) != CQRS_OK)
		entry->loaded = false;
	for (size_t i = 0; i < entry->state.aggregate->view_count; i++) {
		struct cqrs__held_view *view = &entry->views[i];

		cqrs_arena_reset(scratch);
		if (view->loaded && cqrs__held_compact(&view->held, scratch, NULL) != CQRS_OK)
			view->loaded = false;
	}
}

static void end(struct cqrs__call *call)
{
	for (size_t i = 0; i < call->entry_count; i++) {
		compact(call, call->entries[i]);
		cqrs__turn_pass(&call->framework->cache, call->entries[i]);
	}
}

/* ---- rounds ---- */

static void finish_pending(struct cqrs__call *call, const struct cqrs_error *reason)
{
	for (size_t i = 0; i < call->count; i++) {
		struct cqrs__execution *execution = &call->executions[i];

		if (execution->progress == CQRS__DONE)
			continue;
		if (execution->request->err)
			*execution->request->err = *reason;
		cqrs__execution_finish(execution, reason->status);
	}
}

/*
 * Others came first too often for those that were decided in vain. Whoever only waited for
 * them, on the same stream, is still to be decided. Where a commit was refused, err says
 * already what moved.
 */
static void give_up(struct cqrs__call *call, const struct cqrs__unit *unit)
{
	for (size_t i = 0; i < unit->count; i++) {
		struct cqrs__execution *execution = &unit->executions[i];
		struct cqrs_error *err = execution->request->err;

		if (execution->progress == CQRS__DONE || cqrs__execution_recall(call, execution))
			continue;
		if (err && err->status != CQRS_ERR_CONFLICT)
			cqrs_error_set(err, CQRS_ERR_CONFLICT,
			               "others wrote to %s '%.100s' each time before a decision "
			               "counted",
			               execution->command->aggregate->aggregate->type,
			               execution->entry->id);
		cqrs__execution_finish(execution, CQRS_ERR_CONFLICT);
	}
}

/* Who is told when the unit as a whole fails: the first whose caller wants to know. */
static struct cqrs__execution *find_spokesman(const struct cqrs__unit *unit)
{
	struct cqrs__execution *first = NULL;

	for (size_t i = 0; i < unit->count; i++) {
		struct cqrs__execution *execution = &unit->executions[i];

		if (execution->progress != CQRS__DECIDED)
			continue;
		if (execution->request->err)
			return execution;
		if (!first)
			first = execution;
	}
	return first;
}

static void decide_unit(struct cqrs__call *call, struct cqrs__unit *unit)
{
	struct cqrs__execution *refused = NULL;
	struct cqrs__execution *spokesman;
	enum cqrs_status status;

	for (size_t i = 0; i < unit->count && !refused; i++) {
		struct cqrs__execution *execution = &unit->executions[i];

		if (execution->progress == CQRS__DONE)
			continue;
		cqrs__execution_decide(call, execution);
		if (execution->status != CQRS_OK)
			refused = execution;
	}
	spokesman = refused ? NULL : find_spokesman(unit);
	if (!spokesman)
		return;
	status = cqrs__unit_build(call, unit, spokesman->request->err);
	if (status == CQRS_OK)
		return;
	unit->commits = false;
	unit->stale = status == CQRS_ERR_CONFLICT;
	spokesman->status = status;
	for (size_t i = 0; i < unit->count; i++)
		if (unit->executions[i].progress == CQRS__DECIDED)
			unit->executions[i].entry->broken = true;
}

static size_t decide_together(struct cqrs__call *call, struct cqrs__unit *units)
{
	units[0].executions = call->executions;
	units[0].count = call->count;
	decide_unit(call, &units[0]);
	return 1;
}

static size_t decide_each(struct cqrs__call *call, struct cqrs__unit *units)
{
	size_t count = 0;

	for (size_t i = 0; i < call->count; i++) {
		struct cqrs__execution *execution = &call->executions[i];
		struct cqrs__unit *unit = &units[count];

		if (execution->progress != CQRS__PENDING || execution->entry->broken)
			continue;
		/* A unit that came to nothing was not built, and is zero but for these. */
		unit->executions = execution;
		unit->count = 1;
		unit->after = execution->entry->after;
		decide_unit(call, unit);
		if (execution->progress == CQRS__DECIDED)
			count++;
	}
	return count;
}

/* One that could not even be decided (the store, a stored outcome): the others fall with it. */
static void spread_failure(struct cqrs__call *call)
{
	const struct cqrs__execution *failed = NULL;

	for (size_t i = 0; i < call->count && !failed; i++)
		if (call->executions[i].progress == CQRS__DONE &&
		    call->executions[i].status != CQRS_OK)
			failed = &call->executions[i];
	if (!failed)
		return;
	for (size_t i = 0; i < call->count; i++) {
		struct cqrs__execution *execution = &call->executions[i];

		if (execution->progress == CQRS__DONE)
			continue;
		if (execution->progress == CQRS__DECIDED && execution->event_count)
			execution->entry->broken = true;
		cqrs__execution_forgo(call, execution);
	}
}

static bool any_pending(const struct cqrs__call *call)
{
	for (size_t i = 0; i < call->count; i++)
		if (call->executions[i].progress == CQRS__PENDING)
			return true;
	return false;
}

static bool any_stale(const struct cqrs__unit *units, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (units[i].stale)
			return true;
	return false;
}

/* Between rounds that foreign writers made necessary: a random time, longer each round. */
static void pause(struct cqrs__call *call)
{
	const struct cqrs_environment *environment = &call->framework->environment;
	uint64_t most = UINT64_C(200) << (call->retries < 8 ? call->retries : 8);
	uint64_t random = 0;

	environment->random(environment->self, &random, sizeof(random));
	environment->sleep_us(environment->self, random % most);
}

static void run_rounds(struct cqrs__call *call)
{
	size_t max_units = call->together ? 1 : call->count;

	while (any_pending(call)) {
		struct cqrs__unit *units =
			cqrs__arena_zeroed(&call->worker->arena, max_units, sizeof(*units));
		size_t count;

		if (!units) {
			struct cqrs_error reason;

			cqrs_error_set(&reason, CQRS_ERR_NOMEM, "no memory for a call");
			finish_pending(call, &reason);
			return;
		}
		count = call->together ? decide_together(call, units) : decide_each(call, units);
		if (call->together)
			spread_failure(call);
		cqrs__units_settle(call, units, count);
		drop_broken(call);
		if (!any_stale(units, count) || !any_pending(call))
			continue;
		if (call->retries < call->framework->conflict_retries) {
			pause(call);
			call->retries++;
			continue;
		}
		for (size_t i = 0; i < count; i++)
			if (units[i].stale)
				give_up(call, &units[i]);
	}
}

/* ---- the calls ---- */

static enum cqrs_status run(struct cqrs__call *call, struct cqrs_request *requests,
                            struct cqrs_error *err)
{
	struct cqrs_error failure;
	enum cqrs_status status;

	call->executions =
		cqrs__arena_zeroed(&call->worker->arena, call->count, sizeof(*call->executions));
	if (!call->executions)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a call");
	cqrs__call_prepare(call, requests);
	status = begin(call, &failure);
	if (status == CQRS_OK && call->together)
		spread_failure(call);
	if (status == CQRS_OK)
		run_rounds(call);
	else
		finish_pending(call, &failure);
	cqrs__call_dispatch(call);
	cqrs__call_report(call);
	end(call);
	return CQRS_OK;
}

/* The status of a whole call, where its requests did not get one each. */
static enum cqrs_status refuse_all(struct cqrs_request *requests, size_t count,
                                   const struct cqrs_error *reason)
{
	for (size_t i = 0; i < count; i++) {
		requests[i].status = reason->status;
		if (requests[i].err)
			*requests[i].err = *reason;
	}
	return reason->status;
}

static enum cqrs_status execute_all(struct cqrs_framework *framework, struct cqrs_request *requests,
                                    size_t count, bool together)
{
	struct cqrs__call call = { .framework = framework, .count = count };
	struct cqrs_error err;
	enum cqrs_status status;

	if (!count)
		return CQRS_OK;
	/* A unit of one is a command like any other, and may adopt those that wait behind it. */
	call.together = together && count > 1;
	if (count > CQRS_MAX_BATCH) {
		cqrs_error_set(&err, CQRS_ERR_LIMIT, "more than %u commands in one call",
		               CQRS_MAX_BATCH);
		return refuse_all(requests, count, &err);
	}
	status = cqrs__worker_take(&framework->workers, true, &call.worker, &err);
	if (status != CQRS_OK)
		return refuse_all(requests, count, &err);
	status = run(&call, requests, &err);
	cqrs__worker_give_back(call.worker);
	if (status != CQRS_OK)
		return refuse_all(requests, count, &err);
	/* A command that another one took down is not the reason. */
	for (size_t i = 0; i < count; i++) {
		if (requests[i].status != CQRS_OK && status == CQRS_OK)
			status = requests[i].status;
		if (together && requests[i].status != CQRS_OK &&
		    requests[i].status != CQRS_ERR_CONFLICT)
			return requests[i].status;
	}
	return status;
}

enum cqrs_status cqrs_execute_batch(struct cqrs_framework *framework, struct cqrs_request *requests,
                                    size_t count)
{
	return execute_all(framework, requests, count, false);
}

enum cqrs_status cqrs_execute_together(struct cqrs_framework *framework,
                                       struct cqrs_request *requests, size_t count)
{
	return execute_all(framework, requests, count, true);
}

enum cqrs_status cqrs_execute_with(struct cqrs_framework *framework, const char *aggregate_id,
                                   const struct cqrs_command_type *type, const void *command,
                                   const struct cqrs_execute_options *options,
                                   struct cqrs_result *out_result, struct cqrs_error *err)
{
	struct cqrs_request request = {
		.aggregate_id = aggregate_id,
		.type = type,
		.command = command,
		.options = options,
		.result = out_result,
		.err = err,
	};

	return execute_all(framework, &request, 1, false);
}

enum cqrs_status cqrs_execute_command(struct cqrs_framework *framework, const char *aggregate_id,
                                      struct cqrs_error *err, const struct cqrs_command_type *type,
                                      const void *command)
{
	return cqrs_execute_with(framework, aggregate_id, type, command, NULL, NULL, err);
}

enum cqrs_status cqrs_execute_json(struct cqrs_framework *framework, const char *aggregate_id,
                                   const char *json, const struct cqrs_execute_options *options,
                                   struct cqrs_result *out_result, struct cqrs_error *err)
{
	struct cqrs_request request = {
		.aggregate_id = aggregate_id,
		.json = json,
		.options = options,
		.result = out_result,
		.err = err,
	};

	return execute_all(framework, &request, 1, false);
}
