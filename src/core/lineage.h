/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * lineage.h - telling a process from those it was forked from, without a system call.
 *
 * A page that the kernel empties in a child (Linux 4.14: MADV_WIPEONFORK) holds the number
 * of the generation; beside it, in memory that a child inherits, is the last number given
 * out. Where there are no such pages the process's id is asked for each time.
 */
#ifndef CQRS_SRC_CORE_LINEAGE_H
#define CQRS_SRC_CORE_LINEAGE_H

#include <stdatomic.h>
#include <stdint.h>

struct cqrs__lineage {
	_Atomic uint64_t *mark; /* on the page; NULL: there is none */
	_Atomic uint64_t last;
};

void cqrs__lineage_init(struct cqrs__lineage *lineage);
void cqrs__lineage_deinit(struct cqrs__lineage *lineage);

/* Begin the generation of a process that was forked just now. */
uint64_t cqrs__lineage_advance(struct cqrs__lineage *lineage);

/* A number, never 0, that no process has had from which this one descends. */
static inline uint64_t cqrs__lineage_generation(struct cqrs__lineage *lineage)
{
	uint64_t generation =
		lineage->mark ? atomic_load_explicit(lineage->mark, memory_order_relaxed) : 0;

	return generation ? generation : cqrs__lineage_advance(lineage);
}

#endif
