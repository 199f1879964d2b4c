/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* reading.c - chooses what a GET reads. */
#include "reading.h"

#include "account_stream.h"
#include "answer.h"
#include "events_stream.h"
#include "service.h"

static enum MHD_Result answer_health(struct service *service, struct MHD_Connection *mhd, bool last)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct problem problem;
	uint64_t head;

	if (cqrs_store_read_feed_head(service->store, 0, &head, &err) == CQRS_OK)
		return answer_json(mhd, "{\"status\":\"ok\"}", last);
	problem = problem_from_error(&err);
	return answer_problem(mhd, &problem, last);
}

/* libmicrohttpd (0.9.75) ends even a HEAD's answer as it ends a chunked body, which the client
 * reads as the next answer's first bytes. A response of HTTP/1.0 has no chunks: it ends with the
 * connection. A length would have to be the one that GET sends, and that is not known. */
static bool end_with_headers(struct MHD_Response *response)
{
	return MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END) ==
	       MHD_YES;
}

enum MHD_Result reading_answer(struct service *service, struct MHD_Connection *mhd,
                               const struct request *request, bool last)
{
	struct connection *connection = connection_of(mhd);
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct MHD_Response *response = NULL;
	const char *id = request->target.account_id;
	enum cqrs_status status;
	struct problem problem;

	if (request->target.route == ROUTE_HEALTH)
		return answer_health(service, mhd, last);
	if (request->target.route == ROUTE_ACCOUNT)
		status = account_stream_open(service, connection, id, &response, &err);
	else
		status = events_stream_open(service, connection, id, &response, &err);
	if (status == CQRS_OK && request->is_head && !end_with_headers(response)) {
		MHD_destroy_response(response);
		return MHD_NO;
	}
	if (status == CQRS_OK)
		return answer_response(mhd, response, last);
	problem = problem_from_error(&err);
	return answer_problem(mhd, &problem, last);
}
