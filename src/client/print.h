/*
 * print - what comes from a server to standard output, or to what is there and
 * no file: as it is, or, where that is a terminal, made safe to look at (see
 * screen.h). Who reads slowly does not stop the event loop (see sink.h).
 */
#ifndef PRINT_H
#define PRINT_H

#include <stdbool.h>

#include <event2/event.h>

#include "base/slice.h"
#include "client/sink.h"

struct print;

/* fd stays the caller's. NULL without memory. */
struct print	*print_new(struct event_base *base, int fd,
		    const struct sink_calls *calls, void *arg)
		    __attribute__((warn_unused_result));

/* As sink_write(). */
int	print_bytes(struct print *p, struct slice bytes)
	    __attribute__((warn_unused_result));

/* Nothing more comes: print the beginning of a character that was cut. */
int	print_end(struct print *p) __attribute__((warn_unused_result));

/* Print no more before on_room. */
bool	print_is_full(const struct print *p);

/* What is not printed by now is lost. NULL is allowed. */
void	print_free(struct print *p);

#endif
