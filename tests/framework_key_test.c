/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* framework_key_test.c - idempotency keys: the same command twice takes place once. */
#include "framework_fixture.h"

static enum cqrs_status put_with_key(struct fixture *f, const char *id, const char *key,
                                     int64_t coins, struct cqrs_result *out_result)
{
	return cqrs_execute_with(
		f->framework, id, &put_coins_command, &(struct put_coins){ coins, "keyed" },
		CQRS_EXECUTE_OPTIONS(.idempotency_key = key, .events_arena = f->arena), out_result,
		&f->err);
}

static enum cqrs_status count_runs(struct cqrs_context *ctx, const struct wallet *wallet,
                                   void *self)
{
	(void)wallet;
	atomic_fetch_add((atomic_uint *)self, 1);
	return cqrs_emit(ctx, coins_put, .coins = 1, .note = "run");
}

static enum cqrs_status run_with_key(struct cqrs_framework *framework, const char *key,
                                     struct cqrs_result *out_result, struct cqrs_error *err)
{
	return cqrs_execute_with(framework, "w", &run_command, NULL,
	                         CQRS_EXECUTE_OPTIONS(.idempotency_key = key), out_result, err);
}

static void same_key_and_command_give_the_stored_outcome(void **state)
{
	struct fixture *f = *state;
	struct cqrs_result first, second;

	put(f, "other", 1);
	put(f, "w", 1);
	CHECK_OK(put_with_key(f, "w", "k", 7, &first), &f->err);
	put(f, "w", 1);
	CHECK_OK(put_with_key(f, "w", "k", 7, &second), &f->err);
	CHECK_TRUE(!first.repeated);
	CHECK_TRUE(second.repeated);
	CHECK_UINT(second.first_sequence, first.first_sequence);
	CHECK_UINT(second.last_sequence, first.last_sequence);
	CHECK_UINT(second.feed, first.feed);
	CHECK_UINT(second.last_offset, first.last_offset);
	CHECK_TEXT(second.aggregate_type, first.aggregate_type);
	CHECK_TEXT(second.aggregate_id, first.aggregate_id);
	CHECK_TRUE(memcmp(&second.command_id, &first.command_id, sizeof(first.command_id)) == 0);
	CHECK_UINT(second.event_count, 1);
	CHECK_TRUE(memcmp(&second.events[0].event_id, &first.events[0].event_id, 16) == 0);
	CHECK_INT(cqrs_event_as(&second.events[0], coins_put)->coins, 7);
	CHECK_UINT(head_of(f, "w"), 3);
	CHECK_STATUS(f->err.status, CQRS_OK);
}

static void repeated_command_runs_no_handler_and_tells_no_query(void **state)
{
	struct fixture *f = *state;
	atomic_uint runs = 0;
	struct cqrs_result result;

	fixture_call(f, count_runs, &runs);
	for (int i = 0; i < 3; i++) {
		CHECK_OK(run_with_key(f->framework, "k", &result, &f->err), &f->err);
		CHECK_UINT(result.repeated, i > 0);
	}
	/* Nor does another framework, which has nothing cached. */
	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate)));
	CHECK_OK(run_with_key(f->framework, "k", &result, &f->err), &f->err);
	CHECK_TRUE(result.repeated);
	CHECK_UINT(runs, 1);
	CHECK_UINT(head_of(f, "w"), 1);
}

static void key_with_another_command_is_refused(void **state)
{
	struct fixture *f = *state;
	struct cqrs_result result;

	CHECK_OK(put_with_key(f, "w", "k", 7, &result), &f->err);
	CHECK_STATUS(put_with_key(f, "w", "k", 8, &result), CQRS_ERR_INVALID);
	CHECK_TEXT(f->err.code, "idempotency_key_reused");
	CHECK_STATUS(cqrs_execute_with(f->framework, "w", &take_coins_command,
	                               &(struct take_coins){ 7 },
	                               CQRS_EXECUTE_OPTIONS(.idempotency_key = "k"), NULL, &f->err),
	             CQRS_ERR_INVALID);
	CHECK_TEXT(f->err.code, "idempotency_key_reused");
	CHECK_UINT(head_of(f, "w"), 1);
	/* Also where only the names differ. */
	CHECK_OK(cqrs_execute_with(f->framework, "w", &look_command, NULL,
	                           CQRS_EXECUTE_OPTIONS(.idempotency_key = "empty"), NULL, &f->err),
	         &f->err);
	CHECK_STATUS(cqrs_execute_with(f->framework, "w", &close_wallet_command, NULL,
	                               CQRS_EXECUTE_OPTIONS(.idempotency_key = "empty"), NULL,
	                               &f->err),
	             CQRS_ERR_INVALID);
}

static void same_command_as_struct_and_as_json_is_the_same(void **state)
{
	struct fixture *f = *state;
	struct cqrs_result result;

	CHECK_OK(put_with_key(f, "w", "k", 7, &result), &f->err);
	CHECK_OK(cqrs_execute_json(f->framework, "w",
	                           "{ \"PutCoins\": {\"note\":\"keyed\", \"coins\":7}}",
	                           CQRS_EXECUTE_OPTIONS(.idempotency_key = "k"), &result, &f->err),
	         &f->err);
	CHECK_TRUE(result.repeated);
}

static void key_belongs_to_one_aggregate(void **state)
{
	struct fixture *f = *state;
	struct cqrs_result result;

	CHECK_OK(put_with_key(f, "a", "k", 1, &result), &f->err);
	CHECK_OK(put_with_key(f, "b", "k", 2, &result), &f->err);
	CHECK_TRUE(!result.repeated);
	CHECK_OK(put_with_key(f, "a", "K", 3, &result), &f->err);
	CHECK_TRUE(!result.repeated);
	CHECK_INT(wallet_of(f, "a")->coins, 4);
}

static void rejected_command_may_be_tried_again_under_its_key(void **state)
{
	struct fixture *f = *state;
	const struct cqrs_execute_options *options = CQRS_EXECUTE_OPTIONS(.idempotency_key = "k");

	for (int i = 0; i < 2; i++)
		CHECK_STATUS(cqrs_execute_with(f->framework, "w", &take_coins_command,
		                               &(struct take_coins){ 2 }, options, NULL, &f->err),
		             CQRS_ERR_REJECTED);
	put(f, "w", 2);
	CHECK_OK(cqrs_execute_with(f->framework, "w", &take_coins_command,
	                           &(struct take_coins){ 2 }, options, NULL, &f->err),
	         &f->err);
	CHECK_INT(wallet_of(f, "w")->coins, 0);
}

static void command_without_events_is_remembered_too(void **state)
{
	struct fixture *f = *state;
	struct cqrs_result result;

	put(f, "w", 1);
	for (int i = 0; i < 2; i++) {
		CHECK_OK(cqrs_execute_with(f->framework, "w", &look_command, NULL,
		                           CQRS_EXECUTE_OPTIONS(.idempotency_key = "k",
		                                                .events_arena = f->arena),
		                           &result, &f->err),
		         &f->err);
		CHECK_UINT(result.repeated, i);
		CHECK_UINT(result.first_sequence, 0);
		CHECK_UINT(result.last_sequence, 0);
		CHECK_UINT(result.event_count, 0);
	}
	CHECK_STATUS(put_with_key(f, "w", "k", 1, &result), CQRS_ERR_INVALID);
	CHECK_TEXT(f->err.code, "idempotency_key_reused");
}

static enum cqrs_status note_command_id(struct cqrs_context *ctx, const struct wallet *wallet,
                                        void *self)
{
	struct cqrs_id **next = self;

	*(*next)++ = *cqrs_command_id(ctx);
	return wallet->coins < 2 ? cqrs_reject(ctx, NULL, "too few") : CQRS_OK;
}

static void command_id_is_stable_over_the_senders_retries(void **state)
{
	struct fixture *f = *state;
	struct cqrs_id ids[4];
	struct cqrs_id *next = ids;

	fixture_call(f, note_command_id, &next);
	CHECK_STATUS(run_with_key(f->framework, "k", NULL, &f->err), CQRS_ERR_REJECTED);
	put(f, "w", 2);
	CHECK_OK(run_with_key(f->framework, "k", NULL, &f->err), &f->err);
	CHECK_OK(run_with_key(f->framework, "other", NULL, &f->err), &f->err);
	CHECK_UINT(next - ids, 3);
	CHECK_TRUE(memcmp(&ids[0], &ids[1], sizeof(ids[0])) == 0);
	CHECK_TRUE(memcmp(&ids[0], &ids[2], sizeof(ids[0])) != 0);
}

static void keys_outside_the_rules_are_refused(void **state)
{
	struct fixture *f = *state;
	char key[CQRS_MAX_KEY_LEN + 2];
	struct cqrs_result result;

	memset(key, 'k', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	CHECK_STATUS(put_with_key(f, "w", key, 1, &result), CQRS_ERR_LIMIT);
	CHECK_CONTAINS(f->err.message, "idempotency_key");
	CHECK_STATUS(put_with_key(f, "w", "", 1, &result), CQRS_ERR_INVALID);
	key[CQRS_MAX_KEY_LEN] = '\0';
	CHECK_OK(put_with_key(f, "w", key, 1, &result), &f->err);
	CHECK_OK(put_with_key(f, "w", key, 1, &result), &f->err);
	CHECK_TRUE(result.repeated);
}

static void purged_key_is_forgotten(void **state)
{
	struct fixture *f = *state;
	struct cqrs_result result;
	uint64_t purged = 0;

	CHECK_OK(put_with_key(f, "w", "k", 1, &result), &f->err);
	CHECK_OK(cqrs_store_purge_keys(f->inner, atomic_load(&f->now_us) + 1, &purged, &f->err),
	         &f->err);
	CHECK_UINT(purged, 1);
	CHECK_OK(put_with_key(f, "w", "k", 1, &result), &f->err);
	CHECK_TRUE(!result.repeated);
}

static void requests_of_one_key(struct cqrs_request *requests, struct cqrs_result *results,
                                size_t count)
{
	static const struct cqrs_execute_options options = {
		.size = sizeof(struct cqrs_execute_options), .idempotency_key = "k"
	};
	static const struct put_coins command = { 3, "" };

	for (size_t i = 0; i < count; i++)
		requests[i] = (struct cqrs_request){ .aggregate_id = "w",
			                             .type = &put_coins_command,
			                             .command = &command,
			                             .options = &options,
			                             .result = &results[i] };
}

static void key_twice_in_a_batch_takes_place_once(void **state)
{
	struct fixture *f = *state;
	struct cqrs_request requests[5];
	struct cqrs_result results[5];

	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                                .conflict_retries = CQRS_NO_RETRY));
	requests_of_one_key(requests, results, 5);
	CHECK_STATUS(cqrs_execute_batch(f->framework, requests, 5), CQRS_OK);
	for (size_t i = 0; i < 5; i++) {
		CHECK_UINT(results[i].repeated, i > 0);
		CHECK_UINT(results[i].last_sequence, 1);
	}
	CHECK_UINT(head_of(f, "w"), 1);
	CHECK_UINT(atomic_load(&f->sleeps), 0);
}

static void key_reused_in_a_batch_is_refused(void **state)
{
	struct fixture *f = *state;
	struct cqrs_request requests[3];
	struct cqrs_result results[3];
	struct cqrs_error err = CQRS_ERROR_INIT;

	requests_of_one_key(requests, results, 3);
	requests[1].command = &(struct put_coins){ 4, "" };
	requests[1].err = &err;
	CHECK_STATUS(cqrs_execute_batch(f->framework, requests, 3), CQRS_ERR_INVALID);
	CHECK_STATUS(requests[0].status, CQRS_OK);
	CHECK_STATUS(requests[1].status, CQRS_ERR_INVALID);
	CHECK_TEXT(err.code, "idempotency_key_reused");
	CHECK_STATUS(requests[2].status, CQRS_OK);
	CHECK_TRUE(results[2].repeated);
	CHECK_INT(wallet_of(f, "w")->coins, 3);
}

static void key_in_a_unit_of_work_is_stored_with_it(void **state)
{
	struct fixture *f = *state;
	struct cqrs_request requests[2];
	struct cqrs_result results[2];

	for (int i = 0; i < 2; i++) {
		requests_of_one_key(requests, results, 2);
		requests[1].aggregate_id = "v";
		CHECK_STATUS(cqrs_execute_together(f->framework, requests, 2), CQRS_OK);
		CHECK_UINT(results[0].repeated, i);
		CHECK_UINT(results[1].repeated, i);
	}
	CHECK_INT(wallet_of(f, "w")->coins, 3);
	CHECK_INT(wallet_of(f, "v")->coins, 3);
}

static void key_reused_in_a_unit_of_work_takes_it_down(void **state)
{
	struct fixture *f = *state;
	struct cqrs_request requests[2];
	struct cqrs_result results[2];
	struct cqrs_error err = CQRS_ERROR_INIT;

	CHECK_OK(put_with_key(f, "w", "k", 7, &results[0]), &f->err);
	put(f, "v", 1);
	requests_of_one_key(requests, results, 2);
	requests[0].aggregate_id = "v";
	requests[1].err = &err;
	CHECK_STATUS(cqrs_execute_together(f->framework, requests, 2), CQRS_ERR_INVALID);
	CHECK_STATUS(requests[0].status, CQRS_ERR_CONFLICT);
	CHECK_TEXT(err.code, "idempotency_key_reused");
	CHECK_OK(take(f, "v", 1), &f->err);
	CHECK_INT(wallet_of(f, "v")->coins, 0);
	CHECK_UINT(atomic_load(&f->sleeps), 0);
}

static void stored_outcome_outlives_the_refusal_of_its_unit_of_work(void **state)
{
	struct fixture *f = *state;
	struct cqrs_request requests[3];
	struct cqrs_result results[3];

	CHECK_OK(put_with_key(f, "w", "k", 3, &results[0]), &f->err);
	for (unsigned unreadable = 0; unreadable < 2; unreadable++) {
		requests_of_one_key(requests, results, 3);
		requests[0] = (struct cqrs_request){ .aggregate_id = "poor",
			                             .json = "{\"TakeCoins\":{\"coins\":1}}" };
		if (unreadable)
			requests[0].json = "{";
		requests[1].aggregate_id = "new";
		requests[2].command = &(struct put_coins){ 3, "keyed" };
		CHECK_STATUS(cqrs_execute_together(f->framework, requests, 3),
		             unreadable ? CQRS_ERR_INVALID : CQRS_ERR_REJECTED);
		CHECK_STATUS(requests[1].status, CQRS_ERR_CONFLICT);
		CHECK_STATUS(requests[2].status, CQRS_OK);
		CHECK_TRUE(results[2].repeated);
		CHECK_UINT(results[2].last_sequence, 1);
	}
	CHECK_UINT(head_of(f, "w"), 1);
	CHECK_UINT(head_of(f, "new"), 0);
}

/* Another process sends the same key between a lost commit and its second submission. */
static void look_elsewhere_first(struct hooked_store *hooks, enum hooked_operation operation,
                                 void *self)
{
	struct cqrs_error err = CQRS_ERROR_INIT;

	if (operation != HOOKED_COMMIT || atomic_load(&hooks->calls[HOOKED_COMMIT]) != 2)
		return;
	CHECK_OK(cqrs_execute_with(self, "w", &look_command, NULL,
	                           CQRS_EXECUTE_OPTIONS(.idempotency_key = "k"), NULL, &err),
	         &err);
}

static void key_stored_elsewhere_is_not_taken_for_the_own(void **state)
{
	struct fixture *f = *state;
	struct cqrs_request requests[2];
	struct cqrs_result results[2];
	struct cqrs_framework *other = fixture_other_framework(
		f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate), .store = f->inner));

	f->hooks.before = look_elsewhere_first;
	f->hooks.self = other;
	atomic_store(&f->hooks.drop_commits, 1);
	requests_of_one_key(requests, results, 2);
	requests[0].type = requests[1].type = &look_command;
	requests[1].aggregate_id = "v";
	CHECK_STATUS(cqrs_execute_together(f->framework, requests, 2), CQRS_OK);
	CHECK_TRUE(results[0].repeated);
	CHECK_TRUE(!results[1].repeated);
	cqrs_framework_free(other);

	/* What was stored for the unit is its own. */
	CHECK_STATUS(cqrs_execute_together(f->framework, requests, 2), CQRS_OK);
	CHECK_TRUE(results[0].repeated);
	CHECK_TRUE(results[1].repeated);
}

/* A key that nobody finds and that is there when it is to be stored, again and again. */
static void purge_and_store_elsewhere(struct hooked_store *hooks, enum hooked_operation operation,
                                      void *self)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	uint64_t purged;

	if (operation == HOOKED_LOAD_KEY)
		CHECK_OK(cqrs_store_purge_keys(hooks->inner, INT64_MAX, &purged, &err), &err);
	if (operation == HOOKED_COMMIT)
		CHECK_OK(cqrs_execute_with(self, "w", &look_command, NULL,
		                           CQRS_EXECUTE_OPTIONS(.idempotency_key = "k"), NULL,
		                           &err),
		         &err);
}

static void key_that_comes_and_goes_is_a_conflict_in_the_end(void **state)
{
	struct fixture *f = *state;
	struct cqrs_framework *other = fixture_other_framework(
		f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate), .store = f->inner));

	f->hooks.before = purge_and_store_elsewhere;
	f->hooks.self = other;
	CHECK_STATUS(cqrs_execute_with(f->framework, "w", &look_command, NULL,
	                               CQRS_EXECUTE_OPTIONS(.idempotency_key = "k"), NULL, &f->err),
	             CQRS_ERR_CONFLICT);
	cqrs_framework_free(other);
	CHECK_TEXT(f->err.path, "k");
	CHECK_UINT(atomic_load(&f->sleeps), 10);
}

/* ---- from many threads ---- */

#define THREADS 8
#define KEYS 25

struct sender {
	struct cqrs_framework *framework;
	unsigned executed;
	unsigned repeated;
};

static void *send_all(void *self)
{
	struct sender *sender = self;

	for (unsigned i = 0; i < KEYS; i++) {
		struct cqrs_error err = CQRS_ERROR_INIT;
		struct cqrs_result result;
		char key[16];

		snprintf(key, sizeof(key), "key-%u", i);
		if (run_with_key(sender->framework, key, &result, &err) != CQRS_OK) {
			print_error("%s\n", err.message);
			continue;
		}
		sender->executed += !result.repeated;
		sender->repeated += result.repeated;
	}
	return NULL;
}

static void of_many_senders_of_a_key_exactly_one_executes(void **state)
{
	struct fixture *f = *state;
	struct sender senders[THREADS] = { { NULL, 0, 0 } };
	struct cqrs_framework *other;
	pthread_t threads[THREADS];
	unsigned executed = 0;
	unsigned repeated = 0;
	atomic_uint runs = 0;

	/* Each conflict means that another got on, so that many retries are always enough. */
	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                                .conflict_retries = 10000));
	other = fixture_other_framework(f,
	                                CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                                       .conflict_retries = 10000));
	fixture_call(f, count_runs, &runs);
	for (size_t i = 0; i < THREADS; i++) {
		senders[i].framework = i % 2 ? other : f->framework;
		assert_int_equal(pthread_create(&threads[i], NULL, send_all, &senders[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		executed += senders[i].executed;
		repeated += senders[i].repeated;
	}
	cqrs_framework_free(other);
	CHECK_UINT(executed, KEYS);
	CHECK_UINT(repeated, KEYS * (THREADS - 1));
	CHECK_UINT(head_of(f, "w"), KEYS);
	CHECK_TRUE(atomic_load(&runs) >= KEYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(same_key_and_command_give_the_stored_outcome),
		RUN(repeated_command_runs_no_handler_and_tells_no_query),
		RUN(key_with_another_command_is_refused),
		RUN(same_command_as_struct_and_as_json_is_the_same),
		RUN(key_belongs_to_one_aggregate),
		RUN(rejected_command_may_be_tried_again_under_its_key),
		RUN(command_without_events_is_remembered_too),
		RUN(command_id_is_stable_over_the_senders_retries),
		RUN(keys_outside_the_rules_are_refused),
		RUN(purged_key_is_forgotten),
		RUN(key_twice_in_a_batch_takes_place_once),
		RUN(key_reused_in_a_batch_is_refused),
		RUN(key_in_a_unit_of_work_is_stored_with_it),
		RUN(key_reused_in_a_unit_of_work_takes_it_down),
		RUN(stored_outcome_outlives_the_refusal_of_its_unit_of_work),
		RUN(key_stored_elsewhere_is_not_taken_for_the_own),
		RUN(key_that_comes_and_goes_is_a_conflict_in_the_end),
		RUN(of_many_senders_of_a_key_exactly_one_executes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
