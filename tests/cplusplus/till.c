/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* till.c - the till's rules. */
#include "till.h"

CQRS_COMMAND(put_money, "PutMoney", amount);
CQRS_COMMAND(take_money, "TakeMoney", amount);
CQRS_EVENT(money_moved, "MoneyMoved", "1.0", balance);

static enum cqrs_status handle_put_money(struct cqrs_context *ctx, const void *state,
                                         const void *command)
{
	const struct till *till = state;
	const struct put_money *put = command;

	return cqrs_emit(ctx, money_moved, .balance = till->balance + put->amount);
}

static enum cqrs_status handle_take_money(struct cqrs_context *ctx, const void *state,
                                          const void *command)
{
	const struct till *till = state;
	const struct take_money *take = command;

	if (take->amount > till->balance)
		return cqrs_reject(ctx, "too_little", "the till does not hold that much");
	return cqrs_emit(ctx, money_moved, .balance = till->balance - take->amount);
}

static void apply_money_moved(void *state, const void *event)
{
	struct till *till = state;
	const struct money_moved *moved = event;

	till->balance = moved->balance;
}

const struct cqrs_aggregate till_aggregate = {
	.type = "till",
	.state = CQRS_RECORD(till, balance),
	.commands = CQRS_COMMANDS({ &put_money_command, handle_put_money },
	                          { &take_money_command, handle_take_money }),
	.events = CQRS_EVENTS({ &money_moved_event, apply_money_moved }),
};
