/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * record_fuzz.c - any bytes as the JSON of a record with a member of every kind.
 *
 * What decodes is encoded, and that text decodes to an equal value and encodes to itself.
 * What does not decode is refused with a path and a message that are valid UTF-8.
 * The first byte of the input, '0' to '7', chooses the record and the flags, the rest is
 * the JSON.
 */
#include "../tests/sample.h"

#include "core/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(condition)                                                                          \
	do {                                                                                      \
		if (!(condition)) {                                                               \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                  \
		}                                                                                 \
	} while (0)

static void check_refusal(const struct cqrs_error *err, enum cqrs_status status)
{
	HOLDS(status == CQRS_ERR_INVALID || status == CQRS_ERR_LIMIT);
	HOLDS(err->status == status && err->message[0]);
	HOLDS(cqrs__utf8_valid(err->message, strlen(err->message)));
	HOLDS(cqrs__utf8_valid(err->path, strlen(err->path)));
}

/* What holds for any value, however it came about. */
static void check_value(const struct cqrs_record *record, const void *value, unsigned flags,
                        struct cqrs_arena *arena)
{
	unsigned encode_flags = flags & CQRS_ALLOW_NULL_TEXT;
	unsigned char again[sizeof(struct sample)];
	unsigned char copy[sizeof(struct sample)];
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_text json;
	struct cqrs_text same;

	HOLDS(cqrs_record_encode(record, value, encode_flags, arena, &json, &err) == CQRS_OK);
	HOLDS(cqrs_record_decode(record, json, encode_flags, arena, again, &err) == CQRS_OK);
	HOLDS(cqrs_record_equal(record, value, again));
	HOLDS(cqrs_record_encode(record, again, encode_flags, arena, &same, &err) == CQRS_OK);
	HOLDS(json.len == same.len && memcmp(json.data, same.data, json.len) == 0);
	HOLDS(cqrs_record_copy(record, value, arena, copy, &err) == CQRS_OK);
	HOLDS(cqrs_record_equal(record, copy, again));
	HOLDS(cqrs_record_dump(record, value, arena) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct cqrs_record *const records[] = { &sample_record, &node_record };
	unsigned char value[sizeof(struct sample)];
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_arena *arena = NULL;
	const struct cqrs_record *record;
	enum cqrs_status status;
	struct cqrs_text json;
	unsigned flags;

	if (size == 0)
		return 0;
	HOLDS(cqrs_arena_new(NULL, &arena, NULL) == CQRS_OK);
	record = records[data[0] >> 2 & 1];
	flags = data[0] & (CQRS_IGNORE_UNKNOWN | CQRS_ALLOW_NULL_TEXT);
	json = (struct cqrs_text){ (const char *)data + 1, size - 1 };
	status = cqrs_record_decode(record, json, flags, arena, value, &err);
	if (status == CQRS_OK)
		check_value(record, value, flags, arena);
	else
		check_refusal(&err, status);
	cqrs_arena_free(arena);
	return 0;
}
