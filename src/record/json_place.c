/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * json_place.c - which member or item of a document a byte belongs to.
 *
 * The parser says at which byte it gave up; a person wants "ledger[3].memo". The text up
 * to that byte is known to be well formed, so that strings, brackets and commas suffice
 * to find out.
 */
#include "core/text.h"
#include "record/json.h"
#include "record/path.h"

#include <string.h>

#define NAME_SIZE 64 /* more than a path shows of a name */

struct level {
	bool is_object;
	char name[NAME_SIZE]; /* the current member's; "": none yet */
	size_t index;         /* the current item's */
};

struct place {
	struct level levels[CQRS_MAX_NESTING];
	size_t depth; /* may exceed CQRS_MAX_NESTING: deeper levels are not kept */
};

static struct level *innermost(struct place *place)
{
	if (place->depth == 0 || place->depth > CQRS_MAX_NESTING)
		return NULL;
	return &place->levels[place->depth - 1];
}

/* Where the string that begins at the quote ends; end if it does not. */
static const char *skip_string(const char *quote, const char *end)
{
	const char *at = quote + 1;

	for (; at < end && *at != '"'; at++) {
		if (*at == '\\' && at + 1 < end)
			at++;
	}
	return at;
}

static void take_name(struct level *level, const char *name, size_t len)
{
	if (len > NAME_SIZE - 1)
		len = cqrs__utf8_cut(name, NAME_SIZE - 1);
	memcpy(level->name, name, len);
	level->name[len] = '\0';
}

static void open_level(struct place *place, bool is_object)
{
	struct level *level;

	place->depth++;
	level = innermost(place);
	if (!level)
		return;
	level->is_object = is_object;
	level->name[0] = '\0';
	level->index = 0;
}

static void next_in_level(struct level *level)
{
	if (!level)
		return;
	level->name[0] = '\0';
	level->index++;
}

static void find_place(struct place *place, const char *at, const char *end)
{
	for (; at < end; at++) {
		struct level *level = innermost(place);

		if (*at == '"') {
			const char *quote = at;

			at = skip_string(quote, end);
			if (at < end && level && level->is_object && !level->name[0])
				take_name(level, quote + 1, (size_t)(at - quote) - 1);
		} else if (*at == '{' || *at == '[') {
			open_level(place, *at == '{');
		} else if (*at == '}' || *at == ']') {
			place->depth--;
		} else if (*at == ',') {
			next_in_level(level);
		}
	}
}

enum cqrs_status cqrs__json_error_at(struct cqrs_text json, size_t position, struct cqrs_error *err,
                                     const char *fmt, ...)
{
	struct place place = { .depth = 0 };
	struct cqrs__path steps[CQRS_MAX_NESTING];
	const struct cqrs__path *path = NULL;
	va_list args;

	if (!err)
		return CQRS_ERR_INVALID;
	if (json.len)
		find_place(&place, json.data,
		           json.data + (position < json.len ? position : json.len));
	for (size_t i = 0; i < place.depth && i < CQRS_MAX_NESTING; i++) {
		const struct level *level = &place.levels[i];

		if (level->is_object && !level->name[0])
			break; /* between two members */
		steps[i] = (struct cqrs__path){ path, level->is_object ? level->name : NULL,
			                        level->index };
		path = &steps[i];
	}
	va_start(args, fmt);
	cqrs__path_error_v(path, err, CQRS_ERR_INVALID, fmt, args);
	va_end(args);
	return CQRS_ERR_INVALID;
}
