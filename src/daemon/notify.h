/*
 * notify - telling the service manager how we are: the protocol of
 * sd_notify(3) and sd_watchdog_enabled(3), without their library.
 *
 * Messages are datagrams to the socket of NOTIFY_SOCKET. Nothing here ever
 * waits, and nothing here fails: what the socket does not take now is kept
 * and sent when there is room, and a socket that is gone, or refuses, is told
 * in the log once. Without the variable every function does nothing.
 *
 * The socket is connected by notify_open() and kept: in the sandbox an
 * abstract address could not be reached any more.
 */
#ifndef NOTIFY_H
#define NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include <event2/event.h>

#define NOTIFY_TEXT_MAX	512	/* longer messages are cut */
#define NOTIFY_WAITING	8	/* of more that wait, the oldest is dropped */

/* Write what is being done, in words for people. */
typedef void	notify_status(const void *arg, char *out, size_t size);

struct notify {
	int			 fd;		/* -1: nobody to tell */
	struct sockaddr_un	 to;
	socklen_t		 to_len;
	pid_t			 pid;		/* which the manager knows */
	uint64_t		 watchdog_us;	/* 0: nobody watches */
	bool			 told;		/* in the log, that it fails */
	struct event		*room;		/* pending while some wait */
	struct event		*tick;		/* of the watchdog */
	notify_status		*status;
	const void		*arg;
	char			 waiting[NOTIFY_WAITING][NOTIFY_TEXT_MAX];
	size_t			 nwaiting;
};

/*
 * Take NOTIFY_SOCKET, a path or "@" and an abstract name, WATCHDOG_USEC and
 * WATCHDOG_PID out of the environment, so that no child takes them for its
 * own, and connect. To be called before any fork. What is malformed is told
 * in the log and ignored.
 */
void	notify_open(struct notify *n);

/*
 * Send from a loop. If we are watched, a timer ticks from now on, twice in
 * the time that the manager waits, and each time says what status() writes;
 * otherwise there is no timer. arg must outlive n, or the next
 * notify_close().
 *
 * Returns 0, or -1 without memory.
 */
int	notify_attach(struct notify *n, struct event_base *base,
	    notify_status *status, const void *arg);

/*
 * Everything is there, after a start or a reload. text is a line for people,
 * such as what a reload failed for; NULL: the usual one. After a fork this
 * also says which process is the one now.
 */
void	notify_ready(struct notify *n, const char *text);

/* A reload begins; notify_ready() must follow, however it ends. */
void	notify_reloading(struct notify *n);

/*
 * The end begins, and may take so long: a manager with less patience is asked
 * to wait.
 */
void	notify_stopping(struct notify *n, uint64_t most_ms);

/* Send what still waits, if the socket takes it, and forget all. */
void	notify_close(struct notify *n);

#endif
