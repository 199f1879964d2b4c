/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * run.c - executing one command: a framework is made for it and released after it, and so is
 * the memory in which the command was handed over. Both are overwritten (poison.h).
 */
#include "domain_test.h"

#include <string.h>

/* ---- the kit's own command and event ---- */

struct event_list {
	const struct cqrs_test_event *events;
	size_t count;
};

static const struct cqrs_command_type emit_command = {
	.name = "cqrs.testing.Emit",
	.record = CQRS__EMPTY_RECORD(event_list), /* never written as JSON */
};

static const struct cqrs_event_type past_event = {
	.name = "cqrs.testing.Past",
	.version = "1.0",
	.record = CQRS__EMPTY_RECORD(past),
};

static enum cqrs_status emit_all(struct cqrs_context *ctx, const void *state, const void *command)
{
	const struct event_list *list = command;
	enum cqrs_status status = CQRS_OK;

	(void)state;
	for (size_t i = 0; i < list->count && status == CQRS_OK; i++)
		status = cqrs_emit_event(ctx, list->events[i].type, list->events[i].event);
	return status;
}

static void apply_past(void *state, const void *event)
{
	(void)state;
	(void)event;
}

const struct cqrs_command_entry cqrs__test_emit_entry = { &emit_command, emit_all };
const struct cqrs_event_entry cqrs__test_past_entry = { &past_event, apply_past };

/* ---- handing over ---- */

/* A copy of a value in memory that will be overwritten. */
static enum cqrs_status copy_value(const struct cqrs_record *record, const void *value,
                                   struct cqrs_arena *arena, const void **out_copy,
                                   struct cqrs_error *err)
{
	void *copy;

	if (!value) {
		*out_copy = NULL;
		return CQRS_OK;
	}
	copy = cqrs_arena_allocate(arena, record->size);
	if (!copy)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for '%s'", record->name);
	*out_copy = copy;
	return cqrs_record_copy(record, value, arena, copy, err);
}

static enum cqrs_status copy_text(const char *text, struct cqrs_arena *arena, const char **out_copy,
                                  struct cqrs_error *err)
{
	*out_copy = text ? cqrs_arena_text(arena, text, strlen(text)) : NULL;
	if (text && !*out_copy)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a text");
	return CQRS_OK;
}

/* What was given, and what comes with the command, which counts where names are the same. */
static enum cqrs_status merge_metadata(const struct cqrs_test *test, struct cqrs_arena *arena,
                                       struct cqrs_metadata *metadata, struct cqrs_error *err)
{
	struct cqrs_metadata given = { test->metadata, test->metadata_count };
	struct cqrs_metadata_entry *items =
		cqrs_arena_allocate(arena, (given.count + metadata->count) * sizeof(*items));
	enum cqrs_status status = CQRS_OK;
	size_t count = 0;

	if (!items)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for metadata");
	if (metadata->count && !metadata->items)
		return cqrs_error_set(err, CQRS_ERR_INVALID, "metadata has a count but no items");
	for (size_t i = 0; i < metadata->count; i++)
		items[count++] = metadata->items[i];
	for (size_t i = 0; i < given.count; i++)
		if (!cqrs_metadata_get(metadata, given.items[i].name))
			items[count++] = given.items[i];
	for (size_t i = 0; i < count && status == CQRS_OK; i++) {
		status = copy_text(items[i].name, arena, &items[i].name, err);
		if (status == CQRS_OK)
			status = copy_text(items[i].value, arena, &items[i].value, err);
	}
	*metadata = (struct cqrs_metadata){ items, count };
	return status;
}

static enum cqrs_status
copy_options(struct cqrs_test *test, const struct cqrs_execute_options *given,
             struct cqrs_arena *arena, struct cqrs_execute_options *out, struct cqrs_error *err)
{
	enum cqrs_status status;

	*out = cqrs_execute_options_init();
	if (given && (given->size < sizeof(given->size) || given->size > sizeof(*out)))
		return cqrs_error_set(err, CQRS_ERR_INVALID,
		                      "options were not made by their macro");
	if (given)
		memcpy(out, given, given->size);
	out->size = sizeof(*out);
	out->events_arena = test->outcome_arena;
	status = merge_metadata(test, arena, &out->metadata, err);
	if (status == CQRS_OK)
		status = copy_text(out->idempotency_key, arena, &out->idempotency_key, err);
	return status;
}

/* ---- running ---- */

enum cqrs_status cqrs__test_framework(struct cqrs_test *test, enum cqrs__test_audience audience,
                                      struct cqrs_framework **out_framework, struct cqrs_error *err)
{
	struct cqrs_framework_options options = cqrs_framework_options_init();
	const struct cqrs_aggregate *aggregates[] = { &test->aggregate };

	options.store = test->store;
	options.services = test->options.services;
	options.environment = &test->environment;
	options.aggregates = aggregates;
	options.aggregate_count = 1;
	options.views = test->view_list;
	options.view_count = audience == CQRS__TEST_NOBODY ? 0 : test->options.view_count;
	options.queries = test->options.queries;
	options.query_count = audience == CQRS__TEST_ALL ? test->options.query_count : 0;
	return cqrs_framework_new(&options, out_framework, err);
}

/* request->command is a copy already, or the kit's own. */
static enum cqrs_status execute(struct cqrs_test *test, struct cqrs_request *request,
                                enum cqrs__test_audience audience, struct cqrs_error *err)
{
	struct cqrs_framework *framework = NULL;
	enum cqrs_status status = cqrs__test_framework(test, audience, &framework, err);

	if (status == CQRS_OK)
		status = cqrs_execute_batch(framework, request, 1);
	cqrs_framework_free(framework);
	return status;
}

/* Into memory that is overwritten afterwards; what events point to the framework copies itself. */
static enum cqrs_status hand_over(struct cqrs_test *test, const struct cqrs__test_command *command,
                                  struct cqrs_arena *arena, struct cqrs_error *err)
{
	struct cqrs_execute_options options;
	struct cqrs_request request = {
		.aggregate_id = test->aggregate_id,
		.type = command->type,
		.command = command->command,
		.options = &options,
		.result = &test->outcome.result,
		.err = err,
	};
	enum cqrs_status status = copy_options(test, command->options, arena, &options, err);

	if (status == CQRS_OK)
		status = copy_text(command->json, arena, &request.json, err);
	if (status == CQRS_OK && command->type && command->type != &emit_command)
		status = copy_value(&command->type->record, command->command, arena,
		                    &request.command, err);
	return status == CQRS_OK ? execute(test, &request, command->audience, err) : status;
}

static void note_time(struct cqrs_test *test)
{
	const struct cqrs_result *result = &test->outcome.result;

	if (test->outcome.status == CQRS_OK && result->event_count)
		test->last_event_us = result->events[result->event_count - 1].recorded_at_us;
}

bool cqrs__test_run(struct cqrs_test *test, const struct cqrs_test_place *place,
                    const struct cqrs__test_command *command)
{
	struct cqrs_error *err = &test->outcome.err;
	struct cqrs_arena *arena = NULL;

	cqrs_arena_reset(test->outcome_arena);
	test->asked = true;
	test->expected = false;
	test->asked_at = *place;
	test->outcome = (struct cqrs_test_outcome){ .err = CQRS_ERROR_INIT };
	test->within = true;
	test->outcome.status = cqrs_arena_new(&test->poison.allocator, &arena, err);
	if (test->outcome.status == CQRS_OK)
		test->outcome.status = hand_over(test, command, arena, err);
	cqrs_arena_free(arena);
	test->within = false;
	note_time(test);
	if (test->nested)
		cqrs__test_fail(test, place, "a sentence was used inside of this one");
	return !test->nested;
}

bool cqrs__test_run_events(struct cqrs_test *test, const struct cqrs_test_place *place,
                           const struct cqrs_test_event *events, size_t count,
                           enum cqrs__test_audience audience)
{
	struct event_list list = { events, count };

	return cqrs__test_run(test, place,
	                      &(const struct cqrs__test_command){
				      .type = &emit_command,
				      .command = &list,
				      .audience = audience,
			      });
}
