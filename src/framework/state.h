/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* state.h - an aggregate's state: loading it from a store, applying events to it. */
#ifndef CQRS_SRC_FRAMEWORK_STATE_H
#define CQRS_SRC_FRAMEWORK_STATE_H

#include "domain/held.h"
#include "domain/model.h"

#include <cqrs/store.h>

struct cqrs__state {
	const struct cqrs__aggregate_model *aggregate;
	struct cqrs__held held;
	uint64_t sequence;      /* of the last event applied; 0: none */
	int64_t recorded_at_us; /* of that event */
};

/* How far to load. */
struct cqrs__load_bounds {
	uint64_t max_sequence;
	int64_t max_recorded_at_us;
};
#define CQRS__LOAD_ALL ((struct cqrs__load_bounds){ UINT64_MAX, INT64_MAX })

void cqrs__state_init(struct cqrs__state *state, const struct cqrs__aggregate_model *aggregate,
                      const struct cqrs_allocator *allocator);
void cqrs__state_deinit(struct cqrs__state *state);
size_t cqrs__state_size(const struct cqrs__state *state);

/*
 * Load an aggregate: the newest fitting snapshot, then the events after it. scratch is
 * reset now and then.
 * Errors: as the store's; CQRS_ERR_NOT_FOUND, the stream was deleted; CQRS_ERR_CORRUPT;
 *   CQRS_ERR_NOMEM. The state is then unusable.
 */
enum cqrs_status
cqrs__state_load(struct cqrs__state *state, struct cqrs_store *store, const char *id,
                 struct cqrs__load_bounds bounds, struct cqrs_arena *scratch,
                 const struct cqrs_environment *environment, struct cqrs_error *err);

/*
 * Apply an event; what it points to is copied into the state's memory first.
 * Errors: CQRS_ERR_NOMEM. The state is then unusable.
 */
enum cqrs_status cqrs__state_apply(struct cqrs__state *state, const struct cqrs_event_entry *entry,
                                   const void *event, int64_t recorded_at_us,
                                   struct cqrs_error *err);

#endif
