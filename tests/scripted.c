#include "scripted.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

#define DESCRIPTORS	256	/* no test has more */

/* ---- the server, in a process of its own ---- */

struct server {
	const struct scripted_step	*steps;
	const struct scripted_step	*step;	/* where it is */
	struct scripted_told		*told;
	int				 listening;
	int				 fd;	/* the connection, or -1 */
	size_t				 len;	/* read and not yet taken */
	char				 bytes[65536];
};

/* What was not expected; the first is told. The peer is as good as gone. */
static bool	fault(struct server *s, const char *format, ...)
		    __attribute__((format(printf, 2, 3)));

static bool
fault(struct server *s, const char *format, ...)
{
	char *text = s->told->fault;
	size_t size = sizeof(s->told->fault), n;
	va_list ap;

	if (text[0] != '\0')
		return false;
	n = (size_t)snprintf(text, size, "step %d: ",
	    (int)(s->step - s->steps));
	va_start(ap, format);
	vsnprintf(text + n, size - n, format, ap);
	va_end(ap);
	return false;
}

/* In order: what came and was not read would make it a reset. */
static void
hang_up(struct server *s)
{
	while (s->fd != -1 && recv(s->fd, s->bytes, sizeof(s->bytes),
	    MSG_DONTWAIT) > 0)
		;
	if (s->fd != -1)
		close(s->fd);
	s->fd = -1;
	s->len = 0;
}

static void
reset(struct server *s)
{
	const struct linger linger = { .l_onoff = 1 };

	if (s->fd == -1)
		return;
	setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(s->fd);
	s->fd = -1;
	s->len = 0;
}

static void
accept_next(struct server *s)
{
	const int on = 1;

	hang_up(s);
	while ((s->fd = accept(s->listening, NULL, NULL)) == -1)
		if (errno != EINTR && errno != ECONNABORTED)
			_exit(1);
	s->told->connections++;
	/* A drip is one packet a byte; a Unix socket knows nothing of it. */
	(void)setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* ---- steps: each tells whether the peer is still there ---- */

static void
take(struct server *s, size_t n)
{
	s->len -= n;
	memmove(s->bytes, s->bytes + n, s->len);
}

static bool
read_more(struct server *s)
{
	ssize_t n = recv(s->fd, s->bytes + s->len, sizeof(s->bytes) - s->len,
	    0);

	if (n > 0)
		s->len += (size_t)n;
	return n > 0;
}

static bool
hear_head(struct server *s)
{
	struct scripted_told *told = s->told;
	const char *end;
	size_t n;

	while ((end = memmem(s->bytes, s->len, "\r\n\r\n", 4)) == NULL)
		if (!read_more(s))
			return fault(s, "no head, but \"%.*s\" and the end",
			    (int)s->len, s->bytes);
	n = (size_t)(end - s->bytes) + 4;
	if (n >= SCRIPTED_HEAD)
		return fault(s, "a head of %zu bytes", n);
	if (told->heads < SCRIPTED_HEADS)
		memcpy(told->head[told->heads], s->bytes, n);
	told->heads++;
	take(s, n);
	return true;
}

static bool
hear_bytes(struct server *s)
{
	const struct scripted_step *step = s->step;

	while (s->len < step->len)
		if (!read_more(s))
			return fault(s, "not \"%s\", but \"%.*s\" and the end",
			    step->bytes, (int)s->len, s->bytes);
	if (memcmp(s->bytes, step->bytes, step->len) != 0)
		return fault(s, "not \"%s\", but \"%.*s\"", step->bytes,
		    (int)s->len, s->bytes);
	take(s, step->len);
	return true;
}

static bool
hear_end(struct server *s)
{
	do
		s->len = 0;
	while (read_more(s));
	return true;
}

static bool
say(struct server *s, const char *bytes, size_t len)
{
	for (ssize_t n; len > 0; len -= (size_t)n) {
		if ((n = send(s->fd, bytes, len, MSG_NOSIGNAL)) == -1)
			return false;
		bytes += n;
	}
	return true;
}

/* A pace; a peer that goes is noticed by what is sent next. */
static bool
drip(struct server *s)
{
	const struct scripted_step *step = s->step;

	for (size_t i = 0; i < step->len; i++) {
		if (!say(s, step->bytes + i, 1))
			return false;
		poll(NULL, 0, step->ms);
	}
	return true;
}

static bool
say_endlessly(struct server *s)
{
	const struct scripted_step *step = s->step;

	while (step->ms > 0 ? drip(s) : say(s, step->bytes, step->len))
		;
	return false;
}

static bool
do_step(struct server *s)
{
	switch (s->step->act) {
	case SCRIPTED_HEAD_COMES:
		return hear_head(s);
	case SCRIPTED_BYTES_COME:
		return hear_bytes(s);
	case SCRIPTED_END_COMES:
		return hear_end(s);
	case SCRIPTED_SEND:
		return say(s, s->step->bytes, s->step->len);
	case SCRIPTED_DRIP:
		return drip(s);
	case SCRIPTED_ENDLESS:
		return say_endlessly(s);
	case SCRIPTED_FINISH:
		shutdown(s->fd, SHUT_WR);
		return hear_end(s);
	case SCRIPTED_RESET:
		reset(s);
		return false;
	case SCRIPTED_DEAF:
		for (;;)
			pause();
	case SCRIPTED_AGAIN:
	case SCRIPTED_REPEAT:
	case SCRIPTED_STOP:
		break;
	}
	return true;
}

static bool
ends_connection(const struct scripted_step *step)
{
	return step->act == SCRIPTED_AGAIN || step->act == SCRIPTED_REPEAT ||
	    step->act == SCRIPTED_STOP;
}

static void
serve(struct server *s)
{
	for (s->step = s->steps; s->step->act != SCRIPTED_STOP;) {
		accept_next(s);
		while (!ends_connection(s->step) && do_step(s))
			s->step++;
		while (!ends_connection(s->step))
			s->step++;
		if (s->step->act == SCRIPTED_REPEAT)
			s->step = s->steps;
		else if (s->step->act == SCRIPTED_AGAIN)
			s->step++;
	}
	hang_up(s);
}

/* ---- the test's side ---- */

/* What the test has open would not end when the test closes it. */
static void
close_others(int listening, int alive)
{
	for (int fd = 3; fd < DESCRIPTORS; fd++)
		if (fd != listening && fd != alive)
			close(fd);
}

static void
start(struct scripted *s, int listening, const struct scripted_step *steps)
{
	static struct server server;
	int ends[2];

	s->told = mmap(NULL, sizeof(*s->told), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(s->told != MAP_FAILED);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	if ((s->pid = child_fork()) == 0) {
		close_others(listening, ends[1]);
		server = (struct server){ .steps = steps, .told = s->told,
		    .listening = listening, .fd = -1 };
		serve(&server);
		_exit(0);
	}
	close(ends[1]);
	close(listening);
	s->alive = ends[0];
}

void
scripted_start(struct scripted *s, const struct scripted_step *steps)
{
	start(s, wire_listen(&s->port), steps);
}

void
scripted_start_unix(struct scripted *s, const char *path,
    const struct scripted_step *steps)
{
	s->port = 0;
	start(s, wire_listen_unix(path), steps);
}

static void
forget(struct scripted *s)
{
	close(s->alive);
	child_wait(s->pid);
	s->pid = 0;
}

void
scripted_finish(struct scripted *s)
{
	struct pollfd p = { .fd = s->alive, .events = POLLIN };

	ck_assert_msg(poll(&p, 1, CHILD_WAIT_MS) == 1,
	    "the server still waits, after %d connections and %d heads",
	    s->told->connections, s->told->heads);
	forget(s);
	ck_assert_msg(s->told->fault[0] == '\0', "the server: %s",
	    s->told->fault);
}

void
scripted_stop(struct scripted *s)
{
	kill(s->pid, SIGKILL);
	forget(s);
}

static const char *
head(const struct scripted *s, int n)
{
	ck_assert_msg(n < s->told->heads && n < SCRIPTED_HEADS,
	    "only %d heads have come", s->told->heads);
	return s->told->head[n];
}

bool
scripted_asked(const struct scripted *s, int n, const char *line)
{
	return head_has(head(s, n), line);
}

const char *
scripted_field(const struct scripted *s, int n, const char *name)
{
	return head_field(head(s, n), name);
}
