/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * check.c - the rules of a commit, part by part, before any backend sees it.
 *
 * One pass over the parts; nothing is allocated. That payloads are JSON is the business of
 * whoever encodes them: here only their first byte and their size are looked at. What is
 * named twice is duplicates.c's.
 */
#include "store/front.h"

/* One commit being checked. */
struct check {
	const struct cqrs_store *store;
	bool names; /* false: they were checked where they came in */
	uint64_t events;
	uint64_t size;
	struct cqrs_error *err;
};

static enum cqrs_status check_name(const struct check *check, const char *name, size_t max_len,
                                   const struct cqrs__place *at, const char *member)
{
	if (!check->names)
		return CQRS_OK;
	return cqrs__check_name(name, max_len, at, member, check->err);
}

static enum cqrs_status check_id(const struct check *check, const char *id, size_t max_len,
                                 const struct cqrs__place *at, const char *member)
{
	return check->names ? cqrs__check_id(id, max_len, at, member, check->err) : CQRS_OK;
}

static enum cqrs_status check_stream(const struct check *check, const struct cqrs_stream *stream,
                                     const struct cqrs__place *at)
{
	return check->names ? cqrs__check_stream(check->store, stream, at, check->err) : CQRS_OK;
}

static enum cqrs_status check_sequence(uint64_t sequence, const struct cqrs__place *at,
                                       const char *member, struct cqrs_error *err)
{
	if (sequence > CQRS_MAX_SEQUENCE)
		return cqrs__refuse_limit(at, member, CQRS_MAX_SEQUENCE, "", err);
	return CQRS_OK;
}

static enum cqrs_status check_expected(uint64_t expected, const struct cqrs__place *at,
                                       struct cqrs_error *err)
{
	if (expected == CQRS_EXPECT_ANY || expected == CQRS_EXPECT_EXISTS)
		return CQRS_OK;
	return check_sequence(expected, at, "expected_sequence", err);
}

static enum cqrs_status check_object(const struct cqrs_text *json, const struct cqrs__place *at,
                                     const char *member, struct cqrs_error *err)
{
	if (!json->data || json->len < 2 || json->data[0] != '{')
		return cqrs__refuse(at, member, "is not a JSON object", err);
	return CQRS_OK;
}

/* An object that is no larger than view_size; counted. */
static enum cqrs_status check_payload(struct check *check, const struct cqrs_text *json,
                                      const struct cqrs__place *at, const char *member)
{
	if (check_object(json, at, member, check->err) != CQRS_OK)
		return CQRS_ERR_INVALID;
	if (json->len > check->store->limits.view_size)
		return cqrs__refuse_limit(at, member, check->store->limits.view_size, "bytes",
		                          check->err);
	check->size += json->len;
	return CQRS_OK;
}

static enum cqrs_status check_event(struct check *check, const struct cqrs_event_data *event,
                                    const struct cqrs__place *at)
{
	size_t limit = check->store->limits.event_size;
	enum cqrs_status status;

	status = check_name(check, event->type, CQRS_MAX_TYPE_LEN, at, "type");
	if (status == CQRS_OK)
		status = check_name(check, event->version, CQRS_MAX_VERSION_LEN, at, "version");
	if (status == CQRS_OK)
		status = check_object(&event->payload, at, "payload", check->err);
	if (status == CQRS_OK)
		status = check_object(&event->metadata, at, "metadata", check->err);
	if (status != CQRS_OK)
		return status;
	if (event->payload.len > limit || event->metadata.len > limit - event->payload.len)
		return cqrs__refuse_limit(at, "payload and metadata", limit, "bytes", check->err);
	check->size += event->payload.len + event->metadata.len;
	return CQRS_OK;
}

static enum cqrs_status check_append(struct check *check, const struct cqrs_append *append,
                                     size_t index)
{
	struct cqrs__place at = { "appends", index, NULL, 0 };
	enum cqrs_status status;

	status = check_stream(check, &append->stream, &at);
	if (status == CQRS_OK)
		status = check_expected(append->expected_sequence, &at, check->err);
	if (status != CQRS_OK)
		return status;
	if (append->event_count == 0 || !append->events)
		return cqrs__refuse(&at, "events", "is empty", check->err);
	check->events += append->event_count;
	if (check->events > check->store->limits.commit_events)
		return cqrs_error_set(check->err, CQRS_ERR_LIMIT,
		                      "the commit is above the limit of %zu events",
		                      check->store->limits.commit_events);
	at.sublist = "events";
	for (size_t i = 0; status == CQRS_OK && i < append->event_count; i++) {
		at.subindex = i;
		status = check_event(check, &append->events[i], &at);
	}
	return status;
}

static enum cqrs_status check_expect(struct check *check, const struct cqrs_expect *expect,
                                     size_t index)
{
	struct cqrs__place at = { "expects", index, NULL, 0 };
	enum cqrs_status status;

	status = check_stream(check, &expect->stream, &at);
	if (status != CQRS_OK)
		return status;
	return check_expected(expect->expected_sequence, &at, check->err);
}

static enum cqrs_status check_snapshot(struct check *check, const struct cqrs_snapshot_write *write,
                                       size_t index)
{
	struct cqrs__place at = { "snapshots", index, NULL, 0 };
	enum cqrs_status status;

	status = check_stream(check, &write->stream, &at);
	if (status == CQRS_OK)
		status = check_sequence(write->snapshot.sequence, &at, "snapshot.sequence",
		                        check->err);
	if (status != CQRS_OK)
		return status;
	return check_payload(check, &write->snapshot.state, &at, "snapshot.state");
}

static enum cqrs_status check_entries(struct check *check, const struct cqrs_view_write *view,
                                      size_t index)
{
	struct cqrs__place at = { "views", index, "entries", 0 };
	enum cqrs_status status = CQRS_OK;

	for (size_t i = 0; status == CQRS_OK && i < view->entry_count; i++) {
		const struct cqrs_entry_write *entry = &view->entries[i];

		at.subindex = i;
		status = check_sequence(entry->position.sequence, &at, "position.sequence",
		                        check->err);
		if (status == CQRS_OK)
			status = check_sequence(entry->position.index, &at, "position.index",
			                        check->err);
		if (status == CQRS_OK)
			status = check_payload(check, &entry->payload, &at, "payload");
	}
	return status;
}

/* A view's row, tombstone or erasure, told apart by version and payload. */
static enum cqrs_status check_view_kind(const struct cqrs_view_write *view,
                                        const struct cqrs__place *at, struct cqrs_error *err)
{
	if (view->version == 0 && view->payload.data)
		return cqrs__refuse(at, "payload", "is given, but version 0 erases the view", err);
	if (view->version != 0 && view->version <= view->expected_version)
		return cqrs__refuse(at, "version", "is not above expected_version", err);
	if (!view->payload.data && view->entry_count)
		return cqrs__refuse(at, "entries", "is not empty, but the view is removed", err);
	if (view->entry_count && !view->entries)
		return cqrs__refuse(at, "entries", "is NULL, but entry_count is not 0", err);
	return CQRS_OK;
}

static enum cqrs_status check_view(struct check *check, const struct cqrs_view_write *view,
                                   size_t index)
{
	struct cqrs__place at = { "views", index, NULL, 0 };
	enum cqrs_status status;

	status = check_name(check, view->type, CQRS_MAX_TYPE_LEN, &at, "type");
	if (status == CQRS_OK)
		status = check_id(check, view->id, check->store->limits.id_len, &at, "id");
	if (status == CQRS_OK)
		status =
			check_sequence(view->expected_version, &at, "expected_version", check->err);
	if (status == CQRS_OK)
		status = check_sequence(view->version, &at, "version", check->err);
	if (status == CQRS_OK)
		status = check_view_kind(view, &at, check->err);
	if (status == CQRS_OK && view->entry_count > CQRS_MAX_COMMIT_EVENTS)
		status = cqrs__refuse_limit(&at, "entry_count", CQRS_MAX_COMMIT_EVENTS, "",
		                            check->err);
	if (status == CQRS_OK && view->payload.data)
		status = check_payload(check, &view->payload, &at, "payload");
	if (status != CQRS_OK)
		return status;
	return check_entries(check, view, index);
}

static enum cqrs_status
check_checkpoint(struct check *check, const struct cqrs_checkpoint_write *checkpoint, size_t index)
{
	struct cqrs__place at = { "checkpoints", index, NULL, 0 };
	enum cqrs_status status;

	status = check_name(check, checkpoint->projection, CQRS_MAX_TYPE_LEN, &at, "projection");
	if (status != CQRS_OK)
		return status;
	if (checkpoint->feed >= check->store->feed_count)
		return cqrs__refuse(&at, "feed", "is not a feed of the store", check->err);
	status = check_sequence(checkpoint->expected_offset, &at, "expected_offset", check->err);
	if (status != CQRS_OK)
		return status;
	return check_sequence(checkpoint->offset, &at, "offset", check->err);
}

static enum cqrs_status check_key(struct check *check, const struct cqrs_key_write *write,
                                  size_t index)
{
	struct cqrs__place at = { "keys", index, NULL, 0 };
	enum cqrs_status status;

	status = check_stream(check, &write->stream, &at);
	if (status == CQRS_OK)
		status = check_id(check, write->key, CQRS_MAX_KEY_LEN, &at, "key");
	if (status == CQRS_OK)
		status = check_sequence(write->record.first_sequence, &at, "record.first_sequence",
		                        check->err);
	if (status == CQRS_OK)
		status = check_sequence(write->record.last_sequence, &at, "record.last_sequence",
		                        check->err);
	return status;
}

static enum cqrs_status check_list(const void *list, size_t count, const char *name,
                                   struct cqrs_error *err)
{
	if (count && !list)
		return cqrs__refuse(NULL, name, "is NULL, but its count is not 0", err);
	if (count > CQRS_MAX_COMMIT_EVENTS)
		return cqrs__refuse_limit(NULL, name, CQRS_MAX_COMMIT_EVENTS, "items", err);
	return CQRS_OK;
}

static enum cqrs_status check_lists(const struct cqrs_commit *commit, struct cqrs_error *err)
{
	enum cqrs_status status;

	status = check_list(commit->appends, commit->append_count, "appends", err);
	if (status == CQRS_OK)
		status = check_list(commit->expects, commit->expect_count, "expects", err);
	if (status == CQRS_OK)
		status = check_list(commit->snapshots, commit->snapshot_count, "snapshots", err);
	if (status == CQRS_OK)
		status = check_list(commit->views, commit->view_count, "views", err);
	if (status == CQRS_OK)
		status = check_list(commit->checkpoints, commit->checkpoint_count, "checkpoints",
		                    err);
	if (status == CQRS_OK)
		status = check_list(commit->keys, commit->key_count, "keys", err);
	return status;
}

static enum cqrs_status check_parts(struct check *check, const struct cqrs_commit *commit)
{
	enum cqrs_status status = CQRS_OK;

	for (size_t i = 0; status == CQRS_OK && i < commit->append_count; i++)
		status = check_append(check, &commit->appends[i], i);
	for (size_t i = 0; status == CQRS_OK && i < commit->expect_count; i++)
		status = check_expect(check, &commit->expects[i], i);
	for (size_t i = 0; status == CQRS_OK && i < commit->snapshot_count; i++)
		status = check_snapshot(check, &commit->snapshots[i], i);
	for (size_t i = 0; status == CQRS_OK && i < commit->view_count; i++)
		status = check_view(check, &commit->views[i], i);
	for (size_t i = 0; status == CQRS_OK && i < commit->checkpoint_count; i++)
		status = check_checkpoint(check, &commit->checkpoints[i], i);
	for (size_t i = 0; status == CQRS_OK && i < commit->key_count; i++)
		status = check_key(check, &commit->keys[i], i);
	return status;
}

enum cqrs_status cqrs__check_commit(const struct cqrs_store *store,
                                    const struct cqrs_commit *commit, bool names,
                                    struct cqrs_error *err)
{
	struct check check = { .store = store, .names = names, .err = err };
	enum cqrs_status status;

	status = check_lists(commit, err);
	if (status == CQRS_OK)
		status = check_parts(&check, commit);
	if (status != CQRS_OK)
		return status;
	if (check.size > store->limits.commit_size)
		return cqrs_error_set(err, CQRS_ERR_LIMIT,
		                      "the commit is above the limit of %zu bytes",
		                      store->limits.commit_size);
	return cqrs__check_duplicates(store, commit, err);
}

uint64_t cqrs__commit_size(const struct cqrs_commit *commit)
{
	uint64_t size = 0;

	for (size_t i = 0; i < commit->append_count; i++) {
		const struct cqrs_append *append = &commit->appends[i];

		for (size_t j = 0; j < append->event_count; j++)
			size += append->events[j].payload.len + append->events[j].metadata.len;
	}
	for (size_t i = 0; i < commit->snapshot_count; i++)
		size += commit->snapshots[i].snapshot.state.len;
	for (size_t i = 0; i < commit->view_count; i++) {
		const struct cqrs_view_write *view = &commit->views[i];

		size += view->payload.len;
		for (size_t j = 0; j < view->entry_count; j++)
			size += view->entries[j].payload.len;
	}
	return size;
}
