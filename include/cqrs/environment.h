/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * environment.h - what the library needs from outside: memory, time, randomness,
 * sleep, and a place for its log. Tests replace any of them.
 */
#ifndef CQRS_ENVIRONMENT_H
#define CQRS_ENVIRONMENT_H

#include <cqrs/memory.h>

CQRS_BEGIN_DECLS

enum cqrs_log_level {
	CQRS_LOG_ERROR = 0, /* something failed that no caller is told of */
	CQRS_LOG_WARN = 1,
	CQRS_LOG_INFO = 2,
	CQRS_LOG_DEBUG = 3, /* events loaded, events stored */
};

/* Every member may be NULL: the default is meant. Functions may be called on any thread. */
struct cqrs_environment {
	size_t size;                            /* set by the macro or by _init() */
	const struct cqrs_allocator *allocator; /* NULL: malloc and free */
	int64_t (*now_us)(void *self);          /* Unix time in microseconds; NULL: the system's */
	/* Fill out with unpredictable bytes; NULL: the system's generator. Seeds ids and jitter. */
	void (*random)(void *self, void *out, size_t size);
	/* Used between retries; NULL: the system's. */
	void (*sleep_us)(void *self, uint64_t time_us);
	/* One line without a newline; never called with a lock held. NULL: nothing is logged. */
	void (*log)(void *self, enum cqrs_log_level level, const char *message);
	uint64_t log_level; /* the highest enum cqrs_log_level wanted; 0: errors only */
	void *self;
};
#define CQRS_ENVIRONMENT(...) \
	(&(const struct cqrs_environment){ .size = sizeof(struct cqrs_environment), __VA_ARGS__ })
static inline struct cqrs_environment cqrs_environment_init(void)
{
	struct cqrs_environment environment = {
		sizeof(struct cqrs_environment), NULL, NULL, NULL, NULL, NULL, 0, NULL
	};
	return environment;
}

/**
 * Write a line to the environment's log, if it has one that wants the level. Control
 * characters and bytes that are not UTF-8 become '?', so that it stays one line; it is cut
 * at 511 bytes.
 */
CQRS_API CQRS_PRINTF(3, 4) void cqrs_log(const struct cqrs_environment *environment,
                                         enum cqrs_log_level level, const char *fmt, ...);

/* 16 bytes that name something for ever: an RFC 9562 UUID. All zero: none. */
struct cqrs_id {
	uint8_t bytes[16];
};
#define CQRS_ID_TEXT_SIZE 37 /* 36 characters and a NUL */

/** Write an id as "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" in lower case. */
CQRS_API void cqrs_id_format(const struct cqrs_id *id, char out[CQRS_ID_TEXT_SIZE]);

/** Read what cqrs_id_format() writes, in either case. Errors: CQRS_ERR_INVALID. */
CQRS_API CQRS_NODISCARD enum cqrs_status cqrs_id_parse(const char *text, struct cqrs_id *out_id,
                                                       struct cqrs_error *err);

/** Whether an id is all zero. */
CQRS_API bool cqrs_id_is_none(const struct cqrs_id *id);

#define CQRS_TIME_TEXT_SIZE 28 /* "2026-01-02T03:04:05.678901Z" and a NUL */

/**
 * Write a time as RFC 3339 in UTC with six decimals.
 * Errors: CQRS_ERR_INVALID outside the years 1 to 9999.
 */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_time_format(int64_t time_us, char out[CQRS_TIME_TEXT_SIZE], struct cqrs_error *err);

/** Read an RFC 3339 time with any offset and at most six decimals. Errors: CQRS_ERR_INVALID. */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_time_parse(const char *text, size_t len, int64_t *out_time_us, struct cqrs_error *err);

CQRS_END_DECLS
#endif
