/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * text.h - UTF-8 (RFC 3629): whether bytes are it, and where to cut it; and plain ASCII,
 * which most text is, eight bytes at a time.
 */
#ifndef CQRS_SRC_CORE_TEXT_H
#define CQRS_SRC_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Whether len bytes are valid UTF-8 (shortest forms, no surrogates, at most U+10FFFF). */
bool cqrs__utf8_valid(const char *text, size_t len);

/* The largest number of bytes at or below len that does not cut a character in two. */
size_t cqrs__utf8_cut(const char *text, size_t len);

/* Whether valid UTF-8 has a control character: below U+0020, or U+007F to U+009F. */
bool cqrs__text_has_control(const char *text);

/* Replace control characters (also U+0080 to U+009F) and what is not UTF-8 by '?'. */
void cqrs__text_tame(char *text);

/* ---- eight bytes at a time ---- */

#define CQRS__EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/*
 * The highest bit of one byte at least is set if any of eight bytes is a control character
 * (below 0x20, or 0x7f) or not ASCII: the sums carry or borrow from byte to byte only where
 * there is one.
 */
static inline uint64_t cqrs__find_special(uint64_t word)
{
	return word | (word - CQRS__EACH_BYTE(0x20)) | (word + CQRS__EACH_BYTE(0x01));
}

static inline uint64_t cqrs__load_word(const char *text)
{
	uint64_t word;

	memcpy(&word, text, sizeof(word));
	return word;
}

/* Up to seven bytes in one word, some of them twice, with blanks in between. */
static inline uint64_t cqrs__load_short(const char *text, size_t len)
{
	uint64_t word = CQRS__EACH_BYTE(' ');
	char *bytes = (char *)&word;

	if (len >= 4) {
		memcpy(bytes, text, 4);
		memcpy(bytes + 4, text + len - 4, 4);
	} else if (len > 0) {
		bytes[0] = text[0];
		bytes[1] = text[len / 2];
		bytes[2] = text[len - 1];
	}
	return word;
}

/*
 * Whether find, which is cqrs__find_special() or finds more than it, finds anything in a
 * text. Nearly always it does not, so there is one question at the end.
 */
static inline bool cqrs__text_has(const char *text, size_t len, uint64_t (*find)(uint64_t word))
{
	uint64_t found = 0;

	if (len < sizeof(uint64_t))
		return (find(cqrs__load_short(text, len)) & CQRS__EACH_BYTE(0x80)) != 0;
	for (size_t i = 0; i + sizeof(uint64_t) < len; i += sizeof(uint64_t))
		found |= find(cqrs__load_word(text + i));
	found |= find(cqrs__load_word(text + len - sizeof(uint64_t)));
	return (found & CQRS__EACH_BYTE(0x80)) != 0;
}

#endif
