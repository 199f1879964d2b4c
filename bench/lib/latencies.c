/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* latencies.c - the clock, and how long single operations took. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t bench_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void bench_latencies_init(struct bench_latencies *latencies, uint64_t ops, uint64_t every)
{
	*latencies = (struct bench_latencies){
		.capacity = ops / every + 1,
		.every = every,
		.countdown = every,
	};
	latencies->ns = bench_allocate(latencies->capacity, sizeof(*latencies->ns));
}

void bench_latencies_deinit(struct bench_latencies *latencies)
{
	free(latencies->ns);
}

void bench_latencies_note(struct bench_latencies *latencies, uint64_t ns)
{
	if (latencies->count == latencies->capacity)
		bench_fail("more operations were timed than there was room for");
	latencies->ns[latencies->count++] = ns < UINT32_MAX ? (uint32_t)ns : UINT32_MAX;
}

void bench_latencies_add(struct bench_latencies *latencies, const struct bench_latencies *more)
{
	size_t count = latencies->count + more->count;

	if (count > latencies->capacity) {
		latencies->ns = realloc(latencies->ns, count * sizeof(*latencies->ns));
		if (!latencies->ns)
			bench_fail("no memory for latencies");
		latencies->capacity = count;
	}
	memcpy(latencies->ns + latencies->count, more->ns, more->count * sizeof(*more->ns));
	latencies->count = count;
}
