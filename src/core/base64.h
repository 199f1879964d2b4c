/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * base64.h - base64 of RFC 4648 section 4: padded, without line breaks, and read strictly,
 * so that each sequence of bytes has exactly one text.
 */
#ifndef CQRS_SRC_CORE_BASE64_H
#define CQRS_SRC_CORE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Characters of the text of size bytes; size is at most SIZE_MAX / 2. */
static inline size_t cqrs__base64_encoded_len(size_t size)
{
	return (size + 2) / 3 * 4;
}

/* Write cqrs__base64_encoded_len(size) characters, without a NUL. */
void cqrs__base64_encode(const uint8_t *data, size_t size, char *out);

/*
 * Whether text is base64, and how many bytes it stands for. What follows the padding,
 * other characters, and bits that are set but not used make it false.
 */
bool cqrs__base64_decoded_size(const char *text, size_t len, size_t *out_size);

/* Write the bytes of a text that cqrs__base64_decoded_size() found true. */
void cqrs__base64_decode(const char *text, size_t len, uint8_t *out);

#endif
