/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * framework_state_test.c - an aggregate's state: every event applied exactly once, whatever
 * is cached, snapshotted or loaded; states of the past.
 */
#include "framework_fixture.h"

/* ---- exactly once ---- */

static enum cqrs_status emit_five(struct cqrs_context *ctx, const struct wallet *wallet, void *self)
{
	(void)self;
	for (int i = 0; i < 5; i++) {
		int64_t before = wallet->events;

		cqrs_emit(ctx, coins_put, .coins = 1, .note = "one of five");
		CHECK_INT(wallet->events, before + 1);
		CHECK_UINT(cqrs_sequence(ctx), before + 1);
	}
	return CQRS_OK;
}

/* Commands of one, two and five events; after each, the state is the number of its events. */
static void count_events(struct fixture *f, const char *id, const struct cqrs_aggregate *aggregate,
                         uint64_t cache_entries)
{
	uint64_t events = 0;

	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(aggregate),
	                                                .cache_entries = cache_entries));
	fixture_call(f, emit_five, NULL);
	for (int i = 0; i < 7; i++) {
		if (i % 3 == 0) {
			put(f, id, 1);
			events += 1;
		} else if (i % 3 == 1) {
			CHECK_OK(cqrs_execute(f->framework, id, &f->err, add_tag, .tag = "t"),
			         &f->err);
			CHECK_OK(cqrs_execute(f->framework, id, &f->err, put_twice, .coins = 0),
			         &f->err);
			events += 3;
		} else {
			CHECK_OK(cqrs_execute(f->framework, id, &f->err, run), &f->err);
			events += 5;
		}
		CHECK_INT(wallet_of(f, id)->events, events);
		CHECK_UINT(head_of(f, id), events);
	}
	CHECK_UINT(wallet_of(f, id)->tags.count, 2);
	CHECK_TEXT(wallet_of(f, id)->tags.items[1], "t");
}

static void each_event_is_applied_exactly_once(void **state)
{
	static const uint64_t snapshots_every[] = { 0, 1, 2, 4 };
	static const uint64_t cache_entries[] = { 0, CQRS_NO_CACHE };
	struct fixture *f = *state;

	for (size_t i = 0; i < 4; i++) {
		for (size_t j = 0; j < 2; j++) {
			struct cqrs_aggregate aggregate = wallet_with_snapshots;
			char id[16];

			snprintf(id, sizeof(id), "%zu-%zu", i, j);
			aggregate.snapshot_every = snapshots_every[i];
			count_events(f, id, &aggregate, cache_entries[j]);
			cqrs_framework_free(f->framework); /* before its aggregate goes */
			f->framework = NULL;
		}
	}
}

/* ---- snapshots ---- */

static void use_snapshots(struct fixture *f)
{
	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_with_snapshots)));
}

/* How many events loading reads from the store. */
static unsigned long events_to_load(struct fixture *f, const char *id)
{
	unsigned long before = atomic_load(&f->hooks.events_read);

	wallet_of(f, id);
	return atomic_load(&f->hooks.events_read) - before;
}

static void snapshot_spares_reading_the_events_before_it(void **state)
{
	struct fixture *f = *state;

	use_snapshots(f);
	for (int i = 0; i < 3; i++)
		put(f, "w", 1);
	CHECK_UINT(events_to_load(f, "w"), 3);
	CHECK_OK(cqrs_execute(f->framework, "w", &f->err, put_twice, .coins = 1), &f->err);
	/* Carried over the 4th: the snapshot is of the 5th. */
	CHECK_UINT(events_to_load(f, "w"), 0);
	put(f, "w", 1);
	CHECK_UINT(events_to_load(f, "w"), 1);
	CHECK_INT(wallet_of(f, "w")->coins, 3 + 1 + 4 + 1);
	CHECK_TEXT(wallet_of(f, "w")->last_note, "put");
	put(f, "w", 1);
	CHECK_UINT(events_to_load(f, "w"), 2);
	put(f, "w", 1);
	CHECK_UINT(events_to_load(f, "w"), 0);
}

static void state_from_a_snapshot_goes_on_like_any_other(void **state)
{
	struct fixture *f = *state;

	use_snapshots(f);
	for (int i = 0; i < 4; i++)
		CHECK_OK(cqrs_execute(f->framework, "w", &f->err, add_tag, .tag = "a"), &f->err);
	use_snapshots(f);
	CHECK_OK(cqrs_execute(f->framework, "w", &f->err, add_tag, .tag = "b"), &f->err);
	CHECK_UINT(wallet_of(f, "w")->tags.count, 5);
	CHECK_TEXT(wallet_of(f, "w")->tags.items[4], "b");
	CHECK_TRUE(wallet_of(f, "w")->last_note == NULL);
}

/* The stored snapshot with something else in it. */
static void tamper(struct fixture *f, const char *id, uint64_t fingerprint, const char *json)
{
	const struct cqrs_stream stream = { "wallet", id };
	struct cqrs_snapshot_write write = { .stream = stream };
	struct cqrs_commit commit = { .snapshots = &write, .snapshot_count = 1 };

	CHECK_OK(cqrs_store_load_snapshot(f->inner, &stream, f->arena, &write.snapshot, &f->err),
	         &f->err);
	if (fingerprint)
		write.snapshot.fingerprint = fingerprint;
	if (json)
		write.snapshot.state = (struct cqrs_text){ json, strlen(json) };
	CHECK_OK(cqrs_store_commit(f->inner, &commit, &f->err), &f->err);
}

static void snapshot_of_another_shape_is_passed_over(void **state)
{
	struct fixture *f = *state;

	use_snapshots(f);
	for (int i = 0; i < 4; i++)
		put(f, "w", 1);
	tamper(f, "w", 12345, "{\"coins\":77,\"events\":4,\"last_note\":null,\"tags\":[]}");
	CHECK_INT(wallet_of(f, "w")->coins, 4);
	CHECK_UINT(events_to_load(f, "w"), 4);
	/* And rebuilt when its turn comes. */
	for (int i = 0; i < 4; i++)
		put(f, "w", 1);
	CHECK_UINT(events_to_load(f, "w"), 0);
	CHECK_INT(wallet_of(f, "w")->coins, 8);
}

static void snapshot_of_another_version_is_passed_over(void **state)
{
	struct cqrs_aggregate raised = wallet_with_snapshots;
	struct fixture *f = *state;

	use_snapshots(f);
	for (int i = 0; i < 4; i++)
		put(f, "w", 1);
	CHECK_UINT(events_to_load(f, "w"), 0);
	raised.version = 1;
	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&raised)));
	CHECK_UINT(events_to_load(f, "w"), 4);
	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate)));
}

static void snapshot_that_does_not_decode_is_passed_over(void **state)
{
	static const char *const broken[] = {
		"{}",
		"{\"coins\":\"x\"}",
		"{\"coins\":1,\"events\":4,\"last_note\":\"n\",\"tags\":[\"a\",1]}",
	};
	struct fixture *f = *state;

	use_snapshots(f);
	for (int i = 0; i < 4; i++)
		put(f, "w", 1);
	for (size_t i = 0; i < 3; i++) {
		tamper(f, "w", 0, broken[i]);
		f->err = (struct cqrs_error)CQRS_ERROR_INIT;
		CHECK_INT(wallet_of(f, "w")->coins, 4);
		CHECK_UINT(wallet_of(f, "w")->tags.count, 0);
		use_snapshots(f);
		CHECK_OK(take(f, "w", 0), &f->err);
	}
	CHECK_TRUE(logged(f, "1 the snapshot of wallet 'w' does not decode"));
}

static void snapshot_that_cannot_be_stored_fails_no_command(void **state)
{
	struct fixture *f = *state;
	char tag[200];

	memset(tag, 't', sizeof(tag) - 1);
	tag[sizeof(tag) - 1] = '\0';
	f->hooks.limits.view_size = 500;
	fixture_reopen_store(f);
	use_snapshots(f);
	for (int i = 0; i < 8; i++)
		CHECK_OK(cqrs_execute(f->framework, "w", &f->err, add_tag, .tag = tag), &f->err);
	CHECK_UINT(events_to_load(f, "w"), 8);
	CHECK_TRUE(logged(f, "1 no snapshot of wallet 'w'"));
}

static void snapshot_that_makes_a_commit_too_large_fails_no_command(void **state)
{
	struct fixture *f = *state;
	char tag[300];

	memset(tag, 't', sizeof(tag) - 1);
	tag[sizeof(tag) - 1] = '\0';
	f->hooks.limits.commit_size = 1000;
	fixture_reopen_store(f);
	use_snapshots(f);
	for (int i = 0; i < 8; i++)
		CHECK_OK(cqrs_execute(f->framework, "w", &f->err, add_tag, .tag = tag), &f->err);
	CHECK_UINT(head_of(f, "w"), 8);
}

/* ---- states of the past ---- */

static void aggregate_without_events_loads_as_zero(void **state)
{
	struct fixture *f = *state;
	struct cqrs_loaded loaded;
	const struct wallet *wallet;

	CHECK_OK(cqrs_load(f->framework, &wallet_aggregate, "none", f->arena, &loaded, &f->err),
	         &f->err);
	wallet = loaded.state;
	CHECK_TEXT(loaded.aggregate_id, "none");
	CHECK_UINT(loaded.sequence, 0);
	CHECK_INT(loaded.recorded_at_us, 0);
	CHECK_INT(wallet->coins, 0);
	CHECK_TRUE(wallet->last_note == NULL);
	CHECK_STATUS(cqrs_load(f->framework, &wallet_aggregate, "", f->arena, &loaded, &f->err),
	             CQRS_ERR_INVALID);
	CHECK_STATUS(
		cqrs_load(f->framework, &wallet_with_snapshots, "none", f->arena, &loaded, &f->err),
		CQRS_ERR_INVALID);
	CHECK_CONTAINS(f->err.message, "was not given the aggregate 'wallet'");
}

static void what_load_gives_is_the_callers_own(void **state)
{
	struct fixture *f = *state;
	struct cqrs_loaded loaded;

	put(f, "w", 1);
	CHECK_OK(cqrs_load(f->framework, &wallet_aggregate, "w", f->arena, &loaded, &f->err),
	         &f->err);
	put(f, "w", 1);
	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate)));
	CHECK_INT(((const struct wallet *)loaded.state)->coins, 1);
	CHECK_TEXT(((const struct wallet *)loaded.state)->last_note, "put");
}

static void aggregate_loads_as_it_was_at_a_sequence(void **state)
{
	const struct cqrs_aggregate *const aggregates[] = { &wallet_aggregate,
		                                            &wallet_with_snapshots };
	struct fixture *f = *state;

	for (size_t with = 0; with < 2; with++) {
		const char *id = with ? "b" : "a";
		struct cqrs_loaded loaded;

		fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(aggregates[with])));
		for (int i = 0; i < 9; i++)
			put(f, id, 1);
		for (uint64_t sequence = 0; sequence <= 9; sequence++) {
			CHECK_OK(cqrs_load_at_sequence(f->framework, aggregates[with], id, sequence,
			                               f->arena, &loaded, &f->err),
			         &f->err);
			CHECK_UINT(loaded.sequence, sequence);
			CHECK_INT(((const struct wallet *)loaded.state)->coins, sequence);
		}
		loaded.sequence = 77;
		CHECK_STATUS(cqrs_load_at_sequence(f->framework, aggregates[with], id, 10, f->arena,
		                                   &loaded, &f->err),
		             CQRS_ERR_NOT_FOUND);
		CHECK_CONTAINS(f->err.message, "has come to sequence 9, not to 10");
		CHECK_UINT(loaded.sequence, 77);
	}
}

static void aggregate_loads_as_it_was_at_a_time(void **state)
{
	struct fixture *f = *state;
	int64_t start = atomic_load(&f->now_us);
	struct cqrs_loaded loaded;

	use_snapshots(f);
	for (int i = 0; i < 9; i++) {
		put(f, "w", 1);
		if (i % 2)
			atomic_fetch_add(&f->now_us, 10);
	}
	/* Two events at each of start, start + 10, ...: all of an instant belong to it. */
	for (int64_t at = -1; at <= 50; at++) {
		int64_t instants = at < 0 ? 0 : at / 10 + 1;

		CHECK_OK(cqrs_load_at_time(f->framework, &wallet_with_snapshots, "w", start + at,
		                           f->arena, &loaded, &f->err),
		         &f->err);
		CHECK_UINT(loaded.sequence, instants > 4 ? 9 : 2 * instants);
		CHECK_INT(((const struct wallet *)loaded.state)->coins, loaded.sequence);
		CHECK_INT(loaded.recorded_at_us,
		          loaded.sequence ? start + 10 * (((int64_t)loaded.sequence - 1) / 2) : 0);
	}
}

static void long_stream_loads_by_pages(void **state)
{
	struct fixture *f = *state;

	foreign_put(f, "w", 1, 700);
	CHECK_INT(wallet_of(f, "w")->coins, 700);
	CHECK_OK(take(f, "w", 700), &f->err);
	CHECK_STATUS(take(f, "w", 1), CQRS_ERR_REJECTED);
}

/* An event as a foreign or newer program stores it. */
static void store_event(struct fixture *f, const char *id, const char *type, const char *payload)
{
	struct cqrs_event_data event = { .event_id = { { 9 } },
		                         .correlation_id = { { 9 } },
		                         .causation_id = { { 9 } },
		                         .type = type,
		                         .version = "1.0",
		                         .payload = { payload, strlen(payload) },
		                         .metadata = { "{}", 2 } };
	struct cqrs_append append = { .stream = { "wallet", id },
		                      .expected_sequence = CQRS_EXPECT_ANY,
		                      .events = &event,
		                      .event_count = 1 };
	struct cqrs_commit commit = { .appends = &append, .append_count = 1 };

	CHECK_OK(cqrs_store_commit(f->inner, &commit, &f->err), &f->err);
}

static void stored_event_that_the_domain_does_not_know_is_corrupt(void **state)
{
	struct fixture *f = *state;
	struct cqrs_envelope_page page;
	struct cqrs_loaded loaded;

	put(f, "w1", 1);
	store_event(f, "w1", "Unheard", "{}");
	store_event(f, "w2", "CoinsPut", "{\"coins\":\"secret\",\"note\":\"n\"}");
	CHECK_STATUS(cqrs_load(f->framework, &wallet_aggregate, "w1", f->arena, &loaded, &f->err),
	             CQRS_ERR_CORRUPT);
	CHECK_CONTAINS(f->err.message, "event 2 of wallet 'w1' (Unheard 1.0)");
	CHECK_STATUS(cqrs_execute(f->framework, "w2", &f->err, look), CQRS_ERR_CORRUPT);
	CHECK_STATUS(f->err.status, CQRS_ERR_CORRUPT);
	CHECK_TEXT(f->err.path, "coins");
	CHECK_TRUE(strstr(f->err.message, "secret") == NULL);
	CHECK_STATUS(cqrs_read_events(f->framework, &wallet_aggregate, "w2", 0, 0, f->arena, &page,
	                              &f->err),
	             CQRS_ERR_CORRUPT);
	/* Those around it can still be read. */
	CHECK_OK(cqrs_read_events(f->framework, &wallet_aggregate, "w1", 0, 1, f->arena, &page,
	                          &f->err),
	         &f->err);
	CHECK_UINT(page.count, 1);
}

static void added_member_of_a_stored_event_is_passed_over(void **state)
{
	struct fixture *f = *state;

	store_event(f, "w", "CoinsPut", "{\"coins\":3,\"note\":\"n\",\"later\":1}");
	CHECK_INT(wallet_of(f, "w")->coins, 3);
}

static void feed_is_read_as_envelopes_without_strangers(void **state)
{
	struct fixture *f = *state;
	const struct cqrs_stream deleted = { "wallet", "gone" };
	struct cqrs_append append;
	struct cqrs_event_data event = { .event_id = { { 9 } },
		                         .correlation_id = { { 9 } },
		                         .causation_id = { { 9 } },
		                         .type = "Barked",
		                         .version = "1",
		                         .payload = { "{}", 2 },
		                         .metadata = { "{}", 2 } };
	struct cqrs_commit commit = { .appends = &append, .append_count = 1 };
	struct cqrs_envelope_page page;
	uint64_t offset = 0;

	append = (struct cqrs_append){ .stream = { "dog", "rex" },
		                       .events = &event,
		                       .event_count = 1 };
	put(f, "w1", 1);
	put(f, "gone", 1);
	CHECK_OK(cqrs_store_commit(f->inner, &commit, &f->err), &f->err);
	CHECK_OK(cqrs_store_delete_stream(f->inner, &deleted, 1, &f->err), &f->err);
	put(f, "w2", 2);
	CHECK_OK(cqrs_read_feed(f->framework, 0, 0, 0, f->arena, &page, &offset, &f->err), &f->err);
	CHECK_UINT(offset, 4);
	CHECK_UINT(page.count, 2);
	CHECK_TEXT(page.items[0].aggregate_id, "w1");
	CHECK_TEXT(page.items[1].aggregate_id, "w2");
	CHECK_UINT(page.items[1].offset, 4);
	CHECK_INT(cqrs_event_as(&page.items[1], coins_put)->coins, 2);
	/* A page of nothing but strangers still moves on. */
	CHECK_OK(cqrs_read_feed(f->framework, 0, 1, 2, f->arena, &page, &offset, &f->err), &f->err);
	CHECK_UINT(page.count, 0);
	CHECK_UINT(offset, 3);
	CHECK_OK(cqrs_read_feed(f->framework, 0, 4, 0, f->arena, &page, &offset, &f->err), &f->err);
	CHECK_UINT(offset, 4);
}

/* ---- the cache ---- */

static unsigned long loads_of_a_command(struct fixture *f, const char *id)
{
	unsigned long before = atomic_load(&f->hooks.calls[HOOKED_READ_STREAM]);

	put(f, id, 1);
	return atomic_load(&f->hooks.calls[HOOKED_READ_STREAM]) - before;
}

static void cached_aggregate_is_not_read_again(void **state)
{
	struct fixture *f = *state;

	CHECK_TRUE(loads_of_a_command(f, "w") > 0);
	CHECK_UINT(loads_of_a_command(f, "w"), 0);
}

static void cache_keeps_the_entries_used_last(void **state)
{
	struct fixture *f = *state;

	fixture_new_framework(f,
	                      CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                             CQRS_VIEWS(&wallet_view), .cache_entries = 2));
	put(f, "a", 1);
	put(f, "b", 1);
	CHECK_UINT(loads_of_a_command(f, "a"), 0);
	put(f, "c", 1); /* b goes */
	CHECK_UINT(loads_of_a_command(f, "a"), 0);
	CHECK_TRUE(loads_of_a_command(f, "b") > 0);
	CHECK_INT(wallet_of(f, "b")->coins, 2);
	CHECK_INT(view_of(f, "b")->coins, 2);
	CHECK_TRUE(loads_of_a_command(f, "c") > 0);
}

static void framework_without_a_cache_reads_each_time(void **state)
{
	struct fixture *f = *state;

	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                                CQRS_VIEWS(&wallet_view),
	                                                .cache_entries = CQRS_NO_CACHE));
	put(f, "w", 1);
	CHECK_TRUE(loads_of_a_command(f, "w") > 0);
	CHECK_TRUE(loads_of_a_command(f, "w") > 0);
	CHECK_INT(wallet_of(f, "w")->coins, 3);
	CHECK_INT(view_of(f, "w")->coins, 3);
}

/* ---- what a state may point to ---- */

static void state_that_grows_is_compacted_in_use(void **state)
{
	struct fixture *f = *state;
	char tag[400];

	memset(tag, 't', sizeof(tag) - 1);
	tag[sizeof(tag) - 1] = '\0';
	for (int i = 0; i < 1000; i++) {
		tag[0] = (char)('a' + i % 26);
		CHECK_OK(cqrs_execute(f->framework, "w", &f->err, add_tag, .tag = tag), &f->err);
		put(f, "w", 1);
	}
	fixture_call(f, emit_five, NULL);
	CHECK_OK(cqrs_execute(f->framework, "w", &f->err, run), &f->err);
	CHECK_UINT(wallet_of(f, "w")->tags.count, 1000);
	CHECK_INT(wallet_of(f, "w")->tags.items[27][0], 'b');
	CHECK_INT(view_of(f, "w")->coins, 1005);
	CHECK_TEXT(view_of(f, "w")->last_note, "one of five");
}

/* Inline text is part of the event itself; a state may point at it all the same. */
struct name_it {
	char name[32];
};
CQRS_COMMAND(name_it, "NameIt", name);
struct named {
	char name[32];
};
CQRS_EVENT(named, "Named", "1.0", name);
struct thing {
	const char *name;
};

static enum cqrs_status handle_name_it(struct cqrs_context *ctx, const void *state,
                                       const void *command)
{
	const struct thing *thing = state;
	struct named event;

	if (thing->name && strcmp(thing->name, "first") != 0)
		return cqrs_fail(ctx, "the state has lost its name");
	memcpy(event.name, ((const struct name_it *)command)->name, sizeof(event.name));
	return cqrs_emit_event(ctx, &named_event, &event);
}

static void apply_named(void *state, const void *event)
{
	((struct thing *)state)->name = ((const struct named *)event)->name;
}

static const struct cqrs_aggregate thing_aggregate = {
	.type = "thing",
	.state = CQRS_RECORD(thing, name),
	.commands = CQRS_COMMANDS({ &name_it_command, handle_name_it }),
	.events = CQRS_EVENTS({ &named_event, apply_named }),
};

static void update_thing_view(struct cqrs_view_context *ctx, void *view,
                              const struct cqrs_envelope *event)
{
	struct thing *thing = view;

	if (thing->name && strcmp(thing->name, "first") != 0)
		cqrs_view_fail(ctx, "the view has lost its name");
	thing->name = cqrs_event_as(event, named)->name;
}

static const struct cqrs_view thing_view = {
	.type = "thing_view",
	.aggregate = &thing_aggregate,
	.record = CQRS_RECORD(thing, name),
	.update = update_thing_view,
};

static void state_may_keep_a_pointer_to_an_events_inline_text(void **state)
{
	struct fixture *f = *state;
	struct cqrs_loaded loaded;

	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&thing_aggregate),
	                                                CQRS_VIEWS(&thing_view)));
	CHECK_OK(cqrs_execute(f->framework, "t", &f->err, name_it, .name = "first"), &f->err);
	CHECK_OK(cqrs_execute(f->framework, "u", &f->err, name_it, .name = "other"), &f->err);
	CHECK_OK(cqrs_execute(f->framework, "t", &f->err, name_it, .name = "second"), &f->err);
	CHECK_OK(cqrs_load(f->framework, &thing_aggregate, "t", f->arena, &loaded, &f->err),
	         &f->err);
	CHECK_TEXT(((const struct thing *)loaded.state)->name, "second");
}

/* ---- what was never set ---- */

struct gauge {
	int64_t sum;
};
struct measure {
	int64_t value;
};
struct measured { /* numbers, of which one may be absent */
	bool has_value;
	int64_t value;
};
static CQRS_COMMAND(measure, "Measure", value);
static const struct cqrs_field measured_fields[] = {
	{ CQRS_FIELD(struct measured, value), CQRS_PRESENT_IF(struct measured, has_value) },
};
static CQRS_EVENT_OF(measured, "Measured", "1.0", measured_fields);

static enum cqrs_status handle_measure(struct cqrs_context *ctx, const void *state,
                                       const void *command)
{
	(void)state;
	return cqrs_emit(ctx, measured, .has_value = false,
	                 .value = ((const struct measure *)command)->value);
}

static void apply_measured(void *state, const void *event)
{
	((struct gauge *)state)->sum += ((const struct measured *)event)->value;
}

static enum cqrs_status look_at_gauge(struct cqrs_context *ctx, const void *state,
                                      const void *command)
{
	(void)command;
	return cqrs_reject(ctx, "sum", "%lld", (long long)((const struct gauge *)state)->sum);
}

static const struct cqrs_aggregate gauge_aggregate = {
	.type = "gauge",
	.state = CQRS_RECORD(gauge, sum),
	.commands = CQRS_COMMANDS({ &measure_command, handle_measure },
	                          { &look_command, look_at_gauge }),
	.events = CQRS_EVENTS({ &measured_event, apply_measured }),
};

/* As it will be when the stream is loaded, which has no trace of such a member. */
static void absent_member_of_an_emitted_event_is_zero_to_the_state(void **state)
{
	struct fixture *f = *state;

	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&gauge_aggregate)));
	CHECK_OK(cqrs_execute(f->framework, "g", &f->err, measure, .value = 7), &f->err);
	CHECK_STATUS(cqrs_execute(f->framework, "g", &f->err, look), CQRS_ERR_REJECTED);
	CHECK_TEXT(f->err.message, "0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(each_event_is_applied_exactly_once),
		RUN(snapshot_spares_reading_the_events_before_it),
		RUN(state_from_a_snapshot_goes_on_like_any_other),
		RUN(snapshot_of_another_shape_is_passed_over),
		RUN(snapshot_of_another_version_is_passed_over),
		RUN(snapshot_that_does_not_decode_is_passed_over),
		RUN(snapshot_that_cannot_be_stored_fails_no_command),
		RUN(snapshot_that_makes_a_commit_too_large_fails_no_command),
		RUN(aggregate_without_events_loads_as_zero),
		RUN(what_load_gives_is_the_callers_own),
		RUN(aggregate_loads_as_it_was_at_a_sequence),
		RUN(aggregate_loads_as_it_was_at_a_time),
		RUN(long_stream_loads_by_pages),
		RUN(stored_event_that_the_domain_does_not_know_is_corrupt),
		RUN(added_member_of_a_stored_event_is_passed_over),
		RUN(feed_is_read_as_envelopes_without_strangers),
		RUN(cached_aggregate_is_not_read_again),
		RUN(cache_keeps_the_entries_used_last),
		RUN(framework_without_a_cache_reads_each_time),
		RUN(state_that_grows_is_compacted_in_use),
		RUN(state_may_keep_a_pointer_to_an_events_inline_text),
		RUN(absent_member_of_an_emitted_event_is_zero_to_the_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
