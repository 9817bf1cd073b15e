#include "files/docroot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/same_file.h"
#include "files/beneath.h"
#include "files/path_fault.h"

struct docroot {
	char			*path;
	int			 fd;
	enum beneath_mode	 mode;
	int			 slash;		/* "/", where its path begins */
	unsigned		 generation;
	uint64_t		 turn;		/* of the last look at it */
	int			 error;		/* 0: it is there */
	struct stat		 state;
	docroot_note		*note;		/* or NULL */
	void			*note_arg;
	docroot_may		*may;		/* or NULL: anywhere */
	void			*may_arg;
};

/* What docroot_follow() says of a directory outside of the sandbox. */
#define OUTSIDE	EPERM

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
	root->fd = root->slash = -1;
	if ((root->path = strdup(path)) == NULL) {
		snprintf(error, size, "%s: %s", path, strerror(ENOMEM));
		goto fail;
	}
	if ((root->fd = open(path, BENEATH_DIRECTORY)) == -1) {
		path_fault(path, errno, error, size);
		goto fail;
	}
	if (beneath_is_slash(root->fd)) {
		snprintf(error, size, "%s is the root of the file system: "
		    "everything on this machine would be served; name a "
		    "directory that holds only what is to be seen", path);
		goto fail;
	}
	if (choose_mode(root, never, error, size) == -1)
		goto fail;
	if (path[0] == '/')
		root->slash = open("/", BENEATH_DIRECTORY);
	if (fstat(root->fd, &root->state) == -1) {
		snprintf(error, size, "%s: %s", path, strerror(errno));
		goto fail;
	}
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
	if (root->slash != -1)
		close(root->slash);
	free(root->path);
	free(root);
}

const char *
docroot_path(const struct docroot *root)
{
	return root->path;
}

int
docroot_fd(const struct docroot *root)
{
	return root->fd;
}

const struct stat *
docroot_state(const struct docroot *root)
{
	return &root->state;
}

unsigned
docroot_generation(const struct docroot *root)
{
	return root->generation;
}

void
docroot_record(struct docroot *root, docroot_note *note, void *arg)
{
	root->note = note;
	root->note_arg = arg;
}

void
docroot_confine(struct docroot *root, docroot_may *may, void *arg)
{
	root->may = may;
	root->may_arg = arg;
}

/* Serve from the directory that the path leads to now. -1 with errno. */
static int
move(struct docroot *root)
{
	int fd = open(root->path, BENEATH_DIRECTORY);
	struct stat st;

	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1 || beneath_is_slash(fd)) {
		close(fd);
		errno = EXDEV;
		return -1;
	}
	if (root->may != NULL && !root->may(root->may_arg, fd)) {
		close(fd);
		errno = OUTSIDE;
		return -1;
	}
	close(root->fd);
	root->fd = fd;
	root->state = st;
	root->generation++;
	return 0;
}

/* The error of following the path, or 0. */
static int
follow(struct docroot *root)
{
	unsigned before = root->generation;
	const char *path = root->path;
	struct stat st;

	/* From a held "/" the way is half as long as from the path's own. */
	if (root->slash != -1)
		path += strspn(path, "/");
	/* Who may not search the way serves from what was opened before. */
	if (fstatat(root->slash == -1 ? AT_FDCWD : root->slash, path, &st,
	    0) == -1 && (errno != EACCES || fstat(root->fd, &st) == -1))
		return errno;
	if (same_file(&st, &root->state))
		root->state = st;
	else if (move(root) == -1)
		return errno;
	if (root->generation != before)
		log_info("%s is another directory now: it is served from here "
		    "on", root->path);
	else if (root->error != 0)
		log_info("%s is there again", root->path);
	return 0;
}

static void
tell_of(const struct docroot *root, int error)
{
	char *now;

	if (error != OUTSIDE) {
		log_error("cannot serve from %s: %s", root->path,
		    strerror(error));
		return;
	}
	now = realpath(root->path, NULL);
	log_error("cannot serve from %s: it is %s now, which is outside of "
	    "the sandbox: add its directory to process.readable and restart",
	    root->path, now != NULL ? now : "another directory");
	free(now);
}

int
docroot_follow(struct docroot *root, uint64_t turn)
{
	int error;

	if (root->turn != turn) {
		root->turn = turn;
		error = follow(root);
		if (error != 0 && error != root->error)
			tell_of(root, error);
		root->error = error;
	}
	errno = root->error;
	return root->error == 0 ? 0 : -1;
}

bool
docroot_follows_links(const struct docroot *root)
{
	return root->mode == BENEATH_LINKS;
}

bool
docroot_has_openat2(const struct docroot *root)
{
	return root->mode != BENEATH_WALK;
}

int
docroot_check(const struct docroot *root)
{
	/* Looking up "." takes the permission that looking up a file takes. */
	int fd = beneath_open(root->fd, ".", BENEATH_DIRECTORY, root->mode);

	if (fd == -1)
		return -1;
	close(fd);
	return 0;
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
	int fd, error = 0;

	fd = beneath_open(root->fd, path, flags, root->mode);
	if (fd == -1 || fstat(fd, st) == -1) {
		error = errno;
		if (fd != -1)
			close(fd);
		fd = -1;
	}
	if (root->note != NULL)
		root->note(root->note_arg, path, error, st);
	errno = error;
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

bool
docroot_is_directory(const struct docroot *root, const char *path)
{
	struct stat st;
	int fd = open_and_stat(root, path, BENEATH_DIRECTORY, &st);

	if (fd == -1)
		return false;
	close(fd);
	return true;
}

int
docroot_reach(const struct docroot *root, const char *path, struct stat *st)
{
	return open_and_stat(root, path, BENEATH_DIRECTORY, st);
}

int
docroot_open(const struct docroot *root, const char *path, struct stat *st)
{
	/* O_NONBLOCK: a FIFO that nobody writes to must not stop the loop. */
	return open_and_stat(root, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC |
	    O_NOCTTY, st);
}

int
docroot_open_file(const struct docroot *root, const char *path,
    struct stat *st)
{
	int fd = docroot_open(root, path, st);

	if (fd == -1 || S_ISREG(st->st_mode))
		return fd;
	close(fd);
	errno = ENOENT;
	return -1;
}
