/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* begin.c - the beginning and the end of a test, what surrounds it, and how it fails. */
#include "domain_test.h"

#include "testing/random.h"

#include <cqrs/backend.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char unexpected[] = "this failed, and no sentence expected it";

#define DEFAULT_NOW_US INT64_C(1767225600000000) /* 2026-01-01T00:00:00Z */

/* ---- failing ---- */

void cqrs_test_print(void *self, const char *file, unsigned line, const char *message)
{
	(void)self;
	fprintf(stderr, "%s:%u: %s\n", file, line, message);
}

static char *print_text(const char *fmt, va_list args)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len < 0)
		return NULL;
	text = malloc((size_t)len + 1);
	if (text)
		vsnprintf(text, (size_t)len + 1, fmt, args);
	return text;
}

static char *print(const char *fmt, ...)
{
	char *text;
	va_list args;

	va_start(args, fmt);
	text = print_text(fmt, args);
	va_end(args);
	return text;
}

void cqrs__test_fail(struct cqrs_test *test, const struct cqrs_test_place *place, const char *fmt,
                     ...)
{
	const struct cqrs_test_options *options = &test->options;
	const char *message = "a check failed, and there is no memory to say which";
	char *text;
	va_list args;

	if (test->failure)
		return;
	va_start(args, fmt);
	text = print_text(fmt, args);
	va_end(args);
	if (text)
		test->failure_text = print("%s:%u: %s", place->file, place->line, text);
	if (test->failure_text)
		message = test->failure_text + strlen(test->failure_text) - strlen(text);
	free(text);
	test->failure = test->failure_text ? test->failure_text : message;
	if (options->fail) /* which may not come back */
		options->fail(options->self, place->file, place->line, message);
}

void cqrs__test_fail_error(struct cqrs_test *test, const struct cqrs_test_place *place,
                           const char *what, const struct cqrs_error *err)
{
	cqrs__test_fail(test, place, "%s: %s (%s)%s%s", what, err->message,
	                cqrs_status_name(err->status), err->path[0] ? " at " : "", err->path);
}

const char *cqrs_test_failure(const struct cqrs_test *test)
{
	if (!test)
		return "no memory for a test";
	return test->refusal.status != CQRS_OK && !test->failure ? test->refusal.message
	                                                         : test->failure;
}

const struct cqrs_test_outcome *cqrs_test_get_outcome(struct cqrs_test *test)
{
	if (!test || !test->asked)
		return NULL;
	test->expected = true;
	return &test->outcome;
}

/* A failure has to be expected by a sentence, or be looked at. */
static bool is_expected(const struct cqrs_test *test)
{
	return !test->asked || test->expected || test->outcome.status == CQRS_OK;
}

bool cqrs__test_goes_on(struct cqrs_test *test, const struct cqrs_test_place *place)
{
	if (!test || test->failure)
		return false;
	if (test->within) { /* told when the one that it is inside of is done */
		test->nested = true;
		return false;
	}
	if (test->refusal.status != CQRS_OK) {
		cqrs__test_fail_error(test, place, "there can be no test", &test->refusal);
		return false;
	}
	if (!is_expected(test)) {
		cqrs__test_fail_error(test, &test->asked_at, unexpected, &test->outcome.err);
		return false;
	}
	cqrs_arena_reset(test->passing);
	return true;
}

/* ---- what surrounds a test ---- */

static int64_t now_us(void *self)
{
	return ((struct cqrs_test *)self)->now_us;
}

static void fill_random(void *self, void *out, size_t size)
{
	struct cqrs_test *test = self;
	unsigned char *bytes = out;

	if (test->options.random) {
		test->options.random(test->options.self, out, size);
		return;
	}
	for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
		uint64_t random = cqrs__random_next(&test->random);

		memcpy(bytes + i, &random, size - i < sizeof(random) ? size - i : sizeof(random));
	}
}

static void do_not_sleep(void *self, uint64_t time_us)
{
	(void)self;
	(void)time_us;
}

static void pass_on_log(void *self, enum cqrs_log_level level, const char *message)
{
	const struct cqrs_test_options *options = &((struct cqrs_test *)self)->options;

	options->log(options->self, level, message);
}

static void surround(struct cqrs_test *test)
{
	test->now_us = test->options.now_us ? test->options.now_us : DEFAULT_NOW_US;
	test->last_event_us = INT64_MIN;
	test->random = test->options.seed;
	test->environment = cqrs_environment_init();
	test->environment.allocator = &test->poison.allocator;
	test->environment.now_us = now_us;
	test->environment.random = fill_random;
	test->environment.sleep_us = do_not_sleep;
	test->environment.log = test->options.log ? pass_on_log : NULL;
	test->environment.log_level = test->options.log_level;
	test->environment.self = test;
}

/* ---- beginning ---- */

static bool extend_aggregate(struct cqrs_test *test)
{
	const struct cqrs_aggregate *given = test->options.aggregate;
	size_t command_count = given->commands.count;
	size_t event_count = given->events.count;
	struct cqrs_command_entry *commands = cqrs_arena_allocate(
		test->lasting, (command_count + 1) * sizeof(struct cqrs_command_entry));
	struct cqrs_event_entry *events = cqrs_arena_allocate(
		test->lasting, (event_count + 1) * sizeof(struct cqrs_event_entry));

	if (!commands || !events)
		return false;
	if (command_count)
		memcpy(commands, given->commands.items, command_count * sizeof(*commands));
	if (event_count)
		memcpy(events, given->events.items, event_count * sizeof(*events));
	commands[command_count] = cqrs__test_emit_entry;
	events[event_count] = cqrs__test_past_entry;
	test->aggregate = *given;
	test->aggregate.commands = (struct cqrs_command_table){ commands, command_count + 1 };
	test->aggregate.events = (struct cqrs_event_table){ events, event_count + 1 };
	if (!test->aggregate.snapshot_every)
		test->aggregate.snapshot_every = UINT64_MAX; /* read, and never written */
	return true;
}

static bool copy_views(struct cqrs_test *test)
{
	size_t count = test->options.view_count;

	test->views = cqrs_arena_allocate(test->lasting, count * sizeof(*test->views));
	test->view_list = cqrs_arena_allocate(test->lasting, count * sizeof(struct cqrs_view *));
	if (!test->views || !test->view_list)
		return false;
	for (size_t i = 0; i < count; i++) {
		struct cqrs__test_view *view = &test->views[i];

		view->given = test->options.views[i];
		test->view_list[i] = view->given ? &view->view : NULL; /* which is refused */
		if (!view->given)
			continue;
		view->view = *view->given;
		if (view->view.aggregate == test->options.aggregate)
			view->view.aggregate = &test->aggregate;
	}
	return true;
}

static bool copy_queries(struct cqrs_test *test)
{
	size_t size = test->options.query_count * sizeof(struct cqrs_query *);
	const struct cqrs_query **queries = cqrs_arena_allocate(test->lasting, size);

	if (queries && size)
		memcpy(queries, test->options.queries, size);
	test->options.queries = queries;
	return queries != NULL;
}

static enum cqrs_status open_store(struct cqrs_test *test, struct cqrs_error *err)
{
	return cqrs_store_open_with("memory:", CQRS_BACKENDS(cqrs_memory()),
	                            CQRS_STORE_OPTIONS(.environment = &test->environment),
	                            &test->store, err);
}

/* The descriptions are judged by whoever will use them. */
static void check_descriptions(struct cqrs_test *test)
{
	struct cqrs_framework *framework = NULL;

	cqrs__test_framework(test, CQRS__TEST_ALL, &framework, &test->refusal);
	cqrs_framework_free(framework);
}

static enum cqrs_status read_options(struct cqrs_test *test, const struct cqrs_test_options *given)
{
	const char *id;

	if (!given || given->size < sizeof(given->size) || given->size > sizeof(*given))
		return cqrs_error_set(&test->refusal, CQRS_ERR_INVALID,
		                      "the options were not made by their macro");
	memcpy(&test->options, given, given->size);
	test->options.size = sizeof(test->options);
	id = test->options.aggregate_id ? test->options.aggregate_id : "test-1";
	if (!*id || strlen(id) > CQRS_MAX_ID_LEN || !cqrs_utf8_valid(id, strlen(id)))
		return cqrs_error_set(&test->refusal, CQRS_ERR_INVALID,
		                      "aggregate_id is not 1 to %d bytes of UTF-8",
		                      CQRS_MAX_ID_LEN);
	strcpy(test->aggregate_id, id);
	if (!test->options.aggregate || (test->options.view_count && !test->options.views) ||
	    (test->options.query_count && !test->options.queries))
		return cqrs_error_set(&test->refusal, CQRS_ERR_INVALID,
		                      "the options have no aggregate, or a count but no list");
	return CQRS_OK;
}

static bool make_parts(struct cqrs_test *test, struct cqrs_error *err)
{
	return cqrs_arena_new(NULL, &test->lasting, err) == CQRS_OK &&
	       cqrs_arena_new(NULL, &test->passing, err) == CQRS_OK &&
	       cqrs_arena_new(NULL, &test->outcome_arena, err) == CQRS_OK &&
	       open_store(test, err) == CQRS_OK;
}

struct cqrs_test *cqrs_test_begin(const struct cqrs_test_options *options)
{
	struct cqrs_test *test = calloc(1, sizeof(*test));
	struct cqrs_error err = CQRS_ERROR_INIT;

	if (!test)
		return NULL;
	test->refusal = err;
	if (!cqrs__poison_init(&test->poison)) {
		free(test);
		return NULL;
	}
	if (read_options(test, options) != CQRS_OK)
		return test;
	surround(test);
	if (!make_parts(test, &err) || !extend_aggregate(test) || !copy_views(test) ||
	    !copy_queries(test)) {
		cqrs_test_end(test);
		return NULL;
	}
	check_descriptions(test);
	return test;
}

static void release(struct cqrs_test *test)
{
	cqrs_store_close(test->store);
	cqrs_arena_free(test->outcome_arena);
	cqrs_arena_free(test->passing);
	cqrs_arena_free(test->lasting);
	cqrs__poison_deinit(&test->poison);
	free(test->failure_text);
	free(test);
}

/* The hook may jump away: nothing is left to be released then. */
static void fail_at_last(struct cqrs_test *test)
{
	const struct cqrs_test_options options = test->options;
	const struct cqrs_test_place place = test->asked_at;
	char message[sizeof(test->outcome.err.message) + 128];

	snprintf(message, sizeof(message), "%s: %s (%s)", unexpected, test->outcome.err.message,
	         cqrs_status_name(test->outcome.status));
	release(test);
	if (options.fail)
		options.fail(options.self, place.file, place.line, message);
}

int cqrs_test_end(struct cqrs_test *test)
{
	bool failed;

	if (!test)
		return 1;
	failed = cqrs_test_failure(test) != NULL;
	if (failed || is_expected(test)) {
		release(test);
		return failed;
	}
	fail_at_last(test);
	return 1;
}

/* ---- for the other files ---- */

struct cqrs_stream cqrs__test_stream(const struct cqrs_test *test)
{
	return (struct cqrs_stream){ test->aggregate.type, test->aggregate_id };
}

const struct cqrs_view *cqrs__test_view(struct cqrs_test *test, const struct cqrs_test_place *place,
                                        const struct cqrs_view *view)
{
	for (size_t i = 0; i < test->options.view_count; i++)
		if (test->views[i].given == view)
			return &test->views[i].view;
	cqrs__test_fail(test, place, "the test was not given the view %s",
	                view ? view->type : "NULL");
	return NULL;
}

const void *cqrs__test_value(struct cqrs_test *test, const struct cqrs_test_place *place,
                             const struct cqrs_record *record, struct cqrs_test_value value)
{
	void *zeroed;

	if (value.size != record->size || strcmp(value.tag, record->name) != 0) {
		cqrs__test_fail(test, place, "a struct %s was given for a struct %s", value.tag,
		                record->name);
		return NULL;
	}
	if (value.value)
		return value.value;
	zeroed = cqrs_arena_allocate(test->passing, record->size);
	if (!zeroed)
		cqrs__test_fail(test, place, "no memory for '%s'", record->name);
	else
		cqrs_record_init(record, test->passing, zeroed);
	return zeroed;
}
