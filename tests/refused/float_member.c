/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * A float, which has no kind: its value would not survive as a double's text.
 * expect: [gG]eneric
 */
#include <cqrs/record.h>

struct reading {
#ifdef CORRECT
	double value;
#else
	float value;
#endif
};

CQRS_DEFINE_RECORD(reading, value);
