/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* raw_rows.h - the rows of raw_bank.h, one function each; statements are of raw_schema.h. */
#ifndef BENCH_RAW_ROWS_H
#define BENCH_RAW_ROWS_H

#include "bench.h"

#include <sqlite3.h>

/* An event of an account, and what it leads to. */
struct raw_payment {
	uint64_t account; /* from 0 */
	uint64_t sequence;
	double amount; /* below 0: a withdrawal */
	double balance;
};

#define RAW_ID_SIZE 13 /* as bench_ids() makes them */
/** The id of an account, without a NUL. */
void raw_account_id(uint64_t account, char out[RAW_ID_SIZE]);

#define RAW_JSON_SIZE 128
/** The payload of an event, without a NUL; its length. */
size_t raw_event_payload(const struct raw_payment *payment, char out[RAW_JSON_SIZE]);

/** RAW_ADD_EVENT of a payment, or of the opening, which has sequence 1. */
void raw_add_event(sqlite3_stmt *statement, uint64_t offset, const struct raw_payment *payment,
                   const char *metadata, struct bench_random *random);
/** RAW_ADD_STREAM, RAW_ADD_VIEW, RAW_SET_VIEW and RAW_ADD_ENTRY. */
void raw_add_stream(sqlite3_stmt *statement, uint64_t account);
void raw_add_view(sqlite3_stmt *statement, const struct raw_payment *payment);
void raw_set_view(sqlite3_stmt *statement, const struct raw_payment *payment);
void raw_add_entry(sqlite3_stmt *statement, const struct raw_payment *payment);

#endif
