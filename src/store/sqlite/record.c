/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* record.c - writes the parts of a commit that plan.c has decided. */
#include "store/sqlite/sqlite_plan.h"

/* ---- streams and events ---- */

static enum cqrs_status add_stream(struct sqlite_connection *writer,
                                   const struct cqrs_stream *stream, struct sqlite_stream *planned,
                                   struct cqrs_error *err)
{
	struct sqlite_call call;
	uint64_t type;
	enum cqrs_status status =
		cqrs__sqlite_type_number(writer, stream->type, "", true, &type, err);

	if (status != CQRS_OK)
		return status;
	planned->name = cqrs__sqlite_name_of(SQLITE_STREAM, type, stream->id);
	status = cqrs__sqlite_begin(writer, STATEMENT_ADD_STREAM, &call, err);
	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_number(&call, type);
	cqrs__sqlite_bind_text(&call, stream->id);
	status = cqrs__sqlite_run(&call, err);
	if (status == CQRS_OK)
		planned->number = (uint64_t)sqlite3_last_insert_rowid(writer->db);
	return status;
}

/* The number of a stream that had no row when the commit was planned. */
static enum cqrs_status make_stream(struct sqlite_store *store, const struct cqrs_stream *stream,
                                    struct sqlite_stream *planned, struct cqrs_error *err)
{
	enum cqrs_status status = CQRS_OK;

	if (!planned->number) /* an append of this commit may have added it */
		status = cqrs__sqlite_find_stream(store, stream, planned, err);
	if (status == CQRS_OK && !planned->number)
		status = add_stream(store->writer, stream, planned, err);
	return status;
}

static enum cqrs_status add_event(struct sqlite_store *store, const struct sqlite_stream *stream,
                                  size_t index, uint64_t offset,
                                  const struct cqrs_event_data *event, struct cqrs_error *err)
{
	struct sqlite_event_row row = {
		.offset = offset,
		.stream = stream->number,
		.sequence = stream->head + 1 + index,
		.data = event,
	};
	enum cqrs_status status = cqrs__sqlite_type_number(store->writer, event->type,
	                                                   event->version, true, &row.type, err);

	if (status != CQRS_OK)
		return status;
	row.ids_size = cqrs__sqlite_pack_ids(event, row.ids);
	return cqrs__sqlite_add_event(store, &row, err);
}

static enum cqrs_status record_append(struct sqlite_store *store, const struct cqrs_append *append,
                                      struct sqlite_stream *planned, uint64_t *next_offset,
                                      struct cqrs_error *err)
{
	enum cqrs_status status = CQRS_OK;

	if (!planned->number) /* its streams are all different: none has added it since */
		status = add_stream(store->writer, &append->stream, planned, err);
	for (size_t i = 0; status == CQRS_OK && i < append->event_count; i++)
		status = add_event(store, planned, i, (*next_offset)++, &append->events[i], err);
	if (status == CQRS_OK)
		status = cqrs__sqlite_remember_stream(store, planned,
		                                      planned->head + append->event_count, err);
	return status;
}

static enum cqrs_status record_snapshot(struct sqlite_store *store,
                                        const struct cqrs_snapshot_write *write,
                                        struct sqlite_stream *planned, struct cqrs_error *err)
{
	const struct cqrs_snapshot *snapshot = &write->snapshot;
	struct sqlite_call call;
	enum cqrs_status status = make_stream(store, &write->stream, planned, err);

	if (status != CQRS_OK)
		return status;
	status = cqrs__sqlite_begin(store->writer, STATEMENT_SET_SNAPSHOT, &call, err);
	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_number(&call, planned->number);
	cqrs__sqlite_bind_number(&call, snapshot->sequence);
	cqrs__sqlite_bind_signed(&call, (int64_t)snapshot->fingerprint);
	cqrs__sqlite_bind_signed(&call, snapshot->recorded_at_us);
	cqrs__sqlite_bind_json(&call, &snapshot->state);
	return cqrs__sqlite_run(&call, err);
}

static enum cqrs_status record_key(struct sqlite_store *store, const struct cqrs_key_write *write,
                                   struct sqlite_stream *planned, struct cqrs_error *err)
{
	const struct cqrs_key_record *record = &write->record;
	struct sqlite_call call;
	enum cqrs_status status = make_stream(store, &write->stream, planned, err);

	if (status != CQRS_OK)
		return status;
	status = cqrs__sqlite_begin(store->writer, STATEMENT_ADD_KEY, &call, err);
	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_number(&call, planned->number);
	cqrs__sqlite_bind_signed(&call, cqrs__sqlite_key_hash(write->key));
	cqrs__sqlite_bind_text(&call, write->key);
	cqrs__sqlite_bind_bytes(&call, record->command.bytes, sizeof(record->command.bytes));
	cqrs__sqlite_bind_number(&call, record->first_sequence);
	cqrs__sqlite_bind_number(&call, record->last_sequence);
	cqrs__sqlite_bind_signed(&call, record->recorded_at_us);
	return cqrs__sqlite_run(&call, err);
}

/* ---- views and checkpoints ---- */

static enum cqrs_status run_with_number(struct sqlite_connection *writer,
                                        enum sqlite_statement which, uint64_t number,
                                        struct cqrs_error *err)
{
	struct sqlite_call call;
	enum cqrs_status status = cqrs__sqlite_begin(writer, which, &call, err);

	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_number(&call, number);
	return cqrs__sqlite_run(&call, err);
}

static void bind_payload(struct sqlite_call *call, const struct cqrs_text *payload)
{
	if (payload->data)
		cqrs__sqlite_bind_json(call, payload);
	else
		cqrs__sqlite_bind_null(call); /* a tombstone */
}

static enum cqrs_status add_view(struct sqlite_connection *writer,
                                 const struct cqrs_view_write *view, struct sqlite_view *planned,
                                 struct cqrs_error *err)
{
	struct sqlite_call call;
	uint64_t type;
	enum cqrs_status status =
		cqrs__sqlite_type_number(writer, view->type, "", true, &type, err);

	if (status != CQRS_OK)
		return status;
	planned->name = cqrs__sqlite_name_of(SQLITE_VIEW, type, view->id);
	status = cqrs__sqlite_begin(writer, STATEMENT_ADD_VIEW, &call, err);
	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_number(&call, type);
	cqrs__sqlite_bind_text(&call, view->id);
	cqrs__sqlite_bind_number(&call, view->version);
	bind_payload(&call, &view->payload);
	status = cqrs__sqlite_run(&call, err);
	if (status == CQRS_OK) {
		planned->row.number = (uint64_t)sqlite3_last_insert_rowid(writer->db);
		planned->row.entries = SQLITE_ENTRIES_NONE;
	}
	return status;
}

static enum cqrs_status set_view(struct sqlite_connection *writer,
                                 const struct cqrs_view_write *view, uint64_t number,
                                 struct cqrs_error *err)
{
	struct sqlite_call call;
	enum cqrs_status status = cqrs__sqlite_begin(writer, STATEMENT_SET_VIEW, &call, err);

	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_number(&call, view->version);
	bind_payload(&call, &view->payload);
	cqrs__sqlite_bind_number(&call, number);
	return cqrs__sqlite_run(&call, err);
}

static enum cqrs_status add_entries(struct sqlite_store *store, const struct cqrs_view_write *view,
                                    struct sqlite_known *row, struct cqrs_error *err)
{
	enum cqrs_status status = CQRS_OK;

	for (size_t i = 0; status == CQRS_OK && i < view->entry_count; i++) {
		const struct cqrs_entry_position *position = &view->entries[i].position;
		struct sqlite_entry_row entry = { row->number, &view->entries[i] };

		status = cqrs__sqlite_add_entry(store, &entry, err);
		if (row->entries == SQLITE_ENTRIES_UP_TO &&
		    !cqrs__sqlite_is_behind(position, &row->last_entry))
			continue;
		row->entries = SQLITE_ENTRIES_UP_TO;
		row->last_entry = *position;
	}
	return status;
}

static enum cqrs_status clear_entries(struct sqlite_store *store, struct sqlite_known *row,
                                      struct cqrs_error *err)
{
	enum cqrs_status status = cqrs__sqlite_flush_entries(store, err);

	if (status != CQRS_OK)
		return status;
	row->entries = SQLITE_ENTRIES_NONE;
	return run_with_number(store->writer, STATEMENT_CLEAR_ENTRIES, row->number, err);
}

static enum cqrs_status erase_view(struct sqlite_store *store, const struct sqlite_view *planned,
                                   struct cqrs_error *err)
{
	if (!planned->row.number)
		return CQRS_OK;
	cqrs__sqlite_forget(store, &planned->name);
	return run_with_number(store->writer, STATEMENT_ERASE_VIEW, planned->row.number, err);
}

static enum cqrs_status record_view(struct sqlite_store *store, const struct cqrs_view_write *view,
                                    struct sqlite_view *planned, struct cqrs_error *err)
{
	struct sqlite_connection *writer = store->writer;
	struct sqlite_known *row = &planned->row;
	enum cqrs_status status = CQRS_OK;

	if (row->number && (view->clear_entries || !view->payload.data || !view->version))
		status = clear_entries(store, row, err);
	if (status != CQRS_OK)
		return status;
	if (!view->version)
		return erase_view(store, planned, err);
	if (row->number)
		status = set_view(writer, view, row->number, err);
	else
		status = add_view(writer, view, planned, err);
	if (status == CQRS_OK)
		status = add_entries(store, view, row, err);
	row->at = view->version;
	if (status == CQRS_OK)
		status = cqrs__sqlite_remember(store, &planned->name, row, err);
	return status;
}

static enum cqrs_status record_checkpoint(struct sqlite_connection *writer,
                                          const struct cqrs_checkpoint_write *checkpoint,
                                          struct cqrs_error *err)
{
	struct sqlite_call call;
	enum cqrs_status status = cqrs__sqlite_begin(writer, STATEMENT_SET_CHECKPOINT, &call, err);

	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_text(&call, checkpoint->projection);
	cqrs__sqlite_bind_number(&call, checkpoint->feed);
	cqrs__sqlite_bind_number(&call, checkpoint->offset);
	return cqrs__sqlite_run(&call, err);
}

enum cqrs_status cqrs__sqlite_record(struct sqlite_store *store, const struct cqrs_commit *commit,
                                     struct sqlite_plan *plan, uint64_t *next_offset,
                                     struct cqrs_error *err)
{
	enum cqrs_status status = CQRS_OK;

	for (size_t i = 0; status == CQRS_OK && i < commit->append_count; i++)
		status = record_append(store, &commit->appends[i], &plan->appends[i], next_offset,
		                       err);
	for (size_t i = 0; status == CQRS_OK && i < commit->snapshot_count; i++)
		status = record_snapshot(store, &commit->snapshots[i], &plan->snapshots[i], err);
	for (size_t i = 0; status == CQRS_OK && i < commit->view_count; i++)
		status = record_view(store, &commit->views[i], &plan->views[i], err);
	for (size_t i = 0; status == CQRS_OK && i < commit->checkpoint_count; i++)
		status = record_checkpoint(store->writer, &commit->checkpoints[i], err);
	for (size_t i = 0; status == CQRS_OK && i < commit->key_count; i++)
		status = record_key(store, &commit->keys[i], &plan->keys[i], err);
	return status;
}
