/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * A forgotten member that fits into padding, where the layout alone does not show it.
 * expect: missing field
 * only: clang
 */
#include <cqrs/event.h>

struct hidden {
	char code[3];
	bool flag;
	int amount;
};

#ifdef CORRECT
CQRS_EVENT(hidden, "Hidden", "1.0", code, flag, amount);
#else
CQRS_EVENT(hidden, "Hidden", "1.0", code, amount);
#endif
