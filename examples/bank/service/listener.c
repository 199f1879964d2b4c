/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* listener.c - the listening socket. */
#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 1024

bool listener_parse(const char *text, struct listener *out)
{
	const char *colon = strrchr(text, ':');
	size_t host_len = colon ? (size_t)(colon - text) : 0;
	bool bracketed = text[0] == '[';
	unsigned long port;
	char *end;

	if (host_len == 0 || host_len >= sizeof(out->host))
		return false;
	if (bracketed ? host_len < 3 || text[host_len - 1] != ']'
	              : memchr(text, ':', host_len) != NULL)
		return false;
	if (colon[1] < '0' || colon[1] > '9')
		return false;
	port = strtoul(colon + 1, &end, 10);
	if (*end != '\0' || port > UINT16_MAX)
		return false;
	*out = (struct listener){ .fd = -1, .port = (uint16_t)port };
	memcpy(out->host, text, host_len);
	return true;
}

/* The host without brackets, resolved; to be released with freeaddrinfo(). */
static const char *resolve(const struct listener *listener, struct addrinfo **out)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
		                  .ai_socktype = SOCK_STREAM,
		                  .ai_flags = AI_PASSIVE };
	char name[sizeof(listener->host)];
	size_t len = strlen(listener->host);
	int failed;

	memcpy(name, listener->host, len + 1);
	if (name[0] == '[') {
		name[len - 1] = '\0';
		memmove(name, name + 1, len - 1);
	}
	failed = getaddrinfo(name, NULL, &hints, out);
	return failed ? gai_strerror(failed) : NULL;
}

static bool is_loopback(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;

		return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	}
	return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static void set_port(struct sockaddr *address, uint16_t port)
{
	if (address->sa_family == AF_INET)
		((struct sockaddr_in *)address)->sin_port = htons(port);
	else
		((struct sockaddr_in6 *)address)->sin6_port = htons(port);
}

/* The port that the system chose. */
static uint16_t bound_port(int fd)
{
	struct sockaddr_storage address = { 0 };
	socklen_t size = sizeof(address);

	getsockname(fd, (struct sockaddr *)&address, &size);
	return ntohs(address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
	                                          : ((struct sockaddr_in6 *)&address)->sin6_port);
}

/* Bind and listen at an address. False: errno says why. */
static bool listen_at(struct listener *listener, const struct addrinfo *address)
{
	int on = 1;

	listener->fd = socket(address->ai_family, SOCK_STREAM, 0);
	return listener->fd >= 0 &&
	       setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	       bind(listener->fd, address->ai_addr, address->ai_addrlen) == 0 &&
	       listen(listener->fd, BACKLOG) == 0 &&
	       fcntl(listener->fd, F_SETFL, O_NONBLOCK) == 0 &&
	       fcntl(listener->fd, F_SETFD, FD_CLOEXEC) == 0;
}

bool listener_open(struct listener *listener, char *failure, size_t capacity)
{
	struct addrinfo *found = NULL;
	const char *unresolved = resolve(listener, &found);
	bool listens;

	if (unresolved) {
		snprintf(failure, capacity, "%s", unresolved);
		return false;
	}
	set_port(found->ai_addr, listener->port);
	listens = listen_at(listener, found);
	if (listens) {
		listener->is_loopback = is_loopback(found->ai_addr);
		listener->port = bound_port(listener->fd);
	} else {
		strerror_r(errno, failure, capacity);
		listener_close(listener);
	}
	freeaddrinfo(found);
	return listens;
}

void listener_close(struct listener *listener)
{
	if (listener->fd >= 0)
		close(listener->fd);
	listener->fd = -1;
}

/* Whether an authority's end, behind the name, is our port; without one it is HTTP's own. */
static bool is_port(const char *text, size_t len, uint16_t port)
{
	uint32_t given = 0;

	if (len == 0)
		return port == 80;
	if (text[0] != ':' || len == 1)
		return false;
	for (size_t i = 1; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		given = given * 10 + (uint32_t)(text[i] - '0');
		if (given > UINT16_MAX)
			return false;
	}
	return given == port;
}

bool listener_serves(const struct listener *listener, const char *authority, size_t authority_len)
{
	const char *const names[] = { "localhost", "127.0.0.1", "[::1]", listener->host };

	if (!listener->is_loopback)
		return true;
	for (size_t i = 0; authority && i < sizeof(names) / sizeof(*names); i++) {
		size_t len = strlen(names[i]);

		if (authority_len >= len && strncasecmp(authority, names[i], len) == 0 &&
		    is_port(authority + len, authority_len - len, listener->port))
			return true;
	}
	return false;
}
