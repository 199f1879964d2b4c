/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* head.h - judges a request by its head, before any of its body is read. */
#ifndef BANK_HEAD_H
#define BANK_HEAD_H

#include "listener.h"
#include "request.h"

/*
 * Fill the request's target, is_command and idempotency_key; or its problem, where the head
 * is enough to refuse it.
 */
void head_judge(const struct listener *listener, struct MHD_Connection *mhd, const char *method,
                const char *url, struct request *request);

#endif
