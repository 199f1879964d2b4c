/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * sqlite_fixture.h - a folder of its own for each test, a store in it, and short ways to
 * write to it and read from it.
 */
#ifndef CQRS_TESTS_SQLITE_FIXTURE_H
#define CQRS_TESTS_SQLITE_FIXTURE_H

#include "check.h"

#include <cqrs/backend.h>
#include <cqrs/sqlite.h>

struct sqlite_fixture {
	char folder[64];
	char path[96];            /* folder/bank.db */
	struct cqrs_store *store; /* NULL until opened */
	struct cqrs_arena *arena; /* reset by each read below */
	uint64_t next_event;      /* event ids count up */
};

/* cmocka's setup and teardown: the fixture without a store; all of it removed. */
int sqlite_fixture_set_up(void **state);
/* The same where nothing reaches a disk, if there is such a place: for sweeps. */
int sqlite_fixture_set_up_in_memory(void **state);
int sqlite_fixture_tear_down(void **state);

/* "sqlite:<path><options>", options beginning with '?'; valid until the next call. */
const char *sqlite_fixture_url(const struct sqlite_fixture *f, const char *options);
void open_store(struct sqlite_fixture *f, const char *options);
void close_store(struct sqlite_fixture *f);
enum cqrs_status try_open(const struct sqlite_fixture *f, struct cqrs_error *err);

/* One event with an id and payload that tell its number. */
struct cqrs_event_data make_event(struct sqlite_fixture *f);
/* One commit of count events on a stream of type "account". */
enum cqrs_status append(struct sqlite_fixture *f, const char *id, uint64_t expected, size_t count,
                        struct cqrs_error *err);
void given_events(struct sqlite_fixture *f, const char *id, size_t count);

uint64_t stream_head(struct sqlite_fixture *f, const char *id);
uint64_t feed_head(struct sqlite_fixture *f);
/* Read the whole feed and each of its streams: dense, whole, in order. Returns its length. */
uint64_t check_whole(struct sqlite_fixture *f);

/* Run SQL on the file, past the store. */
void run_sql(const struct sqlite_fixture *f, const char *sql);
/* The one number that SQL text gives. */
int64_t query_sql(const struct sqlite_fixture *f, const char *sql);

#endif
