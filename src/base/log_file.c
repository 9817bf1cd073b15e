#include "base/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/monotonic.h"

#define LOOK_EVERY_MS	1000
#define FILE_MODE	0640

/* All that POSIX lets a pipe promise; Linux has PIPE_BUF at a page. */
#ifndef PIPE_BUF
#define PIPE_BUF	512
#endif

struct log_file {
	char		*path;		/* NULL: standard output */
	int		 fd;
	enum {
		OWN,			/* does not block */
		SHARED,			/* others rely on it that it does */
		SOCKET
	} kind;
	dev_t		 dev;
	ino_t		 ino;
	uint64_t	 looked_ms;
	bool		 torn;
	bool		 unreachable;	/* which was said */
};

/*
 * Non-blocking, for what is no regular file: opening a FIFO that nobody reads
 * would wait, and so would writing to one that is full.
 */
static int
open_path(const char *path, struct stat *st)
{
	int fd, saved;

	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK |
	    O_NOCTTY | O_CLOEXEC, FILE_MODE);
	if (fd == -1 || fstat(fd, st) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* Take fd, which is what st says, in the place of the one before. */
static void
take(struct log_file *f, int fd, const struct stat *st)
{
	f->fd = fd;
	f->dev = st->st_dev;
	f->ino = st->st_ino;
	f->unreachable = false;
}

struct log_file *
log_file_open(const char *path)
{
	struct log_file *f;
	struct stat st;
	int fd;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		return NULL;
	f->fd = -1;
	if ((f->path = strdup(path)) == NULL ||
	    (fd = open_path(path, &st)) == -1) {
		log_file_close(f);
		return NULL;
	}
	take(f, fd, &st);
	f->looked_ms = monotonic_ms();
	return f;
}

/*
 * A description of our own, so that it may be non-blocking: the flags of a
 * terminal or pipe are those of everybody who has it open. A regular file
 * does not block, and has its offset with the others.
 */
static int
open_stdout(struct log_file *f)
{
	struct stat st;
	int fd;

	if (fstat(STDOUT_FILENO, &st) == -1)
		return -1;
	f->kind = SOCKET;
	if (!S_ISSOCK(st.st_mode)) {
		f->kind = OWN;
		if (!S_ISREG(st.st_mode) && (fd = open("/proc/self/fd/1",
		    O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY |
		    O_CLOEXEC)) != -1)
			return fd;
		if (!S_ISREG(st.st_mode))
			f->kind = SHARED;
	}
	return fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

struct log_file *
log_file_stdout(void)
{
	struct log_file *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	if ((f->fd = open_stdout(f)) == -1) {
		log_file_close(f);
		return NULL;
	}
	return f;
}

void
log_file_close(struct log_file *f)
{
	int saved = errno;

	if (f == NULL)
		return;
	if (f->fd != -1)
		close(f->fd);
	free(f->path);
	free(f);
	errno = saved;
}

const char *
log_file_name(const struct log_file *f)
{
	return f->path != NULL ? f->path : "standard output";
}

int
log_file_descriptor(const struct log_file *f)
{
	return f->fd;
}

/*
 * To a description that blocks: what poll() says there is room for. Only
 * another writer that comes in between could make this wait.
 */
static ssize_t
write_shared(int fd, const char *bytes, size_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	if (poll(&p, 1, 0) == 0) {
		errno = EAGAIN;
		return -1;
	}
	return write(fd, bytes, len < PIPE_BUF ? len : PIPE_BUF);
}

static ssize_t
write_some(const struct log_file *f, const char *bytes, size_t len)
{
	switch (f->kind) {
	case SOCKET:
		return send(f->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	case SHARED:
		return write_shared(f->fd, bytes, len);
	case OWN:
		break;
	}
	return write(f->fd, bytes, len);
}

size_t
log_file_write(struct log_file *f, const char *bytes, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = write_some(f, bytes + done, len - done);

		if (n == 0)
			errno = EIO;
		if (n > 0)
			done += (size_t)n;
		else if (errno != EINTR)
			break;
	}
	if (done > 0)
		f->torn = bytes[done - 1] != '\n';
	return done;
}

bool
log_file_is_torn(const struct log_file *f)
{
	return f->torn;
}

enum log_file_found
log_file_reopen(struct log_file *f)
{
	bool same;
	struct stat st;
	int fd;

	if (f->path == NULL)
		return LOG_FILE_SAME;
	if ((fd = open_path(f->path, &st)) == -1) {
		f->unreachable = true;
		return LOG_FILE_UNREACHABLE;
	}
	same = st.st_dev == f->dev && st.st_ino == f->ino;
	close(f->fd);
	take(f, fd, &st);
	if (same)
		return LOG_FILE_SAME;
	f->torn = false;
	return LOG_FILE_OTHER;
}

enum log_file_found
log_file_look(struct log_file *f)
{
	bool said = f->unreachable;
	enum log_file_found found;
	struct stat st;
	uint64_t now;

	if (f->path == NULL || (now = monotonic_ms()) < f->looked_ms +
	    LOOK_EVERY_MS)
		return LOG_FILE_SAME;
	f->looked_ms = now;
	if (stat(f->path, &st) == 0 && st.st_dev == f->dev &&
	    st.st_ino == f->ino) {
		f->unreachable = false;
		return LOG_FILE_SAME;
	}
	found = log_file_reopen(f);
	return found == LOG_FILE_UNREACHABLE && said ? LOG_FILE_SAME : found;
}
