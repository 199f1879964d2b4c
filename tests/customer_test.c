/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * customer_test.c - the Customer example of cqrs-es2: its documentation's and its own tests,
 * the rules by the kit for domains, the rest on a framework with a memory store.
 */
#include "domain_kit.h"

#include "customer.h"
#include "wallet.h"

/* ---- the documentation's tests, and those of its test framework ---- */

static int set_up(void **t)
{
	*t = cqrs_test_begin(CQRS_TEST_OPTIONS(.aggregate = &customer_aggregate,
	                                       CQRS_VIEWS(&contact_view), .fail = fail_cmocka));
	return *t ? 0 : -1;
}

static int tear_down(void **t)
{
	cqrs_test_end(*t); /* a failure was told by the hook */
	return 0;
}

static void a_first_name_is_added(void **t)
{
	cqrs_given_nothing(*t);
	cqrs_when(*t, add_customer_name, .changed_name = "John Doe");
	cqrs_then(*t, name_added, .changed_name = "John Doe");
}

static void a_second_name_is_rejected(void **t)
{
	cqrs_given(*t, name_added, .changed_name = "John Doe");
	cqrs_when(*t, add_customer_name, .changed_name = "John Doe");
	cqrs_then_rejected(*t, "a name has already been added for this customer");
}

static void an_email_is_updated_over_and_over(void **t)
{
	cqrs_given(*t, email_updated, .new_email = "john@example.com");
	cqrs_when(*t, update_email, .new_email = "doe@example.com");
	cqrs_then(*t, email_updated, .new_email = "doe@example.com");
	CHECK_UINT(cqrs_test_get_outcome(*t)->result.first_sequence, 2);
}

static void an_email_is_added_beside_a_name(void **t)
{
	cqrs_given(*t, name_added, .changed_name = "John Doe");
	cqrs_when(*t, update_email, .new_email = "john@example.com");
	cqrs_then(*t, email_updated, .new_email = "john@example.com");
	cqrs_then_state(*t, customer, .name = "John Doe", .email = "john@example.com");
}

static void a_new_customer_is_empty(void **t)
{
	cqrs_given_nothing(*t);
	cqrs_then_state(*t, customer, .name = NULL, .email = NULL);
}

static void the_view_folds_the_events(void **t)
{
	cqrs_when_events(*t, cqrs_event(name_added, .changed_name = "John Doe"),
	                 cqrs_event(email_updated, .new_email = "john@example.com"));
	cqrs_then_view(*t, &contact_view, contact, .name = "John Doe", .email = "john@example.com");
}

static void an_unreadable_command_names_the_place(void **t)
{
	const struct cqrs_test_outcome *outcome;

	cqrs_when_json(*t, "{\"AddCustomerName\":{\"changed_name\":42}}");
	cqrs_then_failed(*t, CQRS_ERR_INVALID,
	                 "wrong type: a text is expected, this is an integer");
	outcome = cqrs_test_get_outcome(*t);
	CHECK_TEXT(outcome->err.code, "unreadable_command");
	CHECK_CONTAINS(outcome->err.path, "changed_name");
}

/* ---- the crate's tests of its memory store and its framework ---- */

struct fixture {
	struct cqrs_throwaway made;
	struct cqrs_arena *arena;
	struct cqrs_error err;
	struct cqrs_query query;
	char dispatched[256]; /* what the query was told, as "id:Event " */
	char log[1024];       /* all its lines */
};

static const char id[] = "CUST-1";

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

/* Without a cache: what a command is decided on is read from the store. */
static int open_store(void **state)
{
	static struct fixture f;
	const struct cqrs_environment *environment;
	enum cqrs_status status;

	f = (struct fixture){ .err = CQRS_ERROR_INIT };
	f.query = (struct cqrs_query){ "remember", remember_events, &f };
	*state = &f;
	CHECK_OK(cqrs_arena_new(NULL, &f.arena, &f.err), &f.err);
	environment =
		CQRS_ENVIRONMENT(.log = remember_line, .log_level = CQRS_LOG_DEBUG, .self = &f);
	status = cqrs_throwaway_open(
		NULL,
		CQRS_FRAMEWORK_OPTIONS(.environment = environment, .cache_entries = CQRS_NO_CACHE,
	                               CQRS_AGGREGATES(&customer_aggregate, &wallet_aggregate),
	                               CQRS_QUERIES(&f.query)),
		&f.made, &f.err);
	CHECK_OK(status, &f.err);
	return 0;
}

static int close_store(void **state)
{
	struct fixture *f = *state;

	cqrs_throwaway_close(&f->made);
	cqrs_arena_free(f->arena);
	return 0;
}

/* A stored text has a length and no NUL. */
static const char *text_of(struct fixture *f, struct cqrs_text text)
{
	return cqrs_arena_text(f->arena, text.data, text.len);
}

static void a_customer_is_loaded_from_its_events(void **state)
{
	struct fixture *f = *state;
	struct cqrs_loaded loaded;
	const struct customer *customer;

	CHECK_OK(cqrs_execute(f->made.framework, id, &f->err, add_customer_name, "John Doe"),
	         &f->err);
	CHECK_OK(cqrs_execute(f->made.framework, id, &f->err, update_email, "john@example.com"),
	         &f->err);
	CHECK_OK(cqrs_load(f->made.framework, &customer_aggregate, id, f->arena, &loaded, &f->err),
	         &f->err);
	customer = loaded.state;
	CHECK_UINT(loaded.sequence, 2);
	CHECK_TEXT(customer->name, "John Doe");
	CHECK_TEXT(customer->email, "john@example.com");
}

static void the_store_keeps_the_events_with_their_metadata(void **state)
{
	struct fixture *f = *state;
	const struct cqrs_stream stream = { "customer", id };
	struct cqrs_event_page page;
	enum cqrs_status status;

	status = cqrs_execute_json(
		f->made.framework, id, "{\"AddCustomerName\":{\"changed_name\":\"John Doe\"}}",
		CQRS_EXECUTE_OPTIONS(.metadata = CQRS_METADATA({ "user", "ann" })), NULL, &f->err);
	CHECK_OK(status, &f->err);
	CHECK_OK(cqrs_store_read_stream(f->made.store, &stream, 0, 0, f->arena, &page, &f->err),
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

	CHECK_OK(cqrs_execute(f->made.framework, id, &f->err, add_customer_name, "John Doe"),
	         &f->err);
	CHECK_STATUS(cqrs_execute(f->made.framework, id, &f->err, add_customer_name, "Jane Roe"),
	             CQRS_ERR_REJECTED);
	CHECK_OK(cqrs_execute(f->made.framework, id, &f->err, update_email, "john@example.com"),
	         &f->err);
	CHECK_TEXT(f->dispatched, "CUST-1:NameAdded CUST-1:EmailUpdated ");
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

static void the_store_lists_all_its_events(void **state)
{
	struct fixture *f = *state;
	struct cqrs_event_page page;

	CHECK_OK(cqrs_execute(f->made.framework, "CUST-1", &f->err, update_email,
	                      "john@example.com"),
	         &f->err);
	CHECK_OK(cqrs_execute(f->made.framework, "CUST-2", &f->err, update_email,
	                      "jane@example.com"),
	         &f->err);
	CHECK_OK(cqrs_store_read_feed(f->made.store, 0, 0, 0, f->arena, &page, &f->err), &f->err);
	CHECK_UINT(page.count, 2);
	CHECK_TEXT(page.items[0].stream.id, "CUST-1");
	CHECK_TEXT(page.items[1].stream.id, "CUST-2");
}

static void a_type_and_an_id_together_name_a_stream(void **state)
{
	struct fixture *f = *state;
	struct cqrs_result result;

	CHECK_OK(cqrs_execute(f->made.framework, id, &f->err, update_email, "john@example.com"),
	         &f->err);
	CHECK_OK(cqrs_execute_with(f->made.framework, id, &put_coins_command,
	                           &(struct put_coins){ 1, "note" }, NULL, &result, &f->err),
	         &f->err);
	CHECK_TEXT(result.aggregate_type, "wallet");
	CHECK_UINT(result.first_sequence, 1);
}

static void a_command_without_events_succeeds_and_tells_nobody(void **state)
{
	struct fixture *f = *state;
	struct cqrs_result result;
	uint64_t head;

	CHECK_OK(cqrs_execute_with(f->made.framework, id, &look_command, NULL,
	                           CQRS_EXECUTE_OPTIONS(.events_arena = f->arena), &result,
	                           &f->err),
	         &f->err);
	CHECK_UINT(result.event_count, 0);
	CHECK_UINT(result.first_sequence, 0);
	CHECK_TEXT(f->dispatched, "");
	CHECK_OK(cqrs_store_read_feed_head(f->made.store, 0, &head, &f->err), &f->err);
	CHECK_UINT(head, 0);
}

static void the_log_tells_of_events_loaded_and_stored(void **state)
{
	struct fixture *f = *state;

	CHECK_OK(cqrs_execute(f->made.framework, id, &f->err, add_customer_name, "John Doe"),
	         &f->err);
	CHECK_OK(cqrs_execute(f->made.framework, id, &f->err, update_email, "john@example.com"),
	         &f->err);
	CHECK_CONTAINS(f->log, "3: loading: 1 events for aggregate 'customer' 'CUST-1'\n");
	CHECK_CONTAINS(f->log, "3: storing: 1 new events for aggregate 'customer' 'CUST-1'\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, open_store, close_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_first_name_is_added),
		TEST(a_second_name_is_rejected),
		TEST(an_email_is_updated_over_and_over),
		TEST(an_email_is_added_beside_a_name),
		TEST(a_new_customer_is_empty),
		TEST(the_view_folds_the_events),
		TEST(an_unreadable_command_names_the_place),
		STORE_TEST(a_customer_is_loaded_from_its_events),
		STORE_TEST(the_store_keeps_the_events_with_their_metadata),
		STORE_TEST(the_query_is_told_of_committed_events_only),
		STORE_TEST(a_query_is_tested_with_envelopes_made_by_hand),
		STORE_TEST(the_store_lists_all_its_events),
		STORE_TEST(a_type_and_an_id_together_name_a_stream),
		STORE_TEST(a_command_without_events_succeeds_and_tells_nobody),
		STORE_TEST(the_log_tells_of_events_loaded_and_stored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
