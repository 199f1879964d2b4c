/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* framework_batch_test.c - several commands in one call: batches, and units of work. */
#include "framework_fixture.h"

#define MANY 8

/* Requests with results and errors of their own, built one after another. */
struct batch {
	struct cqrs_request requests[MANY];
	struct cqrs_result results[MANY];
	struct cqrs_error errors[MANY];
	struct put_coins puts[MANY];
	struct take_coins takes[MANY];
	size_t count;
};

static struct cqrs_request *add(struct batch *batch, const char *id,
                                const struct cqrs_command_type *type, const void *command)
{
	struct cqrs_request *request = &batch->requests[batch->count];

	*request = (struct cqrs_request){ .aggregate_id = id,
		                          .type = type,
		                          .command = command,
		                          .result = &batch->results[batch->count],
		                          .err = &batch->errors[batch->count] };
	batch->count++;
	return request;
}

static struct cqrs_request *add_put(struct batch *batch, const char *id, int64_t coins)
{
	batch->puts[batch->count] = (struct put_coins){ coins, "batch" };
	return add(batch, id, &put_coins_command, &batch->puts[batch->count]);
}

static struct cqrs_request *add_take(struct batch *batch, const char *id, int64_t coins)
{
	batch->takes[batch->count] = (struct take_coins){ coins };
	return add(batch, id, &take_coins_command, &batch->takes[batch->count]);
}

static enum cqrs_status execute(struct fixture *f, struct batch *batch)
{
	return cqrs_execute_batch(f->framework, batch->requests, batch->count);
}

static enum cqrs_status execute_together(struct fixture *f, struct batch *batch)
{
	return cqrs_execute_together(f->framework, batch->requests, batch->count);
}

/* The stream behind the framework's back, before the nth call of commit from now. */
struct foreign {
	struct fixture *fixture;
	const char *id;
	int64_t coins;
	unsigned long at;
	unsigned long reads; /* until one fails */
};

static void move_before_commit(struct hooked_store *hooks, enum hooked_operation operation,
                               void *self)
{
	struct foreign *foreign = self;

	(void)hooks;
	if (operation == HOOKED_COMMIT && foreign->at && !--foreign->at)
		foreign_put(foreign->fixture, foreign->id, foreign->coins, 1);
}

static void move(struct fixture *f, struct foreign *foreign)
{
	foreign->fixture = f;
	f->hooks.before = move_before_commit;
	f->hooks.self = foreign;
}

/* ---- batches ---- */

static void empty_batch_succeeds(void **state)
{
	struct fixture *f = *state;

	CHECK_STATUS(cqrs_execute_batch(f->framework, NULL, 0), CQRS_OK);
	CHECK_STATUS(cqrs_execute_together(f->framework, NULL, 0), CQRS_OK);
}

static void commands_of_a_batch_have_their_own_outcomes(void **state)
{
	struct fixture *f = *state;
	struct batch batch = { .count = 0 };

	add_put(&batch, "a", 5);
	add_take(&batch, "b", 1);
	add(&batch, "", &look_command, NULL);
	add_put(&batch, "c", 7);
	add(&batch, "c", NULL, NULL)->json = "{\"Nope\":{}}";
	CHECK_STATUS(execute(f, &batch), CQRS_ERR_REJECTED);
	CHECK_STATUS(batch.requests[0].status, CQRS_OK);
	CHECK_STATUS(batch.requests[1].status, CQRS_ERR_REJECTED);
	CHECK_STATUS(batch.requests[2].status, CQRS_ERR_INVALID);
	CHECK_STATUS(batch.requests[3].status, CQRS_OK);
	CHECK_STATUS(batch.requests[4].status, CQRS_ERR_INVALID);
	for (size_t i = 0; i < batch.count; i++)
		CHECK_STATUS(batch.errors[i].status, batch.requests[i].status);
	CHECK_TEXT(batch.errors[1].code, "too_few");
	CHECK_TEXT(batch.errors[4].code, "unknown_command");
	CHECK_INT(wallet_of(f, "a")->coins, 5);
	CHECK_INT(wallet_of(f, "c")->coins, 7);
	/* One round trip. */
	CHECK_UINT(atomic_load(&f->hooks.calls[HOOKED_COMMIT]), 1);
	CHECK_UINT(atomic_load(&f->hooks.commits), 2);
}

static void commands_on_one_stream_are_decided_in_order(void **state)
{
	struct fixture *f = *state;
	struct batch batch = { .count = 0 };

	add_take(&batch, "a", 1); /* nothing there yet */
	add_put(&batch, "a", 5);
	add_take(&batch, "a", 5); /* needs the one before */
	add_take(&batch, "a", 1); /* what that one left is not enough */
	add_put(&batch, "a", 2);
	CHECK_STATUS(execute(f, &batch), CQRS_ERR_REJECTED);
	CHECK_STATUS(batch.requests[0].status, CQRS_ERR_REJECTED);
	CHECK_STATUS(batch.requests[1].status, CQRS_OK);
	CHECK_STATUS(batch.requests[2].status, CQRS_OK);
	CHECK_STATUS(batch.requests[3].status, CQRS_ERR_REJECTED);
	CHECK_STATUS(batch.requests[4].status, CQRS_OK);
	CHECK_UINT(batch.results[1].last_sequence, 1);
	CHECK_UINT(batch.results[2].last_sequence, 2);
	CHECK_UINT(batch.results[2].last_offset, 2);
	CHECK_UINT(batch.results[4].last_sequence, 3);
	CHECK_INT(wallet_of(f, "a")->coins, 2);
	CHECK_INT(view_of(f, "a")->coins, 2);
	CHECK_UINT(entries_of(f, "a"), 3);
	CHECK_UINT(atomic_load(&f->hooks.calls[HOOKED_COMMIT]), 1);
}

static void foreign_writer_between_has_all_of_a_stream_decided_again(void **state)
{
	struct fixture *f = *state;
	static struct foreign foreign;
	struct batch batch = { .count = 0 };

	foreign = (struct foreign){ .id = "a", .coins = -3, .at = 1 };
	put(f, "a", 3);
	move(f, &foreign);
	add_take(&batch, "a", 3); /* what the foreign event has left is too little */
	add_put(&batch, "b", 1);
	add_put(&batch, "a", 4);
	add_take(&batch, "a", 4); /* enough both ways */
	add_take(&batch, "a", 1); /* refused both ways */
	CHECK_STATUS(execute(f, &batch), CQRS_ERR_REJECTED);
	CHECK_STATUS(batch.requests[0].status, CQRS_ERR_REJECTED);
	CHECK_STATUS(batch.requests[1].status, CQRS_OK);
	CHECK_STATUS(batch.requests[2].status, CQRS_OK);
	CHECK_STATUS(batch.requests[3].status, CQRS_OK);
	CHECK_STATUS(batch.requests[4].status, CQRS_ERR_REJECTED);
	CHECK_UINT(batch.results[2].first_sequence, 3);
	CHECK_UINT(batch.results[3].first_sequence, 4);
	CHECK_INT(wallet_of(f, "a")->coins, 0);
	CHECK_INT(view_of(f, "a")->coins, 0);
	CHECK_INT(view_of(f, "b")->coins, 1);
}

/*
 * The danger that commit.after is there for: the first command of the batch falls, since a
 * foreign event took its place, and by that the stream is just where the second expects it.
 */
static void second_command_does_not_match_a_foreign_event_by_accident(void **state)
{
	struct fixture *f = *state;
	static struct foreign foreign;
	struct batch batch = { .count = 0 };

	foreign = (struct foreign){ .id = "a", .coins = 1, .at = 1 };
	/* Without views, which would stand in the way as well. */
	move(f, &foreign);
	add_put(&batch, "a", 10);
	add_take(&batch, "a", 10);
	CHECK_STATUS(execute(f, &batch), CQRS_OK);
	CHECK_UINT(batch.results[0].first_sequence, 2);
	CHECK_UINT(batch.results[1].first_sequence, 3);
	CHECK_INT(wallet_of(f, "a")->coins, 1);
}

static void refusal_on_a_speculative_state_falls_with_it(void **state)
{
	struct fixture *f = *state;
	static struct foreign foreign;
	struct batch batch = { .count = 0 };

	foreign = (struct foreign){ .id = "a", .coins = 100, .at = 1 };
	move(f, &foreign);
	add_put(&batch, "a", 1);
	add_take(&batch, "a", 50); /* refused at first, and fine after the foreign event */
	CHECK_STATUS(execute(f, &batch), CQRS_OK);
	CHECK_INT(wallet_of(f, "a")->coins, 51);
}

static void refusal_on_a_stored_predecessor_needs_no_confirmation(void **state)
{
	struct fixture *f = *state;
	struct batch batch = { .count = 0 };
	unsigned long before;

	put(f, "a", 1);
	before = atomic_load(&f->hooks.calls[HOOKED_READ_HEAD]);
	add_put(&batch, "a", 1);
	add_take(&batch, "a", 50);
	CHECK_STATUS(execute(f, &batch), CQRS_ERR_REJECTED);
	CHECK_TEXT(batch.errors[1].message, "there are only 2 coins");
	CHECK_UINT(atomic_load(&f->hooks.calls[HOOKED_READ_HEAD]), before);
}

static enum cqrs_status emit_and_reject(struct cqrs_context *ctx, const struct wallet *wallet,
                                        void *self)
{
	(void)wallet;
	(void)self;
	cqrs_emit(ctx, coins_put, .coins = 1000, .note = "never");
	return cqrs_reject(ctx, NULL, "changed my mind");
}

static void command_that_emits_and_rejects_spoils_no_later_one(void **state)
{
	struct fixture *f = *state;
	struct batch batch = { .count = 0 };

	fixture_call(f, emit_and_reject, NULL);
	add_put(&batch, "a", 1);
	add(&batch, "a", &run_command, NULL);
	add_take(&batch, "a", 2);
	add(&batch, "a", &run_command, NULL);
	add_take(&batch, "a", 1);
	CHECK_STATUS(execute(f, &batch), CQRS_ERR_REJECTED);
	CHECK_STATUS(batch.requests[0].status, CQRS_OK);
	CHECK_TEXT(batch.errors[1].message, "changed my mind");
	CHECK_TEXT(batch.errors[2].message, "there are only 1 coins");
	CHECK_STATUS(batch.requests[3].status, CQRS_ERR_REJECTED);
	CHECK_STATUS(batch.requests[4].status, CQRS_OK);
	CHECK_INT(wallet_of(f, "a")->coins, 0);
	CHECK_INT(view_of(f, "a")->coins, 0);
	CHECK_UINT(head_of(f, "a"), 2);
}

static void expected_sequence_in_a_batch_counts_the_commands_before(void **state)
{
	struct fixture *f = *state;
	struct batch batch = { .count = 0 };
	const struct cqrs_execute_options *one =
		CQRS_EXECUTE_OPTIONS(.check_sequence = true, .expected_sequence = 1);

	add_put(&batch, "a", 1);
	add_put(&batch, "a", 1)->options = one;
	add_put(&batch, "a", 1)->options = one;
	CHECK_STATUS(execute(f, &batch), CQRS_ERR_CONFLICT);
	CHECK_STATUS(batch.requests[1].status, CQRS_OK);
	CHECK_STATUS(batch.requests[2].status, CQRS_ERR_CONFLICT);
	CHECK_CONTAINS(batch.errors[2].message, "is at sequence 2, expected 1");
	CHECK_UINT(head_of(f, "a"), 2);
}

static void batch_with_lost_replies_is_resolved(void **state)
{
	struct fixture *f = *state;

	for (int dropped = 0; dropped < 2; dropped++) {
		struct batch batch = { .count = 0 };
		const char *id = dropped ? "d" : "l";

		put(f, id, 1);
		atomic_store(dropped ? &f->hooks.drop_commits : &f->hooks.lose_replies, 1);
		add_put(&batch, id, 5);
		add_take(&batch, id, 6);
		add_put(&batch, "b", 1);
		add_take(&batch, id, 1);
		CHECK_STATUS(execute(f, &batch), CQRS_ERR_REJECTED);
		CHECK_STATUS(batch.requests[0].status, CQRS_OK);
		CHECK_STATUS(batch.requests[1].status, CQRS_OK);
		CHECK_STATUS(batch.requests[2].status, CQRS_OK);
		CHECK_STATUS(batch.requests[3].status, CQRS_ERR_REJECTED);
		CHECK_UINT(batch.results[1].last_sequence, 3);
		CHECK_UINT(head_of(f, id), 3);
		CHECK_INT(wallet_of(f, id)->coins, 0);
		CHECK_INT(view_of(f, id)->coins, 0);
	}
	CHECK_INT(wallet_of(f, "b")->coins, 2);
}

static void lost_batch_that_a_foreign_writer_overtook_is_decided_again(void **state)
{
	struct fixture *f = *state;
	static struct foreign foreign;
	struct batch batch = { .count = 0 };

	foreign = (struct foreign){ .id = "a", .coins = 100, .at = 2 };
	move(f, &foreign);
	atomic_store(&f->hooks.drop_commits, 1);
	add_put(&batch, "a", 10);
	add_take(&batch, "a", 10);
	add_take(&batch, "a", 50);
	CHECK_STATUS(execute(f, &batch), CQRS_OK);
	CHECK_INT(wallet_of(f, "a")->coins, 50);
	CHECK_UINT(head_of(f, "a"), 4);
}

/* Both lost; then a foreign event; then the second's place cannot be read. */
static void foreign_event_and_a_failing_read(struct hooked_store *hooks,
                                             enum hooked_operation operation, void *self)
{
	struct foreign *foreign = self;

	if (operation == HOOKED_COMMIT && ++foreign->at == 2)
		foreign_put(foreign->fixture, foreign->id, foreign->coins, 1);
	if (operation == HOOKED_READ_STREAM && foreign->at == 2 && foreign->reads &&
	    !--foreign->reads)
		atomic_store(&hooks->out_of_reach, 1);
}

static void unsure_command_does_not_outlive_the_one_before_it(void **state)
{
	struct fixture *f = *state;
	struct foreign foreign = { .fixture = f, .id = "a", .coins = 100, .reads = 2 };
	struct batch batch = { .count = 0 };

	add_put(&batch, "a", 10);
	add_take(&batch, "a", 10);
	f->hooks.before = foreign_event_and_a_failing_read;
	f->hooks.self = &foreign;
	atomic_store(&f->hooks.drop_commits, 1);
	CHECK_STATUS(execute(f, &batch), CQRS_OK);
	CHECK_UINT(foreign.reads, 0);
	CHECK_UINT(batch.results[0].first_sequence, 2);
	CHECK_UINT(batch.results[1].first_sequence, 3);
	CHECK_INT(wallet_of(f, "a")->coins, 100);
}

static void go_out_of_reach_after_a_commit(struct hooked_store *hooks,
                                           enum hooked_operation operation, void *self)
{
	(void)self;
	if (operation == HOOKED_COMMIT)
		atomic_store(&hooks->out_of_reach, 10000);
}

static void batch_of_unknown_outcome_is_told_so(void **state)
{
	struct fixture *f = *state;
	struct batch batch = { .count = 0 };

	put(f, "a", 1);
	f->hooks.after = go_out_of_reach_after_a_commit;
	atomic_store(&f->hooks.lose_replies, 1);
	add_put(&batch, "a", 5);
	add_take(&batch, "a", 6);
	add_put(&batch, "b", 1);
	CHECK_STATUS(execute(f, &batch), CQRS_ERR_UNKNOWN);
	for (size_t i = 0; i < batch.count; i++) {
		CHECK_STATUS(batch.requests[i].status, CQRS_ERR_UNKNOWN);
		CHECK_STATUS(batch.errors[i].status, CQRS_ERR_UNKNOWN);
	}
	f->hooks.after = NULL;
	atomic_store(&f->hooks.out_of_reach, 0);
	CHECK_STATUS(take(f, "a", 1), CQRS_ERR_REJECTED);
	CHECK_OK(take(f, "b", 1), &f->err);
}

static void command_that_ran_out_of_retries_takes_no_other_along(void **state)
{
	struct fixture *f = *state;
	struct batch batch = { .count = 0 };
	const struct cqrs_execute_options keyed = { .size = sizeof(keyed), .idempotency_key = "k" };
	struct cqrs_framework *other;

	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                                CQRS_VIEWS(&wallet_view),
	                                                .conflict_retries = CQRS_NO_RETRY));
	other = fixture_other_framework(f,
	                                CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                                       CQRS_VIEWS(&wallet_view)));
	add_put(&batch, "w", 1)->options = &keyed;
	CHECK_STATUS(execute(f, &batch), CQRS_OK);
	CHECK_OK(cqrs_view_delete(f->framework, &wallet_view, "w", &f->err), &f->err);
	CHECK_OK(cqrs_execute(other, "w", &f->err, put_coins, .coins = 10, .note = ""), &f->err);
	cqrs_framework_free(other);

	batch.count = 0;
	add_put(&batch, "w", 2); /* finds the view ahead of what is cached */
	add_put(&batch, "w", 1)->options = &keyed;
	add_put(&batch, "w", 5);
	CHECK_STATUS(execute(f, &batch), CQRS_ERR_CONFLICT);
	CHECK_STATUS(batch.requests[0].status, CQRS_ERR_CONFLICT);
	CHECK_STATUS(batch.requests[1].status, CQRS_OK);
	CHECK_TRUE(batch.results[1].repeated);
	CHECK_STATUS(batch.requests[2].status, CQRS_OK);
	CHECK_INT(wallet_of(f, "w")->coins, 16);
}

static void stored_outcome_is_told_when_retries_run_out(void **state)
{
	struct fixture *f = *state;
	struct batch batch = { .count = 0 };
	const struct cqrs_execute_options keyed = { .size = sizeof(keyed), .idempotency_key = "k" };

	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                                .conflict_retries = CQRS_NO_RETRY));
	put(f, "w", 1);
	add_put(&batch, "v", 1)->options = &keyed;
	CHECK_STATUS(execute(f, &batch), CQRS_OK);
	foreign_put(f, "w", 10, 1);
	batch.count = 0;
	add_take(&batch, "w", 2); /* refused on what is cached */
	add_put(&batch, "v", 1)->options = &keyed;
	CHECK_STATUS(execute_together(f, &batch), CQRS_ERR_CONFLICT);
	CHECK_STATUS(batch.requests[0].status, CQRS_ERR_CONFLICT);
	CHECK_STATUS(batch.requests[1].status, CQRS_OK);
	CHECK_TRUE(batch.results[1].repeated);
}

static void batch_beyond_the_limit_is_refused(void **state)
{
	struct fixture *f = *state;
	size_t count = CQRS_MAX_BATCH + 1;
	struct cqrs_request *requests = calloc(count, sizeof(*requests));

	for (size_t i = 0; i < count; i++)
		requests[i] = (struct cqrs_request){ .aggregate_id = "a", .type = &look_command };
	requests[7].err = &f->err;
	CHECK_STATUS(cqrs_execute_batch(f->framework, requests, count), CQRS_ERR_LIMIT);
	CHECK_STATUS(requests[0].status, CQRS_ERR_LIMIT);
	CHECK_STATUS(requests[count - 1].status, CQRS_ERR_LIMIT);
	CHECK_CONTAINS(f->err.message, "4096");
	CHECK_STATUS(cqrs_execute_batch(f->framework, requests, count - 1), CQRS_OK);
	free(requests);
}

static void large_batch_on_one_stream_is_stored_in_order(void **state)
{
	struct fixture *f = *state;
	static struct put_coins commands[2000];
	struct cqrs_request *requests = calloc(2000, sizeof(*requests));
	struct cqrs_result *results = calloc(2000, sizeof(*results));

	for (size_t i = 0; i < 2000; i++) {
		commands[i] = (struct put_coins){ 1, "many" };
		requests[i] = (struct cqrs_request){ .aggregate_id = "a",
			                             .type = &put_coins_command,
			                             .command = &commands[i],
			                             .result = &results[i] };
	}
	CHECK_STATUS(cqrs_execute_batch(f->framework, requests, 2000), CQRS_OK);
	for (size_t i = 0; i < 2000; i++)
		CHECK_UINT(results[i].last_sequence, i + 1);
	CHECK_INT(wallet_of(f, "a")->coins, 2000);
	CHECK_INT(view_of(f, "a")->coins, 2000);
	CHECK_UINT(entries_of(f, "a"), 2000);
	free(requests);
	free(results);
}

/* ---- units of work ---- */

static void unit_of_work_is_one_commit(void **state)
{
	struct fixture *f = *state;
	struct batch batch = { .count = 0 };

	put(f, "a", 5);
	add_take(&batch, "a", 3);
	add_put(&batch, "b", 3);
	add_take(&batch, "a", 2);
	CHECK_STATUS(execute_together(f, &batch), CQRS_OK);
	CHECK_UINT(atomic_load(&f->hooks.commits), 2);
	CHECK_INT(wallet_of(f, "a")->coins, 0);
	CHECK_INT(wallet_of(f, "b")->coins, 3);
	CHECK_INT(view_of(f, "a")->coins, 0);
	CHECK_INT(view_of(f, "b")->coins, 3);
	CHECK_UINT(batch.results[0].last_sequence, 2);
	CHECK_UINT(batch.results[0].last_offset, 2);
	CHECK_UINT(batch.results[2].first_sequence, 3);
	CHECK_UINT(batch.results[2].last_offset, 3);
	CHECK_UINT(batch.results[1].last_sequence, 1);
	CHECK_UINT(batch.results[1].last_offset, 4);
}

static void unit_of_work_happens_whole_or_not_at_all(void **state)
{
	struct fixture *f = *state;
	struct batch batch = { .count = 0 };

	put(f, "a", 5);
	add_take(&batch, "a", 3);
	add_take(&batch, "b", 1);
	add_put(&batch, "c", 1);
	CHECK_STATUS(execute_together(f, &batch), CQRS_ERR_REJECTED);
	CHECK_STATUS(batch.requests[1].status, CQRS_ERR_REJECTED);
	CHECK_TEXT(batch.errors[1].code, "too_few");
	CHECK_STATUS(batch.requests[0].status, CQRS_ERR_CONFLICT);
	CHECK_TEXT(batch.errors[0].code, "not_executed");
	CHECK_STATUS(batch.requests[2].status, CQRS_ERR_CONFLICT);
	CHECK_TEXT(batch.errors[2].code, "not_executed");
	CHECK_STATUS(take(f, "a", 6), CQRS_ERR_REJECTED);
	CHECK_TEXT(f->err.message, "there are only 5 coins");
	CHECK_OK(take(f, "a", 5), &f->err);
	CHECK_UINT(atomic_load(&f->sleeps), 0);
	CHECK_UINT(head_of(f, "c"), 0);
}

static void unreadable_command_takes_its_unit_of_work_down(void **state)
{
	struct fixture *f = *state;
	struct batch batch = { .count = 0 };

	add_put(&batch, "a", 1);
	add(&batch, "b", NULL, NULL)->json = "{\"PutCoins\":{}}";
	CHECK_STATUS(execute_together(f, &batch), CQRS_ERR_INVALID);
	CHECK_STATUS(batch.requests[0].status, CQRS_ERR_CONFLICT);
	CHECK_TEXT(batch.errors[0].code, "not_executed");
	CHECK_TEXT(batch.errors[1].code, "unreadable_command");
	CHECK_UINT(head_of(f, "a"), 0);
}

static void refusal_after_speculative_commands_of_a_unit_is_confirmed(void **state)
{
	struct fixture *f = *state;
	struct batch batch = { .count = 0 };

	put(f, "a", 1);
	foreign_put(f, "a", 10, 1);
	add_put(&batch, "a", 1);
	add_take(&batch, "a", 12); /* refused on what is cached */
	CHECK_STATUS(execute_together(f, &batch), CQRS_OK);
	CHECK_INT(wallet_of(f, "a")->coins, 0);
}

static void unit_of_work_expects_the_streams_it_only_looked_at(void **state)
{
	struct fixture *f = *state;
	static struct foreign foreign;
	struct batch batch = { .count = 0 };

	foreign = (struct foreign){ .id = "b", .coins = 1, .at = 1 };
	move(f, &foreign);
	add_put(&batch, "a", 1);
	add(&batch, "b", &look_command, NULL);
	CHECK_STATUS(execute_together(f, &batch), CQRS_OK);
	/* Once refused, since b had moved, and decided again. */
	CHECK_UINT(atomic_load(&f->hooks.calls[HOOKED_COMMIT]), 2);
	CHECK_UINT(atomic_load(&f->sleeps), 1);
	CHECK_UINT(head_of(f, "a"), 1);
	CHECK_UINT(batch.results[1].last_sequence, 0);
}

static void unit_of_work_is_decided_again_after_a_conflict(void **state)
{
	struct fixture *f = *state;
	static struct foreign foreign;
	struct batch batch = { .count = 0 };

	foreign = (struct foreign){ .id = "a", .coins = -5, .at = 1 };
	put(f, "a", 5);
	move(f, &foreign);
	add_take(&batch, "a", 5);
	add_put(&batch, "b", 5);
	CHECK_STATUS(execute_together(f, &batch), CQRS_ERR_REJECTED);
	CHECK_TEXT(batch.errors[0].message, "there are only 0 coins");
	CHECK_UINT(head_of(f, "b"), 0);
	CHECK_TRUE(view_of(f, "b") == NULL);
}

static void unit_of_work_with_a_lost_reply_is_resolved(void **state)
{
	struct fixture *f = *state;
	struct batch batch = { .count = 0 };

	put(f, "a", 5);
	atomic_store(&f->hooks.lose_replies, 1);
	add_take(&batch, "a", 5);
	add_put(&batch, "b", 5);
	CHECK_STATUS(execute_together(f, &batch), CQRS_OK);
	CHECK_UINT(batch.results[1].last_offset, 3);
	CHECK_UINT(head_of(f, "a"), 2);
	CHECK_UINT(head_of(f, "b"), 1);
}

static void unit_of_work_too_large_for_the_store_stores_nothing(void **state)
{
	struct fixture *f = *state;
	struct batch batch = { .count = 0 };

	f->hooks.limits.commit_events = 2;
	fixture_reopen_store(f);
	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate)));
	add_put(&batch, "a", 1);
	add_put(&batch, "b", 1);
	add_put(&batch, "a", 1);
	CHECK_STATUS(execute_together(f, &batch), CQRS_ERR_LIMIT);
	for (size_t i = 0; i < 3; i++)
		CHECK_STATUS(batch.errors[i].status, batch.requests[i].status);
	CHECK_UINT(head_of(f, "a"), 0);
	CHECK_STATUS(take(f, "a", 1), CQRS_ERR_REJECTED);
}

/* Each is told why, also where the first does not want to know. */
static void commit_that_fails_is_told_to_all_of_its_unit_of_work(void **state)
{
	struct fixture *f = *state;
	struct batch batch = { .count = 0 };

	f->hooks.limits.commit_events = 2;
	fixture_reopen_store(f);
	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate)));
	add_put(&batch, "a", 1)->err = NULL;
	add_put(&batch, "b", 1);
	add_put(&batch, "c", 1);
	CHECK_STATUS(execute_together(f, &batch), CQRS_ERR_LIMIT);
	CHECK_STATUS(batch.requests[0].status, CQRS_ERR_LIMIT);
	CHECK_STATUS(batch.requests[2].status, CQRS_ERR_LIMIT);
	CHECK_CONTAINS(batch.errors[1].message, "limit");
	CHECK_TEXT(batch.errors[2].message, batch.errors[1].message);
}

/* Two units of work that want the same two streams in opposite order must not wait for ever. */
struct crosser {
	struct cqrs_framework *framework;
	bool reversed;
	unsigned failed;
};

static void *cross(void *self)
{
	struct crosser *crosser = self;

	for (int i = 0; i < 200; i++) {
		struct batch batch = { .count = 0 };

		add_put(&batch, crosser->reversed ? "b" : "a", 1);
		add_put(&batch, crosser->reversed ? "a" : "b", 1);
		crosser->failed +=
			cqrs_execute_together(crosser->framework, batch.requests, 2) != CQRS_OK;
	}
	return NULL;
}

static void units_of_work_on_the_same_streams_do_not_deadlock(void **state)
{
	struct fixture *f = *state;
	struct crosser crossers[4];
	pthread_t threads[4];

	for (size_t i = 0; i < 4; i++) {
		crossers[i] = (struct crosser){ f->framework, i % 2, 0 };
		assert_int_equal(pthread_create(&threads[i], NULL, cross, &crossers[i]), 0);
	}
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		CHECK_UINT(crossers[i].failed, 0);
	}
	CHECK_INT(wallet_of(f, "a")->coins, 800);
	CHECK_INT(wallet_of(f, "b")->coins, 800);
	CHECK_UINT(atomic_load(&f->sleeps), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(empty_batch_succeeds),
		RUN(commands_of_a_batch_have_their_own_outcomes),
		RUN(commands_on_one_stream_are_decided_in_order),
		RUN(foreign_writer_between_has_all_of_a_stream_decided_again),
		RUN_WITHOUT_VIEW(second_command_does_not_match_a_foreign_event_by_accident),
		RUN(refusal_on_a_speculative_state_falls_with_it),
		RUN(refusal_on_a_stored_predecessor_needs_no_confirmation),
		RUN(command_that_emits_and_rejects_spoils_no_later_one),
		RUN(expected_sequence_in_a_batch_counts_the_commands_before),
		RUN(batch_with_lost_replies_is_resolved),
		RUN_WITHOUT_VIEW(lost_batch_that_a_foreign_writer_overtook_is_decided_again),
		RUN_WITHOUT_VIEW(unsure_command_does_not_outlive_the_one_before_it),
		RUN(batch_of_unknown_outcome_is_told_so),
		RUN(command_that_ran_out_of_retries_takes_no_other_along),
		RUN(stored_outcome_is_told_when_retries_run_out),
		RUN(batch_beyond_the_limit_is_refused),
		RUN(large_batch_on_one_stream_is_stored_in_order),
		RUN(unit_of_work_is_one_commit),
		RUN(unit_of_work_happens_whole_or_not_at_all),
		RUN(unreadable_command_takes_its_unit_of_work_down),
		RUN(refusal_after_speculative_commands_of_a_unit_is_confirmed),
		RUN_WITHOUT_VIEW(unit_of_work_expects_the_streams_it_only_looked_at),
		RUN(unit_of_work_is_decided_again_after_a_conflict),
		RUN(unit_of_work_with_a_lost_reply_is_resolved),
		RUN(unit_of_work_too_large_for_the_store_stores_nothing),
		RUN(commit_that_fails_is_told_to_all_of_its_unit_of_work),
		RUN(units_of_work_on_the_same_streams_do_not_deadlock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
