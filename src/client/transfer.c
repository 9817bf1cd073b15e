#include "client/transfer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/same_file.h"
#include "client/judge.h"
#include "client/meter.h"
#include "client/outlet.h"
#include "client/part_info.h"
#include "client/remark.h"
#include "client/say.h"
#include "http/http_date.h"

#define SHOWN_MAX	256	/* bytes of a URL in a message */
#define NAME_SHOWN_MAX	512	/* of the name of a file */
#define VALUE_MAX	(PART_INFO_MAX + 1)

struct transfer {
	struct event_base	*base;
	struct fetch		*fetch;
	struct outlet		*outlet;
	const struct transfer_options *options;
	transfer_done		*done;
	void			*arg;

	/* Of what is under way. */
	const struct url	*url;		/* as it was typed */
	bool			 is_asked;	/* fetch_url() is of it */
	const char		*name;		/* of the file, or NULL */
	struct meter		*meter;
	struct judge_asked	 asked;
	struct judgement	 judgement;
	bool			 begun;		/* what comes is written */
	bool			 is_flushing;	/* done, but not all printed */
	struct exchange_end	 end;
	bool			 can_resume;	/* with what is there of it */
	uint64_t		 at;		/* bytes so far */
	time_t			 modified;	/* -1: not known */
	enum exits		 why;		/* of what went wrong here */
	char			 error[NAME_SHOWN_MAX + EXCHANGE_ERROR_MAX];
	char			 status[JUDGE_ERROR_MAX];	/* of 400 and
						   more: "404 Not Found" */
	char			 range[64];
	char			 validator[VALUE_MAX];
	char			 since[HTTP_DATE_LEN + 1];
};

static void	ask(struct transfer *t);

/* ---- messages ---- */

/* Begin a message with the URL that it is about. */
static void
say_of(const struct transfer *t, const char *text, const char *kept)
{
	const struct url *url = t->is_asked ? fetch_url(t->fetch) : t->url;

	say("%.*s: %s%s%s", SHOWN_MAX, url->text, text,
	    kept[0] != '\0' ? "; " : "", kept);
}

/* Something that is no error, but may not be what was expected. */
static void
note(const struct transfer *t, const char *remark)
{
	if (!t->options->quiet)
		say_of(t, remark, "");
}

/* Keep what went wrong, for the end. Returns false. */
static bool	fail(struct transfer *t, enum exits why, const char *format,
		    ...) __attribute__((format(printf, 3, 4)));

static bool
fail(struct transfer *t, enum exits why, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(t->error, sizeof(t->error), format, ap);
	va_end(ap);
	t->why = why;
	return false;
}

/* What went wrong where it goes. */
static bool
fail_outlet(struct transfer *t)
{
	return fail(t, EXITS_FILE, "%s", outlet_error(t->outlet));
}

/* ---- the end ---- */

static void
tidy_up(struct transfer *t, const char *why)
{
	char kept[REMARK_MAX];

	meter_free(t->meter);
	t->meter = NULL;
	remark_kept(outlet_close(t->outlet), t->name, !t->begun,
	    t->can_resume, kept);
	if (why != NULL)
		say_of(t, why, kept);
	else if (kept[0] != '\0')
		say("%s", kept);
}

/* t may be gone when this returns. */
static void
end_badly(struct transfer *t, enum exits why, const char *error)
{
	tidy_up(t, error);
	t->done(t->arg, why);
}

static void
end_well(struct transfer *t)
{
	char remark[REMARK_MAX];

	/* What is not newer leaves everything as it was. */
	if (t->judgement.what != JUDGE_OLD &&
	    !outlet_finish(t->outlet, t->modified)) {
		end_badly(t, EXITS_FILE, outlet_error(t->outlet));
		return;
	}
	if (remark_outcome(t->judgement.what, t->name, t->since,
	    t->status, remark))
		note(t, remark);
	tidy_up(t, NULL);
	t->done(t->arg, EXITS_OK);
}

/*
 * Of a part it is known how long it is, also where the content has no length:
 * then only this tells that it was cut.
 */
static bool
is_short(const struct transfer *t)
{
	return t->begun && t->judgement.total != JUDGE_UNKNOWN &&
	    t->at < t->judgement.total;
}

/* All that came is where it should be, if that could be. */
static void
conclude(struct transfer *t)
{
	if (t->why == EXITS_OK && t->end.why == EXITS_OK && is_short(t))
		(void)fail(t, EXITS_SHORT, "the content ended after %ju of "
		    "%ju bytes", (uintmax_t)t->at,
		    (uintmax_t)t->judgement.total);
	if (t->why != EXITS_OK)
		end_badly(t, t->why, t->error);
	else if (t->end.why != EXITS_OK)
		end_badly(t, t->end.why, t->end.error);
	else if (t->judgement.what == JUDGE_REFUSED)
		end_badly(t, t->judgement.why, t->judgement.error);
	else if (t->judgement.what == JUDGE_ANEW)
		ask(t);
	else
		end_well(t);
}

/* Nothing more comes; false if what is printed has to be waited for. */
static bool
is_printed(struct transfer *t)
{
	if (t->why != EXITS_OK)
		return true;
	if (!outlet_end(t->outlet))
		return !fail_outlet(t);
	return !outlet_is_full(t->outlet);
}

static void
on_done(void *arg, const struct exchange_end *end)
{
	struct transfer *t = arg;

	t->end = *end;
	t->is_flushing = !is_printed(t);
	if (!t->is_flushing)
		conclude(t);
}

static void
on_room(void *arg)
{
	struct transfer *t = arg;

	if (!t->is_flushing)
		fetch_pause(t->fetch, false);
	else if (is_printed(t))
		conclude(t);
}

static void
on_failure(void *arg)
{
	struct transfer *t = arg;

	fetch_stop(t->fetch);
	fail_outlet(t);
	conclude(t);
}

/* ---- the answer ---- */

/* Whoever reads slowly is waited for. Returns whether all is well. */
static bool
is_taken(struct transfer *t, bool handed_over)
{
	if (!handed_over)
		return fail_outlet(t);
	if (outlet_is_full(t->outlet))
		fetch_pause(t->fetch, true);
	return true;
}

static bool
print_head(struct transfer *t, struct slice head)
{
	return is_taken(t, outlet_head(t->outlet, head));
}

/* Write the head of NAME.part.info, so to say, and make room. */
static bool
begin_file(struct transfer *t, const struct http_reply *reply)
{
	bool is_all = reply->status == 200 && t->judgement.what == JUDGE_WHOLE;
	struct part_info info;

	/* Of a part, or an error page, nothing can be gone on with. */
	part_info_of(slice_of(t->url->text), is_all ? reply : NULL, &info);
	t->can_resume = t->at > 0 || part_info_validator(&info).len > 0;
	return outlet_begin(t->outlet, &info, t->at) || fail_outlet(t);
}

static bool
begin_meter(struct transfer *t)
{
	const struct transfer_options *o = t->options;
	char name[METER_TITLE_MAX];

	if (o->quiet || o->method == HTTP_HEAD ||
	    !meter_is_wanted(t->name, o->progress))
		return true;
	meter_title(t->name, t->url, name);
	t->meter = meter_new(t->base, name, !isatty(STDERR_FILENO), t->at,
	    t->judgement.total == JUDGE_UNKNOWN ? PROGRESS_UNKNOWN :
	    t->judgement.total);
	return t->meter != NULL || fail(t, EXITS_SYSTEM, "out of memory");
}

/* For the file's date; -1 is none. What is there may have one as well. */
static time_t
date_of(const struct transfer *t, const struct http_reply *reply)
{
	time_t now = time(NULL), date;

	if (judge_date(reply, SLICE("Last-Modified"), now, &date) ||
	    (t->asked.have > 0 &&
	    http_date_parse(slice_of(t->validator), now, &date)))
		return date;
	return (time_t)-1;
}

/* The content that comes now is wanted. */
static bool
begin(struct transfer *t, const struct http_reply *reply, struct slice head)
{
	t->at = t->judgement.what == JUDGE_REST ? t->asked.have : 0;
	if (!print_head(t, head))
		return false;
	if (t->name != NULL && !begin_file(t, reply))
		return false;
	t->begun = true;
	return begin_meter(t);
}

static void
note_answer(struct transfer *t, const struct http_reply *reply)
{
	const char *difference = remark_difference(&t->asked, &t->judgement,
	    reply->status);
	char remark[REMARK_MAX];

	if (difference != NULL)
		note(t, difference);
	/* What is printed is looked at anyway. */
	if (fetch_is_redirect(reply->status) &&
	    (t->name != NULL || say_is_verbose()) &&
	    remark_redirect(reply, remark))
		note(t, remark);
}

static enum exchange_take
on_head(void *arg, const struct http_reply *reply, struct slice head)
{
	struct transfer *t = arg;

	judge(&t->asked, reply, time(NULL), &t->judgement);
	t->status[0] = '\0';
	if (reply->status >= 400)
		judge_status(reply, t->status, sizeof(t->status));
	t->modified = date_of(t, reply);
	note_answer(t, reply);
	switch (t->judgement.what) {
	case JUDGE_WHOLE:
	case JUDGE_PART:
	case JUDGE_REST:
		return begin(t, reply, head) ? EXCHANGE_TAKE : EXCHANGE_STOP;
	case JUDGE_OLD:
		return print_head(t, head) ? EXCHANGE_DROP : EXCHANGE_STOP;
	case JUDGE_ANEW:
		t->asked.have = 0;
		t->can_resume = false;
		break;
	case JUDGE_COMPLETE:
	case JUDGE_REFUSED:
		break;
	}
	return EXCHANGE_DROP;
}

static void
on_hop(void *arg, struct slice head)
{
	/* That it cannot be printed is told at the end. */
	(void)print_head(arg, head);
}

static bool
on_content(void *arg, const char *bytes, size_t len)
{
	struct transfer *t = arg;

	/* Never of content with a length: it is read no further. */
	if (len > t->judgement.total - t->at)
		return fail(t, EXITS_PROTOCOL, "more content came than the "
		    "%ju bytes that were announced",
		    (uintmax_t)t->judgement.total);
	t->at += len;
	if (t->meter != NULL)
		meter_set(t->meter, t->at);
	return is_taken(t, outlet_content(t->outlet,
	    (struct slice){ bytes, len }));
}

/* ---- the request ---- */

static void
ask(struct transfer *t)
{
	static const struct fetch_calls calls = {
		.on_hop = on_hop, .last = { .on_head = on_head,
		    .on_content = on_content, .on_done = on_done }
	};
	const struct transfer_options *o = t->options;
	struct request r = { .method = o->method, .url = t->url,
	    .fields = o->fields, .nfields = o->nfields, .range = o->range };

	t->begun = false;
	if (t->asked.have > 0) {
		snprintf(t->range, sizeof(t->range), "bytes=%ju-",
		    (uintmax_t)t->asked.have);
		r.range = t->range;
		r.if_range = t->validator;
	}
	if (t->asked.newer)
		r.if_modified_since = t->since;
	t->is_asked = true;
	t->asked.range = t->asked.have == 0 &&
	    (o->range != NULL || request_has(&r, SLICE("Range")));
	t->asked.wanted = t->asked.range ? o->range : NULL;
	t->asked.conditional = t->asked.newer ||
	    request_has(&r, SLICE("If-Modified-Since")) ||
	    request_has(&r, SLICE("If-None-Match"));
	fetch_start(t->fetch, &r, &calls, t);
}

/* What is there, to be gone on with, and of what it is. */
static void
find_beginning(struct transfer *t)
{
	uint64_t have = outlet_have(t->outlet);
	const char *validator = outlet_validator(t->outlet,
	    slice_of(t->url->text));
	char remark[REMARK_MAX];

	if (have == 0)
		return;
	t->asked.replaces = true;
	if (validator == NULL) {
		remark_unknown(t->name, remark);
		note(t, remark);
		return;
	}
	snprintf(t->validator, sizeof(t->validator), "%s", validator);
	t->asked.have = have;
	t->can_resume = true;
}

/* Is the file whose date counts the one that is saved? */
static bool
is_own_date(const struct transfer *t)
{
	struct stat a, b;

	return t->options->since_file != NULL &&
	    stat(t->options->since_file, &a) == 0 && stat(t->name, &b) == 0 &&
	    same_file(&a, &b);
}

/* -C that is given once more, where others of several were not whole. */
static bool
is_done(const struct transfer *t)
{
	return t->options->resume && !t->options->force && t->name != NULL &&
	    !is_own_date(t) && download_is_done(t->name);
}

static enum exits
open_outlet(struct transfer *t)
{
	const struct transfer_options *o = t->options;

	return outlet_open(t->outlet, t->name, o->resume ? DOWNLOAD_RESUME :
	    o->force ? DOWNLOAD_FORCE : DOWNLOAD_NEW,
	    o->force || (t->name != NULL && is_own_date(t)));
}

void
transfer_start(struct transfer *t, const struct url *url, const char *name)
{
	const struct transfer_options *o = t->options;
	char remark[REMARK_MAX];
	enum exits why;

	t->url = url;
	t->name = name;
	t->begun = t->is_asked = t->can_resume = false;
	t->at = 0;
	t->why = EXITS_OK;
	t->judgement.what = JUDGE_WHOLE;
	t->asked = (struct judge_asked){ .method = o->method,
	    .validator = t->validator, .newer = o->newer, .since = o->since,
	    .fail = o->fail };
	http_date_format(o->since, t->since);
	if (is_done(t)) {
		remark_done(name, remark);
		note(t, remark);
		t->done(t->arg, EXITS_OK);
		return;
	}
	if ((why = open_outlet(t)) == EXITS_FILE) {
		say("%s", outlet_error(t->outlet));
		t->done(t->arg, EXITS_FILE);
		return;
	}
	find_beginning(t);
	if (why != EXITS_OK)
		end_badly(t, why, outlet_error(t->outlet));
	else
		ask(t);
}

/* ---- what callers see ---- */

struct transfer *
transfer_new(struct event_base *base, struct fetch *f,
    const struct transfer_options *options, transfer_done *done, void *arg)
{
	static const struct outlet_calls calls = { on_room, on_failure };
	struct transfer *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->outlet = outlet_new(base, options->include, &calls, t);
	if (t->outlet == NULL) {
		free(t);
		return NULL;
	}
	t->base = base;
	t->fetch = f;
	t->options = options;
	t->done = done;
	t->arg = arg;
	return t;
}

void
transfer_stop(struct transfer *t, const char *why)
{
	fetch_stop(t->fetch);
	tidy_up(t, why);
}

void
transfer_free(struct transfer *t)
{
	if (t == NULL)
		return;
	meter_free(t->meter);
	outlet_free(t->outlet);
	free(t);
}
