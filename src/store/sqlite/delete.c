/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * delete.c - what goes: a stream's contents, and old idempotency keys.
 *
 * A stream is marked as deleted in one commit, after which no read shows it. Its contents
 * are then erased in steps, so that a long stream does not keep others from writing; steps
 * that a crash left over are taken when the file is opened next.
 */
#include "store/sqlite/sqlite_plan.h"

/* How many rows one transaction goes through. */
#define STEP_ROWS 1000

/* ---- steps of the erasure ---- */

struct erasure {
	uint64_t stream; /* 0: none is left */
	uint64_t head;
	uint64_t erased; /* events up to this sequence */
};

static enum cqrs_status erase_events(struct sqlite_connection *writer,
                                     const struct erasure *erasure, struct cqrs_error *err)
{
	struct sqlite_call call;
	enum cqrs_status status = cqrs__sqlite_begin(writer, STATEMENT_ERASE_EVENTS, &call, err);

	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_number(&call, erasure->stream);
	cqrs__sqlite_bind_number(&call, erasure->erased);
	cqrs__sqlite_bind_number(&call, erasure->erased + STEP_ROWS);
	return cqrs__sqlite_run(&call, err);
}

static enum cqrs_status mark(struct sqlite_connection *writer, uint64_t stream,
                             enum sqlite_deleted deleted, struct cqrs_error *err)
{
	struct sqlite_call call;
	enum cqrs_status status = cqrs__sqlite_begin(writer, STATEMENT_MARK_STREAM, &call, err);

	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_number(&call, deleted);
	cqrs__sqlite_bind_number(&call, stream);
	return cqrs__sqlite_run(&call, err);
}

static enum cqrs_status erase_rows(struct sqlite_connection *writer, enum sqlite_statement which,
                                   uint64_t stream, struct cqrs_error *err)
{
	struct sqlite_call call;
	enum cqrs_status status = cqrs__sqlite_begin(writer, which, &call, err);

	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_number(&call, stream);
	return cqrs__sqlite_run(&call, err);
}

/* The body of a transaction: one step of one stream. */
static enum cqrs_status take_step(struct sqlite_store *store, void *self, struct cqrs_error *err)
{
	struct erasure *erasure = self;
	enum cqrs_status status = erase_events(store->writer, erasure, err);

	if (status == CQRS_OK && erasure->head <= erasure->erased + STEP_ROWS)
		status = mark(store->writer, erasure->stream, SQLITE_STREAM_ERASED, err);
	return status;
}

static enum cqrs_status
write_step(struct sqlite_store *store,
           enum cqrs_status (*body)(struct sqlite_store *, void *, struct cqrs_error *), void *self,
           struct cqrs_error *err)
{
	enum cqrs_status status;

	pthread_mutex_lock(&store->write_lock);
	status = cqrs__sqlite_write(store, body, self, NULL, err);
	cqrs__sqlite_end_write(store);
	return status;
}

static enum cqrs_status erase_stream(struct sqlite_store *store, struct erasure *erasure,
                                     struct cqrs_error *err)
{
	enum cqrs_status status = CQRS_OK;

	do {
		status = write_step(store, take_step, erasure, err);
		erasure->erased += STEP_ROWS;
	} while (status == CQRS_OK && erasure->erased < erasure->head);
	return status;
}

static enum cqrs_status find_marked(struct sqlite_connection *reader, struct erasure *out_erasure,
                                    struct cqrs_error *err)
{
	struct sqlite_call call;
	bool row;
	enum cqrs_status status = cqrs__sqlite_begin(reader, STATEMENT_FIND_ERASING, &call, err);

	if (status != CQRS_OK)
		return status;
	status = cqrs__sqlite_next(&call, &row, err);
	if (status == CQRS_OK && row)
		status = cqrs__sqlite_number(&call, 0, INT64_MAX, &out_erasure->stream, err);
	cqrs__sqlite_end(&call);
	return status;
}

static enum cqrs_status find_end(struct sqlite_connection *reader, struct erasure *erasure,
                                 struct cqrs_error *err)
{
	struct sqlite_call call;
	bool row;
	enum cqrs_status status = cqrs__sqlite_begin(reader, STATEMENT_ERASING_HEAD, &call, err);

	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_number(&call, erasure->stream);
	status = cqrs__sqlite_next(&call, &row, err);
	if (status == CQRS_OK && !cqrs__sqlite_is_null(&call, 0))
		status = cqrs__sqlite_number(&call, 0, CQRS_MAX_SEQUENCE, &erasure->head, err);
	cqrs__sqlite_end(&call);
	return status;
}

static enum cqrs_status find_erasure(struct sqlite_store *store, struct erasure *out_erasure,
                                     struct cqrs_error *err)
{
	struct sqlite_connection *reader;
	enum cqrs_status status = cqrs__sqlite_take_reader(store, &reader, err);

	if (status != CQRS_OK)
		return status;
	status = find_marked(reader, out_erasure, err);
	if (status == CQRS_OK && out_erasure->stream)
		status = find_end(reader, out_erasure, err);
	cqrs__sqlite_return_reader(store, reader);
	return status;
}

enum cqrs_status cqrs__sqlite_finish_erasing(struct sqlite_store *store, struct cqrs_error *err)
{
	struct erasure erasure;
	enum cqrs_status status;

	do {
		erasure = (struct erasure){ 0 };
		status = find_erasure(store, &erasure, err);
		if (status == CQRS_OK && erasure.stream)
			status = erase_stream(store, &erasure, err);
	} while (status == CQRS_OK && erasure.stream);
	return status;
}

/* ---- deleting a stream ---- */

struct deletion {
	const struct cqrs_stream *stream;
	uint64_t expected_sequence;
	struct erasure erasure;
};

static enum cqrs_status decide(struct sqlite_store *store, const struct deletion *deletion,
                               struct sqlite_stream *found, struct cqrs_error *err)
{
	const struct cqrs_stream *stream = deletion->stream;
	enum cqrs_status status = cqrs__sqlite_find_stream(store, stream, found, err);

	if (status != CQRS_OK)
		return status;
	if (found->deleted)
		return cqrs_error_set(err, CQRS_ERR_NOT_FOUND, "stream '%s' was deleted",
		                      stream->id);
	if (!found->head)
		return cqrs_error_set(err, CQRS_ERR_NOT_FOUND, "stream '%s' has no events",
		                      stream->id);
	if (cqrs_sequence_matches(deletion->expected_sequence, found->head))
		return CQRS_OK;
	cqrs_error_set(err, CQRS_ERR_CONFLICT, "stream '%s' is at %llu, not %llu", stream->id,
	               (unsigned long long)found->head,
	               (unsigned long long)deletion->expected_sequence);
	cqrs_error_set_path(err, "%s", stream->id);
	return CQRS_ERR_CONFLICT;
}

/* The body of a transaction. */
static enum cqrs_status mark_deleted(struct sqlite_store *store, void *self, struct cqrs_error *err)
{
	struct deletion *deletion = self;
	struct sqlite_stream found;
	enum cqrs_status status = decide(store, deletion, &found, err);

	if (found.deleted == SQLITE_STREAM_MARKED || status == CQRS_OK)
		deletion->erasure = (struct erasure){ .stream = found.number, .head = found.head };
	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_forget(store, &found.name);
	status = mark(store->writer, found.number, SQLITE_STREAM_MARKED, err);
	if (status == CQRS_OK)
		status = erase_rows(store->writer, STATEMENT_ERASE_SNAPSHOT, found.number, err);
	if (status == CQRS_OK)
		status = erase_rows(store->writer, STATEMENT_ERASE_KEYS, found.number, err);
	return status;
}

enum cqrs_status cqrs__sqlite_delete_stream(void *self, const struct cqrs_stream *stream,
                                            uint64_t expected_sequence, struct cqrs_error *err)
{
	struct sqlite_store *store = self;
	struct deletion deletion = { .stream = stream, .expected_sequence = expected_sequence };
	enum cqrs_status status = cqrs__sqlite_check_owner(store, err);

	if (status != CQRS_OK)
		return status;
	status = write_step(store, mark_deleted, &deletion, err);
	if (status == CQRS_ERR_NOT_FOUND && deletion.erasure.stream)
		erase_stream(store, &deletion.erasure, NULL); /* deleted before, but not erased */
	if (status != CQRS_OK || erase_stream(store, &deletion.erasure, err) == CQRS_OK)
		return status;
	if (err)
		cqrs_error_prefix(err, "stream '%s' is deleted but not erased", stream->id);
	return err ? err->status = CQRS_ERR_UNKNOWN : CQRS_ERR_UNKNOWN;
}

/* ---- old keys ---- */

struct purge {
	int64_t before_us;
	uint64_t number; /* keys up to this one were looked at */
	uint64_t erased;
	bool done;
};

struct old_keys {
	uint64_t numbers[STEP_ROWS];
	size_t count;
	size_t scanned;
};

static enum cqrs_status scan_key(const struct sqlite_call *call, struct purge *purge,
                                 struct old_keys *keys, struct cqrs_error *err)
{
	int64_t recorded_at_us = 0;
	enum cqrs_status status = cqrs__sqlite_number(call, 0, INT64_MAX, &purge->number, err);

	if (status == CQRS_OK)
		status = cqrs__sqlite_signed(call, 1, &recorded_at_us, err);
	keys->scanned++;
	if (status == CQRS_OK && recorded_at_us < purge->before_us)
		keys->numbers[keys->count++] = purge->number;
	return status;
}

static enum cqrs_status scan_keys(struct sqlite_connection *writer, struct purge *purge,
                                  struct old_keys *keys, struct cqrs_error *err)
{
	struct sqlite_call call;
	bool row = true;
	enum cqrs_status status = cqrs__sqlite_begin(writer, STATEMENT_SCAN_KEYS, &call, err);

	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_number(&call, purge->number);
	cqrs__sqlite_bind_number(&call, STEP_ROWS);
	while (status == CQRS_OK && keys->scanned < STEP_ROWS) {
		status = cqrs__sqlite_next(&call, &row, err);
		if (status != CQRS_OK || !row)
			break;
		status = scan_key(&call, purge, keys, err);
	}
	cqrs__sqlite_end(&call);
	purge->done = keys->scanned < STEP_ROWS;
	return status;
}

/* The body of a transaction. */
static enum cqrs_status purge_step(struct sqlite_store *store, void *self, struct cqrs_error *err)
{
	struct purge *purge = self;
	struct old_keys keys;
	enum cqrs_status status;

	keys.count = 0;
	keys.scanned = 0;
	status = scan_keys(store->writer, purge, &keys, err);
	for (size_t i = 0; status == CQRS_OK && i < keys.count; i++)
		status = erase_rows(store->writer, STATEMENT_ERASE_KEY, keys.numbers[i], err);
	purge->erased += keys.count;
	return status;
}

enum cqrs_status cqrs__sqlite_purge_keys(void *self, int64_t before_us, uint64_t *out_count,
                                         struct cqrs_error *err)
{
	struct sqlite_store *store = self;
	struct purge purge = { .before_us = before_us };
	enum cqrs_status status = cqrs__sqlite_check_owner(store, err);

	while (status == CQRS_OK && !purge.done)
		status = write_step(store, purge_step, &purge, err);
	if (status == CQRS_OK)
		*out_count = purge.erased;
	return status;
}
