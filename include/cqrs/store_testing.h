/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_testing.h - the tests that every store must pass (library cqrs-testing).
 *
 * For those who write a store: describe it by a fixture, run the suite, and show the
 * reports. Each test proves sentences of docs/store-contract.md and names them. The suite
 * prints nothing, exits nowhere and needs no test framework.
 *
 *	struct cqrs_store_fixture fixture = cqrs_store_fixture_init();
 *
 *	fixture.name = "mine";
 *	fixture.open = open_mine;
 *	fixture.reset = reset_mine;
 *	fixture.traits = CQRS_STORE_DURABLE;
 *	return cqrs_store_suite_run_all(&fixture, print_report, NULL) == 0 ? 0 : 1;
 *
 * Threads: a test starts threads of its own and joins them before it ends. Two suites may
 * run at the same time on different storage.
 */
#ifndef CQRS_STORE_TESTING_H
#define CQRS_STORE_TESTING_H

#include <cqrs/store.h>

CQRS_BEGIN_DECLS

enum cqrs_store_trait {
	CQRS_STORE_DURABLE = 1, /* what was stored is there after closing and opening again */
	CQRS_STORE_SHARED = 2,  /* several handles may be open on the same storage at once */
};

/* A kind of store under test: how to get at it. */
struct cqrs_store_fixture {
	size_t size;      /* set by cqrs_store_fixture_init() */
	const char *name; /* for reports */
	/* Required. Make the storage empty, as if new. Called while no store is open. */
	enum cqrs_status (*reset)(void *self, struct cqrs_error *err);
	/* Required. Open a store on the storage that there is. */
	enum cqrs_status (*open)(void *self, struct cqrs_store **out_store, struct cqrs_error *err);
	/*
	 * Optional, called while no store is open: make a stream's head a number that would take
	 * too long to reach, as if it had that many events. It has one event at least; all but
	 * the last may stay where they are. Without this the suite leaves out the tests of
	 * streams beyond 2^31 and 2^53.
	 */
	enum cqrs_status (*set_head)(void *self, const struct cqrs_stream *stream,
	                             uint64_t sequence, struct cqrs_error *err);
	/* Optional: the same for the head of a feed. */
	enum cqrs_status (*set_feed_head)(void *self, uint64_t feed, uint64_t offset,
	                                  struct cqrs_error *err);
	uint64_t traits; /* of enum cqrs_store_trait */
	uint64_t seed;   /* of the delays and choices of concurrent tests; 0: another each time */
	void *self;
};
static inline struct cqrs_store_fixture cqrs_store_fixture_init(void)
{
	struct cqrs_store_fixture fixture = {
		sizeof(struct cqrs_store_fixture), NULL, NULL, NULL, NULL, NULL, 0, 0, NULL
	};
	return fixture;
}

enum cqrs_store_test_outcome {
	CQRS_STORE_TEST_PASSED = 0,
	CQRS_STORE_TEST_FAILED = 1,
	CQRS_STORE_TEST_SKIPPED = 2, /* the fixture lacks what the test needs */
};

struct cqrs_store_test_report {
	const char *name;      /* of the test, a sentence; static storage */
	const char *sentences; /* that it proves: "1.1 1.2"; static storage */
	enum cqrs_store_test_outcome outcome;
	uint64_t seed;    /* gives the same choices again when set in the fixture */
	uint64_t time_us; /* how long it took */
	/* Of the first check that failed; file is NULL and the texts are "" when none did. */
	const char *file;
	unsigned line;
	char what[256]; /* was checked; the reason where the test was skipped */
	char expected[256];
	char actual[512];
};

/** How many tests there are. */
CQRS_API size_t cqrs_store_suite_count(void);

/** A test's name, a sentence, for an index below the count; static storage. */
CQRS_API const char *cqrs_store_suite_name(size_t index);

/** The numbers of the sentences that a test proves: "1.1 1.2"; as above. */
CQRS_API const char *cqrs_store_suite_sentences(size_t index);

/**
 * Run one test on empty storage.
 *
 * @param index       below cqrs_store_suite_count()
 * @param out_report  filled in whatever the outcome
 *
 * @return the outcome, as in the report
 */
CQRS_API enum cqrs_store_test_outcome
cqrs_store_suite_run(const struct cqrs_store_fixture *fixture, size_t index,
                     struct cqrs_store_test_report *out_report);

/**
 * Run all tests, one after the other.
 *
 * @param report  called after each test; may be NULL; the report is borrowed for the call
 *
 * @return how many failed
 */
CQRS_API size_t cqrs_store_suite_run_all(
	const struct cqrs_store_fixture *fixture,
	void (*report)(void *self, const struct cqrs_store_test_report *report), void *self);

CQRS_END_DECLS
#endif
