/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* store_sqlite_test.c - the SQLite store keeps the store contract. */
#include "sqlite_suite.h"
#include "store_suite_runner.h"

int main(void)
{
	struct cqrs_store_fixture fixture;
	void *f = NULL;
	int failed;

	sqlite_fixture_set_up(&f);
	fixture = sqlite_suite_fixture(f);
	failed = run_store_suite(&fixture, 1);
	sqlite_fixture_tear_down(&f);
	return failed;
}
