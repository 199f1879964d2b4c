/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * settle.c - submitting a round's units, and what their outcomes mean.
 *
 * A unit whose outcome is unknown is submitted again as it is: with the same event ids and
 * expected sequences it can be stored only once. If the store then says that the stream has
 * moved, the event at expected + 1 tells whether it was we who moved it.
 *
 * What a unit decided without storing anything (a refusal, no events) is worth only as much
 * as the state it was decided on: one from the cache is compared with the stream's head.
 */
#include "framework/execution.h"

#include "store/front.h"

#include <string.h>

#define RESUBMISSIONS 4
#define RESUBMIT_PAUSE_US 20000 /* before the first; twice as long before each further one */

static void submit(struct cqrs__call *call, struct cqrs__unit **units, size_t count)
{
	struct cqrs_commit **commits =
		cqrs__arena_allocate(&call->worker->arena, count * sizeof(struct cqrs_commit *));

	if (!commits) {
		for (size_t i = 0; i < count; i++)
			units[i]->commit.status = cqrs_error_set(
				units[i]->commit.err, CQRS_ERR_NOMEM, "no memory for a commit");
		return;
	}
	for (size_t i = 0; i < count; i++)
		commits[i] = &units[i]->commit;
	cqrs__store_commit_checked(call->framework->store, commits, count);
}

/* ---- unknown outcomes ---- */

/* Whether the first event of an append is the one at its place in the stream. */
static enum cqrs_status find_own_append(struct cqrs__call *call, struct cqrs_append *append,
                                        bool *out_found)
{
	struct cqrs_event_page page;
	enum cqrs_status status = cqrs_store_read_stream(call->framework->store, &append->stream,
	                                                 append->expected_sequence, 1,
	                                                 &call->worker->scratch, &page, NULL);

	*out_found = false;
	if (status != CQRS_OK || !page.count ||
	    memcmp(&page.items[0].data.event_id, &append->events[0].event_id,
	           sizeof(struct cqrs_id)) != 0)
		return status;
	append->first_sequence = page.items[0].sequence;
	append->feed = page.items[0].feed;
	append->first_offset = page.items[0].offset;
	*out_found = true;
	return CQRS_OK;
}

static enum cqrs_status find_own_key(struct cqrs__call *call, const struct cqrs_key_write *key,
                                     bool *out_found)
{
	struct cqrs_key_record record;
	enum cqrs_status status =
		cqrs_store_load_key(call->framework->store, &key->stream, key->key, &record, NULL);

	*out_found = status == CQRS_OK &&
	             memcmp(&record.command, &key->record.command, sizeof(record.command)) == 0 &&
	             record.last_sequence == key->record.last_sequence &&
	             record.recorded_at_us == key->record.recorded_at_us;
	return status == CQRS_ERR_NOT_FOUND ? CQRS_OK : status;
}

/* After a conflict on a resubmission: was it the first submission that moved things? */
static void recognise(struct cqrs__call *call, struct cqrs__unit *unit)
{
	struct cqrs_commit *commit = &unit->commit;
	enum cqrs_status status = CQRS_OK;
	bool found = true;

	cqrs_arena_reset(&call->worker->scratch);
	/* Another process may have sent one of the keys, but hardly all at the same time. */
	for (size_t i = 0;
	     i < commit->key_count && !commit->append_count && found && status == CQRS_OK; i++)
		status = find_own_key(call, &commit->keys[i], &found);
	for (size_t i = 0; i < commit->append_count && found && status == CQRS_OK; i++)
		status = find_own_append(call, &commit->appends[i], &found);
	if (status != CQRS_OK)
		commit->status = CQRS_ERR_UNKNOWN;
	else if (found)
		commit->status = CQRS_OK;
}

/* What a unit was decided upon may be settled by now: stored, or certainly not. */
static void follow_predecessor(struct cqrs__unit *unit)
{
	if (!unit->after || unit->after->commit.status == CQRS_ERR_UNKNOWN)
		return;
	unit->commit.after = NULL;
	if (unit->after->commit.status != CQRS_OK) {
		unit->commit.status = CQRS_ERR_CONFLICT;
		unit->commit.moved = CQRS_MOVED_AFTER;
	}
}

/* An unsure unit stays so until the store gives an answer that counts. */
static void resubmit(struct cqrs__call *call, struct cqrs__unit **units, size_t count)
{
	submit(call, units, count);
	for (size_t i = 0; i < count; i++) {
		enum cqrs_status status = units[i]->commit.status;

		if (status == CQRS_ERR_CONFLICT)
			recognise(call, units[i]);
		else if (status != CQRS_OK)
			units[i]->commit.status = CQRS_ERR_UNKNOWN;
	}
}

static size_t collect_unknown(struct cqrs__unit **units, size_t count)
{
	size_t unknown = 0;

	for (size_t i = 0; i < count; i++) {
		if (units[i]->commit.status == CQRS_ERR_UNKNOWN)
			follow_predecessor(units[i]);
		if (units[i]->commit.status == CQRS_ERR_UNKNOWN)
			units[unknown++] = units[i];
	}
	return unknown;
}

static void resolve_unknown(struct cqrs__call *call, struct cqrs__unit **units, size_t count)
{
	const struct cqrs_environment *environment = &call->framework->environment;
	size_t unknown = collect_unknown(units, count);

	for (unsigned i = 0; i < RESUBMISSIONS && unknown; i++) {
		environment->sleep_us(environment->self, (uint64_t)RESUBMIT_PAUSE_US << i);
		resubmit(call, units, unknown);
		unknown = collect_unknown(units, unknown);
	}
	for (size_t i = 0; i < unknown; i++)
		cqrs_error_set(units[i]->commit.err, CQRS_ERR_UNKNOWN,
		               "the store went out of reach during the commit, which may or may "
		               "not be stored");
}

/* ---- what outcomes mean for executions ---- */

static void take_outcome(const struct cqrs__unit *unit, struct cqrs__execution *execution)
{
	const struct cqrs_commit *commit = &unit->commit;

	if (execution->event_count) {
		execution->first_sequence = execution->base_sequence + 1;
		execution->last_sequence = execution->base_sequence + execution->event_count;
	}
	for (size_t i = 0; i < commit->append_count && execution->event_count; i++) {
		const struct cqrs_append *append = &commit->appends[i];
		uint64_t first_offset;

		if (append->stream.id != execution->entry->id)
			continue;
		first_offset =
			append->first_offset + execution->base_sequence - append->expected_sequence;
		execution->entry->place = append->place;
		execution->feed = append->feed;
		execution->last_offset = first_offset + execution->event_count - 1;
		for (size_t j = 0; execution->envelopes && j < execution->event_count; j++) {
			execution->envelopes[j].feed = append->feed;
			execution->envelopes[j].offset = first_offset + j;
		}
	}
}

/* All of the unit's executions that are not over: to be decided again. */
static void repeat(struct cqrs__unit *unit)
{
	for (size_t i = 0; i < unit->count; i++) {
		struct cqrs__execution *execution = &unit->executions[i];

		if (execution->progress == CQRS__DONE)
			continue;
		execution->progress = CQRS__PENDING;
		execution->entry->broken = true;
	}
}

static void settle_stored(struct cqrs__call *call, struct cqrs__unit *unit)
{
	unit->stored = true;
	for (size_t i = 0; i < unit->count; i++) {
		struct cqrs__execution *execution = &unit->executions[i];

		if (execution->progress == CQRS__DONE)
			continue;
		take_outcome(unit, execution);
		execution->entry->fresh = true;
		cqrs__execution_finish(execution, CQRS_OK);
		if (execution->event_count)
			cqrs_log(&call->framework->environment, CQRS_LOG_DEBUG,
			         "storing: %zu new events for aggregate '%s' '%s'",
			         execution->event_count,
			         execution->command->aggregate->aggregate->type,
			         execution->entry->id);
	}
}

/* Nothing of the unit was stored, and deciding again would not help. */
static void settle_failed(struct cqrs__unit *unit, enum cqrs_status status,
                          const struct cqrs_error *reason)
{
	for (size_t i = 0; i < unit->count; i++) {
		struct cqrs__execution *execution = &unit->executions[i];
		struct cqrs_error *err = execution->request->err;

		if (execution->progress == CQRS__DONE)
			continue;
		if (execution->entry)
			execution->entry->broken = true;
		if (err && reason && err != reason)
			*err = *reason;
		else if (err && !reason)
			cqrs_error_set(err, status, "another command of the unit of work failed");
		cqrs__execution_finish(execution, status);
	}
}

static enum cqrs_status is_confirmed(struct cqrs__call *call, struct cqrs__execution *execution,
                                     bool *out_confirmed, struct cqrs_error *failure)
{
	struct cqrs__entry *entry = execution->entry;
	const struct cqrs_stream stream = { entry->state.aggregate->aggregate->type, entry->id };
	uint64_t head = 0;
	enum cqrs_status status;

	*out_confirmed = entry->fresh;
	if (entry->fresh)
		return CQRS_OK;
	status = cqrs_store_read_head(call->framework->store, &stream, &head, failure);
	if (status == CQRS_OK && head == execution->base_sequence) {
		entry->fresh = true;
		*out_confirmed = true;
	}
	return status;
}

/* The one whose refusal decides the unit's fate, or NULL. */
static struct cqrs__execution *find_refusal(const struct cqrs__unit *unit)
{
	for (size_t i = 0; i < unit->count; i++)
		if (unit->executions[i].progress == CQRS__DECIDED &&
		    unit->executions[i].status != CQRS_OK)
			return &unit->executions[i];
	return NULL;
}

/* The decision counts. Where one of several refused, the others did not take place. */
static void finish_confirmed(struct cqrs__call *call, struct cqrs__unit *unit)
{
	const struct cqrs__execution *refusal = find_refusal(unit);

	for (size_t i = 0; i < unit->count; i++) {
		struct cqrs__execution *execution = &unit->executions[i];

		if (execution->progress == CQRS__DONE)
			continue;
		if (!refusal || execution == refusal) {
			cqrs__execution_finish(execution, execution->status);
			continue;
		}
		if (execution->event_count)
			execution->entry->broken = true;
		cqrs__execution_forgo(call, execution);
	}
}

static void settle_unstored(struct cqrs__call *call, struct cqrs__unit *unit)
{
	for (size_t i = 0; i < unit->count; i++) {
		struct cqrs__execution *execution = &unit->executions[i];
		enum cqrs_status status = CQRS_OK;
		struct cqrs_error failure;
		bool confirmed = false;

		if (execution->progress != CQRS__DECIDED)
			continue;
		if (unit->after)
			confirmed = unit->after->stored;
		else
			status = is_confirmed(call, execution, &confirmed, &failure);
		if (status != CQRS_OK) {
			cqrs_error_prefix(&failure,
			                  "the decision could not be compared with %s '%.60s'",
			                  execution->command->aggregate->aggregate->type,
			                  execution->entry->id);
			settle_failed(unit, status, &failure);
			return;
		}
		if (!confirmed) {
			unit->stale = !unit->after;
			repeat(unit);
			return;
		}
	}
	finish_confirmed(call, unit);
}

/*
 * A key that is stored by now gives its outcome in the next round: that is no retry. Where
 * it does not (it was purged, or the store does not see it yet), the next one is.
 */
static bool is_first_of_key(struct cqrs__unit *unit)
{
	bool first = true;

	for (size_t i = 0; i < unit->count; i++) {
		first = first && !unit->executions[i].key_moved;
		unit->executions[i].key_moved = true;
	}
	return first;
}

static void settle_submitted(struct cqrs__call *call, struct cqrs__unit *unit)
{
	if (unit->stale) {
		repeat(unit);
	} else if (unit->commit.status == CQRS_OK) {
		settle_stored(call, unit);
	} else if (unit->commit.status == CQRS_ERR_CONFLICT) {
		unit->stale = unit->commit.moved != CQRS_MOVED_AFTER &&
		              (unit->commit.moved != CQRS_MOVED_KEY || !is_first_of_key(unit));
		repeat(unit);
	} else {
		settle_failed(unit, unit->commit.status, unit->commit.err);
	}
}

void cqrs__units_settle(struct cqrs__call *call, struct cqrs__unit *units, size_t count)
{
	struct cqrs__unit *only;
	struct cqrs__unit **committing = &only;
	size_t committing_count = 0;

	if (count > 1)
		committing =
			cqrs__arena_allocate(&call->worker->arena, count * sizeof(*committing));
	for (size_t i = 0; i < count; i++) {
		if (!units[i].commits || units[i].stale)
			continue;
		if (committing)
			committing[committing_count++] = &units[i];
		else
			units[i].commit.status = cqrs_error_set(units[i].commit.err, CQRS_ERR_NOMEM,
			                                        "no memory for a commit");
	}
	if (committing_count) {
		submit(call, committing, committing_count);
		resolve_unknown(call, committing, committing_count);
	}
	/* What was stored confirms the state that refusals of the same round were decided on. */
	for (size_t i = 0; i < count; i++)
		if (units[i].commits || units[i].stale)
			settle_submitted(call, &units[i]);
	for (size_t i = 0; i < count; i++)
		if (!units[i].commits && !units[i].stale)
			settle_unstored(call, &units[i]);
}
