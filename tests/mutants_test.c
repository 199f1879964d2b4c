/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * mutants_test.c - each mutant dies by its killer within its seeds, and what is not broken
 * survives all killers; the table of it is in the store contract.
 *
 *	mutants_test          runs it, and compares the table with the one in the contract
 *	mutants_test --table  prints the table instead
 *	mutants_test --write  puts it into the contract instead (the target kill-table)
 */
#include "check.h"

#include "mutants/kill_table.h"

#include <cqrs/store_testing.h>
#include <unistd.h>

enum { MAX_MUTANTS = 64 };

static struct trial trials[MAX_MUTANTS];

/* ---- mutants ---- */

static void the_mutant_is_killed(void **state)
{
	const struct mutant *mutant = *state;
	struct trial *trial = &trials[mutant - mutants];

	try_mutant(mutant, SUSPECT_MUTANT, trial);
	if (trial->outcome == TRIAL_SKIPPED) {
		print_message("not tried: %s\n", trial->what);
		skip();
	}
	if (trial->outcome == TRIAL_SURVIVED)
		print_error("'%s' survives %llu seeds of its killer\n", mutant->name,
		            (unsigned long long)trial->seed);
	else
		print_message("killed with seed %llu: %s\n", (unsigned long long)trial->seed,
		              trial->what);
	assert_int_equal(trial->outcome, TRIAL_KILLED);
	assert_string_not_equal(trial->what, "");
}

/* ---- what is not broken ---- */

/* On an unbroken store: where nothing is planted, the place makes no difference. */
static bool is_same_killer(const struct mutant *a, const struct mutant *b, enum suspect suspect)
{
	if (a->killer == KILLER_SUITE && b->killer == KILLER_SUITE)
		return strcmp(a->test, b->test) == 0;
	return a->killer == b->killer && a->without_view == b->without_view &&
	       (suspect != SUSPECT_UNCHANGED || a->place == b->place);
}

/* Whether the killer was set on the suspect already, with as many seeds. */
static bool was_tried(size_t index, enum suspect suspect)
{
	for (size_t i = 0; i < index; i++) {
		if (is_same_killer(&mutants[i], &mutants[index], suspect) &&
		    mutants[i].seeds >= mutants[index].seeds)
			return true;
	}
	return false;
}

static void check_survival(enum suspect suspect)
{
	struct trial trial = { .what = "" };
	size_t tried = 0;

	for (size_t i = 0; i < mutant_count; i++) {
		if (was_tried(i, suspect))
			continue;
		try_mutant(&mutants[i], suspect, &trial);
		tried += trial.outcome != TRIAL_SKIPPED;
		if (trial.outcome == TRIAL_KILLED)
			print_error("the killer of '%s' kills what is not broken, with seed"
			            " %llu: %s\n",
			            mutants[i].name, (unsigned long long)trial.seed, trial.what);
		assert_int_not_equal(trial.outcome, TRIAL_KILLED);
	}
	if (tried > 0)
		return;
	print_message("not tried: %s\n", trial.what);
	skip();
}

static void a_store_around_it_that_changes_nothing_survives_all_killers(void **state)
{
	(void)state;
	check_survival(SUSPECT_UNCHANGED);
}

static void the_memory_store_survives_all_killers(void **state)
{
	(void)state;
	check_survival(SUSPECT_MEMORY);
}

static void the_sqlite_store_survives_all_killers(void **state)
{
	(void)state;
	check_survival(SUSPECT_SQLITE);
}

/* ---- the table ---- */

static bool names(const char *sentences, const char *sentence)
{
	size_t len = strlen(sentence);

	for (; sentences; sentences = strchr(sentences, ' ')) {
		sentences += *sentences == ' ';
		if (strncmp(sentences, sentence, len) == 0 &&
		    (sentences[len] == ' ' || sentences[len] == '\0'))
			return true;
	}
	return false;
}

static void each_sentence_is_one_that_its_test_proves(void **state)
{
	(void)state;
	for (size_t i = 0; i < mutant_count; i++) {
		for (size_t n = 0; n < cqrs_store_suite_count(); n++) {
			if (mutants[i].killer != KILLER_SUITE ||
			    strcmp(cqrs_store_suite_name(n), mutants[i].test) != 0)
				continue;
			if (!names(cqrs_store_suite_sentences(n), mutants[i].sentence))
				print_error("'%s' does not prove %s\n", mutants[i].test,
				            mutants[i].sentence);
			assert_true(names(cqrs_store_suite_sentences(n), mutants[i].sentence));
		}
	}
}

static void the_contract_has_the_table_of_this_run(void **state)
{
	char *table = kill_table_make(trials);
	char *on_page = kill_table_on_page(CQRS_STORE_CONTRACT);
	bool same;

	(void)state;
	same = table && on_page && strcmp(table, on_page) == 0;
	if (!same) {
		print_error("docs/store-contract.md has another table than this run;"
		            " `ninja -C <build> kill-table` writes this one:\n");
		fputs(table ? table : "(no memory)\n", stderr);
	}
	free(table);
	free(on_page);
	assert_true(same);
}

static int give_table(FILE *out, const char *path)
{
	char *table = kill_table_make(trials);
	bool given = table && (path ? kill_table_write(path, table) : fputs(table, out) >= 0);

	free(table);
	return given ? 0 : 1;
}

/* ---- running ---- */

static struct CMUnitTest trial_of(const struct mutant *mutant)
{
	return (struct CMUnitTest){ .name = mutant->name,
		                    .test_func = the_mutant_is_killed,
		                    .initial_state = (void *)(uintptr_t)mutant };
}

static int run_trials(void)
{
	struct CMUnitTest tests[MAX_MUTANTS];

	for (size_t i = 0; i < mutant_count; i++)
		tests[i] = trial_of(&mutants[i]);
	return _cmocka_run_group_tests("mutants", tests, mutant_count, NULL, NULL);
}

static int run_all(void)
{
	const struct CMUnitTest controls[] = {
		cmocka_unit_test(a_store_around_it_that_changes_nothing_survives_all_killers),
		cmocka_unit_test(the_memory_store_survives_all_killers),
		cmocka_unit_test(the_sqlite_store_survives_all_killers),
		cmocka_unit_test(each_sentence_is_one_that_its_test_proves),
		cmocka_unit_test(the_contract_has_the_table_of_this_run),
	};

	return run_trials() +
	       cmocka_run_group_tests_name("controls of the mutants", controls, NULL, NULL);
}

/* What cmocka prints goes to where errors go, so that the table is alone. */
static FILE *take_output(void)
{
	int output = dup(STDOUT_FILENO);

	return output < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0 ? NULL : fdopen(output, "w");
}

int main(int argc, char **argv)
{
	bool to_page = argc == 2 && strcmp(argv[1], "--write") == 0;
	FILE *out;
	int failed;

	if (mutant_count > MAX_MUTANTS)
		abort();
	if (argc == 1)
		return run_all();
	if (!to_page && (argc != 2 || strcmp(argv[1], "--table") != 0)) {
		fprintf(stderr, "usage: mutants_test [--table | --write]\n");
		return 2;
	}
	out = take_output();
	if (!out)
		return 1;
	failed = run_trials();
	failed += give_table(out, to_page ? CQRS_STORE_CONTRACT : NULL);
	fclose(out);
	return failed;
}
