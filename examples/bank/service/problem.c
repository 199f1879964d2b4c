/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * problem.c - statuses of the library as statuses of HTTP, and the body that says more.
 *
 * Beside the members of RFC 9457 a body has "code", and "message" and "params" of a
 * rejection, or "path" and "reason" of a command that cannot be read.
 */
#include "problem.h"

#include <microhttpd.h>
#include <string.h>
#include <yyjson.h>

static unsigned http_status(const struct cqrs_error *err)
{
	switch (err->status) {
	case CQRS_OK:
		return 0;
	case CQRS_ERR_REJECTED:
		return 400;
	case CQRS_ERR_INVALID:
		return strcmp(err->code, "idempotency_key_reused") == 0 ? 422 : 400;
	case CQRS_ERR_NOT_FOUND:
		return 404;
	case CQRS_ERR_CONFLICT:
		return 409;
	case CQRS_ERR_LIMIT:
		return 413;
	case CQRS_ERR_UNAVAILABLE:
	case CQRS_ERR_UNKNOWN:
	case CQRS_ERR_TIMEOUT:
	case CQRS_ERR_NOMEM:
		return 503;
	case CQRS_ERR_CORRUPT:
	case CQRS_ERR_UNSUPPORTED:
	case CQRS_ERR_FAILED:
		return 500;
	}
	return 500;
}

/* The code of a problem whose error carries none. */
static const char *error_code(enum cqrs_status status)
{
	switch (status) {
	case CQRS_OK:
	case CQRS_ERR_FAILED:
	case CQRS_ERR_CORRUPT:
	case CQRS_ERR_UNSUPPORTED:
		return "internal_error";
	case CQRS_ERR_REJECTED:
		return "rejected";
	case CQRS_ERR_INVALID:
		return "invalid_command";
	case CQRS_ERR_NOT_FOUND:
		return "not_found";
	case CQRS_ERR_CONFLICT:
		return "conflict";
	case CQRS_ERR_LIMIT:
		return "too_large";
	case CQRS_ERR_UNAVAILABLE:
	case CQRS_ERR_TIMEOUT:
	case CQRS_ERR_NOMEM:
		return "unavailable";
	case CQRS_ERR_UNKNOWN:
		return "unknown_outcome";
	}
	return "internal_error";
}

/* What a client may be told instead of the error's own words; NULL: those. */
static const char *error_detail(enum cqrs_status status)
{
	switch (status) {
	case CQRS_ERR_REJECTED:
	case CQRS_ERR_INVALID:
	case CQRS_ERR_CONFLICT:
	case CQRS_ERR_LIMIT:
		return NULL;
	case CQRS_ERR_NOT_FOUND:
		return "there is no such account";
	case CQRS_ERR_UNAVAILABLE:
	case CQRS_ERR_TIMEOUT:
	case CQRS_ERR_NOMEM:
		return "the service cannot do this now; nothing was stored";
	case CQRS_ERR_UNKNOWN:
		return "it is not known whether the command was stored: "
		       "retry with the same Idempotency-Key";
	case CQRS_OK:
	case CQRS_ERR_FAILED:
	case CQRS_ERR_CORRUPT:
	case CQRS_ERR_UNSUPPORTED:
		return "the service failed";
	}
	return "the service failed";
}

struct problem problem_from_error(const struct cqrs_error *err)
{
	return (struct problem){ .status = http_status(err),
		                 .code = error_code(err->status),
		                 .detail = error_detail(err->status),
		                 .err = *err };
}

struct problem problem_too_large(void)
{
	struct problem problem = PROBLEM(413, "too_large", "the body is longer than 64 KiB");

	problem.must_close = true;
	return problem;
}

bool problem_is_temporary(const struct problem *problem)
{
	return problem->status == 503;
}

const char *problem_title(unsigned status)
{
	return MHD_get_reason_phrase_for(status);
}

/* What the library said of a command, in members of their own. */
static bool add_error(yyjson_mut_doc *doc, yyjson_mut_val *root, const struct cqrs_error *err)
{
	bool rejected = err->status == CQRS_ERR_REJECTED;
	bool added =
		yyjson_mut_obj_add_str(doc, root, rejected ? "message" : "reason", err->message);

	if (!rejected)
		added = added && yyjson_mut_obj_add_str(doc, root, "path", err->path);
	if (err->params[0]) {
		yyjson_doc *params = yyjson_read(err->params, strlen(err->params), 0);

		added = added && params &&
		        yyjson_mut_obj_add_val(
				doc, root, "params",
				yyjson_val_mut_copy(doc, yyjson_doc_get_root(params)));
		yyjson_doc_free(params);
	}
	return added;
}

char *problem_json(const struct problem *problem, size_t *out_len)
{
	yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
	yyjson_mut_val *root = yyjson_mut_obj(doc);
	const char *code = problem->err.code[0] ? problem->err.code : problem->code;
	bool from_library = !problem->detail;
	const char *detail = from_library ? problem->err.message : problem->detail;
	char *json = NULL;

	yyjson_mut_doc_set_root(doc, root);
	if (yyjson_mut_obj_add_str(doc, root, "type", "about:blank") &&
	    yyjson_mut_obj_add_str(doc, root, "title", problem_title(problem->status)) &&
	    yyjson_mut_obj_add_uint(doc, root, "status", problem->status) &&
	    yyjson_mut_obj_add_str(doc, root, "detail", detail) &&
	    yyjson_mut_obj_add_str(doc, root, "code", code) &&
	    (!from_library || add_error(doc, root, &problem->err)))
		json = yyjson_mut_write(doc, 0, out_len);
	yyjson_mut_doc_free(doc);
	return json;
}
