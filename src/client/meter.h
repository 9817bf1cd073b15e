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
#include "http/url.h"

#define METER_TITLE_MAX	256	/* bytes of a name, with the NUL */

struct meter;

/*
 * Whether there is somebody to look at progress, of content that goes to the
 * file of that name, or with NULL to standard output: never where that is a
 * terminal, which has the content itself. always: also where standard error
 * is none, or standard output is a pipe.
 */
bool	meter_is_wanted(const char *name, bool always);

/*
 * What progress is of, for meter_new(): the last part of the file's name, or
 * with NULL that of the URL's path, or its host. Returns out.
 */
const char	*meter_title(const char *name, const struct url *url,
		    char out[static METER_TITLE_MAX]);

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
