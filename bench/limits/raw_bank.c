/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* raw_bank.c - commands in transactions. */
#include "raw_bank.h"

#include "raw_db.h"
#include "raw_make.h"
#include "raw_rows.h"
#include "raw_schema.h"

#include <stdlib.h>

struct raw_account *raw_bank_accounts(const struct raw_bank_size *size)
{
	struct raw_account *accounts = bench_allocate(size->accounts, sizeof(*accounts));
	double balance = raw_made_balance(size->events);

	for (uint64_t i = 0; i < size->accounts; i++)
		accounts[i] = (struct raw_account){ size->events, balance };
	return accounts;
}

void raw_bank_open(struct raw_bank *bank, const char *path, const struct raw_bank_size *size)
{
	*bank = (struct raw_bank){ .db = raw_db_open_log(path),
		                   .random = { bench_now_ns() },
		                   .offset = size->accounts * size->events };
	bank->begin = raw_db_prepare(bank->db, "BEGIN IMMEDIATE");
	bank->commit = raw_db_prepare(bank->db, "COMMIT");
	bank->add_event = raw_db_prepare(bank->db, RAW_ADD_EVENT);
	if (size->with_view) {
		bank->set_view = raw_db_prepare(bank->db, RAW_SET_VIEW);
		bank->add_entry = raw_db_prepare(bank->db, RAW_ADD_ENTRY);
	}
	bank->accounts = raw_bank_accounts(size);
}

void raw_bank_close(struct raw_bank *bank)
{
	raw_db_close(bank->db);
	free(bank->accounts);
}

void raw_bank_begin(struct raw_bank *bank)
{
	raw_db_step(bank->begin);
}

void raw_bank_commit(struct raw_bank *bank)
{
	raw_db_step(bank->commit);
}

void raw_bank_pay(struct raw_bank *bank, uint64_t account, double amount, const char *metadata)
{
	struct raw_account *at = &bank->accounts[account];
	struct raw_payment payment = { account, at->sequence + 1, amount, at->balance + amount };

	raw_add_event(bank->add_event, ++bank->offset, &payment, metadata, &bank->random);
	if (bank->set_view) {
		raw_set_view(bank->set_view, &payment);
		raw_add_entry(bank->add_entry, &payment);
	}
	*at = (struct raw_account){ payment.sequence, payment.balance };
}

void raw_bank_warm_up(struct raw_bank *bank, const struct raw_bank_size *size)
{
	for (uint64_t i = 0; i < size->accounts; i++) {
		if (i % RAW_WARM_UP_BATCH == 0)
			raw_bank_begin(bank);
		raw_bank_pay(bank, i, RAW_WARM_UP_AMOUNT, RAW_METADATA);
		if (i % RAW_WARM_UP_BATCH == RAW_WARM_UP_BATCH - 1 || i == size->accounts - 1)
			raw_bank_commit(bank);
	}
}
