/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_suite.c - the table of all tests of the store suite, and how one is run.
 *
 * What tests are written with is in store_suite.h; the tests are in store_*_tests.c.
 */
#include "store_suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct store_tests *const groups[] = {
	&cqrs__suite_stream_tests, &cqrs__suite_commit_tests, &cqrs__suite_refusal_tests,
	&cqrs__suite_batch_tests,  &cqrs__suite_feed_tests,   &cqrs__suite_traffic_tests,
	&cqrs__suite_news_tests,   &cqrs__suite_view_tests,   &cqrs__suite_entry_tests,
	&cqrs__suite_side_tests,   &cqrs__suite_key_tests,    &cqrs__suite_deletion_tests,
	&cqrs__suite_name_tests,   &cqrs__suite_number_tests, &cqrs__suite_limit_tests,
	&cqrs__suite_page_tests,   &cqrs__suite_many_tests,   &cqrs__suite_handle_tests,
};

size_t cqrs_store_suite_count(void)
{
	size_t count = 0;

	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		count += groups[i]->count;
	return count;
}

static const struct store_test *test_at(size_t index)
{
	size_t group = 0;

	while (index >= groups[group]->count)
		index -= groups[group++]->count;
	return &groups[group]->items[index];
}

const char *cqrs_store_suite_name(size_t index)
{
	return test_at(index)->name;
}

const char *cqrs_store_suite_sentences(size_t index)
{
	return test_at(index)->sentences;
}

static void fail_before(struct suite *suite, const char *what, enum cqrs_status status,
                        const struct cqrs_error *err)
{
	struct cqrs_store_test_report *report = suite->report;

	report->outcome = CQRS_STORE_TEST_FAILED;
	snprintf(report->what, sizeof(report->what), "%s", what);
	snprintf(report->expected, sizeof(report->expected), "%s", cqrs_status_name(CQRS_OK));
	snprintf(report->actual, sizeof(report->actual), "%s: %s", cqrs_status_name(status),
	         err->message);
}

static void release(struct suite *suite)
{
	for (size_t i = 0; i < suite->store_count; i++)
		cqrs_store_close(suite->stores[i]);
	for (size_t i = 0; i < suite->actor_count; i++)
		cqrs_arena_free(suite->actors[i].arena);
	pthread_mutex_destroy(&suite->lock);
	free(suite);
}

/* The first actor begins here, and a check of its that fails comes back here. */
static void run_test(struct suite *suite, const struct store_test *test)
{
	struct actor *a = &suite->actors[0];

	if (setjmp(a->begin) == 0) {
		a->store = cqrs__suite_open(a);
		test->run(a);
	}
	cqrs__suite_join_all(suite);
}

static struct suite *make_suite(const struct cqrs_store_fixture *fixture,
                                struct cqrs_store_test_report *report)
{
	struct suite *suite = calloc(1, sizeof(*suite));

	if (!suite)
		return NULL;
	if (pthread_mutex_init(&suite->lock, NULL) != 0) {
		free(suite);
		return NULL;
	}
	suite->fixture = fixture;
	suite->report = report;
	return suite;
}

enum cqrs_store_test_outcome cqrs_store_suite_run(const struct cqrs_store_fixture *fixture,
                                                  size_t index,
                                                  struct cqrs_store_test_report *out_report)
{
	const struct store_test *test = test_at(index);
	struct cqrs_error err = CQRS_ERROR_INIT;
	uint64_t began_us = cqrs__suite_now_us();
	struct suite *suite;
	enum cqrs_status status;

	*out_report = (struct cqrs_store_test_report){
		.name = test->name,
		.sentences = test->sentences,
		.seed = fixture->seed ? fixture->seed : (began_us << 8) + index + 1,
	};
	suite = make_suite(fixture, out_report);
	if (!suite) {
		out_report->outcome = CQRS_STORE_TEST_FAILED;
		snprintf(out_report->what, sizeof(out_report->what), "no memory for the test");
		return out_report->outcome;
	}
	status = fixture->reset(fixture->self, &err);
	if (status != CQRS_OK) {
		fail_before(suite, "the fixture's reset", status, &err);
		goto out;
	}
	status = cqrs__suite_add_actor(suite, &err);
	if (status != CQRS_OK) {
		fail_before(suite, "the arena of the test", status, &err);
		goto out;
	}
	run_test(suite, test);
out:
	release(suite);
	out_report->time_us = cqrs__suite_now_us() - began_us;
	return out_report->outcome;
}

size_t
cqrs_store_suite_run_all(const struct cqrs_store_fixture *fixture,
                         void (*report)(void *self, const struct cqrs_store_test_report *report),
                         void *self)
{
	size_t failed = 0;
	size_t count = cqrs_store_suite_count();

	for (size_t i = 0; i < count; i++) {
		struct cqrs_store_test_report one;

		if (cqrs_store_suite_run(fixture, i, &one) == CQRS_STORE_TEST_FAILED)
			failed++;
		if (report)
			report(self, &one);
	}
	return failed;
}
