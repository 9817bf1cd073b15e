#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/log_file.h"
#include "base/plural.h"
#include "base/visible.h"

#define PREFIX_MAX	96	/* the date, the process, "warning: " */

struct log_sink {
	enum { TO_STDERR, TO_JOURNAL, TO_SYSLOG, TO_FILE } kind;
	struct log_file	*file;		/* TO_FILE */
	int		 to_syslog;	/* TO_SYSLOG: to see if it listens */
	uint64_t	 lost;		/* lines, since it began to fail */
	int		 why;		/* errno of the first of them */
};

static struct log_sink standard_error = { .kind = TO_STDERR,
    .to_syslog = -1 };
static struct log_sink *sink = &standard_error;
static enum log_level max_level = LOG_LEVEL_INFO;

static const char *const levels[] = { "error: ", "warning: ", "", "" };
static const int priorities[] = { LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

void
log_set_level(enum log_level level)
{
	max_level = level;
}

int
log_has_level(enum log_level level)
{
	return level <= max_level;
}

/* ---- text ---- */

/* "2026-11-21T18:20:16+01:00 mynahd[4711]: " */
static size_t
stamp(char *out, size_t size)
{
	char date[32], zone[8];
	time_t now = time(NULL);
	struct tm tm;

	if (localtime_r(&now, &tm) == NULL ||
	    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm) == 0 ||
	    strftime(zone, sizeof(zone), "%z", &tm) != 5)
		return (size_t)snprintf(out, size, "mynahd[%ld]: ",
		    (long)getpid());
	return (size_t)snprintf(out, size, "%s%.3s:%s mynahd[%ld]: ", date,
	    zone, zone + 3, (long)getpid());
}

static size_t
prefix(enum log_level level, char *out, size_t size)
{
	size_t n = 0;

	switch (sink->kind) {
	case TO_STDERR:
		n = (size_t)snprintf(out, size, "mynahd: ");
		break;
	case TO_JOURNAL:
		n = (size_t)snprintf(out, size, "<%d>", priorities[level]);
		break;
	case TO_SYSLOG:
		break;
	case TO_FILE:
		n = stamp(out, size);
		break;
	}
	return n + (size_t)snprintf(out + n, size - n, "%s", levels[level]);
}

/* ---- standard error, and a file ---- */

/* Whether who reads it does not have to be waited for. */
static bool
has_room(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, 0) != 0;
}

static void
put_stderr(const char *line, size_t n)
{
	/* One write, so that lines of several processes do not mix. */
	if (write(STDERR_FILENO, line, n) == -1) {
		/* Nobody is left to tell. */
	}
}

/* To standard error, what cannot be said in the file. */
static void __attribute__((format(printf, 1, 2)))
cry(const char *format, ...)
{
	char line[LOG_LINE_MAX];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (n > 0 && has_room(STDERR_FILENO))
		put_stderr(line, strnlen(line, sizeof(line)));
}

static void
tell_found(enum log_file_found found)
{
	const char *name = log_file_name(sink->file);

	if (found == LOG_FILE_UNREACHABLE)
		cry("mynahd: error: cannot open the error log %s again: %s; "
		    "the file that was opened is written on\n", name,
		    strerror(errno));
}

static bool
write_whole(const char *line, size_t n)
{
	return log_file_write(sink->file, line, n) == n;
}

static size_t
count_lost(char *out, size_t size, const char *why)
{
	return (size_t)snprintf(out, size, "%" PRIu64 " line%s of this log %s "
	    "lost: %.64s", sink->lost, plural(sink->lost),
	    sink->lost == 1 ? "is" : "are", why);
}

/*
 * It has failed: does it work again? The line that was torn, if any, ends
 * here.
 */
static bool
is_over(void)
{
	char line[PREFIX_MAX + 160];
	size_t n = 0;

	if (log_file_is_torn(sink->file))
		line[n++] = '\n';
	n += prefix(LOG_LEVEL_WARNING, line + n, PREFIX_MAX);
	n += count_lost(line + n, sizeof(line) - n - 1, strerror(sink->why));
	line[n++] = '\n';
	if (!write_whole(line, n))
		return false;
	sink->lost = 0;
	return true;
}

static void
put_file(const char *line, size_t n)
{
	tell_found(log_file_look(sink->file));
	if (sink->lost > 0 && !is_over()) {
		sink->lost++;
		return;
	}
	if (write_whole(line, n))
		return;
	sink->why = errno;
	sink->lost++;
	cry("mynahd: error: cannot write the error log %s: %s; lines are "
	    "lost\n", log_file_name(sink->file), strerror(sink->why));
}

/* ---- standard error and syslog, which somebody reads ---- */

static const struct sockaddr_un syslog_address = { .sun_family = AF_UNIX,
    .sun_path = _PATH_LOG };

/*
 * Until a sink was asked for, somebody waits to read what is wrong. Syslog
 * may have been started again since the last line: syslog() connects anew,
 * and so does the socket that stands for its own.
 */
static bool
can_take_line(void)
{
	if (sink == &standard_error)
		return true;
	if (sink->kind != TO_SYSLOG)
		return has_room(STDERR_FILENO);
	(void)connect(sink->to_syslog,
	    (const struct sockaddr *)&syslog_address, sizeof(syslog_address));
	return has_room(sink->to_syslog);
}

/* A line of n bytes, behind which there is room for one more. */
static void
put_read(enum log_level level, char *line, size_t n)
{
	if (sink->kind == TO_SYSLOG) {
		syslog(priorities[level], "%.*s", (int)n, line);
	} else {
		line[n++] = '\n';
		put_stderr(line, n);
	}
}

static void
tell_lost(void)
{
	char line[PREFIX_MAX + 96];
	size_t n = prefix(LOG_LEVEL_WARNING, line, PREFIX_MAX);

	n += count_lost(line + n, sizeof(line) - n - 1,
	    "it was read too slowly");
	sink->lost = 0;
	put_read(LOG_LEVEL_WARNING, line, n);
}

/* What it has no room for is lost: a server does not wait for its log. */
static void
put_or_lose(enum log_level level, char *line, size_t n)
{
	if (sink->lost > 0 && can_take_line())
		tell_lost();
	if (sink->lost == 0 && can_take_line())
		put_read(level, line, n);
	else
		sink->lost++;
}

static void
write_line(enum log_level level, const char *format, va_list ap)
{
	char text[LOG_LINE_MAX], line[LOG_LINE_MAX + PREFIX_MAX];
	size_t n;
	int saved = errno;

	if (!log_has_level(level))
		return;
	vsnprintf(text, sizeof(text), format, ap);
	n = prefix(level, line, PREFIX_MAX);
	n += visible(slice_of(text), line + n, LOG_LINE_MAX, NULL);
	if (sink->kind == TO_FILE) {
		line[n++] = '\n';
		put_file(line, n);
	} else {
		put_or_lose(level, line, n);
	}
	errno = saved;
}

void
log_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_line(LOG_LEVEL_ERROR, format, ap);
	va_end(ap);
}

void
log_warning(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_line(LOG_LEVEL_WARNING, format, ap);
	va_end(ap);
}

void
log_info(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_line(LOG_LEVEL_INFO, format, ap);
	va_end(ap);
}

void
log_debug(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_line(LOG_LEVEL_DEBUG, format, ap);
	va_end(ap);
}

/* ---- sinks ---- */

/* Is standard error what systemd says that it connected to its journal? */
static bool
is_journal(void)
{
	const char *named = getenv("JOURNAL_STREAM");
	uintmax_t dev, ino;
	struct stat st;

	return named != NULL && fstat(STDERR_FILENO, &st) == 0 &&
	    sscanf(named, "%ju:%ju", &dev, &ino) == 2 &&
	    dev == (uintmax_t)st.st_dev && ino == (uintmax_t)st.st_ino;
}

/*
 * syslog() itself never says that there is nobody to hear it, and waits for
 * one who does not listen. Returns a socket that is connected as its own is,
 * or -1.
 */
static int
call_syslog(void)
{
	static const int types[] = { SOCK_DGRAM, SOCK_STREAM };
	int saved;

	for (int i = 0; i < 2; i++) {
		int fd = socket(AF_UNIX,
		    types[i] | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		if (fd == -1)
			return -1;
		if (connect(fd, (const struct sockaddr *)&syslog_address,
		    sizeof(syslog_address)) == 0)
			return fd;
		saved = errno;
		close(fd);
		errno = saved;
	}
	return -1;
}

static int
open_syslog(struct log_sink *s, char *error, size_t size)
{
	if ((s->to_syslog = call_syslog()) == -1) {
		snprintf(error, size, "no syslog listens on %s: %s",
		    _PATH_LOG, strerror(errno));
		return -1;
	}
	s->kind = TO_SYSLOG;
	openlog("mynahd", LOG_NDELAY | LOG_PID, LOG_DAEMON);
	return 0;
}

static int
open_file(struct log_sink *s, const char *path, char *error, size_t size)
{
	s->kind = TO_FILE;
	if ((s->file = log_file_open(path)) != NULL)
		return 0;
	snprintf(error, size, "cannot write %s: %s", path, strerror(errno));
	return -1;
}

struct log_sink *
log_sink_open(const char *target, char *error, size_t size)
{
	struct log_sink *s = calloc(1, sizeof(*s));
	int result = 0;

	if (s == NULL) {
		snprintf(error, size, "%s", strerror(errno));
		return NULL;
	}
	s->to_syslog = -1;
	if (strcmp(target, "stderr") == 0)
		s->kind = is_journal() ? TO_JOURNAL : TO_STDERR;
	else if (strcmp(target, "syslog") == 0)
		result = open_syslog(s, error, size);
	else
		result = open_file(s, target, error, size);
	if (result == 0)
		return s;
	log_sink_close(s);
	return NULL;
}

void
log_sink_close(struct log_sink *s)
{
	if (s == NULL)
		return;
	/* There is one connection to it, whoever opened it. */
	if (s->kind == TO_SYSLOG && sink->kind != TO_SYSLOG)
		closelog();
	log_file_close(s->file);
	if (s->to_syslog != -1)
		close(s->to_syslog);
	free(s);
}

void
log_use(struct log_sink *next)
{
	struct log_sink *old = sink;

	sink = next != NULL ? next : &standard_error;
	if (old != &standard_error)
		log_sink_close(old);
}

bool
log_is_stderr(void)
{
	return sink->kind == TO_STDERR || sink->kind == TO_JOURNAL;
}

int
log_reopen(void)
{
	enum log_file_found found;

	if (sink->kind != TO_FILE)
		return 0;
	found = log_file_reopen(sink->file);
	tell_found(found);
	return found == LOG_FILE_UNREACHABLE ? -1 : 1;
}
