/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* media_type.h - what a Content-Type says of a body. */
#ifndef BANK_MEDIA_TYPE_H
#define BANK_MEDIA_TYPE_H

#include <stdbool.h>

/*
 * Whether a Content-Type (NULL: none) is application/json in UTF-8, which it is without a
 * charset too. Other parameters are passed over; one that is not well-formed makes it false.
 */
bool media_type_is_json(const char *content_type);

#endif
