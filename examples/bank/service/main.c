/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* main.c - the bank as a service: a store, a framework on it, and HTTP in front. */
#include "options.h"
#include "server.h"

#include "domain/account.h"
#include "domain/account_view.h"
#include "domain/logging_query.h"
#include "domain/services.h"

#include <cqrs/sqlite.h>
#include <inttypes.h>
#include <stdio.h>

static void log_line(void *self, enum cqrs_log_level level, const char *message)
{
	static const char *const levels[] = { "error", "warning", "info", "debug" };

	(void)self;
	fprintf(stderr, "bank: %s: %s\n", levels[level], message);
}

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "bank: %s: %s\n", what, why);
	return 1;
}

static const char *serve(const struct options *options, struct listener *listener,
                         struct service *service)
{
	const char *failure;

	connections_init(&service->connections, server_fit_connections(options->connections),
	                 &options->timeouts);
	atomic_init(&service->no_commands_after_ms, INT64_MAX);
	if (!listener->is_loopback)
		fprintf(stderr,
		        "bank: warning: %s can be reached from other machines, "
		        "and the service asks nobody who they are\n",
		        listener->host);
	printf("bank: listening on http://%s:%" PRIu16 ", store %s\n", listener->host,
	       listener->port, options->store);
	fflush(stdout);
	failure = server_run(service, listener);
	connections_deinit(&service->connections);
	return failure;
}

static int run(struct options *options)
{
	const struct cqrs_environment *environment =
		CQRS_ENVIRONMENT(.log = log_line, .log_level = CQRS_LOG_WARN);
	struct service service = { .listener = &options->listener };
	struct cqrs_error err = CQRS_ERROR_INIT;
	const char *failure;
	int exit_code = 0;

	if (cqrs_store_open_with(options->store, CQRS_BACKENDS(cqrs_sqlite(), cqrs_memory()),
	                         CQRS_STORE_OPTIONS(.environment = environment), &service.store,
	                         &err) != CQRS_OK)
		return fail(options->store, err.message);
	if (cqrs_framework_new(
		    CQRS_FRAMEWORK_OPTIONS(
				    .store = service.store, .services = &happy_path_services,
				    .environment = environment, CQRS_AGGREGATES(&bank_account),
				    CQRS_VIEWS(&account_view),
				    .queries = (const struct cqrs_query *const[]){ &logging_query },
				    .query_count = options->log_events),
		    &service.framework, &err) != CQRS_OK) {
		exit_code = fail("framework", err.message);
		goto out;
	}
	if (!listener_open(&options->listener, err.message, sizeof(err.message))) {
		fprintf(stderr, "bank: %s:%" PRIu16 ": %s\n", options->listener.host,
		        options->listener.port, err.message);
		exit_code = 1;
		goto out;
	}
	failure = serve(options, &options->listener, &service);
	if (failure)
		exit_code = fail("http", failure);
out:
	listener_close(&options->listener);
	cqrs_framework_free(service.framework);
	cqrs_store_close(service.store);
	return exit_code;
}

int main(int argc, char **argv)
{
	struct options options;

	server_block_signals();
	switch (options_read(argc, argv, &options)) {
	case OPTIONS_HELP:
		return 0;
	case OPTIONS_WRONG:
		return 2;
	case OPTIONS_RUN:
		break;
	}
	return run(&options);
}
