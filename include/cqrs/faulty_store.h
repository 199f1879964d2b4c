/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * faulty_store.h - a store around a store that has a bad day: it fails, loses replies, is
 * slow, lets calls overtake each other, and dies, as a seed says (library cqrs-testing).
 *
 * For those who test an application: give its framework the faulty store in place of the
 * real one, execute commands as the application does, and check at the end, on the real
 * store, that what was acknowledged is there once. Where a seed finds a mistake, the same
 * seed finds it again.
 *
 *	status = cqrs_faulty_open(store, CQRS_FAULT_OPTIONS(.seed = seed, .lost_replies = 50),
 *	                          &faulty, &err);
 *	options.store = cqrs_faulty_store(faulty);
 *
 * The faults are those that a store's contract allows (docs/store-contract.md): each call
 * says UNAVAILABLE only where nothing was stored, and UNKNOWN where it may have been.
 *
 * What is reproducible. Whether a call meets faults, and which, follows from the seed, the
 * operation, the stream, view, projection or feed that it names (a commit names the first
 * that it writes), and how many such calls came before it; nothing else. Calls on one thread
 * therefore meet the same faults in each run. Of several threads the nth call of a kind meets
 * the same faults, whichever thread makes it; when a delayed call goes on, and what has
 * overtaken it by then, is up to the threads. Names may share a count (there are 1,024),
 * always the same ones.
 *
 * Threads: any number of threads may use a faulty store at the same time. No lock is held
 * while a function of its options or environment runs.
 */
#ifndef CQRS_FAULTY_STORE_H
#define CQRS_FAULTY_STORE_H

#include <cqrs/store.h>

CQRS_BEGIN_DECLS

struct cqrs_faulty; /* opaque; released with cqrs_faulty_close() */

enum cqrs_fault {
	CQRS_FAULT_ERROR_BEFORE = 0,
	CQRS_FAULT_ERROR_AFTER = 1,
	CQRS_FAULT_LOST_COMMIT = 2,
	CQRS_FAULT_LOST_REPLY = 3,
	CQRS_FAULT_DELAY = 4,
	CQRS_FAULT_REORDER = 5,
	CQRS_FAULT_MEANWHILE = 6,
	CQRS_FAULT_DEATH = 7,
};
#define CQRS_FAULTS 8 /* how many kinds there are */

/*
 * How often faults happen: of 1,000 calls that can meet one, about so many do. 0 is never,
 * 1,000 always. One call may meet several; the first that ends it counts, in this order:
 * delay, reorder, meanwhile, death before, error before, lost commit, the inner call, death
 * in the middle, meanwhile, lost reply or error after, delay, death after.
 */
struct cqrs_fault_options {
	size_t size; /* set by the macro or by _init() */
	/* What all follows from. 0: another each time, which cqrs_faulty_seed() tells. */
	uint64_t seed;
	/*
	 * NULL: the default; copied. Its allocator, and its sleep_us for delays, are used; a
	 * seed comes from its random, or from the time where that is NULL. Its log gets a line
	 * for each fault at CQRS_LOG_INFO, with what the call names. Calls that wait to be
	 * overtaken sleep by it as well.
	 */
	const struct cqrs_environment *environment;
	/* Any call: CQRS_ERR_UNAVAILABLE, and the inner store was not called. */
	uint64_t errors_before;
	/*
	 * A read or wait: the inner store was called, the reply is CQRS_ERR_UNAVAILABLE. A
	 * deletion or purge: it was done or refused, the reply is CQRS_ERR_UNKNOWN.
	 */
	uint64_t errors_after;
	/*
	 * Commits: all of the call are CQRS_ERR_UNKNOWN, and the inner store was not called. As
	 * after every commit that is answered with a fault, the places in their appends are 0.
	 */
	uint64_t lost_commits;
	/*
	 * Commits: the inner store was called, and whatever it stored or refused, all of the
	 * call are CQRS_ERR_UNKNOWN.
	 */
	uint64_t lost_replies;
	/* Any call: it sleeps up to max_delay_us before or after the inner call. */
	uint64_t delays;
	/*
	 * Any call: it waits until a call that came later is done (calm ones do not count), for
	 * max_delay_us at most, in 16 sleeps.
	 */
	uint64_t reorders;
	uint64_t max_delay_us; /* 0: 1,000 */
	/* Any call: meanwhile() is called right before or right after the inner call. */
	uint64_t meanwhiles;
	/*
	 * Any call: the process dies right before the inner call, or after it, before its reply
	 * or with it. die() is called; where that returns or is NULL, the store is dead: every
	 * further call that is well formed is CQRS_ERR_UNAVAILABLE, also while it is calm. The call
	 * itself, unless it died after its reply, and those of other threads on their way (a wait
	 * when its time is over) are CQRS_ERR_UNAVAILABLE where they read and CQRS_ERR_UNKNOWN
	 * where they write.
	 */
	uint64_t deaths;
	/*
	 * What others do at that moment: by this a single thread interleaves several clients of
	 * the inner store, the same way in each run. It may use any store, this one too, and any
	 * framework but those with a call on its way; how deep that nests is its own business.
	 * NULL: that never happens.
	 */
	void (*meanwhile)(void *self);
	/* Ends the process, as by _exit(), or only says so by returning. NULL: does nothing. */
	void (*die)(void *self);
	void *self; /* for these two */
};
/* clang-format off */
#define CQRS_FAULT_OPTIONS(...) \
	(&(const struct cqrs_fault_options){ .size = sizeof(struct cqrs_fault_options), __VA_ARGS__ })
static inline struct cqrs_fault_options cqrs_fault_options_init(void)
{
	struct cqrs_fault_options options = { sizeof(struct cqrs_fault_options),
		                              0, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL };
	return options;
}
/* clang-format on */

/**
 * Make a faulty store around a store.
 *
 * @param inner    borrowed until the faulty store is closed, and still the caller's to use
 * @param options  may be NULL: no faults
 *
 * Errors: CQRS_ERR_INVALID, inner is NULL, a chance is above 1,000, or the options were not
 *   made by their macro; CQRS_ERR_NOMEM. No call fails for memory later.
 */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_faulty_open(struct cqrs_store *inner, const struct cqrs_fault_options *options,
                 struct cqrs_faulty **out_faulty, struct cqrs_error *err);

/**
 * The store that has the faults: with the feeds and limits of the inner one. Its commits are
 * not gathered as those of the inner one may be (backend.h).
 *
 * Ownership: it belongs to the faulty store and is closed with it. Whoever only keeps the
 * store may call cqrs_store_close() on it, which does the same as cqrs_faulty_close(); one of
 * the two is called, once.
 */
CQRS_API struct cqrs_store *cqrs_faulty_store(struct cqrs_faulty *faulty);

/** Close and release a faulty store; the inner one stays open. NULL does nothing. Threads: alone, and last. */
CQRS_API void cqrs_faulty_close(struct cqrs_faulty *faulty);

/** The seed: that of the options, or what was drawn for it. */
CQRS_API uint64_t cqrs_faulty_seed(const struct cqrs_faulty *faulty);

/** Whether it has died. */
CQRS_API bool cqrs_faulty_is_dead(const struct cqrs_faulty *faulty);

/**
 * Have no faults (true), as while a test looks what came of it all, or have them again.
 *
 * A calm call is passed on as it is. It is not counted: those after it meet the same faults
 * as if it had not been. A dead store stays dead.
 */
CQRS_API void cqrs_faulty_set_calm(struct cqrs_faulty *faulty, bool calm);

/** How often a fault has happened so far; 0 for what is no fault. */
CQRS_API uint64_t cqrs_faulty_count(const struct cqrs_faulty *faulty, enum cqrs_fault fault);

/** A fault in words, "lost reply"; "unknown fault" for no fault. Static storage. */
CQRS_API const char *cqrs_fault_name(enum cqrs_fault fault);

CQRS_END_DECLS
#endif
