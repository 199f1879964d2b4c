/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* framework_test.c - executing commands on the memory store: what comes of one command. */
#include "check.h"
#include "wallet.h"

struct fixture {
	struct cqrs_store *store;
	struct cqrs_framework *framework;
	struct cqrs_arena *arena;
	struct cqrs_error err;
	struct wallet_services services;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	CHECK_OK(cqrs_store_open("memory:", CQRS_BACKENDS(cqrs_memory()), &f->store, &f->err),
	         &f->err);
	CHECK_OK(cqrs_framework_new(CQRS_FRAMEWORK_OPTIONS(.store = f->store,
	                                                   .services = &f->services,
	                                                   CQRS_AGGREGATES(&wallet_aggregate),
	                                                   CQRS_VIEWS(&wallet_view)),
	                            &f->framework, &f->err),
	         &f->err);
	CHECK_OK(cqrs_arena_new(NULL, &f->arena, &f->err), &f->err);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	cqrs_arena_free(f->arena);
	cqrs_framework_free(f->framework);
	cqrs_store_close(f->store);
	free(f);
	return 0;
}

static const struct wallet *load(struct fixture *f, const char *id, uint64_t *out_sequence)
{
	struct cqrs_loaded loaded;

	CHECK_OK(cqrs_load(f->framework, &wallet_aggregate, id, f->arena, &loaded, &f->err),
	         &f->err);
	if (out_sequence)
		*out_sequence = loaded.sequence;
	return loaded.state;
}

static void command_is_stored_and_seen(void **state)
{
	struct fixture *f = *state;
	uint64_t sequence = 0;
	const struct wallet *wallet;

	CHECK_OK(cqrs_execute(f->framework, "w1", &f->err, put_coins, .coins = 5, .note = "a"),
	         &f->err);
	CHECK_OK(cqrs_execute(f->framework, "w1", &f->err, take_coins, .coins = 2), &f->err);
	wallet = load(f, "w1", &sequence);
	CHECK_UINT(sequence, 2);
	CHECK_INT(wallet->coins, 3);
	CHECK_INT(wallet->events, 2);
	CHECK_TEXT(wallet->last_note, "a");
}

static void result_says_where_the_events_are(void **state)
{
	struct fixture *f = *state;
	struct cqrs_result result;
	const struct coins_put *second;

	CHECK_OK(cqrs_execute(f->framework, "other", &f->err, put_coins, .coins = 1, .note = ""),
	         &f->err);
	CHECK_OK(cqrs_execute_with(f->framework, "w1", &put_twice_command,
	                           &(struct put_twice){ .coins = 4 },
	                           CQRS_EXECUTE_OPTIONS(.events_arena = f->arena), &result,
	                           &f->err),
	         &f->err);
	CHECK_TEXT(result.aggregate_type, "wallet");
	CHECK_TEXT(result.aggregate_id, "w1");
	CHECK_UINT(result.first_sequence, 1);
	CHECK_UINT(result.last_sequence, 2);
	CHECK_UINT(result.feed, 0);
	CHECK_UINT(result.last_offset, 3);
	CHECK_UINT(result.event_count, 2);
	second = cqrs_event_as(&result.events[1], coins_put);
	CHECK_TRUE(second != NULL);
	CHECK_INT(second->coins, 4);
	CHECK_TEXT(second->note, "as many as there are");
	CHECK_UINT(result.events[1].offset, 3);
}

static void rejection_carries_code_message_and_params_and_stores_nothing(void **state)
{
	struct fixture *f = *state;
	uint64_t sequence = 7;

	CHECK_STATUS(cqrs_execute(f->framework, "w1", &f->err, take_coins, .coins = 1),
	             CQRS_ERR_REJECTED);
	CHECK_TEXT(f->err.message, "there are only 0 coins");
	CHECK_TEXT(f->err.code, "too_few");
	CHECK_TEXT(f->err.params, "{\"limit\":\"coins\"}");
	load(f, "w1", &sequence);
	CHECK_UINT(sequence, 0);
}

static void json_command_is_decoded_and_executed(void **state)
{
	struct fixture *f = *state;

	CHECK_OK(cqrs_execute_json(f->framework, "w1",
	                           "{\"PutCoins\":{\"coins\":9,\"note\":\"json\"}}", NULL, NULL,
	                           &f->err),
	         &f->err);
	CHECK_INT(load(f, "w1", NULL)->coins, 9);
	CHECK_STATUS(cqrs_execute_json(f->framework, "w1", "{\"PutCoins\":{\"coins\":\"x\"}}", NULL,
	                               NULL, &f->err),
	             CQRS_ERR_INVALID);
	CHECK_TEXT(f->err.code, "unreadable_command");
	CHECK_CONTAINS(f->err.path, "PutCoins.coins");
	CHECK_STATUS(cqrs_execute_json(f->framework, "w1", "{\"Nope\":{}}", NULL, NULL, &f->err),
	             CQRS_ERR_INVALID);
	CHECK_TEXT(f->err.code, "unknown_command");
}

static void view_is_saved_with_the_events(void **state)
{
	struct fixture *f = *state;
	const struct wallet_view *view;
	const void *found = NULL;
	struct cqrs_entry_items entries;
	uint64_t version = 0;

	CHECK_OK(cqrs_execute(f->framework, "w1", &f->err, put_twice, .coins = 5), &f->err);
	CHECK_OK(cqrs_execute(f->framework, "w1", &f->err, take_coins, .coins = 1), &f->err);
	CHECK_OK(cqrs_view_load(f->framework, &wallet_view, "w1", f->arena, &found, &version,
	                        &f->err),
	         &f->err);
	view = found;
	CHECK_UINT(version, 3);
	CHECK_INT(view->coins, 9);
	CHECK_INT(view->events, 3);
	CHECK_OK(cqrs_view_entries(f->framework, &wallet_view, "w1", NULL, 0, f->arena, &entries,
	                           &f->err),
	         &f->err);
	CHECK_UINT(entries.count, 3);
	CHECK_INT(((const struct wallet_line *)entries.items[2].entry)->coins, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(command_is_stored_and_seen, set_up, tear_down),
		cmocka_unit_test_setup_teardown(result_says_where_the_events_are, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		        rejection_carries_code_message_and_params_and_stores_nothing, set_up,
		        tear_down),
		cmocka_unit_test_setup_teardown(json_command_is_decoded_and_executed, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(view_is_saved_with_the_events, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
