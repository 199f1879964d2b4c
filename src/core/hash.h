/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* hash.h - SipHash, the library's one hash: for maps, feeds, fingerprints, command hashes. */
#ifndef CQRS_SRC_CORE_HASH_H
#define CQRS_SRC_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* A hash that is fed in pieces; the pieces' borders do not count. */
struct cqrs__hash {
	uint64_t v[4];
	uint64_t tail; /* bytes that do not fill a word yet, lowest first */
	uint64_t len;  /* bytes fed */
	uint64_t wide; /* 0xee for 128 bits of result, else 0xff */
};

/* key: 16 bytes, or NULL for the fixed key of results that are stored. */
void cqrs__hash_begin(struct cqrs__hash *hash, const uint8_t *key);
void cqrs__hash_begin_wide(struct cqrs__hash *hash, const uint8_t *key);
void cqrs__hash_bytes(struct cqrs__hash *hash, const void *data, size_t size);
void cqrs__hash_number(struct cqrs__hash *hash, uint64_t number);
/* A text with its NUL, so that the border between two texts counts. NULL is not "". */
void cqrs__hash_text(struct cqrs__hash *hash, const char *text);
uint64_t cqrs__hash_end(const struct cqrs__hash *hash);
/* The 128 bits of a hash begun wide. */
void cqrs__hash_end_wide(const struct cqrs__hash *hash, uint8_t out[16]);
/* The hash of two texts, each as by cqrs__hash_text(); key as above. */
uint64_t cqrs__hash_texts(const uint8_t *key, const char *first, const char *second);
/*
 * SipHash-1-3 of a number, lowest byte first, and a text behind it without its NUL: for
 * tables in memory with a secret key, which must not be filled in one place from outside.
 */
uint64_t cqrs__hash_entry(const uint8_t *key, uint64_t number, const char *text);
/* The 128 bits of a hash of one number. */
void cqrs__hash_number_wide(const uint8_t *key, uint64_t number, uint8_t out[16]);

#endif
