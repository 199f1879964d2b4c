/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * vfs_fault.c - see vfs_fault.h.
 *
 * For each file, what is durable is kept as a copy of its bytes, taken by each sync. A cut
 * decides for every sector of 512 bytes whether it is what was durable or what was written
 * last; the length is that of one of the two. A new file that was never synced may be gone.
 */
#include "vfs_fault.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECTOR 512
#define MAX_FILES 16

/* What would be there after a cut. */
struct durable {
	char path[256]; /* "": unused */
	bool exists;
	unsigned char *bytes;
	size_t size;
};

struct fault_file {
	sqlite3_file base; /* first, as SQLite wants it */
	sqlite3_file *real;
	struct durable *durable; /* NULL: a file of no importance */
};

static sqlite3_vfs *real_vfs;
static sqlite3_vfs fault_vfs;
static struct durable files[MAX_FILES];
static enum fault_kind planned;
static unsigned countdown;  /* operations until the planned one; 0: it has come */
static unsigned operations; /* since the plan was made */
static bool struck;
static bool dead; /* the power is off */

/* ---- the plan ---- */

void fault_plan(enum fault_kind kind, unsigned nth)
{
	planned = kind;
	countdown = nth;
	operations = 0;
	struck = false;
}

unsigned fault_operations(void)
{
	return operations;
}

bool fault_struck(void)
{
	return struck;
}

void fault_heal(void)
{
	planned = FAULT_NONE;
}

void fault_crash(void)
{
	dead = true;
}

/* Count an operation; true when it is the planned one or, where those fail too, a later one. */
static bool strikes(void)
{
	if (!countdown)
		return planned != FAULT_ONCE && planned != FAULT_READ;
	if (--countdown)
		return false;
	struck = true;
	return true;
}

/* The result of an operation that changes a file. */
static int fate(bool grows)
{
	operations++;
	if (dead)
		return SQLITE_IOERR;
	switch (planned) {
	case FAULT_NONE:
	case FAULT_READ:
		return SQLITE_OK;
	case FAULT_ONCE:
	case FAULT_FROM:
		return strikes() ? SQLITE_IOERR : SQLITE_OK;
	case FAULT_FULL:
		return grows && strikes() ? SQLITE_FULL : SQLITE_OK;
	case FAULT_POWER:
		dead = strikes();
		return SQLITE_OK; /* the operation itself is done; later ones are not */
	}
	return SQLITE_OK;
}

/* ---- what is durable ---- */

static struct durable *find_durable(const char *path)
{
	struct durable *unused = NULL;

	for (size_t i = 0; i < MAX_FILES; i++) {
		if (!strcmp(files[i].path, path))
			return &files[i];
		if (!files[i].path[0] && !unused)
			unused = &files[i];
	}
	if (!unused)
		abort();
	snprintf(unused->path, sizeof(unused->path), "%s", path);
	return unused;
}

/* By SQLite's own descriptor: closing another one would drop its locks. */
static void remember(struct fault_file *file)
{
	struct durable *durable = file->durable;
	sqlite3_int64 size = 0;

	if (!durable || file->real->pMethods->xFileSize(file->real, &size) != SQLITE_OK)
		return;
	durable->bytes = realloc(durable->bytes, (size_t)size + 1);
	if (!durable->bytes)
		abort();
	durable->size = (size_t)size;
	durable->exists = true;
	if (size)
		file->real->pMethods->xRead(file->real, durable->bytes, (int)size, 0);
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static unsigned char *read_file(const char *path, size_t *out_size)
{
	FILE *stream = fopen(path, "rb");
	unsigned char *bytes;
	long size;

	*out_size = 0;
	if (!stream)
		return NULL;
	fseek(stream, 0, SEEK_END);
	size = ftell(stream);
	rewind(stream);
	bytes = malloc((size_t)size + 1);
	if (!bytes)
		abort();
	*out_size = fread(bytes, 1, (size_t)size, stream);
	fclose(stream);
	return bytes;
}

static void write_file(const char *path, const unsigned char *bytes, size_t size)
{
	FILE *stream = fopen(path, "wb");

	if (!stream || fwrite(bytes, 1, size, stream) != size || fclose(stream) != 0)
		abort();
}

/* Lose of a file what was not synced, sector by sector. */
static void tear(const struct durable *file, uint64_t *random)
{
	size_t size;
	unsigned char *bytes = read_file(file->path, &size);

	if (!bytes)
		return;
	if (!file->exists && next_random(random) % 2) {
		unlink(file->path);
		free(bytes);
		return;
	}
	for (size_t at = 0; at < size && at < file->size; at += SECTOR) {
		size_t end = at + SECTOR;

		end = end < size ? end : size;
		end = end < file->size ? end : file->size;
		if (next_random(random) % 2)
			memcpy(bytes + at, file->bytes + at, end - at);
	}
	/* What lies behind the durable end may be there as zeros, or not at all. */
	for (size_t at = file->size; at < size; at += SECTOR) {
		if (next_random(random) % 2)
			memset(bytes + at, 0, at + SECTOR < size ? SECTOR : size - at);
	}
	if (size > file->size && next_random(random) % 2)
		size = file->size + (size_t)(next_random(random) % (size - file->size));
	write_file(file->path, bytes, size);
	free(bytes);
}

static void forget_all(void)
{
	for (size_t i = 0; i < MAX_FILES; i++) {
		free(files[i].bytes);
		files[i] = (struct durable){ .path = "" };
	}
	dead = false;
	planned = FAULT_NONE;
}

void fault_power_on(uint64_t seed)
{
	uint64_t random = seed * 2 + 1;

	for (size_t i = 0; i < MAX_FILES; i++) {
		if (files[i].path[0])
			tear(&files[i], &random);
	}
	forget_all();
}

void fault_restart(void)
{
	forget_all();
}

/* ---- operations on files ---- */

static sqlite3_file *real_file(sqlite3_file *file)
{
	return ((struct fault_file *)file)->real;
}

static int fault_close(sqlite3_file *file)
{
	return real_file(file)->pMethods->xClose(real_file(file));
}

static int fault_read(sqlite3_file *file, void *out, int size, sqlite3_int64 offset)
{
	if (dead || (planned == FAULT_READ && strikes()))
		return SQLITE_IOERR_READ;
	return real_file(file)->pMethods->xRead(real_file(file), out, size, offset);
}

static int fault_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset)
{
	sqlite3_int64 length = 0;
	int code;

	real_file(file)->pMethods->xFileSize(real_file(file), &length);
	code = fate(offset + size > length);
	/* Half of it is there when it fails. */
	if (code != SQLITE_OK && !dead)
		real_file(file)->pMethods->xWrite(real_file(file), bytes, size / 2, offset);
	if (code != SQLITE_OK)
		return code == SQLITE_IOERR ? SQLITE_IOERR_WRITE : code;
	return real_file(file)->pMethods->xWrite(real_file(file), bytes, size, offset);
}

static int fault_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	int code = fate(false);

	return code == SQLITE_OK ? real_file(file)->pMethods->xTruncate(real_file(file), size)
	                         : SQLITE_IOERR_TRUNCATE;
}

static int fault_sync(sqlite3_file *file, int flags)
{
	int code = fate(false);

	if (code != SQLITE_OK || dead) /* the power goes before a sync is done */
		return SQLITE_IOERR_FSYNC;
	(void)flags;
	remember((struct fault_file *)file); /* no cut but ours is tested: the disk is spared */
	return SQLITE_OK;
}

static int fault_file_size(sqlite3_file *file, sqlite3_int64 *out_size)
{
	return real_file(file)->pMethods->xFileSize(real_file(file), out_size);
}

static int fault_lock(sqlite3_file *file, int level)
{
	return real_file(file)->pMethods->xLock(real_file(file), level);
}

static int fault_unlock(sqlite3_file *file, int level)
{
	return real_file(file)->pMethods->xUnlock(real_file(file), level);
}

static int fault_check_lock(sqlite3_file *file, int *out_locked)
{
	return real_file(file)->pMethods->xCheckReservedLock(real_file(file), out_locked);
}

static int fault_control(sqlite3_file *file, int operation, void *argument)
{
	return real_file(file)->pMethods->xFileControl(real_file(file), operation, argument);
}

static int fault_sector_size(sqlite3_file *file)
{
	return real_file(file)->pMethods->xSectorSize(real_file(file));
}

static int fault_characteristics(sqlite3_file *file)
{
	return real_file(file)->pMethods->xDeviceCharacteristics(real_file(file));
}

static int fault_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
	return real_file(file)->pMethods->xShmMap(real_file(file), page, size, extend, out);
}

static int fault_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
	return real_file(file)->pMethods->xShmLock(real_file(file), offset, count, flags);
}

static void fault_shm_barrier(sqlite3_file *file)
{
	real_file(file)->pMethods->xShmBarrier(real_file(file));
}

static int fault_shm_unmap(sqlite3_file *file, int delete)
{
	return real_file(file)->pMethods->xShmUnmap(real_file(file), delete);
}

static const sqlite3_io_methods fault_methods = {
	.iVersion = 2,
	.xClose = fault_close,
	.xRead = fault_read,
	.xWrite = fault_write,
	.xTruncate = fault_truncate,
	.xSync = fault_sync,
	.xFileSize = fault_file_size,
	.xLock = fault_lock,
	.xUnlock = fault_unlock,
	.xCheckReservedLock = fault_check_lock,
	.xFileControl = fault_control,
	.xSectorSize = fault_sector_size,
	.xDeviceCharacteristics = fault_characteristics,
	.xShmMap = fault_shm_map,
	.xShmLock = fault_shm_lock,
	.xShmBarrier = fault_shm_barrier,
	.xShmUnmap = fault_shm_unmap,
};

/* ---- operations on names ---- */

static int fault_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                      int *out_flags)
{
	struct fault_file *opened = (struct fault_file *)file;
	int code;

	(void)vfs;
	if (dead)
		return SQLITE_CANTOPEN;
	*opened = (struct fault_file){ .real = (sqlite3_file *)(opened + 1) };
	code = real_vfs->xOpen(real_vfs, name, opened->real, flags, out_flags);
	if (code != SQLITE_OK)
		return code;
	opened->base.pMethods = &fault_methods;
	if (!(flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)))
		return SQLITE_OK;
	opened->durable = find_durable(name);
	/* What was there before is taken to be durable; a new log is not, until it is synced. */
	if (!opened->durable->bytes && (flags & SQLITE_OPEN_MAIN_DB))
		remember(opened);
	return SQLITE_OK;
}

static int fault_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	struct durable *durable;
	int code;

	(void)vfs;
	if (fate(false) != SQLITE_OK)
		return SQLITE_IOERR_DELETE;
	code = real_vfs->xDelete(real_vfs, name, sync);
	if (code != SQLITE_OK)
		return code;
	durable = find_durable(name);
	free(durable->bytes);
	*durable = (struct durable){ .path = "" };
	return SQLITE_OK;
}

void fault_vfs_install(void)
{
	if (real_vfs)
		return;
	real_vfs = sqlite3_vfs_find(NULL);
	fault_vfs = *real_vfs; /* whose other functions do not look at their first argument */
	fault_vfs.zName = "fault";
	fault_vfs.szOsFile = (int)sizeof(struct fault_file) + real_vfs->szOsFile;
	fault_vfs.xOpen = fault_open;
	fault_vfs.xDelete = fault_delete;
	sqlite3_vfs_register(&fault_vfs, 1);
}

void fault_vfs_remove(void)
{
	if (!real_vfs)
		return;
	forget_all();
	sqlite3_vfs_unregister(&fault_vfs);
	sqlite3_vfs_register(real_vfs, 1);
	real_vfs = NULL;
}
