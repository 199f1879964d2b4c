/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* sqlite_workload.c - see sqlite_workload.h. */
#include "sqlite_workload.h"

#define STREAMS 3

static struct cqrs_text text(const char *data)
{
	return (struct cqrs_text){ data, strlen(data) };
}

/* Its checkpoint says that it is stored only on top of the one before. */
enum cqrs_status commit_nth(struct sqlite_fixture *f, uint64_t n, struct cqrs_error *err)
{
	char id[16], key[16];
	uint64_t round = (n - 1) / STREAMS;
	struct cqrs_event_data events[] = { make_event(f), make_event(f) };
	struct cqrs_append part = { .stream = { "account", id },
		                    .expected_sequence = 2 * round,
		                    .events = events,
		                    .event_count = 2 };
	struct cqrs_entry_write entry = { { n, 0 }, text("{\"entry\":1}") };
	struct cqrs_view_write view = { .type = "account_view",
		                        .id = id,
		                        .expected_version = 2 * round,
		                        .version = 2 * round + 2,
		                        .payload = text("{\"balance\":200.5}"),
		                        .entries = &entry,
		                        .entry_count = 1 };
	struct cqrs_snapshot_write snapshot = {
		{ "account", id }, { 2 * round + 2, 7, 1767000000000000, text("{\"state\":1}") }
	};
	struct cqrs_checkpoint_write checkpoint = { "projection", 0, n - 1, n };
	struct cqrs_key_write written = { { "account", id },
		                          key,
		                          { .first_sequence = n, .last_sequence = n } };
	struct cqrs_commit commit = {
		.appends = &part,
		.append_count = 1,
		.views = &view,
		.view_count = 1,
		.snapshots = &snapshot,
		.snapshot_count = 1,
		.checkpoints = &checkpoint,
		.checkpoint_count = 1,
		.keys = &written,
		.key_count = 1,
	};

	snprintf(id, sizeof(id), "s%llu", (unsigned long long)(n % STREAMS));
	snprintf(key, sizeof(key), "key-%llu", (unsigned long long)n);
	return cqrs_store_commit(f->store, &commit, err);
}

static enum cqrs_status load_key(struct sqlite_fixture *f, uint64_t n)
{
	char id[16], key[16];
	struct cqrs_stream stream = { "account", id };
	struct cqrs_key_record record;

	snprintf(id, sizeof(id), "s%llu", (unsigned long long)(n % STREAMS));
	snprintf(key, sizeof(key), "key-%llu", (unsigned long long)n);
	return cqrs_store_load_key(f->store, &stream, key, &record, NULL);
}

static uint64_t view_version(struct sqlite_fixture *f, uint64_t n)
{
	char id[16];
	struct cqrs_stored_view view = { 0 };
	enum cqrs_status status;

	snprintf(id, sizeof(id), "s%llu", (unsigned long long)(n % STREAMS));
	cqrs_arena_reset(f->arena);
	status = cqrs_store_load_view(f->store, "account_view", id, f->arena, &view, NULL);
	if (status != CQRS_ERR_NOT_FOUND)
		CHECK_STATUS(status, CQRS_OK);
	return view.version;
}

static uint64_t entries(struct sqlite_fixture *f, uint64_t n)
{
	char id[16];
	struct cqrs_entry_page page = { 0 };
	struct cqrs_error err = CQRS_ERROR_INIT;

	snprintf(id, sizeof(id), "s%llu", (unsigned long long)(n % STREAMS));
	cqrs_arena_reset(f->arena);
	CHECK_OK(cqrs_store_list_entries(f->store, "account_view", id, NULL, 0, f->arena, &page,
	                                 &err),
	         &err);
	return page.count;
}

uint64_t check_commits(struct sqlite_fixture *f)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	uint64_t count = 0;

	CHECK_OK(cqrs_store_load_checkpoint(f->store, "projection", 0, &count, &err), &err);
	CHECK_UINT(check_whole(f), 2 * count);
	for (uint64_t n = 1; n <= count; n++)
		CHECK_STATUS(load_key(f, n), CQRS_OK);
	CHECK_STATUS(load_key(f, count + 1), CQRS_ERR_NOT_FOUND);
	for (uint64_t n = 1; n <= STREAMS; n++) {
		uint64_t rounds = (count + STREAMS - n) / STREAMS;

		CHECK_UINT(view_version(f, n), 2 * rounds);
		CHECK_UINT(entries(f, n), rounds);
	}
	return count;
}

void check_database(struct sqlite_fixture *f)
{
	CHECK_INT(query_sql(f, "SELECT count(*) FROM pragma_integrity_check"
	                       " WHERE integrity_check <> 'ok'"),
	          0);
}
