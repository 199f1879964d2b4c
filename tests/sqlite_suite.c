/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* sqlite_suite.c - see sqlite_suite.h. */
#include "sqlite_suite.h"

#include <unistd.h>

static enum cqrs_status reset(void *self, struct cqrs_error *err)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	struct sqlite_fixture *f = self;
	char path[128];

	(void)err;
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s%s", f->path, suffixes[i]);
		unlink(path);
	}
	return CQRS_OK;
}

static enum cqrs_status open_url(void *self, struct cqrs_store **out_store, struct cqrs_error *err)
{
	return cqrs_store_open(sqlite_fixture_url(self, ""), CQRS_BACKENDS(cqrs_sqlite()),
	                       out_store, err);
}

/* The stream's one event moves to where its head is to be. */
static enum cqrs_status set_head(void *self, const struct cqrs_stream *stream, uint64_t sequence,
                                 struct cqrs_error *err)
{
	char sql[256];

	(void)err;
	snprintf(sql, sizeof(sql),
	         "UPDATE events SET sequence = %llu WHERE stream ="
	         " (SELECT number FROM streams WHERE id = '%s')",
	         (unsigned long long)sequence, stream->id);
	run_sql(self, sql);
	return CQRS_OK;
}

/* As if the event of some stream were there. */
static enum cqrs_status set_feed_head(void *self, uint64_t feed, uint64_t offset,
                                      struct cqrs_error *err)
{
	char sql[256];

	(void)feed;
	(void)err;
	snprintf(sql, sizeof(sql),
	         "INSERT INTO events (offset, stream, sequence) VALUES (%llu, 0, %llu)",
	         (unsigned long long)offset, (unsigned long long)offset);
	run_sql(self, sql);
	return CQRS_OK;
}

struct cqrs_store_fixture sqlite_suite_fixture(struct sqlite_fixture *f)
{
	struct cqrs_store_fixture fixture = cqrs_store_fixture_init();

	fixture.name = "sqlite";
	fixture.reset = reset;
	fixture.open = open_url;
	fixture.set_head = set_head;
	fixture.set_feed_head = set_feed_head;
	fixture.traits = CQRS_STORE_DURABLE | CQRS_STORE_SHARED;
	fixture.self = f;
	return fixture;
}
