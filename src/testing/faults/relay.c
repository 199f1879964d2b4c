/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * relay.c - passing calls on. What a read gives goes into memory of the relay first, so that
 * an outcome that end() takes back has left no trace in the caller's.
 */
#include "testing/faults/relay.h"

/* ---- around every call ---- */

static struct cqrs__relay_call call_on(enum cqrs__relay_operation operation, const char *type,
                                       const char *id, uint64_t feed)
{
	return (struct cqrs__relay_call){
		.operation = operation, .type = type, .id = id, .feed = feed
	};
}

static struct cqrs__relay_call call_on_stream(enum cqrs__relay_operation operation,
                                              const struct cqrs_stream *stream)
{
	return call_on(operation, stream->type, stream->id, 0);
}

/* An error of the relay's own where the caller wants none, for begin() and end(). */
struct passage {
	struct cqrs__relay *relay;
	struct cqrs__relay_call *call;
	struct cqrs_error *err;
	struct cqrs_error unwanted;
	enum cqrs_status status;
};

static bool begin(struct passage *passage, void *self, struct cqrs__relay_call *call,
                  struct cqrs_error *err)
{
	passage->relay = self;
	passage->call = call;
	passage->unwanted = (struct cqrs_error)CQRS_ERROR_INIT;
	passage->err = err ? err : &passage->unwanted;
	passage->status = passage->relay->begin(passage->relay, call, passage->err);
	call->passed_on = passage->status == CQRS_OK;
	return call->passed_on;
}

static enum cqrs_status end(struct passage *passage)
{
	return passage->relay->end(passage->relay, passage->call, passage->status, passage->err);
}

static struct cqrs_store *inner(const struct passage *passage)
{
	return passage->relay->inner;
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
			commits[i]->appends[j].place = 0;
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
static void forward_run(struct cqrs_store *store, struct cqrs_commit *const *commits, size_t count)
{
	const struct cqrs_commit *after = commits[0]->after;

	commits[0]->after = NULL;
	cqrs_store_commit_batch(store, commits, count);
	commits[0]->after = after;
}

static void forward(struct cqrs_store *store, struct cqrs_commit *const *commits, size_t count)
{
	size_t begin_run = 0;

	for (size_t i = 0; i < count; i++) {
		const struct cqrs_commit *after = commits[i]->after;

		if (!after || is_among(after, commits + begin_run, i - begin_run))
			continue;
		if (i > begin_run)
			forward_run(store, commits + begin_run, i - begin_run);
		begin_run = i;
		if (after->status != CQRS_OK) {
			cqrs_commit_conflict(commits[i], CQRS_MOVED_AFTER, 0, 0);
			begin_run = i + 1;
		}
	}
	if (begin_run < count)
		forward_run(store, commits + begin_run, count - begin_run);
}

/* The first that it writes. */
static struct cqrs__relay_call describe_commit(const struct cqrs_commit *commit)
{
	if (commit->append_count)
		return call_on_stream(CQRS__RELAY_COMMIT, &commit->appends[0].stream);
	if (commit->key_count)
		return call_on_stream(CQRS__RELAY_COMMIT, &commit->keys[0].stream);
	if (commit->snapshot_count)
		return call_on_stream(CQRS__RELAY_COMMIT, &commit->snapshots[0].stream);
	if (commit->view_count)
		return call_on(CQRS__RELAY_COMMIT, commit->views[0].type, commit->views[0].id, 0);
	if (commit->checkpoint_count)
		return call_on(CQRS__RELAY_COMMIT, "", commit->checkpoints[0].projection,
		               commit->checkpoints[0].feed);
	return call_on(CQRS__RELAY_COMMIT, "", "", 0);
}

static void relay_commit(void *self, struct cqrs_commit *const *commits, size_t count)
{
	struct cqrs__relay_call call = describe_commit(commits[0]);
	struct passage passage;
	enum cqrs_status status;

	call.commit_count = count;
	if (begin(&passage, self, &call, NULL))
		forward(inner(&passage), commits, count);
	status = end(&passage);
	if (status == CQRS_OK)
		return;
	forget_places(commits, count); /* also where it was not: nobody is to tell by them */
	answer_all(commits, count, &passage.unwanted);
}

/* ---- streams and feeds ---- */

static enum cqrs_status relay_read_stream(void *self, const struct cqrs_stream *stream,
                                          uint64_t after_sequence, size_t max_count,
                                          struct cqrs_arena *arena,
                                          struct cqrs_event_page *out_page, struct cqrs_error *err)
{
	struct cqrs__relay_call call = call_on_stream(CQRS__RELAY_READ_STREAM, stream);
	struct cqrs_event_page page = { NULL, 0, false };
	struct passage passage;
	enum cqrs_status status;

	if (begin(&passage, self, &call, err))
		passage.status = cqrs_store_read_stream(inner(&passage), stream, after_sequence,
		                                        max_count, arena, &page, err);
	call.event_count = page.count;
	status = end(&passage);
	if (status == CQRS_OK)
		*out_page = page;
	return status;
}

static enum cqrs_status relay_read_head(void *self, const struct cqrs_stream *stream,
                                        uint64_t *out_sequence, struct cqrs_error *err)
{
	struct cqrs__relay_call call = call_on_stream(CQRS__RELAY_READ_HEAD, stream);
	uint64_t sequence = 0;
	struct passage passage;
	enum cqrs_status status;

	if (begin(&passage, self, &call, err))
		passage.status = cqrs_store_read_head(inner(&passage), stream, &sequence, err);
	status = end(&passage);
	if (status == CQRS_OK)
		*out_sequence = sequence;
	return status;
}

static enum cqrs_status relay_list_streams(void *self, const char *type, const char *after_id,
                                           size_t max_count, struct cqrs_arena *arena,
                                           struct cqrs_stream_page *out_page,
                                           struct cqrs_error *err)
{
	struct cqrs__relay_call call = call_on(CQRS__RELAY_LIST_STREAMS, type, "", 0);
	struct cqrs_stream_page page = { NULL, 0 };
	struct passage passage;
	enum cqrs_status status;

	if (begin(&passage, self, &call, err))
		passage.status = cqrs_store_list_streams(inner(&passage), type, after_id, max_count,
		                                         arena, &page, err);
	status = end(&passage);
	if (status == CQRS_OK)
		*out_page = page;
	return status;
}

static enum cqrs_status relay_read_feed(void *self, uint64_t feed, uint64_t after_offset,
                                        size_t max_count, struct cqrs_arena *arena,
                                        struct cqrs_event_page *out_page, struct cqrs_error *err)
{
	struct cqrs__relay_call call = call_on(CQRS__RELAY_READ_FEED, "", "", feed);
	struct cqrs_event_page page = { NULL, 0, false };
	struct passage passage;
	enum cqrs_status status;

	if (begin(&passage, self, &call, err))
		passage.status = cqrs_store_read_feed(inner(&passage), feed, after_offset,
		                                      max_count, arena, &page, err);
	status = end(&passage);
	if (status == CQRS_OK)
		*out_page = page;
	return status;
}

static enum cqrs_status relay_read_feed_head(void *self, uint64_t feed, uint64_t *out_offset,
                                             struct cqrs_error *err)
{
	struct cqrs__relay_call call = call_on(CQRS__RELAY_READ_FEED_HEAD, "", "", feed);
	uint64_t offset = 0;
	struct passage passage;
	enum cqrs_status status;

	if (begin(&passage, self, &call, err))
		passage.status = cqrs_store_read_feed_head(inner(&passage), feed, &offset, err);
	status = end(&passage);
	if (status == CQRS_OK)
		*out_offset = offset;
	return status;
}

static enum cqrs_status relay_wait(void *self, uint64_t feed, uint64_t after_offset,
                                   uint64_t timeout_ms, struct cqrs_error *err)
{
	struct cqrs__relay_call call = call_on(CQRS__RELAY_WAIT, "", "", feed);
	struct passage passage;

	if (begin(&passage, self, &call, err))
		passage.status =
			cqrs_store_wait(inner(&passage), feed, after_offset, timeout_ms, err);
	return end(&passage);
}

static enum cqrs_status relay_delete_stream(void *self, const struct cqrs_stream *stream,
                                            uint64_t expected_sequence, struct cqrs_error *err)
{
	struct cqrs__relay_call call = call_on_stream(CQRS__RELAY_DELETE_STREAM, stream);
	struct passage passage;

	if (begin(&passage, self, &call, err))
		passage.status =
			cqrs_store_delete_stream(inner(&passage), stream, expected_sequence, err);
	return end(&passage);
}

/* ---- what is kept beside the events ---- */

static enum cqrs_status
relay_load_snapshot(void *self, const struct cqrs_stream *stream, struct cqrs_arena *arena,
                    struct cqrs_snapshot *out_snapshot, struct cqrs_error *err)
{
	struct cqrs__relay_call call = call_on_stream(CQRS__RELAY_LOAD_SNAPSHOT, stream);
	struct cqrs_snapshot snapshot = { .sequence = 0 };
	struct passage passage;
	enum cqrs_status status;

	if (begin(&passage, self, &call, err))
		passage.status =
			cqrs_store_load_snapshot(inner(&passage), stream, arena, &snapshot, err);
	status = end(&passage);
	if (status == CQRS_OK)
		*out_snapshot = snapshot;
	return status;
}

static enum cqrs_status relay_load_view(void *self, const char *type, const char *id,
                                        struct cqrs_arena *arena, struct cqrs_stored_view *out_view,
                                        struct cqrs_error *err)
{
	struct cqrs__relay_call call = call_on(CQRS__RELAY_LOAD_VIEW, type, id, 0);
	struct cqrs_stored_view view = { .id = NULL };
	struct passage passage;
	enum cqrs_status status;

	if (begin(&passage, self, &call, err))
		passage.status = cqrs_store_load_view(inner(&passage), type, id, arena, &view, err);
	status = end(&passage);
	if (status == CQRS_OK)
		*out_view = view;
	return status;
}

static enum cqrs_status relay_list_views(void *self, const char *type, const char *after_id,
                                         size_t max_count, struct cqrs_arena *arena,
                                         struct cqrs_view_page *out_page, struct cqrs_error *err)
{
	struct cqrs__relay_call call = call_on(CQRS__RELAY_LIST_VIEWS, type, "", 0);
	struct cqrs_view_page page = { NULL, 0 };
	struct passage passage;
	enum cqrs_status status;

	if (begin(&passage, self, &call, err))
		passage.status = cqrs_store_list_views(inner(&passage), type, after_id, max_count,
		                                       arena, &page, err);
	status = end(&passage);
	if (status == CQRS_OK)
		*out_page = page;
	return status;
}

static enum cqrs_status relay_list_entries(void *self, const char *type, const char *id,
                                           const struct cqrs_entry_position *after,
                                           size_t max_count, struct cqrs_arena *arena,
                                           struct cqrs_entry_page *out_page, struct cqrs_error *err)
{
	struct cqrs__relay_call call = call_on(CQRS__RELAY_LIST_ENTRIES, type, id, 0);
	struct cqrs_entry_page page = { NULL, 0 };
	struct passage passage;
	enum cqrs_status status;

	if (begin(&passage, self, &call, err))
		passage.status = cqrs_store_list_entries(inner(&passage), type, id, after,
		                                         max_count, arena, &page, err);
	status = end(&passage);
	if (status == CQRS_OK)
		*out_page = page;
	return status;
}

static enum cqrs_status relay_load_checkpoint(void *self, const char *projection, uint64_t feed,
                                              uint64_t *out_offset, struct cqrs_error *err)
{
	struct cqrs__relay_call call = call_on(CQRS__RELAY_LOAD_CHECKPOINT, "", projection, feed);
	uint64_t offset = 0;
	struct passage passage;
	enum cqrs_status status;

	if (begin(&passage, self, &call, err))
		passage.status =
			cqrs_store_load_checkpoint(inner(&passage), projection, feed, &offset, err);
	status = end(&passage);
	if (status == CQRS_OK)
		*out_offset = offset;
	return status;
}

static enum cqrs_status relay_load_key(void *self, const struct cqrs_stream *stream,
                                       const char *key, struct cqrs_key_record *out_record,
                                       struct cqrs_error *err)
{
	struct cqrs__relay_call call = call_on_stream(CQRS__RELAY_LOAD_KEY, stream);
	struct cqrs_key_record record = { .first_sequence = 0 };
	struct passage passage;
	enum cqrs_status status;

	if (begin(&passage, self, &call, err))
		passage.status = cqrs_store_load_key(inner(&passage), stream, key, &record, err);
	status = end(&passage);
	if (status == CQRS_OK)
		*out_record = record;
	return status;
}

static enum cqrs_status relay_purge_keys(void *self, int64_t before_us, uint64_t *out_count,
                                         struct cqrs_error *err)
{
	struct cqrs__relay_call call = call_on(CQRS__RELAY_PURGE_KEYS, "", "", 0);
	uint64_t count = 0;
	struct passage passage;
	enum cqrs_status status;

	if (begin(&passage, self, &call, err))
		passage.status = cqrs_store_purge_keys(inner(&passage), before_us, &count, err);
	status = end(&passage);
	if (status == CQRS_OK)
		*out_count = count;
	return status;
}

/* ---- opening and closing ---- */

static void relay_close(void *self)
{
	struct cqrs__relay *relay = self;

	if (relay->close)
		relay->close(relay);
}

const struct cqrs_store_ops cqrs__relay_ops = {
	.size = sizeof(struct cqrs_store_ops),
	.name = "relay",
	.close = relay_close,
	.commit = relay_commit,
	.read_stream = relay_read_stream,
	.read_head = relay_read_head,
	.list_streams = relay_list_streams,
	.read_feed = relay_read_feed,
	.read_feed_head = relay_read_feed_head,
	.wait = relay_wait,
	.delete_stream = relay_delete_stream,
	.load_snapshot = relay_load_snapshot,
	.load_view = relay_load_view,
	.list_views = relay_list_views,
	.list_entries = relay_list_entries,
	.load_checkpoint = relay_load_checkpoint,
	.load_key = relay_load_key,
	.purge_keys = relay_purge_keys,
};

enum cqrs_status cqrs__relay_open(struct cqrs__relay *relay, const struct cqrs_store_limits *limits,
                                  const struct cqrs_environment *environment,
                                  struct cqrs_store **out_store, struct cqrs_error *err)
{
	const struct cqrs_store_limits *own = cqrs_store_get_limits(relay->inner);
	struct cqrs_store_instance instance = {
		.ops = &cqrs__relay_ops,
		.self = relay,
		.limits = *own,
		.feed_count = cqrs_store_feed_count(relay->inner),
	};
	struct cqrs_store_options options = cqrs_store_options_init();

	if (limits) {
		instance.limits = *limits;
		instance.limits.id_len = limits->id_len ? limits->id_len : own->id_len;
		instance.limits.event_size =
			limits->event_size ? limits->event_size : own->event_size;
		instance.limits.view_size = limits->view_size ? limits->view_size : own->view_size;
		instance.limits.commit_events =
			limits->commit_events ? limits->commit_events : own->commit_events;
		instance.limits.commit_size =
			limits->commit_size ? limits->commit_size : own->commit_size;
	}
	options.environment = environment;
	return cqrs_store_wrap(&instance, &options, out_store, err);
}
