/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * vfs_fault.h - a file system for SQLite that fails when told to: once, from then on, or for
 * good with the power cut, after which all that was not synced is lost or torn.
 *
 * It lies over the system's own and counts its operations: writes, syncs and truncations
 * (reads, where those are to fail). One thread at a time.
 */
#ifndef CQRS_TESTS_VFS_FAULT_H
#define CQRS_TESTS_VFS_FAULT_H

#include <stdbool.h>
#include <stdint.h>

enum fault_kind {
	FAULT_NONE,
	FAULT_ONCE,  /* the nth operation fails, later ones do not */
	FAULT_FROM,  /* the nth and all after it fail, until fault_heal() */
	FAULT_FULL,  /* the same, but only what makes a file longer: the disk is full */
	FAULT_READ,  /* the nth read fails */
	FAULT_POWER, /* the nth operation is the last before the power is cut */
};

/* Make it the default of sqlite3_open(). */
void fault_vfs_install(void);
/* The system's own is the default again; all files are closed. */
void fault_vfs_remove(void);

/* From now on. */
void fault_plan(enum fault_kind kind, unsigned nth);
/* Whether the nth operation was reached. */
bool fault_struck(void);
/* Operations since the plan was made. */
unsigned fault_operations(void);
/* The cause is gone. */
void fault_heal(void);
/* The process is killed: nothing it does from here on has an effect. */
void fault_crash(void);
/* After that, when everything is closed: all that was written is there. Nothing fails any more. */
void fault_restart(void);
/*
 * After a power cut, when everything is closed: what was not synced is lost, or stays,
 * sector by sector, as the seed has it. Nothing fails any more.
 */
void fault_power_on(uint64_t seed);

#endif
