/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * audit.c - checks a bank's store as a whole, after it was killed.
 *
 * The feed is dense, and so is every stream in it; every stream that is listed ends where
 * the feed says; every view, row and entries, is the fold of its stream's events.
 * Prints "N events in N accounts" and exits 0, or says what is wrong and exits 1.
 */
#include <cqrs/cqrs.h>
#include <cqrs/sqlite.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/account.h"
#include "domain/account_view.h"
#include "domain/services.h"

#define MAX_ACCOUNTS 1024

struct audit {
	struct cqrs_store *store;
	struct cqrs_framework *bank;
	struct cqrs_arena *arena;
	struct cqrs_error err;
	struct {
		char id[CQRS_MAX_ID_LEN + 1];
		uint64_t sequence;
	} accounts[MAX_ACCOUNTS];
	size_t account_count;
};

static void wrong(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	exit(1);
}

static void need(struct audit *audit, enum cqrs_status status)
{
	if (status != CQRS_OK)
		wrong("%s: %s", cqrs_status_name(status), audit->err.message);
}

static uint64_t *sequence_of(struct audit *audit, const char *id)
{
	size_t i = 0;

	while (i < audit->account_count && strcmp(audit->accounts[i].id, id) != 0)
		i++;
	if (i == MAX_ACCOUNTS)
		wrong("more than %d accounts", MAX_ACCOUNTS);
	if (i == audit->account_count)
		strcpy(audit->accounts[audit->account_count++].id, id);
	return &audit->accounts[i].sequence;
}

/* Returns the number of events. */
static uint64_t check_feed(struct audit *audit, uint64_t feed)
{
	uint64_t offset = 0, head;

	need(audit, cqrs_store_read_feed_head(audit->store, feed, &head, &audit->err));
	while (offset < head) {
		struct cqrs_event_page page;

		cqrs_arena_reset(audit->arena);
		need(audit, cqrs_store_read_feed(audit->store, feed, offset, 0, audit->arena, &page,
		                                 &audit->err));
		if (page.count == 0)
			wrong("feed %" PRIu64 " ends at %" PRIu64 " of %" PRIu64, feed, offset,
			      head);
		for (size_t i = 0; i < page.count; i++) {
			const struct cqrs_stored_event *event = &page.items[i];
			uint64_t *sequence = sequence_of(audit, event->stream.id);

			if (event->offset != ++offset)
				wrong("offset %" PRIu64 " instead of %" PRIu64, event->offset,
				      offset);
			if (event->sequence != ++*sequence)
				wrong("%s: sequence %" PRIu64 " instead of %" PRIu64,
				      event->stream.id, event->sequence, *sequence);
		}
	}
	return offset;
}

static double balance_after(const struct cqrs_envelope *event, double before)
{
	const struct customer_deposited_money *deposit =
		cqrs_event_as(event, customer_deposited_money);
	const struct customer_withdrew_cash *withdrawal =
		cqrs_event_as(event, customer_withdrew_cash);
	const struct customer_wrote_check *check = cqrs_event_as(event, customer_wrote_check);

	return deposit      ? deposit->balance
	       : withdrawal ? withdrawal->balance
	       : check      ? check->balance
	                    : before;
}

static bool is_entry_of(const struct ledger_entry *entry, const struct cqrs_envelope *event)
{
	const struct customer_deposited_money *deposit =
		cqrs_event_as(event, customer_deposited_money);
	const struct customer_withdrew_cash *withdrawal =
		cqrs_event_as(event, customer_withdrew_cash);
	const struct customer_wrote_check *check = cqrs_event_as(event, customer_wrote_check);

	if (deposit)
		return entry->amount == deposit->amount && !entry->is_check &&
		       strcmp(entry->description, "deposit") == 0;
	if (withdrawal)
		return entry->amount == withdrawal->amount && !entry->is_check &&
		       strcmp(entry->description, "atm withdrawal") == 0;
	return check && entry->amount == check->amount && entry->is_check &&
	       strcmp(entry->description, check->check_number) == 0;
}

/* Check one event against the next entry, if it makes one. */
static void check_entry(struct audit *audit, const struct cqrs_envelope *event,
                        struct cqrs_entry_position *after)
{
	struct cqrs_entry_items entries;

	need(audit, cqrs_view_entries(audit->bank, &account_view, event->aggregate_id,
	                              after->sequence ? after : NULL, 1, audit->arena, &entries,
	                              &audit->err));
	if (cqrs_event_as(event, account_opened))
		return;
	if (entries.count == 0 || entries.items[0].position.sequence != event->sequence ||
	    !is_entry_of(entries.items[0].entry, event))
		wrong("%s: no entry for event %" PRIu64, event->aggregate_id, event->sequence);
	*after = entries.items[0].position;
}

static void check_view(struct audit *audit, const char *id, uint64_t last)
{
	struct cqrs_entry_position after = { 0, 0 };
	uint64_t sequence = 0, version;
	double balance = 0;
	const void *loaded;
	const struct account_view *view;

	while (sequence < last) {
		struct cqrs_envelope_page page;

		cqrs_arena_reset(audit->arena);
		need(audit, cqrs_read_events(audit->bank, &bank_account, id, sequence, 100,
		                             audit->arena, &page, &audit->err));
		if (page.count == 0)
			wrong("%s ends at %" PRIu64 " of %" PRIu64, id, sequence, last);
		for (size_t i = 0; i < page.count; i++) {
			if (page.items[i].sequence != ++sequence)
				wrong("%s: a gap at %" PRIu64, id, sequence);
			balance = balance_after(&page.items[i], balance);
			check_entry(audit, &page.items[i], &after);
		}
	}
	need(audit, cqrs_view_load(audit->bank, &account_view, id, audit->arena, &loaded, &version,
	                           &audit->err));
	view = loaded;
	if (version != last || view->balance != balance)
		wrong("%s: the view is %.17g at %" PRIu64 ", the events %.17g at %" PRIu64, id,
		      view->balance, version, balance, last);
}

static void check_streams(struct audit *audit)
{
	char after[CQRS_MAX_ID_LEN + 1] = "";
	size_t listed = 0;

	for (;;) {
		struct cqrs_stream_page page;

		cqrs_arena_reset(audit->arena);
		need(audit,
		     cqrs_store_list_streams(audit->store, bank_account.type, *after ? after : NULL,
		                             0, audit->arena, &page, &audit->err));
		if (page.count == 0)
			break;
		for (size_t i = 0; i < page.count; i++)
			if (*sequence_of(audit, page.items[i].id) != page.items[i].sequence)
				wrong("%s is listed at %" PRIu64, page.items[i].id,
				      page.items[i].sequence);
		strcpy(after, page.items[page.count - 1].id);
		listed += page.count;
	}
	if (listed != audit->account_count)
		wrong("%zu accounts are listed, %zu are in the feed", listed, audit->account_count);
}

int main(int argc, char **argv)
{
	static struct audit audit;
	uint64_t events = 0;

	if (argc != 2)
		wrong("usage: audit STORE");
	need(&audit,
	     cqrs_store_open(argv[1], CQRS_BACKENDS(cqrs_sqlite()), &audit.store, &audit.err));
	need(&audit, cqrs_framework_new(CQRS_FRAMEWORK_OPTIONS(.store = audit.store,
	                                                       .services = &happy_path_services,
	                                                       CQRS_AGGREGATES(&bank_account),
	                                                       CQRS_VIEWS(&account_view)),
	                                &audit.bank, &audit.err));
	need(&audit, cqrs_arena_new(NULL, &audit.arena, &audit.err));
	for (uint64_t feed = 0; feed < cqrs_store_feed_count(audit.store); feed++)
		events += check_feed(&audit, feed);
	check_streams(&audit);
	for (size_t i = 0; i < audit.account_count; i++)
		check_view(&audit, audit.accounts[i].id, audit.accounts[i].sequence);
	printf("%" PRIu64 " events in %zu accounts\n", events, audit.account_count);
	cqrs_arena_free(audit.arena);
	cqrs_framework_free(audit.bank);
	cqrs_store_close(audit.store);
	return 0;
}
