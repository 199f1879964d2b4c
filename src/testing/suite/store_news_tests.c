/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_news_tests.c - waiting for a feed (section 5 of the contract).
 */
#include "store_suite.h"

#include <stdatomic.h>

enum {
	SOON_US = 2000000,    /* "soon", on a machine that has other things to do */
	LONG_WAIT_MS = 20000, /* far longer than soon */
	SHORT_WAIT_MS = 60,
	SHORT_WAIT_US = 60000,
	WAITERS = 5,
};

static struct cqrs_stream stream_of_feed(struct actor *a, uint64_t feed)
{
	for (size_t i = 0;; i++) {
		struct cqrs_stream stream = STREAM("news", cqrs__suite_print(a, "%zu", i));

		if (cqrs__suite_feed_of(a, stream) == feed)
			return stream;
	}
}

static void news_that_is_there_ends_the_wait_at_once(struct actor *a)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	uint64_t began_us;

	cqrs__suite_given_events(a, stream_of_feed(a, 0), 3);
	began_us = cqrs__suite_now_us();
	for (uint64_t after = 0; after < 3; after++) {
		CHECK_STATUS_ERR(a, cqrs_store_wait(a->store, 0, after, LONG_WAIT_MS, &err),
		                 CQRS_OK, &err);
		CHECK_STATUS_ERR(a, cqrs_store_wait(a->store, 0, after, 0, &err), CQRS_OK, &err);
	}
	CHECK_TRUE(a, cqrs__suite_now_us() - began_us < SOON_US);
}

static void the_timeout_is_kept(struct actor *a)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	uint64_t began_us;

	cqrs__suite_given_events(a, stream_of_feed(a, 0), 1);
	began_us = cqrs__suite_now_us();
	CHECK_STATUS_ERR(a, cqrs_store_wait(a->store, 0, 1, SHORT_WAIT_MS, &err), CQRS_ERR_TIMEOUT,
	                 &err);
	CHECK_UINT(a, err.status, CQRS_ERR_TIMEOUT);
	CHECK_TRUE(a, cqrs__suite_now_us() - began_us >= SHORT_WAIT_US);
	CHECK_TRUE(a, cqrs__suite_now_us() - began_us < SHORT_WAIT_US + SOON_US);
	began_us = cqrs__suite_now_us();
	CHECK_STATUS_ERR(a, cqrs_store_wait(a->store, 0, 1, 0, &err), CQRS_ERR_TIMEOUT, &err);
	CHECK_TRUE(a, cqrs__suite_now_us() - began_us < SOON_US);
}

/* Counts those that were woken by the news. */
static void wait_for_news(struct actor *a)
{
	atomic_uint *woken = a->with;
	struct cqrs_error err = CQRS_ERROR_INIT;

	CHECK_STATUS_ERR(a, cqrs_store_wait(a->store, 0, 1, LONG_WAIT_MS, &err), CQRS_OK, &err);
	CHECK_UINT(a, cqrs__suite_read_feed(a, 0, 1, 0).count, 1);
	atomic_fetch_add(woken, 1);
}

/* Let all begin to wait, then commit through writer; all must wake up soon. */
static void check_woken(struct actor *a, struct cqrs_store *waiting, struct cqrs_store *writing)
{
	atomic_uint *woken = cqrs__suite_allocate(a, sizeof(*woken));
	uint64_t began_us;

	atomic_init(woken, 0);
	a->store = writing;
	cqrs__suite_given_events(a, stream_of_feed(a, 0), 1);
	for (size_t i = 0; i < WAITERS; i++)
		cqrs__suite_start(a, wait_for_news, waiting, woken);
	cqrs__suite_sleep_us(SHORT_WAIT_US);
	CHECK_UINT(a, atomic_load(woken), 0);
	began_us = cqrs__suite_now_us();
	cqrs__suite_given_events(a, stream_of_feed(a, 0), 1);
	cqrs__suite_join(a);
	CHECK_UINT(a, atomic_load(woken), WAITERS);
	CHECK_TRUE(a, cqrs__suite_now_us() - began_us < SOON_US);
}

static void news_of_another_thread_wakes_all(struct actor *a)
{
	check_woken(a, a->store, a->store);
}

static void news_of_another_handle_wakes_all(struct actor *a)
{
	if (!(a->suite->fixture->traits & CQRS_STORE_SHARED))
		cqrs__suite_skip(a, "one handle at a time on this storage");
	check_woken(a, a->store, cqrs__suite_open(a));
}

static void commit_to_other_feeds(struct actor *a)
{
	for (uint64_t feed = 1; feed < cqrs_store_feed_count(a->store); feed++)
		cqrs__suite_given_events(a, stream_of_feed(a, feed), 2);
}

static void news_of_another_feed_does_not_count(struct actor *a)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	uint64_t began_us;

	if (cqrs_store_feed_count(a->store) == 1)
		cqrs__suite_skip(a, "the store has one feed");
	cqrs__suite_start(a, commit_to_other_feeds, a->store, NULL);
	began_us = cqrs__suite_now_us();
	CHECK_STATUS_ERR(a, cqrs_store_wait(a->store, 0, 0, SHORT_WAIT_MS, &err), CQRS_ERR_TIMEOUT,
	                 &err);
	CHECK_TRUE(a, cqrs__suite_now_us() - began_us >= SHORT_WAIT_US);
	cqrs__suite_join(a);
	CHECK_STATUS_ERR(a, cqrs_store_wait(a->store, 1, 0, 0, &err), CQRS_OK, &err);
}

static void wait_for_ever(struct actor *a)
{
	const uint64_t *timeout_ms = a->with;
	struct cqrs_error err = CQRS_ERROR_INIT;

	CHECK_STATUS_ERR(a, cqrs_store_wait(a->store, 0, 0, *timeout_ms, &err), CQRS_OK, &err);
	CHECK_UINT(a, cqrs__suite_feed_head(a, 0), 1);
}

/* Numbers that run over when they are made micro- or nanoseconds, or added to the time. */
static void a_wait_may_be_as_long_as_one_likes(struct actor *a)
{
	static uint64_t timeouts_ms[] = { UINT64_MAX, UINT64_MAX / 1000 + 1,
		                          UINT64_MAX / 1000000 + 1, INT64_MAX };

	for (size_t i = 0; i < sizeof(timeouts_ms) / sizeof(*timeouts_ms); i++)
		cqrs__suite_start(a, wait_for_ever, a->store, &timeouts_ms[i]);
	cqrs__suite_sleep_us(SHORT_WAIT_US);
	cqrs__suite_given_events(a, stream_of_feed(a, 0), 1);
	cqrs__suite_join(a);
}

/* A wait is no lock: a refused commit is no news, and others go on meanwhile. */
static void refusals_are_no_news(struct actor *a)
{
	struct draft *draft = cqrs__draft_new(a);
	struct cqrs_error err = CQRS_ERROR_INIT;

	cqrs__draft_append(a, draft, stream_of_feed(a, 0), 5, 1);
	CHECK_REFUSED(a, cqrs__draft_commit(a, draft), CQRS_ERR_CONFLICT);
	CHECK_STATUS_ERR(a, cqrs_store_wait(a->store, 0, 0, 1, &err), CQRS_ERR_TIMEOUT, &err);
}

static const struct store_test tests[] = {
	{ "news that is there ends a wait at once", "5.1",
	  news_that_is_there_ends_the_wait_at_once },
	{ "a wait keeps its timeout", "5.3", the_timeout_is_kept },
	{ "news of another thread wakes all who wait", "5.2", news_of_another_thread_wakes_all },
	{ "news of another handle wakes all who wait", "5.2 14.3",
	  news_of_another_handle_wakes_all },
	{ "news of another feed does not count", "5.4", news_of_another_feed_does_not_count },
	{ "a wait may be as long as one likes", "5.2 5.3", a_wait_may_be_as_long_as_one_likes },
	{ "refused commits are no news", "5.1 5.3", refusals_are_no_news },
};
const struct store_tests cqrs__suite_news_tests = STORE_TESTS(tests);
