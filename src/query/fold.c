/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * fold.c - inline views: load, fold, describe the write.
 *
 * An event's payload, metadata and id are copied into the view's memory before it is
 * folded, so that an update function may keep pointers to them by assignment.
 */
#include "query/fold.h"

#include "domain/metadata.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct cqrs_view_context {
	struct cqrs__held_view *view;
	struct cqrs_arena *arena;
	uint64_t sequence; /* of the event being folded */
	uint64_t index;    /* of its next entry */
	struct cqrs_entry_write *entries;
	size_t count;
	size_t capacity;
	bool removed; /* by the event being folded */
	bool cleared; /* by any event of this fold */
	enum cqrs_status status;
	struct cqrs_error *err;
};

void cqrs__held_view_init(struct cqrs__held_view *view, const struct cqrs_view *type,
                          const struct cqrs_allocator *allocator)
{
	*view = (struct cqrs__held_view){ .view = type };
	cqrs__held_init(&view->held, &type->record, allocator);
}

void cqrs__held_view_deinit(struct cqrs__held_view *view)
{
	cqrs__held_deinit(&view->held);
}

enum cqrs_status cqrs__held_view_load(struct cqrs__held_view *view, struct cqrs_store *store,
                                      const char *id, struct cqrs_arena *scratch,
                                      struct cqrs_error *err)
{
	const struct cqrs_record *record = &view->view->record;
	struct cqrs_stored_view stored = { .version = 0, .removed = true };
	struct cqrs_error failure;
	enum cqrs_status status =
		cqrs_store_load_view(store, view->view->type, id, scratch, &stored, &failure);

	view->loaded = false;
	if (status != CQRS_OK && status != CQRS_ERR_NOT_FOUND) {
		if (err)
			*err = failure;
		return status;
	}
	view->version = stored.version;
	view->removed = stored.removed;
	status = cqrs__held_reset(&view->held, err);
	if (status == CQRS_OK && !stored.removed)
		status = cqrs_record_decode(record, stored.payload,
		                            CQRS_IGNORE_UNKNOWN | CQRS_ALLOW_NULL_TEXT,
		                            &view->held.memory, view->held.value, err);
	if (status == CQRS_ERR_INVALID || status == CQRS_ERR_LIMIT) {
		status = CQRS_ERR_CORRUPT;
		if (err) {
			err->status = status;
			cqrs_error_prefix(err, "view %s '%.60s'", view->view->type, id);
		}
	}
	view->loaded = status == CQRS_OK;
	return status;
}

/* The first failure sticks. */
static enum cqrs_status fold_failed(struct cqrs_view_context *ctx, enum cqrs_status status)
{
	if (ctx->status == CQRS_OK)
		ctx->status = status;
	return status;
}

enum cqrs_status cqrs_view_fail(struct cqrs_view_context *ctx, const char *fmt, ...)
{
	char message[sizeof(ctx->err->message) +
	             4]; /* cqrs_error_set() cuts it: at a whole character */
	va_list args;

	if (ctx->status != CQRS_OK)
		return ctx->status;
	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	return fold_failed(ctx, cqrs_error_set(ctx->err, CQRS_ERR_FAILED, "view %s: %s",
	                                       ctx->view->view->type, message));
}

void cqrs_view_remove(struct cqrs_view_context *ctx)
{
	ctx->removed = true;
}

static bool grow_entries(struct cqrs_view_context *ctx)
{
	size_t capacity = ctx->capacity ? 2 * ctx->capacity : 4;
	struct cqrs_entry_write *entries =
		cqrs__arena_resize(ctx->arena, ctx->entries, ctx->capacity * sizeof(*entries),
	                           capacity * sizeof(*entries));

	if (!entries)
		return false;
	ctx->entries = entries;
	ctx->capacity = capacity;
	return true;
}

enum cqrs_status cqrs_view_append_entry(struct cqrs_view_context *ctx,
                                        const struct cqrs_record *record, const void *entry)
{
	enum cqrs_status status;
	struct cqrs_text payload;

	if (ctx->status != CQRS_OK)
		return ctx->status;
	if (record != ctx->view->view->entry)
		return fold_failed(ctx, cqrs_error_set(ctx->err, CQRS_ERR_INVALID,
		                                       "'%s' is not the entry of view %s",
		                                       record->name, ctx->view->view->type));
	if (!entry)
		entry = cqrs__arena_zeroed(ctx->arena, 1, record->size);
	if (!entry || (ctx->count == ctx->capacity && !grow_entries(ctx)))
		return fold_failed(
			ctx, cqrs_error_set(ctx->err, CQRS_ERR_NOMEM, "no memory for an entry"));
	status = cqrs_record_encode(record, entry, 0, ctx->arena, &payload, ctx->err);
	if (status != CQRS_OK) {
		if (ctx->err)
			cqrs_error_prefix(ctx->err, "entry of view %s", ctx->view->view->type);
		return fold_failed(ctx, status);
	}
	ctx->entries[ctx->count++] = (struct cqrs_entry_write){
		.position = { .sequence = ctx->sequence, .index = ctx->index++ },
		.payload = payload,
	};
	return CQRS_OK;
}

/* The envelope with what an update may keep of it in the view's memory. */
static enum cqrs_status adopt_event(struct cqrs__held *held, const struct cqrs_envelope *event,
                                    struct cqrs_envelope *out_event, struct cqrs_error *err)
{
	struct cqrs_arena *memory = &held->memory;

	*out_event = *event;
	out_event->aggregate_id =
		cqrs_arena_text(memory, event->aggregate_id, strlen(event->aggregate_id));
	if (!out_event->aggregate_id ||
	    !cqrs__metadata_copy(&event->metadata, memory, &out_event->metadata))
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for an event");
	return cqrs__held_adopt(held, &event->type->record, event->payload, &out_event->payload,
	                        err);
}

static enum cqrs_status fold_event(struct cqrs_view_context *ctx, const struct cqrs_envelope *event)
{
	struct cqrs__held_view *view = ctx->view;
	struct cqrs_envelope adopted;
	enum cqrs_status status = adopt_event(&view->held, event, &adopted, ctx->err);

	if (status != CQRS_OK)
		return status;
	ctx->sequence = event->sequence;
	ctx->index = 0;
	ctx->removed = false;
	view->view->update(ctx, view->held.value, &adopted);
	if (ctx->status == CQRS_OK && cqrs__arena_failed(&view->held.memory))
		return cqrs_error_set(ctx->err, CQRS_ERR_NOMEM, "no memory for view %s",
		                      view->view->type);
	if (ctx->status == CQRS_OK && ctx->removed) {
		ctx->cleared = true;
		ctx->count = 0;
		status = cqrs__held_reset(&view->held, ctx->err);
		if (status != CQRS_OK)
			return status;
	}
	view->removed = ctx->removed;
	view->version = event->sequence;
	return ctx->status;
}

enum cqrs_status cqrs__held_view_fold(struct cqrs__held_view *view, const char *id,
                                      const struct cqrs_envelope *events, size_t count,
                                      struct cqrs_arena *arena, struct cqrs_view_write *out_write,
                                      struct cqrs_error *err)
{
	struct cqrs_view_context ctx = { .view = view, .arena = arena, .err = err };
	struct cqrs_view_write write = { .type = view->view->type,
		                         .id = id,
		                         .expected_version = view->version };
	enum cqrs_status status;

	view->loaded = false;
	for (size_t i = 0; i < count; i++) {
		status = fold_event(&ctx, &events[i]);
		if (status != CQRS_OK)
			return status;
	}
	if (!view->removed) {
		status = cqrs_record_encode(&view->view->record, view->held.value,
		                            CQRS_ALLOW_NULL_TEXT, arena, &write.payload, err);
		if (status != CQRS_OK) {
			if (err)
				cqrs_error_prefix(err, "view %s", view->view->type);
			return status;
		}
	}
	write.version = view->version;
	write.clear_entries = ctx.cleared;
	write.entries = ctx.entries;
	write.entry_count = ctx.count;
	view->loaded = true;
	*out_write = write;
	return CQRS_OK;
}
