/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * fake_backend.h - a backend that stores nothing: it writes down what the front hands it,
 * and answers as it is told. Include it behind check.h.
 */
#ifndef CQRS_TESTS_FAKE_BACKEND_H
#define CQRS_TESTS_FAKE_BACKEND_H

#include <cqrs/backend.h>

#include <pthread.h>
#include <stdatomic.h>

#define FAKE_CALLS 4096

struct fake_backend {
	struct cqrs_store_ops ops;
	/* Answers with the status for the commits it is for; NULL: all are stored. */
	enum cqrs_status (*answer)(struct fake_backend *fake, const struct cqrs_commit *commit);
	void (*before_commit)(struct fake_backend *fake); /* NULL: nothing */
	void *data;                                       /* of the two */
	size_t batch_sizes[FAKE_CALLS];                   /* of each call of commit() */
	struct cqrs_commit *const *last_batch;
	size_t batches;
	size_t commits;
	size_t reads;
	size_t max_count; /* that the last read was given */
	size_t closed;
	atomic_int inside; /* threads in commit() now */
	atomic_int most_inside;
};

static inline void fake_close(void *self)
{
	((struct fake_backend *)self)->closed++;
}

static inline void fake_answer(struct fake_backend *fake, struct cqrs_commit *commit)
{
	struct cqrs_error err = CQRS_ERROR_INIT;

	CHECK_STATUS(commit->status, CQRS_OK);
	if (commit->after && commit->after->status != CQRS_OK) {
		cqrs_commit_conflict(commit, CQRS_MOVED_AFTER, 0, 0);
		return;
	}
	err.status = fake->answer ? fake->answer(fake, commit) : CQRS_OK;
	if (err.status == CQRS_OK) {
		cqrs_commit_succeed(commit);
		return;
	}
	cqrs_error_set(&err, err.status, "the fake says %s", cqrs_status_name(err.status));
	cqrs_commit_fail(commit, &err);
}

static inline void fake_commit(void *self, struct cqrs_commit *const *commits, size_t count)
{
	struct fake_backend *fake = self;
	int inside = atomic_fetch_add(&fake->inside, 1) + 1;

	if (inside > atomic_load(&fake->most_inside))
		atomic_store(&fake->most_inside, inside);
	if (fake->before_commit)
		fake->before_commit(fake);
	if (fake->batches < FAKE_CALLS)
		fake->batch_sizes[fake->batches] = count;
	fake->batches++;
	fake->commits += count;
	fake->last_batch = commits;
	for (size_t i = 0; i < count; i++)
		fake_answer(fake, commits[i]);
	atomic_fetch_sub(&fake->inside, 1);
}

static inline enum cqrs_status fake_read(void *self, size_t max_count)
{
	struct fake_backend *fake = self;

	fake->reads++;
	fake->max_count = max_count;
	return CQRS_OK;
}

static inline enum cqrs_status
fake_read_stream(void *self, const struct cqrs_stream *stream, uint64_t after, size_t max_count,
                 struct cqrs_arena *arena, struct cqrs_event_page *out_page, struct cqrs_error *err)
{
	(void)stream, (void)after, (void)arena, (void)err;
	*out_page = (struct cqrs_event_page){ NULL, 0, false };
	return fake_read(self, max_count);
}

static inline enum cqrs_status fake_read_head(void *self, const struct cqrs_stream *stream,
                                              uint64_t *out_sequence, struct cqrs_error *err)
{
	(void)stream, (void)err;
	*out_sequence = 0;
	return fake_read(self, 0);
}

static inline enum cqrs_status fake_list_streams(void *self, const char *type, const char *after,
                                                 size_t max_count, struct cqrs_arena *arena,
                                                 struct cqrs_stream_page *out_page,
                                                 struct cqrs_error *err)
{
	(void)type, (void)after, (void)arena, (void)err;
	*out_page = (struct cqrs_stream_page){ NULL, 0 };
	return fake_read(self, max_count);
}

static inline enum cqrs_status
fake_read_feed(void *self, uint64_t feed, uint64_t after, size_t max_count,
               struct cqrs_arena *arena, struct cqrs_event_page *out_page, struct cqrs_error *err)
{
	(void)feed, (void)after, (void)arena, (void)err;
	*out_page = (struct cqrs_event_page){ NULL, 0, false };
	return fake_read(self, max_count);
}

static inline enum cqrs_status fake_read_feed_head(void *self, uint64_t feed, uint64_t *out_offset,
                                                   struct cqrs_error *err)
{
	(void)feed, (void)err;
	*out_offset = 0;
	return fake_read(self, 0);
}

static inline enum cqrs_status fake_wait(void *self, uint64_t feed, uint64_t after,
                                         uint64_t timeout_ms, struct cqrs_error *err)
{
	(void)feed, (void)after, (void)timeout_ms, (void)err;
	return fake_read(self, 0);
}

static inline enum cqrs_status fake_delete_stream(void *self, const struct cqrs_stream *stream,
                                                  uint64_t expected, struct cqrs_error *err)
{
	(void)stream, (void)expected, (void)err;
	return fake_read(self, 0);
}

static inline enum cqrs_status fake_load_snapshot(void *self, const struct cqrs_stream *stream,
                                                  struct cqrs_arena *arena,
                                                  struct cqrs_snapshot *out, struct cqrs_error *err)
{
	(void)stream, (void)arena, (void)err;
	*out = (struct cqrs_snapshot){ .sequence = 0 };
	return fake_read(self, 0);
}

static inline enum cqrs_status fake_load_view(void *self, const char *type, const char *id,
                                              struct cqrs_arena *arena,
                                              struct cqrs_stored_view *out, struct cqrs_error *err)
{
	(void)type, (void)id, (void)arena, (void)err;
	*out = (struct cqrs_stored_view){ .id = NULL };
	return fake_read(self, 0);
}

static inline enum cqrs_status
fake_list_views(void *self, const char *type, const char *after, size_t max_count,
                struct cqrs_arena *arena, struct cqrs_view_page *out_page, struct cqrs_error *err)
{
	(void)type, (void)after, (void)arena, (void)err;
	*out_page = (struct cqrs_view_page){ NULL, 0 };
	return fake_read(self, max_count);
}

static inline enum cqrs_status fake_list_entries(void *self, const char *type, const char *id,
                                                 const struct cqrs_entry_position *after,
                                                 size_t max_count, struct cqrs_arena *arena,
                                                 struct cqrs_entry_page *out_page,
                                                 struct cqrs_error *err)
{
	(void)type, (void)id, (void)after, (void)arena, (void)err;
	*out_page = (struct cqrs_entry_page){ NULL, 0 };
	return fake_read(self, max_count);
}

static inline enum cqrs_status fake_load_checkpoint(void *self, const char *projection,
                                                    uint64_t feed, uint64_t *out_offset,
                                                    struct cqrs_error *err)
{
	(void)projection, (void)feed, (void)err;
	*out_offset = 0;
	return fake_read(self, 0);
}

static inline enum cqrs_status fake_load_key(void *self, const struct cqrs_stream *stream,
                                             const char *key, struct cqrs_key_record *out_record,
                                             struct cqrs_error *err)
{
	(void)stream, (void)key, (void)err;
	*out_record = (struct cqrs_key_record){ .first_sequence = 0 };
	return fake_read(self, 0);
}

static inline enum cqrs_status fake_purge_keys(void *self, int64_t before_us, uint64_t *out_count,
                                               struct cqrs_error *err)
{
	(void)before_us, (void)err;
	*out_count = 3;
	return fake_read(self, 0);
}

static inline void fake_init(struct fake_backend *fake, bool group_commit)
{
	memset(fake, 0, sizeof(*fake));
	fake->ops = (struct cqrs_store_ops){
		.size = sizeof(struct cqrs_store_ops),
		.name = "fake",
		.group_commit = group_commit,
		.close = fake_close,
		.commit = fake_commit,
		.read_stream = fake_read_stream,
		.read_head = fake_read_head,
		.list_streams = fake_list_streams,
		.read_feed = fake_read_feed,
		.read_feed_head = fake_read_feed_head,
		.wait = fake_wait,
		.delete_stream = fake_delete_stream,
		.load_snapshot = fake_load_snapshot,
		.load_view = fake_load_view,
		.list_views = fake_list_views,
		.list_entries = fake_list_entries,
		.load_checkpoint = fake_load_checkpoint,
		.load_key = fake_load_key,
		.purge_keys = fake_purge_keys,
	};
}

/* A store of the fake, with limits that are 0 meaning the largest. */
static inline struct cqrs_store *fake_open(struct fake_backend *fake,
                                           struct cqrs_store_limits limits, uint64_t feed_count)
{
	struct cqrs_store_instance instance = { &fake->ops, fake, limits, feed_count };
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_store *store = NULL;

	CHECK_OK(cqrs_store_wrap(&instance, NULL, &store, &err), &err);
	return store;
}

#endif
