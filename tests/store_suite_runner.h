/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_suite_runner.h - the store suite (cqrs/store_testing.h) as cmocka tests: each test
 * of the suite is one of cmocka's, named by its sentence.
 */
#ifndef CQRS_TESTS_STORE_SUITE_RUNNER_H
#define CQRS_TESTS_STORE_SUITE_RUNNER_H

#include <cqrs/store_testing.h>

/*
 * Run the whole suite; the number of tests that failed, for main() to return. A test that
 * does not apply to a store with the fixture's traits is no test that was left out; their
 * number is checked, so that none gets lost with a trait.
 */
int run_store_suite(const struct cqrs_store_fixture *fixture, size_t inapplicable_count);

#endif
