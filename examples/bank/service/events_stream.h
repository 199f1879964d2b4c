/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* events_stream.h - GET /account/{id}/events: what happened to the account. */
#ifndef BANK_EVENTS_STREAM_H
#define BANK_EVENTS_STREAM_H

#include "stream.h"

struct service;

/* An array of envelopes, up to the event that was the last one. Errors: CQRS_ERR_NOT_FOUND. */
enum cqrs_status events_stream_open(struct service *service, struct connection *connection,
                                    const char *account_id, struct MHD_Response **out_response,
                                    struct cqrs_error *err);

#endif
