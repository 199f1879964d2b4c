/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * hash.c - SipHash-2-4 after Jean-Philippe Aumasson and Daniel J. Bernstein, "SipHash: a
 * fast short-input PRF" (2012), and its 128-bit variant by the same authors.
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

static void rounds(uint64_t v[4], int count)
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

static uint64_t read_word(const uint8_t *bytes)
{
	uint64_t word = 0;

	for (unsigned i = 0; i < 8; i++)
		word |= (uint64_t)bytes[i] << (8 * i);
	return word;
}

static void begin(struct cqrs__hash *hash, const uint8_t *key, uint64_t wide)
{
	const uint8_t *bytes = key ? key : fixed_key;
	uint64_t k0 = read_word(bytes);
	uint64_t k1 = read_word(bytes + 8);

	hash->v[0] = k0 ^ UINT64_C(0x736f6d6570736575);
	hash->v[1] = k1 ^ UINT64_C(0x646f72616e646f6d) ^ (wide == 0xee ? 0xee : 0);
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

static void absorb(struct cqrs__hash *hash, uint64_t word)
{
	hash->v[3] ^= word;
	rounds(hash->v, 2);
	hash->v[0] ^= word;
}

void cqrs__hash_bytes(struct cqrs__hash *hash, const void *data, size_t size)
{
	const uint8_t *bytes = data;
	unsigned filled = (unsigned)(hash->len & 7);

	hash->len += size;
	for (; size && filled; size--) {
		hash->tail |= (uint64_t)*bytes++ << (8 * filled);
		filled = (filled + 1) & 7;
		if (!filled) {
			absorb(hash, hash->tail);
			hash->tail = 0;
		}
	}
	for (; size >= 8; size -= 8, bytes += 8)
		absorb(hash, read_word(bytes));
	for (; size; size--)
		hash->tail |= (uint64_t)*bytes++ << (8 * filled++);
}

void cqrs__hash_number(struct cqrs__hash *hash, uint64_t number)
{
	uint8_t bytes[8];

	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(number >> (8 * i));
	cqrs__hash_bytes(hash, bytes, sizeof(bytes));
}

void cqrs__hash_text(struct cqrs__hash *hash, const char *text)
{
	static const char null_text[2] = { 1, 0 }; /* U+0001: what no stored name is */

	if (text)
		cqrs__hash_bytes(hash, text, strlen(text) + 1);
	else
		cqrs__hash_bytes(hash, null_text, sizeof(null_text));
}

static uint64_t fold(const struct cqrs__hash *hash)
{
	return hash->v[0] ^ hash->v[1] ^ hash->v[2] ^ hash->v[3];
}

uint64_t cqrs__hash_end(struct cqrs__hash *hash)
{
	absorb(hash, hash->tail | hash->len << 56);
	hash->v[2] ^= hash->wide;
	rounds(hash->v, 4);
	return fold(hash);
}

static void write_word(uint8_t *bytes, uint64_t word)
{
	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(word >> (8 * i));
}

void cqrs__hash_end_wide(struct cqrs__hash *hash, uint8_t out[16])
{
	write_word(out, cqrs__hash_end(hash));
	hash->v[1] ^= 0xdd;
	rounds(hash->v, 4);
	write_word(out + 8, fold(hash));
}
