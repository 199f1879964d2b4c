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
	uint64_t number; /* 0: it has no row yet */
	uint64_t head;
	uint64_t deleted; /* enum sqlite_deleted */
};

/* The parts of a commit, in the order of its own arrays. */
struct sqlite_plan {
	struct sqlite_stream *appends;
	struct sqlite_stream *snapshots;
	struct sqlite_stream *keys;
	uint64_t *views; /* numbers; 0: it has no row yet */
};

/* How a stream is found: its row, or all zero. */
enum cqrs_status cqrs__sqlite_find_stream(struct sqlite_connection *connection,
                                          const struct cqrs_stream *stream,
                                          struct sqlite_stream *out_stream, struct cqrs_error *err);

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

/* What a key is found by within its stream: 48 bits, which the index stores in 6 bytes. */
int64_t cqrs__sqlite_key_hash(const char *key);

/* 16 bytes an id, up to the last that differs from the one before it. */
#define SQLITE_IDS_SIZE 48
size_t cqrs__sqlite_pack_ids(const struct cqrs_event_data *data, uint8_t out[SQLITE_IDS_SIZE]);
/* false: bytes of that size are no ids. */
bool cqrs__sqlite_unpack_ids(const uint8_t *bytes, size_t size, struct cqrs_event_data *data);

#endif
