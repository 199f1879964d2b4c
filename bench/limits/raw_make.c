/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * raw_make.c - makes the files that cases begin with, and checks what became of them.
 *
 * The streams' events are interleaved, one of each account and then the next of each, which is
 * the worst order for whoever reads a stream and the usual one where many are active. The
 * index gets its pages split as it would have in real life.
 */
#include "raw_make.h"

#include "raw_bank.h"
#include "raw_db.h"
#include "raw_rows.h"
#include "raw_schema.h"

#include <inttypes.h>
#include <stdio.h>

#define EVENTS_A_TRANSACTION 100000

/* What the event of a sequence changes; the first opens the account. */
static double made_amount(uint64_t sequence)
{
	if (sequence == 1)
		return 0;
	return sequence == 2 ? BENCH_OPENING_BALANCE : bench_amount(sequence - 3);
}

double raw_made_balance(uint64_t events)
{
	double balance = 0;

	for (uint64_t sequence = 1; sequence <= events; sequence++)
		balance += made_amount(sequence);
	return balance;
}

/* A file without a journal: what is half made is of no use to anyone. */
static sqlite3 *create(const char *path)
{
	sqlite3 *db = raw_db_open(path);

	raw_db_run(db, "PRAGMA page_size = 4096;"
	               "PRAGMA journal_mode = OFF;"
	               "PRAGMA synchronous = OFF;"
	               "PRAGMA locking_mode = EXCLUSIVE;"
	               "PRAGMA cache_size = -1000000");
	raw_db_run(db, raw_schema);
	raw_db_run(db, RAW_ADD_TYPES);
	return db;
}

static void add_accounts(sqlite3 *db, const struct raw_bank_size *size)
{
	sqlite3_stmt *add_stream = raw_db_prepare(db, RAW_ADD_STREAM);
	sqlite3_stmt *add_view = raw_db_prepare(db, RAW_ADD_VIEW);
	double balance = raw_made_balance(size->events);

	raw_db_run(db, "BEGIN");
	for (uint64_t i = 0; i < size->accounts; i++) {
		raw_add_stream(add_stream, i);
		if (size->with_view)
			raw_add_view(add_view,
			             &(struct raw_payment){ i, size->events, 0, balance });
	}
	raw_db_run(db, "COMMIT");
}

static void add_events(sqlite3 *db, const struct raw_bank_size *size)
{
	sqlite3_stmt *add_event = raw_db_prepare(db, RAW_ADD_EVENT);
	sqlite3_stmt *add_entry = raw_db_prepare(db, RAW_ADD_ENTRY);
	struct bench_random random = { 0 };
	uint64_t offset = 0;
	double balance = 0;

	raw_db_run(db, "BEGIN");
	for (uint64_t sequence = 1; sequence <= size->events; sequence++) {
		double amount = made_amount(sequence);

		balance += amount;
		for (uint64_t i = 0; i < size->accounts; i++) {
			struct raw_payment payment = { i, sequence, amount, balance };

			raw_add_event(add_event, ++offset, &payment, RAW_METADATA, &random);
			if (size->with_view && sequence > 1)
				raw_add_entry(add_entry, &payment);
			if (offset % EVENTS_A_TRANSACTION == 0)
				raw_db_run(db, "COMMIT; BEGIN");
		}
	}
	raw_db_run(db, "COMMIT");
}

void raw_bank_make(const char *path, const struct raw_bank_size *size)
{
	sqlite3 *db;

	remove(path);
	db = create(path);
	add_accounts(db, size);
	add_events(db, size);
	raw_db_run(db, "PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = WAL");
	raw_db_close(db);
	raw_db_flush(path);
}

void raw_bank_copy(const char *from, const char *to)
{
	static char block[1 << 20];
	FILE *in = fopen(from, "rb");
	FILE *out = fopen(to, "wb");
	size_t size;

	if (!in || !out)
		bench_fail("%s cannot be copied to %s", from, to);
	while ((size = fread(block, 1, sizeof(block), in)) > 0)
		if (fwrite(block, 1, size, out) != size)
			break;
	if (ferror(in) || ferror(out) || fclose(out) != 0)
		bench_fail("%s cannot be copied to %s", from, to);
	fclose(in);
	raw_db_flush(to);
}

uint64_t raw_bank_count(const char *path)
{
	sqlite3 *db;
	uint64_t count;

	if (!path)
		bench_fail("this needs --file");
	db = raw_db_open(path);
	count = (uint64_t)raw_db_number(db, "SELECT count(*) FROM streams");
	raw_db_close(db);
	return count;
}

static void expect(sqlite3 *db, const char *sql, double expected)
{
	double found = raw_db_number(db, sql);

	if (found != expected)
		bench_fail("%s: %f, not %f", sql, found, expected);
}

void raw_bank_check(const char *path, const struct raw_bank_size *size, uint64_t commands,
                    double total)
{
	sqlite3 *db = raw_db_open(path);
	double events = (double)(size->accounts * size->events + commands);

	total += (double)size->accounts * raw_made_balance(size->events);
	expect(db, "SELECT max(offset) FROM events", events);
	expect(db, "SELECT count(*) FROM events", events);
	expect(db, "SELECT count(*) FROM streams", (double)size->accounts);
	if (size->with_view) {
		expect(db, "SELECT count(*) FROM entries", events - (double)size->accounts);
		expect(db, "SELECT sum(version) FROM views", events);
		expect(db, "SELECT sum(json_extract(payload, '$.balance')) FROM views", total);
	}
	raw_db_close(db);
}

void raw_bank_trim(const char *path, const struct raw_bank_size *size)
{
	sqlite3 *db = raw_db_open(path);
	char *sql = sqlite3_mprintf("DELETE FROM events WHERE offset > %lld",
	                            (long long)(size->accounts * size->events));

	raw_db_run(db, sql);
	raw_db_run(db, "PRAGMA wal_checkpoint(TRUNCATE)");
	raw_db_close(db);
	raw_db_flush(path);
	sqlite3_free(sql);
}
