/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* given.c - the past of a test, and its surroundings: each is stored as it would have been. */
#include "domain_test.h"

#include <string.h>

/* What was given is no outcome: nothing was asked yet. */
static bool was_made(struct cqrs_test *test, const struct cqrs_test_place *place)
{
	test->asked = false;
	if (test->outcome.status == CQRS_OK)
		return true;
	cqrs__test_fail_error(test, place, "this past cannot have been", &test->outcome.err);
	return false;
}

void cqrs_test_given_event(struct cqrs_test *test, const struct cqrs_test_place *place,
                           const struct cqrs_event_type *type, const void *event)
{
	const struct cqrs_test_event happened = { type, event };

	if (!cqrs__test_goes_on(test, place))
		return;
	if (cqrs__test_run_events(test, place, &happened, 1, CQRS__TEST_VIEWS))
		was_made(test, place);
}

void cqrs_test_given_command(struct cqrs_test *test, const struct cqrs_test_place *place,
                             const struct cqrs_command_type *type, const void *command)
{
	if (!cqrs__test_goes_on(test, place))
		return;
	if (cqrs__test_run(test, place,
	                   &(const struct cqrs__test_command){ .type = type,
	                                                       .command = command,
	                                                       .audience = CQRS__TEST_VIEWS }))
		was_made(test, place);
}

/* ---- what has not happened ---- */

static bool read_head(struct cqrs_test *test, const struct cqrs_test_place *place,
                      uint64_t *out_head)
{
	struct cqrs_stream stream = cqrs__test_stream(test);
	struct cqrs_error err = CQRS_ERROR_INIT;

	if (cqrs_store_read_head(test->store, &stream, out_head, &err) == CQRS_OK)
		return true;
	cqrs__test_fail_error(test, place, "the past cannot be read", &err);
	return false;
}

static bool has_no_past(struct cqrs_test *test, const struct cqrs_test_place *place)
{
	uint64_t head = 0;

	if (!read_head(test, place, &head))
		return false;
	if (head)
		cqrs__test_fail(test, place, "there is a past already");
	return !head;
}

void cqrs_test_given_nothing(struct cqrs_test *test, const struct cqrs_test_place *place)
{
	if (cqrs__test_goes_on(test, place))
		has_no_past(test, place);
}

/* What each view that has not begun is behind the kit's own event, so that none is told of it. */
static enum cqrs_status pass_views_by(struct cqrs_test *test, struct cqrs_error *err)
{
	enum cqrs_status status = CQRS_OK;

	for (size_t i = 0; i < test->options.view_count && status == CQRS_OK; i++) {
		struct cqrs_view_write write = {
			.type = test->view_list[i]->type,
			.id = test->aggregate_id,
			.version = 1, /* and no payload: a tombstone */
		};
		struct cqrs_commit commit = { .views = &write, .view_count = 1 };

		status = cqrs_store_commit(test->store, &commit, err);
	}
	return status;
}

/* An event that means nothing to anybody. */
static bool begin_past(struct cqrs_test *test, const struct cqrs_test_place *place)
{
	const struct cqrs_test_event past = { cqrs__test_past_entry.type, NULL };
	struct cqrs_error *err = &test->outcome.err;

	if (!cqrs__test_run_events(test, place, &past, 1, CQRS__TEST_NOBODY))
		return false;
	if (test->outcome.status == CQRS_OK)
		test->outcome.status = pass_views_by(test, err);
	return was_made(test, place);
}

/* ---- states ---- */

static enum cqrs_status save_snapshot(struct cqrs_test *test, struct cqrs_text state,
                                      struct cqrs_error *err)
{
	struct cqrs_snapshot_write write = {
		.stream = cqrs__test_stream(test),
		.snapshot = { .sequence = 1,
		              .fingerprint = cqrs_aggregate_fingerprint(&test->aggregate),
		              .recorded_at_us = test->now_us,
		              .state = state },
	};
	struct cqrs_commit commit = { .snapshots = &write, .snapshot_count = 1 };

	return cqrs_store_commit(test->store, &commit, err);
}

void cqrs_test_given_state(struct cqrs_test *test, const struct cqrs_test_place *place,
                           struct cqrs_test_value state)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_text json;
	enum cqrs_status status;
	const void *value;

	if (!cqrs__test_goes_on(test, place) || !has_no_past(test, place))
		return;
	value = cqrs__test_value(test, place, &test->aggregate.state, state);
	if (!value || !begin_past(test, place))
		return;
	status = cqrs_record_encode(&test->aggregate.state, value, CQRS_ALLOW_NULL_TEXT,
	                            test->passing, &json, &err);
	if (status == CQRS_OK)
		status = save_snapshot(test, json, &err);
	if (status != CQRS_OK)
		cqrs__test_fail_error(test, place, "this state cannot have been", &err);
}

/* ---- views ---- */

static enum cqrs_status erase_view(struct cqrs_test *test, const struct cqrs_view *view,
                                   struct cqrs_error *err)
{
	struct cqrs_stored_view stored;
	struct cqrs_view_write write = { .type = view->type, .id = test->aggregate_id };
	struct cqrs_commit commit = { .views = &write, .view_count = 1 };
	enum cqrs_status status = cqrs_store_load_view(test->store, view->type, test->aggregate_id,
	                                               test->passing, &stored, err);

	if (status == CQRS_ERR_NOT_FOUND)
		return CQRS_OK;
	if (status != CQRS_OK)
		return status;
	write.expected_version = stored.version;
	return cqrs_store_commit(test->store, &commit, err);
}

/* Write a view's row and entries in place of what there is. */
static enum cqrs_status write_view(struct cqrs_test *test, const struct cqrs_view *view,
                                   uint64_t version, struct cqrs_text payload,
                                   const struct cqrs_entry_write *entries, size_t entry_count,
                                   struct cqrs_error *err)
{
	struct cqrs_view_write write = {
		.type = view->type,
		.id = test->aggregate_id,
		.version = version,
		.payload = payload,
		.entries = entries,
		.entry_count = entry_count,
	};
	struct cqrs_commit commit = { .views = &write, .view_count = 1 };
	enum cqrs_status status = erase_view(test, view, err);

	return status == CQRS_OK ? cqrs_store_commit(test->store, &commit, err) : status;
}

/* A view is one of something: where nothing has happened yet, something has. */
static bool begin_view(struct cqrs_test *test, const struct cqrs_test_place *place,
                       uint64_t *out_head)
{
	if (!read_head(test, place, out_head))
		return false;
	if (*out_head)
		return true;
	*out_head = 1;
	return begin_past(test, place);
}

void cqrs_test_given_view(struct cqrs_test *test, const struct cqrs_test_place *place,
                          const struct cqrs_view *view, struct cqrs_test_value value)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_text json;
	enum cqrs_status status;
	const void *contents;
	uint64_t head;

	if (!cqrs__test_goes_on(test, place))
		return;
	view = cqrs__test_view(test, place, view);
	if (!view)
		return;
	contents = cqrs__test_value(test, place, &view->record, value);
	if (!contents || !begin_view(test, place, &head))
		return;
	status = cqrs_record_encode(&view->record, contents, CQRS_ALLOW_NULL_TEXT, test->passing,
	                            &json, &err);
	if (status == CQRS_OK)
		status = write_view(test, view, head, json, NULL, 0, &err);
	if (status != CQRS_OK)
		cqrs__test_fail_error(test, place, "this view cannot have been", &err);
}

static enum cqrs_status encode_entries(struct cqrs_test *test, const struct cqrs_view *view,
                                       uint64_t sequence, const struct cqrs_test_entry *entries,
                                       size_t count, struct cqrs_entry_write *out_writes,
                                       struct cqrs_error *err)
{
	enum cqrs_status status = CQRS_OK;

	for (size_t i = 0; i < count && status == CQRS_OK; i++) {
		out_writes[i].position = (struct cqrs_entry_position){ sequence, i };
		status = cqrs__test_encode_entry(test, view, &entries[i], &out_writes[i].payload,
		                                 err);
	}
	return status;
}

static enum cqrs_status give_entries(struct cqrs_test *test, const struct cqrs_view *view,
                                     uint64_t head, const struct cqrs_test_entry *entries,
                                     size_t count, struct cqrs_error *err)
{
	struct cqrs_entry_write *writes =
		cqrs_arena_allocate(test->passing, count * sizeof(*writes));
	struct cqrs_stored_view stored;
	enum cqrs_status status;

	if (!writes)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for entries");
	status = cqrs_store_load_view(test->store, view->type, test->aggregate_id, test->passing,
	                              &stored, err);
	if (status == CQRS_OK && stored.removed)
		status = cqrs_error_set(err, CQRS_ERR_NOT_FOUND, "there is no such view");
	if (status == CQRS_OK)
		status = encode_entries(test, view, head, entries, count, writes, err);
	if (status == CQRS_OK)
		status = write_view(test, view, head, stored.payload, writes, count, err);
	return status;
}

void cqrs_test_given_entries(struct cqrs_test *test, const struct cqrs_test_place *place,
                             const struct cqrs_view *view, const struct cqrs_test_entry *entries,
                             size_t count)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	uint64_t head;

	if (!cqrs__test_goes_on(test, place))
		return;
	view = cqrs__test_view(test, place, view);
	if (!view || !begin_view(test, place, &head))
		return;
	if (give_entries(test, view, head, entries, count, &err) != CQRS_OK)
		cqrs__test_fail_error(test, place, "these entries cannot have been", &err);
}

/* ---- what surrounds commands ---- */

static char *keep_text(struct cqrs_test *test, const char *text)
{
	return cqrs_arena_text(test->lasting, text, strlen(text));
}

void cqrs_test_given_metadata(struct cqrs_test *test, const struct cqrs_test_place *place,
                              const char *name, const char *value)
{
	struct cqrs_metadata_entry *items;
	size_t count;

	if (!cqrs__test_goes_on(test, place))
		return;
	if (!name || !value) {
		cqrs__test_fail(test, place, "metadata is a name and a value");
		return;
	}
	items = cqrs_arena_allocate(test->lasting, (test->metadata_count + 1) * sizeof(*items));
	if (items && test->metadata_count)
		memcpy(items, test->metadata, test->metadata_count * sizeof(*items));
	for (count = 0; items && count < test->metadata_count; count++)
		if (strcmp(items[count].name, name) == 0)
			break;
	if (items)
		items[count] = (struct cqrs_metadata_entry){ keep_text(test, name),
			                                     keep_text(test, value) };
	if (!items || !items[count].name || !items[count].value) {
		cqrs__test_fail(test, place, "no memory for metadata");
		return;
	}
	test->metadata = items;
	if (count == test->metadata_count)
		test->metadata_count++;
}

void cqrs_test_given_time(struct cqrs_test *test, const struct cqrs_test_place *place,
                          const char *time)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	int64_t time_us = 0;

	if (!cqrs__test_goes_on(test, place))
		return;
	if (!time)
		cqrs__test_fail(test, place, "no time is given");
	else if (cqrs_time_parse(time, strlen(time), &time_us, &err) != CQRS_OK)
		cqrs__test_fail_error(test, place, "this is no time", &err);
	else if (time_us < test->last_event_us)
		cqrs__test_fail(test, place, "something has happened later than that");
	else
		test->now_us = time_us;
}

void cqrs_test_given_later(struct cqrs_test *test, const struct cqrs_test_place *place,
                           int64_t time_us)
{
	if (!cqrs__test_goes_on(test, place))
		return;
	if (time_us < 0 || test->now_us > INT64_MAX - time_us)
		cqrs__test_fail(test, place, "time cannot pass by so much");
	else
		test->now_us += time_us;
}
