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
	if (status == CQRS_OK)
		return answer_response(mhd, response, last);
	problem = problem_from_error(&err);
	return answer_problem(mhd, &problem, last);
}
