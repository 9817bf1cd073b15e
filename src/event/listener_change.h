/*
 * listener_change - other listeners while connections are being served: all
 * of them or none.
 *
 * New sockets are bound before old ones go. A listener whose address stays
 * the same keeps its socket, and those who wait at it: what else is said of
 * it (name, protocol, backlog, mode) counts from here on. One that is gone is
 * emptied, then closed.
 *
 * The same address is one that is written alike (then a host name keeps the
 * addresses that were found for it, and port 0 the port), or the address of a
 * socket that is there.
 */
#ifndef LISTENER_CHANGE_H
#define LISTENER_CHANGE_H

#include "event/listener.h"

struct listeners_change {
	struct listeners	fresh;		/* bound, not yet accepting */
	unsigned		kept;		/* as they are */
	unsigned		changed;	/* with the same socket */
	unsigned		added;
	unsigned		gone;
};

/*
 * Bind what config has and ls has not. Nothing changes for those who connect
 * until listeners_commit(); exactly one of it and listeners_abandon() is to
 * follow, before the event loop goes on. config is to outlive the listeners
 * then.
 *
 * Returns 0; or -1 with a sentence in error, and all is abandoned.
 */
int	listeners_prepare(struct listeners *ls, const struct config *config,
	    struct listeners_change *change, char *error, size_t size)
	    __attribute__((warn_unused_result));

/* Go over to them; what is told of it is told in the log. Never fails. */
void	listeners_commit(struct listeners *ls,
	    struct listeners_change *change);

/* Close what was bound, and forget it. */
void	listeners_abandon(struct listeners *ls,
	    struct listeners_change *change);

#endif
