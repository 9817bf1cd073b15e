#include "event/handed.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

/* ---- the environment ---- */

/* A number of one to nine digits and nothing else; -1 if it is none. */
static long
number_of(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 9 || text[digits] != '\0')
		return -1;
	return strtol(text, NULL, 10);
}

static size_t
count_names(const char *names)
{
	size_t n = 1;

	for (; *names != '\0'; names++)
		n += *names == ':';
	return n;
}

/* How many sockets are meant for this process; -1 with a sentence. */
static long
count_sockets(char *error, size_t size)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	const char *names = getenv("LISTEN_FDNAMES");
	long n;

	if (fds == NULL || pid == NULL)
		return 0;
	if (number_of(pid) == -1) {
		snprintf(error, size, "LISTEN_PID is \"%s\", which is not "
		    "the number of a process", pid);
		return -1;
	}
	/* A parent was meant, and has left the variables where they were. */
	if (number_of(pid) != (long)getpid()) {
		log_debug("LISTEN_FDS is for the process %s", pid);
		return 0;
	}
	if ((n = number_of(fds)) == -1) {
		snprintf(error, size, "LISTEN_FDS is \"%s\", which is not a "
		    "number of sockets", fds);
		return -1;
	}
	if (names != NULL && n > 0 && count_names(names) != (size_t)n) {
		snprintf(error, size, "LISTEN_FDS is %ld, but LISTEN_FDNAMES "
		    "has %zu names: \"%s\"", n, count_names(names), names);
		return -1;
	}
	return n;
}

/* Before anything is allocated for them: the number may be nonsense. */
static int
hold(long n, char *error, size_t size)
{
	for (int fd = HANDED_FIRST; fd < HANDED_FIRST + n; fd++)
		if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1) {
			snprintf(error, size, "LISTEN_FDS is %ld, but "
			    "descriptor %d is not open", n, fd);
			return -1;
		}
	return 0;
}

/* Copy the next name, and step behind it and its colon. */
static char *
next_name(const char **names)
{
	size_t len;
	char *name;

	if (*names == NULL)
		return strdup(HANDED_UNNAMED);
	len = strcspn(*names, ":");
	name = strndup(*names, len);
	*names += len + ((*names)[len] == ':');
	return name;
}

static int
fill(struct handed *h, size_t n, const char *names)
{
	if ((h->sockets = calloc(n, sizeof(*h->sockets))) == NULL)
		return -1;
	for (; h->n < n; h->n++) {
		struct handed_socket *s = &h->sockets[h->n];

		s->fd = HANDED_FIRST + (int)h->n;
		if ((s->name = next_name(&names)) == NULL)
			return -1;
	}
	return 0;
}

int
handed_take(struct handed *h, char *error, size_t size)
{
	long n;
	int result = 0;

	*h = (struct handed){ 0 };
	if ((n = count_sockets(error, size)) == -1 ||
	    hold(n, error, size) == -1) {
		result = -1;
	} else if (n > 0 && fill(h, (size_t)n, getenv("LISTEN_FDNAMES")) ==
	    -1) {
		snprintf(error, size, "out of memory");
		handed_clear(h);
		result = -1;
	}
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_PIDFDID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return result;
}

/* ---- looking up ---- */

static int
option_of(int fd, int option)
{
	int value;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) == -1 ? -1 :
	    value;
}

/* What keeps fd from being a socket to accept connections on; or NULL. */
static const char *
fault_of(int fd)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t len = sizeof(sa);
	struct stat st;

	if (fstat(fd, &st) == -1 || !S_ISSOCK(st.st_mode))
		return "is not a socket";
	if (option_of(fd, SO_TYPE) != SOCK_STREAM)
		return "is not a stream socket (ListenStream= makes one)";
	if (option_of(fd, SO_ACCEPTCONN) != 1)
		return "does not listen (say Accept=no, which is the default)";
	if (getsockname(fd, (struct sockaddr *)&sa, &len) == -1 ||
	    (sa.ss_family != AF_INET && sa.ss_family != AF_INET6 &&
	    sa.ss_family != AF_UNIX))
		return "is neither a TCP nor a Unix socket";
	return NULL;
}

/* "a", "b" and so on, each name once; cut where there is no more room. */
static void
list_names(const struct handed *h, char *out, size_t size)
{
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < h->n && at < size; i++) {
		size_t j = 0;

		while (strcmp(h->sockets[j].name, h->sockets[i].name) != 0)
			j++;
		if (j == i)
			at += (size_t)snprintf(out + at, size - at, "%s\"%s\"",
			    at == 0 ? "" : ", ", h->sockets[i].name);
	}
}

static void
explain_absence(const struct handed *h, const char *name, char *error,
    size_t size)
{
	char names[256];

	if (h == NULL || h->n == 0) {
		snprintf(error, size, "the socket \"%s\" is to come from the "
		    "service manager, which handed over none; start its "
		    "socket unit, and the server by it", name);
		return;
	}
	list_names(h, names, sizeof(names));
	snprintf(error, size, "the service manager handed over no socket "
	    "\"%s\"; what there is: %s (FileDescriptorName= of the socket "
	    "unit gives the name)", name, names);
}

/* The i-th of a name; NULL past the last one. */
static struct handed_socket *
find(const struct handed *h, const char *name, size_t i)
{
	for (size_t at = 0; h != NULL && at < h->n; at++)
		if (strcmp(h->sockets[at].name, name) == 0 && i-- == 0)
			return &h->sockets[at];
	return NULL;
}

int
handed_socket(struct handed *h, const char *name, size_t i, char *error,
    size_t size)
{
	struct handed_socket *s = find(h, name, i);
	const char *fault;
	int fd;

	error[0] = '\0';
	if (s == NULL) {
		if (i == 0)
			explain_absence(h, name, error, size);
		return -1;
	}
	s->wanted = true;
	if (s->fd == -1) {
		snprintf(error, size, "the socket \"%s\" of the service "
		    "manager was closed at the start, as no listener asked "
		    "for it; this needs a restart", name);
		return -1;
	}
	if ((fault = fault_of(s->fd)) != NULL) {
		snprintf(error, size, "what the service manager handed over "
		    "as \"%s\" (descriptor %d) %s", name, s->fd, fault);
		return -1;
	}
	if ((fd = fcntl(s->fd, F_DUPFD_CLOEXEC, 0)) == -1)
		snprintf(error, size, "cannot use the socket \"%s\" of the "
		    "service manager: %s", name, strerror(errno));
	return fd;
}

/* ---- the end ---- */

void
handed_close_unwanted(struct handed *h)
{
	for (size_t i = 0; i < h->n; i++) {
		struct handed_socket *s = &h->sockets[i];

		if (s->wanted || s->fd == -1)
			continue;
		log_warning("the service manager handed over the socket "
		    "\"%s\" (descriptor %d), which no listener asks for "
		    "(\"systemd: %s\"); it is closed", s->name, s->fd,
		    s->name);
		close(s->fd);
		s->fd = -1;
	}
}

void
handed_clear(struct handed *h)
{
	for (size_t i = 0; i < h->n; i++) {
		if (h->sockets[i].fd != -1)
			close(h->sockets[i].fd);
		free(h->sockets[i].name);
	}
	free(h->sockets);
	*h = (struct handed){ 0 };
}
