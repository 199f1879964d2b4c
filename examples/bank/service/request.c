/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * request.c - a request's way through libmicrohttpd's callbacks, all of which run on its
 * connection's own thread: begin, handle (once for the head, once for each piece of the
 * body, once at its end), end.
 *
 * A request that is refused by its head is answered behind its body, which is read and
 * dropped, so that the connection stays usable. One whose body is too large, or has no
 * clear end, is answered at once and past libmicrohttpd, which does not answer in the
 * midst of a body.
 */
#include "request.h"

#include "answer.h"
#include "command.h"
#include "head.h"
#include "reading.h"
#include "service.h"
#include "text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define BODY_KEPT 4096 /* a buffer up to this size stays for the connection's next request */

/* libmicrohttpd's log does not say which connection it is about: the one of this thread. */
static _Thread_local struct connection *current;

void *request_begin(void *cls, const char *uri, struct MHD_Connection *mhd)
{
	struct connection *connection = connection_of(mhd);
	struct request *request;

	(void)cls;
	if (!connection)
		return NULL;
	current = connection;
	request = &connection->request;
	request->judged = false;
	request->is_command = false;
	request->is_head = false;
	request->idempotency_key = NULL;
	request->problem.status = 0;
	request->problem.must_close = false;
	request->discarded = 0;
	request->body_len = 0;
	text_copy_clean(request->uri, sizeof(request->uri), uri ? uri : "");
	return request;
}

void request_deinit(struct request *request)
{
	free(request->body);
	request->body = NULL;
	request->body_capacity = 0;
}

/* Make room for a body of len bytes and a NUL. */
static bool reserve(struct request *request, size_t len)
{
	size_t capacity = request->body_capacity ? request->body_capacity : 512;
	char *body;

	while (capacity <= len)
		capacity *= 2;
	if (capacity == request->body_capacity)
		return true;
	body = realloc(request->body, capacity);
	if (!body)
		return false;
	request->body = body;
	request->body_capacity = capacity;
	return true;
}

static void collect(struct request *request, const char *data, size_t size)
{
	if (size > REQUEST_MAX_BODY - request->body_len) {
		request->problem = problem_too_large();
	} else if (!reserve(request, request->body_len + size)) {
		request->problem =
			PROBLEM(503, "unavailable", "there is no memory for the request");
	} else {
		memcpy(request->body + request->body_len, data, size);
		request->body_len += size;
		request->body[request->body_len] = '\0';
	}
}

/* The connection's last answer is due: it is to close, or the service is. */
static bool is_last(struct service *service, struct MHD_Connection *mhd)
{
	return connection_of(mhd)->over_limit || atomic_load(&service->connections.draining);
}

static enum MHD_Result handle_head(struct service *service, struct MHD_Connection *mhd,
                                   const char *method, const char *url, struct request *request)
{
	struct connection *connection = connection_of(mhd);

	if (!connection_enter(connection, PHASE_BODY))
		return MHD_NO;
	request->judged = true;
	if (connection->over_limit)
		request->problem =
			PROBLEM(503, "too_many_connections", "there are too many connections");
	else
		head_judge(service->listener, mhd, method, url, request);
	if (request->problem.must_close)
		connection_answer_now(connection, &request->problem);
	else if (request->problem.status &&
	         MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "Expect"))
		return answer_problem(mhd, &request->problem, true); /* it waits to send its body */
	return MHD_YES;
}

static enum MHD_Result handle_piece(struct connection *connection, struct request *request,
                                    const char *data, size_t size)
{
	if (request->problem.status == 0 && request->is_command) {
		collect(request, data, size);
	} else {
		request->discarded += size;
		if (!request->problem.must_close && request->discarded > REQUEST_MAX_BODY)
			request->problem = problem_too_large();
		if (request->discarded > REQUEST_MAX_DISCARDED)
			return MHD_NO;
	}
	if (request->problem.must_close)
		connection_answer_now(connection, &request->problem);
	return MHD_YES;
}

static enum MHD_Result handle_end(struct service *service, struct MHD_Connection *mhd,
                                  struct request *request)
{
	struct connection *connection = connection_of(mhd);
	enum MHD_Result result;

	if (request->problem.must_close) { /* answered already */
		connection_drop_input(connection);
		return MHD_NO;
	}
	if (!connection_enter(connection, PHASE_EXECUTING))
		return MHD_NO;
	if (request->problem.status)
		result = answer_problem(mhd, &request->problem, is_last(service, mhd));
	else if (request->is_command)
		result = command_answer(service, mhd, request, is_last(service, mhd));
	else
		result = reading_answer(service, mhd, request, is_last(service, mhd));
	return connection_enter(connection, PHASE_SENDING) ? result : MHD_NO;
}

enum MHD_Result request_handle(void *cls, struct MHD_Connection *mhd, const char *url,
                               const char *method, const char *version, const char *upload_data,
                               size_t *upload_data_size, void **request_cls)
{
	struct request *request = *request_cls;
	size_t size = *upload_data_size;

	(void)version;
	if (!request)
		return MHD_NO; /* no memory for the connection */
	if (!request->judged)
		return handle_head(cls, mhd, method, url, request);
	if (size == 0)
		return handle_end(cls, mhd, request);
	*upload_data_size = 0;
	return handle_piece(connection_of(mhd), request, upload_data, size);
}

void request_end(void *cls, struct MHD_Connection *mhd, void **request_cls,
                 enum MHD_RequestTerminationCode code)
{
	struct request *request = *request_cls;

	(void)cls, (void)code;
	if (!request)
		return;
	if (request->body_capacity > BODY_KEPT)
		request_deinit(request);
	connection_enter(connection_of(mhd), PHASE_HEAD);
}

static struct problem refusal(unsigned status)
{
	switch (status) {
	case 413:
		return problem_too_large();
	case 414:
		return PROBLEM(414, "uri_too_long", "the request's target is too long");
	case 431:
		return PROBLEM(431, "headers_too_large", "the request's headers are too large");
	case 505:
		return PROBLEM(505, "unsupported_version", "the service speaks HTTP/1.1");
	default:
		return PROBLEM(400, "malformed_request", "the request is not well-formed HTTP");
	}
}

/*
 * libmicrohttpd answers what it cannot parse by itself, with a bare page, and says so here
 * first. The answer is sent here instead; its own then finds the socket shut. A version that
 * words its log differently sends its bare page.
 */
void request_log(void *cls, const char *format, va_list arguments)
{
	static const char refused[] = "Error processing request (HTTP response code is %u";
	struct problem problem;

	(void)cls;
	if (!current || strncmp(format, refused, strlen(refused)) != 0)
		return;
	problem = refusal(va_arg(arguments, unsigned));
	connection_answer_now(current, &problem);
	connection_drop_input(current);
}
