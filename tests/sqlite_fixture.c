/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* sqlite_fixture.c - see sqlite_fixture.h. */
#include "sqlite_fixture.h"

#include <dirent.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

static int set_up_in(const char *base, void **state)
{
	struct sqlite_fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	snprintf(f->folder, sizeof(f->folder), "%s/cqrs-sqlite-XXXXXX", base);
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->path, sizeof(f->path), "%s/bank.db", f->folder);
	CHECK_OK(cqrs_arena_new(NULL, &f->arena, NULL), NULL);
	*state = f;
	return 0;
}

int sqlite_fixture_set_up(void **state)
{
	return set_up_in("/tmp", state);
}

int sqlite_fixture_set_up_in_memory(void **state)
{
	return set_up_in(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", state);
}

static void remove_folder(const char *folder)
{
	DIR *listing = opendir(folder);
	struct dirent *entry;
	char path[512];

	if (!listing)
		return;
	while ((entry = readdir(listing))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (unlink(path) != 0)
			rmdir(path);
	}
	closedir(listing);
	rmdir(folder);
}

int sqlite_fixture_tear_down(void **state)
{
	struct sqlite_fixture *f = *state;

	close_store(f);
	cqrs_arena_free(f->arena);
	remove_folder(f->folder);
	free(f);
	return 0;
}

const char *sqlite_fixture_url(const struct sqlite_fixture *f, const char *options)
{
	static char url[256];

	snprintf(url, sizeof(url), "sqlite:%s%s", f->path, options ? options : "");
	return url;
}

void open_store(struct sqlite_fixture *f, const char *options)
{
	struct cqrs_error err = CQRS_ERROR_INIT;

	CHECK_OK(cqrs_store_open(sqlite_fixture_url(f, options), CQRS_BACKENDS(cqrs_sqlite()),
	                         &f->store, &err),
	         &err);
}

void close_store(struct sqlite_fixture *f)
{
	cqrs_store_close(f->store);
	f->store = NULL;
}

enum cqrs_status try_open(const struct sqlite_fixture *f, struct cqrs_error *err)
{
	struct cqrs_store *store = NULL;
	enum cqrs_status status = cqrs_store_open(sqlite_fixture_url(f, ""),
	                                          CQRS_BACKENDS(cqrs_sqlite()), &store, err);

	cqrs_store_close(store);
	return status;
}

struct cqrs_event_data make_event(struct sqlite_fixture *f)
{
	static const char payload[] = "{\"amount\":200.5,\"memo\":\"rent for the month of June\"}";
	static const char metadata[] = "{\"actor\":\"u0001\"}";
	struct cqrs_event_data event = {
		.recorded_at_us = 1767000000000000,
		.type = "CustomerWroteCheck",
		.version = "1.0",
		.payload = { payload, sizeof(payload) - 1 },
		.metadata = { metadata, sizeof(metadata) - 1 },
	};

	f->next_event++;
	memcpy(event.event_id.bytes, &f->next_event, sizeof(f->next_event));
	event.event_id.bytes[15] = 1;
	event.correlation_id.bytes[0] = 2;
	event.causation_id.bytes[0] = 2;
	return event;
}

enum cqrs_status append(struct sqlite_fixture *f, const char *id, uint64_t expected, size_t count,
                        struct cqrs_error *err)
{
	struct cqrs_event_data *events = calloc(count, sizeof(*events));
	struct cqrs_append part = {
		.stream = { "account", id },
		.expected_sequence = expected,
		.events = events,
		.event_count = count,
	};
	struct cqrs_commit commit = { .appends = &part, .append_count = 1 };
	enum cqrs_status status;

	assert_non_null(events);
	for (size_t i = 0; i < count; i++)
		events[i] = make_event(f);
	status = cqrs_store_commit(f->store, &commit, err);
	free(events);
	return status;
}

void given_events(struct sqlite_fixture *f, const char *id, size_t count)
{
	struct cqrs_error err = CQRS_ERROR_INIT;

	CHECK_OK(append(f, id, CQRS_EXPECT_ANY, count, &err), &err);
}

uint64_t stream_head(struct sqlite_fixture *f, const char *id)
{
	struct cqrs_stream stream = { "account", id };
	struct cqrs_error err = CQRS_ERROR_INIT;
	uint64_t head = 0;

	CHECK_OK(cqrs_store_read_head(f->store, &stream, &head, &err), &err);
	return head;
}

uint64_t feed_head(struct sqlite_fixture *f)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	uint64_t head = 0;

	CHECK_OK(cqrs_store_read_feed_head(f->store, 0, &head, &err), &err);
	return head;
}

static uint64_t read_feed(struct sqlite_fixture *f)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_event_page page = { 0 };
	uint64_t offset = 0;

	do {
		cqrs_arena_reset(f->arena);
		CHECK_OK(cqrs_store_read_feed(f->store, 0, offset, 0, f->arena, &page, &err), &err);
		for (size_t i = 0; i < page.count; i++) {
			CHECK_UINT(page.items[i].offset, offset + 1);
			CHECK_TEXT(page.items[i].data.type, "CustomerWroteCheck");
			offset++;
		}
	} while (page.count);
	return offset;
}

/* How many events the streams have together; each is read to its head. */
static uint64_t read_streams(struct sqlite_fixture *f)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_stream_page streams = { 0 };
	struct cqrs_arena *arena = NULL;
	uint64_t count = 0;

	cqrs_arena_reset(f->arena);
	CHECK_OK(cqrs_arena_new(NULL, &arena, &err), &err);
	CHECK_OK(cqrs_store_list_streams(f->store, "account", NULL, 0, f->arena, &streams, &err),
	         &err);
	for (size_t i = 0; i < streams.count; i++) {
		struct cqrs_stream stream = { "account", streams.items[i].id };
		struct cqrs_event_page page = { 0 };
		uint64_t sequence = 0;

		do {
			cqrs_arena_reset(arena);
			CHECK_OK(cqrs_store_read_stream(f->store, &stream, sequence, 0, arena,
			                                &page, &err),
			         &err);
			sequence += page.count;
		} while (page.count);
		CHECK_UINT(sequence, streams.items[i].sequence);
		count += sequence;
	}
	cqrs_arena_free(arena);
	return count;
}

uint64_t check_whole(struct sqlite_fixture *f)
{
	uint64_t length = read_feed(f);

	CHECK_UINT(feed_head(f), length);
	CHECK_UINT(read_streams(f), length);
	return length;
}

static sqlite3 *open_database(const struct sqlite_fixture *f)
{
	sqlite3 *db = NULL;

	CHECK_INT(sqlite3_open(f->path, &db), SQLITE_OK);
	return db;
}

void run_sql(const struct sqlite_fixture *f, const char *sql)
{
	sqlite3 *db = open_database(f);
	char *message = NULL;

	sqlite3_exec(db, sql, NULL, NULL, &message);
	CHECK_TEXT(message, NULL);
	sqlite3_close(db);
}

int64_t query_sql(const struct sqlite_fixture *f, const char *sql)
{
	sqlite3 *db = open_database(f);
	sqlite3_stmt *statement = NULL;
	int64_t number;

	CHECK_INT(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
	CHECK_INT(sqlite3_step(statement), SQLITE_ROW);
	number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return number;
}
