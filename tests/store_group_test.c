/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_group_test.c - group commit: what the backend is handed when many threads commit at
 * the same time. The backend is a fake that can be held inside a call, so that who queues
 * up behind it is known and not left to chance.
 */
#include "check.h"
#include "failing_allocator.h"
#include "fake_backend.h"
#include "store_fixture.h"

#include "store/front.h"

#include <time.h>

/* A door in front of the fake: closed, a call of commit() waits in it. */
struct door {
	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t changed;
	bool closed;
	size_t waiting; /* calls of commit() in the door */
	const struct cqrs_commit *refused;
	uint64_t order[256]; /* expected_sequence of the commits in the order they arrived */
	size_t arrived;
};

struct fixture {
	struct fake_backend fake;
	struct door door;
	struct cqrs_store *store;
	struct cqrs_error err;
};

static void pass_door(struct fake_backend *fake)
{
	struct door *door = fake->data;

	pthread_mutex_lock(&door->lock);
	door->waiting++;
	pthread_cond_broadcast(&door->changed);
	while (door->closed)
		pthread_cond_wait(&door->changed, &door->lock);
	door->waiting--;
	pthread_mutex_unlock(&door->lock);
}

static enum cqrs_status note_order(struct fake_backend *fake, const struct cqrs_commit *commit)
{
	struct door *door = fake->data;

	if (door->arrived < 256)
		door->order[door->arrived++] = commit->expects[0].expected_sequence;
	return commit == door->refused ? CQRS_ERR_UNAVAILABLE : CQRS_OK;
}

static void set_door(struct door *door, bool closed)
{
	pthread_mutex_lock(&door->lock);
	door->closed = closed;
	pthread_cond_broadcast(&door->changed);
	pthread_mutex_unlock(&door->lock);
}

static void wait_at_door(struct door *door)
{
	pthread_mutex_lock(&door->lock);
	while (!door->waiting)
		pthread_cond_wait(&door->changed, &door->lock);
	pthread_mutex_unlock(&door->lock);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	fake_init(&f->fake, true);
	pthread_mutex_init(&f->door.lock, NULL);
	pthread_cond_init(&f->door.changed, NULL);
	f->fake.data = &f->door;
	f->fake.before_commit = pass_door;
	f->fake.answer = note_order;
	f->store = fake_open(&f->fake, (struct cqrs_store_limits){ 0 }, 1);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	cqrs_store_close(f->store);
	pthread_cond_destroy(&f->door.changed);
	pthread_mutex_destroy(&f->door.lock);
	free(f);
	return 0;
}

/* A thread with a batch of commits; number marks its first commit. */
struct caller {
	struct fixture *f;
	pthread_t thread;
	size_t count;
	struct cqrs_expect *expects;
	struct cqrs_commit *commits;
	struct cqrs_commit **pointers;
	enum cqrs_status status;
};

static void *run_caller(void *self)
{
	struct caller *caller = self;

	caller->status = cqrs_store_commit_batch(caller->f->store, caller->pointers, caller->count);
	return NULL;
}

static void caller_init(struct caller *caller, struct fixture *f, uint64_t number, size_t count)
{
	*caller = (struct caller){ .f = f, .count = count };
	caller->expects = calloc(count, sizeof(*caller->expects));
	caller->commits = calloc(count, sizeof(*caller->commits));
	caller->pointers = calloc(count, sizeof(struct cqrs_commit *));
	for (size_t i = 0; i < count; i++) {
		caller->expects[i].stream = STREAM("account", "a-1");
		caller->expects[i].expected_sequence = number + i;
		caller->commits[i].expects = &caller->expects[i];
		caller->commits[i].expect_count = 1;
		caller->pointers[i] = &caller->commits[i];
	}
}

static void caller_start(struct caller *caller)
{
	assert_int_equal(pthread_create(&caller->thread, NULL, run_caller, caller), 0);
}

static void caller_deinit(struct caller *caller)
{
	free(caller->expects);
	free(caller->commits);
	free(caller->pointers);
}

static size_t count_queued(struct fixture *f)
{
	struct cqrs__group *group = &f->store->group;
	size_t count = 0;

	pthread_mutex_lock(&group->lock);
	for (const struct cqrs__group_call *call = group->first; call; call = call->next)
		count++;
	pthread_mutex_unlock(&group->lock);
	return count;
}

/* Start a caller and wait until it has queued up; the leader is inside the closed door. */
static void queue_up(struct caller *caller)
{
	const struct timespec pause = { 0, 100000 };
	size_t before = count_queued(caller->f);

	caller_start(caller);
	while (count_queued(caller->f) == before)
		nanosleep(&pause, NULL);
}

static void a_thread_alone_commits_at_once(void **state)
{
	struct fixture *f = *state;
	struct caller caller;

	caller_init(&caller, f, 1, 3);
	run_caller(&caller);
	CHECK_STATUS(caller.status, CQRS_OK);
	CHECK_UINT(f->fake.batches, 1);
	CHECK_UINT(f->fake.batch_sizes[0], 3);
	CHECK_OK(cqrs_store_commit(f->store, &caller.commits[0], &f->err), &f->err);
	CHECK_UINT(f->fake.batches, 2);
	CHECK_UINT(f->fake.batch_sizes[1], 1);
	caller_deinit(&caller);
}

static void those_who_queue_up_share_the_next_batch_in_their_order(void **state)
{
	enum { CALLERS = 8 };
	struct fixture *f = *state;
	struct caller callers[CALLERS];

	for (size_t i = 0; i < CALLERS; i++)
		caller_init(&callers[i], f, 10 * i, 2);
	set_door(&f->door, true);
	caller_start(&callers[0]);
	wait_at_door(&f->door);
	for (size_t i = 1; i < CALLERS; i++)
		queue_up(&callers[i]);
	set_door(&f->door, false);
	for (size_t i = 0; i < CALLERS; i++)
		pthread_join(callers[i].thread, NULL);
	CHECK_UINT(f->fake.batches, 2);
	CHECK_UINT(f->fake.batch_sizes[0], 2);
	CHECK_UINT(f->fake.batch_sizes[1], 2 * (CALLERS - 1));
	CHECK_UINT(f->door.arrived, 2 * CALLERS);
	for (size_t i = 0; i < CALLERS; i++) {
		CHECK_STATUS(callers[i].status, CQRS_OK);
		CHECK_UINT(f->door.order[2 * i], 10 * i);
		CHECK_UINT(f->door.order[2 * i + 1], 10 * i + 1);
		caller_deinit(&callers[i]);
	}
}

static void each_gets_its_own_outcome_in_a_shared_batch(void **state)
{
	struct fixture *f = *state;
	struct caller callers[3];

	for (size_t i = 0; i < 3; i++)
		caller_init(&callers[i], f, 10 * i, 4);
	f->door.refused = &callers[1].commits[1];
	callers[1].commits[2].after = &callers[1].commits[1];
	callers[2].expects[0].stream.id = ""; /* refused by the front */
	callers[2].commits[3].after = &callers[2].commits[0];
	set_door(&f->door, true);
	caller_start(&callers[0]);
	wait_at_door(&f->door);
	queue_up(&callers[1]);
	queue_up(&callers[2]);
	set_door(&f->door, false);
	for (size_t i = 0; i < 3; i++)
		pthread_join(callers[i].thread, NULL);
	CHECK_UINT(f->fake.batches, 2);
	CHECK_UINT(f->fake.batch_sizes[1], 4 + 2);
	CHECK_STATUS(callers[0].status, CQRS_OK);
	CHECK_STATUS(callers[1].status, CQRS_ERR_UNAVAILABLE);
	CHECK_STATUS(callers[1].commits[0].status, CQRS_OK);
	CHECK_STATUS(callers[1].commits[1].status, CQRS_ERR_UNAVAILABLE);
	CHECK_UINT(callers[1].commits[2].moved, CQRS_MOVED_AFTER);
	CHECK_STATUS(callers[1].commits[3].status, CQRS_OK);
	CHECK_STATUS(callers[2].commits[0].status, CQRS_ERR_INVALID);
	CHECK_STATUS(callers[2].commits[1].status, CQRS_OK);
	CHECK_STATUS(callers[2].commits[2].status, CQRS_OK);
	CHECK_UINT(callers[2].commits[3].moved, CQRS_MOVED_AFTER);
	for (size_t i = 0; i < 3; i++)
		caller_deinit(&callers[i]);
}

static void a_batch_is_bounded_by_count(void **state)
{
	struct fixture *f = *state;
	struct caller large;
	struct caller small;

	caller_init(&large, f, 0, 2500);
	caller_init(&small, f, 7000, 1);
	large.commits[2400].after = &large.commits[3]; /* of another call of the backend */
	f->door.refused = &large.commits[3];
	set_door(&f->door, true);
	caller_start(&large);
	wait_at_door(&f->door);
	queue_up(&small);
	set_door(&f->door, false);
	pthread_join(large.thread, NULL);
	pthread_join(small.thread, NULL);
	CHECK_UINT(f->fake.batches, 3);
	CHECK_UINT(f->fake.batch_sizes[0], 1024);
	CHECK_UINT(f->fake.batch_sizes[1], 1024);
	CHECK_UINT(f->fake.batch_sizes[2], 2500 - 2048 + 1);
	CHECK_STATUS(small.status, CQRS_OK);
	CHECK_STATUS(large.status, CQRS_ERR_UNAVAILABLE);
	CHECK_STATUS(large.commits[2399].status, CQRS_OK);
	CHECK_UINT(large.commits[2400].moved, CQRS_MOVED_AFTER);
	caller_deinit(&large);
	caller_deinit(&small);
}

/* Commits of 3 MiB: two fit into a batch of 8 MiB. One of 9 MiB goes alone. */
static void a_batch_is_bounded_by_size(void **state)
{
	struct fixture *f = *state;
	static char json[9 << 20];
	struct cqrs_view_write views[6];
	struct caller caller;

	memset(json, '{', sizeof(json));
	caller_init(&caller, f, 0, 6);
	for (size_t i = 0; i < 6; i++) {
		views[i] = (struct cqrs_view_write){
			.type = "view", .id = "a-1", .version = 1, .payload = { json, 3 << 20 }
		};
		caller.commits[i].views = &views[i];
		caller.commits[i].view_count = 1;
	}
	views[3].payload.len = 9 << 20;
	run_caller(&caller);
	CHECK_STATUS(caller.status, CQRS_OK);
	CHECK_UINT(f->fake.batches, 4);
	CHECK_UINT(f->fake.batch_sizes[0], 2);
	CHECK_UINT(f->fake.batch_sizes[1], 1);
	CHECK_UINT(f->fake.batch_sizes[2], 1);
	CHECK_UINT(f->fake.batch_sizes[3], 2);
	caller_deinit(&caller);
}

#define THREADS 8u
#define ROUNDS 400u

struct worker {
	struct fixture *f;
	uint64_t index;
	unsigned stored;
};

static void *commit_rounds(void *self)
{
	struct worker *worker = self;

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct cqrs_expect expect = { STREAM("account", "a-1"), worker->index };
		struct cqrs_commit commit = { .expects = &expect, .expect_count = 1 };

		worker->stored += cqrs_store_commit(worker->f->store, &commit, NULL) == CQRS_OK;
	}
	return NULL;
}

static void the_backend_is_called_by_one_thread_at_a_time(void **state)
{
	struct fixture *f = *state;
	struct worker workers[THREADS];
	pthread_t threads[THREADS];

	for (unsigned i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ f, i, 0 };
		assert_int_equal(pthread_create(&threads[i], NULL, commit_rounds, &workers[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		CHECK_UINT(workers[i].stored, ROUNDS);
	}
	CHECK_UINT(f->fake.commits, THREADS * ROUNDS);
	CHECK_UINT(f->fake.most_inside, 1);
}

static void opening_with_group_commit_survives_a_failed_allocation(void **state)
{
	struct fixture *f = *state;
	struct cqrs_store_instance instance = { &f->fake.ops, &f->fake, { 0 }, 1 };

	for (unsigned nth = 1, failed = 1; failed; nth++) {
		struct failing_allocator memory;
		struct cqrs_store *store = NULL;
		enum cqrs_status status;

		failing_allocator_init(&memory);
		fail_allocation(&memory, nth);
		status = cqrs_store_wrap(
			&instance,
			CQRS_STORE_OPTIONS(.environment =
		                                   CQRS_ENVIRONMENT(.allocator =
		                                                            &memory.allocator)),
			&store, NULL);
		failed = stop_failing(&memory);
		CHECK_STATUS(status, failed ? CQRS_ERR_NOMEM : CQRS_OK);
		CHECK_UINT(f->fake.closed, 0);
		cqrs_store_close(store);
		CHECK_UINT(memory.live, 0);
	}
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(a_thread_alone_commits_at_once),
		STORE_TEST(those_who_queue_up_share_the_next_batch_in_their_order),
		STORE_TEST(each_gets_its_own_outcome_in_a_shared_batch),
		STORE_TEST(a_batch_is_bounded_by_count),
		STORE_TEST(a_batch_is_bounded_by_size),
		STORE_TEST(the_backend_is_called_by_one_thread_at_a_time),
		STORE_TEST(opening_with_group_commit_survives_a_failed_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
