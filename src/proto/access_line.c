#include "proto/access_line.h"

#include <string.h>
#include <time.h>

#include "base/put.h"
#include "base/utf8.h"
#include "base/word.h"

#define EACH(byte)	(UINT64_C(0x0101010101010101) * (byte))
#define HIGHS		EACH(0x80)
#define VERSION_LEN	8		/* "HTTP/1.1" */
#define ESCAPE_MAX	6		/* "\u00e9" */
#define MS_AT		20		/* "2026-11-21T18:20:16.000+01:00" */

/* ---- values ---- */

/*
 * The high bits of bytes below least, up to the first of which they are
 * exact: what is borrowed for one of them falsifies those behind it.
 */
static uint64_t
below(uint64_t w, uint64_t least)
{
	return (w - EACH(least)) & ~w;
}

/*
 * The high bit of the first byte, of eight, that is not written as it is, and
 * none before it; there may be more behind it.
 */
static uint64_t
odd_bytes(uint64_t w)
{
	return (below(w, 0x20) | below(w ^ EACH('"'), 1) |
	    below(w ^ EACH('\\'), 1) | w | (w + EACH(1))) & HIGHS;
}

static bool
is_odd(unsigned char c)
{
	return c < 0x20 || c >= 0x7f || c == '"' || c == '\\';
}

/* Copy eight bytes. Returns how many stand before the first odd one. */
static inline size_t
put_word(char *out, const char *p)
{
	uint64_t odd = odd_bytes(word_load(p));

	memcpy(out, p, 8);
	return odd == 0 ? 8 : (size_t)__builtin_ctzll(odd) / 8;
}

/*
 * Copy what stands before the first odd byte, at most until limit. Returns
 * the number of bytes.
 */
static size_t
put_plain(char *out, const char *limit, struct slice s)
{
	size_t most = (size_t)(limit - out), n = 0, plain;

	if (most > s.len)
		most = s.len;
	if (most < 8) {
		while (n < most && !is_odd((unsigned char)s.p[n])) {
			out[n] = s.p[n];
			n++;
		}
		return n;
	}
	for (; n + 8 <= most; n += 8)
		if ((plain = put_word(out + n, s.p + n)) < 8)
			return n + plain;
	/* The rest, and what of the word before it makes it a whole one. */
	return n == most ? n : most - 8 + put_word(out + most - 8,
	    s.p + most - 8);
}

/* Write one odd byte, or character. Returns how many bytes of s it was. */
static size_t
put_odd(char **out, struct slice s, bool json)
{
	static const char upper[] = "0123456789ABCDEF";
	unsigned char c = (unsigned char)s.p[0];
	uint32_t code = c;
	char *p = *out;
	size_t n = 1;

	if (!json) {
		*p++ = '\\';
		*p++ = 'x';
		*p++ = upper[c >> 4];
		*p++ = upper[c & 15];
	} else if (c == '"' || c == '\\') {
		*p++ = '\\';
		*p++ = (char)c;
	} else if ((n = utf8_first(s, &code)) > 0 && utf8_is_plain(code)) {
		p = put(p, (struct slice){ s.p, n });
	} else {
		/* What is not plain, and valid, has at most 16 bits. */
		code = n > 0 ? code : c;
		n = n > 0 ? n : 1;
		*p++ = '\\';
		*p++ = 'u';
		for (int bits = 12; bits >= 0; bits -= 4)
			*p++ = upper[code >> bits & 15];
	}
	*out = p;
	return n;
}

static char *
put_value(char *out, struct slice s, bool json)
{
	const char *limit = out + ACCESS_VALUE_MAX - ESCAPE_MAX -
	    sizeof("...");
	size_t n;

	while (s.len > 0 && out < limit) {
		n = put_plain(out, limit, s);
		out += n;
		s.p += n;
		s.len -= n;
		if (s.len == 0 || out == limit)
			break;
		n = put_odd(&out, s, json);
		s.p += n;
		s.len -= n;
	}
	return s.len == 0 ? out : put(out, SLICE("..."));
}

/* In quotes; what is not there or empty is "-". */
static char *
put_quoted(char *out, struct slice s)
{
	*out++ = '"';
	out = s.len == 0 ? put(out, SLICE("-")) : put_value(out, s, false);
	*out++ = '"';
	return out;
}

/* A member of the object, with the comma behind it. */
static char *
put_member(char *out, struct slice name, struct slice value)
{
	out = put(out, name);
	if (value.p == NULL)
		return put(out, SLICE("null,"));
	*out++ = '"';
	out = put_value(out, value, true);
	return put(out, SLICE("\","));
}

/* ---- the parts of a line ---- */

static char *
begin_json(const struct access_line *l, char *out)
{
	struct slice rest = l->line;

	out = put_member(out, SLICE("{\"time\":"), l->time);
	out = put_member(out, SLICE("\"addr\":"), l->addr);
	if (l->method == 0) {
		if (l->line.len == 0)
			rest.p = NULL;
		return put_member(out, SLICE("\"line\":"), rest);
	}
	out = put_member(out, SLICE("\"method\":"), (struct slice){ l->line.p,
	    l->method });
	rest.p += l->method + 1;
	rest.len -= l->method + 1 + VERSION_LEN + 1;
	out = put_member(out, SLICE("\"target\":"), rest);
	return put_member(out, SLICE("\"version\":"), (struct slice){
	    rest.p + rest.len + 1, VERSION_LEN });
}

size_t
access_line_begin(enum config_access_format format,
    const struct access_line *l, char *out)
{
	char *p = out;

	if (format == CONFIG_ACCESS_JSON)
		return (size_t)(begin_json(l, out) - out);
	p = put(p, l->addr);
	p = put(p, SLICE(" - - ["));
	p = put(p, l->time);
	p = put(p, SLICE("] "));
	p = put_quoted(p, l->line);
	*p++ = ' ';
	return (size_t)(p - out);
}

/* "0.000123": seconds, whose six places are microseconds. */
static char *
put_seconds(char *out, uint64_t us)
{
	uint64_t rest = us % 1000000;

	out = put_number(out, us / 1000000);
	*out++ = '.';
	for (uint64_t place = 100000; place > 0; place /= 10)
		*out++ = (char)('0' + rest / place % 10);
	return out;
}

static char *
result_json(const struct access_result *r, char *out)
{
	out = put(out, SLICE("\"status\":"));
	out = put_number(out, (uint64_t)r->status);
	out = put(out, SLICE(",\"bytes\":"));
	out = put_number(out, r->bytes);
	out = put(out, SLICE(",\"seconds\":"));
	out = put_seconds(out, r->taken_us);
	out = put(out, SLICE(",\"end\":\""));
	out = put(out, slice_of(r->end));
	out = put(out, SLICE("\",\"variant\":"));
	if (r->coding == NULL)
		return put(out, SLICE("null,"));
	*out++ = '"';
	out = put(out, slice_of(r->coding));
	return put(out, SLICE("\","));
}

size_t
access_line_result(enum config_access_format format,
    const struct access_result *r, char *out)
{
	char *p = out;

	if (format == CONFIG_ACCESS_JSON)
		return (size_t)(result_json(r, out) - out);
	p = put_number(p, (uint64_t)r->status);
	*p++ = ' ';
	p = put_number(p, r->bytes);
	return (size_t)(p - out);
}

static char *
end_json(const struct access_line *l, char *out)
{
	out = put_member(out, SLICE("\"host\":"), l->host);
	out = put_member(out, SLICE("\"referer\":"), l->referer);
	out = put_member(out, SLICE("\"agent\":"), l->agent);
	out = put(out, SLICE("\"connection\":"));
	out = put_number(out, l->connection);
	out = put(out, SLICE(",\"request\":"));
	out = put_number(out, l->request);
	return put(out, SLICE("}\n"));
}

size_t
access_line_end(enum config_access_format format,
    const struct access_line *l, char *out)
{
	char *p = out;

	if (format == CONFIG_ACCESS_JSON)
		return (size_t)(end_json(l, out) - out);
	if (format == CONFIG_ACCESS_COMBINED) {
		*p++ = ' ';
		p = put_quoted(p, l->referer);
		*p++ = ' ';
		p = put_quoted(p, l->agent);
	}
	*p++ = '\n';
	return (size_t)(p - out);
}

/* ---- time ---- */

/* "2026-11-21T18:20:16.000+01:00"; %z has no colon. */
static size_t
time_json(const struct tm *tm, char *out)
{
	size_t n = strftime(out, ACCESS_TIME_MAX - 1,
	    "%Y-%m-%dT%H:%M:%S.000%z", tm);

	if (n < 2)
		return 0;
	memmove(out + n - 1, out + n - 2, 2);
	out[n - 2] = ':';
	return n + 1;
}

size_t
access_line_time(enum config_access_format format, time_t second, char *out)
{
	struct tm tm;

	if (localtime_r(&second, &tm) == NULL)
		return 0;
	if (format == CONFIG_ACCESS_JSON)
		return time_json(&tm, out);
	return strftime(out, ACCESS_TIME_MAX, "%d/%b/%Y:%H:%M:%S %z", &tm);
}

void
access_line_time_ms(enum config_access_format format, unsigned ms, char *out)
{
	if (format != CONFIG_ACCESS_JSON)
		return;
	out[MS_AT] = (char)('0' + ms / 100 % 10);
	out[MS_AT + 1] = (char)('0' + ms / 10 % 10);
	out[MS_AT + 2] = (char)('0' + ms % 10);
}
