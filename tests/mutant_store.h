/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * mutant_store.h - a store around the memory store that breaks one promise of the store
 * contract, as real ones have: the control of the store suite, which must find each.
 */
#ifndef CQRS_TESTS_MUTANT_STORE_H
#define CQRS_TESTS_MUTANT_STORE_H

#include <cqrs/store.h>

enum mutant {
	MUTANT_NONE = 0,
	MUTANT_EARLY_OFFSETS, /* offsets are taken before the commit, as a SQL sequence does */
	MUTANT_LATE_EVENTS,   /* offsets without gaps, but an event may come after a higher one */
	MUTANT_PARTS_ONE_BY_ONE,  /* a commit is stored in two steps */
	MUTANT_ANY_SEQUENCE,      /* expected sequences are not checked */
	MUTANT_ANY_VERSION,       /* expected versions of views are not checked */
	MUTANT_ANY_CHECKPOINT,    /* expected offsets of checkpoints are not checked */
	MUTANT_NO_KEYS,           /* idempotency keys are not stored */
	MUTANT_NO_AFTER,          /* a commit is stored though the one it was built on was not */
	MUTANT_BATCH_STOPS,       /* a refused commit takes the rest of the batch along */
	MUTANT_FIRST_SNAPSHOT,    /* only a stream's first snapshot is saved */
	MUTANT_FOLDED_IDS,        /* ids of views that differ by case are the same */
	MUTANT_32_BITS,           /* versions are cut to 32 bits */
	MUTANT_DOUBLES,           /* versions went through a double */
	MUTANT_MILLISECONDS,      /* times of events lose their microseconds */
	MUTANT_FIRST_PAGE,        /* a stream ends with its first page */
	MUTANT_NO_TOMBSTONES,     /* a removed view looks as if it never was */
	MUTANT_NO_DELETED_EVENTS, /* deleted events vanish from their feed */
	MUTANT_UNORDERED_LISTS,   /* views are not listed in the order of their ids */
	MUTANT_EARLY_WAKE,        /* a wait ends without news */
	MUTANT_PURGE_ALL,         /* keys are purged whatever their time */
};

/** Open a mutant store; closed as any. */
enum cqrs_status open_mutant_store(enum mutant mutant, struct cqrs_store **out_store,
                                   struct cqrs_error *err);

#endif
