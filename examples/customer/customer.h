/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* customer.h - a customer with a name and an email: the example of cqrs-es2's documentation. */
#ifndef CUSTOMER_H
#define CUSTOMER_H

#include <cqrs/cqrs.h>

struct add_customer_name {
	const char *changed_name;
};
struct update_email {
	const char *new_email;
};
CQRS_DECLARE_COMMAND(add_customer_name);
CQRS_DECLARE_COMMAND(update_email);

struct name_added {
	const char *changed_name;
};
struct email_updated {
	const char *new_email;
};
CQRS_DECLARE_EVENT(name_added);
CQRS_DECLARE_EVENT(email_updated);

struct customer {
	const char *name; /* NULL: none yet */
	const char *email;
};
extern const struct cqrs_aggregate customer_aggregate;

/* What a contact list shows of a customer. */
struct contact {
	const char *name;
	const char *email;
};
extern const struct cqrs_view contact_view;

#endif
