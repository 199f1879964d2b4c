/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * framework_command_test.c - one command: how it reaches its handler, what the handler may
 * do, and what comes back.
 */
#include "framework_fixture.h"

#include <math.h>

static void command_is_stored_and_seen(void **state)
{
	struct fixture *f = *state;
	const struct wallet *wallet;

	put(f, "w1", 5);
	CHECK_OK(take(f, "w1", 2), &f->err);
	wallet = wallet_of(f, "w1");
	CHECK_INT(wallet->coins, 3);
	CHECK_INT(wallet->events, 2);
	CHECK_TEXT(wallet->last_note, "put");
}

static void result_says_where_the_events_are(void **state)
{
	struct fixture *f = *state;
	struct cqrs_result result;
	const struct coins_put *second;

	put(f, "other", 1);
	CHECK_OK(cqrs_execute_with(
			 f->framework, "w1", &put_twice_command, &(struct put_twice){ .coins = 4 },
			 CQRS_EXECUTE_OPTIONS(.events_arena = f->arena), &result, &f->err),
	         &f->err);
	CHECK_TEXT(result.aggregate_type, "wallet");
	CHECK_TEXT(result.aggregate_id, "w1");
	CHECK_UINT(result.first_sequence, 1);
	CHECK_UINT(result.last_sequence, 2);
	CHECK_UINT(result.feed, 0);
	CHECK_UINT(result.last_offset, 3);
	CHECK_TRUE(!result.repeated);
	CHECK_UINT(result.event_count, 2);
	second = cqrs_event_as(&result.events[1], coins_put);
	CHECK_TRUE(second != NULL);
	CHECK_INT(second->coins, 4);
	CHECK_TEXT(second->note, "as many as there are");
	CHECK_UINT(result.events[0].offset, 2);
	CHECK_UINT(result.events[1].offset, 3);
}

/* There is no view and no query that would have the framework keep events of numbers. */
static void result_tells_events_of_numbers(void **state)
{
	struct fixture *f = *state;
	const struct coins_taken *taken;
	struct cqrs_result result;

	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate)));
	put(f, "w1", 5);
	CHECK_OK(cqrs_execute_with(f->framework, "w1", &take_coins_command,
	                           &(struct take_coins){ .coins = 3 },
	                           CQRS_EXECUTE_OPTIONS(.events_arena = f->arena), &result,
	                           &f->err),
	         &f->err);
	CHECK_UINT(result.event_count, 1);
	taken = cqrs_event_as(&result.events[0], coins_taken);
	CHECK_TRUE(taken != NULL);
	CHECK_INT(taken->coins, 3);
}

static void result_without_an_arena_has_no_events(void **state)
{
	struct fixture *f = *state;
	struct cqrs_result result;

	CHECK_OK(cqrs_execute_with(f->framework, "w1", &put_twice_command,
	                           &(struct put_twice){ .coins = 4 }, NULL, &result, &f->err),
	         &f->err);
	CHECK_UINT(result.last_sequence, 2);
	CHECK_UINT(result.event_count, 0);
	CHECK_TRUE(result.events == NULL);
}

static void command_without_events_succeeds_and_stores_nothing(void **state)
{
	struct fixture *f = *state;
	struct cqrs_result result;

	put(f, "w1", 1);
	CHECK_OK(cqrs_execute_with(f->framework, "w1", &look_command, NULL,
	                           CQRS_EXECUTE_OPTIONS(.events_arena = f->arena), &result,
	                           &f->err),
	         &f->err);
	CHECK_UINT(result.first_sequence, 0);
	CHECK_UINT(result.last_sequence, 0);
	CHECK_UINT(result.event_count, 0);
	CHECK_UINT(head_of(f, "w1"), 1);
	CHECK_UINT(atomic_load(&f->hooks.calls[HOOKED_COMMIT]), 1);
}

static void missing_payload_of_a_typed_command_means_zeroes(void **state)
{
	struct fixture *f = *state;

	put(f, "w1", 1);
	CHECK_OK(cqrs_execute(f->framework, "w1", &f->err, take_coins), &f->err);
	CHECK_INT(wallet_of(f, "w1")->coins, 1);
	CHECK_INT(wallet_of(f, "w1")->events, 2);
}

static void empty_event_is_stored_as_an_empty_object(void **state)
{
	struct fixture *f = *state;
	struct cqrs_result result;

	CHECK_OK(cqrs_execute_json(f->framework, "w1", "{\"CloseWallet\":{}}",
	                           CQRS_EXECUTE_OPTIONS(.events_arena = f->arena), &result,
	                           &f->err),
	         &f->err);
	CHECK_UINT(result.event_count, 1);
	CHECK_TEXT(result.events[0].payload_json.data, "{}");
	CHECK_TRUE(result.events[0].type == &wallet_closed_event);
}

static void json_command_is_decoded_and_executed(void **state)
{
	struct fixture *f = *state;

	CHECK_OK(cqrs_execute_json(f->framework, "w1",
	                           "{\"PutCoins\":{\"coins\":9,\"note\":\"json\"}}", NULL, NULL,
	                           &f->err),
	         &f->err);
	CHECK_INT(wallet_of(f, "w1")->coins, 9);
	CHECK_TEXT(wallet_of(f, "w1")->last_note, "json");
}

static void unreadable_json_command_is_refused_with_its_path(void **state)
{
	static const struct {
		const char *json, *path;
	} cases[] = {
		{ "{\"PutCoins\":{\"coins\":\"x\",\"note\":\"\"}}", "PutCoins.coins" },
		{ "{\"PutCoins\":{\"coins\":1}}", "PutCoins.note" },
		{ "{\"PutCoins\":{\"coins\":1,\"note\":\"\",\"more\":1}}", "PutCoins.more" },
		{ "{\"PutCoins\":{\"coins\":1,\"coins\":1,\"note\":\"\"}}", "PutCoins.coins" },
		{ "{\"PutCoins\":{\"coins\":1e300,\"note\":\"\"}}", "PutCoins.coins" },
		{ "{\"PutCoins\":{\"coins\":1,\"note\":\"\\u0000\"}}", "PutCoins.note" },
		{ "{\"PutCoins\":[]}", "PutCoins" },
		{ "{\"PutCoins\":{\"coins\":1", "" },
		{ "{}", "" },
		{ "[]", "" },
		{ "{\"PutCoins\":{},\"Look\":{}}", "" },
		{ "", "" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK_STATUS(
			cqrs_execute_json(f->framework, "w1", cases[i].json, NULL, NULL, &f->err),
			CQRS_ERR_INVALID);
		CHECK_STATUS(f->err.status, CQRS_ERR_INVALID);
		CHECK_TEXT(f->err.code, "unreadable_command");
		CHECK_CONTAINS(f->err.path, cases[i].path);
	}
	CHECK_UINT(head_of(f, "w1"), 0);
}

static void unknown_commands_are_refused(void **state)
{
	static const struct cqrs_command_type stranger = { .name = "Stranger" };
	struct fixture *f = *state;

	CHECK_STATUS(cqrs_execute_json(f->framework, "w1", "{\"Nope\":{}}", NULL, NULL, &f->err),
	             CQRS_ERR_INVALID);
	CHECK_TEXT(f->err.code, "unknown_command");
	CHECK_STATUS(cqrs_execute_json(f->framework, "w1", "{\"Look\":{}}",
	                               CQRS_EXECUTE_OPTIONS(.aggregate_type = "purse"), NULL,
	                               &f->err),
	             CQRS_ERR_INVALID);
	CHECK_TEXT(f->err.code, "unknown_command");
	CHECK_STATUS(cqrs_execute_command(f->framework, "w1", &f->err, &stranger, NULL),
	             CQRS_ERR_INVALID);
	CHECK_CONTAINS(f->err.message, "Stranger");
	CHECK_STATUS(cqrs_execute_json(f->framework, "w1", NULL, NULL, NULL, &f->err),
	             CQRS_ERR_INVALID);
	CHECK_CONTAINS(f->err.message, "neither a type nor JSON");
}

static void aggregate_ids_outside_the_rules_are_refused(void **state)
{
	char longest[CQRS_MAX_ID_LEN + 1];
	char too_long[CQRS_MAX_ID_LEN + 2];
	struct fixture *f = *state;

	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	memset(too_long, 'a', sizeof(too_long) - 1);
	too_long[sizeof(too_long) - 1] = '\0';
	put(f, longest, 1);
	CHECK_INT(wallet_of(f, longest)->coins, 1);
	CHECK_STATUS(cqrs_execute(f->framework, too_long, &f->err, look), CQRS_ERR_LIMIT);
	CHECK_CONTAINS(f->err.message, "aggregate_id");
	CHECK_STATUS(cqrs_execute(f->framework, "", &f->err, look), CQRS_ERR_INVALID);
	CHECK_STATUS(cqrs_execute(f->framework, NULL, &f->err, look), CQRS_ERR_INVALID);
	CHECK_STATUS(cqrs_execute(f->framework, "\xff", &f->err, look), CQRS_ERR_INVALID);
}

static void aggregate_ids_too_long_for_the_store_reach_no_handler(void **state)
{
	struct fixture *f = *state;

	f->hooks.limits.id_len = 4;
	fixture_reopen_store(f);
	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate)));
	put(f, "four", 1);
	CHECK_STATUS(take(f, "fives", 1), CQRS_ERR_LIMIT); /* its handler would reject it */
	CHECK_TEXT(f->err.message, "aggregate_id is above the limit of 4 bytes");
}

/* ---- refusing and failing ---- */

static void rejection_carries_code_message_and_params_and_stores_nothing(void **state)
{
	struct fixture *f = *state;
	char json[CQRS_ERROR_JSON_SIZE];

	CHECK_STATUS(take(f, "w1", 1), CQRS_ERR_REJECTED);
	CHECK_STATUS(f->err.status, CQRS_ERR_REJECTED);
	CHECK_TEXT(f->err.message, "there are only 0 coins");
	CHECK_TEXT(f->err.code, "too_few");
	CHECK_TEXT(f->err.params, "{\"limit\":\"coins\"}");
	CHECK_UINT(head_of(f, "w1"), 0);
	CHECK_TRUE(cqrs_error_json(&f->err, json, sizeof(json)) > 0);
	CHECK_TEXT(json,
	           "{\"status\":\"rejected\",\"code\":\"too_few\","
	           "\"message\":\"there are only 0 coins\",\"params\":{\"limit\":\"coins\"}}");
}

static enum cqrs_status reject_plainly(struct cqrs_context *ctx, const struct wallet *wallet,
                                       void *self)
{
	(void)wallet;
	return cqrs_reject(ctx, NULL, "%s", (const char *)self);
}

static void rejection_may_have_only_a_message(void **state)
{
	struct fixture *f = *state;
	char json[CQRS_ERROR_JSON_SIZE];

	fixture_call(f, reject_plainly, "not today");
	CHECK_STATUS(cqrs_execute(f->framework, "w1", &f->err, run), CQRS_ERR_REJECTED);
	CHECK_TEXT(f->err.message, "not today");
	CHECK_TEXT(f->err.code, "");
	CHECK_TEXT(f->err.params, "");
	CHECK_TRUE(cqrs_error_json(&f->err, json, sizeof(json)) > 0);
	CHECK_TEXT(json, "{\"status\":\"rejected\",\"message\":\"not today\"}");
	/* Nobody has to ask for the details. */
	CHECK_STATUS(cqrs_execute(f->framework, "w1", NULL, run), CQRS_ERR_REJECTED);
}

static void rejection_message_is_cut_at_a_whole_character(void **state)
{
	struct fixture *f = *state;
	char message[400];
	char json[CQRS_ERROR_JSON_SIZE];

	/* 254 bytes, then characters of two: the 255th byte would be half of one. */
	memset(message, 'm', 254);
	for (size_t i = 254; i + 2 < sizeof(message); i += 2)
		memcpy(message + i, "\xc3\xa4", 3);
	fixture_call(f, reject_plainly, message);
	CHECK_STATUS(cqrs_execute(f->framework, "w1", &f->err, run), CQRS_ERR_REJECTED);
	CHECK_UINT(strlen(f->err.message), 254);
	CHECK_TRUE(cqrs_error_json(&f->err, json, sizeof(json)) > 0);
	CHECK_CONTAINS(json, "mmmm\"}");
}

static enum cqrs_status reject_with_much(struct cqrs_context *ctx, const struct wallet *wallet,
                                         void *self)
{
	char text[600];

	(void)wallet;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	if (self)
		return cqrs_reject(ctx, text, "no");
	return cqrs_reject_with(ctx, "much", CQRS_PARAMS({ "text", text }), "no");
}

static void rejection_stands_where_its_parameters_do_not_fit(void **state)
{
	struct fixture *f = *state;

	fixture_call(f, reject_with_much, NULL);
	CHECK_STATUS(cqrs_execute(f->framework, "w1", &f->err, run), CQRS_ERR_REJECTED);
	CHECK_TEXT(f->err.code, "much");
	CHECK_TEXT(f->err.message, "no");
	CHECK_TEXT(f->err.params, "");
	CHECK_TRUE(logged(f, "parameters"));
}

static void code_that_does_not_fit_is_a_limit_error(void **state)
{
	struct fixture *f = *state;

	fixture_call(f, reject_with_much, f);
	CHECK_STATUS(cqrs_execute(f->framework, "w1", &f->err, run), CQRS_ERR_LIMIT);
	CHECK_CONTAINS(f->err.message, "code");
}

static enum cqrs_status do_nothing(struct cqrs_context *ctx, const struct wallet *wallet,
                                   void *self)
{
	(void)ctx;
	(void)wallet;
	(void)self;
	return CQRS_OK;
}

static void failure_is_logged_and_not_shown(void **state)
{
	struct fixture *f = *state;
	char json[CQRS_ERROR_JSON_SIZE];

	fixture_call(f, do_nothing, NULL);
	CHECK_STATUS(cqrs_execute(f->framework, "w1", &f->err, call_back, .fail = true),
	             CQRS_ERR_FAILED);
	CHECK_TEXT(f->err.message, "the printer is on fire");
	CHECK_TRUE(logged(f, "0 CallBack of wallet 'w1' failed: the printer is on fire"));
	CHECK_TRUE(cqrs_error_json(&f->err, json, sizeof(json)) > 0);
	CHECK_TRUE(strstr(json, "printer") == NULL);
	CHECK_CONTAINS(json, "\"status\":\"failed\"");
	CHECK_UINT(head_of(f, "w1"), 0);
}

static enum cqrs_status just_say(struct cqrs_context *ctx, const struct wallet *wallet, void *self)
{
	const int *status = self;

	(void)ctx;
	(void)wallet;
	return (enum cqrs_status) * status;
}

/* It may come from another store: it says nothing of what this one has stored. */
static void bare_status_of_a_handler_is_a_failure(void **state)
{
	struct fixture *f = *state;
	int bare[] = { CQRS_ERR_UNKNOWN, CQRS_ERR_CONFLICT, CQRS_ERR_REJECTED, 77 };

	for (size_t i = 0; i < sizeof(bare) / sizeof(bare[0]); i++) {
		fixture_call(f, just_say, &bare[i]);
		CHECK_STATUS(cqrs_execute(f->framework, "w1", &f->err, run), CQRS_ERR_FAILED);
		CHECK_CONTAINS(f->err.message, "gave no reason");
	}
	CHECK_UINT(atomic_load(&f->sleeps), 0);
}

static void request_with_both_a_type_and_json_is_refused(void **state)
{
	struct fixture *f = *state;
	struct cqrs_request request = {
		.aggregate_id = "w1", .type = &look_command, .json = "{\"Look\":{}}", .err = &f->err
	};

	CHECK_STATUS(cqrs_execute_batch(f->framework, &request, 1), CQRS_ERR_INVALID);
	CHECK_CONTAINS(f->err.message, "both");
}

/* What a handler does first and then ignores. */
enum mistake { EMIT_UNLISTED, EMIT_BAD_TEXT, REJECT_FIRST, FAIL_FIRST };

static enum cqrs_status ignore_a_failure(struct cqrs_context *ctx, const struct wallet *wallet,
                                         void *self)
{
	int64_t before = wallet->coins;

	switch (*(const enum mistake *)self) {
	case EMIT_UNLISTED:
		CHECK_STATUS(cqrs_emit(ctx, never_listed), CQRS_ERR_INVALID);
		break;
	case EMIT_BAD_TEXT:
		CHECK_STATUS(cqrs_emit(ctx, coins_put, .coins = 1, .note = "\xff"),
		             CQRS_ERR_INVALID);
		break;
	case REJECT_FIRST:
		cqrs_reject(ctx, "first", "first");
		break;
	case FAIL_FIRST:
		cqrs_fail(ctx, "first");
		break;
	}
	CHECK_TRUE(cqrs_emit(ctx, coins_put, .coins = 1, .note = "") != CQRS_OK);
	CHECK_TRUE(cqrs_reject(ctx, "second", "second") != CQRS_OK);
	CHECK_TRUE(cqrs_fail(ctx, "second") != CQRS_OK);
	CHECK_INT(wallet->coins, before);
	return CQRS_OK;
}

static void first_failure_in_a_handler_sticks(void **state)
{
	static const struct {
		enum mistake mistake;
		enum cqrs_status status;
		const char *message;
	} cases[] = {
		{ EMIT_UNLISTED, CQRS_ERR_INVALID, "NeverListed" },
		{ EMIT_BAD_TEXT, CQRS_ERR_INVALID, "CoinsPut" },
		{ REJECT_FIRST, CQRS_ERR_REJECTED, "first" },
		{ FAIL_FIRST, CQRS_ERR_FAILED, "first" },
	};
	struct fixture *f = *state;

	put(f, "w1", 5);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum mistake mistake = cases[i].mistake;

		fixture_call(f, ignore_a_failure, &mistake);
		CHECK_STATUS(cqrs_execute(f->framework, "w1", &f->err, run), cases[i].status);
		CHECK_STATUS(f->err.status, cases[i].status);
		CHECK_CONTAINS(f->err.message, cases[i].message);
		CHECK_UINT(head_of(f, "w1"), 1);
	}
	CHECK_OK(take(f, "w1", 5), &f->err);
}

static enum cqrs_status emit_then_fail(struct cqrs_context *ctx, const struct wallet *wallet,
                                       void *self)
{
	(void)self;
	cqrs_emit(ctx, coins_put, .coins = 100, .note = "never");
	CHECK_INT(wallet->coins, 105);
	return cqrs_reject(ctx, "after_all", "not after all");
}

static void command_that_emitted_and_failed_leaves_no_trace(void **state)
{
	struct fixture *f = *state;

	put(f, "w1", 5);
	fixture_call(f, emit_then_fail, NULL);
	CHECK_STATUS(cqrs_execute(f->framework, "w1", &f->err, run), CQRS_ERR_REJECTED);
	CHECK_STATUS(take(f, "w1", 6), CQRS_ERR_REJECTED);
	CHECK_TEXT(f->err.message, "there are only 5 coins");
	CHECK_UINT(atomic_load(&f->sleeps), 0); /* nor was that found out by a conflict */
	CHECK_INT(view_of(f, "w1")->coins, 5);
	CHECK_UINT(head_of(f, "w1"), 1);
}

/* A number that JSON does not have: the wallet's are integers, so this has an event of its own. */
struct weigh {
	double weight;
};
CQRS_COMMAND(weigh, "Weigh", weight);
struct weighed {
	double weight;
};
CQRS_EVENT(weighed, "Weighed", "1.0", weight);
struct scales {
	double weight;
};

static enum cqrs_status handle_weigh(struct cqrs_context *ctx, const void *state,
                                     const void *command)
{
	(void)state;
	cqrs_emit(ctx, weighed, .weight = ((const struct weigh *)command)->weight);
	return CQRS_OK;
}

static void apply_weighed(void *state, const void *event)
{
	((struct scales *)state)->weight += ((const struct weighed *)event)->weight;
}

static const struct cqrs_aggregate scales_aggregate = {
	.type = "scales",
	.state = CQRS_RECORD(scales, weight),
	.commands = CQRS_COMMANDS({ &weigh_command, handle_weigh }),
	.events = CQRS_EVENTS({ &weighed_event, apply_weighed }),
};

static void nan_and_infinities_are_refused_at_emit(void **state)
{
	static const double values[] = { NAN, INFINITY, -INFINITY };
	struct fixture *f = *state;
	struct cqrs_loaded loaded;

	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&scales_aggregate)));
	for (size_t i = 0; i < 3; i++) {
		CHECK_STATUS(cqrs_execute(f->framework, "s", &f->err, weigh, .weight = values[i]),
		             CQRS_ERR_INVALID);
		CHECK_TEXT(f->err.path, "weight");
		CHECK_CONTAINS(f->err.message, "Weighed");
	}
	CHECK_OK(cqrs_execute(f->framework, "s", &f->err, weigh, .weight = 0.1), &f->err);
	CHECK_OK(cqrs_load(f->framework, &scales_aggregate, "s", f->arena, &loaded, &f->err),
	         &f->err);
	CHECK_DOUBLE(((const struct scales *)loaded.state)->weight, 0.1);
	CHECK_UINT(loaded.sequence, 1);
}

static void success_leaves_no_error_behind(void **state)
{
	struct fixture *f = *state;
	struct cqrs_loaded loaded;

	memset(&f->err, 'x', sizeof(f->err));
	CHECK_OK(cqrs_execute_with(f->framework, "w1", &put_coins_command,
	                           &(struct put_coins){ 1, "" },
	                           CQRS_EXECUTE_OPTIONS(.idempotency_key = "k"), NULL, &f->err),
	         &f->err);
	CHECK_STATUS(f->err.status, CQRS_OK);
	CHECK_TEXT(f->err.message, "");
	CHECK_TEXT(f->err.code, "");
	CHECK_TEXT(f->err.path, "");
	CHECK_TEXT(f->err.params, "");
	CHECK_INT(f->err.native_code, 0);
	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_with_snapshots)));
	f->err = (struct cqrs_error)CQRS_ERROR_INIT;
	CHECK_OK(cqrs_load(f->framework, &wallet_with_snapshots, "w1", f->arena, &loaded, &f->err),
	         &f->err);
	CHECK_STATUS(f->err.status, CQRS_OK);
	CHECK_TEXT(f->err.message, "");
}

/* ---- what reaches the handler and the envelopes ---- */

struct seen {
	struct cqrs_id command_id;
	int64_t now_us;
	uint64_t sequence_before, sequence_after;
	char aggregate_id[16];
	char user[16];
	unsigned char random[8];
	size_t metadata_count;
	void *services;
};

static enum cqrs_status look_around(struct cqrs_context *ctx, const struct wallet *wallet,
                                    void *self)
{
	struct seen *seen = self;
	char *note = cqrs_arena_text(cqrs_context_arena(ctx), "from the arena", 14);

	(void)wallet;
	seen->command_id = *cqrs_command_id(ctx);
	seen->now_us = cqrs_now_us(ctx);
	seen->sequence_before = cqrs_sequence(ctx);
	snprintf(seen->aggregate_id, sizeof(seen->aggregate_id), "%s", cqrs_aggregate_id(ctx));
	snprintf(seen->user, sizeof(seen->user), "%s",
	         cqrs_metadata_get(cqrs_context_metadata(ctx), "user"));
	seen->metadata_count = cqrs_context_metadata(ctx)->count;
	seen->services = cqrs_services(ctx);
	cqrs_random(ctx, seen->random, sizeof(seen->random));
	cqrs_emit(ctx, coins_put, .coins = 1, .note = note);
	seen->sequence_after = cqrs_sequence(ctx);
	return CQRS_OK;
}

static void services_clock_ids_metadata_reach_handler_and_envelope(void **state)
{
	static const unsigned char zeroes[8];
	struct fixture *f = *state;
	struct cqrs_result result;
	struct seen seen;

	put(f, "w1", 1);
	atomic_store(&f->now_us, INT64_C(1800000000123456));
	fixture_call(f, look_around, &seen);
	CHECK_OK(cqrs_execute_with(f->framework, "w1", &run_command, NULL,
	                           CQRS_EXECUTE_OPTIONS(.metadata = CQRS_METADATA(
								{ "uri", "/w" }, { "user", "ann" }),
	                                                .events_arena = f->arena),
	                           &result, &f->err),
	         &f->err);
	CHECK_TRUE(seen.services == &f->services);
	CHECK_TEXT(seen.aggregate_id, "w1");
	CHECK_TEXT(seen.user, "ann");
	CHECK_UINT(seen.metadata_count, 2);
	CHECK_INT(seen.now_us, INT64_C(1800000000123456));
	CHECK_UINT(seen.sequence_before, 1);
	CHECK_UINT(seen.sequence_after, 2);
	CHECK_TRUE(memcmp(seen.random, zeroes, sizeof(zeroes)) != 0);
	CHECK_TRUE(memcmp(&seen.command_id, &result.command_id, sizeof(seen.command_id)) == 0);

	CHECK_UINT(result.event_count, 1);
	CHECK_INT(result.events[0].recorded_at_us, INT64_C(1800000000123456));
	CHECK_TEXT(cqrs_metadata_get(&result.events[0].metadata, "user"), "ann");
	CHECK_TEXT(cqrs_metadata_get(&result.events[0].metadata, "uri"), "/w");
	CHECK_TRUE(cqrs_metadata_get(&result.events[0].metadata, "other") == NULL);
	/* None given: the command itself began and caused it. */
	CHECK_TRUE(memcmp(&result.events[0].correlation_id, &seen.command_id, 16) == 0);
	CHECK_TRUE(memcmp(&result.events[0].causation_id, &seen.command_id, 16) == 0);
	CHECK_INT(result.events[0].event_id.bytes[6] >> 4, 7);
	CHECK_TEXT(wallet_of(f, "w1")->last_note, "from the arena");
}

static void correlation_and_causation_are_kept_and_stored(void **state)
{
	struct fixture *f = *state;
	const struct cqrs_id correlation = { { 1, 2, 3 } };
	const struct cqrs_id causation = { { 4, 5, 6 } };
	struct cqrs_envelope_page page;

	CHECK_OK(cqrs_execute_with(f->framework, "w1", &put_twice_command, &(struct put_twice){ 1 },
	                           CQRS_EXECUTE_OPTIONS(.correlation_id = correlation,
	                                                .causation_id = causation,
	                                                .metadata = CQRS_METADATA({ "a", "b" })),
	                           NULL, &f->err),
	         &f->err);
	CHECK_OK(cqrs_read_events(f->framework, &wallet_aggregate, "w1", 0, 0, f->arena, &page,
	                          &f->err),
	         &f->err);
	CHECK_UINT(page.count, 2);
	for (size_t i = 0; i < 2; i++) {
		CHECK_TRUE(memcmp(&page.items[i].correlation_id, &correlation, 16) == 0);
		CHECK_TRUE(memcmp(&page.items[i].causation_id, &causation, 16) == 0);
		CHECK_TEXT(cqrs_metadata_get(&page.items[i].metadata, "a"), "b");
		CHECK_UINT(page.items[i].sequence, i + 1);
	}
	CHECK_TRUE(memcmp(&page.items[0].event_id, &page.items[1].event_id, 16) != 0);
}

static void metadata_that_cannot_be_stored_is_refused(void **state)
{
	struct fixture *f = *state;
	struct cqrs_metadata_entry many[CQRS_MAX_METADATA_ENTRIES + 1];
	char names[CQRS_MAX_METADATA_ENTRIES + 1][8];
	char *large = malloc(CQRS_MAX_METADATA_SIZE + 1);
	struct {
		struct cqrs_metadata metadata;
		enum cqrs_status status;
	} cases[] = {
		{ CQRS_METADATA({ "a", "\xff" }), CQRS_ERR_INVALID },
		{ CQRS_METADATA({ "a", "b" }, { "a", "c" }), CQRS_ERR_INVALID },
		{ CQRS_METADATA({ "a", NULL }), CQRS_ERR_INVALID },
		{ { many, CQRS_MAX_METADATA_ENTRIES + 1 }, CQRS_ERR_LIMIT },
		{ CQRS_METADATA({ "a", large }), CQRS_ERR_LIMIT },
	};

	memset(large, 'x', CQRS_MAX_METADATA_SIZE);
	large[CQRS_MAX_METADATA_SIZE] = '\0';
	for (size_t i = 0; i <= CQRS_MAX_METADATA_ENTRIES; i++) {
		snprintf(names[i], sizeof(names[i]), "n%zu", i);
		many[i] = (struct cqrs_metadata_entry){ names[i], "" };
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK_STATUS(cqrs_execute_with(f->framework, "w1", &close_wallet_command, NULL,
		                               CQRS_EXECUTE_OPTIONS(.metadata = cases[i].metadata),
		                               NULL, &f->err),
		             cases[i].status);
	CHECK_UINT(head_of(f, "w1"), 0);
	many[0].name = names[0];
	CHECK_OK(cqrs_execute_with(
			 f->framework, "w1", &close_wallet_command, NULL,
			 CQRS_EXECUTE_OPTIONS(.metadata = { many, CQRS_MAX_METADATA_ENTRIES }),
			 NULL, &f->err),
	         &f->err);
	free(large);
}

static void recorded_time_never_goes_back_within_a_stream(void **state)
{
	struct fixture *f = *state;
	struct cqrs_envelope_page page;

	put(f, "w1", 1);
	atomic_fetch_sub(&f->now_us, 1000000);
	put(f, "w1", 1);
	put(f, "w2", 1);
	/* Also where the state comes from the store. */
	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate)));
	put(f, "w1", 1);
	CHECK_OK(cqrs_read_events(f->framework, &wallet_aggregate, "w1", 0, 0, f->arena, &page,
	                          &f->err),
	         &f->err);
	CHECK_UINT(page.count, 3);
	CHECK_INT(page.items[1].recorded_at_us, page.items[0].recorded_at_us);
	CHECK_INT(page.items[2].recorded_at_us, page.items[0].recorded_at_us);
	CHECK_OK(cqrs_read_events(f->framework, &wallet_aggregate, "w2", 0, 0, f->arena, &page,
	                          &f->err),
	         &f->err);
	CHECK_INT(page.items[0].recorded_at_us, atomic_load(&f->now_us));
}

static void envelope_is_written_as_json(void **state)
{
	struct fixture *f = *state;
	struct cqrs_id none = { { 0 } };
	struct cqrs_result result;
	struct cqrs_envelope event;
	struct cqrs_text json;
	static const char expected[] =
		"{\"event_id\":\"00000000-0000-0000-0000-000000000000\","
		"\"aggregate_type\":\"wallet\",\"aggregate_id\":\"w\\\"1\",\"sequence\":1,"
		"\"event_type\":\"CoinsPut\",\"event_version\":\"1.0\","
		"\"recorded_at\":\"2023-11-14T22:13:20.000000Z\","
		"\"correlation_id\":\"00000000-0000-0000-0000-000000000000\","
		"\"causation_id\":\"00000000-0000-0000-0000-000000000000\","
		"\"metadata\":{\"user\":\"ann\"},\"payload\":{\"coins\":3,\"note\":\"n\"}}";

	CHECK_OK(cqrs_execute_with(
			 f->framework, "w\"1", &put_coins_command, &(struct put_coins){ 3, "n" },
			 CQRS_EXECUTE_OPTIONS(.metadata = CQRS_METADATA({ "user", "ann" }),
	                                      .events_arena = f->arena),
			 &result, &f->err),
	         &f->err);
	event = result.events[0];
	event.event_id = event.correlation_id = event.causation_id = none;
	CHECK_OK(cqrs_envelope_json(&event, f->arena, &json, &f->err), &f->err);
	CHECK_TEXT(json.data, expected);
	CHECK_UINT(json.len, strlen(expected));
	/* One made by hand has no stored text. */
	event.payload_json = (struct cqrs_text){ NULL, 0 };
	CHECK_OK(cqrs_envelope_json(&event, f->arena, &json, &f->err), &f->err);
	CHECK_TEXT(json.data, expected);
	event.payload = &(struct coins_put){ 1, "\xff" };
	CHECK_STATUS(cqrs_envelope_json(&event, f->arena, &json, &f->err), CQRS_ERR_INVALID);
	CHECK_TEXT(f->err.path, "note");
}

static void log_says_what_was_loaded_and_stored(void **state)
{
	struct fixture *f = *state;

	foreign_put(f, "w1", 1, 3);
	CHECK_OK(cqrs_execute(f->framework, "w1", &f->err, put_twice, .coins = 1), &f->err);
	CHECK_TRUE(logged(f, "3 loading: 3 events for aggregate 'wallet' 'w1'"));
	CHECK_TRUE(logged(f, "3 storing: 2 new events for aggregate 'wallet' 'w1'"));
}

static void log_below_the_wanted_level_is_silent(void **state)
{
	struct fixture *f = *state;
	struct cqrs_environment quiet = f->environment;

	quiet.log_level = CQRS_LOG_INFO;
	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                                .environment = &quiet));
	put(f, "w1", 1);
	CHECK_TRUE(!logged(f, "storing"));
	CHECK_TRUE(!logged(f, "loading"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(command_is_stored_and_seen),
		RUN(result_says_where_the_events_are),
		RUN(result_tells_events_of_numbers),
		RUN(result_without_an_arena_has_no_events),
		RUN(command_without_events_succeeds_and_stores_nothing),
		RUN(missing_payload_of_a_typed_command_means_zeroes),
		RUN(empty_event_is_stored_as_an_empty_object),
		RUN(json_command_is_decoded_and_executed),
		RUN(unreadable_json_command_is_refused_with_its_path),
		RUN(unknown_commands_are_refused),
		RUN(aggregate_ids_outside_the_rules_are_refused),
		RUN(aggregate_ids_too_long_for_the_store_reach_no_handler),
		RUN(rejection_carries_code_message_and_params_and_stores_nothing),
		RUN(rejection_may_have_only_a_message),
		RUN(rejection_message_is_cut_at_a_whole_character),
		RUN(rejection_stands_where_its_parameters_do_not_fit),
		RUN(code_that_does_not_fit_is_a_limit_error),
		RUN(failure_is_logged_and_not_shown),
		RUN(bare_status_of_a_handler_is_a_failure),
		RUN(request_with_both_a_type_and_json_is_refused),
		RUN(first_failure_in_a_handler_sticks),
		RUN(command_that_emitted_and_failed_leaves_no_trace),
		RUN(nan_and_infinities_are_refused_at_emit),
		RUN(success_leaves_no_error_behind),
		RUN(services_clock_ids_metadata_reach_handler_and_envelope),
		RUN(correlation_and_causation_are_kept_and_stored),
		RUN(metadata_that_cannot_be_stored_is_refused),
		RUN(recorded_time_never_goes_back_within_a_stream),
		RUN(envelope_is_written_as_json),
		RUN(log_says_what_was_loaded_and_stored),
		RUN(log_below_the_wanted_level_is_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
