/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* metadata.c - metadata as the store keeps it: {"name":"value",...} in the caller's order. */
#include "domain/metadata.h"

#include "core/arena.h"
#include "record/codec.h"
#include "record/writer.h"

#include <string.h>

const char *cqrs_metadata_get(const struct cqrs_metadata *metadata, const char *name)
{
	for (size_t i = 0; i < metadata->count; i++)
		if (strcmp(metadata->items[i].name, name) == 0)
			return metadata->items[i].value;
	return NULL;
}

static enum cqrs_status refuse_entry(struct cqrs_error *err, size_t index, const char *why)
{
	enum cqrs_status status = cqrs_error_set(err, CQRS_ERR_INVALID, "metadata: %s", why);

	cqrs_error_set_path(err, "metadata[%zu]", index);
	return status;
}

static enum cqrs_status too_large(struct cqrs_error *err)
{
	return cqrs_error_set(err, CQRS_ERR_LIMIT, "metadata is larger than %u bytes",
	                      CQRS_MAX_METADATA_SIZE);
}

/* What the writer returned, in words. */
static enum cqrs_status refuse_write(struct cqrs_error *err, size_t index, enum cqrs_status status)
{
	if (status == CQRS_ERR_INVALID)
		return refuse_entry(err, index, "not valid UTF-8");
	if (status == CQRS_ERR_LIMIT)
		return too_large(err);
	return cqrs_error_set(err, status, "no memory for metadata");
}

static enum cqrs_status check_entry(const struct cqrs_metadata *metadata, size_t index,
                                    struct cqrs_error *err)
{
	const struct cqrs_metadata_entry *entry = &metadata->items[index];

	if (!entry->name || !entry->value)
		return refuse_entry(err, index, "an entry has no name or no value");
	for (size_t i = 0; i < index; i++)
		if (strcmp(metadata->items[i].name, entry->name) == 0)
			return refuse_entry(err, index, "a name occurs twice");
	return CQRS_OK;
}

static enum cqrs_status write_entry(struct cqrs__writer *writer,
                                    const struct cqrs_metadata_entry *entry, bool first)
{
	enum cqrs_status status =
		cqrs__write_name(writer, first ? '{' : ',', entry->name, strlen(entry->name));

	if (status != CQRS_OK)
		return status;
	return cqrs__write_text(writer, entry->value, strlen(entry->value));
}

static enum cqrs_status end_object(struct cqrs__writer *writer, struct cqrs_text *out_json)
{
	enum cqrs_status status = cqrs__write_char(writer, '}');

	if (status != CQRS_OK)
		return status;
	return cqrs__writer_end(writer, out_json);
}

enum cqrs_status cqrs__metadata_encode(const struct cqrs_metadata *metadata,
                                       struct cqrs_arena *arena, struct cqrs_text *out_json,
                                       struct cqrs_error *err)
{
	struct cqrs__writer writer;
	enum cqrs_status status;

	if (!metadata->count) {
		*out_json = (struct cqrs_text){ .data = "{}", .len = 2 };
		return CQRS_OK;
	}
	if (metadata->count > CQRS_MAX_METADATA_ENTRIES)
		return cqrs_error_set(err, CQRS_ERR_LIMIT, "more than %d metadata entries",
		                      CQRS_MAX_METADATA_ENTRIES);
	cqrs__writer_begin(&writer, arena);
	for (size_t i = 0; i < metadata->count; i++) {
		status = check_entry(metadata, i, err);
		if (status != CQRS_OK)
			return status;
		status = write_entry(&writer, &metadata->items[i], i == 0);
		if (status != CQRS_OK)
			return refuse_write(err, i, status);
	}
	status = end_object(&writer, out_json);
	if (status != CQRS_OK)
		return refuse_write(err, 0, status);
	return out_json->len > CQRS_MAX_METADATA_SIZE ? too_large(err) : CQRS_OK;
}

bool cqrs__metadata_copy(const struct cqrs_metadata *metadata, struct cqrs_arena *arena,
                         struct cqrs_metadata *out)
{
	struct cqrs_metadata_entry *items =
		cqrs__arena_allocate(arena, metadata->count * sizeof(*items));

	for (size_t i = 0; items && i < metadata->count; i++) {
		const struct cqrs_metadata_entry *from = &metadata->items[i];

		items[i].name = cqrs_arena_text(arena, from->name, strlen(from->name));
		items[i].value = cqrs_arena_text(arena, from->value, strlen(from->value));
		if (!items[i].name || !items[i].value)
			return false;
	}
	*out = (struct cqrs_metadata){ items, metadata->count };
	return items != NULL;
}

enum cqrs_status cqrs__metadata_decode(struct cqrs_text json, struct cqrs_arena *arena,
                                       struct cqrs_metadata *out_metadata, struct cqrs_error *err)
{
	struct cqrs_metadata_entry *items;
	yyjson_val *root = NULL;
	yyjson_obj_iter iter;
	yyjson_val *key;
	size_t count = 0;
	enum cqrs_status status;

	if (json.len == 2) {
		*out_metadata = (struct cqrs_metadata){ NULL, 0 };
		return CQRS_OK;
	}
	status = cqrs__json_read(json, arena, &root, err);
	if (status == CQRS_ERR_NOMEM)
		return status;
	if (status != CQRS_OK || !yyjson_is_obj(root))
		return cqrs_error_set(err, CQRS_ERR_CORRUPT, "metadata is not a JSON object");
	items = cqrs__arena_zeroed(arena, yyjson_obj_size(root) + 1, sizeof(*items));
	if (!items)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for metadata");
	yyjson_obj_iter_init(root, &iter);
	while ((key = yyjson_obj_iter_next(&iter)) != NULL) {
		yyjson_val *value = yyjson_obj_iter_get_val(key);

		if (!yyjson_is_str(value))
			return cqrs_error_set(err, CQRS_ERR_CORRUPT,
			                      "metadata has a value that "
			                      "is not text");
		items[count].name = yyjson_get_str(key);
		items[count].value = yyjson_get_str(value);
		count++;
	}
	*out_metadata = (struct cqrs_metadata){ items, count };
	return CQRS_OK;
}
