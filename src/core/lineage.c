/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* lineage.c - the page that a fork empties. */
#include "core/lineage.h"

#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

static void *map_page(size_t size)
{
#ifdef MADV_WIPEONFORK
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return NULL;
	if (madvise(page, size, MADV_WIPEONFORK) == 0)
		return page;
	munmap(page, size);
#else
	(void)size;
#endif
	return NULL;
}

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

void cqrs__lineage_init(struct cqrs__lineage *lineage)
{
	lineage->mark = map_page(page_size());
	atomic_init(&lineage->last, 0);
}

void cqrs__lineage_deinit(struct cqrs__lineage *lineage)
{
	if (lineage->mark)
		munmap((void *)lineage->mark, page_size());
	lineage->mark = NULL;
}

uint64_t cqrs__lineage_advance(struct cqrs__lineage *lineage)
{
	uint64_t none = 0;
	uint64_t next;

	if (!lineage->mark)
		return (uint64_t)getpid();
	/* Of several threads that begin at once, the first gives the number. */
	next = atomic_fetch_add(&lineage->last, 1) + 1;
	return atomic_compare_exchange_strong(lineage->mark, &none, next) ? next : none;
}
