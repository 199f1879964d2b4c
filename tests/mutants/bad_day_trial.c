/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* bad_day_trial.c - see bad_day_trial.h. */
#include "bad_day_trial.h"

#include "bad_day/domains.h"
#include "check.h"

#ifdef CQRS_TESTS_HAVE_SQLITE
#include "sqlite_fixture.h"
#endif

/* What the functions of a day are given. */
struct planted {
	const struct mutation *mutation;
	void *sqlite; /* a fixture; NULL: in memory */
};

static enum cqrs_status plant(void *self, struct cqrs_store *inner, struct cqrs_store **out_store,
                              struct cqrs_error *err)
{
	const struct planted *planted = self;

	return mutant_store_wrap(planted->mutation, inner, false, out_store, err);
}

#ifdef CQRS_TESTS_HAVE_SQLITE
static enum cqrs_status open_sqlite(void *self, struct cqrs_store **out_store,
                                    struct cqrs_error *err)
{
	const struct planted *planted = self;

	return cqrs_store_open(sqlite_fixture_url(planted->sqlite, ""),
	                       CQRS_BACKENDS(cqrs_sqlite()), out_store, err);
}
#endif

/* sentence NULL: whichever is broken. */
static void live(struct bad_day *day, struct planted *planted, const char *sentence,
                 struct trial *trial)
{
	struct bad_day_verdict verdict;

	day->self = planted;
	trial->outcome = TRIAL_SURVIVED;
	if (bad_day_run(day, trial->seed, &verdict))
		return;
	assert_non_null(verdict.sentence); /* or there was no memory for a day */
	if (sentence && strcmp(verdict.sentence, sentence) != 0)
		return;
	trial->outcome = TRIAL_KILLED;
	snprintf(trial->what, sizeof(trial->what), "%s: %s", verdict.sentence, verdict.what);
}

void try_bad_day(const struct mutant *mutant, enum suspect suspect, struct trial *trial)
{
	struct bad_day day = bad_day_wallet;
	struct planted planted = {
		.mutation = suspect == SUSPECT_MUTANT ? mutant->mutation : &mutation_none,
	};

	if (mutant->without_view)
		day.view = NULL;
	if (suspect == SUSPECT_MUTANT || suspect == SUSPECT_UNCHANGED) {
		if (mutant->place == IN_STORE)
			day.wrap_store = plant;
		else
			day.wrap_client = plant;
	}
#ifdef CQRS_TESTS_HAVE_SQLITE
	if (suspect == SUSPECT_SQLITE) {
		sqlite_fixture_set_up_in_memory(&planted.sqlite);
		day.open = open_sqlite;
	}
#endif
	live(&day, &planted, suspect == SUSPECT_MUTANT ? mutant->sentence : NULL, trial);
#ifdef CQRS_TESTS_HAVE_SQLITE
	if (planted.sqlite)
		sqlite_fixture_tear_down(&planted.sqlite);
#endif
}
