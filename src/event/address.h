/*
 * address - one socket address to listen on or to connect to: from a name to
 * a struct sockaddr, and to words.
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define ADDRESS_TEXT_MAX	160

struct addrinfo;

struct address {
	struct sockaddr_storage	sa;
	socklen_t		len;
	bool			both;	/* IPv6, and IPv4 as well */
};

/*
 * All addresses of a host name or numeric address with that port, each once.
 * "*" is the IPv6 wildcard for both families. *out is allocated, to be freed
 * by the caller.
 *
 * Returns how many there are (> 0), or -1 with a sentence in error.
 */
int	address_resolve(const char *host, uint16_t port, struct address **out,
	    char *error, size_t size);

/*
 * What getaddrinfo() has found, with that port, each once and in its order.
 * *out is allocated. Returns how many there are (> 0), or -1 without memory.
 */
int	address_list(const struct addrinfo *found, uint16_t port,
	    struct address **out);

/* The address of a Unix socket. path must fit sun_path. */
struct address	address_of_path(const char *path);

/* The address that a socket is bound to; without one, its len is 0. */
struct address	address_of_socket(int fd);

/* The same address with another port; nothing for a Unix socket. */
void	address_set_port(struct address *a, uint16_t port);
uint16_t	address_port(const struct address *a);

/* Whether both are the same host; ports are not compared. */
bool	address_same_host(const struct address *a, const struct address *b);

/* Whether both are the same, port and all; Unix sockets: the same path. */
bool	address_is_same(const struct address *a, const struct address *b);

/*
 * Whether no two sockets can listen on both: they are the same, or one is a
 * wildcard that takes the other in.
 */
bool	address_overlaps(const struct address *a, const struct address *b);

/* Whether only this machine can reach it: loopback or a Unix socket. */
bool	address_is_local(const struct address *a);

/*
 * "127.0.0.1 port 8080", "* port 80", "::1 port 80", "unix socket /run/x", with
 * "@" in front of an abstract name.
 */
void	address_text(const struct address *a, char out[static ADDRESS_TEXT_MAX]);

/* The same without its port: "127.0.0.1", "fe80::1%eth0". */
void	address_host(const struct address *a, char out[static ADDRESS_TEXT_MAX]);

#endif
