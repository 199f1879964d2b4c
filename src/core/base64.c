/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* base64.c - see base64.h. */
#include "core/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void cqrs__base64_encode(const uint8_t *data, size_t size, char *out)
{
	for (; size >= 3; size -= 3, data += 3) {
		*out++ = digits[data[0] >> 2];
		*out++ = digits[(data[0] & 3) << 4 | data[1] >> 4];
		*out++ = digits[(data[1] & 15) << 2 | data[2] >> 6];
		*out++ = digits[data[2] & 63];
	}
	if (size == 0)
		return;
	*out++ = digits[data[0] >> 2];
	if (size == 1) {
		*out++ = digits[(data[0] & 3) << 4];
		*out++ = '=';
	} else {
		*out++ = digits[(data[0] & 3) << 4 | data[1] >> 4];
		*out++ = digits[(data[1] & 15) << 2];
	}
	*out = '=';
}

/* The value of a digit; 64 for any other character. */
static uint8_t value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (uint8_t)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (uint8_t)(c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (uint8_t)(c - '0' + 52);
	if (c == '+')
		return 62;
	return c == '/' ? 63 : 64;
}

static size_t padding_of(const char *text, size_t len)
{
	if (len == 0 || text[len - 1] != '=')
		return 0;
	return text[len - 2] == '=' ? 2 : 1;
}

bool cqrs__base64_decoded_size(const char *text, size_t len, size_t *out_size)
{
	size_t padding;

	if (len % 4 != 0)
		return false;
	padding = padding_of(text, len);
	for (size_t i = 0; i < len - padding; i++) {
		if (value_of(text[i]) > 63)
			return false;
	}
	/* The last digit before the padding has 2 or 4 bits that stand for nothing. */
	if (padding == 1 && value_of(text[len - 2]) & 3)
		return false;
	if (padding == 2 && value_of(text[len - 3]) & 15)
		return false;
	*out_size = len / 4 * 3 - padding;
	return true;
}

void cqrs__base64_decode(const char *text, size_t len, uint8_t *out)
{
	size_t digit_count = len - padding_of(text, len);
	uint32_t bits = 0;

	for (size_t i = 0; i < digit_count; i++) {
		bits = bits << 6 | value_of(text[i]);
		if (i % 4 != 0)
			*out++ = (uint8_t)(bits >> (6 - i % 4 * 2));
	}
}
