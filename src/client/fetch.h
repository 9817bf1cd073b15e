/*
 * fetch - requests to the servers of their URLs, one after the other: the
 * name, the connection, which is kept for the next request if that is for the
 * same server, and redirects.
 *
 * A kept connection that turns out to be closed before the first byte of an
 * answer is made anew, once: servers close idle ones when they like.
 */
#ifndef FETCH_H
#define FETCH_H

#include <stdbool.h>

#include <event2/event.h>

#include "client/args.h"
#include "client/exchange.h"
#include "client/request.h"

#define FETCH_REDIRECTS_MAX	10

struct fetch;

/* The fetch may be freed, or the next one started, in on_done only. */
struct fetch_calls {
	/* The head of an answer that leads elsewhere and is followed. */
	void	(*on_hop)(void *arg, struct slice head);

	/* The same as those of exchange.h, of the last answer. */
	struct exchange_calls	last;
};

/*
 * common	of all requests; stays the caller's, as long as this is there
 * follow	redirects
 *
 * NULL without memory.
 */
struct fetch	*fetch_new(struct event_base *base,
		    const struct args_common *common, bool follow)
		    __attribute__((warn_unused_result));

/*
 * Send a request. What r points to must stay until on_done, which may be
 * called before this returns. There is no other one under way.
 */
void	fetch_start(struct fetch *f, const struct request *r,
	    const struct fetch_calls *calls, void *arg);

/* The URL of the request that is, or was last, under way. */
const struct url	*fetch_url(const struct fetch *f);

/* Read no more for now, or go on. */
void	fetch_pause(struct fetch *f, bool pause);

/* Stop what is under way, without a call. */
void	fetch_stop(struct fetch *f);

/* The same, and free it. NULL is allowed. */
void	fetch_free(struct fetch *f);

/* Whether an answer with that status leads elsewhere by its Location. */
bool	fetch_is_redirect(int status);

#endif
