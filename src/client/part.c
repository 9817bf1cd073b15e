#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "client/part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/same_file.h"
#include "client/save_fault.h"

/* So often another may be quicker in making, locking or removing it. */
#define TRIES		20

/*
 * Made by nobody else, or opened without O_CREAT, which some systems refuse
 * for files of others. Without O_NONBLOCK a FIFO that was put there in the
 * meantime would be waited for.
 */
static int
open_or_create(const char *path, bool *created)
{
	const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY;
	int fd;

	fd = open(path, flags | O_CREAT | O_EXCL, 0666);
	*created = fd != -1;
	if (fd != -1 || errno != EEXIST)
		return fd;
	if ((fd = open(path, flags)) == -1 && errno == ENOENT)
		errno = EAGAIN;		/* it has just gone */
	return fd;
}

/* Whether the file is one that mynah may have made. */
static bool
is_fit(const char *path, const struct stat *st, char *error, size_t size)
{
	if (!S_ISREG(st->st_mode))
		snprintf(error, size, "%s is %s, not the beginning of a file; "
		    "move it away", path, save_kind(st->st_mode));
	else if (st->st_uid != geteuid() && st->st_uid != 0)
		snprintf(error, size, "%s belongs to user id %ld, who could "
		    "change what is in it; move it away", path,
		    (long)st->st_uid);
	else if (st->st_nlink > 1)
		snprintf(error, size, "%s has a second name (a hard link), "
		    "and writing to it would change that file; remove it",
		    path);
	else
		return true;
	return false;
}

/*
 * Look before it is opened, as opening a device may do something. A sentence
 * is in error if the answer is false.
 */
static bool
may_be_opened(const char *path, const char *name, char *error, size_t size)
{
	struct stat st;

	if (lstat(path, &st) == 0)
		return is_fit(path, &st, error, size);
	if (errno == ENOENT)
		return true;
	save_fault(name, errno, error, size);
	return false;
}

/*
 * True if it is locked, or cannot be where it lies: some file systems of the
 * network have no locks, and downloads go there, too.
 */
static bool
lock(int fd)
{
	while (flock(fd, LOCK_EX | LOCK_NB) == -1)
		if (errno != EINTR)
			return errno != EWOULDBLOCK;
	return true;
}

bool
part_is_there(int fd, const char *path)
{
	struct stat ours, there;

	return fstat(fd, &ours) == 0 && lstat(path, &there) == 0 &&
	    same_file(&ours, &there);
}

/* What is open: ours alone? What was just made is, whoever it belongs to. */
static bool
is_taken(int fd, const char *path, bool created, char *error, size_t size)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		snprintf(error, size, "%s: %s", path, strerror(errno));
	else if (!created && !is_fit(path, &st, error, size))
		return false;
	else if (!lock(fd))
		snprintf(error, size, "%s is being written by another mynah",
		    path);
	else
		return true;
	return false;
}

/* Nothing is said of what has gone or changed since it was looked at. */
static void
explain_open(const char *path, const char *name, char *error, size_t size)
{
	int error_number = errno;

	if (error_number == EAGAIN || error_number == ELOOP ||
	    error_number == EISDIR || error_number == ENXIO)
		return;
	if (error_number == EACCES && access(path, F_OK) == 0)
		snprintf(error, size, "no permission to write to %s (as user "
		    "id %ld)", path, (long)geteuid());
	else
		save_fault(name, error_number, error, size);
}

/* A descriptor; -1 with a sentence in error, or without one: try again. */
static int
open_once(const char *path, const char *name, char *error, size_t size)
{
	bool created;
	int fd;

	if (!may_be_opened(path, name, error, size))
		return -1;
	if ((fd = open_or_create(path, &created)) == -1) {
		explain_open(path, name, error, size);
		return -1;
	}
	if (is_taken(fd, path, created, error, size)) {
		/* Removed or renamed before it was locked: that is none. */
		if (part_is_there(fd, path))
			return fd;
	}
	close(fd);
	return -1;
}

int
part_open(const char *path, const char *name, char *error, size_t size)
{
	int fd;

	error[0] = '\0';
	for (int i = 0; i < TRIES; i++)
		if ((fd = open_once(path, name, error, size)) != -1 ||
		    error[0] != '\0')
			return fd;
	snprintf(error, size, "%s is removed again and again", path);
	return -1;
}

#ifdef USE_RENAMEAT2
static int
rename_to_nothing(const char *path, const char *to)
{
	return renameat2(AT_FDCWD, path, AT_FDCWD, to, RENAME_NOREPLACE);
}
#else
static int
rename_to_nothing(const char *path, const char *to)
{
	(void)path;
	(void)to;
	errno = ENOSYS;
	return -1;
}
#endif

/* What a kernel or a file system that does not know of a call answers. */
static bool
is_unsupported(int error_number)
{
	return error_number == ENOSYS || error_number == EINVAL ||
	    error_number == EPERM || error_number == ENOTSUP ||
	    error_number == EMLINK;
}

int
part_publish(const char *path, const char *to, bool replace)
{
	struct stat st;

	if (replace)
		return rename(path, to);
	if (rename_to_nothing(path, to) == 0)
		return 0;
	if (!is_unsupported(errno))
		return -1;
	if (link(path, to) == 0) {
		/* It has its name; that it had another one is no harm. */
		(void)unlink(path);
		return 0;
	}
	if (!is_unsupported(errno))
		return -1;
	/*
	 * Neither is to be had, as on exFAT: what another puts there between
	 * these two is replaced. A file of our own to hold the place would be
	 * an empty one under the name of a whole one.
	 */
	if (lstat(to, &st) == 0) {
		errno = EEXIST;
		return -1;
	}
	return rename(path, to);
}
