/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* environment.h - an environment made complete, and how options are read. */
#ifndef CQRS_SRC_CORE_ENVIRONMENT_H
#define CQRS_SRC_CORE_ENVIRONMENT_H

#include <cqrs/environment.h>

/*
 * Copy an environment (NULL: the default) and fill in what is NULL, but for log.
 * What it points to is borrowed. Errors: CQRS_ERR_INVALID, not made by its macro.
 */
enum cqrs_status cqrs__environment_complete(const struct cqrs_environment *given,
                                            struct cqrs_environment *out, struct cqrs_error *err);

/* Copy options whose first member is their size; what is missing at the end becomes zero. */
enum cqrs_status cqrs__options_read(const void *given, void *out, size_t size,
                                    struct cqrs_error *err);

void *cqrs__allocate(const struct cqrs_environment *environment, size_t size);
void *cqrs__allocate_zeroed(const struct cqrs_environment *environment, size_t count, size_t size);
void cqrs__release(const struct cqrs_environment *environment, void *memory);

#endif
