/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * target.c - routes and account ids from paths.
 *
 * Segments are told apart before they are decoded, so that an id may hold a slash as
 * %2F. Nothing is normalised: "." and ".." are ids like others.
 */
#include "target.h"

#include "text.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decode one id into out (CQRS_MAX_ID_LEN + 1 bytes). Returns what is wrong, or NULL. */
static const char *decode_id(const char *encoded, size_t len, char *out)
{
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		char byte = encoded[i];

		if (byte == '%') {
			int high = i + 1 < len ? hex_digit(encoded[i + 1]) : -1;
			int low = i + 2 < len ? hex_digit(encoded[i + 2]) : -1;

			if (high < 0 || low < 0)
				return "the account id has a malformed percent escape";
			byte = (char)(high * 16 + low);
			i += 2;
		}
		if (used == CQRS_MAX_ID_LEN)
			return "the account id is longer than 255 bytes";
		out[used++] = byte;
	}
	if (used == 0)
		return "the account id is empty";
	if (!text_is_clean(out, used))
		return "the account id is not UTF-8 without control characters";
	out[used] = '\0';
	return NULL;
}

const char *target_path(const char *target, const char **out_authority, size_t *out_len)
{
	static const char scheme[] = "http://";

	*out_authority = NULL;
	*out_len = 0;
	if (strncasecmp(target, scheme, strlen(scheme)) != 0)
		return target;
	*out_authority = target + strlen(scheme);
	*out_len = strcspn(*out_authority, "/");
	return *out_authority + *out_len;
}

void target_read(const char *path, struct target *out)
{
	static const char accounts[] = "/account/";
	const char *id = path + strlen(accounts), *rest;

	*out = (struct target){ .route = ROUTE_NONE };
	if (strcmp(path, "/health") == 0) {
		out->route = ROUTE_HEALTH;
		return;
	}
	if (strncmp(path, accounts, strlen(accounts)) != 0)
		return;
	rest = id + strcspn(id, "/");
	if (*rest == '\0')
		out->route = ROUTE_ACCOUNT;
	else if (strcmp(rest, "/events") == 0)
		out->route = ROUTE_EVENTS;
	else
		return;
	out->wrong_id = decode_id(id, (size_t)(rest - id), out->account_id);
	if (out->wrong_id)
		out->account_id[0] = '\0';
}
