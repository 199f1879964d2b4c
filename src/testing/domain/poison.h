/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * poison.h - an allocator that overwrites what is released, so that whoever kept a pointer
 * reads rubbish at once instead of what happens to be left there.
 *
 * Released blocks are held back for a while, so that they are not handed out again under
 * the pointer that was kept; under AddressSanitizer, which does that better, they are not.
 */
#ifndef CQRS_TESTING_POISON_H
#define CQRS_TESTING_POISON_H

#include <cqrs/memory.h>
#include <pthread.h>

struct cqrs__poison_block;

struct cqrs__poison {
	struct cqrs_allocator allocator;
	pthread_mutex_t lock; /* guards the blocks held back */
	struct cqrs__poison_block *oldest;
	struct cqrs__poison_block *newest;
	size_t held_size;
};

/* Returns false where there is no lock to be had. */
bool cqrs__poison_init(struct cqrs__poison *poison);
void cqrs__poison_deinit(struct cqrs__poison *poison);

#endif
