/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * mutant_store.h - a store around a store that does something otherwise than the one within,
 * as real stores and frameworks have: the control of whatever tests stores.
 *
 * A mutation says what is done otherwise; mutants.h lists the mutants made of them.
 */
#ifndef CQRS_TESTS_MUTANTS_MUTANT_STORE_H
#define CQRS_TESTS_MUTANTS_MUTANT_STORE_H

#include "testing/faults/relay.h"

#include <pthread.h>

enum { MUTANT_MAX_PARTS = 64 }; /* of one kind in a commit; tests have fewer */

struct mutant_store {
	struct cqrs__relay relay; /* the first: its functions are those that are not mutated */
	const struct mutation *mutation;
	bool owned;           /* relay.inner is closed with it */
	pthread_mutex_t lock; /* guards the rest */
	uint64_t random;
	void *kept; /* of the mutation's kept_size, zeroed at first; NULL where that is 0 */
};

struct mutation {
	/* In place of storing one commit within, whose after is NULL: it was judged before. */
	void (*commit_one)(struct mutant_store *store, struct cqrs_commit *commit);
	/* Functions in place of those that forward; each gets the mutant store. NULL: forward. */
	struct cqrs_store_ops ops;
	size_t kept_size;
};

/* Put a mutation around a store, which is closed with it when it is owned, on failure too. */
enum cqrs_status mutant_store_wrap(const struct mutation *mutation, struct cqrs_store *within,
                                   bool owned, struct cqrs_store **out_store,
                                   struct cqrs_error *err);
/* The same around a memory store of its own. */
enum cqrs_status mutant_store_open(const struct mutation *mutation, struct cqrs_store **out_store,
                                   struct cqrs_error *err);

/* ---- what mutations are made of ---- */

/* Store one commit as the mutation does, with the outcome in it; its after is not looked at. */
void mutant_commit_one(struct mutant_store *store, struct cqrs_commit *commit);
/* Refuse a commit whose after was not stored. False: that is not so. */
bool mutant_refuse_after(struct cqrs_commit *commit);
/* Store a commit in the store within; what commit_one is where it is NULL. */
void mutant_commit_within(struct mutant_store *store, struct cqrs_commit *commit);
/* Take over the outcome of a commit. */
void mutant_copy_outcome(struct cqrs_commit *to, const struct cqrs_commit *from);
/* Take over where an append's events stand. */
void mutant_copy_place(struct cqrs_append *to, const struct cqrs_append *from);
/* Sleep for up to 0.4 ms, so that others get in between; a borrowed store has its own delays. */
void mutant_linger(struct mutant_store *store);

#endif
