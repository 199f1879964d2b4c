/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * sqlite_append.c - appending events to random streams of a large file, a commit each and a
 * hundred commits a batch. The events are taken away again, so that the next run finds the
 * same file.
 */
#include "raw_bank.h"
#include "raw_print.h"
#include "raw_rows.h"
#include "raw_schema.h"
#include "timed.h"

#include <cqrs/sqlite.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A commit of one event, with all that it borrows. */
struct draft {
	struct cqrs_commit commit;
	struct cqrs_append append;
	struct cqrs_event_data event;
	char id[RAW_ID_SIZE + 1];
	char payload[RAW_JSON_SIZE];
};

struct run {
	struct cqrs_store *store;
	struct raw_account *accounts;
	uint64_t streams;
	struct draft *drafts;
	struct cqrs_commit **commits;
	uint64_t batch;
	struct bench_random ids;
};

static void new_id(struct run *run, struct cqrs_id *out)
{
	uint64_t words[2] = { bench_random_next(&run->ids), bench_random_next(&run->ids) };

	memcpy(out, words, sizeof(words));
}

static void write_event(struct run *run, struct draft *draft, const struct raw_payment *payment)
{
	struct cqrs_event_data *event = &draft->event;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	new_id(run, &event->event_id);
	new_id(run, &event->correlation_id);
	event->causation_id = event->correlation_id;
	event->recorded_at_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	event->type = payment->amount < 0 ? "CustomerWithdrewCash" : "CustomerDepositedMoney";
	event->version = "1.0";
	event->payload =
		(struct cqrs_text){ draft->payload, raw_event_payload(payment, draft->payload) };
	event->metadata = (struct cqrs_text){ RAW_METADATA, sizeof(RAW_METADATA) - 1 };
}

static void draft_commit(struct run *run, struct draft *draft, uint64_t account, double amount)
{
	struct raw_account *at = &run->accounts[account];
	struct raw_payment payment = { account, at->sequence + 1, amount, at->balance + amount };

	raw_account_id(account, draft->id);
	write_event(run, draft, &payment);
	draft->append = (struct cqrs_append){ .stream = { "account", draft->id },
		                              .expected_sequence = at->sequence,
		                              .events = &draft->event,
		                              .event_count = 1 };
	draft->commit = (struct cqrs_commit){ .appends = &draft->append, .append_count = 1 };
	*at = (struct raw_account){ payment.sequence, payment.balance };
}

static void append(void *context, const struct bench_part *part)
{
	struct run *run = context;
	struct bench_random random = { 1 };

	for (uint64_t n = 0; n < part->ops;) {
		uint64_t count = 0;

		bench_begin(part->latencies);
		for (; count < run->batch && n < part->ops; count++, n++)
			draft_commit(run, &run->drafts[count],
			             bench_random_below(&random, run->streams), bench_amount(n));
		if (cqrs_store_commit_batch(run->store, run->commits, count) != CQRS_OK)
			bench_fail("a commit was refused");
		bench_end(part->latencies);
	}
}

static void open_run(struct run *run, const char *file, const struct raw_bank_size *size)
{
	char *url = sqlite3_mprintf("sqlite:%s", file);
	struct cqrs_error err = CQRS_ERROR_INIT;

	if (cqrs_store_open(url, CQRS_BACKENDS(cqrs_sqlite()), &run->store, &err) != CQRS_OK)
		bench_fail("%s", err.message);
	sqlite3_free(url);
	run->streams = size->accounts;
	run->accounts = raw_bank_accounts(size);
	run->drafts = bench_allocate(run->batch, sizeof(*run->drafts));
	run->commits = bench_allocate(run->batch, sizeof(struct cqrs_commit *));
	for (uint64_t i = 0; i < run->batch; i++)
		run->commits[i] = &run->drafts[i].commit;
}

int main(int argc, char **argv)
{
	struct raw_bank_size size = { .events = 10 };
	struct run run = { .batch = 100, .ids = { bench_now_ns() } };
	uint64_t ops = 20000;
	const char *file = NULL;
	struct bench_latencies latencies;
	double seconds;

	BENCH_OPTIONS(argc, argv, { "ops", &ops, NULL }, { "length", &size.events, NULL },
	              { "batch", &run.batch, NULL }, { "file", NULL, &file });
	size.accounts = raw_bank_count(file);
	raw_bank_trim(file, &size);
	open_run(&run, file, &size);
	seconds = bench_timed(1, ops, append, &run, &latencies);
	cqrs_store_close(run.store);
	raw_bank_check(file, &size, ops, 0);
	raw_bank_trim(file, &size);

	bench_print_with(&(struct bench_result){ ops, seconds, &latencies, 0 }, RAW_SETTINGS,
	                 sqlite3_libversion());
	bench_latencies_deinit(&latencies);
	free(run.accounts);
	free(run.drafts);
	free(run.commits);
	return 0;
}
