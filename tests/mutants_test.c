/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * mutants_test.c - the control of the store suite: it must find each mutant of a store by the
 * test that is about it, and nothing where there is none.
 */
#include "check.h"

#include "mutant_store.h"
#include "store_suite_runner.h"

struct control {
	const char *name;
	enum mutant mutant;
	const char *test; /* of the suite, which must fail */
};

static const struct control controls[] = {
	{ "offsets_taken_before_the_commit_are_found", MUTANT_EARLY_OFFSETS,
	  "readers beside writers see every event once and in order" },
	{ "events_that_come_after_higher_ones_are_found", MUTANT_LATE_EVENTS,
	  "readers beside writers see every event once and in order" },
	{ "commits_in_two_steps_are_found", MUTANT_PARTS_ONE_BY_ONE,
	  "a failure in any part of a commit leaves nothing of it" },
	{ "commits_in_two_steps_are_seen_by_readers", MUTANT_PARTS_ONE_BY_ONE,
	  "nobody sees a part of a commit, and everybody the whole at once" },
	{ "unchecked_sequences_are_found", MUTANT_ANY_SEQUENCE,
	  "an expected number must be the head" },
	{ "unchecked_sequences_are_found_by_rivals", MUTANT_ANY_SEQUENCE,
	  "of many commits on the same head one is stored" },
	{ "unchecked_versions_are_found", MUTANT_ANY_VERSION,
	  "a view write wants the version there is" },
	{ "unchecked_checkpoints_are_found", MUTANT_ANY_CHECKPOINT,
	  "a checkpoint moves from where it is" },
	{ "forgotten_keys_are_found", MUTANT_NO_KEYS, "one of many threads gets a key" },
	{ "a_forgotten_after_is_found", MUTANT_NO_AFTER,
	  "an expectation that holds by accident does not help" },
	{ "a_batch_that_stops_is_found", MUTANT_BATCH_STOPS,
	  "a commit of a batch is stored or refused whatever its neighbours are" },
	{ "a_snapshot_that_stays_is_found", MUTANT_FIRST_SNAPSHOT,
	  "the snapshot saved last is the one" },
	{ "folded_ids_are_found", MUTANT_FOLDED_IDS,
	  "views whose ids differ by a trifle are told apart" },
	{ "numbers_of_32_bits_are_found", MUTANT_32_BITS, "versions of views are exact" },
	{ "numbers_kept_as_doubles_are_found", MUTANT_DOUBLES, "versions of views are exact" },
	{ "lost_microseconds_are_found", MUTANT_MILLISECONDS, "an event comes back byte by byte" },
	{ "a_stream_of_one_page_is_found", MUTANT_FIRST_PAGE,
	  "streams and feeds are read by pages of every size" },
	{ "missing_tombstones_are_found", MUTANT_NO_TOMBSTONES,
	  "a tombstone is loaded and not listed" },
	{ "missing_deleted_events_are_found", MUTANT_NO_DELETED_EVENTS,
	  "deleted events keep their places in the feed" },
	{ "unordered_lists_are_found", MUTANT_UNORDERED_LISTS,
	  "lists are in the order of the bytes of ids" },
	{ "a_wait_that_ends_early_is_found", MUTANT_EARLY_WAKE, "a wait keeps its timeout" },
	{ "keys_purged_too_early_are_found", MUTANT_PURGE_ALL,
	  "keys go by their time, and no others" },
};
enum { CONTROLS = sizeof(controls) / sizeof(*controls) };

static enum cqrs_status reset(void *self, struct cqrs_error *err)
{
	(void)self;
	(void)err;
	return CQRS_OK;
}

static enum cqrs_status open_mutant(void *self, struct cqrs_store **out_store,
                                    struct cqrs_error *err)
{
	const enum mutant *mutant = self;

	return open_mutant_store(*mutant, out_store, err);
}

static struct cqrs_store_fixture fixture_of(enum mutant *mutant)
{
	struct cqrs_store_fixture fixture = cqrs_store_fixture_init();

	fixture.name = "mutant store";
	fixture.reset = reset;
	fixture.open = open_mutant;
	fixture.self = mutant;
	return fixture;
}

static size_t index_of(const char *name)
{
	size_t index = 0;

	while (index < cqrs_store_suite_count() && strcmp(cqrs_store_suite_name(index), name) != 0)
		index++;
	if (index == cqrs_store_suite_count())
		print_error("the suite has no test '%s'\n", name);
	assert_true(index < cqrs_store_suite_count());
	return index;
}

static void the_fault_is_found(void **state)
{
	const struct control *control = *state;
	enum mutant mutant = control->mutant;
	struct cqrs_store_fixture fixture = fixture_of(&mutant);
	struct cqrs_store_test_report report;

	assert_int_equal(cqrs_store_suite_run(&fixture, index_of(control->test), &report),
	                 CQRS_STORE_TEST_FAILED);
	assert_non_null(report.file);
	assert_true(report.line > 0);
	assert_string_equal(report.name, control->test);
	assert_string_not_equal(report.what, "");
	assert_string_not_equal(report.expected, report.actual);
}

/* ---- the suite itself ---- */

static enum cqrs_status fail_to_reset(void *self, struct cqrs_error *err)
{
	(void)self;
	return cqrs_error_set(err, CQRS_ERR_UNAVAILABLE, "no storage today");
}

static enum cqrs_status fail_to_open(void *self, struct cqrs_store **out_store,
                                     struct cqrs_error *err)
{
	(void)self;
	(void)out_store;
	return cqrs_error_set(err, CQRS_ERR_UNAVAILABLE, "no store today");
}

static void a_fixture_that_cannot_open_fails_the_test(void **state)
{
	enum mutant none = MUTANT_NONE;
	struct cqrs_store_fixture fixture = fixture_of(&none);
	struct cqrs_store_test_report report;

	(void)state;
	fixture.open = fail_to_open;
	assert_int_equal(cqrs_store_suite_run(&fixture, 0, &report), CQRS_STORE_TEST_FAILED);
	CHECK_CONTAINS(report.actual, "no store today");
	fixture.reset = fail_to_reset;
	assert_int_equal(cqrs_store_suite_run(&fixture, 0, &report), CQRS_STORE_TEST_FAILED);
	CHECK_CONTAINS(report.actual, "no storage today");
}

static void count_report(void *self, const struct cqrs_store_test_report *report)
{
	size_t *count = self;

	assert_string_equal(report->name, cqrs_store_suite_name(*count));
	assert_string_equal(report->sentences, cqrs_store_suite_sentences(*count));
	assert_int_equal(report->outcome, CQRS_STORE_TEST_FAILED);
	(*count)++;
}

static void running_all_reports_each_and_counts_failures(void **state)
{
	enum mutant none = MUTANT_NONE;
	struct cqrs_store_fixture fixture = fixture_of(&none);
	size_t reported = 0;

	(void)state;
	fixture.open = fail_to_open;
	CHECK_UINT(cqrs_store_suite_run_all(&fixture, count_report, &reported),
	           cqrs_store_suite_count());
	CHECK_UINT(reported, cqrs_store_suite_count());
	CHECK_UINT(cqrs_store_suite_run_all(&fixture, NULL, NULL), cqrs_store_suite_count());
}

static void the_seed_is_the_one_that_was_given(void **state)
{
	enum mutant none = MUTANT_NONE;
	struct cqrs_store_fixture fixture = fixture_of(&none);
	struct cqrs_store_test_report report;

	(void)state;
	fixture.seed = 4711;
	assert_int_equal(cqrs_store_suite_run(&fixture, 0, &report), CQRS_STORE_TEST_PASSED);
	CHECK_UINT(report.seed, 4711);
	fixture.seed = 0;
	assert_int_equal(cqrs_store_suite_run(&fixture, 0, &report), CQRS_STORE_TEST_PASSED);
	assert_true(report.seed != 0);
}

int main(void)
{
	const struct CMUnitTest kit[] = {
		cmocka_unit_test(a_fixture_that_cannot_open_fails_the_test),
		cmocka_unit_test(running_all_reports_each_and_counts_failures),
		cmocka_unit_test(the_seed_is_the_one_that_was_given),
	};
	struct CMUnitTest tests[CONTROLS];
	enum mutant none = MUTANT_NONE;
	struct cqrs_store_fixture fixture = fixture_of(&none);

	for (size_t i = 0; i < CONTROLS; i++) {
		tests[i] = (struct CMUnitTest){
			.name = controls[i].name,
			.test_func = the_fault_is_found,
			.initial_state = (void *)(uintptr_t)&controls[i],
		};
	}
	return cmocka_run_group_tests_name("store suite", kit, NULL, NULL) +
	       _cmocka_run_group_tests("mutants", tests, CONTROLS, NULL, NULL) +
	       run_store_suite(&fixture, 10);
}
