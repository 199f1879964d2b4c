/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* events.c - runs what is measured for each kind of event. */
#include "events.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const names[BENCH_EVENTS] = { "account_opened", "customer_deposited_money",
	                                         "customer_withdrew_cash", "customer_wrote_check" };

const char *bench_event_text(enum bench_event event, uint64_t n)
{
	static char texts[BENCH_EVENTS][BENCH_VARIANTS][128];
	char *text = texts[event][n % BENCH_VARIANTS];

	if (*text)
		return text;
	switch (event) {
	case BENCH_OPENED:
		strcpy(text, "{\"account_id\":\"" BENCH_ACCOUNT_ID "\"}");
		break;
	case BENCH_DEPOSITED:
	case BENCH_WITHDREW:
		snprintf(text, sizeof(texts[0][0]), "{\"amount\":%.2f,\"balance\":%.2f}",
		         bench_event_amount(n), bench_event_balance(n));
		break;
	case BENCH_CHECK:
		snprintf(text, sizeof(texts[0][0]),
		         "{\"check_number\":\"" BENCH_CHECK_NUMBER
		         "\",\"amount\":%.2f,\"balance\":%.2f}",
		         bench_event_amount(n), bench_event_balance(n));
		break;
	case BENCH_EVENTS:
		break;
	}
	return text;
}

double bench_encoded(enum bench_event event, uint64_t n)
{
	return (double)strlen(bench_event_text(event, n));
}

double bench_decoded(enum bench_event event, uint64_t n)
{
	double numbers = bench_event_amount(n) + bench_event_balance(n);

	if (event == BENCH_OPENED)
		return (double)strlen(BENCH_ACCOUNT_ID);
	return event == BENCH_CHECK ? numbers + (double)strlen(BENCH_CHECK_NUMBER) : numbers;
}

/* The sum of what so many operations give; all are whole quarters, so it is exact. */
static double expected_sum(const struct bench_events *events, enum bench_event event, uint64_t ops)
{
	double all = 0;
	double rest = 0;

	for (uint64_t n = 0; n < BENCH_VARIANTS; n++) {
		double one = events->expected(event, n);

		all += one;
		if (n < ops % BENCH_VARIANTS)
			rest += one;
	}
	return all * (double)(ops / BENCH_VARIANTS) + rest;
}

/* Seconds of an operation. */
static double measure(const struct bench_events *events, enum bench_event event, uint64_t ops)
{
	double (*run)(uint64_t n) = events->run[event];
	double expected = expected_sum(events, event, ops);
	double sum = 0;
	uint64_t began_ns;
	double seconds;

	for (uint64_t n = 0; n < BENCH_VARIANTS; n++) { /* warms up, and makes the texts */
		bench_event_text(event, n);
		run(n);
	}
	began_ns = bench_now_ns();
	for (uint64_t n = 0; n < ops; n++)
		sum += run(n);
	seconds = (double)(bench_now_ns() - began_ns) / 1e9;
	if (sum != expected)
		bench_fail("%s: the results add up to %f, not to %f", names[event], sum, expected);
	return seconds / (double)ops;
}

int bench_events_main(int argc, char **argv, const struct bench_events *events)
{
	struct bench_result result = { .ops = 1000000 };
	const char *only = NULL;
	double logarithms = 0;
	uint64_t kinds = 0;
	uint64_t before;

	BENCH_OPTIONS(argc, argv, { "ops", &result.ops, NULL }, { "event", NULL, &only });
	before = events->allocations ? events->allocations() : 0;
	for (unsigned event = 0; event < BENCH_EVENTS; event++) {
		if (only && strcmp(only, names[event]) != 0)
			continue;
		logarithms += log(measure(events, event, result.ops));
		kinds++;
	}
	if (!kinds)
		bench_fail("there is no event '%s'", only);
	result.seconds = exp(logarithms / (double)kinds) * (double)result.ops;
	result.allocations =
		events->allocations ? events->allocations() - before : BENCH_NOT_COUNTED;
	bench_print(&result);
	return 0;
}
