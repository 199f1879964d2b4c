/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * text.c - the front's judgement of single names, and the words of its refusals.
 *
 * Every name of every commit passes here, so plain ASCII takes a short way.
 */
#include "store/front.h"

#include "core/text.h"

#include <stdio.h>
#include <string.h>

static void place_format(const struct cqrs__place *at, const char *member, char *out, size_t size)
{
	if (!at || !at->list)
		snprintf(out, size, "%s", member);
	else if (!at->sublist)
		snprintf(out, size, "%s[%zu]%s%s", at->list, at->index, *member ? "." : "", member);
	else
		snprintf(out, size, "%s[%zu].%s[%zu]%s%s", at->list, at->index, at->sublist,
		         at->subindex, *member ? "." : "", member);
}

enum cqrs_status cqrs__refuse(const struct cqrs__place *at, const char *member, const char *why,
                              struct cqrs_error *err)
{
	char place[128];

	place_format(at, member, place, sizeof(place));
	return cqrs_error_set(err, CQRS_ERR_INVALID, "%s %s", place, why);
}

enum cqrs_status cqrs__refuse_limit(const struct cqrs__place *at, const char *member,
                                    uint64_t limit, const char *unit, struct cqrs_error *err)
{
	char place[128];

	place_format(at, member, place, sizeof(place));
	return cqrs_error_set(err, CQRS_ERR_LIMIT, "%s is above the limit of %llu%s%s", place,
	                      (unsigned long long)limit, *unit ? " " : "", unit);
}

/* What is wrong with a text that is not plain, if anything. */
static enum cqrs_status check_closely(const char *text, size_t max_len, bool controls,
                                      const struct cqrs__place *at, const char *member,
                                      struct cqrs_error *err)
{
	size_t len;

	if (!text || !*text)
		return cqrs__refuse(at, member, "is missing or empty", err);
	len = strnlen(text, max_len + 1);
	if (len > max_len)
		return cqrs__refuse_limit(at, member, max_len, "bytes", err);
	if (!cqrs__utf8_valid(text, len))
		return cqrs__refuse(at, member, "is not valid UTF-8", err);
	if (!controls && cqrs__text_has_control(text))
		return cqrs__refuse(at, member, "has a control character", err);
	return CQRS_OK;
}

static enum cqrs_status check_text(const char *text, size_t max_len, bool controls,
                                   const struct cqrs__place *at, const char *member,
                                   struct cqrs_error *err)
{
	size_t len = text ? strnlen(text, max_len + 1) : 0;

	if (len > 0 && len <= max_len && !cqrs__text_has(text, len, cqrs__find_special))
		return CQRS_OK;
	return check_closely(text, max_len, controls, at, member, err);
}

enum cqrs_status cqrs__check_name(const char *text, size_t max_len, const struct cqrs__place *at,
                                  const char *member, struct cqrs_error *err)
{
	return check_text(text, max_len, false, at, member, err);
}

enum cqrs_status cqrs__check_id(const char *text, size_t max_len, const struct cqrs__place *at,
                                const char *member, struct cqrs_error *err)
{
	return check_text(text, max_len, true, at, member, err);
}

enum cqrs_status cqrs__check_stream(const struct cqrs_store *store,
                                    const struct cqrs_stream *stream, const struct cqrs__place *at,
                                    struct cqrs_error *err)
{
	enum cqrs_status status;

	status = cqrs__check_name(stream->type, CQRS_MAX_TYPE_LEN, at, "stream.type", err);
	if (status != CQRS_OK)
		return status;
	return cqrs__check_id(stream->id, store->limits.id_len, at, "stream.id", err);
}
