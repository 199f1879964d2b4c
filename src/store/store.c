/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store.c - opening and closing: finds the backend of a URL, checks what it hands over, and
 * makes the handle that everything else of the front works on.
 */
#include "store/front.h"

#include "core/environment.h"

#include <assert.h>
#include <string.h>

/* ---- the table of functions ---- */

#define REQUIRED(member)                                         \
	{                                                        \
#member, offsetof(struct cqrs_store_ops, member) \
	}
static const struct {
	const char *name;
	size_t offset;
} required[] = {
	REQUIRED(name),          REQUIRED(close),          REQUIRED(commit),
	REQUIRED(read_stream),   REQUIRED(read_head),      REQUIRED(list_streams),
	REQUIRED(read_feed),     REQUIRED(read_feed_head), REQUIRED(wait),
	REQUIRED(delete_stream), REQUIRED(load_snapshot),  REQUIRED(load_view),
	REQUIRED(list_views),    REQUIRED(list_entries),   REQUIRED(load_checkpoint),
	REQUIRED(load_key),      REQUIRED(purge_keys),
};

static bool is_null(const void *memory, size_t size)
{
	const unsigned char *bytes = memory;

	for (size_t i = 0; i < size; i++) {
		if (bytes[i])
			return false;
	}
	return true;
}

static enum cqrs_status copy_ops(const struct cqrs_store_ops *given, struct cqrs_store_ops *out,
                                 struct cqrs_error *err)
{
	memset(out, 0, sizeof(*out));
	if (!given || given->size < sizeof(given->size) || given->size > sizeof(*out))
		return cqrs_error_set(err, CQRS_ERR_INVALID,
		                      "the backend's table is of another version of the library");
	memcpy(out, given, given->size);
	for (size_t i = 0; i < sizeof(required) / sizeof(*required); i++) {
		if (is_null((const char *)out + required[i].offset, sizeof(void *)))
			return cqrs_error_set(err, CQRS_ERR_INVALID,
			                      "the backend's table has no %s", required[i].name);
	}
	return CQRS_OK;
}

/* ---- the handle ---- */

static size_t limit_or(size_t limit, size_t largest)
{
	return limit && limit < largest ? limit : largest;
}

static void complete_limits(const struct cqrs_store_limits *given, struct cqrs_store_limits *out)
{
	out->id_len = limit_or(given->id_len, CQRS_MAX_ID_LEN);
	out->event_size = limit_or(given->event_size, CQRS_MAX_JSON_SIZE);
	out->view_size = limit_or(given->view_size, CQRS_MAX_JSON_SIZE);
	out->commit_events = limit_or(given->commit_events, CQRS_MAX_COMMIT_EVENTS);
	out->commit_size = limit_or(given->commit_size, CQRS_MAX_COMMIT_SIZE);
}

/* A handle without a backend. */
static enum cqrs_status store_new(const struct cqrs_store_options *given,
                                  struct cqrs_store **out_store, struct cqrs_error *err)
{
	struct cqrs_store_options options;
	struct cqrs_environment environment;
	struct cqrs_store *store;
	enum cqrs_status status;

	status = cqrs__options_read(given, &options, sizeof(options), err);
	if (status == CQRS_OK)
		status = cqrs__environment_complete(options.environment, &environment, err);
	if (status != CQRS_OK)
		return status;
	store = cqrs__allocate_zeroed(&environment, 1, sizeof(*store));
	if (!store)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "out of memory");
	store->environment = environment;
	environment.random(environment.self, store->hash_key, sizeof(store->hash_key));
	*out_store = store;
	return CQRS_OK;
}

static void store_free(struct cqrs_store *store)
{
	cqrs__release(&store->environment, store);
}

/* Take over what a backend made. On failure the instance still belongs to the caller. */
static enum cqrs_status store_attach(struct cqrs_store *store,
                                     const struct cqrs_store_instance *instance,
                                     struct cqrs_error *err)
{
	enum cqrs_status status;

	status = copy_ops(instance->ops, &store->ops, err);
	if (status != CQRS_OK)
		return status;
	if (instance->feed_count > CQRS_MAX_FEEDS)
		return cqrs_error_set(err, CQRS_ERR_INVALID, "the store has more than %u feeds",
		                      CQRS_MAX_FEEDS);
	store->self = instance->self;
	store->feed_count = instance->feed_count ? instance->feed_count : 1;
	complete_limits(&instance->limits, &store->limits);
	return cqrs__group_init(&store->group, store, err);
}

/* ---- opening ---- */

static enum cqrs_status find_backend(const char *url, const struct cqrs_backend *const *backends,
                                     const struct cqrs_backend **out_backend,
                                     struct cqrs_error *err)
{
	const char *colon = url ? strchr(url, ':') : NULL;
	size_t len;

	if (!colon || colon == url)
		return cqrs__refuse(NULL, "url", "does not begin with a scheme, as in \"memory:\"",
		                    err);
	if (!backends)
		return cqrs__refuse(NULL, "backends", "is NULL", err);
	len = (size_t)(colon - url);
	for (; *backends; backends++) {
		const struct cqrs_backend *backend = *backends;

		if (backend->size < sizeof(*backend))
			return cqrs_error_set(err, CQRS_ERR_INVALID,
			                      "a backend is of another version of the library");
		if (strlen(backend->scheme) == len && strncmp(backend->scheme, url, len) == 0) {
			*out_backend = backend;
			return CQRS_OK;
		}
	}
	return cqrs_error_set(err, CQRS_ERR_INVALID, "no backend given is for '%.*s:'",
	                      len < 64 ? (int)len : 64, url);
}

enum cqrs_status cqrs_store_open_with(const char *url, const struct cqrs_backend *const *backends,
                                      const struct cqrs_store_options *options,
                                      struct cqrs_store **out_store, struct cqrs_error *err)
{
	const struct cqrs_backend *backend = NULL;
	struct cqrs_store_instance instance = { .ops = NULL };
	struct cqrs_store *store = NULL;
	enum cqrs_status status;

	if (!out_store)
		return cqrs__refuse(NULL, "out_store", "is NULL", err);
	status = find_backend(url, backends, &backend, err);
	if (status != CQRS_OK)
		return status;
	assert(backend);
	status = store_new(options, &store, err);
	if (status != CQRS_OK)
		return status;
	status = backend->open(url, &store->environment, &instance, err);
	if (status != CQRS_OK)
		goto out;
	status = store_attach(store, &instance, err);
	if (status != CQRS_OK)
		goto out;
	*out_store = store;
	store = NULL;
out:
	if (store && instance.ops && instance.ops->close)
		instance.ops->close(instance.self);
	if (store)
		store_free(store);
	return status;
}

enum cqrs_status cqrs_store_open(const char *url, const struct cqrs_backend *const *backends,
                                 struct cqrs_store **out_store, struct cqrs_error *err)
{
	return cqrs_store_open_with(url, backends, NULL, out_store, err);
}

enum cqrs_status cqrs_store_wrap(const struct cqrs_store_instance *instance,
                                 const struct cqrs_store_options *options,
                                 struct cqrs_store **out_store, struct cqrs_error *err)
{
	struct cqrs_store *store = NULL;
	enum cqrs_status status;

	if (!instance || !out_store)
		return cqrs__refuse(NULL, instance ? "out_store" : "instance", "is NULL", err);
	status = store_new(options, &store, err);
	if (status != CQRS_OK)
		return status;
	status = store_attach(store, instance, err);
	if (status != CQRS_OK) {
		store_free(store);
		return status;
	}
	*out_store = store;
	return CQRS_OK;
}

void cqrs_store_close(struct cqrs_store *store)
{
	if (!store)
		return;
	store->ops.close(store->self);
	cqrs__group_deinit(&store->group, store);
	store_free(store);
}

const struct cqrs_store_limits *cqrs_store_get_limits(const struct cqrs_store *store)
{
	return &store->limits;
}

uint64_t cqrs_store_feed_count(const struct cqrs_store *store)
{
	return store->feed_count;
}
