/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* dispatch.c - query processors, after the commit. */
#include "query/dispatch.h"

uint64_t cqrs__queries_dispatch(const struct cqrs_query *const *queries, size_t query_count,
                                const struct cqrs_envelope *events, size_t event_count,
                                const struct cqrs_environment *environment)
{
	uint64_t failed = 0;

	for (size_t i = 0; i < query_count; i++) {
		struct cqrs_error err = CQRS_ERROR_INIT;

		if (queries[i]->dispatch(queries[i]->self, events[0].aggregate_id, events,
		                         event_count, &err) == CQRS_OK)
			continue;
		failed++;
		cqrs_log(environment, CQRS_LOG_ERROR,
		         "query '%s' failed on events %llu to %llu of %s '%s': %s",
		         queries[i]->name, (unsigned long long)events[0].sequence,
		         (unsigned long long)events[event_count - 1].sequence,
		         events[0].aggregate_type, events[0].aggregate_id, err.message);
	}
	return failed;
}
