/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_actor.c - who acts in a test, and with what: handles, threads, memory, time and
 * chance. All of it belongs to the suite and is released when the test ends.
 */
#include "store_suite.h"

#include "testing/random.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

uint64_t cqrs__suite_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void cqrs__suite_sleep_us(uint64_t time_us)
{
	struct timespec time = { (time_t)(time_us / 1000000), (long)(time_us % 1000000) * 1000 };

	nanosleep(&time, NULL);
}

uint64_t cqrs__suite_random(struct actor *a, uint64_t below)
{
	return cqrs__random_next(&a->random) % below;
}

enum cqrs_status cqrs__suite_add_actor(struct suite *suite, struct cqrs_error *err)
{
	struct actor *a = &suite->actors[suite->actor_count];
	enum cqrs_status status = cqrs_arena_new(NULL, &a->arena, err);

	if (status != CQRS_OK)
		return status;
	a->suite = suite;
	a->random = suite->report->seed + suite->actor_count;
	suite->actor_count++;
	return CQRS_OK;
}

/* A thread's actor begins here, and a check of its that fails comes back here. */
static void *run_actor(void *self)
{
	struct actor *a = self;

	if (setjmp(a->begin) == 0)
		a->run(a);
	return NULL;
}

void cqrs__suite_start(struct actor *a, void (*run)(struct actor *a), struct cqrs_store *store,
                       void *with)
{
	struct suite *suite = a->suite;
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct actor *other;

	CHECK_TRUE(a, suite->actor_count < SUITE_MAX_ACTORS);
	CHECK_STATUS_ERR(a, cqrs__suite_add_actor(suite, &err), CQRS_OK, &err);
	other = &suite->actors[suite->actor_count - 1];
	other->run = run;
	other->store = store;
	other->with = with;
	CHECK_INT(a, pthread_create(&other->thread, NULL, run_actor, other), 0);
	other->running = true;
}

void cqrs__suite_join_all(struct suite *suite)
{
	for (size_t i = 1; i < suite->actor_count; i++) {
		if (suite->actors[i].running)
			pthread_join(suite->actors[i].thread, NULL);
		suite->actors[i].running = false;
	}
}

void cqrs__suite_join(struct actor *a)
{
	cqrs__suite_join_all(a->suite);
	if (cqrs__suite_failed(a->suite))
		cqrs__suite_stop(a);
}

struct cqrs_store *cqrs__suite_open(struct actor *a)
{
	struct suite *suite = a->suite;
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_store *store = NULL;

	CHECK_TRUE(a, suite->store_count < SUITE_MAX_STORES);
	CHECK_STATUS_ERR(a, suite->fixture->open(suite->fixture->self, &store, &err), CQRS_OK,
	                 &err);
	suite->stores[suite->store_count++] = store;
	return store;
}

void cqrs__suite_close_all(struct actor *a)
{
	struct suite *suite = a->suite;

	while (suite->store_count > 0)
		cqrs_store_close(suite->stores[--suite->store_count]);
	a->store = NULL;
}

void cqrs__suite_reopen(struct actor *a)
{
	cqrs__suite_close_all(a);
	a->store = cqrs__suite_open(a);
}

void *cqrs__suite_allocate(struct actor *a, size_t size)
{
	void *memory = cqrs_arena_allocate(a->arena, size);

	CHECK_TRUE(a, memory != NULL);
	return memory;
}

char *cqrs__suite_print(struct actor *a, const char *fmt, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	CHECK_TRUE(a, len >= 0);
	text = cqrs__suite_allocate(a, (size_t)len + 1);
	va_start(args, fmt);
	vsnprintf(text, (size_t)len + 1, fmt, args);
	va_end(args);
	return text;
}
