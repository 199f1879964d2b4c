/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* domains.c - see the header. */
#include "domains.h"

#include "domain/account.h"
#include "domain/account_view.h"
#include "domain/services.h"
#include "wallet.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the wallet ---- */

static void write_wallet_command(uint64_t random, const char *id, char *json, size_t size)
{
	unsigned coins = (unsigned)(random >> 32) % 20;
	uint64_t kind = random % 32;

	(void)id;
	if (kind < 10)
		snprintf(json, size, "{\"PutCoins\":{\"coins\":%u,\"note\":\"n%u\"}}", coins,
		         coins);
	else if (kind < 20)
		snprintf(json, size, "{\"TakeCoins\":{\"coins\":%u}}", coins);
	else if (kind < 24)
		snprintf(json, size, "{\"PutTwice\":{\"coins\":%u}}", coins);
	else if (kind < 28)
		snprintf(json, size, "{\"AddTag\":{\"tag\":\"tag %u\"}}", coins);
	else if (kind < 31)
		snprintf(json, size, "{\"Look\":{}}");
	else
		snprintf(json, size, "{\"CloseWallet\":{}}");
}

static bool wallet_is_silent(const char *json)
{
	return strcmp(json, "{\"Look\":{}}") == 0;
}

static bool wallet_keeps_rule(const struct cqrs_envelope *events, size_t count, char *why,
                              size_t size)
{
	int64_t coins = 0;

	for (size_t i = 0; i < count; i++) {
		const struct coins_put *put = cqrs_event_as(&events[i], coins_put);
		const struct coins_taken *taken = cqrs_event_as(&events[i], coins_taken);

		if (put)
			coins += put->coins;
		if (taken)
			coins -= taken->coins;
		if (events[i].type == &wallet_closed_event)
			coins = 0;
		if (coins < 0) {
			snprintf(why, size, "there are %" PRId64 " coins at %zu", coins, i + 1);
			return false;
		}
	}
	return true;
}

const struct bad_day bad_day_wallet = {
	.name = "wallet",
	.aggregate = &wallet_aggregate,
	.view = &wallet_view,
	.write_command = write_wallet_command,
	.keeps_rule = wallet_keeps_rule,
	.is_silent = wallet_is_silent,
};

/* ---- the bank account ---- */

static bool pay_out(void *self, const struct cqrs_id *command_id, const char *atm_id, double amount)
{
	(void)self, (void)command_id, (void)amount;
	return strcmp(atm_id, "ATM-13") != 0;
}

static bool accept_check(void *self, const char *account_id, const char *check_number)
{
	(void)self, (void)account_id;
	return strcmp(check_number, "13") != 0;
}

static struct bank_services services = { pay_out, accept_check, NULL };

static void write_bank_command(uint64_t random, const char *id, char *json, size_t size)
{
	unsigned amount = (unsigned)(random >> 32) % 20;
	uint64_t kind = random % 32;

	if (kind < 4)
		snprintf(json, size, "{\"OpenAccount\":{\"account_id\":\"%s\"}}", id);
	else if (kind < 16)
		snprintf(json, size, "{\"DepositMoney\":{\"amount\":%u}}", amount);
	else if (kind < 24)
		snprintf(json, size, "{\"WithdrawMoney\":{\"amount\":%u,\"atm_id\":\"ATM-%u\"}}",
		         amount, amount);
	else
		snprintf(json, size, "{\"WriteCheck\":{\"check_number\":\"%u\",\"amount\":%u}}",
		         amount, amount);
}

/* What an event adds to the balance, and what it says the balance is then. */
static bool read_booking(const struct cqrs_envelope *event, double *out_amount, double *out_balance)
{
	const struct customer_deposited_money *deposit =
		cqrs_event_as(event, customer_deposited_money);
	const struct customer_withdrew_cash *withdrawal =
		cqrs_event_as(event, customer_withdrew_cash);
	const struct customer_wrote_check *check = cqrs_event_as(event, customer_wrote_check);

	if (deposit)
		*out_amount = deposit->amount, *out_balance = deposit->balance;
	if (withdrawal)
		*out_amount = -withdrawal->amount, *out_balance = withdrawal->balance;
	if (check)
		*out_amount = -check->amount, *out_balance = check->balance;
	return deposit || withdrawal || check;
}

static bool bank_keeps_rule(const struct cqrs_envelope *events, size_t count, char *why,
                            size_t size)
{
	double balance = 0;
	unsigned opened = 0;

	for (size_t i = 0; i < count; i++) {
		double amount;
		double told;

		opened += events[i].type == &account_opened_event;
		if (opened > 1) {
			snprintf(why, size, "it is opened a second time at %zu", i + 1);
			return false;
		}
		if (!read_booking(&events[i], &amount, &told))
			continue;
		balance += amount;
		if (balance < 0 || told < balance || told > balance) {
			snprintf(why, size, "there are %g at %zu, which says %g", balance, i + 1,
			         told);
			return false;
		}
	}
	return true;
}

const struct bad_day bad_day_bank = {
	.name = "bank",
	.aggregate = &bank_account,
	.view = &account_view,
	.services = &services,
	.write_command = write_bank_command,
	.keeps_rule = bank_keeps_rule,
};

/* ---- running days ---- */

static void print_line(void *self, const char *line)
{
	(void)self;
	puts(line);
}

static void print_failure(const char *program, const struct bad_day *day, uint64_t seed,
                          const struct bad_day_verdict *verdict)
{
	printf("broken: %s\n  %s\n  again: %s %s %" PRIu64 "\n", verdict->sentence, verdict->what,
	       program, day->name, seed);
}

bool run_days(const char *program, const struct bad_day *day, uint64_t first, uint64_t count)
{
	struct bad_day_verdict sum = { .failed = false };

	for (uint64_t i = 0; i < count; i++) {
		struct bad_day_verdict verdict;

		if (!bad_day_run(day, first + i, &verdict)) {
			print_failure(program, day, first + i, &verdict);
			return false;
		}
		sum.commands += verdict.commands;
		sum.tries += verdict.tries;
		sum.acknowledged += verdict.acknowledged;
		sum.refused += verdict.refused;
		sum.unknown += verdict.unknown;
		sum.deaths += verdict.deaths;
		sum.faults += verdict.faults;
	}
	printf("%s, seeds %" PRIu64 " to %" PRIu64 ": %u commands tried %u times, %u acknowledged, "
	       "%u refused, %u never known; %" PRIu64 " faults, %u deaths\n",
	       day->name, first, first + count - 1, sum.commands, sum.tries, sum.acknowledged,
	       sum.refused, sum.unknown, sum.faults, sum.deaths);
	return true;
}

static bool tell_day(const char *program, const struct bad_day *named, uint64_t seed)
{
	struct bad_day day = *named;
	struct bad_day_verdict verdict;

	day.trace = print_line;
	if (!bad_day_run(&day, seed, &verdict)) {
		print_failure(program, &day, seed, &verdict);
		return false;
	}
	printf("%u commands tried %u times, %u acknowledged, %u refused, %u never known; "
	       "%" PRIu64 " faults, %u deaths: all promises kept\n",
	       verdict.commands, verdict.tries, verdict.acknowledged, verdict.refused,
	       verdict.unknown, verdict.faults, verdict.deaths);
	return true;
}

int run_named_days(const struct bad_day *const *days, size_t count, int argc, char **argv)
{
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	uint64_t days_wanted = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;

	for (size_t i = 0; i < count && argc > 2; i++)
		if (strcmp(argv[1], days[i]->name) == 0) {
			bool kept = days_wanted ? run_days(argv[0], days[i], seed, days_wanted)
			                        : tell_day(argv[0], days[i], seed);

			return kept ? 0 : 1;
		}
	fprintf(stderr, "usage: %s [NAME SEED [COUNT]], with NAME one of:", argv[0]);
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, " %s", days[i]->name);
	fputc('\n', stderr);
	return 2;
}
