/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* raw_print.c - the line that limits on SQLite print. */
#include "raw_print.h"

#include "base_layout.h"

#include <sqlite3.h>

void raw_print(const struct bench_result *result, const char *dir)
{
	bench_print_with(result, RAW_SETTINGS ",\"base_rate\":%.0f", sqlite3_libversion(),
	                 base_layout_rate(dir));
}
