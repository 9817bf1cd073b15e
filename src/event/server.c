#include "event/server.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/log.h"
#include "base/plural.h"
#include "event/access_flush.h"
#include "event/conn.h"
#include "files/file_cache.h"

struct server {
	struct event_base	*base;
	struct event		*on_term;
	struct event		*on_int;
	struct event		*grace;
	struct service		 service;
	struct access_flush	 access;
	struct conns		 conns;
	struct listeners	*listeners;
	uint64_t		 unfit;		/* see log_unfit() */
	bool			 has_conns;	/* conns is initialised */
	bool			 done;
	void			(*on_stop)(void *);	/* or NULL */
	void			*on_stop_arg;
};

static void
on_grace(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;

	(void)fd;
	(void)what;
	log_warning("process.grace is over: cutting off %" PRIu64
	    " connection%s", s->conns.count, plural(s->conns.count));
	s->done = true;
}

static void
stop(struct server *s)
{
	uint64_t ms = s->service.config->process.grace_ms;
	const struct timeval tv = { .tv_sec = (time_t)(ms / 1000),
	    .tv_usec = (suseconds_t)(ms % 1000 * 1000) };

	if (s->on_stop != NULL)
		s->on_stop(s->on_stop_arg);
	s->service.stopping = true;
	/* To its client, a connection that waits here is open. */
	listeners_empty(s->listeners);
	listeners_close(s->listeners);
	log_info("stopping: %" PRIu64 " connection%s to finish",
	    s->conns.count, plural(s->conns.count));
	conns_stop(&s->conns);
	/* The first of several that end must not end the others. */
	s->done = s->conns.count == 0 || evtimer_add(s->grace, &tv) == -1;
}

void
server_stop(struct server *s)
{
	if (s->service.stopping) {
		log_info("second signal: cutting off %" PRIu64 " connection%s",
		    s->conns.count, plural(s->conns.count));
		s->done = true;
	} else {
		stop(s);
	}
}

bool
server_is_stopping(const struct server *s)
{
	return s->service.stopping;
}

static void
on_signal(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	server_stop(arg);
}

static void
on_room(void *arg)
{
	struct server *s = arg;

	/* Files that may be deleted meanwhile are not kept from going. */
	if (s->conns.count == 0)
		file_cache_close_files(s->service.sites->cache);
	if (!s->service.stopping)
		listeners_resume(s->listeners);
	else if (s->conns.count == 0)
		s->done = true;
}

static struct event_base *
new_base(void)
{
	struct event_config *ec = event_config_new();
	struct event_base *base;

	if (ec == NULL)
		return NULL;
	/* One thread: no locks. A daemon: no EVENT_* from the environment. */
	event_config_set_flag(ec, EVENT_BASE_FLAG_NOLOCK);
	event_config_set_flag(ec, EVENT_BASE_FLAG_IGNORE_ENV);
	base = event_base_new_with_config(ec);
	event_config_free(ec);
	return base;
}

struct server *
server_new(struct generation *g, struct listeners *ls,
    uint64_t max_connections)
{
	struct server *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->listeners = ls;
	signal(SIGPIPE, SIG_IGN);
	if (service_init(&s->service, g->config, &g->sites) == -1 ||
	    (s->base = new_base()) == NULL ||
	    access_flush_init(&s->access, s->base) == -1 ||
	    conns_init(&s->conns, s->base, &s->service, max_connections) == -1)
		goto fail;
	s->has_conns = true;
	s->service.generation = generation_ref(g);
	s->conns.on_room = on_room;
	s->conns.arg = s;
	s->grace = evtimer_new(s->base, on_grace, s);
	s->on_term = evsignal_new(s->base, SIGTERM, on_signal, s);
	s->on_int = evsignal_new(s->base, SIGINT, on_signal, s);
	if (s->grace == NULL || s->on_term == NULL || s->on_int == NULL ||
	    event_add(s->on_term, NULL) == -1 ||
	    event_add(s->on_int, NULL) == -1 ||
	    listeners_start(ls, s->base, &s->conns) == -1)
		goto fail;
	return s;

fail:
	server_free(s);
	return NULL;
}

struct event_base *
server_base(struct server *s)
{
	return s->base;
}

void
server_set_access_log(struct server *s, struct access_log *log)
{
	s->service.access = log;
	access_flush_set(&s->access, log);
}

void
server_on_stop(struct server *s, void (*on_stop)(void *), void *arg)
{
	s->on_stop = on_stop;
	s->on_stop_arg = arg;
}

/* "served 12 connections: 10 done, 2 idle" */
static void
log_ends(const struct conns *conns)
{
	char text[512];
	size_t n = 0;

	text[0] = '\0';
	for (int i = 0; i < CONN_ENDS; i++)
		if (conns->ended[i] > 0 && n < sizeof(text))
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    "%s%" PRIu64 " %s", n == 0 ? ": " : ", ",
			    conns->ended[i], conn_end_name(i));
	log_info("stopped; served %" PRIu64 " connection%s%s", conns->last_id,
	    plural(conns->last_id), text);
}

static uint64_t
count_unfit(const struct sites *sites)
{
	uint64_t n = 0;

	for (size_t i = 0; i < sites->n; i++)
		n += sites->v[i].siblings_unfit;
	return n;
}

/* What the log told once for each, and then only counted. */
static void
log_unfit(const struct server *s)
{
	uint64_t n = s->unfit + count_unfit(s->service.sites);

	if (n > 0)
		log_warning("%" PRIu64 " time%s a compressed sibling was "
		    "there and could not be used", n, plural(n));
}

int
server_reload(struct server *s, struct generation *g,
    uint64_t max_connections, struct listeners_change *change,
    char *error, size_t size)
{
	uint64_t unfit = count_unfit(s->service.sites);
	/* Until it is told of others the listeners are those of this. */
	struct generation *before = generation_ref(s->service.generation);

	if (listeners_prepare(s->listeners, g->config, change, error,
	    size) == -1) {
		generation_unref(before);
		return -1;
	}
	if (service_renew(&s->service, g) == -1) {
		listeners_abandon(s->listeners, change);
		generation_unref(before);
		snprintf(error, size, "%s", strerror(ENOMEM));
		return -1;
	}
	s->unfit += unfit;
	conns_renew(&s->conns, max_connections);
	listeners_commit(s->listeners, change);
	generation_unref(before);
	return 0;
}

struct generation *
server_generation(const struct server *s)
{
	return s->service.generation;
}

int
server_run(struct server *s)
{
	while (!s->done) {
		s->service.turn++;
		service_look_again(&s->service);
		if (event_base_loop(s->base, EVLOOP_ONCE) == -1) {
			log_error("the event loop failed: %s",
			    strerror(errno));
			return -1;
		}
	}
	listeners_close(s->listeners);
	conns_end_all(&s->conns);
	log_ends(&s->conns);
	log_unfit(s);
	return 0;
}

uint64_t
server_grace_ms(const struct server *s)
{
	return s->service.config->process.grace_ms;
}

void
server_status(const struct server *s, char *out, size_t size)
{
	uint64_t n = s->conns.count;

	if (s->service.stopping)
		snprintf(out, size, "stopping: %" PRIu64
		    " connection%s to finish", n, plural(n));
	else
		snprintf(out, size, "serving %" PRIu64 " connection%s; %" PRIu64
		    " accepted", n, plural(n), s->conns.last_id);
}

void
server_free(struct server *s)
{
	if (s == NULL)
		return;
	s->service.stopping = true;
	listeners_close(s->listeners);
	if (s->has_conns)
		conns_clear(&s->conns);
	access_flush_clear(&s->access);
	if (s->on_term != NULL)
		event_free(s->on_term);
	if (s->on_int != NULL)
		event_free(s->on_int);
	if (s->grace != NULL)
		event_free(s->grace);
	if (s->base != NULL)
		event_base_free(s->base);
	service_clear(&s->service);
	free(s);
}
