/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * bench.h - what the programs of the benchmark suite share: options, the clock, latencies,
 * threads that begin at once, random numbers, and the line they print. It includes nothing
 * of the library, so that the limits can use it.
 *
 * A program measures one case once: it is called with --ops N, does all that is not to be
 * measured, does N operations, checks that they were done, and prints one line of JSON.
 * What it does outside of the measured part must not depend on N where system calls or
 * instructions are counted: they are told apart from the rest by two runs of different N.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Print a message and end the program with status 1. A benchmark goes on from no failure. */
__attribute__((format(printf, 1, 2), noreturn)) void bench_fail(const char *fmt, ...);

/** malloc() that does not return without memory. The memory is touched, so not paged in later. */
void *bench_allocate(size_t count, size_t size);

/* ---- options ---- */

/* "--name VALUE": what it is read into holds the default. One of the two is not NULL. */
struct bench_option {
	const char *name;
	uint64_t *number;
	const char **text;
};

/** Read options; whatever is not in the table ends the program with status 2. */
void bench_options(int argc, char **argv, const struct bench_option *options, size_t count);
#define BENCH_OPTIONS(argc, argv, ...)                                              \
	bench_options((argc), (argv), (const struct bench_option[]){ __VA_ARGS__ }, \
	              sizeof((const struct bench_option[]){ __VA_ARGS__ }) /        \
	                      sizeof(struct bench_option))

/** "dir/name" in memory of its own; dir must have been given. */
char *bench_path(const char *dir, const char *name);

/* ---- time ---- */

/** Nanoseconds of the monotonic clock. */
uint64_t bench_now_ns(void);

/*
 * Latencies of operations. Where an operation takes less than a microsecond, reading the
 * clock around each would be a good part of what is measured: then every so many are timed.
 */
struct bench_latencies {
	uint32_t *ns;
	size_t count;
	size_t capacity;
	uint64_t every;     /* which operations are timed */
	uint64_t countdown; /* operations up to the next timed one */
	uint64_t began_ns;  /* 0: this one is not timed */
	char padding[128];  /* keeps the next thread's out of this one's cache line */
};

/** Make room for a number of operations of which every nth is timed. */
void bench_latencies_init(struct bench_latencies *latencies, uint64_t ops, uint64_t every);
void bench_latencies_deinit(struct bench_latencies *latencies);
/** Add those of another; makes room. */
void bench_latencies_add(struct bench_latencies *latencies, const struct bench_latencies *more);
/** Note a latency that was measured otherwise. */
void bench_latencies_note(struct bench_latencies *latencies, uint64_t ns);

/** To be called before and after each operation. */
static inline void bench_begin(struct bench_latencies *latencies)
{
	latencies->began_ns = 0;
	if (--latencies->countdown == 0) {
		latencies->countdown = latencies->every;
		latencies->began_ns = bench_now_ns();
	}
}

static inline void bench_end(struct bench_latencies *latencies)
{
	if (latencies->began_ns)
		bench_latencies_note(latencies, bench_now_ns() - latencies->began_ns);
}

/* ---- threads ---- */

/**
 * Run a function on threads that begin at the same time, and wait for all of them.
 *
 * @param run  called with context and the number of the thread, from 0
 *
 * @return seconds from the start to the end of the last one
 */
double bench_threads(uint64_t threads, void (*run)(void *context, uint64_t thread), void *context);

/** How many of ops operations a thread does, so that all are done. */
static inline uint64_t bench_share(uint64_t ops, uint64_t threads, uint64_t thread)
{
	return ops / threads + (thread < ops % threads);
}

/* ---- the workload ---- */

/* The same numbers for the same seed, in ours and in the limit. */
struct bench_random {
	uint64_t state;
};

static inline uint64_t bench_random_next(struct bench_random *random)
{
	uint64_t mixed = random->state += UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
	return mixed ^ mixed >> 31;
}

/* Evenly below a limit that fits into 32 bits. */
static inline uint64_t bench_random_below(struct bench_random *random, uint64_t limit)
{
	return (bench_random_next(random) >> 32) * limit >> 32;
}

#define BENCH_ID_SIZE 16

/** The ids of accounts, such as "ACCT-00001234". */
char (*bench_ids(uint64_t count))[BENCH_ID_SIZE];

#define BENCH_OPENING_BALANCE 1000000.0 /* enough for whatever withdrawals a run draws */

/*
 * By how much command number n of a run changes a balance: a deposit, then a withdrawal. All
 * are whole quarters, so that sums are exact in any order.
 */
static inline double bench_amount(uint64_t n)
{
	double whole = (double)(n / 2 % 100);

	return n % 2 ? -1.25 - whole : 100.25 + whole;
}

/* The metadata that goes with every command, where a case does not say otherwise. */
#define BENCH_METADATA_1 "actor"
#define BENCH_METADATA_1_VALUE "teller-0042"
#define BENCH_METADATA_2 "uri"
#define BENCH_METADATA_2_VALUE "https://bank.example/accounts"

/* ---- the result ---- */

struct bench_result {
	uint64_t ops;
	double seconds;
	const struct bench_latencies *latencies; /* NULL: none were taken; sorted by printing */
	uint64_t allocations; /* during the measured part; or BENCH_NOT_COUNTED */
};
#define BENCH_NOT_COUNTED UINT64_MAX

/** Print the line of JSON. */
void bench_print(const struct bench_result *result);

/**
 * The same with more members, such as "\"rss_kb\":%lu". The member "settings" is an object
 * that the runner shows beside the machine: durability, versions.
 */
__attribute__((format(printf, 2, 3))) void bench_print_with(const struct bench_result *result,
                                                            const char *extra, ...);

#endif
