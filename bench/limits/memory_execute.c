/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * memory_execute.c - the limit of a command in memory: a plain C program that looks an
 * account up by its text id, checks the rule, encodes the payload with yyjson, reads the
 * clock, and copies the envelope (ids, types, payload, metadata of two entries) into memory
 * that grows. The event is linked to the one before it in its stream, so that both the
 * stream and the feed can be walked. It is for one thread and takes no lock.
 */
#include "bench.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <yyjson.h>

#define CHUNK_SIZE ((size_t)1 << 20)
#define JSON_SIZE 4096 /* more than a payload and yyjson's tree of it need */

struct id {
	uint64_t words[2];
};

struct event {
	struct id event_id;
	struct id correlation_id;
	struct id causation_id;
	struct event *previous; /* in its stream */
	uint64_t sequence;
	uint64_t offset;
	int64_t recorded_at_us;
	uint32_t size;
	uint32_t payload_len;
	char text[]; /* type, version, two names and values, each with its NUL; payload */
};

struct account {
	char id[BENCH_ID_SIZE];
	uint64_t hash;
	double balance;
	uint64_t sequence;
	struct event *last;
};

struct chunk {
	struct chunk *previous;
	size_t used;
	char data[CHUNK_SIZE - 2 * sizeof(void *)];
};

struct bank {
	struct account *accounts;
	uint32_t *slots; /* 1 + the number of an account; 0: free */
	uint64_t mask;
	struct chunk *chunk; /* the one that is written to */
	uint64_t head;       /* events in all */
	struct bench_random ids;
};

/* ---- accounts ---- */

/* Eight bytes a step. */
static uint64_t hash_id(const char *id, size_t len)
{
	uint64_t hash = UINT64_C(0x9e3779b97f4a7c15) ^ len;
	uint64_t word;

	for (; len >= 8; id += 8, len -= 8) {
		memcpy(&word, id, 8);
		hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
		hash ^= hash >> 32;
	}
	word = 0;
	for (size_t i = 0; i < len; i++)
		word = word << 8 | (unsigned char)id[i];
	hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
	return hash ^ hash >> 32;
}

static struct account *find(const struct bank *bank, const char *id)
{
	uint64_t hash = hash_id(id, strlen(id));

	for (uint64_t i = hash & bank->mask; bank->slots[i]; i = (i + 1) & bank->mask) {
		struct account *account = &bank->accounts[bank->slots[i] - 1];

		if (account->hash == hash && strcmp(account->id, id) == 0)
			return account;
	}
	return NULL;
}

static void add_accounts(struct bank *bank, char (*ids)[BENCH_ID_SIZE], uint64_t count)
{
	uint64_t capacity = 1;

	while (capacity < 2 * count)
		capacity *= 2;
	bank->mask = capacity - 1;
	bank->slots = bench_allocate(capacity, sizeof(*bank->slots));
	bank->accounts = bench_allocate(count, sizeof(*bank->accounts));
	for (uint64_t i = 0; i < count; i++) {
		struct account *account = &bank->accounts[i];
		uint64_t slot;

		memcpy(account->id, ids[i], sizeof(account->id));
		account->hash = hash_id(ids[i], strlen(ids[i]));
		account->balance = BENCH_OPENING_BALANCE;
		for (slot = account->hash & bank->mask; bank->slots[slot];)
			slot = (slot + 1) & bank->mask;
		bank->slots[slot] = (uint32_t)i + 1;
	}
}

/* ---- the log ---- */

static void *log_allocate(struct bank *bank, size_t size)
{
	struct chunk *chunk = bank->chunk;
	void *memory;

	if (!chunk || chunk->used + size > sizeof(chunk->data)) {
		chunk = malloc(sizeof(*chunk));
		if (!chunk)
			bench_fail("no memory");
		chunk->previous = bank->chunk;
		chunk->used = 0;
		bank->chunk = chunk;
	}
	memory = chunk->data + chunk->used;
	chunk->used += size;
	return memory;
}

static char *put(char *out, const char *text, size_t len)
{
	memcpy(out, text, len);
	return out + len;
}

/* RFC 9562, version 7: milliseconds and random bits. */
static struct id new_id(struct bank *bank, int64_t now_us)
{
	uint64_t high = bench_random_next(&bank->ids);
	uint64_t low = bench_random_next(&bank->ids);

	return (struct id){ { (uint64_t)(now_us / 1000) << 16 | 0x7000 | (high & 0xfff),
		              UINT64_C(0x8000000000000000) | low >> 2 } };
}

/* ---- the command ---- */

struct metadata {
	const char *name;
	const char *value;
};

static char *encode(double amount, double balance, char *memory, size_t *out_len)
{
	yyjson_alc alc;
	yyjson_mut_doc *doc;
	yyjson_mut_val *root;

	yyjson_alc_pool_init(&alc, memory, JSON_SIZE);
	doc = yyjson_mut_doc_new(&alc);
	root = yyjson_mut_obj(doc);
	yyjson_mut_doc_set_root(doc, root);
	yyjson_mut_obj_add_real(doc, root, "amount", amount);
	yyjson_mut_obj_add_real(doc, root, "balance", balance);
	return yyjson_mut_write_opts(doc, 0, &alc, out_len, NULL);
}

static void store(struct bank *bank, struct account *account, const char *type, const char *version,
                  const char *payload, size_t payload_len, const struct metadata metadata[2])
{
	size_t type_size = strlen(type) + 1;
	size_t version_size = strlen(version) + 1;
	size_t sizes[4] = { strlen(metadata[0].name) + 1, strlen(metadata[0].value) + 1,
		            strlen(metadata[1].name) + 1, strlen(metadata[1].value) + 1 };
	size_t size = (sizeof(struct event) + type_size + version_size + sizes[0] + sizes[1] +
	               sizes[2] + sizes[3] + payload_len + 7) &
	              ~(size_t)7;
	struct event *event = log_allocate(bank, size);
	struct timespec now;
	char *out = event->text;

	clock_gettime(CLOCK_REALTIME, &now);
	event->recorded_at_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	event->event_id = new_id(bank, event->recorded_at_us);
	event->correlation_id = new_id(bank, event->recorded_at_us); /* the command's */
	event->causation_id = event->correlation_id;
	event->previous = account->last;
	event->sequence = ++account->sequence;
	event->offset = ++bank->head;
	event->size = (uint32_t)size;
	event->payload_len = (uint32_t)payload_len;
	out = put(out, type, type_size);
	out = put(out, version, version_size);
	out = put(out, metadata[0].name, sizes[0]);
	out = put(out, metadata[0].value, sizes[1]);
	out = put(out, metadata[1].name, sizes[2]);
	out = put(out, metadata[1].value, sizes[3]);
	put(out, payload, payload_len);
	account->last = event;
}

/* Not inlined, as the library's is not: its arguments are not known where it is compiled. */
__attribute__((noinline)) static bool execute(struct bank *bank, const char *id, double amount,
                                              const struct metadata metadata[2])
{
	struct account *account = find(bank, id);
	char json[JSON_SIZE];
	size_t payload_len = 0;
	double balance;
	char *payload;

	if (!account)
		return false;
	balance = account->balance + amount;
	if (balance < 0)
		return false;
	payload = encode(amount < 0 ? -amount : amount, balance, json, &payload_len);
	if (!payload)
		return false;
	store(bank, account, amount < 0 ? "CustomerWithdrewCash" : "CustomerDepositedMoney", "1.0",
	      payload, payload_len, metadata);
	account->balance = balance;
	return true;
}

static void check(const struct bank *bank, uint64_t accounts, uint64_t ops)
{
	double *balances = bench_allocate(accounts, sizeof(*balances));
	struct bench_random random = { 0 };
	uint64_t events = 0;

	for (uint64_t n = 0; n < ops; n++)
		balances[bench_random_below(&random, accounts)] += bench_amount(n);
	for (uint64_t i = 0; i < accounts; i++) {
		const struct account *account = &bank->accounts[i];

		if (account->balance != BENCH_OPENING_BALANCE + balances[i])
			bench_fail("%s holds %f", account->id, account->balance);
		for (const struct event *event = account->last; event; event = event->previous)
			events++;
	}
	if (events != ops || bank->head != ops)
		bench_fail("there are %" PRIu64 " events", events);
	free(balances);
}

int main(int argc, char **argv)
{
	uint64_t accounts = 10000;
	uint64_t ops = 1000000;
	struct bank bank = { .ids = { (uint64_t)time(NULL) } };
	struct bench_random random = { 0 };
	struct bench_latencies latencies;
	char(*ids)[BENCH_ID_SIZE];
	uint64_t began_ns;
	double seconds;

	BENCH_OPTIONS(argc, argv, { "ops", &ops, NULL }, { "accounts", &accounts, NULL });
	ids = bench_ids(accounts);
	add_accounts(&bank, ids, accounts);
	bench_latencies_init(&latencies, ops, 32);

	began_ns = bench_now_ns();
	for (uint64_t n = 0; n < ops; n++) {
		const char *id = ids[bench_random_below(&random, accounts)];
		const struct metadata metadata[2] = {
			{ BENCH_METADATA_1, BENCH_METADATA_1_VALUE },
			{ BENCH_METADATA_2, BENCH_METADATA_2_VALUE },
		};

		bench_begin(&latencies);
		if (!execute(&bank, id, bench_amount(n), metadata))
			bench_fail("command %" PRIu64 " was refused", n);
		bench_end(&latencies);
	}
	seconds = (double)(bench_now_ns() - began_ns) / 1e9;
	check(&bank, accounts, ops);

	bench_print(&(struct bench_result){ ops, seconds, &latencies, BENCH_NOT_COUNTED });
	bench_latencies_deinit(&latencies);
	while (bank.chunk) {
		struct chunk *chunk = bank.chunk;

		bank.chunk = chunk->previous;
		free(chunk);
	}
	free(bank.slots);
	free(bank.accounts);
	free(ids);
	return 0;
}
