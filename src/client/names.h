/*
 * names - a host to its addresses, in the order in which they are tried: that
 * of getaddrinfo() (RFC 6724), the families in turn (RFC 8305, section 4).
 */
#ifndef NAMES_H
#define NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/exits.h"
#include "event/address.h"

/*
 * Look up host: a name, an IPv4 or an IPv6 address, the latter also in
 * brackets and with a zone. It waits as long as the resolver likes, and nothing
 * can stop it: see lookup.h.
 *
 * family	AF_UNSPEC, AF_INET or AF_INET6
 * all, n	set to the addresses, each once, with that port; to be freed
 *
 * Returns EXITS_OK, or why not: EXITS_NAME, EXITS_USAGE (no host at all) or
 * EXITS_SYSTEM, with a sentence in error.
 */
enum exits	names_look_up(const char *host, uint16_t port, int family,
		    struct address **all, size_t *n, char *error, size_t size)
		    __attribute__((warn_unused_result));

/* Whether host is an address, so that looking it up does not wait. */
bool	names_is_address(const char *host);

/*
 * Say with say_more() that host is these, as they come in turn; nothing where
 * host is an address.
 */
void	names_tell(const char *host, const struct address *all, size_t n);

#endif
