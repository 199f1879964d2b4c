/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* hash.c - hashes of names: one that lives in memory only, and one that is stored. */
#include "store/sqlite/sqlite_plan.h"

#include <string.h>

/* A step of a multiplicative hash; the odd number is 2^64 over the golden ratio. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}

uint64_t cqrs__sqlite_hash(uint64_t seed, const char *text, size_t len)
{
	uint64_t hash = mix(seed, len);
	uint64_t word = 0;

	if (len < sizeof(word)) {
		memcpy(&word, text, len);
		return mix(mix(hash, word), 0);
	}
	for (size_t at = 0; at + sizeof(word) < len; at += sizeof(word)) {
		memcpy(&word, text + at, sizeof(word));
		hash = mix(hash, word);
	}
	memcpy(&word, text + len - sizeof(word), sizeof(word)); /* some bytes once more, perhaps */
	return mix(mix(hash, word), 0);
}

int64_t cqrs__sqlite_key_hash(const char *key)
{
	struct cqrs_hash hash = cqrs_hash_bytes(key, strlen(key));
	int64_t number = 0;

	for (int i = 0; i < 6; i++)
		number = number << 8 | hash.bytes[i];
	return number - ((int64_t)1 << 47);
}
