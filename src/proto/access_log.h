/*
 * access_log - requests, told a line each when their answer is sent or the
 * connection has ended.
 *
 * A connection has a struct access_peer: its address and what of its requests
 * is not told yet. Answers go out in the order of the requests, so that all
 * that is needed to know how much of which has been sent is how many bytes
 * have been sent in all.
 *
 * Lines are gathered in memory. Who owns the event loop is told when there is
 * something to be done about them, see access_log_on_change(). What cannot be
 * written stays; when there is room for no more, lines are lost: counted, and
 * told in the error log when it begins and when it is over.
 */
#ifndef ACCESS_LOG_H
#define ACCESS_LOG_H

#include <stdint.h>
#include <sys/socket.h>

#include "base/log_file.h"
#include "config/config.h"
#include "proto/access_line.h"

struct access_log;
struct access_peer;

/* ---- the log ---- */

/* A line is written at most this long after its request was answered. */
#define ACCESS_FLUSH_MS	1000

/* A log to file, which is taken over. NULL, and file closed, without memory. */
struct access_log	*access_log_new(enum config_access_format format,
			    struct log_file *file)
			    __attribute__((warn_unused_result));

/*
 * Nobody will begin a request in log any more. Those that have begun are
 * still told in it; with the last of them it goes. NULL is allowed.
 */
void	access_log_retire(struct access_log *log);

/* What the event loop has to do. */
enum access_need {
	ACCESS_NOTHING,
	ACCESS_SOON,	/* call access_log_flush() in ACCESS_FLUSH_MS */
	ACCESS_ROOM	/* call it when the file, which is full, has room */
};

/* Have on_change(arg) called when it may have become another; NULL: no more. */
void	access_log_on_change(struct access_log *log, void (*on_change)(void *),
	    void *arg);
enum access_need	access_log_need(const struct access_log *log);
int	access_log_descriptor(const struct access_log *log);

/* Write what there is, to another file if this one was moved. */
void	access_log_flush(struct access_log *log);

/* The same, and open the file again: 0, or -1 if it cannot be, as was told. */
int	access_log_reopen(struct access_log *log);

/* ---- a connection ---- */

/*
 * A connection with that number, so many bytes of which have been sent so
 * far, and with peer at its other end. NULL without memory.
 */
struct access_peer	*access_peer_new(uint64_t number, uint64_t sent,
			    const struct sockaddr *peer);

/*
 * A request has come: of l, the caller fills in request, line, method, host,
 * referer and agent, which are not needed afterwards. Without memory it is
 * lost.
 */
void	access_begin(struct access_log *log, struct access_peer *peer,
	    struct access_line *l);

/* Whether a request has begun, but its answer not been passed on. */
bool	access_has_begun(const struct access_peer *peer);

struct access_answer {
	int		 status;
	uint64_t	 content;	/* bytes of it that are to be sent */
	const char	*coding;	/* or NULL */
	const char	*end;		/* the reason, if it is sent whole */
};

/*
 * What the answer to the request is, which may still change. Without a
 * request that has begun, this and access_passed() do nothing.
 */
void	access_decided(struct access_peer *peer,
	    const struct access_answer *answer);

/* Its answer is on its way: so many bytes with its head. */
void	access_passed(struct access_peer *peer, uint64_t bytes);

/* In all, so many bytes have been sent: what is whole is told. Keeps errno. */
void	access_sent(struct access_peer *peer, uint64_t bytes);

/* The connection ends, and for that reason what is not whole. Frees peer. */
void	access_peer_end(struct access_peer *peer, uint64_t bytes,
	    const char *end);

#endif
