/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * model.h - the domain that a framework was given, checked and indexed: which aggregate a
 * command belongs to, which event type a stored name means, which views an aggregate has.
 */
#ifndef CQRS_SRC_DOMAIN_MODEL_H
#define CQRS_SRC_DOMAIN_MODEL_H

#include "core/environment.h"

#include <cqrs/view.h>

struct cqrs__aggregate_model {
	const struct cqrs_aggregate *aggregate;
	uint64_t fingerprint; /* of its snapshots */
	const struct cqrs_view **views;
	size_t view_count;
	size_t type_len;
	const bool *plain; /* of each of its events, as in cqrs__record_is_plain() */
};

struct cqrs__command_model {
	const struct cqrs_command_type *type;
	cqrs_handle_fn handle;
	const struct cqrs__aggregate_model *aggregate;
};

struct cqrs__model {
	const struct cqrs_environment *environment;
	struct cqrs__aggregate_model *aggregates;
	size_t aggregate_count;
	struct cqrs__command_model *commands; /* sorted by their type's address */
	size_t command_count;
	const struct cqrs_view **views; /* those of one aggregate together */
	size_t view_count;
	bool *plain; /* of all aggregates' events */
};

/* Check and index; on failure nothing is kept. environment is borrowed. */
enum cqrs_status
cqrs__model_init(struct cqrs__model *model, const struct cqrs_environment *environment,
                 const struct cqrs_aggregate *const *aggregates, size_t aggregate_count,
                 const struct cqrs_view *const *views, size_t view_count, struct cqrs_error *err);
void cqrs__model_deinit(struct cqrs__model *model);

/* Each is NULL where there is none. */
const struct cqrs__aggregate_model *cqrs__model_aggregate(const struct cqrs__model *model,
                                                          const struct cqrs_aggregate *aggregate);
const struct cqrs__aggregate_model *cqrs__model_aggregate_of_type(const struct cqrs__model *model,
                                                                  const char *type);
const struct cqrs__command_model *cqrs__model_command(const struct cqrs__model *model,
                                                      const struct cqrs_command_type *type);

/*
 * The command of a name; aggregate_type NULL: of any aggregate.
 * Errors: CQRS_ERR_INVALID, there is none (code "unknown_command"), or several have it.
 */
enum cqrs_status cqrs__model_command_named(const struct cqrs__model *model, const char *name,
                                           const char *aggregate_type,
                                           const struct cqrs__command_model **out_command,
                                           struct cqrs_error *err);
const struct cqrs_event_entry *cqrs__aggregate_event(const struct cqrs_aggregate *aggregate,
                                                     const struct cqrs_event_type *type);
/* Whether an event of the aggregate's table need not be copied to outlive what made it. */
static inline bool cqrs__model_event_is_plain(const struct cqrs__aggregate_model *model,
                                              const struct cqrs_event_entry *entry)
{
	return model->plain[entry - model->aggregate->events.items];
}
const struct cqrs_event_entry *cqrs__aggregate_event_named(const struct cqrs_aggregate *aggregate,
                                                           const char *name, const char *version);

#endif
