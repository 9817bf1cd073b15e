#include "client/exchange.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/plural.h"
#include "client/say.h"
#include "client/stream.h"
#include "event/timer.h"
#include "http/http_body.h"

enum phase {
	IDLE,
	HEAD,		/* a request was sent, the answer's head is due */
	CONTENT,
	CLOSED
};

struct exchange {
	struct stream	*stream;
	struct event	*head_due;
	uint64_t	 idle_ms;
	enum phase	 phase;
	bool		 used;
	bool		 is_late;	/* see on_head_due() */

	/* Of the exchange that is under way. */
	const struct exchange_calls	*calls;
	void		*arg;
	enum http_method method;
	enum exchange_take take;
	bool		 unanswered;
	unsigned	 interim;
	size_t		 interim_bytes;
	struct http_body body;
	struct http_reply reply;
	struct http_field fields[EXCHANGE_FIELDS_MAX];
	size_t		 scanned;
	size_t		 head_len;
	char		 head[EXCHANGE_HEAD_MAX + 1];	/* with one too many */
};

/* ---- ends ---- */

static void
close_stream(struct exchange *x)
{
	stream_free(x->stream);
	x->stream = NULL;
	x->phase = CLOSED;
}

/* on_done frees x, perhaps: nothing may follow. */
static void
finish(struct exchange *x, struct exchange_end *end, bool reusable)
{
	event_del(x->head_due);
	end->unanswered = x->unanswered;
	end->content = x->body.total;
	x->used = true;
	if (reusable)
		x->phase = IDLE;
	else
		close_stream(x);
	x->calls->on_done(x->arg, end);
}

static void
finish_well(struct exchange *x, bool reusable)
{
	struct exchange_end end = { .why = EXITS_OK };

	finish(x, &end, reusable);
}

static void	finish_badly(struct exchange *x, enum exits why,
		    const char *format, ...)
		    __attribute__((format(printf, 3, 4)));

static void
finish_badly(struct exchange *x, enum exits why, const char *format, ...)
{
	struct exchange_end end = { .why = why };
	va_list ap;

	/* What is wrong with content that nobody wants is no matter. */
	if (x->phase == CONTENT && x->take == EXCHANGE_DROP) {
		finish_well(x, false);
		return;
	}
	va_start(ap, format);
	vsnprintf(end.error, sizeof(end.error), format, ap);
	va_end(ap);
	finish(x, &end, false);
}

/* Where a message of the server is wrong. */
static void
finish_at_fault(struct exchange *x, const struct http_fault *fault)
{
	int len = (int)strlen(fault->wrong);

	/* The sentences of faults have a full stop, messages have none. */
	if (len > 0 && fault->wrong[len - 1] == '.')
		len--;
	if (x->phase == HEAD)
		finish_badly(x, EXITS_PROTOCOL, "the answer is malformed: "
		    "%.*s (%s)", len, fault->wrong, fault->source);
	else
		finish_badly(x, EXITS_PROTOCOL, "after %ju byte%s of content: "
		    "%.*s (%s)", (uintmax_t)x->body.total,
		    plural(x->body.total), len, fault->wrong, fault->source);
}

/* How far the answer has come, for a sentence: " after 5 of 10 bytes". */
static const char *
how_far(const struct exchange *x, char *out, size_t size)
{
	size_t head = x->interim_bytes + x->head_len;

	if (x->unanswered)
		snprintf(out, size, " before any answer");
	else if (x->phase == HEAD)
		snprintf(out, size, " after %zu byte%s of the head", head,
		    plural(head));
	else if (x->body.framing == HTTP_FRAMING_LENGTH)
		snprintf(out, size, " after %ju of %jd bytes",
		    (uintmax_t)x->body.total,
		    (intmax_t)x->reply.content_length);
	else
		snprintf(out, size, " after %ju byte%s, in the middle of the "
		    "content", (uintmax_t)x->body.total,
		    plural(x->body.total));
	return out;
}

static void
time_out(struct exchange *x)
{
	char far[128], limit[TIMER_TEXT_MAX];

	timer_text(x->idle_ms, limit);
	if (x->unanswered)
		finish_badly(x, EXITS_TIMEOUT, "no answer for %s", limit);
	else if (x->phase == HEAD)
		finish_badly(x, EXITS_TIMEOUT, "the head of the answer was "
		    "not whole in %s: %zu bytes have come", limit,
		    x->interim_bytes + x->head_len);
	else
		finish_badly(x, EXITS_TIMEOUT, "nothing has come for %s%s",
		    limit, how_far(x, far, sizeof(far)));
}

/* As in stream.c, one turn of the loop is left to what is here already. */
static void
on_head_due(evutil_socket_t fd, short what, void *arg)
{
	struct exchange *x = arg;

	(void)fd;
	(void)what;
	if (!x->is_late && timer_start(x->head_due, 0) == 0)
		x->is_late = true;
	else
		time_out(x);
}

static void
on_end(void *arg, int error_number)
{
	struct exchange *x = arg;
	char far[128];

	if (x->phase == IDLE)
		close_stream(x);
	else if (error_number == ETIMEDOUT && x->idle_ms != UINT64_MAX)
		time_out(x);
	else if (error_number != 0)
		finish_badly(x, EXITS_SHORT, "the connection broke%s: %s",
		    how_far(x, far, sizeof(far)), strerror(error_number));
	else if (x->phase == CONTENT &&
	    x->body.framing == HTTP_FRAMING_CLOSE)
		finish_well(x, false);
	else
		finish_badly(x, EXITS_SHORT, "the server closed the "
		    "connection%s", how_far(x, far, sizeof(far)));
}

/* ---- content ---- */

/* Whether so much of what is dropped can be waited for. */
static bool
is_long(const struct exchange *x)
{
	return x->body.framing == HTTP_FRAMING_CLOSE ||
	    x->body.total > EXCHANGE_DROP_MAX ||
	    (x->body.framing == HTTP_FRAMING_LENGTH &&
	    x->reply.content_length > EXCHANGE_DROP_MAX);
}

/* Pass a piece on; false if that is enough of it. */
static bool
pass(struct exchange *x, struct slice data)
{
	if (x->take == EXCHANGE_DROP)
		return !is_long(x);
	/* It is what comes without content that must not be endless. */
	x->body.overhead = 0;
	return x->calls->on_content(x->arg, data.p, data.len);
}

static void
take_content(struct exchange *x, const char *bytes, size_t len)
{
	enum http_body_result result;
	struct slice data;
	size_t used;

	do {
		result = http_body_consume(&x->body, bytes, len, &used, &data);
		bytes += used;
		len -= used;
		if (data.len > 0 && !pass(x, data)) {
			finish_well(x, false);
			return;
		}
	} while (result == HTTP_BODY_MORE && len > 0);
	if (result == HTTP_BODY_FAULT)
		finish_at_fault(x, x->body.fault);
	else if (result == HTTP_BODY_DONE)
		/* What comes behind it nobody has asked for. */
		finish_well(x, x->reply.keep_alive && len == 0 &&
		    stream_unsent(x->stream) == 0);
}

/* The final head is here; bytes are what came behind it. */
static void
begin_content(struct exchange *x, const char *bytes, size_t len)
{
	event_del(x->head_due);
	x->phase = CONTENT;
	http_body_init(&x->body, x->reply.framing,
	    (uint64_t)x->reply.content_length, INT64_MAX,
	    EXCHANGE_OVERHEAD_MAX);
	x->take = x->calls->on_head(x->arg, &x->reply,
	    (struct slice){ x->head, x->head_len });
	if (x->take == EXCHANGE_STOP ||
	    (x->take == EXCHANGE_DROP && is_long(x)))
		finish_well(x, false);
	else
		take_content(x, bytes, len);
}

/* ---- heads ---- */

/* An answer of 1xx was read: it counts, and is forgotten. False at an end. */
static bool
skip_interim(struct exchange *x)
{
	if (x->reply.status == 101) {
		finish_badly(x, EXITS_PROTOCOL, "the server changes to "
		    "another protocol (101), which nobody asked it for");
		return false;
	}
	if (++x->interim > EXCHANGE_INTERIM_MAX) {
		finish_badly(x, EXITS_PROTOCOL, "more than %d answers of 1xx "
		    "and none that is final", EXCHANGE_INTERIM_MAX);
		return false;
	}
	x->interim_bytes += x->head_len;
	x->head_len = x->scanned = 0;
	return true;
}

/*
 * Add bytes to the head and read it. Sets *used to those that belong to it.
 * Returns as http_reply_parse().
 */
static ssize_t
take_head(struct exchange *x, const char *bytes, size_t len, size_t *used)
{
	const size_t before = x->head_len;
	size_t room = sizeof(x->head) - before;
	ssize_t n;

	*used = len < room ? len : room;
	memcpy(x->head + before, bytes, *used);
	x->head_len += *used;
	x->reply.fields = (struct http_fields){ .v = x->fields,
	    .max = EXCHANGE_FIELDS_MAX };
	n = http_reply_parse(&x->scanned, x->head, x->head_len, x->method,
	    EXCHANGE_HEAD_MAX - x->interim_bytes, &x->reply);
	if (n > 0) {
		*used = (size_t)n - before;
		x->head_len = (size_t)n;
		say_head('<', (struct slice){ x->head, x->head_len });
	}
	return n;
}

static void
on_input(void *arg, const char *bytes, size_t len)
{
	struct exchange *x = arg;
	size_t used;
	ssize_t n;

	if (x->phase == IDLE) {
		close_stream(x);
		return;
	}
	while (x->phase == HEAD && len > 0) {
		x->unanswered = false;
		n = take_head(x, bytes, len, &used);
		bytes += used;
		len -= used;
		if (n == 0)
			return;
		if (n < 0) {
			finish_at_fault(x, x->reply.fault);
			return;
		}
		if (x->reply.status >= 200) {
			begin_content(x, bytes, len);
			return;
		}
		if (!skip_interim(x))
			return;
	}
	if (x->phase == CONTENT)
		take_content(x, bytes, len);
}

/* ---- what callers see ---- */

struct exchange *
exchange_new(struct event_base *base, int fd, uint64_t idle_ms)
{
	static const struct stream_calls calls = {
		.on_input = on_input, .on_end = on_end
	};
	struct exchange *x = malloc(sizeof(*x));

	if (x == NULL) {
		evutil_closesocket(fd);
		return NULL;
	}
	/* Not the head: memory that is never needed costs nothing then. */
	memset(x, 0, offsetof(struct exchange, head));
	x->idle_ms = idle_ms;
	x->head_due = evtimer_new(base, on_head_due, x);
	x->stream = stream_new(base, fd, idle_ms, &calls, x);
	if (x->head_due != NULL && x->stream != NULL)
		return x;
	exchange_free(x);
	return NULL;
}

int
exchange_begin(struct exchange *x, enum http_method method, struct slice head,
    const struct exchange_calls *calls, void *arg)
{
	x->calls = calls;
	x->arg = arg;
	x->method = method;
	x->take = EXCHANGE_TAKE;
	x->unanswered = true;
	x->is_late = false;
	x->interim = 0;
	x->interim_bytes = x->head_len = x->scanned = 0;
	x->body.total = 0;
	x->phase = HEAD;
	if (x->idle_ms != UINT64_MAX &&
	    timer_start(x->head_due, x->idle_ms) == -1)
		return -1;
	say_head('>', head);
	return stream_write(x->stream, head.p, head.len);
}

bool
exchange_is_open(const struct exchange *x)
{
	return x->phase == IDLE;
}

bool
exchange_is_used(const struct exchange *x)
{
	return x->used;
}

void
exchange_pause(struct exchange *x, bool pause)
{
	if (x->stream != NULL)
		stream_pause(x->stream, pause);
}

void
exchange_free(struct exchange *x)
{
	if (x == NULL)
		return;
	stream_free(x->stream);
	if (x->head_due != NULL)
		event_free(x->head_due);
	free(x);
}
