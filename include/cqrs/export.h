/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * export.h - what every other header needs: visibility, attributes, linkage.
 */
#ifndef CQRS_EXPORT_H
#define CQRS_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define CQRS_API __attribute__((visibility("default")))
#define CQRS_NODISCARD __attribute__((warn_unused_result))
#define CQRS_PRINTF(fmt_index, first) __attribute__((format(printf, fmt_index, first)))
#else
#define CQRS_API
#define CQRS_NODISCARD
#define CQRS_PRINTF(fmt_index, first)
#endif

#ifdef __cplusplus
#define CQRS_BEGIN_DECLS extern "C" {
#define CQRS_END_DECLS }
#else
#define CQRS_BEGIN_DECLS
#define CQRS_END_DECLS
#endif

/* An array written in place, as the pointer and the count that follow each other in a struct. */
#define CQRS_LIST_OF(type, ...) \
	(const type[]){ __VA_ARGS__ }, sizeof((const type[]){ __VA_ARGS__ }) / sizeof(type)

#endif
