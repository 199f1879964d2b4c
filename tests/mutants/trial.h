/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * trial.h - set the killer of a mutant on it, or on a store that is not broken.
 *
 * To be called from within a test of cmocka.
 */
#ifndef CQRS_TESTS_MUTANTS_TRIAL_H
#define CQRS_TESTS_MUTANTS_TRIAL_H

#include "mutants.h"

enum trial_outcome {
	TRIAL_SURVIVED,
	TRIAL_KILLED,
	TRIAL_SKIPPED, /* it cannot be tried in this build */
};

struct trial {
	enum trial_outcome outcome;
	uint64_t seed;   /* the last that was tried */
	char what[1088]; /* was found, or why it was not tried */
};

/* Whose killer is set on it. */
enum suspect {
	SUSPECT_MUTANT,
	SUSPECT_UNCHANGED, /* mutation_none, planted as the mutant's is */
	SUSPECT_MEMORY,    /* the memory store as it is */
	SUSPECT_SQLITE,
};

/* With seeds from 1 to the mutant's bound, until one kills. */
void try_mutant(const struct mutant *mutant, enum suspect suspect, struct trial *out_trial);

#endif
