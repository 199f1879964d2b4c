/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * group.c - group commit: threads that commit at the same time share one call of the
 * backend, and so one transaction and one sync to disk.
 *
 * Callers queue up in the order they come, each as a node on its own stack. The first in
 * the queue leads: it hands the backend what is queued, up to CQRS__GROUP_COMMITS commits
 * and CQRS__GROUP_SIZE bytes, wakes those who are done, and passes the lead to whoever is
 * first then. Nobody is overtaken, no thread works for others longer than the calls of the
 * backend that its own commits are in, and there is no background thread.
 *
 * A call too large for one batch leads until it is done, one batch after the other; the
 * last of them takes others along.
 *
 * The cost: a thread that meets nobody locks and unlocks a mutex three times. One that does
 * waits for the batch under way and then for the one it is in, and is woken once, by a mutex
 * and a condition variable of its own: those who wake together do not meet again at the
 * queue's. The lead is passed on before the others are woken, which takes as long as part of
 * a batch and goes on beside the next.
 */
#include "store/front.h"

#include "core/environment.h"

enum cqrs_status cqrs__group_init(struct cqrs__group *group, const struct cqrs_store *store,
                                  struct cqrs_error *err)
{
	*group = (struct cqrs__group){ .first = NULL };
	if (!store->ops.group_commit)
		return CQRS_OK;
	group->batch =
		cqrs__allocate(&store->environment, CQRS__GROUP_COMMITS * sizeof(*group->batch));
	if (!group->batch)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "out of memory");
	pthread_mutex_init(&group->lock, NULL);
	return CQRS_OK;
}

void cqrs__group_deinit(struct cqrs__group *group, const struct cqrs_store *store)
{
	if (!group->batch)
		return;
	pthread_mutex_destroy(&group->lock);
	cqrs__release(&store->environment, group->batch);
}

/* Queue up; true when this call is first and leads. The lock is held. */
static bool group_enter(struct cqrs__group *group, struct cqrs__group_call *call)
{
	bool first = !group->first;

	if (first) {
		group->first = call;
	} else {
		pthread_mutex_init(&call->lock, NULL);
		pthread_cond_init(&call->wake, NULL);
		group->last->next = call;
	}
	group->last = call;
	return first;
}

/* Wait until another thread has done the work, or passes the lead: true. */
static bool group_wait(struct cqrs__group_call *call)
{
	bool leads;

	pthread_mutex_lock(&call->lock);
	while (call->news == CQRS__GROUP_NO_NEWS)
		pthread_cond_wait(&call->wake, &call->lock);
	leads = call->news == CQRS__GROUP_LEADS;
	pthread_mutex_unlock(&call->lock);
	pthread_cond_destroy(&call->wake);
	pthread_mutex_destroy(&call->lock);
	return leads;
}

/* Wake a call that waits; one that is done is gone then. */
static void group_tell(struct cqrs__group_call *call, enum cqrs__group_news news)
{
	pthread_mutex_lock(&call->lock);
	call->news = news;
	pthread_cond_signal(&call->wake);
	pthread_mutex_unlock(&call->lock);
}

/* The room that is left in the batch being gathered. */
struct room {
	size_t count;
	uint64_t size;
	bool full;
};

/* Take a call's next commits, as many as there is room for; a batch's first always. */
static void take_commits(struct cqrs__group *group, struct cqrs__group_call *call,
                         struct room *room)
{
	for (; call->taken < call->count; call->taken++) {
		struct cqrs_commit *commit = call->commits[call->taken];
		uint64_t size;

		if (commit->status != CQRS_OK)
			continue; /* refused by the front */
		size = cqrs__commit_size(commit);
		if (room->count == CQRS__GROUP_COMMITS || (room->count && size > room->size)) {
			room->full = true;
			return;
		}
		group->batch[room->count++] = commit;
		room->size -= size < room->size ? size : room->size;
	}
}

/*
 * Fill the batch from the first call to the last. Needs no lock: calls behind last may
 * arrive meanwhile, but the nodes up to last do not change.
 */
static size_t gather(struct cqrs__group *group, struct cqrs__group_call *first,
                     const struct cqrs__group_call *last)
{
	struct room room = { 0, CQRS__GROUP_SIZE, false };

	for (struct cqrs__group_call *call = first;; call = call->next) {
		take_commits(group, call, &room);
		if (room.full || call == last)
			return room.count;
	}
}

static bool is_done(const struct cqrs__group_call *call)
{
	return call->taken == call->count;
}

/* Take the calls that are done off the queue. Returns who leads now, NULL: nobody. */
static struct cqrs__group_call *group_leave(struct cqrs__group *group)
{
	struct cqrs__group_call *first;

	pthread_mutex_lock(&group->lock);
	first = group->first;
	while (first && is_done(first))
		first = first->next;
	group->first = first;
	if (!first)
		group->last = NULL;
	pthread_mutex_unlock(&group->lock);
	return first;
}

/* Hand the backend a batch of what is queued, and tell those who are done. */
static void group_lead(struct cqrs_store *store, struct cqrs__group_call *call)
{
	struct cqrs__group *group = &store->group;
	struct cqrs__group_call *last, *next, *leader;
	size_t count;

	pthread_mutex_lock(&group->lock);
	last = group->last;
	pthread_mutex_unlock(&group->lock);
	count = gather(group, call, last);
	store->ops.commit(store->self, group->batch, count);
	leader = group_leave(group);
	if (leader == call) /* too large for one batch */
		return;
	if (leader)
		group_tell(leader, CQRS__GROUP_LEADS);
	for (call = call->next; call != leader; call = next) {
		next = call->next;
		group_tell(call, CQRS__GROUP_DONE);
	}
}

void cqrs__group_commit(struct cqrs_store *store, struct cqrs_commit *const *commits, size_t count)
{
	struct cqrs__group *group = &store->group;
	struct cqrs__group_call call = { .commits = commits, .count = count };
	bool leads;

	pthread_mutex_lock(&group->lock);
	leads = group_enter(group, &call);
	pthread_mutex_unlock(&group->lock);
	if (!leads && !group_wait(&call))
		return;
	while (!is_done(&call))
		group_lead(store, &call);
}
