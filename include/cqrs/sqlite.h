/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * sqlite.h - a store in one SQLite file (library cqrs-sqlite).
 *
 * URL: "sqlite:bank.db", a path relative to the working directory, percent-encoded where
 * it holds '?' or '%'. A new file has mode 0600, whatever the umask. Options:
 *
 *	synchronous=full      full: an acknowledged commit survives a power cut (the default);
 *	                      normal: the last commits may be lost, never a part of one
 *	lock_timeout_ms=5000  how long a commit waits for other processes; 0: not at all
 *	readers=4             connections kept for reading
 */
#ifndef CQRS_SQLITE_H
#define CQRS_SQLITE_H

#include <cqrs/store.h>

CQRS_BEGIN_DECLS

/** The backend of "sqlite:" URLs. */
CQRS_API const struct cqrs_backend *cqrs_sqlite(void);

CQRS_END_DECLS
#endif
