/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * connection.h - who is connected, what each connection is doing, and until when it may.
 *
 * libmicrohttpd runs each connection on a thread of its own. Its timeouts count
 * silence only, so a client that sends a byte now and then would never meet them; here
 * every phase has a deadline, and a sweep cuts the connections that are past theirs.
 */
#ifndef BANK_CONNECTION_H
#define BANK_CONNECTION_H

#include "request.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

enum phase {
	PHASE_HEAD,      /* between requests, or reading a request's head */
	PHASE_BODY,      /* reading a body */
	PHASE_EXECUTING, /* at work on an answer: no deadline */
	PHASE_SENDING,   /* each block of an answer starts the deadline anew */
	PHASE_LINGER,    /* answered early: reads what the client still sends */
	PHASE_CUT,       /* to be closed by its thread */
};

struct connection {
	struct connection *previous, *next; /* guarded by the list's lock */
	struct connections *all;
	int fd;
	bool over_limit; /* there were enough already: its request is answered 503 */

	pthread_mutex_t lock; /* guards the phase, the deadline and writing past libmicrohttpd */
	enum phase phase;
	int64_t deadline_ms;

	struct request request; /* the one being served; used by the connection's thread */
};

struct timeouts {
	int64_t head_ms; /* from connecting to the end of the first request's head */
	int64_t idle_ms; /* from an answer's end to the end of the next request's head */
	int64_t body_ms; /* from a head's end to its body's */
	int64_t send_ms; /* for one block of an answer */
};

struct connections {
	pthread_mutex_t lock; /* guards first and count */
	struct connection *first;
	size_t count;
	size_t limit;
	struct timeouts timeouts;
	atomic_bool draining;
};

/* Milliseconds of a clock that never goes back. */
int64_t clock_ms(void);

void connections_init(struct connections *all, size_t limit, const struct timeouts *timeouts);
void connections_deinit(struct connections *all);

/* libmicrohttpd's MHD_OPTION_NOTIFY_CONNECTION; cls is a struct connections. */
void connections_notify(void *cls, struct MHD_Connection *mhd, void **socket_context,
                        enum MHD_ConnectionNotificationCode code);

/* The connection that connections_notify() made; NULL: there was no memory. */
struct connection *connection_of(struct MHD_Connection *mhd);

size_t connections_count(struct connections *all);

/* Cut what is past its deadline. */
void connections_sweep(struct connections *all);

/* Take no further requests: close what is between two, and the others after theirs. */
void connections_drain(struct connections *all);

/* Go on to a phase. False: the connection was cut meanwhile, and must be let go. */
bool connection_enter(struct connection *connection, enum phase phase);

/*
 * Answer past libmicrohttpd, which takes an answer only before a body or behind it, and
 * words its own answers itself. Nothing more is sent after it; what the client still
 * sends should be read for a while, or the answer may be lost. A request that is further on
 * is left alone.
 */
void connection_answer_now(struct connection *connection, const struct problem *problem);

/* Read and drop what the client still sends, for as long as one lingers; on its thread. */
void connection_drop_input(struct connection *connection);

#endif
