/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * aggregate.h - the domain: commands, the aggregates that decide them, and what a
 * handler may do while it decides.
 */
#ifndef CQRS_AGGREGATE_H
#define CQRS_AGGREGATE_H

#include <cqrs/event.h>

CQRS_BEGIN_DECLS

/* A kind of command; its name is the root of its JSON: {"WriteCheck":{...}}. */
struct cqrs_command_type {
	const char *name;
	struct cqrs_record record;
};

struct cqrs_context; /* one command being decided; valid during the handler's call */

/*
 * Decide a command: look at the state, then emit events, reject, fail, or do nothing.
 *
 * It decides only, and may run more than once for one command (a conflict, a lost
 * connection). state and command are of the types in the aggregate's tables; both are
 * borrowed. It returns CQRS_OK or what cqrs_emit(), cqrs_reject() or cqrs_fail() returned;
 * the first failure in a context sticks, also where the handler ignores it. A handler that
 * returns any other status has failed: CQRS_ERR_FAILED.
 * Threads: handlers of different streams run at the same time; those of one never do. It
 * may run on another thread than its caller's (max_adopted in framework.h).
 */
typedef enum cqrs_status (*cqrs_handle_fn)(struct cqrs_context *ctx, const void *state,
                                           const void *command);

/*
 * Change the state by an event that has happened. It cannot refuse. The event and all it
 * points to live as long as the state, so pointers may be kept by assignment, in members
 * that the state's record describes. One that is not stored must not hold any (record.h).
 */
typedef void (*cqrs_apply_fn)(void *state, const void *event);

struct cqrs_command_entry {
	const struct cqrs_command_type *type;
	cqrs_handle_fn handle;
};

struct cqrs_event_entry {
	const struct cqrs_event_type *type;
	cqrs_apply_fn apply;
};

struct cqrs_command_table {
	const struct cqrs_command_entry *items;
	size_t count;
};

struct cqrs_event_table {
	const struct cqrs_event_entry *items;
	size_t count;
};

/* An aggregate's type: static data, shared by all threads, never changed. */
struct cqrs_aggregate {
	const char *type;         /* "account": the family of its streams */
	struct cqrs_record state; /* zeroed (lists with memory) before the first event */
	struct cqrs_command_table commands;
	struct cqrs_event_table events;
	/* Raise it when apply functions change their meaning: older snapshots are passed over. */
	uint64_t version;
	/* Save a snapshot when a command carries the stream over a multiple of this; 0: never. */
	uint64_t snapshot_every;
};

/** What a snapshot of the aggregate has to carry to be used: it changes with the shape of the
 *  state and with version. */
CQRS_API uint64_t cqrs_aggregate_fingerprint(const struct cqrs_aggregate *aggregate);

/* ---- for handlers ---- */

/**
 * Record that something happened: encode the event, apply it to the state at once.
 * Called through the macro cqrs_emit(ctx, tag, .member = ..., ...).
 *
 * @param event  NULL: all members zero
 *
 * Errors: CQRS_ERR_INVALID, the type is not in the aggregate's table, or a value cannot
 *   be stored (err->path of the command names the member).
 */
CQRS_API enum cqrs_status cqrs_emit_event(struct cqrs_context *ctx,
                                          const struct cqrs_event_type *type, const void *event);

/**
 * Refuse the command, for a reason that its sender is told. Returns CQRS_ERR_REJECTED.
 *
 * @param code  for programs, such as "insufficient_funds", of at most 63 bytes; NULL: none
 *
 * Errors: CQRS_ERR_LIMIT instead, the code is longer.
 */
CQRS_API CQRS_PRINTF(3, 4) enum cqrs_status cqrs_reject(struct cqrs_context *ctx, const char *code,
                                                        const char *fmt, ...);

/**
 * The same with parameters for the sender's program. Where they do not fit into
 * cqrs_error.params as JSON, all of them are left out and a warning is logged.
 *
 * Errors: instead, CQRS_ERR_LIMIT and CQRS_ERR_INVALID as for metadata (limits.h).
 */
CQRS_API CQRS_PRINTF(4, 5) enum cqrs_status
cqrs_reject_with(struct cqrs_context *ctx, const char *code, const struct cqrs_metadata *params,
                 const char *fmt, ...);

/** Give up for a technical reason, which is logged and not shown. Returns CQRS_ERR_FAILED. */
CQRS_API CQRS_PRINTF(2, 3) enum cqrs_status cqrs_fail(struct cqrs_context *ctx, const char *fmt,
                                                      ...);

/** What the framework was given as services. */
CQRS_API void *cqrs_services(const struct cqrs_context *ctx);

/** The id of the aggregate that decides. */
CQRS_API const char *cqrs_aggregate_id(const struct cqrs_context *ctx);

/** The sequence of the stream's last event, those just emitted included; 0: none yet. */
CQRS_API uint64_t cqrs_sequence(const struct cqrs_context *ctx);

/**
 * A name for this command that stays the same however often its handler runs; with an
 * idempotency key also over the sender's own retries. For services with outside effects.
 */
CQRS_API const struct cqrs_id *cqrs_command_id(const struct cqrs_context *ctx);

/** The time at which the command's events are recorded: Unix time in microseconds. */
CQRS_API int64_t cqrs_now_us(const struct cqrs_context *ctx);

/** Fill out with unpredictable bytes of the framework's environment. */
CQRS_API void cqrs_random(const struct cqrs_context *ctx, void *out, size_t size);

/** The command's metadata. */
CQRS_API const struct cqrs_metadata *cqrs_context_metadata(const struct cqrs_context *ctx);

/** Memory for the handler's own texts and lists, taken back when the command is done. */
CQRS_API struct cqrs_arena *cqrs_context_arena(const struct cqrs_context *ctx);

/* clang-format off */
#ifndef __cplusplus

#define CQRS_DECLARE_COMMAND(tag) extern const struct cqrs_command_type tag##_command
/* CQRS_COMMAND(write_check, "WriteCheck", check_number, amount); */
#define CQRS_COMMAND(tag, command_name, ...)                                        \
	const struct cqrs_command_type tag##_command = {                            \
		.name = (command_name), .record = CQRS_RECORD(tag, __VA_ARGS__)     \
	}
#define CQRS_COMMAND_OF(tag, command_name, field_table)                             \
	const struct cqrs_command_type tag##_command = {                            \
		.name = (command_name), .record = CQRS_RECORD_OF(tag, field_table)  \
	}
#define CQRS_EMPTY_COMMAND(tag, command_name)                                       \
	const struct cqrs_command_type tag##_command = {                            \
		.name = (command_name), .record = CQRS__EMPTY_RECORD(tag)           \
	}

#define CQRS_COMMANDS(...) { CQRS_LIST_OF(struct cqrs_command_entry, __VA_ARGS__) }
#define CQRS_EVENTS(...) { CQRS_LIST_OF(struct cqrs_event_entry, __VA_ARGS__) }

#define cqrs_emit(ctx, ...)                                                         \
	cqrs_emit_event((ctx), CQRS__EVENT_TYPE(CQRS__TAG(__VA_ARGS__)),            \
	                CQRS__LITERAL(__VA_ARGS__))
#define CQRS__EVENT_TYPE(tag) CQRS__EVENT_TYPE_(tag)
#define CQRS__EVENT_TYPE_(tag) (&tag##_event)
#define CQRS__COMMAND_TYPE(tag) CQRS__COMMAND_TYPE_(tag)
#define CQRS__COMMAND_TYPE_(tag) (&tag##_command)

/* CQRS_PARAMS({ "limit", "200" }), for cqrs_reject_with() */
#define CQRS_PARAMS(...) (&CQRS_METADATA(__VA_ARGS__))

#endif
/* clang-format on */

CQRS_END_DECLS
#endif
