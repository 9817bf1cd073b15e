#include "client/fetch.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/monotonic.h"
#include "client/dial.h"
#include "client/lookup.h"
#include "client/names.h"
#include "client/say.h"
#include "event/timer.h"

#define SHOWN_MAX	200	/* bytes of a URL in a message */

struct fetch {
	struct event_base	*base;
	const struct args_common *common;
	bool			 follow;

	struct event		*turn;
	struct lookup		*lookup;
	struct dial		*dial;
	uint64_t		 begun_ms;	/* to connect */
	struct exchange		*exchange;	/* perhaps kept for the next */
	char			 host[URL_MAX];	/* of its server */
	uint16_t		 port;

	/* Of the request that is under way. */
	const struct fetch_calls *calls;
	void			*arg;
	struct request		 request;	/* url is that of now */
	const struct url	*first;		/* URL that it began with */
	struct url		 places[2];	/* for those of redirects, by turns */
	const struct url	*next;
	int			 hops;
	bool			 leads;		/* the answer leads to next */
	bool			 kept;		/* its connection was there */
	bool			 renewed;	/* the connection, once */
	enum exits		 why;		/* set before on_done_answer() */
	char			 error[EXCHANGE_ERROR_MAX];
};

static void	go(struct fetch *f);

bool
fetch_is_redirect(int status)
{
	return status == 301 || status == 302 || status == 303 ||
	    status == 307 || status == 308;
}

/* ---- ends ---- */

static void	fail(struct fetch *f, enum exits why, const char *format, ...)
		    __attribute__((format(printf, 3, 4)));

/* Nothing may follow: f may be gone. */
static void
fail(struct fetch *f, enum exits why, const char *format, ...)
{
	struct exchange_end end = { .why = why, .unanswered = true };
	va_list ap;

	va_start(ap, format);
	vsnprintf(end.error, sizeof(end.error), format, ap);
	va_end(ap);
	f->calls->last.on_done(f->arg, &end);
}

static void
close_connection(struct fetch *f)
{
	exchange_free(f->exchange);
	f->exchange = NULL;
}

/* ---- the answer ---- */

/* What is wrong with where the answer leads; why and error say it. */
static void
judge_next(struct fetch *f, int status, struct slice location)
{
	struct url *next = &f->places[f->hops % 2];
	char error[EXCHANGE_ERROR_MAX / 2];

	f->next = next;
	f->why = EXITS_PROTOCOL;
	if (!url_resolve(f->request.url, location, next, error,
	    sizeof(error)))
		snprintf(f->error, sizeof(f->error), "it leads (%d) to "
		    "\"%.*s\": %s", status, location.len > SHOWN_MAX ?
		    SHOWN_MAX : (int)location.len, location.p, error);
	else if (f->hops == FETCH_REDIRECTS_MAX)
		snprintf(f->error, sizeof(f->error), "%d redirects were "
		    "followed, and this is one more (%d): it leads to %.*s",
		    f->hops, status, SHOWN_MAX, next->text);
	else
		f->why = EXITS_OK;
}

/* Is the answer one that is to be followed? */
static bool
find_next(struct fetch *f, const struct http_reply *reply)
{
	const struct http_field *location;

	if (!f->follow || !fetch_is_redirect(reply->status))
		return false;
	location = http_reply_field(reply, SLICE("Location"), true);
	if (location == NULL)
		return false;
	judge_next(f, reply->status, location->value);
	return true;
}

static enum exchange_take
on_head(void *arg, const struct http_reply *reply, struct slice head)
{
	struct fetch *f = arg;

	f->leads = find_next(f, reply);
	if (!f->leads)
		return f->calls->last.on_head(f->arg, reply, head);
	f->calls->on_hop(f->arg, head);
	if (f->why == EXITS_OK)
		say_more("%.*s leads to %.*s (%d)", SHOWN_MAX,
		    f->request.url->text, SHOWN_MAX, f->next->text,
		    reply->status);
	return EXCHANGE_DROP;
}

static bool
on_content(void *arg, const char *bytes, size_t len)
{
	struct fetch *f = arg;

	return f->calls->last.on_content(f->arg, bytes, len);
}

static void
on_done(void *arg, const struct exchange_end *end)
{
	struct fetch *f = arg;
	/* The call may begin another request. */
	bool renew = end->why == EXITS_SHORT && end->unanswered && f->kept &&
	    !f->renewed;

	if (!exchange_is_open(f->exchange))
		close_connection(f);
	if (renew) {
		say_more("the kept connection is closed: a new one is made");
		f->renewed = true;
		go(f);
	} else if (end->why != EXITS_OK || !f->leads) {
		f->calls->last.on_done(f->arg, end);
	} else if (f->why != EXITS_OK) {
		fail(f, f->why, "%s", f->error);
	} else {
		f->hops++;
		f->request.url = f->next;
		go(f);
	}
}

/* ---- the request ---- */

static void
ask(struct fetch *f)
{
	static const struct exchange_calls calls = {
		.on_head = on_head, .on_content = on_content,
		.on_done = on_done
	};
	size_t len = 0;
	char *head;
	int result = -1;

	f->leads = false;
	f->kept = exchange_is_used(f->exchange);
	f->request.elsewhere = !url_same_server(f->first, f->request.url);
	head = request_head(&f->request, &len);
	if (head != NULL)
		result = exchange_begin(f->exchange, f->request.method,
		    (struct slice){ head, len }, &calls, f);
	free(head);
	if (result == 0)
		return;
	close_connection(f);
	fail(f, EXITS_SYSTEM, "out of memory");
}

static void
on_dialled(void *arg, int fd, enum exits why, const char *error)
{
	struct fetch *f = arg;

	dial_free(f->dial);
	f->dial = NULL;
	if (fd == -1) {
		fail(f, why, "%s", error);
		return;
	}
	f->exchange = exchange_new(f->base, fd, f->common->idle_ms);
	if (f->exchange == NULL) {
		fail(f, EXITS_SYSTEM, "out of memory");
		return;
	}
	snprintf(f->host, sizeof(f->host), "%.*s",
	    SLICE_ARG(f->request.url->host));
	f->port = f->request.url->port;
	ask(f);
}

static void
dial(struct fetch *f, const struct address *all, size_t n)
{
	f->dial = dial_new(f->base, all, n, timer_left(f->common->connect_ms,
	    f->begun_ms), on_dialled, f);
	if (f->dial == NULL)
		fail(f, EXITS_SYSTEM, "out of memory");
}

static void
on_looked_up(void *arg, const struct address *all, size_t n, enum exits why,
    const char *error)
{
	struct fetch *f = arg;
	struct lookup *done = f->lookup;
	char host[URL_MAX];

	f->lookup = NULL;
	if (why == EXITS_OK) {
		snprintf(host, sizeof(host), "%.*s",
		    SLICE_ARG(f->request.url->host));
		names_tell(host, all, n);
		dial(f, all, n);
	} else {
		fail(f, why, "%s", error);
	}
	lookup_free(done);
}

/* An address, which needs no process to wait for it. */
static void
take_address(struct fetch *f, const char *host)
{
	char error[EXCHANGE_ERROR_MAX];
	struct address *all = NULL;
	enum exits why;
	size_t n = 0;

	why = names_look_up(host, f->request.url->port, f->common->family,
	    &all, &n, error, sizeof(error));
	if (why == EXITS_OK)
		dial(f, all, n);
	else
		fail(f, why, "%s", error);
	free(all);
}

static void
look_up(struct fetch *f)
{
	const struct url *url = f->request.url;
	char host[URL_MAX];

	snprintf(host, sizeof(host), "%.*s", SLICE_ARG(url->host));
	if (names_is_address(host)) {
		take_address(f, host);
		return;
	}
	f->lookup = lookup_new(f->base, host, url->port, f->common->family,
	    f->common->connect_ms, on_looked_up, f);
	if (f->lookup == NULL)
		fail(f, EXITS_SYSTEM, "cannot look up \"%.200s\": %s", host,
		    strerror(errno));
}

static void
connect_to(struct fetch *f)
{
	struct address path;

	f->begun_ms = monotonic_ms();
	if (f->common->unix_path == NULL) {
		look_up(f);
		return;
	}
	path = address_of_path(f->common->unix_path);
	dial(f, &path, 1);
}

/* Whether the connection that was kept is one for this URL. */
static bool
is_connected(const struct fetch *f)
{
	const struct url *url = f->request.url;

	return f->exchange != NULL && exchange_is_open(f->exchange) &&
	    (f->common->unix_path != NULL || (f->port == url->port &&
	    slice_eq(slice_of(f->host), url->host)));
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct fetch *f = arg;

	(void)fd;
	(void)what;
	if (is_connected(f)) {
		ask(f);
		return;
	}
	close_connection(f);
	connect_to(f);
}

/*
 * A kept connection is looked at once more by the loop: it may be closed by
 * now, or something has come that nobody has asked for, and that is not the
 * answer to this request.
 */
static void
go(struct fetch *f)
{
	if (is_connected(f) && timer_start(f->turn, 0) == 0)
		return;
	on_turn(-1, 0, f);
}

/* ---- what callers see ---- */

struct fetch *
fetch_new(struct event_base *base, const struct args_common *common,
    bool follow)
{
	struct fetch *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	if ((f->turn = evtimer_new(base, on_turn, f)) == NULL) {
		free(f);
		return NULL;
	}
	f->base = base;
	f->common = common;
	f->follow = follow;
	return f;
}

void
fetch_start(struct fetch *f, const struct request *r,
    const struct fetch_calls *calls, void *arg)
{
	f->calls = calls;
	f->arg = arg;
	f->request = *r;
	f->first = r->url;
	f->hops = 0;
	f->renewed = false;
	go(f);
}

const struct url *
fetch_url(const struct fetch *f)
{
	return f->request.url;
}

void
fetch_pause(struct fetch *f, bool pause)
{
	if (f->exchange != NULL)
		exchange_pause(f->exchange, pause);
}

void
fetch_stop(struct fetch *f)
{
	event_del(f->turn);
	lookup_free(f->lookup);
	f->lookup = NULL;
	dial_free(f->dial);
	f->dial = NULL;
	close_connection(f);
}

void
fetch_free(struct fetch *f)
{
	if (f == NULL)
		return;
	fetch_stop(f);
	event_free(f->turn);
	free(f);
}
