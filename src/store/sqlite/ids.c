/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * ids.c - an event's three ids in one column. The first event of a command often has the
 * correlation id as its causation id too: what repeats the id before it is left out.
 */
#include "store/sqlite/sqlite_plan.h"

#include <string.h>

#define ID_SIZE sizeof(struct cqrs_id)

static bool same(const struct cqrs_id *a, const struct cqrs_id *b)
{
	return !memcmp(a, b, ID_SIZE);
}

size_t cqrs__sqlite_pack_ids(const struct cqrs_event_data *data, uint8_t out[SQLITE_IDS_SIZE])
{
	memcpy(out, &data->event_id, ID_SIZE);
	memcpy(out + ID_SIZE, &data->correlation_id, ID_SIZE);
	memcpy(out + 2 * ID_SIZE, &data->causation_id, ID_SIZE);
	if (!same(&data->causation_id, &data->correlation_id))
		return 3 * ID_SIZE;
	return same(&data->correlation_id, &data->event_id) ? ID_SIZE : 2 * ID_SIZE;
}

bool cqrs__sqlite_unpack_ids(const uint8_t *bytes, size_t size, struct cqrs_event_data *data)
{
	if (!size || size > SQLITE_IDS_SIZE || size % ID_SIZE)
		return false;
	memcpy(&data->event_id, bytes, ID_SIZE);
	data->correlation_id = data->event_id;
	if (size > ID_SIZE)
		memcpy(&data->correlation_id, bytes + ID_SIZE, ID_SIZE);
	data->causation_id = data->correlation_id;
	if (size > 2 * ID_SIZE)
		memcpy(&data->causation_id, bytes + 2 * ID_SIZE, ID_SIZE);
	return true;
}
