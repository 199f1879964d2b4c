/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* request.h - one request: its head is judged, its body collected, its answer ordered. */
#ifndef BANK_REQUEST_H
#define BANK_REQUEST_H

#include "problem.h"
#include "target.h"

#include <microhttpd.h>

#define REQUEST_MAX_BODY (64u << 10)      /* bytes of a body; more is answered 413 */
#define REQUEST_MAX_DISCARDED (16u << 20) /* bytes read behind an early answer */
#define REQUEST_METADATA_SIZE 1024        /* bytes of one text from a head that is kept */

struct request {
	char uri[REQUEST_METADATA_SIZE]; /* as sent, cleaned and cut */
	bool judged;                     /* its head was */
	bool is_command;                 /* POST; else it reads */
	bool is_head;                    /* HEAD: it reads, and is told no more than the headers */
	struct target target;
	const char *idempotency_key; /* libmicrohttpd's, until the request ends; NULL: none */
	struct problem problem;      /* status 0: none so far */
	size_t discarded;
	char *body; /* NUL-terminated; kept for the connection's next request */
	size_t body_len;
	size_t body_capacity;
};

/* MHD_OPTION_URI_LOG_CALLBACK: a request begins. Returns the connection's struct request. */
void *request_begin(void *cls, const char *uri, struct MHD_Connection *mhd);

/* libmicrohttpd's handler; cls is the struct service. */
enum MHD_Result request_handle(void *cls, struct MHD_Connection *mhd, const char *url,
                               const char *method, const char *version, const char *upload_data,
                               size_t *upload_data_size, void **request_cls);

/* MHD_OPTION_NOTIFY_COMPLETED: it was answered, or its connection broke. */
void request_end(void *cls, struct MHD_Connection *mhd, void **request_cls,
                 enum MHD_RequestTerminationCode code);

/* MHD_OPTION_EXTERNAL_LOGGER: libmicrohttpd refuses a request by itself, among other news. */
void request_log(void *cls, const char *format, va_list arguments);

void request_deinit(struct request *request);

#endif
