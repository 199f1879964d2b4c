/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * A struct in the short form, which cannot know how it is described.
 * expect: [gG]eneric
 */
#include <cqrs/record.h>

struct point {
	int x;
	int y;
};
CQRS_DEFINE_RECORD(point, x, y);

struct shape {
	struct point at;
};

#ifdef CORRECT
static const struct cqrs_field shape_fields[] = {
	{ CQRS_NESTED(struct shape, at, &point_record) },
};
CQRS_DEFINE_RECORD_OF(shape, shape_fields);
#else
CQRS_DEFINE_RECORD(shape, at);
#endif
