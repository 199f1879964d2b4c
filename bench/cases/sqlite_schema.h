/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* sqlite_schema.h - whether the limits' tables are still those of the library. */
#ifndef BENCH_SQLITE_SCHEMA_H
#define BENCH_SQLITE_SCHEMA_H

/**
 * Fail unless a file that the limits made has the tables and indices of one that the library
 * makes, in the same directory: else the limits would write other rows than we do.
 */
void sqlite_schema_check(const char *dir, const char *path);

#endif
