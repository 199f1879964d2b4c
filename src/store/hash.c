/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * hash.c - the hashes that are stored, or decide where something is stored. They never
 * change: their results are the same on every machine and in every version.
 */
#include <cqrs/backend.h>

#include "core/hash.h"

uint64_t cqrs_stream_hash(const struct cqrs_stream *stream)
{
	return cqrs__hash_texts(NULL, stream->type, stream->id);
}

uint64_t cqrs_stream_feed(const struct cqrs_stream *stream, uint64_t feed_count)
{
	return feed_count > 1 ? cqrs_stream_hash(stream) % feed_count : 0;
}

struct cqrs_hash cqrs_hash_bytes(const void *data, size_t size)
{
	struct cqrs__hash hash;
	struct cqrs_hash result;

	cqrs__hash_begin_wide(&hash, NULL);
	cqrs__hash_bytes(&hash, data, size);
	cqrs__hash_end_wide(&hash, result.bytes);
	return result;
}
