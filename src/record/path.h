/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * path.h - where in a document one is, and errors that say so.
 *
 * A path costs three stores a step while all goes well: its steps live on the stack of
 * whoever walks, and only a failure puts them together.
 */
#ifndef CQRS_SRC_RECORD_PATH_H
#define CQRS_SRC_RECORD_PATH_H

#include <cqrs/error.h>

#include <stdarg.h>

/* One step of a path; NULL is the root. */
struct cqrs__path {
	const struct cqrs__path *parent;
	const char *name; /* a member; NULL: an item of a list */
	size_t index;     /* an item's */
};

/*
 * Set an error whose path is "ledger[3].amount". Of a path that does not fit, the end is
 * kept behind "..."; long names are cut, and control characters in them become '?'.
 */
CQRS_PRINTF(4, 5)
enum cqrs_status cqrs__path_error(const struct cqrs__path *path, struct cqrs_error *err,
                                  enum cqrs_status status, const char *fmt, ...);
enum cqrs_status cqrs__path_error_v(const struct cqrs__path *path, struct cqrs_error *err,
                                    enum cqrs_status status, const char *fmt, va_list args);

#endif
