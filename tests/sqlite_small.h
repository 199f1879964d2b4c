/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * sqlite_small.h - a SQLite store whose log is copied back often, so that a sweep over every
 * operation on its files (vfs_fault.h) meets all there are within a few commits.
 */
#ifndef CQRS_TESTS_SQLITE_SMALL_H
#define CQRS_TESTS_SQLITE_SMALL_H

#include "sqlite_fixture.h"

#define SMALL_COMMITS 8 /* of a sweep */

/* Options begin with '&'; "": none. */
enum cqrs_status open_small(struct sqlite_fixture *f, const char *options, struct cqrs_error *err);
void open_small_or_fail(struct sqlite_fixture *f, const char *options);

/* Open and commit until something fails or all are stored. Returns how many were acknowledged. */
uint64_t commit_until_failure(struct sqlite_fixture *f, const char *options,
                              enum cqrs_status *out_status);

/* The files of these suffixes; the list ends with NULL. */
void remove_files(struct sqlite_fixture *f, const char *const *suffixes);
void remove_store(struct sqlite_fixture *f);

#endif
