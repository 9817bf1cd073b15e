/*
 * check_access_line - the formats of the access log, and that no byte of a
 * request breaks out of its field.
 */
#include "proto/access_line.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "suite.h"
#include "support.h"

#define LINE_MAX_BYTES	(ACCESS_BEGIN_MAX + ACCESS_RESULT_MAX + ACCESS_END_MAX)

static struct json json;
static char out[LINE_MAX_BYTES + 1];

/* Each part at the wall, so that not a byte too many is read or written. */
static size_t
whole(enum config_access_format format, const struct access_line *l,
    const struct access_result *r)
{
	size_t n = access_line_begin(format, l, out);

	ck_assert_uint_le(n, ACCESS_BEGIN_MAX);
	n += access_line_result(format, r, out + n);
	n += access_line_end(format, l, out + n);
	ck_assert_uint_le(n, LINE_MAX_BYTES);
	out[n] = '\0';
	return n;
}

static struct slice
none(void)
{
	return (struct slice){ NULL, 0 };
}

static const struct access_result ok = { .status = 200, .bytes = 612,
    .taken_us = 1234567, .end = "done", .coding = "br" };

/* A request from a text, "" is nothing at all. */
static struct access_line
line_of(const char *line, size_t method)
{
	return (struct access_line){
		.addr = slice_of("192.0.2.7"),
		.time = slice_of("NOW"),
		.connection = 12,
		.request = 3,
		.line = slice_of(line),
		.method = method,
		.host = none(),
		.referer = none(),
		.agent = none(),
	};
}

static const struct {
	const char		*name, *line;
	size_t			 method;
	const char		*host, *referer, *agent;
	struct access_result	 result;
	const char		*common, *combined, *json;
} rows[] = {
	{ "all of it", "GET /a?b HTTP/1.1", 3, "example.org",
	  "http://a/", "curl/8", { 200, 612, 1234567, "done", "br" },
	  "192.0.2.7 - - [NOW] \"GET /a?b HTTP/1.1\" 200 612\n",
	  "192.0.2.7 - - [NOW] \"GET /a?b HTTP/1.1\" 200 612 \"http://a/\" "
	  "\"curl/8\"\n",
	  "{\"time\":\"NOW\",\"addr\":\"192.0.2.7\",\"method\":\"GET\","
	  "\"target\":\"/a?b\",\"version\":\"HTTP/1.1\",\"status\":200,"
	  "\"bytes\":612,\"seconds\":1.234567,\"end\":\"done\","
	  "\"variant\":\"br\",\"host\":\"example.org\","
	  "\"referer\":\"http://a/\",\"agent\":\"curl/8\",\"connection\":12,"
	  "\"request\":3}\n" },
	{ "as little as there is", "", 0, NULL, NULL, NULL,
	  { 503, 0, 0, "limit", NULL },
	  "192.0.2.7 - - [NOW] \"-\" 503 0\n",
	  "192.0.2.7 - - [NOW] \"-\" 503 0 \"-\" \"-\"\n",
	  "{\"time\":\"NOW\",\"addr\":\"192.0.2.7\",\"line\":null,"
	  "\"status\":503,\"bytes\":0,\"seconds\":0.000000,"
	  "\"end\":\"limit\",\"variant\":null,\"host\":null,"
	  "\"referer\":null,\"agent\":null,\"connection\":12,"
	  "\"request\":3}\n" },
	{ "no request", "GET", 0, NULL, NULL, NULL,
	  { 400, 1873, 54, "bad-request", NULL },
	  "192.0.2.7 - - [NOW] \"GET\" 400 1873\n",
	  "192.0.2.7 - - [NOW] \"GET\" 400 1873 \"-\" \"-\"\n",
	  "{\"time\":\"NOW\",\"addr\":\"192.0.2.7\",\"line\":\"GET\","
	  "\"status\":400,\"bytes\":1873,\"seconds\":0.000054,"
	  "\"end\":\"bad-request\",\"variant\":null,\"host\":null,"
	  "\"referer\":null,\"agent\":null,\"connection\":12,"
	  "\"request\":3}\n" },
	{ "fields without a value", "OPTIONS * HTTP/1.0", 7, "", "", "",
	  { 204, 0, 999999, "done", NULL },
	  "192.0.2.7 - - [NOW] \"OPTIONS * HTTP/1.0\" 204 0\n",
	  "192.0.2.7 - - [NOW] \"OPTIONS * HTTP/1.0\" 204 0 \"-\" \"-\"\n",
	  "{\"time\":\"NOW\",\"addr\":\"192.0.2.7\",\"method\":\"OPTIONS\","
	  "\"target\":\"*\",\"version\":\"HTTP/1.0\",\"status\":204,"
	  "\"bytes\":0,\"seconds\":0.999999,\"end\":\"done\","
	  "\"variant\":null,\"host\":\"\",\"referer\":\"\",\"agent\":\"\","
	  "\"connection\":12,\"request\":3}\n" },
	{ "large numbers", "HEAD / HTTP/1.1", 4, NULL, NULL, NULL,
	  { 206, UINT64_MAX, 86400000001, "client-gone", "gzip" },
	  "192.0.2.7 - - [NOW] \"HEAD / HTTP/1.1\" 206 18446744073709551615\n",
	  "192.0.2.7 - - [NOW] \"HEAD / HTTP/1.1\" 206 18446744073709551615 "
	  "\"-\" \"-\"\n",
	  "{\"time\":\"NOW\",\"addr\":\"192.0.2.7\",\"method\":\"HEAD\","
	  "\"target\":\"/\",\"version\":\"HTTP/1.1\",\"status\":206,"
	  "\"bytes\":18446744073709551615,\"seconds\":86400.000001,"
	  "\"end\":\"client-gone\",\"variant\":\"gzip\",\"host\":null,"
	  "\"referer\":null,\"agent\":null,\"connection\":12,"
	  "\"request\":3}\n" },
	{ "what would end a field", "GET /\"a\\b HTTP/1.1", 3, "\\", "\"",
	  "a\nb\r\n", { 200, 1, 0, "done", NULL },
	  "192.0.2.7 - - [NOW] \"GET /\\x22a\\x5Cb HTTP/1.1\" 200 1\n",
	  "192.0.2.7 - - [NOW] \"GET /\\x22a\\x5Cb HTTP/1.1\" 200 1 "
	  "\"\\x22\" \"a\\x0Ab\\x0D\\x0A\"\n",
	  "{\"time\":\"NOW\",\"addr\":\"192.0.2.7\",\"method\":\"GET\","
	  "\"target\":\"/\\\"a\\\\b\",\"version\":\"HTTP/1.1\","
	  "\"status\":200,\"bytes\":1,\"seconds\":0.000000,"
	  "\"end\":\"done\",\"variant\":null,\"host\":\"\\\\\","
	  "\"referer\":\"\\\"\",\"agent\":\"a\\u000Ab\\u000D\\u000A\","
	  "\"connection\":12,\"request\":3}\n" },
	{ "UTF-8 and not", "GET / HTTP/1.1", 3, NULL, "\303\244\344",
	  "\342\202\254\360\237\220\246\302\205\342\200\256\377",
	  { 200, 1, 0, "done", NULL },
	  "192.0.2.7 - - [NOW] \"GET / HTTP/1.1\" 200 1\n",
	  "192.0.2.7 - - [NOW] \"GET / HTTP/1.1\" 200 1 \"\\xC3\\xA4\\xE4\" "
	  "\"\\xE2\\x82\\xAC\\xF0\\x9F\\x90\\xA6\\xC2\\x85\\xE2\\x80\\xAE"
	  "\\xFF\"\n",
	  "{\"time\":\"NOW\",\"addr\":\"192.0.2.7\",\"method\":\"GET\","
	  "\"target\":\"/\",\"version\":\"HTTP/1.1\",\"status\":200,"
	  "\"bytes\":1,\"seconds\":0.000000,\"end\":\"done\","
	  "\"variant\":null,\"host\":null,\"referer\":\"\303\244\\u00E4\","
	  "\"agent\":\"\342\202\254\360\237\220\246\\u0085\\u202E\\u00FF\","
	  "\"connection\":12,\"request\":3}\n" },
};

static struct slice
field_of(const char *text)
{
	return text == NULL ? none() : slice_of(text);
}

START_TEST(formats)
{
	struct access_line l = line_of(rows[_i].line, rows[_i].method);
	const char *const want[] = {
		[CONFIG_ACCESS_COMMON] = rows[_i].common,
		[CONFIG_ACCESS_COMBINED] = rows[_i].combined,
		[CONFIG_ACCESS_JSON] = rows[_i].json,
	};

	l.host = field_of(rows[_i].host);
	l.referer = field_of(rows[_i].referer);
	l.agent = field_of(rows[_i].agent);
	for (int f = CONFIG_ACCESS_COMBINED; f <= CONFIG_ACCESS_JSON; f++) {
		whole((enum config_access_format)f, &l, &rows[_i].result);
		ck_assert_msg(strcmp(out, want[f]) == 0, "%s:\n%s%s",
		    rows[_i].name, out, want[f]);
	}
}
END_TEST

/* ---- any byte, anywhere ---- */

enum { IN_LINE, IN_HOST, IN_REFERER, IN_AGENT, FIELDS };

/* Text with the byte in all places that the copying of words knows. */
static struct access_line
with_byte(int field, char byte, size_t at, char *text, size_t len)
{
	struct access_line l = line_of("", 0);
	struct slice s = { text, len };

	memset(text, 'a', len);
	text[at] = byte;
	s.p = guarded(text, len);
	switch (field) {
	case IN_LINE:
		l.line = s;
		break;
	case IN_HOST:
		l.host = s;
		break;
	case IN_REFERER:
		l.referer = s;
		break;
	default:
		l.agent = s;
		break;
	}
	return l;
}

/* The text in quotes where a reader of combined would look for it. */
static struct slice
quoted(int which)
{
	char *p = out, *end;

	for (int i = 0;; i++) {
		p = strchr(p, '"');
		ck_assert_ptr_nonnull(p);
		end = strchr(p + 1, '"');
		ck_assert_ptr_nonnull(end);
		if (i == which)
			return (struct slice){ p + 1, (size_t)(end - p - 1) };
		p = end + 1;
	}
}

/* Undo \xNN; false if there is anything else than plain ASCII and that. */
static bool
unescape(struct slice s, char *text, size_t *len)
{
	unsigned byte;

	for (*len = 0; s.len > 0; s.p++, s.len--) {
		if (s.p[0] < 0x20 || s.p[0] > 0x7e)
			return false;
		if (s.p[0] == '\\') {
			if (s.len < 4 || sscanf(s.p, "\\x%2X", &byte) != 1)
				return false;
			text[(*len)++] = (char)byte;
			s.p += 3;
			s.len -= 3;
		} else {
			text[(*len)++] = s.p[0];
		}
	}
	return true;
}

START_TEST(combined_gives_each_byte_back)
{
	static const int place[] = { [IN_LINE] = 0, [IN_REFERER] = 1,
	    [IN_AGENT] = 2 };
	char text[32], got[64];
	size_t n, len;

	for (int field = IN_LINE; field < FIELDS; field++)
		for (len = 1; len <= 19; len += 6)
			for (size_t at = 0; at < len && field != IN_HOST;
			    at++) {
				struct access_line l = with_byte(field,
				    (char)_i, at, text, len);

				n = whole(CONFIG_ACCESS_COMBINED, &l, &ok);
				ck_assert_ptr_eq(memchr(out, '\n', n),
				    out + n - 1);
				ck_assert(unescape(quoted(place[field]), got,
				    &n));
				ck_assert_msg(n == len && memcmp(got, text,
				    len) == 0, "byte %d at %zu of %zu: %s",
				    _i, at, len, out);
			}
}
END_TEST

/* What Latin-1 has there is what a byte that is no UTF-8 becomes. */
static size_t
latin1(const char *text, size_t len, char *utf8)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x80) {
			utf8[n++] = (char)c;
			continue;
		}
		utf8[n++] = (char)(0xc0 | c >> 6);
		utf8[n++] = (char)(0x80 | (c & 0x3f));
	}
	return n;
}

START_TEST(json_gives_each_byte_back)
{
	static const char *const names[] = { "line", "host", "referer",
	    "agent" };
	char text[32], want[64];
	size_t n, len;

	for (int field = IN_LINE; field < FIELDS; field++)
		for (len = 1; len <= 19; len += 6)
			for (size_t at = 0; at < len; at++) {
				struct access_line l = with_byte(field,
				    (char)_i, at, text, len);
				const struct json_member *m;

				n = whole(CONFIG_ACCESS_JSON, &l, &ok);
				ck_assert_ptr_eq(memchr(out, '\n', n),
				    out + n - 1);
				ck_assert_msg(json_read(&json, out, n - 1),
				    "%s: %s", json.fault, out);
				m = json_find(&json, names[field]);
				ck_assert(m != NULL && m->kind == 's');
				ck_assert_uint_eq(m->len, latin1(text, len,
				    want));
				ck_assert_msg(memcmp(m->value, want,
				    m->len) == 0, "byte %d at %zu of %zu: %s",
				    _i, at, len, out);
			}
}
END_TEST

/* Any text at all, from a generator that repeats itself. */
START_TEST(json_is_always_json)
{
	uint32_t x = (uint32_t)_i + 1;
	char text[64];
	size_t n;

	for (int round = 0; round < 2000; round++) {
		struct access_line l;
		size_t len = 1 + (size_t)round % sizeof(text);

		for (size_t i = 0; i < len; i++) {
			x ^= x << 13;
			x ^= x >> 17;
			x ^= x << 5;
			/* Many halves of characters. */
			text[i] = (char)(x % 3 == 0 ? 0x80 | (x >> 8 & 0x3f) :
			    x % 3 == 1 ? 0xc0 | (x >> 8 & 0x3f) : x >> 8);
		}
		l = line_of("", 0);
		l.line = l.agent = (struct slice){ guarded(text, len), len };
		n = whole(CONFIG_ACCESS_JSON, &l, &ok);
		ck_assert_msg(json_read(&json, out, n - 1), "%s: %s",
		    json.fault, out);
		n = whole(CONFIG_ACCESS_COMBINED, &l, &ok);
		ck_assert_ptr_eq(memchr(out, '\n', n), out + n - 1);
	}
}
END_TEST

/* ---- long values ---- */

static const struct {
	const char	*name;
	char		 byte;
	size_t		 len;
	bool		 cut;
} longs[] = {
	{ "8 KiB",			'a', 8192, false },
	{ "more than that",		'a', 8300, true },
	{ "far more",			'a', 100000, true },
	{ "each escaped",		'"', 8192, true },
	{ "each escaped, far more",	'\001', 100000, true },
	{ "each cut in its middle",	'\303', 20000, true },
};

START_TEST(cuts_long_values)
{
	static char text[100000];
	struct access_line l = line_of("", 0);
	size_t n;

	memset(text, longs[_i].byte, longs[_i].len);
	l.line = l.host = l.referer = l.agent =
	    (struct slice){ guarded(text, longs[_i].len), longs[_i].len };
	for (int f = CONFIG_ACCESS_COMBINED; f <= CONFIG_ACCESS_JSON; f++) {
		n = whole((enum config_access_format)f, &l, &ok);
		ck_assert_ptr_eq(memchr(out, '\n', n), out + n - 1);
		ck_assert_msg((strstr(out, "...\"") != NULL) == longs[_i].cut,
		    "%s", longs[_i].name);
	}
	ck_assert_msg(json_read(&json, out, n - 1), "%s", json.fault);
	l.method = 1;
	memcpy(text, "G ", 2);
	memcpy(text + longs[_i].len - 9, " HTTP/1.1", 9);
	l.line.p = guarded(text, longs[_i].len);
	l.host = l.referer = l.agent = none();
	n = whole(CONFIG_ACCESS_JSON, &l, &ok);
	ck_assert_msg(json_read(&json, out, n - 1), "%s", json.fault);
	ck_assert_str_eq(json_string(&json, "version"), "HTTP/1.1");
}
END_TEST

/* ---- time ---- */

static const struct {
	const char	*zone;
	time_t		 second;
	unsigned	 ms;
	const char	*combined, *json;
} times[] = {
	{ "UTC0", 0, 0, "01/Jan/1970:00:00:00 +0000",
	  "1970-01-01T00:00:00.000+00:00" },
	{ "CET-1CEST,M3.5.0,M10.5.0/3", 1795285216, 7,
	  "21/Nov/2026:19:20:16 +0100", "2026-11-21T19:20:16.007+01:00" },
	{ "CET-1CEST,M3.5.0,M10.5.0/3", 1782321616, 999,
	  "24/Jun/2026:19:20:16 +0200", "2026-06-24T19:20:16.999+02:00" },
	{ "NST3:30", 1795285216, 120, "21/Nov/2026:14:50:16 -0330",
	  "2026-11-21T14:50:16.120-03:30" },
};

START_TEST(says_the_time)
{
	size_t n;

	setenv("TZ", times[_i].zone, 1);
	tzset();
	n = access_line_time(CONFIG_ACCESS_COMBINED, times[_i].second, out);
	access_line_time_ms(CONFIG_ACCESS_COMBINED, times[_i].ms, out);
	out[n] = '\0';
	ck_assert_str_eq(out, times[_i].combined);
	ck_assert_uint_lt(n, ACCESS_TIME_MAX);
	n = access_line_time(CONFIG_ACCESS_JSON, times[_i].second, out);
	access_line_time_ms(CONFIG_ACCESS_JSON, times[_i].ms, out);
	out[n] = '\0';
	ck_assert_str_eq(out, times[_i].json);
	ck_assert_uint_lt(n, ACCESS_TIME_MAX);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("access_line");
	TCase *tc = suite_case(s, "access_line");

	tcase_add_loop_test(tc, formats, 0, ROWS(rows));
	tcase_add_loop_test(tc, combined_gives_each_byte_back, 0, 256);
	tcase_add_loop_test(tc, json_gives_each_byte_back, 0, 256);
	tcase_add_loop_test(tc, json_is_always_json, 0, 4);
	tcase_add_loop_test(tc, cuts_long_values, 0, ROWS(longs));
	tcase_add_loop_test(tc, says_the_time, 0, ROWS(times));
	return suite_run(s);
}
