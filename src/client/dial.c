#include "client/dial.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event_struct.h>

#include "client/say.h"
#include "event/timer.h"

/* A Unix socket whose backlog is full is tried again after so long. */
#define RETRY_MS	20

#define ERROR_MAX	2048	/* bytes of the sentence */
#define ERROR_ROOM	256	/* of it, for one address more and the rest */

/* One address. */
struct try {
	struct dial	*dial;
	struct address	 address;
	struct event	 event;		/* initialized while fd is not -1 */
	int		 fd;
	int		 error;		/* 0: it has not failed */
};

struct dial {
	struct event_base	*base;
	struct event		 stagger;	/* the next one's turn */
	struct event		 limit;
	dial_done		*done;
	void			*arg;
	size_t			 n, begun, failed;
	struct try		 tries[];
};

/* ---- the end ---- */

/* All that is open, but for what is given away. */
static void
stop(struct dial *d)
{
	event_del(&d->stagger);
	event_del(&d->limit);
	for (size_t i = 0; i < d->begun; i++) {
		struct try *t = &d->tries[i];

		if (t->fd == -1)
			continue;
		event_del(&t->event);
		close(t->fd);
		t->fd = -1;
	}
}

static bool
is_ours(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM ||
	    error == ENOBUFS;
}

/* The reason of all, if no address is left to be waited for. */
static enum exits
reason(const struct dial *d)
{
	size_t late = 0;

	for (size_t i = 0; i < d->n; i++) {
		if (is_ours(d->tries[i].error))
			return EXITS_SYSTEM;
		late += d->tries[i].error == ETIMEDOUT;
	}
	return late == d->n ? EXITS_TIMEOUT : EXITS_REFUSED;
}

/* "192.0.2.7 port 7007: Connection refused; ..." behind what is there. */
static void
list_errors(const struct dial *d, char *out, size_t size)
{
	char where[ADDRESS_TEXT_MAX];
	size_t at = strlen(out);

	for (size_t i = 0; i < d->begun; i++) {
		const struct try *t = &d->tries[i];

		if (size - at < ERROR_ROOM + ADDRESS_TEXT_MAX) {
			snprintf(out + at, size - at, "; and %zu more",
			    d->begun - i);
			return;
		}
		address_text(&t->address, where);
		at += (size_t)snprintf(out + at, size - at, "%s%s: %.128s",
		    i == 0 ? "" : "; ", where, t->error == 0 ? "no answer" :
		    strerror(t->error));
	}
}

/* d may be gone when this returns. */
static void
give_up(struct dial *d, enum exits why, const char *start)
{
	char error[ERROR_MAX];

	snprintf(error, sizeof(error), "%s", start);
	list_errors(d, error, sizeof(error));
	stop(d);
	d->done(d->arg, -1, why, error);
}

static void
on_limit(evutil_socket_t fd, short what, void *arg)
{
	struct dial *d = arg;

	(void)fd;
	(void)what;
	/* How long that was the caller knows: the look-up has had its part. */
	give_up(d, EXITS_TIMEOUT, "no connection in time: ");
}

/* d may be gone when this returns. */
static void
succeed(struct try *t)
{
	struct dial *d = t->dial;
	char where[ADDRESS_TEXT_MAX];
	int fd = t->fd, on = 1;

	event_del(&t->event);
	t->fd = -1;
	stop(d);
	/* A Unix socket has no such option, and needs none. */
	if (t->address.sa.ss_family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	address_text(&t->address, where);
	say_more("connected to %s", where);
	d->done(d->arg, fd, EXITS_OK, NULL);
}

/* ---- trying ---- */

static void
fail(struct try *t, int error)
{
	char where[ADDRESS_TEXT_MAX];

	if (t->fd != -1) {
		event_del(&t->event);
		close(t->fd);
		t->fd = -1;
	}
	t->error = error;
	t->dial->failed++;
	address_text(&t->address, where);
	say_more("%s: %s", where, strerror(error));
}

/*
 * A connection to a port of this machine at which nobody listens can come
 * about with itself: when the system gives it that very port.
 */
static bool
is_itself(const struct try *t)
{
	struct address own = address_of_socket(t->fd), peer = t->address;

	own.both = peer.both = false;
	return peer.sa.ss_family != AF_UNIX && own.len != 0 &&
	    address_is_same(&own, &peer);
}

/* The error of a connection that has come about, or not; 0: it is there. */
static int
outcome(const struct try *t)
{
	socklen_t len = sizeof(int);
	int error;

	if (getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		return errno;
	return error == 0 && is_itself(t) ? ECONNREFUSED : error;
}

static void	go_on(struct dial *d);
static void	on_outcome(evutil_socket_t fd, short what, void *arg);
static void	on_retry(evutil_socket_t fd, short what, void *arg);

/* Returns 0 if it is under way, or its error. */
static int
call(struct try *t)
{
	struct event_base *base = t->dial->base;

	if (connect(t->fd, (const struct sockaddr *)&t->address.sa,
	    t->address.len) == 0 || errno == EINPROGRESS || errno == EINTR) {
		event_assign(&t->event, base, t->fd, EV_WRITE, on_outcome, t);
		return event_add(&t->event, NULL) == -1 ? ENOMEM : 0;
	}
	if (errno != EAGAIN || t->address.sa.ss_family != AF_UNIX)
		return errno;
	/* Its backlog is full, and nothing tells when there is room. */
	evtimer_assign(&t->event, base, on_retry, t);
	timer_start(&t->event, RETRY_MS);
	return 0;
}

static void
begin(struct try *t)
{
	char where[ADDRESS_TEXT_MAX];
	int error;

	address_text(&t->address, where);
	say_more("connecting to %s", where);
	t->fd = socket(t->address.sa.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (t->fd == -1) {
		fail(t, errno);
		return;
	}
	evtimer_assign(&t->event, t->dial->base, on_retry, t);
	if ((error = call(t)) != 0)
		fail(t, error);
}

/*
 * Try the next address, and those after it while they fail at once. d may be
 * gone when this returns.
 */
static void
go_on(struct dial *d)
{
	size_t failed = d->failed;

	event_del(&d->stagger);
	while (d->begun < d->n) {
		begin(&d->tries[d->begun++]);
		if (d->failed == failed)
			break;
		failed = d->failed;
	}
	if (d->failed == d->n)
		give_up(d, reason(d), d->n == 1 ? "cannot connect to " :
		    "cannot connect: ");
	else if (d->begun < d->n)
		timer_start(&d->stagger, DIAL_STAGGER_MS);
}

static void
on_outcome(evutil_socket_t fd, short what, void *arg)
{
	struct try *t = arg;
	struct dial *d = t->dial;
	int error = outcome(t);

	(void)fd;
	(void)what;
	if (error == 0) {
		succeed(t);
		return;
	}
	fail(t, error);
	go_on(d);
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct try *t = arg;
	struct dial *d = t->dial;
	int error = call(t);

	(void)fd;
	(void)what;
	if (error == 0)
		return;
	fail(t, error);
	go_on(d);
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	go_on(arg);
}

struct dial *
dial_new(struct event_base *base, const struct address *all, size_t n,
    uint64_t limit_ms, dial_done *done, void *arg)
{
	struct dial *d = calloc(1, sizeof(*d) + n * sizeof(d->tries[0]));

	if (d == NULL)
		return NULL;
	d->base = base;
	d->n = n;
	d->done = done;
	d->arg = arg;
	for (size_t i = 0; i < n; i++)
		d->tries[i] = (struct try){ .dial = d, .address = all[i],
		    .fd = -1 };
	evtimer_assign(&d->stagger, base, on_turn, d);
	evtimer_assign(&d->limit, base, on_limit, d);
	if (timer_start(&d->stagger, 0) == -1 || (limit_ms != UINT64_MAX &&
	    timer_start(&d->limit, limit_ms) == -1)) {
		dial_free(d);
		return NULL;
	}
	return d;
}

void
dial_free(struct dial *d)
{
	if (d != NULL)
		stop(d);
	free(d);
}
