/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* id.h - making new ids. */
#ifndef CQRS_SRC_CORE_ID_H
#define CQRS_SRC_CORE_ID_H

#include "core/environment.h"

/*
 * Makes ids of version 7: the time to a quarter of a microsecond (RFC 9562, section 6.2,
 * method 3), then 62 bits that nobody can guess. Those come from a keyed hash of a counter,
 * which gives them for two ids; the key is drawn from the environment, and drawn anew after
 * a fork, so that two processes never make the same ids. One thread at a time.
 */
struct cqrs__id_source {
	uint8_t key[16];
	uint64_t count;      /* of ids made under the key */
	uint64_t random[2];  /* of the id made last and its twin, which shares its hash */
	uint64_t generation; /* of the process that drew the key; 0: none yet */
};

/*
 * Draw a new key if this process has none; once a command is enough. generation: what
 * cqrs__lineage_generation() tells of this process.
 */
void cqrs__id_source_ready(struct cqrs__id_source *source, uint64_t generation,
                           const struct cqrs_environment *environment);

struct cqrs_id cqrs__id_new(struct cqrs__id_source *source, int64_t now_us);

#endif
