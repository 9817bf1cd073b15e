/*
 * scripted - a server that does what a table says, in a process of its own,
 * on a free port of 127.0.0.1 or on a Unix socket.
 *
 *	static const struct scripted_step cut[] = {
 *		SCRIPT_HEAD,
 *		SCRIPT_SEND("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut"),
 *		SCRIPT_RESET,
 *		SCRIPT_AGAIN,
 *		SCRIPT_HEAD,
 *		SCRIPT_SEND("HTTP/1.1 404 Not Found\r\n\r\n"),
 *		SCRIPT_STOP
 *	};
 *	struct scripted s;
 *
 *	scripted_start(&s, cut);
 *	client_run(&c, "get", client_url(s.port, "/a"), NULL);
 *	ck_assert(scripted_asked(&s, 0, "GET /a HTTP/1.1"));
 *	scripted_finish(&s);
 *
 * The first connection is accepted at the beginning. A peer that has gone ends
 * what is done with its connection: the next step is then the one behind the
 * next SCRIPT_AGAIN. At the end the connection is closed, and nobody listens.
 */
#ifndef SCRIPTED_H
#define SCRIPTED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "child.h"

#define SCRIPTED_HEADS	16	/* that are kept, the first ones */
#define SCRIPTED_HEAD	8192	/* bytes of one, with a NUL */

enum scripted_act {
	SCRIPTED_STOP,
	SCRIPTED_HEAD_COMES,
	SCRIPTED_BYTES_COME,
	SCRIPTED_END_COMES,
	SCRIPTED_SEND,
	SCRIPTED_DRIP,
	SCRIPTED_ENDLESS,
	SCRIPTED_FINISH,
	SCRIPTED_RESET,
	SCRIPTED_AGAIN,
	SCRIPTED_DEAF,
	SCRIPTED_REPEAT
};

struct scripted_step {
	enum scripted_act	 act;
	const char		*bytes;
	size_t			 len;
	int			 ms;
};

/* A whole head of a request has come; it is kept for scripted_asked(). */
#define SCRIPT_HEAD		{ SCRIPTED_HEAD_COMES, NULL, 0, 0 }

/* These bytes come next: a literal. */
#define SCRIPT_EXPECT(lit)	{ SCRIPTED_BYTES_COME, lit, sizeof(lit) - 1, 0 }

/* Any bytes come, and the end of them: never an answer. */
#define SCRIPT_EXPECT_END	{ SCRIPTED_END_COMES, NULL, 0, 0 }

/* Send a literal, or bytes. */
#define SCRIPT_SEND(lit)	{ SCRIPTED_SEND, lit, sizeof(lit) - 1, 0 }
#define SCRIPT_SEND_BYTES(bytes, len)	{ SCRIPTED_SEND, bytes, len, 0 }

/* Send one byte at a time, each so many milliseconds after the other. */
#define SCRIPT_DRIP(lit, ms)	{ SCRIPTED_DRIP, lit, sizeof(lit) - 1, ms }

/* The same again and again, until the peer goes. */
#define SCRIPT_ENDLESS(lit)	{ SCRIPTED_ENDLESS, lit, sizeof(lit) - 1, 0 }
#define SCRIPT_ENDLESS_DRIP(lit, ms)					\
	{ SCRIPTED_ENDLESS, lit, sizeof(lit) - 1, ms }

/* Send no more, but wait for the end of what comes. */
#define SCRIPT_FINISH		{ SCRIPTED_FINISH, NULL, 0, 0 }

/* Close with a reset. */
#define SCRIPT_RESET		{ SCRIPTED_RESET, NULL, 0, 0 }

/* Close, and accept the next connection. */
#define SCRIPT_AGAIN		{ SCRIPTED_AGAIN, NULL, 0, 0 }

/* Read and send nothing, for ever. */
#define SCRIPT_DEAF		{ SCRIPTED_DEAF, NULL, 0, 0 }

/* Close, accept, and begin with the first step again. */
#define SCRIPT_REPEAT		{ SCRIPTED_REPEAT, NULL, 0, 0 }

/* The end of each table; nothing at all will do, too. */
#define SCRIPT_STOP		{ SCRIPTED_STOP, NULL, 0, 0 }

/* What its process tells, in memory that is shared. */
struct scripted_told {
	int	connections;
	int	heads;			/* also those that are not kept */
	char	fault[256];		/* what came was not expected */
	char	head[SCRIPTED_HEADS][SCRIPTED_HEAD];
};

struct scripted {
	int	port;
	pid_t	pid;
	int	alive;			/* a pipe that ends with it */
	struct scripted_told	*told;
};

/*
 * Start it, in a test with the fixture of tests/child.h or one over it. It
 * listens when this returns, and is gone with the test.
 */
void	scripted_start(struct scripted *s, const struct scripted_step *steps);
void	scripted_start_unix(struct scripted *s, const char *path,
	    const struct scripted_step *steps);

/*
 * Wait until it has done all its steps. Fails if what came was not what a
 * step expected. Not with SCRIPT_DEAF or SCRIPT_REPEAT.
 */
void	scripted_finish(struct scripted *s);

/* End it now, if it has not. */
void	scripted_stop(struct scripted *s);

/* Whether head n of all that came (from 0) has exactly this line. */
bool	scripted_asked(const struct scripted *s, int n, const char *line);

/* The value of a field of head n; "" if absent. Valid until the next call. */
const char	*scripted_field(const struct scripted *s, int n,
		    const char *name);

#endif
