/*
 * dial - connects to the first of several addresses that answers, RFC 8305
 * section 5: the next one is tried when one has failed, or after 250 ms, while
 * the earlier ones go on.
 */
#ifndef DIAL_H
#define DIAL_H

#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#include "client/exits.h"
#include "event/address.h"

#define DIAL_STAGGER_MS	250

struct dial;

/*
 * What came of it, once, from the loop: a connected socket that does not
 * block and now is the callee's, with TCP_NODELAY; or -1 with why and a
 * sentence that names each address and its error. The dial may be freed in it.
 */
typedef void	dial_done(void *arg, int fd, enum exits why,
		    const char *error);

/*
 * Begin. all is copied. limit_ms is for all of it, UINT64_MAX: none. Says
 * with say_more() what it does ("connected to 192.0.2.7 port 7007").
 * NULL without memory.
 */
struct dial	*dial_new(struct event_base *base, const struct address *all,
		    size_t n, uint64_t limit_ms, dial_done *done, void *arg)
		    __attribute__((warn_unused_result));

/* Give up, if it is not done yet. NULL is allowed. */
void	dial_free(struct dial *d);

#endif
