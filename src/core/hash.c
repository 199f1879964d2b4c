/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * hash.c - SipHash-2-4 after Jean-Philippe Aumasson and Daniel J. Bernstein, "SipHash: a
 * fast short-input PRF" (2012), and its 128-bit variant by the same authors; SipHash-1-3 where
 * a hash only finds a place in a table and is told to nobody.
 *
 * Values are stored (feeds, command hashes), so the result is the same on every machine:
 * words are read lowest byte first.
 */
#include "core/hash.h"

#include <string.h>

static const uint8_t fixed_key[16] = { 'c', 'q', 'r', 's', ' ', 'f', 'i', 'x',
	                               'e', 'd', ' ', 'k', 'e', 'y', ' ', '1' };

static uint64_t rotate(uint64_t x, unsigned bits)
{
	return (x << bits) | (x >> (64 - bits));
}

/* Inlined, so that all of v stays in registers. */
static inline void rounds(uint64_t v[4], int count)
{
	for (int i = 0; i < count; i++) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

static inline void absorb(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	rounds(v, 2);
	v[0] ^= word;
}

static inline void absorb_once(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	rounds(v, 1);
	v[0] ^= word;
}

/* Spelled out, four and eight bytes become one load. */
static inline uint64_t read_half(const uint8_t *bytes)
{
	return (uint64_t)bytes[0] | (uint64_t)bytes[1] << 8 | (uint64_t)bytes[2] << 16 |
	       (uint64_t)bytes[3] << 24;
}

static inline uint64_t read_word(const uint8_t *bytes)
{
	return (uint64_t)bytes[0] | (uint64_t)bytes[1] << 8 | (uint64_t)bytes[2] << 16 |
	       (uint64_t)bytes[3] << 24 | (uint64_t)bytes[4] << 32 | (uint64_t)bytes[5] << 40 |
	       (uint64_t)bytes[6] << 48 | (uint64_t)bytes[7] << 56;
}

/* Up to seven bytes, some of them read twice, to the place where they are already. */
static inline uint64_t read_part(const uint8_t *bytes, size_t size)
{
	if (size >= 4)
		return read_half(bytes) | read_half(bytes + size - 4) << (8 * (size - 4));
	if (!size)
		return 0;
	return (uint64_t)bytes[0] | (uint64_t)bytes[size / 2] << (8 * (size / 2)) |
	       (uint64_t)bytes[size - 1] << (8 * (size - 1));
}

static inline void begin(struct cqrs__hash *hash, const uint8_t *key, uint64_t wide)
{
	const uint8_t *bytes = key ? key : fixed_key;
	uint64_t k0 = read_word(bytes);
	uint64_t k1 = read_word(bytes + 8);

	hash->v[0] = k0 ^ UINT64_C(0x736f6d6570736575);
	hash->v[1] = k1 ^ UINT64_C(0x646f72616e646f6d) ^ (wide == 0xee ? wide : 0);
	hash->v[2] = k0 ^ UINT64_C(0x6c7967656e657261);
	hash->v[3] = k1 ^ UINT64_C(0x7465646279746573);
	hash->tail = 0;
	hash->len = 0;
	hash->wide = wide;
}

void cqrs__hash_begin(struct cqrs__hash *hash, const uint8_t *key)
{
	begin(hash, key, 0xff);
}

void cqrs__hash_begin_wide(struct cqrs__hash *hash, const uint8_t *key)
{
	begin(hash, key, 0xee);
}

/* Feed a word behind those bytes that fill none yet; filled: their bits. */
static inline void feed_word(uint64_t v[4], uint64_t *tail, unsigned filled, uint64_t word)
{
	absorb(v, *tail | word << filled);
	*tail = filled ? word >> (64 - filled) : 0;
}

static inline void add_bytes(struct cqrs__hash *hash, const void *data, size_t size)
{
	const uint8_t *bytes = data;
	unsigned filled = 8 * (unsigned)(hash->len & 7);
	uint64_t tail = hash->tail;
	uint64_t rest;
	uint64_t v[4]; /* not in the hash, which the bytes might overlap as far as compilers know */

	memcpy(v, hash->v, sizeof(v));
	hash->len += size;
	for (; size >= 8; size -= 8, bytes += 8)
		feed_word(v, &tail, filled, read_word(bytes));
	rest = read_part(bytes, size);
	if (filled + 8 * size >= 64)
		feed_word(v, &tail, filled, rest);
	else
		tail |= rest << filled;
	hash->tail = tail;
	memcpy(hash->v, v, sizeof(v));
}

void cqrs__hash_bytes(struct cqrs__hash *hash, const void *data, size_t size)
{
	add_bytes(hash, data, size);
}

void cqrs__hash_number(struct cqrs__hash *hash, uint64_t number)
{
	unsigned filled = 8 * (unsigned)(hash->len & 7);

	hash->len += 8;
	feed_word(hash->v, &hash->tail, filled, number);
}

static inline uint64_t finish(uint64_t v[4], int count)
{
	rounds(v, count);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static inline void add_text(struct cqrs__hash *hash, const char *text)
{
	static const char null_text[2] = { 1, 0 }; /* U+0001: what no stored name is */

	if (text)
		add_bytes(hash, text, strlen(text) + 1);
	else
		add_bytes(hash, null_text, sizeof(null_text));
}

void cqrs__hash_text(struct cqrs__hash *hash, const char *text)
{
	add_text(hash, text);
}

/* Spelled out, it becomes one store. */
static void write_word(uint8_t *bytes, uint64_t word)
{
	bytes[0] = (uint8_t)word;
	bytes[1] = (uint8_t)(word >> 8);
	bytes[2] = (uint8_t)(word >> 16);
	bytes[3] = (uint8_t)(word >> 24);
	bytes[4] = (uint8_t)(word >> 32);
	bytes[5] = (uint8_t)(word >> 40);
	bytes[6] = (uint8_t)(word >> 48);
	bytes[7] = (uint8_t)(word >> 56);
}

/* The first 64 bits; v is left for the others. */
static inline uint64_t end(const struct cqrs__hash *hash, uint64_t v[4])
{
	memcpy(v, hash->v, sizeof(hash->v));
	absorb(v, hash->tail | hash->len << 56);
	v[2] ^= hash->wide;
	return finish(v, 4);
}

uint64_t cqrs__hash_end(const struct cqrs__hash *hash)
{
	uint64_t v[4];

	return end(hash, v);
}

void cqrs__hash_end_wide(const struct cqrs__hash *hash, uint8_t out[16])
{
	uint64_t v[4];

	write_word(out, end(hash, v));
	v[1] ^= 0xdd;
	write_word(out + 8, finish(v, 4));
}

void cqrs__hash_number_wide(const uint8_t *key, uint64_t number, uint8_t out[16])
{
	struct cqrs__hash hash;

	begin(&hash, key, 0xee);
	absorb(hash.v, number);
	hash.len = sizeof(number);
	cqrs__hash_end_wide(&hash, out);
}

uint64_t cqrs__hash_texts(const uint8_t *key, const char *first, const char *second)
{
	struct cqrs__hash hash;

	begin(&hash, key, 0xff);
	add_text(&hash, first);
	add_text(&hash, second);
	return cqrs__hash_end(&hash);
}

/* One round less for each word and at the end; the number fills a word, so the text's are whole. */
uint64_t cqrs__hash_entry(const uint8_t *key, uint64_t number, const char *text)
{
	const uint8_t *bytes = (const uint8_t *)text;
	size_t len = strlen(text);
	size_t left = len;
	struct cqrs__hash hash;

	begin(&hash, key, 0xff);
	absorb_once(hash.v, number);
	for (; left >= 8; left -= 8, bytes += 8)
		absorb_once(hash.v, read_word(bytes));
	absorb_once(hash.v, read_part(bytes, left) | (uint64_t)(len + sizeof(number)) << 56);
	hash.v[2] ^= hash.wide;
	return finish(hash.v, 3);
}
