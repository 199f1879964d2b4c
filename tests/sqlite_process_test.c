/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * sqlite_process_test.c - several processes on one SQLite file.
 *
 *	sqlite_process_test [seconds]    (3; torture: 60)
 *
 * Three processes of eight threads commit to ten streams as fast as they can, while a reader
 * follows the feed: nothing lost, doubled or out of order; no process has fewer than a third
 * of another's commits, and nobody waits for a second. Then processes are killed while they
 * commit: what they had been told is stored is there.
 */
#include "sqlite_fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES 3
#define THREADS 8
#define STREAMS 10

static unsigned run_seconds = 3;

/* What the processes tell each other; in memory that they share. */
struct tally {
	_Atomic uint64_t commits;
	_Atomic uint64_t conflicts;
	_Atomic uint64_t worst_us;
};

struct board {
	atomic_uint ready;
	atomic_bool go;
	atomic_bool stop;
	_Atomic uint64_t failures;
	struct tally tallies[PROCESSES][THREADS];
	_Atomic uint64_t acknowledged[STREAMS]; /* commits by stream */
};

static struct board *new_board(void)
{
	struct board *board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
	                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(board != MAP_FAILED);
	return board;
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void sleep_us(uint64_t time_us)
{
	struct timespec time = { (time_t)(time_us / 1000000), (long)(time_us % 1000000) * 1000 };

	nanosleep(&time, NULL);
}

/* ---- those who write ---- */

struct writer {
	struct board *board;
	struct cqrs_store *store;
	unsigned process;
	unsigned thread;
	unsigned random;
};

/* One event at the head of a stream. Returns the status, and where the head was. */
static enum cqrs_status commit_one(struct writer *w, const struct cqrs_stream *stream,
                                   uint64_t *head)
{
	static const char payload[] = "{\"amount\":200.5,\"memo\":\"rent for the month of June\"}";
	struct cqrs_event_data event = {
		.recorded_at_us = 1767000000000000,
		.type = "CustomerWroteCheck",
		.version = "1.0",
		.payload = { payload, sizeof(payload) - 1 },
		.metadata = { "{}", 2 },
	};
	struct cqrs_append append = {
		.stream = *stream, .expected_sequence = *head, .events = &event, .event_count = 1
	};
	struct cqrs_view_write view = { .type = "account_view",
		                        .id = stream->id,
		                        .expected_version = *head,
		                        .version = *head + 1,
		                        .payload = { payload, sizeof(payload) - 1 } };
	struct cqrs_commit commit = {
		.appends = &append, .append_count = 1, .views = &view, .view_count = 1
	};
	enum cqrs_status status;

	event.event_id.bytes[0] = (uint8_t)w->process;
	event.event_id.bytes[1] = (uint8_t)w->thread;
	memcpy(event.event_id.bytes + 8, head, sizeof(*head));
	status = cqrs_store_commit(w->store, &commit, NULL);
	*head = status == CQRS_ERR_CONFLICT ? commit.moved_to : *head + (status == CQRS_OK);
	return status;
}

/* Commit until stored, as a framework retries. */
static void commit_until_stored(struct writer *w, uint64_t heads[STREAMS])
{
	struct tally *tally = &w->board->tallies[w->process][w->thread];
	unsigned chosen = (unsigned)rand_r(&w->random) % STREAMS;
	char id[16];
	struct cqrs_stream stream = { "account", id };
	enum cqrs_status status;

	snprintf(id, sizeof(id), "s%u", chosen);
	do {
		uint64_t before_us = now_us(), took_us;

		status = commit_one(w, &stream, &heads[chosen]);
		took_us = now_us() - before_us;
		if (took_us > tally->worst_us)
			tally->worst_us = took_us;
		tally->conflicts += status == CQRS_ERR_CONFLICT;
	} while (status == CQRS_ERR_CONFLICT && !w->board->stop);
	if (status == CQRS_OK) {
		tally->commits++;
		w->board->acknowledged[chosen]++;
	} else if (status != CQRS_ERR_CONFLICT) {
		w->board->failures++;
	}
}

static void *write_on(void *self)
{
	struct writer *w = self;
	uint64_t heads[STREAMS] = { 0 };

	while (!w->board->go)
		sleep_us(100);
	while (!w->board->stop)
		commit_until_stored(w, heads);
	return NULL;
}

/* A process: opens the file itself, and ends by leaving. */
static void write_in_process(struct sqlite_fixture *f, struct board *board, unsigned process)
{
	struct writer writers[THREADS];
	pthread_t threads[THREADS];

	open_store(f, "");
	for (unsigned i = 0; i < THREADS; i++) {
		writers[i] = (struct writer){ board, f->store, process, i, process * 100 + i };
		if (pthread_create(&threads[i], NULL, write_on, &writers[i]) != 0)
			_exit(2);
	}
	board->ready++;
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	close_store(f);
	_exit(0);
}

static void start_processes(struct sqlite_fixture *f, struct board *board, pid_t *processes)
{
	for (unsigned i = 0; i < PROCESSES; i++) {
		processes[i] = fork();
		assert_true(processes[i] >= 0);
		if (!processes[i])
			write_in_process(f, board, i);
	}
	while (board->ready < PROCESSES)
		sleep_us(1000);
	board->go = true;
}

/* ---- who reads along ---- */

struct follower {
	uint64_t offset;
	uint64_t sequences[STREAMS];
};

/* Wait for news and read a page: each stream's sequences follow each other. */
static void follow(struct sqlite_fixture *f, struct follower *follower)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_event_page page = { 0 };
	enum cqrs_status status = cqrs_store_wait(f->store, 0, follower->offset, 50, &err);

	if (status == CQRS_ERR_TIMEOUT)
		return;
	CHECK_OK(status, &err);
	cqrs_arena_reset(f->arena);
	CHECK_OK(cqrs_store_read_feed(f->store, 0, follower->offset, 0, f->arena, &page, &err),
	         &err);
	CHECK_TRUE(page.count > 0);
	for (size_t i = 0; i < page.count; i++) {
		const struct cqrs_stored_event *event = &page.items[i];
		uint64_t *sequence = &follower->sequences[atoi(event->stream.id + 1)];

		CHECK_UINT(event->offset, ++follower->offset);
		CHECK_UINT(event->sequence, ++*sequence);
	}
}

/* ---- fairness ---- */

struct summary {
	uint64_t commits[PROCESSES];
	uint64_t fewest; /* of a thread */
	uint64_t worst_us;
	uint64_t conflicts;
};

static struct summary summarize(struct board *board)
{
	struct summary summary = { .fewest = UINT64_MAX };

	for (unsigned p = 0; p < PROCESSES; p++) {
		for (unsigned t = 0; t < THREADS; t++) {
			struct tally *tally = &board->tallies[p][t];

			summary.commits[p] += tally->commits;
			summary.conflicts += tally->conflicts;
			if (tally->commits < summary.fewest)
				summary.fewest = tally->commits;
			if (tally->worst_us > summary.worst_us)
				summary.worst_us = tally->worst_us;
		}
	}
	print_message(
		"%u s: %llu, %llu, %llu commits, %llu conflicts; the least served thread %llu;"
		" the worst wait %.1f ms\n",
		run_seconds, (unsigned long long)summary.commits[0],
		(unsigned long long)summary.commits[1], (unsigned long long)summary.commits[2],
		(unsigned long long)summary.conflicts, (unsigned long long)summary.fewest,
		(double)summary.worst_us / 1000);
	return summary;
}

static void check_fairness(const struct summary *summary)
{
	for (unsigned p = 0; p < PROCESSES; p++)
		for (unsigned q = 0; q < PROCESSES; q++)
			CHECK_TRUE(summary->commits[p] * 3 >= summary->commits[q]);
	CHECK_TRUE(summary->fewest * 60 >= 100 * (uint64_t)run_seconds);
	CHECK_TRUE(summary->worst_us < 1000000);
}

static void processes_share_a_file_fairly_and_lose_nothing(void **state)
{
	struct sqlite_fixture *f = *state;
	struct board *board = new_board();
	struct follower follower = { 0 };
	struct summary summary;
	pid_t processes[PROCESSES];
	uint64_t end_us, total = 0;

	start_processes(f, board, processes);
	open_store(f, "");
	for (end_us = now_us() + run_seconds * UINT64_C(1000000); now_us() < end_us;)
		follow(f, &follower);
	board->stop = true;
	for (unsigned i = 0; i < PROCESSES; i++) {
		int status = 0;

		CHECK_INT(waitpid(processes[i], &status, 0), processes[i]);
		CHECK_INT(status, 0);
	}
	while (follower.offset < feed_head(f))
		follow(f, &follower);
	summary = summarize(board);
	CHECK_UINT(board->failures, 0);
	for (unsigned i = 0; i < STREAMS; i++) {
		CHECK_UINT(follower.sequences[i], board->acknowledged[i]);
		total += follower.sequences[i];
	}
	CHECK_UINT(check_whole(f), total);
	check_fairness(&summary);
	munmap(board, sizeof(*board));
}

/* ---- sudden death ---- */

static void killed_processes_lose_nothing_acknowledged(void **state)
{
	struct sqlite_fixture *f = *state;

	for (unsigned round = 0; round < 5 + run_seconds / 3; round++) {
		struct board *board = new_board();
		uint64_t before = 0, acknowledged = 0, now;
		pid_t processes[PROCESSES];

		open_store(f, "");
		before = feed_head(f);
		close_store(f);
		start_processes(f, board, processes);
		sleep_us(50000 + 13000 * (round % 7));
		for (unsigned i = 0; i < PROCESSES; i++)
			kill(processes[i], SIGKILL);
		for (unsigned i = 0; i < PROCESSES; i++)
			waitpid(processes[i], NULL, 0);
		for (unsigned i = 0; i < STREAMS; i++)
			acknowledged += board->acknowledged[i];
		CHECK_UINT(board->failures, 0);
		open_store(f, "");
		now = check_whole(f);
		/* Each thread may have been killed between the commit and the tally. */
		CHECK_TRUE(now >= before + acknowledged);
		CHECK_TRUE(now <= before + acknowledged + PROCESSES * THREADS);
		close_store(f);
		CHECK_INT(query_sql(f, "SELECT count(*) FROM pragma_integrity_check"
		                       " WHERE integrity_check <> 'ok'"),
		          0);
		CHECK_INT(query_sql(f, "SELECT sum(version) = (SELECT count(*) FROM events)"
		                       " FROM views"),
		          1);
		munmap(board, sizeof(*board));
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, sqlite_fixture_set_up, sqlite_fixture_tear_down)
		TEST(processes_share_a_file_fairly_and_lose_nothing),
		TEST(killed_processes_lose_nothing_acknowledged),
	};

	if (argc > 1)
		run_seconds = (unsigned)atoi(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
