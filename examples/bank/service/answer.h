/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* answer.h - turns outcomes into HTTP responses. */
#ifndef BANK_ANSWER_H
#define BANK_ANSWER_H

#include "problem.h"

#include <microhttpd.h>

/*
 * Each function queues one response on a connection and returns what libmicrohttpd's
 * handler has to return; MHD_NO closes the connection. last: it is the connection's
 * last answer.
 */
enum MHD_Result answer_problem(struct MHD_Connection *mhd, const struct problem *problem,
                               bool last);
enum MHD_Result answer_no_content(struct MHD_Connection *mhd, bool last);
enum MHD_Result answer_json(struct MHD_Connection *mhd, const char *json, bool last);

/* Queue a response with a body of JSON; releases the response, NULL included. */
enum MHD_Result answer_response(struct MHD_Connection *mhd, struct MHD_Response *response,
                                bool last);

/* Write a problem on a socket as a whole response, as far as it takes it without waiting. */
void answer_raw(int fd, const struct problem *problem);

#endif
