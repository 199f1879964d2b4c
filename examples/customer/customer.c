/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* customer.c - the rules of a customer, and a view of it. */
#include "customer.h"

CQRS_COMMAND(add_customer_name, "AddCustomerName", changed_name);
CQRS_COMMAND(update_email, "UpdateEmail", new_email);
CQRS_EVENT(name_added, "NameAdded", "1.0", changed_name);
CQRS_EVENT(email_updated, "EmailUpdated", "1.0", new_email);

static enum cqrs_status handle_add_customer_name(struct cqrs_context *ctx, const void *state,
                                                 const void *command)
{
	const struct customer *customer = state;
	const struct add_customer_name *adding = command;

	if (customer->name)
		return cqrs_reject(ctx, NULL, "a name has already been added for this customer");
	return cqrs_emit(ctx, name_added, .changed_name = adding->changed_name);
}

static enum cqrs_status handle_update_email(struct cqrs_context *ctx, const void *state,
                                            const void *command)
{
	const struct update_email *update = command;

	(void)state;
	return cqrs_emit(ctx, email_updated, .new_email = update->new_email);
}

static void apply_name_added(void *state, const void *event)
{
	struct customer *customer = state;
	const struct name_added *added = event;

	customer->name = added->changed_name;
}

static void apply_email_updated(void *state, const void *event)
{
	struct customer *customer = state;
	const struct email_updated *updated = event;

	customer->email = updated->new_email;
}

const struct cqrs_aggregate customer_aggregate = {
	.type = "customer",
	.state = CQRS_RECORD(customer, name, email),
	.commands = CQRS_COMMANDS({ &add_customer_name_command, handle_add_customer_name },
	                          { &update_email_command, handle_update_email }),
	.events = CQRS_EVENTS({ &name_added_event, apply_name_added },
	                      { &email_updated_event, apply_email_updated }),
};

static void update_contact(struct cqrs_view_context *ctx, void *view,
                           const struct cqrs_envelope *event)
{
	struct contact *contact = view;
	const struct name_added *added = cqrs_event_as(event, name_added);
	const struct email_updated *updated = cqrs_event_as(event, email_updated);

	(void)ctx;
	if (added)
		contact->name = added->changed_name;
	if (updated)
		contact->email = updated->new_email;
}

const struct cqrs_view contact_view = {
	.type = "contact",
	.aggregate = &customer_aggregate,
	.record = CQRS_RECORD(contact, name, email),
	.update = update_contact,
};
