/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * stream.h - a body of any length, made a page at a time as the client takes it.
 *
 * No page is read before the one before is sent, and nothing is held in the store in
 * between: a slow client costs its thread and the text of one page. An item's text is as
 * long as a command at most, so a few are read at a time; short ones are gathered to a
 * page that is worth sending.
 */
#ifndef BANK_STREAM_H
#define BANK_STREAM_H

#include "connection.h"

#include <cqrs/cqrs.h>

#define STREAM_ITEMS 2 /* read at a time: 64 KiB each at most, and an envelope */

struct stream;

/* Add the next items with stream_text(), or set stream->done. A failure breaks the body off. */
typedef enum cqrs_status (*stream_next_fn)(struct stream *stream, struct cqrs_error *err);

/* The first member of each kind of stream. */
struct stream {
	stream_next_fn next;
	struct cqrs_framework *framework;
	struct connection *connection;
	struct cqrs_arena *arena; /* while a page is made; reset before each call of next */
	char account_id[CQRS_MAX_ID_LEN + 1];
	bool done;
	char *text; /* the page */
	size_t len, capacity, sent;
};

/* Make a stream of size bytes, zeroed behind the struct stream. */
enum cqrs_status stream_new(size_t size, stream_next_fn next, struct cqrs_framework *framework,
                            struct connection *connection, const char *account_id,
                            struct stream **out_stream, struct cqrs_error *err);

/* Release it; NULL does nothing. */
void stream_free(struct stream *stream);

/* Add to the page. */
enum cqrs_status stream_text(struct stream *stream, const char *text, size_t len,
                             struct cqrs_error *err);

/*
 * Make the first page, so that what fails at once fails with a status of its own, and
 * the response that sends it all. The stream is released with the response, or here.
 */
enum cqrs_status stream_response(struct stream *stream, struct MHD_Response **out_response,
                                 struct cqrs_error *err);

#endif
