/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * memory_rehydrate.c - the limit of loading an aggregate from memory: yyjson by hand over
 * the stored bytes, one event behind the other, and the fold. The events are as long as the
 * library's, with what else is in an envelope, which is passed over.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

#define METADATA                                                                       \
	"{\"" BENCH_METADATA_1 "\":\"" BENCH_METADATA_1_VALUE "\",\"" BENCH_METADATA_2 \
	"\":\"" BENCH_METADATA_2_VALUE "\"}"

struct event {
	char ids[48];
	uint64_t sequence;
	int64_t recorded_at_us;
	uint32_t size;
	uint32_t payload_len;
	uint32_t payload_offset; /* in text */
	char text[];             /* type, NUL, version, NUL, payload, metadata */
};

struct account {
	char account_id[BENCH_ID_SIZE];
	double balance;
};

static char *append(char *log, uint64_t sequence, const char *type, const char *payload)
{
	struct event *event = (struct event *)(void *)log;
	int size;

	event->sequence = sequence;
	event->payload_len = (uint32_t)strlen(payload);
	event->payload_offset = (uint32_t)(strlen(type) + sizeof("1.0") + 1);
	size = sprintf(event->text, "%s%c1.0%c%s" METADATA, type, 0, 0, payload);
	event->size = (uint32_t)((sizeof(*event) + (size_t)size + 7) & ~(size_t)7);
	return log + event->size;
}

static char *fill(char *log, uint64_t count)
{
	double balance = BENCH_OPENING_BALANCE;
	char payload[128];

	log = append(log, 1, "AccountOpened", "{\"account_id\":\"ACCT-00000000\"}");
	snprintf(payload, sizeof(payload), "{\"amount\":%.1f,\"balance\":%.1f}", balance, balance);
	log = append(log, 2, "CustomerDepositedMoney", payload);
	for (uint64_t n = 0; n < count - 2; n++) {
		double amount = bench_amount(n);

		balance += amount;
		snprintf(payload, sizeof(payload), "{\"amount\":%.17g,\"balance\":%.17g}",
		         amount < 0 ? -amount : amount, balance);
		log = append(log, n + 3,
		             amount < 0 ? "CustomerWithdrewCash" : "CustomerDepositedMoney",
		             payload);
	}
	return log;
}

static double number(yyjson_obj_iter *iter, const char *name)
{
	yyjson_val *value = yyjson_obj_iter_get(iter, name);

	if (!yyjson_is_num(value))
		bench_fail("%s is not a number", name);
	return yyjson_get_num(value);
}

static bool is(const struct event *event, const char *type)
{
	return strcmp(event->text, type) == 0 &&
	       strcmp(event->text + strlen(event->text) + 1, "1.0") == 0;
}

static void apply(struct account *account, const struct event *event)
{
	char pool[2048];
	yyjson_obj_iter iter;
	yyjson_doc *doc;
	yyjson_alc alc;

	yyjson_alc_pool_init(&alc, pool, sizeof(pool));
	/* yyjson wants a char *, and does not write to it without YYJSON_READ_INSITU. */
	doc = yyjson_read_opts((char *)(uintptr_t)event->text + event->payload_offset,
	                       event->payload_len, 0, &alc, NULL);
	if (!doc || !yyjson_obj_iter_init(yyjson_doc_get_root(doc), &iter))
		bench_fail("event %llu does not decode", (unsigned long long)event->sequence);
	if (is(event, "AccountOpened")) {
		yyjson_val *id = yyjson_obj_iter_get(&iter, "account_id");

		if (!yyjson_is_str(id) || yyjson_get_len(id) >= sizeof(account->account_id))
			bench_fail("the account has no id");
		memcpy(account->account_id, yyjson_get_str(id), yyjson_get_len(id) + 1);
	} else if (is(event, "CustomerDepositedMoney") || is(event, "CustomerWithdrewCash")) {
		number(&iter, "amount");
		account->balance = number(&iter, "balance");
	} else {
		bench_fail("event %llu is of no known type", (unsigned long long)event->sequence);
	}
}

int main(int argc, char **argv)
{
	uint64_t ops = 1000000;
	uint64_t events = 10000;
	double expected = BENCH_OPENING_BALANCE;
	struct bench_latencies latencies;
	uint64_t began_ns;
	const char *end;
	double seconds;
	uint64_t loads;
	char *log;

	BENCH_OPTIONS(argc, argv, { "ops", &ops, NULL }, { "events", &events, NULL });
	loads = ops / events;
	log = bench_allocate(events, 512);
	end = fill(log, events);
	for (uint64_t n = 0; n < events - 2; n++)
		expected += bench_amount(n);
	bench_latencies_init(&latencies, loads, 1);

	began_ns = bench_now_ns();
	for (uint64_t i = 0; i < loads; i++) {
		struct account account = { .balance = 0 };

		bench_begin(&latencies);
		for (const char *at = log; at < end;) {
			const struct event *event = (const struct event *)(const void *)at;

			apply(&account, event);
			at += event->size;
		}
		bench_end(&latencies);
		if (account.balance != expected)
			bench_fail("the balance is wrong");
	}
	seconds = (double)(bench_now_ns() - began_ns) / 1e9;
	bench_print(
		&(struct bench_result){ loads * events, seconds, &latencies, BENCH_NOT_COUNTED });
	bench_latencies_deinit(&latencies);
	free(log);
	return 0;
}
