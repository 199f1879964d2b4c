/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * domain_test.h - a test of a domain, for the files of this folder.
 *
 * begin.c     beginning and ending a test, its environment, its failure
 * run.c       one command through a framework of its own
 * given.c     the past
 * when.c      what is asked
 * then.c      what came of it
 * then_view.c states and views as they are stored
 * shapes.c    the stored shapes of a domain's types
 * throwaway.c a store for one test
 *
 * A hook may jump away from a failure. So a check releases what it holds first, and fails
 * last.
 */
#ifndef CQRS_TESTING_DOMAIN_TEST_H
#define CQRS_TESTING_DOMAIN_TEST_H

#include "poison.h"

#include <cqrs/testing.h>

struct cqrs__test_view {
	const struct cqrs_view *given; /* what the test calls it */
	struct cqrs_view view;         /* the same, of the test's own copy of the aggregate */
};

struct cqrs_test {
	struct cqrs_test_options options;
	char aggregate_id[CQRS_MAX_ID_LEN + 1];
	/*
	 * A copy with a command and an event of the kit's own, by which events happen without a
	 * command of the domain's; and with snapshots, by which a state is given.
	 */
	struct cqrs_aggregate aggregate;
	struct cqrs__test_view *views;
	const struct cqrs_view **view_list; /* the copies */

	struct cqrs__poison poison;
	struct cqrs_environment environment;
	int64_t now_us;
	uint64_t random; /* the generator's state */

	struct cqrs_store *store;
	struct cqrs_arena *lasting; /* lives as long as the test */
	struct cqrs_arena *passing; /* of one sentence */
	struct cqrs_arena *outcome_arena;
	struct cqrs_metadata_entry *metadata;
	size_t metadata_count;
	int64_t last_event_us; /* when the last event was recorded */
	bool asked;            /* since the last step of the past was given */
	bool expected;         /* a sentence has looked at the outcome */
	struct cqrs_test_place asked_at;
	struct cqrs_test_outcome outcome;
	bool within;               /* a command is being executed */
	bool nested;               /* and a sentence was used meanwhile */
	struct cqrs_error refusal; /* status not CQRS_OK: why there can be no test */
	const char *failure;       /* "file:line: message"; NULL: it has not failed */
	char *failure_text;        /* its memory */
};

/* ---- begin.c ---- */

/**
 * Whether a sentence is to be carried out: not after a failure, which may have been waiting for
 * a place, nor behind an outcome that nobody expected. Empties the passing arena.
 */
bool cqrs__test_goes_on(struct cqrs_test *test, const struct cqrs_test_place *place);

/** The test fails; nothing after this may need the test's frame. */
CQRS_PRINTF(3, 4) void cqrs__test_fail(struct cqrs_test *test, const struct cqrs_test_place *place,
                                       const char *fmt, ...);

/** The same for what cannot be done: "what: the error's message". */
void cqrs__test_fail_error(struct cqrs_test *test, const struct cqrs_test_place *place,
                           const char *what, const struct cqrs_error *err);

struct cqrs_stream cqrs__test_stream(const struct cqrs_test *test);

/** The test's own copy of a view; NULL, and the test has failed, where it has no such view. */
const struct cqrs_view *cqrs__test_view(struct cqrs_test *test, const struct cqrs_test_place *place,
                                        const struct cqrs_view *view);

/** A value, or one that is all zero where it is NULL. NULL, and the test has failed: it is not
 *  of the record, or there is no memory. */
const void *cqrs__test_value(struct cqrs_test *test, const struct cqrs_test_place *place,
                             const struct cqrs_record *record, struct cqrs_test_value value);

/* ---- run.c ---- */

/* Who sees what happens. */
enum cqrs__test_audience {
	CQRS__TEST_NOBODY, /* the kit's own event */
	CQRS__TEST_VIEWS,  /* the past */
	CQRS__TEST_ALL,    /* what is asked: views and queries */
};

/* A framework on the test's store. */
enum cqrs_status cqrs__test_framework(struct cqrs_test *test, enum cqrs__test_audience audience,
                                      struct cqrs_framework **out_framework,
                                      struct cqrs_error *err);

/* What is to be executed: a command by its type, or as JSON. */
struct cqrs__test_command {
	const struct cqrs_command_type *type;
	const void *command;
	const char *json;
	const struct cqrs_execute_options *options;
	enum cqrs__test_audience audience;
};

/** Execute it; its outcome is the test's then. False, and the test has failed: a sentence was
 *  used by what it called. */
bool cqrs__test_run(struct cqrs_test *test, const struct cqrs_test_place *place,
                    const struct cqrs__test_command *command);

/** Let events happen as one command would; as above. */
bool cqrs__test_run_events(struct cqrs_test *test, const struct cqrs_test_place *place,
                           const struct cqrs_test_event *events, size_t count,
                           enum cqrs__test_audience audience);

/** An entry as JSON in the passing arena. Errors: CQRS_ERR_INVALID, it is not the view's. */
enum cqrs_status cqrs__test_encode_entry(struct cqrs_test *test, const struct cqrs_view *view,
                                         const struct cqrs_test_entry *entry,
                                         struct cqrs_text *out_json, struct cqrs_error *err);

/* The kit's own command and event, for the copy of an aggregate. */
extern const struct cqrs_command_entry cqrs__test_emit_entry;
extern const struct cqrs_event_entry cqrs__test_past_entry;

#endif
