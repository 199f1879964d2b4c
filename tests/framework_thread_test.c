/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* framework_thread_test.c - one framework, many threads: turns, fairness, nothing lost. */
#include "framework_fixture.h"

#include <limits.h>
#include <sched.h>
#include <time.h>

#define THREADS 16

static void run_threads(void *(*work)(void *self), void *workers, size_t size, size_t count)
{
	pthread_t threads[THREADS];

	for (size_t i = 0; i < count; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work,
		                                (unsigned char *)workers + i * size),
		                 0);
	for (size_t i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}

struct worker {
	struct cqrs_framework *framework;
	atomic_bool *stop;
	unsigned number;
	unsigned long done;
	unsigned long failed;
};

/* The default environment: real time and a real clock. */
static void share_framework(struct fixture *f, struct cqrs_store *store)
{
	static const struct cqrs_environment real = { .size = sizeof(real) };

	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(.store = store, .environment = &real,
	                                                CQRS_AGGREGATES(&wallet_aggregate),
	                                                CQRS_VIEWS(&wallet_view),
	                                                .conflict_retries = CQRS_NO_RETRY));
}

static void *put_until_stopped(void *self)
{
	struct worker *worker = self;

	while (!atomic_load(worker->stop)) {
		struct cqrs_error err = CQRS_ERROR_INIT;

		if (cqrs_execute(worker->framework, "one", &err, put_coins, .coins = 1,
		                 .note = "n") == CQRS_OK)
			worker->done++;
		else
			worker->failed++;
	}
	return NULL;
}

static void *wait_and_stop(void *self)
{
	struct timespec time = { .tv_sec = 1 };

	nanosleep(&time, NULL);
	atomic_store((atomic_bool *)self, true);
	return NULL;
}

static void many_threads_on_one_aggregate_meet_no_conflict_and_none_starves(void **state)
{
	struct fixture *f = *state;
	struct worker workers[THREADS];
	atomic_bool stop = false;
	pthread_t timer;
	unsigned long total = 0;
	unsigned long least = ULONG_MAX;

	share_framework(f, f->inner);
	assert_int_equal(pthread_create(&timer, NULL, wait_and_stop, &stop), 0);
	for (unsigned i = 0; i < THREADS; i++)
		workers[i] = (struct worker){ f->framework, &stop, i, 0, 0 };
	run_threads(put_until_stopped, workers, sizeof(workers[0]), THREADS);
	pthread_join(timer, NULL);
	for (unsigned i = 0; i < THREADS; i++) {
		CHECK_UINT(workers[i].failed, 0);
		total += workers[i].done;
		least = workers[i].done < least ? workers[i].done : least;
	}
	print_message("%lu commands in a second, the least served thread %lu of %lu on average\n",
	              total, least, total / THREADS);
	CHECK_TRUE(2 * least >= total / THREADS);
	CHECK_UINT(head_of(f, "one"), total);
	CHECK_INT(wallet_of(f, "one")->coins, total);
	CHECK_INT(view_of(f, "one")->coins, total);
}

#define STREAMS 40
#define ROUNDS 300

static void *put_all_over(void *self)
{
	struct worker *worker = self;

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct cqrs_error err = CQRS_ERROR_INIT;
		char id[16];

		snprintf(id, sizeof(id), "w%u", (worker->number * 7 + i * 13) % STREAMS);
		if (cqrs_execute(worker->framework, id, &err, put_coins, .coins = 1, .note = "n") !=
		    CQRS_OK)
			worker->failed++;
		/* A refusal now and then, and a reader beside the writers. */
		if (i % 5 == 0 && cqrs_execute(worker->framework, id, &err, take_coins,
		                               .coins = 1 << 30) != CQRS_ERR_REJECTED)
			worker->failed++;
		if (i % 7 == 0) {
			struct cqrs_arena *arena = NULL;
			struct cqrs_loaded loaded;

			if (cqrs_arena_new(NULL, &arena, &err) != CQRS_OK ||
			    cqrs_load(worker->framework, &wallet_aggregate, id, arena, &loaded,
			              &err) != CQRS_OK ||
			    ((const struct wallet *)loaded.state)->events !=
			            (int64_t)loaded.sequence)
				worker->failed++;
			cqrs_arena_free(arena);
		}
	}
	return NULL;
}

static void spread_over_many(struct fixture *f)
{
	struct worker workers[THREADS];
	int64_t total = 0;

	for (unsigned i = 0; i < THREADS; i++)
		workers[i] = (struct worker){ f->framework, NULL, i, 0, 0 };
	run_threads(put_all_over, workers, sizeof(workers[0]), THREADS);
	for (unsigned i = 0; i < THREADS; i++)
		CHECK_UINT(workers[i].failed, 0);
	for (unsigned i = 0; i < STREAMS; i++) {
		char id[16];

		snprintf(id, sizeof(id), "w%u", i);
		CHECK_INT(view_of(f, id)->coins, wallet_of(f, id)->coins);
		total += wallet_of(f, id)->coins;
	}
	CHECK_INT(total, THREADS * ROUNDS);
}

static void many_threads_on_many_aggregates_lose_nothing(void **state)
{
	struct fixture *f = *state;

	share_framework(f, f->inner);
	spread_over_many(f);
}

static void many_threads_share_a_cache_that_is_too_small(void **state)
{
	struct fixture *f = *state;
	static const struct cqrs_environment real = { .size = sizeof(real) };

	fixture_new_framework(f,
	                      CQRS_FRAMEWORK_OPTIONS(.store = f->inner, .environment = &real,
	                                             CQRS_AGGREGATES(&wallet_aggregate),
	                                             CQRS_VIEWS(&wallet_view), .cache_entries = 5,
	                                             .conflict_retries = CQRS_NO_RETRY));
	spread_over_many(f);
}

/* ---- turns ---- */

/* Handlers note who runs, and whether anyone else does. */
struct turns {
	atomic_uint inside;
	atomic_uint overlaps;
	atomic_uint count;
	unsigned order[THREADS];
	pthread_mutex_t gate;
};

static enum cqrs_status note_turn(struct cqrs_context *ctx, const struct wallet *wallet, void *self)
{
	struct turns *turns = self;
	const char *who = cqrs_metadata_get(cqrs_context_metadata(ctx), "who");

	(void)wallet;
	if (atomic_fetch_add(&turns->inside, 1))
		atomic_fetch_add(&turns->overlaps, 1);
	turns->order[atomic_fetch_add(&turns->count, 1)] = (unsigned)atoi(who);
	/* The first stays until all the others have come, in a known order. */
	pthread_mutex_lock(&turns->gate);
	pthread_mutex_unlock(&turns->gate);
	atomic_fetch_sub(&turns->inside, 1);
	return cqrs_emit(ctx, coins_put, .coins = 1, .note = "turn");
}

static void *take_a_turn(void *self)
{
	struct worker *worker = self;
	struct cqrs_error err = CQRS_ERROR_INIT;
	char who[16];

	snprintf(who, sizeof(who), "%u", worker->number);
	worker->failed =
		cqrs_execute_with(worker->framework, "w", &run_command, NULL,
	                          CQRS_EXECUTE_OPTIONS(.metadata = CQRS_METADATA({ "who", who })),
	                          NULL, &err) != CQRS_OK;
	return NULL;
}

static void turns_are_taken_first_come_first_served(void **state)
{
	struct fixture *f = *state;
	struct turns turns = { .gate = PTHREAD_MUTEX_INITIALIZER };
	struct worker workers[8];
	pthread_t threads[8];
	struct timespec a_while = { .tv_nsec = 20 * 1000000 };

	fixture_call(f, note_turn, &turns);
	pthread_mutex_lock(&turns.gate);
	for (unsigned i = 0; i < 8; i++) {
		workers[i] = (struct worker){ f->framework, NULL, i, 0, 0 };
		assert_int_equal(pthread_create(&threads[i], NULL, take_a_turn, &workers[i]), 0);
		/* The first is in its handler before the second starts; the others queue up. */
		while (!i && !atomic_load(&turns.count))
			nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
		nanosleep(&a_while, NULL);
	}
	CHECK_UINT(atomic_load(&turns.count), 1);
	/* Nobody on another stream waits for them. */
	put(f, "other", 1);
	pthread_mutex_unlock(&turns.gate);
	for (unsigned i = 0; i < 8; i++) {
		pthread_join(threads[i], NULL);
		CHECK_UINT(workers[i].failed, 0);
	}
	CHECK_UINT(atomic_load(&turns.overlaps), 0);
	for (unsigned i = 0; i < 8; i++)
		CHECK_UINT(turns.order[i], i);
	CHECK_UINT(head_of(f, "w"), 8);
	pthread_mutex_destroy(&turns.gate);
}

/* A query that notes the sequences it is told, one stream in order. */
struct follower {
	atomic_ullong last;
	atomic_uint disorder;
};

static enum cqrs_status follow(void *self, const char *aggregate_id,
                               const struct cqrs_envelope *events, size_t count,
                               struct cqrs_error *err)
{
	struct follower *follower = self;

	(void)aggregate_id;
	(void)err;
	for (size_t i = 0; i < count; i++)
		if (atomic_exchange(&follower->last, events[i].sequence) != events[i].sequence - 1)
			atomic_fetch_add(&follower->disorder, 1);
	return CQRS_OK;
}

static void *put_a_few(void *self)
{
	struct worker *worker = self;

	for (unsigned i = 0; i < 100; i++) {
		struct cqrs_error err = CQRS_ERROR_INIT;

		worker->failed += cqrs_execute(worker->framework, "w", &err, put_coins, .coins = 1,
		                               .note = "n") != CQRS_OK;
	}
	return NULL;
}

static void queries_are_told_of_one_stream_in_order(void **state)
{
	struct fixture *f = *state;
	struct follower follower = { .last = 0 };
	const struct cqrs_query query = { "follower", follow, &follower };
	struct worker workers[8];

	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                                CQRS_QUERIES(&query)));
	for (unsigned i = 0; i < 8; i++)
		workers[i] = (struct worker){ f->framework, NULL, i, 0, 0 };
	run_threads(put_a_few, workers, sizeof(workers[0]), 8);
	CHECK_UINT(atomic_load(&follower.last), 800);
	CHECK_UINT(atomic_load(&follower.disorder), 0);
}

static void two_frameworks_in_many_threads_lose_nothing(void **state)
{
	struct fixture *f = *state;
	struct worker workers[8];
	struct cqrs_framework *other;

	/* Each conflict means that another got on, so that many retries are always enough. */
	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                                CQRS_VIEWS(&wallet_view),
	                                                .conflict_retries = 10000));
	other = fixture_other_framework(
		f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                  CQRS_VIEWS(&wallet_view), .conflict_retries = 10000));
	for (unsigned i = 0; i < 8; i++)
		workers[i] = (struct worker){ i % 2 ? other : f->framework, NULL, i, 0, 0 };
	run_threads(put_a_few, workers, sizeof(workers[0]), 8);
	cqrs_framework_free(other);
	for (unsigned i = 0; i < 8; i++)
		CHECK_UINT(workers[i].failed, 0);
	CHECK_INT(wallet_of(f, "w")->coins, 800);
	CHECK_INT(view_of(f, "w")->coins, 800);
	CHECK_UINT(entries_of(f, "w"), 800);
}

/* ---- commands that another thread executes ---- */

#define CROWD 12

/* One of a crowd that wants coins from a wallet that has too few for all. */
struct taker {
	struct cqrs_framework *framework;
	struct cqrs_result result;
	struct cqrs_error err;
	enum cqrs_status status;
};

static void *take_one(void *self)
{
	struct taker *taker = self;

	taker->status = cqrs_execute_with(taker->framework, "w", &take_coins_command,
	                                  &(struct take_coins){ .coins = 1 }, NULL, &taker->result,
	                                  &taker->err);
	return NULL;
}

/* The same as a unit of work of its own. */
static void *take_one_together(void *self)
{
	struct taker *taker = self;
	struct cqrs_request request = { .aggregate_id = "w",
		                        .type = &take_coins_command,
		                        .command = &(struct take_coins){ .coins = 1 },
		                        .result = &taker->result,
		                        .err = &taker->err };

	taker->status = cqrs_execute_together(taker->framework, &request, 1);
	return NULL;
}

/* Has the turn for so long that all others queue up behind it. */
static enum cqrs_status dawdle(struct cqrs_context *ctx, const struct wallet *wallet, void *self)
{
	struct timespec time = { .tv_nsec = 300000000 };

	(void)wallet;
	atomic_store((atomic_bool *)self, true);
	nanosleep(&time, NULL);
	return cqrs_emit(ctx, coins_put, .coins = CROWD / 2, .note = "at last");
}

static void *run_dawdler(void *self)
{
	struct taker *taker = self;

	taker->status = cqrs_execute(taker->framework, "w", &taker->err, run);
	return NULL;
}

static void crowd_around_a_wallet(struct fixture *f, struct taker *takers,
                                  void *(*work)(void *self))
{
	static atomic_bool begun;
	struct taker dawdler = { .framework = f->framework };
	pthread_t thread;

	atomic_store(&begun, false);
	fixture_call(f, dawdle, &begun);
	assert_int_equal(pthread_create(&thread, NULL, run_dawdler, &dawdler), 0);
	while (!atomic_load(&begun))
		sched_yield();
	for (size_t i = 0; i < CROWD; i++)
		takers[i] = (struct taker){ .framework = f->framework };
	run_threads(work, takers, sizeof(takers[0]), CROWD);
	pthread_join(thread, NULL);
	CHECK_STATUS(dawdler.status, CQRS_OK);
}

static void check_takers(struct fixture *f, const struct taker *takers)
{
	uint64_t seen = 0;
	size_t refused = 0;

	for (size_t i = 0; i < CROWD; i++) {
		if (takers[i].status == CQRS_OK) {
			CHECK_UINT(takers[i].result.first_sequence, takers[i].result.last_sequence);
			seen |= UINT64_C(1) << takers[i].result.last_sequence;
		} else {
			CHECK_STATUS(takers[i].status, CQRS_ERR_REJECTED);
			CHECK_TEXT(takers[i].err.message, "there are only 0 coins");
			refused++;
		}
	}
	CHECK_UINT(refused, CROWD / 2);
	CHECK_UINT(seen, ((UINT64_C(1) << CROWD / 2) - 1) << 2); /* 2, 3, ..., each once */
	CHECK_INT(wallet_of(f, "w")->coins, 0);
	CHECK_INT(view_of(f, "w")->coins, 0);
	CHECK_UINT(entries_of(f, "w"), 1 + CROWD / 2);
}

static void commands_that_wait_for_one_stream_share_commits(void **state)
{
	struct fixture *f = *state;
	struct taker takers[CROWD];

	fixture_new_framework(f,
	                      CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                             CQRS_VIEWS(&wallet_view), .max_adopted = 64));
	crowd_around_a_wallet(f, takers, take_one);
	check_takers(f, takers);
	/* Two when all of the crowd came in time. */
	CHECK_TRUE(atomic_load(&f->hooks.calls[HOOKED_COMMIT]) <= CROWD / 2);
}

static void units_of_one_command_do_not_take_each_other_down(void **state)
{
	struct fixture *f = *state;
	struct taker takers[CROWD];

	fixture_new_framework(f,
	                      CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                             CQRS_VIEWS(&wallet_view), .max_adopted = 64));
	crowd_around_a_wallet(f, takers, take_one_together);
	check_takers(f, takers);
}

static void commands_wait_for_their_own_turn_if_wanted(void **state)
{
	struct fixture *f = *state;
	struct taker takers[CROWD];

	fixture_new_framework(f, CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate),
	                                                CQRS_VIEWS(&wallet_view),
	                                                .max_adopted = CQRS_OWN_THREAD));
	crowd_around_a_wallet(f, takers, take_one);
	check_takers(f, takers);
	CHECK_UINT(atomic_load(&f->hooks.calls[HOOKED_COMMIT]), 1 + CROWD / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(many_threads_on_one_aggregate_meet_no_conflict_and_none_starves),
		RUN(many_threads_on_many_aggregates_lose_nothing),
		RUN(many_threads_share_a_cache_that_is_too_small),
		RUN(turns_are_taken_first_come_first_served),
		RUN(queries_are_told_of_one_stream_in_order),
		RUN(two_frameworks_in_many_threads_lose_nothing),
		RUN(commands_that_wait_for_one_stream_share_commits),
		RUN(units_of_one_command_do_not_take_each_other_down),
		RUN(commands_wait_for_their_own_turn_if_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
