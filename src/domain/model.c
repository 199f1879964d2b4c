/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* model.c - building the index and looking things up in it. The checks are model_check.c's. */
#include "domain/model.h"

#include "core/hash.h"
#include "domain/model_check.h"
#include "record/codec.h"

#include <stdlib.h>
#include <string.h>

uint64_t cqrs_aggregate_fingerprint(const struct cqrs_aggregate *aggregate)
{
	struct cqrs__hash hash;

	cqrs__hash_begin(&hash, NULL);
	cqrs__hash_number(&hash, cqrs_record_fingerprint(&aggregate->state));
	cqrs__hash_number(&hash, aggregate->version);
	return cqrs__hash_end(&hash);
}

static int compare_commands(const void *a, const void *b)
{
	const struct cqrs__command_model *left = a;
	const struct cqrs__command_model *right = b;
	uintptr_t x = (uintptr_t)left->type;
	uintptr_t y = (uintptr_t)right->type;

	return (x > y) - (x < y);
}

static void index_commands(struct cqrs__model *model)
{
	struct cqrs__command_model *next = model->commands;

	for (size_t i = 0; i < model->aggregate_count; i++) {
		const struct cqrs_aggregate *aggregate = model->aggregates[i].aggregate;

		for (size_t j = 0; j < aggregate->commands.count; j++)
			*next++ = (struct cqrs__command_model){
				.type = aggregate->commands.items[j].type,
				.handle = aggregate->commands.items[j].handle,
				.aggregate = &model->aggregates[i],
			};
	}
	if (model->command_count)
		qsort(model->commands, model->command_count, sizeof(*model->commands),
		      compare_commands);
}

static void index_events(struct cqrs__model *model)
{
	bool *next = model->plain;

	for (size_t i = 0; i < model->aggregate_count; i++) {
		const struct cqrs_aggregate *aggregate = model->aggregates[i].aggregate;

		model->aggregates[i].plain = next;
		for (size_t j = 0; j < aggregate->events.count; j++)
			*next++ = cqrs__record_is_plain(&aggregate->events.items[j].type->record);
	}
}

static void index_views(struct cqrs__model *model, const struct cqrs_view *const *views)
{
	const struct cqrs_view **next = model->views;

	for (size_t i = 0; i < model->aggregate_count; i++) {
		struct cqrs__aggregate_model *aggregate = &model->aggregates[i];

		aggregate->views = next;
		for (size_t j = 0; j < model->view_count; j++)
			if (views[j]->aggregate == aggregate->aggregate)
				*next++ = views[j];
		aggregate->view_count = (size_t)(next - aggregate->views);
	}
}

enum cqrs_status
cqrs__model_init(struct cqrs__model *model, const struct cqrs_environment *environment,
                 const struct cqrs_aggregate *const *aggregates, size_t aggregate_count,
                 const struct cqrs_view *const *views, size_t view_count, struct cqrs_error *err)
{
	struct cqrs__model built = { .environment = environment,
		                     .aggregate_count = aggregate_count,
		                     .view_count = view_count };
	size_t event_count = 0;
	enum cqrs_status status =
		cqrs__model_check(aggregates, aggregate_count, views, view_count, err);

	if (status != CQRS_OK)
		return status;
	for (size_t i = 0; i < aggregate_count; i++) {
		built.command_count += aggregates[i]->commands.count;
		event_count += aggregates[i]->events.count;
	}
	built.aggregates =
		cqrs__allocate_zeroed(environment, aggregate_count, sizeof(*built.aggregates));
	built.commands = cqrs__allocate_zeroed(environment, built.command_count + 1,
	                                       sizeof(*built.commands));
	built.views = cqrs__allocate_zeroed(environment, view_count + 1, sizeof(*built.views));
	built.plain = cqrs__allocate_zeroed(environment, event_count + 1, sizeof(*built.plain));
	if (!built.aggregates || !built.commands || !built.views || !built.plain) {
		cqrs__model_deinit(&built);
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for the domain's index");
	}
	for (size_t i = 0; i < aggregate_count; i++) {
		built.aggregates[i].aggregate = aggregates[i];
		built.aggregates[i].fingerprint = cqrs_aggregate_fingerprint(aggregates[i]);
		built.aggregates[i].type_len = strlen(aggregates[i]->type);
	}
	index_commands(&built);
	index_events(&built);
	index_views(&built, views);
	status = cqrs__model_check_commands(&built, err);
	if (status != CQRS_OK) {
		cqrs__model_deinit(&built);
		return status;
	}
	*model = built;
	return CQRS_OK;
}

void cqrs__model_deinit(struct cqrs__model *model)
{
	cqrs__release(model->environment, model->aggregates);
	cqrs__release(model->environment, model->commands);
	cqrs__release(model->environment, model->views);
	cqrs__release(model->environment, model->plain);
}

const struct cqrs__aggregate_model *cqrs__model_aggregate(const struct cqrs__model *model,
                                                          const struct cqrs_aggregate *aggregate)
{
	for (size_t i = 0; i < model->aggregate_count; i++)
		if (model->aggregates[i].aggregate == aggregate)
			return &model->aggregates[i];
	return NULL;
}

const struct cqrs__aggregate_model *cqrs__model_aggregate_of_type(const struct cqrs__model *model,
                                                                  const char *type)
{
	for (size_t i = 0; i < model->aggregate_count; i++)
		if (strcmp(model->aggregates[i].aggregate->type, type) == 0)
			return &model->aggregates[i];
	return NULL;
}

const struct cqrs__command_model *cqrs__model_command(const struct cqrs__model *model,
                                                      const struct cqrs_command_type *type)
{
	struct cqrs__command_model key = { .type = type };

	if (!model->command_count)
		return NULL;
	return bsearch(&key, model->commands, model->command_count, sizeof(*model->commands),
	               compare_commands);
}

enum cqrs_status cqrs__model_command_named(const struct cqrs__model *model, const char *name,
                                           const char *aggregate_type,
                                           const struct cqrs__command_model **out_command,
                                           struct cqrs_error *err)
{
	const struct cqrs__command_model *found = NULL;
	enum cqrs_status status;

	for (size_t i = 0; i < model->command_count; i++) {
		const struct cqrs__command_model *command = &model->commands[i];

		if (strcmp(command->type->name, name) != 0 ||
		    (aggregate_type &&
		     strcmp(command->aggregate->aggregate->type, aggregate_type) != 0))
			continue;
		if (found)
			return cqrs_error_set(err, CQRS_ERR_INVALID,
			                      "several aggregates have the command '%s': name one "
			                      "in options.aggregate_type",
			                      name);
		found = command;
	}
	if (found) {
		*out_command = found;
		return CQRS_OK;
	}
	status = cqrs_error_set(err, CQRS_ERR_INVALID, "no aggregate has this command");
	if (err)
		strcpy(err->code, "unknown_command");
	return status;
}

const struct cqrs_event_entry *cqrs__aggregate_event(const struct cqrs_aggregate *aggregate,
                                                     const struct cqrs_event_type *type)
{
	for (size_t i = 0; i < aggregate->events.count; i++)
		if (aggregate->events.items[i].type == type)
			return &aggregate->events.items[i];
	return NULL;
}

const struct cqrs_event_entry *cqrs__aggregate_event_named(const struct cqrs_aggregate *aggregate,
                                                           const char *name, const char *version)
{
	for (size_t i = 0; i < aggregate->events.count; i++) {
		const struct cqrs_event_type *type = aggregate->events.items[i].type;

		if (strcmp(type->name, name) == 0 && strcmp(type->version, version) == 0)
			return &aggregate->events.items[i];
	}
	return NULL;
}
