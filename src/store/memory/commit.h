/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * commit.h - a commit of the memory store while it is under way, shared by commit.c,
 * decide.c, reserve.c and write.c.
 */
#ifndef CQRS_STORE_MEMORY_COMMIT_H
#define CQRS_STORE_MEMORY_COMMIT_H

#include "store/memory/memory.h"

#define MEMORY_PARTS 16u /* parts of a commit that need no memory of their own */

/* One append, expect, snapshot, view, checkpoint or key of the commit. */
struct memory_part {
	uint64_t hash; /* of the stream, view or checkpoint */
	union {
		struct memory_feed *feed; /* of a stream */
		struct memory_side *side; /* of a view or checkpoint */
	} in;
	union {
		struct memory_stream *stream;
		struct memory_view *view;
		struct memory_checkpoint *checkpoint;
	} at; /* NULL: not there */
	union {
		struct memory_entries *entries; /* to replace those of the view */
		struct memory_key *key;
	} made; /* by reserve.c, owned until it is written; NULL: nothing */
};

struct memory_plan {
	struct memory_store *store;
	struct cqrs_commit *commit;
	/* One array in this order: appends, expects, snapshots, views, checkpoints, keys. */
	struct memory_part *appends;
	struct memory_part *expects;
	struct memory_part *snapshots;
	struct memory_part *views;
	struct memory_part *checkpoints;
	struct memory_part *keys;
	uint64_t feeds; /* the locks to hold: bit i is feed i */
	uint64_t sides;
};

/** Compare what the commit expects with what is there; false: its outcome is written. */
bool cqrs__memory_decide(struct memory_plan *plan);

/** Allocate all that writing will need; false when there is no memory: nothing has changed. */
bool cqrs__memory_reserve(struct memory_plan *plan);

/** Write all parts; cannot fail. */
void cqrs__memory_write(struct memory_plan *plan);

#endif
