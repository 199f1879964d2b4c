/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* account.c - the rules of a bank account: the whole domain. */
#include "account.h"

#include "services.h"

CQRS_COMMAND(open_account, "OpenAccount", account_id);
CQRS_COMMAND(deposit_money, "DepositMoney", amount);
CQRS_COMMAND(withdraw_money, "WithdrawMoney", amount, atm_id);
CQRS_COMMAND(write_check, "WriteCheck", check_number, amount);

CQRS_EVENT(account_opened, "AccountOpened", "1.0", account_id);
CQRS_EVENT(customer_deposited_money, "CustomerDepositedMoney", "1.0", amount, balance);
CQRS_EVENT(customer_withdrew_cash, "CustomerWithdrewCash", "1.0", amount, balance);
CQRS_EVENT(customer_wrote_check, "CustomerWroteCheck", "1.0", check_number, amount, balance);

struct account {
	const char *account_id; /* NULL: not opened */
	double balance;
};

static enum cqrs_status handle_open_account(struct cqrs_context *ctx, const void *state,
                                            const void *command)
{
	const struct account *account = state;
	const struct open_account *opening = command;

	if (account->account_id)
		return cqrs_reject(ctx, "already_open", "account is already open");
	return cqrs_emit(ctx, account_opened, .account_id = opening->account_id);
}

static enum cqrs_status handle_deposit_money(struct cqrs_context *ctx, const void *state,
                                             const void *command)
{
	const struct account *account = state;
	const struct deposit_money *deposit = command;

	return cqrs_emit(ctx, customer_deposited_money, .amount = deposit->amount,
	                 .balance = account->balance + deposit->amount);
}

static enum cqrs_status handle_withdraw_money(struct cqrs_context *ctx, const void *state,
                                              const void *command)
{
	const struct bank_services *services = cqrs_services(ctx);
	const struct account *account = state;
	const struct withdraw_money *withdrawal = command;
	double balance = account->balance - withdrawal->amount;

	if (balance < 0)
		return cqrs_reject(ctx, "insufficient_funds", "funds not available");
	if (!services->atm_withdrawal(services->self, cqrs_command_id(ctx), withdrawal->atm_id,
	                              withdrawal->amount))
		return cqrs_reject(ctx, "atm_refused", "atm rule violation");
	return cqrs_emit(ctx, customer_withdrew_cash, .amount = withdrawal->amount,
	                 .balance = balance);
}

static enum cqrs_status handle_write_check(struct cqrs_context *ctx, const void *state,
                                           const void *command)
{
	const struct bank_services *services = cqrs_services(ctx);
	const struct account *account = state;
	const struct write_check *check = command;
	double balance = account->balance - check->amount;

	if (balance < 0)
		return cqrs_reject(ctx, "insufficient_funds", "funds not available");
	if (!services->validate_check(services->self, cqrs_aggregate_id(ctx), check->check_number))
		return cqrs_reject(ctx, "check_invalid", "check invalid");
	return cqrs_emit(ctx, customer_wrote_check, .check_number = check->check_number,
	                 .amount = check->amount, .balance = balance);
}

static void apply_account_opened(void *state, const void *event)
{
	struct account *account = state;
	const struct account_opened *opened = event;

	account->account_id = opened->account_id;
}

static void apply_customer_deposited_money(void *state, const void *event)
{
	struct account *account = state;
	const struct customer_deposited_money *deposit = event;

	account->balance = deposit->balance;
}

static void apply_customer_withdrew_cash(void *state, const void *event)
{
	struct account *account = state;
	const struct customer_withdrew_cash *withdrawal = event;

	account->balance = withdrawal->balance;
}

static void apply_customer_wrote_check(void *state, const void *event)
{
	struct account *account = state;
	const struct customer_wrote_check *check = event;

	account->balance = check->balance;
}

const struct cqrs_aggregate bank_account = {
	.type = "account",
	.state = CQRS_RECORD(account, account_id, balance),
	.commands = CQRS_COMMANDS({ &open_account_command, handle_open_account },
	                          { &deposit_money_command, handle_deposit_money },
	                          { &withdraw_money_command, handle_withdraw_money },
	                          { &write_check_command, handle_write_check }),
	.events = CQRS_EVENTS({ &account_opened_event, apply_account_opened },
	                      { &customer_deposited_money_event, apply_customer_deposited_money },
	                      { &customer_withdrew_cash_event, apply_customer_withdrew_cash },
	                      { &customer_wrote_check_event, apply_customer_wrote_check }),
};
