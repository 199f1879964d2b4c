/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * commit.c - a commit from lock to unlock: names are hashed, the locks taken in their order,
 * the outcome decided, all memory reserved, and only then anything written, which cannot
 * fail. So a commit that is refused, or that finds no memory, has changed nothing.
 */
#include "store/memory/commit.h"

#include <string.h>

static void lock_each(struct memory_store *store, uint64_t mask,
                      struct memory_shard *(*at)(struct memory_store *, uint64_t))
{
	for (uint64_t i = 0; mask; mask >>= 1, i++) {
		if (mask & 1)
			pthread_mutex_lock(&at(store, i)->lock);
	}
}

static void unlock_each(struct memory_store *store, uint64_t mask,
                        struct memory_shard *(*at)(struct memory_store *, uint64_t))
{
	for (uint64_t i = 0; mask; mask >>= 1, i++) {
		if (mask & 1)
			pthread_mutex_unlock(&at(store, i)->lock);
	}
}

static void set_feed(struct memory_plan *plan, struct memory_part *part)
{
	part->in.feed = memory_feed_of(plan->store, part->hash);
	plan->feeds |= UINT64_C(1) << (part->in.feed - plan->store->feeds);
}

/* Whoever appends to a stream may know where it is. */
static void locate_append(struct memory_plan *plan, struct memory_part *part,
                          const struct cqrs_append *append)
{
	struct memory_stream *stream =
		cqrs__memory_place_find(plan->store, append->place, &append->stream);

	part->at.stream = stream;
	part->hash = stream ? stream->name.node.hash : cqrs_stream_hash(&append->stream);
	set_feed(plan, part);
}

static void hash_stream(struct memory_plan *plan, struct memory_part *part,
                        const struct cqrs_stream *stream)
{
	part->hash = cqrs_stream_hash(stream);
	set_feed(plan, part);
}

static void hash_side(struct memory_plan *plan, struct memory_part *part, uint64_t hash)
{
	part->hash = hash;
	part->in.side = memory_side_of(plan->store, hash);
	plan->sides |= UINT64_C(1) << (part->in.side - plan->store->sides);
}

/* Hash every name before any lock is taken. */
static void hash_names(struct memory_plan *plan)
{
	const struct cqrs_commit *commit = plan->commit;

	for (size_t i = 0; i < commit->append_count; i++)
		locate_append(plan, &plan->appends[i], &commit->appends[i]);
	for (size_t i = 0; i < commit->expect_count; i++)
		hash_stream(plan, &plan->expects[i], &commit->expects[i].stream);
	for (size_t i = 0; i < commit->snapshot_count; i++)
		hash_stream(plan, &plan->snapshots[i], &commit->snapshots[i].stream);
	for (size_t i = 0; i < commit->view_count; i++)
		hash_side(plan, &plan->views[i],
		          cqrs__memory_view_hash(commit->views[i].type, commit->views[i].id));
	for (size_t i = 0; i < commit->checkpoint_count; i++)
		hash_side(plan, &plan->checkpoints[i],
		          cqrs__memory_checkpoint_hash(commit->checkpoints[i].projection,
		                                       commit->checkpoints[i].feed));
	for (size_t i = 0; i < commit->key_count; i++)
		hash_stream(plan, &plan->keys[i], &commit->keys[i].stream);
}

static size_t count_parts(const struct cqrs_commit *commit)
{
	return commit->append_count + commit->expect_count + commit->snapshot_count +
	       commit->view_count + commit->checkpoint_count + commit->key_count;
}

static void share_out(struct memory_plan *plan, struct memory_part *parts)
{
	const struct cqrs_commit *commit = plan->commit;

	plan->appends = parts;
	plan->expects = plan->appends + commit->append_count;
	plan->snapshots = plan->expects + commit->expect_count;
	plan->views = plan->snapshots + commit->snapshot_count;
	plan->checkpoints = plan->views + commit->view_count;
	plan->keys = plan->checkpoints + commit->checkpoint_count;
}

static void fail_without_memory(struct cqrs_commit *commit)
{
	struct cqrs_error err = CQRS_ERROR_INIT;

	cqrs__memory_none(&err);
	cqrs_commit_fail(commit, &err);
}

static void commit_parts(struct memory_store *store, struct cqrs_commit *commit,
                         struct memory_part *parts)
{
	struct memory_plan plan = { .store = store, .commit = commit };

	share_out(&plan, parts);
	hash_names(&plan);
	lock_each(store, plan.feeds, memory_feed_shard);
	lock_each(store, plan.sides, memory_side_shard);
	if (cqrs__memory_decide(&plan)) {
		if (cqrs__memory_reserve(&plan)) {
			cqrs__memory_write(&plan);
			cqrs_commit_succeed(commit);
		} else {
			fail_without_memory(commit);
		}
	}
	unlock_each(store, plan.sides, memory_side_shard);
	unlock_each(store, plan.feeds, memory_feed_shard);
}

static void commit_one(struct memory_store *store, struct cqrs_commit *commit)
{
	const struct cqrs_allocator *allocator = store->allocator;
	size_t count = count_parts(commit);
	struct memory_part few[MEMORY_PARTS];
	struct memory_part *parts = few;

	if (commit->after && commit->after->status != CQRS_OK) {
		cqrs_commit_conflict(commit, CQRS_MOVED_AFTER, 0, 0);
		return;
	}
	if (count > MEMORY_PARTS)
		parts = allocator->allocate(allocator->self, count * sizeof(*parts));
	if (!parts) {
		fail_without_memory(commit);
		return;
	}
	memset(parts, 0, count * sizeof(*parts));
	commit_parts(store, commit, parts);
	if (parts != few)
		allocator->release(allocator->self, parts);
}

void cqrs__memory_commit(void *self, struct cqrs_commit *const *commits, size_t count)
{
	for (size_t i = 0; i < count; i++)
		commit_one(self, commits[i]);
}
