/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * load.c - reading aggregates and events without executing anything.
 *
 * These take no turn, so that a callback may read anything: an aggregate is loaded from the
 * store afresh, and what the caller gets is its own.
 */
#include "domain/stored.h"
#include "framework/framework.h"
#include "store/front.h"

#include <string.h>

static enum cqrs_status copy_loaded(const struct cqrs__state *state, const char *id,
                                    struct cqrs_arena *arena, struct cqrs_loaded *out_loaded,
                                    struct cqrs_error *err)
{
	const struct cqrs_record *record = state->held.record;
	char *own_id = cqrs_arena_text(arena, id, strlen(id));
	void *value = cqrs__arena_allocate(arena, record->size);
	enum cqrs_status status;

	if (!own_id || !value)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for an aggregate");
	status = cqrs_record_copy(record, state->held.value, arena, value, err);
	if (status != CQRS_OK)
		return status;
	*out_loaded = (struct cqrs_loaded){
		.aggregate_id = own_id,
		.state = value,
		.sequence = state->sequence,
		.recorded_at_us = state->sequence ? state->recorded_at_us : 0,
	};
	return CQRS_OK;
}

static enum cqrs_status load(struct cqrs_framework *framework,
                             const struct cqrs_aggregate *aggregate, const char *id,
                             struct cqrs__load_bounds bounds, struct cqrs_arena *arena,
                             struct cqrs_loaded *out_loaded, struct cqrs_error *err)
{
	const struct cqrs__aggregate_model *model = NULL;
	struct cqrs__worker *worker = NULL;
	struct cqrs__state state;
	enum cqrs_status status = cqrs__framework_aggregate(framework, aggregate, &model, err);

	if (status == CQRS_OK)
		status = cqrs__check_id(id, CQRS_MAX_ID_LEN, NULL, "aggregate_id", err);
	if (status == CQRS_OK)
		status = cqrs__worker_take(&framework->workers, false, &worker, err);
	if (status != CQRS_OK)
		return status;
	cqrs__state_init(&state, model, framework->environment.allocator);
	status = cqrs__state_load(&state, framework->store, id, bounds, &worker->scratch,
	                          &framework->environment, err);
	if (status == CQRS_OK)
		status = copy_loaded(&state, id, arena, out_loaded, err);
	cqrs__state_deinit(&state);
	cqrs__worker_give_back(worker);
	return status;
}

enum cqrs_status cqrs_load(struct cqrs_framework *framework, const struct cqrs_aggregate *aggregate,
                           const char *aggregate_id, struct cqrs_arena *arena,
                           struct cqrs_loaded *out_loaded, struct cqrs_error *err)
{
	return load(framework, aggregate, aggregate_id, CQRS__LOAD_ALL, arena, out_loaded, err);
}

enum cqrs_status
cqrs_load_at_sequence(struct cqrs_framework *framework, const struct cqrs_aggregate *aggregate,
                      const char *aggregate_id, uint64_t sequence, struct cqrs_arena *arena,
                      struct cqrs_loaded *out_loaded, struct cqrs_error *err)
{
	struct cqrs__load_bounds bounds = { sequence, INT64_MAX };
	struct cqrs_loaded loaded;
	enum cqrs_status status =
		load(framework, aggregate, aggregate_id, bounds, arena, &loaded, err);

	if (status != CQRS_OK)
		return status;
	if (loaded.sequence != sequence)
		return cqrs_error_set(err, CQRS_ERR_NOT_FOUND,
		                      "%s '%.100s' has come to sequence %llu, not to %llu",
		                      aggregate->type, aggregate_id,
		                      (unsigned long long)loaded.sequence,
		                      (unsigned long long)sequence);
	*out_loaded = loaded;
	return CQRS_OK;
}

enum cqrs_status cqrs_load_at_time(struct cqrs_framework *framework,
                                   const struct cqrs_aggregate *aggregate, const char *aggregate_id,
                                   int64_t time_us, struct cqrs_arena *arena,
                                   struct cqrs_loaded *out_loaded, struct cqrs_error *err)
{
	struct cqrs__load_bounds bounds = { UINT64_MAX, time_us };

	return load(framework, aggregate, aggregate_id, bounds, arena, out_loaded, err);
}

enum cqrs_status cqrs_read_events(struct cqrs_framework *framework,
                                  const struct cqrs_aggregate *aggregate, const char *aggregate_id,
                                  uint64_t after_sequence, size_t max_count,
                                  struct cqrs_arena *arena, struct cqrs_envelope_page *out_page,
                                  struct cqrs_error *err)
{
	const struct cqrs_stream stream = { aggregate->type, aggregate_id };
	const struct cqrs__aggregate_model *model = NULL;
	struct cqrs_event_page page;
	struct cqrs_envelope *items;
	enum cqrs_status status = cqrs__framework_aggregate(framework, aggregate, &model, err);

	if (status == CQRS_OK)
		status = cqrs_store_read_stream(framework->store, &stream, after_sequence,
		                                max_count, arena, &page, err);
	if (status != CQRS_OK)
		return status;
	items = cqrs__arena_allocate(arena, page.count * sizeof(*items));
	if (!items)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for events");
	for (size_t i = 0; i < page.count && status == CQRS_OK; i++)
		status = cqrs__stored_envelope(aggregate, &page.items[i], arena, &items[i], err);
	if (status != CQRS_OK)
		return status;
	*out_page = (struct cqrs_envelope_page){ items, page.count };
	return CQRS_OK;
}

enum cqrs_status cqrs_read_feed(struct cqrs_framework *framework, uint64_t feed,
                                uint64_t after_offset, size_t max_count, struct cqrs_arena *arena,
                                struct cqrs_envelope_page *out_page, uint64_t *out_offset,
                                struct cqrs_error *err)
{
	struct cqrs_event_page page;
	struct cqrs_envelope *items;
	size_t count = 0;
	enum cqrs_status status = cqrs_store_read_feed(framework->store, feed, after_offset,
	                                               max_count, arena, &page, err);

	if (status != CQRS_OK)
		return status;
	items = cqrs__arena_allocate(arena, page.count * sizeof(*items));
	if (!items)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for events");
	for (size_t i = 0; i < page.count; i++) {
		const struct cqrs_stored_event *event = &page.items[i];
		const struct cqrs__aggregate_model *model =
			event->deleted ? NULL
				       : cqrs__model_aggregate_of_type(&framework->model,
		                                                       event->stream.type);

		if (!model)
			continue;
		status = cqrs__stored_envelope(model->aggregate, event, arena, &items[count], err);
		if (status != CQRS_OK)
			return status;
		count++;
	}
	*out_page = (struct cqrs_envelope_page){ items, count };
	*out_offset = page.count ? page.items[page.count - 1].offset : after_offset;
	return CQRS_OK;
}
