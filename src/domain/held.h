/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * held.h - a value that events change again and again, and the memory it owns.
 *
 * What events leave behind fills that memory. When it has grown to twice its size after
 * the last compaction (and to 64 KiB at least), the value is copied out by its descriptor
 * and back into the emptied memory: memory is bounded by the value, not by its history.
 */
#ifndef CQRS_SRC_DOMAIN_HELD_H
#define CQRS_SRC_DOMAIN_HELD_H

#include "core/arena.h"

#include <cqrs/record.h>

struct cqrs__held {
	const struct cqrs_record *record;
	struct cqrs_arena memory;
	void *value;       /* in memory; NULL before the first reset */
	size_t compact_at; /* bytes of memory */
};

/* Allocates nothing yet. */
void cqrs__held_init(struct cqrs__held *held, const struct cqrs_record *record,
                     const struct cqrs_allocator *allocator);
void cqrs__held_deinit(struct cqrs__held *held);

/* Make the value all zero, its lists with memory. Errors: CQRS_ERR_NOMEM. */
enum cqrs_status cqrs__held_reset(struct cqrs__held *held, struct cqrs_error *err);

/*
 * An event that the value may point into: copied into the value's memory, unless there is
 * nothing in it that could be pointed to. Errors: CQRS_ERR_NOMEM.
 */
enum cqrs_status cqrs__held_adopt(struct cqrs__held *held, const struct cqrs_record *record,
                                  const void *event, const void **out_event,
                                  struct cqrs_error *err);

/*
 * Compact if it is time; scratch is only used during the call. No pointer into the value
 * may be kept over it. Errors: CQRS_ERR_NOMEM; the value is then lost: reset it.
 */
enum cqrs_status cqrs__held_compact(struct cqrs__held *held, struct cqrs_arena *scratch,
                                    struct cqrs_error *err);

#endif
