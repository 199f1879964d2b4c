/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* framework_new_test.c - what a framework is made of, and every reason to refuse it. */
#include "framework_fixture.h"

static enum cqrs_status handle_nothing(struct cqrs_context *ctx, const void *state,
                                       const void *command)
{
	(void)ctx;
	(void)state;
	(void)command;
	return CQRS_OK;
}

static void apply_nothing(void *state, const void *event)
{
	(void)state;
	(void)event;
}

static void update_nothing(struct cqrs_view_context *ctx, void *view,
                           const struct cqrs_envelope *event)
{
	(void)ctx;
	(void)view;
	(void)event;
}

static enum cqrs_status dispatch_nothing(void *self, const char *aggregate_id,
                                         const struct cqrs_envelope *events, size_t count,
                                         struct cqrs_error *err)
{
	(void)self;
	(void)aggregate_id;
	(void)events;
	(void)count;
	(void)err;
	return CQRS_OK;
}

/* A well-formed domain, to be spoiled in one place at a time. */
struct domain {
	struct cqrs_command_type command_types[2];
	struct cqrs_event_type event_types[2];
	struct cqrs_command_entry commands[2];
	struct cqrs_event_entry events[2];
	struct cqrs_aggregate aggregates[2];
	struct cqrs_view views[2];
	struct cqrs_query query;
	const struct cqrs_aggregate *aggregate_list[2];
	const struct cqrs_view *view_list[2];
	const struct cqrs_query *query_list[1];
	struct cqrs_framework_options options;
};

struct forgetful {
	int64_t kept;
	int64_t forgotten;
};
static const struct cqrs_field forgetful_fields[] = { { CQRS_FIELD(struct forgetful, kept) } };
static const struct cqrs_record forgetful_record = CQRS_RECORD_OF(forgetful, forgetful_fields);

static void make_domain(struct domain *domain, struct cqrs_store *store)
{
	static const struct cqrs_record empty = { .name = "empty", .alignment = 1 };

	*domain = (struct domain){
		.command_types = { { "Do", empty }, { "Undo", empty } },
		.event_types = { { "Done", "1.0", empty }, { "Done", "2.0", empty } },
		.commands = { { &domain->command_types[0], handle_nothing },
		              { &domain->command_types[1], handle_nothing } },
		.events = { { &domain->event_types[0], apply_nothing },
		            { &domain->event_types[1], apply_nothing } },
		.aggregates = { { .type = "one",
		                  .state = empty,
		                  .commands = { domain->commands, 2 },
		                  .events = { domain->events, 2 } },
		                { .type = "two", .state = empty } },
		.views = { { "view", &domain->aggregates[0], empty, NULL, update_nothing },
		           { "other view", &domain->aggregates[1], empty, NULL, update_nothing } },
		.query = { "query", dispatch_nothing, NULL },
		.aggregate_list = { &domain->aggregates[0], &domain->aggregates[1] },
		.view_list = { &domain->views[0], &domain->views[1] },
		.query_list = { &domain->query },
		.options = { .size = sizeof(struct cqrs_framework_options),
		             .store = store,
		             .aggregates = domain->aggregate_list,
		             .aggregate_count = 2,
		             .views = domain->view_list,
		             .view_count = 2,
		             .queries = domain->query_list,
		             .query_count = 1 },
	};
}

static char too_long[CQRS_MAX_TYPE_LEN + 2];

static void spoil_size(struct domain *d)
{
	d->options.size = sizeof(d->options) + 8;
}
static void spoil_store(struct domain *d)
{
	d->options.store = NULL;
}
static void spoil_environment(struct domain *d)
{
	static const struct cqrs_environment unmade;

	d->options.environment = &unmade;
}
static void spoil_aggregate_count(struct domain *d)
{
	d->options.aggregate_count = 0;
	d->options.view_count = 0;
}
static void spoil_aggregate(struct domain *d)
{
	d->aggregate_list[1] = NULL;
}
static void spoil_aggregate_type(struct domain *d)
{
	d->aggregates[1].type = NULL;
}
static void spoil_aggregate_type_len(struct domain *d)
{
	d->aggregates[1].type = too_long;
}
static void spoil_aggregate_type_character(struct domain *d)
{
	d->aggregates[1].type = "a\nb";
}
static void spoil_aggregate_type_late_character(struct domain *d)
{
	d->aggregates[1].type = "a\xc2\x85";
}
static void spoil_aggregate_type_utf8(struct domain *d)
{
	d->aggregates[1].type = "a\xff";
}
static void spoil_aggregate_twice(struct domain *d)
{
	d->aggregates[1].type = "one";
}
static void spoil_state(struct domain *d)
{
	d->aggregates[1].state = forgetful_record;
}
static void spoil_command_type(struct domain *d)
{
	d->commands[1].type = NULL;
}
static void spoil_command_handler(struct domain *d)
{
	d->commands[1].handle = NULL;
}
static void spoil_command_name(struct domain *d)
{
	d->command_types[1].name = "";
}
static void spoil_command_twice(struct domain *d)
{
	d->command_types[1].name = "Do";
}
static void spoil_command_record(struct domain *d)
{
	d->command_types[1].record = forgetful_record;
}
static void spoil_command_in_two_tables(struct domain *d)
{
	d->aggregates[1].commands = (struct cqrs_command_table){ d->commands, 1 };
}
static void spoil_event_apply(struct domain *d)
{
	d->events[1].apply = NULL;
}
static void spoil_event_name(struct domain *d)
{
	d->event_types[1].name = NULL;
}
static void spoil_event_version(struct domain *d)
{
	d->event_types[1].version = "";
}
static void spoil_event_twice(struct domain *d)
{
	d->event_types[1].version = "1.0";
}
static void spoil_event_record(struct domain *d)
{
	d->event_types[1].record = forgetful_record;
}
static void spoil_view(struct domain *d)
{
	d->view_list[1] = NULL;
}
static void spoil_view_type(struct domain *d)
{
	d->views[1].type = "";
}
static void spoil_view_twice(struct domain *d)
{
	d->views[1].type = "view";
}
static void spoil_view_update(struct domain *d)
{
	d->views[1].update = NULL;
}
static void spoil_view_aggregate(struct domain *d)
{
	d->views[1].aggregate = &wallet_aggregate;
}
static void spoil_view_record(struct domain *d)
{
	d->views[1].record = forgetful_record;
}
static void spoil_view_entry(struct domain *d)
{
	d->views[1].entry = &forgetful_record;
}
static void spoil_query(struct domain *d)
{
	d->query_list[0] = NULL;
}
static void spoil_query_name(struct domain *d)
{
	d->query.name = NULL;
}
static void spoil_query_dispatch(struct domain *d)
{
	d->query.dispatch = NULL;
}

static void domain_that_is_not_well_formed_is_refused(void **state)
{
	static const struct {
		void (*spoil)(struct domain *domain);
		const char *message;
	} cases[] = {
		{ spoil_size, "options were not made by their macro" },
		{ spoil_store, "a framework needs a store" },
		{ spoil_environment, "options were not made by their macro" },
		{ spoil_aggregate_count, "a framework needs an aggregate" },
		{ spoil_aggregate, "an aggregate is NULL" },
		{ spoil_aggregate_type, "an aggregate has no name" },
		{ spoil_aggregate_type_len, "an aggregate's name is longer than 127 bytes" },
		{ spoil_aggregate_type_character, "an aggregate's name has a control character" },
		{ spoil_aggregate_type_late_character,
		  "an aggregate's name has a control character" },
		{ spoil_aggregate_type_utf8, "an aggregate's name is not UTF-8" },
		{ spoil_aggregate_twice, "two aggregates are 'one'" },
		{ spoil_state, "aggregate 'two': " },
		{ spoil_command_type, "aggregate 'one' has a command without type or handler" },
		{ spoil_command_handler, "aggregate 'one' has a command without type or handler" },
		{ spoil_command_name, "a command has no name" },
		{ spoil_command_twice, "aggregate 'one' has two commands 'Do'" },
		{ spoil_command_record, "command 'Undo': " },
		{ spoil_command_in_two_tables,
		  "command 'Do' stands in the tables of 'one' and 'two'" },
		{ spoil_event_apply,
		  "aggregate 'one' has an event without type or apply function" },
		{ spoil_event_name, "an event has no name" },
		{ spoil_event_version, "an event's version has no name" },
		{ spoil_event_twice, "aggregate 'one' has two events 'Done' '1.0'" },
		{ spoil_event_record, "event 'Done': " },
		{ spoil_view, "a view is NULL" },
		{ spoil_view_type, "a view has no name" },
		{ spoil_view_twice, "two views are 'view'" },
		{ spoil_view_update, "view 'other view' has no update function" },
		{ spoil_view_aggregate,
		  "view 'other view' is of an aggregate that the framework does not have" },
		{ spoil_view_record, "view 'other view': " },
		{ spoil_view_entry, "the entries of view 'other view': " },
		{ spoil_query, "query 0 has no name or no dispatch function" },
		{ spoil_query_name, "query 0 has no name or no dispatch function" },
		{ spoil_query_dispatch, "query 0 has no name or no dispatch function" },
	};
	struct fixture *f = *state;
	struct cqrs_framework *framework = NULL;
	struct domain domain;

	memset(too_long, 'a', sizeof(too_long) - 1);
	make_domain(&domain, f->store);
	CHECK_OK(cqrs_framework_new(&domain.options, &framework, &f->err), &f->err);
	cqrs_framework_free(framework);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		framework = NULL;
		make_domain(&domain, f->store);
		cases[i].spoil(&domain);
		CHECK_STATUS(cqrs_framework_new(&domain.options, &framework, &f->err),
		             CQRS_ERR_INVALID);
		CHECK_STATUS(f->err.status, CQRS_ERR_INVALID);
		CHECK_CONTAINS(f->err.message, cases[i].message);
		CHECK_TRUE(framework == NULL);
	}
	CHECK_STATUS(cqrs_framework_new(NULL, &framework, &f->err), CQRS_ERR_INVALID);
}

static void forgotten_member_is_named(void **state)
{
	struct fixture *f = *state;
	struct cqrs_framework *framework = NULL;
	struct domain domain;

	make_domain(&domain, f->store);
	spoil_state(&domain);
	CHECK_STATUS(cqrs_framework_new(&domain.options, &framework, &f->err), CQRS_ERR_INVALID);
	CHECK_CONTAINS(f->err.message, "forgetful");
	CHECK_CONTAINS(f->err.message, "kept");
}

/* The same name in two aggregates is no mistake: JSON has to say which is meant. */
static void command_name_may_belong_to_two_aggregates(void **state)
{
	struct fixture *f = *state;
	struct cqrs_framework *framework = NULL;
	struct cqrs_command_type type;
	struct cqrs_command_entry entry = { &type, handle_nothing };
	struct cqrs_result result;
	struct domain domain;

	make_domain(&domain, f->store);
	type = domain.command_types[0];
	domain.aggregates[1].commands = (struct cqrs_command_table){ &entry, 1 };
	CHECK_OK(cqrs_framework_new(&domain.options, &framework, &f->err), &f->err);
	CHECK_STATUS(cqrs_execute_json(framework, "x", "{\"Do\":{}}", NULL, NULL, &f->err),
	             CQRS_ERR_INVALID);
	CHECK_CONTAINS(f->err.message, "several aggregates have the command 'Do'");
	CHECK_OK(cqrs_execute_json(framework, "x", "{\"Do\":{}}",
	                           CQRS_EXECUTE_OPTIONS(.aggregate_type = "two"), &result, &f->err),
	         &f->err);
	CHECK_TEXT(result.aggregate_type, "two");
	CHECK_OK(cqrs_execute_command(framework, "x", &f->err, &domain.command_types[0], NULL),
	         &f->err);
	cqrs_framework_free(framework);
}

static void aggregates_of_one_framework_keep_apart(void **state)
{
	struct fixture *f = *state;
	struct cqrs_aggregate purse = wallet_aggregate;
	struct cqrs_command_type type = put_coins_command;
	const struct cqrs_command_entry entry = { &type,
		                                  wallet_aggregate.commands.items[0].handle };
	struct cqrs_loaded loaded;

	purse.type = "purse";
	purse.commands = (struct cqrs_command_table){ &entry, 1 };
	fixture_new_framework(f,
	                      CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate, &purse)));
	put(f, "same-id", 1);
	CHECK_OK(cqrs_execute_command(f->framework, "same-id", &f->err, &type,
	                              &(struct put_coins){ 7, "" }),
	         &f->err);
	CHECK_INT(wallet_of(f, "same-id")->coins, 1);
	CHECK_OK(cqrs_load(f->framework, &purse, "same-id", f->arena, &loaded, &f->err), &f->err);
	CHECK_INT(((const struct wallet *)loaded.state)->coins, 7);
	cqrs_framework_free(f->framework); /* before the purse goes */
	f->framework = NULL;
}

static void options_of_an_older_caller_are_shorter(void **state)
{
	struct fixture *f = *state;
	struct cqrs_framework *framework = NULL;
	struct domain domain;

	make_domain(&domain, f->store);
	domain.options.size = offsetof(struct cqrs_framework_options, cache_entries);
	domain.options.cache_entries = CQRS_NO_CACHE;
	CHECK_OK(cqrs_framework_new(&domain.options, &framework, &f->err), &f->err);
	cqrs_framework_free(framework);
	cqrs_framework_free(NULL);
}

static void options_of_execute_have_to_be_made_by_their_macro(void **state)
{
	static const struct cqrs_execute_options unmade;
	struct fixture *f = *state;

	CHECK_STATUS(
		cqrs_execute_with(f->framework, "w", &look_command, NULL, &unmade, NULL, &f->err),
		CQRS_ERR_INVALID);
	CHECK_CONTAINS(f->err.message, "options were not made by their macro");
}

static void init_functions_give_what_the_macros_give(void **state)
{
	struct cqrs_framework_options made = cqrs_framework_options_init();
	struct cqrs_execute_options execute = cqrs_execute_options_init();

	(void)state;
	CHECK_UINT(made.size, sizeof(made));
	CHECK_TRUE(made.store == NULL && !made.cache_entries && !made.conflict_retries);
	CHECK_UINT(execute.size, sizeof(execute));
	CHECK_TRUE(execute.idempotency_key == NULL && !execute.check_sequence);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(domain_that_is_not_well_formed_is_refused),
		RUN(forgotten_member_is_named),
		RUN(command_name_may_belong_to_two_aggregates),
		RUN(aggregates_of_one_framework_keep_apart),
		RUN(options_of_an_older_caller_are_shorter),
		RUN(options_of_execute_have_to_be_made_by_their_macro),
		cmocka_unit_test(init_functions_give_what_the_macros_give),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
