/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* when.c - what is asked. */
#include "domain_test.h"

static bool has_command(const struct cqrs_test *test, const struct cqrs_command_type *type)
{
	const struct cqrs_command_table *commands = &test->aggregate.commands;

	for (size_t i = 0; i < commands->count; i++)
		if (commands->items[i].type == type)
			return true;
	return false;
}

void cqrs_test_when_command(struct cqrs_test *test, const struct cqrs_test_place *place,
                            const struct cqrs_command_type *type, const void *command,
                            const struct cqrs_execute_options *options)
{
	if (!cqrs__test_goes_on(test, place))
		return;
	if (!has_command(test, type)) {
		cqrs__test_fail(test, place, "aggregate '%s' has no command '%s'",
		                test->aggregate.type, type->name);
		return;
	}
	cqrs__test_run(test, place,
	               &(const struct cqrs__test_command){ .type = type,
	                                                   .command = command,
	                                                   .options = options,
	                                                   .audience = CQRS__TEST_ALL });
}

void cqrs_test_when_json(struct cqrs_test *test, const struct cqrs_test_place *place,
                         const char *json, const struct cqrs_execute_options *options)
{
	if (!cqrs__test_goes_on(test, place))
		return;
	cqrs__test_run(test, place,
	               &(const struct cqrs__test_command){
			       .json = json, .options = options, .audience = CQRS__TEST_ALL });
}

void cqrs_test_when_events(struct cqrs_test *test, const struct cqrs_test_place *place,
                           const struct cqrs_test_event *events, size_t count)
{
	if (!cqrs__test_goes_on(test, place) ||
	    !cqrs__test_run_events(test, place, events, count, CQRS__TEST_ALL))
		return;
	if (test->outcome.status != CQRS_OK && test->outcome.status != CQRS_ERR_FAILED)
		cqrs__test_fail_error(test, place, "these events cannot happen",
		                      &test->outcome.err);
}
