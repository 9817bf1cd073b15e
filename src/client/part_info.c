#include "client/part_info.h"

#include <time.h>

#include "base/put.h"
#include "http/http_date.h"

#define BEGIN		SLICE(PART_INFO_BEGIN "1\n")
#define END		SLICE("end\n")
#define FIELDS		4
#define APART_SEC	60	/* as in RFC 7232; RFC 9110 names no number */

/* All four of them, with their names, are shorter than a text. */
#define VALUE_MAX	((PART_INFO_MAX - 128) / 2)
#define SHORT_MAX	((PART_INFO_MAX - 128) / 6)

/* How a line begins, and what the most of its value is. */
static const struct line {
	struct slice	name;
	size_t		most;
} lines[FIELDS] = {
	{ { "url ", 4 }, VALUE_MAX },
	{ { "etag ", 5 }, SHORT_MAX },
	{ { "last-modified ", 14 }, SHORT_MAX },
	{ { "date ", 5 }, SHORT_MAX },
};

static bool
is_value(struct slice value, size_t most)
{
	if (value.len == 0 || value.len > most)
		return false;
	for (size_t i = 0; i < value.len; i++)
		if ((unsigned char)value.p[i] < 0x20 || value.p[i] == 0x7f)
			return false;
	return true;
}

static struct slice
value_of(const struct http_reply *reply, struct slice name)
{
	const struct http_field *f = http_reply_field(reply, name, true);

	return f == NULL ? (struct slice){ "", 0 } : f->value;
}

void
part_info_of(struct slice url, const struct http_reply *reply,
    struct part_info *out)
{
	const struct slice none = { "", 0 };

	*out = (struct part_info){ none, none, none, none };
	if (reply == NULL)
		return;
	out->url = url;
	out->etag = value_of(reply, SLICE("ETag"));
	out->last_modified = value_of(reply, SLICE("Last-Modified"));
	out->date = value_of(reply, SLICE("Date"));
}

size_t
part_info_write(const struct part_info *info, char out[static PART_INFO_MAX])
{
	const struct slice values[FIELDS] = { info->url, info->etag,
	    info->last_modified, info->date };
	char *p = put(out, BEGIN);

	for (int i = 0; i < FIELDS; i++) {
		if (!is_value(values[i], lines[i].most))
			continue;
		p = put(p, lines[i].name);
		p = put(p, values[i]);
		*p++ = '\n';
	}
	return (size_t)(put(p, END) - out);
}

/* Take what the text has to begin with. */
static bool
take(struct slice *text, struct slice begin)
{
	if (text->len < begin.len || memcmp(text->p, begin.p, begin.len) != 0)
		return false;
	text->p += begin.len;
	text->len -= begin.len;
	return true;
}

/* Take the value of a line, if the text goes on with that line. */
static bool
take_line(struct slice *text, const struct line *line, struct slice *value)
{
	const char *end;

	*value = (struct slice){ "", 0 };
	if (!take(text, line->name))
		return true;
	if ((end = memchr(text->p, '\n', text->len)) == NULL)
		return false;
	*value = (struct slice){ text->p, (size_t)(end - text->p) };
	text->len -= value->len + 1;
	text->p = end + 1;
	return is_value(*value, line->most);
}

bool
part_info_read(struct slice text, struct part_info *out)
{
	struct slice *const values[FIELDS] = { &out->url, &out->etag,
	    &out->last_modified, &out->date };

	if (text.len > PART_INFO_MAX || !take(&text, BEGIN))
		return false;
	for (int i = 0; i < FIELDS; i++)
		if (!take_line(&text, &lines[i], values[i]))
			return false;
	return slice_eq(text, END);
}

/* A strong one that can be kept, and nothing else: it is sent as it is. */
static bool
is_strong_etag(struct slice tag)
{
	return tag.len >= 2 && is_value(tag, SHORT_MAX) &&
	    tag.p[0] == '"' && tag.p[tag.len - 1] == '"' &&
	    memchr(tag.p, ' ', tag.len) == NULL &&
	    memchr(tag.p + 1, '"', tag.len - 2) == NULL;
}

static bool
is_strong_date(struct slice last_modified, struct slice date)
{
	time_t changed, sent;

	/* The form of two digits of a year, which needs a clock, is none. */
	return last_modified.len == HTTP_DATE_LEN &&
	    date.len == HTTP_DATE_LEN &&
	    http_date_parse(last_modified, 0, &changed) &&
	    http_date_parse(date, 0, &sent) && sent - APART_SEC >= changed;
}

struct slice
part_info_validator(const struct part_info *info)
{
	if (is_strong_etag(info->etag))
		return info->etag;
	if (is_strong_date(info->last_modified, info->date))
		return info->last_modified;
	return (struct slice){ "", 0 };
}
