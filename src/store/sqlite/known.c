/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * known.c - what the writer remembers of streams and views, so that a commit need not read
 * what the handle has written itself.
 *
 * It is a hash table of a fixed size, made in blocks as it fills. A name is in one of a few
 * rows of its block, from the one that its hash says; where all are taken, one gives way. What a
 * look costs is memory that no cache has, hence nothing but the row is looked at, and the row of
 * a view is behind that of the stream with the same id. Whoever makes names that share rows only
 * makes this program ask the database again.
 *
 * When it is believed is told in transaction.c.
 */
#include "store/sqlite/sqlite_store.h"

#include <string.h>

/* How many rows a name may be in. */
#define WAYS 8

struct sqlite_known_row {
	uint64_t age;  /* of the table when it was filled; 0: it is empty */
	uint64_t hash; /* and what follows: whose it is */
	uint64_t type;
	struct sqlite_known known;
	uint8_t kind;
	uint8_t id_len;
	char id[KNOWN_MAX_ID_LEN];
};

struct sqlite_name cqrs__sqlite_name_of(enum sqlite_kind kind, uint64_t type, const char *id)
{
	size_t id_len = strlen(id);

	return (struct sqlite_name){
		.kind = kind,
		.type = type,
		.id = id,
		.id_len = id_len,
		.hash = cqrs__sqlite_hash(0, id, id_len),
	};
}

static size_t block_of(const struct sqlite_name *name)
{
	return name->hash % KNOWN_BLOCKS;
}

static struct sqlite_known_row *row_at(struct sqlite_known_row *block,
                                       const struct sqlite_name *name, size_t way)
{
	return &block[((name->hash >> 32) + name->kind + way) % KNOWN_BLOCK_ROWS];
}

static bool is_of(const struct sqlite_known_row *row, const struct sqlite_name *name)
{
	return row->hash == name->hash && row->type == name->type && row->kind == name->kind &&
	       row->id_len == name->id_len && !memcmp(row->id, name->id, name->id_len);
}

/* NULL: nothing is known of it. */
static struct sqlite_known_row *find_row(const struct sqlite_known_table *table,
                                         const struct sqlite_name *name)
{
	struct sqlite_known_row *block = table->blocks ? table->blocks[block_of(name)] : NULL;

	for (size_t way = 0; block && way < WAYS; way++) {
		struct sqlite_known_row *row = row_at(block, name, way);

		if (row->age == table->age && is_of(row, name))
			return row;
	}
	return NULL;
}

bool cqrs__sqlite_recall(const struct sqlite_store *store, const struct sqlite_name *name,
                         struct sqlite_known *out_known)
{
	const struct sqlite_known_row *row = find_row(&store->known, name);

	if (row)
		*out_known = row->known;
	return row != NULL;
}

void cqrs__sqlite_forget(struct sqlite_store *store, const struct sqlite_name *name)
{
	struct sqlite_known_row *row = find_row(&store->known, name);

	if (row)
		row->age = 0;
}

static enum cqrs_status make_zeroed(const struct sqlite_store *store, size_t size, void *out,
                                    struct cqrs_error *err)
{
	const struct cqrs_allocator *allocator = store->environment.allocator;
	void *memory = allocator->allocate(allocator->self, size);

	if (!memory)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for what is known");
	memset(memory, 0, size);
	memcpy(out, &memory, sizeof(memory));
	return CQRS_OK;
}

static enum cqrs_status make_block(struct sqlite_store *store, size_t index, struct cqrs_error *err)
{
	struct sqlite_known_table *table = &store->known;
	enum cqrs_status status = CQRS_OK;

	if (!table->blocks)
		status = make_zeroed(store, KNOWN_BLOCKS * sizeof(struct sqlite_known_row *),
		                     &table->blocks, err);
	if (status == CQRS_OK && !table->blocks[index])
		status = make_zeroed(store, KNOWN_BLOCK_ROWS * sizeof(struct sqlite_known_row),
		                     &table->blocks[index], err);
	return status;
}

/* A row for a name that has none: an empty one, or else any. */
static struct sqlite_known_row *take_row(struct sqlite_known_table *table,
                                         const struct sqlite_name *name)
{
	struct sqlite_known_row *block = table->blocks[block_of(name)];

	for (size_t way = 0; way < WAYS; way++) {
		struct sqlite_known_row *row = row_at(block, name, way);

		if (row->age != table->age)
			return row;
	}
	return row_at(block, name, table->evictions++ % WAYS);
}

enum cqrs_status cqrs__sqlite_remember(struct sqlite_store *store, const struct sqlite_name *name,
                                       const struct sqlite_known *known, struct cqrs_error *err)
{
	struct sqlite_known_row *row = find_row(&store->known, name);
	enum cqrs_status status;

	if (row) {
		row->known = *known;
		return CQRS_OK;
	}
	if (name->id_len > KNOWN_MAX_ID_LEN)
		return CQRS_OK;
	status = make_block(store, block_of(name), err);
	if (status != CQRS_OK)
		return status;
	row = take_row(&store->known, name);
	*row = (struct sqlite_known_row){
		.age = store->known.age,
		.hash = name->hash,
		.type = name->type,
		.known = *known,
		.kind = (uint8_t)name->kind,
		.id_len = (uint8_t)name->id_len,
	};
	memcpy(row->id, name->id, name->id_len);
	return CQRS_OK;
}

void cqrs__sqlite_forget_all(struct sqlite_store *store)
{
	store->known.age++;
}

void cqrs__sqlite_release_known(struct sqlite_store *store)
{
	const struct cqrs_allocator *allocator = store->environment.allocator;
	struct sqlite_known_row **blocks = store->known.blocks;

	for (size_t i = 0; blocks && i < KNOWN_BLOCKS; i++)
		allocator->release(allocator->self, blocks[i]);
	allocator->release(allocator->self, blocks);
	store->known = (struct sqlite_known_table){ 0 };
}
