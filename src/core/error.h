/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* error.h - what the library's own files may do with an error beyond cqrs/error.h. */
#ifndef CQRS_SRC_CORE_ERROR_H
#define CQRS_SRC_CORE_ERROR_H

#include <cqrs/error.h>

#include <string.h>

/* Make it what CQRS_ERROR_INIT is, as far as anyone may look: its texts are a kilobyte. */
static inline void cqrs__error_clear(struct cqrs_error *err)
{
	err->status = CQRS_OK;
	err->native_code = 0;
	err->message[0] = '\0';
	err->code[0] = '\0';
	err->path[0] = '\0';
	err->params[0] = '\0';
	memset(err->reserved, 0, sizeof(err->reserved));
}

#endif
