/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* timed.c - each thread notes its latencies by itself; they are put together afterwards. */
#include "timed.h"

#include <stdlib.h>

struct timed {
	void (*run)(void *context, const struct bench_part *part);
	void *context;
	struct bench_part *parts;
};

static void run_part(void *context, uint64_t thread)
{
	struct timed *timed = context;

	timed->run(timed->context, &timed->parts[thread]);
}

double bench_timed(uint64_t threads, uint64_t ops,
                   void (*run)(void *context, const struct bench_part *part), void *context,
                   struct bench_latencies *out_latencies)
{
	struct bench_latencies *latencies = bench_allocate(threads, sizeof(*latencies));
	struct timed timed = { run, context, bench_allocate(threads, sizeof(*timed.parts)) };
	uint64_t began_ns;
	double seconds;

	for (uint64_t i = 0; i < threads; i++) {
		timed.parts[i] =
			(struct bench_part){ i, bench_share(ops, threads, i), &latencies[i] };
		bench_latencies_init(&latencies[i], timed.parts[i].ops, 1);
	}
	if (threads == 1) {
		began_ns = bench_now_ns();
		run_part(&timed, 0);
		seconds = (double)(bench_now_ns() - began_ns) / 1e9;
	} else {
		seconds = bench_threads(threads, run_part, &timed);
	}
	*out_latencies = latencies[0];
	for (uint64_t i = 1; i < threads; i++) {
		bench_latencies_add(out_latencies, &latencies[i]);
		bench_latencies_deinit(&latencies[i]);
	}
	free(timed.parts);
	free(latencies);
	return seconds;
}

double bench_total(uint64_t threads, uint64_t ops)
{
	double total = 0;

	for (uint64_t thread = 0; thread < threads; thread++)
		for (uint64_t n = 0; n < bench_share(ops, threads, thread); n++)
			total += bench_amount(n);
	return total;
}
