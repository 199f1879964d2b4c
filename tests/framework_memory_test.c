/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * framework_memory_test.c - how much memory there is in use: none more by a command once
 * things are warm, and bounds on a cache and on a state, however long their history.
 */
#include "framework_fixture.h"

#include "domain/model.h"
#include "framework/state.h"

/* ---- after warm-up ---- */

#define WARM_UP 5000
#define MEASURED 20000

static void execute_some(struct fixture *f, bool text, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		enum cqrs_status status =
			text ? cqrs_execute(f->framework, "w", &f->err, put_coins, .coins = 2,
		                            .note = "a text that the event carries")
			     : cqrs_execute(f->framework, "w", &f->err, take_coins);

		CHECK_OK(status, &f->err);
	}
}

/* The framework's own allocator is not called at all; the store's now and then, to grow. */
static void measure(struct fixture *f, bool text, const char *what)
{
	unsigned long own, stores;

	execute_some(f, true, WARM_UP);
	execute_some(f, text, WARM_UP);
	own = atomic_load(&f->memory.allocations);
	stores = atomic_load(&f->store_memory.allocations);
	execute_some(f, text, MEASURED);
	own = atomic_load(&f->memory.allocations) - own;
	stores = atomic_load(&f->store_memory.allocations) - stores;
	print_message("%s: %d commands: %lu allocations of the framework, %lu of the store\n", what,
	              MEASURED, own, stores);
	CHECK_UINT(own, 0);
	CHECK_TRUE(stores < MEASURED / 50);
}

/* Without hooks and log, which are not the matter. */
static void use_inner_store(struct fixture *f, const struct cqrs_framework_options *options)
{
	struct cqrs_framework_options given = *options;

	f->environment.log = NULL;
	given.store = f->inner;
	fixture_new_framework(f, &given);
}

static void command_allocates_nothing_after_warm_up(void **state)
{
	struct fixture *f = *state;

	use_inner_store(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate)));
	measure(f, false, "an event of numbers");
}

static void command_with_text_allocates_nothing_after_warm_up(void **state)
{
	struct fixture *f = *state;

	use_inner_store(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate)));
	measure(f, true, "an event with text");
}

static void command_with_a_view_allocates_nothing_after_warm_up(void **state)
{
	struct fixture *f = *state;

	use_inner_store(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                          CQRS_VIEWS(&wallet_view)));
	measure(f, true, "an event with text, and a view with an entry");
}

static void command_with_snapshots_allocates_nothing_after_warm_up(void **state)
{
	struct fixture *f = *state;

	use_inner_store(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_with_snapshots)));
	measure(f, true, "an event with text, and snapshots");
}

/* ---- bounds ---- */

/* An allocator that counts bytes, for what a bound on memory is about. */
struct counted {
	struct cqrs_allocator allocator;
	size_t bytes;
	size_t most;
};

static void *counted_allocate(void *self, size_t size)
{
	struct counted *counted = self;
	size_t *memory = malloc(size + 2 * sizeof(size_t));

	if (!memory)
		return NULL;
	memory[0] = size;
	counted->bytes += size;
	if (counted->bytes > counted->most)
		counted->most = counted->bytes;
	return memory + 2;
}

static void counted_release(void *self, void *memory)
{
	if (!memory)
		return;
	((struct counted *)self)->bytes -= ((size_t *)memory)[-2];
	free((size_t *)memory - 2);
}

static void *counted_resize(void *self, void *old, size_t old_size, size_t size)
{
	void *memory = counted_allocate(self, size);

	if (memory && old) {
		memcpy(memory, old, old_size < size ? old_size : size);
		counted_release(self, old);
	}
	return memory;
}

static struct counted counted_new(void)
{
	return (struct counted){
		.allocator = { counted_allocate, counted_resize, counted_release, NULL },
	};
}

static void cache_stays_within_its_bytes(void **state)
{
	static struct counted counted; /* outlives a check that fails */
	struct fixture *f = *state;
	struct cqrs_environment environment = f->environment;
	char note[1000];
	char id[16];

	memset(note, 'n', sizeof(note) - 1);
	note[sizeof(note) - 1] = '\0';
	counted = counted_new();
	counted.allocator.self = &counted;
	environment.allocator = &counted.allocator;
	environment.log = NULL;
	/* Entries whose states are small and whose memory was once larger. */
	fixture_new_framework(f,
	                      CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                             .environment = &environment,
	                                             .cache_entries = 60, .cache_size = 1 << 20));
	for (int i = 0; i < 60; i++) {
		snprintf(id, sizeof(id), "w%d", i);
		for (int j = 0; j < 70; j++)
			CHECK_OK(cqrs_execute(f->framework, id, &f->err, put_coins, .coins = 1,
			                      .note = note),
			         &f->err);
	}
	CHECK_TRUE(counted.most < ((size_t)1 << 20) + ((size_t)1 << 19));
	cqrs_framework_free(f->framework);
	f->framework = NULL;
	CHECK_UINT(counted.bytes, 0);
}

static void state_of_ten_million_events_stays_within_8_mb(void **state)
{
	const struct cqrs_event_entry *entry = &wallet_aggregate.events.items[0];
	static const bool plain[8] = { false };
	const struct cqrs__aggregate_model model = { .aggregate = &wallet_aggregate,
		                                     .plain = plain };
	struct counted counted = counted_new();
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_arena scratch;
	struct cqrs__state wallet;
	char note[64];

	(void)state;
	counted.allocator.self = &counted;
	cqrs__arena_init(&scratch, &counted.allocator, CQRS__ARENA_FIRST_BLOCK);
	cqrs__state_init(&wallet, &model, &counted.allocator);
	CHECK_OK(cqrs__held_reset(&wallet.held, &err), &err);
	wallet.sequence = 0;
	for (uint64_t i = 0; i < 10000000; i++) {
		struct coins_put event = { 1, note };

		memset(note, 'a' + (char)(i % 26), 20 + i % 40);
		note[20 + i % 40] = '\0';
		CHECK_OK(cqrs__state_apply(&wallet, entry, &event, (int64_t)i, &err), &err);
		cqrs_arena_reset(&scratch);
		CHECK_OK(cqrs__held_compact(&wallet.held, &scratch, &err), &err);
	}
	CHECK_UINT(wallet.sequence, 10000000);
	CHECK_INT(((const struct wallet *)wallet.held.value)->coins, 10000000);
	CHECK_TEXT(((const struct wallet *)wallet.held.value)->last_note, note);
	print_message("the most memory held was %zu bytes\n", counted.most);
	CHECK_TRUE(counted.most < (size_t)8 << 20);
	cqrs__state_deinit(&wallet);
	cqrs__arena_deinit(&scratch);
	CHECK_UINT(counted.bytes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(command_allocates_nothing_after_warm_up),
		RUN(command_with_text_allocates_nothing_after_warm_up),
		RUN(command_with_a_view_allocates_nothing_after_warm_up),
		RUN(command_with_snapshots_allocates_nothing_after_warm_up),
		RUN(cache_stays_within_its_bytes),
		cmocka_unit_test(state_of_ten_million_events_stays_within_8_mb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
