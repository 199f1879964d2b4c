/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* sqlite_small.c - see sqlite_small.h. */
#include "sqlite_small.h"

#include "sqlite_workload.h"

#include "core/environment.h"
#include "store/sqlite/sqlite_store.h"

#include <unistd.h>

static int plain_file_system(const char *path, struct sqlite_file_system *out_system)
{
	(void)path;
	*out_system = (struct sqlite_file_system){ .local = true };
	return 0;
}

enum cqrs_status open_small(struct sqlite_fixture *f, const char *options, struct cqrs_error *err)
{
	static const struct sqlite_system system = { plain_file_system, 16 };
	static struct cqrs_environment environment;
	struct cqrs_store_instance instance;
	char all_options[64];
	enum cqrs_status status = cqrs__environment_complete(NULL, &environment, err);

	snprintf(all_options, sizeof(all_options), "?lock_timeout_ms=100%s", options);
	if (status == CQRS_OK)
		status = cqrs__sqlite_open(sqlite_fixture_url(f, all_options), &environment,
		                           &system, &instance, err);
	if (status != CQRS_OK)
		return status;
	status = cqrs_store_wrap(&instance, NULL, &f->store, err);
	if (status != CQRS_OK)
		instance.ops->close(instance.self);
	return status;
}

void open_small_or_fail(struct sqlite_fixture *f, const char *options)
{
	struct cqrs_error err = CQRS_ERROR_INIT;

	CHECK_OK(open_small(f, options, &err), &err);
}

uint64_t commit_until_failure(struct sqlite_fixture *f, const char *options,
                              enum cqrs_status *out_status)
{
	uint64_t acknowledged = 0;

	*out_status = open_small(f, options, NULL);
	while (*out_status == CQRS_OK && acknowledged < SMALL_COMMITS) {
		*out_status = commit_nth(f, acknowledged + 1, NULL);
		acknowledged += *out_status == CQRS_OK;
	}
	return acknowledged;
}

void remove_files(struct sqlite_fixture *f, const char *const *suffixes)
{
	char path[128];

	for (; *suffixes; suffixes++) {
		snprintf(path, sizeof(path), "%s%s", f->path, *suffixes);
		unlink(path);
	}
}

void remove_store(struct sqlite_fixture *f)
{
	static const char *const all[] = { "", "-wal", "-shm", "-journal", NULL };

	remove_files(f, all);
}
