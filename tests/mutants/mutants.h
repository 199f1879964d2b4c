/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * mutants.h - the mutants: stores and frameworks that are broken on purpose, each by a defect
 * that real ones have had; and for each what must find it.
 */
#ifndef CQRS_TESTS_MUTANTS_MUTANTS_H
#define CQRS_TESTS_MUTANTS_MUTANTS_H

#include "mutations.h"

enum killer {
	KILLER_SUITE,     /* the test of the store suite that is named by .test */
	KILLER_BAD_DAY,   /* the judgement on days of several clients with faults (bad_day.h) */
	KILLER_POWER_CUT, /* the power is cut at every operation of a SQLite store in turn */
};

/* Where a mutation is on a bad day. */
enum place {
	IN_STORE,     /* around the store that all clients share */
	IN_FRAMEWORK, /* between each client's framework and its store, whose faults it meets */
};

struct mutant {
	const char *name; /* what it does, in words */
	/* How it is planted: around the store, or by the options of a SQLite store's URL. */
	const struct mutation *mutation;
	enum place place;
	bool without_view; /* on a bad day; a view's version shows much that a stream's did not */
	const char *options;
	enum killer killer;
	const char *test;
	/* Which it breaks: its number in the contract; for a bad day, its promise in words. */
	const char *sentence;
	uint64_t seeds; /* from 1: with one of them it has to die */
};

extern const struct mutant mutants[];
extern const size_t mutant_count;

#endif
