#include "client/special.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "client/save_fault.h"

#define WAITS		100
#define WAIT_NS		(10 * 1000 * 1000)

/* The names of descriptors that are open: opening them would be another. */
static const struct {
	const char	*name;
	int		 fd;		/* -1: a number follows */
} open_already[] = {
	{ "/dev/stdout", STDOUT_FILENO },
	{ "/dev/stderr", STDERR_FILENO },
	{ "/dev/fd/", -1 },
	{ "/proc/self/fd/", -1 },
};

static int
fd_of_number(const char *digits)
{
	size_t len = strspn(digits, "0123456789");

	/* Nobody has as many as have ten digits. */
	if (len == 0 || len > 9 || digits[len] != '\0')
		return -1;
	return atoi(digits);
}

/* The descriptor that this is a name of, or -1. */
static int
fd_of_name(const char *name)
{
	for (size_t i = 0; i < sizeof(open_already) /
	    sizeof(open_already[0]); i++) {
		const char *want = open_already[i].name;

		if (open_already[i].fd == -1 &&
		    strncmp(name, want, strlen(want)) == 0)
			return fd_of_number(name + strlen(want));
		if (strcmp(name, want) == 0)
			return open_already[i].fd;
	}
	return -1;
}

/*
 * Whoever started us has opened it: what we have opened is closed on exec, and
 * nothing that is to be saved may go there.
 */
static bool
is_handed(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	return flags != -1 && (flags & FD_CLOEXEC) == 0;
}

/* With what it is: offset, whether it appends. */
static int
duplicate(const char *name, int fd, char *error, size_t size)
{
	int flags = fcntl(fd, F_GETFL), copy;

	if (!is_handed(fd)) {
		snprintf(error, size, "cannot save to %s: nothing is open "
		    "there", name);
		return SPECIAL_FAILED;
	}
	if (flags != -1 && (flags & O_ACCMODE) == O_RDONLY) {
		snprintf(error, size, "cannot save to %s: it is open for "
		    "reading only", name);
		return SPECIAL_FAILED;
	}
	copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (copy != -1)
		return copy;
	snprintf(error, size, "cannot save to %s: %s", name,
	    strerror(errno));
	return SPECIAL_FAILED;
}

/*
 * Opening could wait for the reader of a pipe, or for the carrier of a modem,
 * where no signal of the event loop gets through: it does not, but for a
 * moment, as a reader may be about to start.
 */
static int
open_soon(const char *name)
{
	const struct timespec moment = { .tv_nsec = WAIT_NS };
	int fd;

	for (int i = 0; (fd = open(name, O_WRONLY | O_NONBLOCK | O_NOCTTY |
	    O_CLOEXEC)) == -1 && errno == ENXIO && i < WAITS; i++)
		nanosleep(&moment, NULL);
	return fd;
}

/* Writing waits. */
static int
open_special(const char *name, const struct stat *before)
{
	int fd, flags;
	struct stat st;

	fd = S_ISFIFO(before->st_mode) ? open_soon(name) :
	    open(name, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0 && (flags = fcntl(fd, F_GETFL)) != -1 &&
	    fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) != -1) {
		if ((st.st_mode & S_IFMT) == (before->st_mode & S_IFMT))
			return fd;
		/* Somebody has put another one in its place. */
		errno = ESTALE;
	}
	flags = errno;
	close(fd);
	errno = flags;
	return -1;
}

int
special_open(const char *name, bool force, char *error, size_t size)
{
	struct stat st;
	int fd;

	if ((fd = fd_of_name(name)) != -1)
		return duplicate(name, fd, error, size);
	if (stat(name, &st) == -1 || S_ISREG(st.st_mode) ||
	    S_ISDIR(st.st_mode))
		return SPECIAL_NONE;
	if (S_ISBLK(st.st_mode) && !force) {
		snprintf(error, size, "%s is a disk: what is on it would be "
		    "overwritten; if that is meant: --force", name);
		return SPECIAL_FAILED;
	}
	if ((fd = open_special(name, &st)) != -1)
		return fd;
	if (errno == ENXIO && S_ISFIFO(st.st_mode))
		snprintf(error, size, "cannot save to %s: nobody reads from "
		    "this named pipe", name);
	else
		snprintf(error, size, "cannot save to %s, which is %s: %s",
		    name, save_kind(st.st_mode), strerror(errno));
	return SPECIAL_FAILED;
}
