/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* record_encode.c - cqrs_record_encode() of the demo's events. */
#include "counting.h"
#include "events.h"

#include "domain/account.h"

static struct bench_counting memory;
static struct cqrs_arena *arena;

static double encode(const struct cqrs_record *record, const void *value)
{
	struct cqrs_text json;

	cqrs_arena_reset(arena);
	if (cqrs_record_encode(record, value, 0, arena, &json, NULL) != CQRS_OK)
		bench_fail("%s cannot be encoded", record->name);
	return (double)json.len;
}

static double opened(uint64_t n)
{
	(void)n;
	return encode(&account_opened_event.record,
	              &(struct account_opened){ .account_id = BENCH_ACCOUNT_ID });
}

static double deposited(uint64_t n)
{
	return encode(&customer_deposited_money_event.record,
	              &(struct customer_deposited_money){ .amount = bench_event_amount(n),
	                                                  .balance = bench_event_balance(n) });
}

static double withdrew(uint64_t n)
{
	return encode(&customer_withdrew_cash_event.record,
	              &(struct customer_withdrew_cash){ .amount = bench_event_amount(n),
	                                                .balance = bench_event_balance(n) });
}

static double wrote_check(uint64_t n)
{
	return encode(&customer_wrote_check_event.record,
	              &(struct customer_wrote_check){ .check_number = BENCH_CHECK_NUMBER,
	                                              .amount = bench_event_amount(n),
	                                              .balance = bench_event_balance(n) });
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
			{ opened, deposited, withdrew, wrote_check }, bench_encoded, allocations });
	cqrs_arena_free(arena);
	return status;
}
