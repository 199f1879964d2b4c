/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* state.c - rehydration: snapshot, then events by the page, each applied exactly once. */
#include "framework/state.h"

#include "domain/stored.h"

/* Events; with what decoding them takes, a page of small ones stays in an arena's spare blocks. */
#define PAGE 512

void cqrs__state_init(struct cqrs__state *state, const struct cqrs__aggregate_model *aggregate,
                      const struct cqrs_allocator *allocator)
{
	*state = (struct cqrs__state){ .aggregate = aggregate };
	cqrs__held_init(&state->held, &aggregate->aggregate->state, allocator);
}

void cqrs__state_deinit(struct cqrs__state *state)
{
	cqrs__held_deinit(&state->held);
}

size_t cqrs__state_size(const struct cqrs__state *state)
{
	return state->held.memory.reserved;
}

enum cqrs_status cqrs__state_apply(struct cqrs__state *state, const struct cqrs_event_entry *entry,
                                   const void *event, int64_t recorded_at_us,
                                   struct cqrs_error *err)
{
	enum cqrs_status status = CQRS_OK;

	if (!cqrs__model_event_is_plain(state->aggregate, entry))
		status = cqrs__held_adopt(&state->held, &entry->type->record, event, &event, err);
	if (status != CQRS_OK)
		return status;
	entry->apply(state->held.value, event);
	if (cqrs__arena_failed(&state->held.memory))
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for the state of '%s'",
		                      state->aggregate->aggregate->type);
	state->sequence++;
	state->recorded_at_us = recorded_at_us;
	return CQRS_OK;
}

static enum cqrs_status pass_on(const struct cqrs_error *failure, struct cqrs_error *err)
{
	if (err)
		*err = *failure;
	return failure->status;
}

/* Begin with a snapshot where there is one that fits; an unfit one is passed over. */
static enum cqrs_status
load_snapshot(struct cqrs__state *state, struct cqrs_store *store, const struct cqrs_stream *stream,
              struct cqrs__load_bounds bounds, struct cqrs_arena *scratch,
              const struct cqrs_environment *environment, struct cqrs_error *err)
{
	struct cqrs_error failure; /* to have no snapshot, or an unfit one, is none */
	struct cqrs_snapshot snapshot;
	enum cqrs_status status =
		cqrs_store_load_snapshot(store, stream, scratch, &snapshot, &failure);

	if (status == CQRS_ERR_NOT_FOUND)
		return CQRS_OK;
	if (status != CQRS_OK)
		return pass_on(&failure, err);
	if (snapshot.fingerprint != state->aggregate->fingerprint ||
	    snapshot.sequence > bounds.max_sequence ||
	    snapshot.recorded_at_us > bounds.max_recorded_at_us)
		return CQRS_OK;
	status = cqrs_record_decode(state->held.record, snapshot.state, CQRS_ALLOW_NULL_TEXT,
	                            &state->held.memory, state->held.value, &failure);
	if (status == CQRS_ERR_NOMEM)
		return pass_on(&failure, err);
	if (status != CQRS_OK) {
		cqrs_log(environment, CQRS_LOG_WARN,
		         "the snapshot of %s '%s' does not decode and is passed over", stream->type,
		         stream->id);
		return cqrs__held_reset(&state->held, err);
	}
	state->sequence = snapshot.sequence;
	state->recorded_at_us = snapshot.recorded_at_us;
	return CQRS_OK;
}

static enum cqrs_status apply_stored(struct cqrs__state *state,
                                     const struct cqrs_stored_event *event,
                                     struct cqrs_arena *scratch, struct cqrs_error *err)
{
	const struct cqrs_event_entry *entry = NULL;
	const void *payload = NULL;
	enum cqrs_status status;

	if (event->sequence != state->sequence + 1)
		return cqrs_error_set(
			err, CQRS_ERR_CORRUPT, "%s '%.60s' has event %llu where %llu was expected",
			event->stream.type, event->stream.id, (unsigned long long)event->sequence,
			(unsigned long long)state->sequence + 1);
	status = cqrs__stored_payload(state->aggregate->aggregate, event, scratch, &entry, &payload,
	                              err);
	if (status != CQRS_OK)
		return status;
	return cqrs__state_apply(state, entry, payload, event->data.recorded_at_us, err);
}

/* One page; *out_more: there may be another within the bounds. */
static enum cqrs_status apply_page(struct cqrs__state *state, struct cqrs_store *store,
                                   const struct cqrs_stream *stream,
                                   struct cqrs__load_bounds bounds, struct cqrs_arena *scratch,
                                   bool *out_more, struct cqrs_error *err)
{
	struct cqrs_event_page page;
	enum cqrs_status status =
		cqrs_store_read_stream(store, stream, state->sequence, PAGE, scratch, &page, err);

	*out_more = false;
	if (status != CQRS_OK)
		return status;
	for (size_t i = 0; i < page.count; i++) {
		if (page.items[i].sequence > bounds.max_sequence ||
		    page.items[i].data.recorded_at_us > bounds.max_recorded_at_us)
			return CQRS_OK;
		status = apply_stored(state, &page.items[i], scratch, err);
		if (status != CQRS_OK)
			return status;
	}
	*out_more = page.count > 0 && !page.complete;
	return CQRS_OK;
}

enum cqrs_status
cqrs__state_load(struct cqrs__state *state, struct cqrs_store *store, const char *id,
                 struct cqrs__load_bounds bounds, struct cqrs_arena *scratch,
                 const struct cqrs_environment *environment, struct cqrs_error *err)
{
	const struct cqrs_stream stream = { .type = state->aggregate->aggregate->type, .id = id };
	uint64_t first;
	uint64_t head;
	bool more = true;
	enum cqrs_status status = cqrs__held_reset(&state->held, err);

	state->sequence = 0;
	state->recorded_at_us = INT64_MIN;
	if (status == CQRS_OK && state->aggregate->aggregate->snapshot_every)
		status = load_snapshot(state, store, &stream, bounds, scratch, environment, err);
	first = state->sequence;
	while (status == CQRS_OK && more) {
		cqrs_arena_reset(scratch);
		status = apply_page(state, store, &stream, bounds, scratch, &more, err);
		if (status == CQRS_OK)
			status = cqrs__held_compact(&state->held, scratch, err);
	}
	/* Nothing may be decided on a deleted aggregate, which reads like one that never was. */
	if (status == CQRS_OK && !state->sequence)
		status = cqrs_store_read_head(store, &stream, &head, err);
	if (status == CQRS_OK)
		cqrs_log(environment, CQRS_LOG_DEBUG,
		         "loading: %llu events for aggregate '%s' '%s'",
		         (unsigned long long)(state->sequence - first), stream.type, id);
	return status;
}
