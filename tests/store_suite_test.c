/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* store_suite_test.c - how the store suite runs its tests and reports; mutants_test.c is about
 * what they find. */
#include "check.h"

#include <cqrs/store_testing.h>

static enum cqrs_status reset(void *self, struct cqrs_error *err)
{
	(void)self;
	(void)err;
	return CQRS_OK;
}

static enum cqrs_status open_memory(void *self, struct cqrs_store **out_store,
                                    struct cqrs_error *err)
{
	(void)self;
	return cqrs_store_open("memory:", CQRS_BACKENDS(cqrs_memory()), out_store, err);
}

static struct cqrs_store_fixture memory_fixture(void)
{
	struct cqrs_store_fixture fixture = cqrs_store_fixture_init();

	fixture.name = "memory";
	fixture.reset = reset;
	fixture.open = open_memory;
	return fixture;
}

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
	struct cqrs_store_fixture fixture = memory_fixture();
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
	struct cqrs_store_fixture fixture = memory_fixture();
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
	struct cqrs_store_fixture fixture = memory_fixture();
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
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fixture_that_cannot_open_fails_the_test),
		cmocka_unit_test(running_all_reports_each_and_counts_failures),
		cmocka_unit_test(the_seed_is_the_one_that_was_given),
	};

	return cmocka_run_group_tests_name("store suite", tests, NULL, NULL);
}
