/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* services.h - what the account asks of the world outside while it decides. */
#ifndef BANK_SERVICES_H
#define BANK_SERVICES_H

#include <cqrs/cqrs.h>

/* The functions may be called on any thread, and more than once for one command. */
struct bank_services {
	/* Let the machine pay out; false: it refuses. One command_id is one withdrawal. */
	bool (*atm_withdrawal)(void *self, const struct cqrs_id *command_id, const char *atm_id,
	                       double amount);
	/* Whether this check may be written on this account. */
	bool (*validate_check)(void *self, const char *account_id, const char *check_number);
	void *self;
};

/* Services that agree to everything. */
extern struct bank_services happy_path_services;

#endif
