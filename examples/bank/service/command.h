/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* command.h - POST /account/{id}: a command from a request. */
#ifndef BANK_COMMAND_H
#define BANK_COMMAND_H

#include "request.h"

#include <cqrs/cqrs.h>

struct service;

/*
 * Execute the command that a body of JSON is.
 *
 * body is NUL-terminated at body_len and may hold other NULs; user_agent may be NULL.
 */
enum cqrs_status command_execute(struct cqrs_framework *framework, const struct request *request,
                                 const char *body, size_t body_len, const char *user_agent,
                                 struct cqrs_error *err);

/* Execute the request's command and answer it: 204, or the problem. */
enum MHD_Result command_answer(struct service *service, struct MHD_Connection *mhd,
                               const struct request *request, bool last);

#endif
