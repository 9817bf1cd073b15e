#include "client/cmd_get.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <event2/event.h>

#include "client/args.h"
#include "client/exits.h"
#include "client/fetch.h"
#include "client/file_name.h"
#include "client/interrupt.h"
#include "client/say.h"
#include "client/transfer.h"
#include "event/timer.h"
#include "http/http_date.h"
#include "http/http_range.h"
#include "http/url.h"

#define IDLE_MS		60000
#define ERROR_MAX	512

/* Options without a letter. */
enum {
	FORCE_OPTION = 256,
	PROGRESS_OPTION
};

static const struct args_option options[] = {
	{ 'o', "output", "FILE", "save to this file" },
	{ 'O', "remote-name", NULL, "save to the last part of the URL" },
	{ FORCE_OPTION, "force", NULL, "replace what is there" },
	{ 'C', "continue", NULL, "go on with what is there of it" },
	{ 'i', "include", NULL, "print the head as well" },
	{ 'I', "head", NULL, "ask for the head only, and print it" },
	{ 'H', "header", "FIELD", "send it, such as 'Accept: text/html'" },
	{ 'r', "range", "RANGE", "only these bytes, such as 0-499" },
	{ 'z', "newer", "DATE", "only if newer than a date, or a file" },
	{ 'L', "follow", NULL, "follow redirects, at most 10" },
	{ 'f', "fail", NULL, "a status of 400 or more is a failure" },
	{ PROGRESS_OPTION, "progress", NULL,
	    "show progress also without a terminal" },
	{ 'q', "quiet", NULL, "no progress, no notices" },
	{ 0, NULL, NULL, NULL }
};

static const struct args_command command = {
	.name = "get", .operands = "URL...",
	.summary = "Print what a server has at http:// URLs, or save it.",
	.options = options, .least = 1, .most = INT_MAX
};

struct get {
	struct args_common	 common;
	struct transfer_options	 options;
	const char		*output;	/* -o, or NULL */
	bool			 remote_name;
	const char		*newer;		/* -z as typed, or NULL */
	const char		**fields;
	char			 range[1024];

	char			**urls;		/* that are not done */
	int			 left;
	bool			 is_busy;	/* with the one before those */
	struct url		 url;		/* of what is under way */
	char			 name[FILE_NAME_MAX];	/* of -O */
	struct event_base	*base;
	struct fetch		*fetch;
	struct transfer		*transfer;
	struct event		*next;
	struct event		*late;
	int			 status;	/* of the first failure */
};

/* ---- options ---- */

static bool
take_field(struct get *g, const char *field)
{
	const struct request so_far = { .fields = g->fields,
	    .nfields = g->options.nfields };
	const char *fault = request_field_fault(field);

	if (fault != NULL) {
		args_bad(&command, "-H \"%.200s\": %s", field, fault);
		return false;
	}
	if (strncasecmp(field, "Host:", 5) == 0 && request_has(&so_far,
	    SLICE("Host"))) {
		args_bad(&command, "-H \"%.200s\": a request has one Host "
		    "field", field);
		return false;
	}
	g->fields[g->options.nfields++] = field;
	return true;
}

static bool
take_range(struct get *g, const char *value)
{
	struct http_range unused[HTTP_RANGE_MAX];
	int n = snprintf(g->range, sizeof(g->range), "bytes=%s", value);

	if (n >= (int)sizeof(g->range) || http_range_parse((struct slice){
	    g->range, (size_t)n }, INT64_MAX, unused) <= 0) {
		args_bad(&command, "-r \"%.200s\" is no range: 0-499 are the "
		    "first 500 bytes, 500- those behind them, -500 the last "
		    "500", value);
		return false;
	}
	g->options.range = g->range;
	return true;
}

static bool
take(void *to, int letter, const char *value)
{
	struct get *g = to;

	switch (letter) {
	case 'o':
		g->output = value;
		return true;
	case 'O':
		g->remote_name = true;
		return true;
	case FORCE_OPTION:
		g->options.force = true;
		return true;
	case 'C':
		g->options.resume = true;
		return true;
	case 'I':
		g->options.method = HTTP_HEAD;
		/* FALLTHROUGH */
	case 'i':
		g->options.include = true;
		return true;
	case 'H':
		return take_field(g, value);
	case 'r':
		return take_range(g, value);
	case 'z':
		g->newer = value;
		return true;
	case 'L':
		g->options.follow = true;
		return true;
	case 'f':
		g->options.fail = true;
		return true;
	case PROGRESS_OPTION:
		g->options.progress = true;
		return true;
	default:
		g->options.quiet = true;
		return true;
	}
}

/* A date as in HTTP, or year, month and day with or without a time, of UTC. */
static bool
parse_date(const char *text, time_t *out)
{
	static const char *const forms[] = { "%Y-%m-%dT%H:%M:%SZ",
	    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d" };
	const char *end;

	if (http_date_parse(slice_of(text), time(NULL), out))
		return true;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = { .tm_sec = 0 };
		int day;

		end = strptime(text, forms[i], &tm);
		if (end == NULL || *end != '\0')
			continue;
		day = tm.tm_mday;
		*out = timegm(&tm);
		/* There is no 31st of February, which would be in March. */
		return tm.tm_mday == day;
	}
	return false;
}

/* -z: a date, or that of a file; none yet if it is the one to be saved. */
static bool
find_since(struct get *g)
{
	struct transfer_options *o = &g->options;
	struct stat st;

	if (g->newer == NULL)
		return true;
	if (parse_date(g->newer, &o->since)) {
		o->newer = true;
		return true;
	}
	if (stat(g->newer, &st) == 0) {
		o->newer = true;
		o->since = st.st_mtime;
		o->since_file = g->newer;
		return true;
	}
	if (g->output != NULL && strcmp(g->output, g->newer) == 0)
		return true;
	args_bad(&command, "-z \"%.200s\" is neither a date, such as "
	    "2026-11-21 or \"2026-11-21 20:15\" (UTC), nor a file: %m",
	    g->newer);
	return false;
}

/* Options that do not go together; NULL if all do. */
static const char *
conflict(const struct get *g, int urls)
{
	const struct transfer_options *o = &g->options;
	const struct request r = { .fields = o->fields,
	    .nfields = o->nfields };
	bool saves = g->output != NULL || g->remote_name;

	if (g->output != NULL && g->remote_name)
		return "-o and -O: one of them";
	if (g->output != NULL && urls > 1)
		return "-o is for one URL; -O saves each to a file of its own";
	if (saves && o->method == HTTP_HEAD)
		return "-I asks for no content that -o or -O could save";
	if (o->resume && !saves)
		return "-C goes on with a file: -o FILE, or -O";
	if (o->resume && (o->range != NULL ||
	    request_has(&r, SLICE("Range")) ||
	    request_has(&r, SLICE("If-Range"))))
		return "-C asks for a range by itself: neither -r nor a field "
		    "for that";
	if (o->range != NULL && request_has(&r, SLICE("Range")))
		return "-r and a Range field: one of them";
	if (g->newer != NULL && request_has(&r, SLICE("If-Modified-Since")))
		return "-z asks for a date by itself: no If-Modified-Since";
	return NULL;
}

/* What is under way is this one, with the name of its file. */
static bool
read_url(struct get *g, const char *typed, char *error, size_t size)
{
	return url_parse(typed, &g->url, error, size) && (!g->remote_name ||
	    file_name(&g->url, g->name, error, size));
}

static bool
check_url(struct get *g, const char *typed)
{
	char error[ERROR_MAX];

	if (strcmp(typed, "-") == 0 && g->options.resume) {
		args_bad(&command, "-C takes no value: without \"-\"");
		return false;
	}
	if (read_url(g, typed, error, sizeof(error)))
		return true;
	/* Options have nothing to do with it. */
	say("%.200s: %s", typed, error);
	return false;
}

/* All that can be known to be wrong is told before anything is asked for. */
static bool
is_right(struct get *g)
{
	const char *fault;

	g->options.fields = g->fields;
	/* As elsewhere "-" is standard output. */
	if (g->output != NULL && strcmp(g->output, "-") == 0)
		g->output = NULL;
	for (int i = 0; i < g->left; i++)
		if (!check_url(g, g->urls[i]))
			return false;
	if ((fault = conflict(g, g->left)) == NULL)
		return find_since(g);
	args_bad(&command, "%s", fault);
	return false;
}

/* ---- one URL after the other ---- */

static void
fail_first(struct get *g, enum exits why)
{
	if (g->status == EXITS_OK)
		g->status = (int)why;
}

/* Not at once: what was done for this URL is to end first. */
static void
on_done(void *arg, enum exits why)
{
	struct get *g = arg;

	g->is_busy = false;
	fail_first(g, why);
	/* Standard output is gone, or full, for the others as well. */
	if (why == EXITS_FILE && g->output == NULL && !g->remote_name)
		g->left = 0;
	event_active(g->next, EV_TIMEOUT, 0);
}

static void
on_next(evutil_socket_t fd, short what, void *arg)
{
	struct get *g = arg;
	char error[ERROR_MAX];

	(void)fd;
	(void)what;
	if (g->left == 0) {
		event_base_loopbreak(g->base);
		return;
	}
	g->left--;
	g->is_busy = true;
	/* They were all looked at before. */
	if (read_url(g, *g->urls++, error, sizeof(error)))
		transfer_start(g->transfer, &g->url,
		    g->remote_name ? g->name : g->output);
	else
		on_done(g, EXITS_USAGE);
}

static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	static const char late[] = "it took too long (--max-time)";
	struct get *g = arg;

	(void)fd;
	(void)what;
	event_base_loopbreak(g->base);
	/* The last one has just been done in time. */
	if (!g->is_busy && g->left == 0)
		return;
	fail_first(g, EXITS_TIMEOUT);
	if (g->is_busy)
		transfer_stop(g->transfer, late);
	else
		say("%s", late);
}

/* A signal ends it. */
static void
on_interrupt(void *arg)
{
	struct get *g = arg;

	transfer_stop(g->transfer, NULL);
}

static bool
set_up(struct get *g)
{
	uint64_t limit = g->common.max_ms;

	if ((g->base = event_base_new()) == NULL)
		return false;
	g->fetch = fetch_new(g->base, &g->common, g->options.follow);
	if (g->fetch == NULL)
		return false;
	g->transfer = transfer_new(g->base, g->fetch, &g->options, on_done,
	    g);
	g->next = evtimer_new(g->base, on_next, g);
	g->late = evtimer_new(g->base, on_late, g);
	if (g->transfer == NULL || g->next == NULL || g->late == NULL)
		return false;
	if (limit != UINT64_MAX && timer_start(g->late, limit) == -1)
		return false;
	return interrupt_watch(g->base, on_interrupt, g) == 0;
}

static void
tear_down(struct get *g)
{
	interrupt_unwatch();
	transfer_free(g->transfer);
	fetch_free(g->fetch);
	if (g->next != NULL)
		event_free(g->next);
	if (g->late != NULL)
		event_free(g->late);
	if (g->base != NULL)
		event_base_free(g->base);
}

/* The loop has failed: there may be no transfer yet, or none any more. */
static void
stop_waiting(struct get *g)
{
	say("cannot wait for events: %s", strerror(errno));
	transfer_stop(g->transfer, NULL);
	fail_first(g, EXITS_SYSTEM);
}

static int
run(struct get *g)
{
	if (!set_up(g)) {
		say("out of memory");
		g->status = EXITS_SYSTEM;
	} else {
		event_active(g->next, EV_TIMEOUT, 0);
		if (event_base_dispatch(g->base) == -1)
			stop_waiting(g);
	}
	tear_down(g);
	return g->status;
}

int
cmd_get(int argc, char **argv)
{
	struct get *g = calloc(1, sizeof(*g));
	int first, status = EXITS_SYSTEM;

	if (g == NULL || (g->fields = calloc((size_t)argc,
	    sizeof(*g->fields))) == NULL) {
		say("out of memory");
		goto done;
	}
	g->common.idle_ms = IDLE_MS;
	g->options.method = HTTP_GET;
	first = args_parse(&command, argc, argv, &g->common, take, g,
	    &status);
	if (first > 0) {
		g->urls = argv + first;
		g->left = argc - first;
		status = is_right(g) ? run(g) : EXITS_USAGE;
	}

done:
	if (g != NULL)
		free(g->fields);
	free(g);
	return status;
}
