/*
 * meter - shows progress on standard error: a bar that is drawn anew ten times
 * a second on a terminal, a line every five seconds elsewhere.
 */
#ifndef METER_H
#define METER_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>

#include "client/progress.h"

struct meter;

/*
 * name is copied. lines: plain lines, standard error is no terminal. While it
 * is there messages of say.h do not run into it. NULL without memory.
 */
struct meter	*meter_new(struct event_base *base, const char *name,
		    bool lines, uint64_t begin, uint64_t total)
		    __attribute__((warn_unused_result));

/* So many bytes are here now, with those that were there before. Cheap. */
void	meter_set(struct meter *m, uint64_t done);

/* Show the last state, end the line, free it. NULL is allowed. */
void	meter_free(struct meter *m);

#endif
