/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* bank.c - the demo's domain on a store, as the programs of our side use it. */
#include "bank.h"

#include "domain/account.h"
#include "domain/account_view.h"
#include "domain/services.h"

#include <string.h>

static void must(enum cqrs_status status, const struct cqrs_error *err)
{
	if (status != CQRS_OK)
		bench_fail("%s: %s", cqrs_status_name(status), err->message);
}

void bench_bank_open(struct bench_bank *bank, const struct bench_bank_options *options)
{
	struct cqrs_error err = CQRS_ERROR_INIT;

	bench_counting_init(&bank->framework_memory);
	bench_counting_init(&bank->store_memory);
	must(cqrs_store_open_with(
		     options->url, options->backends,
		     CQRS_STORE_OPTIONS(.environment =
	                                        CQRS_ENVIRONMENT(.allocator = &bank->store_memory
	                                                                               .allocator)),
		     &bank->store, &err),
	     &err);
	must(cqrs_framework_new(
		     CQRS_FRAMEWORK_OPTIONS(
				     .store = bank->store, .services = &happy_path_services,
				     .environment =
					     CQRS_ENVIRONMENT(.allocator = &bank->framework_memory
	                                                                            .allocator),
				     CQRS_AGGREGATES(&bank_account),
				     .views = (const struct cqrs_view *const[]){ &account_view },
				     .view_count = options->with_view,
				     .cache_entries = options->cache_entries,
				     .cache_size = UINT64_C(4) << 30),
		     &bank->framework, &err),
	     &err);
}

void bench_bank_close(struct bench_bank *bank)
{
	cqrs_framework_free(bank->framework);
	cqrs_store_close(bank->store);
}

static void execute(struct bench_bank *bank, const char *id, const struct cqrs_command_type *type,
                    const void *command)
{
	struct cqrs_error err;

	must(cqrs_execute_with(bank->framework, id, type, command, BENCH_EXECUTE_OPTIONS(), NULL,
	                       &err),
	     &err);
}

void bench_bank_open_accounts(struct bench_bank *bank, char (*ids)[BENCH_ID_SIZE], uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		execute(bank, ids[i], &open_account_command,
		        &(struct open_account){ .account_id = ids[i] });
		execute(bank, ids[i], &deposit_money_command,
		        &(struct deposit_money){ .amount = BENCH_OPENING_BALANCE });
	}
}

void bench_bank_command(struct bench_bank *bank, const char *id, uint64_t n)
{
	double amount = bench_amount(n);

	if (amount > 0)
		execute(bank, id, &deposit_money_command, &(struct deposit_money){ amount });
	else
		execute(bank, id, &withdraw_money_command,
		        &(struct withdraw_money){ -amount, "ATM-17" });
}

double bench_bank_balance(struct bench_bank *bank, const char *id, struct cqrs_arena *arena)
{
	const struct cqrs_record *state = &bank_account.state;
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_loaded loaded;

	must(cqrs_load(bank->framework, &bank_account, id, arena, &loaded, &err), &err);
	for (size_t i = 0; i < state->field_count; i++) {
		double balance;

		if (strcmp(state->fields[i].name, "balance") != 0)
			continue;
		memcpy(&balance, (const char *)loaded.state + state->fields[i].offset,
		       sizeof(balance));
		return balance;
	}
	bench_fail("an account has no balance");
}

uint64_t bench_bank_events(struct bench_bank *bank)
{
	uint64_t events = 0;

	for (uint64_t feed = 0; feed < cqrs_store_feed_count(bank->store); feed++) {
		struct cqrs_error err = CQRS_ERROR_INIT;
		uint64_t head = 0;

		must(cqrs_store_read_feed_head(bank->store, feed, &head, &err), &err);
		events += head;
	}
	return events;
}
