/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * A member that the short form leaves out.
 * expect: missing field 'memo' initializer
 * only: clang
 */
#include <cqrs/record.h>

struct deposit {
	double amount;
	const char *memo;
};

#ifdef CORRECT
CQRS_DEFINE_RECORD(deposit, amount, memo);
#else
CQRS_DEFINE_RECORD(deposit, amount);
#endif
