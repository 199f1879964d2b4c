/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * url.c - takes the URL of a store apart, the same way for every backend.
 *
 * A URL may hold a password, so no message quotes any part of it but the names of options.
 */
#include <cqrs/backend.h>

#include <string.h>

static enum cqrs_status out_of_memory(struct cqrs_error *err)
{
	return cqrs_error_set(err, CQRS_ERR_NOMEM, "out of memory");
}

static int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

/* Copy a text with its %XX decoded. */
static enum cqrs_status decode(const char *text, size_t len, struct cqrs_arena *arena,
                               const char **out_text, struct cqrs_error *err)
{
	char *decoded = cqrs_arena_allocate(arena, len + 1);
	size_t used = 0;

	if (!decoded)
		return out_of_memory(err);
	for (size_t i = 0; i < len; i++) {
		int high = 0;
		int low = 0;

		if (text[i] != '%') {
			decoded[used++] = text[i];
			continue;
		}
		high = i + 1 < len ? hex_digit(text[i + 1]) : -1;
		low = i + 2 < len ? hex_digit(text[i + 2]) : -1;
		if (high < 0 || low < 0)
			return cqrs_error_set(
				err, CQRS_ERR_INVALID,
				"the URL has a '%%' without the two digits of a byte");
		if (high + low == 0)
			return cqrs_error_set(err, CQRS_ERR_INVALID,
			                      "the URL has a control character: '%%00'");
		decoded[used++] = (char)(high * 16 + low);
		i += 2;
	}
	decoded[used] = '\0';
	*out_text = decoded;
	return CQRS_OK;
}

static enum cqrs_status parse_option(const char *text, size_t len, struct cqrs_arena *arena,
                                     struct cqrs_url_option *out_option, struct cqrs_error *err)
{
	const char *equals = memchr(text, '=', len);
	size_t name_len;
	enum cqrs_status status;

	if (!equals || equals == text)
		return cqrs_error_set(err, CQRS_ERR_INVALID,
		                      "an option of the URL is not written as name=value");
	name_len = (size_t)(equals - text);
	status = decode(text, name_len, arena, &out_option->name, err);
	if (status != CQRS_OK)
		return status;
	return decode(equals + 1, len - name_len - 1, arena, &out_option->value, err);
}

static enum cqrs_status check_names(const struct cqrs_url_option *options, size_t count,
                                    struct cqrs_error *err)
{
	for (size_t i = 1; i < count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (strcmp(options[i].name, options[j].name) == 0)
				return cqrs_error_set(err, CQRS_ERR_INVALID,
				                      "the URL has the option '%s' twice",
				                      options[i].name);
		}
	}
	return CQRS_OK;
}

static size_t count_options(const char *query)
{
	size_t count = 1;

	for (; *query; query++)
		count += *query == '&';
	return count;
}

static enum cqrs_status parse_options(const char *query, struct cqrs_arena *arena,
                                      struct cqrs_url *url, struct cqrs_error *err)
{
	size_t count = count_options(query);
	struct cqrs_url_option *options;
	enum cqrs_status status = CQRS_OK;

	if (count > 64) /* no backend knows as many: the check below stays short */
		return cqrs_error_set(err, CQRS_ERR_INVALID, "the URL has more than 64 options");
	options = cqrs_arena_allocate(arena, count * sizeof(*options));
	if (!options)
		return out_of_memory(err);
	for (size_t i = 0; status == CQRS_OK && i < count; i++) {
		size_t len = strcspn(query, "&");

		status = parse_option(query, len, arena, &options[i], err);
		query += len + 1;
	}
	if (status == CQRS_OK)
		status = check_names(options, count, err);
	url->options = options;
	url->option_count = count;
	return status;
}

enum cqrs_status cqrs_url_parse(const char *url, struct cqrs_arena *arena, struct cqrs_url *out_url,
                                struct cqrs_error *err)
{
	struct cqrs_url parsed = { .path = NULL };
	const char *rest = strchr(url, ':');
	const char *query;
	enum cqrs_status status;

	if (!rest || rest == url)
		return cqrs_error_set(err, CQRS_ERR_INVALID,
		                      "the URL does not begin with a scheme");
	rest++;
	query = rest + strcspn(rest, "?");
	status = decode(rest, (size_t)(query - rest), arena, &parsed.path, err);
	if (status == CQRS_OK && *query)
		status = parse_options(query + 1, arena, &parsed, err);
	if (status != CQRS_OK)
		return status;
	*out_url = parsed;
	return CQRS_OK;
}

enum cqrs_status cqrs_url_number(const struct cqrs_url_option *option, uint64_t min, uint64_t max,
                                 uint64_t *out_number, struct cqrs_error *err)
{
	uint64_t number = 0;
	const char *digit = option->value;
	bool fits = *digit != '\0';

	for (; fits && *digit; digit++) {
		uint64_t value = (uint64_t)(*digit - '0');

		fits = *digit >= '0' && *digit <= '9' && number <= (UINT64_MAX - value) / 10;
		number = number * 10 + value;
	}
	if (!fits || number < min || number > max)
		return cqrs_error_set(err, CQRS_ERR_INVALID,
		                      "option '%s' is not a number from %llu to %llu", option->name,
		                      (unsigned long long)min, (unsigned long long)max);
	*out_number = number;
	return CQRS_OK;
}
