/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* name_set.c - see name_set.h. Open addressing, at most half full. */
#include "record/name_set.h"

#include "core/arena.h"
#include "core/hash.h"

#include <string.h>

/* The slot that holds a name, or the free one where it belongs. */
static struct cqrs_text *find_slot(const struct cqrs__name_set *set, struct cqrs_text name)
{
	const uintptr_t secret[2] = { (uintptr_t)set->slots, (uintptr_t)set->arena };
	uint8_t key[16] = { 0 };
	struct cqrs__hash hash;
	size_t i;

	memcpy(key, secret, sizeof(secret) < sizeof(key) ? sizeof(secret) : sizeof(key));
	cqrs__hash_begin(&hash, key);
	cqrs__hash_bytes(&hash, name.data, name.len);
	i = (size_t)cqrs__hash_end(&hash) & (set->capacity - 1);
	while (set->slots[i].data && (set->slots[i].len != name.len ||
	                              memcmp(set->slots[i].data, name.data, name.len) != 0))
		i = (i + 1) & (set->capacity - 1);
	return &set->slots[i];
}

static bool grow(struct cqrs__name_set *set)
{
	struct cqrs__name_set larger = *set;

	larger.capacity = set->capacity ? set->capacity * 2 : 16;
	larger.slots = cqrs__arena_zeroed(set->arena, larger.capacity, sizeof(*larger.slots));
	if (!larger.slots)
		return false;
	for (size_t i = 0; i < set->capacity; i++) {
		if (set->slots[i].data)
			*find_slot(&larger, set->slots[i]) = set->slots[i];
	}
	*set = larger;
	return true;
}

enum cqrs_status cqrs__name_set_add(struct cqrs__name_set *set, struct cqrs_text name)
{
	struct cqrs_text *slot;

	if (set->count * 2 >= set->capacity && !grow(set))
		return CQRS_ERR_NOMEM;
	slot = find_slot(set, name);
	if (slot->data)
		return CQRS_ERR_CONFLICT;
	*slot = name;
	set->count++;
	return CQRS_OK;
}
