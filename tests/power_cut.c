/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* power_cut.c - see power_cut.h. */
#include "power_cut.h"

#include "sqlite_workload.h"
#include "vfs_fault.h"

/* Whether the operation came. */
static bool cut_power(struct sqlite_fixture *f, const char *options, unsigned nth, uint64_t seed,
                      struct power_cuts *cuts)
{
	static const char *const memory[] = { "-shm", NULL };
	enum cqrs_status status;
	bool struck;

	remove_store(f);
	fault_plan(FAULT_POWER, nth);
	cuts->acknowledged = commit_until_failure(f, options, &status);
	struck = fault_struck();
	close_store(f);
	fault_power_on(seed);
	remove_files(f, memory);
	open_small_or_fail(f, options);
	cuts->stored = check_commits(f);
	if (cuts->stored < cuts->acknowledged)
		cuts->lost_at = nth;
	else if (cuts->stored > cuts->acknowledged)
		CHECK_STATUS(status, CQRS_ERR_UNKNOWN);
	CHECK_TRUE(cuts->stored <= cuts->acknowledged + 1);
	CHECK_STATUS(commit_nth(f, cuts->stored + 1, NULL), CQRS_OK);
	close_store(f);
	check_database(f);
	return struck;
}

void power_cut_sweep(struct sqlite_fixture *f, const char *options, uint64_t seed,
                     struct power_cuts *out_cuts)
{
	*out_cuts = (struct power_cuts){ .count = 0 };
	for (bool struck = true; struck && !out_cuts->lost_at; out_cuts->count++)
		struck = cut_power(f, options, out_cuts->count + 1,
		                   seed * 1000003 + out_cuts->count, out_cuts);
}
