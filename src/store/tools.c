/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* tools.c - what the core has and backends outside of this library need too. */
#include <cqrs/backend.h>

#include "core/environment.h"
#include "core/text.h"

#include <stdarg.h>
#include <stdio.h>

bool cqrs_utf8_valid(const char *text, size_t len)
{
	return cqrs__utf8_valid(text, len);
}

void cqrs_log(const struct cqrs_environment *environment, enum cqrs_log_level level,
              const char *fmt, ...)
{
	char line[512];
	va_list args;

	if (!cqrs__log_wanted(environment, level))
		return;
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	environment->log(environment->self, level, line);
}
