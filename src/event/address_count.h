/*
 * address_count - how many connections each address has, for
 * limits.connections_per_address. An IPv4 address and the same mapped into
 * IPv6 are one. Peers of Unix sockets have no address and are not counted.
 */
#ifndef ADDRESS_COUNT_H
#define ADDRESS_COUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct address_entry;

struct address_count {
	struct address_entry	**buckets;
	size_t			  nbuckets;	/* a power of two, or 0 */
	size_t			  n;
	uint64_t		  seed;
};

void	address_count_init(struct address_count *ac);
void	address_count_clear(struct address_count *ac);

/*
 * Count one more connection of that peer. Returns its entry, to be handed to
 * address_count_drop() when the connection ends; NULL when the peer has no
 * address or there is no memory: then it is not counted.
 */
struct address_entry	*address_count_add(struct address_count *ac,
			    const struct sockaddr *peer);
void	address_count_drop(struct address_count *ac, struct address_entry *e);

/* How many connections the entry stands for. */
uint64_t	address_count_of(const struct address_entry *e);

#endif
