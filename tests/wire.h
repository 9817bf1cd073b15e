/*
 * wire - a client's side of a connection, for tests: every step either does
 * what it says or fails the test, and none waits for ever.
 */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define WIRE_MAX	65536

/* A connection and what was read from it but not yet taken. */
struct wire {
	int	fd;
	size_t	len;
	char	bytes[WIRE_MAX];
};

/* An answer of HTTP. */
struct reply {
	int	status;
	size_t	length;			/* of the content, as promised */
	char	head[8192];		/* with its empty line, and a NUL */
	char	body[WIRE_MAX];		/* and a NUL */
};

/* ---- connecting: blocking sockets with a time limit ---- */

int	wire_dial(int port);		/* 127.0.0.1 */
int	wire_dial_ipv6(int port);	/* ::1 */
int	wire_dial_unix(const char *path);

/* The same as wire_dial(), with a small buffer for what comes in. */
int	wire_dial_small(int port);

/* Whether nobody listens on 127.0.0.1 or on that path. */
bool	wire_is_refused(int port);
bool	wire_is_refused_unix(const char *path);

/* Whether this machine can listen on ::1. */
bool	wire_has_ipv6(void);

/* A socket of our own that listens on 127.0.0.1, *port is set; on a path. */
int	wire_listen(int *port);
int	wire_listen_unix(const char *path);

/* ---- bytes ---- */

void	wire_init(struct wire *w, int fd);
void	wire_open(struct wire *w, int port);	/* wire_dial() and init */
void	wire_close(struct wire *w);
void	wire_reset(struct wire *w);		/* with a reset, not an end */
void	wire_end(struct wire *w);		/* no more is sent */

void	wire_send(struct wire *w, const char *text);
void	wire_send_bytes(struct wire *w, const void *bytes, size_t len);

/* These bytes come next. */
void	wire_expect(struct wire *w, const char *text);
void	wire_expect_bytes(struct wire *w, const void *bytes, size_t len);

/* The next len bytes are those of daemon_pattern(), read in small pieces. */
void	wire_expect_pattern(struct wire *w, size_t len, size_t piece);

/* The next len bytes are all the same one. */
void	wire_expect_run(struct wire *w, char byte, size_t len);

/* The peer has ended the connection in order, and nothing came before. */
void	wire_expect_end(struct wire *w);

/* It has ended, in order or not, after any bytes; how many is returned. */
size_t	wire_drain(struct wire *w);

/* Nothing has come so far. */
bool	wire_is_silent(const struct wire *w);

/* ---- HTTP ---- */

/*
 * Read the head of an answer, its content, or both. No content follows the
 * head of an answer to HEAD.
 */
void	wire_head(struct wire *w, struct reply *r);
void	wire_body(struct wire *w, struct reply *r);
void	wire_reply(struct wire *w, struct reply *r);

/* Send a GET request of HTTP/1.1 and read the answer. */
void	wire_get(struct wire *w, const char *path, struct reply *r);

/* Whether a head, of an answer or a request, has a line exactly like this. */
bool	head_has(const char *head, const char *line);
bool	reply_has(const struct reply *r, const char *line);

/* The value of a field, "" if absent; valid until the next call. */
const char	*head_field(const char *head, const char *name);
const char	*reply_field(const struct reply *r, const char *name);

#endif
