/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * bad_day.h - a whole application on a bad day: several processes execute commands on one
 * store, each through a faulty store of its own, die and come back, and try again as callers
 * do. At the end it is judged whether the library has kept what it promises.
 *
 * A day is drawn from its seed: the faults, the processes, the commands, and who does what
 * while another one's call is on its way. On one thread it is the same in each run, up to the
 * ids of events. Nothing sleeps and nothing is printed.
 *
 * To see whether the judgement finds a defect, plant one: wrap_store is around the store that
 * all share, wrap_client around what each client's framework uses.
 */
#ifndef CQRS_TESTS_BAD_DAY_H
#define CQRS_TESTS_BAD_DAY_H

#include <cqrs/cqrs.h>

/* A domain, and how its days are. */
struct bad_day {
	const char *name;
	/* Snapshots are taken as the seed says: snapshot_every of this one does not count. */
	const struct cqrs_aggregate *aggregate;
	const struct cqrs_view *view; /* of that aggregate; NULL: none */
	void *services;               /* of all frameworks; they decide the same each time */
	/* Write a command for the aggregate id as JSON, drawn from a random number. */
	void (*write_command)(uint64_t random, const char *id, char *json, size_t size);
	/* The domain's own rule over all events of a stream; false: why it is broken. */
	bool (*keeps_rule)(const struct cqrs_envelope *events, size_t count, char *why,
	                   size_t size);

	/* The members below may be zero. */

	/* Whether a command emits nothing where it is not refused. NULL: each emits. */
	bool (*is_silent)(const char *json);

	/* Open the empty store that all share. NULL: in memory, with 1 or 4 feeds. */
	enum cqrs_status (*open)(void *self, struct cqrs_store **out_store, struct cqrs_error *err);
	/*
	 * Put a store around another. The day closes what it gets before what is inside it; a
	 * client that comes back gets another one.
	 */
	enum cqrs_status (*wrap_store)(void *self, struct cqrs_store *inner,
	                               struct cqrs_store **out_store, struct cqrs_error *err);
	enum cqrs_status (*wrap_client)(void *self, struct cqrs_store *inner,
	                                struct cqrs_store **out_store, struct cqrs_error *err);
	/* Told what happens, a line each; called under a lock where there are threads. */
	void (*trace)(void *self, const char *line);
	void *self; /* for open, wrap_store, wrap_client and trace */
	/*
	 * 0: all on the calling thread. Else so many threads share two clients, which do not die;
	 * what they do is drawn from the seed, how it interleaves is not.
	 */
	unsigned threads;
};

struct bad_day_verdict {
	bool failed;
	const char *sentence; /* the promise that was broken, in words; NULL: none */
	char what[512];       /* how it was */
	/* What the day was like. */
	unsigned commands; /* told apart by their tokens, however often they were tried */
	unsigned tries;
	unsigned acknowledged;
	unsigned refused;
	unsigned unknown; /* left so: tried once and not known to be stored */
	unsigned deaths;
	uint64_t faults;
};

/*
 * Live through the day of a seed (not 0) and judge it; true when all promises were kept. One
 * that could not even begin (no memory, no store) has failed too.
 */
bool bad_day_run(const struct bad_day *day, uint64_t seed, struct bad_day_verdict *out_verdict);

#endif
