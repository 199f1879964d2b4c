/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * framework_mutations.c - put between a framework and its store, these do to the commits what
 * a broken framework would have done to them itself. They know the tests' domain, the wallet.
 */
#include "mutations.h"
#include "wallet.h"

#include <string.h>

/* ---- events applied by the handler's sink, and again before the snapshot is taken ---- */

static const struct cqrs_event_entry *find_event(const char *type)
{
	for (size_t i = 0; i < wallet_aggregate.events.count; i++) {
		if (strcmp(wallet_aggregate.events.items[i].type->name, type) == 0)
			return &wallet_aggregate.events.items[i];
	}
	return NULL;
}

static enum cqrs_status apply_again(struct wallet *wallet, const struct cqrs_append *append,
                                    struct cqrs_arena *arena)
{
	for (size_t i = 0; i < append->event_count; i++) {
		const struct cqrs_event_entry *entry = find_event(append->events[i].type);
		size_t size = entry ? entry->type->record.size : 0;
		void *event = cqrs_arena_allocate(arena, size + 1);
		enum cqrs_status status;

		if (!entry || !event)
			return CQRS_ERR_NOMEM;
		status = cqrs_record_decode(&entry->type->record, append->events[i].payload,
		                            CQRS_ALLOW_NULL_TEXT, arena, event, NULL);
		if (status != CQRS_OK)
			return status;
		entry->apply(wallet, event);
	}
	return CQRS_OK;
}

static bool is_same(const struct cqrs_stream *a, const struct cqrs_stream *b)
{
	return strcmp(a->type, b->type) == 0 && strcmp(a->id, b->id) == 0;
}

static enum cqrs_status spoil_snapshot(struct cqrs_snapshot_write *write,
                                       const struct cqrs_commit *commit, struct cqrs_arena *arena)
{
	struct wallet wallet;
	enum cqrs_status status;

	if (strcmp(write->stream.type, wallet_aggregate.type) != 0)
		return CQRS_OK;
	status = cqrs_record_decode(&wallet_aggregate.state, write->snapshot.state,
	                            CQRS_ALLOW_NULL_TEXT, arena, &wallet, NULL);
	for (size_t i = 0; status == CQRS_OK && i < commit->append_count; i++) {
		if (is_same(&commit->appends[i].stream, &write->stream))
			status = apply_again(&wallet, &commit->appends[i], arena);
	}
	if (status != CQRS_OK)
		return status;
	return cqrs_record_encode(&wallet_aggregate.state, &wallet, CQRS_ALLOW_NULL_TEXT, arena,
	                          &write->snapshot.state, NULL);
}

static void commit_applied_twice(struct mutant_store *store, struct cqrs_commit *commit)
{
	struct cqrs_snapshot_write snapshots[MUTANT_MAX_PARTS];
	struct cqrs_arena *arena = NULL;
	enum cqrs_status status = cqrs_arena_new(NULL, &arena, commit->err);

	for (size_t i = 0; status == CQRS_OK && i < commit->snapshot_count; i++) {
		snapshots[i] = commit->snapshots[i];
		status = spoil_snapshot(&snapshots[i], commit, arena);
	}
	if (status == CQRS_OK) {
		commit->snapshots = snapshots;
		mutant_commit_within(store, commit);
	} else {
		commit->status = cqrs_error_set(commit->err, status, "no snapshot could be made");
	}
	cqrs_arena_free(arena);
}

const struct mutation mutation_applied_twice = { .commit_one = commit_applied_twice };

/* ---- an unknown outcome ---- */

/* What deciding again on fresh state gives: the same events by other ids, at whatever head. */
static enum cqrs_status decide_again(const struct cqrs_append *append, struct cqrs_append *out,
                                     struct cqrs_arena *arena)
{
	struct cqrs_event_data *events =
		cqrs_arena_allocate(arena, append->event_count * sizeof(*events));

	if (!events)
		return CQRS_ERR_NOMEM;
	for (size_t i = 0; i < append->event_count; i++) {
		events[i] = append->events[i];
		events[i].event_id.bytes[sizeof(events[i].event_id.bytes) - 1] ^= 0x55;
	}
	*out = *append;
	out->events = events;
	out->expected_sequence = CQRS_EXPECT_ANY;
	return CQRS_OK;
}

/* Views, snapshots and keys are left out: those at hand are of the first decision. */
static void commit_again(struct mutant_store *store, struct cqrs_commit *commit,
                         struct cqrs_arena *arena)
{
	struct cqrs_commit again = { .append_count = commit->append_count, .err = commit->err };
	enum cqrs_status status = CQRS_OK;

	again.appends = cqrs_arena_allocate(arena, commit->append_count * sizeof(*again.appends));
	if (!again.appends)
		return;
	for (size_t i = 0; status == CQRS_OK && i < commit->append_count; i++)
		status = decide_again(&commit->appends[i], &again.appends[i], arena);
	if (status != CQRS_OK)
		return;
	mutant_commit_within(store, &again);
	mutant_copy_outcome(commit, &again);
	for (size_t i = 0; i < commit->append_count; i++)
		mutant_copy_place(&commit->appends[i], &again.appends[i]);
}

static void retry_blindly(struct mutant_store *store, struct cqrs_commit *commit)
{
	struct cqrs_arena *arena = NULL;

	mutant_commit_within(store, commit);
	if (commit->status != CQRS_ERR_UNKNOWN || commit->append_count == 0)
		return;
	if (cqrs_arena_new(NULL, &arena, NULL) == CQRS_OK)
		commit_again(store, commit, arena);
	cqrs_arena_free(arena);
}

const struct mutation mutation_blind_retry = { .commit_one = retry_blindly };
