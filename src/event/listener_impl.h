/*
 * listener_impl - what the files of listener share: listener.c (their life,
 * accepting) and listener_change.c (other ones while serving). For nobody
 * else.
 */
#ifndef LISTENER_IMPL_H
#define LISTENER_IMPL_H

#include "event/address.h"
#include "event/listener.h"

struct listener {
	TAILQ_ENTRY(listener)		 next;
	struct listeners		*set;
	const struct config_listener	*conf;
	const struct config_listener	*renewed;	/* from a change on */
	const struct protocol		*proto;
	struct address			 address;
	int				 fd;
	struct event			*event;
	dev_t				 dev;	/* of a Unix socket's file */
	ino_t				 ino;
};

/*
 * While ls is being changed: go on with a socket of it that has this very
 * address, as conf says. False if there is none, or ls is NULL.
 */
bool	listeners_adopt(struct listeners *ls,
	    const struct config_listener *conf, const struct address *a);

/*
 * Bind a although a socket of ls that is to go stands in its way: both can
 * listen if both share the port, and the user that bound them is the same.
 * Returns the descriptor, or -1 with EADDRINUSE or another errno.
 */
int	listeners_bind_beside(struct listeners *ls,
	    const struct config_listener *conf, const struct address *a);

/*
 * Whether a socket of ls, which may be NULL, stands in the way of a: where
 * is the address of it.
 */
bool	listeners_overlap(const struct listeners *ls, const struct address *a,
	    char where[static ADDRESS_TEXT_MAX]);

/* The protocol that conf names. */
const struct protocol	*listener_protocol(const struct config_listener *conf);

/* Log where it listens, and what a person should know about it. */
void	listener_announce(const struct listener *l);

/* Whether the file of a Unix socket is still the one that was bound. */
bool	listener_has_path(const struct listener *l);

/* Make the event by which set accepts from it. -1 without memory. */
int	listener_watch(struct listener *l, struct listeners *set,
	    struct event_base *base);

/* Accept all that waits, as far as there is room; no more than most. */
void	listener_empty(struct listener *l, uint64_t most);

/* Take it out of its list, close it, remove its Unix socket. */
void	listener_close(struct listener *l);

#endif
