/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * commit.c - the way of commits from a caller to the backend.
 *
 * Each commit is checked first. One that breaks a rule gets its outcome here and never
 * reaches the backend; those that name it in after share its fate, the others go on. The
 * rest goes through group commit (group.c) where the backend asks for it, else straight to
 * the backend on the caller's thread.
 */
#include "store/front.h"

#include <assert.h>

/*
 * While a call is being checked, each of its commits holds its own index in moved_index:
 * so an after is known to be an earlier commit of the call by one look at it.
 */
static bool after_is_earlier(struct cqrs_commit *const *commits, size_t index)
{
	const struct cqrs_commit *after = commits[index]->after;

	return after->moved_index < index && commits[after->moved_index] == after;
}

static void refuse_call(struct cqrs_commit *commit, const char *why)
{
	commit->status = cqrs_error_set(commit->err, CQRS_ERR_INVALID, "%s", why);
}

static void number_commits(struct cqrs_commit *const *commits, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		commits[i]->status = CQRS_OK;
		commits[i]->moved = CQRS_MOVED_NOTHING;
		commits[i]->moved_index = i;
		commits[i]->moved_to = 0;
	}
	for (size_t i = 0; i < count; i++) {
		if (commits[i]->moved_index != i)
			refuse_call(commits[i], "the commit is in the call twice");
		else if (commits[i]->after && !after_is_earlier(commits, i))
			refuse_call(commits[i], "after is not an earlier commit of the same call");
	}
	for (size_t i = 0; i < count; i++)
		commits[i]->moved_index = 0;
}

/* Give every commit a status: CQRS_OK for those that the backend is to decide. */
static size_t check_commits(const struct cqrs_store *store, struct cqrs_commit *const *commits,
                            size_t count, bool names)
{
	size_t accepted = 0;

	number_commits(commits, count);
	for (size_t i = 0; i < count; i++) {
		struct cqrs_commit *commit = commits[i];

		if (commit->status != CQRS_OK)
			continue;
		if (commit->after && commit->after->status != CQRS_OK)
			cqrs_commit_conflict(commit, CQRS_MOVED_AFTER, 0, 0);
		else
			commit->status = cqrs__check_commit(store, commit, names, commit->err);
		accepted += commit->status == CQRS_OK;
	}
	return accepted;
}

/* Hand the backend each unbroken run of accepted commits. */
static void commit_runs(struct cqrs_store *store, struct cqrs_commit *const *commits, size_t count)
{
	for (size_t begin = 0; begin < count;) {
		size_t end = begin;

		while (end < count && commits[end]->status == CQRS_OK)
			end++;
		if (end > begin)
			store->ops.commit(store->self, commits + begin, end - begin);
		begin = end + 1;
	}
}

static void commit_all(struct cqrs_store *store, struct cqrs_commit *const *commits, size_t count,
                       bool names)
{
	if (check_commits(store, commits, count, names) == 0)
		return;
	if (store->ops.group_commit)
		cqrs__group_commit(store, commits, count);
	else
		commit_runs(store, commits, count);
}

enum cqrs_status cqrs_store_commit(struct cqrs_store *store, struct cqrs_commit *commit,
                                   struct cqrs_error *err)
{
	struct cqrs_error *own;

	if (!store || !commit)
		return cqrs__refuse(NULL, store ? "commit" : "store", "is NULL", err);
	own = commit->err;
	if (err)
		commit->err = err;
	commit_all(store, &commit, 1, true);
	commit->err = own;
	if (commit->status != CQRS_OK && err && own && own != err)
		*own = *err;
	return commit->status;
}

enum cqrs_status cqrs_store_commit_batch(struct cqrs_store *store,
                                         struct cqrs_commit *const *commits, size_t count)
{
	if (!store || (!commits && count))
		return CQRS_ERR_INVALID;
	for (size_t i = 0; i < count; i++) {
		if (!commits[i])
			return CQRS_ERR_INVALID;
	}
	commit_all(store, commits, count, true);
	for (size_t i = 0; i < count; i++) {
		if (commits[i]->status != CQRS_OK)
			return commits[i]->status;
	}
	return CQRS_OK;
}

void cqrs__store_commit_checked(struct cqrs_store *store, struct cqrs_commit *const *commits,
                                size_t count)
{
#ifndef NDEBUG
	for (size_t i = 0; i < count; i++)
		assert(cqrs__check_commit(store, commits[i], true, NULL) ==
		       cqrs__check_commit(store, commits[i], false, NULL));
#endif
	commit_all(store, commits, count, false);
}
