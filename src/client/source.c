#include "client/source.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "event/timer.h"

struct source {
	int			 fd;
	struct event		*event;
	bool			 is_terminal;
	bool			 is_plain;	/* never waited for */
	bool			 is_paused;
	bool			 has_ended;
	const struct source_calls *calls;
	void			*arg;
};

/* All that comes is taken before more is read. */
static char came[SOURCE_READ_MAX];

/* A file is always ready, and epoll refuses it: it has a turn of the loop. */
static void
listen_on(struct source *s)
{
	if (s->is_plain)
		timer_start(s->event, 0);
	else
		event_add(s->event, NULL);
}

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct source *s = arg;
	ssize_t n = read(s->fd, came, sizeof(came));

	(void)fd;
	(void)what;
	if (s->is_plain)
		timer_start(s->event, 0);
	if (n > 0) {
		s->calls->on_input(s->arg, came, (size_t)n);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		s->has_ended = true;
		event_del(s->event);
		s->calls->on_end(s->arg, n == 0 ? 0 : errno);
	}
}

struct source *
source_new(struct event_base *base, int fd, const struct source_calls *calls,
    void *arg)
{
	struct source *s = calloc(1, sizeof(*s));
	struct stat st;

	if (s == NULL)
		return NULL;
	s->fd = fd;
	s->calls = calls;
	s->arg = arg;
	s->is_terminal = isatty(fd) == 1;
	s->is_plain = !s->is_terminal && (fstat(fd, &st) == -1 ||
	    !(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)));
	s->event = s->is_plain ? evtimer_new(base, on_ready, s) :
	    event_new(base, fd, EV_READ | EV_PERSIST, on_ready, s);
	if (s->event == NULL) {
		free(s);
		return NULL;
	}
	listen_on(s);
	return s;
}

void
source_pause(struct source *s, bool pause)
{
	if (s->has_ended || s->is_paused == pause)
		return;
	s->is_paused = pause;
	if (pause)
		event_del(s->event);
	else
		listen_on(s);
}

bool
source_is_terminal(const struct source *s)
{
	return s->is_terminal;
}

void
source_free(struct source *s)
{
	if (s == NULL)
		return;
	event_free(s->event);
	free(s);
}
