#include "http/http_reply.h"

#include <stdio.h>

#include "support.h"

#define MAX		256
#define FIELDS_MAX	8

#define OK	"HTTP/1.1 200 OK\r\n"

static const struct {
	const char		*name, *text;
	enum http_method	 method;
	int			 status, minor;
	const char		*reason;
	enum http_framing	 framing;
	int64_t			 length;
	bool			 keep_alive;
	size_t			 fields;
} good[] = {
	{ "usual", OK "Content-Length: 5\r\n\r\n", HTTP_GET, 200, 1, "OK",
	    HTTP_FRAMING_LENGTH, 5, true, 1 },
	{ "4 no field", OK "\r\n", HTTP_GET, 200, 1, "OK",
	    HTTP_FRAMING_CLOSE, 0, false, 0 },
	{ "4 no reason", "HTTP/1.1 200 \r\nA: b\r\n\r\n", HTTP_GET, 200, 1,
	    "", HTTP_FRAMING_CLOSE, 0, false, 1 },
	{ "4 no reason and no space", "HTTP/1.1 200\r\n\r\n", HTTP_GET, 200,
	    1, "", HTTP_FRAMING_CLOSE, 0, false, 0 },
	{ "4 nothing but LF", "HTTP/1.0 404\n\n", HTTP_GET, 404, 0, "",
	    HTTP_FRAMING_CLOSE, 0, false, 0 },
	{ "4 reason of all bytes", "HTTP/1.1 500 \tA \x80\xff~:\r\n\r\n",
	    HTTP_GET, 500, 1, "\tA \x80\xff~:", HTTP_FRAMING_CLOSE, 0, false,
	    0 },
	{ "4 reason of a space", "HTTP/1.1 200  \r\n\r\n", HTTP_GET, 200, 1,
	    " ", HTTP_FRAMING_CLOSE, 0, false, 0 },
	{ "15 the least status", "HTTP/1.1 100 \r\n\r\n", HTTP_GET, 100, 1,
	    "", HTTP_FRAMING_NONE, 0, true, 0 },
	{ "15 the largest status", "HTTP/1.1 999 \r\n\r\n", HTTP_GET, 999, 1,
	    "", HTTP_FRAMING_CLOSE, 0, false, 0 },
	{ "2.5 HTTP/1.9", "HTTP/1.9 204 \r\n\r\n", HTTP_GET, 204, 1, "",
	    HTTP_FRAMING_NONE, 0, true, 0 },
	{ "2.5 HTTP/1.0", "HTTP/1.0 204 \r\n\r\n", HTTP_GET, 204, 0, "",
	    HTTP_FRAMING_NONE, 0, false, 0 },
	{ "6.3 chunked", OK "Transfer-Encoding: Chunked\r\n\r\n", HTTP_GET,
	    200, 1, "OK", HTTP_FRAMING_CHUNKED, 0, true, 1 },
	{ "6.3 the largest length", OK
	    "content-length:9223372036854775807\r\n\r\n", HTTP_GET, 200, 1,
	    "OK", HTTP_FRAMING_LENGTH, INT64_MAX, true, 1 },
	{ "6.3 length 0", OK "Content-Length: 000\r\n\r\n", HTTP_GET, 200, 1,
	    "OK", HTTP_FRAMING_LENGTH, 0, true, 1 },
	{ "6.3 HEAD", OK "Content-Length: 5\r\n\r\n", HTTP_HEAD, 200, 1,
	    "OK", HTTP_FRAMING_NONE, 0, true, 1 },
	{ "6.3 HEAD, chunked", OK "Transfer-Encoding: chunked\r\n\r\n",
	    HTTP_HEAD, 200, 1, "OK", HTTP_FRAMING_NONE, 0, true, 1 },
	{ "6.3 HEAD, nothing said", OK "\r\n", HTTP_HEAD, 200, 1, "OK",
	    HTTP_FRAMING_NONE, 0, true, 0 },
	{ "6.3 1xx", "HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n"
	    "\r\n", HTTP_GET, 103, 1, "Early Hints", HTTP_FRAMING_NONE, 0,
	    true, 1 },
	{ "6.3 101", "HTTP/1.1 101 \r\nConnection: upgrade\r\n\r\n",
	    HTTP_GET, 101, 1, "", HTTP_FRAMING_NONE, 0, true, 1 },
	{ "6.3 204", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
	    HTTP_GET, 204, 1, "No Content", HTTP_FRAMING_NONE, 0, true, 1 },
	{ "6.3 304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n"
	    "\r\n", HTTP_GET, 304, 1, "Not Modified", HTTP_FRAMING_NONE, 0,
	    true, 1 },
	{ "6.3 205, length", "HTTP/1.1 205 \r\nContent-Length: 0\r\n\r\n",
	    HTTP_GET, 205, 1, "", HTTP_FRAMING_LENGTH, 0, true, 1 },
	{ "6.3 205, chunked", "HTTP/1.1 205 \r\nTransfer-Encoding: chunked"
	    "\r\n\r\n", HTTP_GET, 205, 1, "", HTTP_FRAMING_CHUNKED, 0, true,
	    1 },
	{ "6.3 205, close", "HTTP/1.1 205 \r\n\r\n", HTTP_GET, 205, 1, "",
	    HTTP_FRAMING_CLOSE, 0, false, 0 },
	{ "6.3 CONNECT", OK "Content-Length: 5\r\n\r\n", HTTP_CONNECT, 200,
	    1, "OK", HTTP_FRAMING_NONE, 0, true, 1 },
	{ "6.3 CONNECT refused", "HTTP/1.1 405 \r\nContent-Length: 5\r\n"
	    "\r\n", HTTP_CONNECT, 405, 1, "", HTTP_FRAMING_LENGTH, 5, true,
	    1 },
	{ "9.3 close", OK "Content-Length: 5\r\nConnection: x, CLOSE\r\n"
	    "\r\n", HTTP_GET, 200, 1, "OK", HTTP_FRAMING_LENGTH, 5, false,
	    2 },
	{ "9.3 keep-alive in 1.0", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n"
	    "Connection: Keep-Alive\r\n\r\n", HTTP_GET, 200, 0, "OK",
	    HTTP_FRAMING_LENGTH, 5, true, 2 },
	{ "9.3 keep-alive without an end", "HTTP/1.0 200 OK\r\n"
	    "Connection: keep-alive\r\n\r\n", HTTP_GET, 200, 0, "OK",
	    HTTP_FRAMING_CLOSE, 0, false, 1 },
	{ "2.2 LF everywhere", "HTTP/1.1 200 OK\nContent-Length: 5\n\n",
	    HTTP_GET, 200, 1, "OK", HTTP_FRAMING_LENGTH, 5, false, 1 },
	{ "2.2 LF behind the status line", "HTTP/1.1 200 OK\n"
	    "Content-Length: 5\r\n\r\n", HTTP_GET, 200, 1, "OK",
	    HTTP_FRAMING_LENGTH, 5, false, 1 },
	{ "2.2 LF behind a field", OK "Content-Length: 5\n\r\n", HTTP_GET,
	    200, 1, "OK", HTTP_FRAMING_LENGTH, 5, false, 1 },
	{ "2.2 LF at the end", OK "Content-Length: 5\r\n\n", HTTP_GET, 200,
	    1, "OK", HTTP_FRAMING_LENGTH, 5, false, 1 },
	{ "2.2 LF before a folded line", OK "Content-Length:\n 5\r\n\r\n",
	    HTTP_GET, 200, 1, "OK", HTTP_FRAMING_LENGTH, 5, false, 1 },
	{ "5.2 folded", OK "Content-Length: 5\r\nA: b\r\n c\r\n\td\r\n\r\n",
	    HTTP_GET, 200, 1, "OK", HTTP_FRAMING_LENGTH, 5, true, 2 },
	{ "5.2 what matters is folded", OK "Transfer-Encoding:\r\n chunked"
	    "\r\nConnection: x,\r\n close\r\n\r\n", HTTP_GET, 200, 1, "OK",
	    HTTP_FRAMING_CHUNKED, 0, false, 2 },
	{ "5.2 folded to nothing", OK "Content-Length: 5\r\n \r\n\t\r\n\r\n",
	    HTTP_GET, 200, 1, "OK", HTTP_FRAMING_LENGTH, 5, true, 1 },
	{ "5.2 a field in a folded line", OK "A: b\r\n Content-Length: 5\r\n"
	    "\r\n", HTTP_GET, 200, 1, "OK", HTTP_FRAMING_CLOSE, 0, false,
	    1 },
	{ "5 as many fields as are allowed", OK "A:\r\nA:\r\nA:\r\nA:\r\n"
	    "A:\r\nA:\r\nA:\r\nA:\r\n\r\n", HTTP_GET, 200, 1, "OK",
	    HTTP_FRAMING_CLOSE, 0, false, 8 },
};

static const struct {
	const char	*name, *text;
	size_t		 len;
	const char	*wrong;
} bad[] = {
	{ "4 empty line first", BYTES("\r\n" OK "\r\n"), "does not begin" },
	{ "4 a page", BYTES("<html>"), "does not begin" },
	{ "4 another protocol", BYTES("SSH-2.0-x\r\n"), "does not begin" },
	{ "4 ICY", BYTES("ICY 200 OK\r\n\r\n"), "does not begin" },
	{ "4 small letters", BYTES("http/1.1 200 OK\r\n\r\n"),
	    "does not begin" },
	{ "4 a space first", BYTES(" " OK "\r\n"), "does not begin" },
	{ "4 NUL first", BYTES("\0" OK "\r\n"), "does not begin" },
	{ "4 the name alone", BYTES("HTTP\r\n\r\n"), "does not begin" },
	{ "4 HTTPS", BYTES("HTTPS/1.1 200 OK\r\n\r\n"), "does not begin" },
	{ "2.3 HTTP/2", BYTES("HTTP/2 200\r\n\r\n"), "is of HTTP/2" },
	{ "2.3 HTTP/2.0", BYTES("HTTP/2.0 200 OK\r\n\r\n"), "is of HTTP/2" },
	{ "2.3 HTTP/0.9", BYTES("HTTP/0.9 200 OK\r\n\r\n"), "is of HTTP/0" },
	{ "2.3 HTTP/9.9", BYTES("HTTP/9.9 200 OK\r\n\r\n"), "is of HTTP/9" },
	{ "2.3 no number", BYTES("HTTP/x"), "malformed" },
	{ "2.3 no number but a space", BYTES("HTTP/ 200 OK\r\n\r\n"),
	    "malformed" },
	{ "2.3 major alone", BYTES("HTTP/1 200 OK\r\n\r\n"), "malformed" },
	{ "2.3 two digits", BYTES("HTTP/11.1 200 OK\r\n\r\n"), "malformed" },
	{ "2.3 no minor", BYTES("HTTP/1. 200 OK\r\n\r\n"), "malformed" },
	{ "2.3 two digits of minor", BYTES("HTTP/1.10 200 OK\r\n\r\n"),
	    "behind the version" },
	{ "4 tab", BYTES("HTTP/1.1\t200 OK\r\n\r\n"), "behind the version" },
	{ "4 version alone", BYTES("HTTP/1.1\r\n"), "behind the version" },
	{ "4 two spaces", BYTES("HTTP/1.1  200 OK\r\n\r\n"), "status code" },
	{ "4 no status", BYTES("HTTP/1.1 OK\r\n\r\n"), "status code" },
	{ "4 two digits of status", BYTES("HTTP/1.1 20\r\n"), "status code" },
	{ "4 four digits", BYTES("HTTP/1.1 2000\r\n"), "status code" },
	{ "4 status below 100", BYTES("HTTP/1.1 099 \r\n"), "status code" },
	{ "4 sign", BYTES("HTTP/1.1 -20 \r\n"), "status code" },
	{ "4 a letter behind the status", BYTES("HTTP/1.1 200x"),
	    "behind the status" },
	{ "4 a tab behind the status", BYTES("HTTP/1.1 200\tOK\r\n\r\n"),
	    "behind the status" },
	{ "4 NUL in the reason", BYTES("HTTP/1.1 200 O\0K\r\n\r\n"),
	    "reason" },
	{ "4 escape in the reason", BYTES("HTTP/1.1 200 \x1b[2J\r\n\r\n"),
	    "reason" },
	{ "4 CR in the reason", BYTES("HTTP/1.1 200 O\rK\r\n\r\n"),
	    "reason" },
	{ "4 CR behind the status", BYTES("HTTP/1.1 200\rA: b\r\n\r\n"),
	    "reason" },
	{ "4 CR CR LF", BYTES("HTTP/1.1 200 OK\r\r\n\r\n"), "reason" },
	{ "5 no colon", BYTES(OK "A\r\n\r\n"), "no colon" },
	{ "5.1 blank before the colon", BYTES(OK "A : b\r\n\r\n"),
	    "its colon" },
	{ "5.5 control byte", BYTES(OK "A: \x1b[31m\r\n\r\n"),
	    "control byte" },
	{ "5.5 NUL", BYTES(OK "A: b\0\r\n\r\n"), "NUL" },
	{ "5.2 bare CR before a folded line", BYTES(OK "A: b\r\r\n c\r\n"
	    "\r\n"), "stands alone" },
	{ "5.2 no colon but one in a folded line", BYTES(OK "A\r\n : b\r\n"
	    "\r\n"), "its colon" },
	{ "2.2 blank before the fields", BYTES(OK " A: b\r\n\r\n"),
	    "first field" },
	{ "2.2 a first line of blanks", BYTES(OK "\t\r\nA: b\r\n\r\n"),
	    "first field" },
	{ "5.4 too many fields", BYTES(OK "A:\r\nA:\r\nA:\r\nA:\r\nA:\r\n"
	    "A:\r\nA:\r\nA:\r\nA:\r\n\r\n"), "more fields" },
	{ "6.3 both", BYTES(OK "Content-Length: 5\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n"), "both" },
	{ "6.3 two lengths", BYTES(OK "Content-Length: 5\r\n"
	    "Content-Length: 5\r\n\r\n"), "more than one Content-Length" },
	{ "6.3 list of lengths", BYTES(OK "Content-Length: 5, 5\r\n\r\n"),
	    "more than one value" },
	{ "6.3 folded lengths", BYTES(OK "Content-Length: 5\r\n 5\r\n\r\n"),
	    "decimal" },
	{ "8.6 empty length", BYTES(OK "Content-Length: \r\n\r\n"),
	    "empty" },
	{ "8.6 plus", BYTES(OK "Content-Length: +5\r\n\r\n"), "decimal" },
	{ "8.6 minus", BYTES(OK "Content-Length: -5\r\n\r\n"), "decimal" },
	{ "8.6 2^63", BYTES(OK "Content-Length: 9223372036854775808\r\n"
	    "\r\n"), "too large" },
	{ "6.1 coding in 1.0", BYTES("HTTP/1.0 200 OK\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n"), "HTTP/1.0" },
	{ "6.1 two codings", BYTES(OK "Transfer-Encoding: gzip\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n"),
	    "more than one Transfer-Encoding" },
	{ "6.1 empty coding", BYTES(OK "Transfer-Encoding:\r\n\r\n"),
	    "empty" },
	{ "6.1 malformed coding", BYTES(OK "Transfer-Encoding: (\r\n\r\n"),
	    "malformed" },
	{ "6.1 unknown coding", BYTES(OK "Transfer-Encoding: gzip, chunked"
	    "\r\n\r\n"), "not known" },
	{ "6.3 not chunked", BYTES(OK "Transfer-Encoding: gzip\r\n\r\n"),
	    "not chunked" },
	{ "6.3 identity", BYTES(OK "Transfer-Encoding: identity\r\n\r\n"),
	    "not chunked" },
	{ "6.3 both in a 304", BYTES("HTTP/1.1 304 \r\nContent-Length: 5\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n"), "both" },
};

static struct http_field fields[FIELDS_MAX];

/* One call; text ends at the wall. */
static ssize_t
parse(size_t *scanned, const char *text, size_t len, enum http_method method,
    struct http_reply *out)
{
	out->fields.v = fields;
	out->fields.max = FIELDS_MAX;
	return http_reply_parse(scanned, guarded(text, len), len, method,
	    MAX, out);
}

static void
check_good(int i, const struct http_reply *r)
{
	const char *name = good[i].name;

	ck_assert_ptr_null(r->fault);
	ck_assert_msg(r->status == good[i].status &&
	    r->minor == good[i].minor, "%s: %d %d", name, r->status,
	    r->minor);
	ck_assert_msg(slice_eq(r->reason, slice_of(good[i].reason)),
	    "%s: reason", name);
	ck_assert_msg(r->framing == good[i].framing &&
	    r->content_length == good[i].length, "%s: %d %jd", name,
	    (int)r->framing, (intmax_t)r->content_length);
	ck_assert_msg(r->keep_alive == good[i].keep_alive, "%s: keep_alive",
	    name);
	ck_assert_msg(r->fields.n == good[i].fields, "%s: %zu fields", name,
	    r->fields.n);
}

START_TEST(accepted)
{
	size_t len = strlen(good[_i].text), scanned = 0;
	struct http_reply r;
	ssize_t n;

	n = parse(&scanned, good[_i].text, len, good[_i].method, &r);
	ck_assert_msg(n == (ssize_t)len, "%s: %zd, %s", good[_i].name, n,
	    n == -1 ? r.fault->wrong : "");
	check_good(_i, &r);
}
END_TEST

START_TEST(prefixes_ask_for_more)
{
	struct http_reply r;

	for (size_t n = 0; n < strlen(good[_i].text); n++) {
		size_t scanned = 0;

		ck_assert_msg(parse(&scanned, good[_i].text, n,
		    good[_i].method, &r) == 0, "%s: %zu", good[_i].name, n);
	}
}
END_TEST

START_TEST(byte_by_byte)
{
	size_t len = strlen(good[_i].text), scanned = 0;
	struct http_reply r;

	for (size_t n = 0; n < len; n++)
		ck_assert_msg(parse(&scanned, good[_i].text, n,
		    good[_i].method, &r) == 0, "%s: %zu", good[_i].name, n);
	ck_assert_int_eq(parse(&scanned, good[_i].text, len, good[_i].method,
	    &r), (ssize_t)len);
	check_good(_i, &r);
}
END_TEST

/* What follows is content, or the next head, whatever it is. */
START_TEST(with_what_follows)
{
	static const char *const next[] = {
		OK "\r\n", "\r\n\r\n", "\n", "\0", " folded"
	};
	size_t len = strlen(good[_i].text);
	struct http_reply r;
	char text[512];

	for (int i = 0; i < COUNT(next); i++) {
		size_t more = strlen(next[i]) + 1, scanned = 0;

		memcpy(text, good[_i].text, len);
		memcpy(text + len, next[i], more);
		ck_assert_msg(parse(&scanned, text, len + more,
		    good[_i].method, &r) == (ssize_t)len, "%s: %d",
		    good[_i].name, i);
		check_good(_i, &r);
	}
}
END_TEST

static void
check_bad(int i, ssize_t n, const struct http_reply *r)
{
	ck_assert_msg(n == -1, "%s: %zd", bad[i].name, n);
	ck_assert_msg(strstr(r->fault->wrong, bad[i].wrong) != NULL, "%s: %s",
	    bad[i].name, r->fault->wrong);
	/* It is the client's to say, and of what a server sent. */
	ck_assert_msg(strstr(r->fault->wrong, "equest") == NULL &&
	    strstr(r->fault->wrong, "erver") == NULL, "%s: %s", bad[i].name,
	    r->fault->wrong);
	ck_assert_ptr_nonnull(r->fault->source);
}

START_TEST(refused)
{
	struct http_reply r;
	size_t scanned = 0;
	ssize_t n;

	n = parse(&scanned, bad[_i].text, bad[_i].len, HTTP_GET, &r);
	check_bad(_i, n, &r);
}
END_TEST

/* The same fault, by the last byte at the latest. */
START_TEST(refused_byte_by_byte)
{
	struct http_reply r;
	size_t scanned = 0;
	ssize_t n = 0;

	for (size_t len = 0; n == 0 && len <= bad[_i].len; len++)
		n = parse(&scanned, bad[_i].text, len, HTTP_GET, &r);
	check_bad(_i, n, &r);
}
END_TEST

/* What is no status line is told by the byte that makes it none. */
static const char *const told_by_the_last[] = {
	"\r", "S", "HTTX", "HTTP/2", "HTTP/1x", "HTTP/1.1x", "HTTP/1.1 x",
	"HTTP/1.1 0", "HTTP/1.1 20x", "HTTP/1.1 200x"
};

START_TEST(refused_at_once)
{
	const char *text = told_by_the_last[_i];
	size_t scanned = 0, len = strlen(text);
	struct http_reply r;

	ck_assert_int_eq(parse(&scanned, text, len - 1, HTTP_GET, &r), 0);
	ck_assert_int_eq(parse(&scanned, text, len, HTTP_GET, &r), -1);
}
END_TEST

/* A head of len bytes. */
static void
fill(char *text, size_t len)
{
	memset(text, 'a', len);
	memcpy(text, OK "A:", sizeof(OK) + 1);
	memcpy(text + len - 4, "\r\n\r\n", 4);
}

START_TEST(limit)
{
	struct http_reply r;
	char text[MAX + 8];
	size_t scanned = 0;

	fill(text, MAX);
	ck_assert_int_eq(parse(&scanned, text, MAX - 1, HTTP_GET, &r), 0);
	ck_assert_int_eq(parse(&scanned, text, MAX, HTTP_GET, &r), MAX);
	fill(text, MAX + 1);
	for (size_t len = MAX; len <= MAX + 1; len++) {
		scanned = 0;
		ck_assert_int_eq(parse(&scanned, text, len, HTTP_GET, &r),
		    -1);
		ck_assert_ptr_nonnull(strstr(r.fault->wrong, "longer"));
	}
	memset(text, ' ', sizeof(text));
	memcpy(text, "HTTP/1.1 200", 12);
	scanned = 0;
	ck_assert_int_eq(parse(&scanned, text, sizeof(text), HTTP_GET, &r),
	    -1);
}
END_TEST

/* What was searched once is not looked at again: it may be anything. */
START_TEST(no_second_look)
{
	static const char head[] = OK "Abc: def\r\n\r\n";
	const size_t at = sizeof(OK "Abc: d") - 1, len = sizeof(head) - 1;
	struct http_reply r;
	size_t scanned = 0;
	char text[64];

	memcpy(text, head, len);
	ck_assert_int_eq(parse(&scanned, text, at, HTTP_GET, &r), 0);
	ck_assert_uint_eq(scanned, at);
	memcpy(text + at - 4, "\n\r\n", 3);
	ck_assert_int_eq(parse(&scanned, text, len - 1, HTTP_GET, &r), 0);
	ck_assert_int_eq(parse(&scanned, text, len, HTTP_GET, &r), -1);
}
END_TEST

/* The blanks that a fold becomes; nothing else changes. */
START_TEST(folds_become_blanks)
{
	static const char was[] =
	    OK "A: b\r\n c\n\td\r\n  \r\nE: f\r\n\r\n g";
	static const char is[] =
	    OK "A: b   c \td    \r\nE: f\r\n\r\n g";
	const struct http_field *f;
	struct http_reply r = {
		.fields = { .v = fields, .max = FIELDS_MAX }
	};
	size_t scanned = 0, len = sizeof(was) - 1;
	char text[64];

	memcpy(text, was, len);
	ck_assert_int_eq(http_reply_parse(&scanned, text, len, HTTP_GET, MAX,
	    &r), (ssize_t)len - 2);
	ck_assert_mem_eq(text, is, len);
	f = http_reply_field(&r, SLICE("a"), true);
	ck_assert(slice_eq(f->value, SLICE("b   c \td")));
	ck_assert(!r.keep_alive);
}
END_TEST

START_TEST(fields_by_name)
{
	static const char head[] = OK "Location: /a\r\nETag: \"b\"\r\n"
	    "LOCATION: /c\r\n\r\n";
	const struct http_field *f;
	struct http_reply r;
	size_t scanned = 0;

	ck_assert_int_gt(parse(&scanned, head, sizeof(head) - 1, HTTP_GET,
	    &r), 0);
	f = http_reply_field(&r, SLICE("etag"), true);
	ck_assert(f != NULL && slice_eq(f->value, SLICE("\"b\"")));
	f = http_reply_field(&r, SLICE("location"), false);
	ck_assert(f != NULL && slice_eq(f->value, SLICE("/a")));
	ck_assert_ptr_null(http_reply_field(&r, SLICE("Location"), true));
	ck_assert_ptr_null(http_reply_field(&r, SLICE("Locatio"), false));
	ck_assert_ptr_null(http_reply_field(&r, SLICE(""), true));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_reply");
	TCase *tc = tcase_create("head");

	tcase_add_loop_test(tc, accepted, 0, COUNT(good));
	tcase_add_loop_test(tc, prefixes_ask_for_more, 0, COUNT(good));
	tcase_add_loop_test(tc, byte_by_byte, 0, COUNT(good));
	tcase_add_loop_test(tc, with_what_follows, 0, COUNT(good));
	tcase_add_loop_test(tc, refused, 0, COUNT(bad));
	tcase_add_loop_test(tc, refused_byte_by_byte, 0, COUNT(bad));
	tcase_add_loop_test(tc, refused_at_once, 0,
	    COUNT(told_by_the_last));
	tcase_add_test(tc, limit);
	tcase_add_test(tc, no_second_look);
	tcase_add_test(tc, folds_become_blanks);
	tcase_add_test(tc, fields_by_name);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
