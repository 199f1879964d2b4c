/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* threads.c - threads that begin at the same time. */
#include "bench.h"

#include <pthread.h>
#include <stdlib.h>

struct job {
	pthread_t thread;
	pthread_barrier_t *start;
	void (*run)(void *context, uint64_t thread);
	void *context;
	uint64_t number;
};

static void *run_job(void *argument)
{
	struct job *job = argument;

	pthread_barrier_wait(job->start);
	job->run(job->context, job->number);
	return NULL;
}

double bench_threads(uint64_t threads, void (*run)(void *context, uint64_t thread), void *context)
{
	struct job *jobs = bench_allocate(threads, sizeof(*jobs));
	pthread_barrier_t start;
	uint64_t began_ns;
	double seconds;

	pthread_barrier_init(&start, NULL, (unsigned)threads + 1);
	for (uint64_t i = 0; i < threads; i++) {
		jobs[i] = (struct job){
			.start = &start, .run = run, .context = context, .number = i
		};
		if (pthread_create(&jobs[i].thread, NULL, run_job, &jobs[i]) != 0)
			bench_fail("no thread %llu", (unsigned long long)i);
	}
	began_ns = bench_now_ns(); /* before the wait: the threads may be done when it returns */
	pthread_barrier_wait(&start);
	for (uint64_t i = 0; i < threads; i++)
		pthread_join(jobs[i].thread, NULL);
	seconds = (double)(bench_now_ns() - began_ns) / 1e9;
	pthread_barrier_destroy(&start);
	free(jobs);
	return seconds;
}
