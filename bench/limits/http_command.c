/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * http_command.c - the limit of a command over HTTP: libmicrohttpd with a thread a connection,
 * as the bank has it, a payment read with yyjson, and the queue of raw_queue.h, whose leader
 * runs nothing but the INSERTs. It serves until SIGINT or SIGTERM.
 */
#include "raw_queue.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <yyjson.h>

#define BODY_SIZE 512
#define METADATA_SIZE 256
#define JSON_SIZE 4096 /* more than yyjson's tree of a body needs */
#define STACK_SIZE ((size_t)512 << 10)
#define ID_AT "/account/ACCT-"

struct server {
	struct raw_bank bank;
	struct raw_queue queue;
	uint64_t accounts;
	struct MHD_Response *empty;
};

struct request {
	struct raw_job job;
	char metadata[METADATA_SIZE];
	char body[BODY_SIZE];
	size_t body_len;
};

/* What a body wants paid in or out; 0 where it cannot be read. */
static double read_amount(const struct request *request)
{
	char memory[JSON_SIZE];
	yyjson_alc alc;
	yyjson_doc *doc;
	yyjson_val *deposit, *withdrawal;

	yyjson_alc_pool_init(&alc, memory, sizeof(memory));
	doc = yyjson_read_opts((char *)request->body, request->body_len, 0, &alc, NULL);
	if (!doc)
		return 0;
	deposit = yyjson_obj_get(yyjson_doc_get_root(doc), "DepositMoney");
	withdrawal = yyjson_obj_get(yyjson_doc_get_root(doc), "WithdrawMoney");
	return yyjson_get_real(yyjson_obj_get(deposit, "amount")) -
	       yyjson_get_real(yyjson_obj_get(withdrawal, "amount"));
}

/* The names and values that the bank keeps. */
static void put_metadata(char out[METADATA_SIZE], const char *uri, const char *agent)
{
	struct timespec now;
	struct tm utc;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	snprintf(out, METADATA_SIZE,
	         "{\"time\":\"%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ\",\"uri\":\"%s\","
	         "\"User-Agent\":\"%s\"}",
	         utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
	         utc.tm_sec, now.tv_nsec / 1000, uri, agent ? agent : "");
}

static unsigned answer(struct server *server, struct MHD_Connection *connection, const char *url,
                       struct request *request)
{
	struct raw_job *job = &request->job;

	if (strncmp(url, ID_AT, strlen(ID_AT)) != 0)
		return MHD_HTTP_NOT_FOUND;
	job->account = strtoull(url + strlen(ID_AT), NULL, 10);
	job->amount = read_amount(request);
	if (job->account >= server->accounts || job->amount == 0)
		return MHD_HTTP_BAD_REQUEST;
	put_metadata(request->metadata, url,
	             MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "User-Agent"));
	job->metadata = request->metadata;
	raw_queue_run(&server->queue, job);
	return MHD_HTTP_NO_CONTENT;
}

static enum MHD_Result handle(void *self, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **context)
{
	struct request *request = *context;
	struct server *server = self;

	(void)method, (void)version;
	if (!request) {
		request = malloc(sizeof(*request));
		if (!request)
			return MHD_NO;
		request->body_len = 0;
		raw_job_init(&request->job);
		*context = request;
		return MHD_YES;
	}
	if (*upload_size) {
		if (*upload_size > BODY_SIZE - request->body_len)
			return MHD_NO;
		memcpy(request->body + request->body_len, upload, *upload_size);
		request->body_len += *upload_size;
		*upload_size = 0;
		return MHD_YES;
	}
	return MHD_queue_response(connection, answer(server, connection, url, request),
	                          server->empty);
}

static void release(void *self, struct MHD_Connection *connection, void **context,
                    enum MHD_RequestTerminationCode why)
{
	(void)self, (void)connection, (void)why;
	free(*context);
}

static struct MHD_Daemon *start(struct server *server)
{
	const unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
	                       MHD_USE_POLL | MHD_USE_ERROR_LOG;
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	/* clang-format off */
	return MHD_start_daemon(flags, 0, NULL, NULL, handle, server,
	                        MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
	                        MHD_OPTION_NOTIFY_COMPLETED, release, NULL,
	                        MHD_OPTION_THREAD_STACK_SIZE, STACK_SIZE,
	                        MHD_OPTION_END);
	/* clang-format on */
}

static void serve(struct server *server)
{
	struct MHD_Daemon *daemon;
	sigset_t signals;
	int signal;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	server->empty = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	daemon = start(server);
	if (!daemon)
		bench_fail("the server does not start");
	printf("listening on http://127.0.0.1:%" PRIu16 "\n",
	       MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
	fflush(stdout);
	sigwait(&signals, &signal);
	MHD_stop_daemon(daemon);
	MHD_destroy_response(server->empty);
}

int main(int argc, char **argv)
{
	struct raw_bank_size size = { .accounts = 10000, .events = 2, .with_view = 1 };
	struct server server;
	const char *file = NULL;

	BENCH_OPTIONS(argc, argv, { "accounts", &size.accounts, NULL }, { "file", NULL, &file });
	raw_bank_open(&server.bank, file, &size);
	raw_queue_init(&server.queue, &server.bank);
	server.accounts = size.accounts;
	serve(&server);
	raw_bank_close(&server.bank);
	return 0;
}
