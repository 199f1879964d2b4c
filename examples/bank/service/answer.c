/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* answer.c - responses: headers and bodies. */
#include "answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Queue and release a response; NULL is none, for want of memory. */
static enum MHD_Result queue(struct MHD_Connection *mhd, unsigned status,
                             struct MHD_Response *response, bool last)
{
	enum MHD_Result result = MHD_NO;

	if (!response)
		return MHD_NO;
	if (!last || MHD_add_response_header(response, "Connection", "close") == MHD_YES)
		result = MHD_queue_response(mhd, status, response);
	MHD_destroy_response(response);
	return result;
}

static bool add_headers(struct MHD_Response *response, const struct problem *problem)
{
	if (MHD_add_response_header(response, "Content-Type", "application/problem+json") !=
	    MHD_YES)
		return false;
	if (problem->allow && MHD_add_response_header(response, "Allow", problem->allow) != MHD_YES)
		return false;
	return !problem_is_temporary(problem) ||
	       MHD_add_response_header(response, "Retry-After", PROBLEM_RETRY_AFTER_S) == MHD_YES;
}

enum MHD_Result answer_problem(struct MHD_Connection *mhd, const struct problem *problem, bool last)
{
	size_t len;
	char *json = problem_json(problem, &len);
	struct MHD_Response *response = NULL;

	if (json)
		response = MHD_create_response_from_buffer(len, json, MHD_RESPMEM_MUST_FREE);
	if (!response) {
		free(json);
		return MHD_NO;
	}
	if (!add_headers(response, problem)) {
		MHD_destroy_response(response);
		return MHD_NO;
	}
	return queue(mhd, problem->status, response, last);
}

enum MHD_Result answer_no_content(struct MHD_Connection *mhd, bool last)
{
	return queue(mhd, MHD_HTTP_NO_CONTENT,
	             MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT), last);
}

enum MHD_Result answer_response(struct MHD_Connection *mhd, struct MHD_Response *response,
                                bool last)
{
	if (response &&
	    (MHD_add_response_header(response, "Content-Type", "application/json") != MHD_YES ||
	     MHD_add_response_header(response, "Cache-Control", "no-store") != MHD_YES)) {
		MHD_destroy_response(response);
		return MHD_NO;
	}
	return queue(mhd, MHD_HTTP_OK, response, last);
}

enum MHD_Result answer_json(struct MHD_Connection *mhd, const char *json, bool last)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(strlen(json), (void *)json, MHD_RESPMEM_MUST_COPY);

	return answer_response(mhd, response, last);
}

void answer_raw(int fd, const struct problem *problem)
{
	char text[1024];
	size_t len;
	char *json = problem_json(problem, &len);
	int size;

	if (!json)
		return;
	size = snprintf(text, sizeof(text),
	                "HTTP/1.1 %u %s\r\n"
	                "Content-Type: application/problem+json\r\n"
	                "Content-Length: %zu\r\n"
	                "Connection: close\r\n"
	                "\r\n%s",
	                problem->status, problem_title(problem->status), len, json);
	free(json);
	/* What does not fit is for a client that reads nothing: it is lost on it anyway. */
	if (size > 0 && (size_t)size < sizeof(text))
		(void)!send(fd, text, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL);
}
