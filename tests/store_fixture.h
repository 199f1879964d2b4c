/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_fixture.h - short ways to write commits in the tests of the store's front and of
 * the memory store. Include it behind check.h.
 */
#ifndef CQRS_TESTS_STORE_FIXTURE_H
#define CQRS_TESTS_STORE_FIXTURE_H

#include <cqrs/backend.h>

#include <string.h>

#define STREAM(type_name, id_name) ((struct cqrs_stream){ (type_name), (id_name) })
#define TEXT(literal) ((struct cqrs_text){ (literal), sizeof(literal) - 1 })

/* An event with this number in its id and payload. */
static inline struct cqrs_event_data event_data(unsigned number)
{
	static const char payloads[10][8] = { "{\"n\":0}", "{\"n\":1}", "{\"n\":2}", "{\"n\":3}",
		                              "{\"n\":4}", "{\"n\":5}", "{\"n\":6}", "{\"n\":7}",
		                              "{\"n\":8}", "{\"n\":9}" };
	struct cqrs_event_data data = { .recorded_at_us = number,
		                        .type = "Happened",
		                        .version = "1.0",
		                        .payload = { payloads[number % 10], 7 },
		                        .metadata = TEXT("{}") };

	memcpy(data.event_id.bytes, &number, sizeof(number));
	data.correlation_id.bytes[15] = 1;
	data.causation_id.bytes[15] = 2;
	return data;
}

/* Append count events to a stream in a commit of their own. */
static inline enum cqrs_status append_events(struct cqrs_store *store, struct cqrs_stream stream,
                                             uint64_t expected, size_t count,
                                             struct cqrs_error *err)
{
	struct cqrs_event_data events[16];
	struct cqrs_append append = { .stream = stream,
		                      .expected_sequence = expected,
		                      .events = events,
		                      .event_count = count };
	struct cqrs_commit commit = { .appends = &append, .append_count = 1 };

	for (unsigned i = 0; i < count; i++)
		events[i] = event_data(i + 1);
	return cqrs_store_commit(store, &commit, err);
}

static inline struct cqrs_store *open_memory(const char *url)
{
	const struct cqrs_backend *const backends[] = { cqrs_memory(), NULL };
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_store *store = NULL;

	CHECK_OK(cqrs_store_open(url, backends, &store, &err), &err);
	return store;
}

static inline uint64_t head_of(struct cqrs_store *store, struct cqrs_stream stream)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	uint64_t head = UINT64_MAX;

	CHECK_OK(cqrs_store_read_head(store, &stream, &head, &err), &err);
	return head;
}

#endif
