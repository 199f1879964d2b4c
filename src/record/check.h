/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* check.h - what the files that check descriptions share. */
#ifndef CQRS_SRC_RECORD_CHECK_H
#define CQRS_SRC_RECORD_CHECK_H

#include <cqrs/record.h>

/*
 * Check that the members of a table, whose fields are well formed one by one, cover the
 * struct: none overlaps another, and no gap is there that alignment does not explain.
 */
enum cqrs_status cqrs__layout_check(const struct cqrs_record *record, struct cqrs_error *err);

#endif
