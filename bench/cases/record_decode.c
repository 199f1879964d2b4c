/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* record_decode.c - cqrs_record_decode() of the demo's events. */
#include "counting.h"
#include "events.h"

#include "domain/account.h"

#include <string.h>

static struct bench_counting memory;
static struct cqrs_arena *arena;

static void decode(const struct cqrs_record *record, enum bench_event event, uint64_t n,
                   void *out_value)
{
	const char *text = bench_event_text(event, n);
	struct cqrs_text json = { text, strlen(text) };

	cqrs_arena_reset(arena);
	if (cqrs_record_decode(record, json, CQRS_IGNORE_UNKNOWN, arena, out_value, NULL) !=
	    CQRS_OK)
		bench_fail("%s cannot be decoded", record->name);
}

static double opened(uint64_t n)
{
	struct account_opened value;

	decode(&account_opened_event.record, BENCH_OPENED, n, &value);
	return (double)strlen(value.account_id);
}

static double deposited(uint64_t n)
{
	struct customer_deposited_money value;

	decode(&customer_deposited_money_event.record, BENCH_DEPOSITED, n, &value);
	return value.amount + value.balance;
}

static double withdrew(uint64_t n)
{
	struct customer_withdrew_cash value;

	decode(&customer_withdrew_cash_event.record, BENCH_WITHDREW, n, &value);
	return value.amount + value.balance;
}

static double wrote_check(uint64_t n)
{
	struct customer_wrote_check value;

	decode(&customer_wrote_check_event.record, BENCH_CHECK, n, &value);
	return value.amount + value.balance + (double)strlen(value.check_number);
}

static uint64_t allocations(void)
{
	return memory.count;
}

int main(int argc, char **argv)
{
	int status;

	bench_counting_init(&memory);
	if (cqrs_arena_new(&memory.allocator, &arena, NULL) != CQRS_OK)
		bench_fail("no memory");
	status = bench_events_main(
		argc, argv,
		&(struct bench_events){
			{ opened, deposited, withdrew, wrote_check }, bench_decoded, allocations });
	cqrs_arena_free(arena);
	return status;
}
