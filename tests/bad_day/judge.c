/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * judge.c - the verdict on what the store holds in the end: dense streams and feeds,
 * what was acknowledged, each command once, and the domain's own rule.
 */
#include "life.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

static void read_stream(struct life *life, unsigned stream, struct history *history)
{
	const struct cqrs_stream named = { life->aggregate.type, life->ids[stream] };
	size_t count = (size_t)bad_day_head(life, stream);
	struct cqrs_stored_event *events =
		cqrs_arena_allocate(life->arena, (count + 1) * sizeof(*events));
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_event_page page = { NULL, 0, false };
	size_t read = 0;

	do {
		if (!events || cqrs_store_read_stream(life->inner, &named, read, 0, life->arena,
		                                      &page, &err) != CQRS_OK) {
			bad_day_fail(life, "the truth can be read", "%s: %s", named.id,
			             err.message);
			return;
		}
		for (size_t i = 0; i < page.count && read < count; i++)
			events[read++] = page.items[i];
	} while (page.count && read < count);
	if (read != count)
		bad_day_fail(life, "a stream's sequences are 1, 2, 3, ...",
		             "%s has its head at %zu and %zu events", named.id, count, read);
	history->events[stream] = events;
	history->counts[stream] = read;
}

/* ---- dense ---- */

static void judge_order(struct life *life, unsigned stream, const struct history *history)
{
	const struct cqrs_stored_event *events = history->events[stream];

	for (size_t i = 0; i < history->counts[stream]; i++) {
		if (events[i].sequence != i + 1)
			bad_day_fail(life, "a stream's sequences are 1, 2, 3, ...",
			             "%s has %" PRIu64 " at place %zu", life->ids[stream],
			             events[i].sequence, i + 1);
		if (i && events[i].data.recorded_at_us < events[i - 1].data.recorded_at_us)
			bad_day_fail(life, "recorded_at never goes back in a stream",
			             "%s goes back at %zu", life->ids[stream], i + 1);
		for (size_t j = 0; j < i; j++)
			if (memcmp(&events[j].data.event_id, &events[i].data.event_id,
			           sizeof(struct cqrs_id)) == 0)
				bad_day_fail(life, "each event is stored once",
				             "%s has the same event at %zu and %zu",
				             life->ids[stream], j + 1, i + 1);
	}
}

static int find_stream(const struct life *life, const struct cqrs_stream *stream)
{
	for (unsigned i = 0; i < life->stream_count; i++)
		if (strcmp(stream->id, life->ids[i]) == 0 &&
		    strcmp(stream->type, life->aggregate.type) == 0)
			return (int)i;
	return -1;
}

static void judge_place(struct life *life, const struct history *history,
                        const struct cqrs_stored_event *event, size_t *seen)
{
	int stream = find_stream(life, &event->stream);
	const struct cqrs_stored_event *own;

	if (stream < 0 || seen[stream] == history->counts[stream]) {
		bad_day_fail(life, "a feed has the events of its streams, and no others",
		             "feed %" PRIu64 " has %s #%" PRIu64 " at %" PRIu64, event->feed,
		             event->stream.id, event->sequence, event->offset);
		return;
	}
	own = &history->events[stream][seen[stream]++];
	if (own->sequence != event->sequence || own->offset != event->offset ||
	    own->feed != event->feed ||
	    memcmp(&own->data.event_id, &event->data.event_id, sizeof(struct cqrs_id)) != 0)
		bad_day_fail(life, "every event of a stream is in its feed once, in order",
		             "feed %" PRIu64 " has %s #%" PRIu64 " at %" PRIu64 ", where #%" PRIu64
		             " of offset %" PRIu64 " should be",
		             event->feed, event->stream.id, event->sequence, event->offset,
		             own->sequence, own->offset);
}

static void judge_feed(struct life *life, uint64_t feed, const struct history *history,
                       size_t *seen)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_event_page page = { NULL, 0, false };
	uint64_t offset = 0;

	do {
		if (cqrs_store_read_feed(life->inner, feed, offset, 0, life->arena, &page, &err) !=
		    CQRS_OK) {
			bad_day_fail(life, "the truth can be read", "feed %" PRIu64 ": %s", feed,
			             err.message);
			return;
		}
		for (size_t i = 0; i < page.count; i++) {
			if (page.items[i].offset != ++offset)
				bad_day_fail(life, "a feed's offsets are 1, 2, 3, ...",
				             "feed %" PRIu64 " has %" PRIu64 " at %" PRIu64, feed,
				             page.items[i].offset, offset);
			judge_place(life, history, &page.items[i], seen);
		}
	} while (page.count && !bad_day_failed(life));
}

static void judge_feeds(struct life *life, const struct history *history)
{
	size_t seen[MAX_STREAMS] = { 0 };

	for (uint64_t i = 0; i < cqrs_store_feed_count(life->inner); i++)
		judge_feed(life, i, history, seen);
	for (unsigned i = 0; i < life->stream_count; i++)
		if (seen[i] != history->counts[i])
			bad_day_fail(life, "every event of a stream is in its feed once, in order",
			             "%zu of %zu of %s are", seen[i], history->counts[i],
			             life->ids[i]);
}

/* ---- acknowledged is kept, and once ---- */

/* Where the events of a task are; count 0: nowhere. */
struct run {
	unsigned stream;
	size_t first;
	size_t count;
};

/* The task that an event's metadata names: {"token":"t12"}. */
static struct task *task_of(struct life *life, const struct cqrs_stored_event *event)
{
	char metadata[64];
	unsigned number;

	snprintf(metadata, sizeof(metadata), "%.*s", (int)event->data.metadata.len,
	         event->data.metadata.data);
	if (strncmp(metadata, "{\"token\":\"t", 11) != 0)
		return NULL;
	number = (unsigned)strtoul(metadata + 11, NULL, 10);
	return number < life->task_count ? &life->tasks[number] : NULL;
}

static void find_runs(struct life *life, const struct history *history, struct run *runs)
{
	for (unsigned i = 0; i < life->stream_count; i++)
		for (size_t j = 0; j < history->counts[i]; j++) {
			const struct task *task = task_of(life, &history->events[i][j]);
			struct run *run;

			if (!task || task->stream != i) {
				bad_day_fail(life, "what is stored was asked for, there",
				             "%s #%zu was not", life->ids[i], j + 1);
				return;
			}
			run = &runs[task->number];
			if (run->count && run->first + run->count != j + 1)
				bad_day_fail(life, "the events of a command stand together, once",
				             "%s has some at %zu and at %zu", task->token,
				             run->first, j + 1);
			if (!run->count)
				run->first = j + 1;
			run->stream = i;
			run->count++;
		}
}

static void judge_task(struct life *life, const struct task *task, const struct run *run)
{
	uint64_t told = task->first_sequence ? task->last_sequence - task->first_sequence + 1 : 0;

	if (task->acknowledged) {
		if (run->count < told)
			bad_day_fail(life, "what was acknowledged is kept",
			             "%s has %zu of %" PRIu64 " events", task->token, run->count,
			             told);
		else if (run->count != told)
			bad_day_fail(life, "a command is stored once",
			             "%s has %zu events and was told %" PRIu64, task->token,
			             run->count, told);
		else if (told && run->first != task->first_sequence)
			bad_day_fail(life, "events are at the sequences that the result told",
			             "%s is at %zu and was told %" PRIu64, task->token, run->first,
			             task->first_sequence);
	} else if (run->count && !task->may_be) {
		bad_day_fail(life, "what is said not to be stored is not",
		             "%s has %zu events in %s from %zu on", task->token, run->count,
		             life->ids[run->stream], run->first);
	}
}

static void judge_unit(struct life *life, const struct open_unit *unit, const struct run *runs)
{
	size_t stored = 0;

	for (size_t i = 0; i < unit->count; i++)
		stored += runs[unit->tasks[i]->number].count > 0;
	if (stored && stored != unit->count)
		bad_day_fail(life, "a unit of work is stored whole or not at all",
		             "%zu of %zu commands from %s on are", stored, unit->count,
		             unit->tasks[0]->token);
}

static void judge_tasks(struct life *life, const struct history *history)
{
	static const struct run nowhere = { 0, 0, 0 };
	struct run runs[MAX_TASKS];

	for (size_t i = 0; i < MAX_TASKS; i++)
		runs[i] = nowhere;
	find_runs(life, history, runs);
	for (unsigned i = 0; i < life->task_count && !bad_day_failed(life); i++)
		judge_task(life, &life->tasks[i], &runs[i]);
	for (unsigned i = 0; i < life->unit_count && !bad_day_failed(life); i++)
		judge_unit(life, &life->units[i], runs);
}

/* ---- the domain's own rule ---- */

static void judge_rule(struct life *life, unsigned stream)
{
	struct client *client = &life->clients[0];
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_envelope_page page;
	char why[256] = "";

	/* Streams of a day are shorter than a page. */
	if (cqrs_read_events(client->framework, &life->aggregate, life->ids[stream], 0, 0,
	                     life->arena, &page, &err) != CQRS_OK)
		bad_day_fail(life, "what is stored can be read", "%s: %s", life->ids[stream],
		             err.message);
	else if (!life->day->keeps_rule(page.items, page.count, why, sizeof(why)))
		bad_day_fail(life, "the domain's own rule holds", "%s: %s", life->ids[stream], why);
}

void bad_day_judge_streams(struct life *life, struct history *out_history)
{
	*out_history = (struct history){ .counts = { 0 } };
	for (unsigned i = 0; i < life->stream_count; i++)
		read_stream(life, i, out_history);
	if (bad_day_failed(life))
		return;
	for (unsigned i = 0; i < life->stream_count; i++)
		judge_order(life, i, out_history);
	judge_feeds(life, out_history);
	if (!bad_day_failed(life))
		judge_tasks(life, out_history);
	for (unsigned i = 0; i < life->stream_count && !bad_day_failed(life); i++)
		judge_rule(life, i);
}
