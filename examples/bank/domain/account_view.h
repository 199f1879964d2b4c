/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * account_view.h - an account as its customer sees it. The balance is the view's row;
 * the ledger grows without bound, so each of its lines is an entry, and the written
 * checks are those entries that are checks.
 */
#ifndef BANK_ACCOUNT_VIEW_H
#define BANK_ACCOUNT_VIEW_H

#include <cqrs/cqrs.h>

struct account_view {
	const char *account_id; /* NULL: not opened */
	double balance;
};

struct ledger_entry {
	const char *description;
	double amount;
	bool is_check;
};
CQRS_DECLARE_RECORD(ledger_entry);

extern const struct cqrs_view account_view;

#endif
