/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * sqlite_workload.h - commits that write to every table, the nth on top of the one before;
 * and whether what is in a store is the first so many of them, each of them whole.
 */
#ifndef CQRS_TESTS_SQLITE_WORKLOAD_H
#define CQRS_TESTS_SQLITE_WORKLOAD_H

#include "sqlite_fixture.h"

enum cqrs_status commit_nth(struct sqlite_fixture *f, uint64_t n, struct cqrs_error *err);

/* How many commits are there; each of them whole, and no part of another. */
uint64_t check_commits(struct sqlite_fixture *f);

/* The file keeps SQLite's own rules. */
void check_database(struct sqlite_fixture *f);

#endif
