/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * rows.c - events and entries of a batch, written several rows at a time.
 *
 * Half of what SQLite does for a row is done once a statement: opening and closing cursors,
 * and the memory for it. So rows wait, across the commits of a batch, until there are enough
 * for one statement or someone is about to read them.
 */
#include "store/sqlite/sqlite_plan.h"

/* ---- events ---- */

static void bind_event(struct sqlite_call *call, const struct sqlite_event_row *row)
{
	cqrs__sqlite_bind_number(call, row->offset);
	cqrs__sqlite_bind_number(call, row->stream);
	cqrs__sqlite_bind_number(call, row->sequence);
	cqrs__sqlite_bind_number(call, row->type);
	cqrs__sqlite_bind_signed(call, row->data->recorded_at_us);
	cqrs__sqlite_bind_bytes(call, row->ids, row->ids_size);
	cqrs__sqlite_bind_json(call, &row->data->metadata);
	cqrs__sqlite_bind_json(call, &row->data->payload);
}

/* count: 1 or SQLITE_ROWS. */
static enum cqrs_status write_events(struct sqlite_connection *writer,
                                     const struct sqlite_event_row *rows, size_t count,
                                     struct cqrs_error *err)
{
	struct sqlite_call call;
	enum cqrs_status status = cqrs__sqlite_begin(
		writer, count == 1 ? STATEMENT_ADD_EVENT : STATEMENT_ADD_EVENTS, &call, err);

	if (status != CQRS_OK)
		return status;
	for (size_t i = 0; i < count; i++)
		bind_event(&call, &rows[i]);
	return cqrs__sqlite_run(&call, err);
}

enum cqrs_status cqrs__sqlite_flush_events(struct sqlite_store *store, struct cqrs_error *err)
{
	struct sqlite_rows *rows = &store->rows;
	size_t step = rows->event_count == SQLITE_ROWS ? SQLITE_ROWS : 1;
	enum cqrs_status status = CQRS_OK;

	for (size_t i = 0; status == CQRS_OK && i < rows->event_count; i += step)
		status = write_events(store->writer, &rows->events[i], step, err);
	rows->event_count = 0;
	return status;
}

enum cqrs_status cqrs__sqlite_add_event(struct sqlite_store *store,
                                        const struct sqlite_event_row *row, struct cqrs_error *err)
{
	struct sqlite_rows *rows = &store->rows;

	rows->events[rows->event_count++] = *row;
	return rows->event_count == SQLITE_ROWS ? cqrs__sqlite_flush_events(store, err) : CQRS_OK;
}

bool cqrs__sqlite_event_waits(const struct sqlite_store *store, uint64_t stream)
{
	const struct sqlite_rows *rows = &store->rows;

	for (size_t i = 0; i < rows->event_count; i++)
		if (rows->events[i].stream == stream)
			return true;
	return false;
}

/* ---- entries ---- */

static void bind_entry(struct sqlite_call *call, const struct sqlite_entry_row *row)
{
	cqrs__sqlite_bind_number(call, row->view);
	cqrs__sqlite_bind_number(call, row->entry->position.sequence);
	cqrs__sqlite_bind_number(call, row->entry->position.index);
	cqrs__sqlite_bind_json(call, &row->entry->payload);
}

static enum cqrs_status write_entries(struct sqlite_connection *writer,
                                      const struct sqlite_entry_row *rows, size_t count,
                                      struct cqrs_error *err)
{
	struct sqlite_call call;
	enum cqrs_status status = cqrs__sqlite_begin(
		writer, count == 1 ? STATEMENT_ADD_ENTRY : STATEMENT_ADD_ENTRIES, &call, err);

	if (status != CQRS_OK)
		return status;
	for (size_t i = 0; i < count; i++)
		bind_entry(&call, &rows[i]);
	return cqrs__sqlite_run(&call, err);
}

enum cqrs_status cqrs__sqlite_flush_entries(struct sqlite_store *store, struct cqrs_error *err)
{
	struct sqlite_rows *rows = &store->rows;
	size_t step = rows->entry_count == SQLITE_ROWS ? SQLITE_ROWS : 1;
	enum cqrs_status status = CQRS_OK;

	for (size_t i = 0; status == CQRS_OK && i < rows->entry_count; i += step)
		status = write_entries(store->writer, &rows->entries[i], step, err);
	rows->entry_count = 0;
	return status;
}

enum cqrs_status cqrs__sqlite_add_entry(struct sqlite_store *store,
                                        const struct sqlite_entry_row *row, struct cqrs_error *err)
{
	struct sqlite_rows *rows = &store->rows;

	rows->entries[rows->entry_count++] = *row;
	return rows->entry_count == SQLITE_ROWS ? cqrs__sqlite_flush_entries(store, err) : CQRS_OK;
}

void cqrs__sqlite_drop_rows(struct sqlite_store *store)
{
	store->rows.event_count = 0;
	store->rows.entry_count = 0;
}
