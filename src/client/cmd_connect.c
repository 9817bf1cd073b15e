#include "client/cmd_connect.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/monotonic.h"
#include "client/args.h"
#include "client/crlf.h"
#include "client/dial.h"
#include "client/exits.h"
#include "client/lookup.h"
#include "client/names.h"
#include "client/print.h"
#include "client/say.h"
#include "client/source.h"
#include "client/stream.h"
#include "event/address.h"
#include "event/timer.h"

#define CRLF_MAX	8192	/* bytes that are converted at a time */
#define SILENCE_MS	1000	/* of a pipe, when the server has ended */

enum { WAIT_OPTION = 500 };

/* What runs, from the dial to the end. */
struct talk {
	/* Options and operands. */
	struct args_common	 common;
	uint64_t		 wait_ms;
	bool			 crlf;
	const char		*host;
	uint16_t		 port;

	struct event_base	*base;
	uint64_t		 begun_ms;
	struct event		*max;		/* --max-time */
	struct event		*wait;		/* --wait */
	struct event		*silence;	/* of input, see on_silence() */
	struct dial		*dial;
	struct stream		*stream;
	struct source		*source;	/* standard input */
	struct print		*print;		/* standard output */
	uint64_t		 came, went;	/* bytes */
	bool			 after_cr;	/* in what is sent */
	bool			 input_ended;
	bool			 peer_ended;	/* it sends no more */
	bool			 is_over;	/* but for what print keeps */
	enum exits		 status;
};

static const struct args_option options[] = {
	{ 'C', "crlf", NULL, "send line feeds as CR LF" },
	{ WAIT_OPTION, "wait", "TIME",
	    "stay so long after the end of input (unlimited)" },
	{ 0, NULL, NULL, NULL }
};

static const struct args_command command = {
	.name = "connect", .operands = "HOST PORT",
	.summary = "Send standard input to a server, and what it sends to "
	    "standard output.\nAt the end of input the server is told so, "
	    "and may go on sending.",
	.options = options, .least = 2, .most = 2
};

/* ---- the end ---- */

/* What is kept for standard output still goes there. */
static void
finish(struct talk *t, enum exits status)
{
	if (t->is_over)
		return;
	t->is_over = true;
	t->status = status;
	stream_free(t->stream);
	t->stream = NULL;
	if (t->source != NULL)
		source_pause(t->source, true);
	if (t->wait != NULL)
		event_del(t->wait);
	if (t->print == NULL || !print_is_full(t->print))
		event_base_loopbreak(t->base);
}

/* Nothing can be done any more. */
static void
give_up(struct talk *t, enum exits status)
{
	t->is_over = true;
	t->status = status;
	event_base_loopbreak(t->base);
}

static void
on_max(evutil_socket_t fd, short what, void *arg)
{
	struct talk *t = arg;
	char limit[TIMER_TEXT_MAX];

	(void)fd;
	(void)what;
	timer_text(t->common.max_ms, limit);
	say("ended by --max-time, after %s", limit);
	give_up(t, EXITS_TIMEOUT);
}

static void
on_waited(evutil_socket_t fd, short what, void *arg)
{
	char limit[TIMER_TEXT_MAX];
	struct talk *t = arg;

	(void)fd;
	(void)what;
	timer_text(t->wait_ms, limit);
	say_more("the server has not closed the connection within %s", limit);
	finish(t, EXITS_OK);
}

/* ---- standard output ---- */

static void
on_output_failure(void *arg, int error)
{
	say("standard output: %s", strerror(error));
	give_up(arg, EXITS_FILE);
}

static void
on_room(void *arg)
{
	struct talk *t = arg;

	if (t->is_over)
		event_base_loopbreak(t->base);
	else
		stream_pause(t->stream, false);
}

static const struct sink_calls sink_calls = {
	.on_room = on_room,
	.on_failure = on_output_failure,
};

/* What print_bytes() or print_end() has returned. */
static bool
is_printed(struct talk *t, int result)
{
	if (result == 0)
		return true;
	on_output_failure(t, errno);
	return false;
}

/* ---- the server ---- */

/*
 * The server sends no more, but may take what there is of input: a file to
 * its end, a pipe while somebody writes into it. Nobody is waited for to type.
 */
static void
go_on_alone(struct talk *t)
{
	if (t->input_ended || stream_unsent(t->stream) >= STREAM_LOW)
		return;
	if (!source_is_terminal(t->source)) {
		timer_start(t->silence, SILENCE_MS);
		return;
	}
	t->input_ended = true;
	source_pause(t->source, true);
	stream_finish(t->stream);
}

static void
on_stream_input(void *arg, const char *bytes, size_t len)
{
	struct talk *t = arg;

	t->came += len;
	if (!is_printed(t, print_bytes(t->print,
	    (struct slice){ bytes, len })))
		return;
	if (print_is_full(t->print))
		stream_pause(t->stream, true);
}

static void
on_stream_drained(void *arg)
{
	struct talk *t = arg;

	source_pause(t->source, false);
	if (t->peer_ended)
		go_on_alone(t);
}

static void
say_silent(const struct talk *t)
{
	char limit[TIMER_TEXT_MAX];

	timer_text(t->common.idle_ms, limit);
	say("no byte has come or gone for %s", limit);
}

static void
on_stream_end(void *arg, int error)
{
	struct talk *t = arg;

	if (!is_printed(t, print_end(t->print)))
		return;
	switch (error) {
	case 0:
		say_more("the server has closed the connection; bytes that "
		    "came: %" PRIu64 ", that went: %" PRIu64, t->came,
		    t->went);
		finish(t, EXITS_OK);
		return;
	case ETIMEDOUT:
		if (t->common.idle_ms != UINT64_MAX)
			say_silent(t);
		else
			say("the server does not answer any more: %s",
			    strerror(error));
		finish(t, EXITS_TIMEOUT);
		return;
	case EPIPE:
		say("the server has closed the connection before it had taken "
		    "all input");
		break;
	case ECONNRESET:
		say("the server has reset the connection");
		break;
	default:
		say("the connection has failed: %s", strerror(error));
	}
	finish(t, EXITS_SHORT);
}

/* Whoever writes into the pipe may never end, as nobody answers any more. */
static void
on_silence(evutil_socket_t fd, short what, void *arg)
{
	struct talk *t = arg;

	(void)fd;
	(void)what;
	if (t->is_over || t->input_ended ||
	    stream_unsent(t->stream) >= STREAM_LOW)
		return;
	if (!is_printed(t, print_end(t->print)))
		return;
	say("the server has closed the connection before the end of input");
	finish(t, EXITS_SHORT);
}

static void
on_stream_half_end(void *arg)
{
	struct talk *t = arg;

	t->peer_ended = true;
	go_on_alone(t);
}

static const struct stream_calls stream_calls = {
	.on_input = on_stream_input,
	.on_drained = on_stream_drained,
	.on_end = on_stream_end,
	.on_half_end = on_stream_half_end,
};

/* ---- standard input ---- */

static bool
send_bytes(struct talk *t, const char *bytes, size_t len)
{
	if (stream_write(t->stream, bytes, len) == 0) {
		t->went += len;
		return true;
	}
	say("out of memory");
	give_up(t, EXITS_SYSTEM);
	return false;
}

static bool
send_lines(struct talk *t, const char *bytes, size_t len)
{
	char out[2 * CRLF_MAX];
	size_t n;

	for (; len > 0; bytes += n, len -= n) {
		n = len < CRLF_MAX ? len : CRLF_MAX;
		if (!send_bytes(t, out, crlf_put(&t->after_cr, bytes, n,
		    out)))
			return false;
	}
	return true;
}

static void
on_source_input(void *arg, const char *bytes, size_t len)
{
	struct talk *t = arg;

	if (t->crlf ? !send_lines(t, bytes, len) : !send_bytes(t, bytes, len))
		return;
	if (stream_unsent(t->stream) >= STREAM_LOW)
		source_pause(t->source, true);
	else if (t->peer_ended)
		go_on_alone(t);
}

static void
on_source_end(void *arg, int error)
{
	struct talk *t = arg;

	t->input_ended = true;
	if (error != 0) {
		say("standard input: %s", strerror(error));
		finish(t, EXITS_FILE);
		return;
	}
	say_more("end of input");
	stream_finish(t->stream);
	if (t->wait_ms != UINT64_MAX)
		timer_start(t->wait, t->wait_ms);
}

static const struct source_calls source_calls = {
	.on_input = on_source_input,
	.on_end = on_source_end,
};

/* ---- connecting ---- */

static void
on_dialed(void *arg, int fd, enum exits why, const char *error)
{
	struct talk *t = arg;

	if (fd == -1) {
		say("%s", error);
		give_up(t, why);
		return;
	}
	t->stream = stream_new(t->base, fd, t->common.idle_ms, &stream_calls,
	    t);
	t->print = print_new(t->base, STDOUT_FILENO, &sink_calls, t);
	t->source = source_new(t->base, STDIN_FILENO, &source_calls, t);
	if (t->stream != NULL && t->print != NULL && t->source != NULL)
		return;
	say("out of memory");
	give_up(t, EXITS_SYSTEM);
}

/* Returns EXITS_OK, or why not, which was said. */
static enum exits
dial(struct talk *t)
{
	struct address *all;
	enum exits why;
	size_t n;

	why = lookup_server(&t->common, t->begun_ms, t->host, t->port, &all,
	    &n);
	if (why != EXITS_OK)
		return why;
	if (t->host != NULL)
		names_tell(t->host, all, n);
	t->dial = dial_new(t->base, all, n,
	    timer_left(args_connect_limit(&t->common), t->begun_ms),
	    on_dialed, t);
	free(all);
	return EXITS_OK;
}

/* ---- the command ---- */

static bool
take(void *to, int letter, const char *value)
{
	struct talk *t = to;

	if (letter == WAIT_OPTION)
		return args_time(&command, "--wait", value, &t->wait_ms);
	t->crlf = true;
	return true;
}

/* Returns 0, or -1 without memory. */
static int
prepare(struct talk *t)
{
	t->begun_ms = monotonic_ms();
	if ((t->base = event_base_new()) == NULL ||
	    (t->max = evtimer_new(t->base, on_max, t)) == NULL ||
	    (t->wait = evtimer_new(t->base, on_waited, t)) == NULL ||
	    (t->silence = evtimer_new(t->base, on_silence, t)) == NULL)
		return -1;
	if (t->common.max_ms != UINT64_MAX)
		return timer_start(t->max, t->common.max_ms);
	return 0;
}

static enum exits
run(struct talk *t)
{
	enum exits why;

	if (prepare(t) == -1) {
		say("out of memory");
		return EXITS_SYSTEM;
	}
	why = dial(t);
	if (why != EXITS_OK)
		return why;
	if (t->dial == NULL) {
		say("out of memory");
		return EXITS_SYSTEM;
	}
	if (event_base_dispatch(t->base) == -1) {
		say("cannot wait for events: %s", strerror(errno));
		return EXITS_SYSTEM;
	}
	return t->status;
}

static void
clear(struct talk *t)
{
	dial_free(t->dial);
	stream_free(t->stream);
	source_free(t->source);
	print_free(t->print);
	if (t->silence != NULL)
		event_free(t->silence);
	if (t->wait != NULL)
		event_free(t->wait);
	if (t->max != NULL)
		event_free(t->max);
	if (t->base != NULL)
		event_base_free(t->base);
}

int
cmd_connect(int argc, char **argv)
{
	struct talk t = { .common.idle_ms = UINT64_MAX,
	    .wait_ms = UINT64_MAX };
	int first, status;

	first = args_parse(&command, argc, argv, &t.common, take, &t,
	    &status);
	if (first == 0)
		return status;
	if (t.common.unix_path == NULL) {
		t.host = argv[first];
		if (!args_port(&command, argv[first + 1], &t.port))
			return EXITS_USAGE;
	}
	status = (int)run(&t);
	clear(&t);
	return status;
}
