/*
 * source - bytes of a descriptor that others may share, such as standard
 * input: a terminal, a pipe, a socket, a file. It stays as it is: blocking if
 * it was, and it is not closed.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include <event2/event.h>

#define SOURCE_READ_MAX	(128 * 1024)	/* bytes of one read */

struct source;

/* The callees may call whatever is below. */
struct source_calls {
	/* Bytes have come. All of them are taken. */
	void	(*on_input)(void *arg, const char *bytes, size_t len);

	/* No more will come (0), or the read has failed (errno). */
	void	(*on_end)(void *arg, int error);
};

/* Begins to read when the loop runs. NULL without memory. */
struct source	*source_new(struct event_base *base, int fd,
		    const struct source_calls *calls, void *arg)
		    __attribute__((warn_unused_result));

/* Read no more for now, or go on. */
void	source_pause(struct source *s, bool pause);

/* Whether somebody sits there and types. */
bool	source_is_terminal(const struct source *s);

/* NULL is allowed. */
void	source_free(struct source *s);

#endif
