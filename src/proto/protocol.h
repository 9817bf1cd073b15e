/*
 * protocol - what is spoken on a connection: bytes in, bytes out, a verdict.
 *
 * A protocol knows no socket and no event. conn calls its handlers with a
 * struct talk; a handler uses up bytes, appends answers to talk->out, says
 * with talk->wait which deadline runs now, and returns what should happen
 * next. It never closes or frees a connection.
 */
#ifndef PROTOCOL_H
#define PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/out.h"
#include "proto/service.h"

/* The verdict of a handler. */
enum conn_next {
	CONN_MORE,	/* go on: call again with what is left and what comes */
	CONN_LATER,	/* much to do: call on_later in another turn */
	CONN_FLUSH,	/* no more input; end when the output is sent */
	CONN_DRAIN,	/* the same, but let the peer finish sending first */
	CONN_ABORT	/* end now, drop what is queued */
};

/* What a connection waits for: each has one duration for all. */
enum conn_wait {
	CONN_WAIT_DETECT,	/* limits.detect_timeout */
	CONN_WAIT_HEAD,		/* limits.header_timeout, absolute */
	CONN_WAIT_IDLE,		/* limits.idle_timeout; first to go when full */
	CONN_WAIT_TALK,		/* echo.idle_timeout */
	CONN_WAIT_RATE,		/* a period of min_rate: a body comes or goes */
	CONN_WAIT_LAST,		/* stopping: one more request may come */
	CONN_WAIT_WORK,		/* its turn to go on with work: conn's own */
	CONN_WAIT_DRAIN,	/* the peer finishes sending */
	CONN_WAITS
};

/* Why a connection ended: one word each, see conn_end_name(). */
enum conn_end {
	CONN_END_DONE,
	CONN_END_IDLE,
	CONN_END_TIMEOUT,
	CONN_END_HEADER_SLOW,
	CONN_END_RATE_LOW,
	CONN_END_BAD_REQUEST,
	CONN_END_LIMIT,
	CONN_END_TLS,
	CONN_END_CLIENT_GONE,
	CONN_END_FILE_SHRANK,
	CONN_END_FD_LIMIT,
	CONN_END_SHUTDOWN,
	CONN_END_MEMORY,
	CONN_END_ERROR,
	CONN_ENDS
};

/* The state of a protocol on one connection; all zero at first. */
struct proto_state {
	uint64_t	words[4];
};

struct access_peer;

/* One call of a handler: what it is given, and what it says. */
struct talk {
	struct service		*service;
	struct proto_state	*state;
	struct access_peer	*access;	/* or NULL: not in that log */
	bool			 refused;	/* over connections_per_address */
	const char		*bytes;		/* unused input, len may be 0 */
	size_t			 len;
	struct out		*out;		/* answers go here */

	size_t			 used;		/* set: how many bytes of input */
	enum conn_wait		 wait;		/* set: what is waited for */
	bool			 renew;		/* set: the deadline starts anew */
	enum conn_end		 end;		/* set: why, if it ends by this */
	const struct protocol	*become;	/* set: go on with this one */
};

struct protocol {
	const char	*name;
	bool		 buffered;	/* reads on while output waits */
	bool		 has_requests;	/* or may become what has some */
	enum conn_wait	 wait;		/* before the first byte */

	/* The connection begins; NULL: nothing to say. */
	enum conn_next	(*on_open)(struct talk *t);

	/*
	 * There is input. Called again as long as it uses bytes; with
	 * CONN_MORE and nothing used, the bytes are kept and come again
	 * when there are more.
	 */
	enum conn_next	(*on_input)(struct talk *t);

	/*
	 * It is this connection's turn since on_input or on_later said
	 * CONN_LATER, which no other handler may say; bytes are the unused
	 * input. There is one call in each turn of the loop, and who came
	 * first is done first: together they cost each turn one step. Until
	 * then what was answered has gone out, no input was
	 * taken and no deadline ran: no other handler was called, not even
	 * on_stop (see service->stopping). NULL: CONN_LATER is never said,
	 * as by every buffered protocol.
	 */
	enum conn_next	(*on_later)(struct talk *t);

	/* The peer's end of input; bytes are what was never used. */
	enum conn_next	(*on_end)(struct talk *t);

	/* The deadline that the protocol waits under has passed. */
	enum conn_next	(*on_deadline)(struct talk *t);

	/* The server stops: finish. Who is busy is told when he is done. */
	enum conn_next	(*on_stop)(struct talk *t);

	/* The connection is gone: free what the state holds; or NULL. */
	void		(*on_close)(struct proto_state *state);
};

extern const struct protocol proto_auto;
extern const struct protocol proto_echo;
extern const struct protocol proto_http;
extern const struct protocol proto_welcome;

/* Append the welcome; false, and the reason set, if t is refused. */
bool	talk_welcome(struct talk *t);

/* The word for a reason, such as "header-slow". */
const char	*conn_end_name(enum conn_end end);

#endif
