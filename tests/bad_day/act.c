/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * act.c - what the processes of a bad day do: execute commands alone, in batches and
 * in units of work; try again what was not answered; look. Every answer is remembered, and
 * one that cannot be true is noticed at once.
 */
#include "life.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum mode { ALONE, BATCH, TOGETHER };

static const char *const mode_names[] = { "alone", "in a batch", "together" };

/* One command on its way. */
struct attempt {
	struct task *task;
	uint64_t from; /* where its stream was when it began, */
	uint64_t to;   /* and when it had ended */
	bool alone;    /* nobody else was trying it when it began, */
	unsigned nth;  /* and it was the task's nth try */
	bool known;    /* it had been acknowledged before */
	struct cqrs_metadata_entry token;
	struct cqrs_execute_options options;
	struct cqrs_result result;
	struct cqrs_error err;
};

uint64_t bad_day_head(struct life *life, unsigned stream)
{
	const struct cqrs_stream named = { life->aggregate.type, life->ids[stream] };
	struct cqrs_error err = CQRS_ERROR_INIT;
	uint64_t head = 0;

	if (cqrs_store_read_head(life->inner, &named, &head, &err) != CQRS_OK)
		bad_day_fail(life, "the truth can be read", "%s", err.message);
	return head;
}

/* ---- tasks ---- */

static void draw_expectation(struct actor *actor, struct task *task)
{
	uint64_t head = bad_day_head(actor->life, task->stream);
	const uint64_t choices[] = {
		head,           head, head ? head - 1 : 0, CQRS_EXPECT_NONE, CQRS_EXPECT_EXISTS,
		CQRS_EXPECT_ANY
	};

	task->checks_sequence = true;
	task->expected_sequence = choices[bad_day_draw(&actor->random, 6)];
}

static void write_task(struct actor *actor, struct task *task, unsigned stream)
{
	struct life *life = actor->life;

	task->stream = stream;
	task->owner = actor->number;
	snprintf(task->token, sizeof(task->token), "t%u", task->number);
	if (bad_day_draw(&actor->random, 2))
		snprintf(task->key, sizeof(task->key), "k%u", task->number);
	life->day->write_command(bad_day_draw(&actor->random, UINT64_MAX), life->ids[stream],
	                         task->json, sizeof(task->json));
}

/* A new one, or NULL when there have been enough. */
static struct task *new_task(struct actor *actor, unsigned stream)
{
	struct life *life = actor->life;
	struct task *task = NULL;

	pthread_mutex_lock(&life->lock);
	if (life->task_count < MAX_TASKS) {
		task = &life->tasks[life->task_count];
		task->number = life->task_count++;
		write_task(actor, task, stream);
	}
	pthread_mutex_unlock(&life->lock);
	return task;
}

/* Whether a caller may try it again: it has a key, or it was told that nothing was stored. */
static bool may_be_tried_again(const struct actor *actor, const struct task *task)
{
	if (actor->life->day->threads && task->owner != actor->number)
		return false;
	if (task->key[0])
		return task->tries > 0;
	return task->tries > 0 && !task->running && !task->acknowledged && !task->may_be;
}

/* Rather one that was not answered than any other. */
static struct task *choose_again(struct actor *actor)
{
	struct life *life = actor->life;
	struct task *found = NULL;

	pthread_mutex_lock(&life->lock);
	for (unsigned i = 0; i < 8 && life->task_count && !(found && !found->acknowledged); i++) {
		struct task *task = &life->tasks[bad_day_draw(&actor->random, life->task_count)];

		if (may_be_tried_again(actor, task) && (!found || !task->acknowledged))
			found = task;
	}
	pthread_mutex_unlock(&life->lock);
	return found;
}

/* ---- answers ---- */

static bool is_expected(const struct task *task, uint64_t head)
{
	uint64_t expected = task->expected_sequence;

	return expected == CQRS_EXPECT_ANY || expected == head ||
	       (expected == CQRS_EXPECT_EXISTS && head > 0);
}

static void judge_acknowledged(struct life *life, struct attempt *attempt)
{
	struct task *task = attempt->task;
	const struct cqrs_result *result = &attempt->result;
	bool silent = life->day->is_silent && life->day->is_silent(task->json);

	if (result->repeated && (!task->key[0] || task->tries < 2))
		bad_day_fail(life, "only an outcome that was stored before is called repeated",
		             "%s is new", task->token);
	/* Where nothing is emitted, two who stored the same at the same time cannot be told apart. */
	if (task->new_outcomes > 1 && !silent)
		bad_day_fail(life, "a command with a key is executed once", "%s was executed twice",
		             task->token);
	if (attempt->known && !result->repeated)
		bad_day_fail(life, "the outcome of a key is never forgotten",
		             "%s was acknowledged, and is executed again", task->token);
	if (task->acknowledged && (task->first_sequence != result->first_sequence ||
	                           task->last_sequence != result->last_sequence))
		bad_day_fail(life, "the outcome of a key stays what it was",
		             "%s was at %" PRIu64 " to %" PRIu64 ", and now at %" PRIu64
		             " to %" PRIu64,
		             task->token, task->first_sequence, task->last_sequence,
		             result->first_sequence, result->last_sequence);
	if (silent != (result->first_sequence == 0))
		bad_day_fail(life, "a result says which events the command emitted",
		             "%s: %s has events from %" PRIu64, task->token, task->json,
		             result->first_sequence);
	if (task->checks_sequence && !result->repeated && !silent &&
	    !is_expected(task, result->first_sequence - 1))
		bad_day_fail(life, "a command is decided at the sequence that its caller expects",
		             "%s expected %" PRIu64 " and is at %" PRIu64, task->token,
		             task->expected_sequence, result->first_sequence);
	task->acknowledged = true;
	task->may_be = false;
	task->first_sequence = result->first_sequence;
	task->last_sequence = result->last_sequence;
}

/* Deciding alone on a stream that stands still can conflict with nothing but an expectation. */
static void judge_conflict(struct life *life, const struct attempt *attempt, enum mode mode)
{
	const struct task *task = attempt->task;
	bool named = strcmp(attempt->err.path, "expected_sequence") == 0;

	if (mode == TOGETHER && strcmp(attempt->err.code, "not_executed") == 0)
		return;
	if (named && !task->checks_sequence)
		bad_day_fail(life, "a conflict names what had moved", "%s expected nothing",
		             task->token);
	if (mode != ALONE || attempt->from != attempt->to || life->rebuilt[task->stream] ||
	    life->conflict_retries == CQRS_NO_RETRY)
		return; /* it may have decided on a cached state, once */
	if (!named || is_expected(task, attempt->from))
		bad_day_fail(life, "a conflict needs someone who came first",
		             "%s: %s, and the stream stayed at %" PRIu64, task->token,
		             attempt->err.message, attempt->from);
}

static void remember_refusal(struct life *life, const struct attempt *attempts, size_t index,
                             enum mode mode)
{
	const struct attempt *attempt = &attempts[index];
	struct refusal *refusal;

	if (life->refusal_count == MAX_REFUSALS)
		return;
	refusal = &life->refusals[life->refusal_count++];
	*refusal =
		(struct refusal){ .task = attempt->task, .from = attempt->from, .to = attempt->to };
	snprintf(refusal->code, sizeof(refusal->code), "%s", attempt->err.code);
	snprintf(refusal->message, sizeof(refusal->message), "%s", attempt->err.message);
	for (size_t i = 0; i < index && mode == TOGETHER; i++)
		if (attempts[i].task->stream == attempt->task->stream &&
		    attempts[i].err.status == CQRS_ERR_CONFLICT)
			refusal->before[refusal->before_count++] = attempts[i].task;
}

/* Its key was looked for and not found, so that no earlier try can have stored it. */
static void settle_earlier_tries(const struct attempt *attempt)
{
	if (attempt->alone && attempt->nth == attempt->task->tries)
		attempt->task->may_be = false;
}

static void judge_answer(struct life *life, struct attempt *attempts, size_t index, enum mode mode,
                         enum cqrs_status status, bool had_faults)
{
	struct attempt *attempt = &attempts[index];
	struct task *task = attempt->task;

	if (status != CQRS_OK && attempt->known && !had_faults)
		bad_day_fail(life, "the outcome of a key is never forgotten",
		             "%s was acknowledged, and is now '%s': %s", task->token,
		             cqrs_status_name(status), attempt->err.message);
	switch (status) {
	case CQRS_OK:
		task->new_outcomes += !attempt->result.repeated;
		judge_acknowledged(life, attempt);
		return;
	case CQRS_ERR_REJECTED:
		settle_earlier_tries(attempt);
		remember_refusal(life, attempts, index, mode);
		life->verdict->refused++;
		return;
	case CQRS_ERR_CONFLICT:
		if (strcmp(attempt->err.code, "not_executed") != 0)
			settle_earlier_tries(attempt);
		judge_conflict(life, attempt, mode);
		return;
	case CQRS_ERR_UNKNOWN:
		task->may_be = !task->acknowledged;
		break;
	case CQRS_ERR_UNAVAILABLE:
		break;
	case CQRS_ERR_NOMEM:
	case CQRS_ERR_INVALID:
	case CQRS_ERR_CORRUPT:
	case CQRS_ERR_UNSUPPORTED:
	case CQRS_ERR_NOT_FOUND:
	case CQRS_ERR_LIMIT:
	case CQRS_ERR_TIMEOUT:
	case CQRS_ERR_FAILED:
		bad_day_fail(life, "a command fails only for what happened", "%s is '%s': %s",
		             task->token, cqrs_status_name(status), attempt->err.message);
		return;
	}
	if (!had_faults)
		bad_day_fail(life, "a store that answers is in reach", "%s is '%s': %s",
		             task->token, cqrs_status_name(status), attempt->err.message);
}

static void trace_answer(struct actor *actor, const struct attempt *attempt, enum mode mode,
                         enum cqrs_status status)
{
	struct life *life = actor->life;
	const struct task *task = attempt->task;
	char expected[40] = "";

	if (!life->day->trace)
		return;
	if (task->checks_sequence)
		snprintf(expected, sizeof(expected), " expects %" PRId64,
		         (int64_t)task->expected_sequence);
	if (status == CQRS_OK)
		bad_day_trace(life,
		              "client %u: %s%s%s on %s %s%s -> ok, %" PRIu64 " to %" PRIu64 "%s",
		              actor->client->number, task->token, task->key[0] ? " keyed " : " ",
		              task->json, life->ids[task->stream], mode_names[mode], expected,
		              attempt->result.first_sequence, attempt->result.last_sequence,
		              attempt->result.repeated ? " repeated" : "");
	else
		bad_day_trace(life, "client %u: %s%s%s on %s %s%s -> %s: %s", actor->client->number,
		              task->token, task->key[0] ? " keyed " : " ", task->json,
		              life->ids[task->stream], mode_names[mode], expected,
		              cqrs_status_name(status), attempt->err.message);
}

/* ---- trying ---- */

static void begin_attempt(struct life *life, struct attempt *attempt, struct task *task,
                          struct cqrs_request *request)
{
	*attempt = (struct attempt){ .task = task,
		                     .token = { "token", task->token },
		                     .err = CQRS_ERROR_INIT };
	attempt->options = cqrs_execute_options_init();
	attempt->options.metadata = (struct cqrs_metadata){ &attempt->token, 1 };
	attempt->options.idempotency_key = task->key[0] ? task->key : NULL;
	attempt->options.check_sequence = task->checks_sequence;
	attempt->options.expected_sequence = task->expected_sequence;
	*request = (struct cqrs_request){ .aggregate_id = life->ids[task->stream],
		                          .json = task->json,
		                          .options = &attempt->options,
		                          .result = &attempt->result,
		                          .err = &attempt->err };
	pthread_mutex_lock(&life->lock);
	attempt->alone = !task->running;
	attempt->known = task->acknowledged;
	task->running++;
	attempt->nth = ++task->tries;
	life->verdict->tries++;
	if (life->tries_left)
		life->tries_left--;
	pthread_mutex_unlock(&life->lock);
	attempt->from = bad_day_head(life, task->stream);
}

static void end_attempts(struct actor *actor, struct attempt *attempts,
                         const struct cqrs_request *requests, size_t count, enum mode mode,
                         bool had_faults)
{
	struct life *life = actor->life;

	for (size_t i = 0; i < count; i++)
		attempts[i].to = bad_day_head(life, attempts[i].task->stream);
	pthread_mutex_lock(&life->lock);
	for (size_t i = 0; i < count; i++)
		attempts[i].task->running--;
	pthread_mutex_unlock(&life->lock);
	for (size_t i = 0; i < count; i++) {
		trace_answer(actor, &attempts[i], mode, requests[i].status);
		pthread_mutex_lock(&life->lock);
		judge_answer(life, attempts, i, mode, requests[i].status, had_faults);
		pthread_mutex_unlock(&life->lock);
	}
}

/* A unit of work of which nobody will ever say more: it is to be whole or not at all. */
static void remember_unit(struct life *life, const struct attempt *attempts,
                          const struct cqrs_request *requests, size_t count)
{
	struct open_unit unit = { .count = 0 };

	for (size_t i = 0; i < count; i++) {
		const struct task *task = attempts[i].task;

		if (task->key[0] || requests[i].status != CQRS_ERR_UNKNOWN)
			return;
		if (!life->day->is_silent || !life->day->is_silent(task->json))
			unit.tasks[unit.count++] = task;
	}
	pthread_mutex_lock(&life->lock);
	if (life->unit_count < MAX_UNITS)
		life->units[life->unit_count++] = unit;
	pthread_mutex_unlock(&life->lock);
}

static enum cqrs_status try_tasks(struct actor *actor, struct task *const *tasks, size_t count,
                                  enum mode mode)
{
	struct life *life = actor->life;
	struct client *client = actor->client;
	struct cqrs_request requests[MAX_TOGETHER];
	struct attempt attempts[MAX_TOGETHER];
	enum cqrs_status status;
	uint64_t faults;

	for (size_t i = 0; i < count; i++)
		begin_attempt(life, &attempts[i], tasks[i], &requests[i]);
	faults = bad_day_faults(client);
	status = mode == TOGETHER ? cqrs_execute_together(client->framework, requests, count)
	                          : cqrs_execute_batch(client->framework, requests, count);
	end_attempts(actor, attempts, requests, count, mode, bad_day_faults(client) > faults);
	if (mode == TOGETHER)
		remember_unit(life, attempts, requests, count);
	return status;
}

void bad_day_try(struct actor *actor, struct task *task)
{
	try_tasks(actor, &task, 1, ALONE);
}

bool bad_day_try_new(struct actor *actor, unsigned stream)
{
	struct task *task = new_task(actor, stream);

	if (!task)
		return false;
	return try_tasks(actor, &task, 1, ALONE) == CQRS_OK && task->first_sequence;
}

/* ---- acting ---- */

static void execute_one(struct actor *actor)
{
	unsigned stream = (unsigned)bad_day_draw(&actor->random, actor->life->stream_count);
	struct task *task = new_task(actor, stream);

	if (!task)
		return;
	if (bad_day_draw(&actor->random, 6) == 0)
		draw_expectation(actor, task);
	bad_day_try(actor, task);
}

static void execute_again(struct actor *actor)
{
	struct task *task = choose_again(actor);

	if (task)
		bad_day_try(actor, task);
}

static bool is_among(const struct task *task, struct task *const *tasks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (tasks[i] == task)
			return true;
	return false;
}

static void execute_several(struct actor *actor, enum mode mode)
{
	struct life *life = actor->life;
	size_t wanted = 2 + (size_t)bad_day_draw(&actor->random, MAX_TOGETHER - 1);
	struct task *tasks[MAX_TOGETHER];
	size_t count = 0;

	while (count < wanted) {
		unsigned stream = (unsigned)bad_day_draw(&actor->random, life->stream_count);
		bool again = bad_day_draw(&actor->random, 5) == 0;
		struct task *task = again ? choose_again(actor) : new_task(actor, stream);

		if (!task || is_among(task, tasks, count))
			wanted--;
		else
			tasks[count++] = task;
	}
	if (count)
		try_tasks(actor, tasks, count, mode);
}

static void remember_sight(struct life *life, unsigned stream, const struct cqrs_loaded *loaded)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_text json;

	pthread_mutex_lock(&life->lock);
	if (life->sight_count < MAX_SIGHTS) {
		if (cqrs_record_encode(&life->aggregate.state, loaded->state, CQRS_ALLOW_NULL_TEXT,
		                       life->arena, &json, &err) == CQRS_OK)
			life->sights[life->sight_count++] =
				(struct sight){ stream, loaded->sequence, json.data };
		else
			bad_day_fail(life, "a state that was loaded can be shown", "%s",
			             err.message);
	}
	pthread_mutex_unlock(&life->lock);
}

static void look(struct actor *actor)
{
	struct life *life = actor->life;
	unsigned stream = (unsigned)bad_day_draw(&actor->random, life->stream_count);
	uint64_t faults = bad_day_faults(actor->client);
	uint64_t from = bad_day_head(life, stream);
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_arena *arena = NULL;
	struct cqrs_loaded loaded;
	enum cqrs_status status;

	if (cqrs_arena_new(NULL, &arena, NULL) != CQRS_OK)
		return;
	status = cqrs_load(actor->client->framework, &life->aggregate, life->ids[stream], arena,
	                   &loaded, &err);
	bad_day_trace(life, "client %u: loads %s -> %s", actor->client->number, life->ids[stream],
	              cqrs_status_name(status));
	if (status == CQRS_OK && loaded.sequence < from)
		bad_day_fail(life, "what was stored is seen by every read that begins later",
		             "%s was at %" PRIu64 " and is loaded at %" PRIu64, life->ids[stream],
		             from, loaded.sequence);
	else if (status == CQRS_OK)
		remember_sight(life, stream, &loaded);
	else if (status != CQRS_ERR_UNAVAILABLE || bad_day_faults(actor->client) == faults)
		bad_day_fail(life, "a load fails only for what happened", "%s: %s",
		             life->ids[stream], err.message);
	cqrs_arena_free(arena);
}

static void change_view(struct actor *actor)
{
	struct life *life = actor->life;
	unsigned stream = (unsigned)bad_day_draw(&actor->random, life->stream_count);
	uint64_t faults = bad_day_faults(actor->client);
	bool deletes = bad_day_draw(&actor->random, 2) == 0;
	struct cqrs_error err = CQRS_ERROR_INIT;
	enum cqrs_status status;

	atomic_store(&life->rebuilt[stream], true);
	status = deletes ? cqrs_view_delete(actor->client->framework, &life->view,
	                                    life->ids[stream], &err)
	                 : cqrs_view_rebuild(actor->client->framework, &life->view,
	                                     life->ids[stream], &err);
	bad_day_trace(life, "client %u: %s the view of %s -> %s: %s", actor->client->number,
	              deletes ? "deletes" : "rebuilds", life->ids[stream], cqrs_status_name(status),
	              err.message);
	if (status == CQRS_OK || status == CQRS_ERR_CONFLICT ||
	    (deletes && status == CQRS_ERR_NOT_FOUND))
		return;
	if ((status != CQRS_ERR_UNAVAILABLE && status != CQRS_ERR_UNKNOWN) ||
	    bad_day_faults(actor->client) == faults)
		bad_day_fail(life, "a view is changed or the reason is told", "%s: %s",
		             life->ids[stream], err.message);
}

void bad_day_act(struct actor *actor)
{
	struct life *life = actor->life;
	uint64_t what = bad_day_draw(&actor->random, 20);

	if (bad_day_failed(life))
		return;
	if (!life->day->threads) {
		if (!life->tries_left || !bad_day_revive(actor->client))
			return;
		actor->client->busy = true;
	}
	if (what < 8)
		execute_one(actor);
	else if (what < 12)
		execute_again(actor);
	else if (what < 15)
		execute_several(actor, BATCH);
	else if (what < 17)
		execute_several(actor, TOGETHER);
	else if (what < 19)
		look(actor);
	else if (life->day->view)
		change_view(actor);
	if (!life->day->threads)
		actor->client->busy = false;
}
