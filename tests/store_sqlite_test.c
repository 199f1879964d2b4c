/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* store_sqlite_test.c - the SQLite store keeps the store contract. */
#include "check.h"

#include "sqlite_fixture.h"
#include "store_suite_runner.h"

struct storage {
	struct sqlite_fixture *files; /* of the test under way; NULL before the first */
};

static void remove_files(struct storage *storage)
{
	void *files = storage->files;

	if (files)
		sqlite_fixture_tear_down(&files);
	storage->files = NULL;
}

static enum cqrs_status reset(void *self, struct cqrs_error *err)
{
	struct storage *storage = self;
	void *files = NULL;

	remove_files(storage);
	if (sqlite_fixture_set_up(&files) != 0)
		return cqrs_error_set(err, CQRS_ERR_FAILED, "no folder for the test");
	storage->files = files;
	return CQRS_OK;
}

static enum cqrs_status open_file(void *self, struct cqrs_store **out_store, struct cqrs_error *err)
{
	const struct storage *storage = self;

	return cqrs_store_open(sqlite_fixture_url(storage->files, ""), CQRS_BACKENDS(cqrs_sqlite()),
	                       out_store, err);
}

/* A head is where the last event stands: so that event is moved. */
static enum cqrs_status set_head(void *self, const struct cqrs_stream *stream, uint64_t sequence,
                                 struct cqrs_error *err)
{
	const struct storage *storage = self;
	char sql[512];

	(void)err;
	snprintf(sql, sizeof(sql),
	         "UPDATE events SET sequence = %llu WHERE offset = (SELECT max(offset) FROM events"
	         " JOIN streams ON streams.number = events.stream WHERE streams.id = '%s')",
	         (unsigned long long)sequence, stream->id);
	run_sql(storage->files, sql);
	return CQRS_OK;
}

static enum cqrs_status set_feed_head(void *self, uint64_t feed, uint64_t offset,
                                      struct cqrs_error *err)
{
	const struct storage *storage = self;
	char sql[256];

	(void)feed; /* there is one */
	(void)err;
	snprintf(sql, sizeof(sql),
	         "UPDATE events SET offset = %llu WHERE offset = (SELECT max(offset) FROM events)",
	         (unsigned long long)offset);
	run_sql(storage->files, sql);
	return CQRS_OK;
}

int main(void)
{
	struct cqrs_store_fixture fixture = cqrs_store_fixture_init();
	struct storage storage = { NULL };
	int failed;

	fixture.name = "sqlite";
	fixture.reset = reset;
	fixture.open = open_file;
	fixture.set_head = set_head;
	fixture.set_feed_head = set_feed_head;
	fixture.traits = CQRS_STORE_DURABLE | CQRS_STORE_SHARED;
	fixture.self = &storage;
	failed = run_store_suite(&fixture);
	remove_files(&storage);
	return failed;
}
