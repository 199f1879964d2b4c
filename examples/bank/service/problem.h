/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* problem.h - what a client is told when a request does not succeed (RFC 9457). */
#ifndef BANK_PROBLEM_H
#define BANK_PROBLEM_H

#include <cqrs/cqrs.h>

struct problem {
	unsigned status;       /* HTTP's; 0: there is no problem */
	const char *code;      /* for programs; static */
	const char *detail;    /* a sentence for people; static, or NULL where err says it */
	const char *allow;     /* 405: the methods there are */
	bool must_close;       /* nobody knows where the next request begins: answered at once */
	struct cqrs_error err; /* what the library said; status CQRS_OK: nothing */
};

#define PROBLEM(http_status, problem_code, sentence) \
	((struct problem){ .status = (http_status), .code = (problem_code), .detail = (sentence) })

/* A body is longer than the service takes. */
struct problem problem_too_large(void);

/* The problem that a failed call of the library is for the client. */
struct problem problem_from_error(const struct cqrs_error *err);

/* Whether the request may succeed later: its answer says so with Retry-After. */
bool problem_is_temporary(const struct problem *problem);

#define PROBLEM_RETRY_AFTER_S "1"

/* The body of the answer, NUL-terminated, to be released with free(); NULL: no memory. */
char *problem_json(const struct problem *problem, size_t *out_len);

/* The phrase of a status: "Not Found". */
const char *problem_title(unsigned status);

#endif
