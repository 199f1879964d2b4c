/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * raw_bank.h - the demo's bank as a good C programmer would write it for nothing but speed:
 * the very rows that a command leaves in the SQLite store, by prepared statements. It keeps
 * its accounts in an array and looks nothing up.
 *
 * It also makes the files that both sides of a case begin with, and checks what they left.
 */
#ifndef BENCH_RAW_BANK_H
#define BENCH_RAW_BANK_H

#include "bench.h"

#include <sqlite3.h>

/* What a file holds: accounts of the same number of events, dealt event by event. */
struct raw_bank_size {
	uint64_t accounts;
	uint64_t events; /* of an account: it is opened, pays the opening balance in, and goes on */
	uint64_t with_view; /* 0, or the account view and its ledger */
};

/** Make a file, which the library takes for its own. */
void raw_bank_make(const char *path, const struct raw_bank_size *size);

/**
 * Fail unless a file holds what it held when it was made and so many commands more, which
 * changed the balances by total.
 */
void raw_bank_check(const char *path, const struct raw_bank_size *size, uint64_t commands,
                    double total);

/** Copy a file, which nobody has open, and flush the copy. */
void raw_bank_copy(const char *from, const char *to);

/** How many accounts a file holds. */
uint64_t raw_bank_count(const char *path);

/** Take the events behind those that a file was made with away again. */
void raw_bank_trim(const char *path, const struct raw_bank_size *size);

struct raw_account {
	uint64_t sequence;
	double balance;
};

/** What the accounts of a file are when it was made; to be released with free(). */
struct raw_account *raw_bank_accounts(const struct raw_bank_size *size);

struct raw_bank {
	sqlite3 *db;
	sqlite3_stmt *begin;
	sqlite3_stmt *commit;
	sqlite3_stmt *add_event;
	sqlite3_stmt *set_view; /* NULL: the file has no views */
	sqlite3_stmt *add_entry;
	struct raw_account *accounts; /* account i has the stream and view of number i + 1 */
	uint64_t offset;              /* of the last event */
	struct bench_random random;
};

/** Open a file that raw_bank_make() has made. */
void raw_bank_open(struct raw_bank *bank, const char *path, const struct raw_bank_size *size);
void raw_bank_close(struct raw_bank *bank);

/** A transaction, and one command in it: the event, the account view and its entry. */
void raw_bank_begin(struct raw_bank *bank);
void raw_bank_pay(struct raw_bank *bank, uint64_t account, double amount, const char *metadata);
void raw_bank_commit(struct raw_bank *bank);

/** One command for each account, a thousand at a time, so that caches are warm. */
void raw_bank_warm_up(struct raw_bank *bank, const struct raw_bank_size *size);
#define RAW_WARM_UP_BATCH 1000
#define RAW_WARM_UP_AMOUNT 100.25

/* The metadata of bench.h as it is stored. */
#define RAW_METADATA                                                                   \
	"{\"" BENCH_METADATA_1 "\":\"" BENCH_METADATA_1_VALUE "\",\"" BENCH_METADATA_2 \
	"\":\"" BENCH_METADATA_2_VALUE "\"}"

#endif
