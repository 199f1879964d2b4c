/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * life.h - what the parts of the bad day share: the life of one seed.
 *
 *	bad_day.c         the day from its beginning to its verdict
 *	client.c  processes: a framework on a faulty store, which die and come back
 *	act.c     what they do, and what they are answered
 *	judge.c   the verdict on streams and feeds
 *	fold.c    the verdict on what follows from the events: views, states, refusals
 */
#ifndef CQRS_TESTS_BAD_DAY_LIFE_H
#define CQRS_TESTS_BAD_DAY_LIFE_H

#include "bad_day.h"

#include <cqrs/faulty_store.h>

#include <pthread.h>
#include <stdatomic.h>

enum {
	MAX_STREAMS = 4,
	MAX_CLIENTS = 3,
	MAX_ACTORS = 8,
	MAX_TASKS = 400,
	MAX_REFUSALS = 400,
	MAX_SIGHTS = 200,
	MAX_UNITS = 100,
	MAX_TOGETHER = 4, /* commands of a batch or unit of work */
};

/* A command that someone wants executed, and what came of it so far. */
struct task {
	unsigned number;
	char token[16];  /* in the metadata of its events */
	char key[16];    /* "": none */
	unsigned stream; /* which */
	char json[256];
	bool checks_sequence;
	uint64_t expected_sequence;
	unsigned owner; /* the actor that thought of it */
	/* Guarded by the life's lock. */
	unsigned tries;
	unsigned running;
	bool acknowledged;
	bool may_be;             /* nobody can tell the caller whether it is stored */
	unsigned new_outcomes;   /* acknowledged without being called repeated */
	uint64_t first_sequence; /* as acknowledged */
	uint64_t last_sequence;
};

/* Someone was told that a command is refused, while its stream went from here to there. */
struct refusal {
	const struct task *task;
	uint64_t from;
	uint64_t to;
	/* Of the same unit of work, on the same stream, decided before it. */
	const struct task *before[MAX_TOGETHER];
	size_t before_count;
	char code[64];
	char message[256];
};

/* A state that someone was shown. */
struct sight {
	unsigned stream;
	uint64_t sequence;
	const char *json;
};

/* A unit of work without keys, of which nobody knows whether it is stored. */
struct open_unit {
	const struct task *tasks[MAX_TOGETHER];
	size_t count;
};

struct client {
	struct life *life;
	unsigned number;
	unsigned lives;
	bool busy; /* on one thread only */
	int64_t skew_us;
	atomic_ullong randomness;
	struct cqrs_environment environment;
	struct cqrs_faulty *faulty;
	struct cqrs_store *wrapped; /* around the faulty one; NULL: none */
	struct cqrs_framework *framework;
	uint64_t earlier_faults; /* of its earlier lives */
};

/* Who decides what to do next: a client's, or a thread's. */
struct actor {
	struct life *life;
	struct client *client;
	unsigned number;
	uint64_t random;
	pthread_t thread;
};

struct life {
	const struct bad_day *day;
	uint64_t seed;
	uint64_t random;
	struct bad_day_verdict *verdict;
	pthread_mutex_t lock; /* guards tasks' outcomes, all the lists below, arena and verdict */

	struct cqrs_aggregate aggregate; /* with snapshots */
	struct cqrs_aggregate plain;     /* without */
	struct cqrs_view view;
	struct cqrs_view plain_view;
	const struct cqrs_aggregate *aggregates[1];
	const struct cqrs_view *views[1];
	struct cqrs_fault_options faults;
	uint64_t cache_entries;
	uint64_t conflict_retries;
	bool calm;

	struct cqrs_store *inner;   /* the truth */
	struct cqrs_store *wrapped; /* around it; NULL: none */
	struct cqrs_arena *arena;
	atomic_llong clock_us;
	unsigned depth; /* of calls within calls */
	unsigned tries_left;

	char ids[MAX_STREAMS][32];
	unsigned stream_count;
	atomic_bool rebuilt[MAX_STREAMS]; /* its view was deleted or built again on the way */
	struct client clients[MAX_CLIENTS];
	unsigned client_count;
	struct actor actors[MAX_ACTORS];
	unsigned actor_count;

	struct task tasks[MAX_TASKS];
	unsigned task_count;
	struct refusal refusals[MAX_REFUSALS];
	unsigned refusal_count;
	struct sight sights[MAX_SIGHTS];
	unsigned sight_count;
	struct open_unit units[MAX_UNITS];
	unsigned unit_count;
};

/* ---- bad_day.c ---- */

/* Draw a number below a bound (SplitMix64). */
uint64_t bad_day_draw(uint64_t *random, uint64_t below);
/* The promise that was broken, and how; the first one counts. */
CQRS_PRINTF(3, 4) void bad_day_fail(struct life *life, const char *sentence, const char *fmt, ...);
bool bad_day_failed(struct life *life);
CQRS_PRINTF(2, 3) void bad_day_trace(struct life *life, const char *fmt, ...);

/* ---- client.c ---- */

bool bad_day_open_client(struct client *client);
void bad_day_close_client(struct client *client);
/* A client that died comes back; false: it could not. */
bool bad_day_revive(struct client *client);
/* Faults of its calls so far that a caller can be told of. */
uint64_t bad_day_faults(const struct client *client);

/* ---- act.c ---- */

/* Do something, as drawn. */
void bad_day_act(struct actor *actor);
/* Execute a command again, alone. */
void bad_day_try(struct actor *actor, struct task *task);
/* One more new command on a stream; false: it was refused or failed. */
bool bad_day_try_new(struct actor *actor, unsigned stream);
uint64_t bad_day_head(struct life *life, unsigned stream);

/* ---- the verdict ---- */

struct history {
	const struct cqrs_stored_event *events[MAX_STREAMS];
	size_t counts[MAX_STREAMS];
};

/* Read all streams from the truth, and judge them. */
void bad_day_judge_streams(struct life *life, struct history *out_history);
/* Judge views; in the end every one is at its stream's head. */
void bad_day_judge_views(struct life *life, const struct history *history, bool at_head);
void bad_day_judge_states(struct life *life, const struct history *history);
void bad_day_judge_refusals(struct life *life, const struct history *history);

#endif
