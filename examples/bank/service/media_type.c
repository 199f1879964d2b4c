/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* media_type.c - reads a Content-Type (RFC 9110 8.3.1). */
#include "media_type.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t"

static bool equals(const char *text, size_t len, const char *word)
{
	return len == strlen(word) && strncasecmp(text, word, len) == 0;
}

/* How long the quoted string at text is, with its quotes; 0: it does not end. */
static size_t quoted_len(const char *text)
{
	size_t len = 1;

	while (text[len] != '\0' && text[len] != '"')
		len += text[len] == '\\' && text[len + 1] != '\0' ? 2 : 1;
	return text[len] == '"' ? len + 1 : 0;
}

static bool is_utf8(const char *value, size_t len)
{
	return equals(value, len, "utf-8") || equals(value, len, "\"utf-8\"");
}

/* Read one parameter, and blanks behind it; they may be all there is. Returns what follows, or
 * NULL: it is not well-formed, or a charset that is not UTF-8. */
static const char *read_parameter(const char *text)
{
	const char *name = text + strspn(text, BLANKS), *value;
	size_t name_len = strcspn(name, "=;" BLANKS), value_len;

	if (name_len == 0 && *name != '=')
		return name;
	if (name_len == 0 || name[name_len] != '=')
		return NULL;
	value = name + name_len + 1;
	value_len = *value == '"' ? quoted_len(value) : strcspn(value, ";\"" BLANKS);
	if (value_len == 0 || (equals(name, name_len, "charset") && !is_utf8(value, value_len)))
		return NULL;
	return value + value_len + strspn(value + value_len, BLANKS);
}

bool media_type_is_json(const char *content_type)
{
	size_t type_len = content_type ? strcspn(content_type, ";" BLANKS) : 0;
	const char *at;

	if (!content_type || !equals(content_type, type_len, "application/json"))
		return false;
	at = content_type + type_len + strspn(content_type + type_len, BLANKS);
	while (at && *at == ';')
		at = read_parameter(at + 1);
	return at && *at == '\0';
}
