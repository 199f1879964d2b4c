/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * testing.h - tests of a domain that read like sentences: given a past, when something is
 * asked, then this comes of it (library cqrs-testing).
 *
 *	struct cqrs_test *t = cqrs_test_begin(CQRS_TEST_OPTIONS(.aggregate = &bank_account,
 *	                                                        .fail = cqrs_test_print));
 *
 *	cqrs_given(t, customer_deposited_money, .amount = 200, .balance = 200);
 *	cqrs_when(t, write_check, .check_number = "1170", .amount = 256.28);
 *	cqrs_then_rejected(t, "funds not available");
 *	return cqrs_test_end(t);
 *
 * A test has one aggregate in a memory store of its own, with the views and queries that it
 * is given. Whatever is given or asked goes through a framework (framework.h) that is made
 * for it and released after it: what is tested is what runs, and each command is decided on
 * what was stored. Commands, events and all that the framework held are overwritten then, so
 * that a pointer kept where none may be kept fails the first test that follows it. The clock
 * stands still, and ids and randomness are the same in every run.
 *
 * The first check that fails, the first step that cannot be done, and the first outcome that is
 * no success and that no sentence expects before the next step, is told to the test framework
 * in use by the fail hook, and ends the test: where the hook returns, all further steps do nothing.
 *
 * The sentences are macros, which know their place. Each has a plain function (cqrs_test_...)
 * for C++ and for checks of your own.
 *
 * Threads: a test belongs to one thread at a time; any number may run side by side.
 */
#ifndef CQRS_TESTING_H
#define CQRS_TESTING_H

#include <cqrs/framework.h>

CQRS_BEGIN_DECLS

struct cqrs_test; /* opaque; released with cqrs_test_end() */

/* Told of a failed check: where it stands and what differed, in lines without a newline at the
 * end. It may jump away, as cmocka's _fail() does. */
typedef void (*cqrs_test_fail_fn)(void *self, const char *file, unsigned line, const char *message);

struct cqrs_test_options {
	size_t size; /* set by the macro or by _init() */
	/* Descriptions are borrowed until the test ends, the lists are copied. */
	const struct cqrs_aggregate *aggregate;
	const struct cqrs_view *const *views; /* of that aggregate: CQRS_VIEWS(...) */
	size_t view_count;
	const struct cqrs_query *const *queries; /* told of what is asked, not of what is given */
	size_t query_count;
	void *services;           /* what cqrs_services() gives handlers: the test's own */
	const char *aggregate_id; /* NULL: "test-1"; copied */
	int64_t now_us;           /* where the clock stands; 0: 2026-01-01T00:00:00Z */
	uint64_t seed;            /* of ids and randomness */
	/* Where randomness comes from instead, that of ids too; NULL: a generator from seed. */
	void (*random)(void *self, void *out, size_t size);
	cqrs_test_fail_fn fail; /* NULL: cqrs_test_failure() tells, and cqrs_test_end() */
	/* What the framework logs, up to log_level (environment.h); NULL: nothing. */
	void (*log)(void *self, enum cqrs_log_level level, const char *message);
	uint64_t log_level;
	void *self; /* for random, fail and log */
};
/* clang-format off */
#define CQRS_TEST_OPTIONS(...)                                                      \
	(&(const struct cqrs_test_options){ .size = sizeof(struct cqrs_test_options), __VA_ARGS__ })
static inline struct cqrs_test_options cqrs_test_options_init(void)
{
	struct cqrs_test_options options = { sizeof(struct cqrs_test_options), NULL, NULL, 0, NULL,
		                             0, NULL, NULL, 0, 0, NULL, NULL, NULL, 0, NULL };
	return options;
}
/* clang-format on */

/**
 * Begin a test. What is wrong with the options or the descriptions in them is its failure,
 * told to the hook by its first sentence.
 *
 * @return the test, to be ended; NULL without memory, which every function here takes for a
 *   test that has failed
 */
CQRS_API struct cqrs_test *cqrs_test_begin(const struct cqrs_test_options *options);

/**
 * End a test and release it.
 *
 * @return 0, or 1 where it failed: what main() returns; a teardown only where no hook told of it
 */
CQRS_API int cqrs_test_end(struct cqrs_test *test);

/** What failed, with its place; NULL where nothing did. It lives until the test ends. */
CQRS_API const char *cqrs_test_failure(const struct cqrs_test *test);

/** A fail hook that writes "file:line: message" on standard error. */
CQRS_API void cqrs_test_print(void *self, const char *file, unsigned line, const char *message);

/* What came of the command that was asked last. */
struct cqrs_test_outcome {
	enum cqrs_status status;
	struct cqrs_error err;
	struct cqrs_result result; /* with its events; zero where status is not CQRS_OK */
};

/**
 * The last outcome, valid until the next one or the end; NULL where nothing was asked since the
 * last step of the past was given. Looking at a failure is as good as expecting it.
 */
CQRS_API const struct cqrs_test_outcome *cqrs_test_get_outcome(struct cqrs_test *test);

/* Where a sentence stands. */
struct cqrs_test_place {
	const char *file; /* static storage */
	unsigned line;
};

/* An event as a test writes it: cqrs_event(customer_wrote_check, .amount = 100). */
struct cqrs_test_event {
	const struct cqrs_event_type *type;
	const void *event; /* NULL: all members zero */
};

/* An entry of a view: cqrs_entry(ledger_entry, .description = "deposit"). */
struct cqrs_test_entry {
	const struct cqrs_record *record;
	const void *entry; /* NULL: all members zero */
};

/* A state or a view as a test writes it. It has to be of the record that is meant. */
struct cqrs_test_value {
	const void *value; /* NULL: all members zero */
	size_t size;       /* of its struct */
	const char *tag;   /* of its struct */
};

/* ---- given: the past, and what surrounds it ---- */

/** There is no past. It fails where one was given. */
CQRS_API void cqrs_test_given_nothing(struct cqrs_test *test, const struct cqrs_test_place *place);

/** An event has happened: it is stored behind those before it, and folded into the views. */
CQRS_API void cqrs_test_given_event(struct cqrs_test *test, const struct cqrs_test_place *place,
                                    const struct cqrs_event_type *type, const void *event);

/** A command was executed. It fails where the command does not succeed. */
CQRS_API void cqrs_test_given_command(struct cqrs_test *test, const struct cqrs_test_place *place,
                                      const struct cqrs_command_type *type, const void *command);

/**
 * The aggregate has this state, whatever led to it: its stream begins with one event of a type
 * of the kit's own, which its views do not see. It comes before all else of the past.
 */
CQRS_API void cqrs_test_given_state(struct cqrs_test *test, const struct cqrs_test_place *place,
                                    struct cqrs_test_value state);

/**
 * A view of the test's has these contents, and no entries. Where nothing has happened yet, an
 * event of the kit's own has, as above: a view is a view of something.
 */
CQRS_API void cqrs_test_given_view(struct cqrs_test *test, const struct cqrs_test_place *place,
                                   const struct cqrs_view *view, struct cqrs_test_value value);

/** A view of the test's has these entries, and no others. */
CQRS_API void cqrs_test_given_entries(struct cqrs_test *test, const struct cqrs_test_place *place,
                                      const struct cqrs_view *view,
                                      const struct cqrs_test_entry *entries, size_t count);

/** From here on commands, and events given, carry this metadata, besides what was given before. */
CQRS_API void cqrs_test_given_metadata(struct cqrs_test *test, const struct cqrs_test_place *place,
                                       const char *name, const char *value);

/** It is this time, as RFC 3339: "2026-11-26T09:00:00Z"; not before what has happened already. */
CQRS_API void cqrs_test_given_time(struct cqrs_test *test, const struct cqrs_test_place *place,
                                   const char *time);

/** It is so much later than before, in microseconds; not negative. */
CQRS_API void cqrs_test_given_later(struct cqrs_test *test, const struct cqrs_test_place *place,
                                    int64_t time_us);

/* ---- when: what is asked ---- */

/**
 * A command comes. It fails where the aggregate has no such command; any other outcome is for
 * the sentences below to judge. options may be NULL; its events_arena is the kit's.
 */
CQRS_API void cqrs_test_when_command(struct cqrs_test *test, const struct cqrs_test_place *place,
                                     const struct cqrs_command_type *type, const void *command,
                                     const struct cqrs_execute_options *options);

/** A command comes as JSON. options as above. */
CQRS_API void cqrs_test_when_json(struct cqrs_test *test, const struct cqrs_test_place *place,
                                  const char *json, const struct cqrs_execute_options *options);

/**
 * Events happen, without a command: for tests of views and queries. It fails where they cannot
 * be; what a view says of them is an outcome.
 */
CQRS_API void cqrs_test_when_events(struct cqrs_test *test, const struct cqrs_test_place *place,
                                    const struct cqrs_test_event *events, size_t count);

/* ---- then: what comes of it ---- */

/** What was asked succeeded with these events, in this order, and no others. */
CQRS_API void cqrs_test_then_events(struct cqrs_test *test, const struct cqrs_test_place *place,
                                    const struct cqrs_test_event *events, size_t count);

/** It succeeded with these events among others, in any order; each counts once. */
CQRS_API void cqrs_test_then_includes(struct cqrs_test *test, const struct cqrs_test_place *place,
                                      const struct cqrs_test_event *events, size_t count);

/** It was rejected with this message (of at most 255 bytes), whatever its code. */
CQRS_API void cqrs_test_then_rejected(struct cqrs_test *test, const struct cqrs_test_place *place,
                                      const char *message);

/** It was rejected with this code (NULL: none) and these parameters (CQRS_PARAMS(...); NULL: none). */
CQRS_API void cqrs_test_then_rejected_code(struct cqrs_test *test,
                                           const struct cqrs_test_place *place, const char *code,
                                           const struct cqrs_metadata *params);

/**
 * It failed with this status, CQRS_ERR_FAILED, CQRS_ERR_CONFLICT, ..., and this message; NULL:
 * whatever its message.
 */
CQRS_API void cqrs_test_then_failed(struct cqrs_test *test, const struct cqrs_test_place *place,
                                    enum cqrs_status status, const char *message);

/**
 * Each of its events, of which there is one at least, has this entry in its metadata; value
 * NULL: none has an entry of that name.
 */
CQRS_API void cqrs_test_then_metadata(struct cqrs_test *test, const struct cqrs_test_place *place,
                                      const char *name, const char *value);

/** The aggregate, loaded from what is stored, is in this state. */
CQRS_API void cqrs_test_then_state(struct cqrs_test *test, const struct cqrs_test_place *place,
                                   struct cqrs_test_value state);

/** A view of the test's has these contents. */
CQRS_API void cqrs_test_then_view(struct cqrs_test *test, const struct cqrs_test_place *place,
                                  const struct cqrs_view *view, struct cqrs_test_value value);

/** There is no such view, or it was removed. */
CQRS_API void cqrs_test_then_no_view(struct cqrs_test *test, const struct cqrs_test_place *place,
                                     const struct cqrs_view *view);

/** A view of the test's has these entries, in this order, and no others. */
CQRS_API void cqrs_test_then_entries(struct cqrs_test *test, const struct cqrs_test_place *place,
                                     const struct cqrs_view *view,
                                     const struct cqrs_test_entry *entries, size_t count);

/**
 * What is stored of every command and event type of the aggregate comes back as it was, and is
 * stored as the file AGGREGATE.json of a directory says (a '/' in the type is "%2F" there): the
 * kind of each member, and an example. Where there is no such file it is written, to be reviewed and kept with the code. A
 * shape changed on purpose is written anew when the file is removed.
 *
 * @param directory  made where it does not exist (its parent does)
 */
CQRS_API void cqrs_test_then_shapes_are_kept(struct cqrs_test *test,
                                             const struct cqrs_test_place *place,
                                             const char *directory);

/* ---- a throw-away store ---- */

/* A store for one test and a framework on it. */
struct cqrs_throwaway {
	struct cqrs_store *store;
	struct cqrs_framework *framework;
	char *url; /* opens the store once more, where its backend lets several do so */
	char *directory;
};

/**
 * Open a store that is gone when it is closed, with a framework on it.
 *
 * @param backend  NULL: the memory store; else one that keeps a store in a file, such as
 *   cqrs_sqlite(): the file is in a new directory of its user's only, under $TMPDIR or /tmp
 * @param options  of the framework; what they name as store is not looked at, and the store
 *   has their environment too
 *
 * Errors: as those of cqrs_store_open() and cqrs_framework_new(); CQRS_ERR_FAILED, the
 *   directory could not be made. *out_throwaway is all zero then.
 */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_throwaway_open(const struct cqrs_backend *backend,
                    const struct cqrs_framework_options *options,
                    struct cqrs_throwaway *out_throwaway, struct cqrs_error *err);

/** Release the framework, close the store, and remove its files; all zero and NULL do nothing. */
CQRS_API void cqrs_throwaway_close(struct cqrs_throwaway *throwaway);

/* clang-format off */
#ifndef __cplusplus /* ---- the sentences ---- */

#define CQRS_TEST_HERE (&(const struct cqrs_test_place){ __FILE__, __LINE__ })

#define cqrs_event(...) \
	{ CQRS__EVENT_TYPE(CQRS__TAG(__VA_ARGS__)), CQRS__LITERAL(__VA_ARGS__) }
#define cqrs_entry(...) \
	{ CQRS__RECORD(CQRS__TAG(__VA_ARGS__)), CQRS__LITERAL(__VA_ARGS__) }
#define CQRS__VALUE(...) CQRS__VALUE_OF(CQRS__TAG(__VA_ARGS__), __VA_ARGS__)
#define CQRS__VALUE_OF(tag, ...) CQRS__VALUE_OF_(tag, __VA_ARGS__)
#define CQRS__VALUE_OF_(tag, ...) \
	((struct cqrs_test_value){ CQRS__LITERAL(__VA_ARGS__), sizeof(struct tag), #tag })

#define cqrs_given_nothing(t) cqrs_test_given_nothing((t), CQRS_TEST_HERE)
/* cqrs_given(t, customer_deposited_money, .amount = 200, .balance = 200); */
#define cqrs_given(t, ...)                                                          \
	cqrs_test_given_event((t), CQRS_TEST_HERE,                                  \
	                      CQRS__EVENT_TYPE(CQRS__TAG(__VA_ARGS__)),             \
	                      CQRS__LITERAL(__VA_ARGS__))
#define cqrs_given_command(t, ...)                                                  \
	cqrs_test_given_command((t), CQRS_TEST_HERE,                                \
	                        CQRS__COMMAND_TYPE(CQRS__TAG(__VA_ARGS__)),         \
	                        CQRS__LITERAL(__VA_ARGS__))
/* cqrs_given_state(t, account, .balance = 200); the struct must be known to the test. */
#define cqrs_given_state(t, ...) \
	cqrs_test_given_state((t), CQRS_TEST_HERE, CQRS__VALUE(__VA_ARGS__))
/* cqrs_given_view(t, &statement_view, statement, .balance = 200); */
#define cqrs_given_view(t, view, ...) \
	cqrs_test_given_view((t), CQRS_TEST_HERE, (view), CQRS__VALUE(__VA_ARGS__))
/* cqrs_given_entries(t, &statement_view, cqrs_entry(statement_line, .amount = 5), ...); */
#define cqrs_given_entries(t, view, ...)                                            \
	cqrs_test_given_entries((t), CQRS_TEST_HERE, (view),                        \
	                        CQRS_LIST_OF(struct cqrs_test_entry, __VA_ARGS__))
#define cqrs_given_metadata(t, name, value) \
	cqrs_test_given_metadata((t), CQRS_TEST_HERE, (name), (value))
#define cqrs_given_time(t, time) cqrs_test_given_time((t), CQRS_TEST_HERE, (time))
#define cqrs_given_later(t, time_us) cqrs_test_given_later((t), CQRS_TEST_HERE, (time_us))

/* cqrs_when(t, write_check, .check_number = "1170", .amount = 256.28); */
#define cqrs_when(t, ...) cqrs_when_with((t), NULL, __VA_ARGS__)
/* cqrs_when_with(t, CQRS_EXECUTE_OPTIONS(.idempotency_key = "k"), write_check, ...); */
#define cqrs_when_with(t, options, ...)                                             \
	cqrs_test_when_command((t), CQRS_TEST_HERE,                                 \
	                       CQRS__COMMAND_TYPE(CQRS__TAG(__VA_ARGS__)),          \
	                       CQRS__LITERAL(__VA_ARGS__), (options))
#define cqrs_when_json(t, json) cqrs_test_when_json((t), CQRS_TEST_HERE, (json), NULL)
/* cqrs_when_events(t, cqrs_event(account_opened), cqrs_event(...), ...); */
#define cqrs_when_events(t, ...)                                                    \
	cqrs_test_when_events((t), CQRS_TEST_HERE,                                  \
	                      CQRS_LIST_OF(struct cqrs_test_event, __VA_ARGS__))

/* cqrs_then(t, customer_wrote_check, .check_number = "1170", .amount = 100): that one event. */
#define cqrs_then(t, ...) cqrs_then_events(t, cqrs_event(__VA_ARGS__))
#define cqrs_then_events(t, ...)                                                    \
	cqrs_test_then_events((t), CQRS_TEST_HERE,                                  \
	                      CQRS_LIST_OF(struct cqrs_test_event, __VA_ARGS__))
#define cqrs_then_includes(t, ...)                                                  \
	cqrs_test_then_includes((t), CQRS_TEST_HERE,                                \
	                        CQRS_LIST_OF(struct cqrs_test_event, __VA_ARGS__))
#define cqrs_then_nothing(t) cqrs_test_then_events((t), CQRS_TEST_HERE, NULL, 0)
#define cqrs_then_rejected(t, message) \
	cqrs_test_then_rejected((t), CQRS_TEST_HERE, (message))
#define cqrs_then_rejected_code(t, code, params) \
	cqrs_test_then_rejected_code((t), CQRS_TEST_HERE, (code), (params))
#define cqrs_then_failed(t, status, message) \
	cqrs_test_then_failed((t), CQRS_TEST_HERE, (status), (message))
#define cqrs_then_metadata(t, name, value) \
	cqrs_test_then_metadata((t), CQRS_TEST_HERE, (name), (value))
#define cqrs_then_state(t, ...) \
	cqrs_test_then_state((t), CQRS_TEST_HERE, CQRS__VALUE(__VA_ARGS__))
#define cqrs_then_view(t, view, ...) \
	cqrs_test_then_view((t), CQRS_TEST_HERE, (view), CQRS__VALUE(__VA_ARGS__))
#define cqrs_then_no_view(t, view) cqrs_test_then_no_view((t), CQRS_TEST_HERE, (view))
#define cqrs_then_entries(t, view, ...)                                             \
	cqrs_test_then_entries((t), CQRS_TEST_HERE, (view),                         \
	                       CQRS_LIST_OF(struct cqrs_test_entry, __VA_ARGS__))
#define cqrs_then_no_entries(t, view) \
	cqrs_test_then_entries((t), CQRS_TEST_HERE, (view), NULL, 0)
#define cqrs_then_shapes_are_kept(t, directory) \
	cqrs_test_then_shapes_are_kept((t), CQRS_TEST_HERE, (directory))

#endif
/* clang-format on */

CQRS_END_DECLS
#endif
