/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* service.h - what every request can reach. */
#ifndef BANK_SERVICE_H
#define BANK_SERVICE_H

#include "connection.h"
#include "listener.h"

#include <cqrs/cqrs.h>

struct service {
	struct cqrs_store *store;
	struct cqrs_framework *framework;
	const struct listener *listener;
	struct connections connections;
	/* From when on a command that has not begun is refused, that the service may stop in
	 * time: clock_ms(), or INT64_MAX. */
	_Atomic int64_t no_commands_after_ms;
};

#endif
