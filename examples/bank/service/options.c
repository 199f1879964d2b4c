/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* options.c - reads the command line and prints its help. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char help[] =
	"usage: bank [options]\n"
	"\n"
	"A bank whose accounts are kept as events.\n"
	"\n"
	"  --listen HOST:PORT     where to listen (default 127.0.0.1:3030; [::1]:3030 for IPv6);\n"
	"                         port 0: any free one, which is printed\n"
	"  --store URL            where the events are kept (default sqlite:bank.db);\n"
	"                         memory: forgets them at the end\n"
	"  --log-events           print each event as it happens\n"
	"  --connections N        how many clients are served at a time (default 2000)\n"
	"  --head-timeout SECONDS how long a connection's first request may take up to the\n"
	"                         end of its headers (default 10)\n"
	"  --idle-timeout SECONDS the same for each further request, from the answer before\n"
	"                         (default 30)\n"
	"  --body-timeout SECONDS how long a body may take (default 10)\n"
	"  --send-timeout SECONDS how long a client may take to accept a block of an answer\n"
	"                         (default 30)\n"
	"  --help                 print this\n"
	"\n"
	"SIGINT and SIGTERM end it once the requests that are in flight are answered.\n";

enum { LISTEN = 1, STORE, LOG_EVENTS, CONNECTIONS, HEAD, IDLE, BODY, SEND, HELP };

static const struct option known[] = {
	{ "listen", required_argument, NULL, LISTEN },
	{ "store", required_argument, NULL, STORE },
	{ "log-events", no_argument, NULL, LOG_EVENTS },
	{ "connections", required_argument, NULL, CONNECTIONS },
	{ "head-timeout", required_argument, NULL, HEAD },
	{ "idle-timeout", required_argument, NULL, IDLE },
	{ "body-timeout", required_argument, NULL, BODY },
	{ "send-timeout", required_argument, NULL, SEND },
	{ "help", no_argument, NULL, HELP },
	{ NULL, 0, NULL, 0 },
};

static bool read_count(const char *text, long max, long *out)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0 || value < 1 || value > max)
		return false;
	*out = value;
	return true;
}

static bool read_seconds(const char *text, int64_t *out_ms)
{
	long seconds;

	if (!read_count(text, 86400, &seconds))
		return false;
	*out_ms = seconds * 1000;
	return true;
}

static bool read_connections(const char *text, size_t *out)
{
	long count;

	if (!read_count(text, 100000, &count))
		return false;
	*out = (size_t)count;
	return true;
}

/* Take one option. False: its argument is wrong. */
static bool take(int option, const char *argument, struct options *out)
{
	switch (option) {
	case LISTEN:
		return listener_parse(argument, &out->listener);
	case STORE:
		out->store = argument;
		return true;
	case LOG_EVENTS:
		out->log_events = true;
		return true;
	case CONNECTIONS:
		return read_connections(argument, &out->connections);
	case HEAD:
		return read_seconds(argument, &out->timeouts.head_ms);
	case IDLE:
		return read_seconds(argument, &out->timeouts.idle_ms);
	case BODY:
		return read_seconds(argument, &out->timeouts.body_ms);
	default:
		return read_seconds(argument, &out->timeouts.send_ms);
	}
}

static enum options_outcome wrong(void)
{
	fputs("try 'bank --help'\n", stderr);
	return OPTIONS_WRONG;
}

enum options_outcome options_read(int argc, char **argv, struct options *out)
{
	int option, index = 0;

	*out = (struct options){ .store = "sqlite:bank.db",
		                 .connections = 2000,
		                 .timeouts = { .head_ms = 10000,
		                               .idle_ms = 30000,
		                               .body_ms = 10000,
		                               .send_ms = 30000 } };
	listener_parse("127.0.0.1:3030", &out->listener);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread yet */
	while ((option = getopt_long(argc, argv, "", known, &index)) != -1) {
		if (option == HELP) {
			fputs(help, stdout);
			return OPTIONS_HELP;
		}
		if (option == '?')
			return wrong();
		if (!take(option, optarg, out)) {
			fprintf(stderr, "bank: --%s cannot be '%s'\n", known[index].name, optarg);
			return wrong();
		}
	}
	if (optind < argc) {
		fprintf(stderr, "bank: unexpected argument '%s'\n", argv[optind]);
		return wrong();
	}
	return OPTIONS_RUN;
}
