/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * A text that is not const.
 * expect: [gG]eneric
 */
#include <cqrs/record.h>

struct note {
#ifdef CORRECT
	const char *text;
#else
	char *text;
#endif
};

CQRS_DEFINE_RECORD(note, text);
