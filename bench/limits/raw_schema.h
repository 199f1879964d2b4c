/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * raw_schema.h - the tables of the SQLite store once more, for the limits, and the statements
 * that write them. cases/sqlite_schema.c fails when they are no longer the library's.
 */
#ifndef BENCH_RAW_SCHEMA_H
#define BENCH_RAW_SCHEMA_H

/* Its tables, in a file that the library takes for its own. */
extern const char raw_schema[];

#define RAW_ADD_STREAM "INSERT INTO streams (type, id, deleted) VALUES (?, ?, 0)"
#define RAW_ADD_EVENT                                                                              \
	"INSERT INTO events (offset, stream, sequence, type, recorded_at, ids, metadata, payload)" \
	" VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
#define RAW_FIND_STREAM                                                                    \
	"SELECT number, deleted, (SELECT max(sequence) FROM events WHERE stream = number)" \
	" FROM streams WHERE type = ? AND id = ?"
#define RAW_ADD_VIEW "INSERT INTO views (type, id, version, payload) VALUES (?, ?, ?, ?)"
#define RAW_SET_VIEW "UPDATE views SET version = ?, payload = ? WHERE number = ?"
#define RAW_ADD_ENTRY "INSERT INTO entries (view, sequence, position, payload) VALUES (?, ?, ?, ?)"
#define RAW_ADD_KEY                                                                 \
	"INSERT INTO idempotency_keys (stream, hash, key, command, first_sequence," \
	" last_sequence, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
#define RAW_READ_STREAM                                                                    \
	"SELECT e.sequence, e.offset, e.type, e.recorded_at, e.ids, e.metadata, e.payload" \
	" FROM streams AS s CROSS JOIN events AS e ON e.stream = s.number"                 \
	" WHERE s.type = 1 AND s.id = ? AND NOT EXISTS (SELECT 1 FROM streams AS d"        \
	" INDEXED BY streams_deleted WHERE d.number = s.number AND d.deleted > 0)"         \
	" ORDER BY e.sequence"
#define RAW_READ_FEED                                                                       \
	"SELECT e.sequence, e.offset, e.type, e.recorded_at, e.ids, e.metadata, e.payload," \
	" s.type, s.id, s.deleted FROM events AS e LEFT JOIN streams AS s"                  \
	" ON s.number = e.stream ORDER BY e.offset"

/* What is read before anything is measured, so that caches are warm. */
#define RAW_WARM_EVENTS 100000
#define RAW_WARM_LOADS(length) (RAW_WARM_EVENTS / (length))

/* The numbers that types have in a file of the limits. */
enum raw_type {
	RAW_TYPE_ACCOUNT = 1,
	RAW_TYPE_OPENED,
	RAW_TYPE_DEPOSITED,
	RAW_TYPE_WITHDREW,
	RAW_TYPE_VIEW,
};
#define RAW_ADD_TYPES                                                          \
	"INSERT INTO types (number, name, version) VALUES (1, 'account', '')," \
	" (2, 'AccountOpened', '1.0'), (3, 'CustomerDepositedMoney', '1.0'),"  \
	" (4, 'CustomerWithdrewCash', '1.0'), (5, 'account_view', '')"

#endif
