/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* dispatch.h - telling query processors of committed events. */
#ifndef CQRS_SRC_QUERY_DISPATCH_H
#define CQRS_SRC_QUERY_DISPATCH_H

#include "core/environment.h"

#include <cqrs/view.h>

/* Call each query in order; one that fails is logged. Returns how many failed. */
uint64_t cqrs__queries_dispatch(const struct cqrs_query *const *queries, size_t query_count,
                                const struct cqrs_envelope *events, size_t event_count,
                                const struct cqrs_environment *environment);

#endif
