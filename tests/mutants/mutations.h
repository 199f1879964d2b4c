/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * mutations.h - what stores and frameworks have done otherwise than they should, one defect
 * each; mutants.c says in words what each is.
 */
#ifndef CQRS_TESTS_MUTANTS_MUTATIONS_H
#define CQRS_TESTS_MUTANTS_MUTATIONS_H

#include "mutant_store.h"

/* Nothing is done otherwise: the control of the controls. */
extern const struct mutation mutation_none;

/* What a commit writes, and in how many transactions (transaction_mutations.c). */
extern const struct mutation mutation_parts_apart, mutation_events_apart, mutation_snapshot_apart,
	mutation_late_check, mutation_no_savepoint, mutation_batch_stops,
	mutation_batch_rolled_back;

/* What a commit is checked against, and what is kept of it (check_mutations.c). */
extern const struct mutation mutation_any_sequence, mutation_any_version, mutation_any_checkpoint,
	mutation_no_after, mutation_conflict_ignored, mutation_no_keys,
	mutation_keys_until_snapshot, mutation_purge_all, mutation_first_snapshot;

/* Where events stand in feeds (feed_mutations.c). */
extern const struct mutation mutation_early_offsets, mutation_late_events,
	mutation_no_deleted_events, mutation_early_wake;

/* What is read of what was written (read_mutations.c). */
extern const struct mutation mutation_first_page, mutation_all_complete, mutation_stale_reads,
	mutation_milliseconds, mutation_folded_ids, mutation_32_bits, mutation_doubles,
	mutation_no_tombstones, mutation_unordered_lists;

/* What frameworks have done with what they commit (framework_mutations.c). */
extern const struct mutation mutation_applied_twice, mutation_blind_retry;

#endif
