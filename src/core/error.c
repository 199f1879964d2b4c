/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* error.c - filling a struct cqrs_error. How it becomes a response body is error_json.c's. */
#include "core/text.h"

#include <cqrs/error.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Format into a fixed field, cut at a whole character, on one line. */
static void format_cut(char *out, size_t capacity, const char *fmt, va_list args)
{
	int len = vsnprintf(out, capacity, fmt, args);

	if (len < 0)
		out[0] = '\0';
	else if ((size_t)len >= capacity)
		out[cqrs__utf8_cut(out, capacity - 1)] = '\0';
	cqrs__text_tame(out);
}

enum cqrs_status cqrs_error_set(struct cqrs_error *err, enum cqrs_status status, const char *fmt,
                                ...)
{
	va_list args;

	if (!err)
		return status;
	err->status = status;
	err->native_code = 0;
	err->code[0] = '\0';
	err->path[0] = '\0';
	err->params[0] = '\0';
	va_start(args, fmt);
	format_cut(err->message, sizeof(err->message), fmt, args);
	va_end(args);
	return status;
}

void cqrs_error_set_path(struct cqrs_error *err, const char *fmt, ...)
{
	va_list args;

	if (!err)
		return;
	va_start(args, fmt);
	format_cut(err->path, sizeof(err->path), fmt, args);
	va_end(args);
}

enum cqrs_status cqrs_error_prefix(struct cqrs_error *err, const char *fmt, ...)
{
	char context[sizeof(err->message)];
	size_t context_len;
	size_t kept;
	va_list args;

	va_start(args, fmt);
	format_cut(context, sizeof(context) - 2, fmt, args);
	va_end(args);
	memcpy(context + strlen(context), ": ", sizeof(": "));
	context_len = strlen(context);
	kept = strlen(err->message);
	if (kept >= sizeof(err->message) - context_len)
		kept = cqrs__utf8_cut(err->message, sizeof(err->message) - 1 - context_len);
	memmove(err->message + context_len, err->message, kept);
	memcpy(err->message, context, context_len);
	err->message[context_len + kept] = '\0';
	return err->status;
}

const char *cqrs_status_name(enum cqrs_status status)
{
	switch (status) {
	case CQRS_OK:
		return "ok";
	case CQRS_ERR_NOMEM:
		return "out of memory";
	case CQRS_ERR_INVALID:
		return "invalid";
	case CQRS_ERR_CONFLICT:
		return "conflict";
	case CQRS_ERR_REJECTED:
		return "rejected";
	case CQRS_ERR_UNAVAILABLE:
		return "unavailable";
	case CQRS_ERR_CORRUPT:
		return "corrupt";
	case CQRS_ERR_UNSUPPORTED:
		return "unsupported";
	case CQRS_ERR_UNKNOWN:
		return "unknown outcome";
	case CQRS_ERR_NOT_FOUND:
		return "not found";
	case CQRS_ERR_LIMIT:
		return "limit exceeded";
	case CQRS_ERR_TIMEOUT:
		return "timeout";
	case CQRS_ERR_FAILED:
		return "failed";
	}
	return "unknown status";
}
