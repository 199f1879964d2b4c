/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* bank_domain_test.c - the rules of the demo's account, and what its view shows. */
#include "domain_kit.h"

#include "domain/account.h"
#include "domain/account_view.h"
#include "domain/services.h"

#define ID "ACCT-1"

/* What the world outside was asked, and what it answers. */
static struct world {
	struct bank_services services;
	bool refuses;
	struct cqrs_id paid_for;  /* the command of the last withdrawal */
	char checked_account[64]; /* whose check was validated last */
} world;

static bool pay_out(void *self, const struct cqrs_id *command_id, const char *atm_id, double amount)
{
	(void)self, (void)atm_id, (void)amount;
	world.paid_for = *command_id;
	return !world.refuses;
}

static bool validate_check(void *self, const char *account_id, const char *check_number)
{
	(void)self, (void)check_number;
	snprintf(world.checked_account, sizeof(world.checked_account), "%s", account_id);
	return !world.refuses;
}

static int set_up(void **t)
{
	world = (struct world){ .services = { pay_out, validate_check, NULL } };
	*t = cqrs_test_begin(CQRS_TEST_OPTIONS(.aggregate = &bank_account, .aggregate_id = ID,
	                                       .services = &world.services,
	                                       CQRS_VIEWS(&account_view), .fail = fail_cmocka));
	return *t ? 0 : -1;
}

static int tear_down(void **t)
{
	cqrs_test_end(*t); /* a failure was told by the hook */
	return 0;
}

/* ---- accounts ---- */

static void opening_is_an_event(void **t)
{
	cqrs_given_nothing(*t);
	cqrs_when(*t, open_account, .account_id = ID);
	cqrs_then(*t, account_opened, .account_id = ID);
}

static void opening_twice_is_refused(void **t)
{
	cqrs_given(*t, account_opened, .account_id = "");
	cqrs_when(*t, open_account, .account_id = ID);
	cqrs_then_rejected(*t, "account is already open");
}

static void an_account_with_money_can_still_be_opened(void **t)
{
	cqrs_given(*t, customer_deposited_money, .amount = 200, .balance = 200);
	cqrs_when(*t, open_account, .account_id = ID);
	cqrs_then(*t, account_opened, .account_id = ID);
}

/* ---- money ---- */

static void a_deposit_adds_to_the_balance(void **t)
{
	cqrs_given(*t, customer_deposited_money, .amount = 200, .balance = 200);
	cqrs_when(*t, deposit_money, .amount = -50.5);
	cqrs_then(*t, customer_deposited_money, .amount = -50.5, .balance = 149.5);
}

static void a_withdrawal_takes_from_the_balance(void **t)
{
	cqrs_given(*t, customer_deposited_money, .amount = 200, .balance = 200);
	cqrs_when(*t, withdraw_money, .amount = 200, .atm_id = "ATM34f1ba3c");
	cqrs_then(*t, customer_withdrew_cash, .amount = 200, .balance = 0);
	CHECK_TRUE(!cqrs_id_is_none(&world.paid_for));
}

static void a_withdrawal_beyond_the_balance_is_refused_before_the_machine_is_asked(void **t)
{
	cqrs_given(*t, customer_deposited_money, .amount = 200, .balance = 200);
	cqrs_when(*t, withdraw_money, .amount = 200.01, .atm_id = "ATM34f1ba3c");
	cqrs_then_rejected(*t, "funds not available");
	CHECK_TRUE(cqrs_id_is_none(&world.paid_for));
}

static void a_withdrawal_that_the_machine_refuses_is_refused(void **t)
{
	world.refuses = true;
	cqrs_given(*t, customer_deposited_money, .amount = 200, .balance = 200);
	cqrs_when(*t, withdraw_money, .amount = 100, .atm_id = "ATM34f1ba3c");
	cqrs_then_rejected(*t, "atm rule violation");
}

/* ---- checks ---- */

static void a_check_takes_from_the_balance(void **t)
{
	cqrs_given(*t, customer_deposited_money, .amount = 200, .balance = 200);
	cqrs_when(*t, write_check, .check_number = "1170", .amount = 100);
	cqrs_then(*t, customer_wrote_check, .check_number = "1170", .amount = 100, .balance = 100);
	CHECK_TEXT(world.checked_account, ID);
}

static void a_check_beyond_the_balance_is_refused_before_it_is_validated(void **t)
{
	cqrs_given_nothing(*t);
	cqrs_when(*t, write_check, .check_number = "1170", .amount = 0.01);
	cqrs_then_rejected(*t, "funds not available");
	CHECK_TEXT(world.checked_account, "");
}

static void a_check_that_is_not_valid_is_refused(void **t)
{
	world.refuses = true;
	cqrs_given(*t, customer_deposited_money, .amount = 200, .balance = 200);
	cqrs_when(*t, write_check, .check_number = "1170", .amount = 100);
	cqrs_then_rejected(*t, "check invalid");
}

static void a_refusal_has_a_code_for_programs(void **t)
{
	cqrs_given_nothing(*t);
	cqrs_when(*t, write_check, .check_number = "1170", .amount = 0.01);
	cqrs_then_rejected_code(*t, "insufficient_funds", NULL);
}

/* ---- what is stored and shown ---- */

static void the_stored_names_are_those_of_the_original(void **t)
{
	cqrs_then_shapes_are_kept(*t, BANK_TESTDATA);
}

static void commands_come_as_the_original_has_them(void **t)
{
	cqrs_given(*t, customer_deposited_money, .amount = 500, .balance = 500);
	cqrs_when_json(*t, "{\"WriteCheck\":{\"check_number\":\"1170\",\"amount\":256.28}}");
	cqrs_then(*t, customer_wrote_check, .check_number = "1170", .amount = 256.28,
	          .balance = 500 - 256.28);
}

static void the_view_shows_the_balance(void **t)
{
	cqrs_given_view(*t, &account_view, account_view, .balance = 1000);
	cqrs_when_events(*t, cqrs_event(account_opened, .account_id = ID),
	                 cqrs_event(customer_withdrew_cash, .amount = 100, .balance = 900));
	cqrs_then_view(*t, &account_view, account_view, .account_id = ID, .balance = 900);
}

static void a_deposit_is_a_line_of_the_ledger(void **t)
{
	cqrs_when_events(*t, cqrs_event(customer_deposited_money, .amount = 150, .balance = 150));
	cqrs_then_entries(*t, &account_view,
	                  cqrs_entry(ledger_entry, .description = "deposit", .amount = 150));
}

static void a_withdrawal_is_a_line_of_the_ledger(void **t)
{
	cqrs_when_events(*t, cqrs_event(customer_withdrew_cash, .amount = 100, .balance = 50));
	cqrs_then_entries(*t, &account_view,
	                  cqrs_entry(ledger_entry, .description = "atm withdrawal", .amount = 100));
}

static void a_check_is_a_line_of_the_ledger_behind_those_before_it(void **t)
{
	cqrs_given_view(*t, &account_view, account_view, .balance = 150);
	cqrs_given_entries(*t, &account_view, cqrs_entry(ledger_entry, .description = "deposit"));
	cqrs_when_events(*t, cqrs_event(customer_wrote_check, .check_number = "7", .amount = 50));
	cqrs_then_entries(
		*t, &account_view, cqrs_entry(ledger_entry, .description = "deposit"),
		cqrs_entry(ledger_entry, .description = "7", .amount = 50, .is_check = 1));
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
		TEST(a_refusal_has_a_code_for_programs),
		TEST(the_stored_names_are_those_of_the_original),
		TEST(commands_come_as_the_original_has_them),
		TEST(the_view_shows_the_balance),
		TEST(a_deposit_is_a_line_of_the_ledger),
		TEST(a_withdrawal_is_a_line_of_the_ledger),
		TEST(a_check_is_a_line_of_the_ledger_behind_those_before_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
