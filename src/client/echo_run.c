#include "client/echo_run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "base/descriptor_limit.h"
#include "base/monotonic.h"
#include "base/plural.h"
#include "client/dial.h"
#include "client/interrupt.h"
#include "client/say.h"
#include "client/stream.h"
#include "event/timer.h"

#define OPENING_MAX	64	/* connections that are made at a time */
#define DESCRIPTORS	32	/* for all else */
#define PIECE		(64 * 1024)	/* bytes that are made at a time */
#define TEXT_MAX	4096

enum state {
	LINE_NONE,	/* not yet begun */
	LINE_OPENING,	/* until it is connected and welcomed */
	LINE_READY,	/* waits for the others */
	LINE_TALKING,
	LINE_ENDED
};

/* A connection. */
struct line {
	struct run	*run;
	enum state	 state;
	struct dial	*dial;		/* until it is connected */
	struct stream	*stream;	/* from then on */
	struct probe	*probe;
};

struct run {
	const struct echo_plan	*plan;
	struct echo_result	*result;
	struct event_base	*base;
	struct event		 look;		/* on_look() is due */
	struct event		 stop_sending;
	struct event		 give_up;
	struct address		 address;	/* that has answered */
	bool			 has_address;
	uint64_t		 begun;		/* lines */
	uint64_t		 opening;	/* lines */
	uint64_t		 ended;		/* lines */
	uint64_t		 start_us;	/* of the first message */
	struct line		*lines;
};

/* ---- failures ---- */

/* The first one is said, and is what the exit status tells. */
static void	blame(struct run *r, enum exits why, const char *format, ...)
		    __attribute__((format(printf, 3, 4)));

static void
blame(struct run *r, enum exits why, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (r->result->status == EXITS_OK) {
		r->result->status = why;
		say("%s", text);
	} else {
		say_more("%s", text);
	}
}

static void	fail(struct line *l, enum exits why, const char *format, ...)
		    __attribute__((format(printf, 3, 4)));
static void	end(struct line *l);

/* Say what went wrong with l, and end it. */
static void
fail(struct line *l, enum exits why, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	blame(l->run, why, "connection %td: %s", l - l->run->lines + 1, text);
	l->run->result->errors++;
	end(l);
}

/* ---- what is sent ---- */

/* Send what may be sent now. l may have ended when this returns. */
static void
push(struct line *l)
{
	static char piece[PIECE];
	size_t n;

	while (stream_unsent(l->stream) < STREAM_LOW && (n = probe_write(
	    l->probe, monotonic_us(), piece, sizeof(piece))) > 0)
		if (stream_write(l->stream, piece, n) == -1) {
			fail(l, EXITS_SYSTEM, "%s", strerror(ENOMEM));
			return;
		}
	if (probe_is_done(l->probe))
		stream_finish(l->stream);
}

/* All are ready: now it counts. */
static void
start(struct run *r)
{
	uint64_t n = r->plan->connections;

	say_more("%" PRIu64 " connection%s ready", r->result->connections,
	    r->result->connections == 1 ? " is" : "s are");
	r->result->is_measured = true;
	r->start_us = monotonic_us();
	if (r->plan->time_ms != UINT64_MAX &&
	    timer_start(&r->stop_sending, r->plan->time_ms) == -1) {
		blame(r, EXITS_SYSTEM, "%s", strerror(ENOMEM));
		event_base_loopbreak(r->base);
		return;
	}
	for (struct line *l = r->lines; l < r->lines + n; l++) {
		if (l->state != LINE_READY)
			continue;
		l->state = LINE_TALKING;
		stream_pause(l->stream, false);
		push(l);
	}
}

static void
on_stop_sending(evutil_socket_t fd, short what, void *arg)
{
	struct run *r = arg;
	uint64_t n = r->plan->connections;

	(void)fd;
	(void)what;
	for (struct line *l = r->lines; l < r->lines + n; l++) {
		if (l->state != LINE_TALKING)
			continue;
		probe_stop(l->probe);
		push(l);
	}
}

/* ---- the life of a connection ---- */

/* Once, by the loop, for all that happens in one turn of it. */
static void
look_later(struct run *r)
{
	event_active(&r->look, EV_TIMEOUT, 0);
}

static void
end(struct line *l)
{
	dial_free(l->dial);
	stream_free(l->stream);
	probe_free(l->probe);
	if (l->state == LINE_OPENING)
		l->run->opening--;
	l->run->ended++;
	*l = (struct line){ .run = l->run, .state = LINE_ENDED };
	look_later(l->run);
}

static void
welcome(struct line *l)
{
	l->state = LINE_READY;
	l->run->opening--;
	l->run->result->connections++;
	stream_pause(l->stream, true);
	look_later(l->run);
}

/* Behind a failure at the very first bytes. */
#define HINT	"; --welcome, --prefix and --plain say what the "	\
	"server adds of its own"

static bool
is_about_words(const struct probe_fault *f)
{
	return f->part == PROBE_WELCOME ||
	    (f->message == 0 && f->offset == 0);
}

static void
on_input(void *arg, const char *bytes, size_t len)
{
	struct line *l = arg;
	struct run *r = l->run;
	struct probe_count *count = &r->result->count;
	struct probe_fault fault;
	char text[PROBE_TEXT_MAX];
	uint64_t now_us = monotonic_us(), before = count->messages;

	if (!probe_read(l->probe, now_us, bytes, len, count, &fault)) {
		probe_fault_text(&fault, text);
		fail(l, EXITS_MISMATCH, "%s%s", text,
		    is_about_words(&fault) ? HINT : "");
		return;
	}
	if (count->messages > before)
		r->result->elapsed_us = now_us - r->start_us;
	if (l->state == LINE_TALKING)
		push(l);
	else if (probe_is_welcomed(l->probe))
		welcome(l);
}

static void
on_drained(void *arg)
{
	struct line *l = arg;

	if (l->state == LINE_TALKING)
		push(l);
}

static void
on_silence(struct line *l)
{
	char limit[TIMER_TEXT_MAX], text[PROBE_TEXT_MAX];

	timer_text(l->run->plan->limits->idle_ms, limit);
	probe_text(l->probe, text);
	fail(l, EXITS_TIMEOUT, "%s for %s: %s%s",
	    probe_is_done(l->probe) ? "the server did not end it" :
	    "nothing came", limit, text,
	    probe_is_welcomed(l->probe) ? "" : HINT);
}

static void
on_end(void *arg, int error_number)
{
	struct line *l = arg;
	char text[PROBE_TEXT_MAX];

	if (error_number == ETIMEDOUT) {
		on_silence(l);
		return;
	}
	probe_text(l->probe, text);
	if (error_number != 0)
		fail(l, EXITS_SHORT, "%s: %s", strerror(error_number), text);
	else if (l->state == LINE_OPENING || !probe_is_done(l->probe))
		fail(l, EXITS_SHORT, "the server ended it: %s", text);
	else
		end(l);
}

/* The others go where the first one came through. */
static void
keep_address(struct run *r, int fd)
{
	struct address a = { .len = sizeof(a.sa) };

	if (r->plan->naddresses == 1)
		a = r->plan->addresses[0];
	else if (getpeername(fd, (struct sockaddr *)&a.sa, &a.len) == -1)
		return;
	r->address = a;
	r->has_address = true;
}

static void
on_dialed(void *arg, int fd, enum exits why, const char *error)
{
	static const struct stream_calls calls = { .on_input = on_input,
	    .on_drained = on_drained, .on_end = on_end };
	struct line *l = arg;
	struct run *r = l->run;

	dial_free(l->dial);
	l->dial = NULL;
	if (fd == -1 && !r->has_address) {
		/* What the first one cannot the others cannot either. */
		blame(r, why, "%s", error);
		event_base_loopbreak(r->base);
		return;
	}
	if (fd == -1) {
		fail(l, why, "%s", error);
		return;
	}
	if (!r->has_address)
		keep_address(r, fd);
	l->stream = stream_new(r->base, fd, r->plan->limits->idle_ms, &calls,
	    l);
	if (l->stream == NULL)
		fail(l, EXITS_SYSTEM, "%s", strerror(ENOMEM));
	else if (probe_is_welcomed(l->probe))
		welcome(l);
	else
		look_later(r);
}

/* How many of the messages are its own. */
static uint64_t
share(const struct echo_plan *plan, uint64_t number)
{
	if (plan->messages == UINT64_MAX)
		return UINT64_MAX;
	return plan->messages / plan->connections +
	    (number < plan->messages % plan->connections);
}

static void
open_line(struct line *l)
{
	struct run *r = l->run;
	uint64_t number = (uint64_t)(l - r->lines);
	const struct address *to = r->plan->addresses;
	size_t n = r->plan->naddresses;

	if (r->has_address) {
		to = &r->address;
		n = 1;
	}
	l->state = LINE_OPENING;
	r->opening++;
	l->probe = probe_new(&r->plan->probe, number,
	    share(r->plan, number));
	if (l->probe == NULL || (l->dial = dial_new(r->base, to, n,
	    r->plan->limits->connect_ms, on_dialed, l)) == NULL)
		fail(l, EXITS_SYSTEM, "%s", strerror(ENOMEM));
}

static void
on_look(evutil_socket_t fd, short what, void *arg)
{
	struct run *r = arg;
	/* Until an address has answered, one line tries them all. */
	uint64_t most = r->has_address ? OPENING_MAX : 1;

	(void)fd;
	(void)what;
	while (r->begun < r->plan->connections && r->opening < most)
		open_line(&r->lines[r->begun++]);
	if (r->ended == r->plan->connections)
		event_base_loopbreak(r->base);
	else if (r->begun == r->plan->connections && r->opening == 0 &&
	    !r->result->is_measured)
		start(r);
}

/* ---- all of it ---- */

static void
on_give_up(evutil_socket_t fd, short what, void *arg)
{
	struct run *r = arg;

	(void)fd;
	(void)what;
	blame(r, EXITS_TIMEOUT, "the time of --max-time is over");
	event_base_loopbreak(r->base);
}

static void
on_interrupt(void *arg)
{
	struct run *r = arg;

	r->plan->on_interrupt(r->result);
}

static bool
has_descriptors(struct run *r)
{
	uint64_t limit = descriptor_limit_raise();
	uint64_t n = r->plan->connections;

	if (n + DESCRIPTORS <= limit)
		return true;
	blame(r, EXITS_SYSTEM, "%" PRIu64 " connections need %" PRIu64
	    " descriptors, but the limit is %" PRIu64 ": raise it "
	    "(ulimit -Hn), or take less than %" PRIu64, n, n + DESCRIPTORS,
	    limit, limit > DESCRIPTORS ? limit - DESCRIPTORS + 1 : 1);
	return false;
}

static void
close_all(struct run *r)
{
	event_del(&r->look);
	event_del(&r->stop_sending);
	event_del(&r->give_up);
	for (uint64_t i = 0; i < r->plan->connections; i++) {
		dial_free(r->lines[i].dial);
		stream_free(r->lines[i].stream);
		probe_free(r->lines[i].probe);
	}
}

static void
run(struct run *r)
{
	uint64_t max_ms = r->plan->limits->max_ms;

	evtimer_assign(&r->look, r->base, on_look, r);
	evtimer_assign(&r->stop_sending, r->base, on_stop_sending, r);
	evtimer_assign(&r->give_up, r->base, on_give_up, r);
	for (uint64_t i = 0; i < r->plan->connections; i++)
		r->lines[i].run = r;
	look_later(r);
	if (interrupt_watch(r->base, on_interrupt, r) == -1 ||
	    (max_ms != UINT64_MAX && timer_start(&r->give_up, max_ms) == -1))
		blame(r, EXITS_SYSTEM, "%s", strerror(ENOMEM));
	else if (event_base_dispatch(r->base) == -1)
		blame(r, EXITS_SYSTEM, "cannot wait for events: %s",
		    strerror(errno));
	interrupt_unwatch();
	close_all(r);
}

void
echo_run(const struct echo_plan *plan, struct echo_result *result)
{
	struct run r = { .plan = plan, .result = result };

	if (!has_descriptors(&r))
		return;
	r.base = event_base_new();
	r.lines = calloc(plan->connections, sizeof(*r.lines));
	if (r.base == NULL || r.lines == NULL)
		blame(&r, EXITS_SYSTEM, "%s", strerror(ENOMEM));
	else
		run(&r);
	free(r.lines);
	if (r.base != NULL)
		event_base_free(r.base);
}
