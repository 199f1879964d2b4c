/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* faulty_store_test.c - the faulty store has the faults it was told to have, and no others. */
#include "check.h"

#include "failing_allocator.h"
#include "store_fixture.h"
#include "store_suite_runner.h"

#include <cqrs/faulty_store.h>

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

struct fixture {
	struct cqrs_store *inner;
	struct cqrs_faulty *faulty;
	struct cqrs_store *store; /* the faulty one's */
	struct cqrs_arena *arena;
	struct failing_allocator memory;
	struct cqrs_environment environment;
	struct cqrs_error err;
	uint64_t sleeps;
	uint64_t slept_us;
	unsigned lines;
	char line[256]; /* the last of the log */
	unsigned meanwhiles;
	unsigned deaths;
	/* What meanwhile and sleep look at or do. */
	uint64_t head_seen;
	bool calls_when_asleep;
};

static void fake_sleep(void *self, uint64_t time_us)
{
	struct fixture *f = self;
	const struct cqrs_stream stream = STREAM("t", "other");
	uint64_t head;

	f->sleeps++;
	f->slept_us += time_us;
	if (f->calls_when_asleep) {
		f->calls_when_asleep = false;
		CHECK_OK(cqrs_store_read_head(f->store, &stream, &head, &f->err), &f->err);
	}
}

static void fake_random(void *self, void *out, size_t size)
{
	(void)self;
	memset(out, 0x5a, size);
}

static void keep_line(void *self, enum cqrs_log_level level, const char *message)
{
	struct fixture *f = self;

	CHECK_INT(level, CQRS_LOG_INFO);
	f->lines++;
	snprintf(f->line, sizeof(f->line), "%s", message);
}

static void look_meanwhile(void *self)
{
	struct fixture *f = self;

	f->meanwhiles++;
	f->head_seen = head_of(f->inner, STREAM("t", "a"));
}

static void die(void *self)
{
	((struct fixture *)self)->deaths++;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	failing_allocator_init(&f->memory);
	f->environment = *CQRS_ENVIRONMENT(.allocator = &f->memory.allocator, .random = fake_random,
	                                   .sleep_us = fake_sleep, .log = keep_line,
	                                   .log_level = CQRS_LOG_INFO, .self = f);
	f->inner = open_memory("memory:?feeds=3");
	CHECK_OK(cqrs_arena_new(NULL, &f->arena, &f->err), &f->err);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	cqrs_faulty_close(f->faulty);
	CHECK_UINT(atomic_load(&f->memory.live), 0);
	cqrs_store_close(f->inner);
	cqrs_arena_free(f->arena);
	free(f);
	return 0;
}

/* Another faulty store in place of the present one; the environment and self are filled in. */
static void open_faulty(struct fixture *f, const struct cqrs_fault_options *options)
{
	struct cqrs_fault_options given = *options;

	cqrs_faulty_close(f->faulty);
	f->faulty = NULL;
	given.environment = &f->environment;
	given.self = f;
	CHECK_OK(cqrs_faulty_open(f->inner, &given, &f->faulty, &f->err), &f->err);
	f->store = cqrs_faulty_store(f->faulty);
}

static enum cqrs_status append_to(struct fixture *f, const char *id)
{
	return append_events(f->store, STREAM("t", id), CQRS_EXPECT_ANY, 1, &f->err);
}

static enum cqrs_status read_head(struct fixture *f, const char *id)
{
	const struct cqrs_stream stream = STREAM("t", id);
	uint64_t head;

	return cqrs_store_read_head(f->store, &stream, &head, &f->err);
}

static uint64_t inner_head(struct fixture *f, const char *id)
{
	return head_of(f->inner, STREAM("t", id));
}

/* ---- opening ---- */

static void chances_above_a_thousand_are_refused(void **state)
{
	struct fixture *f = *state;
	struct cqrs_faulty *faulty = NULL;
	struct cqrs_fault_options options[] = {
		*CQRS_FAULT_OPTIONS(.errors_before = 1001),
		*CQRS_FAULT_OPTIONS(.errors_after = 1001),
		*CQRS_FAULT_OPTIONS(.lost_commits = 1001),
		*CQRS_FAULT_OPTIONS(.lost_replies = 1001),
		*CQRS_FAULT_OPTIONS(.delays = UINT64_MAX),
		*CQRS_FAULT_OPTIONS(.reorders = 1001),
		*CQRS_FAULT_OPTIONS(.deaths = 1001),
		*CQRS_FAULT_OPTIONS(.meanwhiles = 1001, .meanwhile = look_meanwhile),
		*CQRS_FAULT_OPTIONS(.meanwhiles = 1001),
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		CHECK_STATUS(cqrs_faulty_open(f->inner, &options[i], &faulty, &f->err),
		             CQRS_ERR_INVALID);
		CHECK_CONTAINS(f->err.message, "1000");
	}
	assert_null(faulty);
}

static void arguments_that_are_none_are_refused(void **state)
{
	struct fixture *f = *state;
	struct cqrs_faulty *faulty = NULL;
	struct cqrs_fault_options options = { .size = 1 };
	struct cqrs_environment environment = { .size = 1 };

	CHECK_STATUS(cqrs_faulty_open(NULL, NULL, &faulty, &f->err), CQRS_ERR_INVALID);
	CHECK_CONTAINS(f->err.message, "inner");
	CHECK_STATUS(cqrs_faulty_open(f->inner, NULL, NULL, &f->err), CQRS_ERR_INVALID);
	CHECK_STATUS(cqrs_faulty_open(f->inner, &options, &faulty, &f->err), CQRS_ERR_INVALID);
	options = *CQRS_FAULT_OPTIONS(.environment = &environment);
	CHECK_STATUS(cqrs_faulty_open(f->inner, &options, &faulty, NULL), CQRS_ERR_INVALID);
	options = cqrs_fault_options_init();
	CHECK_UINT(options.size, CQRS_FAULT_OPTIONS()->size);
	assert_null(faulty);
	cqrs_faulty_close(NULL);
}

static void opening_survives_any_failed_allocation(void **state)
{
	struct fixture *f = *state;
	const struct cqrs_fault_options *options =
		CQRS_FAULT_OPTIONS(.environment = &f->environment, .seed = 1);

	for (unsigned nth = 1, failed = 1; failed; nth++) {
		enum cqrs_status status;

		fail_allocation(&f->memory, nth);
		status = cqrs_faulty_open(f->inner, options, &f->faulty, &f->err);
		failed = stop_failing(&f->memory);
		CHECK_STATUS(status, failed ? CQRS_ERR_NOMEM : CQRS_OK);
	}
	f->store = cqrs_faulty_store(f->faulty);
	/* And no call allocates from it. */
	fail_allocation(&f->memory, 1);
	CHECK_OK(append_to(f, "a"), &f->err);
	CHECK_OK(read_head(f, "a"), &f->err);
	CHECK_UINT(stop_failing(&f->memory), 0);
}

static void seed_is_the_given_one_or_drawn(void **state)
{
	struct fixture *f = *state;
	struct cqrs_faulty *faulty = NULL;
	uint64_t drawn;

	open_faulty(f, CQRS_FAULT_OPTIONS(.seed = 77));
	CHECK_UINT(cqrs_faulty_seed(f->faulty), 77);
	open_faulty(f, CQRS_FAULT_OPTIONS(.seed = 0));
	CHECK_UINT(cqrs_faulty_seed(f->faulty), 0x5a5a5a5a);
	CHECK_OK(cqrs_faulty_open(f->inner, NULL, &faulty, &f->err), &f->err);
	drawn = cqrs_faulty_seed(faulty);
	CHECK_TRUE(drawn != 0);
	cqrs_store_close(cqrs_faulty_store(faulty)); /* the same as closing the faulty store */
	CHECK_OK(cqrs_faulty_open(f->inner, NULL, &faulty, &f->err), &f->err);
	CHECK_TRUE(cqrs_faulty_seed(faulty) != drawn);
	cqrs_faulty_close(faulty);
}

static void it_has_the_feeds_and_limits_of_the_inner_store(void **state)
{
	struct fixture *f = *state;

	open_faulty(f, CQRS_FAULT_OPTIONS(.seed = 1));
	CHECK_UINT(cqrs_store_feed_count(f->store), 3);
	assert_memory_equal(cqrs_store_get_limits(f->store), cqrs_store_get_limits(f->inner),
	                    sizeof(struct cqrs_store_limits));
}

/* ---- errors ---- */

/* Every read, into outputs that nobody may touch where it fails. */
static void check_reads(struct fixture *f, enum cqrs_status expected)
{
	const struct cqrs_stream stream = STREAM("t", "a");
	struct cqrs_event_page events = { NULL, 77, false };
	struct cqrs_stream_page streams = { NULL, 77 };
	struct cqrs_view_page views = { NULL, 77 };
	struct cqrs_entry_page entries = { NULL, 77 };
	struct cqrs_stored_view view = { .version = 77 };
	struct cqrs_snapshot snapshot = { .sequence = 77 };
	struct cqrs_key_record record = { .first_sequence = 77 };
	uint64_t number = 77;
	struct cqrs_store *store = f->store;

	CHECK_STATUS(cqrs_store_read_stream(store, &stream, 0, 1, f->arena, &events, NULL),
	             expected);
	CHECK_STATUS(cqrs_store_read_head(store, &stream, &number, NULL), expected);
	CHECK_STATUS(cqrs_store_list_streams(store, "t", NULL, 1, f->arena, &streams, NULL),
	             expected);
	CHECK_STATUS(cqrs_store_read_feed(store, 0, 0, 1, f->arena, &events, NULL), expected);
	CHECK_STATUS(cqrs_store_read_feed_head(store, 0, &number, NULL), expected);
	CHECK_STATUS(cqrs_store_wait(store, 0, 0, 0, NULL), expected);
	CHECK_STATUS(cqrs_store_load_snapshot(store, &stream, f->arena, &snapshot, NULL), expected);
	CHECK_STATUS(cqrs_store_load_view(store, "v", "a", f->arena, &view, NULL), expected);
	CHECK_STATUS(cqrs_store_list_views(store, "v", NULL, 1, f->arena, &views, NULL), expected);
	CHECK_STATUS(cqrs_store_list_entries(store, "v", "a", NULL, 1, f->arena, &entries, NULL),
	             expected);
	CHECK_STATUS(cqrs_store_load_checkpoint(store, "p", 0, &number, NULL), expected);
	CHECK_STATUS(cqrs_store_load_key(store, &stream, "k", &record, NULL), expected);
	CHECK_UINT(events.count, 77);
	CHECK_UINT(streams.count, 77);
	CHECK_UINT(views.count, 77);
	CHECK_UINT(entries.count, 77);
	CHECK_UINT(view.version, 77);
	CHECK_UINT(snapshot.sequence, 77);
	CHECK_UINT(record.first_sequence, 77);
	CHECK_UINT(number, 77);
}

static void error_before_keeps_every_call_from_the_inner_store(void **state)
{
	struct fixture *f = *state;
	const struct cqrs_stream stream = STREAM("t", "a");
	uint64_t count = 77;

	open_faulty(f, CQRS_FAULT_OPTIONS(.seed = 1));
	CHECK_OK(append_to(f, "a"), &f->err);
	open_faulty(f, CQRS_FAULT_OPTIONS(.seed = 1, .errors_before = 1000));
	CHECK_STATUS(append_to(f, "a"), CQRS_ERR_UNAVAILABLE);
	CHECK_STATUS(f->err.status, CQRS_ERR_UNAVAILABLE);
	CHECK_CONTAINS(f->err.message, "commit");
	check_reads(f, CQRS_ERR_UNAVAILABLE);
	CHECK_STATUS(cqrs_store_delete_stream(f->store, &stream, 1, NULL), CQRS_ERR_UNAVAILABLE);
	CHECK_STATUS(cqrs_store_purge_keys(f->store, INT64_MAX, &count, NULL),
	             CQRS_ERR_UNAVAILABLE);
	CHECK_UINT(count, 77);
	CHECK_UINT(inner_head(f, "a"), 1);
	CHECK_UINT(cqrs_faulty_count(f->faulty, CQRS_FAULT_ERROR_BEFORE), 15);
}

static void error_after_hides_what_the_inner_store_answered(void **state)
{
	struct fixture *f = *state;
	const struct cqrs_stream stream = STREAM("t", "a");
	struct cqrs_event_page page;
	uint64_t count = 77;

	open_faulty(f, CQRS_FAULT_OPTIONS(.seed = 1, .errors_after = 1000));
	CHECK_OK(append_to(f, "a"), &f->err);
	check_reads(f, CQRS_ERR_UNAVAILABLE);
	CHECK_STATUS(cqrs_store_delete_stream(f->store, &stream, 1, &f->err), CQRS_ERR_UNKNOWN);
	CHECK_STATUS(cqrs_store_purge_keys(f->store, INT64_MAX, &count, NULL), CQRS_ERR_UNKNOWN);
	CHECK_UINT(count, 77);
	CHECK_OK(cqrs_store_read_stream(f->inner, &stream, 0, 0, f->arena, &page, &f->err),
	         &f->err);
	CHECK_UINT(page.count, 0); /* it was deleted */
}

/* ---- commits ---- */

static void lost_commit_stores_nothing(void **state)
{
	struct fixture *f = *state;

	open_faulty(f, CQRS_FAULT_OPTIONS(.seed = 1, .lost_commits = 1000));
	CHECK_STATUS(append_to(f, "a"), CQRS_ERR_UNKNOWN);
	CHECK_STATUS(f->err.status, CQRS_ERR_UNKNOWN);
	CHECK_UINT(inner_head(f, "a"), 0);
	CHECK_OK(read_head(f, "a"), &f->err);
}

static void lost_commit_tells_no_place(void **state)
{
	struct fixture *f = *state;
	struct cqrs_event_data event = event_data(1);
	struct cqrs_append append = { .stream = { "t", "a" },
		                      .events = &event,
		                      .event_count = 1,
		                      .first_sequence = 77,
		                      .first_offset = 77 };
	struct cqrs_commit commit = { .appends = &append, .append_count = 1 };

	open_faulty(f, CQRS_FAULT_OPTIONS(.seed = 1, .lost_commits = 1000));
	CHECK_STATUS(cqrs_store_commit(f->store, &commit, &f->err), CQRS_ERR_UNKNOWN);
	CHECK_UINT(append.first_sequence, 0);
	CHECK_UINT(append.first_offset, 0);
}

static void lost_reply_hides_all_outcomes_of_its_call(void **state)
{
	struct fixture *f = *state;
	struct cqrs_event_data events[2] = { event_data(1), event_data(2) };
	struct cqrs_error errors[2] = { CQRS_ERROR_INIT, CQRS_ERROR_INIT };
	struct cqrs_append appends[2] = {
		{ .stream = { "t", "a" }, .events = &events[0], .event_count = 1 },
		{ .stream = { "t", "a" }, .events = &events[1], .event_count = 1 },
	};
	struct cqrs_commit commits[2] = {
		{ .appends = &appends[0], .append_count = 1, .err = &errors[0] },
		{ .appends = &appends[1], .append_count = 1, .err = &errors[1] },
	};
	struct cqrs_commit *const both[] = { &commits[0], &commits[1] };

	open_faulty(f, CQRS_FAULT_OPTIONS(.seed = 1, .lost_replies = 1000));
	CHECK_STATUS(cqrs_store_commit_batch(f->store, both, 2), CQRS_ERR_UNKNOWN);
	for (size_t i = 0; i < 2; i++) { /* the second was refused */
		CHECK_STATUS(commits[i].status, CQRS_ERR_UNKNOWN);
		CHECK_STATUS(errors[i].status, CQRS_ERR_UNKNOWN);
		CHECK_INT(commits[i].moved, CQRS_MOVED_NOTHING);
		CHECK_UINT(appends[i].first_sequence, 0);
		CHECK_UINT(appends[i].first_offset, 0);
	}
	CHECK_UINT(inner_head(f, "a"), 1);
	CHECK_UINT(cqrs_faulty_count(f->faulty, CQRS_FAULT_LOST_REPLY), 1);
}

/* ---- time ---- */

static void delay_sleeps_up_to_its_bound(void **state)
{
	struct fixture *f = *state;

	open_faulty(f, CQRS_FAULT_OPTIONS(.seed = 1, .delays = 1000, .max_delay_us = 50));
	for (unsigned i = 0; i < 100; i++)
		CHECK_OK(read_head(f, "a"), &f->err);
	CHECK_UINT(f->sleeps, 100);
	CHECK_TRUE(f->slept_us >= 100 && f->slept_us <= 100 * 50);
	CHECK_TRUE(f->slept_us > 100 * 10);
	f->sleeps = f->slept_us = 0;
	open_faulty(f, CQRS_FAULT_OPTIONS(.seed = 1, .delays = 1000));
	for (unsigned i = 0; i < 100; i++)
		CHECK_OK(read_head(f, "a"), &f->err);
	CHECK_TRUE(f->slept_us > 100 * 200 && f->slept_us <= 100 * 1000);
}

static void reordered_call_waits_until_a_later_one_is_done(void **state)
{
	struct fixture *f = *state;

	open_faulty(f, CQRS_FAULT_OPTIONS(.seed = 1, .reorders = 1000, .max_delay_us = 1600));
	CHECK_OK(read_head(f, "a"), &f->err);
	CHECK_UINT(f->slept_us, 1600); /* nobody came */

	f->sleeps = f->slept_us = 0;
	f->calls_when_asleep = true;
	CHECK_OK(read_head(f, "a"), &f->err);
	/* The later call itself waits in vain. */
	CHECK_UINT(f->slept_us, 100 + 1600);
	CHECK_UINT(cqrs_faulty_count(f->faulty, CQRS_FAULT_REORDER), 3);
}

/* ---- meanwhile and death ---- */

static void meanwhile_is_right_before_or_after_the_inner_call(void **state)
{
	struct fixture *f = *state;
	unsigned before = 0;
	unsigned after = 0;

	open_faulty(f,
	            CQRS_FAULT_OPTIONS(.seed = 1, .meanwhiles = 1000, .meanwhile = look_meanwhile));
	for (unsigned i = 0; i < 40; i++) {
		CHECK_OK(append_to(f, "a"), &f->err);
		before += f->head_seen == i;
		after += f->head_seen == i + 1;
	}
	CHECK_UINT(f->meanwhiles, 40);
	CHECK_UINT(before + after, 40);
	CHECK_TRUE(before > 5 && after > 5);
	open_faulty(f, CQRS_FAULT_OPTIONS(.seed = 1, .meanwhiles = 1000));
	CHECK_OK(append_to(f, "a"), &f->err);
	CHECK_UINT(cqrs_faulty_count(f->faulty, CQRS_FAULT_MEANWHILE), 0);
}

static void death_is_before_after_or_between_call_and_reply(void **state)
{
	struct fixture *f = *state;
	unsigned deaths[3] = { 0 };

	for (unsigned seed = 1; seed <= 60; seed++) {
		uint64_t head = inner_head(f, "a");
		enum cqrs_status status;

		open_faulty(f, CQRS_FAULT_OPTIONS(.seed = seed, .deaths = 1000, .die = die));
		CHECK_TRUE(!cqrs_faulty_is_dead(f->faulty));
		status = append_to(f, "a");
		CHECK_TRUE(cqrs_faulty_is_dead(f->faulty));
		if (status == CQRS_OK)
			deaths[0]++;
		else if (inner_head(f, "a") > head)
			deaths[1]++;
		else
			deaths[2]++;
		if (status == CQRS_OK)
			CHECK_UINT(inner_head(f, "a"), head + 1);
		else
			CHECK_STATUS(status, CQRS_ERR_UNKNOWN);
		CHECK_UINT(f->deaths, seed);
	}
	CHECK_TRUE(deaths[0] > 5 && deaths[1] > 5 && deaths[2] > 5);
}

static void dead_store_refuses_everything_also_when_calm(void **state)
{
	struct fixture *f = *state;
	const struct cqrs_stream stream = STREAM("t", "a");
	uint64_t count;

	open_faulty(f, CQRS_FAULT_OPTIONS(.seed = 1, .deaths = 1000));
	(void)append_to(f, "a");
	for (unsigned calm = 0; calm < 2; calm++) {
		cqrs_faulty_set_calm(f->faulty, calm);
		CHECK_STATUS(append_to(f, "b"), CQRS_ERR_UNAVAILABLE);
		check_reads(f, CQRS_ERR_UNAVAILABLE);
		CHECK_STATUS(cqrs_store_delete_stream(f->store, &stream, 1, NULL),
		             CQRS_ERR_UNAVAILABLE);
		CHECK_STATUS(cqrs_store_purge_keys(f->store, 0, &count, NULL),
		             CQRS_ERR_UNAVAILABLE);
	}
	CHECK_UINT(inner_head(f, "b"), 0);
	CHECK_UINT(cqrs_faulty_count(f->faulty, CQRS_FAULT_DEATH), 1);
}

/* A call through the same store that dies while the outer one is between its halves. */
static void die_meanwhile(void *self)
{
	struct fixture *f = self;

	for (unsigned i = 0; i < 1000 && f->meanwhiles == 0; i++) {
		f->meanwhiles++;
		(void)read_head(f, "b");
	}
}

static void calls_on_their_way_die_with_the_store(void **state)
{
	struct fixture *f = *state;
	unsigned lost = 0;

	for (unsigned seed = 1; seed <= 200; seed++) {
		enum cqrs_status status;

		f->meanwhiles = 0;
		open_faulty(f, CQRS_FAULT_OPTIONS(.seed = seed, .deaths = 300, .meanwhiles = 1000,
		                                  .meanwhile = die_meanwhile));
		status = append_to(f, "a");
		if (cqrs_faulty_is_dead(f->faulty) && status != CQRS_OK) {
			CHECK_STATUS(status, CQRS_ERR_UNKNOWN);
			lost++;
		} else {
			CHECK_STATUS(status, CQRS_OK);
		}
	}
	CHECK_TRUE(lost > 60);
}

static void exit_for_real(void *self)
{
	(void)self;
	_exit(33);
}

static void death_may_end_the_process(void **state)
{
	struct fixture *f = *state;
	int status = 0;
	pid_t child;

	open_faulty(f, CQRS_FAULT_OPTIONS(.seed = 1, .deaths = 1000, .die = exit_for_real));
	child = fork();
	if (child == 0) {
		(void)append_to(f, "a");
		_exit(0);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	CHECK_TRUE(WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), 33);
}

/* ---- what a seed says ---- */

#define CALLS 60

static void record_calls(struct fixture *f, uint64_t seed, bool others,
                         enum cqrs_status statuses[CALLS])
{
	open_faulty(f, CQRS_FAULT_OPTIONS(.seed = seed, .errors_before = 200, .errors_after = 200));
	for (unsigned i = 0; i < CALLS; i++) {
		if (others) {
			(void)read_head(f, "b");
			(void)append_to(f, "c");
			cqrs_faulty_set_calm(f->faulty, true);
			CHECK_OK(read_head(f, "a"), &f->err);
			cqrs_faulty_set_calm(f->faulty, false);
		}
		statuses[i] = read_head(f, "a");
	}
}

static void faults_follow_from_the_seed_and_the_nth_call_of_a_kind(void **state)
{
	struct fixture *f = *state;
	enum cqrs_status first[CALLS], again[CALLS], among_others[CALLS], otherwise[CALLS];

	record_calls(f, 7, false, first);
	record_calls(f, 7, false, again);
	record_calls(f, 7, true, among_others); /* calm calls are not counted */
	record_calls(f, 8, false, otherwise);
	assert_memory_equal(again, first, sizeof(first));
	assert_memory_equal(among_others, first, sizeof(first));
	CHECK_TRUE(memcmp(otherwise, first, sizeof(first)) != 0);
}

#define THREADS 4
#define READS_OF_A_THREAD 250

static void *read_often(void *self)
{
	const struct cqrs_stream stream = STREAM("t", "a");
	uint64_t head;

	for (unsigned i = 0; i < READS_OF_A_THREAD; i++)
		(void)!cqrs_store_read_head(self, &stream, &head, NULL);
	return NULL;
}

static void threads_meet_the_same_faults_in_another_order(void **state)
{
	struct fixture *f = *state;
	pthread_t threads[THREADS];
	uint64_t faults;

	open_faulty(f, CQRS_FAULT_OPTIONS(.seed = 7, .errors_before = 300));
	for (unsigned i = 0; i < THREADS; i++)
		read_often(f->store);
	faults = cqrs_faulty_count(f->faulty, CQRS_FAULT_ERROR_BEFORE);

	f->environment.log = NULL;
	open_faulty(f, CQRS_FAULT_OPTIONS(.seed = 7, .errors_before = 300));
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_often, f->store), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK_UINT(cqrs_faulty_count(f->faulty, CQRS_FAULT_ERROR_BEFORE), faults);
}

static void faults_are_about_as_frequent_as_told(void **state)
{
	struct fixture *f = *state;

	open_faulty(f, CQRS_FAULT_OPTIONS(.seed = 3, .errors_before = 100));
	for (unsigned i = 0; i < 4000; i++)
		(void)read_head(f, "a");
	CHECK_TRUE(cqrs_faulty_count(f->faulty, CQRS_FAULT_ERROR_BEFORE) > 320);
	CHECK_TRUE(cqrs_faulty_count(f->faulty, CQRS_FAULT_ERROR_BEFORE) < 480);
	CHECK_UINT(cqrs_faulty_count(f->faulty, CQRS_FAULT_ERROR_AFTER), 0);
	CHECK_UINT(cqrs_faulty_count(f->faulty, (enum cqrs_fault)CQRS_FAULTS), 0);
}

static void each_fault_is_a_line_in_the_log(void **state)
{
	struct fixture *f = *state;

	open_faulty(f, CQRS_FAULT_OPTIONS(.seed = 4711, .lost_commits = 1000));
	CHECK_STATUS(append_to(f, "a"), CQRS_ERR_UNKNOWN);
	CHECK_UINT(f->lines, 1);
	CHECK_TEXT(f->line, "faulty store, seed 4711: lost commit in commit #1 of t 'a', feed 0");
	CHECK_OK(read_head(f, "a"), &f->err);
	CHECK_UINT(f->lines, 1);
}

static void each_fault_has_a_name(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CQRS_FAULTS; i++)
		CHECK_TRUE(strcmp(cqrs_fault_name((enum cqrs_fault)i), "unknown fault") != 0);
	CHECK_TEXT(cqrs_fault_name(CQRS_FAULT_LOST_REPLY), "lost reply");
	CHECK_TEXT(cqrs_fault_name((enum cqrs_fault)CQRS_FAULTS), "unknown fault");
}

/* ---- without faults it is a store as any ---- */

/* Storage of the suite: a memory store that stays when the faulty ones on it are closed. */
static enum cqrs_status reset_storage(void *self, struct cqrs_error *err)
{
	struct cqrs_store **inner = self;

	cqrs_store_close(*inner);
	*inner = NULL;
	return cqrs_store_open("memory:?feeds=2", CQRS_BACKENDS(cqrs_memory()), inner, err);
}

static enum cqrs_status open_on_storage(void *self, struct cqrs_store **out_store,
                                        struct cqrs_error *err)
{
	struct cqrs_store **inner = self;
	struct cqrs_faulty *faulty = NULL;
	enum cqrs_status status =
		cqrs_faulty_open(*inner, CQRS_FAULT_OPTIONS(.seed = 1), &faulty, err);

	if (status == CQRS_OK)
		*out_store = cqrs_faulty_store(faulty);
	return status;
}

static int run_suite(void)
{
	struct cqrs_store_fixture fixture = cqrs_store_fixture_init();
	struct cqrs_store *inner = NULL;
	int failed;

	fixture.name = "faulty store without faults";
	fixture.reset = reset_storage;
	fixture.open = open_on_storage;
	fixture.traits = CQRS_STORE_DURABLE | CQRS_STORE_SHARED;
	fixture.self = &inner;
	failed = run_store_suite(&fixture, 2);
	cqrs_store_close(inner);
	return failed;
}

#define RUN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(chances_above_a_thousand_are_refused),
		RUN(arguments_that_are_none_are_refused),
		RUN(opening_survives_any_failed_allocation),
		RUN(seed_is_the_given_one_or_drawn),
		RUN(it_has_the_feeds_and_limits_of_the_inner_store),
		RUN(error_before_keeps_every_call_from_the_inner_store),
		RUN(error_after_hides_what_the_inner_store_answered),
		RUN(lost_commit_stores_nothing),
		RUN(lost_commit_tells_no_place),
		RUN(lost_reply_hides_all_outcomes_of_its_call),
		RUN(delay_sleeps_up_to_its_bound),
		RUN(reordered_call_waits_until_a_later_one_is_done),
		RUN(meanwhile_is_right_before_or_after_the_inner_call),
		RUN(death_is_before_after_or_between_call_and_reply),
		RUN(dead_store_refuses_everything_also_when_calm),
		RUN(calls_on_their_way_die_with_the_store),
		RUN(death_may_end_the_process),
		RUN(faults_follow_from_the_seed_and_the_nth_call_of_a_kind),
		RUN(threads_meet_the_same_faults_in_another_order),
		RUN(faults_are_about_as_frequent_as_told),
		RUN(each_fault_is_a_line_in_the_log),
		RUN(each_fault_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) + run_suite();
}
