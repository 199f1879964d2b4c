/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* print.c - the line of JSON that a program prints. */
#include "bench.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
	const uint32_t *left = a;
	const uint32_t *right = b;

	return (*left > *right) - (*left < *right);
}

/* The smallest latency that so many of 1000 do not exceed. */
static double per_mille_us(const struct bench_latencies *latencies, uint64_t share)
{
	size_t rank = (latencies->count * share + 999) / 1000;

	return (double)latencies->ns[rank ? rank - 1 : 0] / 1e3;
}

static void print_members(const struct bench_result *result)
{
	const struct bench_latencies *latencies = result->latencies;

	printf("{\"ops\":%" PRIu64 ",\"seconds\":%.9f", result->ops, result->seconds);
	if (result->allocations != BENCH_NOT_COUNTED)
		printf(",\"allocations\":%" PRIu64, result->allocations);
	if (!latencies || !latencies->count)
		return;
	qsort(latencies->ns, latencies->count, sizeof(*latencies->ns), compare);
	printf(",\"p50_us\":%.3f,\"p99_us\":%.3f,\"p999_us\":%.3f", per_mille_us(latencies, 500),
	       per_mille_us(latencies, 990), per_mille_us(latencies, 999));
}

void bench_print(const struct bench_result *result)
{
	print_members(result);
	puts("}");
}

void bench_print_with(const struct bench_result *result, const char *extra, ...)
{
	va_list args;

	print_members(result);
	putchar(',');
	va_start(args, extra);
	vprintf(extra, args);
	va_end(args);
	puts("}");
}
