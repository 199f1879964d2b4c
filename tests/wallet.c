/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* wallet.c - the tests' domain. */
#include "wallet.h"

CQRS_COMMAND(put_coins, "PutCoins", coins, note);
CQRS_COMMAND(take_coins, "TakeCoins", coins);
CQRS_COMMAND(put_twice, "PutTwice", coins);
CQRS_COMMAND(add_tag, "AddTag", tag);
CQRS_COMMAND(call_back, "CallBack", fail);
CQRS_EMPTY_COMMAND(run, "Run");
CQRS_EMPTY_COMMAND(look, "Look");
CQRS_EMPTY_COMMAND(close_wallet, "CloseWallet");

CQRS_EVENT(coins_put, "CoinsPut", "1.0", coins, note);
CQRS_EVENT(coins_taken, "CoinsTaken", "1.0", coins);
CQRS_EVENT(tag_added, "TagAdded", "1.0", tag);
CQRS_EMPTY_EVENT(wallet_closed, "WalletClosed", "1.0");
CQRS_EMPTY_EVENT(never_listed, "NeverListed", "1.0");

static enum cqrs_status handle_put_coins(struct cqrs_context *ctx, const void *state,
                                         const void *command)
{
	const struct put_coins *put = command;

	(void)state;
	if (put->coins <= 0)
		return cqrs_reject(ctx, "not_positive", "coins have to be more than none");
	return cqrs_emit(ctx, coins_put, .coins = put->coins, .note = put->note);
}

static enum cqrs_status handle_take_coins(struct cqrs_context *ctx, const void *state,
                                          const void *command)
{
	const struct wallet *wallet = state;
	const struct take_coins *take = command;

	if (take->coins > wallet->coins)
		return cqrs_reject_with(ctx, "too_few", CQRS_PARAMS({ "limit", "coins" }),
		                        "there are only %lld coins", (long long)wallet->coins);
	return cqrs_emit(ctx, coins_taken, .coins = take->coins);
}

static enum cqrs_status handle_put_twice(struct cqrs_context *ctx, const void *state,
                                         const void *command)
{
	const struct wallet *wallet = state;
	const struct put_twice *put = command;

	cqrs_emit(ctx, coins_put, .coins = put->coins, .note = "first");
	return cqrs_emit(ctx, coins_put, .coins = wallet->coins, .note = "as many as there are");
}

static enum cqrs_status handle_add_tag(struct cqrs_context *ctx, const void *state,
                                       const void *command)
{
	const struct add_tag *add = command;

	(void)state;
	return cqrs_emit(ctx, tag_added, .tag = add->tag);
}

static enum cqrs_status handle_call_back(struct cqrs_context *ctx, const void *state,
                                         const void *command)
{
	const struct wallet_services *services = cqrs_services(ctx);
	const struct call_back *call = command;
	enum cqrs_status status = services->callback(ctx, state, services->self);

	if (status != CQRS_OK)
		return status;
	if (call->fail)
		return cqrs_fail(ctx, "the %s is on fire", "printer");
	return cqrs_emit(ctx, coins_put, .coins = 1, .note = "called back");
}

static enum cqrs_status handle_run(struct cqrs_context *ctx, const void *state, const void *command)
{
	const struct wallet_services *services = cqrs_services(ctx);

	(void)command;
	return services->callback(ctx, state, services->self);
}

static enum cqrs_status handle_look(struct cqrs_context *ctx, const void *state,
                                    const void *command)
{
	(void)ctx;
	(void)state;
	(void)command;
	return CQRS_OK;
}

static enum cqrs_status handle_close_wallet(struct cqrs_context *ctx, const void *state,
                                            const void *command)
{
	(void)state;
	(void)command;
	return cqrs_emit(ctx, wallet_closed);
}

static void apply_coins_put(void *state, const void *event)
{
	struct wallet *wallet = state;
	const struct coins_put *put = event;

	wallet->coins += put->coins;
	wallet->events++;
	wallet->last_note = put->note;
}

static void apply_coins_taken(void *state, const void *event)
{
	struct wallet *wallet = state;
	const struct coins_taken *taken = event;

	wallet->coins -= taken->coins;
	wallet->events++;
}

static void apply_tag_added(void *state, const void *event)
{
	struct wallet *wallet = state;
	const struct tag_added *added = event;

	wallet->events++;
	cqrs_list_append(&wallet->tags, &added->tag);
}

static void apply_wallet_closed(void *state, const void *event)
{
	struct wallet *wallet = state;

	(void)event;
	wallet->coins = 0;
	wallet->events++;
}

static const struct cqrs_field wallet_fields[] = {
	{ CQRS_FIELD(struct wallet, coins) },
	{ CQRS_FIELD(struct wallet, events) },
	{ CQRS_FIELD(struct wallet, last_note) },
	{ CQRS_SCALARS(struct wallet, tags) },
};

#define WALLET_TABLES                                                                            \
	.state = CQRS_RECORD_OF(wallet, wallet_fields),                                          \
	.commands = CQRS_COMMANDS(                                                               \
		{ &put_coins_command, handle_put_coins },                                        \
		{ &take_coins_command, handle_take_coins },                                      \
		{ &put_twice_command, handle_put_twice }, { &add_tag_command, handle_add_tag },  \
		{ &call_back_command, handle_call_back }, { &run_command, handle_run },          \
		{ &look_command, handle_look }, { &close_wallet_command, handle_close_wallet }), \
	.events = CQRS_EVENTS({ &coins_put_event, apply_coins_put },                             \
	                      { &coins_taken_event, apply_coins_taken },                         \
	                      { &tag_added_event, apply_tag_added },                             \
	                      { &wallet_closed_event, apply_wallet_closed })

const struct cqrs_aggregate wallet_aggregate = { .type = "wallet", WALLET_TABLES };
const struct cqrs_aggregate wallet_with_snapshots = { .type = "wallet",
	                                              WALLET_TABLES,
	                                              .snapshot_every = 4 };

CQRS_DEFINE_RECORD(wallet_line, coins, note);

static void update_wallet_view(struct cqrs_view_context *ctx, void *view,
                               const struct cqrs_envelope *event)
{
	struct wallet_view *wallet = view;
	const struct coins_put *put = cqrs_event_as(event, coins_put);
	const struct coins_taken *taken = cqrs_event_as(event, coins_taken);

	wallet->events++;
	if (put) {
		wallet->coins += put->coins;
		wallet->last_note = put->note;
		cqrs_view_append(ctx, wallet_line, .coins = put->coins, .note = put->note);
	} else if (taken) {
		wallet->coins -= taken->coins;
		cqrs_view_append(ctx, wallet_line, .coins = -taken->coins, .note = "taken");
	} else if (event->type == &wallet_closed_event) {
		cqrs_view_remove(ctx);
	}
}

const struct cqrs_view wallet_view = {
	.type = "wallet_view",
	.aggregate = &wallet_aggregate,
	.record = CQRS_RECORD(wallet_view, coins, events, last_note),
	.entry = &wallet_line_record,
	.update = update_wallet_view,
};
