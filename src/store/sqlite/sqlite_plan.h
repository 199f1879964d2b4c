/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* sqlite_plan.h - what plan.c found out for a commit, and record.c writes by. */
#ifndef CQRS_STORE_SQLITE_PLAN_H
#define CQRS_STORE_SQLITE_PLAN_H

#include "store/sqlite/sqlite_store.h"

/* What streams.deleted holds. */
enum sqlite_deleted {
	SQLITE_STREAM_LIVES = 0,
	SQLITE_STREAM_MARKED = 1, /* deleted; its contents are being erased */
	SQLITE_STREAM_ERASED = 2,
};

struct sqlite_stream {
	struct sqlite_name name; /* all zero where its type has no number yet */
	uint64_t number;         /* 0: it has no row yet */
	uint64_t head;
	uint64_t deleted; /* enum sqlite_deleted */
};

struct sqlite_view {
	struct sqlite_name name; /* the same */
	struct sqlite_known row;
};

/* The parts of a commit, in the order of its own arrays. */
struct sqlite_plan {
	struct sqlite_stream *appends;
	struct sqlite_stream *snapshots;
	struct sqlite_stream *keys;
	struct sqlite_view *views;
};

/* ---- find.c: rows, by the writer in a transaction ---- */

/* All zero but for the name where there is no row. */
enum cqrs_status cqrs__sqlite_find_stream(struct sqlite_store *store,
                                          const struct cqrs_stream *stream,
                                          struct sqlite_stream *out_stream, struct cqrs_error *err);
enum cqrs_status cqrs__sqlite_find_view(struct sqlite_store *store,
                                        const struct cqrs_view_write *view,
                                        struct sqlite_view *out_view, struct cqrs_error *err);
/* What the next find shall tell: the head is another now. */
enum cqrs_status cqrs__sqlite_remember_stream(struct sqlite_store *store,
                                              const struct sqlite_stream *stream, uint64_t head,
                                              struct cqrs_error *err);

/* ---- plan.c and record.c ---- */

/*
 * Decide a commit: its status is CQRS_OK when all that it expects is so. The plan lives in
 * the scratch arena. What is returned is whether that could be found out.
 */
enum cqrs_status cqrs__sqlite_plan(struct sqlite_store *store, struct cqrs_commit *commit,
                                   struct sqlite_plan *plan, struct cqrs_error *err);

/* Write a commit that was decided. *next_offset moves on behind its events. */
enum cqrs_status cqrs__sqlite_record(struct sqlite_store *store, const struct cqrs_commit *commit,
                                     struct sqlite_plan *plan, uint64_t *next_offset,
                                     struct cqrs_error *err);

/* The position of an entry is behind another. */
bool cqrs__sqlite_is_behind(const struct cqrs_entry_position *a,
                            const struct cqrs_entry_position *b);

/* ---- hash.c ---- */

/* What a key is found by within its stream: 48 bits, which the index stores in 6 bytes. */
int64_t cqrs__sqlite_key_hash(const char *key);

/* ---- rows.c ---- */

enum cqrs_status cqrs__sqlite_add_event(struct sqlite_store *store,
                                        const struct sqlite_event_row *row, struct cqrs_error *err);
enum cqrs_status cqrs__sqlite_add_entry(struct sqlite_store *store,
                                        const struct sqlite_entry_row *row, struct cqrs_error *err);
/* Write those that wait: before anyone reads them, or the batch is over. */
enum cqrs_status cqrs__sqlite_flush_events(struct sqlite_store *store, struct cqrs_error *err);
enum cqrs_status cqrs__sqlite_flush_entries(struct sqlite_store *store, struct cqrs_error *err);
/* Those that wait are not to be: what they borrow is about to go. */
void cqrs__sqlite_drop_rows(struct sqlite_store *store);
/* One of the stream's events waits. */
bool cqrs__sqlite_event_waits(const struct sqlite_store *store, uint64_t stream);

/* ---- ids.c ---- */

size_t cqrs__sqlite_pack_ids(const struct cqrs_event_data *data, uint8_t out[SQLITE_IDS_SIZE]);
/* false: bytes of that size are no ids. */
bool cqrs__sqlite_unpack_ids(const uint8_t *bytes, size_t size, struct cqrs_event_data *data);

#endif
