/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* lock.c - see lock.h. */
#include "core/lock.h"

int cqrs__short_lock_init(pthread_mutex_t *lock)
{
#ifdef __GLIBC__
	pthread_mutexattr_t attributes;
	int code = pthread_mutexattr_init(&attributes);

	if (code != 0)
		return code;
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ADAPTIVE_NP);
	code = pthread_mutex_init(lock, &attributes);
	pthread_mutexattr_destroy(&attributes);
	return code;
#else
	return pthread_mutex_init(lock, NULL);
#endif
}
