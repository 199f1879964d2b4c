/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* account_stream.h - GET /account/{id}: the account's view as JSON. */
#ifndef BANK_ACCOUNT_STREAM_H
#define BANK_ACCOUNT_STREAM_H

#include "stream.h"

struct service;

/*
 * {"account_id":...,"balance":...,"written_checks":[...],"ledger":[...]}, all of it as of
 * one event, whatever happens while it is sent. Errors: CQRS_ERR_NOT_FOUND.
 */
enum cqrs_status account_stream_open(struct service *service, struct connection *connection,
                                     const char *account_id, struct MHD_Response **out_response,
                                     struct cqrs_error *err);

#endif
