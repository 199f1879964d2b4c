/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * raw_queue.h - group commit by hand: threads queue up, the first leads, and runs what is
 * queued in one transaction. It is the library's (src/store/group.c), with nothing but the
 * rows in it, and one semaphore a thread instead of a condition variable.
 */
#ifndef BENCH_RAW_QUEUE_H
#define BENCH_RAW_QUEUE_H

#include "raw_bank.h"

#include <pthread.h>
#include <semaphore.h>

/* A command of a thread that waits for it. */
struct raw_job {
	uint64_t account;
	double amount;
	const char *metadata;
	sem_t wake; /* for use again and again */
	struct raw_job *next;
	bool done;
};

struct raw_queue {
	struct raw_bank *bank; /* the leader's */
	pthread_mutex_t lock;  /* guards what follows */
	struct raw_job *first;
	struct raw_job *last;
	bool has_leader;
};

void raw_queue_init(struct raw_queue *queue, struct raw_bank *bank);
void raw_job_init(struct raw_job *job);

/** Run a job; returns when it is on disk. */
void raw_queue_run(struct raw_queue *queue, struct raw_job *job);

#endif
