/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * framework_sweep_test.c - everything on the execute path fails once: each allocation of the
 * framework and of the store, and each call of the store. It is a status, nothing is lost or
 * leaked, and what comes next works.
 */
#include "framework_fixture.h"

/* A thing to do under failure, on wallet "w" with a view and snapshots. */
struct scene {
	enum cqrs_status (*act)(struct fixture *f, struct cqrs_error *err);
	uint64_t events;     /* it emits */
	bool cached;         /* the wallet is in the cache before */
	bool with_snapshots; /* one is due */
	bool behind;         /* the view has to catch up */
};

static enum cqrs_status act_put(struct fixture *f, struct cqrs_error *err)
{
	return cqrs_execute_with(
		f->framework, "w", &put_coins_command, &(struct put_coins){ 5, "p" },
		CQRS_EXECUTE_OPTIONS(.metadata = CQRS_METADATA({ "a", "b" })), NULL, err);
}

static enum cqrs_status act_json(struct fixture *f, struct cqrs_error *err)
{
	return cqrs_execute_json(f->framework, "w", "{\"PutCoins\":{\"coins\":5,\"note\":\"p\"}}",
	                         NULL, NULL, err);
}

static enum cqrs_status act_key(struct fixture *f, struct cqrs_error *err)
{
	return cqrs_execute_with(f->framework, "w", &put_coins_command,
	                         &(struct put_coins){ 5, "p" },
	                         CQRS_EXECUTE_OPTIONS(.idempotency_key = "k"), NULL, err);
}

static enum cqrs_status act_tag(struct fixture *f, struct cqrs_error *err)
{
	return cqrs_execute(f->framework, "w", err, add_tag, .tag = "tag");
}

static enum cqrs_status act_look(struct fixture *f, struct cqrs_error *err)
{
	return cqrs_execute(f->framework, "w", err, look);
}

static enum cqrs_status act_batch(struct fixture *f, struct cqrs_error *err)
{
	static const struct put_coins one = { 1, "batch" };
	struct cqrs_error errors[3];
	struct cqrs_request requests[3] = {
		{ .aggregate_id = "w",
		  .type = &put_coins_command,
		  .command = &one,
		  .err = &errors[0] },
		{ .aggregate_id = "v", .type = &look_command, .err = &errors[1] },
		{ .aggregate_id = "w",
		  .type = &put_coins_command,
		  .command = &one,
		  .err = &errors[2] },
	};
	enum cqrs_status status = cqrs_execute_together(f->framework, requests, 3);

	for (size_t i = 0; i < 3; i++) {
		CHECK_STATUS(errors[i].status, requests[i].status);
		if (requests[i].status == status)
			*err = errors[i];
	}
	return status;
}

static enum cqrs_status act_close(struct fixture *f, struct cqrs_error *err)
{
	return cqrs_execute(f->framework, "w", err, close_wallet);
}

static const struct scene scenes[] = {
	{ .act = act_put, .events = 1, .cached = true },
	{ .act = act_put, .events = 1 },
	{ .act = act_put, .events = 1, .with_snapshots = true },
	{ .act = act_put, .events = 1, .cached = true, .with_snapshots = true },
	{ .act = act_put, .events = 1, .behind = true },
	{ .act = act_json, .events = 1, .cached = true },
	{ .act = act_key, .events = 1, .cached = true },
	{ .act = act_key, .events = 1 },
	{ .act = act_tag, .events = 1, .cached = true },
	{ .act = act_tag, .events = 1 },
	{ .act = act_look, .events = 0, .cached = true },
	{ .act = act_look, .events = 0 },
	{ .act = act_batch, .events = 2, .cached = true },
	{ .act = act_batch, .events = 2 },
	{ .act = act_close, .events = 1 },
};
#define SCENES (sizeof(scenes) / sizeof(scenes[0]))

static void make_framework(struct fixture *f, const struct scene *scene)
{
	static struct cqrs_view view_with_snapshots;

	view_with_snapshots = wallet_view;
	view_with_snapshots.aggregate = &wallet_with_snapshots;
	if (scene->with_snapshots)
		fixture_new_framework(
			f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_with_snapshots),
		                                  CQRS_VIEWS(&view_with_snapshots)));
	else
		fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
		                                                CQRS_VIEWS(&wallet_view)));
}

/* Three events are stored; whatever is to be cached is. */
static void set_scene(void **state, const struct scene *scene)
{
	struct fixture *f;

	assert_int_equal(fixture_set_up(state), 0);
	f = *state;
	f->environment.log = NULL;
	make_framework(f, scene);
	if (scene->behind)
		foreign_put(f, "w", 1, 3);
	else
		for (int i = 0; i < 3; i++)
			put(f, "w", 1);
	if (!scene->cached)
		make_framework(f, scene);
}

/* It took place or it did not; either way the next one works, and all agree. */
static void check_aftermath(struct fixture *f, const struct scene *scene, bool took_place)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	uint64_t events = 3 + (took_place ? scene->events : 0);

	CHECK_UINT(head_of(f, "w"), events);
	CHECK_OK(scene->act(f, &err), &err);
	/* Under a key that is stored by now, the second time is the first. */
	if (scene->act != act_key || !took_place)
		events += scene->events;
	CHECK_UINT(head_of(f, "w"), events);
	CHECK_INT(wallet_of(f, "w")->events, events);
	if (scene->events && !scene->with_snapshots && scene->act != act_close) {
		CHECK_INT(view_of(f, "w")->events, events);
		CHECK_INT(view_of(f, "w")->coins, wallet_of(f, "w")->coins);
	}
}

enum failing { FRAMEWORK_MEMORY, STORE_MEMORY, STORE_CALLS };

static unsigned act_with_failure(struct fixture *f, const struct scene *scene, enum failing failing,
                                 unsigned nth, enum cqrs_status *out_status, struct cqrs_error *err)
{
	struct failing_allocator *memory =
		failing == FRAMEWORK_MEMORY ? &f->memory : &f->store_memory;

	if (failing == STORE_CALLS) {
		atomic_store(&f->hooks.fail_at, nth);
		*out_status = scene->act(f, err);
		atomic_store(&f->hooks.fail_at, 0);
		return (unsigned)atomic_load(&f->hooks.failed);
	}
	fail_allocation(memory, nth);
	*out_status = scene->act(f, err);
	return stop_failing(memory);
}

static void sweep(void **state, enum failing failing)
{
	for (size_t i = 0; i < SCENES; i++) {
		unsigned nth = 1;

		for (unsigned failed = 1; failed; nth++) {
			struct cqrs_error err = CQRS_ERROR_INIT;
			enum cqrs_status status;
			struct fixture *f;

			set_scene(state, &scenes[i]);
			f = *state;
			failed = act_with_failure(f, &scenes[i], failing, nth, &status, &err);
			CHECK_STATUS(err.status, status);
			if (status != CQRS_OK) {
				CHECK_TRUE(failed);
				CHECK_STATUS(status, failing == STORE_CALLS ? CQRS_ERR_UNAVAILABLE
				                                            : CQRS_ERR_NOMEM);
				CHECK_TRUE(err.message[0] != '\0');
			}
			check_aftermath(f, &scenes[i], status == CQRS_OK);
			fixture_tear_down(state);
		}
	}
}

static void every_allocation_of_the_framework_fails_once(void **state)
{
	sweep(state, FRAMEWORK_MEMORY);
}

static void every_allocation_of_the_store_fails_once(void **state)
{
	sweep(state, STORE_MEMORY);
}

static void every_call_of_the_store_fails_once(void **state)
{
	sweep(state, STORE_CALLS);
}

/* An outcome that is known is not turned into a failure by what comes after it. */
static void result_without_memory_for_its_events_is_still_a_success(void **state)
{
	struct failing_allocator memory;
	unsigned failed = 1;

	failing_allocator_init(&memory);
	for (unsigned nth = 1; failed; nth++) {
		struct cqrs_arena *arena = NULL;
		struct cqrs_result result;
		struct fixture *f;

		assert_int_equal(fixture_set_up(state), 0);
		f = *state;
		CHECK_OK(cqrs_arena_new(&memory.allocator, &arena, &f->err), &f->err);
		fail_allocation(&memory, nth);
		CHECK_OK(cqrs_execute_with(f->framework, "w", &put_coins_command,
		                           &(struct put_coins){ 1, "p" },
		                           CQRS_EXECUTE_OPTIONS(.events_arena = arena), &result,
		                           &f->err),
		         &f->err);
		failed = stop_failing(&memory);
		CHECK_STATUS(f->err.status, CQRS_OK);
		CHECK_UINT(result.last_sequence, 1);
		CHECK_UINT(result.event_count, !failed);
		CHECK_TRUE((result.events == NULL) == (failed != 0));
		if (failed)
			CHECK_TRUE(logged(f, "0 the result of a command on wallet 'w'"));
		cqrs_arena_free(arena);
		fixture_tear_down(state);
	}
	CHECK_UINT(atomic_load(&memory.live), 0);
}

static void making_a_framework_survives_any_failed_allocation(void **state)
{
	struct fixture *f = *state;

	for (unsigned nth = 1, failed = 1; failed; nth++) {
		struct cqrs_framework *framework = NULL;
		enum cqrs_status status;

		fail_allocation(&f->memory, nth);
		status = cqrs_framework_new(
			CQRS_FRAMEWORK_OPTIONS(.store = f->store, .environment = &f->environment,
		                               CQRS_AGGREGATES(&wallet_aggregate),
		                               CQRS_VIEWS(&wallet_view)),
			&framework, &f->err);
		failed = stop_failing(&f->memory);
		CHECK_STATUS(status, failed ? CQRS_ERR_NOMEM : CQRS_OK);
		CHECK_TRUE((framework == NULL) == (failed != 0));
		cqrs_framework_free(framework);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_allocation_of_the_framework_fails_once),
		cmocka_unit_test(every_allocation_of_the_store_fails_once),
		cmocka_unit_test(every_call_of_the_store_fails_once),
		cmocka_unit_test(result_without_memory_for_its_events_is_still_a_success),
		RUN(making_a_framework_survives_any_failed_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
