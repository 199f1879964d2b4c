/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * error_json.c - an error as a JSON object for a response body.
 *
 * Written with yyjson into memory on the stack: an error is often reported when there is
 * no other memory left.
 */
#include "core/text.h"

#include <cqrs/error.h>

#include <string.h>
#include <yyjson.h>

/* Statuses whose message is meant for whoever sent the command. */
static bool is_public(enum cqrs_status status)
{
	switch (status) {
	case CQRS_OK:
	case CQRS_ERR_INVALID:
	case CQRS_ERR_CONFLICT:
	case CQRS_ERR_REJECTED:
	case CQRS_ERR_UNAVAILABLE:
	case CQRS_ERR_UNKNOWN:
	case CQRS_ERR_NOT_FOUND:
	case CQRS_ERR_LIMIT:
	case CQRS_ERR_TIMEOUT:
		return true;
	case CQRS_ERR_NOMEM:
	case CQRS_ERR_CORRUPT:
	case CQRS_ERR_UNSUPPORTED:
	case CQRS_ERR_FAILED:
		return false;
	}
	return false;
}

static void add_text(yyjson_mut_doc *doc, const char *name, const char *text)
{
	size_t len = strlen(text);

	if (!cqrs__utf8_valid(text, len)) {
		text = "(not valid UTF-8)";
		len = strlen(text);
	}
	yyjson_mut_obj_add_strn(doc, yyjson_mut_doc_get_root(doc), name, text, len);
}

static void add_params(yyjson_mut_doc *doc, const struct cqrs_error *err, const yyjson_alc *alc)
{
	char text[sizeof(err->params)];
	yyjson_doc *params;

	memcpy(text, err->params, sizeof(text));
	params = yyjson_read_opts(text, strlen(text), YYJSON_READ_NOFLAG, alc, NULL);
	if (params && yyjson_is_obj(yyjson_doc_get_root(params)))
		yyjson_mut_obj_add_val(doc, yyjson_mut_doc_get_root(doc), "params",
		                       yyjson_val_mut_copy(doc, yyjson_doc_get_root(params)));
}

size_t cqrs_error_json(const struct cqrs_error *err, char *out, size_t capacity)
{
	char memory[48 << 10];
	yyjson_alc alc;
	yyjson_mut_doc *doc;
	char *json;
	size_t len = 0;

	if (capacity)
		out[0] = '\0';
	yyjson_alc_pool_init(&alc, memory, sizeof(memory));
	doc = yyjson_mut_doc_new(&alc);
	if (!doc)
		return 0;
	yyjson_mut_doc_set_root(doc, yyjson_mut_obj(doc));
	add_text(doc, "status", cqrs_status_name(err->status));
	if (is_public(err->status)) {
		if (err->code[0])
			add_text(doc, "code", err->code);
		add_text(doc, "message", err->message);
		if (err->path[0])
			add_text(doc, "path", err->path);
		if (err->params[0])
			add_params(doc, err, &alc);
	} else {
		add_text(doc, "message", "the request could not be processed");
	}
	json = yyjson_mut_write_opts(doc, YYJSON_WRITE_NOFLAG, &alc, &len, NULL);
	if (!json || len >= capacity)
		return 0;
	memcpy(out, json, len + 1);
	return len;
}
