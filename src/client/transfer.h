/*
 * transfer - one URL to standard output or into a file, from what is asked for
 * to the last message.
 */
#ifndef TRANSFER_H
#define TRANSFER_H

#include <stdbool.h>
#include <time.h>

#include <event2/event.h>

#include "client/exits.h"
#include "client/fetch.h"
#include "http/url.h"

/* The same for all transfers of a run; see mynah(1). */
struct transfer_options {
	enum http_method	 method;	/* HTTP_HEAD: -I */
	const char *const	*fields;	/* -H */
	size_t			 nfields;
	const char		*range;		/* -r, with "bytes=", or NULL */
	bool			 newer;		/* -z */
	time_t			 since;
	const char		*since_file;	/* whose date that is, or NULL */
	bool			 resume;	/* -C */
	bool			 force;
	bool			 include;	/* -i */
	bool			 follow;	/* -L: fetch.h does it */
	bool			 fail;		/* -f */
	bool			 progress;
	bool			 quiet;		/* -q */
};

struct transfer;

/* The transfer is done; it may be freed, or the next one started, in it. */
typedef void	transfer_done(void *arg, enum exits why);

/* For one after the other, with f. NULL without memory. */
struct transfer	*transfer_new(struct event_base *base, struct fetch *f,
		    const struct transfer_options *options,
		    transfer_done *done, void *arg)
		    __attribute__((warn_unused_result));

/*
 * Begin. url and name stay the caller's until the end, which may have come
 * when this returns. name is that of the file, NULL: standard output.
 */
void	transfer_start(struct transfer *t, const struct url *url,
	    const char *name);

/*
 * End what is under way, without a call: say why (NULL: nothing but what is
 * kept of it), and put the terminal in order.
 */
void	transfer_stop(struct transfer *t, const char *why);

/* NULL is allowed. */
void	transfer_free(struct transfer *t);

#endif
