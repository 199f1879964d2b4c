/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * fold.c - the verdict on what follows from the events: views, states and refusals
 * are compared with those of a framework that has a good day, on a copy of a stream as it
 * was at some sequence.
 */
#include "life.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- a copy of a stream, and a framework on it ---- */

struct copy {
	struct life *life;
	unsigned stream;
	struct cqrs_store *store;
	struct cqrs_framework *framework;
	struct cqrs_error err;
};

static enum cqrs_status fill_copy(struct copy *copy, const struct history *history, size_t count)
{
	const struct cqrs_stored_event *events = history->events[copy->stream];
	struct cqrs_event_data *data;
	struct cqrs_append append = {
		.stream = { copy->life->plain.type, copy->life->ids[copy->stream] },
		.event_count = count,
	};
	struct cqrs_commit commit = { .appends = &append, .append_count = 1 };

	if (!count)
		return CQRS_OK;
	data = cqrs_arena_allocate(copy->life->arena, count * sizeof(*data));
	if (!data)
		return cqrs_error_set(&copy->err, CQRS_ERR_NOMEM, "no memory for a copy");
	for (size_t i = 0; i < count; i++)
		data[i] = events[i].data;
	append.events = data;
	return cqrs_store_commit(copy->store, &commit, &copy->err);
}

static void close_copy(struct copy *copy)
{
	cqrs_framework_free(copy->framework);
	cqrs_store_close(copy->store);
}

/* The first count events of a stream; false: the day has failed. */
static bool open_copy(struct copy *copy, struct life *life, unsigned stream,
                      const struct history *history, size_t count)
{
	const struct cqrs_aggregate *const aggregates[] = { &life->plain };
	const struct cqrs_view *const views[] = { &life->plain_view };
	struct cqrs_framework_options options = cqrs_framework_options_init();
	enum cqrs_status status;

	*copy = (struct copy){ .life = life, .stream = stream };
	status = cqrs_store_open("memory:", CQRS_BACKENDS(cqrs_memory()), &copy->store, &copy->err);
	if (status == CQRS_OK)
		status = fill_copy(copy, history, count);
	options.store = copy->store;
	options.services = life->day->services;
	options.aggregates = aggregates;
	options.aggregate_count = 1;
	options.views = views;
	options.view_count = life->day->view ? 1 : 0;
	options.cache_entries = 1;
	if (status == CQRS_OK)
		status = cqrs_framework_new(&options, &copy->framework, &copy->err);
	if (status == CQRS_OK)
		return true;
	bad_day_fail(life, "a stream can be copied", "%s: %s", life->ids[stream],
	             copy->err.message);
	close_copy(copy);
	return false;
}

/* ---- views ---- */

static bool same_text(struct cqrs_text a, struct cqrs_text b)
{
	return a.len == b.len && (!a.len || memcmp(a.data, b.data, a.len) == 0);
}

static void compare_entries(struct copy *copy, struct cqrs_store *store)
{
	struct life *life = copy->life;
	const char *id = life->ids[copy->stream];
	struct cqrs_entry_page expected = { NULL, 0 };
	struct cqrs_entry_page actual = { NULL, 0 };

	/* The entries of a day fit into a page. */
	if (cqrs_store_list_entries(copy->store, life->view.type, id, NULL, 0, life->arena,
	                            &expected, &copy->err) != CQRS_OK ||
	    cqrs_store_list_entries(store, life->view.type, id, NULL, 0, life->arena, &actual,
	                            &copy->err) != CQRS_OK) {
		bad_day_fail(life, "the truth can be read", "%s: %s", id, copy->err.message);
		return;
	}
	if (expected.count != actual.count)
		bad_day_fail(life, "a view's entries are those that its events make",
		             "%s has %zu, which should be %zu", id, actual.count, expected.count);
	for (size_t i = 0; i < expected.count && i < actual.count; i++)
		if (memcmp(&expected.items[i].position, &actual.items[i].position,
		           sizeof(struct cqrs_entry_position)) != 0 ||
		    !same_text(expected.items[i].payload, actual.items[i].payload))
			bad_day_fail(life, "a view's entries are those that its events make",
			             "%s has at %zu %.*s, which should be %.*s", id, i,
			             (int)actual.items[i].payload.len, actual.items[i].payload.data,
			             (int)expected.items[i].payload.len,
			             expected.items[i].payload.data);
}

static void compare_view(struct copy *copy, const struct cqrs_stored_view *actual)
{
	struct life *life = copy->life;
	const char *id = life->ids[copy->stream];
	struct cqrs_stored_view expected;

	if (cqrs_view_rebuild(copy->framework, &life->plain_view, id, &copy->err) != CQRS_OK ||
	    cqrs_store_load_view(copy->store, life->view.type, id, life->arena, &expected,
	                         &copy->err) != CQRS_OK) {
		bad_day_fail(life, "a view can be built again", "%s: %s", id, copy->err.message);
		return;
	}
	if (expected.version != actual->version || expected.removed != actual->removed ||
	    !same_text(expected.payload, actual->payload))
		bad_day_fail(life, "a view is what its events make of it",
		             "%s at %" PRIu64 " is %.*s, which should be %.*s", id, actual->version,
		             (int)actual->payload.len, actual->payload.data,
		             (int)expected.payload.len, expected.payload.data);
	else
		compare_entries(copy, life->inner);
}

static void judge_view(struct life *life, unsigned stream, const struct history *history,
                       bool at_head)
{
	uint64_t head = history->counts[stream];
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_stored_view actual = { .version = 0 };
	struct copy copy;
	enum cqrs_status status = cqrs_store_load_view(
		life->inner, life->view.type, life->ids[stream], life->arena, &actual, &err);

	if (status != CQRS_OK && status != CQRS_ERR_NOT_FOUND) {
		bad_day_fail(life, "the truth can be read", "%s: %s", life->ids[stream],
		             err.message);
		return;
	}
	if (actual.version > head ||
	    (actual.version < head && (at_head || !life->rebuilt[stream]))) {
		bad_day_fail(life, "a view is at its stream's head",
		             "%s is at %" PRIu64 " of %" PRIu64, life->ids[stream], actual.version,
		             head);
		return;
	}
	if (!actual.version || !open_copy(&copy, life, stream, history, (size_t)actual.version))
		return;
	compare_view(&copy, &actual);
	close_copy(&copy);
}

void bad_day_judge_views(struct life *life, const struct history *history, bool at_head)
{
	for (unsigned i = 0; i < life->stream_count && life->day->view; i++)
		judge_view(life, i, history, at_head);
}

/* ---- states ---- */

static const char *state_json(struct copy *copy, struct cqrs_framework *framework,
                              const struct cqrs_aggregate *aggregate, uint64_t sequence)
{
	struct life *life = copy->life;
	const char *id = life->ids[copy->stream];
	struct cqrs_loaded loaded;
	struct cqrs_text json;
	enum cqrs_status status;

	status = sequence ? cqrs_load_at_sequence(framework, aggregate, id, sequence, life->arena,
	                                          &loaded, &copy->err)
	                  : cqrs_load(framework, aggregate, id, life->arena, &loaded, &copy->err);
	if (status == CQRS_OK)
		status = cqrs_record_encode(&aggregate->state, loaded.state, CQRS_ALLOW_NULL_TEXT,
		                            life->arena, &json, &copy->err);
	if (status == CQRS_OK)
		return json.data;
	bad_day_fail(life, "an aggregate can be loaded", "%s: %s", id, copy->err.message);
	return NULL;
}

static void judge_sight(struct copy *copy, const struct sight *sight)
{
	const char *expected;

	if (!sight->sequence)
		return;
	expected = state_json(copy, copy->framework, &copy->life->plain, sight->sequence);
	if (expected && strcmp(expected, sight->json) != 0)
		bad_day_fail(copy->life, "whoever loads sees what the events make",
		             "%s at %" PRIu64 " was seen as %s, which should be %s",
		             copy->life->ids[copy->stream], sight->sequence, sight->json, expected);
}

static void judge_state(struct life *life, unsigned stream, const struct history *history)
{
	struct copy copy;
	const char *expected;

	if (!open_copy(&copy, life, stream, history, history->counts[stream]))
		return;
	expected = state_json(&copy, copy.framework, &life->plain, 0);
	for (unsigned i = 0; i < life->client_count && expected; i++) {
		const char *actual =
			state_json(&copy, life->clients[i].framework, &life->aggregate, 0);

		if (actual && strcmp(actual, expected) != 0)
			bad_day_fail(life, "a state is what its events make of it",
			             "%s is loaded as %s, which should be %s", life->ids[stream],
			             actual, expected);
	}
	for (unsigned i = 0; i < life->sight_count; i++)
		if (life->sights[i].stream == stream)
			judge_sight(&copy, &life->sights[i]);
	close_copy(&copy);
}

void bad_day_judge_states(struct life *life, const struct history *history)
{
	for (unsigned i = 0; i < life->stream_count; i++)
		judge_state(life, i, history);
}

/* ---- refusals ---- */

/* What a command is answered on the stream as it was at a sequence. */
static bool is_refused_at(struct life *life, const struct refusal *refusal,
                          const struct history *history, uint64_t sequence)
{
	struct cqrs_request requests[MAX_TOGETHER];
	struct cqrs_error err = CQRS_ERROR_INIT;
	size_t count = 0;
	struct copy copy;

	if (!open_copy(&copy, life, refusal->task->stream, history, (size_t)sequence))
		return false;
	for (; count < refusal->before_count; count++)
		requests[count] = (struct cqrs_request){ .json = refusal->before[count]->json };
	requests[count++] = (struct cqrs_request){ .json = refusal->task->json, .err = &err };
	for (size_t i = 0; i < count; i++)
		requests[i].aggregate_id = life->ids[refusal->task->stream];
	cqrs_execute_together(copy.framework, requests, count);
	close_copy(&copy);
	return err.status == CQRS_ERR_REJECTED && strcmp(err.code, refusal->code) == 0 &&
	       strcmp(err.message, refusal->message) == 0;
}

static void judge_refusal(struct life *life, const struct refusal *refusal,
                          const struct history *history)
{
	for (uint64_t i = refusal->to + 1; i-- > refusal->from;)
		if (is_refused_at(life, refusal, history, i))
			return;
	bad_day_fail(life, "a refusal is right on some state that there was",
	             "%s (%s) on %s was refused (%s), which is right nowhere from %" PRIu64
	             " to %" PRIu64,
	             refusal->task->token, refusal->task->json, life->ids[refusal->task->stream],
	             refusal->message, refusal->from, refusal->to);
}

void bad_day_judge_refusals(struct life *life, const struct history *history)
{
	for (unsigned i = 0; i < life->refusal_count && !bad_day_failed(life); i++)
		judge_refusal(life, &life->refusals[i], history);
}
