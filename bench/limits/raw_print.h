/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* raw_print.h - the line that limits on SQLite print. */
#ifndef BENCH_RAW_PRINT_H
#define BENCH_RAW_PRINT_H

#include "bench.h"

/* What programs that write to SQLite add to their line. */
#define RAW_SETTINGS "\"settings\":{\"SQLite\":\"%s, WAL, synchronous=FULL\"}"

/** bench_print() with the settings, and with the base layout's rate at the moment. */
void raw_print(const struct bench_result *result, const char *dir);

#endif
