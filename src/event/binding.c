#include "event/binding.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "event/port_holder.h"

/*
 * A client of HTTP speaks first: the kernel keeps a new connection to itself
 * until its request is here, so the server wakes up once for both. Whoever
 * stays silent for this long is handed over nevertheless.
 */
#define DEFER_S	1

static int
new_socket(const struct address *a)
{
	int family = a->sa.ss_family, on = 1, off = 0;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd == -1 || family == AF_UNIX)
		return fd;
	/* Options that only help are not worth failing for. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY,
		    a->both ? &off : &on, sizeof(on));
	return fd;
}

/* A socket file that nobody answers on is left over from a crash. */
static bool
remove_stale(const struct address *a, const char *path)
{
	struct stat st;
	bool stale;
	int fd;

	if (lstat(path, &st) == -1 || !S_ISSOCK(st.st_mode))
		return false;
	if ((fd = new_socket(a)) == -1)
		return false;
	stale = connect(fd, (const struct sockaddr *)&a->sa, a->len) == -1 &&
	    errno == ECONNREFUSED;
	close(fd);
	return stale && unlink(path) == 0;
}

static int
bind_path(int fd, const struct address *a, const struct config_listener *conf)
{
	/* The mode is right from the first moment, not only after a chmod. */
	mode_t mask = umask(0777 & ~conf->mode);
	int result;

	result = bind(fd, (const struct sockaddr *)&a->sa, a->len);
	if (result == -1 && errno == EADDRINUSE) {
		if (remove_stale(a, conf->unix_path))
			result = bind(fd, (const struct sockaddr *)&a->sa,
			    a->len);
		else
			errno = EADDRINUSE;
	}
	umask(mask);
	return result;
}

void
binding_undo(int fd, const struct config_listener *conf)
{
	if (conf->unix_path != NULL)
		unlink(conf->unix_path);
	close(fd);
}

/* Whether the client speaks first. */
static bool
is_deferred(const struct config_listener *conf)
{
	return conf->protocol == CONFIG_PROTOCOL_HTTP &&
	    conf->unix_path == NULL;
}

static void
defer_accept(int fd, bool on)
{
#ifdef TCP_DEFER_ACCEPT
	int s = on ? DEFER_S : 0;

	setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &s, sizeof(s));
#else
	(void)fd;
	(void)on;
#endif
}

int
binding_share(int fd, bool share)
{
	int on = share;

	return setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
}

int
binding_renew(int fd, const struct config_listener *before,
    const struct config_listener *now)
{
	if (is_deferred(before) != is_deferred(now))
		defer_accept(fd, is_deferred(now));
	if (before->reuse_port != now->reuse_port &&
	    binding_share(fd, now->reuse_port) == -1)
		return -1;
	/* Once more, it only sets the length of the queue. */
	return now->backlog == before->backlog ? 0 :
	    listen(fd, (int)now->backlog);
}

int
binding_bind(const struct address *a, const struct config_listener *conf)
{
	int fd, saved;

	if ((fd = new_socket(a)) == -1)
		return -1;
	if (is_deferred(conf))
		defer_accept(fd, true);
	if ((conf->reuse_port && binding_share(fd, true) == -1) ||
	    (conf->unix_path != NULL ? bind_path(fd, a, conf) :
	    bind(fd, (const struct sockaddr *)&a->sa, a->len)) == -1) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

int
binding_open(const struct address *a, const struct config_listener *conf)
{
	int fd, saved;

	if ((fd = binding_bind(a, conf)) == -1)
		return -1;
	if (listen(fd, (int)conf->backlog) == -1) {
		saved = errno;
		binding_undo(fd, conf);
		errno = saved;
		return -1;
	}
	return fd;
}

void
binding_adopt(int fd, const struct config_listener *conf)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t len = sizeof(sa);
	int on = 1;

	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	if (getsockname(fd, (struct sockaddr *)&sa, &len) == -1 ||
	    sa.ss_family == AF_UNIX)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	/* It may have served another protocol before. */
	defer_accept(fd, is_deferred(conf));
}

void
binding_explain(const struct address *a, const struct config_listener *conf,
    int error_number, char *error, size_t size)
{
	char where[ADDRESS_TEXT_MAX], holder[128];
	struct stat st;

	address_text(a, where);
	if (error_number == EADDRINUSE && conf->unix_path != NULL &&
	    lstat(conf->unix_path, &st) == 0 && !S_ISSOCK(st.st_mode))
		snprintf(error, size, "cannot listen on %s: the path exists "
		    "and is not a socket", where);
	else if (error_number == EADDRINUSE && port_holder(a, holder,
	    sizeof(holder)))
		snprintf(error, size, "cannot listen on %s: it is in use by "
		    "%s", where, holder);
	else if (error_number == EADDRINUSE)
		snprintf(error, size, "cannot listen on %s: it is in use by "
		    "another process", where);
	else if (error_number == EACCES && conf->unix_path == NULL)
		snprintf(error, size, "cannot listen on %s: ports below 1024 "
		    "need root (then set process.user), the capability "
		    "CAP_NET_BIND_SERVICE, or a socket that systemd opens "
		    "(listeners[].systemd)", where);
	else if (error_number == EADDRNOTAVAIL)
		snprintf(error, size, "cannot listen on %s: this machine does "
		    "not have that address", where);
	else
		snprintf(error, size, "cannot listen on %s: %s", where,
		    strerror(error_number));
}
