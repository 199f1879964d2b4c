/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* framework.h - the framework's own parts, for the files of this folder. */
#ifndef CQRS_SRC_FRAMEWORK_FRAMEWORK_H
#define CQRS_SRC_FRAMEWORK_FRAMEWORK_H

#include "domain/model.h"
#include "framework/cache.h"
#include "framework/worker.h"

#include <cqrs/framework.h>

struct cqrs_framework {
	struct cqrs_environment environment;
	struct cqrs_store *store;
	void *services;
	struct cqrs__model model;
	const struct cqrs_query **queries;
	size_t query_count;
	uint64_t conflict_retries;
	size_t max_adopted;
	struct cqrs__cache cache;
	struct cqrs__worker_pool workers;
};

/* The model of an aggregate or view. Errors: CQRS_ERR_INVALID, the framework was not given it. */
enum cqrs_status cqrs__framework_aggregate(const struct cqrs_framework *framework,
                                           const struct cqrs_aggregate *aggregate,
                                           const struct cqrs__aggregate_model **out_aggregate,
                                           struct cqrs_error *err);

#endif
