/*
 * stream - a connection that bytes are written to and come from.
 *
 * What cannot be sent at once is left to a bufferevent. Input is read by an
 * event of our own into one buffer: a bufferevent of libevent 2.1 takes at
 * most 4 KiB from a socket at a time, which made a download of 1 GiB take
 * twice as long.
 */
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#define STREAM_READ_MAX	(256 * 1024)	/* bytes of one read */
#define STREAM_LOW	(64 * 1024)	/* less than this waits: on_drained */

struct stream;

/*
 * The callees may free the stream, and call whatever is below. After on_end
 * there is no other call.
 */
struct stream_calls {
	/* Bytes have come. All of them are taken. */
	void	(*on_input)(void *arg, const char *bytes, size_t len);

	/*
	 * After a write that left STREAM_LOW bytes or more unsent: less are
	 * by now. A write that left less is answered by no call. NULL: nobody
	 * wants to know.
	 */
	void	(*on_drained)(void *arg);

	/*
	 * The peer sends no more (0), or the connection has failed (errno;
	 * ETIMEDOUT also for nothing having come or gone for too long). What
	 * had come was passed on before. Where sending had failed it is the
	 * error of that (EPIPE, ECONNRESET), although what the peer had to
	 * say may be whole.
	 */
	void	(*on_end)(void *arg, int error_number);

	/*
	 * The peer sends no more, but what is not sent yet, or not even
	 * written, may still go to it: on_end is called when stream_finish()
	 * was called and all has arrived, as far as the system can tell, or
	 * when it cannot go. NULL: that is an end like others.
	 */
	void	(*on_half_end)(void *arg);
};

/*
 * Over fd, which is connected and does not block, and closed in any case.
 * idle_ms: on_end with ETIMEDOUT when nothing has come or gone for so long;
 * UINT64_MAX: never. While it is paused nothing is expected. NULL without
 * memory.
 */
struct stream	*stream_new(struct event_base *base, int fd, uint64_t idle_ms,
		    const struct stream_calls *calls, void *arg)
		    __attribute__((warn_unused_result));

/*
 * Send what can be sent at once, keep the rest. Returns 0, or -1 without
 * memory. Failures to send are told by on_end, after what the peer had sent
 * before; what is written after one stays.
 */
int	stream_write(struct stream *s, const void *bytes, size_t len)
	    __attribute__((warn_unused_result));

/* The bytes that were written and that the system has not taken yet. */
size_t	stream_unsent(const struct stream *s);

/* No more is written: tell the peer so when all has gone. */
void	stream_finish(struct stream *s);

/* Read no more for now, or go on. */
void	stream_pause(struct stream *s, bool pause);

/* Close it; what has not gone is lost. NULL is allowed. */
void	stream_free(struct stream *s);

#endif
