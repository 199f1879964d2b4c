/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* counting.h - an allocator that counts, for our side: the limits have none of this. */
#ifndef BENCH_COUNTING_H
#define BENCH_COUNTING_H

#include <cqrs/memory.h>

#include <stdatomic.h>

struct bench_counting {
	struct cqrs_allocator allocator; /* for an environment; malloc() with a count */
	atomic_uint_fast64_t count;      /* of allocations and resizes so far */
};

/** Make it ready, where it will stay. */
void bench_counting_init(struct bench_counting *counting);

#endif
