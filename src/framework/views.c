/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* views.c - reading inline views, deleting them, and bringing them up to their streams. */
#include "domain/stored.h"
#include "framework/execution.h"
#include "store/front.h"

#include <string.h>

#define CATCH_UP_PAGE 256 /* events that are folded in one commit */

static enum cqrs_status check_view(const struct cqrs_framework *framework,
                                   const struct cqrs_view *view, struct cqrs_error *err)
{
	for (size_t i = 0; i < framework->model.view_count; i++)
		if (framework->model.views[i] == view)
			return CQRS_OK;
	return cqrs_error_set(err, CQRS_ERR_INVALID, "the framework was not given the view '%s'",
	                      view->type);
}

static enum cqrs_status corrupt(enum cqrs_status status, const struct cqrs_view *view,
                                const char *id, struct cqrs_error *err)
{
	if (status == CQRS_ERR_NOMEM)
		return status;
	if (err) {
		err->status = CQRS_ERR_CORRUPT;
		cqrs_error_prefix(err, "view %s '%.100s'", view->type, id);
	}
	return CQRS_ERR_CORRUPT;
}

/* A stored row or entry as its struct, in the caller's arena. */
static enum cqrs_status decode(const struct cqrs_view *view, const char *id,
                               const struct cqrs_record *record, struct cqrs_text payload,
                               struct cqrs_arena *arena, const void **out_value,
                               struct cqrs_error *err)
{
	void *value = cqrs__arena_allocate(arena, record->size);
	enum cqrs_status status;

	if (!value)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for view %s", view->type);
	status = cqrs_record_decode(record, payload, CQRS_IGNORE_UNKNOWN | CQRS_ALLOW_NULL_TEXT,
	                            arena, value, err);
	if (status != CQRS_OK)
		return corrupt(status, view, id, err);
	*out_value = value;
	return CQRS_OK;
}

enum cqrs_status cqrs_view_load(struct cqrs_framework *framework, const struct cqrs_view *view,
                                const char *id, struct cqrs_arena *arena, const void **out_view,
                                uint64_t *out_version, struct cqrs_error *err)
{
	struct cqrs_stored_view stored;
	enum cqrs_status status = check_view(framework, view, err);

	if (status == CQRS_OK)
		status =
			cqrs_store_load_view(framework->store, view->type, id, arena, &stored, err);
	if (status != CQRS_OK)
		return status;
	if (stored.removed)
		return cqrs_error_set(err, CQRS_ERR_NOT_FOUND, "view %s '%.100s' was removed",
		                      view->type, id);
	status = decode(view, id, &view->record, stored.payload, arena, out_view, err);
	if (status == CQRS_OK && out_version)
		*out_version = stored.version;
	return status;
}

enum cqrs_status cqrs_view_list(struct cqrs_framework *framework, const struct cqrs_view *view,
                                const char *after_id, size_t max_count, struct cqrs_arena *arena,
                                struct cqrs_view_items *out_items, struct cqrs_error *err)
{
	struct cqrs_view_page page;
	struct cqrs_view_item *items;
	enum cqrs_status status = check_view(framework, view, err);

	if (status == CQRS_OK)
		status = cqrs_store_list_views(framework->store, view->type, after_id, max_count,
		                               arena, &page, err);
	if (status != CQRS_OK)
		return status;
	items = cqrs__arena_allocate(arena, page.count * sizeof(*items));
	if (!items)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for views");
	for (size_t i = 0; i < page.count; i++) {
		const struct cqrs_stored_view *stored = &page.items[i];

		items[i].id = stored->id;
		items[i].version = stored->version;
		status = decode(view, stored->id, &view->record, stored->payload, arena,
		                &items[i].view, err);
		if (status != CQRS_OK)
			return status;
	}
	*out_items = (struct cqrs_view_items){ items, page.count };
	return CQRS_OK;
}

enum cqrs_status cqrs_view_entries(struct cqrs_framework *framework, const struct cqrs_view *view,
                                   const char *id, const struct cqrs_entry_position *after,
                                   size_t max_count, struct cqrs_arena *arena,
                                   struct cqrs_entry_items *out_items, struct cqrs_error *err)
{
	struct cqrs_entry_page page;
	struct cqrs_entry_item *items;
	enum cqrs_status status = check_view(framework, view, err);

	if (status == CQRS_OK && !view->entry)
		status = cqrs_error_set(err, CQRS_ERR_INVALID, "view '%s' has no entries",
		                        view->type);
	if (status == CQRS_OK)
		status = cqrs_store_list_entries(framework->store, view->type, id, after, max_count,
		                                 arena, &page, err);
	if (status != CQRS_OK)
		return status;
	items = cqrs__arena_allocate(arena, page.count * sizeof(*items));
	if (!items)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for entries");
	for (size_t i = 0; i < page.count; i++) {
		items[i].position = page.items[i].position;
		status = decode(view, id, view->entry, page.items[i].payload, arena,
		                &items[i].entry, err);
		if (status != CQRS_OK)
			return status;
	}
	*out_items = (struct cqrs_entry_items){ items, page.count };
	return CQRS_OK;
}

/* ---- changing views outside a command ---- */

enum cqrs_status cqrs__view_start_over(struct cqrs_framework *framework,
                                       struct cqrs__held_view *view, const char *id,
                                       struct cqrs_error *err)
{
	struct cqrs_view_write write = { .type = view->view->type,
		                         .id = id,
		                         .expected_version = view->version };
	struct cqrs_commit commit = { .views = &write, .view_count = 1 };
	enum cqrs_status status = CQRS_OK;

	view->loaded = false;
	if (view->version)
		status = cqrs_store_commit(framework->store, &commit, err);
	if (status == CQRS_OK)
		status = cqrs__held_reset(&view->held, err);
	if (status != CQRS_OK)
		return status;
	view->version = 0;
	view->removed = true;
	view->loaded = true;
	return CQRS_OK;
}

/* Fold the next page of events and save it. */
static enum cqrs_status catch_up_page(struct cqrs_framework *framework, struct cqrs_arena *scratch,
                                      struct cqrs__held_view *view, const char *id,
                                      uint64_t to_sequence, struct cqrs_error *err)
{
	const struct cqrs_aggregate *aggregate = view->view->aggregate;
	const struct cqrs_stream stream = { aggregate->type, id };
	uint64_t wanted = to_sequence - view->version;
	struct cqrs_view_write write;
	struct cqrs_commit commit = { .views = &write, .view_count = 1 };
	struct cqrs_envelope *events;
	struct cqrs_event_page page;
	enum cqrs_status status;

	status = cqrs_store_read_stream(framework->store, &stream, view->version,
	                                wanted < CATCH_UP_PAGE ? (size_t)wanted : CATCH_UP_PAGE,
	                                scratch, &page, err);
	if (status != CQRS_OK)
		return status;
	if (!page.count)
		return cqrs_error_set(err, CQRS_ERR_CONFLICT, "%s '%.100s' has no event %llu",
		                      stream.type, id, (unsigned long long)view->version + 1);
	events = cqrs__arena_allocate(scratch, page.count * sizeof(*events));
	if (!events)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for events");
	for (size_t i = 0; i < page.count && status == CQRS_OK; i++)
		status = cqrs__stored_envelope(aggregate, &page.items[i], scratch, &events[i], err);
	if (status == CQRS_OK)
		status = cqrs__held_view_fold(view, id, events, page.count, scratch, &write, err);
	if (status != CQRS_OK)
		return status;
	status = cqrs_store_commit(framework->store, &commit, err);
	if (status != CQRS_OK)
		view->loaded = false;
	return status;
}

enum cqrs_status cqrs__view_catch_up(struct cqrs_framework *framework, struct cqrs_arena *scratch,
                                     struct cqrs__held_view *view, const char *id,
                                     uint64_t to_sequence, struct cqrs_error *err)
{
	enum cqrs_status status = CQRS_OK;

	while (status == CQRS_OK && view->version < to_sequence) {
		cqrs_arena_reset(scratch);
		status = catch_up_page(framework, scratch, view, id, to_sequence, err);
		if (status != CQRS_OK)
			break;
		cqrs_arena_reset(scratch);
		status = cqrs__held_compact(&view->held, scratch, err);
		if (status != CQRS_OK)
			view->loaded = false;
	}
	return status;
}

/* Have the turn on the view's stream while its row is changed. */
struct view_change {
	struct cqrs__worker *worker;
	struct cqrs__entry *entry;
	struct cqrs__held_view *view;
};

static enum cqrs_status begin_change(struct cqrs_framework *framework, const struct cqrs_view *view,
                                     const char *id, struct view_change *change,
                                     struct cqrs_error *err)
{
	const struct cqrs__aggregate_model *aggregate =
		cqrs__model_aggregate(&framework->model, view->aggregate);
	enum cqrs_status status = check_view(framework, view, err);
	struct cqrs__turn_key key;
	struct cqrs__turn turn;

	if (status == CQRS_OK)
		status = cqrs__check_id(id, CQRS_MAX_ID_LEN, NULL, "aggregate_id", err);
	if (status == CQRS_OK)
		status = cqrs__worker_take(&framework->workers, true, &change->worker, err);
	if (status != CQRS_OK)
		return status;
	key = cqrs__turn_key(&framework->cache, aggregate, id);
	status = cqrs__turn_take(&framework->cache, &key, NULL, &turn, err);
	if (status != CQRS_OK) {
		cqrs__worker_give_back(change->worker);
		return status;
	}
	change->entry = turn.entry;
	for (size_t i = 0; i < aggregate->view_count; i++)
		if (aggregate->views[i] == view)
			change->view = &change->entry->views[i];
	return CQRS_OK;
}

static void end_change(struct cqrs_framework *framework, struct view_change *change)
{
	cqrs__turn_pass(&framework->cache, change->entry);
	cqrs__worker_give_back(change->worker);
}

enum cqrs_status cqrs_view_delete(struct cqrs_framework *framework, const struct cqrs_view *view,
                                  const char *id, struct cqrs_error *err)
{
	struct view_change change = { .view = NULL };
	struct cqrs_stored_view stored;
	struct cqrs_view_write write = { .type = view->type, .id = id };
	struct cqrs_commit commit = { .views = &write, .view_count = 1 };
	enum cqrs_status status = begin_change(framework, view, id, &change, err);

	if (status != CQRS_OK)
		return status;
	status = cqrs_store_load_view(framework->store, view->type, id, &change.worker->scratch,
	                              &stored, err);
	if (status == CQRS_OK) {
		write.expected_version = stored.version;
		status = cqrs_store_commit(framework->store, &commit, err);
	}
	change.view->loaded = false;
	end_change(framework, &change);
	return status;
}

/* Whatever is stored of the view goes, also what does not decode. */
static enum cqrs_status begin_anew(struct cqrs_framework *framework, struct view_change *change,
                                   const char *id, struct cqrs_error *err)
{
	enum cqrs_status status = cqrs__held_view_load(change->view, framework->store, id,
	                                               &change->worker->scratch, err);

	if (status != CQRS_OK && status != CQRS_ERR_CORRUPT)
		return status;
	return cqrs__view_start_over(framework, change->view, id, err);
}

enum cqrs_status cqrs_view_rebuild(struct cqrs_framework *framework, const struct cqrs_view *view,
                                   const char *id, struct cqrs_error *err)
{
	struct view_change change = { .view = NULL };
	const struct cqrs_stream stream = { view->aggregate->type, id };
	uint64_t head = 0;
	enum cqrs_status status = begin_change(framework, view, id, &change, err);

	if (status != CQRS_OK)
		return status;
	status = cqrs_store_read_head(framework->store, &stream, &head, err);
	if (status == CQRS_OK)
		status = begin_anew(framework, &change, id, err);
	if (status == CQRS_OK)
		status = cqrs__view_catch_up(framework, &change.worker->scratch, change.view, id,
		                             head, err);
	if (status != CQRS_OK)
		change.view->loaded = false;
	end_change(framework, &change);
	return status;
}
