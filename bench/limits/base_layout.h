/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * base_layout.h - the plainest table of events: a row with its texts, the rowid as position and
 * a unique index on (type, id, sequence). What other layouts are compared with, and what shows
 * how fast the disk is at the moment.
 */
#ifndef BENCH_BASE_LAYOUT_H
#define BENCH_BASE_LAYOUT_H

#include "bench.h"

/**
 * Append events, dealt to streams in turn, to a new file in a directory, with synchronous=FULL.
 *
 * @param latencies  of the transactions; may be NULL
 *
 * @return seconds
 */
double base_layout_append(const char *dir, uint64_t events, uint64_t batch, uint64_t streams,
                          struct bench_latencies *latencies);

/** Its rate at the moment: events a second, 100 a transaction, on 1000 streams. */
double base_layout_rate(const char *dir);

#define BASE_ID_SIZE 24
#define BASE_TEXT_SIZE 160

/** The texts of event number n: of 92 and of 84 bytes. */
int base_payload(char out[BASE_TEXT_SIZE], uint64_t n);
int base_metadata(char out[BASE_TEXT_SIZE], uint64_t n);
/** The id of a stream: in no order that helps. */
int base_id(char out[BASE_ID_SIZE], uint64_t stream);

#endif
