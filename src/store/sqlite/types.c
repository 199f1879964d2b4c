/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * types.c - the names of aggregates, views and events, each stored once and known by a
 * number everywhere else.
 *
 * A row of the table never changes and never goes, so that a connection may remember what it
 * has read: in slots, each with the type that came last, by number and by text. Only a type
 * that was added by the open transaction may vanish, hence forget_types() after a rollback.
 */
#include "store/sqlite/sqlite_store.h"

#include <string.h>

/* Whoever makes names that share a slot only makes this program ask the table again. */
static size_t slot_of_text(const char *name, const char *version)
{
	uint64_t hash = cqrs__sqlite_hash(0, name, strlen(name));

	return cqrs__sqlite_hash(hash, version, strlen(version)) % TYPE_SLOTS;
}

static void forget(struct sqlite_connection *connection, struct sqlite_type **slot)
{
	const struct cqrs_allocator *allocator = connection->store->environment.allocator;

	allocator->release(allocator->self, *slot);
	*slot = NULL;
}

void cqrs__sqlite_forget_types(struct sqlite_connection *connection)
{
	for (size_t i = 0; i < TYPE_SLOTS; i++) {
		forget(connection, &connection->types_by_number[i]);
		forget(connection, &connection->types_by_text[i]);
	}
}

static enum cqrs_status remember(struct sqlite_connection *connection, struct sqlite_type **slot,
                                 uint64_t number, const struct cqrs_text *name,
                                 const struct cqrs_text *version, struct cqrs_error *err)
{
	const struct cqrs_allocator *allocator = connection->store->environment.allocator;
	struct sqlite_type *type;
	char *texts;

	type = allocator->allocate(allocator->self, sizeof(*type) + name->len + version->len + 2);
	if (!type)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a type");
	texts = (char *)(type + 1);
	memcpy(texts, name->data, name->len);
	texts[name->len] = '\0';
	memcpy(texts + name->len + 1, version->data, version->len);
	texts[name->len + 1 + version->len] = '\0';
	*type = (struct sqlite_type){ .number = number,
		                      .name = texts,
		                      .version = texts + name->len + 1 };
	forget(connection, slot);
	*slot = type;
	return CQRS_OK;
}

static enum cqrs_status find_type(struct sqlite_connection *connection, const char *name,
                                  const char *version, uint64_t *out_number, struct cqrs_error *err)
{
	struct sqlite_call call;
	bool row;
	enum cqrs_status status = cqrs__sqlite_begin(connection, STATEMENT_FIND_TYPE, &call, err);

	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_text(&call, name);
	cqrs__sqlite_bind_text(&call, version);
	status = cqrs__sqlite_next(&call, &row, err);
	if (status == CQRS_OK && row)
		status = cqrs__sqlite_number(&call, 0, INT64_MAX, out_number, err);
	cqrs__sqlite_end(&call);
	return status;
}

static enum cqrs_status add_type(struct sqlite_connection *connection, const char *name,
                                 const char *version, uint64_t *out_number, struct cqrs_error *err)
{
	struct sqlite_call call;
	enum cqrs_status status = cqrs__sqlite_begin(connection, STATEMENT_ADD_TYPE, &call, err);

	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_text(&call, name);
	cqrs__sqlite_bind_text(&call, version);
	status = cqrs__sqlite_run(&call, err);
	if (status == CQRS_OK)
		*out_number = (uint64_t)sqlite3_last_insert_rowid(connection->db);
	return status;
}

enum cqrs_status cqrs__sqlite_type_number(struct sqlite_connection *connection, const char *name,
                                          const char *version, bool make, uint64_t *out_number,
                                          struct cqrs_error *err)
{
	struct sqlite_type **slot = &connection->types_by_text[slot_of_text(name, version)];
	uint64_t number = 0;
	enum cqrs_status status;

	if (*slot && !strcmp((*slot)->name, name) && !strcmp((*slot)->version, version)) {
		*out_number = (*slot)->number;
		return CQRS_OK;
	}
	status = find_type(connection, name, version, &number, err);
	if (status == CQRS_OK && !number && make)
		status = add_type(connection, name, version, &number, err);
	if (status == CQRS_OK && number)
		status = remember(connection, slot, number,
		                  &(struct cqrs_text){ .data = name, .len = strlen(name) },
		                  &(struct cqrs_text){ .data = version, .len = strlen(version) },
		                  err);
	if (status == CQRS_OK)
		*out_number = number;
	return status;
}

static enum cqrs_status get_type(struct sqlite_connection *connection, struct sqlite_type **slot,
                                 uint64_t number, struct cqrs_error *err)
{
	struct cqrs_text name, version;
	struct sqlite_call call;
	bool row;
	enum cqrs_status status = cqrs__sqlite_begin(connection, STATEMENT_GET_TYPE, &call, err);

	if (status != CQRS_OK)
		return status;
	cqrs__sqlite_bind_number(&call, number);
	status = cqrs__sqlite_next(&call, &row, err);
	if (status == CQRS_OK && !row)
		status = cqrs__sqlite_damaged(connection, "a type is missing", err);
	if (status == CQRS_OK)
		status = cqrs__sqlite_name(&call, 0, CQRS_MAX_TYPE_LEN, &name, err);
	if (status == CQRS_OK)
		status = cqrs__sqlite_name(&call, 1, CQRS_MAX_VERSION_LEN, &version, err);
	if (status == CQRS_OK)
		status = remember(connection, slot, number, &name, &version, err);
	cqrs__sqlite_end(&call);
	return status;
}

enum cqrs_status cqrs__sqlite_type(struct sqlite_connection *connection, uint64_t number,
                                   struct cqrs_arena *arena, const struct sqlite_type **out_type,
                                   struct cqrs_error *err)
{
	struct sqlite_type **slot = &connection->types_by_number[number % TYPE_SLOTS];
	struct sqlite_type *type;
	enum cqrs_status status = CQRS_OK;

	if (!*slot || (*slot)->number != number)
		status = get_type(connection, slot, number, err);
	if (status != CQRS_OK)
		return status;
	type = *slot;
	if (type->page != connection->page) {
		type->page_name = cqrs_arena_text(arena, type->name, strlen(type->name));
		type->page_version = cqrs_arena_text(arena, type->version, strlen(type->version));
		if (!type->page_name || !type->page_version)
			return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for what was read");
		type->page = connection->page;
	}
	*out_type = type;
	return CQRS_OK;
}
