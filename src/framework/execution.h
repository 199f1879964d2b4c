/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * execution.h - one call that executes commands, from requests to outcomes.
 *
 * prepare.c   requests become executions: the command found and decoded, ids given
 * decide.c    an execution is decided on its aggregate's state: events, or a refusal
 * unit.c      decided executions become a unit: one commit, with views and snapshots
 * settle.c    units are submitted; an execution is then over or to be decided again
 * outcome.c   queries are told, results filled
 * execute.c   turns and rounds: the order of all that
 *
 * Commands on one stream within a call are decided each on the state the one before left,
 * before that one is committed. A unit names that earlier unit (commit.after), so that it
 * falls with it.
 */
#ifndef CQRS_SRC_FRAMEWORK_EXECUTION_H
#define CQRS_SRC_FRAMEWORK_EXECUTION_H

#include "framework/framework.h"

/* What an event that a handler emitted is to the domain. */
struct cqrs__emitted {
	const struct cqrs_event_type *type;
	const void *payload; /* a copy in the worker's arena; NULL: nobody is told of it */
};

enum cqrs__progress {
	CQRS__PENDING, /* to be decided in this round */
	CQRS__DECIDED, /* status is what comes of it once its unit is settled */
	CQRS__DONE,
};

struct cqrs__execution {
	struct cqrs_request *request;
	struct cqrs_execute_options options;
	const struct cqrs__command_model *command;
	const void *payload;
	struct cqrs_id command_id; /* none until it is decided, or follows from the key */
	struct cqrs_id correlation_id;
	struct cqrs_id causation_id;
	struct cqrs_hash command_hash; /* where there is an idempotency key */
	struct cqrs_text metadata_json;
	struct cqrs__entry *entry;

	enum cqrs__progress progress;
	enum cqrs_status status;
	uint64_t base_sequence; /* of the stream when it was decided */
	int64_t now_us;
	bool key_moved; /* a commit was refused since its key, or one beside it, was stored */
	struct cqrs_event_data *events; /* what the handler emitted, as it is stored */
	struct cqrs__emitted *emitted;  /* the same as it was emitted */
	size_t event_count;
	size_t event_capacity;

	/* Once it is committed, or its stored outcome was found. */
	bool repeated;
	uint64_t first_sequence;
	uint64_t last_sequence;
	uint64_t feed;
	uint64_t last_offset;
	struct cqrs_envelope *envelopes; /* NULL: nobody is told of the events */
	uint64_t failed_queries;
};

/* Executions that are committed together, one after another in the call's array. */
struct cqrs__unit {
	struct cqrs_commit commit;
	struct cqrs__execution *executions;
	size_t count;
	struct cqrs__unit *after; /* what it was decided upon, of this round; may be NULL */
	bool commits;             /* false: nothing to store, only to confirm */
	bool stale;               /* the store is ahead of the state it was decided on */
	bool stored;
};

struct cqrs__call {
	struct cqrs_framework *framework;
	struct cqrs__worker *worker;
	struct cqrs__execution *executions;
	size_t count;
	bool together;                /* all in one unit; else each in its own */
	struct cqrs__entry **entries; /* whose turns were taken, sorted */
	size_t entry_count;
	uint64_t retries; /* rounds that a foreign writer made necessary */
};

/* prepare.c. A request that cannot be executed is DONE; its err is filled. */
void cqrs__call_prepare(struct cqrs__call *call, struct cqrs_request *requests);

/* decide.c. The execution is DONE or DECIDED then. */
void cqrs__execution_decide(struct cqrs__call *call, struct cqrs__execution *execution);

/* decide.c. Finish an execution whose outcome is stored under its key; false: it is not, as far as known. */
bool cqrs__execution_recall(struct cqrs__call *call, struct cqrs__execution *execution);

/*
 * decide.c. Finish an execution since another one of its unit of work failed; one that was
 * not decided, whose outcome is stored under its key, has that outcome still.
 */
void cqrs__execution_forgo(struct cqrs__call *call, struct cqrs__execution *execution);

/*
 * unit.c. Describe the commit of a unit whose executions are DECIDED with CQRS_OK (those
 * that are DONE are passed over), and fold its events into the views.
 * Errors: CQRS_ERR_CONFLICT, a view is ahead of the state; those of the store and of
 *   views. Nothing of the unit was submitted then.
 */
enum cqrs_status cqrs__unit_build(struct cqrs__call *call, struct cqrs__unit *unit,
                                  struct cqrs_error *err);

/* settle.c. Submit the units of a round and make each of their executions DONE or PENDING. */
void cqrs__units_settle(struct cqrs__call *call, struct cqrs__unit *units, size_t count);

/* outcome.c. Tell the queries, then fill the requests' results. */
void cqrs__call_dispatch(struct cqrs__call *call);
void cqrs__call_report(struct cqrs__call *call);

/* views.c. Erase a view's row, at its version, so that it is folded from the first event. */
enum cqrs_status cqrs__view_start_over(struct cqrs_framework *framework,
                                       struct cqrs__held_view *view, const char *id,
                                       struct cqrs_error *err);

/* views.c. Fold a view up to a sequence in commits of its own. */
enum cqrs_status cqrs__view_catch_up(struct cqrs_framework *framework, struct cqrs_arena *scratch,
                                     struct cqrs__held_view *view, const char *id,
                                     uint64_t to_sequence, struct cqrs_error *err);

/* Finish an execution with a status; its request's err is filled already. */
static inline void cqrs__execution_finish(struct cqrs__execution *execution,
                                          enum cqrs_status status)
{
	execution->status = status;
	execution->progress = CQRS__DONE;
}

#endif
