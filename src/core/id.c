/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* id.c - ids as text (RFC 9562, section 4), and new ones of version 7 (section 5.7). */
#include "core/id.h"

#include "core/hash.h"

#include <string.h>

static const char digits[] = "0123456789abcdef";

void cqrs_id_format(const struct cqrs_id *id, char out[CQRS_ID_TEXT_SIZE])
{
	char *p = out;

	for (unsigned i = 0; i < sizeof(id->bytes); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = digits[id->bytes[i] >> 4];
		*p++ = digits[id->bytes[i] & 15];
	}
	*p = '\0';
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum cqrs_status cqrs_id_parse(const char *text, struct cqrs_id *out_id, struct cqrs_error *err)
{
	struct cqrs_id id = { { 0 } };
	unsigned count = 0;

	for (unsigned i = 0; i < CQRS_ID_TEXT_SIZE - 1; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		int value = digit_value(text[i]);

		if (dash ? text[i] != '-' : value < 0)
			return cqrs_error_set(err, CQRS_ERR_INVALID,
			                      "an id is not hexadecimal digits in groups of "
			                      "8-4-4-4-12");
		if (dash)
			continue;
		id.bytes[count / 2] = (uint8_t)(id.bytes[count / 2] << 4 | value);
		count++;
	}
	if (text[CQRS_ID_TEXT_SIZE - 1])
		return cqrs_error_set(err, CQRS_ERR_INVALID, "an id is longer than 36 characters");
	*out_id = id;
	return CQRS_OK;
}

bool cqrs_id_is_none(const struct cqrs_id *id)
{
	uint64_t halves[2];

	memcpy(halves, id, sizeof(halves));
	return (halves[0] | halves[1]) == 0;
}

void cqrs__id_source_ready(struct cqrs__id_source *source, uint64_t generation,
                           const struct cqrs_environment *environment)
{
	if (source->generation == generation)
		return;
	environment->random(environment->self, source->key, sizeof(source->key));
	source->count = 0;
	source->generation = generation;
}

/* 64 bits that nobody can guess. */
static uint64_t draw(struct cqrs__id_source *source)
{
	uint64_t index = source->count++;

	if (index % 2 == 0)
		cqrs__hash_number_wide(source->key, index / 2, (uint8_t *)source->random);
	return source->random[index % 2];
}

/* Eight bytes, highest first; spelled out, they become one store. */
static void put_word(uint8_t *out, uint64_t word)
{
	out[0] = (uint8_t)(word >> 56);
	out[1] = (uint8_t)(word >> 48);
	out[2] = (uint8_t)(word >> 40);
	out[3] = (uint8_t)(word >> 32);
	out[4] = (uint8_t)(word >> 24);
	out[5] = (uint8_t)(word >> 16);
	out[6] = (uint8_t)(word >> 8);
	out[7] = (uint8_t)word;
}

struct cqrs_id cqrs__id_new(struct cqrs__id_source *source, int64_t now_us)
{
	uint64_t us = now_us > 0 ? (uint64_t)now_us : 0;
	uint64_t fraction = us % 1000 * 4096 / 1000; /* of the millisecond, in 12 bits */
	struct cqrs_id id;

	put_word(id.bytes, us / 1000 << 16 | 0x7000 | fraction);
	put_word(id.bytes + 8, UINT64_C(2) << 62 | draw(source) >> 2);
	return id;
}
