/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * framework.h - puts a domain on a store: executes commands, loads aggregates, reads
 * views.
 *
 * A command is executed by loading its aggregate, deciding, committing the events
 * together with their inline views, and telling the queries, in that order. Commands on
 * one stream take turns, first come first served; streams never wait for each other.
 *
 * Threads: any number of threads may use one framework at the same time.
 */
#ifndef CQRS_FRAMEWORK_H
#define CQRS_FRAMEWORK_H

#include <cqrs/store.h>
#include <cqrs/view.h>

CQRS_BEGIN_DECLS

struct cqrs_framework; /* opaque; released with cqrs_framework_free() */

struct cqrs_framework_options {
	size_t size;              /* set by the macro or by _init() */
	struct cqrs_store *store; /* borrowed; closed by the caller, after the framework */
	void *services;           /* what cqrs_services() gives handlers; borrowed */
	const struct cqrs_environment *environment; /* NULL: the default; copied */
	/* The lists are copied, what they point to is borrowed. */
	const struct cqrs_aggregate *const *aggregates;
	size_t aggregate_count;
	const struct cqrs_view *const *views;
	size_t view_count;
	const struct cqrs_query *const *queries; /* called in this order */
	size_t query_count;
	uint64_t cache_entries;    /* aggregates kept in memory; 0: 10,000; CQRS_NO_CACHE: none */
	uint64_t cache_size;       /* bytes of their states and views; 0: 256 MiB */
	uint64_t conflict_retries; /* decisions after the first one; 0: 10; CQRS_NO_RETRY: none */
	/*
	 * Commands on one stream that wait for their turn and that whoever has it executes
	 * together with its own, on its thread: handlers, views and queries may then run on
	 * another thread than their caller's, which is blocked meanwhile.
	 * 0: up to 64 on a store whose commits are gathered (backend.h), none on others;
	 * CQRS_OWN_THREAD: none, each waits for its own turn.
	 */
	uint64_t max_adopted;
};
#define CQRS_NO_CACHE UINT64_MAX
#define CQRS_NO_RETRY UINT64_MAX
#define CQRS_OWN_THREAD UINT64_MAX

/**
 * Make a framework. All descriptions are checked: a forgotten member, a name used twice,
 * a view of an aggregate that is not in the list, ... is refused.
 *
 * Errors: CQRS_ERR_INVALID, with what is wrong.
 */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_framework_new(const struct cqrs_framework_options *options,
                   struct cqrs_framework **out_framework, struct cqrs_error *err);

/** Release a framework; NULL does nothing. Threads: alone, and last. */
CQRS_API void cqrs_framework_free(struct cqrs_framework *framework);

/* ---- commands ---- */

struct cqrs_execute_options {
	size_t size; /* set by the macro or by _init() */
	struct cqrs_metadata metadata;
	/*
	 * Names this command among those for its aggregate: once it is committed, the same key
	 * with the same command gives the stored outcome and runs no handler; with another
	 * command it is refused with CQRS_ERR_INVALID and err->code "idempotency_key_reused".
	 * NULL: none.
	 */
	const char *idempotency_key;
	/*
	 * What the stream must be at: check_sequence false, anything; true, the head's number
	 * or CQRS_EXPECT_NONE, CQRS_EXPECT_EXISTS, CQRS_EXPECT_ANY. Else CQRS_ERR_CONFLICT, not
	 * retried.
	 */
	bool check_sequence;
	uint64_t expected_sequence;
	struct cqrs_id correlation_id; /* none: the command's own id */
	struct cqrs_id causation_id;   /* none: the command's own id */
	const char *aggregate_type; /* JSON only: needed where two aggregates have that command */
	/* Where the result's events live; NULL: the result has none. */
	struct cqrs_arena *events_arena;
};
/* clang-format off */
#define CQRS_EXECUTE_OPTIONS(...)                                                   \
	(&(const struct cqrs_execute_options){                                      \
	        .size = sizeof(struct cqrs_execute_options), __VA_ARGS__ })
/* clang-format on */

struct cqrs_result {
	const char *aggregate_type; /* static, from the description */
	char aggregate_id[CQRS_MAX_ID_LEN + 1];
	struct cqrs_id command_id;
	uint64_t first_sequence; /* of its events; 0: it emitted none */
	uint64_t last_sequence;  /* of its events; 0: it emitted none */
	uint64_t feed;
	uint64_t last_offset; /* of its last event in that feed */
	bool repeated;        /* the outcome was stored before, under the same idempotency key */
	uint64_t failed_queries;
	const struct cqrs_envelope *events; /* in options.events_arena */
	size_t event_count;
};

/**
 * Execute a command. Called through the macro
 * cqrs_execute(framework, aggregate_id, err, tag, .member = ..., ...).
 *
 * The command knows its aggregate; it belongs to one of the framework's only. On success
 * err->status is CQRS_OK and its message empty.
 * Errors: CQRS_ERR_REJECTED and CQRS_ERR_FAILED, as the handler said; CQRS_ERR_CONFLICT,
 *   other processes came first more often than conflict_retries; CQRS_ERR_NOT_FOUND, the
 *   aggregate was deleted (cqrs_store_delete_stream()); CQRS_ERR_INVALID, also
 *   when called from inside a handler, view or query of the same framework;
 *   CQRS_ERR_UNKNOWN, the store went out of reach during the commit: execute it again
 *   with the same idempotency key. Else as the store says; nothing was stored.
 */
CQRS_API enum cqrs_status cqrs_execute_command(struct cqrs_framework *framework,
                                               const char *aggregate_id, struct cqrs_error *err,
                                               const struct cqrs_command_type *type,
                                               const void *command);

/** The same with options and a result, either of which may be NULL. */
CQRS_API enum cqrs_status
cqrs_execute_with(struct cqrs_framework *framework, const char *aggregate_id,
                  const struct cqrs_command_type *type, const void *command,
                  const struct cqrs_execute_options *options, struct cqrs_result *out_result,
                  struct cqrs_error *err);

/**
 * Execute a command written as JSON: {"WriteCheck":{"check_number":"1170","amount":256.28}}.
 *
 * Errors: CQRS_ERR_INVALID with err->code "unreadable_command" and err->path, where it does
 *   not decode; "unknown_command" where no aggregate has it.
 */
CQRS_API enum cqrs_status cqrs_execute_json(struct cqrs_framework *framework,
                                            const char *aggregate_id, const char *json,
                                            const struct cqrs_execute_options *options,
                                            struct cqrs_result *out_result, struct cqrs_error *err);

/* One command of several. */
struct cqrs_request {
	const char *aggregate_id;
	const struct cqrs_command_type *type; /* or NULL, and json; both are CQRS_ERR_INVALID */
	const void *command;                  /* NULL: all members zero */
	const char *json;
	const struct cqrs_execute_options *options; /* may be NULL */
	enum cqrs_status status;                    /* written for each request */
	struct cqrs_result *result; /* the caller's; may be NULL; written where status is CQRS_OK */
	struct cqrs_error *err;     /* the caller's; may be NULL; written for each request */
};

/**
 * Execute independent commands, each with its own outcome, in as few round trips as can
 * be. Those on one stream are decided in order, each on the state the one before left.
 *
 * @return CQRS_OK when all succeeded, else the status of the first that did not
 */
CQRS_API enum cqrs_status cqrs_execute_batch(struct cqrs_framework *framework,
                                             struct cqrs_request *requests, size_t count);

/**
 * A unit of work: execute commands on any aggregates in one commit, all or none. Where one
 * is refused or fails, its status and err say why, and the others' are CQRS_ERR_CONFLICT
 * with err->code "not_executed". Where the commit itself fails, all have its status. One
 * whose outcome was stored before under its idempotency key stays CQRS_OK in either case.
 *
 * @return CQRS_OK, or the status of the one that did not succeed
 */
CQRS_API enum cqrs_status cqrs_execute_together(struct cqrs_framework *framework,
                                                struct cqrs_request *requests, size_t count);

/* ---- aggregates ---- */

/* An aggregate as a caller's own copy. */
struct cqrs_loaded {
	const char *aggregate_id;
	const void *state;      /* of the aggregate's record; in the caller's arena */
	uint64_t sequence;      /* of the last event in it; 0: there are no events */
	int64_t recorded_at_us; /* of that event */
};

/**
 * Load an aggregate without a command. An aggregate without events has a zeroed state.
 * Errors: CQRS_ERR_NOT_FOUND, it was deleted; so with the two below.
 */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_load(struct cqrs_framework *framework, const struct cqrs_aggregate *aggregate,
          const char *aggregate_id, struct cqrs_arena *arena, struct cqrs_loaded *out_loaded,
          struct cqrs_error *err);

/** Load it as it was right after an event. Errors: CQRS_ERR_NOT_FOUND, it has not come that far. */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_load_at_sequence(struct cqrs_framework *framework, const struct cqrs_aggregate *aggregate,
                      const char *aggregate_id, uint64_t sequence, struct cqrs_arena *arena,
                      struct cqrs_loaded *out_loaded, struct cqrs_error *err);

/** Load it as it was at a time: the longest run of its events recorded at or before it. */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_load_at_time(struct cqrs_framework *framework, const struct cqrs_aggregate *aggregate,
                  const char *aggregate_id, int64_t time_us, struct cqrs_arena *arena,
                  struct cqrs_loaded *out_loaded, struct cqrs_error *err);

struct cqrs_envelope_page {
	const struct cqrs_envelope *items;
	size_t count; /* 0: the end */
};

/** Read the events of an aggregate, decoded, from behind after_sequence, a page at a time. */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_read_events(struct cqrs_framework *framework, const struct cqrs_aggregate *aggregate,
                 const char *aggregate_id, uint64_t after_sequence, size_t max_count,
                 struct cqrs_arena *arena, struct cqrs_envelope_page *out_page,
                 struct cqrs_error *err);

/** Read a feed's events, decoded; those of other aggregates and deleted ones are left out. */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_read_feed(struct cqrs_framework *framework, uint64_t feed, uint64_t after_offset,
               size_t max_count, struct cqrs_arena *arena, struct cqrs_envelope_page *out_page,
               uint64_t *out_offset, struct cqrs_error *err);

/* ---- views ---- */

/**
 * Read a view.
 *
 * @param out_view     receives the view, of its record, in the arena
 * @param out_version  the sequence of the last event in it; may be NULL
 *
 * Errors: CQRS_ERR_NOT_FOUND, there is none (or it was removed).
 */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_view_load(struct cqrs_framework *framework, const struct cqrs_view *view, const char *id,
               struct cqrs_arena *arena, const void **out_view, uint64_t *out_version,
               struct cqrs_error *err);

struct cqrs_view_item {
	const char *id;
	uint64_t version;
	const void *view;
};

struct cqrs_view_items {
	const struct cqrs_view_item *items;
	size_t count; /* 0: the end */
};

/** List the views of a type in the order of their ids, from behind after_id (NULL: the first). */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_view_list(struct cqrs_framework *framework, const struct cqrs_view *view, const char *after_id,
               size_t max_count, struct cqrs_arena *arena, struct cqrs_view_items *out_items,
               struct cqrs_error *err);

struct cqrs_entry_item {
	struct cqrs_entry_position position;
	const void *entry; /* of the view's entry record */
};

struct cqrs_entry_items {
	const struct cqrs_entry_item *items;
	size_t count; /* 0: the end */
};

/** List a view's entries in the order of the events, from behind after (NULL: the first). */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_view_entries(struct cqrs_framework *framework, const struct cqrs_view *view, const char *id,
                  const struct cqrs_entry_position *after, size_t max_count,
                  struct cqrs_arena *arena, struct cqrs_entry_items *out_items,
                  struct cqrs_error *err);

/**
 * Delete a view and its entries. It is derived data: cqrs_view_rebuild(), or the
 * aggregate's next command, makes it again from the events.
 */
CQRS_API CQRS_NODISCARD enum cqrs_status cqrs_view_delete(struct cqrs_framework *framework,
                                                          const struct cqrs_view *view,
                                                          const char *id, struct cqrs_error *err);

/**
 * Build a view anew from all events of its stream, whatever is stored of it: one that is
 * missing, whose row no longer decodes, or whose update function was corrected. It is done in
 * commits of up to 256 events; where one fails, call it again. Until it is done readers find
 * none, or one whose version is behind the stream's head.
 *
 * Errors: CQRS_ERR_NOT_FOUND, the stream was deleted; the view stays as it is.
 */
CQRS_API CQRS_NODISCARD enum cqrs_status cqrs_view_rebuild(struct cqrs_framework *framework,
                                                           const struct cqrs_view *view,
                                                           const char *id, struct cqrs_error *err);

/* clang-format off */
static inline struct cqrs_framework_options cqrs_framework_options_init(void)
{
	struct cqrs_framework_options options = { sizeof(struct cqrs_framework_options),
		                                  NULL, NULL, NULL, NULL, 0, NULL, 0, NULL, 0, 0, 0, 0, 0 };
	return options;
}

static inline struct cqrs_execute_options cqrs_execute_options_init(void)
{
	struct cqrs_execute_options options = { sizeof(struct cqrs_execute_options),
		                                { NULL, 0 }, NULL, false, 0, { { 0 } }, { { 0 } },
		                                NULL, NULL };
	return options;
}

#ifndef __cplusplus

#define CQRS_FRAMEWORK_OPTIONS(...)                                                 \
	(&(const struct cqrs_framework_options){                                    \
	        .size = sizeof(struct cqrs_framework_options), __VA_ARGS__ })
#define CQRS__POINTERS(list, number, type, ...)                                     \
	.list = (const type *const[]){ __VA_ARGS__ },                               \
	.number = sizeof((const type *const[]){ __VA_ARGS__ }) / sizeof(void *)
#define CQRS_AGGREGATES(...) \
	CQRS__POINTERS(aggregates, aggregate_count, struct cqrs_aggregate, __VA_ARGS__)
#define CQRS_VIEWS(...) CQRS__POINTERS(views, view_count, struct cqrs_view, __VA_ARGS__)
#define CQRS_QUERIES(...) CQRS__POINTERS(queries, query_count, struct cqrs_query, __VA_ARGS__)

#define cqrs_execute(framework, aggregate_id, err, ...)                             \
	cqrs_execute_command((framework), (aggregate_id), (err),                    \
	                     CQRS__COMMAND_TYPE(CQRS__TAG(__VA_ARGS__)),            \
	                     CQRS__LITERAL(__VA_ARGS__))

#endif
/* clang-format on */

CQRS_END_DECLS
#endif
