/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * limits.h - every limit of the library. A backend may publish smaller ones
 * (backend.h); the smaller one counts, and what exceeds it is refused with
 * CQRS_ERR_LIMIT before the backend is called.
 *
 * Lengths are bytes of UTF-8 without the NUL.
 */
#ifndef CQRS_LIMITS_H
#define CQRS_LIMITS_H

#include <stdint.h>

/* Names */
#define CQRS_MAX_TYPE_LEN 127   /* an aggregate, event, command, view or projection type */
#define CQRS_MAX_VERSION_LEN 31 /* an event's version */
#define CQRS_MAX_ID_LEN 255     /* an aggregate's or a view's id; at least 1 */
#define CQRS_MAX_KEY_LEN 255    /* an idempotency key; at least 1 */

/* Records */
#define CQRS_MAX_FIELDS 64             /* members of one record */
#define CQRS_MAX_NESTING 32            /* records and lists within each other */
#define CQRS_MAX_JSON_SIZE (16u << 20) /* one JSON document, 16 MiB */
#define CQRS_MAX_LIST_ITEMS (1u << 20) /* items of one list in a document */

/* Metadata of one command */
#define CQRS_MAX_METADATA_ENTRIES 64
#define CQRS_MAX_METADATA_SIZE (64u << 10) /* as JSON, 64 KiB */

/* One commit */
#define CQRS_MAX_COMMIT_EVENTS 65536u    /* events, over all its streams */
#define CQRS_MAX_COMMIT_SIZE (64u << 20) /* bytes of payload, metadata, views and entries */

/* One call */
#define CQRS_MAX_BATCH 4096u                  /* commands of one batch or unit of work */
#define CQRS_MAX_PAGE_ITEMS 4096u             /* items of one page of a read; more is cut to this */
#define CQRS_MAX_FEEDS 64u                    /* feeds of one store */
#define CQRS_MAX_SEQUENCE (UINT64_C(1) << 62) /* sequences, offsets and versions */

#endif
