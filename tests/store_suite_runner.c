/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* store_suite_runner.c - see store_suite_runner.h. */
#include "check.h"

#include "store_suite_runner.h"

struct suite_run {
	const struct cqrs_store_fixture *fixture;
	size_t inapplicable_expected;
	size_t inapplicable;
};

struct suite_case {
	struct suite_run *run;
	size_t index;
	char name[128]; /* one word, as the names of all our tests */
};

static void run_case(void **state)
{
	const struct suite_case *one = *state;
	struct cqrs_store_test_report report;

	switch (cqrs_store_suite_run(one->run->fixture, one->index, &report)) {
	case CQRS_STORE_TEST_PASSED:
		break;
	case CQRS_STORE_TEST_SKIPPED:
		print_message("does not apply: %s\n", report.what);
		one->run->inapplicable++;
		break;
	case CQRS_STORE_TEST_FAILED:
		print_error("%s: expected '%s', found '%s' (sentences %s, seed %llu)\n",
		            report.what, report.expected, report.actual, report.sentences,
		            (unsigned long long)report.seed);
		_fail(report.file ? report.file : __FILE__, (int)report.line);
		break;
	}
}

static void all_tests_apply_but_the_expected(void **state)
{
	const struct suite_run *run = *state;

	CHECK_UINT(run->inapplicable, run->inapplicable_expected);
}

static void make_case(struct suite_case *one, struct suite_run *run, size_t index)
{
	one->run = run;
	one->index = index;
	snprintf(one->name, sizeof(one->name), "%s", cqrs_store_suite_name(index));
	for (char *c = one->name; *c; c++) {
		if (*c == ' ' || *c == ',')
			*c = '_';
	}
}

int run_store_suite(const struct cqrs_store_fixture *fixture, size_t inapplicable_count)
{
	struct suite_run run = { fixture, inapplicable_count, 0 };
	size_t count = cqrs_store_suite_count();
	struct CMUnitTest *tests = calloc(count + 1, sizeof(*tests));
	struct suite_case *cases = calloc(count, sizeof(*cases));
	int failed = 1;

	for (size_t i = 0; tests && cases && i < count; i++) {
		make_case(&cases[i], &run, i);
		tests[i].name = cases[i].name;
		tests[i].test_func = run_case;
		tests[i].initial_state = &cases[i];
	}
	if (tests && cases) {
		tests[count] = (struct CMUnitTest)cmocka_unit_test_prestate(
			all_tests_apply_but_the_expected, &run);
		failed = _cmocka_run_group_tests(fixture->name, tests, count + 1, NULL, NULL);
	}
	free(cases);
	free(tests);
	return failed;
}
