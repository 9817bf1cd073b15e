/*
 * access_flush - the access log in the event loop: its lines are written at
 * most a second late, and when a reader that was too slow has made room.
 * While there are no lines there is no timer.
 */
#ifndef ACCESS_FLUSH_H
#define ACCESS_FLUSH_H

#include <event2/event.h>

#include "proto/access_log.h"

struct access_flush {
	struct event_base	*base;
	struct access_log	*log;		/* or NULL */
	struct event		*timer;
	struct event		*room;		/* or NULL */
};

/* Prepare; no log yet. Returns 0, or -1 without memory. */
int	access_flush_init(struct access_flush *flush,
	    struct event_base *base);

/*
 * See to log from now on, instead of another; NULL: to none. The log must
 * outlive that.
 */
void	access_flush_set(struct access_flush *flush, struct access_log *log);
void	access_flush_clear(struct access_flush *flush);

#endif
