/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* lock.h - mutexes that are held for less time than it takes to sleep. */
#ifndef CQRS_SRC_CORE_LOCK_H
#define CQRS_SRC_CORE_LOCK_H

#include <pthread.h>

/*
 * A mutex for what is held for less time than a thread takes to fall asleep and to be woken:
 * where the C library has such, who finds it taken looks again for a while before it sleeps.
 * Returns 0 or what pthread_mutex_init() does.
 */
int cqrs__short_lock_init(pthread_mutex_t *lock);

#endif
