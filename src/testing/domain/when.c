/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* when.c - what is asked. */
#include "domain_test.h"

void cqrs_test_when_command(struct cqrs_test *test, const struct cqrs_command_type *type,
                            const void *command, const struct cqrs_execute_options *options)
{
	if (!cqrs__test_goes_on(test))
		return;
	cqrs__test_run(test, &(const struct cqrs__test_command){ .type = type,
	                                                         .command = command,
	                                                         .options = options,
	                                                         .with_queries = true });
}

void cqrs_test_when_json(struct cqrs_test *test, const char *json,
                         const struct cqrs_execute_options *options)
{
	if (!cqrs__test_goes_on(test))
		return;
	cqrs__test_run(test, &(const struct cqrs__test_command){
				     .json = json, .options = options, .with_queries = true });
}

void cqrs_test_when_events(struct cqrs_test *test, const struct cqrs_test_event *events,
                           size_t count)
{
	if (cqrs__test_goes_on(test))
		cqrs__test_run_events(test, events, count, true);
}
