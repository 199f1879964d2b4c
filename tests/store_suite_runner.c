/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* store_suite_runner.c - see store_suite_runner.h. */
#include "check.h"

#include "store_suite_runner.h"

struct suite_case {
	const struct cqrs_store_fixture *fixture;
	size_t index;
	char name[128]; /* one word, as the names of all our tests */
};

static void run_case(void **state)
{
	const struct suite_case *one = *state;
	struct cqrs_store_test_report report;

	switch (cqrs_store_suite_run(one->fixture, one->index, &report)) {
	case CQRS_STORE_TEST_PASSED:
		break;
	case CQRS_STORE_TEST_SKIPPED:
		print_message("skipped: %s\n", report.what);
		skip();
		break;
	case CQRS_STORE_TEST_FAILED:
		print_error("%s: expected '%s', found '%s' (sentences %s, seed %llu)\n",
		            report.what, report.expected, report.actual, report.sentences,
		            (unsigned long long)report.seed);
		_fail(report.file ? report.file : __FILE__, (int)report.line);
		break;
	}
}

static void make_case(struct suite_case *one, const struct cqrs_store_fixture *fixture,
                      size_t index)
{
	one->fixture = fixture;
	one->index = index;
	snprintf(one->name, sizeof(one->name), "%s", cqrs_store_suite_name(index));
	for (char *c = one->name; *c; c++) {
		if (*c == ' ' || *c == ',')
			*c = '_';
	}
}

int run_store_suite(const struct cqrs_store_fixture *fixture)
{
	size_t count = cqrs_store_suite_count();
	struct CMUnitTest *tests = calloc(count, sizeof(*tests));
	struct suite_case *cases = calloc(count, sizeof(*cases));
	int failed = 1;

	for (size_t i = 0; tests && cases && i < count; i++) {
		make_case(&cases[i], fixture, i);
		tests[i].name = cases[i].name;
		tests[i].test_func = run_case;
		tests[i].initial_state = &cases[i];
	}
	if (tests && cases)
		failed = _cmocka_run_group_tests(fixture->name, tests, count, NULL, NULL);
	free(cases);
	free(tests);
	return failed;
}
