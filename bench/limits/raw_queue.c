/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* raw_queue.c - the queue and its leader. */
#include "raw_queue.h"

#include <errno.h>

void raw_queue_init(struct raw_queue *queue, struct raw_bank *bank)
{
	*queue = (struct raw_queue){ .bank = bank };
	pthread_mutex_init(&queue->lock, NULL);
}

void raw_job_init(struct raw_job *job)
{
	sem_init(&job->wake, 0, 0);
}

/* Queue up; true where nobody leads, so that this one does. */
static bool enter(struct raw_queue *queue, struct raw_job *job)
{
	bool leads;

	job->next = NULL;
	job->done = false;
	pthread_mutex_lock(&queue->lock);
	if (queue->first)
		queue->last->next = job;
	else
		queue->first = job;
	queue->last = job;
	leads = !queue->has_leader;
	queue->has_leader = true;
	pthread_mutex_unlock(&queue->lock);
	return leads;
}

/* All that is queued. */
static struct raw_job *take(struct raw_queue *queue)
{
	struct raw_job *jobs;

	pthread_mutex_lock(&queue->lock);
	jobs = queue->first;
	queue->first = NULL;
	pthread_mutex_unlock(&queue->lock);
	return jobs;
}

/* Let whoever is first now lead. */
static void pass_lead(struct raw_queue *queue)
{
	struct raw_job *next;

	pthread_mutex_lock(&queue->lock);
	next = queue->first;
	queue->has_leader = next != NULL;
	pthread_mutex_unlock(&queue->lock);
	if (next)
		sem_post(&next->wake);
}

static void lead(struct raw_queue *queue, struct raw_job *own)
{
	struct raw_job *jobs = take(queue);

	raw_bank_begin(queue->bank);
	for (struct raw_job *job = jobs; job; job = job->next)
		raw_bank_pay(queue->bank, job->account, job->amount, job->metadata);
	raw_bank_commit(queue->bank);
	pass_lead(queue);
	while (jobs) {
		struct raw_job *job = jobs;

		jobs = job->next; /* the job is its thread's again when that is woken */
		job->done = true;
		if (job != own)
			sem_post(&job->wake);
	}
}

void raw_queue_run(struct raw_queue *queue, struct raw_job *job)
{
	if (!enter(queue, job)) {
		while (sem_wait(&job->wake) != 0 && errno == EINTR)
			continue;
		if (job->done)
			return;
	}
	lead(queue, job);
}
