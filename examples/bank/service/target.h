/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* target.h - what a request's path means. */
#ifndef BANK_TARGET_H
#define BANK_TARGET_H

#include <cqrs/limits.h>
#include <stddef.h>

enum route {
	ROUTE_NONE,
	ROUTE_HEALTH,  /* /health */
	ROUTE_ACCOUNT, /* /account/{id} */
	ROUTE_EVENTS,  /* /account/{id}/events */
};

struct target {
	enum route route;
	char account_id[CQRS_MAX_ID_LEN + 1]; /* decoded; "" where it is wrong or there is none */
	const char *wrong_id;                 /* what is wrong with it; NULL: nothing */
};

/*
 * The path of a target. One in absolute form, http://localhost:3030/health, has an authority
 * before it, which is not NUL-terminated; others have none: out_authority receives NULL.
 */
const char *target_path(const char *target, const char **out_authority, size_t *out_len);

/* Read a path as it was sent, still percent-encoded and without its query. */
void target_read(const char *path, struct target *out);

#endif
