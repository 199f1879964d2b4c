/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * http_command_fuzz.c - a path and a body as the bank's service takes them for a command.
 *
 * The input is the path, a newline, and the body. Whatever it is, it is executed or
 * refused with a problem that can be written as JSON.
 */
#include "domain/account.h"
#include "domain/account_view.h"
#include "domain/services.h"
#include "service/command.h"
#include "service/text.h"

#include <stdlib.h>
#include <string.h>

#define RUNS_A_STORE 1000 /* the memory store keeps what it is given */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct cqrs_store *store;
static struct cqrs_framework *bank;

static void open_bank(void)
{
	cqrs_framework_free(bank);
	cqrs_store_close(store);
	if (cqrs_store_open("memory:", CQRS_BACKENDS(cqrs_memory()), &store, NULL) != CQRS_OK ||
	    cqrs_framework_new(CQRS_FRAMEWORK_OPTIONS(.store = store,
	                                              .services = &happy_path_services,
	                                              CQRS_AGGREGATES(&bank_account),
	                                              CQRS_VIEWS(&account_view)),
	                       &bank, NULL) != CQRS_OK)
		abort();
}

/* The problem that an error is must be an answer. */
static void check_problem(const struct cqrs_error *err)
{
	struct problem problem = problem_from_error(err);
	size_t len;
	char *json = problem_json(&problem, &len);

	if (!json || problem.status < 400 || problem.status > 503)
		abort();
	free(json);
}

static void execute(const char *path, const char *body, size_t body_len)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct request request = { .is_command = true };

	target_read(path, &request.target);
	if (request.target.route != ROUTE_ACCOUNT || request.target.wrong_id)
		return;
	if (!text_is_clean(request.target.account_id, strlen(request.target.account_id)))
		abort();
	text_copy_clean(request.uri, sizeof(request.uri), path);
	if (command_execute(bank, &request, body, body_len, path, &err) != CQRS_OK)
		check_problem(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned runs;
	char *text = malloc(size + 1), *body;
	size_t path_len;

	if (!text)
		return 0;
	if (runs++ % RUNS_A_STORE == 0)
		open_bank();
	memcpy(text, data, size);
	text[size] = '\0';
	body = memchr(text, '\n', size);
	path_len = body ? (size_t)(body - text) : size;
	text[path_len] = '\0';
	execute(text, body ? body + 1 : text + size, body ? size - path_len - 1 : 0);
	free(text);
	return 0;
}
