/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * account_stream.c - the view's row, then its entries twice: the checks, then all.
 *
 * Entries are added and never changed, so those up to the row's version, read pages
 * later, are what they were when the row was read.
 */
#include "account_stream.h"

#include "domain/account_view.h"
#include "service.h"

#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

enum part { PART_ROW, PART_CHECKS, PART_LEDGER };

struct account_stream {
	struct stream base;
	enum part part;
	uint64_t version;
	struct cqrs_entry_position after; /* sequence 0: none yet */
	bool has_items;                   /* the part's list */
};

#define LITERAL(text) (text), strlen(text)

static enum cqrs_status write_row(struct account_stream *stream, struct cqrs_error *err)
{
	const void *view;
	struct cqrs_text json;
	enum cqrs_status status =
		cqrs_view_load(stream->base.framework, &account_view, stream->base.account_id,
	                       stream->base.arena, &view, &stream->version, err);

	if (status == CQRS_OK)
		status = cqrs_record_encode(&account_view.record, view, CQRS_ALLOW_NULL_TEXT,
		                            stream->base.arena, &json, err);
	if (status == CQRS_OK) /* the lists go in before its closing brace */
		status = stream_text(&stream->base, json.data, json.len - 1, err);
	if (status == CQRS_OK)
		status = stream_text(&stream->base, LITERAL(",\"written_checks\":["), err);
	return status;
}

/* Add an entry to its part's list; written checks are texts, ledger lines objects. */
static bool add_entry(yyjson_mut_doc *doc, yyjson_mut_val *list, enum part part,
                      const struct ledger_entry *entry)
{
	yyjson_mut_val *line;

	if (part == PART_CHECKS)
		return !entry->is_check || yyjson_mut_arr_add_str(doc, list, entry->description);
	line = yyjson_mut_arr_add_obj(doc, list);
	return line && yyjson_mut_obj_add_str(doc, line, "description", entry->description) &&
	       yyjson_mut_obj_add_real(doc, line, "amount", entry->amount);
}

/* Write a list's items without its brackets: they continue the part's. */
static enum cqrs_status write_items(struct account_stream *stream, yyjson_mut_doc *doc,
                                    struct cqrs_error *err)
{
	enum cqrs_status status = CQRS_OK;
	size_t len;
	char *json = yyjson_mut_write(doc, 0, &len);

	if (!json)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "out of memory");
	if (len > strlen("[]")) {
		if (stream->has_items)
			status = stream_text(&stream->base, LITERAL(","), err);
		if (status == CQRS_OK)
			status = stream_text(&stream->base, json + 1, len - 2, err);
		stream->has_items = true;
	}
	free(json);
	return status;
}

static enum cqrs_status write_page(struct account_stream *stream,
                                   const struct cqrs_entry_items *entries, struct cqrs_error *err)
{
	yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
	yyjson_mut_val *list = yyjson_mut_arr(doc);
	bool added = list != NULL;
	enum cqrs_status status;

	yyjson_mut_doc_set_root(doc, list);
	for (size_t i = 0; i < entries->count && added; i++)
		added = add_entry(doc, list, stream->part, entries->items[i].entry);
	status = added ? write_items(stream, doc, err)
	               : cqrs_error_set(err, CQRS_ERR_NOMEM, "out of memory");
	yyjson_mut_doc_free(doc);
	return status;
}

/* Drop the entries that are newer than the row. */
static void cut_to_version(struct cqrs_entry_items *entries, uint64_t version)
{
	while (entries->count > 0 && entries->items[entries->count - 1].position.sequence > version)
		entries->count--;
}

static enum cqrs_status end_part(struct account_stream *stream, struct cqrs_error *err)
{
	stream->after = (struct cqrs_entry_position){ 0 };
	stream->has_items = false;
	if (stream->part == PART_CHECKS) {
		stream->part = PART_LEDGER;
		return stream_text(&stream->base, LITERAL("],\"ledger\":["), err);
	}
	stream->base.done = true;
	return stream_text(&stream->base, LITERAL("]}"), err);
}

static enum cqrs_status next_page(struct stream *base, struct cqrs_error *err)
{
	struct account_stream *stream = (struct account_stream *)base;
	const struct cqrs_entry_position *after = stream->after.sequence ? &stream->after : NULL;
	struct cqrs_entry_items entries;
	enum cqrs_status status;

	if (stream->part == PART_ROW) {
		stream->part = PART_CHECKS;
		return write_row(stream, err);
	}
	status = cqrs_view_entries(base->framework, &account_view, base->account_id, after,
	                           STREAM_ITEMS, base->arena, &entries, err);
	if (status != CQRS_OK)
		return status;
	cut_to_version(&entries, stream->version);
	if (entries.count == 0)
		return end_part(stream, err);
	stream->after = entries.items[entries.count - 1].position;
	return write_page(stream, &entries, err);
}

enum cqrs_status account_stream_open(struct service *service, struct connection *connection,
                                     const char *account_id, struct MHD_Response **out_response,
                                     struct cqrs_error *err)
{
	struct stream *stream;
	enum cqrs_status status =
		stream_new(sizeof(struct account_stream), next_page, service->framework, connection,
	                   account_id, &stream, err);

	return status == CQRS_OK ? stream_response(stream, out_response, err) : status;
}
