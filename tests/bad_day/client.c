/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * client.c - the processes of a bad day: each a framework with a cache of its own on
 * a faulty store of its own, with a clock of its own that is a little wrong.
 */
#include "life.h"

#include <sched.h>
#include <string.h>

static int64_t now_us(void *self)
{
	struct client *client = self;

	return atomic_fetch_add(&client->life->clock_us, 17) + client->skew_us;
}

static void fill_random(void *self, void *out, size_t size)
{
	struct client *client = self;
	unsigned char *bytes = out;

	for (size_t i = 0; i < size; i++) {
		uint64_t state = atomic_fetch_add(&client->randomness, 1);

		bytes[i] = (unsigned char)bad_day_draw(&state, 256);
	}
}

static void let_others_act(void *self)
{
	struct client *client = self;
	struct life *life = client->life;
	struct client *idle[MAX_CLIENTS];
	unsigned count = 0;

	if (life->depth == 2 || life->calm)
		return;
	for (unsigned i = 0; i < life->client_count; i++)
		if (!life->clients[i].busy)
			idle[count++] = &life->clients[i];
	if (!count)
		return;
	life->depth++;
	bad_day_act(&life->actors[idle[bad_day_draw(&life->random, count)]->number]);
	life->depth--;
}

static void sleep_us(void *self, uint64_t time_us)
{
	struct client *client = self;
	struct life *life = client->life;

	atomic_fetch_add(&life->clock_us, (long long)time_us);
	if (life->day->threads)
		sched_yield();
	else if (client->busy && bad_day_draw(&life->random, 4) == 0)
		let_others_act(client);
}

static void log_line(void *self, enum cqrs_log_level level, const char *message)
{
	const struct client *client = self;

	(void)level;
	bad_day_trace(client->life, "client %u: (%s)", client->number, message);
}

static enum cqrs_status open_faulty(struct client *client, struct cqrs_error *err)
{
	struct life *life = client->life;
	struct cqrs_fault_options options = life->faults;
	uint64_t seed = life->seed * 1000 + client->number * 100 + client->lives;
	enum cqrs_status status;

	options.seed = seed ? seed : 1;
	options.environment = &client->environment;
	options.meanwhile = life->day->threads ? NULL : let_others_act;
	options.self = client;
	status = cqrs_faulty_open(life->wrapped ? life->wrapped : life->inner, &options,
	                          &client->faulty, err);
	if (status == CQRS_OK)
		cqrs_faulty_set_calm(client->faulty, life->calm);
	return status;
}

static enum cqrs_status open_framework(struct client *client, struct cqrs_error *err)
{
	struct life *life = client->life;
	struct cqrs_framework_options options = cqrs_framework_options_init();
	enum cqrs_status status = CQRS_OK;

	options.store = cqrs_faulty_store(client->faulty);
	if (life->day->wrap_client)
		status = life->day->wrap_client(life->day->self, options.store, &client->wrapped,
		                                err);
	if (status != CQRS_OK)
		return status;
	if (client->wrapped)
		options.store = client->wrapped;
	options.services = life->day->services;
	options.environment = &client->environment;
	options.aggregates = life->aggregates;
	options.aggregate_count = 1;
	options.views = life->views;
	options.view_count = life->day->view ? 1 : 0;
	options.cache_entries = life->cache_entries;
	options.conflict_retries = life->conflict_retries;
	options.max_adopted = life->day->threads ? 8 : 0;
	return cqrs_framework_new(&options, &client->framework, err);
}

bool bad_day_open_client(struct client *client)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	enum cqrs_status status;

	client->lives++;
	client->environment =
		*CQRS_ENVIRONMENT(.now_us = now_us, .random = fill_random, .sleep_us = sleep_us,
	                          .log = log_line, .log_level = CQRS_LOG_INFO, .self = client);
	status = open_faulty(client, &err);
	if (status == CQRS_OK)
		status = open_framework(client, &err);
	if (status != CQRS_OK)
		bad_day_fail(client->life, "a process begins", "client %u: %s", client->number,
		             err.message);
	return status == CQRS_OK;
}

void bad_day_close_client(struct client *client)
{
	client->earlier_faults = bad_day_faults(client);
	cqrs_framework_free(client->framework);
	cqrs_store_close(client->wrapped);
	cqrs_faulty_close(client->faulty);
	client->framework = NULL;
	client->wrapped = NULL;
	client->faulty = NULL;
}

bool bad_day_revive(struct client *client)
{
	if (!cqrs_faulty_is_dead(client->faulty))
		return true;
	bad_day_trace(client->life, "client %u: died, and comes back", client->number);
	client->life->verdict->deaths++;
	bad_day_close_client(client);
	return bad_day_open_client(client);
}

uint64_t bad_day_faults(const struct client *client)
{
	static const enum cqrs_fault felt[] = { CQRS_FAULT_ERROR_BEFORE, CQRS_FAULT_ERROR_AFTER,
		                                CQRS_FAULT_LOST_COMMIT, CQRS_FAULT_LOST_REPLY,
		                                CQRS_FAULT_DEATH };
	uint64_t count = client->earlier_faults;

	for (size_t i = 0; client->faulty && i < sizeof(felt) / sizeof(*felt); i++)
		count += cqrs_faulty_count(client->faulty, felt[i]);
	return count;
}
