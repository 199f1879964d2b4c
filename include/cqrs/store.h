/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store.h - where everything is kept: streams of events, the feeds that run across
 * them, snapshots, views, checkpoints and idempotency keys; and the one operation
 * that writes, the commit.
 *
 * A framework (framework.h) does all of this for an application. This header is for
 * tools, tests, imports and whoever reads events directly. Which database is behind a
 * store shows only in the URL that opens it.
 *
 * Reads return pages: as many items as asked for (0: CQRS_MAX_PAGE_ITEMS, which is the most),
 * or as are left. A page may end sooner, with the item that makes its payloads and metadata
 * reach 1 MiB, or before it; it has one item at least while there are any, and a page with
 * count 0 is the end. What it returns lives in the caller's arena.
 *
 * Names (types, ids, keys, projections) are compared byte by byte. One that is missing,
 * empty or not UTF-8, a control character in one that is no id or key, and a feed that the
 * store does not have, are CQRS_ERR_INVALID; one longer than its limit, and a number above
 * CQRS_MAX_SEQUENCE in a commit, CQRS_ERR_LIMIT.
 *
 * docs/store-contract.md states all of this sentence by sentence.
 *
 * Threads: any number of threads may use one store at the same time; each its own arena.
 */
#ifndef CQRS_STORE_H
#define CQRS_STORE_H

#include <cqrs/environment.h>
#include <cqrs/limits.h>

CQRS_BEGIN_DECLS

struct cqrs_backend; /* a kind of store, named by a function: cqrs_memory(), cqrs_sqlite() */
struct cqrs_store;   /* opaque; released with cqrs_store_close() */

/**
 * The store that keeps everything in this process and forgets it when closed: "memory:", or
 * "memory:?feeds=4" for more feeds than one (at most CQRS_MAX_FEEDS). Commits on different
 * feeds do not wait for each other.
 */
CQRS_API const struct cqrs_backend *cqrs_memory(void);

struct cqrs_store_options {
	size_t size;                                /* set by the macro or by _init() */
	const struct cqrs_environment *environment; /* NULL: the default; copied */
};
/* clang-format off */
#define CQRS_STORE_OPTIONS(...) \
	(&(const struct cqrs_store_options){ .size = sizeof(struct cqrs_store_options), __VA_ARGS__ })
/* clang-format on */
static inline struct cqrs_store_options cqrs_store_options_init(void)
{
	struct cqrs_store_options options = { sizeof(struct cqrs_store_options), NULL };
	return options;
}

/**
 * Open the store that a URL names, making it where it does not exist yet.
 *
 * @param url       "scheme:rest?option=value&option=value"; the backend's header lists
 *                  its options
 * @param backends  ends with NULL; CQRS_BACKENDS(cqrs_sqlite(), cqrs_memory()) makes one
 *
 * Errors: CQRS_ERR_INVALID, no backend has that scheme, or it does not know an option.
 */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_store_open(const char *url, const struct cqrs_backend *const *backends,
                struct cqrs_store **out_store, struct cqrs_error *err);

/** The same with options; NULL options are the defaults. */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_store_open_with(const char *url, const struct cqrs_backend *const *backends,
                     const struct cqrs_store_options *options, struct cqrs_store **out_store,
                     struct cqrs_error *err);

/** Close a store and release it; NULL does nothing. Threads: alone, and last. */
CQRS_API void cqrs_store_close(struct cqrs_store *store);

/* What a backend can take; none is larger than limits.h. */
struct cqrs_store_limits {
	size_t id_len;        /* bytes of an aggregate's or view's id */
	size_t event_size;    /* payload and metadata of one event */
	size_t view_size;     /* payload of a view, an entry or a snapshot */
	size_t commit_events; /* events of one commit */
	size_t commit_size;   /* payload, metadata, views, entries, snapshots of one commit */
};

/** What the store can take. */
CQRS_API const struct cqrs_store_limits *cqrs_store_get_limits(const struct cqrs_store *store);

/** How many feeds the store has: 1 or more, for its whole life. */
CQRS_API uint64_t cqrs_store_feed_count(const struct cqrs_store *store);

/* ---- streams and feeds ---- */

/* Which aggregate: its type and id. */
struct cqrs_stream {
	const char *type;
	const char *id;
};

/* An event as stores keep it. */
struct cqrs_event_data {
	struct cqrs_id event_id;
	struct cqrs_id correlation_id;
	struct cqrs_id causation_id;
	int64_t recorded_at_us;
	const char *type;
	const char *version;
	struct cqrs_text payload;  /* a JSON object, with the very bytes that were stored */
	struct cqrs_text metadata; /* a JSON object of texts */
};

struct cqrs_stored_event {
	struct cqrs_stream stream;
	uint64_t sequence; /* 1, 2, 3, ... in its stream, without a gap */
	uint64_t feed;
	uint64_t offset; /* 1, 2, 3, ... in its feed, without a gap */
	bool deleted;    /* the stream was deleted: data is all zero, stream.id is "" */
	struct cqrs_event_data data;
};

struct cqrs_event_page {
	const struct cqrs_stored_event *items;
	size_t count;
	bool complete; /* nothing stood behind these when they were read; false: that is open */
};

/**
 * Read a stream in order, from the event behind after_sequence.
 *
 * A stream that has no events, or that was deleted, gives an empty page.
 */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_store_read_stream(struct cqrs_store *store, const struct cqrs_stream *stream,
                       uint64_t after_sequence, size_t max_count, struct cqrs_arena *arena,
                       struct cqrs_event_page *out_page, struct cqrs_error *err);

/**
 * The sequence of a stream's last event; 0 when it has none.
 * Errors: CQRS_ERR_NOT_FOUND, the stream was deleted.
 */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_store_read_head(struct cqrs_store *store, const struct cqrs_stream *stream,
                     uint64_t *out_sequence, struct cqrs_error *err);

struct cqrs_stream_info {
	const char *id;
	uint64_t sequence;
};

struct cqrs_stream_page {
	const struct cqrs_stream_info *items;
	size_t count;
};

/**
 * List the streams of a type that have events, deleted ones left out, in the order of
 * their ids' bytes, from behind after_id (NULL: the first), which need not be there.
 */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_store_list_streams(struct cqrs_store *store, const char *type, const char *after_id,
                        size_t max_count, struct cqrs_arena *arena,
                        struct cqrs_stream_page *out_page, struct cqrs_error *err);

/**
 * Read a feed in order, from the event behind after_offset: every event of its streams,
 * once. Whoever has seen offset n will never find a new event at or below n. Events of
 * deleted streams keep their place, with deleted set.
 */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_store_read_feed(struct cqrs_store *store, uint64_t feed, uint64_t after_offset,
                     size_t max_count, struct cqrs_arena *arena, struct cqrs_event_page *out_page,
                     struct cqrs_error *err);

/** The offset of a feed's last event; 0 when it has none. */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_store_read_feed_head(struct cqrs_store *store, uint64_t feed, uint64_t *out_offset,
                          struct cqrs_error *err);

/**
 * Wait until a feed has an event behind after_offset.
 *
 * Errors: CQRS_ERR_TIMEOUT after timeout_ms (0: looks once).
 */
CQRS_API CQRS_NODISCARD enum cqrs_status cqrs_store_wait(struct cqrs_store *store, uint64_t feed,
                                                         uint64_t after_offset, uint64_t timeout_ms,
                                                         struct cqrs_error *err);

/**
 * Delete a stream for ever: its events' contents, snapshot and idempotency keys. Its
 * places in the feed stay, as tombstones, and its id cannot be used again: a commit that
 * appends to it, expects it, or has a snapshot or key of it is refused with
 * CQRS_ERR_NOT_FOUND. Views and checkpoints are not touched.
 *
 * @param expected_sequence  the stream's head, or CQRS_EXPECT_EXISTS
 *
 * Errors: CQRS_ERR_CONFLICT, it is at another sequence. CQRS_ERR_NOT_FOUND, it has no
 *   events or was deleted before.
 */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_store_delete_stream(struct cqrs_store *store, const struct cqrs_stream *stream,
                         uint64_t expected_sequence, struct cqrs_error *err);

/* ---- what is kept beside the events ---- */

struct cqrs_snapshot {
	uint64_t sequence;      /* of the last event in it */
	uint64_t fingerprint;   /* of the code that wrote it */
	int64_t recorded_at_us; /* of the last event in it */
	struct cqrs_text state; /* a JSON object */
};

/** The snapshot of a stream that was saved last. Errors: CQRS_ERR_NOT_FOUND. */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_store_load_snapshot(struct cqrs_store *store, const struct cqrs_stream *stream,
                         struct cqrs_arena *arena, struct cqrs_snapshot *out_snapshot,
                         struct cqrs_error *err);

struct cqrs_stored_view {
	const char *id;
	uint64_t version;
	bool removed; /* a tombstone: payload is empty */
	struct cqrs_text payload;
};

struct cqrs_view_page {
	const struct cqrs_stored_view *items;
	size_t count;
};

/** A view's row, or its tombstone. Errors: CQRS_ERR_NOT_FOUND, there is neither. */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_store_load_view(struct cqrs_store *store, const char *type, const char *id,
                     struct cqrs_arena *arena, struct cqrs_stored_view *out_view,
                     struct cqrs_error *err);

/**
 * List the views of a type, tombstones left out, in the order of their ids' bytes, from
 * behind after_id (NULL: the first), which need not be there.
 */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_store_list_views(struct cqrs_store *store, const char *type, const char *after_id,
                      size_t max_count, struct cqrs_arena *arena, struct cqrs_view_page *out_page,
                      struct cqrs_error *err);

/* Where an entry stands in its view: the event that added it, and which of that event's. */
struct cqrs_entry_position {
	uint64_t sequence;
	uint64_t index; /* from 0 */
};

struct cqrs_stored_entry {
	struct cqrs_entry_position position;
	struct cqrs_text payload;
};

struct cqrs_entry_page {
	const struct cqrs_stored_entry *items;
	size_t count;
};

/** List a view's entries in order, from behind after (NULL: the first), which need not be there. */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_store_list_entries(struct cqrs_store *store, const char *type, const char *id,
                        const struct cqrs_entry_position *after, size_t max_count,
                        struct cqrs_arena *arena, struct cqrs_entry_page *out_page,
                        struct cqrs_error *err);

/** How far a projection has come in a feed; 0 when it has not begun. */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_store_load_checkpoint(struct cqrs_store *store, const char *projection, uint64_t feed,
                           uint64_t *out_offset, struct cqrs_error *err);

/* 128 bits that tell whether two commands are the same. */
struct cqrs_hash {
	uint8_t bytes[16];
};

/* What became of a command that came with an idempotency key. */
struct cqrs_key_record {
	struct cqrs_hash command;
	uint64_t first_sequence; /* 0: the command emitted nothing */
	uint64_t last_sequence;
	int64_t recorded_at_us;
};

/** A stored idempotency key, scoped to a stream. Errors: CQRS_ERR_NOT_FOUND. */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_store_load_key(struct cqrs_store *store, const struct cqrs_stream *stream, const char *key,
                    struct cqrs_key_record *out_record, struct cqrs_error *err);

/** Forget the keys recorded before a time; the only way in which keys go, but for deletion. */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_store_purge_keys(struct cqrs_store *store, int64_t before_us, uint64_t *out_count,
                      struct cqrs_error *err);

/* ---- the commit ---- */

/* Expected sequences that are not a number; 0 means that the stream has no events yet. */
#define CQRS_EXPECT_NONE UINT64_C(0)
#define CQRS_EXPECT_ANY UINT64_MAX          /* whatever there is */
#define CQRS_EXPECT_EXISTS (UINT64_MAX - 1) /* one event at least */

/* Add events to a stream's end. */
struct cqrs_append {
	struct cqrs_stream stream;
	uint64_t expected_sequence; /* the head, or CQRS_EXPECT_... */
	const struct cqrs_event_data *events;
	size_t event_count; /* at least 1 */
	/* Written when the commit succeeds: where the first event stands. */
	uint64_t first_sequence;
	uint64_t feed;
	uint64_t first_offset; /* the others follow it without a gap */
	/*
	 * Where the store keeps the stream, as it wrote here when an earlier append to it
	 * succeeded, or 0: that may spare the store looking for it. Any number does no harm, and
	 * none says anything to a caller, or in another process.
	 */
	uint64_t place;
};

/* Check a stream without writing to it. */
struct cqrs_expect {
	struct cqrs_stream stream;
	uint64_t expected_sequence;
};

/* Save a stream's snapshot in place of the one before; it is not compared with the stream. */
struct cqrs_snapshot_write {
	struct cqrs_stream stream;
	struct cqrs_snapshot snapshot;
};

struct cqrs_entry_write {
	struct cqrs_entry_position position; /* not there yet, in the view as it is then */
	struct cqrs_text payload;
};

/* Save a view's row and add to its entries. What breaks a rule below is CQRS_ERR_INVALID. */
struct cqrs_view_write {
	const char *type;
	const char *id;
	uint64_t expected_version; /* 0: neither row nor tombstone */
	uint64_t version;          /* above the expected one; 0: erase it, as if it never was */
	/* Drop the entries there are, before those below are added. Implied by a tombstone and by
	 * version 0, which take no new entries. */
	bool clear_entries;
	struct cqrs_text payload; /* data NULL: leave a tombstone */
	const struct cqrs_entry_write *entries;
	size_t entry_count;
};

struct cqrs_checkpoint_write {
	const char *projection;
	uint64_t feed;
	uint64_t expected_offset; /* 0: it has not begun */
	uint64_t offset;          /* may be below the expected one: a reset */
};

struct cqrs_key_write {
	struct cqrs_stream stream;
	const char *key;
	struct cqrs_key_record record;
};

/* What had moved when a commit was refused with CQRS_ERR_CONFLICT; of several, any one is named. */
enum cqrs_moved {
	CQRS_MOVED_NOTHING = 0,
	CQRS_MOVED_STREAM = 1,     /* of appends[moved_index] */
	CQRS_MOVED_EXPECT = 2,     /* of expects[moved_index] */
	CQRS_MOVED_VIEW = 3,       /* of views[moved_index] */
	CQRS_MOVED_CHECKPOINT = 4, /* of checkpoints[moved_index] */
	CQRS_MOVED_KEY = 5,        /* keys[moved_index] is stored already */
	CQRS_MOVED_AFTER =
		6, /* the commit named by after was not stored; comes before all others */
};

/*
 * Everything that is written goes through this: all of it or nothing. No stream, view,
 * checkpoint or key occurs twice in one commit, except that a key may belong to a stream
 * that is also appended to; a stream is not both appended to and expected. A commit that
 * breaks this is refused with CQRS_ERR_INVALID.
 *
 * Names, numbers and sizes are checked. That payloads, metadata and states are JSON objects
 * in UTF-8 is left to whoever writes them, but for their first byte.
 */
struct cqrs_commit {
	struct cqrs_append *appends;
	size_t append_count;
	const struct cqrs_expect *expects;
	size_t expect_count;
	const struct cqrs_snapshot_write *snapshots;
	size_t snapshot_count;
	const struct cqrs_view_write *views;
	size_t view_count;
	const struct cqrs_checkpoint_write *checkpoints;
	size_t checkpoint_count;
	const struct cqrs_key_write *keys;
	size_t key_count;
	/*
	 * An earlier commit of the same call that this one was decided upon, or NULL: if that
	 * one is not stored, this one is not either, even where its own expectations hold.
	 * Naming any other commit is CQRS_ERR_INVALID.
	 */
	const struct cqrs_commit *after;

	/* Written by the store for every commit. */
	enum cqrs_status status;
	enum cqrs_moved moved;
	size_t moved_index;
	uint64_t moved_to;      /* the sequence, version or offset found there; a tombstone's too */
	struct cqrs_error *err; /* the caller's; may be NULL; where status is CQRS_OK as it was */
};

/**
 * Store one commit.
 *
 * Ownership: everything is borrowed until the call returns.
 * Errors: CQRS_ERR_CONFLICT, with moved, moved_index, moved_to and err->path;
 *   CQRS_ERR_NOT_FOUND, a stream was deleted; CQRS_ERR_INVALID and CQRS_ERR_LIMIT, before
 *   the backend is called; CQRS_ERR_UNAVAILABLE, nothing was stored; CQRS_ERR_UNKNOWN, it
 *   may or may not have been.
 */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_store_commit(struct cqrs_store *store, struct cqrs_commit *commit, struct cqrs_error *err);

/**
 * Store several commits in order, each with its own outcome in its status: one that is
 * refused changes nothing for the others, except for those that name it in after.
 *
 * @return CQRS_OK when all are stored, else the status of the first that is not
 */
CQRS_API enum cqrs_status cqrs_store_commit_batch(struct cqrs_store *store,
                                                  struct cqrs_commit *const *commits, size_t count);

#ifndef __cplusplus
#define CQRS_BACKENDS(...) ((const struct cqrs_backend *const[]){ __VA_ARGS__, NULL })
#endif

CQRS_END_DECLS
#endif
