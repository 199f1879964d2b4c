/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* logging_query.h - prints events as they happen: good for watching, for nothing else. */
#ifndef BANK_LOGGING_QUERY_H
#define BANK_LOGGING_QUERY_H

#include <cqrs/cqrs.h>

/* One line an event on the standard output: "ACCT-1 #3 CustomerDepositedMoney {...}". */
extern const struct cqrs_query logging_query;

#endif
