/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* mutant_store.c - see mutant_store.h. */
#include "mutant_store.h"

#include <stdlib.h>
#include <time.h>

/* ---- what mutations are made of ---- */

void mutant_linger(struct mutant_store *store)
{
	struct timespec time = { 0, 0 };

	if (!store->owned)
		return;
	pthread_mutex_lock(&store->lock);
	store->random = store->random * UINT64_C(6364136223846793005) + 1;
	time.tv_nsec = (long)(store->random >> 33) % 400000;
	pthread_mutex_unlock(&store->lock);
	nanosleep(&time, NULL);
}

void mutant_copy_outcome(struct cqrs_commit *to, const struct cqrs_commit *from)
{
	to->status = from->status;
	to->moved = from->moved;
	to->moved_index = from->moved_index;
	to->moved_to = from->moved_to;
}

void mutant_copy_place(struct cqrs_append *to, const struct cqrs_append *from)
{
	to->first_sequence = from->first_sequence;
	to->feed = from->feed;
	to->first_offset = from->first_offset;
}

void mutant_commit_within(struct mutant_store *store, struct cqrs_commit *commit)
{
	(void)!cqrs_store_commit(store->relay.inner, commit, commit->err);
}

bool mutant_refuse_after(struct cqrs_commit *commit)
{
	if (!commit->after || commit->after->status == CQRS_OK)
		return false;
	cqrs_commit_conflict(commit, CQRS_MOVED_AFTER, 0, 0);
	return true;
}

static bool is_small(const struct cqrs_commit *commit)
{
	return commit->append_count <= MUTANT_MAX_PARTS && commit->view_count <= MUTANT_MAX_PARTS &&
	       commit->snapshot_count <= MUTANT_MAX_PARTS &&
	       commit->checkpoint_count <= MUTANT_MAX_PARTS &&
	       commit->key_count <= MUTANT_MAX_PARTS;
}

void mutant_commit_one(struct mutant_store *store, struct cqrs_commit *commit)
{
	struct cqrs_commit copy = *commit;

	if (!is_small(commit)) {
		commit->status = cqrs_error_set(commit->err, CQRS_ERR_LIMIT,
		                                "mutants take no commit of so many parts");
		return;
	}
	copy.after = NULL;
	if (store->mutation->commit_one)
		store->mutation->commit_one(store, &copy);
	else
		mutant_commit_within(store, &copy);
	mutant_copy_outcome(commit, &copy);
}

/* ---- what is not mutated ---- */

static void commit_each(void *self, struct cqrs_commit *const *commits, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!mutant_refuse_after(commits[i]))
			mutant_commit_one(self, commits[i]);
	}
}

static enum cqrs_status let_begin(struct cqrs__relay *relay, struct cqrs__relay_call *call,
                                  struct cqrs_error *err)
{
	(void)relay;
	(void)call;
	(void)err;
	return CQRS_OK;
}

static enum cqrs_status let_end(struct cqrs__relay *relay, struct cqrs__relay_call *call,
                                enum cqrs_status status, struct cqrs_error *err)
{
	(void)relay;
	(void)call;
	(void)err;
	return status;
}

/* ---- opening and closing ---- */

static void close_mutant(struct cqrs__relay *relay)
{
	struct mutant_store *store = (struct mutant_store *)relay;

	if (store->owned)
		cqrs_store_close(relay->inner);
	pthread_mutex_destroy(&store->lock);
	free(store->kept);
	free(store);
}

static struct cqrs_store_ops mutated_ops(const struct cqrs_store_ops *changed)
{
	struct cqrs_store_ops ops = cqrs__relay_ops;

	ops.name = "mutant";
	ops.commit = commit_each;
#define CHANGE(name) ops.name = changed->name ? changed->name : ops.name
	CHANGE(commit);
	CHANGE(read_stream);
	CHANGE(read_head);
	CHANGE(list_streams);
	CHANGE(read_feed);
	CHANGE(read_feed_head);
	CHANGE(wait);
	CHANGE(delete_stream);
	CHANGE(load_snapshot);
	CHANGE(load_view);
	CHANGE(list_views);
	CHANGE(list_entries);
	CHANGE(load_checkpoint);
	CHANGE(load_key);
	CHANGE(purge_keys);
#undef CHANGE
	return ops;
}

static struct mutant_store *new_mutant(const struct mutation *mutation)
{
	struct mutant_store *store = calloc(1, sizeof(*store));

	if (!store)
		return NULL;
	store->relay =
		(struct cqrs__relay){ .begin = let_begin, .end = let_end, .close = close_mutant };
	store->mutation = mutation;
	if (mutation->kept_size > 0)
		store->kept = calloc(1, mutation->kept_size);
	if (mutation->kept_size > 0 && !store->kept) {
		free(store);
		return NULL;
	}
	pthread_mutex_init(&store->lock, NULL);
	return store;
}

enum cqrs_status mutant_store_wrap(const struct mutation *mutation, struct cqrs_store *within,
                                   bool owned, struct cqrs_store **out_store,
                                   struct cqrs_error *err)
{
	const struct cqrs_store_ops ops = mutated_ops(&mutation->ops); /* copied by the front */
	struct mutant_store *store = new_mutant(mutation);
	struct cqrs_store_instance instance = {
		.ops = &ops,
		.self = store,
		.limits = *cqrs_store_get_limits(within),
		.feed_count = cqrs_store_feed_count(within),
	};
	enum cqrs_status status;

	if (!store) {
		if (owned)
			cqrs_store_close(within);
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "out of memory");
	}
	store->relay.inner = within;
	store->owned = owned;
	status = cqrs_store_wrap(&instance, NULL, out_store, err);
	if (status != CQRS_OK)
		close_mutant(&store->relay);
	return status;
}

enum cqrs_status mutant_store_open(const struct mutation *mutation, struct cqrs_store **out_store,
                                   struct cqrs_error *err)
{
	struct cqrs_store *within = NULL;
	enum cqrs_status status =
		cqrs_store_open("memory:", CQRS_BACKENDS(cqrs_memory()), &within, err);

	if (status != CQRS_OK)
		return status;
	return mutant_store_wrap(mutation, within, true, out_store, err);
}
