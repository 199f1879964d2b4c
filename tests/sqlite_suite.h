/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* sqlite_suite.h - the SQLite store as the store suite (cqrs/store_testing.h) wants it described. */
#ifndef CQRS_TESTS_SQLITE_SUITE_H
#define CQRS_TESTS_SQLITE_SUITE_H

#include "sqlite_fixture.h"

#include <cqrs/store_testing.h>

/* On the fixture's file; valid as long as the fixture. */
struct cqrs_store_fixture sqlite_suite_fixture(struct sqlite_fixture *f);

#endif
