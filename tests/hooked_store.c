/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* hooked_store.c - the backend around a store. */
#include "hooked_store.h"

#include <stddef.h>

void hooked_store_init(struct hooked_store *hooks, struct cqrs_store *inner)
{
	for (size_t i = 0; i < HOOKED_OPERATIONS; i++)
		atomic_init(&hooks->calls[i], 0);
	atomic_init(&hooks->commits, 0);
	atomic_init(&hooks->events_read, 0);
	atomic_init(&hooks->fail_at, 0);
	atomic_init(&hooks->failed, 0);
	atomic_init(&hooks->out_of_reach, 0);
	atomic_init(&hooks->lose_replies, 0);
	atomic_init(&hooks->drop_commits, 0);
	hooks->inner = inner;
	hooks->before = NULL;
	hooks->after = NULL;
	hooks->self = NULL;
	hooks->limits = (struct cqrs_store_limits){ .id_len = 0 };
}

/* Take one of what is left; false when there is none. */
static bool take(atomic_ulong *left)
{
	unsigned long now = atomic_load(left);

	while (now)
		if (atomic_compare_exchange_weak(left, &now, now - 1))
			return true;
	return false;
}

static bool is_nth(atomic_ulong *left)
{
	unsigned long now = atomic_load(left);

	while (now)
		if (atomic_compare_exchange_weak(left, &now, now - 1))
			return now == 1;
	return false;
}

static enum cqrs_status begin(struct hooked_store *hooks, enum hooked_operation operation,
                              struct cqrs_error *err)
{
	atomic_fetch_add(&hooks->calls[operation], 1);
	if (hooks->before)
		hooks->before(hooks, operation, hooks->self);
	if (is_nth(&hooks->fail_at)) {
		atomic_fetch_add(&hooks->failed, 1);
		return cqrs_error_set(err, CQRS_ERR_UNAVAILABLE, "the call was to fail");
	}
	if (take(&hooks->out_of_reach))
		return cqrs_error_set(err, CQRS_ERR_UNAVAILABLE, "out of reach");
	return CQRS_OK;
}

static enum cqrs_status end(struct hooked_store *hooks, enum hooked_operation operation,
                            enum cqrs_status status)
{
	if (hooks->after)
		hooks->after(hooks, operation, hooks->self);
	return status;
}

/* ---- commits ---- */

static void answer_all(struct cqrs_commit *const *commits, size_t count,
                       const struct cqrs_error *err)
{
	for (size_t i = 0; i < count; i++)
		cqrs_commit_fail(commits[i], err);
}

/* Whoever did not get the reply does not know where anything was stored. */
static void forget_places(struct cqrs_commit *const *commits, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < commits[i]->append_count; j++) {
			commits[i]->appends[j].first_sequence = 0;
			commits[i]->appends[j].feed = 0;
			commits[i]->appends[j].first_offset = 0;
		}
}

static bool is_among(const struct cqrs_commit *wanted, struct cqrs_commit *const *commits,
                     size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (commits[i] == wanted)
			return true;
	return false;
}

/* One whose after was decided in an earlier call is decided here: the inner store has not seen it. */
static void forward_run(struct hooked_store *hooks, struct cqrs_commit *const *commits,
                        size_t count)
{
	const struct cqrs_commit *after = commits[0]->after;

	commits[0]->after = NULL;
	cqrs_store_commit_batch(hooks->inner, commits, count);
	commits[0]->after = after;
}

static void forward(struct hooked_store *hooks, struct cqrs_commit *const *commits, size_t count)
{
	size_t begin_run = 0;

	for (size_t i = 0; i < count; i++) {
		const struct cqrs_commit *after = commits[i]->after;

		if (!after || is_among(after, commits + begin_run, i - begin_run))
			continue;
		if (i > begin_run)
			forward_run(hooks, commits + begin_run, i - begin_run);
		begin_run = i;
		if (after->status != CQRS_OK) {
			cqrs_commit_conflict(commits[i], CQRS_MOVED_AFTER, 0, 0);
			begin_run = i + 1;
		}
	}
	if (begin_run < count)
		forward_run(hooks, commits + begin_run, count - begin_run);
}

static void hooked_commit(void *self, struct cqrs_commit *const *commits, size_t count)
{
	struct hooked_store *hooks = self;
	struct cqrs_error err = CQRS_ERROR_INIT;

	atomic_fetch_add(&hooks->commits, count);
	if (begin(hooks, HOOKED_COMMIT, &err) != CQRS_OK) {
		answer_all(commits, count, &err);
	} else if (take(&hooks->drop_commits)) {
		cqrs_error_set(&err, CQRS_ERR_UNKNOWN, "the commit was lost");
		answer_all(commits, count, &err);
	} else {
		forward(hooks, commits, count);
		if (take(&hooks->lose_replies)) {
			cqrs_error_set(&err, CQRS_ERR_UNKNOWN, "the reply was lost");
			forget_places(commits, count);
			answer_all(commits, count, &err);
		}
	}
	end(hooks, HOOKED_COMMIT, CQRS_OK);
}

/* ---- everything else ---- */

/* Begin, forward unless that failed, end. */
#define HOOK(operation, call)                                     \
	struct hooked_store *hooks = self;                        \
	enum cqrs_status status = begin(hooks, (operation), err); \
                                                                  \
	if (status == CQRS_OK)                                    \
		status = (call);                                  \
	return end(hooks, (operation), status)

static enum cqrs_status hooked_read_stream(void *self, const struct cqrs_stream *stream,
                                           uint64_t after_sequence, size_t max_count,
                                           struct cqrs_arena *arena,
                                           struct cqrs_event_page *out_page, struct cqrs_error *err)
{
	struct hooked_store *hooks = self;
	enum cqrs_status status = begin(hooks, HOOKED_READ_STREAM, err);

	if (status == CQRS_OK)
		status = cqrs_store_read_stream(hooks->inner, stream, after_sequence, max_count,
		                                arena, out_page, err);
	if (status == CQRS_OK)
		atomic_fetch_add(&hooks->events_read, out_page->count);
	return end(hooks, HOOKED_READ_STREAM, status);
}

static enum cqrs_status hooked_read_head(void *self, const struct cqrs_stream *stream,
                                         uint64_t *out_sequence, struct cqrs_error *err)
{
	HOOK(HOOKED_READ_HEAD, cqrs_store_read_head(hooks->inner, stream, out_sequence, err));
}

static enum cqrs_status hooked_list_streams(void *self, const char *type, const char *after_id,
                                            size_t max_count, struct cqrs_arena *arena,
                                            struct cqrs_stream_page *out_page,
                                            struct cqrs_error *err)
{
	HOOK(HOOKED_LIST_STREAMS, cqrs_store_list_streams(hooks->inner, type, after_id, max_count,
	                                                  arena, out_page, err));
}

static enum cqrs_status hooked_read_feed(void *self, uint64_t feed, uint64_t after_offset,
                                         size_t max_count, struct cqrs_arena *arena,
                                         struct cqrs_event_page *out_page, struct cqrs_error *err)
{
	HOOK(HOOKED_READ_FEED, cqrs_store_read_feed(hooks->inner, feed, after_offset, max_count,
	                                            arena, out_page, err));
}

static enum cqrs_status hooked_read_feed_head(void *self, uint64_t feed, uint64_t *out_offset,
                                              struct cqrs_error *err)
{
	HOOK(HOOKED_READ_FEED_HEAD, cqrs_store_read_feed_head(hooks->inner, feed, out_offset, err));
}

static enum cqrs_status hooked_wait(void *self, uint64_t feed, uint64_t after_offset,
                                    uint64_t timeout_ms, struct cqrs_error *err)
{
	HOOK(HOOKED_WAIT, cqrs_store_wait(hooks->inner, feed, after_offset, timeout_ms, err));
}

static enum cqrs_status hooked_delete_stream(void *self, const struct cqrs_stream *stream,
                                             uint64_t expected_sequence, struct cqrs_error *err)
{
	HOOK(HOOKED_DELETE_STREAM,
	     cqrs_store_delete_stream(hooks->inner, stream, expected_sequence, err));
}

static enum cqrs_status
hooked_load_snapshot(void *self, const struct cqrs_stream *stream, struct cqrs_arena *arena,
                     struct cqrs_snapshot *out_snapshot, struct cqrs_error *err)
{
	HOOK(HOOKED_LOAD_SNAPSHOT,
	     cqrs_store_load_snapshot(hooks->inner, stream, arena, out_snapshot, err));
}

static enum cqrs_status hooked_load_view(void *self, const char *type, const char *id,
                                         struct cqrs_arena *arena,
                                         struct cqrs_stored_view *out_view, struct cqrs_error *err)
{
	HOOK(HOOKED_LOAD_VIEW, cqrs_store_load_view(hooks->inner, type, id, arena, out_view, err));
}

static enum cqrs_status hooked_list_views(void *self, const char *type, const char *after_id,
                                          size_t max_count, struct cqrs_arena *arena,
                                          struct cqrs_view_page *out_page, struct cqrs_error *err)
{
	HOOK(HOOKED_LIST_VIEWS,
	     cqrs_store_list_views(hooks->inner, type, after_id, max_count, arena, out_page, err));
}

static enum cqrs_status hooked_list_entries(void *self, const char *type, const char *id,
                                            const struct cqrs_entry_position *after,
                                            size_t max_count, struct cqrs_arena *arena,
                                            struct cqrs_entry_page *out_page,
                                            struct cqrs_error *err)
{
	HOOK(HOOKED_LIST_ENTRIES, cqrs_store_list_entries(hooks->inner, type, id, after, max_count,
	                                                  arena, out_page, err));
}

static enum cqrs_status hooked_load_checkpoint(void *self, const char *projection, uint64_t feed,
                                               uint64_t *out_offset, struct cqrs_error *err)
{
	HOOK(HOOKED_LOAD_CHECKPOINT,
	     cqrs_store_load_checkpoint(hooks->inner, projection, feed, out_offset, err));
}

static enum cqrs_status hooked_load_key(void *self, const struct cqrs_stream *stream,
                                        const char *key, struct cqrs_key_record *out_record,
                                        struct cqrs_error *err)
{
	HOOK(HOOKED_LOAD_KEY, cqrs_store_load_key(hooks->inner, stream, key, out_record, err));
}

static enum cqrs_status hooked_purge_keys(void *self, int64_t before_us, uint64_t *out_count,
                                          struct cqrs_error *err)
{
	HOOK(HOOKED_PURGE_KEYS, cqrs_store_purge_keys(hooks->inner, before_us, out_count, err));
}

static void hooked_close(void *self)
{
	(void)self; /* the hooks and the inner store are the test's */
}

static const struct cqrs_store_ops hooked_ops = {
	.size = sizeof(struct cqrs_store_ops),
	.name = "hooked",
	.close = hooked_close,
	.commit = hooked_commit,
	.read_stream = hooked_read_stream,
	.read_head = hooked_read_head,
	.list_streams = hooked_list_streams,
	.read_feed = hooked_read_feed,
	.read_feed_head = hooked_read_feed_head,
	.wait = hooked_wait,
	.delete_stream = hooked_delete_stream,
	.load_snapshot = hooked_load_snapshot,
	.load_view = hooked_load_view,
	.list_views = hooked_list_views,
	.list_entries = hooked_list_entries,
	.load_checkpoint = hooked_load_checkpoint,
	.load_key = hooked_load_key,
	.purge_keys = hooked_purge_keys,
};

enum cqrs_status hooked_store_open(struct hooked_store *hooks,
                                   const struct cqrs_environment *environment,
                                   struct cqrs_store **out_store, struct cqrs_error *err)
{
	const struct cqrs_store_limits *inner = cqrs_store_get_limits(hooks->inner);
	struct cqrs_store_limits limits = hooks->limits;
	struct cqrs_store_instance instance = {
		.ops = &hooked_ops,
		.self = hooks,
		.feed_count = cqrs_store_feed_count(hooks->inner),
	};

	limits.id_len = limits.id_len ? limits.id_len : inner->id_len;
	limits.event_size = limits.event_size ? limits.event_size : inner->event_size;
	limits.view_size = limits.view_size ? limits.view_size : inner->view_size;
	limits.commit_events = limits.commit_events ? limits.commit_events : inner->commit_events;
	limits.commit_size = limits.commit_size ? limits.commit_size : inner->commit_size;
	instance.limits = limits;
	return cqrs_store_wrap(&instance, CQRS_STORE_OPTIONS(.environment = environment), out_store,
	                       err);
}
