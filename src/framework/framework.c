/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* framework.c - making and releasing a framework. */
#include "framework/framework.h"

#include "store/front.h"

#define DEFAULT_CACHE_ENTRIES 10000
#define DEFAULT_CACHE_SIZE ((uint64_t)256 << 20)
#define DEFAULT_CONFLICT_RETRIES 10
#define DEFAULT_MAX_ADOPTED 64

static uint64_t choose(uint64_t given, uint64_t when_zero, uint64_t none)
{
	if (given == none)
		return 0;
	return given ? given : when_zero;
}

static enum cqrs_status copy_queries(struct cqrs_framework *framework,
                                     const struct cqrs_framework_options *options,
                                     struct cqrs_error *err)
{
	framework->queries = cqrs__allocate_zeroed(
		&framework->environment, options->query_count + 1, sizeof(struct cqrs_query *));
	if (!framework->queries)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for the queries");
	for (size_t i = 0; i < options->query_count; i++) {
		if (!options->queries[i] || !options->queries[i]->dispatch ||
		    !options->queries[i]->name)
			return cqrs_error_set(err, CQRS_ERR_INVALID,
			                      "query %zu has no name or no dispatch function", i);
		framework->queries[i] = options->queries[i];
	}
	framework->query_count = options->query_count;
	return CQRS_OK;
}

/* Undo as much of init() as was done. */
enum progress { MADE = 0, WITH_QUERIES, WITH_MODEL, WITH_WORKERS };

static void undo(struct cqrs_framework *framework, enum progress progress)
{
	const struct cqrs_environment environment = framework->environment;

	if (progress >= WITH_WORKERS) {
		cqrs__worker_pool_deinit(&framework->workers);
		cqrs__cache_deinit(&framework->cache);
	}
	if (progress >= WITH_MODEL)
		cqrs__model_deinit(&framework->model);
	cqrs__release(&environment, framework->queries);
	cqrs__release(&environment, framework);
}

static enum cqrs_status init(struct cqrs_framework *framework,
                             const struct cqrs_framework_options *options,
                             enum progress *out_progress, struct cqrs_error *err)
{
	enum cqrs_status status;

	framework->store = options->store;
	framework->services = options->services;
	framework->conflict_retries =
		choose(options->conflict_retries, DEFAULT_CONFLICT_RETRIES, CQRS_NO_RETRY);
	/* Where a commit costs no sync, a wake-up costs more than adopting saves. */
	framework->max_adopted = (size_t)choose(
		options->max_adopted, options->store->ops.group_commit ? DEFAULT_MAX_ADOPTED : 0,
		CQRS_OWN_THREAD);
	if (framework->max_adopted >= CQRS_MAX_BATCH)
		framework->max_adopted = CQRS_MAX_BATCH - 1;
	*out_progress = WITH_QUERIES;
	status = copy_queries(framework, options, err);
	if (status == CQRS_OK)
		status = cqrs__model_init(&framework->model, &framework->environment,
		                          options->aggregates, options->aggregate_count,
		                          options->views, options->view_count, err);
	if (status != CQRS_OK)
		return status;
	*out_progress = WITH_MODEL;
	status = cqrs__cache_init(
		&framework->cache, &framework->environment,
		choose(options->cache_entries, DEFAULT_CACHE_ENTRIES, CQRS_NO_CACHE),
		options->cache_size ? options->cache_size : DEFAULT_CACHE_SIZE, err);
	if (status != CQRS_OK)
		return status;
	cqrs__worker_pool_init(&framework->workers, &framework->environment);
	*out_progress = WITH_WORKERS;
	return CQRS_OK;
}

static enum cqrs_status check_options(const struct cqrs_framework_options *options,
                                      struct cqrs_error *err)
{
	if (!options->store)
		return cqrs_error_set(err, CQRS_ERR_INVALID, "a framework needs a store");
	if ((options->aggregate_count && !options->aggregates) ||
	    (options->view_count && !options->views) || (options->query_count && !options->queries))
		return cqrs_error_set(err, CQRS_ERR_INVALID,
		                      "aggregates, views or queries are counted and not given");
	return CQRS_OK;
}

enum cqrs_status cqrs_framework_new(const struct cqrs_framework_options *options,
                                    struct cqrs_framework **out_framework, struct cqrs_error *err)
{
	struct cqrs_framework_options read;
	struct cqrs_environment environment;
	struct cqrs_framework *framework;
	enum progress progress = MADE;
	enum cqrs_status status;

	status = cqrs__options_read(options, &read, sizeof(read), err);
	if (status == CQRS_OK)
		status = check_options(&read, err);
	if (status == CQRS_OK)
		status = cqrs__environment_complete(read.environment, &environment, err);
	if (status != CQRS_OK)
		return status;
	framework = cqrs__allocate_zeroed(&environment, 1, sizeof(*framework));
	if (!framework)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a framework");
	framework->environment = environment;
	status = init(framework, &read, &progress, err);
	if (status != CQRS_OK) {
		undo(framework, progress);
		return status;
	}
	*out_framework = framework;
	return CQRS_OK;
}

void cqrs_framework_free(struct cqrs_framework *framework)
{
	if (framework)
		undo(framework, WITH_WORKERS);
}

enum cqrs_status cqrs__framework_aggregate(const struct cqrs_framework *framework,
                                           const struct cqrs_aggregate *aggregate,
                                           const struct cqrs__aggregate_model **out_aggregate,
                                           struct cqrs_error *err)
{
	*out_aggregate = cqrs__model_aggregate(&framework->model, aggregate);
	if (!*out_aggregate)
		return cqrs_error_set(err, CQRS_ERR_INVALID,
		                      "the framework was not given the aggregate '%s'",
		                      aggregate ? aggregate->type : "NULL");
	return CQRS_OK;
}
