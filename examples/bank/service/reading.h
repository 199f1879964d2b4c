/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* reading.h - GET: health, an account, an account's events. */
#ifndef BANK_READING_H
#define BANK_READING_H

#include "request.h"

struct service;

/* Answer a request that reads. */
enum MHD_Result reading_answer(struct service *service, struct MHD_Connection *mhd,
                               const struct request *request, bool last);

#endif
