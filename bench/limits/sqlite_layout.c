/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * sqlite_layout.c - what the layout of the SQLite store is worth, by bare statements: the rows
 * of an event, and of what goes with it, against one plain table (base_layout.h) with the same
 * texts. Layouts, each with all of the ones before:
 *
 *	base    the plain table
 *	events  the event with its ids and place in the feed, the row of a new stream
 *	head    the stream's head; it has no row, so it is looked up before the event is written
 *	view    an account view's row, updated, and a new entry of it
 *	key     an idempotency key
 */
#include "base_layout.h"
#include "raw_db.h"
#include "raw_print.h"
#include "raw_schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum layout { BASE, EVENTS, HEAD, VIEW, KEY };

struct run {
	enum layout layout;
	uint64_t streams;
	sqlite3 *db;
	sqlite3_stmt *begin;
	sqlite3_stmt *commit;
	sqlite3_stmt *add_stream;
	sqlite3_stmt *find_stream;
	sqlite3_stmt *add_event;
	sqlite3_stmt *add_view;
	sqlite3_stmt *set_view;
	sqlite3_stmt *add_entry;
	sqlite3_stmt *add_key;
	struct bench_random random;
};

/* An event being written. */
struct event {
	uint64_t n; /* from 0 */
	uint64_t stream;
	uint64_t sequence;
	char id[BASE_ID_SIZE];
	int id_len;
};

static enum layout read_layout(const char *name)
{
	static const char *const names[] = { "base", "events", "head", "view", "key" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (name && strcmp(name, names[i]) == 0)
			return (enum layout)i;
	bench_fail("no layout '%s'", name ? name : "");
}

static void open_layout(struct run *run, const char *path)
{
	run->db = raw_db_open_log(path);
	raw_db_run(run->db, raw_schema);
	raw_db_run(run->db, RAW_ADD_TYPES);
	run->begin = raw_db_prepare(run->db, "BEGIN IMMEDIATE");
	run->commit = raw_db_prepare(run->db, "COMMIT");
	run->add_stream = raw_db_prepare(run->db, RAW_ADD_STREAM);
	run->find_stream = raw_db_prepare(run->db, RAW_FIND_STREAM);
	run->add_event = raw_db_prepare(run->db, RAW_ADD_EVENT);
	run->add_view = raw_db_prepare(run->db, RAW_ADD_VIEW);
	run->set_view = raw_db_prepare(run->db, RAW_SET_VIEW);
	run->add_entry = raw_db_prepare(run->db, RAW_ADD_ENTRY);
	run->add_key = raw_db_prepare(run->db, RAW_ADD_KEY);
}

static void bind_numbers(sqlite3_stmt *statement, int at, uint64_t first, uint64_t second)
{
	sqlite3_bind_int64(statement, at, (sqlite3_int64)first);
	sqlite3_bind_int64(statement, at + 1, (sqlite3_int64)second);
}

static void bind_text(sqlite3_stmt *statement, int at, const char *text, int len)
{
	sqlite3_bind_text(statement, at, text, len, SQLITE_STATIC);
}

static void add_stream(struct run *run, const struct event *event)
{
	sqlite3_bind_int64(run->add_stream, 1, RAW_TYPE_ACCOUNT);
	bind_text(run->add_stream, 2, event->id, event->id_len);
	raw_db_step(run->add_stream);
}

static void find_head(struct run *run, const struct event *event)
{
	sqlite3_bind_int64(run->find_stream, 1, RAW_TYPE_ACCOUNT);
	bind_text(run->find_stream, 2, event->id, event->id_len);
	while (raw_db_next(run->find_stream))
		if ((uint64_t)sqlite3_column_int64(run->find_stream, 2) + 1 != event->sequence)
			bench_fail("a stream has another head");
}

static void add_event(struct run *run, const struct event *event)
{
	char payload[BASE_TEXT_SIZE], metadata[BASE_TEXT_SIZE];
	uint64_t ids[4];

	for (int i = 0; i < 4; i++)
		ids[i] = bench_random_next(&run->random);
	bind_numbers(run->add_event, 1, event->n + 1, event->stream + 1);
	bind_numbers(run->add_event, 3, event->sequence, RAW_TYPE_DEPOSITED);
	sqlite3_bind_int64(run->add_event, 5, 1767000000000000 + (sqlite3_int64)event->n);
	sqlite3_bind_blob(run->add_event, 6, ids, sizeof(ids), SQLITE_STATIC);
	bind_text(run->add_event, 7, metadata, base_metadata(metadata, event->n));
	bind_text(run->add_event, 8, payload, base_payload(payload, event->n));
	raw_db_step(run->add_event);
}

static void add_view(struct run *run, const struct event *event)
{
	sqlite3_stmt *statement = event->sequence == 1 ? run->add_view : run->set_view;
	char payload[BASE_TEXT_SIZE];
	int len = snprintf(payload, sizeof(payload),
	                   "{\"account_id\":\"%s\",\"balance\":%" PRIu64 ".5}", event->id,
	                   1234 + event->n % 99991);

	if (event->sequence == 1) {
		sqlite3_bind_int64(statement, 1, RAW_TYPE_VIEW);
		bind_text(statement, 2, event->id, event->id_len);
		sqlite3_bind_int64(statement, 3, (sqlite3_int64)event->sequence);
		bind_text(statement, 4, payload, len);
	} else {
		sqlite3_bind_int64(statement, 1, (sqlite3_int64)event->sequence);
		bind_text(statement, 2, payload, len);
		sqlite3_bind_int64(statement, 3, (sqlite3_int64)event->stream + 1);
	}
	raw_db_step(statement);
}

static void add_entry(struct run *run, const struct event *event)
{
	char payload[BASE_TEXT_SIZE];
	int len = snprintf(payload, sizeof(payload),
	                   "{\"description\":\"%04" PRIu64 "\",\"amount\":%" PRIu64
	                   ".5,\"is_check\":true}",
	                   1000 + event->n % 9000, 200 + event->n % 700);

	bind_numbers(run->add_entry, 1, event->stream + 1, event->sequence);
	sqlite3_bind_int64(run->add_entry, 3, 0);
	bind_text(run->add_entry, 4, payload, len);
	raw_db_step(run->add_entry);
}

static void add_key(struct run *run, const struct event *event)
{
	uint64_t command[2] = { bench_random_next(&run->random), bench_random_next(&run->random) };
	int64_t hash = (int64_t)(bench_random_next(&run->random) >> 16) - ((int64_t)1 << 47);
	char key[BASE_TEXT_SIZE];
	int len = snprintf(key, sizeof(key), "%08x-%04x-4%03x-a%03x-%012" PRIx64,
	                   (unsigned)(command[0] >> 32), (unsigned)(command[0] & 0xffff),
	                   (unsigned)(command[0] >> 20 & 0xfff), (unsigned)(command[1] & 0xfff),
	                   command[1] >> 16);

	bind_numbers(run->add_key, 1, event->stream + 1, (uint64_t)hash);
	bind_text(run->add_key, 3, key, len);
	sqlite3_bind_blob(run->add_key, 4, command, sizeof(command), SQLITE_STATIC);
	bind_numbers(run->add_key, 5, event->sequence, event->sequence);
	sqlite3_bind_int64(run->add_key, 7, 1767000000000000 + (sqlite3_int64)event->n);
	raw_db_step(run->add_key);
}

static void write_event(struct run *run, uint64_t n)
{
	struct event event = { .n = n,
		               .stream = n % run->streams,
		               .sequence = n / run->streams + 1 };

	event.id_len = base_id(event.id, event.stream);
	if (run->layout >= HEAD)
		find_head(run, &event);
	if (event.sequence == 1)
		add_stream(run, &event);
	add_event(run, &event);
	if (run->layout >= VIEW) {
		add_view(run, &event);
		add_entry(run, &event);
	}
	if (run->layout >= KEY)
		add_key(run, &event);
}

static double append(struct run *run, uint64_t ops, uint64_t batch,
                     struct bench_latencies *latencies)
{
	uint64_t began_ns = bench_now_ns();

	for (uint64_t n = 0; n < ops;) {
		bench_begin(latencies);
		raw_db_step(run->begin);
		for (uint64_t i = 0; i < batch && n < ops; i++, n++)
			write_event(run, n);
		raw_db_step(run->commit);
		bench_end(latencies);
	}
	return (double)(bench_now_ns() - began_ns) / 1e9;
}

static void check(struct run *run, uint64_t ops)
{
	static const char *const tables[] = { "events", "entries", "idempotency_keys" };
	static const enum layout since[] = { EVENTS, VIEW, KEY };

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		double expected = run->layout >= since[i] ? (double)ops : 0;
		char sql[64];

		snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", tables[i]);
		if (raw_db_number(run->db, sql) != expected)
			bench_fail("%s is not %.0f", sql, expected);
	}
}

int main(int argc, char **argv)
{
	struct run run = { .streams = 10000, .random = { 1 } };
	uint64_t ops = 100000;
	uint64_t batch = 100;
	const char *dir = NULL;
	const char *layout = "base";
	struct bench_latencies latencies;
	double seconds;

	BENCH_OPTIONS(argc, argv, { "ops", &ops, NULL }, { "batch", &batch, NULL },
	              { "streams", &run.streams, NULL }, { "layout", NULL, &layout },
	              { "dir", NULL, &dir });
	run.layout = read_layout(layout);
	bench_latencies_init(&latencies, ops, 1);
	if (run.layout == BASE) {
		seconds = base_layout_append(dir, ops, batch, run.streams, &latencies);
	} else {
		char *path = bench_path(dir, "layout.db");

		open_layout(&run, path);
		seconds = append(&run, ops, batch, &latencies);
		check(&run, ops);
		raw_db_close(run.db);
		free(path);
	}
	bench_print_with(&(struct bench_result){ ops, seconds, &latencies, 0 }, RAW_SETTINGS,
	                 sqlite3_libversion());
	bench_latencies_deinit(&latencies);
	return 0;
}
