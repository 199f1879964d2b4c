/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * A time in anything but an int64_t.
 * expect: [gG]eneric
 */
#include <cqrs/record.h>

struct appointment {
#ifdef CORRECT
	int64_t at;
#else
	int32_t at;
#endif
};

static const struct cqrs_field appointment_fields[] = {
	{ CQRS_TIME(struct appointment, at) },
};
CQRS_DEFINE_RECORD_OF(appointment, appointment_fields);
