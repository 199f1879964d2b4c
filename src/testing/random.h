/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* random.h - SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
 * 2014): what every kit draws from, so that a seed gives the same on every machine. */
#ifndef CQRS_TESTING_RANDOM_H
#define CQRS_TESTING_RANDOM_H

#include <stdint.h>

/* The next number of a generator, whose state may begin with anything. */
static inline uint64_t cqrs__random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* A number that follows from another one and looks like none. */
static inline uint64_t cqrs__random_mix(uint64_t number)
{
	return cqrs__random_next(&number);
}

#endif
