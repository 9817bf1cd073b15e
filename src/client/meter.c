#include "client/meter.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/monotonic.h"
#include "client/say.h"

#define DRAW_MS		100
#define LINE_MS		5000
#define SAMPLES		50	/* the rate is that of five seconds */
#define COLUMNS		80	/* of a terminal that does not tell */

#define ERASE		"\033[J"	/* from here to the end of the screen */

/* How much was here at a time. */
struct sample {
	uint64_t	ms;
	uint64_t	done;
};

struct meter {
	char		*name;
	struct event	*timer;
	struct progress	 p;
	bool		 lines;
	bool		 is_drawn;	/* there is a line to be cleared */
	uint64_t	 begun_ms;
	struct sample	 samples[SAMPLES];	/* a ring, oldest at next */
	unsigned	 next;
	unsigned	 n;		/* of it in use */
};

/* ---- standard error ---- */

/*
 * Whoever has stopped the terminal (^S), or does not read the pipe, does not
 * stop the transfer: what cannot be written is not.
 */
static void
show(const char *bytes, size_t len)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };

	if (poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0 &&
	    write(STDERR_FILENO, bytes, len) == -1) {
		/* There is nobody to be told. */
	}
}

/* A terminal that can erase. */
static bool
can_draw(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term != NULL && term[0] != '\0' &&
	    strcmp(term, "dumb") != 0;
}

/* Another program may have the terminal by now (^Z and "bg"). */
static bool
is_foreground(void)
{
	pid_t group = tcgetpgrp(STDERR_FILENO);

	return group == -1 || group == getpgrp();
}

/* They may change at any time: asked for each time, no signal is needed. */
static unsigned
columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == -1 || size.ws_col == 0)
		return COLUMNS;
	return size.ws_col;
}

/* ---- the state ---- */

/* Take a sample; the rate is since the oldest one. */
static void
measure(struct meter *m)
{
	unsigned most = m->lines ? 1 : SAMPLES;
	struct sample now = { monotonic_ms(), m->p.done };
	struct sample oldest = m->samples[m->n < most ? 0 : m->next];

	m->samples[m->next] = now;
	m->next = (m->next + 1) % most;
	if (m->n < most)
		m->n++;
	m->p.elapsed_ms = now.ms - m->begun_ms;
	m->p.rate = 0;
	if (now.ms > oldest.ms && now.done > oldest.done)
		m->p.rate = (now.done - oldest.done) * 1000 /
		    (now.ms - oldest.ms);
}

static void
write_line(const struct meter *m)
{
	char line[PROGRESS_LINE_MAX + 1];
	size_t len = progress_line(&m->p, m->name, 0, line);

	line[len++] = '\n';
	show(line, len);
}

/*
 * The cursor goes back to the begin of the line. So it is still there where a
 * terminal that becomes narrower breaks the line in two, and all of it is
 * overwritten and erased by the next one, whatever the terminal does. The
 * last column stays free, as some go to the next row behind it.
 */
static void
draw(struct meter *m, const char *end)
{
	char line[PROGRESS_LINE_MAX + 16] = "\r";
	unsigned most = columns() - 1;
	size_t len = 1;

	if (most > 0)
		len += progress_line(&m->p, m->name, most, line + len);
	len += (size_t)(stpcpy(line + len, ERASE) - (line + len));
	len += (size_t)(stpcpy(line + len, end) - (line + len));
	show(line, len);
	m->is_drawn = true;
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct meter *m = arg;

	(void)fd;
	(void)what;
	measure(m);
	if (m->lines)
		write_line(m);
	else if (is_foreground())
		draw(m, "\r");
}

/* Somebody has something to say in the place of the line. */
static void
clear(void *arg)
{
	struct meter *m = arg;

	if (!m->is_drawn)
		return;
	show("\r" ERASE, sizeof("\r" ERASE) - 1);
	m->is_drawn = false;
}

/* ---- what callers see ---- */

bool
meter_is_wanted(const char *name, bool always)
{
	struct stat st;

	if (name == NULL && isatty(STDOUT_FILENO))
		return false;
	if (always)
		return true;
	return isatty(STDERR_FILENO) && (name != NULL ||
	    (fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode)));
}

const char *
meter_title(const char *name, const struct url *url,
    char out[static METER_TITLE_MAX])
{
	struct slice path = url->path;
	const char *slash;

	if (name != NULL) {
		slash = strrchr(name, '/');
		snprintf(out, METER_TITLE_MAX, "%s",
		    slash == NULL ? name : slash + 1);
		return out;
	}
	slash = memrchr(path.p, '/', path.len);
	if (slash != NULL && slash + 1 < path.p + path.len)
		snprintf(out, METER_TITLE_MAX, "%.*s",
		    (int)(path.p + path.len - slash - 1), slash + 1);
	else
		snprintf(out, METER_TITLE_MAX, "%.*s", SLICE_ARG(url->host));
	return out;
}

struct meter *
meter_new(struct event_base *base, const char *name, bool lines,
    uint64_t begin, uint64_t total)
{
	struct meter *m = calloc(1, sizeof(*m));
	struct timeval every = { 0 };

	if (m == NULL)
		return NULL;
	m->lines = lines || !can_draw();
	m->p = (struct progress){ begin, begin, total, 0, 0 };
	m->begun_ms = monotonic_ms();
	m->samples[0] = (struct sample){ m->begun_ms, begin };
	m->n = 1;
	m->next = m->lines ? 0 : 1;
	every.tv_sec = (m->lines ? LINE_MS : DRAW_MS) / 1000;
	every.tv_usec = (m->lines ? LINE_MS : DRAW_MS) % 1000 * 1000;
	if ((m->name = strdup(name)) == NULL ||
	    (m->timer = event_new(base, -1, EV_PERSIST, on_tick, m)) == NULL ||
	    event_add(m->timer, &every) == -1)
		goto fail;
	say_after(clear, m);
	return m;

fail:
	if (m->timer != NULL)
		event_free(m->timer);
	free(m->name);
	free(m);
	return NULL;
}

void
meter_set(struct meter *m, uint64_t done)
{
	m->p.done = done;
}

void
meter_free(struct meter *m)
{
	if (m == NULL)
		return;
	measure(m);
	if (m->lines)
		write_line(m);
	else
		draw(m, "\n");
	say_after(NULL, NULL);
	event_free(m->timer);
	free(m->name);
	free(m);
}
