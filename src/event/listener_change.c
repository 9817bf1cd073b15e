#include "event/listener_change.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/log.h"
#include "event/binding.h"
#include "event/listener_impl.h"

/* ---- what stays ---- */

/* The same place, by the words of the configuration. */
static bool
is_alike(const struct config_listener *a, const struct config_listener *b)
{
	if (a->systemd != NULL || b->systemd != NULL)
		return a->systemd != NULL && b->systemd != NULL &&
		    strcmp(a->systemd, b->systemd) == 0;
	if (a->unix_path != NULL || b->unix_path != NULL)
		return a->unix_path != NULL && b->unix_path != NULL &&
		    strcmp(a->unix_path, b->unix_path) == 0;
	return a->port == b->port && strcasecmp(a->host, b->host) == 0;
}

/* Of several with port 0, one with the same name and protocol comes first. */
static bool
is_very_alike(const struct config_listener *a,
    const struct config_listener *b)
{
	return is_alike(a, b) && a->protocol == b->protocol &&
	    strcmp(a->name, b->name) == 0;
}

static bool
is_taken(const struct listeners *ls, const struct config_listener *conf)
{
	const struct listener *l;

	TAILQ_FOREACH(l, &ls->all, next)
		if (l->renewed == conf)
			return true;
	return false;
}

/* A Unix socket whose file was removed cannot be reached any more. */
static bool
can_stay(const struct listener *l)
{
	return l->renewed == NULL && (l->conf->unix_path == NULL ||
	    listener_has_path(l));
}

/* A listener may have several sockets: all of them go on as conf says. */
static void
take(struct listeners *ls, const struct config_listener *old,
    const struct config_listener *conf)
{
	struct listener *l;

	TAILQ_FOREACH(l, &ls->all, next)
		if (l->conf == old)
			l->renewed = conf;
}

static void
take_alike(struct listeners *ls, const struct config *config,
    bool (*alike)(const struct config_listener *,
    const struct config_listener *))
{
	const struct config_listener *conf;
	struct listener *l;

	for (size_t i = 0; i < config->nlisteners; i++) {
		conf = &config->listeners[i];
		if (is_taken(ls, conf))
			continue;
		TAILQ_FOREACH(l, &ls->all, next)
			if (can_stay(l) && alike(l->conf, conf)) {
				take(ls, l->conf, conf);
				break;
			}
	}
}

bool
listeners_adopt(struct listeners *ls, const struct config_listener *conf,
    const struct address *a)
{
	struct listener *l;

	if (ls == NULL || conf->unix_path != NULL || conf->port == 0)
		return false;
	TAILQ_FOREACH(l, &ls->all, next)
		if (l->renewed == NULL && l->conf->unix_path == NULL &&
		    address_is_same(&l->address, a)) {
			l->renewed = conf;
			return true;
		}
	return false;
}

/* Those that go and overlap a share their port, or do as they did before. */
static unsigned
share(struct listeners *ls, const struct address *a, bool on)
{
	struct listener *l;
	unsigned n = 0;

	TAILQ_FOREACH(l, &ls->all, next)
		if (l->renewed == NULL && address_overlaps(&l->address, a) &&
		    binding_share(l->fd, on || l->conf->reuse_port) == 0)
			n++;
	return n;
}

int
listeners_bind_beside(struct listeners *ls,
    const struct config_listener *conf, const struct address *a)
{
	struct config_listener shared = *conf;
	int fd, error;

	errno = EADDRINUSE;
	if (ls == NULL || conf->unix_path != NULL || share(ls, a, true) == 0)
		return -1;
	shared.reuse_port = true;
	fd = binding_open(a, &shared);
	error = errno;
	share(ls, a, false);
	if (fd != -1 && !conf->reuse_port)
		(void)binding_share(fd, false);
	errno = error;
	return fd;
}

bool
listeners_overlap(const struct listeners *ls, const struct address *a,
    char where[static ADDRESS_TEXT_MAX])
{
	const struct listener *l;

	if (ls == NULL)
		return false;
	TAILQ_FOREACH(l, &ls->all, next)
		if (address_overlaps(&l->address, a)) {
			address_text(&l->address, where);
			return true;
		}
	return false;
}

/* ---- all or nothing ---- */

static bool
is_changed(const struct config_listener *a, const struct config_listener *b)
{
	return a->protocol != b->protocol || a->backlog != b->backlog ||
	    a->mode != b->mode || a->reuse_port != b->reuse_port ||
	    strcmp(a->name, b->name) != 0;
}

static void
count(const struct listeners *ls, struct listeners_change *change)
{
	const struct listener *l;

	TAILQ_FOREACH(l, &ls->all, next)
		if (l->renewed == NULL)
			change->gone++;
		else if (is_changed(l->conf, l->renewed))
			change->changed++;
		else
			change->kept++;
	TAILQ_FOREACH(l, &change->fresh.all, next)
		change->added++;
}

static int
open_new(struct listeners *ls, const struct config *config,
    struct listeners *fresh, char *error, size_t size)
{
	const struct config_listener *conf;
	struct listener *l;

	for (size_t i = 0; i < config->nlisteners; i++) {
		conf = &config->listeners[i];
		if (!is_taken(ls, conf) &&
		    listeners_open(fresh, conf, error, size) == -1)
			return -1;
	}
	TAILQ_FOREACH(l, &fresh->all, next)
		if (listener_watch(l, ls, ls->base) == -1) {
			snprintf(error, size, "cannot watch a socket: %s",
			    strerror(errno));
			return -1;
		}
	return 0;
}

int
listeners_prepare(struct listeners *ls, const struct config *config,
    struct listeners_change *change, char *error, size_t size)
{
	*change = (struct listeners_change){ 0 };
	listeners_init(&change->fresh);
	change->fresh.old = ls;
	change->fresh.handed = ls->handed;
	take_alike(ls, config, is_very_alike);
	take_alike(ls, config, is_alike);
	if (open_new(ls, config, &change->fresh, error, size) == -1) {
		listeners_abandon(ls, change);
		return -1;
	}
	count(ls, change);
	return 0;
}

void
listeners_abandon(struct listeners *ls, struct listeners_change *change)
{
	struct listener *l;

	TAILQ_FOREACH(l, &ls->all, next)
		l->renewed = NULL;
	while ((l = TAILQ_FIRST(&change->fresh.all)) != NULL) {
		l->set = &change->fresh;	/* where it still is */
		listener_close(l);
	}
}

/* Go on with the same socket as the new configuration says. */
static void
renew(struct listener *l)
{
	const struct config_listener *before = l->conf, *now = l->renewed;
	char where[ADDRESS_TEXT_MAX];

	l->conf = now;
	l->renewed = NULL;
	l->proto = listener_protocol(now);
	if (!is_changed(before, now))
		return;
	address_text(&l->address, where);
	if (binding_renew(l->fd, before, now) == -1)
		log_warning("%s keeps its backlog and does not share its "
		    "port otherwise: %s", where, strerror(errno));
	if (now->mode != before->mode && listener_has_path(l) &&
	    chmod(now->unix_path, now->mode) == -1)
		log_warning("%s keeps its mode: %s", where, strerror(errno));
	listener_announce(l);
}

/*
 * Whoever got in before it closes is served. No more than the queue can have
 * held: new ones may come as fast as they are accepted.
 */
static void
retire(struct listener *l)
{
	char where[ADDRESS_TEXT_MAX];

	address_text(&l->address, where);
	listener_empty(l, l->conf->backlog + 1);
	listener_close(l);
	log_info("no longer listening on %s", where);
}

void
listeners_commit(struct listeners *ls, struct listeners_change *change)
{
	struct listener *l, *next;

	for (l = TAILQ_FIRST(&ls->all); l != NULL; l = next) {
		next = TAILQ_NEXT(l, next);
		if (l->renewed != NULL)
			renew(l);
		else
			retire(l);
	}
	listeners_announce(&change->fresh);
	TAILQ_CONCAT(&ls->all, &change->fresh.all, next);
	/* There may be room for more connections by now. */
	listeners_resume(ls);
}
