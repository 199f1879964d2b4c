/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* store_memory_test.c - the memory store keeps the store contract, with one feed and more. */
#include "check.h"

#include "store_suite_runner.h"

static enum cqrs_status reset(void *self, struct cqrs_error *err)
{
	(void)self;
	(void)err;
	return CQRS_OK; /* closing has forgotten everything */
}

static enum cqrs_status open_url(void *self, struct cqrs_store **out_store, struct cqrs_error *err)
{
	return cqrs_store_open(self, CQRS_BACKENDS(cqrs_memory()), out_store, err);
}

static int run_on(const char *name, char *url, size_t inapplicable_count)
{
	struct cqrs_store_fixture fixture = cqrs_store_fixture_init();

	fixture.name = name;
	fixture.reset = reset;
	fixture.open = open_url;
	fixture.self = url;
	return run_store_suite(&fixture, inapplicable_count);
}

int main(void)
{
	static char one_feed[] = "memory:";
	static char many_feeds[] = "memory:?feeds=5";

	return run_on("memory", one_feed, 10) + run_on("memory with five feeds", many_feeds, 9);
}
