/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* model_check.h - whether the descriptions of a domain are well formed. */
#ifndef CQRS_SRC_DOMAIN_MODEL_CHECK_H
#define CQRS_SRC_DOMAIN_MODEL_CHECK_H

#include "domain/model.h"

/* Errors: CQRS_ERR_INVALID; the message names what is wrong. */
enum cqrs_status cqrs__model_check(const struct cqrs_aggregate *const *aggregates,
                                   size_t aggregate_count, const struct cqrs_view *const *views,
                                   size_t view_count, struct cqrs_error *err);

/* That no command type stands in two tables; once the model is indexed. */
enum cqrs_status cqrs__model_check_commands(const struct cqrs__model *model,
                                            struct cqrs_error *err);

#endif
