/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* listener.h - where the service listens, and which names it answers to. */
#ifndef BANK_LISTENER_H
#define BANK_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct listener {
	int fd;
	char host[256]; /* as given, brackets included */
	uint16_t port;  /* the one it has, also where 0 was given */
	bool is_loopback;
};

/* Split "HOST:PORT" or "[HOST]:PORT". False: it is neither. */
bool listener_parse(const char *text, struct listener *out);

/* Listen there. False: failure says why. */
bool listener_open(struct listener *listener, char *failure, size_t capacity);

/* Stop listening; what is not open is left alone. */
void listener_close(struct listener *listener);

/*
 * Whether a request to this authority, a Host's or a target's (NULL: none), is meant for the
 * service.
 *
 * On a loopback address only that machine's own names are: a web page whose name was made
 * to resolve to 127.0.0.1 sends its own.
 */
bool listener_serves(const struct listener *listener, const char *authority, size_t authority_len);

#endif
