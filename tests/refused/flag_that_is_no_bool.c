/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * A flag of presence that is no bool.
 * expect: [gG]eneric
 */
#include <cqrs/record.h>

struct offer {
	int discount;
#ifdef CORRECT
	bool has_discount;
#else
	int has_discount;
#endif
};

static const struct cqrs_field offer_fields[] = {
	{ CQRS_FIELD(struct offer, discount), CQRS_PRESENT_IF(struct offer, has_discount) },
};
CQRS_DEFINE_RECORD_OF(offer, offer_fields);
