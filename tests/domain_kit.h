/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* domain_kit.h - the kit for domains under cmocka. Include it first in a test. */
#ifndef CQRS_TESTS_DOMAIN_KIT_H
#define CQRS_TESTS_DOMAIN_KIT_H

#include "check.h"

#include <cqrs/testing.h>

static inline void fail_cmocka(void *self, const char *file, unsigned line, const char *message)
{
	(void)self;
	print_error("%s\n", message);
	_fail(file, (int)line);
}

#endif
