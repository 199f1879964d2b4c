/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* bad_day.c - the day of a seed: drawn, lived through, and judged. */
#include "life.h"

#include "testing/random.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS 40  /* of a day on one thread; calls within calls come on top */
#define TRIES 150 /* of commands, in all */
#define STEPS_OF_A_THREAD 30

uint64_t bad_day_draw(uint64_t *random, uint64_t below)
{
	return cqrs__random_next(random) % below;
}

/* ---- what is noticed ---- */

void bad_day_fail(struct life *life, const char *sentence, const char *fmt, ...)
{
	struct bad_day_verdict *verdict = life->verdict;
	va_list args;

	pthread_mutex_lock(&life->lock);
	if (!verdict->failed) {
		verdict->failed = true;
		verdict->sentence = sentence;
		va_start(args, fmt);
		vsnprintf(verdict->what, sizeof(verdict->what), fmt, args);
		va_end(args);
		bad_day_trace(life, "BROKEN: %s: %s", sentence, verdict->what);
	}
	pthread_mutex_unlock(&life->lock);
}

bool bad_day_failed(struct life *life)
{
	bool failed;

	pthread_mutex_lock(&life->lock);
	failed = life->verdict->failed;
	pthread_mutex_unlock(&life->lock);
	return failed;
}

void bad_day_trace(struct life *life, const char *fmt, ...)
{
	char line[1024];
	int indent = 2 * (int)life->depth;
	va_list args;

	if (!life->day->trace)
		return;
	memset(line, ' ', (size_t)indent);
	va_start(args, fmt);
	vsnprintf(line + indent, sizeof(line) - (size_t)indent, fmt, args);
	va_end(args);
	pthread_mutex_lock(&life->lock);
	life->day->trace(life->day->self, line);
	pthread_mutex_unlock(&life->lock);
}

/* ---- drawing a day ---- */

static uint64_t draw_chance(struct life *life)
{
	static const uint64_t chances[] = { 0, 0, 20, 50, 100, 200, 400 };

	return chances[bad_day_draw(&life->random, 7)];
}

static void draw_faults(struct life *life)
{
	static const uint64_t deaths[] = { 0, 0, 3, 10 };
	static const uint64_t meanwhiles[] = { 0, 50, 150, 300 };

	life->faults = cqrs_fault_options_init();
	life->faults.errors_before = draw_chance(life);
	life->faults.errors_after = draw_chance(life);
	life->faults.lost_commits = draw_chance(life);
	life->faults.lost_replies = draw_chance(life);
	life->faults.delays = draw_chance(life);
	life->faults.max_delay_us = 1000;
	life->faults.deaths = deaths[bad_day_draw(&life->random, 4)];
	life->faults.meanwhiles = meanwhiles[bad_day_draw(&life->random, 4)];
	if (life->day->threads) {
		life->faults.deaths = 0;
		life->faults.reorders = 200;
		life->faults.delays = 200;
	}
}

static void draw_domain(struct life *life)
{
	static const uint64_t every[] = { 0, 1, 2, 3, 5 };
	static const uint64_t entries[] = { 0, 0, 1, CQRS_NO_CACHE };
	static const uint64_t retries[] = { 0, 0, 1, CQRS_NO_RETRY };

	life->aggregate = *life->day->aggregate;
	life->aggregate.snapshot_every = every[bad_day_draw(&life->random, 5)];
	life->plain = *life->day->aggregate;
	life->plain.snapshot_every = 0;
	life->aggregates[0] = &life->aggregate;
	if (life->day->view) {
		life->view = *life->day->view;
		life->view.aggregate = &life->aggregate;
		life->plain_view = *life->day->view;
		life->plain_view.aggregate = &life->plain;
		life->views[0] = &life->view;
	}
	life->cache_entries = entries[bad_day_draw(&life->random, 4)];
	life->conflict_retries = retries[bad_day_draw(&life->random, 4)];
	life->stream_count = 2 + (unsigned)bad_day_draw(&life->random, MAX_STREAMS - 1);
	for (unsigned i = 0; i < life->stream_count; i++)
		snprintf(life->ids[i], sizeof(life->ids[i]), "%s-%u", life->day->name, i + 1);
}

static enum cqrs_status open_inner(struct life *life, struct cqrs_error *err)
{
	const char *url = bad_day_draw(&life->random, 2) ? "memory:" : "memory:?feeds=4";
	const struct bad_day *day = life->day;
	enum cqrs_status status;

	status = day->open ? day->open(day->self, &life->inner, err)
	                   : cqrs_store_open(url, CQRS_BACKENDS(cqrs_memory()), &life->inner, err);
	if (status == CQRS_OK && day->wrap_store)
		status = day->wrap_store(day->self, life->inner, &life->wrapped, err);
	return status;
}

static void make_clients(struct life *life)
{
	life->client_count = 2 + (unsigned)bad_day_draw(&life->random, MAX_CLIENTS - 1);
	if (life->day->threads)
		life->client_count = 2;
	for (unsigned i = 0; i < life->client_count; i++) {
		struct client *client = &life->clients[i];

		client->life = life;
		client->number = i;
		client->skew_us = (int64_t)bad_day_draw(&life->random, 4000000) - 2000000;
		atomic_init(&client->randomness, bad_day_draw(&life->random, UINT64_MAX));
	}
	life->actor_count = life->day->threads ? life->day->threads : life->client_count;
	if (life->actor_count > MAX_ACTORS)
		life->actor_count = MAX_ACTORS;
	for (unsigned i = 0; i < life->actor_count; i++)
		life->actors[i] = (struct actor){
			.life = life,
			.client = &life->clients[i % life->client_count],
			.number = i,
			.random = bad_day_draw(&life->random, UINT64_MAX),
		};
}

static bool begin(struct life *life)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	enum cqrs_status status = cqrs_arena_new(NULL, &life->arena, &err);

	draw_faults(life);
	draw_domain(life);
	make_clients(life);
	if (status == CQRS_OK)
		status = open_inner(life, &err);
	if (status != CQRS_OK)
		bad_day_fail(life, "the day begins", "%s", err.message);
	for (unsigned i = 0; i < life->client_count && status == CQRS_OK; i++)
		if (!bad_day_open_client(&life->clients[i]))
			status = CQRS_ERR_FAILED;
	return status == CQRS_OK;
}

static void end(struct life *life)
{
	for (unsigned i = 0; i < life->client_count; i++) {
		bad_day_close_client(&life->clients[i]);
		life->verdict->faults += life->clients[i].earlier_faults;
	}
	for (unsigned i = 0; i < life->task_count; i++) {
		life->verdict->acknowledged += life->tasks[i].acknowledged;
		life->verdict->unknown += life->tasks[i].may_be;
	}
	life->verdict->commands = life->task_count;
	cqrs_store_close(life->wrapped);
	cqrs_store_close(life->inner);
	cqrs_arena_free(life->arena);
}

/* ---- living through it ---- */

static void *run_thread(void *with)
{
	struct actor *actor = with;

	for (unsigned i = 0; i < STEPS_OF_A_THREAD; i++)
		bad_day_act(actor);
	return NULL;
}

static void live_on_threads(struct life *life)
{
	unsigned started = 0;

	while (started < life->actor_count &&
	       pthread_create(&life->actors[started].thread, NULL, run_thread,
	                      &life->actors[started]) == 0)
		started++;
	if (started < life->actor_count)
		bad_day_fail(life, "the day begins", "a thread cannot be started");
	while (started)
		pthread_join(life->actors[--started].thread, NULL);
}

static void live(struct life *life)
{
	if (life->day->threads) {
		live_on_threads(life);
		return;
	}
	life->tries_left = TRIES;
	for (unsigned i = 0; i < STEPS; i++)
		bad_day_act(&life->actors[bad_day_draw(&life->random, life->actor_count)]);
}

/* ---- the evening: no more faults, all questions are answered ---- */

static bool calm_down(struct life *life)
{
	life->calm = true;
	for (unsigned i = 0; i < life->client_count; i++) {
		if (!bad_day_revive(&life->clients[i]))
			return false;
		cqrs_faulty_set_calm(life->clients[i].faulty, true);
	}
	bad_day_trace(life, "the day is over: no more faults");
	return true;
}

/* Who has a key tries again until there is an answer, and gets the same one ever after. */
static void answer_keys(struct life *life)
{
	for (unsigned i = 0; i < life->task_count; i++) {
		struct task *task = &life->tasks[i];

		if (task->key[0] && task->may_be)
			bad_day_try(&life->actors[i % life->actor_count], task);
		if (task->key[0] && task->may_be)
			bad_day_fail(life, "a command with a key can be tried until it is answered",
			             "%s is not", task->token);
	}
	for (unsigned i = 0; i < life->task_count; i++)
		if (life->tasks[i].key[0] && life->tasks[i].acknowledged)
			bad_day_try(&life->actors[(i + 1) % life->actor_count], &life->tasks[i]);
}

static void succeed_once_more(struct life *life)
{
	for (unsigned i = 0; i < life->stream_count; i++) {
		bool succeeded = false;

		for (unsigned j = 0; j < 20 && !succeeded; j++)
			succeeded = bad_day_try_new(&life->actors[j % life->actor_count], i);
		if (!succeeded && !bad_day_failed(life))
			bad_day_fail(life, "when the day is over, commands succeed",
			             "none of 20 on %s did", life->ids[i]);
	}
}

static void judge(struct life *life)
{
	struct history history;

	if (bad_day_failed(life) || !calm_down(life))
		return;
	answer_keys(life);
	bad_day_judge_streams(life, &history);
	if (!bad_day_failed(life))
		bad_day_judge_views(life, &history, false);
	succeed_once_more(life);
	bad_day_judge_streams(life, &history);
	if (bad_day_failed(life))
		return;
	bad_day_judge_views(life, &history, true);
	bad_day_judge_states(life, &history);
	bad_day_judge_refusals(life, &history);
}

bool bad_day_run(const struct bad_day *day, uint64_t seed, struct bad_day_verdict *out_verdict)
{
	struct life *life = calloc(1, sizeof(*life));
	pthread_mutexattr_t recursive;

	*out_verdict = (struct bad_day_verdict){ .failed = !life };
	if (!life)
		return false;
	life->day = day;
	life->seed = seed;
	life->random = seed * UINT64_C(0xd1342543de82ef95);
	life->verdict = out_verdict;
	atomic_init(&life->clock_us, INT64_C(1700000000000000));
	for (unsigned i = 0; i < MAX_STREAMS; i++)
		atomic_init(&life->rebuilt[i], false);
	pthread_mutexattr_init(&recursive);
	pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&life->lock, &recursive);
	pthread_mutexattr_destroy(&recursive);
	if (begin(life)) {
		live(life);
		judge(life);
	}
	end(life);
	pthread_mutex_destroy(&life->lock);
	free(life);
	return !out_verdict->failed;
}
