/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* sqlite_bank.c - opening, warming up, batches, and the check at the end. */
#include "sqlite_bank.h"

#include "domain/account.h"
#include "raw_print.h"
#include "sqlite_schema.h"

#include <cqrs/sqlite.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So far, but for those that were before the measured part. */
static struct sqlite_allocations count(const struct sqlite_bank *bank)
{
	return (struct sqlite_allocations){
		.framework = bank->bank.framework_memory.count - bank->before.framework,
		.store = bank->bank.store_memory.count - bank->before.store,
	};
}

void sqlite_bank_measure(struct sqlite_bank *bank)
{
	bank->before = (struct sqlite_allocations){ 0 };
	bank->before = count(bank);
}

void sqlite_bank_open(struct sqlite_bank *bank, const char *path, const struct raw_bank_size *size,
                      bool no_cache)
{
	size_t url_size = strlen(path) + sizeof("sqlite:");
	char *url = bench_allocate(url_size, 1);

	*bank = (struct sqlite_bank){ .size = *size, .ids = bench_ids(size->accounts) };
	snprintf(url, url_size, "sqlite:%s", path);
	bank->path = url + strlen("sqlite:");
	/* The cache is kept in parts by hash; room to spare, so that no part runs full. */
	bench_bank_open(&bank->bank, &(struct bench_bank_options){
					     .url = url,
					     .backends = CQRS_BACKENDS(cqrs_sqlite()),
					     .cache_entries = no_cache ? CQRS_NO_CACHE
	                                                               : 2 * size->accounts + 1000,
					     .with_view = size->with_view,
				     });
}

static void warm_up(struct sqlite_bank *bank)
{
	struct sqlite_batch *batch = sqlite_batch_new(RAW_WARM_UP_BATCH);

	for (uint64_t i = 0; i < bank->size.accounts; i++) {
		sqlite_batch_add(batch, bank->ids[i], RAW_WARM_UP_AMOUNT);
		if (i % RAW_WARM_UP_BATCH == RAW_WARM_UP_BATCH - 1 || i == bank->size.accounts - 1)
			sqlite_batch_execute(batch, bank);
	}
	sqlite_batch_free(batch);
}

void sqlite_bank_start(struct sqlite_bank *bank, const char *dir, const char *from,
                       const struct raw_bank_size *size)
{
	char *path = bench_path(dir, "bank.db");

	if (from)
		raw_bank_copy(from, path);
	else
		raw_bank_make(path, size);
	sqlite_schema_check(dir, path);
	sqlite_bank_open(bank, path, size, false);
	warm_up(bank);
	sqlite_bank_measure(bank);
	free(path);
}

static void close_bank(struct sqlite_bank *bank)
{
	bench_bank_close(&bank->bank);
	free(bank->ids);
}

static void print(const struct sqlite_bank *bank, struct bench_result result,
                  const struct sqlite_allocations *allocations)
{
	result.allocations = allocations->framework + allocations->store;
	bench_print_with(&result, RAW_SETTINGS ",\"framework_allocations\":%" PRIu64,
	                 sqlite3_libversion(), allocations->framework);
	free(bank->path - strlen("sqlite:"));
}

void sqlite_bank_close(struct sqlite_bank *bank, const struct bench_result *result)
{
	struct sqlite_allocations allocations = count(bank);

	close_bank(bank);
	print(bank, *result, &allocations);
}

void sqlite_bank_finish(struct sqlite_bank *bank, const struct bench_result *result, double total)
{
	struct sqlite_allocations allocations = count(bank);

	close_bank(bank);
	raw_bank_check(bank->path, &bank->size, bank->size.accounts + result->ops,
	               (double)bank->size.accounts * RAW_WARM_UP_AMOUNT + total);
	print(bank, *result, &allocations);
}

/* ---- batches ---- */

/* A deposit or a withdrawal. */
union payment {
	struct deposit_money deposit;
	struct withdraw_money withdrawal;
};

struct sqlite_batch {
	struct cqrs_request *requests;
	union payment *payments;
	const struct cqrs_execute_options *options;
	size_t count;
};

struct sqlite_batch *sqlite_batch_new(size_t capacity)
{
	static const struct cqrs_metadata_entry entries[] = {
		{ BENCH_METADATA_1, BENCH_METADATA_1_VALUE },
		{ BENCH_METADATA_2, BENCH_METADATA_2_VALUE },
	};
	static const struct cqrs_execute_options options = {
		.size = sizeof(options),
		.metadata = { .items = entries, .count = 2 },
	};
	struct sqlite_batch *batch = bench_allocate(1, sizeof(*batch));

	batch->requests = bench_allocate(capacity, sizeof(*batch->requests));
	batch->payments = bench_allocate(capacity, sizeof(*batch->payments));
	batch->options = &options;
	return batch;
}

void sqlite_batch_free(struct sqlite_batch *batch)
{
	free(batch->requests);
	free(batch->payments);
	free(batch);
}

void sqlite_batch_add(struct sqlite_batch *batch, const char *id, double amount)
{
	union payment *payment = &batch->payments[batch->count];

	if (amount > 0)
		payment->deposit = (struct deposit_money){ amount };
	else
		payment->withdrawal = (struct withdraw_money){ -amount, "ATM-17" };
	batch->requests[batch->count++] = (struct cqrs_request){
		.aggregate_id = id,
		.type = amount > 0 ? &deposit_money_command : &withdraw_money_command,
		.command = payment,
		.options = batch->options,
	};
}

void sqlite_batch_execute(struct sqlite_batch *batch, struct sqlite_bank *bank)
{
	enum cqrs_status status =
		cqrs_execute_batch(bank->bank.framework, batch->requests, batch->count);

	if (status != CQRS_OK)
		bench_fail("a command of a batch: %s", cqrs_status_name(status));
	batch->count = 0;
}
