/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* throwaway_test.c - a store for one test: it works as any, and nothing is left of it. */
#include "check.h"

#include "wallet.h"

#include <cqrs/sqlite.h>
#include <cqrs/testing.h>
#include <sys/stat.h>
#include <unistd.h>

#define WALLETS CQRS_FRAMEWORK_OPTIONS(CQRS_AGGREGATES(&wallet_aggregate))

static struct cqrs_throwaway open_or_fail(const struct cqrs_backend *backend)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_throwaway throwaway;

	CHECK_OK(cqrs_throwaway_open(backend, WALLETS, &throwaway, &err), &err);
	CHECK_OK(cqrs_execute(throwaway.framework, "w", &err, put_coins, .coins = 1, .note = ""),
	         &err);
	return throwaway;
}

static void one_in_memory_has_a_framework_on_it(void **state)
{
	struct cqrs_throwaway throwaway = open_or_fail(NULL);

	(void)state;
	CHECK_TEXT(throwaway.url, "memory:");
	assert_null(throwaway.directory);
	cqrs_throwaway_close(&throwaway);
	assert_null(throwaway.framework);
	cqrs_throwaway_close(&throwaway);
}

static void one_in_a_file_is_private_and_leaves_nothing(void **state)
{
	struct cqrs_throwaway throwaway = open_or_fail(cqrs_sqlite());
	char directory[256];
	struct stat info;

	(void)state;
	snprintf(directory, sizeof(directory), "%s", throwaway.directory);
	CHECK_INT(stat(directory, &info), 0);
	CHECK_UINT(info.st_mode & 0777, 0700);
	cqrs_throwaway_close(&throwaway);
	CHECK_TRUE(stat(directory, &info) != 0);
}

static void the_url_of_one_in_a_file_opens_it_again(void **state)
{
	struct cqrs_throwaway throwaway = open_or_fail(cqrs_sqlite());
	const struct cqrs_stream wallet = { "wallet", "w" };
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_store *again;
	uint64_t head = 0;

	(void)state;
	CHECK_OK(cqrs_store_open(throwaway.url, CQRS_BACKENDS(cqrs_sqlite()), &again, &err), &err);
	CHECK_OK(cqrs_store_read_head(again, &wallet, &head, &err), &err);
	CHECK_UINT(head, 1);
	cqrs_store_close(again);
	cqrs_throwaway_close(&throwaway);
}

static void two_do_not_meet(void **state)
{
	struct cqrs_throwaway one = open_or_fail(cqrs_sqlite());
	struct cqrs_throwaway other = open_or_fail(cqrs_sqlite());

	(void)state;
	CHECK_TRUE(strcmp(one.directory, other.directory) != 0);
	cqrs_throwaway_close(&one);
	cqrs_throwaway_close(&other);
}

/* The rest of the test run needs its own. */
static char *own_tmpdir;

static void use_tmpdir(const char *path)
{
	if (!own_tmpdir)
		own_tmpdir = getenv("TMPDIR");
	setenv("TMPDIR", path, 1);
}

static int restore_tmpdir(void **state)
{
	(void)state;
	return own_tmpdir ? setenv("TMPDIR", own_tmpdir, 1) : unsetenv("TMPDIR");
}

static void a_directory_of_any_name_will_do(void **state)
{
	struct cqrs_throwaway throwaway;
	char odd[] = "/tmp/a %3F?b#\xc3\xa4-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(odd));
	use_tmpdir(odd);
	throwaway = open_or_fail(cqrs_sqlite());
	CHECK_TRUE(strncmp(throwaway.directory, odd, strlen(odd)) == 0);
	cqrs_throwaway_close(&throwaway);
	CHECK_INT(rmdir(odd), 0);
}

static void a_directory_that_cannot_be_made_is_told(void **state)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_throwaway throwaway;

	(void)state;
	use_tmpdir("/nowhere/at/all");
	CHECK_STATUS(cqrs_throwaway_open(cqrs_sqlite(), WALLETS, &throwaway, &err),
	             CQRS_ERR_FAILED);
	CHECK_CONTAINS(err.message, "no directory can be made in /nowhere/at/all");
	CHECK_TRUE(err.native_code != 0);
}

static void what_its_framework_refuses_is_refused(void **state)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_throwaway throwaway;

	(void)state;
	CHECK_STATUS(cqrs_throwaway_open(NULL, CQRS_FRAMEWORK_OPTIONS(CQRS_VIEWS(&wallet_view)),
	                                 &throwaway, &err),
	             CQRS_ERR_INVALID);
	assert_null(throwaway.store);
	CHECK_STATUS(cqrs_throwaway_open(NULL, NULL, &throwaway, &err), CQRS_ERR_INVALID);
	cqrs_throwaway_close(&throwaway);
	cqrs_throwaway_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_in_memory_has_a_framework_on_it),
		cmocka_unit_test(one_in_a_file_is_private_and_leaves_nothing),
		cmocka_unit_test(the_url_of_one_in_a_file_opens_it_again),
		cmocka_unit_test(two_do_not_meet),
		cmocka_unit_test_teardown(a_directory_of_any_name_will_do, restore_tmpdir),
		cmocka_unit_test_teardown(a_directory_that_cannot_be_made_is_told, restore_tmpdir),
		cmocka_unit_test(what_its_framework_refuses_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
