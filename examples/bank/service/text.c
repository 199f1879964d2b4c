/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* text.c - validates and cleans UTF-8. */
#include "text.h"

#include <string.h>

/* How long the well-formed character at text is (Unicode 15, table 3-7); 0: there is none. */
static size_t character_len(const unsigned char *text, size_t len)
{
	unsigned char low = 0x80, high = 0xBF; /* what the second byte may be */
	size_t size;

	if (text[0] < 0x80)
		return 1;
	if (text[0] >= 0xC2 && text[0] <= 0xDF)
		size = 2;
	else if (text[0] >= 0xE0 && text[0] <= 0xEF)
		size = 3;
	else if (text[0] >= 0xF0 && text[0] <= 0xF4)
		size = 4;
	else
		return 0;
	if (text[0] == 0xE0)
		low = 0xA0; /* shorter forms exist */
	else if (text[0] == 0xED)
		high = 0x9F; /* surrogates */
	else if (text[0] == 0xF0)
		low = 0x90;
	else if (text[0] == 0xF4)
		high = 0x8F; /* beyond U+10FFFF */
	if (size > len || text[1] < low || text[1] > high)
		return 0;
	for (size_t i = 2; i < size; i++)
		if ((text[i] & 0xC0) != 0x80)
			return 0;
	return size;
}

static bool is_control(const unsigned char *character)
{
	return character[0] < 0x20 || character[0] == 0x7F ||
	       (character[0] == 0xC2 && character[1] < 0xA0);
}

bool text_is_clean(const char *text, size_t len)
{
	const unsigned char *at = (const unsigned char *)text;

	for (size_t size; len > 0; at += size, len -= size) {
		size = character_len(at, len);
		if (size == 0 || is_control(at))
			return false;
	}
	return true;
}

void text_copy_clean(char *out, size_t capacity, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t len = strlen(text), used = 0;

	while (len > 0) {
		size_t size = character_len(at, len);
		bool clean = size > 0 && !is_control(at);

		if (size == 0)
			size = 1;
		if (used + (clean ? size : 1) >= capacity)
			break;
		if (clean)
			memcpy(out + used, at, size);
		else
			out[used] = '?';
		used += clean ? size : 1;
		at += size;
		len -= size;
	}
	out[used] = '\0';
}
