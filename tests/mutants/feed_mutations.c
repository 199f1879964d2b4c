/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * feed_mutations.c - feeds that skip events, or show them too late.
 *
 * Feeds with false offsets keep a table: which offset stands for which event within.
 */
#include "mutations.h"

enum { MAX_PLACES = 1 << 16 };

struct place {
	uint64_t offset; /* as readers see it */
	uint64_t within; /* in the feed of the store within */
};

struct places {
	uint64_t last_offset;
	size_t count;
	struct place items[MAX_PLACES]; /* as they were published */
};

/* ---- false offsets ---- */

static uint64_t take_offsets(struct mutant_store *store, const struct cqrs_append *append)
{
	struct places *places = store->kept;
	uint64_t first;

	pthread_mutex_lock(&store->lock);
	first = places->last_offset + 1;
	places->last_offset += append->event_count;
	pthread_mutex_unlock(&store->lock);
	return first;
}

static void publish(struct mutant_store *store, struct cqrs_append *append, uint64_t first)
{
	struct places *places = store->kept;

	pthread_mutex_lock(&store->lock);
	for (size_t i = 0; i < append->event_count && places->count < MAX_PLACES; i++)
		places->items[places->count++] =
			(struct place){ first + i, append->first_offset + i };
	append->first_offset = first;
	pthread_mutex_unlock(&store->lock);
}

static void publish_all(struct mutant_store *store, struct cqrs_commit *commit,
                        const uint64_t *first)
{
	mutant_linger(store);
	for (size_t i = 0; i < commit->append_count; i++)
		publish(store, &commit->appends[i], first[i]);
}

static void take_all(struct mutant_store *store, const struct cqrs_commit *commit,
                     uint64_t *out_first)
{
	for (size_t i = 0; i < commit->append_count; i++)
		out_first[i] = take_offsets(store, &commit->appends[i]);
}

static void take_offsets_then_commit(struct mutant_store *store, struct cqrs_commit *commit)
{
	uint64_t first[MUTANT_MAX_PARTS];

	take_all(store, commit, first);
	mutant_linger(store);
	mutant_commit_within(store, commit);
	if (commit->status == CQRS_OK)
		publish_all(store, commit, first);
}

static void commit_then_take_offsets(struct mutant_store *store, struct cqrs_commit *commit)
{
	uint64_t first[MUTANT_MAX_PARTS];

	mutant_linger(store);
	mutant_commit_within(store, commit);
	if (commit->status != CQRS_OK)
		return;
	take_all(store, commit, first);
	publish_all(store, commit, first);
}

/* The published place with the lowest offset above one; false when there is none. */
static bool next_place(struct mutant_store *store, uint64_t after, struct place *out_place)
{
	const struct places *places = store->kept;
	bool found = false;

	pthread_mutex_lock(&store->lock);
	for (size_t i = 0; i < places->count; i++) {
		if (places->items[i].offset > after &&
		    (!found || places->items[i].offset < out_place->offset)) {
			*out_place = places->items[i];
			found = true;
		}
	}
	pthread_mutex_unlock(&store->lock);
	return found;
}

static enum cqrs_status read_false_feed(void *self, uint64_t feed, uint64_t after, size_t max_count,
                                        struct cqrs_arena *arena, struct cqrs_event_page *out_page,
                                        struct cqrs_error *err)
{
	enum { MAX_COUNT = 32 };
	struct mutant_store *store = self;
	struct cqrs_stored_event *items = cqrs_arena_allocate(arena, MAX_COUNT * sizeof(*items));
	struct place place = { after, 0 };
	size_t count = 0;

	if (!items)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "out of memory");
	for (; count < max_count && count < MAX_COUNT && next_place(store, place.offset, &place);
	     count++) {
		struct cqrs_event_page page = { NULL, 0, false };
		enum cqrs_status status = cqrs_store_read_feed(
			store->relay.inner, feed, place.within - 1, 1, arena, &page, err);

		if (status != CQRS_OK)
			return status;
		items[count] = page.items[0];
		items[count].offset = place.offset;
	}
	*out_page = (struct cqrs_event_page){ items, count, false };
	return CQRS_OK;
}

static enum cqrs_status read_false_head(void *self, uint64_t feed, uint64_t *out_offset,
                                        struct cqrs_error *err)
{
	struct place place = { 0, 0 };

	(void)feed;
	(void)err;
	while (next_place(self, place.offset, &place))
		continue;
	*out_offset = place.offset;
	return CQRS_OK;
}

static enum cqrs_status wait_for_false_news(void *self, uint64_t feed, uint64_t after_offset,
                                            uint64_t timeout_ms, struct cqrs_error *err)
{
	struct place place;

	(void)feed;
	(void)timeout_ms;
	mutant_linger(self);
	if (next_place(self, after_offset, &place))
		return CQRS_OK;
	return cqrs_error_set(err, CQRS_ERR_TIMEOUT, "no news");
}

#define WITH_FALSE_OFFSETS                                                              \
	.kept_size = sizeof(struct places), .ops = { .read_feed = read_false_feed,      \
		                                     .read_feed_head = read_false_head, \
		                                     .wait = wait_for_false_news }

const struct mutation mutation_early_offsets = {
	WITH_FALSE_OFFSETS,
	.commit_one = take_offsets_then_commit,
};
const struct mutation mutation_late_events = {
	WITH_FALSE_OFFSETS,
	.commit_one = commit_then_take_offsets,
};

/* ---- others ---- */

static enum cqrs_status read_what_is_not_deleted(void *self, uint64_t feed, uint64_t after_offset,
                                                 size_t max_count, struct cqrs_arena *arena,
                                                 struct cqrs_event_page *out_page,
                                                 struct cqrs_error *err)
{
	struct mutant_store *store = self;
	struct cqrs_stored_event *kept;
	size_t count = 0;
	enum cqrs_status status = cqrs_store_read_feed(store->relay.inner, feed, after_offset,
	                                               max_count, arena, out_page, err);

	if (status != CQRS_OK || out_page->count == 0)
		return status;
	kept = cqrs_arena_allocate(arena, out_page->count * sizeof(*kept));
	if (!kept)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < out_page->count; i++) {
		if (!out_page->items[i].deleted)
			kept[count++] = out_page->items[i];
	}
	*out_page = (struct cqrs_event_page){ kept, count, false };
	return CQRS_OK;
}

static enum cqrs_status wait_for_nothing(void *self, uint64_t feed, uint64_t after_offset,
                                         uint64_t timeout_ms, struct cqrs_error *err)
{
	(void)self;
	(void)feed;
	(void)after_offset;
	(void)timeout_ms;
	(void)err;
	return CQRS_OK;
}

const struct mutation mutation_no_deleted_events = { .ops.read_feed = read_what_is_not_deleted };
const struct mutation mutation_early_wake = { .ops.wait = wait_for_nothing };
