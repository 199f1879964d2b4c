/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * view.h - what queries read: inline views, kept in the command's own commit, and
 * query processors, which are told of events after the commit.
 */
#ifndef CQRS_VIEW_H
#define CQRS_VIEW_H

#include <cqrs/aggregate.h>

CQRS_BEGIN_DECLS

struct cqrs_view_context; /* one event being folded; valid during the update's call */

/*
 * Fold an event into a view. view is of the view's record, zeroed (lists with memory)
 * before the stream's first event. Pointers to the event's payload and what it points to,
 * to its aggregate_id and metadata, may be kept by assignment, in members that the view's
 * record describes; one that is not stored must not hold any (record.h).
 */
typedef void (*cqrs_view_update_fn)(struct cqrs_view_context *ctx, void *view,
                                    const struct cqrs_envelope *event);

/*
 * An inline view of one aggregate: its id is the aggregate's id, its version the sequence
 * of the last event folded into it. It is saved in the commit that stores the events, so
 * it never disagrees with them. What grows without bound goes into entries, rows of their
 * own in the order of the events.
 */
struct cqrs_view {
	const char *type; /* "account_view": the family of its rows */
	const struct cqrs_aggregate *aggregate;
	struct cqrs_record record;
	const struct cqrs_record *entry; /* of its entries; NULL: it has none */
	cqrs_view_update_fn update;
};

/**
 * Add an entry to the view. Called through the macro
 * cqrs_view_append(ctx, tag, .member = ..., ...), where tag_record is the view's entry.
 *
 * Errors: CQRS_ERR_INVALID, the record is not the view's entry, or a value cannot be
 *   stored. The first error sticks and fails the command.
 */
CQRS_API enum cqrs_status cqrs_view_append_entry(struct cqrs_view_context *ctx,
                                                 const struct cqrs_record *record,
                                                 const void *entry);

/** Remove the view and its entries as of this event; a later event starts from zero. */
CQRS_API void cqrs_view_remove(struct cqrs_view_context *ctx);

/** Say that the event cannot be folded: the command fails with CQRS_ERR_FAILED. */
CQRS_API CQRS_PRINTF(2, 3) enum cqrs_status cqrs_view_fail(struct cqrs_view_context *ctx,
                                                           const char *fmt, ...);

/*
 * Told of the committed events of each command, after the commit: one stream in order.
 * Across streams and processes there is no order, and after a crash none at all.
 */
struct cqrs_query {
	const char *name; /* for the log */
	/*
	 * count is at least 1; all is borrowed during the call. A failure is logged and
	 * counted in the command's result; it undoes nothing and stops no other query.
	 */
	enum cqrs_status (*dispatch)(void *self, const char *aggregate_id,
	                             const struct cqrs_envelope *events, size_t count,
	                             struct cqrs_error *err);
	void *self;
};

/* clang-format off */
#ifndef __cplusplus
#define cqrs_view_append(ctx, ...)                                                  \
	cqrs_view_append_entry((ctx), CQRS__RECORD(CQRS__TAG(__VA_ARGS__)),         \
	                       CQRS__LITERAL(__VA_ARGS__))
#define CQRS__RECORD(tag) CQRS__RECORD_(tag)
#define CQRS__RECORD_(tag) (&tag##_record)
#endif
/* clang-format on */

CQRS_END_DECLS
#endif
