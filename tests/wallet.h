/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * wallet.h - a small domain for the framework's tests, made so that mistakes show: its apply
 * functions add up (an event applied twice counts twice), keep texts of events by pointer,
 * and grow lists; its handlers look at the state after emitting.
 */
#ifndef CQRS_TESTS_WALLET_H
#define CQRS_TESTS_WALLET_H

#include <cqrs/cqrs.h>

struct put_coins {
	int64_t coins;
	const char *note;
};
struct take_coins {
	int64_t coins;
};
struct put_twice { /* emits two events, the second decided on the state after the first */
	int64_t coins;
};
struct add_tag {
	const char *tag;
};
struct call_back { /* runs the services' callback with the context, then emits CoinsPut 1 */
	bool fail;
};
CQRS_DECLARE_COMMAND(put_coins);
CQRS_DECLARE_COMMAND(take_coins);
CQRS_DECLARE_COMMAND(put_twice);
CQRS_DECLARE_COMMAND(add_tag);
CQRS_DECLARE_COMMAND(call_back);
CQRS_DECLARE_COMMAND(run);  /* what the services' callback does, and no more */
CQRS_DECLARE_COMMAND(look); /* emits nothing */
CQRS_DECLARE_COMMAND(close_wallet);

struct coins_put {
	int64_t coins;
	const char *note;
};
struct coins_taken {
	int64_t coins;
};
struct tag_added {
	const char *tag;
};
CQRS_DECLARE_EVENT(coins_put);
CQRS_DECLARE_EVENT(coins_taken);
CQRS_DECLARE_EVENT(tag_added);
CQRS_DECLARE_EVENT(wallet_closed);
CQRS_DECLARE_EVENT(never_listed); /* in no aggregate's table */

struct wallet {
	int64_t coins;
	int64_t events;
	const char *last_note;
	CQRS_LIST(const char *) tags;
};
extern const struct cqrs_aggregate wallet_aggregate;
extern const struct cqrs_aggregate wallet_with_snapshots; /* the same, every 4 events */

struct wallet_view {
	int64_t coins;
	int64_t events;
	const char *last_note;
};
struct wallet_line {
	int64_t coins;
	const char *note;
};
CQRS_DECLARE_RECORD(wallet_line);
extern const struct cqrs_view wallet_view; /* removed by wallet_closed */

struct wallet_services {
	enum cqrs_status (*callback)(struct cqrs_context *ctx, const struct wallet *wallet,
	                             void *self);
	void *self;
};

#endif
