/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* text.h - UTF-8 (RFC 3629): whether bytes are it, and where to cut it. */
#ifndef CQRS_SRC_CORE_TEXT_H
#define CQRS_SRC_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Whether len bytes are valid UTF-8 (shortest forms, no surrogates, at most U+10FFFF). */
bool cqrs__utf8_valid(const char *text, size_t len);

/* The largest number of bytes at or below len that does not cut a character in two. */
size_t cqrs__utf8_cut(const char *text, size_t len);

/* Replace control characters (also U+0080 to U+009F) and what is not UTF-8 by '?'. */
void cqrs__text_tame(char *text);

#endif
