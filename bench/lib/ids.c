/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* ids.c - the ids of the accounts, made before anything is measured. */
#include "bench.h"

#include <inttypes.h>
#include <stdio.h>

char (*bench_ids(uint64_t count))[BENCH_ID_SIZE]
{
	char(*ids)[BENCH_ID_SIZE] = bench_allocate(count, sizeof(*ids));

	if (count > 100000000)
		bench_fail("an id has room for eight digits");
	for (uint64_t i = 0; i < count; i++)
		snprintf(ids[i], sizeof(ids[i]), "ACCT-%08" PRIu32, (uint32_t)i);
	return ids;
}
