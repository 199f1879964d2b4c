/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* framework_fixture.c - see the header. */
#include "framework_fixture.h"

static int64_t fixture_now_us(void *self)
{
	return atomic_load(&((struct fixture *)self)->now_us);
}

/* Unpredictable enough (SplitMix64), and the same in every run. */
static void fixture_random(void *self, void *out, size_t size)
{
	unsigned char *bytes = out;

	for (size_t i = 0; i < size; i++) {
		uint64_t x = (atomic_fetch_add(&((struct fixture *)self)->randomness, 1) + 1) *
		             UINT64_C(0x9e3779b97f4a7c15);

		x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
		x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
		bytes[i] = (unsigned char)(x >> 56);
	}
}

static void fixture_sleep_us(void *self, uint64_t time_us)
{
	struct fixture *f = self;

	atomic_fetch_add(&f->sleeps, 1);
	atomic_fetch_add(&f->slept_us, time_us);
}

static void fixture_log(void *self, enum cqrs_log_level level, const char *message)
{
	struct fixture *f = self;

	pthread_mutex_lock(&f->log_lock);
	if (f->log_count < LOG_LINES)
		snprintf(f->log[f->log_count++], sizeof(f->log[0]), "%d %s", (int)level, message);
	pthread_mutex_unlock(&f->log_lock);
}

bool logged(struct fixture *f, const char *part)
{
	bool found = false;

	pthread_mutex_lock(&f->log_lock);
	for (size_t i = 0; i < f->log_count; i++)
		found = found || strstr(f->log[i], part);
	pthread_mutex_unlock(&f->log_lock);
	return found;
}

static struct cqrs_framework *new_framework(struct fixture *f,
                                            const struct cqrs_framework_options *options)
{
	struct cqrs_framework_options given = *options;
	struct cqrs_framework *framework = NULL;

	given.store = given.store ? given.store : f->store;
	given.services = given.services ? given.services : &f->services;
	given.environment = given.environment ? given.environment : &f->environment;
	CHECK_OK(cqrs_framework_new(&given, &framework, &f->err), &f->err);
	return framework;
}

void fixture_new_framework(struct fixture *f, const struct cqrs_framework_options *options)
{
	cqrs_framework_free(f->framework);
	f->framework = NULL;
	f->framework = new_framework(f, options);
	f->aggregate = options->aggregates[0];
}

struct cqrs_framework *fixture_other_framework(struct fixture *f,
                                               const struct cqrs_framework_options *options)
{
	return new_framework(f, options);
}

void fixture_reopen_store(struct fixture *f)
{
	cqrs_framework_free(f->framework);
	f->framework = NULL;
	cqrs_store_close(f->store);
	f->store = NULL;
	CHECK_OK(hooked_store_open(&f->hooks, &f->store_environment, &f->store, &f->err), &f->err);
}

static struct fixture *new_fixture(void)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	failing_allocator_init(&f->memory);
	failing_allocator_init(&f->store_memory);
	atomic_init(&f->now_us, INT64_C(1700000000000000));
	pthread_mutex_init(&f->log_lock, NULL);
	f->environment =
		*CQRS_ENVIRONMENT(.allocator = &f->memory.allocator, .now_us = fixture_now_us,
	                          .random = fixture_random, .sleep_us = fixture_sleep_us,
	                          .log = fixture_log, .log_level = CQRS_LOG_DEBUG, .self = f);
	f->store_environment = f->environment;
	f->store_environment.allocator = &f->store_memory.allocator;
	CHECK_OK(cqrs_store_open_with("memory:", CQRS_BACKENDS(cqrs_memory()),
	                              CQRS_STORE_OPTIONS(.environment = &f->store_environment),
	                              &f->inner, &f->err),
	         &f->err);
	hooked_store_init(&f->hooks, f->inner);
	CHECK_OK(hooked_store_open(&f->hooks, &f->store_environment, &f->store, &f->err), &f->err);
	CHECK_OK(cqrs_arena_new(NULL, &f->arena, &f->err), &f->err);
	return f;
}

int fixture_set_up(void **state)
{
	struct fixture *f = new_fixture();

	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                                CQRS_VIEWS(&wallet_view)));
	*state = f;
	return 0;
}

int fixture_set_up_without_view(void **state)
{
	struct fixture *f = new_fixture();

	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate)));
	*state = f;
	return 0;
}

int fixture_tear_down(void **state)
{
	struct fixture *f = *state;

	cqrs_arena_free(f->arena);
	cqrs_framework_free(f->framework);
	cqrs_store_close(f->store);
	cqrs_store_close(f->inner);
	CHECK_UINT(atomic_load(&f->memory.live), 0);
	CHECK_UINT(atomic_load(&f->store_memory.live), 0);
	pthread_mutex_destroy(&f->log_lock);
	free(f);
	return 0;
}

void fixture_call(struct fixture *f,
                  enum cqrs_status (*callback)(struct cqrs_context *ctx,
                                               const struct wallet *wallet, void *self),
                  void *self)
{
	f->services.callback = callback;
	f->services.self = self;
}

void put(struct fixture *f, const char *id, int64_t coins)
{
	CHECK_OK(cqrs_execute(f->framework, id, &f->err, put_coins, .coins = coins, .note = "put"),
	         &f->err);
}

enum cqrs_status take(struct fixture *f, const char *id, int64_t coins)
{
	return cqrs_execute(f->framework, id, &f->err, take_coins, .coins = coins);
}

void foreign_put(struct fixture *f, const char *id, int64_t coins, size_t count)
{
	char payload[64];
	int len = snprintf(payload, sizeof(payload), "{\"coins\":%lld,\"note\":\"foreign\"}",
	                   (long long)coins);

	for (size_t i = 0; i < count; i++) {
		struct cqrs_event_data event = {
			.recorded_at_us = atomic_load(&f->now_us),
			.type = "CoinsPut",
			.version = "1.0",
			.payload = { payload, (size_t)len },
			.metadata = { "{}", 2 },
		};
		struct cqrs_append append = { .stream = { "wallet", id },
			                      .expected_sequence = CQRS_EXPECT_ANY,
			                      .events = &event,
			                      .event_count = 1 };
		struct cqrs_commit commit = { .appends = &append, .append_count = 1 };
		struct cqrs_error err = CQRS_ERROR_INIT;

		fixture_random(f, event.event_id.bytes, sizeof(event.event_id.bytes));
		event.correlation_id = event.event_id;
		event.causation_id = event.event_id;
		CHECK_OK(cqrs_store_commit(f->inner, &commit, &err), &err);
	}
}

const struct wallet *wallet_of(struct fixture *f, const char *id)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	const struct wallet *wallet;
	struct cqrs_loaded loaded;

	CHECK_OK(cqrs_load(f->framework, f->aggregate, id, f->arena, &loaded, &err), &err);
	wallet = loaded.state;
	CHECK_INT(wallet->events, loaded.sequence);
	return wallet;
}

uint64_t head_of(struct fixture *f, const char *id)
{
	const struct cqrs_stream stream = { "wallet", id };
	struct cqrs_error err = CQRS_ERROR_INIT;
	uint64_t head = 0;

	CHECK_OK(cqrs_store_read_head(f->inner, &stream, &head, &err), &err);
	return head;
}

const struct wallet_view *view_of(struct fixture *f, const char *id)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	const void *view = NULL;
	enum cqrs_status status =
		cqrs_view_load(f->framework, &wallet_view, id, f->arena, &view, NULL, &err);

	if (status == CQRS_ERR_NOT_FOUND)
		return NULL;
	CHECK_OK(status, &err);
	return view;
}

size_t entries_of(struct fixture *f, const char *id)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_entry_position last;
	struct cqrs_entry_items items;
	size_t count = 0;

	do {
		CHECK_OK(cqrs_view_entries(f->framework, &wallet_view, id, count ? &last : NULL, 0,
		                           f->arena, &items, &err),
		         &err);
		count += items.count;
		if (items.count)
			last = items.items[items.count - 1].position;
	} while (items.count);
	return count;
}
