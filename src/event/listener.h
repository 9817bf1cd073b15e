/*
 * listener - bound sockets: binding, accepting in shares, pausing at limits.
 *
 * Life: listeners_init(), listeners_open() for each configured listener
 * (before privileges go), listeners_start() once there is an event base,
 * listeners_close().
 */
#ifndef LISTENER_H
#define LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>
#include <sys/types.h>

#include <event2/event.h>

#include "config/config.h"
#include "event/conn.h"
#include "event/handed.h"

struct listener;

struct listeners {
	TAILQ_HEAD(listener_list, listener)	 all;
	struct listeners	*old;	/* that may be taken over, or NULL */
	struct event_base	*base;
	struct conns		*conns;
	struct handed		*handed;	/* what "systemd: NAME" means;
						   set by the caller, or NULL */
	struct event		*retry;		/* pending only while paused */
	bool			 paused;
	uint64_t		 told_ms;	/* when a limit was last logged */
	pid_t			 running;	/* for --check, or 0 */
	bool			 only_tries;	/* for --check: serves none */
};

void	listeners_init(struct listeners *ls);

/*
 * With ls->running set, the pid of a daemon that a start would take the place
 * of, an address that this one holds counts as opened.
 *
 * Bind and listen as conf says: one socket for each address of the host, or
 * one Unix socket (a stale one is replaced if nothing answers on it), or all
 * sockets of a name that were handed over. conf must outlive the listeners.
 *
 * Returns 0, or -1 with a sentence in error that says what is wrong and,
 * for a busy address, who holds it where that can be known.
 */
int	listeners_open(struct listeners *ls, const struct config_listener *conf,
	    char *error, size_t size);

/*
 * Give the files of Unix sockets to the user who will serve. Failing is told
 * in the log: the sockets work all the same.
 */
void	listeners_give(const struct listeners *ls, uid_t uid, gid_t gid);

/* Log each address, and what a person should know about it. */
void	listeners_announce(const struct listeners *ls);

/* The same without the addresses: warnings alone. */
void	listeners_warn(const struct listeners *ls);

/* Begin to accept connections into conns. Returns 0, or -1 with errno. */
int	listeners_start(struct listeners *ls, struct event_base *base,
	    struct conns *conns);

/* A connection has ended: accept again if that was what was waited for. */
void	listeners_resume(struct listeners *ls);

/*
 * Before they are closed for good: accept all who wait, as far as there is
 * room. Who waits at a socket that was handed over is left to whoever gets it
 * next.
 */
void	listeners_empty(struct listeners *ls);

/* Stop accepting, close the sockets, remove Unix sockets from disk. */
void	listeners_close(struct listeners *ls);

#endif
