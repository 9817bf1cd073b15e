#include "files/docroot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "files/beneath.h"
#include "files/path_fault.h"

struct docroot {
	char			*path;
	int			 fd;
	enum beneath_mode	 mode;
};

/* By what it is and not by its name: "//", "/srv/..", a link, a bind mount. */
static bool
is_slash(int fd)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat("/", &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static void
warn_about_links(void)
{
	static bool warned;

	if (!warned)
		log_warning("this system has no openat2: symbolic links "
		    "beneath a document root are not followed");
	warned = true;
}

/* Settle how files are opened; -1 with the reason in error. */
static int
choose_mode(struct docroot *root, bool never, char *error, size_t size)
{
	switch (beneath_probe(root->fd)) {
	case 1:
		root->mode = never ? BENEATH_NO_LINKS : BENEATH_LINKS;
		return 0;
	case 0:
		root->mode = BENEATH_WALK;
		if (docroot_check(root) == -1)
			break;
		if (!never)
			warn_about_links();
		return 0;
	}
	if (errno == EPERM)
		snprintf(error, size, "%s: the system call openat2, which "
		    "keeps requests inside of it, is forbidden here (EPERM), "
		    "as by the seccomp profiles of old container runtimes: "
		    "update the runtime, or allow openat2 in its profile",
		    root->path);
	else if (errno == EACCES)
		snprintf(error, size, "no permission to search %s (as user "
		    "id %ld)", root->path, (long)geteuid());
	else
		snprintf(error, size, "%s: openat2: %s", root->path,
		    strerror(errno));
	return -1;
}

struct docroot *
docroot_new(const char *path, bool never, char *error, size_t size)
{
	struct docroot *root;

	if ((root = calloc(1, sizeof(*root))) == NULL) {
		snprintf(error, size, "%s: %s", path, strerror(ENOMEM));
		return NULL;
	}
	root->fd = -1;
	if ((root->path = strdup(path)) == NULL) {
		snprintf(error, size, "%s: %s", path, strerror(ENOMEM));
		goto fail;
	}
	if ((root->fd = open(path, BENEATH_DIRECTORY)) == -1) {
		path_fault(path, errno, error, size);
		goto fail;
	}
	if (is_slash(root->fd)) {
		snprintf(error, size, "%s is the root of the file system: "
		    "everything on this machine would be served; name a "
		    "directory that holds only what is to be seen", path);
		goto fail;
	}
	if (choose_mode(root, never, error, size) == -1)
		goto fail;
	return root;

fail:
	docroot_free(root);
	return NULL;
}

void
docroot_free(struct docroot *root)
{
	if (root == NULL)
		return;
	if (root->fd != -1)
		close(root->fd);
	free(root->path);
	free(root);
}

const char *
docroot_path(const struct docroot *root)
{
	return root->path;
}

bool
docroot_follows_links(const struct docroot *root)
{
	return root->mode == BENEATH_LINKS;
}

/* Reach path, a directory, and let go of it again. */
static int
reach_directory(const struct docroot *root, const char *path)
{
	int fd;

	if ((fd = beneath_open(root->fd, path, BENEATH_DIRECTORY,
	    root->mode)) == -1)
		return -1;
	close(fd);
	return 0;
}

int
docroot_check(const struct docroot *root)
{
	/* Looking up "." takes the permission that looking up a file takes. */
	return reach_directory(root, ".");
}

bool
docroot_is_directory(const struct docroot *root, const char *path)
{
	return reach_directory(root, path) == 0;
}

bool
docroot_is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM ||
	    error == EAGAIN;
}

/* Open path and fstat it; a descriptor, or -1 with errno. */
static int
open_and_stat(const struct docroot *root, const char *path, int flags,
    struct stat *st)
{
	int fd, error;

	if ((fd = beneath_open(root->fd, path, flags, root->mode)) == -1)
		return -1;
	if (fstat(fd, st) == -1) {
		error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

int
docroot_stat(const struct docroot *root, const char *path, struct stat *st)
{
	int fd = open_and_stat(root, path, BENEATH_LOOK, st);

	if (fd == -1)
		return -1;
	close(fd);
	return 0;
}

int
docroot_open(const struct docroot *root, const char *path, struct stat *st)
{
	/* O_NONBLOCK: a FIFO that nobody writes to must not stop the loop. */
	return open_and_stat(root, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC |
	    O_NOCTTY, st);
}
