#ifdef HAVE_CONFIG_H
#include "build.h"
#endif

#include "event/listener_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/monotonic.h"
#include "base/plural.h"
#include "event/binding.h"
#include "event/port_holder.h"
#include "files/file_cache.h"

/* Accepts a turn and listener; the rest waits for the next turn. */
#define ACCEPT_SHARE	64

/* At a limit: try again after this, if no connection ends before. */
#define RETRY_MS	100

/* A limit that is hit again and again is logged this often. */
#define TELL_EVERY_MS	60000

const struct protocol *
listener_protocol(const struct config_listener *conf)
{
	switch (conf->protocol) {
	case CONFIG_PROTOCOL_HTTP:
		return &proto_http;
	case CONFIG_PROTOCOL_ECHO:
		return &proto_echo;
	case CONFIG_PROTOCOL_WELCOME:
		return &proto_welcome;
	case CONFIG_PROTOCOL_AUTO:
		break;
	}
	return &proto_auto;
}

/* What the kernel cuts a backlog to; UINT64_MAX if it does not say. */
static uint64_t
somaxconn(void)
{
	static uint64_t max;
	FILE *f;

	if (max != 0)
		return max;
	max = UINT64_MAX;
	if ((f = fopen("/proc/sys/net/core/somaxconn", "re")) == NULL)
		return max;
	if (fscanf(f, "%" SCNu64, &max) != 1)
		max = UINT64_MAX;
	fclose(f);
	return max;
}

void
listeners_init(struct listeners *ls)
{
	*ls = (struct listeners){ 0 };
	TAILQ_INIT(&ls->all);
	/* Within a sandbox it could not be read any more. */
	(void)somaxconn();
}

/* ---- opening ---- */

/* The socket is bound: make it a listener at the end of the list. */
static int
add(struct listeners *ls, int fd, const struct config_listener *conf,
    const struct address *a)
{
	struct listener *l;
	struct stat st;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return -1;
	l->set = ls;
	l->conf = conf;
	l->proto = listener_protocol(conf);
	l->fd = fd;
	l->address = *a;
	/* The port is known only now if any would do. */
	if (conf->unix_path == NULL) {
		l->address.len = sizeof(l->address.sa);
		getsockname(fd, (struct sockaddr *)&l->address.sa,
		    &l->address.len);
	} else if (lstat(conf->unix_path, &st) == 0) {
		l->dev = st.st_dev;
		l->ino = st.st_ino;
	}
	TAILQ_INSERT_TAIL(&ls->all, l, next);
	return 0;
}

/* Would the start that is checked find a free: does what runs hold it? */
static bool
is_held_by_running(const struct listeners *ls, const struct address *a)
{
	char where[ADDRESS_TEXT_MAX], who[128];
	pid_t pid;

	if (ls->running == 0)
		return false;
	if ((pid = port_holder(a, who, sizeof(who))) == 0) {
		address_text(a, where);
		log_warning("%s is in use, likely by the daemon that runs "
		    "(pid %ld)", where, (long)ls->running);
	}
	return pid == 0 || pid == ls->running;
}

/* Returns 0, or -1 with errno. */
static int
open_one(struct listeners *ls, const struct config_listener *conf,
    const struct address *a)
{
	int fd;

	if (listeners_adopt(ls->old, conf, a))
		return 0;
	/* Whoever listens on a shared port is given its connections. */
	fd = ls->only_tries && conf->reuse_port ? binding_bind(a, conf) :
	    binding_open(a, conf);
	if (fd == -1 && errno == EADDRINUSE)
		fd = listeners_bind_beside(ls->old, conf, a);
	if (fd == -1) {
		if (errno != EADDRINUSE)
			return -1;
		if (is_held_by_running(ls, a))
			return 0;
		errno = EADDRINUSE;
		return -1;
	}
	if (add(ls, fd, conf, a) == -1) {
		binding_undo(fd, conf);
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

/* Why a is not listened on, of error_number. */
static void
explain(const struct listeners *ls, const struct config_listener *conf,
    const struct address *a, int error_number, char *error, size_t size)
{
	char where[ADDRESS_TEXT_MAX], own[ADDRESS_TEXT_MAX];
	size_t n;

	if (error_number == EADDRINUSE && listeners_overlap(ls->old, a, own)) {
		address_text(a, where);
		snprintf(error, size, "cannot listen on %s while this server "
		    "listens on %s, which goes only when the new one is "
		    "there: that takes a restart", where, own);
		return;
	}
	binding_explain(a, conf, error_number, error, size);
	n = strlen(error);
	/* What was given up after the start may be had at the next one. */
	if (ls->old != NULL && (error_number == EACCES ||
	    error_number == EPERM))
		snprintf(error + n, size - n, "; what was permitted at the "
		    "start may be no more: that takes a restart");
}

/* "*" where there is no IPv6 at all. */
static void
any_ipv4(struct address *a)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_ANY),
	    .sin_port = htons(address_port(a)) };

	*a = (struct address){ .len = sizeof(sin), .both = true };
	memcpy(&a->sa, &sin, sizeof(sin));
}

static int
open_hosts(struct listeners *ls, const struct config_listener *conf,
    struct address *a, int n, char *error, size_t size)
{
	bool wildcard = strcmp(conf->host, "*") == 0;
	int opened = 0;

	for (int i = 0; i < n; i++) {
		struct listener *last = TAILQ_LAST(&ls->all,
		    listener_list);

		/* All addresses of a name share the port that was free. */
		if (conf->port == 0 && opened > 0)
			address_set_port(&a[i], address_port(&last->address));
		if (open_one(ls, conf, &a[i]) == 0) {
			opened++;
			continue;
		}
		if (wildcard && a[i].sa.ss_family == AF_INET6 &&
		    errno == EAFNOSUPPORT) {
			any_ipv4(&a[i--]);
			continue;
		}
		explain(ls, conf, &a[i], errno, error, size);
		/* A name may have addresses of a family that is not here. */
		if (n > 1 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
			log_warning("%s", error);
		else
			return -1;
	}
	return opened > 0 ? 0 : -1;
}

/* Returns 0, or -1 with a sentence in error. */
static int
open_handed(struct listeners *ls, const struct config_listener *conf,
    char *error, size_t size)
{
	struct address a;
	int fd;

	for (size_t i = 0; (fd = handed_socket(ls->handed, conf->systemd, i,
	    error, size)) != -1; i++) {
		binding_adopt(fd, conf);
		a = address_of_socket(fd);
		if (add(ls, fd, conf, &a) == -1) {
			close(fd);
			snprintf(error, size, "out of memory");
			return -1;
		}
	}
	return error[0] == '\0' ? 0 : -1;
}

/* Inside the sandbox what leads to names may be out of reach. */
static void
explain_unresolved(const struct listeners *ls, char *error, size_t size)
{
	size_t n = strlen(error);

	if (ls->old != NULL)
		snprintf(error + n, size - n, "; names may be out of reach "
		    "since the start: give its address, or restart");
}

int
listeners_open(struct listeners *ls, const struct config_listener *conf,
    char *error, size_t size)
{
	struct address *found, path;
	int n, result;

	if (conf->systemd != NULL)
		return open_handed(ls, conf, error, size);
	if (conf->unix_path != NULL) {
		path = address_of_path(conf->unix_path);
		result = open_one(ls, conf, &path);
		if (result == -1)
			explain(ls, conf, &path, errno, error, size);
		return result;
	}
	n = address_resolve(conf->host, (uint16_t)conf->port, &found, error,
	    size);
	if (n == -1) {
		explain_unresolved(ls, error, size);
		return -1;
	}
	result = open_hosts(ls, conf, found, n, error, size);
	free(found);
	return result;
}

void
listeners_give(const struct listeners *ls, uid_t uid, gid_t gid)
{
	const struct listener *l;

	TAILQ_FOREACH(l, &ls->all, next)
		if (l->conf->unix_path != NULL &&
		    lchown(l->conf->unix_path, uid, gid) == -1)
			log_warning("cannot give %s to uid %u: %s",
			    l->conf->unix_path, (unsigned)uid,
			    strerror(errno));
}

/* ---- announcing ---- */

static void
warn(const struct listener *l, const char *where)
{
	uint64_t max = somaxconn();

	if (l->conf->systemd == NULL && l->conf->backlog > max)
		log_warning("the kernel cuts the backlog of %s from %" PRIu64
		    " to %" PRIu64 " (net.core.somaxconn)", where,
		    l->conf->backlog, max);
	if (!l->conf->protocol_said && !address_is_local(&l->address))
		log_warning("%s is open to the network and speaks HTTP and "
		    "echo; for a web server say \"protocol: http\"", where);
}

void
listener_announce(const struct listener *l)
{
	char where[ADDRESS_TEXT_MAX];

	address_text(&l->address, where);
	log_info("listening on %s (%s)%s%s", where, l->proto->name,
	    l->conf->name[0] == '\0' ? "" : " as ", l->conf->name);
	warn(l, where);
}

void
listeners_announce(const struct listeners *ls)
{
	const struct listener *l;

	TAILQ_FOREACH(l, &ls->all, next)
		listener_announce(l);
}

void
listeners_warn(const struct listeners *ls)
{
	char where[ADDRESS_TEXT_MAX];
	const struct listener *l;

	TAILQ_FOREACH(l, &ls->all, next) {
		address_text(&l->address, where);
		warn(l, where);
	}
}

/* ---- accepting ---- */

static void
tell(struct listeners *ls, const char *what)
{
	uint64_t now = monotonic_ms();

	if (ls->told_ms != 0 && now - ls->told_ms < TELL_EVERY_MS)
		return;
	ls->told_ms = now;
	log_warning("%s (%" PRIu64 " connection%s); new ones wait until some "
	    "end", what, ls->conns->count, plural(ls->conns->count));
}

/* Accept nothing until a connection ends, or for a moment. */
static void
pause_all(struct listeners *ls, const char *why)
{
	const struct timeval tv = { .tv_usec = RETRY_MS * 1000 };
	struct listener *l;

	tell(ls, why);
	evtimer_add(ls->retry, &tv);
	TAILQ_FOREACH(l, &ls->all, next)
		if (l->event != NULL)
			event_del(l->event);
	ls->paused = true;
}

void
listeners_resume(struct listeners *ls)
{
	struct listener *l;
	bool failed = false;

	if (!ls->paused)
		return;
	ls->paused = false;
	if (ls->retry != NULL)
		evtimer_del(ls->retry);
	TAILQ_FOREACH(l, &ls->all, next)
		if (l->event != NULL && event_add(l->event, NULL) == -1)
			failed = true;
	/* Without memory even for that: the next end of one tries again. */
	ls->paused = failed;
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	listeners_resume(arg);
}


static int
accept_one(int fd, struct sockaddr_storage *peer)
{
	socklen_t len = sizeof(*peer);
#ifdef USE_ACCEPT4
	return accept4(fd, (struct sockaddr *)peer, &len,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
	int s = accept(fd, (struct sockaddr *)peer, &len);

	if (s != -1) {
		fcntl(s, F_SETFL, fcntl(s, F_GETFL) | O_NONBLOCK);
		fcntl(s, F_SETFD, FD_CLOEXEC);
	}
	return s;
#endif
}

/* Is somebody waiting? Out of descriptors, accept() fails before it looks. */
static bool
has_waiting(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

/* accept() failed: true if it is worth to try again at once. */
static bool
can_retry(struct listener *l, int error_number)
{
	switch (error_number) {
	case EAGAIN:
		return false;
	case EINTR:
	case ECONNABORTED:
	case EPROTO:
	case EPERM:
		/* These are about the one connection, not us. */
		return true;
	case EMFILE:
	case ENFILE:
		if (!has_waiting(l->fd))
			return false;
		if (file_cache_close_files(
		    l->set->conns->service->sites->cache) > 0 ||
		    conns_end_idle(l->set->conns, CONN_END_FD_LIMIT))
			return true;
		break;
	}
	pause_all(l->set, error_number == EMFILE || error_number == ENFILE ?
	    "out of file descriptors" : strerror(error_number));
	return false;
}

void
listener_empty(struct listener *l, uint64_t most)
{
	struct conns *conns = l->set->conns;
	struct sockaddr_storage peer;

	for (uint64_t i = 0; i < most; i++) {
		bool full = conns->count >= conns->max;
		int s;

		if (full && !conns_has_idle(conns)) {
			if (!has_waiting(l->fd))
				return;
			pause_all(l->set,
			    "limits.max_connections is reached");
			return;
		}
		if ((s = accept_one(l->fd, &peer)) == -1) {
			if (!can_retry(l, errno))
				return;
			continue;
		}
		if (full)
			conns_end_idle(conns, CONN_END_LIMIT);
		/*
		 * Its request may be younger than what was looked up in this
		 * turn so far.
		 */
		conns->service->turn++;
		service_look_again(conns->service);
		conn_new(conns, l->proto, s, (struct sockaddr *)&peer);
	}
}

/* No more than the queue can have held: more may come all the time. */
void
listeners_empty(struct listeners *ls)
{
	struct listener *l;

	TAILQ_FOREACH(l, &ls->all, next)
		if (l->conf->systemd == NULL)
			listener_empty(l, l->conf->backlog + 1);
}

static void
on_accept(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	listener_empty(arg, ACCEPT_SHARE);
}

int
listener_watch(struct listener *l, struct listeners *set,
    struct event_base *base)
{
	l->set = set;
	l->event = event_new(base, l->fd, EV_READ | EV_PERSIST, on_accept, l);
	if (l->event == NULL)
		return -1;
	return set->paused ? 0 : event_add(l->event, NULL);
}

int
listeners_start(struct listeners *ls, struct event_base *base,
    struct conns *conns)
{
	struct listener *l;

	ls->conns = conns;
	ls->base = base;
	if ((ls->retry = evtimer_new(base, on_retry, ls)) == NULL)
		return -1;
	TAILQ_FOREACH(l, &ls->all, next)
		if (listener_watch(l, ls, base) == -1)
			return -1;
	return 0;
}

/* Another process may have replaced it meanwhile. */
bool
listener_has_path(const struct listener *l)
{
	const char *path = l->conf->unix_path;
	struct stat st;

	return path != NULL && lstat(path, &st) == 0 && st.st_dev == l->dev &&
	    st.st_ino == l->ino;
}

void
listener_close(struct listener *l)
{
	TAILQ_REMOVE(&l->set->all, l, next);
	if (l->event != NULL)
		event_free(l->event);
	if (listener_has_path(l))
		unlink(l->conf->unix_path);
	close(l->fd);
	free(l);
}

void
listeners_close(struct listeners *ls)
{
	struct listener *l, *after;

	for (l = TAILQ_FIRST(&ls->all); l != NULL; l = after) {
		after = TAILQ_NEXT(l, next);
		listener_close(l);
	}
	if (ls->retry != NULL)
		event_free(ls->retry);
	ls->retry = NULL;
	ls->paused = false;
}
