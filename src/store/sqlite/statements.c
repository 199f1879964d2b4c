/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * statements.c - the text of every statement. Each reads from one snapshot by being one
 * statement: nothing that belongs together is read by two.
 */
#include "store/sqlite/sqlite_page.h"

#define STREAM_OF(type, id) "(SELECT number FROM streams WHERE type = " type " AND id = " id ")"
/* Of streams s; NULL: it lives. */
#define DELETED                                                          \
	"(SELECT d.deleted FROM streams AS d INDEXED BY streams_deleted" \
	" WHERE d.number = s.number AND d.deleted > 0)"
/* The head is not stored: the last entry of this index is as quick to find, and a row that
 * is not written is a page that is not written. */
#define HEAD "(SELECT max(sequence) FROM events WHERE stream = number)"

#define EVENT_COLUMNS "e.sequence, e.offset, e.type, e.recorded_at, e.ids, e.metadata, e.payload"

#define ADD_EVENTS                                                                  \
	" INTO events (offset, stream, sequence, type, recorded_at, ids, metadata," \
	" payload) VALUES " EVENT
#define EVENT "(?, ?, ?, ?, ?, ?, ?, ?)"
#define ADD_ENTRIES " INTO entries (view, sequence, position, payload) VALUES " ENTRY
#define ENTRY "(?, ?, ?, ?)"
/* After the first row. */
_Static_assert(SQLITE_ROWS == 8, "a statement has as many rows as wait for it");
#define SEVEN_MORE(row) ", " row ", " row ", " row ", " row ", " row ", " row ", " row
/* A statement of several rows that may be undone on its own keeps what each page was before. The
 * transaction is rolled back anyway. */
#define INSERT_SEVERAL "INSERT OR FAIL"

const char *const cqrs__sqlite_statements[STATEMENT_COUNT] = {
	/* IMMEDIATE takes the write lock now, so that nothing read next can change. */
	[STATEMENT_BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[STATEMENT_COMMIT] = "COMMIT",
	[STATEMENT_ROLLBACK] = "ROLLBACK",
	/* Writes a page without changing anything: the value it has already. */
	[STATEMENT_FENCE] = "PRAGMA application_id = 1668379251",
	[STATEMENT_SCHEMA_VERSION] = "PRAGMA user_version",
	[STATEMENT_DATA_VERSION] = "PRAGMA data_version",

	[STATEMENT_FIND_TYPE] = "SELECT number FROM types WHERE name = ? AND version = ?",
	[STATEMENT_GET_TYPE] = "SELECT name, version FROM types WHERE number = ?",
	[STATEMENT_ADD_TYPE] = "INSERT INTO types (name, version) VALUES (?, ?)",

	[STATEMENT_FIND_STREAM] =
		"SELECT number, ifnull(" DELETED ", 0), " HEAD " FROM streams AS s"
		" WHERE type = ? AND id = ?",
	[STATEMENT_ADD_STREAM] = "INSERT INTO streams (type, id, deleted) VALUES (?, ?, 0)",
	[STATEMENT_ADD_EVENT] = "INSERT" ADD_EVENTS,
	[STATEMENT_ADD_EVENTS] = INSERT_SEVERAL ADD_EVENTS SEVEN_MORE(EVENT),
	[STATEMENT_FEED_HEAD] = "SELECT max(offset) FROM events",

	[STATEMENT_SET_SNAPSHOT] = "INSERT OR REPLACE INTO snapshots (stream, sequence, "
				   "fingerprint, recorded_at, state)"
				   " VALUES (?, ?, ?, ?, ?)",

	[STATEMENT_FIND_VIEW] = "SELECT number, version FROM views WHERE type = ? AND id = ?",
	[STATEMENT_ADD_VIEW] = "INSERT INTO views (type, id, version, payload) VALUES (?, ?, ?, ?)",
	[STATEMENT_SET_VIEW] = "UPDATE views SET version = ?, payload = ? WHERE number = ?",
	[STATEMENT_ERASE_VIEW] = "DELETE FROM views WHERE number = ?",
	[STATEMENT_LAST_ENTRY] = "SELECT sequence, position FROM entries WHERE view = ?"
				 " ORDER BY sequence DESC, position DESC LIMIT 1",
	[STATEMENT_FIND_ENTRY] =
		"SELECT 1 FROM entries WHERE view = ? AND sequence = ? AND position = ?",
	[STATEMENT_ADD_ENTRY] = "INSERT" ADD_ENTRIES,
	[STATEMENT_ADD_ENTRIES] = INSERT_SEVERAL ADD_ENTRIES SEVEN_MORE(ENTRY),
	[STATEMENT_CLEAR_ENTRIES] = "DELETE FROM entries WHERE view = ?",

	[STATEMENT_FIND_CHECKPOINT] =
		"SELECT offset FROM checkpoints WHERE projection = ? AND feed = ?",
	[STATEMENT_SET_CHECKPOINT] =
		"INSERT OR REPLACE INTO checkpoints (projection, feed, offset) VALUES (?, ?, ?)",

	[STATEMENT_FIND_KEY] =
		"SELECT 1 FROM idempotency_keys WHERE stream = ? AND hash = ? AND key = ?",
	[STATEMENT_ADD_KEY] =
		"INSERT INTO idempotency_keys (stream, hash, key, command, first_sequence,"
		" last_sequence, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?)",

	[STATEMENT_MARK_STREAM] = "UPDATE streams SET deleted = ? WHERE number = ?",
	[STATEMENT_ERASE_EVENTS] =
		"UPDATE events SET type = NULL, recorded_at = NULL, ids = NULL, metadata = NULL,"
		" payload = NULL WHERE stream = ? AND sequence > ? AND sequence <= ?",
	[STATEMENT_ERASE_SNAPSHOT] = "DELETE FROM snapshots WHERE stream = ?",
	[STATEMENT_ERASE_KEYS] = "DELETE FROM idempotency_keys WHERE stream = ?",
	/* Two, since there is none as a rule. The head does not move any more. */
	[STATEMENT_FIND_ERASING] =
		"SELECT number FROM streams WHERE deleted = 1 ORDER BY number LIMIT 1",
	[STATEMENT_ERASING_HEAD] = "SELECT max(sequence) FROM events WHERE stream = ?",
	[STATEMENT_SCAN_KEYS] = "SELECT number, recorded_at FROM idempotency_keys WHERE number > ?"
				" ORDER BY number LIMIT ?",
	[STATEMENT_ERASE_KEY] = "DELETE FROM idempotency_keys WHERE number = ?",

	[STATEMENT_READ_HEAD] = "SELECT deleted, " HEAD " FROM streams WHERE type = ?1 AND id = ?2",
	[STATEMENT_READ_STREAM] =
		"SELECT " SQLITE_TAKE_ROW "(" EVENT_COLUMNS
		") FROM streams AS s CROSS JOIN events AS e ON e.stream = s.number"
		" WHERE s.type = ?1 AND s.id = ?2 AND " DELETED " IS NULL"
		" AND e.sequence > ?3 ORDER BY e.sequence",
	[STATEMENT_READ_FEED] =
		"SELECT " SQLITE_TAKE_ROW "(" EVENT_COLUMNS
		", s.type, s.id, s.deleted) FROM events AS e LEFT JOIN streams AS s ON"
		" s.number = e.stream WHERE e.offset > ?1 ORDER BY e.offset",
	[STATEMENT_LIST_STREAMS] = "SELECT id, " HEAD " FROM streams AS s WHERE type = ?1"
				   " AND id > ?2 AND " DELETED " IS NULL ORDER BY id",
	[STATEMENT_READ_SNAPSHOT] =
		"SELECT sequence, fingerprint, recorded_at, state FROM snapshots"
		" WHERE stream = " STREAM_OF("?1", "?2"),
	[STATEMENT_READ_VIEW] = "SELECT id, version, payload FROM views"
				" WHERE type = ?1 AND id = ?2",
	[STATEMENT_LIST_VIEWS] = "SELECT id, version, payload FROM views"
				 " WHERE type = ?1 AND id > ?2 AND payload IS NOT NULL ORDER BY id",
	[STATEMENT_LIST_ENTRIES] =
		"SELECT sequence, position, payload FROM entries WHERE view ="
		" (SELECT number FROM views WHERE type = ?1 AND id = ?2)"
		" AND (sequence, position) > (?3, ?4) ORDER BY sequence, position",
	[STATEMENT_READ_KEY] =
		"SELECT command, first_sequence, last_sequence, recorded_at FROM idempotency_keys"
		" WHERE stream = " STREAM_OF("?1", "?2") " AND hash = ?3 AND key = ?4",
};
