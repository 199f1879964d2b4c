/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * raw_rows.c - binds what the library would have stored. Amounts are whole quarters, so that
 * they are written without a general conversion of doubles, byte for byte as yyjson does.
 */
#include "raw_rows.h"

#include "raw_db.h"
#include "raw_schema.h"

#include <string.h>
#include <time.h>

#define IDS_SIZE 32 /* the event's, and the command's as correlation and causation */

static char *put(char *out, const char *text)
{
	size_t len = strlen(text);

	memcpy(out, text, len);
	return out + len;
}

static char *put_amount(char *out, double amount)
{
	static const char fractions[][4] = { ".0", ".25", ".5", ".75" };
	uint64_t quarters = (uint64_t)(amount * 4);
	uint64_t whole = quarters / 4;
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + whole % 10);
		whole /= 10;
	} while (whole);
	memcpy(out, digits + at, sizeof(digits) - at);
	return put(out + sizeof(digits) - at, fractions[quarters % 4]);
}

static double size_of(double amount)
{
	return amount < 0 ? -amount : amount;
}

void raw_account_id(uint64_t account, char out[RAW_ID_SIZE])
{
	static const char prefix[] = { 'A', 'C', 'C', 'T', '-' };

	memcpy(out, prefix, sizeof(prefix));
	for (size_t at = RAW_ID_SIZE - 1; at >= sizeof(prefix); at--, account /= 10)
		out[at] = (char)('0' + account % 10);
}

static void bind_text(sqlite3_stmt *statement, int at, const char *text, const char *end)
{
	sqlite3_bind_text(statement, at, text, (int)(end - text), SQLITE_STATIC);
}

/* RFC 9562, version 7: milliseconds and random bits. */
static void make_id(uint8_t *out, uint64_t now_ms, struct bench_random *random)
{
	uint64_t words[2] = { bench_random_next(random), bench_random_next(random) };

	memcpy(out, words, sizeof(words));
	for (int i = 0; i < 6; i++)
		out[i] = (uint8_t)(now_ms >> (40 - 8 * i));
	out[6] = (uint8_t)(0x70 | (out[6] & 0x0f));
	out[8] = (uint8_t)(0x80 | (out[8] & 0x3f));
}

size_t raw_event_payload(const struct raw_payment *payment, char out[RAW_JSON_SIZE])
{
	char *end = out;

	if (payment->sequence == 1) {
		end = put(end, "{\"account_id\":\"");
		raw_account_id(payment->account, end);
		return (size_t)(put(end + RAW_ID_SIZE, "\"}") - out);
	}
	end = put_amount(put(end, "{\"amount\":"), size_of(payment->amount));
	end = put_amount(put(end, ",\"balance\":"), payment->balance);
	return (size_t)(put(end, "}") - out);
}

static enum raw_type type_of(const struct raw_payment *payment)
{
	if (payment->sequence == 1)
		return RAW_TYPE_OPENED;
	return payment->amount < 0 ? RAW_TYPE_WITHDREW : RAW_TYPE_DEPOSITED;
}

void raw_add_event(sqlite3_stmt *statement, uint64_t offset, const struct raw_payment *payment,
                   const char *metadata, struct bench_random *random)
{
	uint8_t ids[IDS_SIZE];
	char json[RAW_JSON_SIZE];
	struct timespec now;
	uint64_t now_us;

	clock_gettime(CLOCK_REALTIME, &now);
	now_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	make_id(ids, now_us / 1000, random);
	make_id(ids + IDS_SIZE / 2, now_us / 1000, random);
	sqlite3_bind_int64(statement, 1, (sqlite3_int64)offset);
	sqlite3_bind_int64(statement, 2, (sqlite3_int64)payment->account + 1);
	sqlite3_bind_int64(statement, 3, (sqlite3_int64)payment->sequence);
	sqlite3_bind_int64(statement, 4, type_of(payment));
	sqlite3_bind_int64(statement, 5, (sqlite3_int64)now_us);
	sqlite3_bind_blob(statement, 6, ids, sizeof(ids), SQLITE_STATIC);
	sqlite3_bind_text(statement, 7, metadata, -1, SQLITE_STATIC);
	bind_text(statement, 8, json, json + raw_event_payload(payment, json));
	raw_db_step(statement);
}

void raw_add_stream(sqlite3_stmt *statement, uint64_t account)
{
	char id[RAW_ID_SIZE];

	raw_account_id(account, id);
	sqlite3_bind_int64(statement, 1, RAW_TYPE_ACCOUNT);
	bind_text(statement, 2, id, id + RAW_ID_SIZE);
	raw_db_step(statement);
}

static char *put_view(char *out, const struct raw_payment *payment)
{
	out = put(out, "{\"account_id\":\"");
	raw_account_id(payment->account, out);
	out = put_amount(put(out + RAW_ID_SIZE, "\",\"balance\":"), payment->balance);
	return put(out, "}");
}

void raw_add_view(sqlite3_stmt *statement, const struct raw_payment *payment)
{
	char json[RAW_JSON_SIZE], id[RAW_ID_SIZE];

	raw_account_id(payment->account, id);
	sqlite3_bind_int64(statement, 1, RAW_TYPE_VIEW);
	bind_text(statement, 2, id, id + RAW_ID_SIZE);
	sqlite3_bind_int64(statement, 3, (sqlite3_int64)payment->sequence);
	bind_text(statement, 4, json, put_view(json, payment));
	raw_db_step(statement);
}

void raw_set_view(sqlite3_stmt *statement, const struct raw_payment *payment)
{
	char json[RAW_JSON_SIZE];

	sqlite3_bind_int64(statement, 1, (sqlite3_int64)payment->sequence);
	bind_text(statement, 2, json, put_view(json, payment));
	sqlite3_bind_int64(statement, 3, (sqlite3_int64)payment->account + 1);
	raw_db_step(statement);
}

void raw_add_entry(sqlite3_stmt *statement, const struct raw_payment *payment)
{
	char json[RAW_JSON_SIZE];
	char *end = put(json, "{\"description\":\"");

	end = put(end, payment->amount < 0 ? "atm withdrawal" : "deposit");
	end = put_amount(put(end, "\",\"amount\":"), size_of(payment->amount));
	sqlite3_bind_int64(statement, 1, (sqlite3_int64)payment->account + 1);
	sqlite3_bind_int64(statement, 2, (sqlite3_int64)payment->sequence);
	sqlite3_bind_int64(statement, 3, 0);
	bind_text(statement, 4, json, put(end, ",\"is_check\":false}"));
	raw_db_step(statement);
}
