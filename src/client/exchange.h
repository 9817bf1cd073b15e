/*
 * exchange - a connection to an HTTP server: one request after the other, each
 * with its answer, RFC 9112.
 *
 * What a server may send is bounded, but for the content: a head and the 1xx
 * before it have EXCHANGE_HEAD_MAX bytes together and as many fields and 1xx
 * as below, and all of that has to be here within idle_ms, however slowly it
 * drips.
 */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>

#include "base/slice.h"
#include "client/exits.h"
#include "http/http_reply.h"

#define EXCHANGE_HEAD_MAX	(64 * 1024)
#define EXCHANGE_FIELDS_MAX	200
#define EXCHANGE_INTERIM_MAX	16	/* answers of 1xx */
#define EXCHANGE_OVERHEAD_MAX	(64 * 1024)	/* between two bytes of content */
#define EXCHANGE_DROP_MAX	(64 * 1024)	/* more content is not waited for */
#define EXCHANGE_ERROR_MAX	512

struct exchange;

/* What is to be done with the content of an answer. */
enum exchange_take {
	EXCHANGE_TAKE,		/* pass it on */
	EXCHANGE_DROP,		/* nobody wants it */
	EXCHANGE_STOP		/* end the exchange now */
};

/* How an exchange ended. */
struct exchange_end {
	enum exits	why;		/* EXITS_OK: the answer is whole, or was
					   dropped or stopped */
	bool		unanswered;	/* not one byte came */
	uint64_t	content;	/* bytes of it that came */
	char		error[EXCHANGE_ERROR_MAX];	/* a sentence, from outside
							   in parts */
};

/*
 * The exchange must not be freed in the first two, and may be in on_done,
 * which is the last call; or the next request may begin there.
 */
struct exchange_calls {
	/* The final head; reply and head are good until on_done. */
	enum exchange_take	(*on_head)(void *arg,
				    const struct http_reply *reply,
				    struct slice head);

	/* Some of the content, never none of it. False: stop. */
	bool	(*on_content)(void *arg, const char *bytes, size_t len);

	void	(*on_done)(void *arg, const struct exchange_end *end);
};

/*
 * Over fd, which is connected and does not block, and closed in any case. NULL
 * without memory.
 */
struct exchange	*exchange_new(struct event_base *base, int fd,
		    uint64_t idle_ms) __attribute__((warn_unused_result));

/*
 * Send a request, the head being all of it; method is that of the head. It
 * has to be exchange_is_open(). Heads are shown with say_head(). Returns 0, or
 * -1 without memory: then the exchange is to be freed.
 */
int	exchange_begin(struct exchange *x, enum http_method method,
	    struct slice head, const struct exchange_calls *calls, void *arg)
	    __attribute__((warn_unused_result));

/*
 * Whether another request can be sent: none is under way, the server goes on,
 * and has sent nothing that nobody asked for. That it has closed may not be
 * known yet.
 */
bool	exchange_is_open(const struct exchange *x);

/* Whether it has had an answer before. */
bool	exchange_is_used(const struct exchange *x);

/* Read no more for now, or go on. */
void	exchange_pause(struct exchange *x, bool pause);

/* Close it, without a call. NULL is allowed. */
void	exchange_free(struct exchange *x);

#endif
