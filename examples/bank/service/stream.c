/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* stream.c - pages into libmicrohttpd's blocks. */
#include "stream.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE (16u << 10)
#define PAGE_TEXT (16u << 10) /* bytes that end a page */
#define PAGE_READS 64         /* reads that end a page, however little they gave */

enum cqrs_status stream_new(size_t size, stream_next_fn next, struct cqrs_framework *framework,
                            struct connection *connection, const char *account_id,
                            struct stream **out_stream, struct cqrs_error *err)
{
	struct stream *stream = calloc(1, size);

	if (!stream)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "out of memory");
	stream->next = next;
	stream->framework = framework;
	stream->connection = connection;
	memcpy(stream->account_id, account_id, strlen(account_id) + 1);
	*out_stream = stream;
	return CQRS_OK;
}

void stream_free(struct stream *stream)
{
	if (!stream)
		return;
	free(stream->text);
	free(stream);
}

enum cqrs_status stream_text(struct stream *stream, const char *text, size_t len,
                             struct cqrs_error *err)
{
	if (stream->capacity - stream->len < len) {
		size_t capacity = stream->len + len + PAGE_TEXT;
		char *grown = realloc(stream->text, capacity);

		if (!grown)
			return cqrs_error_set(err, CQRS_ERR_NOMEM, "out of memory");
		stream->text = grown;
		stream->capacity = capacity;
	}
	memcpy(stream->text + stream->len, text, len);
	stream->len += len;
	return CQRS_OK;
}

/* What it takes to read is released at once: a client may take the text for minutes. */
static enum cqrs_status make_page(struct stream *stream, struct cqrs_error *err)
{
	enum cqrs_status status = cqrs_arena_new(NULL, &stream->arena, err);

	stream->len = stream->sent = 0;
	for (int i = 0;
	     i < PAGE_READS && status == CQRS_OK && !stream->done && stream->len < PAGE_TEXT; i++) {
		cqrs_arena_reset(stream->arena);
		status = stream->next(stream, err);
	}
	cqrs_arena_free(stream->arena);
	stream->arena = NULL;
	return status;
}

static ssize_t read_block(void *cls, uint64_t position, char *out, size_t capacity)
{
	struct stream *stream = cls;
	size_t size;

	(void)position;
	do { /* a page may turn out empty: the account has few checks */
		if (!connection_enter(stream->connection, PHASE_SENDING))
			return MHD_CONTENT_READER_END_WITH_ERROR;
		if (stream->sent == stream->len && stream->done)
			return MHD_CONTENT_READER_END_OF_STREAM;
		if (stream->sent == stream->len && make_page(stream, NULL) != CQRS_OK)
			return MHD_CONTENT_READER_END_WITH_ERROR;
	} while (stream->sent == stream->len);
	size = stream->len - stream->sent;
	if (size > capacity)
		size = capacity;
	memcpy(out, stream->text + stream->sent, size);
	stream->sent += size;
	return (ssize_t)size;
}

static void release(void *cls)
{
	stream_free(cls);
}

enum cqrs_status stream_response(struct stream *stream, struct MHD_Response **out_response,
                                 struct cqrs_error *err)
{
	enum cqrs_status status = make_page(stream, err);

	if (status == CQRS_OK) {
		*out_response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_SIZE,
		                                                  read_block, stream, release);
		if (*out_response)
			return CQRS_OK;
		status = cqrs_error_set(err, CQRS_ERR_NOMEM, "out of memory");
	}
	stream_free(stream);
	return status;
}
