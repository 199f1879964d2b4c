/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * commit.c - a batch of commits in one transaction.
 *
 * Each commit is planned first: all that it expects is read, in the transaction, after what
 * the winners before it wrote. Only a commit whose expectations all hold is written, so that
 * a refused one has nothing to take back: no savepoint, and no error that decides.
 * plan.c reads, record.c writes.
 */
#include "store/sqlite/sqlite_plan.h"

struct batch {
	struct cqrs_commit *const *commits;
	size_t count;
	struct sqlite_plan *plans; /* one a commit */
	uint64_t first_offset;     /* of the batch */
	uint64_t next_offset;
};

static enum cqrs_status store_batch(struct sqlite_store *store, void *self, struct cqrs_error *err)
{
	struct batch *batch = self;
	enum cqrs_status status;

	cqrs_arena_reset(store->scratch);
	batch->plans = cqrs_arena_allocate(store->scratch, batch->count * sizeof(*batch->plans));
	if (!batch->plans)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a commit's plan");
	status = cqrs__sqlite_find_feed_head(store->writer, &batch->first_offset, err);
	batch->next_offset = ++batch->first_offset;
	for (size_t i = 0; status == CQRS_OK && i < batch->count; i++) {
		struct cqrs_commit *commit = batch->commits[i];

		status = cqrs__sqlite_plan(store, commit, &batch->plans[i], err);
		if (status == CQRS_OK && commit->status == CQRS_OK)
			status = cqrs__sqlite_record(store, commit, &batch->plans[i],
			                             &batch->next_offset, err);
	}
	if (status == CQRS_OK)
		status = cqrs__sqlite_flush_events(store, err);
	if (status == CQRS_OK)
		status = cqrs__sqlite_flush_entries(store, err);
	if (status != CQRS_OK)
		cqrs__sqlite_drop_rows(store);
	return status;
}

/* Tell the winners where their events are; not before it is certain. */
static void publish(const struct batch *batch)
{
	uint64_t offset = batch->first_offset;

	for (size_t i = 0; i < batch->count; i++) {
		struct cqrs_commit *commit = batch->commits[i];

		if (commit->status != CQRS_OK)
			continue;
		for (size_t k = 0; k < commit->append_count; k++) {
			struct cqrs_append *append = &commit->appends[k];

			append->first_sequence = batch->plans[i].appends[k].head + 1;
			append->feed = 0;
			append->first_offset = offset;
			offset += append->event_count;
		}
	}
}

/* Nothing of the batch was stored, or nobody knows: what was decided means nothing. */
static void fail(const struct batch *batch, struct cqrs_error *err)
{
	for (size_t i = 0; i < batch->count; i++)
		cqrs_commit_fail(batch->commits[i], err);
}

/* One transaction for a batch. When it fails, so do all of the batch, with *err. */
static enum cqrs_status attempt(struct sqlite_store *store, struct batch *batch, bool *out_began,
                                struct cqrs_error *err)
{
	enum cqrs_status status = cqrs__sqlite_write(store, store_batch, batch, out_began, err);

	if (status != CQRS_OK) {
		fail(batch, err);
		return status;
	}
	publish(batch);
	if (batch->next_offset > batch->first_offset)
		cqrs__sqlite_announce(store, batch->next_offset - 1);
	return CQRS_OK;
}

static void commit_all(struct sqlite_store *store, struct cqrs_commit *const *commits, size_t count)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct batch batch = { .commits = commits, .count = count };
	bool began;

	if (attempt(store, &batch, &began, &err) == CQRS_OK)
		return;
	/* One of them may be to blame: it was rolled back, so each may try for itself. */
	if (count == 1 || !began || err.status == CQRS_ERR_UNKNOWN)
		return;
	for (size_t i = 0; i < count; i++) {
		struct batch one = { .commits = commits + i, .count = 1 };

		if (attempt(store, &one, &began, &err) != CQRS_OK && !began) {
			batch = (struct batch){ .commits = commits + i, .count = count - i };
			fail(&batch, &err); /* out of reach for the others too */
			return;
		}
	}
}

void cqrs__sqlite_commit(void *self, struct cqrs_commit *const *commits, size_t count)
{
	struct sqlite_store *store = self;
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct batch batch = { .commits = commits, .count = count };

	if (cqrs__sqlite_check_owner(store, &err) != CQRS_OK) {
		fail(&batch, &err);
		return;
	}
	pthread_mutex_lock(&store->write_lock);
	commit_all(store, commits, count);
	cqrs__sqlite_end_write(store);
}
