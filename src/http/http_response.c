#include "http/http_response.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/put.h"
#include "http/http_byte.h"
#include "http/http_date.h"

/* The values of Server and of Connection are cut here: HTTP_HEAD_MAX holds. */
#define SHORT_VALUE_MAX	128

void
http_response_init(struct http_response *res, int status)
{
	res->status = status;
	res->content = HTTP_CONTENT_NONE;
	res->head_only = false;
	res->close = false;
	res->coding = HTTP_CODING_IDENTITY;
	res->length = 0;
	res->file = NULL;
	res->offset = 0;
	res->listing = NULL;
	res->ready = NULL;
	res->nfields = 0;
	res->overflow = false;
}

/* The one place where a value could split a response, RFC 9112 11.1. */
static bool
is_value(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!http_byte_is(p[i], HTTP_BYTE_VALUE))
			return false;
	return true;
}

void
http_response_field(struct http_response *res, const char *name,
    const char *format, ...)
{
	size_t room = sizeof(res->fields) - res->nfields;
	struct slice s = slice_of(name);
	char *p = res->fields + res->nfields;
	va_list ap;
	int n;

	if (!http_is_token(s) || room < s.len + 4) {
		res->overflow = true;
		return;
	}
	memcpy(p, s.p, s.len);
	memcpy(p + s.len, ": ", 2);
	p += s.len + 2;
	room -= s.len + 2;
	va_start(ap, format);
	n = vsnprintf(p, room, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n + 2 > room || !is_value(p, (size_t)n)) {
		res->overflow = true;
		return;
	}
	memcpy(p + n, "\r\n", 2);
	res->nfields = (size_t)(p + n + 2 - res->fields);
}

/*
 * The next line with that name from *at on: its begin, with *at behind it; or
 * NULL. The lines are our own: "Name: value" and CR LF.
 */
static const char *
find_line(const struct http_response *res, struct slice name,
    const char **at)
{
	const char *end = res->fields + res->nfields, *line, *next;

	for (line = *at; line < end; line = next) {
		next = (const char *)memchr(line, '\n',
		    (size_t)(end - line)) + 1;
		if ((size_t)(next - line) > name.len &&
		    line[name.len] == ':' && slice_eq_nocase(name,
		    (struct slice){ line, name.len })) {
			*at = next;
			return line;
		}
	}
	return NULL;
}

bool
http_response_has(const struct http_response *res, struct slice name)
{
	const char *at = res->fields;

	return find_line(res, name, &at) != NULL;
}

void
http_response_remove(struct http_response *res, struct slice name)
{
	const char *at = res->fields, *line;
	size_t len;

	while ((line = find_line(res, name, &at)) != NULL) {
		len = (size_t)(at - line);
		memmove(res->fields + (line - res->fields), at,
		    res->nfields - (size_t)(at - res->fields));
		res->nfields -= len;
		at = line;
	}
}

static char *
put_line(char *out, struct slice name, const char *value, size_t max)
{
	out = put(out, name);
	out = put(out, (struct slice){ value, strnlen(value, max) });
	return put(out, SLICE("\r\n"));
}

/* "Content-Length: ", twenty digits, CR LF. */
#define LENGTH_LINE_MAX	38

/* The fields, and the length of what has one. */
static char *
put_fields(char *out, const struct http_response *res)
{
	out = put(out, (struct slice){ res->fields, res->nfields });
	if (res->content == HTTP_CONTENT_NONE)
		return out;
	out = put(out, SLICE("Content-Length: "));
	out = put_number(out, res->length);
	return put(out, SLICE("\r\n"));
}

struct http_ready *
http_response_ready(const struct http_response *res)
{
	struct http_ready *ready;

	if (res->overflow)
		return NULL;
	ready = malloc(sizeof(*ready) + res->nfields + LENGTH_LINE_MAX);
	if (ready == NULL)
		return NULL;
	ready->len = (size_t)(put_fields(ready->lines, res) - ready->lines);
	return ready;
}

size_t
http_response_common(const char *date, const char *server, char *out)
{
	char *p = out;

	p = put_line(p, SLICE("Date: "), date, HTTP_DATE_LEN);
	p = put_line(p, SLICE("Server: "), server, SHORT_VALUE_MAX);
	return (size_t)(p - out);
}

size_t
http_response_room(const struct http_response *res)
{
	/* Of the rest, what is ready has the length already. */
	if (res->ready != NULL)
		return HTTP_HEAD_REST - LENGTH_LINE_MAX + res->ready->len;
	return HTTP_HEAD_REST + res->nfields;
}

size_t
http_response_head(const struct http_response *res, struct slice common,
    const char *connection, char *out)
{
	char *p = out;

	if (res->status == 200) {
		p = put(p, SLICE("HTTP/1.1 200 OK\r\n"));
	} else {
		p = put(p, SLICE("HTTP/1.1 "));
		p = put_number(p, (uint64_t)res->status);
		p = put_line(p, SLICE(" "), http_status_reason(res->status),
		    SHORT_VALUE_MAX);
	}
	p = put(p, common);
	if (res->ready != NULL)
		p = put(p, (struct slice){ res->ready->lines,
		    res->ready->len });
	else
		p = put_fields(p, res);
	if (connection != NULL)
		p = put_line(p, SLICE("Connection: "), connection,
		    SHORT_VALUE_MAX);
	p = put(p, SLICE("\r\n"));
	return (size_t)(p - out);
}
