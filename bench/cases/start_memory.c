/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * start_memory.c - the bank on the memory store, from its start to its first command and its
 * end. It has nothing of the suite's own in it, since its size is measured as well; with an
 * argument it prints the KiB of memory that are resident after that command.
 */
#include "domain/account.h"
#include "domain/services.h"

#include <stdio.h>
#include <unistd.h>

static int print_resident(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long pages = 0;
	int read = file ? fscanf(file, "%*d %ld", &pages) : 0;

	if (file)
		fclose(file);
	printf("%ld\n", pages * (sysconf(_SC_PAGESIZE) / 1024));
	return read == 1 ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct cqrs_framework *framework = NULL;
	struct cqrs_store *store = NULL;
	struct cqrs_error err;
	int exit_code = 1;

	(void)argv;
	if (cqrs_store_open("memory:", CQRS_BACKENDS(cqrs_memory()), &store, &err) == CQRS_OK &&
	    cqrs_framework_new(CQRS_FRAMEWORK_OPTIONS(.store = store,
	                                              .services = &happy_path_services,
	                                              CQRS_AGGREGATES(&bank_account)),
	                       &framework, &err) == CQRS_OK &&
	    cqrs_execute(framework, "ACCT-1", &err, open_account, .account_id = "ACCT-1") ==
	            CQRS_OK)
		exit_code = argc > 1 ? print_resident() : 0;
	cqrs_framework_free(framework);
	cqrs_store_close(store);
	return exit_code;
}
