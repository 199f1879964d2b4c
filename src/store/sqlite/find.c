/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* find.c - a stream's or a view's row, as it is remembered or else as it is stored. */
#include "store/sqlite/sqlite_plan.h"

/* Begin a statement that finds a row by type and id; the call is to be ended where that succeeds. */
static enum cqrs_status look_up(struct sqlite_store *store, enum sqlite_statement which,
                                const struct sqlite_name *name, struct sqlite_call *out_call,
                                bool *out_row, struct cqrs_error *err)
{
	enum cqrs_status status = cqrs__sqlite_begin(store->writer, which, out_call, err);

	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_number(out_call, name->type);
	cqrs__sqlite_bind_text(out_call, name->id);
	status = cqrs__sqlite_next(out_call, out_row, err);
	if (status != CQRS_OK)
		cqrs__sqlite_end(out_call);
	return status;
}

/* ---- streams ---- */

static enum cqrs_status read_stream(struct sqlite_store *store, struct sqlite_stream *found,
                                    struct cqrs_error *err)
{
	struct sqlite_call call;
	bool row = false;
	enum cqrs_status status =
		look_up(store, STATEMENT_FIND_STREAM, &found->name, &call, &row, err);

	if (status != CQRS_OK)
		return status;
	if (row) {
		status = cqrs__sqlite_number(&call, 0, INT64_MAX, &found->number, err);
		if (status == CQRS_OK)
			status = cqrs__sqlite_number(&call, 1, SQLITE_STREAM_ERASED,
			                             &found->deleted, err);
		if (status == CQRS_OK && !cqrs__sqlite_is_null(&call, 2))
			status =
				cqrs__sqlite_number(&call, 2, CQRS_MAX_SEQUENCE, &found->head, err);
	}
	cqrs__sqlite_end(&call);
	return status;
}

enum cqrs_status cqrs__sqlite_find_stream(struct sqlite_store *store,
                                          const struct cqrs_stream *stream,
                                          struct sqlite_stream *out_stream, struct cqrs_error *err)
{
	struct sqlite_known known;
	uint64_t type;
	enum cqrs_status status =
		cqrs__sqlite_type_number(store->writer, stream->type, "", false, &type, err);

	*out_stream = (struct sqlite_stream){ 0 };
	if (status != CQRS_OK || !type)
		return status;
	out_stream->name = cqrs__sqlite_name_of(SQLITE_STREAM, type, stream->id);
	if (cqrs__sqlite_recall(store, &out_stream->name, &known)) {
		out_stream->number = known.number;
		out_stream->head = known.at;
		return CQRS_OK;
	}
	status = read_stream(store, out_stream, err);
	if (status == CQRS_OK && cqrs__sqlite_event_waits(store, out_stream->number)) {
		status = cqrs__sqlite_flush_events(store, err);
		if (status == CQRS_OK)
			status = read_stream(store, out_stream, err);
	}
	if (status == CQRS_OK && out_stream->number && !out_stream->deleted)
		status = cqrs__sqlite_remember_stream(store, out_stream, out_stream->head, err);
	return status;
}

enum cqrs_status cqrs__sqlite_remember_stream(struct sqlite_store *store,
                                              const struct sqlite_stream *stream, uint64_t head,
                                              struct cqrs_error *err)
{
	struct sqlite_known known = { .number = stream->number, .at = head };

	return cqrs__sqlite_remember(store, &stream->name, &known, err);
}

/* ---- views ---- */

static enum cqrs_status read_view(struct sqlite_store *store, struct sqlite_view *found,
                                  struct cqrs_error *err)
{
	struct sqlite_call call;
	bool row = false;
	enum cqrs_status status =
		look_up(store, STATEMENT_FIND_VIEW, &found->name, &call, &row, err);

	if (status != CQRS_OK)
		return status;
	if (row) {
		status = cqrs__sqlite_number(&call, 0, INT64_MAX, &found->row.number, err);
		if (status == CQRS_OK)
			status = cqrs__sqlite_number(&call, 1, CQRS_MAX_SEQUENCE, &found->row.at,
			                             err);
	}
	cqrs__sqlite_end(&call);
	return status;
}

enum cqrs_status cqrs__sqlite_find_view(struct sqlite_store *store,
                                        const struct cqrs_view_write *view,
                                        struct sqlite_view *out_view, struct cqrs_error *err)
{
	uint64_t type;
	enum cqrs_status status =
		cqrs__sqlite_type_number(store->writer, view->type, "", false, &type, err);

	*out_view = (struct sqlite_view){ 0 };
	if (status != CQRS_OK || !type)
		return status;
	out_view->name = cqrs__sqlite_name_of(SQLITE_VIEW, type, view->id);
	if (cqrs__sqlite_recall(store, &out_view->name, &out_view->row))
		return CQRS_OK;
	status = read_view(store, out_view, err);
	if (status == CQRS_OK && out_view->row.number)
		status = cqrs__sqlite_remember(store, &out_view->name, &out_view->row, err);
	return status;
}
