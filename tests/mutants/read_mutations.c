/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* read_mutations.c - reads that give less than what was written, something else, or yesterday's. */
#include "mutations.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* ---- streams ---- */

static enum cqrs_status read_first_page(void *self, const struct cqrs_stream *stream,
                                        uint64_t after_sequence, size_t max_count,
                                        struct cqrs_arena *arena, struct cqrs_event_page *out_page,
                                        struct cqrs_error *err)
{
	struct mutant_store *store = self;
	enum cqrs_status status = cqrs_store_read_stream(store->relay.inner, stream, after_sequence,
	                                                 max_count, arena, out_page, err);

	if (status == CQRS_OK && after_sequence > 0)
		out_page->count = 0;
	return status;
}

static enum cqrs_status read_as_complete(void *self, const struct cqrs_stream *stream,
                                         uint64_t after_sequence, size_t max_count,
                                         struct cqrs_arena *arena, struct cqrs_event_page *out_page,
                                         struct cqrs_error *err)
{
	struct mutant_store *store = self;
	enum cqrs_status status = cqrs_store_read_stream(store->relay.inner, stream, after_sequence,
	                                                 max_count, arena, out_page, err);

	if (status == CQRS_OK)
		out_page->complete = true;
	return status;
}

static enum cqrs_status read_milliseconds(void *self, const struct cqrs_stream *stream,
                                          uint64_t after_sequence, size_t max_count,
                                          struct cqrs_arena *arena,
                                          struct cqrs_event_page *out_page, struct cqrs_error *err)
{
	struct mutant_store *store = self;
	struct cqrs_stored_event *items;
	enum cqrs_status status = cqrs_store_read_stream(store->relay.inner, stream, after_sequence,
	                                                 max_count, arena, out_page, err);

	if (status != CQRS_OK || out_page->count == 0)
		return status;
	items = cqrs_arena_allocate(arena, out_page->count * sizeof(*items));
	if (!items)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < out_page->count; i++) {
		items[i] = out_page->items[i];
		items[i].data.recorded_at_us -= items[i].data.recorded_at_us % 1000;
	}
	out_page->items = items;
	return CQRS_OK;
}

const struct mutation mutation_first_page = { .ops.read_stream = read_first_page };
const struct mutation mutation_all_complete = { .ops.read_stream = read_as_complete };
const struct mutation mutation_milliseconds = { .ops.read_stream = read_milliseconds };

/*
 * A replica that has not yet the last commit. Its writer asks the primary, as a session that
 * has written is made to: whoever else reads does not see what that commit appended.
 */
enum { MAX_STREAMS = 8 };

struct last_commit {
	pthread_t writer;
	size_t count;
	struct {
		char type[CQRS_MAX_TYPE_LEN + 1];
		char id[CQRS_MAX_ID_LEN + 1];
		uint64_t head; /* before it */
	} streams[MAX_STREAMS];
};

static void commit_to_primary(struct mutant_store *store, struct cqrs_commit *commit)
{
	struct last_commit *last = store->kept;

	mutant_commit_within(store, commit);
	if (commit->status != CQRS_OK)
		return;
	pthread_mutex_lock(&store->lock);
	last->writer = pthread_self();
	last->count = 0;
	for (size_t i = 0; i < commit->append_count && i < MAX_STREAMS; i++, last->count++) {
		const struct cqrs_append *append = &commit->appends[i];

		snprintf(last->streams[i].type, sizeof(last->streams[i].type), "%s",
		         append->stream.type);
		snprintf(last->streams[i].id, sizeof(last->streams[i].id), "%s", append->stream.id);
		last->streams[i].head = append->first_sequence - 1;
	}
	pthread_mutex_unlock(&store->lock);
}

/* How far the replica has come with a stream. */
static uint64_t replicated(struct mutant_store *store, const struct cqrs_stream *stream)
{
	const struct last_commit *last = store->kept;
	uint64_t head = UINT64_MAX;

	pthread_mutex_lock(&store->lock);
	for (size_t i = 0; i < last->count; i++) {
		if (!pthread_equal(last->writer, pthread_self()) &&
		    strcmp(last->streams[i].type, stream->type) == 0 &&
		    strcmp(last->streams[i].id, stream->id) == 0)
			head = last->streams[i].head;
	}
	pthread_mutex_unlock(&store->lock);
	return head;
}

static enum cqrs_status read_stale_stream(void *self, const struct cqrs_stream *stream,
                                          uint64_t after_sequence, size_t max_count,
                                          struct cqrs_arena *arena,
                                          struct cqrs_event_page *out_page, struct cqrs_error *err)
{
	struct mutant_store *store = self;
	uint64_t head = replicated(store, stream);
	enum cqrs_status status = cqrs_store_read_stream(store->relay.inner, stream, after_sequence,
	                                                 max_count, arena, out_page, err);

	while (status == CQRS_OK && out_page->count > 0 &&
	       out_page->items[out_page->count - 1].sequence > head)
		out_page->count--;
	return status;
}

static enum cqrs_status read_stale_head(void *self, const struct cqrs_stream *stream,
                                        uint64_t *out_sequence, struct cqrs_error *err)
{
	struct mutant_store *store = self;
	uint64_t head = replicated(store, stream);
	enum cqrs_status status =
		cqrs_store_read_head(store->relay.inner, stream, out_sequence, err);

	if (status == CQRS_OK && *out_sequence > head)
		*out_sequence = head;
	return status;
}

const struct mutation mutation_stale_reads = {
	.commit_one = commit_to_primary,
	.kept_size = sizeof(struct last_commit),
	.ops = { .read_stream = read_stale_stream, .read_head = read_stale_head },
};

/* ---- views ---- */

static const char *fold(const char *id, char out[CQRS_MAX_ID_LEN + 1])
{
	size_t len = strlen(id);

	for (size_t i = 0; i <= len; i++)
		out[i] = (char)tolower((unsigned char)id[i]);
	return out;
}

static void commit_folded(struct mutant_store *store, struct cqrs_commit *commit)
{
	struct cqrs_view_write views[MUTANT_MAX_PARTS];
	char ids[MUTANT_MAX_PARTS][CQRS_MAX_ID_LEN + 1];

	for (size_t i = 0; i < commit->view_count; i++) {
		views[i] = commit->views[i];
		views[i].id = fold(views[i].id, ids[i]);
	}
	commit->views = views;
	mutant_commit_within(store, commit);
}

static enum cqrs_status load_folded(void *self, const char *type, const char *id,
                                    struct cqrs_arena *arena, struct cqrs_stored_view *out_view,
                                    struct cqrs_error *err)
{
	struct mutant_store *store = self;
	char folded[CQRS_MAX_ID_LEN + 1];

	return cqrs_store_load_view(store->relay.inner, type, fold(id, folded), arena, out_view,
	                            err);
}

static enum cqrs_status load_32_bits(void *self, const char *type, const char *id,
                                     struct cqrs_arena *arena, struct cqrs_stored_view *out_view,
                                     struct cqrs_error *err)
{
	struct mutant_store *store = self;
	enum cqrs_status status =
		cqrs_store_load_view(store->relay.inner, type, id, arena, out_view, err);

	if (status == CQRS_OK)
		out_view->version = (uint32_t)out_view->version;
	return status;
}

static enum cqrs_status load_double(void *self, const char *type, const char *id,
                                    struct cqrs_arena *arena, struct cqrs_stored_view *out_view,
                                    struct cqrs_error *err)
{
	struct mutant_store *store = self;
	enum cqrs_status status =
		cqrs_store_load_view(store->relay.inner, type, id, arena, out_view, err);

	if (status == CQRS_OK)
		out_view->version = (uint64_t)(double)out_view->version;
	return status;
}

static enum cqrs_status load_rows_only(void *self, const char *type, const char *id,
                                       struct cqrs_arena *arena, struct cqrs_stored_view *out_view,
                                       struct cqrs_error *err)
{
	struct mutant_store *store = self;
	enum cqrs_status status =
		cqrs_store_load_view(store->relay.inner, type, id, arena, out_view, err);

	if (status == CQRS_OK && out_view->removed)
		return cqrs_error_set(err, CQRS_ERR_NOT_FOUND, "no such view");
	return status;
}

static enum cqrs_status list_backwards(void *self, const char *type, const char *after_id,
                                       size_t max_count, struct cqrs_arena *arena,
                                       struct cqrs_view_page *out_page, struct cqrs_error *err)
{
	struct mutant_store *store = self;
	struct cqrs_stored_view *items;
	enum cqrs_status status = cqrs_store_list_views(store->relay.inner, type, after_id,
	                                                max_count, arena, out_page, err);

	if (status != CQRS_OK || out_page->count == 0)
		return status;
	items = cqrs_arena_allocate(arena, out_page->count * sizeof(*items));
	if (!items)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < out_page->count; i++)
		items[i] = out_page->items[out_page->count - 1 - i];
	out_page->items = items;
	return CQRS_OK;
}

const struct mutation mutation_folded_ids = {
	.commit_one = commit_folded,
	.ops.load_view = load_folded,
};
const struct mutation mutation_32_bits = { .ops.load_view = load_32_bits };
const struct mutation mutation_doubles = { .ops.load_view = load_double };
const struct mutation mutation_no_tombstones = { .ops.load_view = load_rows_only };
const struct mutation mutation_unordered_lists = { .ops.list_views = list_backwards };
