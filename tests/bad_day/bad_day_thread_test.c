/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * bad_day_thread_test.c - bad days of four threads that share two frameworks: what each
 * does and which faults the nth call of a kind meets follow from the seed, the rest from the
 * machine.
 */
#include "check.h"

#include "domains.h"

#define SEEDS 20
#define THREADS 4

static const char *program;

static void threads_survive_their_bad_days(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct bad_day day = i ? bad_day_bank : bad_day_wallet;

		day.threads = THREADS;
		CHECK_TRUE(run_days(program, &day, 1, SEEDS));
	}
}

int main(int argc, char **argv)
{
	static struct bad_day wallet, bank;
	static const struct bad_day *const days[] = { &wallet, &bank };
	const struct CMUnitTest tests[] = { cmocka_unit_test(threads_survive_their_bad_days) };

	program = argv[0];
	wallet = bad_day_wallet;
	bank = bad_day_bank;
	wallet.threads = bank.threads = THREADS;
	if (argc > 1)
		return run_named_days(days, 2, argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
