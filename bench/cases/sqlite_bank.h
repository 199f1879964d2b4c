/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * sqlite_bank.h - the demo's bank on SQLite, as our side of the cases uses it: on a file that
 * raw_bank.h has made, with the caches warm.
 */
#ifndef BENCH_SQLITE_BANK_H
#define BENCH_SQLITE_BANK_H

#include "bank.h"
#include "raw_bank.h"

struct sqlite_allocations {
	uint64_t framework;
	uint64_t store;
};

struct sqlite_bank {
	struct bench_bank bank;
	struct raw_bank_size size;
	char *path;
	char (*ids)[BENCH_ID_SIZE];
	struct sqlite_allocations before; /* the measured part */
};

/** Open a file. no_cache: each command and load begins at the stored events. */
void sqlite_bank_open(struct sqlite_bank *bank, const char *path, const struct raw_bank_size *size,
                      bool no_cache);
/**
 * Begin with a new file in a directory, or with a copy of one that takes long to make, and
 * execute one command on each account.
 *
 * @param from  the file to copy; may be NULL
 */
void sqlite_bank_start(struct sqlite_bank *bank, const char *dir, const char *from,
                       const struct raw_bank_size *size);

/** The measured part begins: count allocations from now on. */
void sqlite_bank_measure(struct sqlite_bank *bank);

/** Commands ready to be executed as a batch. */
struct sqlite_batch;
struct sqlite_batch *sqlite_batch_new(size_t capacity);
void sqlite_batch_free(struct sqlite_batch *batch);
void sqlite_batch_add(struct sqlite_batch *batch, const char *id, double amount);
/** Execute what was added; all must succeed. */
void sqlite_batch_execute(struct sqlite_batch *batch, struct sqlite_bank *bank);

/** Close it, and print the line. */
void sqlite_bank_close(struct sqlite_bank *bank, const struct bench_result *result);
/**
 * The same for a bank that was started: it has to hold the commands of the measured part, whose
 * sum is total.
 */
void sqlite_bank_finish(struct sqlite_bank *bank, const struct bench_result *result, double total);

#endif
