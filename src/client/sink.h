/*
 * sink - bytes to a descriptor that others may share, such as standard output:
 * a terminal, a pipe, a socket, a file. It stays as it is, blocking if it
 * was, and it is not closed; but nobody who reads slowly, or has typed ^S,
 * stops the event loop. A file is written to at once, as slow as it is.
 */
#ifndef SINK_H
#define SINK_H

#include <stdbool.h>
#include <stddef.h>

#include <event2/event.h>

struct sink;

struct sink_calls {
	/* What was kept has gone. */
	void	(*on_room)(void *arg);

	/* What was kept cannot be written (errno), nor will be anything. */
	void	(*on_failure)(void *arg, int error);
};

/* NULL without memory. */
struct sink	*sink_new(struct event_base *base, int fd,
		    const struct sink_calls *calls, void *arg)
		    __attribute__((warn_unused_result));

/*
 * Write; what cannot be written now is kept, however much it is. Returns 0, or
 * -1 with errno: it cannot be written, or there is no memory to keep it.
 */
int	sink_write(struct sink *s, const char *bytes, size_t len)
	    __attribute__((warn_unused_result));

/* Whether anything is kept: do not write more before on_room. */
bool	sink_is_full(const struct sink *s);

/* Whether somebody looks at it. */
bool	sink_is_terminal(const struct sink *s);

/* What is kept is lost. NULL is allowed. */
void	sink_free(struct sink *s);

#endif
