/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * bad_day_test.c - the framework keeps its promises on bad days: each of 200 seeds, with the
 * tests' wallet and with the demo's bank.
 *
 *	bad_day_test wallet 1234         runs the day of one seed and tells what happens
 *	bad_day_test wallet 1 10000      runs the days of 10,000 seeds
 */
#include "check.h"

#include "domains.h"
#include "testing/faults/relay.h"

#include <cqrs/backend.h>

#define SEEDS 200

static const char *program;

static void a_wallet_survives_its_bad_days(void **state)
{
	(void)state;
	CHECK_TRUE(run_days(program, &bad_day_wallet, 1, SEEDS));
}

static void a_bank_survives_its_bad_days(void **state)
{
	(void)state;
	CHECK_TRUE(run_days(program, &bad_day_bank, 1, SEEDS));
}

/* ---- a day is the same each time ---- */

static void hash_line(void *self, const char *line)
{
	struct cqrs_hash *sum = self;
	char both[1100];

	memcpy(both, sum->bytes, sizeof(sum->bytes));
	snprintf(both + sizeof(sum->bytes), sizeof(both) - sizeof(sum->bytes), "%s", line);
	*sum = cqrs_hash_bytes(both, sizeof(sum->bytes) + strlen(line));
}

static void day_of_a_seed_is_the_same_each_time(void **state)
{
	struct cqrs_hash sums[3] = { { { 0 } } };
	struct bad_day day = bad_day_wallet;
	struct bad_day_verdict verdict;

	(void)state;
	day.trace = hash_line;
	for (unsigned i = 0; i < 3; i++) {
		day.self = &sums[i];
		CHECK_TRUE(bad_day_run(&day, i < 2 ? 42 : 43, &verdict));
	}
	assert_memory_equal(&sums[0], &sums[1], sizeof(sums[0]));
	assert_memory_not_equal(&sums[0], &sums[2], sizeof(sums[0]));
}

/* ---- defects are found: what a framework is told of every 20th commit is not true ---- */

enum lie {
	STORED_AND_IS_NOT,
	NOT_STORED_AND_IS,
	NO_KEY_AND_IS,
	OUT_OF_REACH_AND_IS_NOT,
};

struct liar {
	struct cqrs__relay relay; /* the first */
	enum lie lie;
	unsigned calls;
};

static bool is_time_to_lie(struct liar *liar, const struct cqrs__relay_call *call)
{
	enum cqrs__relay_operation about =
		liar->lie == NO_KEY_AND_IS ? CQRS__RELAY_LOAD_KEY : CQRS__RELAY_COMMIT;

	return call->operation == about && (liar->lie == NO_KEY_AND_IS || ++liar->calls % 20 == 0);
}

static enum cqrs_status begin_lie(struct cqrs__relay *relay, struct cqrs__relay_call *call,
                                  struct cqrs_error *err)
{
	struct liar *liar = (struct liar *)relay;

	call->fate = is_time_to_lie(liar, call);
	if (call->fate && (liar->lie == STORED_AND_IS_NOT || liar->lie == OUT_OF_REACH_AND_IS_NOT))
		return cqrs_error_set(err, CQRS_ERR_UNAVAILABLE, "not at all");
	return CQRS_OK;
}

static enum cqrs_status end_lie(struct cqrs__relay *relay, struct cqrs__relay_call *call,
                                enum cqrs_status status, struct cqrs_error *err)
{
	if (!call->fate)
		return status;
	switch (((struct liar *)relay)->lie) {
	case STORED_AND_IS_NOT:
		return CQRS_OK;
	case NOT_STORED_AND_IS:
		return cqrs_error_set(err, CQRS_ERR_UNAVAILABLE, "not at all");
	case NO_KEY_AND_IS:
		return cqrs_error_set(err, CQRS_ERR_NOT_FOUND, "no such key");
	case OUT_OF_REACH_AND_IS_NOT:
		return status;
	}
	return status;
}

static void free_liar(struct cqrs__relay *relay)
{
	free(relay);
}

static enum cqrs_status wrap_in_lies(void *self, struct cqrs_store *inner,
                                     struct cqrs_store **out_store, struct cqrs_error *err)
{
	struct liar *liar = calloc(1, sizeof(*liar));
	enum cqrs_status status;

	if (!liar)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory");
	liar->lie = *(const enum lie *)self;
	liar->relay = (struct cqrs__relay){
		.inner = inner, .begin = begin_lie, .end = end_lie, .close = free_liar
	};
	status = cqrs__relay_open(&liar->relay, NULL, NULL, out_store, err);
	if (status != CQRS_OK)
		free(liar);
	return status;
}

static void store_that_lies_is_found_out(void **state)
{
	static const char *const promises[] = {
		"what was acknowledged is kept",
		"what is said not to be stored is not",
		"the outcome of a key is never forgotten",
		"a store that answers is in reach",
	};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		enum lie lie = (enum lie)i;
		struct bad_day day = bad_day_wallet;
		struct bad_day_verdict verdict = { .failed = false };
		bool found = false;

		day.wrap_client = wrap_in_lies;
		day.self = &lie;
		for (uint64_t seed = 1; seed <= SEEDS && !found; seed++)
			found = !bad_day_run(&day, seed, &verdict) &&
			        strcmp(verdict.sentence, promises[i]) == 0;
		if (!found)
			print_error("nobody noticed: %s\n", promises[i]);
		CHECK_TRUE(found);
	}
}

int main(int argc, char **argv)
{
	static const struct bad_day *const days[] = { &bad_day_wallet, &bad_day_bank };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wallet_survives_its_bad_days),
		cmocka_unit_test(a_bank_survives_its_bad_days),
		cmocka_unit_test(day_of_a_seed_is_the_same_each_time),
		cmocka_unit_test(store_that_lies_is_found_out),
	};

	program = argv[0];
	if (argc > 1)
		return run_named_days(days, 2, argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
