/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* bad_day_trial.h - a bad day (bad_day.h) of a mutant, or of a store that is not broken. */
#ifndef CQRS_TESTS_MUTANTS_BAD_DAY_TRIAL_H
#define CQRS_TESTS_MUTANTS_BAD_DAY_TRIAL_H

#include "trial.h"

/* The day of trial->seed; a mutant counts as killed where its sentence is what was broken. */
void try_bad_day(const struct mutant *mutant, enum suspect suspect, struct trial *trial);

#endif
