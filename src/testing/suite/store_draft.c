/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_draft.c - how tests put commits together, and judge what became of them.
 */
#include "store_suite.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct cqrs_text cqrs__suite_text(const char *text)
{
	return (struct cqrs_text){ text, text ? strlen(text) : 0 };
}

struct cqrs_text cqrs__suite_json(struct actor *a, size_t size)
{
	enum { PERIOD = 9973 }; /* prime, so that no block of a store's repeats in another */
	char *text = cqrs__suite_allocate(a, size + 1);

	CHECK_TRUE(a, size >= 8);
	for (size_t i = 0; i < size && i < PERIOD; i++)
		text[i] = (char)('a' + i % 26);
	for (size_t i = PERIOD; i < size; i += PERIOD)
		memcpy(text + i, text, size - i < PERIOD ? size - i : PERIOD);
	/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): the text goes on behind it */
	memcpy(text, "{\"x\":\"", 6);
	text[size - 2] = '"';
	text[size - 1] = '}';
	text[size] = '\0';
	return (struct cqrs_text){ text, size };
}

static struct cqrs_id numbered_id(uint8_t kind, uint64_t number)
{
	struct cqrs_id id = { { 0x01, 0x93, 0, 0, 0, 0, 0x70, kind } };

	for (size_t i = 0; i < 8; i++)
		id.bytes[15 - i] = (uint8_t)(number >> (8 * i));
	return id;
}

static uint64_t take_numbers(struct suite *suite, size_t count)
{
	uint64_t first;

	pthread_mutex_lock(&suite->lock);
	first = suite->event_count + 1;
	suite->event_count += count;
	pthread_mutex_unlock(&suite->lock);
	return first;
}

struct cqrs_event_data *cqrs__suite_events(struct actor *a, size_t count)
{
	struct cqrs_event_data *events = cqrs__suite_allocate(a, count * sizeof(*events));
	uint64_t first = take_numbers(a->suite, count);

	for (size_t i = 0; i < count; i++) {
		uint64_t number = first + i;
		char *payload = cqrs__suite_print(a, "{\"number\":%" PRIu64 "}", number);

		events[i] = (struct cqrs_event_data){
			.event_id = numbered_id(1, number),
			.correlation_id = numbered_id(2, number),
			.causation_id = numbered_id(3, number),
			.recorded_at_us = INT64_C(1700000000000000) + (int64_t)number,
			.type = "Happened",
			.version = "1.0",
			.payload = cqrs__suite_text(payload),
			.metadata = TEXT("{\"user\":\"ann\"}"),
		};
	}
	return events;
}

struct draft *cqrs__draft_new(struct actor *a)
{
	struct draft *draft = cqrs__suite_allocate(a, sizeof(*draft));

	memset(draft, 0, sizeof(*draft));
	draft->commit.appends = draft->appends;
	draft->commit.expects = draft->expects;
	draft->commit.snapshots = draft->snapshots;
	draft->commit.views = draft->views;
	draft->commit.checkpoints = draft->checkpoints;
	draft->commit.keys = draft->keys;
	return draft;
}

struct cqrs_append *cqrs__draft_append(struct actor *a, struct draft *draft,
                                       struct cqrs_stream stream, uint64_t expected_sequence,
                                       size_t event_count)
{
	struct cqrs_append *append = &draft->appends[draft->commit.append_count++];

	append->stream = stream;
	append->expected_sequence = expected_sequence;
	append->events = cqrs__suite_events(a, event_count);
	append->event_count = event_count;
	return append;
}

void cqrs__draft_expect(struct draft *draft, struct cqrs_stream stream, uint64_t expected_sequence)
{
	draft->expects[draft->commit.expect_count++] =
		(struct cqrs_expect){ stream, expected_sequence };
}

struct cqrs_snapshot *cqrs__draft_snapshot(struct draft *draft, struct cqrs_stream stream,
                                           uint64_t sequence, const char *state)
{
	struct cqrs_snapshot_write *write = &draft->snapshots[draft->commit.snapshot_count++];

	write->stream = stream;
	write->snapshot = (struct cqrs_snapshot){
		.sequence = sequence,
		.fingerprint = 7,
		.recorded_at_us = INT64_C(1700000000000000),
		.state = cqrs__suite_text(state),
	};
	return &write->snapshot;
}

struct cqrs_view_write *cqrs__draft_view(struct draft *draft, const char *type, const char *id,
                                         uint64_t expected_version, uint64_t version,
                                         const char *payload)
{
	size_t index = draft->commit.view_count++;
	struct cqrs_view_write *write = &draft->views[index];

	*write = (struct cqrs_view_write){
		.type = type,
		.id = id,
		.expected_version = expected_version,
		.version = version,
		.payload = cqrs__suite_text(payload),
		.entries = draft->entries[index],
	};
	return write;
}

void cqrs__draft_entry(struct draft *draft, uint64_t sequence, uint64_t index, const char *payload)
{
	size_t view = draft->commit.view_count - 1;
	size_t entry = draft->views[view].entry_count++;

	draft->entries[view][entry] =
		(struct cqrs_entry_write){ { sequence, index }, cqrs__suite_text(payload) };
}

void cqrs__draft_checkpoint(struct draft *draft, const char *projection, uint64_t feed,
                            uint64_t expected_offset, uint64_t offset)
{
	draft->checkpoints[draft->commit.checkpoint_count++] =
		(struct cqrs_checkpoint_write){ projection, feed, expected_offset, offset };
}

struct cqrs_key_record *cqrs__draft_key(struct draft *draft, struct cqrs_stream stream,
                                        const char *key)
{
	struct cqrs_key_write *write = &draft->keys[draft->commit.key_count++];

	*write = (struct cqrs_key_write){
		.stream = stream,
		.key = key,
		.record = { { { 1, 2, 3 } }, 1, 1, INT64_C(1700000000000000) },
	};
	return &write->record;
}

/* What is told to the caller in several places must be the same in each. */
static void check_told_alike(struct actor *a, const struct draft *draft)
{
	const struct cqrs_commit *commit = &draft->commit;

	if (commit->status == CQRS_OK) {
		CHECK_UINT(a, commit->moved, CQRS_MOVED_NOTHING);
		return;
	}
	CHECK_STATUS(a, draft->err.status, commit->status);
	CHECK_TRUE(a, draft->err.message[0] != '\0');
	if (commit->status == CQRS_ERR_CONFLICT)
		CHECK_TRUE(a, commit->moved != CQRS_MOVED_NOTHING);
	else
		CHECK_UINT(a, commit->moved, CQRS_MOVED_NOTHING);
}

struct draft *cqrs__draft_commit(struct actor *a, struct draft *draft)
{
	enum cqrs_status status;

	draft->commit.status = CQRS_ERR_UNKNOWN;
	status = cqrs_store_commit(a->store, &draft->commit, &draft->err);
	CHECK_STATUS_ERR(a, status, draft->commit.status, &draft->err);
	check_told_alike(a, draft);
	return draft;
}

enum cqrs_status cqrs__draft_commit_batch(struct actor *a, struct draft *const *drafts,
                                          size_t count)
{
	struct cqrs_commit **commits =
		cqrs__suite_allocate(a, count * sizeof(struct cqrs_commit *));
	enum cqrs_status status;

	for (size_t i = 0; i < count; i++) {
		commits[i] = &drafts[i]->commit;
		commits[i]->err = &drafts[i]->err;
		commits[i]->status = CQRS_ERR_UNKNOWN;
	}
	status = cqrs_store_commit_batch(a->store, commits, count);
	for (size_t i = 0; i < count; i++)
		check_told_alike(a, drafts[i]);
	return status;
}

void cqrs__suite_check_stored(struct actor *a, const struct check_place *place,
                              const struct draft *draft)
{
	cqrs__suite_check_status(a, place, draft->commit.status, CQRS_OK, &draft->err);
}

void cqrs__suite_check_refused(struct actor *a, const struct check_place *place,
                               const struct draft *draft, enum cqrs_status status)
{
	cqrs__suite_check_status(a, place, draft->commit.status, status, &draft->err);
}

static const char *name_of_moved(const struct cqrs_commit *commit)
{
	switch (commit->moved) {
	case CQRS_MOVED_STREAM:
		return commit->appends[commit->moved_index].stream.id;
	case CQRS_MOVED_EXPECT:
		return commit->expects[commit->moved_index].stream.id;
	case CQRS_MOVED_VIEW:
		return commit->views[commit->moved_index].id;
	case CQRS_MOVED_CHECKPOINT:
		return commit->checkpoints[commit->moved_index].projection;
	case CQRS_MOVED_KEY:
		return commit->keys[commit->moved_index].key;
	case CQRS_MOVED_AFTER:
	case CQRS_MOVED_NOTHING:
		break;
	}
	return "";
}

void cqrs__suite_check_moved(struct actor *a, const struct check_place *place,
                             const struct draft *draft, enum cqrs_moved moved, size_t index,
                             uint64_t to)
{
	const struct cqrs_commit *commit = &draft->commit;
	char expected[96];
	char actual[96];

	cqrs__suite_check_status(a, place, commit->status, CQRS_ERR_CONFLICT, &draft->err);
	snprintf(expected, sizeof(expected), "moved %d, index %zu, to %" PRIu64, (int)moved, index,
	         to);
	snprintf(actual, sizeof(actual), "moved %d, index %zu, to %" PRIu64, (int)commit->moved,
	         commit->moved_index, commit->moved_to);
	/* Where a key or another commit stood in the way there is no number to tell. */
	if (commit->moved != moved ||
	    (moved != CQRS_MOVED_AFTER &&
	     (commit->moved_index != index || (moved != CQRS_MOVED_KEY && commit->moved_to != to))))
		cqrs__suite_fail(a, place, expected, actual);
	cqrs__suite_check_contains(a, place, draft->err.path, name_of_moved(commit));
}

const struct cqrs_event_data *cqrs__suite_given_events(struct actor *a, struct cqrs_stream stream,
                                                       size_t count)
{
	struct draft *draft = cqrs__draft_new(a);

	cqrs__draft_append(a, draft, stream, CQRS_EXPECT_ANY, count);
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	return draft->appends[0].events;
}

void cqrs__suite_given_view(struct actor *a, const char *type, const char *id,
                            uint64_t expected_version, uint64_t version, const char *payload)
{
	struct draft *draft = cqrs__draft_new(a);

	cqrs__draft_view(draft, type, id, expected_version, version, payload);
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
}
