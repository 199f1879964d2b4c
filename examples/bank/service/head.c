/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* head.c - framing, host, route, method, media type and key, in this order. */
#include "head.h"

#include "media_type.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The headers that decide something, each of which may come once. */
struct head {
	const char *host, *content_length, *transfer_encoding;
	const char *content_type, *content_encoding, *idempotency_key;
	bool has_repeated;   /* one of them came twice */
	bool has_wrong_name; /* the name of a header is no token */
};

/* Whether a header's name is one (RFC 9110 5.6.2): no blanks above all, which others drop. */
static bool is_token(const char *name)
{
	static const char allowed[] = "!#$%&'*+-.^_`|~0123456789"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

	return *name && name[strspn(name, allowed)] == '\0';
}

static enum MHD_Result gather(void *cls, enum MHD_ValueKind kind, const char *name,
                              const char *value)
{
	struct head *head = cls;
	const struct {
		const char *name;
		const char **value;
	} wanted[] = {
		{ "Host", &head->host },
		{ "Content-Length", &head->content_length },
		{ "Transfer-Encoding", &head->transfer_encoding },
		{ "Content-Type", &head->content_type },
		{ "Content-Encoding", &head->content_encoding },
		{ "Idempotency-Key", &head->idempotency_key },
	};

	(void)kind;
	if (!is_token(name))
		head->has_wrong_name = true;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		if (strcasecmp(name, wanted[i].name) != 0)
			continue;
		if (*wanted[i].value)
			head->has_repeated = true;
		*wanted[i].value = value ? value : "";
	}
	return MHD_YES;
}

/* libmicrohttpd takes the first of several lengths, prefers an encoding to a length, and reads
 * an encoding it does not know until the connection closes, and passes over a header with a
 * blank before its colon: none of that is for guessing. */
static bool judge_framing(const struct head *head, struct problem *problem)
{
	if (head->has_wrong_name)
		*problem = PROBLEM(400, "malformed_request",
		                   "a header's name is not one, or a blank follows it");
	else if (head->has_repeated)
		*problem =
			PROBLEM(400, "malformed_request", "a header came twice that may come once");
	else if (head->transfer_encoding && head->content_length)
		*problem = PROBLEM(400, "malformed_request",
		                   "the request has both a length and a transfer encoding");
	else if (head->transfer_encoding && strcasecmp(head->transfer_encoding, "chunked") != 0)
		*problem =
			PROBLEM(400, "malformed_request", "the transfer encoding is not chunked");
	problem->must_close = problem->status != 0;
	return problem->status == 0;
}

/* The authority of a target comes before the Host, which has to be there all the same. */
static bool judge_host(const struct listener *listener, const struct head *head,
                       const char *authority, size_t len, struct problem *problem)
{
	if (!head->host) {
		authority = NULL;
	} else if (!authority) {
		authority = head->host;
		len = strlen(authority);
	}
	if (listener_serves(listener, authority, len))
		return true;
	*problem = PROBLEM(400, "unknown_host", "the service does not answer to this Host");
	return false;
}

static bool judge_method(const char *method, struct request *request)
{
	bool is_account = request->target.route == ROUTE_ACCOUNT;
	bool reads;

	request->is_head = strcmp(method, "HEAD") == 0;
	reads = request->is_head || strcmp(method, "GET") == 0;
	request->is_command = is_account && strcmp(method, "POST") == 0;
	if (reads || request->is_command)
		return true;
	request->problem = PROBLEM(405, "method_not_allowed", "this resource has no such method");
	request->problem.allow = is_account ? "GET, HEAD, POST" : "GET, HEAD";
	return false;
}

static bool judge_command(const struct head *head, struct request *request)
{
	const char *key = head->idempotency_key;
	size_t key_len = key ? strlen(key) : 0;

	if (!media_type_is_json(head->content_type) || head->content_encoding)
		request->problem = PROBLEM(415, "unsupported_media_type",
		                           "a command is sent as application/json in UTF-8, "
		                           "not compressed");
	else if (key &&
	         (key_len == 0 || key_len > CQRS_MAX_KEY_LEN || !text_is_clean(key, key_len)))
		request->problem = PROBLEM(400, "invalid_idempotency_key",
		                           "an Idempotency-Key is 1 to 255 bytes of UTF-8 "
		                           "without control characters");
	request->idempotency_key = key;
	return request->problem.status == 0;
}

/* A length that is not a number was refused by libmicrohttpd before. */
static bool is_too_long(const char *content_length)
{
	return content_length && strtoull(content_length, NULL, 10) > REQUEST_MAX_BODY;
}

void head_judge(const struct listener *listener, struct MHD_Connection *mhd, const char *method,
                const char *url, struct request *request)
{
	struct head head = { 0 };
	const char *authority;
	size_t authority_len;
	const char *path = target_path(url, &authority, &authority_len);

	MHD_get_connection_values(mhd, MHD_HEADER_KIND, gather, &head);
	if (!judge_framing(&head, &request->problem) ||
	    !judge_host(listener, &head, authority, authority_len, &request->problem))
		return;
	target_read(path, &request->target);
	if (request->target.route == ROUTE_NONE) {
		request->problem = PROBLEM(404, "not_found", "there is nothing at this path");
		return;
	}
	if (!judge_method(method, request))
		return;
	if (request->target.wrong_id) {
		request->problem = PROBLEM(400, "invalid_account_id", request->target.wrong_id);
		return;
	}
	if (request->is_command && !judge_command(&head, request))
		return;
	if (is_too_long(head.content_length))
		request->problem = problem_too_large();
}
