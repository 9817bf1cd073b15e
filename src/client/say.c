#include "client/say.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/visible.h"

#define TEXT_MAX	4096	/* bytes of a message; more is cut */

static bool is_verbose;
static void (*clear)(void *arg);
static void *clear_arg;

void
say_set_verbose(bool verbose)
{
	is_verbose = verbose;
}

bool
say_is_verbose(void)
{
	return is_verbose;
}

void
say_after(void (*before)(void *arg), void *arg)
{
	clear = before;
	clear_arg = arg;
}

/* All of it, also where somebody made standard error non-blocking. */
static void
write_all(const char *p, size_t len)
{
	struct pollfd ready = { .fd = STDERR_FILENO, .events = POLLOUT };
	ssize_t n;

	while (len > 0) {
		n = write(STDERR_FILENO, p, len);
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		} else if (n == -1 && errno == EAGAIN) {
			poll(&ready, 1, -1);
		} else if (n == 0 || errno != EINTR) {
			return;		/* there is nobody to be told */
		}
	}
}

/* A line: start as it is, text made visible. */
static void
write_line(const char *start, struct slice text)
{
	char out[64 + TEXT_MAX * VISIBLE_MOST + 1];
	size_t n = (size_t)snprintf(out, 64, "%s", start);

	n += visible(text, out + n, sizeof(out) - n - 1, NULL);
	out[n++] = '\n';
	if (clear != NULL)
		clear(clear_arg);
	write_all(out, n);
}

static void
say_text(const char *format, va_list ap)
{
	char text[TEXT_MAX];

	vsnprintf(text, sizeof(text), format, ap);
	write_line("mynah: ", slice_of(text));
}

void
say(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say_text(format, ap);
	va_end(ap);
}

void
say_more(const char *format, ...)
{
	va_list ap;

	if (!is_verbose)
		return;
	va_start(ap, format);
	say_text(format, ap);
	va_end(ap);
}

void
say_head(char mark, struct slice head)
{
	const char start[] = { mark, ' ', '\0' };
	const char *lf;
	struct slice line;

	while (is_verbose && head.len > 0) {
		lf = memchr(head.p, '\n', head.len);
		line = (struct slice){ head.p,
		    lf == NULL ? head.len : (size_t)(lf - head.p) };
		head.len -= line.len + (lf != NULL);
		head.p += line.len + (lf != NULL);
		if (line.len > 0 && line.p[line.len - 1] == '\r')
			line.len--;
		if (line.len == 0)
			continue;
		if (line.len > TEXT_MAX)
			line.len = TEXT_MAX;
		write_line(start, line);
	}
}
