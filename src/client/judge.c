#include "client/judge.h"

#include <stdarg.h>
#include <stdio.h>

#include "http/http_date.h"
#include "http/http_range.h"

#define SHOWN_MAX	80	/* bytes of a field in a message */

static void	refuse(struct judgement *out, enum exits why,
		    const char *format, ...)
		    __attribute__((format(printf, 3, 4)));

static void
refuse(struct judgement *out, enum exits why, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(out->error, sizeof(out->error), format, ap);
	va_end(ap);
	out->what = JUDGE_REFUSED;
	out->why = why;
}

const char *
judge_status(const struct http_reply *reply, char *out, size_t size)
{
	struct slice reason = reply->reason;

	if (reason.len == 0)
		reason = slice_of(http_status_reason(reply->status));
	if (reason.len > SHOWN_MAX)
		reason.len = SHOWN_MAX;
	snprintf(out, size, "%d %.*s", reply->status, SLICE_ARG(reason));
	return out;
}

bool
judge_date(const struct http_reply *reply, struct slice name, time_t now,
    time_t *out)
{
	const struct http_field *f = http_reply_field(reply, name, true);

	return f != NULL && http_date_parse(f->value, now, out);
}

/* Does the answer say that it is of something else than what is there? */
static bool
has_changed(const struct judge_asked *asked, const struct http_reply *reply)
{
	struct slice validator = slice_of(asked->validator);
	bool is_tag = validator.len > 0 && validator.p[0] == '"';
	const struct http_field *f = http_reply_field(reply,
	    is_tag ? SLICE("ETag") : SLICE("Last-Modified"), false);

	return f != NULL && !slice_eq(f->value, validator);
}

/*
 * A part came: what does it say of itself? False if that is nothing, nonsense
 * or at odds with its length.
 */
static bool
read_part(const struct http_reply *reply, struct http_content_range *part,
    struct judgement *out)
{
	const struct http_field *f = http_reply_field(reply,
	    SLICE("Content-Range"), true);

	if (f == NULL) {
		refuse(out, EXITS_PROTOCOL, "the part that came (206) does "
		    "not say which one it is: one Content-Range is needed");
		return false;
	}
	if (!http_content_range_parse(f->value, part) ||
	    part->range.end == 0) {
		refuse(out, EXITS_PROTOCOL, "the part that came (206) has a "
		    "malformed Content-Range: %.*s", f->value.len > SHOWN_MAX ?
		    SHOWN_MAX : (int)f->value.len, f->value.p);
		return false;
	}
	if (reply->framing == HTTP_FRAMING_LENGTH &&
	    reply->content_length != part->range.end - part->range.first) {
		refuse(out, EXITS_PROTOCOL, "the part that came (206), %.*s, "
		    "is said to have %jd bytes", SLICE_ARG(f->value),
		    (intmax_t)reply->content_length);
		return false;
	}
	return true;
}

/* Is it the very bytes that are missing, and all of them? */
static void
judge_rest(const struct judge_asked *asked, const struct http_reply *reply,
    struct judgement *out)
{
	struct http_content_range part;

	if (!read_part(reply, &part, out))
		return;
	/* Of an unknown size nobody can tell whether this is all of it. */
	if (part.size < 0) {
		out->what = JUDGE_ANEW;
		return;
	}
	if ((uint64_t)part.range.first == asked->have &&
	    part.range.end == part.size) {
		out->what = JUDGE_REST;
		out->total = (uint64_t)part.range.end;
		return;
	}
	refuse(out, EXITS_PROTOCOL, "all from byte %ju on was asked for, and "
	    "bytes %jd to %jd came", (uintmax_t)asked->have,
	    (intmax_t)part.range.first, (intmax_t)part.range.end - 1);
}

/*
 * Is it the part that was asked for? Several are in one content, and say each
 * for itself which one it is: that is for the reader of them.
 */
static void
judge_part(const struct judge_asked *asked, const struct http_reply *reply,
    struct judgement *out)
{
	struct http_range wanted[HTTP_RANGE_MAX];
	struct slice value = asked->wanted == NULL ?
	    (struct slice){ "", 0 } : slice_of(asked->wanted);
	struct http_content_range part;

	out->what = JUDGE_PART;
	if (value.len == 0 || memchr(value.p, ',', value.len) != NULL ||
	    !read_part(reply, &part, out))
		return;
	out->total = (uint64_t)(part.range.end - part.range.first);
	/* Of an unknown size the last bytes cannot be known either. */
	if (part.size < 0)
		part.size = part.range.end;
	if (http_range_parse(value, part.size, wanted) != 1 ||
	    wanted[0].first != part.range.first ||
	    wanted[0].end != part.range.end)
		refuse(out, EXITS_PROTOCOL, "%.*s was asked for, and bytes "
		    "%jd to %jd came", value.len > SHOWN_MAX ? SHOWN_MAX :
		    (int)value.len, value.p, (intmax_t)part.range.first,
		    (intmax_t)part.range.end - 1);
}

/* There is nothing behind the bytes that are there; are they all? */
static void
judge_end(const struct judge_asked *asked, const struct http_reply *reply,
    struct judgement *out)
{
	const struct http_field *f = http_reply_field(reply,
	    SLICE("Content-Range"), true);
	struct http_content_range r;

	if (f != NULL && http_content_range_parse(f->value, &r) &&
	    r.range.end == 0 && r.size >= 0 &&
	    (uint64_t)r.size == asked->have)
		out->what = JUDGE_COMPLETE;
	else
		out->what = JUDGE_ANEW;
}

/* Bytes are there, and only the whole may take their place. */
static void
judge_whole(const struct http_reply *reply, struct judgement *out)
{
	char text[JUDGE_ERROR_MAX - 32];

	if (reply->status != 200 && reply->status != 203)
		refuse(out, reply->status >= 400 ? EXITS_STATUS :
		    EXITS_PROTOCOL, "%s", judge_status(reply, text,
		    sizeof(text)));
}

/* The rest was asked for. */
static void
judge_resumed(const struct judge_asked *asked,
    const struct http_reply *reply, struct judgement *out)
{
	switch (reply->status) {
	case 206:
		if (has_changed(asked, reply))
			out->what = JUDGE_ANEW;
		else
			judge_rest(asked, reply, out);
		break;
	case 416:
		if (has_changed(asked, reply))
			out->what = JUDGE_ANEW;
		else
			judge_end(asked, reply, out);
		break;
	default:
		judge_whole(reply, out);
	}
}

static void
judge_fresh(const struct judge_asked *asked, const struct http_reply *reply,
    struct judgement *out)
{
	char text[JUDGE_ERROR_MAX - 32];

	if (asked->fail && reply->status >= 400)
		refuse(out, EXITS_STATUS, "%s", judge_status(reply, text,
		    sizeof(text)));
	else if (reply->status != 206 || asked->method == HTTP_HEAD)
		return;
	else if (asked->range)
		judge_part(asked, reply, out);
	else
		refuse(out, EXITS_PROTOCOL, "a part came (206), and the whole "
		    "was asked for");
}

/* Some servers know nothing of If-Modified-Since, but have a date. */
static bool
is_old(const struct judge_asked *asked, const struct http_reply *reply,
    time_t now)
{
	time_t changed;

	return asked->newer && reply->status == 200 &&
	    judge_date(reply, SLICE("Last-Modified"), now, &changed) &&
	    changed <= asked->since;
}

void
judge(const struct judge_asked *asked, const struct http_reply *reply,
    time_t now, struct judgement *out)
{
	*out = (struct judgement){ .what = JUDGE_WHOLE, .why = EXITS_OK,
	    .total = JUDGE_UNKNOWN };
	if (reply->framing == HTTP_FRAMING_LENGTH)
		out->total = (uint64_t)reply->content_length;
	if (reply->status == 304 && !asked->conditional)
		refuse(out, EXITS_PROTOCOL, "it has not changed (304), but "
		    "that was not asked");
	else if (reply->status == 304 || is_old(asked, reply, now))
		out->what = JUDGE_OLD;
	else if (asked->have > 0)
		judge_resumed(asked, reply, out);
	else if (asked->replaces && reply->status != 206)
		judge_whole(reply, out);
	else
		judge_fresh(asked, reply, out);
}
