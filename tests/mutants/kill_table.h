/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* kill_table.h - the table of what killed each mutant, as the page of the contract shows it. */
#ifndef CQRS_TESTS_MUTANTS_KILL_TABLE_H
#define CQRS_TESTS_MUTANTS_KILL_TABLE_H

#include "trial.h"

/*
 * The table of the trials of all mutants, in their order; the caller frees it. One that was
 * skipped has the row that it would have, since no build has to have everything.
 */
char *kill_table_make(const struct trial *trials);

/* The table that a page has between its marks; the caller frees it. NULL: it has none. */
char *kill_table_on_page(const char *path);

/* Put it there. False: the page cannot be read or written, or has no marks. */
bool kill_table_write(const char *path, const char *table);

#endif
