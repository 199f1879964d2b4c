/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* text.h - UTF-8 from strangers: which of it is fit to be kept. */
#ifndef BANK_TEXT_H
#define BANK_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Whether text is valid UTF-8 without control characters (U+0000 to 1F, U+007F to 9F). */
bool text_is_clean(const char *text, size_t len);

/*
 * Copy what fits, and a NUL; each byte that is not part of a valid character, or is of a
 * control character, becomes '?'. A character is never cut in two.
 */
void text_copy_clean(char *out, size_t capacity, const char *text);

#endif
