/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* account.h - what a bank account can be told, and what can have happened to it. */
#ifndef BANK_ACCOUNT_H
#define BANK_ACCOUNT_H

#include <cqrs/cqrs.h>

/* Commands */
struct open_account {
	const char *account_id;
};
struct deposit_money {
	double amount;
};
struct withdraw_money {
	double amount;
	const char *atm_id;
};
struct write_check {
	const char *check_number;
	double amount;
};
CQRS_DECLARE_COMMAND(open_account);
CQRS_DECLARE_COMMAND(deposit_money);
CQRS_DECLARE_COMMAND(withdraw_money);
CQRS_DECLARE_COMMAND(write_check);

/* Events; balance is what the account holds afterwards. */
struct account_opened {
	const char *account_id;
};
struct customer_deposited_money {
	double amount;
	double balance;
};
struct customer_withdrew_cash {
	double amount;
	double balance;
};
struct customer_wrote_check {
	const char *check_number;
	double amount;
	double balance;
};
CQRS_DECLARE_EVENT(account_opened);
CQRS_DECLARE_EVENT(customer_deposited_money);
CQRS_DECLARE_EVENT(customer_withdrew_cash);
CQRS_DECLARE_EVENT(customer_wrote_check);

/* Its framework's services are a struct bank_services. */
extern const struct cqrs_aggregate bank_account;

#endif
