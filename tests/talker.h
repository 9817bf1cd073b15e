/*
 * talker - what the tests of protocols and connections share: a service with
 * a small site of its own, dialogs without a socket, and callers: clients whose
 * events run in the very loop that serves them.
 *
 * The site, made once for all tests of a case:
 *
 *	/0 to /9	that digit and a line feed
 *	/index.html	TALKER_INDEX
 *	/small.bin	60000 bytes: copied into memory
 *	/large.bin	TALKER_LARGE bytes: sent as a file
 */
#ifndef TALKER_H
#define TALKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <event2/event.h>

#include "event/conn.h"
#include "proto/protocol.h"

#define TALKER_INDEX	"<!DOCTYPE html><title>mynah</title>\n"
#define TALKER_WELCOME	"Welcome!\n"
#define TALKER_SMALL	60000
#define TALKER_LARGE	(3 * 1024 * 1024 + 17)

struct talker {
	struct config		 config;	/* may be changed by a test */
	char			 dir[64];	/* of the site */
	struct config_site	 site;
	struct sites		 sites;
	struct service		 service;
	struct event_base	*base;		/* from talker_start() on */
	struct event		*watchdog;
	struct conns		 conns;
	bool			 inside;	/* the loop is running */
};

extern struct talker talker;

/* Byte i of small.bin and large.bin. */
char	talker_byte(size_t i);

/*
 * The unchecked fixture of a test case, so that the site goes away with
 * failed tests too. Tests may add files to it.
 */
void	talker_make_site(void);
void	talker_remove_site(void);

/* Make configuration and service of the site; no event base yet. */
void	talker_setup(void);

/* An event base and an empty set of connections, of at most max. */
void	talker_start(uint64_t max);

/* End what is left, free all. Right after talker_setup() as well. */
void	talker_teardown(void);

/* ---- a protocol without a socket ---- */

struct dialog {
	const struct protocol	*proto;
	struct proto_state	 state;
	struct out		 out;
	bool			 refused;
	char			 kept[131072];	/* unused input */
	size_t			 kept_len;
	enum conn_next		 next;		/* the last verdict */
	enum conn_wait		 wait;
	bool			 renew;
	enum conn_end		 end;		/* unless next is CONN_MORE */
	bool			 failed;	/* out of memory */
	char			 said[1048576];	/* all that was answered */
	size_t			 said_len;
};

/* Begin to speak proto. One dialog at a time: it is static. */
struct dialog	*dialog_new(const struct protocol *proto, bool refused);

/* Input comes; with CONN_MORE the protocol gets what it has not used. */
void	dialog_hear(struct dialog *d, const char *bytes, size_t len);
void	dialog_hear_text(struct dialog *d, const char *text);

/* A turn passes, with CONN_LATER; what comes before that is kept. */
void	dialog_later(struct dialog *d);

void	dialog_end(struct dialog *d);
void	dialog_deadline(struct dialog *d);
void	dialog_stop(struct dialog *d);
void	dialog_close(struct dialog *d);

/*
 * Whether said is exactly these answers: a list such as "200 H404 503",
 * where H is the answer to HEAD, without content. Says what is not.
 */
bool	talker_answers(const char *said, size_t len, const char *want);

/* The nth answer (from 0) has this field line, such as "Allow: GET". */
bool	talker_has(const char *said, size_t len, int n, const char *line);

/* ---- connections over sockets ---- */

struct caller {
	int		 fd;
	int		 served;	/* the other end, before conn owns it */
	struct event	*event;
	char		*got;
	size_t		 len;
	size_t		 size;
	bool		 eof;
	bool		 reset;
};

/* A connected pair of TCP sockets; little: with small buffers. */
struct caller	*caller_pair(bool little);

/* The same, and it is served by proto from here on. */
struct caller	*caller_new(const struct protocol *proto, bool little);

/* A caller that has connected by itself; takes over fd. */
struct caller	*caller_of(int fd);

/* Serve the other end of caller_pair(). */
void	caller_serve(struct caller *c, const struct protocol *proto);

/* Send what the socket takes; returns how much, 0 if nothing. */
size_t	caller_send(struct caller *c, const char *bytes, size_t len);

/* Send all of a text at once. */
void	caller_say(struct caller *c, const char *text);

/* Read nothing from now on, or again. */
void	caller_pause(struct caller *c);
void	caller_resume(struct caller *c);

/* Say that no more will be sent. */
void	caller_shut(struct caller *c);

/* Close with a reset. */
void	caller_reset(struct caller *c);
void	caller_free(struct caller *c);

/* Whether all that came is this text. */
bool	caller_got(const struct caller *c, const char *text);

/* Whether len bytes from at on are those of large.bin. */
bool	caller_got_large(const struct caller *c, size_t at, size_t len);

/* Where the content of the first answer begins; 0: not yet there. */
size_t	caller_content(const struct caller *c);

/* One turn of the loop: waits until something happens. */
void	talker_turn(void);

/* Turns enough for all that can happen without waiting. */
void	talker_settle(void);

/* Turn the loop until something is so. */
#define UNTIL(condition) do {						\
	while (!(condition))						\
		talker_turn();						\
} while (0)

#endif
