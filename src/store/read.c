/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * read.c - the way of reads, deletion and purges to the backend: arguments are checked,
 * page sizes clamped, and that is all.
 */
#include "store/front.h"

static size_t clamp_count(size_t max_count)
{
	return max_count && max_count < CQRS_MAX_PAGE_ITEMS ? max_count : CQRS_MAX_PAGE_ITEMS;
}

static enum cqrs_status check_given(const void *argument, const char *name, struct cqrs_error *err)
{
	if (!argument)
		return cqrs__refuse(NULL, name, "is NULL", err);
	return CQRS_OK;
}

static enum cqrs_status check_stream_argument(const struct cqrs_store *store,
                                              const struct cqrs_stream *stream, const void *out,
                                              const char *out_name, struct cqrs_error *err)
{
	enum cqrs_status status;

	status = check_given(store, "store", err);
	if (status == CQRS_OK)
		status = check_given(stream, "stream", err);
	if (status == CQRS_OK)
		status = check_given(out, out_name, err);
	if (status != CQRS_OK)
		return status;
	return cqrs__check_stream(store, stream, NULL, err);
}

static enum cqrs_status check_feed_argument(const struct cqrs_store *store, uint64_t feed,
                                            const void *out, const char *out_name,
                                            struct cqrs_error *err)
{
	enum cqrs_status status;

	status = check_given(store, "store", err);
	if (status == CQRS_OK)
		status = check_given(out, out_name, err);
	if (status != CQRS_OK)
		return status;
	if (feed >= store->feed_count)
		return cqrs__refuse(NULL, "feed", "is not a feed of the store", err);
	return CQRS_OK;
}

/* What every page needs: an arena and a place for it. */
static enum cqrs_status check_page(const struct cqrs_arena *arena, const void *out_page,
                                   struct cqrs_error *err)
{
	enum cqrs_status status;

	status = check_given(arena, "arena", err);
	if (status != CQRS_OK)
		return status;
	return check_given(out_page, "out_page", err);
}

/* The arguments of a list by type; after_id may be NULL or "", both before the first. */
static enum cqrs_status check_list(const struct cqrs_store *store, const char *type,
                                   const char *after_id, const struct cqrs_arena *arena,
                                   const void *out_page, struct cqrs_error *err)
{
	enum cqrs_status status;

	status = check_given(store, "store", err);
	if (status == CQRS_OK)
		status = check_page(arena, out_page, err);
	if (status == CQRS_OK)
		status = cqrs__check_name(type, CQRS_MAX_TYPE_LEN, NULL, "type", err);
	if (status == CQRS_OK && after_id && *after_id)
		status = cqrs__check_id(after_id, store->limits.id_len, NULL, "after_id", err);
	return status;
}

static enum cqrs_status check_view_argument(const struct cqrs_store *store, const char *type,
                                            const char *id, const struct cqrs_arena *arena,
                                            const void *out, const char *out_name,
                                            struct cqrs_error *err)
{
	enum cqrs_status status;

	status = check_given(store, "store", err);
	if (status == CQRS_OK)
		status = check_given(arena, "arena", err);
	if (status == CQRS_OK)
		status = check_given(out, out_name, err);
	if (status == CQRS_OK)
		status = cqrs__check_name(type, CQRS_MAX_TYPE_LEN, NULL, "type", err);
	if (status == CQRS_OK)
		status = cqrs__check_id(id, store->limits.id_len, NULL, "id", err);
	return status;
}

/* ---- streams and feeds ---- */

enum cqrs_status cqrs_store_read_stream(struct cqrs_store *store, const struct cqrs_stream *stream,
                                        uint64_t after_sequence, size_t max_count,
                                        struct cqrs_arena *arena, struct cqrs_event_page *out_page,
                                        struct cqrs_error *err)
{
	enum cqrs_status status;

	status = check_stream_argument(store, stream, out_page, "out_page", err);
	if (status == CQRS_OK)
		status = check_given(arena, "arena", err);
	if (status != CQRS_OK)
		return status;
	return store->ops.read_stream(store->self, stream, after_sequence, clamp_count(max_count),
	                              arena, out_page, err);
}

enum cqrs_status cqrs_store_read_head(struct cqrs_store *store, const struct cqrs_stream *stream,
                                      uint64_t *out_sequence, struct cqrs_error *err)
{
	enum cqrs_status status;

	status = check_stream_argument(store, stream, out_sequence, "out_sequence", err);
	if (status != CQRS_OK)
		return status;
	return store->ops.read_head(store->self, stream, out_sequence, err);
}

enum cqrs_status cqrs_store_list_streams(struct cqrs_store *store, const char *type,
                                         const char *after_id, size_t max_count,
                                         struct cqrs_arena *arena,
                                         struct cqrs_stream_page *out_page, struct cqrs_error *err)
{
	enum cqrs_status status;

	status = check_list(store, type, after_id, arena, out_page, err);
	if (status != CQRS_OK)
		return status;
	return store->ops.list_streams(store->self, type, after_id, clamp_count(max_count), arena,
	                               out_page, err);
}

enum cqrs_status cqrs_store_read_feed(struct cqrs_store *store, uint64_t feed,
                                      uint64_t after_offset, size_t max_count,
                                      struct cqrs_arena *arena, struct cqrs_event_page *out_page,
                                      struct cqrs_error *err)
{
	enum cqrs_status status;

	status = check_feed_argument(store, feed, out_page, "out_page", err);
	if (status == CQRS_OK)
		status = check_given(arena, "arena", err);
	if (status != CQRS_OK)
		return status;
	return store->ops.read_feed(store->self, feed, after_offset, clamp_count(max_count), arena,
	                            out_page, err);
}

enum cqrs_status cqrs_store_read_feed_head(struct cqrs_store *store, uint64_t feed,
                                           uint64_t *out_offset, struct cqrs_error *err)
{
	enum cqrs_status status;

	status = check_feed_argument(store, feed, out_offset, "out_offset", err);
	if (status != CQRS_OK)
		return status;
	return store->ops.read_feed_head(store->self, feed, out_offset, err);
}

enum cqrs_status cqrs_store_wait(struct cqrs_store *store, uint64_t feed, uint64_t after_offset,
                                 uint64_t timeout_ms, struct cqrs_error *err)
{
	enum cqrs_status status;

	status = check_feed_argument(store, feed, store, "store", err);
	if (status != CQRS_OK)
		return status;
	return store->ops.wait(store->self, feed, after_offset, timeout_ms, err);
}

enum cqrs_status cqrs_store_delete_stream(struct cqrs_store *store,
                                          const struct cqrs_stream *stream,
                                          uint64_t expected_sequence, struct cqrs_error *err)
{
	enum cqrs_status status;

	status = check_stream_argument(store, stream, store, "store", err);
	if (status != CQRS_OK)
		return status;
	if (expected_sequence == CQRS_EXPECT_NONE || expected_sequence == CQRS_EXPECT_ANY)
		return cqrs__refuse(NULL, "expected_sequence",
		                    "is neither a head nor CQRS_EXPECT_EXISTS", err);
	if (expected_sequence > CQRS_MAX_SEQUENCE && expected_sequence != CQRS_EXPECT_EXISTS)
		return cqrs__refuse_limit(NULL, "expected_sequence", CQRS_MAX_SEQUENCE, "", err);
	return store->ops.delete_stream(store->self, stream, expected_sequence, err);
}

/* ---- what is kept beside the events ---- */

enum cqrs_status
cqrs_store_load_snapshot(struct cqrs_store *store, const struct cqrs_stream *stream,
                         struct cqrs_arena *arena, struct cqrs_snapshot *out_snapshot,
                         struct cqrs_error *err)
{
	enum cqrs_status status;

	status = check_stream_argument(store, stream, out_snapshot, "out_snapshot", err);
	if (status == CQRS_OK)
		status = check_given(arena, "arena", err);
	if (status != CQRS_OK)
		return status;
	return store->ops.load_snapshot(store->self, stream, arena, out_snapshot, err);
}

enum cqrs_status cqrs_store_load_view(struct cqrs_store *store, const char *type, const char *id,
                                      struct cqrs_arena *arena, struct cqrs_stored_view *out_view,
                                      struct cqrs_error *err)
{
	enum cqrs_status status;

	status = check_view_argument(store, type, id, arena, out_view, "out_view", err);
	if (status != CQRS_OK)
		return status;
	return store->ops.load_view(store->self, type, id, arena, out_view, err);
}

enum cqrs_status cqrs_store_list_views(struct cqrs_store *store, const char *type,
                                       const char *after_id, size_t max_count,
                                       struct cqrs_arena *arena, struct cqrs_view_page *out_page,
                                       struct cqrs_error *err)
{
	enum cqrs_status status;

	status = check_list(store, type, after_id, arena, out_page, err);
	if (status != CQRS_OK)
		return status;
	return store->ops.list_views(store->self, type, after_id, clamp_count(max_count), arena,
	                             out_page, err);
}

enum cqrs_status cqrs_store_list_entries(struct cqrs_store *store, const char *type, const char *id,
                                         const struct cqrs_entry_position *after, size_t max_count,
                                         struct cqrs_arena *arena, struct cqrs_entry_page *out_page,
                                         struct cqrs_error *err)
{
	enum cqrs_status status;

	status = check_view_argument(store, type, id, arena, out_page, "out_page", err);
	if (status != CQRS_OK)
		return status;
	return store->ops.list_entries(store->self, type, id, after, clamp_count(max_count), arena,
	                               out_page, err);
}

enum cqrs_status cqrs_store_load_checkpoint(struct cqrs_store *store, const char *projection,
                                            uint64_t feed, uint64_t *out_offset,
                                            struct cqrs_error *err)
{
	enum cqrs_status status;

	status = check_feed_argument(store, feed, out_offset, "out_offset", err);
	if (status == CQRS_OK)
		status = cqrs__check_name(projection, CQRS_MAX_TYPE_LEN, NULL, "projection", err);
	if (status != CQRS_OK)
		return status;
	return store->ops.load_checkpoint(store->self, projection, feed, out_offset, err);
}

enum cqrs_status cqrs_store_load_key(struct cqrs_store *store, const struct cqrs_stream *stream,
                                     const char *key, struct cqrs_key_record *out_record,
                                     struct cqrs_error *err)
{
	enum cqrs_status status;

	status = check_stream_argument(store, stream, out_record, "out_record", err);
	if (status == CQRS_OK)
		status = cqrs__check_id(key, CQRS_MAX_KEY_LEN, NULL, "key", err);
	if (status != CQRS_OK)
		return status;
	return store->ops.load_key(store->self, stream, key, out_record, err);
}

enum cqrs_status cqrs_store_purge_keys(struct cqrs_store *store, int64_t before_us,
                                       uint64_t *out_count, struct cqrs_error *err)
{
	uint64_t count = 0;
	enum cqrs_status status;

	status = check_given(store, "store", err);
	if (status != CQRS_OK)
		return status;
	status = store->ops.purge_keys(store->self, before_us, &count, err);
	if (status == CQRS_OK && out_count)
		*out_count = count;
	return status;
}
