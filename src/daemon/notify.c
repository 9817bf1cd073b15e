#include "daemon/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/monotonic.h"

#define SECOND_US	UINT64_C(1000000)

/* What the end itself takes, when all connections are gone: amply. */
#define END_MS		UINT64_C(5000)

/* Manager and process must not disagree by how quick the timers are. */
#define TICK_LEAST_US	UINT64_C(1000)

/* ---- sending ---- */

/* As in the variable: an abstract name begins with "@". */
static const char *
name_of(const struct notify *n, char *out, size_t size)
{
	bool abstract = n->to.sun_path[0] == '\0';
	int len = (int)n->to_len - (int)offsetof(struct sockaddr_un, sun_path);

	snprintf(out, size, "%s%.*s", abstract ? "@" : "", len - abstract,
	    n->to.sun_path + abstract);
	return out;
}

static int
connect_it(const struct notify *n)
{
	return connect(n->fd, (const struct sockaddr *)&n->to, n->to_len);
}

static void
tell_failure(struct notify *n, int error_number)
{
	char name[sizeof(n->to.sun_path) + 2];

	if (n->told)
		return;
	n->told = true;
	log_warning("cannot tell the service manager anything (NOTIFY_SOCKET "
	    "is %s): %s; serving all the same", name_of(n, name, sizeof(name)),
	    strerror(error_number));
}

/* Returns false if the socket is full, and this should be sent later. */
static bool
can_send(struct notify *n, const char *text)
{
	size_t len = strlen(text);

	if (send(n->fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL) != -1)
		return true;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return false;
	/* The manager may have made its socket anew. */
	if (connect_it(n) == -1 ||
	    send(n->fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL) == -1) {
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			return false;
		tell_failure(n, errno);
	}
	return true;
}

static void
drop_first(struct notify *n)
{
	n->nwaiting--;
	memmove(n->waiting[0], n->waiting[1],
	    n->nwaiting * sizeof(n->waiting[0]));
}

static void
send_waiting(struct notify *n)
{
	while (n->nwaiting > 0 && can_send(n, n->waiting[0]))
		drop_first(n);
	if (n->nwaiting > 0 && n->room != NULL)
		event_add(n->room, NULL);
}

static void
on_room(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	send_waiting(arg);
}

/* In order: none passes one that waits. */
static void __attribute__((format(printf, 2, 3)))
say(struct notify *n, const char *format, ...)
{
	va_list ap;

	if (n->fd == -1)
		return;
	if (n->nwaiting == NOTIFY_WAITING)
		drop_first(n);
	va_start(ap, format);
	vsnprintf(n->waiting[n->nwaiting++], NOTIFY_TEXT_MAX, format, ap);
	va_end(ap);
	send_waiting(n);
}

/* A line feed in it would begin another assignment. */
static void
make_one_line(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = ' ';
}

/* ---- what there is to say ---- */

/* text, or what is being done; figures only if they are kept up to date. */
static void
write_status(const struct notify *n, const char *text, char *out, size_t size)
{
	if (text != NULL || n->status == NULL || n->watchdog_us == 0)
		snprintf(out, size, "%s", text != NULL ? text : "serving");
	else
		n->status(n->arg, out, size);
	make_one_line(out);
}

void
notify_ready(struct notify *n, const char *text)
{
	char status[NOTIFY_TEXT_MAX / 2], pid[32] = "";

	if (n->fd == -1)
		return;
	if (n->pid != getpid()) {
		n->pid = getpid();
		snprintf(pid, sizeof(pid), "\nMAINPID=%ld", (long)n->pid);
	}
	write_status(n, text, status, sizeof(status));
	say(n, "READY=1%s\nSTATUS=%s", pid, status);
}

void
notify_reloading(struct notify *n)
{
	say(n, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\nSTATUS=reloading",
	    monotonic_us());
}

void
notify_stopping(struct notify *n, uint64_t most_ms)
{
	say(n, "STOPPING=1\nEXTEND_TIMEOUT_USEC=%" PRIu64
	    "\nSTATUS=stopping", (most_ms + END_MS) * 1000);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct notify *n = arg;
	char status[NOTIFY_TEXT_MAX / 2];

	(void)fd;
	(void)what;
	write_status(n, NULL, status, sizeof(status));
	say(n, "WATCHDOG=1\nSTATUS=%s", status);
}

/* ---- beginning and end ---- */

/* A number of digits alone, that is at least 1. */
static bool
read_number(const char *text, uint64_t *out)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	*out = strtoumax(text, &end, 10);
	return errno == 0 && *end == '\0' && *out > 0;
}

static void
read_watchdog(struct notify *n)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	uint64_t number, us;

	if (usec == NULL)
		return;
	if (pid != NULL && !read_number(pid, &number))
		log_warning("WATCHDOG_PID is \"%s\", which is not the number "
		    "of a process: there will be no signs of life", pid);
	else if (!read_number(usec, &us))
		log_warning("WATCHDOG_USEC is \"%s\", which is not a number of "
		    "microseconds: there will be no signs of life", usec);
	else if (pid == NULL || number == (uint64_t)getpid())
		n->watchdog_us = us;
}

static bool
read_address(struct notify *n, const char *where)
{
	size_t len = strlen(where);

	if ((where[0] != '/' && where[0] != '@') || where[1] == '\0') {
		log_warning("NOTIFY_SOCKET is \"%s\", which is neither an "
		    "absolute path nor \"@\" and a name: the service manager "
		    "is told nothing", where);
		return false;
	}
	if (len >= sizeof(n->to.sun_path)) {
		log_warning("NOTIFY_SOCKET is longer than the address of a "
		    "socket can be: the service manager is told nothing");
		return false;
	}
	n->to.sun_family = AF_UNIX;
	memcpy(n->to.sun_path, where, len + 1);
	n->to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	if (where[0] == '@')
		n->to.sun_path[0] = '\0';
	return true;
}

void
notify_open(struct notify *n)
{
	const char *where = getenv("NOTIFY_SOCKET");

	*n = (struct notify){ .fd = -1, .pid = getpid() };
	if (where != NULL && read_address(n, where)) {
		n->fd = socket(AF_UNIX,
		    SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		/* Unconnected, the first message tries it once more. */
		if (n->fd == -1 || connect_it(n) == -1)
			tell_failure(n, errno);
	}
	if (n->fd != -1)
		read_watchdog(n);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

int
notify_attach(struct notify *n, struct event_base *base,
    notify_status *status, const void *arg)
{
	uint64_t us = n->watchdog_us / 2;
	struct timeval tv;

	if (n->fd == -1)
		return 0;
	if (us < TICK_LEAST_US)
		us = TICK_LEAST_US;
	tv.tv_sec = (time_t)(us / SECOND_US);
	tv.tv_usec = (suseconds_t)(us % SECOND_US);
	n->status = status;
	n->arg = arg;
	n->room = event_new(base, n->fd, EV_WRITE, on_room, n);
	if (n->room == NULL)
		return -1;
	if (n->watchdog_us == 0)
		return 0;
	n->tick = event_new(base, -1, EV_PERSIST, on_tick, n);
	return n->tick == NULL ? -1 : event_add(n->tick, &tv);
}

void
notify_close(struct notify *n)
{
	if (n->fd == -1)
		return;
	if (n->room != NULL)
		event_free(n->room);
	if (n->tick != NULL)
		event_free(n->tick);
	n->room = n->tick = NULL;
	send_waiting(n);
	close(n->fd);
	n->fd = -1;
}
