/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * environment.c - the system's clock, generator and sleep, and what fills the members that
 * a caller's environment leaves NULL.
 */
#include "core/environment.h"

#include "core/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static int64_t system_now_us(void *self)
{
	struct timespec now;

	(void)self;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void system_random(void *self, void *out, size_t size)
{
	unsigned char *bytes = out;

	(void)self;
	while (size) {
		ssize_t got = getrandom(bytes, size, 0);

		if (got > 0) {
			bytes += got;
			size -= (size_t)got;
		} else if (errno != EINTR) {
			/* No generator at all (Linux before 3.17): fall back on the clock. */
			struct timespec now;

			clock_gettime(CLOCK_MONOTONIC, &now);
			*bytes++ = (unsigned char)(now.tv_nsec ^ now.tv_nsec >> 8);
			size--;
		}
	}
}

static void system_sleep_us(void *self, uint64_t time_us)
{
	struct timespec left = { .tv_sec = (time_t)(time_us / 1000000),
		                 .tv_nsec = (long)(time_us % 1000000) * 1000 };

	(void)self;
	while (nanosleep(&left, &left) && errno == EINTR) {
	}
}

enum cqrs_status cqrs__options_read(const void *given, void *out, size_t size,
                                    struct cqrs_error *err)
{
	size_t given_size = 0;

	if (given) {
		memcpy(&given_size, given, sizeof(given_size));
		if (given_size < sizeof(given_size) || given_size > size)
			return cqrs_error_set(err, CQRS_ERR_INVALID,
			                      "options were not made by their macro");
		memcpy(out, given, given_size);
	}
	memset((char *)out + given_size, 0, size - given_size);
	memcpy(out, &size, sizeof(size));
	return CQRS_OK;
}

enum cqrs_status cqrs__environment_complete(const struct cqrs_environment *given,
                                            struct cqrs_environment *out, struct cqrs_error *err)
{
	enum cqrs_status status = cqrs__options_read(given, out, sizeof(*out), err);

	if (status != CQRS_OK)
		return status;
	if (!out->allocator)
		out->allocator = cqrs_allocator_default();
	if (!out->now_us)
		out->now_us = system_now_us;
	if (!out->random)
		out->random = system_random;
	if (!out->sleep_us)
		out->sleep_us = system_sleep_us;
	return CQRS_OK;
}

void cqrs_log(const struct cqrs_environment *environment, enum cqrs_log_level level,
              const char *fmt, ...)
{
	char line[512];
	va_list args;

	if (!environment->log || (uint64_t)level > environment->log_level)
		return;
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	cqrs__text_tame(line);
	environment->log(environment->self, level, line);
}

void *cqrs__allocate(const struct cqrs_environment *environment, size_t size)
{
	return environment->allocator->allocate(environment->allocator->self, size);
}

void *cqrs__allocate_zeroed(const struct cqrs_environment *environment, size_t count, size_t size)
{
	void *memory;

	if (size && count > SIZE_MAX / size)
		return NULL;
	memory = cqrs__allocate(environment, count * size);
	if (memory)
		memset(memory, 0, count * size);
	return memory;
}

void cqrs__release(const struct cqrs_environment *environment, void *memory)
{
	environment->allocator->release(environment->allocator->self, memory);
}
