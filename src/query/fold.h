/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* fold.h - folding events into an inline view, and the write that saves it. */
#ifndef CQRS_SRC_QUERY_FOLD_H
#define CQRS_SRC_QUERY_FOLD_H

#include "domain/held.h"

#include <cqrs/store.h>
#include <cqrs/view.h>

/* A view as it is kept beside an aggregate's state. */
struct cqrs__held_view {
	const struct cqrs_view *view;
	struct cqrs__held held;
	bool loaded;
	bool removed;     /* the last event folded removed it */
	uint64_t version; /* the sequence of the last event folded */
};

void cqrs__held_view_init(struct cqrs__held_view *view, const struct cqrs_view *type,
                          const struct cqrs_allocator *allocator);
void cqrs__held_view_deinit(struct cqrs__held_view *view);

/*
 * Read the view from the store; one that is not there is all zero at version 0.
 * Errors: as the store's; CQRS_ERR_CORRUPT, the row does not decode (view->version is its version).
 */
enum cqrs_status cqrs__held_view_load(struct cqrs__held_view *view, struct cqrs_store *store,
                                      const char *id, struct cqrs_arena *scratch,
                                      struct cqrs_error *err);

/*
 * Fold events, which follow the view's version, and describe what has to be saved. The
 * write's texts live in arena.
 * Errors: CQRS_ERR_FAILED, the view said so; CQRS_ERR_INVALID, a value cannot be stored;
 *   CQRS_ERR_NOMEM. The view is then to be loaded again.
 */
enum cqrs_status cqrs__held_view_fold(struct cqrs__held_view *view, const char *id,
                                      const struct cqrs_envelope *events, size_t count,
                                      struct cqrs_arena *arena, struct cqrs_view_write *out_write,
                                      struct cqrs_error *err);

#endif
