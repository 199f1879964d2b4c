/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* events_stream.c - the account's stream, a page of envelopes at a time. */
#include "events_stream.h"

#include "domain/account.h"
#include "service.h"

struct events_stream {
	struct stream base;
	uint64_t after;
	uint64_t last; /* the stream's head when the request came */
};

static enum cqrs_status write_event(struct events_stream *stream, const struct cqrs_envelope *event,
                                    struct cqrs_error *err)
{
	struct cqrs_text json;
	enum cqrs_status status = stream_text(&stream->base, stream->after ? "," : "[", 1, err);

	if (status == CQRS_OK)
		status = cqrs_envelope_json(event, stream->base.arena, &json, err);
	if (status == CQRS_OK)
		status = stream_text(&stream->base, json.data, json.len, err);
	stream->after = event->sequence;
	return status;
}

static enum cqrs_status next_page(struct stream *base, struct cqrs_error *err)
{
	struct events_stream *stream = (struct events_stream *)base;
	struct cqrs_envelope_page page = { NULL, 0 };
	enum cqrs_status status =
		cqrs_read_events(base->framework, &bank_account, base->account_id, stream->after,
	                         STREAM_ITEMS, base->arena, &page, err);

	for (size_t i = 0; i < page.count && status == CQRS_OK && stream->after < stream->last; i++)
		status = write_event(stream, &page.items[i], err);
	if (status != CQRS_OK)
		return status;
	if (page.count == 0) /* the account was deleted meanwhile */
		return cqrs_error_set(err, CQRS_ERR_NOT_FOUND, "the account is gone");
	base->done = stream->after == stream->last;
	return base->done ? stream_text(base, "]", 1, err) : CQRS_OK;
}

enum cqrs_status events_stream_open(struct service *service, struct connection *connection,
                                    const char *account_id, struct MHD_Response **out_response,
                                    struct cqrs_error *err)
{
	struct cqrs_stream account = { bank_account.type, account_id };
	struct stream *stream;
	uint64_t last;
	enum cqrs_status status = cqrs_store_read_head(service->store, &account, &last, err);

	if (status == CQRS_OK && last == 0)
		status = cqrs_error_set(err, CQRS_ERR_NOT_FOUND, "there are no events");
	if (status == CQRS_OK)
		status = stream_new(sizeof(struct events_stream), next_page, service->framework,
		                    connection, account_id, &stream, err);
	if (status != CQRS_OK)
		return status;
	((struct events_stream *)stream)->last = last;
	return stream_response(stream, out_response, err);
}
