/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * error.h - how every function of the library says that it failed, and why.
 *
 * A status tells the caller what to do; a struct cqrs_error, which lives in the
 * caller's storage, tells a person what happened.
 */
#ifndef CQRS_ERROR_H
#define CQRS_ERROR_H

#include <cqrs/export.h>

CQRS_BEGIN_DECLS

enum cqrs_status { /* values are stored in logs and compiled into callers: never renumber */
	           CQRS_OK = 0,
	           CQRS_ERR_NOMEM = 1,
	           CQRS_ERR_INVALID = 2,  /* the caller broke a documented rule */
	           CQRS_ERR_CONFLICT = 3, /* another writer came first: reload, decide again */
	           CQRS_ERR_REJECTED = 4, /* the aggregate refused the command: tell the user */
	           CQRS_ERR_UNAVAILABLE =
	                   5,            /* out of reach and nothing was stored: may work later */
	           CQRS_ERR_CORRUPT = 6, /* stored bytes do not decode as the record they claim */
	           CQRS_ERR_UNSUPPORTED = 7, /* this backend lacks the capability */
	           CQRS_ERR_UNKNOWN =
	                   8, /* the store may or may not have stored it: ask, then retry */
	           CQRS_ERR_NOT_FOUND = 9, /* there is none, or it was deleted */
	           CQRS_ERR_LIMIT = 10,    /* larger than limits.h or the backend allows */
	           CQRS_ERR_TIMEOUT = 11,  /* the caller's deadline passed; nothing was stored */
	           CQRS_ERR_FAILED = 12,   /* a handler or service failed: log it, do not show it */
};

struct cqrs_error { /* lives in callers: its size never changes */
	enum cqrs_status status;
	int native_code;      /* the driver's own code (errno, SQLITE_BUSY, ...), or 0 */
	char message[256];    /* one line, without the values of a payload */
	char code[64];        /* a rejection's code, for programs; may be empty */
	char path[128];       /* where in a JSON document, or what moved in a conflict */
	char params[512];     /* a rejection's parameters, a JSON object; may be empty */
	uint64_t reserved[4]; /* zero */
};
/* clang-format off */
#define CQRS_ERROR_INIT { CQRS_OK, 0, "", "", "", "", { 0 } } /* C++ takes it too */
/* clang-format on */

/**
 * Fill *err unless it is NULL, and return status, so that a failure is one line.
 *
 * The message is cut at a whole UTF-8 character where it does not fit; control characters
 * and bytes that are not UTF-8 become '?', so that it is one line of text; code, path,
 * params and native_code are cleared.
 */
CQRS_API CQRS_PRINTF(3, 4) enum cqrs_status
cqrs_error_set(struct cqrs_error *err, enum cqrs_status status, const char *fmt, ...);

/** Set err->path (cut where it does not fit); NULL err does nothing. */
CQRS_API CQRS_PRINTF(2, 3) void cqrs_error_set_path(struct cqrs_error *err, const char *fmt, ...);

/** Put "context: " in front of err->message and return err->status; err may not be NULL. */
CQRS_API CQRS_PRINTF(2, 3) enum cqrs_status cqrs_error_prefix(struct cqrs_error *err,
                                                              const char *fmt, ...);

/** A status as a short lower-case word: "ok", "conflict", ...; "unknown status" for no status. */
CQRS_API const char *cqrs_status_name(enum cqrs_status status);

/** What cqrs_error_json() never exceeds, with its NUL. */
#define CQRS_ERROR_JSON_SIZE 6144

/**
 * Write an error as a JSON object fit for a response body:
 * {"status":"rejected","code":"...","message":"...","path":"...","params":{...}}
 * (code, path and params only where there are any).
 *
 * What a client must not see is left out: for CQRS_ERR_FAILED, CQRS_ERR_NOMEM,
 * CQRS_ERR_CORRUPT and CQRS_ERR_UNSUPPORTED the message is a general one.
 *
 * @param out       receives the text and its NUL
 * @param capacity  bytes of out; CQRS_ERROR_JSON_SIZE is always enough
 *
 * @return the text's length without its NUL, or 0 where capacity is too small (out is then "").
 */
CQRS_API size_t cqrs_error_json(const struct cqrs_error *err, char *out, size_t capacity);

CQRS_END_DECLS
#endif
