#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "files/beneath.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/same_file.h"
#include "files/path_max.h"

#ifdef USE_OPENAT2
#include <linux/openat2.h>
#include <sys/syscall.h>
#endif

#ifndef NAME_MAX
#define NAME_MAX	255
#endif
/* How often a resolution that a rename disturbed is begun again. */
#define ATTEMPTS	8

/* The next component from *path, which is moved past it; "" at the end. */
static size_t
next_component(const char **path, const char **name)
{
	size_t len;

	*path += strspn(*path, "/");
	*name = *path;
	len = strcspn(*path, "/");
	*path += len;
	return len;
}

static bool
is_dots(const char *name, size_t len, size_t dots)
{
	return len == dots && strncmp(name, "..", len) == 0;
}

/*
 * Relative and without "..". openat2 would judge both by itself, and would
 * allow a ".." that stays inside; nobody asks for one, as the paths come
 * resolved, so both ways refuse it alike.
 */
static bool
is_downward(const char *path)
{
	const char *name;
	size_t len;

	if (path[0] == '/')
		return false;
	while ((len = next_component(&path, &name)) > 0)
		if (is_dots(name, len, 2))
			return false;
	return true;
}

#ifdef USE_OPENAT2
static int
kernel_open(int dir, const char *path, int flags, enum beneath_mode mode)
{
	struct open_how how = {
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	int fd, attempts = ATTEMPTS;

#ifdef O_LARGEFILE
	/* The C library adds it to open(), but cannot here. */
	if ((flags & O_PATH) == 0)
		flags |= O_LARGEFILE;
#endif
	how.flags = (unsigned int)flags;
	if (mode == BENEATH_NO_LINKS)
		how.resolve |= RESOLVE_NO_SYMLINKS;
	do {
		fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
	} while (fd == -1 && (errno == EINTR ||
	    (errno == EAGAIN && --attempts > 0)));
	return fd;
}
#endif

/* With O_PATH, O_NOFOLLOW opens the link itself. */
static bool
is_link(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISLNK(st.st_mode);
}

/*
 * Open one component. Systems disagree on the error for a link met with
 * O_NOFOLLOW (ELOOP, EMLINK, EFTYPE, and ENOTDIR beside O_DIRECTORY): here
 * it is always ELOOP.
 */
static int
open_component(int dir, const char *name, int flags)
{
	struct stat st;
	int fd, error;

	do {
		fd = openat(dir, name, flags | O_NOFOLLOW);
	} while (fd == -1 && errno == EINTR);
	if (fd == -1) {
		error = errno;
		if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISLNK(st.st_mode))
			error = ELOOP;
		errno = error;
	} else if (is_link(fd)) {
		close(fd);
		errno = ELOOP;
		return -1;
	}
	return fd;
}

static void
close_keeping_errno(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
}

/*
 * Each component is opened by itself and none is a link or "..", so what is
 * held is always below dir, whatever is renamed meanwhile.
 */
static int
walk(int dir, const char *path, int flags)
{
	char name[NAME_MAX + 1] = ".";
	const char *p;
	size_t len;
	int fd, at = dir;

	for (;;) {
		if ((len = next_component(&path, &p)) > NAME_MAX) {
			errno = ENAMETOOLONG;
			fd = -1;
			break;
		}
		if (len > 0) {
			memcpy(name, p, len);
			name[len] = '\0';
		}
		if (*path == '\0') {
			fd = open_component(at, name, flags);
			break;
		}
		/* A slash follows: even at the very end, a directory. */
		if ((fd = open_component(at, name, BENEATH_DIRECTORY)) == -1)
			break;
		if (at != dir)
			close(at);
		at = fd;
		name[0] = '.';
		name[1] = '\0';
	}
	if (at != dir)
		close_keeping_errno(at);
	return fd;
}

bool
beneath_is_slash(int fd)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat("/", &b) == 0 &&
	    same_file(&a, &b);
}

int
beneath_probe(int dir)
{
#ifdef USE_OPENAT2
	int fd;

	if ((fd = kernel_open(dir, ".", BENEATH_DIRECTORY,
	    BENEATH_LINKS)) == -1)
		return errno == ENOSYS ? 0 : -1;
	close(fd);
	return 1;
#else
	(void)dir;
	return 0;
#endif
}

int
beneath_open(int dir, const char *path, int flags, enum beneath_mode mode)
{
	if (strlen(path) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (!is_downward(path)) {
		errno = EXDEV;
		return -1;
	}
	if (path[0] == '\0')
		path = ".";
#ifdef USE_OPENAT2
	if (mode != BENEATH_WALK)
		return kernel_open(dir, path, flags, mode);
#else
	(void)mode;
#endif
	return walk(dir, path, flags);
}
