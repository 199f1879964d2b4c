/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * bad_day_test.c - the framework keeps its promises on bad days: each of 200 seeds, with the
 * tests' wallet and with the demo's bank.
 *
 *	bad_day_test wallet 1234         runs the day of one seed and tells what happens
 *	bad_day_test wallet 1 10000      runs the days of 10,000 seeds
 */
#include "check.h"

#include "bad_day_domains.h"

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

int main(int argc, char **argv)
{
	static const struct bad_day *const days[] = { &bad_day_wallet, &bad_day_bank };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wallet_survives_its_bad_days),
		cmocka_unit_test(a_bank_survives_its_bad_days),
	};

	program = argv[0];
	if (argc > 1)
		return run_named_days(days, 2, argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
