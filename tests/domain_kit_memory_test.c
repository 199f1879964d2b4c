/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * domain_kit_memory_test.c - the kit for domains without memory: each allocation fails once,
 * and the test then fails too, or does not need it. The linker hands us every call (--wrap).
 */
#include "domain_kit.h"

#include "wallet.h"

static unsigned fail_at; /* counts down; the allocation that reaches 0 fails */

static bool is_to_fail(void)
{
	return fail_at && --fail_at == 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

void *__wrap_malloc(size_t size)
{
	return is_to_fail() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return is_to_fail() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
	return is_to_fail() ? NULL : __real_realloc(memory, size);
}

static struct cqrs_test *begin(void)
{
	return cqrs_test_begin(
		CQRS_TEST_OPTIONS(.aggregate = &wallet_aggregate, CQRS_VIEWS(&wallet_view)));
}

/* Each returns what cqrs_test_end() returns: 0 where there is memory. */

static int test_a_command(void)
{
	struct cqrs_test *t = begin();

	cqrs_given_metadata(t, "user", "ann");
	cqrs_given(t, coins_put, .coins = 5, .note = "a");
	cqrs_given_command(t, take_coins, .coins = 1);
	cqrs_when(t, put_twice, .coins = 1);
	cqrs_then_events(t, cqrs_event(coins_put, .coins = 1, .note = "first"),
	                 cqrs_event(coins_put, .coins = 5, .note = "as many as there are"));
	cqrs_then_includes(t, cqrs_event(coins_put, .coins = 1, .note = "first"));
	cqrs_then_metadata(t, "user", "ann");
	return cqrs_test_end(t);
}

static int test_a_refusal(void)
{
	struct cqrs_test *t = begin();

	cqrs_when_json(t, "{\"TakeCoins\":{\"coins\":1}}");
	cqrs_then_rejected(t, "there are only 0 coins");
	cqrs_then_rejected_code(t, "too_few", CQRS_PARAMS({ "limit", "coins" }));
	return cqrs_test_end(t);
}

static int test_a_state(void)
{
	struct cqrs_test *t = begin();

	cqrs_given_state(t, wallet, .coins = 5, .last_note = "a");
	cqrs_when(t, take_coins, .coins = 2);
	cqrs_then_state(t, wallet, .coins = 3, .events = 1, .last_note = "a");
	return cqrs_test_end(t);
}

static int test_a_view(void)
{
	struct cqrs_test *t = begin();

	cqrs_given_view(t, &wallet_view, wallet_view, .coins = 5);
	cqrs_given_entries(t, &wallet_view, cqrs_entry(wallet_line, .coins = 5, .note = "a"));
	cqrs_when_events(t, cqrs_event(coins_taken, .coins = 1));
	cqrs_then_view(t, &wallet_view, wallet_view, .coins = 4, .events = 1);
	cqrs_then_entries(t, &wallet_view, cqrs_entry(wallet_line, .coins = 5, .note = "a"),
	                  cqrs_entry(wallet_line, .coins = -1, .note = "taken"));
	return cqrs_test_end(t);
}

static int test_shapes(void)
{
	struct cqrs_test *t = begin();

	cqrs_then_shapes_are_kept(t, WALLET_TESTDATA);
	return cqrs_test_end(t);
}

/* A failure that has to be shown takes memory too. */
static int test_a_failure(void)
{
	struct cqrs_test *t = begin();

	cqrs_when(t, close_wallet);
	cqrs_then_nothing(t);
	return !cqrs_test_end(t);
}

static int test_a_throwaway(void)
{
	struct cqrs_throwaway throwaway;
	enum cqrs_status status = cqrs_throwaway_open(
		NULL, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate)), &throwaway, NULL);

	if (status != CQRS_OK)
		return 1;
	cqrs_throwaway_close(&throwaway);
	return 0;
}

static void sweep(int (*test)(void))
{
	unsigned failures = 0;

	CHECK_INT(test(), 0);
	for (unsigned nth = 1; nth < 5000; nth++) {
		unsigned left;

		fail_at = nth;
		failures += (unsigned)test();
		left = fail_at;
		fail_at = 0;
		if (left) {
			CHECK_TRUE(nth > 5);
			CHECK_TRUE(test == test_a_failure || failures > 5);
			return;
		}
	}
	fail_msg("there is no end to the allocations");
}

#define SWEEP(name)                            \
	static void sweep_##name(void **state) \
	{                                      \
		(void)state;                   \
		sweep(name);                   \
	}
SWEEP(test_a_command)
SWEEP(test_a_refusal)
SWEEP(test_a_state)
SWEEP(test_a_view)
SWEEP(test_shapes)
SWEEP(test_a_failure)
SWEEP(test_a_throwaway)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sweep_test_a_command),   cmocka_unit_test(sweep_test_a_refusal),
		cmocka_unit_test(sweep_test_a_state),     cmocka_unit_test(sweep_test_a_view),
		cmocka_unit_test(sweep_test_shapes),      cmocka_unit_test(sweep_test_a_failure),
		cmocka_unit_test(sweep_test_a_throwaway),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
