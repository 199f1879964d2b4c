/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * call.c - one execution of a prepared statement: parameters in, columns out. Nothing that
 * comes out is believed: a file may be damaged, or written by someone else.
 */
#include "store/sqlite/sqlite_store.h"

#include <string.h>

enum cqrs_status cqrs__sqlite_begin(struct sqlite_connection *connection,
                                    enum sqlite_statement which, struct sqlite_call *out_call,
                                    struct cqrs_error *err)
{
	sqlite3_stmt **statement = &connection->statements[which];

	if (!*statement) {
		int code = sqlite3_prepare_v3(connection->db, cqrs__sqlite_statements[which], -1,
		                              SQLITE_PREPARE_PERSISTENT, statement, NULL);

		if (code != SQLITE_OK)
			return cqrs__sqlite_error(connection, code, err);
	}
	*out_call = (struct sqlite_call){ .connection = connection, .statement = *statement };
	return CQRS_OK;
}

static void bind_result(struct sqlite_call *call, int code)
{
	if (call->code == SQLITE_OK)
		call->code = code;
}

void cqrs__sqlite_bind_signed(struct sqlite_call *call, int64_t number)
{
	bind_result(call, sqlite3_bind_int64(call->statement, ++call->bound, number));
}

/* What is larger than any stored number may as well be the largest. */
void cqrs__sqlite_bind_number(struct sqlite_call *call, uint64_t number)
{
	cqrs__sqlite_bind_signed(call, number > INT64_MAX ? INT64_MAX : (int64_t)number);
}

void cqrs__sqlite_bind_json(struct sqlite_call *call, const struct cqrs_text *json)
{
	bind_result(call, sqlite3_bind_text64(call->statement, ++call->bound, json->data, json->len,
	                                      SQLITE_STATIC, SQLITE_UTF8));
}

void cqrs__sqlite_bind_text(struct sqlite_call *call, const char *text)
{
	cqrs__sqlite_bind_json(call, &(struct cqrs_text){ .data = text, .len = strlen(text) });
}

void cqrs__sqlite_bind_bytes(struct sqlite_call *call, const void *bytes, size_t size)
{
	bind_result(call, sqlite3_bind_blob64(call->statement, ++call->bound, bytes, size,
	                                      SQLITE_STATIC));
}

void cqrs__sqlite_bind_null(struct sqlite_call *call)
{
	bind_result(call, sqlite3_bind_null(call->statement, ++call->bound));
}

/*
 * That the number is asked for by another statement does not show: a type's row never changes
 * and never goes, and of one that is not there yet nothing has been stored. NULL equals nothing.
 */
enum cqrs_status cqrs__sqlite_bind_name(struct sqlite_call *call, const char *type, const char *id,
                                        struct cqrs_error *err)
{
	uint64_t number = 0;
	enum cqrs_status status =
		cqrs__sqlite_type_number(call->connection, type, "", false, &number, err);

	if (status != CQRS_OK)
		return status;
	if (number)
		cqrs__sqlite_bind_number(call, number);
	else
		cqrs__sqlite_bind_null(call);
	cqrs__sqlite_bind_text(call, id);
	return CQRS_OK;
}

enum cqrs_status cqrs__sqlite_next(struct sqlite_call *call, bool *out_row, struct cqrs_error *err)
{
	int code = call->code;

	if (code == SQLITE_OK)
		code = sqlite3_step(call->statement);
	if (code == SQLITE_ROW || code == SQLITE_DONE) {
		*out_row = code == SQLITE_ROW;
		return CQRS_OK;
	}
	return cqrs__sqlite_error(call->connection, code, err);
}

void cqrs__sqlite_end(struct sqlite_call *call)
{
	sqlite3_reset(call->statement);
}

enum cqrs_status cqrs__sqlite_run(struct sqlite_call *call, struct cqrs_error *err)
{
	bool row;
	enum cqrs_status status = cqrs__sqlite_next(call, &row, err);

	cqrs__sqlite_end(call);
	return status;
}

/* ---- columns ---- */

enum cqrs_status cqrs__sqlite_impossible(const struct sqlite_call *call, int column,
                                         struct cqrs_error *err)
{
	char what[96];

	/* Its name may be NULL for want of memory. */
	const char *name =
		call->names ? call->names[column] : sqlite3_column_name(call->statement, column);

	sqlite3_snprintf((int)sizeof(what), what, "a value of '%s' is not possible",
	                 name ? name : "?");
	return cqrs__sqlite_damaged(call->connection, what, err);
}

enum cqrs_status cqrs__sqlite_bytes(const struct sqlite_call *call, int column, const void **out,
                                    size_t *out_size, struct cqrs_error *err)
{
	sqlite3_value *value = cqrs__sqlite_value(call, column);

	if (sqlite3_value_type(value) != SQLITE_BLOB)
		return cqrs__sqlite_impossible(call, column, err);
	*out = sqlite3_value_blob(value);
	*out_size = (size_t)sqlite3_value_bytes(value);
	if (!*out && *out_size) /* a large value is assembled in memory */
		return cqrs__sqlite_error(call->connection, SQLITE_NOMEM, err);
	return CQRS_OK;
}

static inline enum cqrs_status read_text(const struct sqlite_call *call, int column,
                                         struct cqrs_text *out_text, struct cqrs_error *err)
{
	sqlite3_value *value = cqrs__sqlite_value(call, column);

	if (sqlite3_value_type(value) != SQLITE_TEXT)
		return cqrs__sqlite_impossible(call, column, err);
	out_text->data = (const char *)sqlite3_value_text(value);
	out_text->len = (size_t)sqlite3_value_bytes(value);
	if (!out_text->data)
		return cqrs__sqlite_error(call->connection, SQLITE_NOMEM, err);
	if (memchr(out_text->data, '\0', out_text->len) ||
	    !cqrs_utf8_valid(out_text->data, out_text->len))
		return cqrs__sqlite_impossible(call, column, err);
	return CQRS_OK;
}

enum cqrs_status cqrs__sqlite_name(const struct sqlite_call *call, int column, size_t max_len,
                                   struct cqrs_text *out_name, struct cqrs_error *err)
{
	struct cqrs_text name = { NULL, 0 };
	enum cqrs_status status = read_text(call, column, &name, err);

	if (status != CQRS_OK)
		return status;
	if (name.len > max_len)
		return cqrs__sqlite_impossible(call, column, err);
	*out_name = name;
	return CQRS_OK;
}

enum cqrs_status cqrs__sqlite_json(const struct sqlite_call *call, int column,
                                   struct cqrs_arena *arena, struct cqrs_text *out_json,
                                   struct cqrs_error *err)
{
	struct cqrs_text json = { NULL, 0 };
	enum cqrs_status status = read_text(call, column, &json, err);

	if (status != CQRS_OK)
		return status;
	out_json->len = json.len;
	out_json->data = cqrs_arena_text(arena, json.data, json.len);
	if (!out_json->data)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for what was read");
	return CQRS_OK;
}

enum cqrs_status cqrs__sqlite_read_number(struct sqlite_connection *connection,
                                          enum sqlite_statement which, int64_t *out_number,
                                          struct cqrs_error *err)
{
	struct sqlite_call call = { .code = SQLITE_OK };
	bool row;
	enum cqrs_status status = cqrs__sqlite_begin(connection, which, &call, err);

	if (status != CQRS_OK)
		return status;
	status = cqrs__sqlite_next(&call, &row, err);
	if (status == CQRS_OK)
		status = cqrs__sqlite_signed(&call, 0, out_number, err);
	cqrs__sqlite_end(&call);
	return status;
}
