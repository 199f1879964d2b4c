/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * framework_fixture.h - what the framework's tests share: a framework with the wallet domain
 * on a memory store behind hooks, in an environment that the test rules (clock, sleep,
 * randomness, memory, log), and short ways to execute and look.
 */
#ifndef CQRS_TESTS_FRAMEWORK_FIXTURE_H
#define CQRS_TESTS_FRAMEWORK_FIXTURE_H

#include "check.h"
#include "failing_allocator.h"
#include "hooked_store.h"
#include "wallet.h"

#include <pthread.h>

#define LOG_LINES 64

struct fixture {
	struct failing_allocator memory;       /* the framework's */
	struct failing_allocator store_memory; /* both stores' */
	struct cqrs_environment environment;
	struct cqrs_environment store_environment;
	_Atomic int64_t now_us;
	atomic_ulong randomness;
	atomic_ulong sleeps;
	atomic_ulong slept_us;
	pthread_mutex_t log_lock; /* guards the next two */
	size_t log_count;
	char log[LOG_LINES][256]; /* "0 message": the level first; the first lines only */

	struct cqrs_store *inner;
	struct hooked_store hooks;
	struct cqrs_store *store;
	struct cqrs_framework *framework;
	const struct cqrs_aggregate *aggregate; /* the framework's first */
	struct wallet_services services;
	struct cqrs_arena *arena;
	struct cqrs_error err;
};

/* cmocka's set-up and tear-down; the framework has wallet_aggregate and wallet_view. */
int fixture_set_up(void **state);
/* The same without a view. */
int fixture_set_up_without_view(void **state);
int fixture_tear_down(void **state); /* nothing may be leaked */

/* Another framework in place of the present one; store, services, environment are filled in. */
void fixture_new_framework(struct fixture *f, const struct cqrs_framework_options *options);
/* A second framework on the same store. */
struct cqrs_framework *fixture_other_framework(struct fixture *f,
                                               const struct cqrs_framework_options *options);
/* The hooked store again, with the limits that f->hooks has now; frameworks are to be made anew. */
void fixture_reopen_store(struct fixture *f);

/* The callback of CallBack and Run. */
void fixture_call(struct fixture *f,
                  enum cqrs_status (*callback)(struct cqrs_context *ctx,
                                               const struct wallet *wallet, void *self),
                  void *self);

void put(struct fixture *f, const char *id, int64_t coins);
enum cqrs_status take(struct fixture *f, const char *id, int64_t coins);
/* Append CoinsPut events behind every framework's back. */
void foreign_put(struct fixture *f, const char *id, int64_t coins, size_t count);
/* The state as loaded afresh from the store; it has to agree with its own sequence. */
const struct wallet *wallet_of(struct fixture *f, const char *id);
uint64_t head_of(struct fixture *f, const char *id);
const struct wallet_view *view_of(struct fixture *f, const char *id); /* NULL: none */
size_t entries_of(struct fixture *f, const char *id);
bool logged(struct fixture *f, const char *part);

#define RUN(test) cmocka_unit_test_setup_teardown(test, fixture_set_up, fixture_tear_down)
#define RUN_WITHOUT_VIEW(test) \
	cmocka_unit_test_setup_teardown(test, fixture_set_up_without_view, fixture_tear_down)

#endif
