/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * mutants.c - see mutants.h.
 *
 * Where nothing is left to chance one seed is enough. Others need threads to meet, which they
 * do with nearly every seed; the bound allows for a machine on which they do not. A bad day is
 * the same each time, but another one whenever a framework asks its store otherwise, and it may
 * show first what the defect leads to later: the bound is far above what is needed.
 */
#include "mutants.h"

#define BY_CHANCE 5
#define DAYS 200

#define IN_SUITE(of_mutation, of_test) \
	.killer = KILLER_SUITE, .mutation = &mutation_##of_mutation, .test = (of_test)

#define ON_BAD_DAYS(of_mutation, of_place) \
	.killer = KILLER_BAD_DAY, .mutation = &mutation_##of_mutation, .place = (of_place)

#define HALF_A_COMMIT "nobody sees a part of a commit, and everybody the whole at once"
#define TRAFFIC "readers beside writers see every event once and in order"

const struct mutant mutants[] = {
	/* Commits that are checked against nothing. */
	{ "no conflict check", IN_SUITE(any_sequence, "an expected number must be the head"),
	  .sentence = "1.2", .seeds = 1 },
	{ "no conflict check, with rivals",
	  IN_SUITE(any_sequence, "of many commits on the same head one is stored"),
	  .sentence = "2.12", .seeds = BY_CHANCE },
	{ "a conflict ignored and success answered",
	  IN_SUITE(conflict_ignored, "an expected number must be the head"), .sentence = "1.2",
	  .seeds = 1 },
	{ "a conflict ignored, with rivals",
	  IN_SUITE(conflict_ignored, "of many commits on the same head one is stored"),
	  .sentence = "2.12", .seeds = BY_CHANCE },
	{ "view update without version check",
	  IN_SUITE(any_version, "a view write wants the version there is"), .sentence = "7.2",
	  .seeds = 1 },
	{ "view version checked after the commit",
	  IN_SUITE(late_check, "a failure in any part of a commit leaves nothing of it"),
	  .sentence = "2.2", .seeds = 1 },
	{ "checkpoint moved without check",
	  IN_SUITE(any_checkpoint, "a checkpoint moves from where it is"), .sentence = "8.2",
	  .seeds = 1 },

	/* Commits in several transactions. */
	{ "the events of one commit in several transactions", IN_SUITE(events_apart, HALF_A_COMMIT),
	  .sentence = "2.3", .seeds = BY_CHANCE },
	{ "the events of one commit in several transactions, one of which fails",
	  IN_SUITE(events_apart, "a failure in any part of a commit leaves nothing of it"),
	  .sentence = "2.2", .seeds = 1 },
	{ "views saved apart from their events", IN_SUITE(parts_apart, HALF_A_COMMIT),
	  .sentence = "2.3", .seeds = BY_CHANCE },
	{ "views saved apart from their events, which fails",
	  IN_SUITE(parts_apart, "a failure in any part of a commit leaves nothing of it"),
	  .sentence = "2.2", .seeds = 1 },
	{ "snapshot saved apart from its events", IN_SUITE(snapshot_apart, HALF_A_COMMIT),
	  .sentence = "2.3", .seeds = BY_CHANCE },
	{ "snapshot saved apart from its events, which fails",
	  IN_SUITE(snapshot_apart, "a failure in any part of a commit leaves nothing of it"),
	  .sentence = "2.2", .seeds = 1 },
	{ "committed but not synced", .killer = KILLER_POWER_CUT, .options = "&synchronous=normal",
	  .sentence = "14.1", .seeds = 1 },

	/* Batches in one transaction. */
	{ "a batch neighbour's failure leaking: what it had written stays",
	  IN_SUITE(no_savepoint, "a failure in any part leaves nothing within a batch"),
	  .sentence = "2.2", .seeds = 1 },
	{ "a batch neighbour's failure leaking: all are rolled back",
	  IN_SUITE(batch_rolled_back,
	           "a commit of a batch is stored or refused whatever its neighbours are"),
	  .sentence = "3.1", .seeds = 1 },
	{ "a batch neighbour's failure leaking: the rest is not tried",
	  IN_SUITE(batch_stops,
	           "a commit of a batch is stored or refused whatever its neighbours are"),
	  .sentence = "3.1", .seeds = 1 },
	{ "a commit stored though the one it was built on was not",
	  IN_SUITE(no_after, "an expectation that holds by accident does not help"),
	  .sentence = "3.4", .seeds = 1 },

	/* Feeds. */
	{ "feed offsets given out before the commit", IN_SUITE(early_offsets, TRAFFIC),
	  .sentence = "4.4", .seeds = BY_CHANCE },
	{ "feed offsets without gaps, but events that come late", IN_SUITE(late_events, TRAFFIC),
	  .sentence = "4.4", .seeds = BY_CHANCE },
	{ "deleted events missing in their feed",
	  IN_SUITE(no_deleted_events, "deleted events keep their places in the feed"),
	  .sentence = "10.2", .seeds = 1 },
	{ "a wait that ends without news", IN_SUITE(early_wake, "a wait keeps its timeout"),
	  .sentence = "5.3", .seeds = 1 },

	/* Idempotency keys and snapshots. */
	{ "the idempotency key not stored", IN_SUITE(no_keys, "one of many threads gets a key"),
	  .sentence = "9.5", .seeds = 1 },
	{ "the idempotency key forgotten after a snapshot",
	  IN_SUITE(keys_until_snapshot, "keys outlive snapshots of their stream"),
	  .sentence = "9.9", .seeds = 1 },
	{ "keys purged before their time",
	  IN_SUITE(purge_all, "keys go by their time, and no others"), .sentence = "9.7",
	  .seeds = 1 },
	{ "only the first snapshot saved",
	  IN_SUITE(first_snapshot, "the snapshot saved last is the one"), .sentence = "6.2",
	  .seeds = 1 },

	/* Reads. */
	{ "stale reads", IN_SUITE(stale_reads, HALF_A_COMMIT), .sentence = "2.4",
	  .seeds = BY_CHANCE },
	{ "the second page of a stream dropped",
	  IN_SUITE(first_page, "streams and feeds are read by pages of every size"),
	  .sentence = "13.2", .seeds = 1 },
	{ "every page of a stream said to be the last",
	  IN_SUITE(all_complete, "a page of events that says it is complete is the last"),
	  .sentence = "13.5", .seeds = 1 },
	{ "lists without order",
	  IN_SUITE(unordered_lists, "lists are in the order of the bytes of ids"),
	  .sentence = "11.3", .seeds = 1 },
	{ "ids compared without case",
	  IN_SUITE(folded_ids, "views whose ids differ by a trifle are told apart"),
	  .sentence = "11.1", .seeds = 1 },
	{ "times cut to milliseconds", IN_SUITE(milliseconds, "an event comes back byte by byte"),
	  .sentence = "1.6", .seeds = 1 },
	{ "versions cut to 32 bits", IN_SUITE(32_bits, "versions of views are exact"),
	  .sentence = "12.1", .seeds = 1 },
	{ "versions kept as doubles", IN_SUITE(doubles, "versions of views are exact"),
	  .sentence = "12.1", .seeds = 1 },
	{ "removed views without a tombstone",
	  IN_SUITE(no_tombstones, "a tombstone is loaded and not listed"), .sentence = "7.4",
	  .seeds = 1 },

	/* Frameworks. */
	{ "events applied twice before a snapshot", ON_BAD_DAYS(applied_twice, IN_FRAMEWORK),
	  .sentence = "a state is what its events make of it", .seeds = DAYS },
	{ "unknown outcome retried blindly", ON_BAD_DAYS(blind_retry, IN_FRAMEWORK),
	  .sentence = "a command is stored once", .seeds = DAYS },
	{ "snapshot saved apart from its events, by a framework",
	  ON_BAD_DAYS(snapshot_apart, IN_FRAMEWORK),
	  .sentence = "what is said not to be stored is not", .seeds = DAYS },
	{ "the events of one commit in several transactions, by a framework",
	  ON_BAD_DAYS(events_apart, IN_FRAMEWORK),
	  .sentence = "the events of a command stand together, once", .seeds = DAYS },
	{ "views saved apart from their events, by a framework",
	  ON_BAD_DAYS(parts_apart, IN_FRAMEWORK),
	  .sentence = "what is said not to be stored is not", .seeds = DAYS },
	{ "a conflict ignored and success answered, by a framework",
	  ON_BAD_DAYS(conflict_ignored, IN_FRAMEWORK), .sentence = "what was acknowledged is kept",
	  .seeds = DAYS },
	{ "the idempotency key not stored, by a framework", ON_BAD_DAYS(no_keys, IN_FRAMEWORK),
	  .sentence = "a command with a key is executed once", .seeds = DAYS },

	/* Stores below frameworks that are right. */
	{ "no conflict check, below frameworks", ON_BAD_DAYS(any_sequence, IN_STORE),
	  .without_view = true, .sentence = "each event is stored once", .seeds = DAYS },
	{ "view update without version check, below frameworks", ON_BAD_DAYS(any_version, IN_STORE),
	  .sentence = "a view's entries are those that its events make", .seeds = DAYS },
	{ "view version checked after the commit, below frameworks",
	  ON_BAD_DAYS(late_check, IN_STORE), .sentence = "what is said not to be stored is not",
	  .seeds = DAYS },
	{ "the idempotency key forgotten after a snapshot, below frameworks",
	  ON_BAD_DAYS(keys_until_snapshot, IN_STORE),
	  .sentence = "a command with a key is executed once", .seeds = DAYS },
	{ "the second page of a stream dropped, below frameworks",
	  ON_BAD_DAYS(first_page, IN_STORE),
	  .sentence = "what was stored is seen by every read that begins later", .seeds = DAYS },
	{ "a commit stored though the one it was built on was not, below frameworks",
	  ON_BAD_DAYS(no_after, IN_STORE), .sentence = "a view is what its events make of it",
	  .seeds = DAYS },
};
const size_t mutant_count = sizeof(mutants) / sizeof(*mutants);
