/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * domain_kit_test.c - the sentences of the kit for domains, on the wallet: what they give,
 * what they ask, and what surrounds a test. What failures say is domain_kit_failure_test.c's.
 */
#include "domain_kit.h"

#include "wallet.h"

static enum cqrs_status call(struct cqrs_context *ctx, const struct wallet *wallet, void *self)
{
	enum cqrs_status (*callback)(struct cqrs_context *, const struct wallet *) =
		*(enum cqrs_status(**)(struct cqrs_context *, const struct wallet *))self;

	return callback(ctx, wallet);
}

static enum cqrs_status (*callback)(struct cqrs_context *ctx, const struct wallet *wallet);
static struct wallet_services services = { call, (void *)&callback };

/* A query that remembers what it was told. */
static struct told {
	size_t calls, events;
	bool fails;
} told;

static enum cqrs_status remember(void *self, const char *aggregate_id,
                                 const struct cqrs_envelope *events, size_t count,
                                 struct cqrs_error *err)
{
	(void)self, (void)aggregate_id, (void)events;
	told.calls++;
	told.events += count;
	return told.fails ? cqrs_error_set(err, CQRS_ERR_FAILED, "no ink") : CQRS_OK;
}
static const struct cqrs_query query = { .name = "told", .dispatch = remember };

static struct cqrs_test *begin_with(uint64_t seed)
{
	return cqrs_test_begin(CQRS_TEST_OPTIONS(.aggregate = &wallet_aggregate,
	                                         .services = &services, CQRS_VIEWS(&wallet_view),
	                                         CQRS_QUERIES(&query), .seed = seed,
	                                         .fail = fail_cmocka));
}

static int set_up(void **t)
{
	told = (struct told){ 0 };
	*t = begin_with(0);
	return *t ? 0 : -1;
}

static int tear_down(void **t)
{
	cqrs_test_end(*t);
	return 0;
}

/* ---- given ---- */

static void events_given_are_the_past(void **t)
{
	cqrs_given(*t, coins_put, .coins = 5, .note = "a");
	cqrs_given(*t, coins_taken, .coins = 2);
	cqrs_when(*t, take_coins, .coins = 4);
	cqrs_then_rejected(*t, "there are only 3 coins");
	cqrs_then_state(*t, wallet, .coins = 3, .events = 2, .last_note = "a");
}

static void commands_given_are_the_past(void **t)
{
	cqrs_given_command(*t, put_twice, .coins = 3);
	cqrs_when(*t, take_coins, .coins = 6);
	cqrs_then(*t, coins_taken, .coins = 6);
}

static void a_state_given_is_the_past(void **t)
{
	cqrs_given_state(*t, wallet, .coins = 7, .events = 40);
	cqrs_given(*t, coins_put, .coins = 1, .note = "one more");
	cqrs_when(*t, take_coins, .coins = 8);
	cqrs_then(*t, coins_taken, .coins = 8);
	cqrs_then_state(*t, wallet, .coins = 0, .events = 42, .last_note = "one more");
}

static void a_state_of_zeros_needs_no_members(void **t)
{
	cqrs_given_state(*t, wallet);
	cqrs_when(*t, take_coins, .coins = 1);
	cqrs_then_rejected(*t, "there are only 0 coins");
	cqrs_then_state(*t, wallet);
}

static void a_state_given_is_seen_by_no_view(void **t)
{
	cqrs_given_state(*t, wallet, .coins = 7);
	cqrs_then_no_view(*t, &wallet_view);
	cqrs_when(*t, put_coins, .coins = 1, .note = "p");
	cqrs_then_view(*t, &wallet_view, wallet_view, .coins = 1, .events = 1, .last_note = "p");
}

static void lists_of_a_state_given_grow(void **t)
{
	const char *tags[] = { "red", "blue" };

	cqrs_given_state(*t, wallet, .tags = { tags, 2, 2, NULL });
	cqrs_given(*t, tag_added, .tag = "green");
	cqrs_when(*t, add_tag, .tag = "white");
	cqrs_then(*t, tag_added, .tag = "white");
	cqrs_then_state(
		*t, wallet, .events = 2,
		.tags = { (const char *[]){ "red", "blue", "green", "white" }, 4, 4, NULL });
}

static void a_past_given_goes_on_after_a_command(void **t)
{
	cqrs_when(*t, put_coins, .coins = 2, .note = "b");
	cqrs_then(*t, coins_put, .coins = 2, .note = "b");
	cqrs_given(*t, coins_taken, .coins = 2);
	cqrs_when(*t, take_coins, .coins = 1);
	cqrs_then_rejected(*t, "there are only 0 coins");
}

/* ---- when and then ---- */

static void a_command_may_emit_several_events_or_none(void **t)
{
	cqrs_given_nothing(*t);
	cqrs_when(*t, put_twice, .coins = 4);
	cqrs_then_events(*t, cqrs_event(coins_put, .coins = 4, .note = "first"),
	                 cqrs_event(coins_put, .coins = 4, .note = "as many as there are"));
	cqrs_when(*t, look);
	cqrs_then_nothing(*t);
	cqrs_when(*t, close_wallet);
	cqrs_then(*t, wallet_closed);
}

static void events_may_be_among_others_in_any_order(void **t)
{
	cqrs_when(*t, put_twice, .coins = 4);
	cqrs_then_includes(*t, cqrs_event(coins_put, .coins = 4, .note = "as many as there are"));
	cqrs_then_includes(*t, cqrs_event(coins_put, .coins = 4, .note = "as many as there are"),
	                   cqrs_event(coins_put, .coins = 4, .note = "first"));
}

static void a_command_may_come_as_json(void **t)
{
	cqrs_when_json(*t, "{\"PutCoins\":{\"coins\":9,\"note\":\"c\"}}");
	cqrs_then(*t, coins_put, .coins = 9, .note = "c");
	cqrs_when_json(*t, "{\"PutCoins\":{\"coins\":9}}");
	cqrs_then_failed(*t, CQRS_ERR_INVALID, "is missing");
}

static void a_rejection_has_a_code_and_parameters(void **t)
{
	cqrs_when(*t, take_coins, .coins = 1);
	cqrs_then_rejected_code(*t, "too_few", CQRS_PARAMS({ "limit", "coins" }));
	cqrs_when(*t, put_coins, .coins = 0, .note = "");
	cqrs_then_rejected_code(*t, "not_positive", NULL);
}

static enum cqrs_status agree(struct cqrs_context *ctx, const struct wallet *wallet)
{
	(void)ctx, (void)wallet;
	return CQRS_OK;
}

static void a_failure_is_not_a_rejection(void **t)
{
	callback = agree;
	cqrs_when(*t, call_back, .fail = true);
	cqrs_then_failed(*t, CQRS_ERR_FAILED, "the printer is on fire");
}

static void options_come_with_a_command(void **t)
{
	cqrs_when_with(*t, CQRS_EXECUTE_OPTIONS(.idempotency_key = "k"), put_coins, .coins = 3,
	               .note = "d");
	cqrs_then(*t, coins_put, .coins = 3, .note = "d");
	cqrs_when_with(*t, CQRS_EXECUTE_OPTIONS(.idempotency_key = "k"), put_coins, .coins = 3,
	               .note = "d");
	CHECK_TRUE(cqrs_test_get_outcome(*t)->result.repeated);
	cqrs_then(*t, coins_put, .coins = 3, .note = "d");
	cqrs_when_with(*t, CQRS_EXECUTE_OPTIONS(.check_sequence = true, .expected_sequence = 9),
	               look);
	cqrs_then_failed(*t, CQRS_ERR_CONFLICT, "wallet 'test-1' is at sequence 1, expected 9");
}

static void metadata_goes_with_commands_and_events(void **t)
{
	cqrs_given_metadata(*t, "user", "ann");
	cqrs_given_metadata(*t, "uri", "/here");
	cqrs_given_metadata(*t, "user", "bob");
	cqrs_when(*t, put_twice, .coins = 1);
	cqrs_then_metadata(*t, "user", "bob");
	cqrs_then_metadata(*t, "uri", "/here");
	cqrs_when_with(*t, CQRS_EXECUTE_OPTIONS(.metadata = CQRS_METADATA({ "user", "eve" })),
	               put_twice, .coins = 1);
	cqrs_then_metadata(*t, "user", "eve");
	cqrs_then_metadata(*t, "uri", "/here");
	cqrs_then_metadata(*t, "host", NULL);
}

static void the_outcome_can_be_inspected(void **t)
{
	const struct cqrs_test_outcome *outcome;

	assert_null(cqrs_test_get_outcome(*t));
	cqrs_given(*t, coins_put, .coins = 1, .note = "e");
	assert_null(cqrs_test_get_outcome(*t));
	cqrs_when(*t, put_coins, .coins = 2, .note = "f");
	outcome = cqrs_test_get_outcome(*t);
	CHECK_STATUS(outcome->status, CQRS_OK);
	CHECK_UINT(outcome->result.last_sequence, 2);
	CHECK_UINT(outcome->result.event_count, 1);
	CHECK_TEXT(cqrs_event_as(&outcome->result.events[0], coins_put)->note, "f");
	cqrs_when(*t, put_coins, .coins = 0, .note = "");
	CHECK_STATUS(cqrs_test_get_outcome(*t)->status, CQRS_ERR_REJECTED);
	CHECK_TEXT(cqrs_test_get_outcome(*t)->err.code, "not_positive");
}

/* ---- views and queries ---- */

static void a_view_folds_what_happens(void **t)
{
	cqrs_given_view(*t, &wallet_view, wallet_view, .coins = 10, .events = 3);
	cqrs_when_events(*t, cqrs_event(coins_put, .coins = 5, .note = "g"),
	                 cqrs_event(coins_taken, .coins = 2));
	cqrs_then_view(*t, &wallet_view, wallet_view, .coins = 13, .events = 5, .last_note = "g");
	cqrs_then_entries(*t, &wallet_view, cqrs_entry(wallet_line, .coins = 5, .note = "g"),
	                  cqrs_entry(wallet_line, .coins = -2, .note = "taken"));
}

static void entries_given_stand_before_those_that_come(void **t)
{
	cqrs_given_view(*t, &wallet_view, wallet_view, .coins = 1);
	cqrs_given_entries(*t, &wallet_view, cqrs_entry(wallet_line, .coins = 1, .note = "h"),
	                   cqrs_entry(wallet_line, .coins = 0, .note = "i"));
	cqrs_when(*t, put_coins, .coins = 2, .note = "j");
	cqrs_then_entries(*t, &wallet_view, cqrs_entry(wallet_line, .coins = 1, .note = "h"),
	                  cqrs_entry(wallet_line, .coins = 0, .note = "i"),
	                  cqrs_entry(wallet_line, .coins = 2, .note = "j"));
	cqrs_then_view(*t, &wallet_view, wallet_view, .coins = 3, .events = 1, .last_note = "j");
}

static void a_view_may_be_given_after_events(void **t)
{
	cqrs_given(*t, coins_put, .coins = 1, .note = "k");
	cqrs_given_view(*t, &wallet_view, wallet_view, .coins = 100);
	cqrs_then_no_entries(*t, &wallet_view);
	cqrs_when(*t, take_coins, .coins = 1);
	cqrs_then_view(*t, &wallet_view, wallet_view, .coins = 99, .events = 1);
}

static void a_view_that_is_removed_is_none(void **t)
{
	cqrs_then_no_view(*t, &wallet_view);
	cqrs_given(*t, coins_put, .coins = 1, .note = "l");
	cqrs_when(*t, close_wallet);
	cqrs_then_no_view(*t, &wallet_view);
	cqrs_then_no_entries(*t, &wallet_view);
}

static void queries_are_told_of_what_is_asked_only(void **t)
{
	cqrs_given(*t, coins_put, .coins = 1, .note = "m");
	CHECK_UINT(told.calls, 0);
	cqrs_when(*t, put_twice, .coins = 1);
	cqrs_when_events(*t, cqrs_event(coins_taken, .coins = 1));
	CHECK_UINT(told.calls, 2);
	CHECK_UINT(told.events, 3);
	told.fails = true;
	cqrs_when(*t, put_coins, .coins = 1, .note = "n");
	cqrs_then(*t, coins_put, .coins = 1, .note = "n");
	CHECK_UINT(cqrs_test_get_outcome(*t)->result.failed_queries, 1);
}

/* ---- time, ids, randomness ---- */

static int64_t seen_now_us;
static uint64_t seen_random;

static enum cqrs_status look_around(struct cqrs_context *ctx, const struct wallet *wallet)
{
	(void)wallet;
	seen_now_us = cqrs_now_us(ctx);
	cqrs_random(ctx, &seen_random, sizeof(seen_random));
	return cqrs_emit(ctx, coins_taken, .coins = 0);
}

static void the_clock_stands_where_it_is_put(void **t)
{
	callback = look_around;
	cqrs_when(*t, run);
	CHECK_INT(seen_now_us, INT64_C(1767225600000000));
	cqrs_given_time(*t, "2026-11-26T09:00:00Z");
	cqrs_given_later(*t, 1500000);
	cqrs_when(*t, run);
	CHECK_INT(seen_now_us, INT64_C(1795683601500000));
	CHECK_INT(cqrs_test_get_outcome(*t)->result.events[0].recorded_at_us, seen_now_us);
}

static struct cqrs_id run_once(uint64_t seed, uint64_t *out_random)
{
	struct cqrs_test *test = begin_with(seed);
	struct cqrs_id id;

	callback = look_around;
	cqrs_given(test, coins_put, .coins = 1, .note = "o");
	cqrs_when(test, run);
	id = cqrs_test_get_outcome(test)->result.events[0].event_id;
	*out_random = seen_random;
	CHECK_INT(cqrs_test_end(test), 0);
	return id;
}

static void ids_and_randomness_follow_from_the_seed(void **t)
{
	uint64_t first_random, same_random, other_random;
	struct cqrs_id first = run_once(7, &first_random);
	struct cqrs_id same = run_once(7, &same_random);
	struct cqrs_id other = run_once(8, &other_random);

	(void)t;
	assert_memory_equal(&first, &same, sizeof(first));
	CHECK_UINT(same_random, first_random);
	assert_memory_not_equal(&first, &other, sizeof(first));
	CHECK_TRUE(other_random != first_random);
}

static void fill_with_sevens(void *self, void *out, size_t size)
{
	(void)self;
	memset(out, 7, size);
}

static void randomness_may_be_the_tests_own(void **t)
{
	struct cqrs_test *test = cqrs_test_begin(CQRS_TEST_OPTIONS(.aggregate = &wallet_aggregate,
	                                                           .services = &services,
	                                                           .random = fill_with_sevens));

	(void)t;
	callback = look_around;
	cqrs_when(test, run);
	CHECK_UINT(seen_random, UINT64_C(0x0707070707070707));
	CHECK_INT(cqrs_test_end(test), 0);
}

static char logged[512];

static void keep_line(void *self, enum cqrs_log_level level, const char *message)
{
	(void)self, (void)level;
	snprintf(logged, sizeof(logged), "%s", message);
}

static void the_log_may_be_the_tests_own(void **t)
{
	struct cqrs_test *test =
		cqrs_test_begin(CQRS_TEST_OPTIONS(.aggregate = &wallet_aggregate,
	                                          .services = &services, .log = keep_line));

	(void)t;
	callback = agree;
	cqrs_when(test, call_back, .fail = true);
	cqrs_then_failed(test, CQRS_ERR_FAILED, NULL);
	CHECK_TEXT(logged, "CallBack of wallet 'test-1' failed: the printer is on fire");
	CHECK_INT(cqrs_test_end(test), 0);
}

/* ---- pointers that were kept ---- */

static const char *kept;

static enum cqrs_status keep_metadata(struct cqrs_context *ctx, const struct wallet *wallet)
{
	const char *user = cqrs_metadata_get(cqrs_context_metadata(ctx), "user");

	(void)wallet;
	if (!kept) {
		kept = user;
		return CQRS_OK;
	}
	return cqrs_emit(ctx, tag_added, .tag = kept);
}

static enum cqrs_status keep_state(struct cqrs_context *ctx, const struct wallet *wallet)
{
	if (!kept) {
		kept = wallet->last_note;
		return CQRS_OK;
	}
	return cqrs_emit(ctx, tag_added, .tag = kept);
}

/* Under AddressSanitizer the program would end here: nothing is to be read then. */
#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED true
#elif defined(__has_feature)
#define IS_SANITIZED __has_feature(address_sanitizer)
#else
#define IS_SANITIZED false
#endif

static void check_poison(struct cqrs_test *t)
{
	if (IS_SANITIZED)
		return;
	cqrs_when(t, run);
	cqrs_then_failed(t, CQRS_ERR_INVALID, "event TagAdded: not valid UTF-8");
}

static void a_pointer_kept_from_a_command_is_found(void **t)
{
	kept = NULL;
	callback = keep_metadata;
	cqrs_given_metadata(*t, "user", "ann");
	cqrs_when(*t, run);
	cqrs_then_nothing(*t);
	check_poison(*t);
}

static void a_pointer_kept_from_a_state_is_found(void **t)
{
	kept = NULL;
	callback = keep_state;
	cqrs_given(*t, coins_put, .coins = 1, .note = "a note that is kept");
	cqrs_when(*t, run);
	cqrs_then_nothing(*t);
	check_poison(*t);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(events_given_are_the_past),
		TEST(commands_given_are_the_past),
		TEST(a_state_given_is_the_past),
		TEST(a_state_of_zeros_needs_no_members),
		TEST(a_state_given_is_seen_by_no_view),
		TEST(lists_of_a_state_given_grow),
		TEST(a_past_given_goes_on_after_a_command),
		TEST(a_command_may_emit_several_events_or_none),
		TEST(events_may_be_among_others_in_any_order),
		TEST(a_command_may_come_as_json),
		TEST(a_rejection_has_a_code_and_parameters),
		TEST(a_failure_is_not_a_rejection),
		TEST(options_come_with_a_command),
		TEST(metadata_goes_with_commands_and_events),
		TEST(the_outcome_can_be_inspected),
		TEST(a_view_folds_what_happens),
		TEST(entries_given_stand_before_those_that_come),
		TEST(a_view_may_be_given_after_events),
		TEST(a_view_that_is_removed_is_none),
		TEST(queries_are_told_of_what_is_asked_only),
		TEST(the_clock_stands_where_it_is_put),
		TEST(ids_and_randomness_follow_from_the_seed),
		TEST(randomness_may_be_the_tests_own),
		TEST(the_log_may_be_the_tests_own),
		TEST(a_pointer_kept_from_a_command_is_found),
		TEST(a_pointer_kept_from_a_state_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
