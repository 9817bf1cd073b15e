#include "client/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event_struct.h>

#include "base/monotonic.h"
#include "event/timer.h"
#include "event/unsent.h"

#define WRITE_MAX	(256 * 1024)	/* bytes of one write */
#define SETTLE_MS	5		/* between two looks at what arrived */

struct stream {
	int			 fd;
	struct bufferevent	*bev;	/* for what could not be sent at once */
	struct event		 input;
	struct event		 idle;
	struct event		 settling;	/* see settle() */
	uint64_t		 idle_ms;
	uint64_t		 last_ms;	/* a byte came or went */
	const struct stream_calls *calls;
	void			*arg;
	int			 send_error;
	bool			 is_late;	/* see on_idle() */
	bool			 is_full;	/* on_drained is owed */
	bool			 is_paused;
	bool			 is_finishing;
	bool			 is_half;	/* the peer sends no more */
	bool			 has_ended;
};

/* All that comes is taken before more is read: one is enough for all. */
static char came[STREAM_READ_MAX];

/* The clock is read without a system call. */
static void
stir(struct stream *s)
{
	if (s->idle_ms != UINT64_MAX)
		s->last_ms = monotonic_ms();
}

/* s may be gone when this returns. */
static void
end(struct stream *s, int error)
{
	s->has_ended = true;
	event_del(&s->input);
	event_del(&s->idle);
	event_del(&s->settling);
	bufferevent_disable(s->bev, EV_WRITE);
	s->calls->on_end(s->arg, error);
}

/* ---- time ---- */

/*
 * The timer runs on while bytes come and go, and looks now and then. A process
 * that was stopped (^Z) finds that its time is over before it finds what has
 * come meanwhile: one more turn of the loop tells.
 */
static void
on_idle(evutil_socket_t fd, short what, void *arg)
{
	struct stream *s = arg;
	uint64_t silent = monotonic_ms() - s->last_ms;
	bool was_late = s->is_late;

	(void)fd;
	(void)what;
	s->is_late = silent >= s->idle_ms;
	if (!s->is_late)
		timer_start(&s->idle, s->idle_ms - silent);
	else if (!was_late)
		timer_start(&s->idle, 0);
	else
		end(s, ETIMEDOUT);
}

static void
expect(struct stream *s)
{
	if (s->idle_ms == UINT64_MAX)
		return;
	s->last_ms = monotonic_ms();
	s->is_late = false;
	timer_start(&s->idle, s->idle_ms);
}

/* ---- input ---- */

static bool
has_sent_all(const struct stream *s)
{
	return s->is_finishing && stream_unsent(s) == 0;
}

/*
 * Both have finished; but a peer that had closed altogether before our last
 * bytes came resets the connection. So wait until they are acknowledged. s
 * may be gone when this returns.
 */
static void
settle(struct stream *s)
{
	socklen_t len = sizeof(int);
	int error;

	/* A read would tell the end that it has told before. */
	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error != 0)
		end(s, error);
	else if (unsent_bytes(s->fd) == 0)
		end(s, 0);
	else
		timer_start(&s->settling, SETTLE_MS);
}

static void
on_settling(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	settle(arg);
}

/* s may be gone when this returns. */
static void
end_input(struct stream *s)
{
	/* The system tells an error once, and told it to the send. */
	if (s->send_error != 0 || s->calls->on_half_end == NULL) {
		end(s, s->send_error);
		return;
	}
	s->is_half = true;
	event_del(&s->input);
	if (has_sent_all(s))
		settle(s);
	else
		s->calls->on_half_end(s->arg);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct stream *s = arg;
	ssize_t n = recv(fd, came, sizeof(came), 0);

	(void)what;
	if (n > 0) {
		stir(s);
		s->calls->on_input(s->arg, came, (size_t)n);
	} else if (n == 0) {
		end_input(s);
	} else if (errno != EAGAIN && errno != EINTR) {
		end(s, errno);
	}
}

void
stream_pause(struct stream *s, bool pause)
{
	if (s->has_ended || s->is_paused == pause)
		return;
	s->is_paused = pause;
	if (pause) {
		event_del(&s->input);
		event_del(&s->idle);
	} else {
		if (!s->is_half)
			event_add(&s->input, NULL);
		expect(s);
	}
}

/* ---- output ---- */

/*
 * What the peer still sends is read, and its end tells all. It may not know
 * yet that we have failed. s may be gone when this returns.
 */
static void
fail_to_send(struct stream *s, int error)
{
	if (s->is_half) {
		end(s, error);
		return;
	}
	s->send_error = error;
	bufferevent_disable(s->bev, EV_WRITE);
	shutdown(s->fd, SHUT_WR);
}

static void
on_failure(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	if ((what & BEV_EVENT_WRITING) != 0)
		fail_to_send(arg, errno);
}

static void
on_written(struct bufferevent *bev, void *arg)
{
	struct stream *s = arg;

	(void)bev;
	if (has_sent_all(s)) {
		shutdown(s->fd, SHUT_WR);
		if (s->is_half) {
			settle(s);
			return;
		}
	}
	if (!s->is_full || stream_unsent(s) >= STREAM_LOW)
		return;
	s->is_full = false;
	if (s->calls->on_drained != NULL)
		s->calls->on_drained(s->arg);
}

static void
on_gone(struct evbuffer *output, const struct evbuffer_cb_info *info,
    void *arg)
{
	(void)output;
	if (info->n_deleted > 0)
		stir(arg);
}

/* Send at once what can be: that spares two turns of the loop. */
static size_t
send_now(struct stream *s, const void *bytes, size_t len)
{
	ssize_t n;

	if (stream_unsent(s) > 0)
		return 0;
	do
		n = send(s->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n == -1 && errno == EINTR);
	if (n == -1) {
		/* Where that is the end, the next turn tells it. */
		if (errno != EAGAIN && !s->is_half)
			fail_to_send(s, errno);
		return 0;
	}
	stir(s);
	return (size_t)n;
}

int
stream_write(struct stream *s, const void *bytes, size_t len)
{
	size_t sent;

	if (s->has_ended || s->is_finishing)
		return 0;
	sent = s->send_error == 0 && len > 0 ? send_now(s, bytes, len) : 0;
	if (sent < len && bufferevent_write(s->bev,
	    (const char *)bytes + sent, len - sent) == -1)
		return -1;
	s->is_full = stream_unsent(s) >= STREAM_LOW;
	return 0;
}

size_t
stream_unsent(const struct stream *s)
{
	return evbuffer_get_length(bufferevent_get_output(s->bev));
}

void
stream_finish(struct stream *s)
{
	if (s->is_finishing || s->has_ended)
		return;
	s->is_finishing = true;
	if (stream_unsent(s) > 0)
		return;
	shutdown(s->fd, SHUT_WR);
	if (s->is_half)
		timer_start(&s->settling, 0);
}

/* ---- begin and end ---- */

static int
add_bufferevent(struct stream *s, struct event_base *base)
{
	if ((s->bev = bufferevent_socket_new(base, s->fd, 0)) == NULL)
		return -1;
	bufferevent_setcb(s->bev, NULL, on_written, on_failure, s);
	bufferevent_setwatermark(s->bev, EV_WRITE, STREAM_LOW - 1, 0);
	bufferevent_set_max_single_write(s->bev, WRITE_MAX);
	if (evbuffer_add_cb(bufferevent_get_output(s->bev), on_gone, s) ==
	    NULL)
		return -1;
	return bufferevent_enable(s->bev, EV_WRITE);
}

struct stream *
stream_new(struct event_base *base, int fd, uint64_t idle_ms,
    const struct stream_calls *calls, void *arg)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		close(fd);
		return NULL;
	}
	s->fd = fd;
	s->idle_ms = idle_ms;
	s->calls = calls;
	s->arg = arg;
	event_assign(&s->input, base, fd, EV_READ | EV_PERSIST, on_readable,
	    s);
	evtimer_assign(&s->idle, base, on_idle, s);
	evtimer_assign(&s->settling, base, on_settling, s);
	if (add_bufferevent(s, base) == -1 ||
	    event_add(&s->input, NULL) == -1) {
		stream_free(s);
		return NULL;
	}
	expect(s);
	return s;
}

void
stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	event_del(&s->input);
	event_del(&s->idle);
	event_del(&s->settling);
	/* Its events go at once, so the socket can be closed behind it. */
	if (s->bev != NULL)
		bufferevent_free(s->bev);
	close(s->fd);
	free(s);
}
