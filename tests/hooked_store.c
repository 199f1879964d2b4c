/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* hooked_store.c - what the relay is told to do before and after each call. */
#include "hooked_store.h"

void hooked_store_init(struct hooked_store *hooks, struct cqrs_store *inner)
{
	for (size_t i = 0; i < HOOKED_OPERATIONS; i++)
		atomic_init(&hooks->calls[i], 0);
	atomic_init(&hooks->commits, 0);
	atomic_init(&hooks->events_read, 0);
	atomic_init(&hooks->fail_at, 0);
	atomic_init(&hooks->failed, 0);
	atomic_init(&hooks->out_of_reach, 0);
	atomic_init(&hooks->lose_replies, 0);
	atomic_init(&hooks->drop_commits, 0);
	hooks->inner = inner;
	hooks->before = NULL;
	hooks->after = NULL;
	hooks->self = NULL;
	hooks->limits = (struct cqrs_store_limits){ .id_len = 0 };
}

/* Take one of what is left; false when there is none. */
static bool take(atomic_ulong *left)
{
	unsigned long now = atomic_load(left);

	while (now)
		if (atomic_compare_exchange_weak(left, &now, now - 1))
			return true;
	return false;
}

static bool is_nth(atomic_ulong *left)
{
	unsigned long now = atomic_load(left);

	while (now)
		if (atomic_compare_exchange_weak(left, &now, now - 1))
			return now == 1;
	return false;
}

static enum cqrs_status begin(struct cqrs__relay *relay, struct cqrs__relay_call *call,
                              struct cqrs_error *err)
{
	struct hooked_store *hooks = (struct hooked_store *)relay;
	enum hooked_operation operation = (enum hooked_operation)call->operation;

	atomic_fetch_add(&hooks->calls[operation], 1);
	atomic_fetch_add(&hooks->commits, call->commit_count);
	if (hooks->before)
		hooks->before(hooks, operation, hooks->self);
	if (is_nth(&hooks->fail_at)) {
		atomic_fetch_add(&hooks->failed, 1);
		return cqrs_error_set(err, CQRS_ERR_UNAVAILABLE, "the call was to fail");
	}
	if (take(&hooks->out_of_reach))
		return cqrs_error_set(err, CQRS_ERR_UNAVAILABLE, "out of reach");
	if (operation == HOOKED_COMMIT && take(&hooks->drop_commits))
		return cqrs_error_set(err, CQRS_ERR_UNKNOWN, "the commit was lost");
	return CQRS_OK;
}

static enum cqrs_status end(struct cqrs__relay *relay, struct cqrs__relay_call *call,
                            enum cqrs_status status, struct cqrs_error *err)
{
	struct hooked_store *hooks = (struct hooked_store *)relay;
	enum hooked_operation operation = (enum hooked_operation)call->operation;

	atomic_fetch_add(&hooks->events_read, call->event_count);
	if (operation == HOOKED_COMMIT && call->passed_on && take(&hooks->lose_replies))
		status = cqrs_error_set(err, CQRS_ERR_UNKNOWN, "the reply was lost");
	if (hooks->after)
		hooks->after(hooks, operation, hooks->self);
	return status;
}

enum cqrs_status hooked_store_open(struct hooked_store *hooks,
                                   const struct cqrs_environment *environment,
                                   struct cqrs_store **out_store, struct cqrs_error *err)
{
	hooks->relay = (struct cqrs__relay){ .inner = hooks->inner, .begin = begin, .end = end };
	return cqrs__relay_open(&hooks->relay, &hooks->limits, environment, out_store, err);
}
