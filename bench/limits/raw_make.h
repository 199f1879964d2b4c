/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* raw_make.h - what is in the files that raw_make.c makes. */
#ifndef BENCH_RAW_MAKE_H
#define BENCH_RAW_MAKE_H

#include <stdint.h>

/** The balance of an account of so many events. */
double raw_made_balance(uint64_t events);

#endif
