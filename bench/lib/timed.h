/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* timed.h - timed operations on one thread or several. */
#ifndef BENCH_TIMED_H
#define BENCH_TIMED_H

#include "bench.h"

/* A thread's part of a run. */
struct bench_part {
	uint64_t thread; /* from 0 */
	uint64_t ops;
	struct bench_latencies *latencies;
};

/**
 * Do operations on threads that begin at the same time; one is the caller's own.
 *
 * @param run            does the operations of a part, each between bench_begin() and
 *                       bench_end()
 * @param out_latencies  of all of them; to be released
 *
 * @return seconds from the start to the end of the last one
 */
double bench_timed(uint64_t threads, uint64_t ops,
                   void (*run)(void *context, const struct bench_part *part), void *context,
                   struct bench_latencies *out_latencies);

/** By how much the parts of a run change the balances, where each counts its commands from 0. */
double bench_total(uint64_t threads, uint64_t ops);

#endif
