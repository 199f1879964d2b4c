/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * file.c - which paths are taken, and how a new file is made.
 *
 * No descriptor of the database file is ever opened here: closing one would drop the locks
 * that SQLite holds on the file for another handle of this process.
 */
#include "store/sqlite/sqlite_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/vfs.h>
#else
#include <sys/mount.h>
#include <sys/param.h>
#endif

/*
 * 12 MiB of log. The more, the more of its pages are versions of one that is copied once;
 * a longer log makes the pause longer, which one command in a hundred sees on a busy server.
 */
#define CHECKPOINT_PAGES 3000

/* ---- file systems ---- */

static int read_file_system(const char *path, struct sqlite_file_system *out_system)
{
	struct statfs buffer;

	if (statfs(path, &buffer) != 0)
		return errno;
#ifdef __linux__
	out_system->magic = (uint64_t)buffer.f_type & UINT32_MAX;
	out_system->local = true; /* the magic number tells */
#else
	out_system->magic = 0;
	out_system->local = (buffer.f_flags & MNT_LOCAL) != 0;
#endif
	return 0;
}

const struct sqlite_system *cqrs__sqlite_system(void)
{
	static const struct sqlite_system system = {
		.file_system = read_file_system,
		.checkpoint_pages = CHECKPOINT_PAGES,
	};

	return &system;
}

/*
 * The log's index is memory that all processes share, and its locks must be true: neither
 * holds where the file may be open on two machines. FUSE is here because what is behind it
 * cannot be known. Numbers of linux/magic.h and of the file systems themselves.
 */
static const char *name_of_network(const struct sqlite_file_system *system)
{
	static const struct {
		uint64_t magic;
		const char *name;
	} networks[] = {
		{ 0x6969, "NFS" },        { 0x517b, "SMB" },
		{ 0xfe534d42, "SMB" },    { 0xff534d42, "CIFS" },
		{ 0x01021997, "9p" },     { 0x65735546, "FUSE" },
		{ 0x5346414f, "AFS" },    { 0x6b414653, "AFS" },
		{ 0x73757245, "Coda" },   { 0x00c36400, "Ceph" },
		{ 0x0bd00bd0, "Lustre" }, { 0x01161970, "GFS2" },
		{ 0x7461636f, "OCFS2" },  { 0x47504653, "GPFS" },
		{ 0x19830326, "BeeGFS" }, { 0x786f4256, "VirtualBox" },
		{ 0x564c, "NCP" },        { 0xbacbacbc, "VMware" },
	};

	if (!system->local)
		return "not local";
	for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); i++)
		if (networks[i].magic == system->magic)
			return networks[i].name;
	return NULL;
}

static enum cqrs_status system_error(const char *path, int code, struct cqrs_error *err)
{
	char text[128] = "";
	enum cqrs_status status = code == ENOMEM ? CQRS_ERR_NOMEM : CQRS_ERR_UNAVAILABLE;

#if defined(__GLIBC__) && defined(_GNU_SOURCE)
	cqrs_error_set(err, status, "'%s': %s", path, strerror_r(code, text, sizeof(text)));
#else
	if (strerror_r(code, text, sizeof(text)) != 0)
		text[0] = '\0';
	cqrs_error_set(err, status, "'%s': %s", path, text);
#endif
	if (err)
		err->native_code = code;
	return status;
}

static enum cqrs_status check_file_system(const char *path, const struct sqlite_system *system,
                                          struct cqrs_error *err)
{
	struct sqlite_file_system found;
	const char *network;
	int code = system->file_system(path, &found);

	if (code)
		return system_error(path, code, err);
	network = name_of_network(&found);
	if (network)
		return cqrs_error_set(err, CQRS_ERR_UNSUPPORTED,
		                      "'%s' is on a network file system (%s)", path, network);
	return CQRS_OK;
}

/* ---- the file ---- */

/*
 * Put an empty file of mode 0600 at path, unless there is one by now. It is made under
 * another name and linked, since its descriptor is closed.
 */
static int link_new_file(const char *path, char *temporary)
{
	int code = 0;
	int descriptor = mkstemp(temporary);

	if (descriptor < 0)
		return errno;
	close(descriptor);
	if (link(temporary, path) != 0 && errno != EEXIST)
		code = errno;
	unlink(temporary);
	return code;
}

static enum cqrs_status make_file(const char *path, struct cqrs_arena *arena,
                                  struct cqrs_error *err)
{
	static const char suffix[] = ".XXXXXX";
	size_t len = strlen(path);
	char *temporary = cqrs_arena_allocate(arena, len + sizeof(suffix));
	int code;

	if (!temporary)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a path");
	memcpy(temporary, path, len);
	memcpy(temporary + len, suffix, sizeof(suffix));
	code = link_new_file(path, temporary);
	return code ? system_error(path, code, err) : CQRS_OK;
}

/* Writing needs the file, and the directory for the two files beside it. */
static enum cqrs_status check_access(const char *path, const char *directory,
                                     struct cqrs_error *err)
{
	if (faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) != 0)
		return system_error(path, errno, err);
	if (faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS) != 0)
		return system_error(directory, errno, err);
	return CQRS_OK;
}

static const char *directory_of(const char *path, struct cqrs_arena *arena)
{
	const char *slash = strrchr(path, '/');

	return cqrs_arena_text(arena, path, slash == path ? 1 : (size_t)(slash - path));
}

static enum cqrs_status check_path(const char *path, const char *directory,
                                   const struct sqlite_system *system, struct cqrs_error *err)
{
	struct stat file;

	if (stat(path, &file) == 0) {
		if (S_ISDIR(file.st_mode))
			return cqrs_error_set(err, CQRS_ERR_INVALID, "'%s' is a directory", path);
		if (!S_ISREG(file.st_mode))
			return cqrs_error_set(err, CQRS_ERR_INVALID, "'%s' is not a regular file",
			                      path);
		return check_file_system(path, system, err);
	}
	if (errno != ENOENT)
		return system_error(path, errno, err);
	if (lstat(path, &file) == 0) /* or SQLite would make what it points to */
		return cqrs_error_set(err, CQRS_ERR_INVALID, "'%s' is a symbolic link to nothing",
		                      path);
	if (stat(directory, &file) != 0)
		return system_error(directory, errno, err);
	return check_file_system(directory, system, err);
}

enum cqrs_status cqrs__sqlite_prepare_file(const char *path, const struct sqlite_system *system,
                                           struct cqrs_arena *arena, struct cqrs_error *err)
{
	const char *directory = directory_of(path, arena);
	enum cqrs_status status;

	if (!directory)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a path");
	status = check_path(path, directory, system, err);
	if (status == CQRS_OK && access(path, F_OK) != 0)
		status = make_file(path, arena, err);
	if (status == CQRS_OK)
		status = check_access(path, directory, err);
	return status;
}

enum cqrs_status cqrs__sqlite_absolute_path(const char *path, struct cqrs_arena *arena,
                                            const char **out_path, struct cqrs_error *err)
{
	size_t path_len = strlen(path), size = 256;
	char *absolute = NULL;

	if (!path_len)
		return cqrs_error_set(err, CQRS_ERR_INVALID, "the URL names no file");
	if (path[0] == '/')
		absolute = cqrs_arena_text(arena, path, path_len);
	for (; !absolute && path[0] != '/'; size *= 2) {
		char *directory = cqrs_arena_allocate(arena, size + path_len + 2);

		if (!directory)
			break;
		if (getcwd(directory, size)) {
			size_t len = strlen(directory);

			directory[len] = '/';
			memcpy(directory + len + 1, path, path_len + 1);
			absolute = directory;
		} else if (errno != ERANGE) {
			return system_error(path, errno, err);
		}
	}
	if (!absolute)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a path");
	*out_path = absolute;
	return CQRS_OK;
}
