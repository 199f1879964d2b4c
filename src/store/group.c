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
 * The cost: a thread that meets nobody locks and unlocks a mutex twice. One that does
 * waits for the batch under way and then for the one it is in, and is woken once, on a
 * condition variable of its own; passing the lead wakes one thread more than it would take
 * to serve all.
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

/* Queue up; true when this call is first and leads. */
static bool group_enter(struct cqrs__group *group, struct cqrs__group_call *call)
{
	call->leads = !group->first;
	if (group->first)
		group->last->next = call;
	else
		group->first = call;
	group->last = call;
	return call->leads;
}

/* Wait until another thread has done the work, or passes the lead. The lock is held. */
static void group_wait(struct cqrs__group *group, struct cqrs__group_call *call)
{
	pthread_cond_t wake;

	pthread_cond_init(&wake, NULL);
	call->wake = &wake;
	while (!call->done && !call->leads)
		pthread_cond_wait(&wake, &group->lock);
	call->wake = NULL;
	pthread_cond_destroy(&wake);
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

/* Let go of the calls that are done, and find who leads now. The lock is held. */
static void group_leave(struct cqrs__group *group)
{
	struct cqrs__group_call *call = group->first;

	while (call && call->taken == call->count) {
		call->done = true;
		if (call->wake)
			pthread_cond_signal(call->wake);
		call = call->next; /* stays until its owner gets the lock, which is held here */
	}
	group->first = call;
	if (!call)
		group->last = NULL;
	else if (!call->leads) {
		call->leads = true;
		pthread_cond_signal(call->wake);
	}
}

void cqrs__group_commit(struct cqrs_store *store, struct cqrs_commit *const *commits, size_t count)
{
	struct cqrs__group *group = &store->group;
	struct cqrs__group_call call = { .commits = commits, .count = count };

	pthread_mutex_lock(&group->lock);
	if (!group_enter(group, &call))
		group_wait(group, &call);
	while (!call.done) {
		const struct cqrs__group_call *last = group->last;
		size_t batch_count;

		pthread_mutex_unlock(&group->lock);
		batch_count = gather(group, &call, last);
		store->ops.commit(store->self, group->batch, batch_count);
		pthread_mutex_lock(&group->lock);
		group_leave(group);
	}
	pthread_mutex_unlock(&group->lock);
}
