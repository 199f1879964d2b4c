/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* options.h - the command line. */
#ifndef BANK_OPTIONS_H
#define BANK_OPTIONS_H

#include "connection.h"
#include "listener.h"

struct options {
	struct listener listener;
	const char *store;
	bool log_events;
	size_t connections;
	struct timeouts timeouts;
};

enum options_outcome { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_WRONG };

/* Read the command line; prints the help, or on stderr what is wrong. */
enum options_outcome options_read(int argc, char **argv, struct options *out);

#endif
