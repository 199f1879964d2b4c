/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * power_cut.h - a SQLite store of which the power is cut at each operation on its files in
 * turn; whether all is there that had been acknowledged.
 */
#ifndef CQRS_TESTS_POWER_CUT_H
#define CQRS_TESTS_POWER_CUT_H

#include "sqlite_small.h"

struct power_cuts {
	unsigned count;        /* until the workload was done before the operation came */
	unsigned lost_at;      /* the cut that lost a commit, the last of this sweep; 0: none did */
	uint64_t acknowledged; /* commits before it */
	uint64_t stored;       /* of them, after it */
};

/*
 * The fixture's store is made anew for each cut; fault_vfs_install() was called. That commits
 * are whole, and that what was refused is not there, is checked and ends the test. The seed
 * chooses what a cut leaves of all that was not synced.
 */
void power_cut_sweep(struct sqlite_fixture *f, const char *options, uint64_t seed,
                     struct power_cuts *out_cuts);

#endif
