/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * main.cpp - a C++17 program on a domain written in C: opens a store, executes commands,
 * handles a rejection. It ends with status 0 if all went as it should.
 */
#include "till.h"

#include <cqrs/testing.h>
#include <cstdio>
#include <memory>
#include <string_view>

namespace {

struct closer {
	void operator()(cqrs_store *store) const { cqrs_store_close(store); }
	void operator()(cqrs_framework *framework) const { cqrs_framework_free(framework); }
	void operator()(cqrs_arena *arena) const { cqrs_arena_free(arena); }
};
template <typename T> using owned = std::unique_ptr<T, closer>;

int fail(const char *what, const cqrs_error &err)
{
	std::printf("%s: %s: %s\n", what, cqrs_status_name(err.status), err.message);
	return 1;
}

owned<cqrs_store> open_store(cqrs_error &err)
{
	const cqrs_backend *const backends[] = { cqrs_memory(), nullptr };
	cqrs_store_options options = cqrs_store_options_init();
	cqrs_store *store = nullptr;

	if (cqrs_store_open_with("memory:", backends, &options, &store, &err) != CQRS_OK)
		return nullptr;
	return owned<cqrs_store>(store);
}

owned<cqrs_framework> make_framework(cqrs_store *store, cqrs_error &err)
{
	const cqrs_aggregate *const aggregates[] = { &till_aggregate };
	cqrs_framework_options options = cqrs_framework_options_init();
	cqrs_framework *framework = nullptr;

	options.store = store;
	options.aggregates = aggregates;
	options.aggregate_count = 1;
	if (cqrs_framework_new(&options, &framework, &err) != CQRS_OK)
		return nullptr;
	return owned<cqrs_framework>(framework);
}

/* A command with all options, and its events. */
int put_money_into(cqrs_framework *framework, cqrs_arena *arena, cqrs_error &err)
{
	const put_money put = { 100 };
	cqrs_execute_options options = cqrs_execute_options_init();
	cqrs_result result;

	options.idempotency_key = "key-1";
	options.events_arena = arena;
	if (cqrs_execute_with(framework, "TILL-1", &put_money_command, &put, &options, &result,
	                      &err) != CQRS_OK)
		return fail("put", err);
	if (result.event_count != 1 ||
	    std::string_view(result.events[0].event_type) != "MoneyMoved")
		return fail("the event of put", err);
	const void *payload = cqrs_event_payload(&result.events[0], &money_moved_event);
	return static_cast<const money_moved *>(payload)->balance == 100 ? 0 : 1;
}

int take_too_much_from(cqrs_framework *framework, cqrs_error &err)
{
	const take_money take = { 101 };
	char json[CQRS_ERROR_JSON_SIZE];

	if (cqrs_execute_command(framework, "TILL-1", &err, &take_money_command, &take) !=
	    CQRS_ERR_REJECTED)
		return fail("take", err);
	cqrs_error_json(&err, json, sizeof(json));
	std::printf("%s\n", json);
	return std::string_view(err.code) == "too_little" ? 0 : 1;
}

/* The kit for domains, by its plain functions. */
int test_the_till()
{
	const cqrs_test_place here = { __FILE__, __LINE__ };
	const money_moved past = { 5 };
	const take_money take = { 3 };
	const money_moved rest = { 2 };
	const cqrs_test_event expected = { &money_moved_event, &rest };
	cqrs_test_options options = cqrs_test_options_init();

	options.aggregate = &till_aggregate;
	options.fail = cqrs_test_print;
	cqrs_test *test = cqrs_test_begin(&options);
	cqrs_test_given_event(test, &here, &money_moved_event, &past);
	cqrs_test_when_command(test, &here, &take_money_command, &take, nullptr);
	cqrs_test_then_events(test, &here, &expected, 1);
	return cqrs_test_end(test);
}

} // namespace

int main()
{
	cqrs_error err = CQRS_ERROR_INIT;
	cqrs_arena *new_arena = nullptr;

	if (cqrs_arena_new(nullptr, &new_arena, &err) != CQRS_OK)
		return fail("arena", err);
	owned<cqrs_arena> arena(new_arena);
	owned<cqrs_store> store = open_store(err);
	if (!store)
		return fail("open", err);
	owned<cqrs_framework> framework = make_framework(store.get(), err);
	if (!framework)
		return fail("framework", err);
	if (put_money_into(framework.get(), arena.get(), err) != 0)
		return 1;
	if (take_too_much_from(framework.get(), err) != 0)
		return 1;
	return test_the_till();
}
