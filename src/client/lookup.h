/*
 * lookup - the addresses of a name, while the event loop goes on. Whoever is
 * asked may not answer, and getaddrinfo() can neither be told how long it may
 * take nor be stopped: so it waits in a process of its own, which can be.
 */
#ifndef LOOKUP_H
#define LOOKUP_H

#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#include "client/args.h"
#include "client/exits.h"
#include "event/address.h"

#define LOOKUP_MAX	256

struct lookup;

/*
 * What came of it, once, from the loop: the addresses, as names_look_up() has
 * them, at most LOOKUP_MAX, which are gone with the lookup; or n is 0, with
 * why and a sentence. The lookup may be freed in it.
 */
typedef void	lookup_done(void *arg, const struct address *all, size_t n,
		    enum exits why, const char *error);

/*
 * Begin. host, port and family are those of names_look_up(). limit_ms is for
 * all of it, UINT64_MAX: none. NULL with errno, without memory or another
 * process.
 */
struct lookup	*lookup_new(struct event_base *base, const char *host,
		    uint16_t port, int family, uint64_t limit_ms,
		    lookup_done *done, void *arg)
		    __attribute__((warn_unused_result));

/* Give up, if it is not done yet. NULL is allowed. */
void	lookup_free(struct lookup *l);

/*
 * The same where nothing else goes on: it waits. *all is to be freed. Returns
 * EXITS_OK, or why not, with a sentence in error.
 */
enum exits	lookup_wait(const char *host, uint16_t port, int family,
		    uint64_t limit_ms, struct address **all, size_t *n,
		    char *error, size_t size)
		    __attribute__((warn_unused_result));

/*
 * The same for a command that began at begun_ms of monotonic_ms(), within its
 * limits: the addresses of host, or the one of --unix, where host and port
 * are not looked at. Why there are none is said.
 */
enum exits	lookup_server(const struct args_common *common,
		    uint64_t begun_ms, const char *host, uint16_t port,
		    struct address **all, size_t *n)
		    __attribute__((warn_unused_result));

#endif
