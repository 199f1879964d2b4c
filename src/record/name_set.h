/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * name_set.h - the names of an object's members that its record does not have, to find one
 * that comes twice.
 *
 * Whoever sends a document chooses the names, so the hash has a key that they cannot know:
 * it comes from addresses, which differ from process to process.
 */
#ifndef CQRS_SRC_RECORD_NAME_SET_H
#define CQRS_SRC_RECORD_NAME_SET_H

#include <cqrs/memory.h>

struct cqrs__name_set {
	struct cqrs_arena *arena;
	struct cqrs_text *slots; /* data NULL: free */
	size_t capacity;         /* a power of two, or 0 */
	size_t count;
};

/* Add a name, which is borrowed. Errors: CQRS_ERR_CONFLICT, it is there; CQRS_ERR_NOMEM. */
enum cqrs_status cqrs__name_set_add(struct cqrs__name_set *set, struct cqrs_text name);

#endif
