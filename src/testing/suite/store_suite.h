/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_suite.h - what the tests of the store suite are written with: actors, checks,
 * drafts of commits, and short forms of every read.
 *
 * An actor is someone who uses a store in a test: the test itself, or a thread that it
 * started. A check that fails is recorded and ends its actor at once, by a jump to the
 * frame in which that actor began (never into another thread); what an actor holds
 * belongs to the suite, which releases it. A read that fails ends its actor too.
 */
#ifndef CQRS_TESTING_STORE_SUITE_H
#define CQRS_TESTING_STORE_SUITE_H

#include <cqrs/store_testing.h>
#include <pthread.h>
#include <setjmp.h>

enum {
	SUITE_MAX_ACTORS = 32, /* of one test, with the test itself */
	SUITE_MAX_STORES = 4,  /* handles open at once */
	DRAFT_PARTS = 8,       /* parts of one kind in a draft, and entries of a view in it */
};

struct suite;

struct actor {
	struct suite *suite;
	struct cqrs_store *store; /* the one that helpers use */
	struct cqrs_arena *arena; /* its own; lives until the test ends */
	uint64_t random;          /* state of its generator */
	void *with;               /* what the test gave to the thread */
	/* The rest is the suite's. */
	void (*run)(struct actor *a);
	jmp_buf begin;
	pthread_t thread;
	bool running;
};

struct suite {
	const struct cqrs_store_fixture *fixture;
	struct cqrs_store_test_report *report;
	pthread_mutex_t lock; /* guards report and event_count */
	uint64_t event_count; /* events made so far: each gets an id of its own */
	struct cqrs_store *stores[SUITE_MAX_STORES];
	size_t store_count;
	struct actor actors[SUITE_MAX_ACTORS]; /* the first is the test */
	size_t actor_count;
};

struct store_test {
	const char *name;
	const char *sentences;
	void (*run)(struct actor *a);
};

struct store_tests {
	const struct store_test *items;
	size_t count;
};
#define STORE_TESTS(table)                                \
	{                                                 \
		(table), sizeof(table) / sizeof(*(table)) \
	}

extern const struct store_tests cqrs__suite_stream_tests, cqrs__suite_commit_tests,
	cqrs__suite_refusal_tests, cqrs__suite_batch_tests, cqrs__suite_feed_tests,
	cqrs__suite_traffic_tests, cqrs__suite_news_tests, cqrs__suite_view_tests,
	cqrs__suite_entry_tests, cqrs__suite_side_tests, cqrs__suite_key_tests,
	cqrs__suite_deletion_tests, cqrs__suite_name_tests, cqrs__suite_number_tests,
	cqrs__suite_limit_tests, cqrs__suite_page_tests, cqrs__suite_many_tests,
	cqrs__suite_handle_tests;

/* ---- checks: each ends its actor when it fails ---- */

struct check_place {
	const char *file;
	unsigned line;
	const char *what;
};
#define CHECK_PLACE(text) (&(const struct check_place){ __FILE__, __LINE__, (text) })

#define CHECK_UINT(a, actual, expected) \
	cqrs__suite_check_uint((a), CHECK_PLACE(#actual), (actual), (expected))
#define CHECK_INT(a, actual, expected) \
	cqrs__suite_check_int((a), CHECK_PLACE(#actual), (actual), (expected))
#define CHECK_TRUE(a, condition) cqrs__suite_check_true((a), CHECK_PLACE(#condition), (condition))
#define CHECK_STATUS(a, actual, expected) \
	cqrs__suite_check_status((a), CHECK_PLACE(#actual), (actual), (expected), NULL)
/* The same with the error that came with it, whose message a failure shows. */
#define CHECK_STATUS_ERR(a, actual, expected, err) \
	cqrs__suite_check_status((a), CHECK_PLACE(#actual), (actual), (expected), (err))
#define CHECK_STRING(a, actual, expected) \
	cqrs__suite_check_string((a), CHECK_PLACE(#actual), (actual), (expected))
#define CHECK_CONTAINS(a, actual, part) \
	cqrs__suite_check_contains((a), CHECK_PLACE(#actual), (actual), (part))
/* struct cqrs_text, byte by byte. */
#define CHECK_TEXT(a, actual, expected) \
	cqrs__suite_check_text((a), CHECK_PLACE(#actual), (actual), (expected))
/* Two objects of one type without padding. */
#define CHECK_BYTES(a, actual, expected)                                         \
	cqrs__suite_check_bytes((a), CHECK_PLACE(#actual), (actual), (expected), \
	                        sizeof(*(1 ? (actual) : (expected))))

/* What is recorded where one of the next three fails. */
_Noreturn void cqrs__suite_fail_uint(struct actor *a, const struct check_place *place,
                                     uint64_t actual, uint64_t expected);
_Noreturn void cqrs__suite_fail_status(struct actor *a, const struct check_place *place,
                                       enum cqrs_status actual, enum cqrs_status expected,
                                       const struct cqrs_error *err);
_Noreturn void cqrs__suite_fail_true(struct actor *a, const struct check_place *place);

/* Here, so that compilers and analysers know what holds behind them. */
static inline void cqrs__suite_check_uint(struct actor *a, const struct check_place *place,
                                          uint64_t actual, uint64_t expected)
{
	if (actual != expected)
		cqrs__suite_fail_uint(a, place, actual, expected);
}
static inline void cqrs__suite_check_status(struct actor *a, const struct check_place *place,
                                            enum cqrs_status actual, enum cqrs_status expected,
                                            const struct cqrs_error *err)
{
	if (actual != expected)
		cqrs__suite_fail_status(a, place, actual, expected, err);
}
static inline void cqrs__suite_check_true(struct actor *a, const struct check_place *place,
                                          bool condition)
{
	if (!condition)
		cqrs__suite_fail_true(a, place);
}
void cqrs__suite_check_int(struct actor *a, const struct check_place *place, int64_t actual,
                           int64_t expected);
void cqrs__suite_check_string(struct actor *a, const struct check_place *place, const char *actual,
                              const char *expected);
void cqrs__suite_check_contains(struct actor *a, const struct check_place *place,
                                const char *actual, const char *part);
void cqrs__suite_check_text(struct actor *a, const struct check_place *place,
                            struct cqrs_text actual, struct cqrs_text expected);
void cqrs__suite_check_bytes(struct actor *a, const struct check_place *place, const void *actual,
                             const void *expected, size_t size);

/** Record a failed check, unless another failed before, and end the actor. */
_Noreturn void cqrs__suite_fail(struct actor *a, const struct check_place *place,
                                const char *expected, const char *actual);

/** End the actor; nothing is recorded. */
_Noreturn void cqrs__suite_stop(struct actor *a);

/** Leave out the rest of the test, which is then no failure. */
_Noreturn void cqrs__suite_skip(struct actor *a, const char *why);

/** Whether a check of any actor has failed: loops of threads ask. */
bool cqrs__suite_failed(struct suite *suite);

/* ---- stores, threads, time and chance ---- */

/** Open another handle on the same storage. */
struct cqrs_store *cqrs__suite_open(struct actor *a);

/** Close all handles; call the hooks of the fixture, then cqrs__suite_open() again. */
void cqrs__suite_close_all(struct actor *a);

/** Close all handles and open one on the same storage. */
void cqrs__suite_reopen(struct actor *a);

/** Start a thread that runs a function as an actor of its own; ended by cqrs__suite_join(). */
void cqrs__suite_start(struct actor *a, void (*run)(struct actor *a), struct cqrs_store *store,
                       void *with);

/** Wait for all threads; ends the test if one of them failed. */
void cqrs__suite_join(struct actor *a);

/** The same, but ends nothing. */
void cqrs__suite_join_all(struct suite *suite);

/** Make an actor with an arena; its number is suite->actor_count before the call. */
enum cqrs_status cqrs__suite_add_actor(struct suite *suite, struct cqrs_error *err);

/** Memory that lives until the test ends, or the actor resets its arena. */
void *cqrs__suite_allocate(struct actor *a, size_t size);

/** A text printed into such memory. */
CQRS_PRINTF(2, 3) char *cqrs__suite_print(struct actor *a, const char *fmt, ...);

/** A number from 0 to below - 1. */
uint64_t cqrs__suite_random(struct actor *a, uint64_t below);

uint64_t cqrs__suite_now_us(void); /* since some moment; never goes back */
void cqrs__suite_sleep_us(uint64_t time_us);

/* ---- events and commits ---- */

#define STREAM(stream_type, stream_id) ((struct cqrs_stream){ (stream_type), (stream_id) })
#define TEXT(literal) ((struct cqrs_text){ (literal), sizeof(literal) - 1 })

/** A text of its own as struct cqrs_text; NULL gives no data. */
struct cqrs_text cqrs__suite_text(const char *text);

/** A JSON object {"x":"aaa..."} of exactly so many bytes, 8 at least. */
struct cqrs_text cqrs__suite_json(struct actor *a, size_t size);

/** New events, each with ids of its own and a payload that holds its number. */
struct cqrs_event_data *cqrs__suite_events(struct actor *a, size_t count);

/* A commit being put together, with room for its parts. */
struct draft {
	struct cqrs_commit commit;
	struct cqrs_error err;
	struct cqrs_append appends[DRAFT_PARTS];
	struct cqrs_expect expects[DRAFT_PARTS];
	struct cqrs_snapshot_write snapshots[DRAFT_PARTS];
	struct cqrs_view_write views[DRAFT_PARTS];
	struct cqrs_entry_write entries[DRAFT_PARTS][DRAFT_PARTS]; /* by view */
	struct cqrs_checkpoint_write checkpoints[DRAFT_PARTS];
	struct cqrs_key_write keys[DRAFT_PARTS];
};

struct draft *cqrs__draft_new(struct actor *a);
/** Parts are added at the end; texts are borrowed. */
struct cqrs_append *cqrs__draft_append(struct actor *a, struct draft *draft,
                                       struct cqrs_stream stream, uint64_t expected_sequence,
                                       size_t event_count);
void cqrs__draft_expect(struct draft *draft, struct cqrs_stream stream, uint64_t expected_sequence);
struct cqrs_snapshot *cqrs__draft_snapshot(struct draft *draft, struct cqrs_stream stream,
                                           uint64_t sequence, const char *state);
/** payload NULL leaves a tombstone. */
struct cqrs_view_write *cqrs__draft_view(struct draft *draft, const char *type, const char *id,
                                         uint64_t expected_version, uint64_t version,
                                         const char *payload);
/** An entry of the view that was added last. */
void cqrs__draft_entry(struct draft *draft, uint64_t sequence, uint64_t index, const char *payload);
void cqrs__draft_checkpoint(struct draft *draft, const char *projection, uint64_t feed,
                            uint64_t expected_offset, uint64_t offset);
struct cqrs_key_record *cqrs__draft_key(struct draft *draft, struct cqrs_stream stream,
                                        const char *key);

/** Commit; the outcome is in the draft, and told alike in all places. Returns the draft. */
struct draft *cqrs__draft_commit(struct actor *a, struct draft *draft);

/** Commit as a batch, in order; what cqrs_store_commit_batch() returned. */
enum cqrs_status cqrs__draft_commit_batch(struct actor *a, struct draft *const *drafts,
                                          size_t count);

/* Judge a draft that was committed: CHECK_STORED(a, cqrs__draft_commit(a, draft)). */
#define CHECK_STORED(a, draft) \
	cqrs__suite_check_stored((a), CHECK_PLACE("outcome of the commit"), (draft))
#define CHECK_REFUSED(a, draft, status) \
	cqrs__suite_check_refused((a), CHECK_PLACE("outcome of the commit"), (draft), (status))
#define CHECK_MOVED(a, draft, moved, index, to)                                              \
	cqrs__suite_check_moved((a), CHECK_PLACE("outcome of the commit"), (draft), (moved), \
	                        (index), (to))
void cqrs__suite_check_stored(struct actor *a, const struct check_place *place,
                              const struct draft *draft);
void cqrs__suite_check_refused(struct actor *a, const struct check_place *place,
                               const struct draft *draft, enum cqrs_status status);
void cqrs__suite_check_moved(struct actor *a, const struct check_place *place,
                             const struct draft *draft, enum cqrs_moved moved, size_t index,
                             uint64_t to);

/** Append so many new events, whatever is there; the events, for comparing. */
const struct cqrs_event_data *cqrs__suite_given_events(struct actor *a, struct cqrs_stream stream,
                                                       size_t count);
/** Save a view from its expected version to its version. */
void cqrs__suite_given_view(struct actor *a, const char *type, const char *id,
                            uint64_t expected_version, uint64_t version, const char *payload);

/* ---- reads ---- */

uint64_t cqrs__suite_head(struct actor *a, struct cqrs_stream stream);
uint64_t cqrs__suite_feed_head(struct actor *a, uint64_t feed);
/** The feed that a stream belongs to. */
uint64_t cqrs__suite_feed_of(struct actor *a, struct cqrs_stream stream);
uint64_t cqrs__suite_checkpoint(struct actor *a, const char *projection, uint64_t feed);
struct cqrs_event_page cqrs__suite_read_stream(struct actor *a, struct cqrs_stream stream,
                                               uint64_t after_sequence, size_t max_count);
struct cqrs_event_page cqrs__suite_read_feed(struct actor *a, uint64_t feed, uint64_t after_offset,
                                             size_t max_count);
struct cqrs_stream_page cqrs__suite_list_streams(struct actor *a, const char *type,
                                                 const char *after_id, size_t max_count);
struct cqrs_view_page cqrs__suite_list_views(struct actor *a, const char *type,
                                             const char *after_id, size_t max_count);
struct cqrs_entry_page cqrs__suite_list_entries(struct actor *a, const char *type, const char *id,
                                                const struct cqrs_entry_position *after,
                                                size_t max_count);
/** What there is, or the status: CQRS_OK or CQRS_ERR_NOT_FOUND; another ends the actor. */
enum cqrs_status cqrs__suite_load_view(struct actor *a, const char *type, const char *id,
                                       struct cqrs_stored_view *out_view);
enum cqrs_status cqrs__suite_load_snapshot(struct actor *a, struct cqrs_stream stream,
                                           struct cqrs_snapshot *out_snapshot);
enum cqrs_status cqrs__suite_load_key(struct actor *a, struct cqrs_stream stream, const char *key,
                                      struct cqrs_key_record *out_record);

/** All of a stream, by pages of so many. */
struct cqrs_event_page cqrs__suite_read_whole_stream(struct actor *a, struct cqrs_stream stream,
                                                     size_t page_size);
/** All of a feed, by pages of so many. */
struct cqrs_event_page cqrs__suite_read_whole_feed(struct actor *a, uint64_t feed,
                                                   size_t page_size);

/** The payload of a view that must be there. */
struct cqrs_text cqrs__suite_view_payload(struct actor *a, const char *type, const char *id);

/** Check that a stored event is at this place and is that event. */
#define CHECK_EVENT(a, stored, stream, sequence, data) \
	cqrs__suite_check_event((a), (stored), (stream), (sequence), (data))
void cqrs__suite_check_event(struct actor *a, const struct cqrs_stored_event *stored,
                             struct cqrs_stream stream, uint64_t sequence,
                             const struct cqrs_event_data *data);

/** Check that a stream consists of exactly these events, from sequence 1. */
void cqrs__suite_check_stream(struct actor *a, struct cqrs_stream stream,
                              const struct cqrs_event_data *events, size_t count);

/** Check that every feed is dense from offset 1, and its head right; how many events there are. */
uint64_t cqrs__suite_check_feeds(struct actor *a);

/* ---- a commit with parts of every kind (store_mixed.c) ---- */

/** Store what the mixed commit builds upon; some of it deleted. */
void cqrs__suite_given_mixed(struct actor *a);

/** A commit of two parts or more of each kind, which is stored after cqrs__suite_given_mixed(). */
struct draft *cqrs__draft_mixed(struct actor *a);

/** All that the store holds of what either of them touches, as a text to compare. */
const char *cqrs__suite_dump(struct actor *a);

#endif
