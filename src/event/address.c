#include "event/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

static int
wildcard(uint16_t port, struct address **out, char *error, size_t size)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6,
	    .sin6_addr = IN6ADDR_ANY_INIT, .sin6_port = htons(port) };

	if ((*out = calloc(1, sizeof(**out))) == NULL) {
		snprintf(error, size, "out of memory");
		return -1;
	}
	memcpy(&(*out)->sa, &sin6, sizeof(sin6));
	(*out)->len = sizeof(sin6);
	(*out)->both = true;
	return 1;
}

/* Put ai behind the n of all, unless it is there; returns how many came. */
static int
add_new(struct address *all, int n, const struct addrinfo *ai, uint16_t port)
{
	struct address *a = &all[n];

	memcpy(&a->sa, ai->ai_addr, ai->ai_addrlen);
	a->len = ai->ai_addrlen;
	address_set_port(a, port);
	for (int i = 0; i < n; i++)
		if (address_same_host(&all[i], a))
			return 0;
	return 1;
}

int
address_list(const struct addrinfo *found, uint16_t port,
    struct address **out)
{
	const struct addrinfo *ai;
	int n = 0;

	for (ai = found; ai != NULL; ai = ai->ai_next)
		n++;
	if ((*out = calloc((size_t)n, sizeof(**out))) == NULL)
		return -1;
	n = 0;
	for (ai = found; ai != NULL; ai = ai->ai_next)
		n += add_new(*out, n, ai, port);
	return n;
}

int
address_resolve(const char *host, uint16_t port, struct address **out,
    char *error, size_t size)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE }, *found;
	int n, result;

	if (strcmp(host, "*") == 0)
		return wildcard(port, out, error, size);
	if ((result = getaddrinfo(host, NULL, &hints, &found)) != 0) {
		snprintf(error, size, "the host \"%s\" has no address: %s",
		    host, result == EAI_SYSTEM ? strerror(errno) :
		    gai_strerror(result));
		return -1;
	}
	if ((n = address_list(found, port, out)) == -1)
		snprintf(error, size, "out of memory");
	freeaddrinfo(found);
	return n;
}

struct address
address_of_path(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct address a = { .len = sizeof(sun) };

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	memcpy(&a.sa, &sun, sizeof(sun));
	return a;
}

struct address
address_of_socket(int fd)
{
	struct address a = { .len = sizeof(a.sa) };
	int only_v6 = 1;
	socklen_t len = sizeof(only_v6);

	if (getsockname(fd, (struct sockaddr *)&a.sa, &a.len) == -1)
		return (struct address){ .len = 0 };
	if (a.sa.ss_family != AF_INET6)
		return a;
	/* Both families come in only where the address is any. */
	getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, &len);
	a.both = only_v6 == 0 && IN6_IS_ADDR_UNSPECIFIED(
	    &((const struct sockaddr_in6 *)&a.sa)->sin6_addr);
	return a;
}

void
address_set_port(struct address *a, uint16_t port)
{
	if (a->sa.ss_family == AF_INET)
		((struct sockaddr_in *)&a->sa)->sin_port = htons(port);
	else if (a->sa.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&a->sa)->sin6_port = htons(port);
}

uint16_t
address_port(const struct address *a)
{
	if (a->sa.ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)&a->sa)->sin_port);
	if (a->sa.ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)&a->sa)->sin6_port);
	return 0;
}

bool
address_same_host(const struct address *a, const struct address *b)
{
	const struct sockaddr_in6 *a6, *b6;

	if (a->sa.ss_family != b->sa.ss_family)
		return false;
	if (a->sa.ss_family == AF_INET)
		return ((const struct sockaddr_in *)&a->sa)->sin_addr.s_addr ==
		    ((const struct sockaddr_in *)&b->sa)->sin_addr.s_addr;
	a6 = (const struct sockaddr_in6 *)&a->sa;
	b6 = (const struct sockaddr_in6 *)&b->sa;
	return a6->sin6_scope_id == b6->sin6_scope_id &&
	    IN6_ARE_ADDR_EQUAL(&a6->sin6_addr, &b6->sin6_addr);
}

static bool
is_unix(const struct address *a)
{
	return a->sa.ss_family == AF_UNIX;
}

static bool
is_same_path(const struct address *a, const struct address *b)
{
	return is_unix(a) && is_unix(b) &&
	    strcmp(((const struct sockaddr_un *)&a->sa)->sun_path,
	    ((const struct sockaddr_un *)&b->sa)->sun_path) == 0;
}

bool
address_is_same(const struct address *a, const struct address *b)
{
	if (is_unix(a) || is_unix(b))
		return is_same_path(a, b);
	return address_port(a) == address_port(b) && a->both == b->both &&
	    address_same_host(a, b);
}

/* Whether a is a wildcard that takes in b, which is of the same port. */
static bool
takes_in(const struct address *a, const struct address *b)
{
	if (a->sa.ss_family == AF_INET)
		return b->sa.ss_family == AF_INET &&
		    ((const struct sockaddr_in *)&a->sa)->sin_addr.s_addr ==
		    htonl(INADDR_ANY);
	return IN6_IS_ADDR_UNSPECIFIED(
	    &((const struct sockaddr_in6 *)&a->sa)->sin6_addr) &&
	    (b->sa.ss_family == AF_INET6 || a->both);
}

bool
address_overlaps(const struct address *a, const struct address *b)
{
	if (is_unix(a) || is_unix(b))
		return is_same_path(a, b);
	return address_port(a) == address_port(b) &&
	    (address_same_host(a, b) || takes_in(a, b) || takes_in(b, a));
}

bool
address_is_local(const struct address *a)
{
	const struct in6_addr *in6;

	switch (a->sa.ss_family) {
	case AF_INET:
		return ntohl(((const struct sockaddr_in *)
		    &a->sa)->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	case AF_INET6:
		in6 = &((const struct sockaddr_in6 *)&a->sa)->sin6_addr;
		return IN6_IS_ADDR_LOOPBACK(in6) ||
		    (IN6_IS_ADDR_V4MAPPED(in6) &&
		    in6->s6_addr[12] == IN_LOOPBACKNET);
	default:
		return true;
	}
}

/* The name has no end of its own where it is as long as can be. */
static void
unix_text(const struct address *a, char out[static ADDRESS_TEXT_MAX])
{
	const struct sockaddr_un *sun = (const struct sockaddr_un *)&a->sa;
	int room = (int)sizeof(sun->sun_path);
	int len = (int)a->len - (int)offsetof(struct sockaddr_un, sun_path);

	if (len > 1 && sun->sun_path[0] == '\0')
		snprintf(out, ADDRESS_TEXT_MAX, "unix socket @%.*s", len - 1,
		    sun->sun_path + 1);
	else
		snprintf(out, ADDRESS_TEXT_MAX, "unix socket %.*s", room,
		    sun->sun_path);
}

void
address_host(const struct address *a, char out[static ADDRESS_TEXT_MAX])
{
	if (a->sa.ss_family == AF_UNIX)
		unix_text(a, out);
	else if (a->both)
		snprintf(out, ADDRESS_TEXT_MAX, "*");
	else if (getnameinfo((const struct sockaddr *)&a->sa, a->len, out,
	    ADDRESS_TEXT_MAX, NULL, 0, NI_NUMERICHOST) != 0)
		snprintf(out, ADDRESS_TEXT_MAX, "?");
}

void
address_text(const struct address *a, char out[static ADDRESS_TEXT_MAX])
{
	char host[ADDRESS_TEXT_MAX];

	address_host(a, host);
	if (is_unix(a))
		snprintf(out, ADDRESS_TEXT_MAX, "%s", host);
	else
		snprintf(out, ADDRESS_TEXT_MAX, "%.100s port %u", host,
		    (unsigned)address_port(a));
}
