/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* path.c - see path.h. */
#include "record/path.h"

#include "core/text.h"

#include <stdio.h>
#include <string.h>

/* The longest part of a name that is shown; three such steps fit into err->path. */
#define MAX_NAME 36
#define CUT "..."
#define CUT_LEN (sizeof(CUT) - 1)

/* A name or "[index]" as it is shown; out holds MAX_NAME, CUT and a NUL. */
static size_t write_step(const struct cqrs__path *step, char *out, size_t capacity)
{
	size_t len;

	if (!step->name)
		return (size_t)snprintf(out, capacity, "[%zu]", step->index);
	len = strlen(step->name);
	if (len > MAX_NAME) {
		len = cqrs__utf8_cut(step->name, MAX_NAME);
		memcpy(out, step->name, len);
		memcpy(out + len, CUT, CUT_LEN);
	} else {
		memcpy(out, step->name, len);
	}
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)out[i] < 0x20 || out[i] == 0x7f)
			out[i] = '?';
	}
	return len == strlen(step->name) ? len : len + CUT_LEN;
}

/* Write from the last step to the first, into the end of out; where it begins is returned. */
static const char *write_path(const struct cqrs__path *path, char *out, size_t size)
{
	char *begin = out + size - 1;

	*begin = '\0';
	for (; path; path = path->parent) {
		char step[MAX_NAME + CUT_LEN + 1];
		size_t len = write_step(path, step, sizeof(step));
		bool dot = *begin != '\0' && *begin != '[';

		if ((size_t)(begin - out) < len + dot + CUT_LEN) {
			begin -= CUT_LEN;
			memcpy(begin, CUT, CUT_LEN);
			break;
		}
		if (dot)
			*--begin = '.';
		begin -= len;
		memcpy(begin, step, len);
	}
	return begin;
}

enum cqrs_status cqrs__path_error_v(const struct cqrs__path *path, struct cqrs_error *err,
                                    enum cqrs_status status, const char *fmt, va_list args)
{
	char message[sizeof(err->message)];
	char text[sizeof(err->path)];

	if (!err)
		return status;
	vsnprintf(message, sizeof(message), fmt, args);
	cqrs_error_set(err, status, "%s", message);
	cqrs_error_set_path(err, "%s", write_path(path, text, sizeof(text)));
	return status;
}

enum cqrs_status cqrs__path_error(const struct cqrs__path *path, struct cqrs_error *err,
                                  enum cqrs_status status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	cqrs__path_error_v(path, err, status, fmt, args);
	va_end(args);
	return status;
}
