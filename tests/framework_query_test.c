/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * framework_query_test.c - query processors, and what a callback may do with the framework
 * that called it: read anything, change nothing.
 */
#include "framework_fixture.h"

/* A query that notes what it is told, and fails if it is to. */
struct listener {
	const char *name;
	struct listener **order; /* where each puts itself when it is called */
	unsigned calls;
	uint64_t events;
	uint64_t last_sequence;
	uint64_t last_offset;
	int64_t coins;
	char last_id[16];
	bool fails;
};

static enum cqrs_status listen(void *self, const char *aggregate_id,
                               const struct cqrs_envelope *events, size_t count,
                               struct cqrs_error *err)
{
	struct listener *listener = self;

	if (listener->order)
		*listener->order++ = listener;
	listener->calls++;
	snprintf(listener->last_id, sizeof(listener->last_id), "%s", aggregate_id);
	for (size_t i = 0; i < count; i++) {
		const struct coins_put *put = cqrs_event_as(&events[i], coins_put);
		const struct coins_taken *taken = cqrs_event_as(&events[i], coins_taken);

		CHECK_TEXT(events[i].aggregate_id, aggregate_id);
		listener->events++;
		listener->last_sequence = events[i].sequence;
		listener->last_offset = events[i].offset;
		listener->coins += put ? put->coins : 0;
		listener->coins -= taken ? taken->coins : 0;
	}
	if (listener->fails)
		return cqrs_error_set(err, CQRS_ERR_UNAVAILABLE, "no line");
	return CQRS_OK;
}

static struct listener first, second, third;
static const struct cqrs_query first_query = { "first", listen, &first };
static const struct cqrs_query second_query = { "second", listen, &second };
static const struct cqrs_query third_query = { "third", listen, &third };

static void with_queries(struct fixture *f)
{
	first = (struct listener){ .name = "first" };
	second = (struct listener){ .name = "second" };
	third = (struct listener){ .name = "third" };
	fixture_new_framework(
		f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                  CQRS_QUERIES(&first_query, &second_query, &third_query)));
}

static void queries_are_told_of_committed_events(void **state)
{
	struct fixture *f = *state;

	with_queries(f);
	put(f, "other", 1);
	CHECK_OK(cqrs_execute(f->framework, "w", &f->err, put_twice, .coins = 3), &f->err);
	CHECK_UINT(second.calls, 2);
	CHECK_UINT(second.events, 3);
	CHECK_TEXT(second.last_id, "w");
	CHECK_UINT(second.last_sequence, 2);
	CHECK_UINT(second.last_offset, 3);
	CHECK_INT(second.coins, 1 + 3 + 3);
	CHECK_OK(take(f, "w", 2), &f->err);
	CHECK_INT(second.coins, 1 + 3 + 3 - 2);
}

static void nothing_committed_is_nothing_told(void **state)
{
	struct fixture *f = *state;

	with_queries(f);
	CHECK_OK(cqrs_execute(f->framework, "w", &f->err, look), &f->err);
	CHECK_STATUS(take(f, "w", 1), CQRS_ERR_REJECTED);
	atomic_store(&f->hooks.out_of_reach, 1);
	CHECK_STATUS(take(f, "v", 0), CQRS_ERR_UNAVAILABLE);
	CHECK_UINT(first.calls, 0);
}

static void lost_reply_that_is_found_again_is_told_once(void **state)
{
	struct fixture *f = *state;

	with_queries(f);
	atomic_store(&f->hooks.lose_replies, 1);
	put(f, "w", 1);
	CHECK_UINT(first.calls, 1);
	CHECK_UINT(first.last_offset, 1);
}

static void command_repeated_under_its_key_is_not_told_again(void **state)
{
	struct fixture *f = *state;

	with_queries(f);
	for (int i = 0; i < 2; i++)
		CHECK_OK(cqrs_execute_with(
				 f->framework, "w", &put_twice_command, &(struct put_twice){ 1 },
				 CQRS_EXECUTE_OPTIONS(.idempotency_key = "k"), NULL, &f->err),
		         &f->err);
	CHECK_UINT(first.calls, 1);
}

static void queries_are_called_in_the_order_given(void **state)
{
	struct fixture *f = *state;
	struct listener *order[3] = { NULL, NULL, NULL };

	with_queries(f);
	first.order = &order[0];
	second.order = &order[1];
	third.order = &order[2];
	put(f, "w", 1);
	CHECK_TRUE(order[0] == &first && order[1] == &second && order[2] == &third);
}

static void failing_query_is_logged_and_counted_and_stops_no_other(void **state)
{
	struct fixture *f = *state;
	struct cqrs_result result;

	with_queries(f);
	first.fails = true;
	third.fails = true;
	CHECK_OK(cqrs_execute_with(f->framework, "w", &put_twice_command, &(struct put_twice){ 1 },
	                           NULL, &result, &f->err),
	         &f->err);
	CHECK_STATUS(f->err.status, CQRS_OK);
	CHECK_UINT(result.failed_queries, 2);
	CHECK_UINT(result.last_sequence, 2);
	CHECK_UINT(second.calls, 1);
	CHECK_UINT(third.calls, 1);
	CHECK_TRUE(logged(f, "0 query 'first' failed on events 1 to 2 of wallet 'w': no line"));
	CHECK_TRUE(logged(f, "0 query 'third' failed"));
	CHECK_UINT(head_of(f, "w"), 2);
}

static void commands_of_a_batch_are_told_one_by_one_and_in_order(void **state)
{
	static const struct put_coins one = { 1, "" };
	struct fixture *f = *state;
	struct cqrs_request requests[3] = {
		{ .aggregate_id = "a", .type = &put_coins_command, .command = &one },
		{ .aggregate_id = "b", .type = &take_coins_command, .command = &one },
		{ .aggregate_id = "a", .type = &put_coins_command, .command = &one },
	};

	with_queries(f);
	CHECK_STATUS(cqrs_execute_batch(f->framework, requests, 3), CQRS_ERR_REJECTED);
	CHECK_UINT(first.calls, 2);
	CHECK_TEXT(first.last_id, "a");
	CHECK_UINT(first.last_sequence, 2);
	CHECK_UINT(first.last_offset, 2);
}

static void query_can_be_tested_with_envelopes_made_by_hand(void **state)
{
	const struct coins_put event = { 7, "by hand" };
	const struct cqrs_envelope envelope = {
		.aggregate_type = "wallet",
		.aggregate_id = "w",
		.sequence = 1,
		.event_type = "CoinsPut",
		.event_version = "1.0",
		.metadata = CQRS_METADATA({ "user", "ann" }),
		.type = &coins_put_event,
		.payload = &event,
	};
	struct cqrs_error err = CQRS_ERROR_INIT;

	(void)state;
	first = (struct listener){ .name = "first" };
	CHECK_STATUS(first_query.dispatch(first_query.self, "w", &envelope, 1, &err), CQRS_OK);
	CHECK_INT(first.coins, 7);
	CHECK_TRUE(cqrs_event_as(&envelope, coins_taken) == NULL);
	CHECK_TEXT(cqrs_metadata_get(&envelope.metadata, "user"), "ann");
}

/* ---- callbacks that use the framework ---- */

/* Change something through the framework in each way there is; each has to be refused. */
static void try_to_change(struct fixture *f)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_request request = { .aggregate_id = "x", .type = &look_command };

	CHECK_STATUS(cqrs_execute(f->framework, "x", &err, look), CQRS_ERR_INVALID);
	CHECK_CONTAINS(err.message, "may not change anything through the framework");
	CHECK_STATUS(cqrs_execute_json(f->framework, "x", "{\"Look\":{}}", NULL, NULL, &err),
	             CQRS_ERR_INVALID);
	CHECK_STATUS(cqrs_execute_batch(f->framework, &request, 1), CQRS_ERR_INVALID);
	CHECK_STATUS(request.status, CQRS_ERR_INVALID);
	CHECK_STATUS(cqrs_execute_together(f->framework, &request, 1), CQRS_ERR_INVALID);
	CHECK_STATUS(cqrs_view_delete(f->framework, &wallet_view, "x", &err), CQRS_ERR_INVALID);
	CHECK_STATUS(cqrs_view_rebuild(f->framework, &wallet_view, "x", &err), CQRS_ERR_INVALID);
}

/* Read in each way there is, also what is being worked on. */
static void read_everything(struct fixture *f, const char *id, uint64_t sequence)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_arena *arena = NULL;
	struct cqrs_entry_items entries;
	struct cqrs_envelope_page page;
	struct cqrs_view_items views;
	struct cqrs_loaded loaded;
	const void *view;
	uint64_t offset;

	CHECK_OK(cqrs_arena_new(NULL, &arena, &err), &err);
	CHECK_OK(cqrs_load(f->framework, &wallet_aggregate, id, arena, &loaded, &err), &err);
	CHECK_UINT(loaded.sequence, sequence);
	CHECK_OK(cqrs_load_at_sequence(f->framework, &wallet_aggregate, id, sequence, arena,
	                               &loaded, &err),
	         &err);
	CHECK_OK(cqrs_load_at_time(f->framework, &wallet_aggregate, id, INT64_MAX, arena, &loaded,
	                           &err),
	         &err);
	CHECK_OK(cqrs_read_events(f->framework, &wallet_aggregate, id, 0, 0, arena, &page, &err),
	         &err);
	CHECK_UINT(page.count, sequence);
	CHECK_OK(cqrs_read_feed(f->framework, 0, 0, 0, arena, &page, &offset, &err), &err);
	CHECK_STATUS(cqrs_view_load(f->framework, &wallet_view, id, arena, &view, NULL, &err),
	             sequence ? CQRS_OK : CQRS_ERR_NOT_FOUND);
	CHECK_OK(cqrs_view_list(f->framework, &wallet_view, NULL, 0, arena, &views, &err), &err);
	CHECK_OK(cqrs_view_entries(f->framework, &wallet_view, id, NULL, 0, arena, &entries, &err),
	         &err);
	CHECK_UINT(entries.count, sequence);
	cqrs_arena_free(arena);
}

static enum cqrs_status use_the_framework(struct cqrs_context *ctx, const struct wallet *wallet,
                                          void *self)
{
	(void)wallet;
	try_to_change(self);
	read_everything(self, cqrs_aggregate_id(ctx), cqrs_sequence(ctx));
	return CQRS_OK;
}

static void handler_may_read_and_not_change(void **state)
{
	struct fixture *f = *state;

	fixture_call(f, use_the_framework, f);
	CHECK_OK(cqrs_execute(f->framework, "w", &f->err, call_back), &f->err);
	CHECK_OK(cqrs_execute(f->framework, "w", &f->err, call_back), &f->err);
	CHECK_UINT(head_of(f, "w"), 2);
	CHECK_UINT(head_of(f, "x"), 0);
}

static enum cqrs_status use_the_framework_in_a_query(void *self, const char *aggregate_id,
                                                     const struct cqrs_envelope *events,
                                                     size_t count, struct cqrs_error *err)
{
	(void)err;
	try_to_change(self);
	/* The turn is still held, and what was committed is there to read. */
	read_everything(self, aggregate_id, events[count - 1].sequence);
	return CQRS_OK;
}

static void query_may_read_and_not_change(void **state)
{
	struct fixture *f = *state;
	const struct cqrs_query query = { "user", use_the_framework_in_a_query, f };
	struct cqrs_result result;

	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                                CQRS_VIEWS(&wallet_view),
	                                                CQRS_QUERIES(&query)));
	CHECK_OK(cqrs_execute_with(f->framework, "w", &put_coins_command,
	                           &(struct put_coins){ 1, "" }, NULL, &result, &f->err),
	         &f->err);
	CHECK_UINT(result.failed_queries, 0);
	put(f, "w", 1);
	cqrs_framework_free(f->framework); /* before its query goes */
	f->framework = NULL;
}

/* An update function gets no self. */
static struct fixture *of_the_view;

static void update_and_use(struct cqrs_view_context *ctx, void *view,
                           const struct cqrs_envelope *event)
{
	(void)ctx;
	((struct wallet_view *)view)->events++;
	try_to_change(of_the_view);
	read_everything(of_the_view, event->aggregate_id, event->sequence - 1);
}

static const struct cqrs_view using_view = {
	.type = "using",
	.aggregate = &wallet_aggregate,
	.record = CQRS_RECORD(wallet_view, coins, events, last_note),
	.update = update_and_use,
};

static void view_may_read_and_not_change(void **state)
{
	struct fixture *f = *state;

	of_the_view = f;
	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                                CQRS_VIEWS(&using_view, &wallet_view)));
	put(f, "w", 1);
	put(f, "w", 1);
	CHECK_UINT(head_of(f, "w"), 2);
}

static enum cqrs_status execute_elsewhere(struct cqrs_context *ctx, const struct wallet *wallet,
                                          void *self)
{
	(void)wallet;
	return cqrs_execute((struct cqrs_framework *)self, cqrs_aggregate_id(ctx), NULL, put_coins,
	                    .coins = 1, .note = "");
}

static void another_framework_may_be_used_from_a_callback(void **state)
{
	struct fixture *f = *state;
	struct cqrs_framework *other = fixture_other_framework(
		f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate)));

	fixture_call(f, execute_elsewhere, other);
	CHECK_OK(cqrs_execute(f->framework, "w", &f->err, run), &f->err);
	CHECK_UINT(head_of(f, "w"), 1);
	cqrs_framework_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(queries_are_told_of_committed_events),
		RUN(nothing_committed_is_nothing_told),
		RUN(lost_reply_that_is_found_again_is_told_once),
		RUN(command_repeated_under_its_key_is_not_told_again),
		RUN(queries_are_called_in_the_order_given),
		RUN(failing_query_is_logged_and_counted_and_stops_no_other),
		RUN(commands_of_a_batch_are_told_one_by_one_and_in_order),
		cmocka_unit_test(query_can_be_tested_with_envelopes_made_by_hand),
		RUN(handler_may_read_and_not_change),
		RUN(query_may_read_and_not_change),
		RUN(view_may_read_and_not_change),
		RUN(another_framework_may_be_used_from_a_callback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
