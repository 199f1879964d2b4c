/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* server.h - accepts connections and hands them to libmicrohttpd, until told to stop. */
#ifndef BANK_SERVER_H
#define BANK_SERVER_H

#include "service.h"

/* Block SIGINT and SIGTERM in this thread and those it starts; server_run() waits for them. */
void server_block_signals(void);

/*
 * Serve until SIGINT or SIGTERM, then finish what is in flight and return.
 *
 * Closes the listener. Returns what went wrong at the start, or NULL.
 */
const char *server_run(struct service *service, struct listener *listener);

/* How many of wanted connections the limit on open files allows; raises that as far as it goes. */
size_t server_fit_connections(size_t wanted);

#endif
