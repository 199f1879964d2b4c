/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * backend.h - for those who write a store: the table of functions to fill in, and the
 * few tools that a store needs and must not have twice.
 *
 * docs/store-contract.md states what a store promises, and store_testing.h tests it.
 * The promise of this header is looser than that of the others: while the library is
 * at 0.x, a minor release may change it.
 *
 * The front (which implements store.h) checks every argument against the limits before
 * it calls; a backend need not.
 */
#ifndef CQRS_BACKEND_H
#define CQRS_BACKEND_H

#include <cqrs/store.h>

CQRS_BEGIN_DECLS

struct cqrs_store_ops {
	size_t size;      /* sizeof(struct cqrs_store_ops) */
	const char *name; /* "sqlite"; static storage */
	/*
	 * true: calls of commit() from several threads are gathered by the front, so that the
	 * backend gets one call at a time with as many commits as have queued up.
	 */
	bool group_commit;

	/* Required. Runs alone, once, last. */
	void (*close)(void *self);
	/*
	 * Required. Store each commit or refuse it, and write its outcome (status, moved,
	 * moved_index, moved_to, *err where not NULL; first_sequence, feed and first_offset of
	 * its appends). count is at least 1. See cqrs_store_commit_batch().
	 *
	 * The status of each is CQRS_OK before the call. A commit's after stands before it in
	 * this call or was decided in an earlier one, so that after->status says what became
	 * of it: where that is not CQRS_OK, the commit is refused with CQRS_MOVED_AFTER.
	 */
	void (*commit)(void *self, struct cqrs_commit *const *commits, size_t count);
	/* Required. See the functions of store.h; max_count is 1 to CQRS_MAX_PAGE_ITEMS here. */
	enum cqrs_status (*read_stream)(void *self, const struct cqrs_stream *stream,
	                                uint64_t after_sequence, size_t max_count,
	                                struct cqrs_arena *arena, struct cqrs_event_page *out_page,
	                                struct cqrs_error *err);
	enum cqrs_status (*read_head)(void *self, const struct cqrs_stream *stream,
	                              uint64_t *out_sequence, struct cqrs_error *err);
	enum cqrs_status (*list_streams)(void *self, const char *type, const char *after_id,
	                                 size_t max_count, struct cqrs_arena *arena,
	                                 struct cqrs_stream_page *out_page, struct cqrs_error *err);
	enum cqrs_status (*read_feed)(void *self, uint64_t feed, uint64_t after_offset,
	                              size_t max_count, struct cqrs_arena *arena,
	                              struct cqrs_event_page *out_page, struct cqrs_error *err);
	enum cqrs_status (*read_feed_head)(void *self, uint64_t feed, uint64_t *out_offset,
	                                   struct cqrs_error *err);
	enum cqrs_status (*wait)(void *self, uint64_t feed, uint64_t after_offset,
	                         uint64_t timeout_ms, struct cqrs_error *err);
	/* expected_sequence is 1 to CQRS_MAX_SEQUENCE, or CQRS_EXPECT_EXISTS. */
	enum cqrs_status (*delete_stream)(void *self, const struct cqrs_stream *stream,
	                                  uint64_t expected_sequence, struct cqrs_error *err);
	enum cqrs_status (*load_snapshot)(void *self, const struct cqrs_stream *stream,
	                                  struct cqrs_arena *arena,
	                                  struct cqrs_snapshot *out_snapshot,
	                                  struct cqrs_error *err);
	enum cqrs_status (*load_view)(void *self, const char *type, const char *id,
	                              struct cqrs_arena *arena, struct cqrs_stored_view *out_view,
	                              struct cqrs_error *err);
	enum cqrs_status (*list_views)(void *self, const char *type, const char *after_id,
	                               size_t max_count, struct cqrs_arena *arena,
	                               struct cqrs_view_page *out_page, struct cqrs_error *err);
	enum cqrs_status (*list_entries)(void *self, const char *type, const char *id,
	                                 const struct cqrs_entry_position *after, size_t max_count,
	                                 struct cqrs_arena *arena, struct cqrs_entry_page *out_page,
	                                 struct cqrs_error *err);
	enum cqrs_status (*load_checkpoint)(void *self, const char *projection, uint64_t feed,
	                                    uint64_t *out_offset, struct cqrs_error *err);
	enum cqrs_status (*load_key)(void *self, const struct cqrs_stream *stream, const char *key,
	                             struct cqrs_key_record *out_record, struct cqrs_error *err);
	enum cqrs_status (*purge_keys)(void *self, int64_t before_us, uint64_t *out_count,
	                               struct cqrs_error *err);
	/*
	 * An append to the stream at this place (cqrs_append.place) may follow soon: have ready
	 * what it would wait for. Called with any number, by any thread; waits for nothing.
	 * NULL: there is nothing to be gained.
	 */
	void (*prefetch)(void *self, uint64_t place);
	/* New members go below; an older backend's table is shorter, and they are NULL then. */
};

/* What open() makes: one store of a backend. */
struct cqrs_store_instance {
	const struct cqrs_store_ops *ops; /* static storage */
	void *self;
	struct cqrs_store_limits limits; /* a member that is 0: that of limits.h */
	uint64_t feed_count;             /* 0: 1 */
};

struct cqrs_backend {
	size_t size;        /* sizeof(struct cqrs_backend) */
	const char *scheme; /* "sqlite": what stands before the first ':' of its URLs */
	/*
	 * Open the store of a URL whose scheme is this one. environment is complete (no member
	 * is NULL but log) and outlives the store.
	 */
	enum cqrs_status (*open)(const char *url, const struct cqrs_environment *environment,
	                         struct cqrs_store_instance *out_instance, struct cqrs_error *err);
};

/**
 * Make a store of an instance that no URL opened: a fake, or a backend around a backend.
 *
 * On success the store owns the instance and closes it; on failure it stays the caller's.
 *
 * @param options  may be NULL
 *
 * Errors: CQRS_ERR_INVALID, the instance's table of functions is not complete.
 */
CQRS_API CQRS_NODISCARD enum cqrs_status cqrs_store_wrap(const struct cqrs_store_instance *instance,
                                                         const struct cqrs_store_options *options,
                                                         struct cqrs_store **out_store,
                                                         struct cqrs_error *err);

/* ---- tools ---- */

/* A URL in parts; the texts live in the arena. */
struct cqrs_url_option {
	const char *name;
	const char *value;
};

struct cqrs_url {
	const char *path; /* between "scheme:" and '?', percent-decoded */
	const struct cqrs_url_option *options;
	size_t option_count;
};

/** Take a URL apart. Errors: CQRS_ERR_INVALID, it is not well formed or an option occurs twice. */
CQRS_API CQRS_NODISCARD enum cqrs_status cqrs_url_parse(const char *url, struct cqrs_arena *arena,
                                                        struct cqrs_url *out_url,
                                                        struct cqrs_error *err);

/** Read an option's value as a number. Errors: CQRS_ERR_INVALID, names the option. */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_url_number(const struct cqrs_url_option *option, uint64_t min, uint64_t max,
                uint64_t *out_number, struct cqrs_error *err);

/** 64 bits of a stream's type and id, by SipHash-2-4 with a fixed key. */
CQRS_API uint64_t cqrs_stream_hash(const struct cqrs_stream *stream);

/**
 * Which feed a stream belongs to: the same for ever, on every machine and backend. It is
 * cqrs_stream_hash() modulo feed_count.
 */
CQRS_API uint64_t cqrs_stream_feed(const struct cqrs_stream *stream, uint64_t feed_count);

/** 128 bits by SipHash-2-4 (Aumasson and Bernstein, 2012) with a fixed key; for equality, not for secrets. */
CQRS_API struct cqrs_hash cqrs_hash_bytes(const void *data, size_t size);

/** Whether len bytes are UTF-8 (RFC 3629); bytes from a database may be anything. */
CQRS_API bool cqrs_utf8_valid(const char *text, size_t len);

/** Refuse a commit: write status, moved, moved_index, moved_to and *commit->err, whose path names what moved. */
CQRS_API void cqrs_commit_conflict(struct cqrs_commit *commit, enum cqrs_moved moved, size_t index,
                                   uint64_t moved_to);

/** Refuse a commit for any other reason, with *err (not NULL) copied to *commit->err. */
CQRS_API void cqrs_commit_fail(struct cqrs_commit *commit, const struct cqrs_error *err);

/** Mark a commit as stored. */
CQRS_API void cqrs_commit_succeed(struct cqrs_commit *commit);

/** Whether a head satisfies an expected sequence (a number or CQRS_EXPECT_...). */
CQRS_API bool cqrs_sequence_matches(uint64_t expected_sequence, uint64_t head);

CQRS_END_DECLS
#endif
