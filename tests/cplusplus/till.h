/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* till.h - a domain in C that a C++ program uses: a till that money goes into and out of. */
#ifndef TILL_H
#define TILL_H

#include <cqrs/cqrs.h>

CQRS_BEGIN_DECLS

struct put_money {
	double amount;
};
struct take_money {
	double amount;
};
extern const struct cqrs_command_type put_money_command;
extern const struct cqrs_command_type take_money_command;

struct money_moved {
	double balance;
};
extern const struct cqrs_event_type money_moved_event;

struct till {
	double balance;
};
extern const struct cqrs_aggregate till_aggregate;

CQRS_END_DECLS

#endif
