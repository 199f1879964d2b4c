/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * customer_test.c - the Customer example of cqrs-es2: its documentation's and its own tests,
 * as given, when, then on a framework with a memory store.
 */
#include "check.h"

#include "customer.h"
#include "wallet.h"

struct fixture {
	struct cqrs_store *store;
	struct cqrs_framework *framework;
	struct cqrs_arena *arena;
	struct cqrs_error err;
	enum cqrs_status status;
	struct cqrs_result result;
	struct cqrs_query query;
	char dispatched[256]; /* what the query was told, as "id:Event " */
	char log[1024];       /* all its lines */
};

static const char id[] = "CUST-1";
static const struct cqrs_stream stream = { "customer", id };

static enum cqrs_status remember_events(void *self, const char *aggregate_id,
                                        const struct cqrs_envelope *events, size_t count,
                                        struct cqrs_error *err)
{
	struct fixture *f = self;

	(void)err;
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(f->dispatched);

		snprintf(f->dispatched + len, sizeof(f->dispatched) - len, "%s:%s ", aggregate_id,
		         events[i].event_type);
	}
	return CQRS_OK;
}

static void remember_line(void *self, enum cqrs_log_level level, const char *message)
{
	struct fixture *f = self;
	size_t len = strlen(f->log);

	snprintf(f->log + len, sizeof(f->log) - len, "%d: %s\n", (int)level, message);
}

static int set_up(void **state)
{
	static struct fixture f;
	const struct cqrs_environment *environment;

	f = (struct fixture){ .err = CQRS_ERROR_INIT };
	f.query = (struct cqrs_query){ "remember", remember_events, &f };
	*state = &f;
	CHECK_OK(cqrs_arena_new(NULL, &f.arena, &f.err), &f.err);
	CHECK_OK(cqrs_store_open("memory:", CQRS_BACKENDS(cqrs_memory()), &f.store, &f.err),
	         &f.err);
	environment =
		CQRS_ENVIRONMENT(.log = remember_line, .log_level = CQRS_LOG_DEBUG, .self = &f);
	f.status = cqrs_framework_new(
		CQRS_FRAMEWORK_OPTIONS(.store = f.store, .environment = environment,
	                               CQRS_AGGREGATES(&customer_aggregate, &wallet_aggregate),
	                               CQRS_VIEWS(&contact_view), CQRS_QUERIES(&f.query)),
		&f.framework, &f.err);
	CHECK_OK(f.status, &f.err);
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	cqrs_framework_free(f->framework);
	cqrs_store_close(f->store);
	cqrs_arena_free(f->arena);
	return 0;
}

/* A stored text has a length and no NUL. */
static const char *text_of(struct fixture *f, struct cqrs_text text)
{
	return cqrs_arena_text(f->arena, text.data, text.len);
}

/* ---- given, when, then ---- */

/* The event is in the stream, as if a command had put it there. */
static void given(struct fixture *f, const struct cqrs_event_type *type, const void *event)
{
	struct cqrs_event_data data = { .event_id = { { 1 } },
		                        .recorded_at_us = 1,
		                        .type = type->name,
		                        .version = type->version,
		                        .metadata = { "{}", 2 } };
	struct cqrs_append append = { .stream = stream,
		                      .expected_sequence = CQRS_EXPECT_ANY,
		                      .events = &data,
		                      .event_count = 1 };
	struct cqrs_commit commit = { .appends = &append, .append_count = 1 };

	CHECK_OK(cqrs_record_encode(&type->record, event, 0, f->arena, &data.payload, &f->err),
	         &f->err);
	CHECK_OK(cqrs_store_commit(f->store, &commit, &f->err), &f->err);
}

static void when(struct fixture *f, const struct cqrs_command_type *type, const void *command)
{
	f->status = cqrs_execute_with(f->framework, id, type, command,
	                              CQRS_EXECUTE_OPTIONS(.events_arena = f->arena), &f->result,
	                              &f->err);
}

/* The command emitted this event and no other. */
static void then(struct fixture *f, const struct cqrs_event_type *type, const void *event)
{
	CHECK_OK(f->status, &f->err);
	CHECK_UINT(f->result.event_count, 1);
	CHECK_TEXT(f->result.events[0].event_type, type->name);
	CHECK_TRUE(cqrs_record_equal(&type->record, f->result.events[0].payload, event));
}

static void then_rejected(struct fixture *f, const char *message)
{
	CHECK_STATUS(f->status, CQRS_ERR_REJECTED);
	CHECK_TEXT(f->err.message, message);
}

/* ---- the documentation's tests ---- */

static void a_first_name_is_added(void **state)
{
	struct fixture *f = *state;

	when(f, &add_customer_name_command, &(struct add_customer_name){ "John Doe" });
	then(f, &name_added_event, &(struct name_added){ "John Doe" });
}

static void a_second_name_is_rejected(void **state)
{
	struct fixture *f = *state;

	given(f, &name_added_event, &(struct name_added){ "John Doe" });
	when(f, &add_customer_name_command, &(struct add_customer_name){ "John Doe" });
	then_rejected(f, "a name has already been added for this customer");
}

static void an_email_is_updated_over_and_over(void **state)
{
	struct fixture *f = *state;

	given(f, &email_updated_event, &(struct email_updated){ "john@example.com" });
	when(f, &update_email_command, &(struct update_email){ "doe@example.com" });
	then(f, &email_updated_event, &(struct email_updated){ "doe@example.com" });
	CHECK_UINT(f->result.first_sequence, 2);
}

/* ---- the crate's tests of its memory store and its framework ---- */

static void a_new_customer_is_empty(void **state)
{
	struct fixture *f = *state;
	struct cqrs_loaded loaded;
	const struct customer *customer;

	CHECK_OK(cqrs_load(f->framework, &customer_aggregate, id, f->arena, &loaded, &f->err),
	         &f->err);
	customer = loaded.state;
	CHECK_UINT(loaded.sequence, 0);
	CHECK_TRUE(customer->name == NULL);
	CHECK_TRUE(customer->email == NULL);
}

static void a_customer_is_loaded_from_its_events(void **state)
{
	struct fixture *f = *state;
	struct cqrs_loaded loaded;
	const struct customer *customer;

	given(f, &name_added_event, &(struct name_added){ "John Doe" });
	when(f, &update_email_command, &(struct update_email){ "john@example.com" });
	CHECK_OK(cqrs_load(f->framework, &customer_aggregate, id, f->arena, &loaded, &f->err),
	         &f->err);
	customer = loaded.state;
	CHECK_UINT(loaded.sequence, 2);
	CHECK_TEXT(customer->name, "John Doe");
	CHECK_TEXT(customer->email, "john@example.com");
}

static void the_store_keeps_the_events_with_their_metadata(void **state)
{
	struct fixture *f = *state;
	struct cqrs_event_page page;

	f->status = cqrs_execute_json(
		f->framework, id, "{\"AddCustomerName\":{\"changed_name\":\"John Doe\"}}",
		CQRS_EXECUTE_OPTIONS(.metadata = CQRS_METADATA({ "user", "ann" })), NULL, &f->err);
	CHECK_OK(f->status, &f->err);
	CHECK_OK(cqrs_store_read_stream(f->store, &stream, 0, 0, f->arena, &page, &f->err),
	         &f->err);
	CHECK_UINT(page.count, 1);
	CHECK_UINT(page.items[0].sequence, 1);
	CHECK_TEXT(page.items[0].stream.type, "customer");
	CHECK_TEXT(page.items[0].stream.id, id);
	CHECK_TEXT(page.items[0].data.type, "NameAdded");
	CHECK_TEXT(page.items[0].data.version, "1.0");
	CHECK_TEXT(text_of(f, page.items[0].data.payload), "{\"changed_name\":\"John Doe\"}");
	CHECK_TEXT(text_of(f, page.items[0].data.metadata), "{\"user\":\"ann\"}");
}

static void the_query_is_told_of_committed_events_only(void **state)
{
	struct fixture *f = *state;

	when(f, &add_customer_name_command, &(struct add_customer_name){ "John Doe" });
	when(f, &add_customer_name_command, &(struct add_customer_name){ "Jane Roe" });
	when(f, &update_email_command, &(struct update_email){ "john@example.com" });
	CHECK_TEXT(f->dispatched, "CUST-1:NameAdded CUST-1:EmailUpdated ");
}

static void the_view_folds_the_events(void **state)
{
	struct fixture *f = *state;
	const void *view;
	const struct contact *contact;
	uint64_t version;

	when(f, &add_customer_name_command, &(struct add_customer_name){ "John Doe" });
	when(f, &update_email_command, &(struct update_email){ "john@example.com" });
	CHECK_OK(
		cqrs_view_load(f->framework, &contact_view, id, f->arena, &view, &version, &f->err),
		&f->err);
	contact = view;
	CHECK_UINT(version, 2);
	CHECK_TEXT(contact->name, "John Doe");
	CHECK_TEXT(contact->email, "john@example.com");
}

static void a_query_is_tested_with_envelopes_made_by_hand(void **state)
{
	struct fixture *f = *state;
	const struct name_added added = { "John Doe" };
	const struct cqrs_envelope envelope = { .aggregate_type = "customer",
		                                .aggregate_id = "CUST-2",
		                                .sequence = 1,
		                                .event_type = name_added_event.name,
		                                .event_version = name_added_event.version,
		                                .type = &name_added_event,
		                                .payload = &added };
	struct contact contact = { 0 };

	CHECK_OK(f->query.dispatch(f->query.self, "CUST-2", &envelope, 1, &f->err), &f->err);
	CHECK_TEXT(f->dispatched, "CUST-2:NameAdded ");
	contact_view.update(NULL, &contact, &envelope);
	CHECK_TEXT(contact.name, "John Doe");
}

static void an_unreadable_command_names_the_place(void **state)
{
	struct fixture *f = *state;

	CHECK_STATUS(cqrs_execute_json(f->framework, id,
	                               "{\"AddCustomerName\":{\"changed_name\":42}}", NULL, NULL,
	                               &f->err),
	             CQRS_ERR_INVALID);
	CHECK_TEXT(f->err.code, "unreadable_command");
	CHECK_CONTAINS(f->err.path, "changed_name");
}

static void the_store_lists_all_its_events(void **state)
{
	struct fixture *f = *state;
	struct cqrs_event_page page;

	CHECK_OK(cqrs_execute(f->framework, "CUST-1", &f->err, update_email, "john@example.com"),
	         &f->err);
	CHECK_OK(cqrs_execute(f->framework, "CUST-2", &f->err, update_email, "jane@example.com"),
	         &f->err);
	CHECK_OK(cqrs_store_read_feed(f->store, 0, 0, 0, f->arena, &page, &f->err), &f->err);
	CHECK_UINT(page.count, 2);
	CHECK_TEXT(page.items[0].stream.id, "CUST-1");
	CHECK_TEXT(page.items[1].stream.id, "CUST-2");
}

static void a_type_and_an_id_together_name_a_stream(void **state)
{
	struct fixture *f = *state;

	when(f, &update_email_command, &(struct update_email){ "john@example.com" });
	CHECK_OK(f->status, &f->err);
	when(f, &put_coins_command, &(struct put_coins){ 1, "note" });
	CHECK_OK(f->status, &f->err);
	CHECK_TEXT(f->result.aggregate_type, "wallet");
	CHECK_UINT(f->result.first_sequence, 1);
}

static void a_command_without_events_succeeds_and_tells_nobody(void **state)
{
	struct fixture *f = *state;
	uint64_t head;

	when(f, &look_command, NULL);
	CHECK_OK(f->status, &f->err);
	CHECK_UINT(f->result.event_count, 0);
	CHECK_UINT(f->result.first_sequence, 0);
	CHECK_TEXT(f->dispatched, "");
	CHECK_OK(cqrs_store_read_feed_head(f->store, 0, &head, &f->err), &f->err);
	CHECK_UINT(head, 0);
}

static void the_log_tells_of_events_loaded_and_stored(void **state)
{
	struct fixture *f = *state;

	given(f, &name_added_event, &(struct name_added){ "John Doe" });
	when(f, &update_email_command, &(struct update_email){ "john@example.com" });
	CHECK_CONTAINS(f->log, "3: loading: 1 events for aggregate 'customer' 'CUST-1'\n");
	CHECK_CONTAINS(f->log, "3: storing: 1 new events for aggregate 'customer' 'CUST-1'\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_first_name_is_added, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_second_name_is_rejected, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_email_is_updated_over_and_over, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(a_new_customer_is_empty, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_customer_is_loaded_from_its_events, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(the_store_keeps_the_events_with_their_metadata,
		                                set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_query_is_told_of_committed_events_only, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(the_view_folds_the_events, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_query_is_tested_with_envelopes_made_by_hand,
		                                set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_unreadable_command_names_the_place, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(the_store_lists_all_its_events, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_type_and_an_id_together_name_a_stream, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(a_command_without_events_succeeds_and_tells_nobody,
		                                set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_log_tells_of_events_loaded_and_stored, set_up,
		                                tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
