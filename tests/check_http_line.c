#include "http/http_line.h"
#include "support.h"

static const struct {
	const char		*name, *line;
	enum http_method	 method;
	const char		*method_name, *target;
	int			 minor;
} good[] = {
	{ "usual", "GET / HTTP/1.1", HTTP_GET, "GET", "/", 1 },
	{ "1.0", "HEAD /a HTTP/1.0", HTTP_HEAD, "HEAD", "/a", 0 },
	{ "2.5 a later minor version", "GET / HTTP/1.2", HTTP_GET, "GET",
	    "/", 1 },
	{ "2.5 the last minor version", "GET / HTTP/1.9", HTTP_GET, "GET",
	    "/", 1 },
	{ "9.1 methods are case-sensitive", "Get / HTTP/1.1",
	    HTTP_METHOD_UNKNOWN, "Get", "/", 1 },
	{ "9.1 any token is a method", "M-SEARCH * HTTP/1.1",
	    HTTP_METHOD_UNKNOWN, "M-SEARCH", "*", 1 },
	{ "a tchar that is no letter", "!#$% /x HTTP/1.1",
	    HTTP_METHOD_UNKNOWN, "!#$%", "/x", 1 },
	{ "the target is not judged here", "GET \x80#\x01 HTTP/1.1", HTTP_GET,
	    "GET", "\x80#\x01", 1 },
};

static const struct {
	const char		*name, *line;
	size_t			 len;
	int			 status;
	const char		*wrong;
	enum http_method	 method;
} bad[] = {
	{ "3 empty", BYTES(""), 400, "method has a byte", 0 },
	{ "3 one word", BYTES("GET"), 400, "one word", 0 },
	{ "3 one word and a space", BYTES("GET "), 400, "ends with a space",
	    HTTP_GET },
	{ "3 HTTP/0.9", BYTES("GET /"), 400, "no version", HTTP_GET },
	{ "3 no version but its space", BYTES("GET / "), 400,
	    "ends with a space", HTTP_GET },
	{ "3 no target", BYTES("GET HTTP/1.1"), 400, "no version", HTTP_GET },
	{ "3 no method", BYTES("/ HTTP/1.1"), 400, "method has a byte", 0 },
	{ "3 leading space", BYTES(" GET / HTTP/1.1"), 400,
	    "begins with a space", 0 },
	{ "3 leading tab", BYTES("\tGET / HTTP/1.1"), 400, "a tab", 0 },
	{ "3 two spaces before the target", BYTES("GET  / HTTP/1.1"), 400,
	    "more than one space", HTTP_GET },
	{ "3 two spaces before the version", BYTES("GET /  HTTP/1.1"), 400,
	    "more than one space", HTTP_GET },
	{ "3 trailing space", BYTES("GET / HTTP/1.1 "), 400,
	    "ends with a space", HTTP_GET },
	{ "3 two trailing spaces", BYTES("GET / HTTP/1.1  "), 400,
	    "more than one space", HTTP_GET },
	{ "3 tab for a space", BYTES("GET\t/ HTTP/1.1"), 400, "a tab", 0 },
	{ "3 tab before the version", BYTES("GET /\tHTTP/1.1"), 400, "a tab",
	    HTTP_GET },
	{ "3 trailing tab", BYTES("GET / HTTP/1.1\t"), 400, "a tab",
	    HTTP_GET },
	{ "3 vertical tab for a space", BYTES("GET\v/ HTTP/1.1"), 400,
	    "control byte", 0 },
	{ "3 form feed in the version", BYTES("GET / HTTP/1.1\f"), 400,
	    "control byte", HTTP_GET },
	{ "3 DEL", BYTES("GET / HTTP/1.\x7f"), 400, "control byte",
	    HTTP_GET },
	{ "3 NUL in the method", BYTES("G\0T / HTTP/1.1"), 400, "NUL", 0 },
	{ "3 NUL in the version", BYTES("GET / HTTP/1.1\0"), 400, "NUL",
	    HTTP_GET },
	{ "2.2 bare CR in the method", BYTES("G\rT / HTTP/1.1"), 400,
	    "carriage return", 0 },
	{ "2.2 two CR at the end", BYTES("GET / HTTP/1.1\r"), 400,
	    "carriage return", HTTP_GET },
	{ "3.2 space in the target", BYTES("GET /a b HTTP/1.1"), 400,
	    "more than three words", HTTP_GET },
	{ "3 a word behind the version", BYTES("GET / HTTP/1.1 x"), 400,
	    "more than three words", HTTP_GET },
	{ "9.1 not a token", BYTES("GE[T / HTTP/1.1"), 400,
	    "method has a byte", 0 },
	{ "9.1 quoted", BYTES("\"GET\" / HTTP/1.1"), 400,
	    "method has a byte", 0 },
	{ "9.1 colon", BYTES("GET: / HTTP/1.1"), 400, "method has a byte",
	    0 },
	{ "9.1 not ASCII", BYTES("G\xc3\x8bT / HTTP/1.1"), 400,
	    "method has a byte", 0 },
	{ "2.3 lower case", BYTES("GET / http/1.1"), 400, "capital",
	    HTTP_GET },
	{ "2.3 mixed case", BYTES("HEAD / Http/1.1"), 400, "capital",
	    HTTP_HEAD },
	{ "2.3 HTTP/1.10", BYTES("GET / HTTP/1.10"), 400, "one digit",
	    HTTP_GET },
	{ "2.3 HTTP/01.1", BYTES("GET / HTTP/01.1"), 400, "one digit",
	    HTTP_GET },
	{ "2.3 HTTP/1", BYTES("GET / HTTP/1"), 400, "malformed", HTTP_GET },
	{ "2.3 HTTP/2", BYTES("GET / HTTP/2"), 400, "malformed", HTTP_GET },
	{ "2.3 HTTP/", BYTES("GET / HTTP/"), 400, "malformed", HTTP_GET },
	{ "2.3 HTTP/1.", BYTES("GET / HTTP/1."), 400, "malformed", HTTP_GET },
	{ "2.3 HTTP/.1", BYTES("GET / HTTP/.1"), 400, "malformed", HTTP_GET },
	{ "2.3 HTTP/1.1.1", BYTES("GET / HTTP/1.1.1"), 400, "malformed",
	    HTTP_GET },
	{ "2.3 HTTP/1.x", BYTES("GET / HTTP/1.x"), 400, "malformed",
	    HTTP_GET },
	{ "2.3 HTTP/+1.1", BYTES("GET / HTTP/+1.1"), 400, "malformed",
	    HTTP_GET },
	{ "2.3 HTTP/1,1", BYTES("GET / HTTP/1,1"), 400, "malformed",
	    HTTP_GET },
	{ "2.3 HTTP 1.1", BYTES("GET / HTTP 1.1"), 400,
	    "more than three words", HTTP_GET },
	{ "2.3 another protocol", BYTES("GET / RTSP/1.0"), 400,
	    "does not end in an HTTP version", HTTP_GET },
	{ "2.3 short word", BYTES("GET / HTTP"), 400,
	    "does not end in an HTTP version", HTTP_GET },
	{ "15.6.6 HTTP/0.9", BYTES("GET / HTTP/0.9"), 505, "not spoken",
	    HTTP_GET },
	{ "15.6.6 HTTP/2.0", BYTES("GET / HTTP/2.0"), 505, "not spoken",
	    HTTP_GET },
	{ "15.6.6 HTTP/3.0", BYTES("HEAD / HTTP/3.0"), 505, "not spoken",
	    HTTP_HEAD },
	{ "9113 preface", BYTES("PRI * HTTP/2.0"), 505, "HTTP/2", 0 },
	{ "PRI with a path", BYTES("PRI / HTTP/2.0"), 505, "not spoken", 0 },
};

START_TEST(accepted)
{
	struct slice line = slice_of(good[_i].line);
	struct http_line out;

	line.p = guarded(line.p, line.len);
	ck_assert_msg(http_line_parse(line, &out) == NULL, "%s",
	    good[_i].name);
	ck_assert_msg(out.method == good[_i].method, "%s", good[_i].name);
	ck_assert_int_eq(out.minor, good[_i].minor);
	ck_assert(slice_eq(out.method_name, slice_of(good[_i].method_name)));
	ck_assert(slice_eq(out.target, slice_of(good[_i].target)));
}
END_TEST

START_TEST(refused)
{
	struct slice line = { bad[_i].line, bad[_i].len };
	const struct http_fault *fault;
	struct http_line out;

	line.p = guarded(line.p, line.len);
	fault = http_line_parse(line, &out);
	ck_assert_msg(fault != NULL, "%s", bad[_i].name);
	ck_assert_msg(fault->status == bad[_i].status &&
	    strstr(fault->wrong, bad[_i].wrong) != NULL, "%s: %d %s",
	    bad[_i].name, fault->status, fault->wrong);
	ck_assert_msg(out.method == bad[_i].method, "%s: method",
	    bad[_i].name);
}
END_TEST

/* Cut anywhere, a line is malformed, and nothing behind the cut is read. */
START_TEST(cut)
{
	static const char line[] = "OPTIONS /path HTTP/1.1";
	struct http_line out;

	for (size_t n = 0; n < sizeof(line) - 1; n++) {
		struct slice s = { guarded(line, n), n };

		ck_assert_msg(http_line_parse(s, &out) != NULL, "%zu", n);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_line");
	TCase *tc = tcase_create("line");

	tcase_add_loop_test(tc, accepted, 0, COUNT(good));
	tcase_add_loop_test(tc, refused, 0, COUNT(bad));
	tcase_add_test(tc, cut);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
