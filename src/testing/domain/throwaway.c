/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* throwaway.c - a store for one test, in memory or in a directory of its own. */
#include <cqrs/backend.h>
#include <cqrs/testing.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME "store"

/* "scheme:directory/store", with what means something in a URL percent-encoded. */
static char *make_url(const char *scheme, const char *directory)
{
	static const char hex[] = "0123456789ABCDEF";
	char *url = malloc(strlen(scheme) + 3 * strlen(directory) + sizeof(":/" FILE_NAME));
	char *p = url;

	if (!url)
		return NULL;
	p += sprintf(p, "%s:", scheme);
	for (const unsigned char *c = (const unsigned char *)directory; *c; c++) {
		if (*c > ' ' && *c < 0x7f && !strchr("%?#&", *c)) {
			*p++ = (char)*c;
			continue;
		}
		*p++ = '%';
		*p++ = hex[*c >> 4];
		*p++ = hex[*c & 15];
	}
	strcpy(p, "/" FILE_NAME);
	return url;
}

/* mkdtemp() makes a directory that only its user may enter. */
static char *make_directory(struct cqrs_error *err)
{
	static const char name[] = "/cqrs-XXXXXX";
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): the library does not change the environment */
	const char *parent = getenv("TMPDIR");
	char reason[128] = "";
	char *path;
	int code;

	if (!parent || !*parent)
		parent = "/tmp";
	path = malloc(strlen(parent) + sizeof(name));
	if (!path) {
		cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a path");
		return NULL;
	}
	sprintf(path, "%s%s", parent, name);
	if (mkdtemp(path))
		return path;
	code = errno;
	strerror_r(code, reason, sizeof(reason));
	cqrs_error_set(err, CQRS_ERR_FAILED, "no directory can be made in %s: %s", parent, reason);
	if (err)
		err->native_code = code;
	free(path);
	return NULL;
}

/* The backend's files stand side by side in it. */
static void remove_directory(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody else reads this DIR */
	while (directory && (entry = readdir(directory)))
		unlinkat(dirfd(directory), entry->d_name, 0); /* "." and ".." stay */
	if (directory)
		closedir(directory);
	rmdir(path);
}

static enum cqrs_status name_storage(const struct cqrs_backend *backend,
                                     struct cqrs_throwaway *throwaway, struct cqrs_error *err)
{
	if (backend != cqrs_memory()) {
		throwaway->directory = make_directory(err);
		if (!throwaway->directory)
			return CQRS_ERR_FAILED;
		throwaway->url = make_url(backend->scheme, throwaway->directory);
	} else {
		throwaway->url = strdup("memory:");
	}
	if (!throwaway->url)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a URL");
	return CQRS_OK;
}

static enum cqrs_status open_all(const struct cqrs_backend *backend,
                                 const struct cqrs_framework_options *given,
                                 struct cqrs_throwaway *throwaway, struct cqrs_error *err)
{
	struct cqrs_framework_options options = cqrs_framework_options_init();
	struct cqrs_store_options store_options = cqrs_store_options_init();
	enum cqrs_status status;

	if (!given || given->size < sizeof(given->size) || given->size > sizeof(options))
		return cqrs_error_set(err, CQRS_ERR_INVALID,
		                      "options were not made by their macro");
	memcpy(&options, given, given->size);
	options.size = sizeof(options);
	status = name_storage(backend, throwaway, err);
	if (status != CQRS_OK)
		return status;
	store_options.environment = options.environment;
	status = cqrs_store_open_with(throwaway->url, CQRS_BACKENDS(backend), &store_options,
	                              &throwaway->store, err);
	if (status != CQRS_OK)
		return status;
	options.store = throwaway->store;
	return cqrs_framework_new(&options, &throwaway->framework, err);
}

enum cqrs_status cqrs_throwaway_open(const struct cqrs_backend *backend,
                                     const struct cqrs_framework_options *options,
                                     struct cqrs_throwaway *out_throwaway, struct cqrs_error *err)
{
	struct cqrs_throwaway throwaway = { NULL, NULL, NULL, NULL };
	enum cqrs_status status;

	*out_throwaway = throwaway;
	status = open_all(backend ? backend : cqrs_memory(), options, &throwaway, err);

	if (status == CQRS_OK)
		*out_throwaway = throwaway;
	else
		cqrs_throwaway_close(&throwaway);
	return status;
}

void cqrs_throwaway_close(struct cqrs_throwaway *throwaway)
{
	if (!throwaway)
		return;
	cqrs_framework_free(throwaway->framework);
	cqrs_store_close(throwaway->store);
	if (throwaway->directory)
		remove_directory(throwaway->directory);
	free(throwaway->directory);
	free(throwaway->url);
	*throwaway = (struct cqrs_throwaway){ NULL, NULL, NULL, NULL };
}
