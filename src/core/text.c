/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* text.c - UTF-8 after RFC 3629, section 4. */
#include "core/text.h"

#include <stdint.h>
#include <string.h>

static bool is_continuation(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* The length of the valid character at p, or 0. */
static size_t character_len(const unsigned char *p, size_t left)
{
	unsigned char c = p[0];

	if (c < 0x80)
		return 1;
	if (c < 0xc2 || c > 0xf4)
		return 0;
	if (left < 2 || !is_continuation(p[1]))
		return 0;
	if (c < 0xe0)
		return 2;
	if (left < 3 || !is_continuation(p[2]))
		return 0;
	if (c < 0xf0) {
		if ((c == 0xe0 && p[1] < 0xa0) || (c == 0xed && p[1] > 0x9f))
			return 0; /* a longer form than needed; a surrogate */
		return 3;
	}
	if (left < 4 || !is_continuation(p[3]))
		return 0;
	if ((c == 0xf0 && p[1] < 0x90) || (c == 0xf4 && p[1] > 0x8f))
		return 0; /* a longer form than needed; above U+10FFFF */
	return 4;
}

/* How many bytes are ASCII from the beginning on, in steps of eight but for the last ones. */
static size_t ascii_len(const char *p, size_t left)
{
	size_t len = 0;

	while (left - len >= 8) {
		if (cqrs__load_word(p + len) & CQRS__EACH_BYTE(0x80))
			return len;
		len += 8;
	}
	return cqrs__load_short(p + len, left - len) & CQRS__EACH_BYTE(0x80) ? len : left;
}

bool cqrs__utf8_valid(const char *text, size_t len)
{
	while (len) {
		size_t n = ascii_len(text, len);

		if (!n)
			n = character_len((const unsigned char *)text, len);
		if (!n)
			return false;
		text += n;
		len -= n;
	}
	return true;
}

bool cqrs__text_has_control(const char *text)
{
	for (const unsigned char *byte = (const unsigned char *)text; *byte; byte++) {
		if (*byte < 0x20 || *byte == 0x7f || (*byte == 0xc2 && byte[1] < 0xa0))
			return true;
	}
	return false;
}

size_t cqrs__utf8_cut(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t start = len;

	/* Back to the first byte of the last character: at most three continuation bytes. */
	while (start && len - start < 3 && is_continuation(p[start - 1]))
		start--;
	if (!start)
		return len;
	return character_len(p + start - 1, len - start + 1) ? len : start - 1;
}

void cqrs__text_tame(char *text)
{
	unsigned char *p = (unsigned char *)text;
	size_t left = strlen(text);

	while (left) {
		size_t len = character_len(p, left);
		bool control = len == 1 ? p[0] < 0x20 || p[0] == 0x7f
		                        : len == 2 && p[0] == 0xc2 && p[1] < 0xa0;

		if (control)
			memset(p, '?', len);
		if (!len) {
			*p = '?';
			len = 1;
		}
		p += len;
		left -= len;
	}
}
