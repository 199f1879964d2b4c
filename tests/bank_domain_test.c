/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* bank_domain_test.c - the rules of the demo's account, and what its view shows. */
#include "check.h"

#include "domain/account.h"
#include "domain/account_view.h"
#include "domain/services.h"

#define ID "ACCT-1"

struct fixture {
	struct cqrs_store *store;
	struct cqrs_framework *bank;
	struct cqrs_arena *arena;
	struct bank_services services;
	bool atm_agrees, check_is_valid;
	struct cqrs_id paid_for;  /* the command of the last withdrawal */
	char checked_account[64]; /* whose check was validated last */
	struct cqrs_error err;
};

static bool pay_out(void *self, const struct cqrs_id *command_id, const char *atm_id, double amount)
{
	struct fixture *f = self;

	(void)atm_id, (void)amount;
	f->paid_for = *command_id;
	return f->atm_agrees;
}

static bool validate_check(void *self, const char *account_id, const char *check_number)
{
	struct fixture *f = self;

	(void)check_number;
	strcpy(f->checked_account, account_id);
	return f->check_is_valid;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->services = (struct bank_services){ pay_out, validate_check, f };
	f->atm_agrees = f->check_is_valid = true;
	CHECK_OK(cqrs_store_open("memory:", CQRS_BACKENDS(cqrs_memory()), &f->store, &f->err),
	         &f->err);
	CHECK_OK(cqrs_framework_new(CQRS_FRAMEWORK_OPTIONS(.store = f->store,
	                                                   .services = &f->services,
	                                                   CQRS_AGGREGATES(&bank_account),
	                                                   CQRS_VIEWS(&account_view)),
	                            &f->bank, &f->err),
	         &f->err);
	CHECK_OK(cqrs_arena_new(NULL, &f->arena, &f->err), &f->err);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	cqrs_arena_free(f->arena);
	cqrs_framework_free(f->bank);
	cqrs_store_close(f->store);
	free(f);
	return 0;
}

static void given_balance(struct fixture *f, double balance)
{
	CHECK_OK(cqrs_execute(f->bank, ID, &f->err, deposit_money, .amount = balance), &f->err);
}

static const struct cqrs_envelope *last_event(struct fixture *f, size_t expected_count)
{
	struct cqrs_envelope_page page;

	CHECK_OK(cqrs_read_events(f->bank, &bank_account, ID, 0, 0, f->arena, &page, &f->err),
	         &f->err);
	CHECK_UINT(page.count, expected_count);
	return page.count ? &page.items[page.count - 1] : NULL;
}

static void then_refused(struct fixture *f, enum cqrs_status status, const char *code,
                         const char *message)
{
	CHECK_STATUS(status, CQRS_ERR_REJECTED);
	CHECK_TEXT(f->err.code, code);
	CHECK_TEXT(f->err.message, message);
}

static void opening_is_an_event(void **state)
{
	struct fixture *f = *state;
	const struct account_opened *opened;

	CHECK_OK(cqrs_execute(f->bank, ID, &f->err, open_account, .account_id = ID), &f->err);
	opened = cqrs_event_as(last_event(f, 1), account_opened);
	CHECK_TRUE(opened != NULL);
	CHECK_TEXT(opened->account_id, ID);
}

static void opening_twice_is_refused(void **state)
{
	struct fixture *f = *state;

	CHECK_OK(cqrs_execute(f->bank, ID, &f->err, open_account, .account_id = ""), &f->err);
	then_refused(f, cqrs_execute(f->bank, ID, &f->err, open_account, .account_id = ID),
	             "already_open", "account is already open");
	last_event(f, 1);
}

static void an_account_with_money_can_still_be_opened(void **state)
{
	struct fixture *f = *state;

	given_balance(f, 200);
	CHECK_OK(cqrs_execute(f->bank, ID, &f->err, open_account, .account_id = ID), &f->err);
}

static void a_deposit_adds_to_the_balance(void **state)
{
	struct fixture *f = *state;
	const struct customer_deposited_money *deposit;

	given_balance(f, 200);
	CHECK_OK(cqrs_execute(f->bank, ID, &f->err, deposit_money, .amount = -50.5), &f->err);
	deposit = cqrs_event_as(last_event(f, 2), customer_deposited_money);
	CHECK_TRUE(deposit != NULL);
	CHECK_DOUBLE(deposit->amount, -50.5);
	CHECK_DOUBLE(deposit->balance, 149.5);
}

static void a_withdrawal_takes_from_the_balance(void **state)
{
	struct fixture *f = *state;
	const struct customer_withdrew_cash *withdrawal;

	given_balance(f, 200);
	CHECK_OK(cqrs_execute(f->bank, ID, &f->err, withdraw_money, .amount = 200,
	                      .atm_id = "ATM34f1ba3c"),
	         &f->err);
	withdrawal = cqrs_event_as(last_event(f, 2), customer_withdrew_cash);
	CHECK_TRUE(withdrawal != NULL);
	CHECK_DOUBLE(withdrawal->amount, 200.0);
	CHECK_DOUBLE(withdrawal->balance, 0.0);
	CHECK_TRUE(!cqrs_id_is_none(&f->paid_for));
}

static void a_withdrawal_beyond_the_balance_is_refused_before_the_machine_is_asked(void **state)
{
	struct fixture *f = *state;

	given_balance(f, 200);
	then_refused(f,
	             cqrs_execute(f->bank, ID, &f->err, withdraw_money, .amount = 200.01,
	                          .atm_id = "ATM34f1ba3c"),
	             "insufficient_funds", "funds not available");
	CHECK_TRUE(cqrs_id_is_none(&f->paid_for));
	last_event(f, 1);
}

static void a_withdrawal_that_the_machine_refuses_is_refused(void **state)
{
	struct fixture *f = *state;

	given_balance(f, 200);
	f->atm_agrees = false;
	then_refused(f,
	             cqrs_execute(f->bank, ID, &f->err, withdraw_money, .amount = 100,
	                          .atm_id = "ATM34f1ba3c"),
	             "atm_refused", "atm rule violation");
	last_event(f, 1);
}

static void a_check_takes_from_the_balance(void **state)
{
	struct fixture *f = *state;
	const struct customer_wrote_check *check;

	given_balance(f, 200);
	CHECK_OK(cqrs_execute(f->bank, ID, &f->err, write_check, .check_number = "1170",
	                      .amount = 100),
	         &f->err);
	check = cqrs_event_as(last_event(f, 2), customer_wrote_check);
	CHECK_TRUE(check != NULL);
	CHECK_TEXT(check->check_number, "1170");
	CHECK_DOUBLE(check->amount, 100.0);
	CHECK_DOUBLE(check->balance, 100.0);
	CHECK_TEXT(f->checked_account, ID);
}

static void a_check_beyond_the_balance_is_refused_before_it_is_validated(void **state)
{
	struct fixture *f = *state;

	then_refused(f,
	             cqrs_execute(f->bank, ID, &f->err, write_check, .check_number = "1170",
	                          .amount = 0.01),
	             "insufficient_funds", "funds not available");
	CHECK_TEXT(f->checked_account, "");
}

static void a_check_that_is_not_valid_is_refused(void **state)
{
	struct fixture *f = *state;

	given_balance(f, 200);
	f->check_is_valid = false;
	then_refused(f,
	             cqrs_execute(f->bank, ID, &f->err, write_check, .check_number = "1170",
	                          .amount = 100),
	             "check_invalid", "check invalid");
	last_event(f, 1);
}

static void the_stored_names_are_those_of_the_original(void **state)
{
	static const char *const commands[] = {
		"{\"OpenAccount\":{\"account_id\":\"ACCT-1\"}}",
		"{\"DepositMoney\":{\"amount\":1000.0}}",
		"{\"WithdrawMoney\":{\"amount\":100.5,\"atm_id\":\"ATM34f1ba3c\"}}",
		"{\"WriteCheck\":{\"check_number\":\"1170\",\"amount\":256.28}}",
	};
	static const char *const events[] = { "AccountOpened", "CustomerDepositedMoney",
		                              "CustomerWithdrewCash", "CustomerWroteCheck" };
	struct fixture *f = *state;

	for (size_t i = 0; i < 4; i++) {
		CHECK_OK(cqrs_execute_json(f->bank, ID, commands[i], NULL, NULL, &f->err), &f->err);
		CHECK_TEXT(last_event(f, i + 1)->event_type, events[i]);
		CHECK_TEXT(last_event(f, i + 1)->event_version, "1.0");
	}
}

static void the_view_shows_the_balance_and_every_line(void **state)
{
	static const struct ledger_entry expected[] = { { "deposit", 1000, false },
		                                        { "atm withdrawal", 100, false },
		                                        { "1170", 50, true } };
	struct fixture *f = *state;
	const struct account_view *view;
	const void *loaded;
	struct cqrs_entry_items entries;
	uint64_t version;

	given_balance(f, 1000);
	CHECK_OK(cqrs_execute(f->bank, ID, &f->err, open_account, .account_id = ID), &f->err);
	CHECK_OK(cqrs_execute(f->bank, ID, &f->err, withdraw_money, .amount = 100, .atm_id = "A"),
	         &f->err);
	CHECK_OK(cqrs_execute(f->bank, ID, &f->err, write_check, .check_number = "1170",
	                      .amount = 50),
	         &f->err);
	CHECK_OK(cqrs_view_load(f->bank, &account_view, ID, f->arena, &loaded, &version, &f->err),
	         &f->err);
	view = loaded;
	CHECK_TEXT(view->account_id, ID);
	CHECK_DOUBLE(view->balance, 850.0);
	CHECK_UINT(version, 4);
	CHECK_OK(
		cqrs_view_entries(f->bank, &account_view, ID, NULL, 0, f->arena, &entries, &f->err),
		&f->err);
	CHECK_UINT(entries.count, 3);
	for (size_t i = 0; i < entries.count; i++) {
		const struct ledger_entry *line = entries.items[i].entry;

		CHECK_TEXT(line->description, expected[i].description);
		CHECK_DOUBLE(line->amount, expected[i].amount);
		CHECK_UINT(line->is_check, expected[i].is_check);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(opening_is_an_event),
		TEST(opening_twice_is_refused),
		TEST(an_account_with_money_can_still_be_opened),
		TEST(a_deposit_adds_to_the_balance),
		TEST(a_withdrawal_takes_from_the_balance),
		TEST(a_withdrawal_beyond_the_balance_is_refused_before_the_machine_is_asked),
		TEST(a_withdrawal_that_the_machine_refuses_is_refused),
		TEST(a_check_takes_from_the_balance),
		TEST(a_check_beyond_the_balance_is_refused_before_it_is_validated),
		TEST(a_check_that_is_not_valid_is_refused),
		TEST(the_stored_names_are_those_of_the_original),
		TEST(the_view_shows_the_balance_and_every_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
