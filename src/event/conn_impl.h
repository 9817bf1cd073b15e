/*
 * conn_impl - what the files of conn share: conn.c (a connection and its
 * protocol), conn_output.c (sending), conns.c (all of them: life, deadlines).
 * For nobody else.
 */
#ifndef CONN_IMPL_H
#define CONN_IMPL_H

#include <stddef.h>

#include <event2/event_struct.h>

#include "event/conn.h"

/* One read takes at most this much. */
#define INPUT_SIZE	65536

/* Bytes of output that are enough, see conn_has_enough(). */
#define OUTPUT_MAX	262144

enum mode {
	TALKING,	/* the protocol has the word */
	FLUSHING,	/* output is still to be sent, then it ends */
	DRAINING	/* the peer finishes sending, then it ends */
};

struct conn {
	struct event		 ev;		/* unless bev is set */
	struct deadline		 deadline;
	struct conns		*all;
	const struct protocol	*proto;
	struct proto_state	 state;
	struct bufferevent	*bev;		/* while it has output */
	struct out		*out;		/* what waits to be sent */
	struct address_entry	*address;
	char			*kept;		/* unused input */
	uint32_t		 kept_len;
	uint32_t		 kept_size;
	struct access_peer	*access;	/* or NULL: not logged */
	uint64_t		 bytes_in;
	uint64_t		 bytes_out;
	uint64_t		 mark;		/* progress() a period ago */
	/* Packed: there may be many of it. */
	uint64_t		 id : 40;
	uint8_t			 wait;		/* what runs now */
	uint8_t			 said;		/* what the protocol asked for */
	bool			 refused;
	int			 fd;
	uint8_t			 watched;	/* EV_READ, EV_WRITE or 0 */
	uint8_t			 mode : 4;
	uint8_t			 after : 4;	/* verdict to act on when sent */
	uint8_t			 end;		/* reason, once it is decided */
	bool			 eof;		/* the peer will send no more */
};

_Static_assert((EV_READ | EV_WRITE) <= UINT8_MAX, "watched can hold it");

static inline struct conn *
conn_of(struct deadline *d)
{
	return (struct conn *)((char *)d - offsetof(struct conn, deadline));
}

/* Whether the protocol will have the word again. */
static inline bool
conn_goes_on(enum conn_next next)
{
	return next == CONN_MORE || next == CONN_LATER;
}

/*
 * Whether enough output waits: no further request is taken up before it is
 * sent. A piece of a file holds a descriptor, however few its bytes are.
 */
static inline bool
conn_has_enough(const struct conn *c)
{
	return c->all->out.left > OUTPUT_MAX || c->all->out.files > 0;
}

/* ---- conns.c ---- */

/* Wait for wait from now on; renew: even if that is what is waited for. */
void	conn_wait(struct conn *c, enum conn_wait wait, bool renew);

/* Bytes that the peer has sent or acknowledged. */
uint64_t	conn_progress(const struct conn *c);

/* A period of min_rate is over: was the peer fast enough in it? */
bool	conn_is_fast_enough(const struct conn *c);

/* End the connection. c is gone when this returns. */
void	conn_end(struct conn *c, enum conn_end end);

/* Leave the bufferevent, if there is one; the socket stays open. */
void	conn_stop_buffered(struct conn *c);

/* Free unused input; free output that waits. */
void	conn_drop_kept(struct conn *c);
void	conn_drop_out(struct conn *c);

/*
 * Be in the access log from here on, if proto has requests. peer may be NULL:
 * the system is asked. Failing is lack of memory: they are not logged.
 */
void	conn_log(struct conn *c, const struct protocol *proto,
	    const struct sockaddr *peer);

/* Wait for input or for room to write. False (and ended) without memory. */
bool	conn_watch(struct conn *c, short what);

/* Wait for neither. */
void	conn_unwatch(struct conn *c);

/* Wait for a turn to work in; behind those that wait for one already. */
void	conn_queue(struct conn *c);

/* ---- conn.c ---- */

/* Input has come, or waited until now: serve it. c may be gone afterwards. */
void	conn_serve(struct conn *c, struct slice in);

/* The server stops: tell the protocol, unless it is at work. */
void	conn_tell_stop(struct conn *c);

/* The turn to work has come. c may be gone afterwards. */
void	conn_work(struct conn *c);

/* The callback of the connection's deadline. */
void	conn_on_due(struct deadline *d, void *arg);

/* Go on over a bufferevent. False without memory. */
bool	conn_start_buffered(struct conn *c);

/* The callback of the connection's event. */
void	conn_on_event(evutil_socket_t fd, short what, void *arg);

/* ---- conn_output.c ---- */

/*
 * The last thing that a callback does: what all->out has gathered goes out,
 * and the verdict is carried out, now or when all is sent. c may be gone
 * afterwards.
 */
void	conn_put_out(struct conn *c, enum conn_next next);

/* Go on sending what was parked: there is room again. */
void	conn_resume(struct conn *c);

/* All output is sent: carry out the verdict. c may be gone afterwards. */
void	conn_proceed(struct conn *c, enum conn_next next);

#endif
