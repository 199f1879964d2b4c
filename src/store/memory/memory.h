/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * memory.h - the inside of the memory store, shared by the files of this folder.
 *
 * Everything that belongs to a stream (its events, snapshot and keys) is kept with the feed
 * the stream belongs to, under that feed's lock. Views, entries and checkpoints are spread
 * by hash over a fixed number of sides, each with a lock of its own. A commit locks the
 * feeds it touches, lowest first, then the sides, lowest first, and lets none go before all
 * is written: commits on different feeds do not meet, and no read sees a part of one.
 *
 *	memory.c   opens and closes; the table of functions
 *	map.c      hash maps of nodes that live in what they find
 *	order.c    ordered lists (skip lists) for listing in the order of names or positions
 *	name.c     what streams and views have in common: named, found and listed by name
 *	log.c      a feed's events, one behind the other in chunks that never move
 *	find.c     finds, makes and releases streams, their snapshots and keys
 *	place.c    finds streams again by where they were
 *	side.c     the same for views and checkpoints; entries.c for the entries of a view
 *	commit.c   a commit: lock, decide, reserve all memory, write
 *	decide.c, reserve.c, write.c   the last three of these, part by part
 *	read.c     reads of streams and feeds, deletion, news
 *	load.c     reads of snapshots, views, entries, checkpoints and keys; purging
 *	list.c     listing streams and views
 *
 * A stream, view or checkpoint, once made, stays until the store is closed: one without
 * contents is as if it were not there. So memory is reserved without regret, pointers stay
 * valid, and a failed allocation leaves nothing to undo.
 */
#ifndef CQRS_STORE_MEMORY_MEMORY_H
#define CQRS_STORE_MEMORY_MEMORY_H

#include <cqrs/backend.h>

#include <pthread.h>
#include <stdatomic.h>

#define MEMORY_SIDES 16u                   /* at most 64: they are named by the bits of a word */
#define MEMORY_LEVELS 16u                  /* of an ordered list: enough for 4^16 items */
#define MEMORY_PAGE_SIZE ((size_t)1 << 20) /* bytes of contents that end a page */

/* ---- hash maps ---- */

/* The first member of what is kept in a map. */
struct memory_node {
	struct memory_node *next;
	uint64_t hash;
};

struct memory_map {
	struct memory_node **buckets;
	size_t capacity; /* 0, or a power of two */
	size_t count;
	/*
	 * Odd and secret. The bucket is in the top bits of hash * multiplier, so that names
	 * chosen to meet in one bucket by their known hash do not.
	 */
	uint64_t multiplier;
};

/* ---- ordered lists ---- */

/* A member of what is kept in a list; next has one link for each of its levels. */
struct memory_ranked {
	struct memory_ranked **next;
};

/* Below 0, 0 or above 0: the item stands before, at or behind the key. */
typedef int (*memory_compare_fn)(const struct memory_ranked *item, const void *key);

struct memory_list {
	struct memory_ranked *first[MEMORY_LEVELS];
	struct memory_ranked *last[MEMORY_LEVELS];
};

/* The structure that a memory_ranked is a member of. */
#define memory_owner(ranked, type, member) \
	((type *)(void *)((char *)(ranked)-offsetof(type, member)))

/* ---- names ---- */

/* What streams and views begin with: found by hash, listed in the order of type and id. */
struct memory_name {
	struct memory_node node;
	const char *type;
	const char *id;
	struct memory_name *next_new; /* of those that are not in the ordered list yet */
	struct memory_ranked rank;
};

/* What feeds and sides begin with. */
struct memory_shard {
	struct memory_map names;       /* of streams or views */
	struct memory_name *new_names; /* those that are not in the ordered list yet */
	/* Guards all of the feed or side, but for the ranks. Last, beside what commits write. */
	pthread_mutex_t lock;
};

/* ---- streams ---- */

/* An event in its feed's log; size bytes long, a multiple of 8. */
struct memory_event {
	struct memory_stream *stream;
	uint64_t sequence;
	uint64_t offset;
	struct cqrs_id event_id;
	struct cqrs_id correlation_id;
	struct cqrs_id causation_id;
	int64_t recorded_at_us;
	uint32_t size;
	uint32_t payload_len;
	uint32_t metadata_len;
	uint8_t type_len;
	uint8_t version_len;
	bool deleted;
	char text[]; /* type, NUL, version, NUL, payload, metadata */
};

/* Bytes that are replaced as a whole; their memory is used again. */
struct memory_buffer {
	char *data;
	size_t capacity;
	size_t len;
};

struct memory_snapshot {
	bool present;
	uint64_t sequence;
	uint64_t fingerprint;
	int64_t recorded_at_us;
	struct memory_buffer state;
};

struct memory_key {
	struct memory_node node;
	struct memory_stream *stream;
	struct memory_key *next; /* of the same stream */
	struct memory_key *previous;
	struct cqrs_key_record record;
	char text[];
};

/* With head 0 it has no events, and is as if it were not there but for snapshot and keys. */
struct memory_stream {
	struct memory_name name;
	uint64_t place; /* see place.c; never 0 */
	uint64_t head;
	struct memory_event **events; /* events[sequence - 1]; NULL once deleted */
	size_t capacity;
	bool deleted;
	struct memory_snapshot *snapshot; /* NULL or not present: none */
	struct memory_key *keys;
};

struct memory_chunk {
	uint64_t first_offset; /* of its first event, or of the next event when it has none */
	char *data;
	size_t capacity;
	const char *end; /* of its events; NULL: it is the last one */
};

/* A slot of a table of place.c; once it holds a stream, for good. */
typedef _Atomic(struct memory_stream *) memory_place;

#define MEMORY_FIRST_TABLE_BITS 6u /* 64 streams; each table is twice as long as the last */
#define MEMORY_TABLES 40u          /* more streams than any memory holds */

struct memory_feed {
	struct memory_shard shard; /* of streams */
	/* What each commit touches stands together: two threads pass it on to each other. */
	uint64_t head;
	char *tail; /* where the next event goes, in the last chunk; NULL: there is none */
	char *tail_end;
	size_t waiting;
	struct memory_chunk *chunks;
	size_t chunk_count;
	size_t chunk_capacity;
	pthread_cond_t news; /* head has grown */
	struct memory_map keys;
	_Atomic(memory_place *) places[MEMORY_TABLES]; /* read without the lock; NULL: not made */
	uint64_t place_count;
	char padding[128]; /* keeps the next feed's lock out of this one's cache line */
};

/* A place in a feed's log. */
struct memory_cursor {
	const struct memory_chunk *chunk;
	struct memory_event *event;
};

/* ---- views and checkpoints ---- */

struct memory_entry {
	struct cqrs_entry_position position;
	struct memory_ranked rank;
	struct cqrs_text payload;
};

/* Memory that is handed out in small pieces and released as a whole. */
struct memory_block {
	struct memory_block *next;
};

struct memory_entries {
	struct memory_list order;
	struct memory_block *blocks;
	char *free;
	size_t free_size;
	size_t next_size; /* of the next block */
};

/* With version 0 it is as if it were not there. */
struct memory_view {
	struct memory_name name;
	uint64_t version;
	bool removed;
	struct memory_buffer payload;
	struct memory_entries *entries; /* NULL: none */
};

struct memory_checkpoint {
	struct memory_node node;
	uint64_t feed;
	uint64_t offset;
	char projection[];
};

struct memory_side {
	struct memory_shard shard; /* of views */
	struct memory_map checkpoints;
	char padding[128];
};

/* ---- the store ---- */

struct memory_store {
	const struct cqrs_allocator *allocator;
	uint64_t multiplier; /* of every map; also draws the levels of ordered lists */
	struct memory_feed *feeds;
	uint64_t feed_count;
	struct memory_side sides[MEMORY_SIDES];
	/* Taken before any feed's or side's lock; guards the two lists and the ranks in them. */
	pthread_mutex_t list_lock;
	struct memory_list streams; /* by type, then id */
	struct memory_list views;
};

static inline struct memory_shard *memory_feed_shard(struct memory_store *store, uint64_t index)
{
	return &store->feeds[index].shard;
}

static inline struct memory_shard *memory_side_shard(struct memory_store *store, uint64_t index)
{
	return &store->sides[index].shard;
}

/* ---- map.c ---- */

/** Make room for more nodes; false when there is no memory. */
bool cqrs__memory_map_reserve(const struct cqrs_allocator *allocator, struct memory_map *map,
                              size_t more);
/** Add a node whose hash is set; there must be room. */
void cqrs__memory_map_add(struct memory_map *map, struct memory_node *node);
void cqrs__memory_map_remove(struct memory_map *map, struct memory_node *node);
/** The first node that may have this hash, or NULL. */
struct memory_node *cqrs__memory_map_first(const struct memory_map *map, uint64_t hash);
/** Call free_node for every node, and release the map. */
void cqrs__memory_map_deinit(struct memory_map *map, const struct cqrs_allocator *allocator,
                             void (*free_node)(const struct cqrs_allocator *allocator,
                                               struct memory_node *node));

/* ---- order.c ---- */

/** How many levels an item with this hash gets, drawn with the store's secret multiplier. */
size_t cqrs__memory_levels(uint64_t hash, uint64_t multiplier);
/** Add an item of that many levels; there must be none at its key. */
void cqrs__memory_order_add(struct memory_list *order, struct memory_ranked *item, size_t levels,
                            memory_compare_fn compare, const void *key);
/** The first item at or behind a key, or NULL. */
struct memory_ranked *cqrs__memory_order_from(const struct memory_list *order,
                                              memory_compare_fn compare, const void *key);
/** The first item behind a key, or NULL. */
struct memory_ranked *cqrs__memory_order_behind(const struct memory_list *order,
                                                memory_compare_fn compare, const void *key);

/* ---- name.c ---- */

/** The stream or view of this name, or NULL; the shard's lock is held. */
struct memory_name *cqrs__memory_name_find(const struct memory_shard *shard, uint64_t hash,
                                           const char *type, const char *id);
/**
 * Make one that is not there yet, size bytes large and zero behind its name; NULL when there
 * is no memory; the shard's lock is held.
 */
struct memory_name *cqrs__memory_name_new(struct memory_store *store, struct memory_shard *shard,
                                          size_t size, uint64_t hash, const char *type,
                                          const char *id);
/** Take the new names out of a shard, whose lock is held. */
struct memory_name *cqrs__memory_name_take_new(struct memory_shard *shard);
/** Add names that were taken to the ordered list, whose lock is held. */
void cqrs__memory_name_order(struct memory_store *store, struct memory_list *order,
                             struct memory_name *names);
/** The first name behind (type, id) in the ordered list, or NULL. */
struct memory_name *cqrs__memory_name_behind(const struct memory_list *order, const char *type,
                                             const char *id);
struct memory_name *cqrs__memory_name_next(const struct memory_name *name);

/* ---- log.c ---- */

size_t cqrs__memory_event_size(const struct cqrs_event_data *data);
/** Make room for events that are size bytes long together; false when there is no memory. */
bool cqrs__memory_log_reserve(const struct cqrs_allocator *allocator, struct memory_feed *feed,
                              size_t size);
/** Write an event to the end of its stream and feed; there must be room in both. */
void cqrs__memory_log_append(struct memory_feed *feed, struct memory_stream *stream,
                             const struct cqrs_event_data *data);
/** Begin at an offset, which must be 1 to feed->head. */
struct memory_cursor cqrs__memory_log_seek(const struct memory_feed *feed, uint64_t offset);
/** Move on to the next event; not behind the last one. */
void cqrs__memory_log_next(struct memory_cursor *cursor);
/** Overwrite what an event holds with zeros, but for its place. */
void cqrs__memory_event_erase(struct memory_event *event);

/* ---- place.c ---- */

/** Make room for one more; false when there is no memory. The feed's lock is held. */
bool cqrs__memory_place_reserve(const struct cqrs_allocator *allocator, struct memory_feed *feed);
/** Give a new stream a place; there must be room. The feed's lock is held. */
void cqrs__memory_place_add(const struct memory_store *store, struct memory_feed *feed,
                            struct memory_stream *stream);
/** The stream at a place, if it has this name, else NULL. Any place may be asked for, without a lock. */
struct memory_stream *cqrs__memory_place_find(const struct memory_store *store, uint64_t place,
                                              const struct cqrs_stream *name);
void cqrs__memory_places_deinit(struct memory_feed *feed, const struct cqrs_allocator *allocator);

/* ---- find.c: streams, keys and snapshots; the feed's lock is held ---- */

static inline struct memory_feed *memory_feed_of(struct memory_store *store, uint64_t hash)
{
	return &store->feeds[store->feed_count > 1 ? hash % store->feed_count : 0];
}

/** NULL when there is none. */
struct memory_stream *cqrs__memory_stream_find(const struct memory_feed *feed, uint64_t hash,
                                               const struct cqrs_stream *name);
/** Find or make; NULL when there is no memory. */
struct memory_stream *cqrs__memory_stream_get(struct memory_store *store, struct memory_feed *feed,
                                              uint64_t hash, const struct cqrs_stream *name);
/** Make room for more events; false when there is no memory. */
bool cqrs__memory_stream_reserve(struct memory_store *store, struct memory_stream *stream,
                                 size_t more);
void cqrs__memory_snapshot_free(const struct cqrs_allocator *allocator,
                                struct memory_snapshot *snapshot);
void cqrs__memory_stream_free(const struct cqrs_allocator *allocator, struct memory_node *node);
struct memory_key *cqrs__memory_key_find(const struct memory_feed *feed,
                                         const struct memory_stream *stream, const char *text);
/** Make a key that is not in its stream and map yet; NULL when there is no memory. */
struct memory_key *cqrs__memory_key_new(struct memory_store *store, struct memory_stream *stream,
                                        const char *text);
/** Add it; there must be room in the map. */
void cqrs__memory_key_add(struct memory_feed *feed, struct memory_key *key);
void cqrs__memory_key_remove(struct memory_store *store, struct memory_feed *feed,
                             struct memory_key *key);

/** Make room for len bytes, keeping what there is; false when there is no memory. */
bool cqrs__memory_buffer_reserve(struct memory_buffer *buffer,
                                 const struct cqrs_allocator *allocator, size_t len);
void cqrs__memory_buffer_write(struct memory_buffer *buffer, const struct cqrs_text *text);
/** Release what it holds; it is empty then, and may be used again. */
void cqrs__memory_buffer_deinit(struct memory_buffer *buffer,
                                const struct cqrs_allocator *allocator);

/* ---- side.c, entries.c: views and checkpoints; the side's lock is held ---- */

static inline struct memory_side *memory_side_of(struct memory_store *store, uint64_t hash)
{
	return &store->sides[hash % MEMORY_SIDES];
}

uint64_t cqrs__memory_view_hash(const char *type, const char *id);
struct memory_view *cqrs__memory_view_find(const struct memory_side *side, uint64_t hash,
                                           const char *type, const char *id);
struct memory_view *cqrs__memory_view_get(struct memory_store *store, struct memory_side *side,
                                          uint64_t hash, const char *type, const char *id);
void cqrs__memory_view_free(const struct cqrs_allocator *allocator, struct memory_node *node);

/** Entries with room for count new ones; NULL when there is no memory. */
struct memory_entries *cqrs__memory_entries_new(struct memory_store *store,
                                                const struct cqrs_entry_write *writes,
                                                size_t count);
/** Make room for count new ones; false when there is no memory. */
bool cqrs__memory_entries_reserve(struct memory_store *store, struct memory_entries *entries,
                                  const struct cqrs_entry_write *writes, size_t count);
/** Add an entry; there must be room, and none at its position. */
void cqrs__memory_entries_add(struct memory_store *store, struct memory_entries *entries,
                              const struct cqrs_entry_write *write);
bool cqrs__memory_entries_have(const struct memory_entries *entries,
                               const struct cqrs_entry_position *position);
/** The first entry behind a position (NULL: the first one), or NULL. */
const struct memory_entry *cqrs__memory_entries_behind(const struct memory_entries *entries,
                                                       const struct cqrs_entry_position *after);
const struct memory_entry *cqrs__memory_entry_next(const struct memory_entry *entry);
/** NULL does nothing. */
void cqrs__memory_entries_free(const struct cqrs_allocator *allocator,
                               struct memory_entries *entries);

uint64_t cqrs__memory_checkpoint_hash(const char *projection, uint64_t feed);
struct memory_checkpoint *cqrs__memory_checkpoint_find(const struct memory_side *side,
                                                       uint64_t hash, const char *projection,
                                                       uint64_t feed);
struct memory_checkpoint *cqrs__memory_checkpoint_get(struct memory_store *store,
                                                      struct memory_side *side, uint64_t hash,
                                                      const char *projection, uint64_t feed);
void cqrs__memory_checkpoint_free(const struct cqrs_allocator *allocator, struct memory_node *node);

/* ---- the functions of the table; see backend.h ---- */

void cqrs__memory_commit(void *self, struct cqrs_commit *const *commits, size_t count);
void cqrs__memory_prefetch(void *self, uint64_t place);
enum cqrs_status cqrs__memory_read_stream(void *self, const struct cqrs_stream *stream,
                                          uint64_t after_sequence, size_t max_count,
                                          struct cqrs_arena *arena,
                                          struct cqrs_event_page *out_page, struct cqrs_error *err);
enum cqrs_status cqrs__memory_read_head(void *self, const struct cqrs_stream *stream,
                                        uint64_t *out_sequence, struct cqrs_error *err);
enum cqrs_status cqrs__memory_list_streams(void *self, const char *type, const char *after_id,
                                           size_t max_count, struct cqrs_arena *arena,
                                           struct cqrs_stream_page *out_page,
                                           struct cqrs_error *err);
enum cqrs_status cqrs__memory_read_feed(void *self, uint64_t feed, uint64_t after_offset,
                                        size_t max_count, struct cqrs_arena *arena,
                                        struct cqrs_event_page *out_page, struct cqrs_error *err);
enum cqrs_status cqrs__memory_read_feed_head(void *self, uint64_t feed, uint64_t *out_offset,
                                             struct cqrs_error *err);
enum cqrs_status cqrs__memory_wait(void *self, uint64_t feed, uint64_t after_offset,
                                   uint64_t timeout_ms, struct cqrs_error *err);
enum cqrs_status cqrs__memory_delete_stream(void *self, const struct cqrs_stream *stream,
                                            uint64_t expected_sequence, struct cqrs_error *err);
enum cqrs_status
cqrs__memory_load_snapshot(void *self, const struct cqrs_stream *stream, struct cqrs_arena *arena,
                           struct cqrs_snapshot *out_snapshot, struct cqrs_error *err);
enum cqrs_status cqrs__memory_load_view(void *self, const char *type, const char *id,
                                        struct cqrs_arena *arena, struct cqrs_stored_view *out_view,
                                        struct cqrs_error *err);
enum cqrs_status cqrs__memory_list_views(void *self, const char *type, const char *after_id,
                                         size_t max_count, struct cqrs_arena *arena,
                                         struct cqrs_view_page *out_page, struct cqrs_error *err);
enum cqrs_status cqrs__memory_list_entries(void *self, const char *type, const char *id,
                                           const struct cqrs_entry_position *after,
                                           size_t max_count, struct cqrs_arena *arena,
                                           struct cqrs_entry_page *out_page,
                                           struct cqrs_error *err);
enum cqrs_status cqrs__memory_load_checkpoint(void *self, const char *projection, uint64_t feed,
                                              uint64_t *out_offset, struct cqrs_error *err);
enum cqrs_status cqrs__memory_load_key(void *self, const struct cqrs_stream *stream,
                                       const char *key, struct cqrs_key_record *out_record,
                                       struct cqrs_error *err);
enum cqrs_status cqrs__memory_purge_keys(void *self, int64_t before_us, uint64_t *out_count,
                                         struct cqrs_error *err);

/* "out of memory", with CQRS_ERR_NOMEM. */
enum cqrs_status cqrs__memory_none(struct cqrs_error *err);

#endif
