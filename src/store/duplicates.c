/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * duplicates.c - finds what a commit names twice: a stream among its appends and expects, a
 * snapshot's stream, a view, an entry, a checkpoint, a key.
 *
 * Few names are compared pair by pair. Many, as a unit of work or a projection has them, go
 * through a hash set that lives for the length of the check. Entries mostly ascend, which
 * one look at each neighbour proves.
 */
#include "store/front.h"

#include "core/environment.h"
#include "core/hash.h"

#include <string.h>

#define PAIRWISE_MAX 12u /* up to here comparing all pairs is faster than hashing */

/* What makes a part of a commit the same as another of its kind. */
struct identity {
	const char *texts[3]; /* NULL: has no more */
	uint64_t numbers[2];
};

struct part_list {
	struct identity (*identity)(const struct part_list *list, size_t index);
	size_t count;
	const struct cqrs_commit *commit;
	const struct cqrs_view_write *view; /* whose entries; else NULL */
};

static struct identity stream_identity(const struct cqrs_stream *stream, const char *key)
{
	return (struct identity){ { stream->type, stream->id, key }, { 0, 0 } };
}

static struct identity head_identity(const struct part_list *list, size_t index)
{
	const struct cqrs_commit *commit = list->commit;

	if (index < commit->append_count)
		return stream_identity(&commit->appends[index].stream, NULL);
	return stream_identity(&commit->expects[index - commit->append_count].stream, NULL);
}

static struct identity snapshot_identity(const struct part_list *list, size_t index)
{
	return stream_identity(&list->commit->snapshots[index].stream, NULL);
}

static struct identity view_identity(const struct part_list *list, size_t index)
{
	const struct cqrs_view_write *view = &list->commit->views[index];

	return (struct identity){ { view->type, view->id, NULL }, { 0, 0 } };
}

static struct identity entry_identity(const struct part_list *list, size_t index)
{
	const struct cqrs_entry_position *position = &list->view->entries[index].position;

	return (struct identity){ { NULL, NULL, NULL }, { position->sequence, position->index } };
}

static struct identity checkpoint_identity(const struct part_list *list, size_t index)
{
	const struct cqrs_checkpoint_write *checkpoint = &list->commit->checkpoints[index];

	return (struct identity){ { checkpoint->projection, NULL, NULL }, { checkpoint->feed, 0 } };
}

static struct identity key_identity(const struct part_list *list, size_t index)
{
	const struct cqrs_key_write *write = &list->commit->keys[index];

	return stream_identity(&write->stream, write->key);
}

static bool same_identity(const struct identity *a, const struct identity *b)
{
	if (a->numbers[0] != b->numbers[0] || a->numbers[1] != b->numbers[1])
		return false;
	for (size_t i = 0; i < 3 && a->texts[i]; i++) {
		if (strcmp(a->texts[i], b->texts[i]) != 0)
			return false;
	}
	return true;
}

static uint64_t hash_identity(const struct cqrs_store *store, const struct identity *identity)
{
	struct cqrs__hash hash;

	cqrs__hash_begin(&hash, store->hash_key);
	for (size_t i = 0; i < 3 && identity->texts[i]; i++)
		cqrs__hash_text(&hash, identity->texts[i]);
	cqrs__hash_number(&hash, identity->numbers[0]);
	cqrs__hash_number(&hash, identity->numbers[1]);
	return cqrs__hash_end(&hash);
}

/* The index of a part that is named before, or count. */
static size_t find_by_pairs(const struct part_list *list)
{
	for (size_t i = 1; i < list->count; i++) {
		struct identity one = list->identity(list, i);

		for (size_t j = 0; j < i; j++) {
			struct identity other = list->identity(list, j);

			if (same_identity(&one, &other))
				return i;
		}
	}
	return list->count;
}

/* The same by a set with open addressing; slots hold an index + 1, or 0. */
static size_t find_by_set(const struct cqrs_store *store, const struct part_list *list,
                          uint32_t *slots, size_t slot_count)
{
	for (size_t i = 0; i < list->count; i++) {
		struct identity one = list->identity(list, i);
		size_t slot = hash_identity(store, &one) & (slot_count - 1);

		for (; slots[slot]; slot = (slot + 1) & (slot_count - 1)) {
			struct identity other = list->identity(list, slots[slot] - 1);

			if (same_identity(&one, &other))
				return i;
		}
		slots[slot] = (uint32_t)i + 1;
	}
	return list->count;
}

static enum cqrs_status find_duplicate(const struct cqrs_store *store, const struct part_list *list,
                                       size_t *out_index, struct cqrs_error *err)
{
	size_t slot_count = 2 * (size_t)PAIRWISE_MAX;
	uint32_t *slots;

	if (list->count <= PAIRWISE_MAX) {
		*out_index = find_by_pairs(list);
		return CQRS_OK;
	}
	while (slot_count < 2 * list->count)
		slot_count *= 2;
	slots = cqrs__allocate_zeroed(&store->environment, slot_count, sizeof(*slots));
	if (!slots)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "out of memory");
	*out_index = find_by_set(store, list, slots, slot_count);
	cqrs__release(&store->environment, slots);
	return CQRS_OK;
}

static enum cqrs_status check_list(const struct cqrs_store *store, const struct cqrs_commit *commit,
                                   struct identity (*identity)(const struct part_list *, size_t),
                                   size_t count, const char *name, struct cqrs_error *err)
{
	struct part_list list = { identity, count, commit, NULL };
	struct cqrs__place at = { name, 0, NULL, 0 };
	enum cqrs_status status;

	if (count < 2)
		return CQRS_OK;
	status = find_duplicate(store, &list, &at.index, err);
	if (status != CQRS_OK || at.index == count)
		return status;
	if (identity == head_identity && at.index >= commit->append_count) {
		at.list = "expects";
		at.index -= commit->append_count;
	}
	return cqrs__refuse(&at, "", "is in the commit twice", err);
}

static bool entries_ascend(const struct cqrs_view_write *view)
{
	for (size_t i = 1; i < view->entry_count; i++) {
		const struct cqrs_entry_position *before = &view->entries[i - 1].position;
		const struct cqrs_entry_position *here = &view->entries[i].position;

		if (here->sequence < before->sequence ||
		    (here->sequence == before->sequence && here->index <= before->index))
			return false;
	}
	return true;
}

static enum cqrs_status check_entries(const struct cqrs_store *store,
                                      const struct cqrs_commit *commit, size_t index,
                                      struct cqrs_error *err)
{
	const struct cqrs_view_write *view = &commit->views[index];
	struct part_list list = { entry_identity, view->entry_count, commit, view };
	struct cqrs__place at = { "views", index, "entries", 0 };
	enum cqrs_status status;

	if (entries_ascend(view))
		return CQRS_OK;
	status = find_duplicate(store, &list, &at.subindex, err);
	if (status != CQRS_OK || at.subindex == list.count)
		return status;
	return cqrs__refuse(&at, "", "has the position of another one", err);
}

/* Most commits have one of each, and nothing that could occur twice. */
static bool may_have_duplicates(const struct cqrs_commit *commit)
{
	return commit->append_count + commit->expect_count > 1 || commit->snapshot_count > 1 ||
	       commit->view_count > 1 || commit->checkpoint_count > 1 || commit->key_count > 1 ||
	       (commit->view_count && commit->views[0].entry_count > 1);
}

enum cqrs_status cqrs__check_duplicates(const struct cqrs_store *store,
                                        const struct cqrs_commit *commit, struct cqrs_error *err)
{
	size_t heads = commit->append_count + commit->expect_count;
	enum cqrs_status status;

	if (!may_have_duplicates(commit))
		return CQRS_OK;
	status = check_list(store, commit, head_identity, heads, "appends", err);
	if (status == CQRS_OK)
		status = check_list(store, commit, snapshot_identity, commit->snapshot_count,
		                    "snapshots", err);
	if (status == CQRS_OK)
		status = check_list(store, commit, view_identity, commit->view_count, "views", err);
	for (size_t i = 0; status == CQRS_OK && i < commit->view_count; i++)
		status = check_entries(store, commit, i, err);
	if (status == CQRS_OK)
		status = check_list(store, commit, checkpoint_identity, commit->checkpoint_count,
		                    "checkpoints", err);
	if (status == CQRS_OK)
		status = check_list(store, commit, key_identity, commit->key_count, "keys", err);
	return status;
}
