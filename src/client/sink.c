#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "client/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef PIPE_BUF
#define PIPE_BUF	_POSIX_PIPE_BUF
#endif

enum kind {
	PLAIN,		/* never waited for */
	SOCKET,		/* can be told not to block, call by call */
	OWN,		/* opened anew, does not block */
	SHARED		/* blocks: asked before each write, which is small */
};

struct sink {
	enum kind		 kind;
	int			 fd;
	struct event		*writable;	/* NULL: PLAIN */
	bool			 is_terminal;
	char			*kept;
	size_t			 room;		/* of kept */
	size_t			 begin, end;	/* what waits in it */
	const struct sink_calls	*calls;
	void			*arg;
};

/* ---- kinds ---- */

/*
 * O_NONBLOCK belongs to all who share it, so it is not for us to set. Linux
 * opens what is behind a descriptor once more. Returns -1 if that is not so.
 */
static int
open_anew(int fd)
{
#ifdef USE_PROC
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
#else
	(void)fd;
	return -1;
#endif
}

static enum kind
kind_of(int fd, bool is_terminal)
{
	struct stat st;

	if (is_terminal)
		return SHARED;
	if (fstat(fd, &st) == -1)
		return PLAIN;
	return S_ISSOCK(st.st_mode) ? SOCKET :
	    S_ISFIFO(st.st_mode) ? SHARED : PLAIN;
}

static bool
has_room(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, 0) != 0;
}

/* As write(); -1 with EAGAIN: not now. */
static ssize_t
put(struct sink *s, const char *bytes, size_t len)
{
	switch (s->kind) {
	case SOCKET:
		return send(s->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	case SHARED:
		if (!has_room(s->fd)) {
			errno = EAGAIN;
			return -1;
		}
		return write(s->fd, bytes, len < PIPE_BUF ? len : PIPE_BUF);
	case PLAIN:
	case OWN:
		break;
	}
	return write(s->fd, bytes, len);
}

/* ---- writing ---- */

/* Write what can be. Returns how much that was, or -1 with errno. */
static ssize_t
put_some(struct sink *s, const char *bytes, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = put(s, bytes + done, len - done);
		if (n > 0) {
			done += (size_t)n;
		} else if (n == -1 && errno == EAGAIN && s->kind != PLAIN) {
			break;
		} else if (n == 0 || errno != EINTR) {
			if (n == 0)
				errno = EIO;
			return -1;
		}
	}
	return (ssize_t)done;
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct sink *s = arg;
	ssize_t n = put_some(s, s->kept + s->begin, s->end - s->begin);

	(void)fd;
	(void)what;
	if (n == -1) {
		event_del(s->writable);
		s->calls->on_failure(s->arg, errno);
		return;
	}
	s->begin += (size_t)n;
	if (s->begin < s->end)
		return;
	s->begin = s->end = 0;
	event_del(s->writable);
	s->calls->on_room(s->arg);
}

/* Returns 0, or -1 with errno. */
static int
keep(struct sink *s, const char *bytes, size_t len)
{
	char *more;

	if (s->room - s->end < len) {
		if ((more = realloc(s->kept, s->end + len)) == NULL)
			return -1;
		s->kept = more;
		s->room = s->end + len;
	}
	memcpy(s->kept + s->end, bytes, len);
	s->end += len;
	return event_add(s->writable, NULL);
}

int
sink_write(struct sink *s, const char *bytes, size_t len)
{
	ssize_t n = sink_is_full(s) ? 0 : put_some(s, bytes, len);

	if (n == -1)
		return -1;
	if ((size_t)n == len)
		return 0;
	return keep(s, bytes + n, len - (size_t)n);
}

bool
sink_is_full(const struct sink *s)
{
	return s->begin < s->end;
}

bool
sink_is_terminal(const struct sink *s)
{
	return s->is_terminal;
}

/* ---- begin and end ---- */

struct sink *
sink_new(struct event_base *base, int fd, const struct sink_calls *calls,
    void *arg)
{
	struct sink *s = calloc(1, sizeof(*s));
	int own;

	if (s == NULL)
		return NULL;
	s->fd = fd;
	s->calls = calls;
	s->arg = arg;
	s->is_terminal = isatty(fd) == 1;
	s->kind = kind_of(fd, s->is_terminal);
	if (s->kind == SHARED && (own = open_anew(fd)) != -1) {
		s->kind = OWN;
		s->fd = own;
	}
	if (s->kind == PLAIN)
		return s;
	s->writable = event_new(base, s->fd, EV_WRITE | EV_PERSIST,
	    on_writable, s);
	if (s->writable == NULL) {
		sink_free(s);
		return NULL;
	}
	return s;
}

void
sink_free(struct sink *s)
{
	if (s == NULL)
		return;
	if (s->writable != NULL)
		event_free(s->writable);
	if (s->kind == OWN)
		close(s->fd);
	free(s->kept);
	free(s);
}
