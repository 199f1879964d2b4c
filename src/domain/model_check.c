/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* model_check.c - the checks that a domain must pass before a framework takes it. */
#include "domain/model_check.h"

#include "core/text.h"

#include <string.h>

static enum cqrs_status check_name(const char *what, const char *name, size_t max,
                                   struct cqrs_error *err)
{
	size_t len = name ? strnlen(name, max + 1) : 0;

	if (!len)
		return cqrs_error_set(err, CQRS_ERR_INVALID, "%s has no name", what);
	if (len > max)
		return cqrs_error_set(err, CQRS_ERR_INVALID, "%s's name is longer than %zu bytes",
		                      what, max);
	if (!cqrs__utf8_valid(name, len))
		return cqrs_error_set(err, CQRS_ERR_INVALID, "%s's name is not UTF-8", what);
	if (cqrs__text_has_control(name))
		return cqrs_error_set(err, CQRS_ERR_INVALID, "%s's name has a control character",
		                      what);
	return CQRS_OK;
}

/* A record description, with what it belongs to in front of the message. */
static enum cqrs_status check_record(const char *what, const char *name,
                                     const struct cqrs_record *record, struct cqrs_error *err)
{
	enum cqrs_status status = cqrs_record_check(record, err);

	if (status != CQRS_OK && err)
		cqrs_error_prefix(err, "%s '%s'", what, name);
	return status;
}

static enum cqrs_status check_commands(const struct cqrs_aggregate *aggregate,
                                       struct cqrs_error *err)
{
	for (size_t i = 0; i < aggregate->commands.count; i++) {
		const struct cqrs_command_entry *entry = &aggregate->commands.items[i];
		enum cqrs_status status;

		if (!entry->type || !entry->handle)
			return cqrs_error_set(
				err, CQRS_ERR_INVALID,
				"aggregate '%s' has a command without type or handler",
				aggregate->type);
		status = check_name("a command", entry->type->name, CQRS_MAX_TYPE_LEN, err);
		if (status != CQRS_OK)
			return status;
		for (size_t j = 0; j < i; j++)
			if (strcmp(aggregate->commands.items[j].type->name, entry->type->name) == 0)
				return cqrs_error_set(err, CQRS_ERR_INVALID,
				                      "aggregate '%s' has two commands '%s'",
				                      aggregate->type, entry->type->name);
		status = check_record("command", entry->type->name, &entry->type->record, err);
		if (status != CQRS_OK)
			return status;
	}
	return CQRS_OK;
}

static enum cqrs_status check_events(const struct cqrs_aggregate *aggregate, struct cqrs_error *err)
{
	for (size_t i = 0; i < aggregate->events.count; i++) {
		const struct cqrs_event_entry *entry = &aggregate->events.items[i];
		enum cqrs_status status;

		if (!entry->type || !entry->apply)
			return cqrs_error_set(err, CQRS_ERR_INVALID,
			                      "aggregate '%s' has an event without type or apply "
			                      "function",
			                      aggregate->type);
		status = check_name("an event", entry->type->name, CQRS_MAX_TYPE_LEN, err);
		if (status == CQRS_OK)
			status = check_name("an event's version", entry->type->version,
			                    CQRS_MAX_VERSION_LEN, err);
		if (status != CQRS_OK)
			return status;
		for (size_t j = 0; j < i; j++) {
			const struct cqrs_event_type *other = aggregate->events.items[j].type;

			if (strcmp(other->name, entry->type->name) == 0 &&
			    strcmp(other->version, entry->type->version) == 0)
				return cqrs_error_set(err, CQRS_ERR_INVALID,
				                      "aggregate '%s' has two events '%s' '%s'",
				                      aggregate->type, other->name, other->version);
		}
		status = check_record("event", entry->type->name, &entry->type->record, err);
		if (status != CQRS_OK)
			return status;
	}
	return CQRS_OK;
}

static enum cqrs_status check_aggregate(const struct cqrs_aggregate *const *aggregates,
                                        size_t index, struct cqrs_error *err)
{
	const struct cqrs_aggregate *aggregate = aggregates[index];
	enum cqrs_status status;

	if (!aggregate)
		return cqrs_error_set(err, CQRS_ERR_INVALID, "an aggregate is NULL");
	status = check_name("an aggregate", aggregate->type, CQRS_MAX_TYPE_LEN, err);
	if (status != CQRS_OK)
		return status;
	for (size_t i = 0; i < index; i++)
		if (strcmp(aggregates[i]->type, aggregate->type) == 0)
			return cqrs_error_set(err, CQRS_ERR_INVALID, "two aggregates are '%s'",
			                      aggregate->type);
	status = check_record("aggregate", aggregate->type, &aggregate->state, err);
	if (status == CQRS_OK)
		status = check_commands(aggregate, err);
	if (status == CQRS_OK)
		status = check_events(aggregate, err);
	return status;
}

static bool has_aggregate(const struct cqrs_aggregate *const *aggregates, size_t count,
                          const struct cqrs_aggregate *wanted)
{
	for (size_t i = 0; i < count; i++)
		if (aggregates[i] == wanted)
			return true;
	return false;
}

static enum cqrs_status check_view(const struct cqrs_view *const *views, size_t index,
                                   struct cqrs_error *err)
{
	const struct cqrs_view *view = views[index];
	enum cqrs_status status;

	if (!view)
		return cqrs_error_set(err, CQRS_ERR_INVALID, "a view is NULL");
	status = check_name("a view", view->type, CQRS_MAX_TYPE_LEN, err);
	if (status != CQRS_OK)
		return status;
	for (size_t i = 0; i < index; i++)
		if (strcmp(views[i]->type, view->type) == 0)
			return cqrs_error_set(err, CQRS_ERR_INVALID, "two views are '%s'",
			                      view->type);
	if (!view->update)
		return cqrs_error_set(err, CQRS_ERR_INVALID, "view '%s' has no update function",
		                      view->type);
	status = check_record("view", view->type, &view->record, err);
	if (status == CQRS_OK && view->entry)
		status = check_record("the entries of view", view->type, view->entry, err);
	return status;
}

enum cqrs_status cqrs__model_check(const struct cqrs_aggregate *const *aggregates,
                                   size_t aggregate_count, const struct cqrs_view *const *views,
                                   size_t view_count, struct cqrs_error *err)
{
	enum cqrs_status status = CQRS_OK;

	if (!aggregate_count)
		return cqrs_error_set(err, CQRS_ERR_INVALID, "a framework needs an aggregate");
	for (size_t i = 0; i < aggregate_count && status == CQRS_OK; i++)
		status = check_aggregate(aggregates, i, err);
	for (size_t i = 0; i < view_count && status == CQRS_OK; i++) {
		status = check_view(views, i, err);
		if (status == CQRS_OK &&
		    !has_aggregate(aggregates, aggregate_count, views[i]->aggregate))
			status = cqrs_error_set(err, CQRS_ERR_INVALID,
			                        "view '%s' is of an aggregate that the framework "
			                        "does not have",
			                        views[i]->type);
	}
	return status;
}

enum cqrs_status cqrs__model_check_commands(const struct cqrs__model *model, struct cqrs_error *err)
{
	for (size_t i = 1; i < model->command_count; i++)
		if (model->commands[i].type == model->commands[i - 1].type)
			return cqrs_error_set(err, CQRS_ERR_INVALID,
			                      "command '%s' stands in the tables of '%s' and '%s'",
			                      model->commands[i].type->name,
			                      model->commands[i - 1].aggregate->aggregate->type,
			                      model->commands[i].aggregate->aggregate->type);
	return CQRS_OK;
}
