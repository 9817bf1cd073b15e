/*
 * conn - connections: events, deadlines, limits, output that resumes.
 *
 * struct conns is all of them and what they share; struct conn is one. Only
 * this module knows both events and protocols: it gives a protocol bytes
 * (src/proto/protocol.h) and acts on its verdict.
 *
 * A connection is one event: reading, or writing while its output is not yet
 * all sent, or none while the protocol has work to do, in a turn of its own;
 * nothing is read meanwhile. It reads into a buffer that all share; only
 * unused input is kept. That of a buffered protocol (echo) is a bufferevent
 * for as long as the peer reads more slowly than it sends: what it is owed
 * waits there, and reading goes on.
 */
#ifndef CONN_H
#define CONN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include <event2/event.h>

#include "event/address_count.h"
#include "event/deadline.h"
#include "proto/protocol.h"

struct conn;

struct conns {
	struct event_base	*base;
	struct service		*service;
	struct deadline_set	 deadlines;
	struct deadline_queue	 waits[CONN_WAITS];
	struct address_count	 addresses;	/* connections per address */
	struct out		 out;		/* of the running callback */
	char			*input;		/* of the running callback */
	struct event		*work;		/* the next step of CONN_LATER */
	uint64_t		 now_ms;	/* the clock of the turn */
	uint64_t		 now_turn;

	uint64_t		 count;
	uint64_t		 senders;	/* whose output waits */
	uint64_t		 max;
	uint64_t		 last_id;
	uint64_t		 ended[CONN_ENDS];
	uint64_t		 idle_least_ms;	/* before one may be ended */
	void			(*on_room)(void *arg);
	void			*arg;
};

/*
 * Prepare an empty set. service and base must outlive it; max is the most
 * connections at a time. on_room(arg), if set by the caller afterwards, is
 * called after each end. Returns 0, or -1 without memory.
 */
int	conns_init(struct conns *all, struct event_base *base,
	    struct service *service, uint64_t max);

/*
 * The configuration of the service is another one: its times count for what
 * waits already, and so does its limit of connections per address. max is the
 * most connections from here on; those that are there stay.
 */
void	conns_renew(struct conns *all, uint64_t max);

/* End all of them now, without a word. */
void	conns_end_all(struct conns *all);

/* The same, and free what is shared. */
void	conns_clear(struct conns *all);

/*
 * Whether a keep-alive connection has been idle for a while (idle_least_ms:
 * its next request may be on the way before that) and could make room.
 */
bool	conns_has_idle(struct conns *all);

/*
 * End that connection, of several the one that has been idle longest. False
 * if there is none.
 */
bool	conns_end_idle(struct conns *all, enum conn_end end);

/* Tell every connection that the server stops: what runs is finished. */
void	conns_stop(struct conns *all);

/*
 * Serve a new connection: fd is accepted, non-blocking, and owned by conn
 * from here on, whatever happens. What can be done at once is done before
 * this returns.
 */
void	conn_new(struct conns *all, const struct protocol *proto, int fd,
	    const struct sockaddr *peer);

#endif
