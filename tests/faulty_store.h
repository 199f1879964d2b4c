/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * faulty_store.h - a store around the memory store that breaks one promise of the store
 * contract, as real ones have: the control of the store suite, which must find each.
 */
#ifndef CQRS_TESTS_FAULTY_STORE_H
#define CQRS_TESTS_FAULTY_STORE_H

#include <cqrs/store.h>

enum fault {
	FAULT_NONE = 0,
	FAULT_EARLY_OFFSETS,    /* offsets are taken before the commit, as a SQL sequence does */
	FAULT_LATE_EVENTS,      /* offsets without gaps, but an event may come after a higher one */
	FAULT_PARTS_ONE_BY_ONE, /* a commit is stored in two steps */
	FAULT_ANY_SEQUENCE,     /* expected sequences are not checked */
	FAULT_ANY_VERSION,      /* expected versions of views are not checked */
	FAULT_ANY_CHECKPOINT,   /* expected offsets of checkpoints are not checked */
	FAULT_NO_KEYS,          /* idempotency keys are not stored */
	FAULT_NO_AFTER,         /* a commit is stored though the one it was built on was not */
	FAULT_BATCH_STOPS,      /* a refused commit takes the rest of the batch along */
	FAULT_FIRST_SNAPSHOT,   /* only a stream's first snapshot is saved */
	FAULT_FOLDED_IDS,       /* ids of views that differ by case are the same */
	FAULT_32_BITS,          /* versions are cut to 32 bits */
	FAULT_DOUBLES,          /* versions went through a double */
	FAULT_MILLISECONDS,     /* times of events lose their microseconds */
	FAULT_FIRST_PAGE,       /* a stream ends with its first page */
	FAULT_NO_TOMBSTONES,    /* a removed view looks as if it never was */
	FAULT_NO_DELETED_EVENTS, /* deleted events vanish from their feed */
	FAULT_UNORDERED_LISTS,   /* views are not listed in the order of their ids */
	FAULT_EARLY_WAKE,        /* a wait ends without news */
	FAULT_PURGE_ALL,         /* keys are purged whatever their time */
};

/** Open a faulty store; closed as any. */
enum cqrs_status open_faulty_store(enum fault fault, struct cqrs_store **out_store,
                                   struct cqrs_error *err);

#endif
