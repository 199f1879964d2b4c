/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * framework_conflict_test.c - a stream that others write to as well: what a caller expects of
 * it, decisions on a state that turns out old, and commits whose outcome got lost.
 */
#include "framework_fixture.h"

/* ---- what the caller expects ---- */

static enum cqrs_status put_expecting(struct fixture *f, const char *id, uint64_t expected)
{
	return cqrs_execute_with(
		f->framework, id, &put_coins_command, &(struct put_coins){ 1, "expected" },
		CQRS_EXECUTE_OPTIONS(.check_sequence = true, .expected_sequence = expected), NULL,
		&f->err);
}

static void expected_sequence_is_checked(void **state)
{
	struct fixture *f = *state;

	CHECK_STATUS(put_expecting(f, "w", CQRS_EXPECT_EXISTS), CQRS_ERR_CONFLICT);
	CHECK_TEXT(f->err.message, "wallet 'w' has no events");
	CHECK_STATUS(put_expecting(f, "w", 1), CQRS_ERR_CONFLICT);
	CHECK_OK(put_expecting(f, "w", CQRS_EXPECT_NONE), &f->err);
	CHECK_STATUS(put_expecting(f, "w", CQRS_EXPECT_NONE), CQRS_ERR_CONFLICT);
	CHECK_TEXT(f->err.message, "wallet 'w' is at sequence 1, expected 0");
	CHECK_TEXT(f->err.path, "expected_sequence");
	CHECK_STATUS(f->err.status, CQRS_ERR_CONFLICT);
	CHECK_OK(put_expecting(f, "w", 1), &f->err);
	CHECK_OK(put_expecting(f, "w", CQRS_EXPECT_EXISTS), &f->err);
	CHECK_OK(put_expecting(f, "w", CQRS_EXPECT_ANY), &f->err);
	CHECK_OK(put_expecting(f, "new", CQRS_EXPECT_ANY), &f->err);
	CHECK_STATUS(put_expecting(f, "w", 3), CQRS_ERR_CONFLICT);
	CHECK_STATUS(put_expecting(f, "w", 5), CQRS_ERR_CONFLICT);
	CHECK_UINT(head_of(f, "w"), 4);
	CHECK_UINT(atomic_load(&f->sleeps), 0);
}

static void expected_sequence_is_compared_with_the_store_not_the_cache(void **state)
{
	struct fixture *f = *state;

	put(f, "w", 1);
	foreign_put(f, "w", 1, 1);
	/* The cache says 1. */
	CHECK_OK(put_expecting(f, "w", 2), &f->err);
	foreign_put(f, "w", 1, 1);
	CHECK_STATUS(put_expecting(f, "w", 3), CQRS_ERR_CONFLICT);
	CHECK_TEXT(f->err.message, "wallet 'w' is at sequence 4, expected 3");
	CHECK_UINT(head_of(f, "w"), 4);
}

/* Moves a stream just before the next commits. */
struct foreign {
	struct fixture *fixture;
	const char *id;
	int64_t coins;
	unsigned long times;
};

static void move_before_commit(struct hooked_store *hooks, enum hooked_operation operation,
                               void *self)
{
	struct foreign *foreign = self;

	(void)hooks;
	if (operation != HOOKED_COMMIT || !foreign->times)
		return;
	foreign->times--;
	foreign_put(foreign->fixture, foreign->id, foreign->coins, 1);
}

static void move(struct fixture *f, struct foreign *foreign)
{
	foreign->fixture = f;
	f->hooks.before = move_before_commit;
	f->hooks.self = foreign;
}

static void exact_expected_sequence_is_never_retried(void **state)
{
	struct fixture *f = *state;
	static struct foreign foreign;

	foreign = (struct foreign){ .id = "w", .coins = 1, .times = 1 };
	put(f, "w", 1);
	move(f, &foreign);
	CHECK_STATUS(put_expecting(f, "w", 1), CQRS_ERR_CONFLICT);
	CHECK_TEXT(f->err.message, "wallet 'w' is at sequence 2, expected 1");
	CHECK_UINT(head_of(f, "w"), 2);
}

/* ---- decided again ---- */

static void conflict_is_decided_again_on_fresh_state(void **state)
{
	struct fixture *f = *state;
	static struct foreign foreign;

	foreign = (struct foreign){ .id = "w", .coins = -8, .times = 1 };
	put(f, "w", 10);
	move(f, &foreign);
	/* Enough when it is first decided, and too much after the foreign event. */
	CHECK_STATUS(take(f, "w", 5), CQRS_ERR_REJECTED);
	CHECK_TEXT(f->err.message, "there are only 2 coins");
	foreign.times = 3;
	foreign.coins = 4;
	CHECK_OK(take(f, "w", 1), &f->err);
	CHECK_TEXT(f->err.path, "");
	CHECK_INT(wallet_of(f, "w")->coins, 10 - 8 + 12 - 1);
	CHECK_INT(view_of(f, "w")->coins, 10 - 8 + 12 - 1);
	CHECK_UINT(view_of(f, "w")->events, 6);
}

static void conflicts_are_retried_so_often_and_with_jitter(void **state)
{
	struct fixture *f = *state;
	static struct foreign foreign;
	unsigned long commits;

	foreign = (struct foreign){ .id = "w", .coins = 1, .times = 10 };
	move(f, &foreign);
	CHECK_OK(take(f, "w", 0), &f->err);
	CHECK_UINT(atomic_load(&f->sleeps), 10);
	CHECK_TRUE(atomic_load(&f->slept_us) > 0);
	CHECK_TRUE(atomic_load(&f->slept_us) < 200 * ((1 << 10) + 2 * (1 << 8)));
	CHECK_UINT(head_of(f, "w"), 11);

	foreign.times = 11;
	commits = atomic_load(&f->hooks.calls[HOOKED_COMMIT]);
	CHECK_STATUS(take(f, "w", 0), CQRS_ERR_CONFLICT);
	CHECK_STATUS(f->err.status, CQRS_ERR_CONFLICT);
	CHECK_CONTAINS(f->err.path, "w");
	CHECK_UINT(atomic_load(&f->hooks.calls[HOOKED_COMMIT]) - commits, 11);
	CHECK_UINT(head_of(f, "w"), 22);
	/* Nothing of it is left. */
	CHECK_OK(take(f, "w", 22 - 1), &f->err);
}

static void number_of_retries_is_an_option(void **state)
{
	static const struct {
		uint64_t option;
		unsigned long decisions;
	} cases[] = { { CQRS_NO_RETRY, 1 }, { 1, 2 }, { 3, 4 } };
	struct fixture *f = *state;
	static struct foreign foreign;

	foreign = (struct foreign){ .id = "w", .coins = 1 };
	move(f, &foreign);
	for (size_t i = 0; i < 3; i++) {
		unsigned long before = atomic_load(&f->hooks.calls[HOOKED_COMMIT]);

		fixture_new_framework(f,
		                      CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
		                                             .conflict_retries = cases[i].option));
		foreign.times = 100;
		CHECK_STATUS(take(f, "w", 0), CQRS_ERR_CONFLICT);
		CHECK_UINT(atomic_load(&f->hooks.calls[HOOKED_COMMIT]) - before,
		           cases[i].decisions);
	}
}

static void two_frameworks_share_a_store(void **state)
{
	struct fixture *f = *state;
	struct cqrs_framework *other = fixture_other_framework(
		f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                  CQRS_VIEWS(&wallet_view)));

	for (int i = 0; i < 20; i++) {
		put(f, "w", 1);
		CHECK_OK(cqrs_execute(other, "w", &f->err, put_coins, .coins = 1, .note = "other"),
		         &f->err);
	}
	CHECK_INT(wallet_of(f, "w")->coins, 40);
	CHECK_INT(view_of(f, "w")->coins, 40);
	CHECK_UINT(entries_of(f, "w"), 40);
	cqrs_framework_free(other);
}

/* ---- outcomes that do not reach the store ---- */

static enum cqrs_status fail_unless_rich(struct cqrs_context *ctx, const struct wallet *wallet,
                                         void *self)
{
	(void)self;
	return wallet->coins < 5 ? cqrs_fail(ctx, "only %lld", (long long)wallet->coins) : CQRS_OK;
}

static void refusal_on_a_cached_state_is_confirmed_by_the_head(void **state)
{
	struct fixture *f = *state;
	unsigned long heads;

	put(f, "w", 1);
	heads = atomic_load(&f->hooks.calls[HOOKED_READ_HEAD]);
	CHECK_STATUS(take(f, "w", 2), CQRS_ERR_REJECTED);
	CHECK_UINT(atomic_load(&f->hooks.calls[HOOKED_READ_HEAD]) - heads, 1);

	/* Rejected on what is cached, and not on what is stored. */
	foreign_put(f, "w", 1, 1);
	CHECK_OK(take(f, "w", 2), &f->err);
	CHECK_TEXT(f->err.code, "");

	foreign_put(f, "w", 5, 1);
	fixture_call(f, fail_unless_rich, NULL);
	CHECK_OK(cqrs_execute(f->framework, "w", &f->err, run), &f->err);
}

static void command_without_events_on_a_cached_state_is_confirmed_by_the_head(void **state)
{
	struct fixture *f = *state;
	unsigned long loads;

	put(f, "w", 5);
	foreign_put(f, "w", -1, 1);
	fixture_call(f, fail_unless_rich, NULL);
	CHECK_STATUS(cqrs_execute(f->framework, "w", &f->err, run), CQRS_ERR_FAILED);
	CHECK_TEXT(f->err.message, "only 4");
	loads = atomic_load(&f->hooks.calls[HOOKED_READ_STREAM]);
	CHECK_OK(cqrs_execute(f->framework, "w", &f->err, look), &f->err);
	CHECK_UINT(atomic_load(&f->hooks.calls[HOOKED_READ_STREAM]), loads);
}

static void refusal_on_a_state_just_loaded_needs_no_confirmation(void **state)
{
	struct fixture *f = *state;

	foreign_put(f, "w", 1, 1);
	CHECK_STATUS(take(f, "w", 2), CQRS_ERR_REJECTED);
	CHECK_UINT(atomic_load(&f->hooks.calls[HOOKED_READ_HEAD]), 0);
}

static void refusal_that_cannot_be_confirmed_is_not_told(void **state)
{
	struct fixture *f = *state;

	put(f, "w", 1);
	atomic_store(&f->hooks.out_of_reach, 1);
	CHECK_STATUS(take(f, "w", 2), CQRS_ERR_UNAVAILABLE);
	CHECK_STATUS(f->err.status, CQRS_ERR_UNAVAILABLE);
	CHECK_CONTAINS(f->err.message, "could not be compared");
	CHECK_CONTAINS(f->err.message, "out of reach");
	CHECK_TEXT(f->err.code, "");
	CHECK_STATUS(take(f, "w", 2), CQRS_ERR_REJECTED);
}

static void refusal_on_an_old_state_without_retries_is_a_conflict(void **state)
{
	struct fixture *f = *state;

	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                                .conflict_retries = CQRS_NO_RETRY));
	put(f, "w", 1);
	foreign_put(f, "w", 1, 1);
	CHECK_STATUS(take(f, "w", 2), CQRS_ERR_CONFLICT);
	CHECK_STATUS(f->err.status, CQRS_ERR_CONFLICT);
	CHECK_TEXT(f->err.code, "");
	CHECK_TEXT(f->err.params, "");
	CHECK_CONTAINS(f->err.message, "wallet 'w'");
	CHECK_OK(take(f, "w", 2), &f->err);
}

/* ---- unknown outcomes ---- */

static void lost_reply_is_found_to_be_stored(void **state)
{
	struct fixture *f = *state;
	struct cqrs_result result;

	put(f, "other", 1);
	put(f, "w", 1);
	atomic_store(&f->hooks.lose_replies, 1);
	CHECK_OK(cqrs_execute_with(
			 f->framework, "w", &put_twice_command, &(struct put_twice){ .coins = 2 },
			 CQRS_EXECUTE_OPTIONS(.events_arena = f->arena), &result, &f->err),
	         &f->err);
	CHECK_UINT(result.first_sequence, 2);
	CHECK_UINT(result.last_sequence, 3);
	CHECK_UINT(result.last_offset, 4);
	CHECK_TRUE(!result.repeated);
	CHECK_UINT(result.event_count, 2);
	CHECK_UINT(result.events[0].offset, 3);
	CHECK_STATUS(f->err.status, CQRS_OK);
	CHECK_UINT(head_of(f, "w"), 3);
	CHECK_UINT(atomic_load(&f->sleeps), 1);
	CHECK_OK(take(f, "w", 6), &f->err);
	CHECK_INT(view_of(f, "w")->coins, 0);
}

static void lost_commit_is_submitted_again(void **state)
{
	struct fixture *f = *state;

	put(f, "w", 1);
	atomic_store(&f->hooks.drop_commits, 3);
	CHECK_OK(take(f, "w", 1), &f->err);
	CHECK_UINT(head_of(f, "w"), 2);
	CHECK_UINT(atomic_load(&f->sleeps), 3);
}

static void lost_commit_that_a_foreign_one_overtook_is_decided_again(void **state)
{
	struct fixture *f = *state;
	static struct foreign foreign;

	foreign = (struct foreign){ .id = "w", .coins = -1, .times = 1 };
	put(f, "w", 5);
	move(f, &foreign);
	atomic_store(&f->hooks.drop_commits, 1);
	CHECK_STATUS(take(f, "w", 5), CQRS_ERR_REJECTED);
	CHECK_TEXT(f->err.message, "there are only 4 coins");
	foreign.times = 1;
	atomic_store(&f->hooks.drop_commits, 1);
	CHECK_OK(take(f, "w", 3), &f->err);
	CHECK_INT(wallet_of(f, "w")->coins, 0);
}

static void put_after_commit(struct hooked_store *hooks, enum hooked_operation operation,
                             void *self)
{
	struct foreign *foreign = self;

	(void)hooks;
	if (operation != HOOKED_COMMIT || !foreign->times)
		return;
	foreign->times--;
	foreign_put(foreign->fixture, foreign->id, foreign->coins, 1);
}

static void lost_reply_is_recognised_below_later_foreign_events(void **state)
{
	struct fixture *f = *state;
	static struct foreign foreign;
	struct cqrs_result result;

	foreign = (struct foreign){ .fixture = f, .id = "w", .coins = 1, .times = 1 };
	put(f, "w", 5);
	f->hooks.after = put_after_commit;
	f->hooks.self = &foreign;
	atomic_store(&f->hooks.lose_replies, 1);
	CHECK_OK(cqrs_execute_with(f->framework, "w", &take_coins_command,
	                           &(struct take_coins){ 5 }, NULL, &result, &f->err),
	         &f->err);
	CHECK_UINT(result.last_sequence, 2);
	CHECK_UINT(head_of(f, "w"), 3);
	/* What is cached lacks the foreign event: found out in time. */
	CHECK_OK(take(f, "w", 1), &f->err);
	CHECK_INT(wallet_of(f, "w")->coins, 0);
}

static void command_without_events_but_a_key_survives_a_lost_reply(void **state)
{
	struct fixture *f = *state;
	struct cqrs_result result;

	put(f, "w", 1);
	atomic_store(&f->hooks.lose_replies, 1);
	CHECK_OK(cqrs_execute_with(f->framework, "w", &look_command, NULL,
	                           CQRS_EXECUTE_OPTIONS(.idempotency_key = "k"), &result, &f->err),
	         &f->err);
	CHECK_UINT(result.last_sequence, 0);
	CHECK_TRUE(!result.repeated);
	CHECK_UINT(head_of(f, "w"), 1);
}

static void go_out_of_reach_after_a_commit(struct hooked_store *hooks,
                                           enum hooked_operation operation, void *self)
{
	(void)self;
	if (operation == HOOKED_COMMIT)
		atomic_store(&hooks->out_of_reach, 1000);
}

static void unknown_outcome_is_told_when_the_store_stays_out_of_reach(void **state)
{
	struct fixture *f = *state;

	put(f, "w", 5);
	f->hooks.after = go_out_of_reach_after_a_commit;
	atomic_store(&f->hooks.lose_replies, 1);
	CHECK_STATUS(take(f, "w", 5), CQRS_ERR_UNKNOWN);
	CHECK_STATUS(f->err.status, CQRS_ERR_UNKNOWN);
	CHECK_CONTAINS(f->err.message, "may or may not be stored");
	CHECK_TRUE(atomic_load(&f->sleeps) >= 2);
	/* In reach again: what was cached is not trusted. */
	f->hooks.after = NULL;
	atomic_store(&f->hooks.out_of_reach, 0);
	CHECK_STATUS(take(f, "w", 1), CQRS_ERR_REJECTED);
	CHECK_INT(wallet_of(f, "w")->coins, 0);
}

static void unknown_outcome_is_settled_by_the_key(void **state)
{
	struct fixture *f = *state;
	const struct take_coins five = { 5 };
	struct cqrs_result result;

	for (int stored = 0; stored < 2; stored++) {
		const char *id = stored ? "stored" : "lost";

		put(f, id, 8);
		f->hooks.after = go_out_of_reach_after_a_commit;
		atomic_store(stored ? &f->hooks.lose_replies : &f->hooks.drop_commits, 1);
		CHECK_STATUS(cqrs_execute_with(f->framework, id, &take_coins_command, &five,
		                               CQRS_EXECUTE_OPTIONS(.idempotency_key = "k"), NULL,
		                               &f->err),
		             CQRS_ERR_UNKNOWN);
		f->hooks.after = NULL;
		atomic_store(&f->hooks.out_of_reach, 0);
		CHECK_OK(cqrs_execute_with(f->framework, id, &take_coins_command, &five,
		                           CQRS_EXECUTE_OPTIONS(.idempotency_key = "k"), &result,
		                           &f->err),
		         &f->err);
		CHECK_UINT(result.repeated, stored);
		CHECK_UINT(result.last_sequence, 2);
		CHECK_INT(wallet_of(f, id)->coins, 3);
	}
}

static void store_out_of_reach_is_unavailable_and_stores_nothing(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 2; i++) { /* not cached, then cached */
		atomic_store(&f->hooks.out_of_reach, 1);
		CHECK_STATUS(
			cqrs_execute(f->framework, "w", &f->err, put_coins, .coins = 1, .note = ""),
			CQRS_ERR_UNAVAILABLE);
		CHECK_STATUS(f->err.status, CQRS_ERR_UNAVAILABLE);
		CHECK_CONTAINS(f->err.message, "out of reach");
		CHECK_UINT(head_of(f, "w"), i);
		put(f, "w", 1);
		CHECK_INT(wallet_of(f, "w")->coins, i + 1);
	}
	CHECK_UINT(atomic_load(&f->sleeps), 0);
}

static void view_that_cannot_be_caught_up_is_no_unknown_outcome(void **state)
{
	struct fixture *f = *state;

	foreign_put(f, "w", 1, 3);
	atomic_store(&f->hooks.drop_commits, 1); /* the one that brings the view up to 3 */
	CHECK_STATUS(take(f, "w", 1), CQRS_ERR_UNAVAILABLE);
	CHECK_STATUS(f->err.status, CQRS_ERR_UNAVAILABLE);
	CHECK_UINT(head_of(f, "w"), 3);
	CHECK_OK(take(f, "w", 1), &f->err);
	CHECK_INT(view_of(f, "w")->coins, 2);
}

static void deleted_stream_refuses_commands(void **state)
{
	const struct cqrs_stream stream = { "wallet", "w" };
	struct fixture *f = *state;

	put(f, "w", 1);
	CHECK_OK(cqrs_store_delete_stream(f->inner, &stream, 1, &f->err), &f->err);
	CHECK_STATUS(take(f, "w", 1), CQRS_ERR_NOT_FOUND);
	CHECK_STATUS(f->err.status, CQRS_ERR_NOT_FOUND);
	CHECK_STATUS(take(f, "w", 0), CQRS_ERR_NOT_FOUND);
}

/* Whether it would be refused, do nothing or emit, and whoever asks: it is gone. */
static void deleted_stream_answers_alike_every_time(void **state)
{
	const struct cqrs_stream stream = { "wallet", "w" };
	struct fixture *f = *state;
	struct cqrs_loaded loaded;

	put(f, "w", 1);
	CHECK_OK(cqrs_store_delete_stream(f->inner, &stream, 1, &f->err), &f->err);
	for (int i = 0; i < 6; i++) {
		if (i == 3) /* with nothing in the cache */
			fixture_new_framework(
				f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate)));
		CHECK_STATUS(take(f, "w", 99), CQRS_ERR_NOT_FOUND);
		CHECK_CONTAINS(f->err.message, "deleted");
		CHECK_STATUS(cqrs_execute(f->framework, "w", &f->err, look), CQRS_ERR_NOT_FOUND);
		CHECK_STATUS(
			cqrs_load(f->framework, &wallet_aggregate, "w", f->arena, &loaded, &f->err),
			CQRS_ERR_NOT_FOUND);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(expected_sequence_is_checked),
		RUN(expected_sequence_is_compared_with_the_store_not_the_cache),
		RUN(exact_expected_sequence_is_never_retried),
		RUN(conflict_is_decided_again_on_fresh_state),
		RUN_WITHOUT_VIEW(conflicts_are_retried_so_often_and_with_jitter),
		RUN(number_of_retries_is_an_option),
		RUN(two_frameworks_share_a_store),
		RUN(refusal_on_a_cached_state_is_confirmed_by_the_head),
		RUN(command_without_events_on_a_cached_state_is_confirmed_by_the_head),
		RUN(refusal_on_a_state_just_loaded_needs_no_confirmation),
		RUN(refusal_that_cannot_be_confirmed_is_not_told),
		RUN(refusal_on_an_old_state_without_retries_is_a_conflict),
		RUN(lost_reply_is_found_to_be_stored),
		RUN(lost_commit_is_submitted_again),
		RUN(lost_commit_that_a_foreign_one_overtook_is_decided_again),
		RUN(lost_reply_is_recognised_below_later_foreign_events),
		RUN(command_without_events_but_a_key_survives_a_lost_reply),
		RUN(unknown_outcome_is_told_when_the_store_stays_out_of_reach),
		RUN(unknown_outcome_is_settled_by_the_key),
		RUN(store_out_of_reach_is_unavailable_and_stores_nothing),
		RUN(view_that_cannot_be_caught_up_is_no_unknown_outcome),
		RUN(deleted_stream_refuses_commands),
		RUN(deleted_stream_answers_alike_every_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
