#include "http/http_request.h"

#include <stdio.h>

#include "support.h"

#define LINE_LIMIT	64
#define HEADER_LIMIT	256
#define FIELDS_MAX	8

static const struct http_head_limits limits = { LINE_LIMIT, HEADER_LIMIT };

#define H	"Host: a\r\n"

static const struct {
	const char		*name, *text;
	enum http_method	 method;
	int			 minor;
	bool			 keep_alive;
	enum http_framing	 framing;
	int64_t			 length;
	const char		*host, *port, *path;
	bool			 bare_lf, expects_continue, has_expectation;
} good[] = {
	{ "usual", "GET / HTTP/1.1\r\n" H "\r\n", HTTP_GET, 1, true,
	    0, 0, "a", "", "/", 0, 0, 0 },
	{ "a browser's", "GET /x?y HTTP/1.1\r\nHost: a.b:8080\r\n"
	    "User-Agent: c\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n",
	    HTTP_GET, 1, true, 0, 0, "a.b", "8080", "/x", 0, 0, 0 },
	{ "1.0 without Host", "GET /a HTTP/1.0\r\n\r\n", HTTP_GET, 0, false,
	    0, 0, "", "", "/a", 0, 0, 0 },
	{ "1.0 without a field, LF", "GET /a HTTP/1.0\r\n\n", HTTP_GET, 0,
	    false, 0, 0, "", "", "/a", 1, 0, 0 },
	{ "1.0 with Host", "HEAD /a HTTP/1.0\r\n" H "\r\n", HTTP_HEAD, 0,
	    false, 0, 0, "a", "", "/a", 0, 0, 0 },
	{ "2.5 HTTP/1.9", "GET / HTTP/1.9\r\n" H "\r\n", HTTP_GET, 1, true,
	    0, 0, "a", "", "/", 0, 0, 0 },
	{ "2.2 empty line first", "\r\nGET / HTTP/1.1\r\n" H "\r\n",
	    HTTP_GET, 1, true, 0, 0, "a", "", "/", 0, 0, 0 },
	{ "2.2 16 bytes of empty lines", "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n"
	    "GET / HTTP/1.1\r\n" H "\r\n", HTTP_GET, 1, true, 0, 0,
	    "a", "", "/", 0, 0, 0 },
	{ "2.2 an empty line of LF", "\nGET / HTTP/1.1\r\n" H "\r\n",
	    HTTP_GET, 1, false, 0, 0, "a", "", "/", 1, 0, 0 },
	{ "2.2 an empty line of LF behind one", "\r\n\nGET / HTTP/1.1\r\n" H
	    "\r\n", HTTP_GET, 1, false, 0, 0, "a", "", "/", 1, 0, 0 },
	{ "2.2 LF everywhere", "GET / HTTP/1.1\nHost: a\n\n", HTTP_GET, 1,
	    false, 0, 0, "a", "", "/", 1, 0, 0 },
	{ "2.2 LF behind the request line", "GET / HTTP/1.1\n" H "\r\n",
	    HTTP_GET, 1, false, 0, 0, "a", "", "/", 1, 0, 0 },
	{ "2.2 LF behind a field", "GET / HTTP/1.1\r\nHost: a\n\r\n",
	    HTTP_GET, 1, false, 0, 0, "a", "", "/", 1, 0, 0 },
	{ "2.2 LF at the end", "GET / HTTP/1.1\r\n" H "\n", HTTP_GET, 1,
	    false, 0, 0, "a", "", "/", 1, 0, 0 },
	{ "2.2 LF and keep-alive", "GET / HTTP/1.0\nConnection: keep-alive\n"
	    "\n", HTTP_GET, 0, false, 0, 0, "", "", "/", 1, 0, 0 },
	{ "3.2.2 absolute", "GET http://b:81/c HTTP/1.1\r\n" H "\r\n",
	    HTTP_GET, 1, true, 0, 0, "b", "81", "/c", 0, 0, 0 },
	{ "3.2.2 absolute in 1.0", "GET http://b/c HTTP/1.0\r\n\r\n",
	    HTTP_GET, 0, false, 0, 0, "b", "", "/c", 0, 0, 0 },
	{ "3.2.3 CONNECT", "CONNECT b:443 HTTP/1.1\r\n" H "\r\n",
	    HTTP_CONNECT, 1, true, 0, 0, "a", "", "/", 0, 0, 0 },
	{ "3.2.4 OPTIONS *", "OPTIONS * HTTP/1.1\r\n" H "\r\n",
	    HTTP_OPTIONS, 1, true, 0, 0, "a", "", "/", 0, 0, 0 },
	{ "9.1 unknown method", "Get / HTTP/1.1\r\n" H "\r\n",
	    HTTP_METHOD_UNKNOWN, 1, true, 0, 0, "a", "", "/", 0, 0, 0 },
	{ "3.2 a query", "GET /b?c/../%zz HTTP/1.1\r\n" H "\r\n",
	    HTTP_GET, 1, true, 0, 0, "a", "", "/b", 0, 0, 0 },
	{ "3.2 a path to decode", "GET /b//.c%41 HTTP/1.1\r\n" H "\r\n",
	    HTTP_GET, 1, true, 0, 0, "a", "", "/b//.c%41", 0, 0, 0 },
	{ "2.2 LF behind a plain line", "GET /b.c HTTP/1.1\n" H "\r\n",
	    HTTP_GET, 1, false, 0, 0, "a", "", "/b.c", 1, 0, 0 },
	{ "3.2 IPv6", "GET / HTTP/1.1\r\nhOsT:[::1]:1 \r\n\r\n", HTTP_GET, 1,
	    true, 0, 0, "[::1]", "1", "/", 0, 0, 0 },
	{ "6.2 length", "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\n",
	    HTTP_POST, 1, true, HTTP_FRAMING_LENGTH, 5, "a", "", "/",
	    0, 0, 0 },
	{ "6.2 length 0", "GET / HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n",
	    HTTP_GET, 1, true, HTTP_FRAMING_LENGTH, 0, "a", "", "/",
	    0, 0, 0 },
	{ "6.2 zeros before the number", "PUT / HTTP/1.0\r\n"
	    "Content-Length: 00000000000000000000000000000012\r\n\r\n",
	    HTTP_PUT, 0, false, HTTP_FRAMING_LENGTH, 12, "", "", "/",
	    0, 0, 0 },
	{ "6.2 the largest number", "PUT / HTTP/1.1\r\n" H
	    "content-length:9223372036854775807\r\n\r\n", HTTP_PUT, 1, true,
	    HTTP_FRAMING_LENGTH, INT64_MAX, "a", "", "/", 0, 0, 0 },
	{ "6.1 chunked", "POST / HTTP/1.1\r\n" H
	    "Transfer-Encoding: chunked\r\n\r\n", HTTP_POST, 1, true,
	    HTTP_FRAMING_CHUNKED, 0, "a", "", "/", 0, 0, 0 },
	{ "6.1 any case", "POST / HTTP/1.1\r\n" H
	    "TRANSFER-ENCODING:\tChunKed \r\n\r\n", HTTP_POST, 1, true,
	    HTTP_FRAMING_CHUNKED, 0, "a", "", "/", 0, 0, 0 },
	{ "9.3 close", "GET / HTTP/1.1\r\n" H "Connection: close\r\n\r\n",
	    HTTP_GET, 1, false, 0, 0, "a", "", "/", 0, 0, 0 },
	{ "9.3 close, any case, in a list", "GET / HTTP/1.1\r\n" H
	    "Connection: Upgrade ,\tCLOSE\r\n\r\n", HTTP_GET, 1, false, 0, 0,
	    "a", "", "/", 0, 0, 0 },
	{ "9.3 close in a second line", "GET / HTTP/1.1\r\nConnection: te\r\n"
	    H "Connection: close\r\n\r\n", HTTP_GET, 1, false, 0, 0,
	    "a", "", "/", 0, 0, 0 },
	{ "9.3 close wins", "GET / HTTP/1.0\r\nConnection: close\r\n"
	    "Connection: keep-alive\r\n\r\n", HTTP_GET, 0, false, 0, 0,
	    "", "", "/", 0, 0, 0 },
	{ "9.3 close wins, 1.1", "GET / HTTP/1.1\r\n" H
	    "Connection: keep-alive, close\r\n\r\n", HTTP_GET, 1, false,
	    0, 0, "a", "", "/", 0, 0, 0 },
	{ "9.3 keep-alive in 1.0", "GET / HTTP/1.0\r\n"
	    "Connection: Keep-Alive\r\n\r\n", HTTP_GET, 0, true, 0, 0,
	    "", "", "/", 0, 0, 0 },
	{ "9.3 not a token", "GET / HTTP/1.1\r\n" H
	    "Connection: closed, \"close\", ,(\r\n\r\n", HTTP_GET, 1, true,
	    0, 0, "a", "", "/", 0, 0, 0 },
	{ "9.3 close behind an open quote", "GET / HTTP/1.1\r\n" H
	    "Connection: \"x, close\r\n\r\n", HTTP_GET, 1, false, 0, 0,
	    "a", "", "/", 0, 0, 0 },
	{ "9.3 empty", "GET / HTTP/1.1\r\n" H "Connection:\r\n\r\n",
	    HTTP_GET, 1, true, 0, 0, "a", "", "/", 0, 0, 0 },
	{ "10.1.1 continue", "PUT / HTTP/1.1\r\n" H "Content-Length: 1\r\n"
	    "Expect: 100-Continue\r\n\r\n", HTTP_PUT, 1, true,
	    HTTP_FRAMING_LENGTH, 1, "a", "", "/", 0, 1, 0 },
	{ "10.1.1 in 1.0", "GET / HTTP/1.0\r\nExpect: 100-continue, x\r\n"
	    "\r\n", HTTP_GET, 0, false, 0, 0, "", "", "/", 0, 0, 0 },
	{ "10.1.1 another", "GET / HTTP/1.1\r\n" H "Expect: 200-ok\r\n\r\n",
	    HTTP_GET, 1, true, 0, 0, "a", "", "/", 0, 0, 1 },
	{ "10.1.1 both", "GET / HTTP/1.1\r\n" H "Expect: 100-continue\r\n"
	    "Expect: x=\"a,b\"\r\n\r\n", HTTP_GET, 1, true, 0, 0,
	    "a", "", "/", 0, 1, 1 },
	{ "10.1.1 empty", "GET / HTTP/1.1\r\n" H "Expect: ,\r\n\r\n",
	    HTTP_GET, 1, true, 0, 0, "a", "", "/", 0, 0, 0 },
};

static const struct {
	const char		*name, *text;
	size_t			 len;
	int			 status;
	const char		*wrong;
	enum http_method	 method;
} bad[] = {
	{ "2.2 bare CR first", BYTES("\rGET / HTTP/1.1\r\n" H "\r\n"), 400,
	    "alone before the request line", 0 },
	{ "2.2 CR CR LF first", BYTES("\r\r\nGET / HTTP/1.1\r\n" H "\r\n"),
	    400, "alone before the request line", 0 },
	{ "2.2 17 bytes of empty lines", BYTES("\r\n\r\n\r\n\r\n\r\n\r\n"
	    "\r\n\r\n\nGET / HTTP/1.1\r\n" H "\r\n"), 400,
	    "Too many empty lines", 0 },
	{ "2.2 the 16th byte is CR", BYTES("\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
	    "\r\nGET / HTTP/1.1\r\n" H "\r\n"), 400, "Too many empty lines",
	    0 },
	{ "3 request line", BYTES("GET /\r\n"), 400, "no version",
	    HTTP_GET },
	{ "3 request line, LF", BYTES("HEAD /\n"), 400, "no version",
	    HTTP_HEAD },
	{ "3 CR CR LF", BYTES("GET / HTTP/1.1\r\r\n"), 400,
	    "carriage return", HTTP_GET },
	{ "3.2 target", BYTES("HEAD a HTTP/1.1\r\n"), 400, "target",
	    HTTP_HEAD },
	{ "7.4 https", BYTES("GET https://a/ HTTP/1.1\r\n"), 421, "scheme",
	    HTTP_GET },
	{ "3 long line without its end", BYTES("GET /bbbbbbbbbbbbbbbbbbbbbbbb"
	    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"), 414, "request line",
	    HTTP_GET },
	{ "3 long line", BYTES("HEAD /bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	    "bbbbbbbbbbb HTTP/1.1\r\n"), 414, "request line", HTTP_HEAD },
	{ "3 long line, LF", BYTES("GET /bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	    "bbbbbbbbbbbbbbb HTTP/1.1\n"), 414, "request line", HTTP_GET },
	{ "3 long word", BYTES("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	    "bbbbbbbbbbbbbbbbbbbb"), 414, "request line", 0 },
	{ "5 field line", BYTES("GET / HTTP/1.1\r\nHost\r\n\r\n"), 400,
	    "no colon", HTTP_GET },
	{ "2.2 space before the fields", BYTES("GET / HTTP/1.1\r\n " H
	    "\r\n"), 400, "first field", HTTP_GET },
	{ "6585 too many fields", BYTES("GET / HTTP/1.1\r\nA:\r\nA:\r\nA:\r\n"
	    "A:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\n\r\n"), 431, "more fields",
	    HTTP_GET },
	{ "3.2 no Host", BYTES("GET / HTTP/1.1\r\n\r\n"), 400,
	    "needs a Host", HTTP_GET },
	{ "3.2 no Host beside absolute", BYTES("GET http://a/ HTTP/1.1\r\n"
	    "\r\n"), 400, "needs a Host", HTTP_GET },
	{ "3.2 bad Host beside absolute", BYTES("GET http://a/ HTTP/1.1\r\n"
	    "Host: a b\r\n\r\n"), 400, "not a host", HTTP_GET },
	{ "3.2 two Hosts", BYTES("GET / HTTP/1.1\r\n" H H "\r\n"), 400,
	    "more than one Host", HTTP_GET },
	{ "3.2 two Hosts in 1.0", BYTES("GET / HTTP/1.0\r\n" H "A: b\r\n"
	    "HOST: b\r\n\r\n"), 400, "more than one Host", HTTP_GET },
	{ "3.2 empty Host", BYTES("GET / HTTP/1.1\r\nHost: \r\n\r\n"), 400,
	    "has no host", HTTP_GET },
	{ "3.2 empty Host in 1.0", BYTES("GET / HTTP/1.0\r\nHost:\r\n\r\n"),
	    400, "has no host", HTTP_GET },
	{ "3.2 port alone", BYTES("GET / HTTP/1.1\r\nHost: :80\r\n\r\n"),
	    400, "has no host", HTTP_GET },
	{ "7.2 userinfo", BYTES("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"), 400,
	    "user name", HTTP_GET },
	{ "3.2 list", BYTES("GET / HTTP/1.1\r\nHost: a,b\r\n\r\n"), 400,
	    "not a host", HTTP_GET },
	{ "3.2 path", BYTES("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400,
	    "not a host", HTTP_GET },
	{ "3.2 URI", BYTES("GET / HTTP/1.1\r\nHost: http://a\r\n\r\n"), 400,
	    "not a host", HTTP_GET },
	{ "3.2 port", BYTES("GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n"), 400,
	    "not a host", HTTP_GET },
	{ "6.3 length and coding", BYTES("POST / HTTP/1.1\r\n" H
	    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"), 400,
	    "both", HTTP_POST },
	{ "6.3 coding and length", BYTES("POST / HTTP/1.1\r\n" H
	    "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"), 400,
	    "both", HTTP_POST },
	{ "6.3 two lengths", BYTES("POST / HTTP/1.1\r\n" H
	    "Content-Length: 5\r\nContent-Length: 6\r\n\r\n"), 400,
	    "more than one Content-Length", HTTP_POST },
	{ "6.3 two equal lengths", BYTES("POST / HTTP/1.1\r\n" H
	    "Content-Length: 5\r\ncontent-length: 5\r\n\r\n"), 400,
	    "more than one Content-Length", HTTP_POST },
	{ "6.3 list of lengths", BYTES("POST / HTTP/1.1\r\n" H
	    "Content-Length: 5, 5\r\n\r\n"), 400, "more than one value",
	    HTTP_POST },
	{ "8.6 comma behind", BYTES("POST / HTTP/1.1\r\n" H
	    "Content-Length: 5,\r\n\r\n"), 400, "more than one value",
	    HTTP_POST },
	{ "8.6 empty length", BYTES("POST / HTTP/1.1\r\n" H
	    "Content-Length:\r\n\r\n"), 400, "is empty", HTTP_POST },
	{ "8.6 plus", BYTES("POST / HTTP/1.1\r\n" H
	    "Content-Length: +5\r\n\r\n"), 400, "decimal", HTTP_POST },
	{ "8.6 minus", BYTES("POST / HTTP/1.1\r\n" H
	    "Content-Length: -5\r\n\r\n"), 400, "decimal", HTTP_POST },
	{ "8.6 hexadecimal", BYTES("POST / HTTP/1.1\r\n" H
	    "Content-Length: 0x5\r\n\r\n"), 400, "decimal", HTTP_POST },
	{ "8.6 blank inside", BYTES("POST / HTTP/1.1\r\n" H
	    "Content-Length: 5 5\r\n\r\n"), 400, "decimal", HTTP_POST },
	{ "8.6 fraction", BYTES("POST / HTTP/1.1\r\n" H
	    "Content-Length: 5.0\r\n\r\n"), 400, "decimal", HTTP_POST },
	{ "8.6 2^63", BYTES("POST / HTTP/1.1\r\n" H
	    "Content-Length: 9223372036854775808\r\n\r\n"), 400,
	    "too large", HTTP_POST },
	{ "8.6 2^64 + 5", BYTES("POST / HTTP/1.1\r\n" H
	    "Content-Length: 18446744073709551621\r\n\r\n"), 400,
	    "too large", HTTP_POST },
	{ "6.1 coding in 1.0", BYTES("POST / HTTP/1.0\r\n" H
	    "Transfer-Encoding: chunked\r\n\r\n"), 400, "HTTP/1.0",
	    HTTP_POST },
	{ "6.1 two codings", BYTES("POST / HTTP/1.1\r\n" H
	    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"
	    "\r\n"), 400, "more than one Transfer-Encoding", HTTP_POST },
	{ "6.1 identity in a second line", BYTES("POST / HTTP/1.1\r\n" H
	    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"
	    "\r\n"), 400, "more than one Transfer-Encoding", HTTP_POST },
	{ "6.1 empty coding", BYTES("POST / HTTP/1.1\r\n" H
	    "Transfer-Encoding:\r\n\r\n"), 400, "empty", HTTP_POST },
	{ "6.1 comma first", BYTES("POST / HTTP/1.1\r\n" H
	    "Transfer-Encoding: ,chunked\r\n\r\n"), 400, "empty",
	    HTTP_POST },
	{ "6.1 comma last", BYTES("POST / HTTP/1.1\r\n" H
	    "Transfer-Encoding: chunked,\r\n\r\n"), 400, "empty",
	    HTTP_POST },
	{ "6.1 chunked twice", BYTES("POST / HTTP/1.1\r\n" H
	    "Transfer-Encoding: chunked, CHUNKED\r\n\r\n"), 400,
	    "more than once", HTTP_POST },
	{ "6.3 identity", BYTES("POST / HTTP/1.1\r\n" H
	    "Transfer-Encoding: identity\r\n\r\n"), 400, "not chunked",
	    HTTP_POST },
	{ "6.3 chunked is not last", BYTES("POST / HTTP/1.1\r\n" H
	    "Transfer-Encoding: chunked, gzip\r\n\r\n"), 400, "not chunked",
	    HTTP_POST },
	{ "6.3 like chunked", BYTES("POST / HTTP/1.1\r\n" H
	    "Transfer-Encoding: xchunked\r\n\r\n"), 400, "not chunked",
	    HTTP_POST },
	{ "7.1 chunked with a parameter", BYTES("POST / HTTP/1.1\r\n" H
	    "Transfer-Encoding: chunked;a=b\r\n\r\n"), 400, "not chunked",
	    HTTP_POST },
	{ "6.1 quoted", BYTES("POST / HTTP/1.1\r\n" H
	    "Transfer-Encoding: \"chunked\"\r\n\r\n"), 400,
	    "Transfer-Encoding field is malformed", HTTP_POST },
	{ "6.1 a blank between", BYTES("POST / HTTP/1.1\r\n" H
	    "Transfer-Encoding: gzip chunked\r\n\r\n"), 400,
	    "Transfer-Encoding field is malformed", HTTP_POST },
	{ "6.1 gzip, chunked", BYTES("POST / HTTP/1.1\r\n" H
	    "Transfer-Encoding: gzip, chunked\r\n\r\n"), 501, "not known",
	    HTTP_POST },
	{ "6.1 identity, chunked", BYTES("POST / HTTP/1.1\r\n" H
	    "Transfer-Encoding: identity,chunked\r\n\r\n"), 501, "not known",
	    HTTP_POST },
	{ "6.1 a parameter", BYTES("POST / HTTP/1.1\r\n" H
	    "Transfer-Encoding: x ; y=z, chunked\r\n\r\n"), 501,
	    "not known", HTTP_POST },
	{ "2.2 LF and a length", BYTES("POST / HTTP/1.1\r\n" H
	    "Content-Length: 5\n\r\n"), 400, "LF alone", HTTP_POST },
	{ "2.2 LF and length 0", BYTES("GET / HTTP/1.1\n" H
	    "Content-Length: 0\r\n\r\n"), 400, "LF alone", HTTP_GET },
	{ "2.2 LF and a coding", BYTES("POST / HTTP/1.1\r\n" H
	    "Transfer-Encoding: chunked\r\n\n"), 400, "LF alone",
	    HTTP_POST },
	{ "2.2 LF before and a length", BYTES("\nPOST / HTTP/1.1\r\n" H
	    "Content-Length: 5\r\n\r\n"), 400, "LF alone", HTTP_POST },
};

/* One call; the fields are those of the last one. */
static ssize_t
parse(struct http_head *head, const char *bytes, size_t len,
    struct http_request *out)
{
	static struct http_field fields[FIELDS_MAX];

	out->fields.v = fields;
	out->fields.max = FIELDS_MAX;
	return http_request_parse(head, guarded(bytes, len), len, &limits,
	    out);
}

static void
check_good(int i, const struct http_request *r)
{
	ck_assert_ptr_null(r->fault);
	ck_assert_msg(r->method == good[i].method, "%s: method",
	    good[i].name);
	ck_assert_msg(r->minor == good[i].minor, "%s: minor", good[i].name);
	ck_assert_msg(r->keep_alive == good[i].keep_alive, "%s: keep_alive",
	    good[i].name);
	ck_assert_msg(r->bare_lf == good[i].bare_lf, "%s: bare_lf",
	    good[i].name);
	ck_assert_msg(r->expects_continue == good[i].expects_continue &&
	    r->has_expectation == good[i].has_expectation, "%s: expect",
	    good[i].name);
	ck_assert_msg(r->framing == good[i].framing &&
	    r->content_length == good[i].length, "%s: framing",
	    good[i].name);
	ck_assert_msg(slice_eq(r->host.host, slice_of(good[i].host)) &&
	    slice_eq(r->host.port, slice_of(good[i].port)), "%s: host",
	    good[i].name);
	ck_assert_msg(slice_eq(r->target.path, slice_of(good[i].path)),
	    "%s: path", good[i].name);
}

START_TEST(accepted)
{
	size_t len = strlen(good[_i].text);
	struct http_request r;
	struct http_head head = { 0 };
	ssize_t n;

	n = parse(&head, good[_i].text, len, &r);
	ck_assert_msg(n == (ssize_t)len, "%s: %zd, %s", good[_i].name, n,
	    n == -1 ? r.fault->wrong : "");
	check_good(_i, &r);
}
END_TEST

START_TEST(prefixes_ask_for_more)
{
	struct http_request r;

	for (size_t n = 0; n < strlen(good[_i].text); n++) {
		struct http_head head = { 0 };

		ck_assert_msg(parse(&head, good[_i].text, n, &r) == 0,
		    "%s: %zu", good[_i].name, n);
	}
}
END_TEST

START_TEST(byte_by_byte)
{
	size_t len = strlen(good[_i].text);
	struct http_head head = { 0 };
	struct http_request r;

	for (size_t n = 0; n < len; n++)
		ck_assert_msg(parse(&head, good[_i].text, n, &r) == 0,
		    "%s: %zu", good[_i].name, n);
	ck_assert_int_eq(parse(&head, good[_i].text, len, &r), (ssize_t)len);
	check_good(_i, &r);
}
END_TEST

/* What follows a head belongs to the next one, whatever it is. */
START_TEST(two_at_once)
{
	static const char *const next[] = {
		"GET / HTTP/1.1\r\n" H "\r\n", "\r\n\r\n", "\n", "\0", " "
	};
	size_t len = strlen(good[_i].text);
	struct http_request r;
	char text[512];

	for (int i = 0; i < COUNT(next); i++) {
		struct http_head head = { 0 };
		size_t more = strlen(next[i]);

		memcpy(text, good[_i].text, len);
		memcpy(text + len, next[i], more + 1);
		ck_assert_msg(parse(&head, text, len + more + 1, &r) ==
		    (ssize_t)len, "%s: %d", good[_i].name, i);
		check_good(_i, &r);
	}
}
END_TEST

static void
check_bad(int i, ssize_t n, const struct http_request *r)
{
	ck_assert_msg(n == -1, "%s: %zd", bad[i].name, n);
	ck_assert_msg(r->fault->status == bad[i].status &&
	    strstr(r->fault->wrong, bad[i].wrong) != NULL, "%s: %d %s",
	    bad[i].name, r->fault->status, r->fault->wrong);
	ck_assert_msg(r->method == bad[i].method, "%s: method", bad[i].name);
	ck_assert_ptr_nonnull(r->fault->right);
	ck_assert_ptr_nonnull(r->fault->source);
}

START_TEST(refused)
{
	struct http_head head = { 0 };
	struct http_request r;
	ssize_t n;

	n = parse(&head, bad[_i].text, bad[_i].len, &r);
	check_bad(_i, n, &r);
}
END_TEST

/* The same fault, by the last byte at the latest. */
START_TEST(refused_byte_by_byte)
{
	struct http_head head = { 0 };
	struct http_request r;
	ssize_t n = 0;

	for (size_t len = 0; n == 0 && len <= bad[_i].len; len++)
		n = parse(&head, bad[_i].text, len, &r);
	check_bad(_i, n, &r);
}
END_TEST

/* Exactly the limit passes, with either line end; one byte more does not. */
START_TEST(line_limit)
{
	static const char *const ends[] = { "\r\n", "\n" };
	char text[LINE_LIMIT + 32];
	struct http_request r;

	for (int i = 0; i < 4; i++) {
		struct http_head whole = { 0 }, cut = { 0 };
		const char *end = ends[i / 2];
		int pad = LINE_LIMIT - 14 + i % 2;
		int len = snprintf(text, sizeof(text),
		    "GET /%.*s HTTP/1.1%s%s%s", pad, "bbbbbbbbbbbbbbbbbbbbbbbb"
		    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", end,
		    "Host: a\r\n", end);
		ssize_t want = i % 2 == 0 ? len : -1, n = 0;

		ck_assert_int_eq(parse(&whole, text, (size_t)len, &r), want);
		for (int j = 0; n == 0 && j <= len; j++)
			n = parse(&cut, text, (size_t)j, &r);
		ck_assert_int_eq(n, want);
		if (want == -1)
			ck_assert_int_eq(r.fault->status, 414);
	}
}
END_TEST

/* A target that goes on behind the limit is not read there. */
START_TEST(line_limit_without_an_end)
{
	static const char *const targets[] = { "/", "/?", "/%41" };
	char text[LINE_LIMIT + 2];
	struct http_request r;

	for (int i = 0; i < COUNT(targets); i++) {
		struct http_head head = { 0 };
		size_t n = (size_t)snprintf(text, sizeof(text), "GET %s",
		    targets[i]);

		memset(text + n, 'b', sizeof(text) - n);
		/* The page behind these bytes cannot be read. */
		ck_assert_int_eq(http_request_parse(&head,
		    guarded(text, sizeof(text)), SIZE_MAX / 4, &limits, &r),
		    -1);
		ck_assert_int_eq(r.fault->status, 414);
		ck_assert(r.method == HTTP_GET);
	}
}
END_TEST

/* The empty line does not count to header_bytes. */
START_TEST(header_limit)
{
	static const char *const ends[] = { "\r\n", "\n" };
	char text[HEADER_LIMIT + 64];
	struct http_request r;

	for (int i = 0; i < 4; i++) {
		struct http_head whole = { 0 }, cut = { 0 };
		int pad = HEADER_LIMIT - 9 - 5 + i % 2;
		int len = snprintf(text, sizeof(text),
		    "HEAD / HTTP/1.1\r\nHost: a\r\nA: %0*d\r\n%s", pad, 0,
		    ends[i / 2]);
		ssize_t want = i % 2 == 0 ? len : -1, n = 0;

		ck_assert_int_eq(parse(&whole, text, (size_t)len, &r), want);
		for (int j = 0; n == 0 && j <= len; j++)
			n = parse(&cut, text, (size_t)j, &r);
		ck_assert_int_eq(n, want);
		if (want == -1) {
			ck_assert_int_eq(r.fault->status, 431);
			ck_assert_ptr_nonnull(strstr(r.fault->wrong,
			    "fields are longer"));
			ck_assert(r.method == HTTP_HEAD);
		}
	}
}
END_TEST

/* A CR that is not the beginning of the end does not lift the limit. */
START_TEST(header_limit_with_cr)
{
	char text[HEADER_LIMIT + 64];
	struct http_head head = { 0 };
	struct http_request r;
	int n;

	n = snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nA: %0*d\r",
	    HEADER_LIMIT - 3, 0);
	ck_assert_int_eq(parse(&head, text, (size_t)n, &r), 0);
	text[n++] = 'b';
	ck_assert_int_eq(parse(&head, text, (size_t)n, &r), -1);
	ck_assert_int_eq(r.fault->status, 431);
}
END_TEST

/*
 * A reload may make the limits smaller while a head comes in: what has come
 * is too long then, and no byte behind it is looked at. Larger ones let it go
 * on.
 */
START_TEST(limits_that_change)
{
	static const struct http_head_limits large = { 512, 1024 };
	static struct http_field fields[FIELDS_MAX];
	struct http_request r = { .fields = { .v = fields, .max = 8 } };
	char text[512];

	for (int i = 0; i < 2; i++) {
		struct http_head head = { 0 };
		int line = snprintf(text, sizeof(text), i == 0 ? "GET /" :
		    "GET / HTTP/1.1\r\nA: ");

		memset(text + line, 'b', sizeof(text) - (size_t)line);
		ck_assert_int_eq(http_request_parse(&head, text, 400, &large,
		    &r), 0);
		ck_assert_int_eq(http_request_parse(&head, text, 500, &large,
		    &r), 0);
		/* The page behind these bytes cannot be read. */
		ck_assert_int_eq(http_request_parse(&head,
		    guarded(text, sizeof(text)), sizeof(text), &limits, &r),
		    -1);
		ck_assert_int_eq(r.fault->status, i == 0 ? 414 : 431);
	}
}
END_TEST

/* A dripped head is never searched twice, and its end is never missed. */
START_TEST(linear)
{
	static const struct http_head_limits large = { 8192, 32768 };
	static struct http_field fields[FIELDS_MAX];
	static char text[32768];
	struct http_request r = { .fields = { .v = fields, .max = 8 } };
	struct http_head head = { 0 };
	size_t len;
	ssize_t n = 0;

	len = (size_t)snprintf(text, sizeof(text), "GET /%04000d HTTP/1.1\r\n"
	    H "A: %028000d\r\n\r\n", 0, 0);
	for (size_t i = 0; i <= len; i++) {
		uint32_t before = head.scanned;

		ck_assert_int_eq(n, 0);
		n = http_request_parse(&head, text, i, &large, &r);
		ck_assert_uint_ge(head.scanned, before);
		/* At most a line feed and a CR are looked at again. */
		ck_assert_uint_le(i, n > 0 ? len : head.scanned + 2);
	}
	ck_assert_int_eq(n, (ssize_t)len);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_request");
	TCase *tc = tcase_create("head");

	tcase_add_loop_test(tc, accepted, 0, COUNT(good));
	tcase_add_loop_test(tc, prefixes_ask_for_more, 0, COUNT(good));
	tcase_add_loop_test(tc, byte_by_byte, 0, COUNT(good));
	tcase_add_loop_test(tc, two_at_once, 0, COUNT(good));
	tcase_add_loop_test(tc, refused, 0, COUNT(bad));
	tcase_add_loop_test(tc, refused_byte_by_byte, 0, COUNT(bad));
	tcase_add_test(tc, line_limit);
	tcase_add_test(tc, line_limit_without_an_end);
	tcase_add_test(tc, header_limit);
	tcase_add_test(tc, header_limit_with_cr);
	tcase_add_test(tc, limits_that_change);
	tcase_add_test(tc, linear);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
