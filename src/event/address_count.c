#include "event/address_count.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct address_entry {
	struct address_entry	*next;
	struct in6_addr		 address;
	uint64_t		 count;
};

void
address_count_init(struct address_count *ac)
{
	*ac = (struct address_count){ 0 };
	/* Unpredictable, so that nobody can choose addresses that collide. */
	if (getrandom(&ac->seed, sizeof(ac->seed), GRND_NONBLOCK) == -1)
		ac->seed = (uintptr_t)ac ^ 0x9e3779b97f4a7c15;
}

void
address_count_clear(struct address_count *ac)
{
	for (size_t i = 0; i < ac->nbuckets; i++) {
		struct address_entry *e, *next;

		for (e = ac->buckets[i]; e != NULL; e = next) {
			next = e->next;
			free(e);
		}
	}
	free(ac->buckets);
	address_count_init(ac);
}

/* One form for all: IPv4 as an IPv4-mapped IPv6 address. */
static bool
address_of(const struct sockaddr *peer, struct in6_addr *address)
{
	if (peer->sa_family == AF_INET6) {
		*address = ((const struct sockaddr_in6 *)peer)->sin6_addr;
		return true;
	}
	if (peer->sa_family != AF_INET)
		return false;
	memset(address, 0, 10);
	memset((char *)address + 10, 0xff, 2);
	memcpy((char *)address + 12,
	    &((const struct sockaddr_in *)peer)->sin_addr, 4);
	return true;
}

static size_t
bucket_of(const struct address_count *ac, const struct in6_addr *address)
{
	uint64_t half[2], h = ac->seed;

	memcpy(half, address, sizeof(half));
	for (int i = 0; i < 2; i++) {
		h = (h ^ half[i]) * 0x9e3779b97f4a7c15;
		h ^= h >> 29;
	}
	return (size_t)h & (ac->nbuckets - 1);
}

/* Twice as many buckets; without memory the chains just get longer. */
static void
grow(struct address_count *ac)
{
	struct address_count wider = *ac;
	size_t i;

	wider.nbuckets = ac->nbuckets == 0 ? 64 : ac->nbuckets * 2;
	wider.buckets = calloc(wider.nbuckets, sizeof(struct address_entry *));
	if (wider.buckets == NULL)
		return;
	for (i = 0; i < ac->nbuckets; i++) {
		struct address_entry *e, *next;

		for (e = ac->buckets[i]; e != NULL; e = next) {
			size_t b = bucket_of(&wider, &e->address);

			next = e->next;
			e->next = wider.buckets[b];
			wider.buckets[b] = e;
		}
	}
	free(ac->buckets);
	*ac = wider;
}

struct address_entry *
address_count_add(struct address_count *ac, const struct sockaddr *peer)
{
	struct address_entry *e;
	struct in6_addr address;
	size_t b;

	if (!address_of(peer, &address))
		return NULL;
	if (ac->n >= ac->nbuckets)
		grow(ac);
	if (ac->nbuckets == 0)
		return NULL;
	b = bucket_of(ac, &address);
	for (e = ac->buckets[b]; e != NULL; e = e->next)
		if (memcmp(&e->address, &address, sizeof(address)) == 0)
			break;
	if (e == NULL) {
		if ((e = calloc(1, sizeof(*e))) == NULL)
			return NULL;
		e->address = address;
		e->next = ac->buckets[b];
		ac->buckets[b] = e;
		ac->n++;
	}
	e->count++;
	return e;
}

void
address_count_drop(struct address_count *ac, struct address_entry *e)
{
	struct address_entry **p;

	if (e == NULL || --e->count > 0)
		return;
	p = &ac->buckets[bucket_of(ac, &e->address)];
	while (*p != e)
		p = &(*p)->next;
	*p = e->next;
	ac->n--;
	free(e);
}

uint64_t
address_count_of(const struct address_entry *e)
{
	return e->count;
}
