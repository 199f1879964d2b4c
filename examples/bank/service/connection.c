/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* connection.c - the list of connections, their phases, and the sweep. */
#include "connection.h"

#include "answer.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define LINGER_MS 5000

int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void connections_init(struct connections *all, size_t limit, const struct timeouts *timeouts)
{
	*all = (struct connections){ .limit = limit, .timeouts = *timeouts };
	pthread_mutex_init(&all->lock, NULL);
	atomic_init(&all->draining, false);
}

void connections_deinit(struct connections *all)
{
	pthread_mutex_destroy(&all->lock);
}

static void connection_add(struct connections *all, int fd, void **socket_context)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	*socket_context = connection;
	if (!connection)
		return; /* request_begin() lets it go */
	connection->all = all;
	connection->fd = fd;
	connection->phase = PHASE_HEAD;
	connection->deadline_ms = clock_ms() + all->timeouts.head_ms;
	pthread_mutex_init(&connection->lock, NULL);
	pthread_mutex_lock(&all->lock);
	connection->over_limit = all->count >= all->limit;
	connection->next = all->first;
	if (all->first)
		all->first->previous = connection;
	all->first = connection;
	all->count++;
	pthread_mutex_unlock(&all->lock);
	if (atomic_load(&all->draining))
		shutdown(fd, SHUT_RD);
}

static void connection_remove(struct connection *connection)
{
	struct connections *all = connection->all;

	pthread_mutex_lock(&all->lock);
	if (connection->previous)
		connection->previous->next = connection->next;
	else
		all->first = connection->next;
	if (connection->next)
		connection->next->previous = connection->previous;
	all->count--;
	pthread_mutex_unlock(&all->lock);
	request_deinit(&connection->request);
	pthread_mutex_destroy(&connection->lock);
	free(connection);
}

/* libmicrohttpd calls this before it closes the descriptor, so that the sweep never meets one
 * that is another's already. */
void connections_notify(void *cls, struct MHD_Connection *mhd, void **socket_context,
                        enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		connection_add(cls, info->connect_fd, socket_context);
	else if (*socket_context)
		connection_remove(*socket_context);
}

struct connection *connection_of(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info->socket_context;
}

size_t connections_count(struct connections *all)
{
	size_t count;

	pthread_mutex_lock(&all->lock);
	count = all->count;
	pthread_mutex_unlock(&all->lock);
	return count;
}

/* The connection's lock is held. Its thread wakes up, finds the end of input, and closes. */
static void cut(struct connection *connection)
{
	connection->phase = PHASE_CUT;
	shutdown(connection->fd, SHUT_RDWR);
}

/* The connection's lock is held. */
static void cut_late(struct connection *connection)
{
	static const struct problem late = {
		.status = 408,
		.code = "request_timeout",
		.detail = "the request did not arrive in time; nothing was done",
	};

	if (connection->phase == PHASE_HEAD || connection->phase == PHASE_BODY)
		answer_raw(connection->fd, &late);
	cut(connection);
}

void connections_sweep(struct connections *all)
{
	int64_t now = clock_ms();

	pthread_mutex_lock(&all->lock);
	for (struct connection *at = all->first; at; at = at->next) {
		pthread_mutex_lock(&at->lock);
		if (at->phase != PHASE_EXECUTING && at->phase != PHASE_CUT &&
		    now >= at->deadline_ms)
			cut_late(at);
		pthread_mutex_unlock(&at->lock);
	}
	pthread_mutex_unlock(&all->lock);
}

void connections_drain(struct connections *all)
{
	atomic_store(&all->draining, true);
	pthread_mutex_lock(&all->lock);
	for (struct connection *at = all->first; at; at = at->next) {
		pthread_mutex_lock(&at->lock);
		if (at->phase == PHASE_HEAD)
			shutdown(at->fd, SHUT_RD); /* what has arrived in full is still served */
		pthread_mutex_unlock(&at->lock);
	}
	pthread_mutex_unlock(&all->lock);
}

static int64_t phase_deadline(const struct connection *connection, enum phase phase)
{
	const struct timeouts *timeouts = &connection->all->timeouts;

	switch (phase) {
	case PHASE_HEAD:
		return clock_ms() + timeouts->idle_ms;
	case PHASE_BODY:
		return clock_ms() + timeouts->body_ms;
	case PHASE_SENDING:
		return clock_ms() + timeouts->send_ms;
	case PHASE_LINGER:
		return clock_ms() + LINGER_MS;
	case PHASE_EXECUTING:
	case PHASE_CUT:
		break;
	}
	return 0;
}

bool connection_enter(struct connection *connection, enum phase phase)
{
	bool alive;

	pthread_mutex_lock(&connection->lock);
	alive = connection->phase != PHASE_CUT;
	if (alive) {
		connection->phase = phase;
		connection->deadline_ms = phase_deadline(connection, phase);
		if (phase == PHASE_HEAD && atomic_load(&connection->all->draining))
			shutdown(connection->fd, SHUT_RD);
	}
	pthread_mutex_unlock(&connection->lock);
	return alive;
}

void connection_answer_now(struct connection *connection, const struct problem *problem)
{
	pthread_mutex_lock(&connection->lock);
	if (connection->phase == PHASE_HEAD || connection->phase == PHASE_BODY) {
		answer_raw(connection->fd, problem);
		shutdown(connection->fd, SHUT_WR);
		connection->phase = PHASE_LINGER;
		connection->deadline_ms = clock_ms() + LINGER_MS;
	}
	pthread_mutex_unlock(&connection->lock);
}

void connection_drop_input(struct connection *connection)
{
	struct pollfd input = { .fd = connection->fd, .events = POLLIN };
	int64_t deadline = clock_ms() + LINGER_MS;
	char dropped[4096];
	ssize_t size = 1;

	for (int64_t left = LINGER_MS; size > 0 && left > 0; left = deadline - clock_ms())
		size = poll(&input, 1, (int)left) == 1
		               ? recv(connection->fd, dropped, sizeof(dropped), MSG_DONTWAIT)
		               : 0;
}
