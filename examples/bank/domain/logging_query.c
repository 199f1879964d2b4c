/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* logging_query.c - the simplest query processor. */
#include "logging_query.h"

#include <inttypes.h>
#include <stdio.h>

static enum cqrs_status print_events(void *self, const char *aggregate_id,
                                     const struct cqrs_envelope *events, size_t count,
                                     struct cqrs_error *err)
{
	(void)self;
	flockfile(stdout); /* one command's events stay together */
	for (size_t i = 0; i < count; i++) {
		printf("%s #%" PRIu64 " %s ", aggregate_id, events[i].sequence,
		       events[i].event_type);
		fwrite(events[i].payload_json.data, 1, events[i].payload_json.len, stdout);
		putchar('\n');
	}
	fflush(stdout);
	bool failed = ferror(stdout);
	clearerr(stdout);
	funlockfile(stdout);
	return failed ? cqrs_error_set(err, CQRS_ERR_FAILED, "cannot write to standard output")
	              : CQRS_OK;
}

const struct cqrs_query logging_query = { "logging", print_events, NULL };
