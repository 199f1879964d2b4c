/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* tools.c - what the core has and backends outside of this library need too. */
#include <cqrs/backend.h>

#include "core/text.h"

bool cqrs_utf8_valid(const char *text, size_t len)
{
	return cqrs__utf8_valid(text, len);
}
