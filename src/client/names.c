#include "client/names.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/say.h"

#define TELL_MAX	1024	/* bytes of all addresses in a message */

/* ---- looking up ---- */

static const char *
why_not(int result)
{
	return result == EAI_SYSTEM ? strerror(errno) : gai_strerror(result);
}

static const char *
kind_of(int family)
{
	return family == AF_INET ? "IPv4 " : family == AF_INET6 ? "IPv6 " : "";
}

/*
 * Without brackets around it; they are for IPv6 alone. False if they are
 * wrong, or nothing is left.
 */
static bool
is_host(const char *host, char *bare, size_t size)
{
	size_t len = strlen(host);

	if (len == 0 || len >= size)
		return false;
	if (host[0] != '[') {
		memcpy(bare, host, len + 1);
		return true;
	}
	if (len < 4 || host[len - 1] != ']' || strchr(host, ':') == NULL)
		return false;
	snprintf(bare, size, "%.*s", (int)len - 2, host + 1);
	return true;
}

/* An address needs no resolver, of whatever family it is. */
static int
ask_address(const char *host, struct addrinfo **found)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
	    .ai_family = AF_UNSPEC, .ai_flags = AI_NUMERICHOST };

	return getaddrinfo(host, NULL, &hints, found);
}

bool
names_is_address(const char *host)
{
	struct addrinfo *found;
	char bare[NI_MAXHOST];

	if (!is_host(host, bare, sizeof(bare)) ||
	    ask_address(bare, &found) != 0)
		return false;
	freeaddrinfo(found);
	return true;
}

/*
 * Look host up. AI_ADDRCONFIG is not asked for: it would hide ::1, and what
 * /etc/hosts says, on a machine that has no other address of that family.
 * What cannot be reached fails at once anyway, and is last in the order.
 */
static int
ask(const char *host, int family, struct addrinfo **found)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
	    .ai_family = family };
	int result;

	result = ask_address(host, found);
	if (result == 0 || strchr(host, ':') != NULL)
		return result;
	return getaddrinfo(host, NULL, &hints, found);
}

static enum exits
explain(const char *host, int family, int result, char *error, size_t size)
{
	switch (result) {
	case EAI_MEMORY:
	case EAI_SYSTEM:
		snprintf(error, size, "cannot look up \"%s\": %s", host,
		    why_not(result));
		return EXITS_SYSTEM;
	case EAI_AGAIN:
		snprintf(error, size, "cannot look up \"%s\" now: %s", host,
		    why_not(result));
		return EXITS_NAME;
	}
	if (strchr(host, ':') != NULL)
		snprintf(error, size, "\"%s\" is neither a name nor an IPv6 "
		    "address: %s", host, why_not(result));
	else
		snprintf(error, size, "\"%s\" has no %saddress: %s", host,
		    kind_of(family), why_not(result));
	return EXITS_NAME;
}

/* ---- the order ---- */

/* The first of all[i] to all[n - 1] that is, or is not, of family; or n. */
static size_t
next_of(const struct address *all, size_t i, size_t n, int family, bool is)
{
	while (i < n && (all[i].sa.ss_family == family) != is)
		i++;
	return i;
}

/*
 * The families in turn, beginning with that of the first, so that one which
 * does not work costs one try at a time. Returns 0, or -1 without memory.
 */
static int
take_turns(struct address *all, size_t n)
{
	struct address *turns;
	int family = all[0].sa.ss_family;
	size_t i[2] = { 0 }, done = 0;

	if ((turns = calloc(n, sizeof(*turns))) == NULL)
		return -1;
	for (bool first = true; done < n; first = !first) {
		size_t at = next_of(all, i[first], n, family, first);

		if (at < n)
			turns[done++] = all[at];
		i[first] = at + 1;
	}
	memcpy(all, turns, n * sizeof(*all));
	free(turns);
	return 0;
}

enum exits
names_look_up(const char *host, uint16_t port, int family,
    struct address **all, size_t *n, char *error, size_t size)
{
	struct addrinfo *found;
	char bare[NI_MAXHOST];
	int result, listed;

	if (!is_host(host, bare, sizeof(bare))) {
		snprintf(error, size, "\"%s\" is no host: a host is a name, "
		    "an IPv4 or an IPv6 address", host);
		return EXITS_USAGE;
	}
	if ((result = ask(bare, family, &found)) != 0)
		return explain(bare, family, result, error, size);
	if (family != AF_UNSPEC && found->ai_family != family) {
		freeaddrinfo(found);
		snprintf(error, size, "\"%s\" is no %saddress", bare,
		    kind_of(family));
		return EXITS_NAME;
	}
	listed = address_list(found, port, all);
	freeaddrinfo(found);
	if (listed == -1 || take_turns(*all, (size_t)listed) == -1) {
		if (listed != -1)
			free(*all);
		*all = NULL;
		snprintf(error, size, "out of memory");
		return EXITS_SYSTEM;
	}
	*n = (size_t)listed;
	return EXITS_OK;
}

void
names_tell(const char *host, const struct address *all, size_t n)
{
	char text[TELL_MAX], address[ADDRESS_TEXT_MAX];
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n && at < sizeof(text) - 1; i++) {
		address_host(&all[i], address);
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s",
		    i == 0 ? "" : ", ", address);
	}
	if (strcmp(text, host) != 0 && host[0] != '[')
		say_more("%s is %s", host, text);
}
