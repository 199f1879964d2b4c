/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* account_view.c - folds an account's events into what its customer sees. */
#include "account_view.h"

#include "account.h"

CQRS_DEFINE_RECORD(ledger_entry, description, amount, is_check);

static void update_account_view(struct cqrs_view_context *ctx, void *view,
                                const struct cqrs_envelope *event)
{
	struct account_view *account = view;
	const struct account_opened *opened = cqrs_event_as(event, account_opened);
	const struct customer_deposited_money *deposit =
		cqrs_event_as(event, customer_deposited_money);
	const struct customer_withdrew_cash *withdrawal =
		cqrs_event_as(event, customer_withdrew_cash);
	const struct customer_wrote_check *check = cqrs_event_as(event, customer_wrote_check);

	if (opened)
		account->account_id = opened->account_id;
	if (deposit) {
		account->balance = deposit->balance;
		cqrs_view_append(ctx, ledger_entry, .description = "deposit",
		                 .amount = deposit->amount);
	}
	if (withdrawal) {
		account->balance = withdrawal->balance;
		cqrs_view_append(ctx, ledger_entry, .description = "atm withdrawal",
		                 .amount = withdrawal->amount);
	}
	if (check) {
		account->balance = check->balance;
		cqrs_view_append(ctx, ledger_entry, .description = check->check_number,
		                 .amount = check->amount, .is_check = true);
	}
}

const struct cqrs_view account_view = {
	.type = "account_view",
	.aggregate = &bank_account,
	.record = CQRS_RECORD(account_view, account_id, balance),
	.entry = &ledger_entry_record,
	.update = update_account_view,
};
