/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* command.c - the command's metadata, its execution, its answer. */
#include "command.h"

#include "answer.h"
#include "service.h"
#include "text.h"

#include <string.h>
#include <time.h>

static enum cqrs_status format_now(char out[CQRS_TIME_TEXT_SIZE], struct cqrs_error *err)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return cqrs_time_format((int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000, out, err);
}

enum cqrs_status command_execute(struct cqrs_framework *framework, const struct request *request,
                                 const char *body, size_t body_len, const char *user_agent,
                                 struct cqrs_error *err)
{
	static const char unreadable[] = "unreadable_command";
	char now[CQRS_TIME_TEXT_SIZE], agent[REQUEST_METADATA_SIZE];
	struct cqrs_metadata metadata =
		CQRS_METADATA({ "time", now }, { "uri", request->uri }, { "User-Agent", agent });
	enum cqrs_status status;

	if (memchr(body, '\0', body_len)) {
		cqrs_error_set(err, CQRS_ERR_INVALID, "holds a NUL byte");
		memcpy(err->code, unreadable, sizeof(unreadable));
		return CQRS_ERR_INVALID;
	}
	status = format_now(now, err);
	if (status != CQRS_OK)
		return status;
	if (user_agent)
		text_copy_clean(agent, sizeof(agent), user_agent);
	else
		metadata.count--;
	return cqrs_execute_json(framework, request->target.account_id, body,
	                         CQRS_EXECUTE_OPTIONS(.metadata = metadata,
	                                              .idempotency_key = request->idempotency_key),
	                         NULL, err);
}

enum MHD_Result command_answer(struct service *service, struct MHD_Connection *mhd,
                               const struct request *request, bool last)
{
	const char *agent = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "User-Agent");
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct problem problem;

	if (clock_ms() > atomic_load(&service->no_commands_after_ms)) {
		problem = PROBLEM(503, "stopping", "the service is stopping; nothing was stored");
		return answer_problem(mhd, &problem, true);
	}
	if (command_execute(service->framework, request, request->body_len ? request->body : "",
	                    request->body_len, agent, &err) == CQRS_OK)
		return answer_no_content(mhd, last);
	problem = problem_from_error(&err);
	return answer_problem(mhd, &problem, last);
}
