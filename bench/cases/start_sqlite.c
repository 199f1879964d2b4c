/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * start_sqlite.c - the bank on a SQLite file, from its start to its first command and a
 * clean close. The argument is the directory of the file, which is there from the second run
 * on. Each run opens an account of its own, so that none has a stream to load.
 */
#include "domain/account.h"
#include "domain/services.h"

#include <cqrs/sqlite.h>

#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct cqrs_framework *framework = NULL;
	struct cqrs_store *store = NULL;
	struct cqrs_error err;
	int exit_code = 1;
	char url[4096];
	char id[32];

	if (argc != 2)
		return 2;
	snprintf(url, sizeof(url), "sqlite:%s/start.db", argv[1]);
	snprintf(id, sizeof(id), "ACCT-%08ld", (long)getpid());
	if (cqrs_store_open(url, CQRS_BACKENDS(cqrs_sqlite()), &store, &err) == CQRS_OK &&
	    cqrs_framework_new(CQRS_FRAMEWORK_OPTIONS(.store = store,
	                                              .services = &happy_path_services,
	                                              CQRS_AGGREGATES(&bank_account)),
	                       &framework, &err) == CQRS_OK &&
	    cqrs_execute(framework, id, &err, open_account, .account_id = id) == CQRS_OK)
		exit_code = 0;
	else
		fprintf(stderr, "start_sqlite: %s\n", err.message);
	cqrs_framework_free(framework);
	cqrs_store_close(store);
	return exit_code;
}
