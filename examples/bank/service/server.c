/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * server.c - the loop that accepts, sweeps and at last drains.
 *
 * A thread a connection: a command blocks its thread until the disk has it, and the store
 * makes one commit of all that wait at the same time, so that many threads waiting is
 * what makes it fast; and a client that takes its answer slowly holds up only itself.
 *
 * The service accepts connections itself. libmicrohttpd (0.9.75) spins when it may not
 * open a descriptor and serves no connection yet, closes without a word what exceeds its
 * limit (and never unlocks a mutex if that happens late), and its timeouts spin for the
 * last second of their time.
 */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#define SWEEP_MS 200
#define ACCEPT_PAUSE_MS 100 /* when there are no descriptors */
#define ACCEPTS_A_ROUND 64
#define STACK_SIZE (512u << 10)
#define HEAD_MEMORY (16u << 10) /* of a connection: its head, and blocks in transit */
#define DRAIN_MS 8000           /* of the 10 s that stopping may take */
#define DRAIN_COMMANDS_MS 3000
#define RESERVED_DESCRIPTORS ((rlim_t)32) /* for the store, the log, ... */

static volatile sig_atomic_t told_to_stop;

static void stop(int signal)
{
	(void)signal;
	told_to_stop = 1;
}

void server_block_signals(void)
{
	struct sigaction action = { .sa_handler = stop };
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

static rlim_t descriptor_limit(void)
{
	struct rlimit limit = { 256, 256 };

	getrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur;
}

size_t server_fit_connections(size_t wanted)
{
	struct rlimit limit;
	rlim_t available;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	available = descriptor_limit();
	/* Some more are accepted, to be told that there are too many. */
	available -=
		available / 4 > 2 * RESERVED_DESCRIPTORS ? 2 * RESERVED_DESCRIPTORS : available / 2;
	return wanted < available ? wanted : (size_t)available;
}

/* The path is decoded by target_read(), which knows where a segment ends. */
/* NOLINTNEXTLINE(readability-non-const-parameter): libmicrohttpd's type */
static size_t keep_escapes(void *cls, struct MHD_Connection *mhd, char *text)
{
	(void)cls, (void)mhd;
	return strlen(text);
}

static struct MHD_Daemon *start(struct service *service)
{
	const unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
	                       MHD_USE_POLL | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC |
	                       MHD_USE_ERROR_LOG;

	/* clang-format off */
	return MHD_start_daemon(flags, 0, NULL, NULL, request_handle, service,
	                        MHD_OPTION_EXTERNAL_LOGGER, request_log, NULL,
	                        MHD_OPTION_NOTIFY_CONNECTION, connections_notify, &service->connections,
	                        MHD_OPTION_URI_LOG_CALLBACK, request_begin, NULL,
	                        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
	                        MHD_OPTION_NOTIFY_COMPLETED, request_end, NULL,
	                        MHD_OPTION_CONNECTION_LIMIT, (unsigned)INT_MAX,
	                        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD_MEMORY,
	                        MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_SIZE,
	                        MHD_OPTION_END);
	/* clang-format on */
}

static bool out_of_descriptors(void)
{
	return errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
}

/* Descriptors are given out from the lowest: beyond this one the store's are at stake. */
static int highest_descriptor(void)
{
	rlim_t limit = descriptor_limit() - RESERVED_DESCRIPTORS / 2;

	return limit > INT_MAX ? INT_MAX : (int)limit;
}

/* Accept who waits. False: there are no descriptors, it should be tried later. */
static bool accept_waiting(struct MHD_Daemon *daemon, int listen_fd)
{
	int highest_fd = highest_descriptor();

	for (int i = 0; i < ACCEPTS_A_ROUND; i++) {
		struct sockaddr_storage address;
		socklen_t size = sizeof(address);
		int fd = accept(listen_fd, (struct sockaddr *)&address, &size);

		if (fd < 0)
			return !out_of_descriptors();
		/* Descriptors are given out from the lowest: beyond this the store's are at stake.
		 */
		if (fd > highest_fd || fcntl(fd, F_SETFL, O_NONBLOCK) != 0 ||
		    fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
			close(fd);
		else /* closes fd where it cannot take it */
			MHD_add_connection(daemon, fd, (struct sockaddr *)&address, size);
	}
	return true;
}

/* Wait for a client or a signal, for timeout_ms at most. */
static bool wait_for_client(int listen_fd, int64_t timeout_ms)
{
	struct timespec timeout = { 0, (long)timeout_ms * 1000000 };
	sigset_t none;
	fd_set readable;

	sigemptyset(&none);
	FD_ZERO(&readable);
	if (listen_fd >= 0)
		FD_SET(listen_fd, &readable);
	return pselect(listen_fd + 1, &readable, NULL, NULL, &timeout, &none) > 0;
}

static void serve(struct service *service, struct MHD_Daemon *daemon, int listen_fd)
{
	int64_t swept_ms = clock_ms(), paused_until_ms = 0;

	while (!told_to_stop) {
		bool paused = clock_ms() < paused_until_ms;

		if (wait_for_client(paused ? -1 : listen_fd, paused ? ACCEPT_PAUSE_MS : SWEEP_MS) &&
		    !accept_waiting(daemon, listen_fd))
			paused_until_ms = clock_ms() + ACCEPT_PAUSE_MS;
		if (clock_ms() - swept_ms >= SWEEP_MS) {
			connections_sweep(&service->connections);
			swept_ms = clock_ms();
		}
	}
}

static void drain(struct service *service)
{
	int64_t began_ms = clock_ms();

	atomic_store(&service->no_commands_after_ms, began_ms + DRAIN_COMMANDS_MS);
	connections_drain(&service->connections);
	while (connections_count(&service->connections) > 0 && clock_ms() < began_ms + DRAIN_MS) {
		struct timespec nap = { 0, 5000000 };

		connections_sweep(&service->connections);
		nanosleep(&nap, NULL);
	}
}

const char *server_run(struct service *service, struct listener *listener)
{
	struct MHD_Daemon *daemon = start(service);

	if (!daemon)
		return "cannot start the HTTP server";
	serve(service, daemon, listener->fd);
	listener_close(listener);
	drain(service);
	MHD_stop_daemon(daemon);
	return NULL;
}
