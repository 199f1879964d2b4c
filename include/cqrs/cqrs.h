/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* cqrs.h - everything an application needs, but for the header of its store's backend. */
#ifndef CQRS_H
#define CQRS_H

#include <cqrs/aggregate.h>
#include <cqrs/environment.h>
#include <cqrs/error.h>
#include <cqrs/event.h>
#include <cqrs/framework.h>
#include <cqrs/limits.h>
#include <cqrs/memory.h>
#include <cqrs/record.h>
#include <cqrs/store.h>
#include <cqrs/view.h>

#endif
