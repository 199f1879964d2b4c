/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* trial.c - see trial.h. */
#include "bad_day_trial.h"

#include "check.h"

#include <cqrs/store_testing.h>

#ifdef CQRS_TESTS_HAVE_SQLITE
#include "power_cut.h"
#include "sqlite_suite.h"
#include "vfs_fault.h"
#endif

static void leave_out(struct trial *trial, const char *why)
{
	trial->outcome = TRIAL_SKIPPED;
	snprintf(trial->what, sizeof(trial->what), "%s", why);
}

/* ---- the store suite ---- */

static enum cqrs_status reset(void *self, struct cqrs_error *err)
{
	(void)self;
	(void)err;
	return CQRS_OK; /* closing has forgotten everything */
}

static enum cqrs_status open_mutant(void *self, struct cqrs_store **out_store,
                                    struct cqrs_error *err)
{
	const struct mutation *const *mutation = self;

	return mutant_store_open(*mutation, out_store, err);
}

static enum cqrs_status open_memory(void *self, struct cqrs_store **out_store,
                                    struct cqrs_error *err)
{
	(void)self;
	return cqrs_store_open("memory:", CQRS_BACKENDS(cqrs_memory()), out_store, err);
}

static size_t index_of(const char *name)
{
	size_t index = 0;

	while (index < cqrs_store_suite_count() && strcmp(cqrs_store_suite_name(index), name) != 0)
		index++;
	if (index == cqrs_store_suite_count())
		print_error("the suite has no test '%s'\n", name);
	assert_true(index < cqrs_store_suite_count());
	return index;
}

static void run_suite(struct cqrs_store_fixture *fixture, const struct mutant *mutant,
                      struct trial *trial)
{
	struct cqrs_store_test_report report;

	fixture->seed = trial->seed;
	switch (cqrs_store_suite_run(fixture, index_of(mutant->test), &report)) {
	case CQRS_STORE_TEST_PASSED:
	case CQRS_STORE_TEST_SKIPPED: /* a test that does not apply kills nothing */
		trial->outcome = TRIAL_SURVIVED;
		break;
	case CQRS_STORE_TEST_FAILED:
		trial->outcome = TRIAL_KILLED;
		assert_non_null(report.file); /* or it could not even begin */
		assert_string_not_equal(report.expected, report.actual);
		snprintf(trial->what, sizeof(trial->what), "%s: expected '%s', found '%s'",
		         report.what, report.expected, report.actual);
		break;
	}
}

#ifdef CQRS_TESTS_HAVE_SQLITE
static void run_suite_on_sqlite(const struct mutant *mutant, struct trial *trial)
{
	struct cqrs_store_fixture fixture;
	void *f = NULL;

	sqlite_fixture_set_up_in_memory(&f);
	fixture = sqlite_suite_fixture(f);
	run_suite(&fixture, mutant, trial);
	sqlite_fixture_tear_down(&f);
}
#endif

static void try_suite(const struct mutant *mutant, enum suspect suspect, struct trial *trial)
{
	struct cqrs_store_fixture fixture = cqrs_store_fixture_init();
	const struct mutation *mutation =
		suspect == SUSPECT_MUTANT ? mutant->mutation : &mutation_none;

	fixture.name = mutant->name;
	fixture.reset = reset;
	fixture.open = suspect == SUSPECT_MEMORY ? open_memory : open_mutant;
	fixture.self = &mutation;
#ifdef CQRS_TESTS_HAVE_SQLITE
	if (suspect == SUSPECT_SQLITE) {
		run_suite_on_sqlite(mutant, trial);
		return;
	}
#endif
	run_suite(&fixture, mutant, trial);
}

/* ---- power cuts ---- */

#ifdef CQRS_TESTS_HAVE_SQLITE
static void try_power_cuts(const struct mutant *mutant, enum suspect suspect, struct trial *trial)
{
	struct power_cuts cuts;
	void *f = NULL;

	fault_vfs_install();
	sqlite_fixture_set_up_in_memory(&f);
	power_cut_sweep(f, suspect == SUSPECT_MUTANT ? mutant->options : "", trial->seed, &cuts);
	sqlite_fixture_tear_down(&f);
	fault_vfs_remove();
	trial->outcome = cuts.lost_at ? TRIAL_KILLED : TRIAL_SURVIVED;
	snprintf(trial->what, sizeof(trial->what),
	         "of %u acknowledged commits %u were there after cut %u",
	         (unsigned)cuts.acknowledged, (unsigned)cuts.stored, cuts.lost_at);
}
#endif

/* ---- all ---- */

static void try_once(const struct mutant *mutant, enum suspect suspect, struct trial *trial)
{
	switch (mutant->killer) {
	case KILLER_SUITE:
		try_suite(mutant, suspect, trial);
		break;
	case KILLER_BAD_DAY:
		try_bad_day(mutant, suspect, trial);
		break;
	case KILLER_POWER_CUT:
#ifdef CQRS_TESTS_HAVE_SQLITE
		if (suspect == SUSPECT_MEMORY || suspect == SUSPECT_UNCHANGED)
			leave_out(trial, "the memory store forgets all it has");
		else
			try_power_cuts(mutant, suspect, trial);
#else
		leave_out(trial, "this build has no SQLite");
#endif
		break;
	}
}

void try_mutant(const struct mutant *mutant, enum suspect suspect, struct trial *out_trial)
{
	*out_trial = (struct trial){ .outcome = TRIAL_SURVIVED };
#ifndef CQRS_TESTS_HAVE_SQLITE
	if (suspect == SUSPECT_SQLITE) {
		leave_out(out_trial, "this build has no SQLite");
		return;
	}
#endif
	while (out_trial->outcome == TRIAL_SURVIVED && out_trial->seed < mutant->seeds) {
		out_trial->seed++;
		try_once(mutant, suspect, out_trial);
	}
}
