#include "http/http_target.h"

#include "support.h"

static const struct {
	const char		*name, *target;
	enum http_method	 method;
	enum http_target_form	 form;
	const char		*scheme, *host, *port, *path, *query;
} good[] = {
	{ "3.2.1 root", "/", HTTP_GET, HTTP_TARGET_ORIGIN,
	    "", "", "", "/", NULL },
	{ "3.2.1 path", "/a/b.c", HTTP_GET, HTTP_TARGET_ORIGIN,
	    "", "", "", "/a/b.c", NULL },
	{ "3.2.1 query", "/a?b=c", HTTP_GET, HTTP_TARGET_ORIGIN,
	    "", "", "", "/a", "b=c" },
	{ "3.2.1 empty query", "/a?", HTTP_GET, HTTP_TARGET_ORIGIN,
	    "", "", "", "/a", "" },
	{ "3.4 slash and question mark in the query", "/a?b?/../c", HTTP_GET,
	    HTTP_TARGET_ORIGIN, "", "", "", "/a", "b?/../c" },
	{ "a bad escape in the query", "/a?%&%zz%0", HTTP_GET,
	    HTTP_TARGET_ORIGIN, "", "", "", "/a", "%&%zz%0" },
	{ "encoded control bytes in the query", "/a?%00%0d%2f", HTTP_GET,
	    HTTP_TARGET_ORIGIN, "", "", "", "/a", "%00%0d%2f" },
	{ "two slashes first", "//evil/x", HTTP_GET, HTTP_TARGET_ORIGIN,
	    "", "", "", "//evil/x", NULL },
	{ "URI in a path", "/http://a@b/", HTTP_GET, HTTP_TARGET_ORIGIN,
	    "", "", "", "/http://a@b/", NULL },
	{ "all bytes of a path", "/!\"$%25&'()*+,-.09:;<=>@AZ[\\]^_`az{|}~",
	    HTTP_GET, HTTP_TARGET_ORIGIN, "", "", "",
	    "/!\"$%25&'()*+,-.09:;<=>@AZ[\\]^_`az{|}~", NULL },
	{ "dot segments that stay inside", "/a/../b/./..", HTTP_GET,
	    HTTP_TARGET_ORIGIN, "", "", "", "/a/../b/./..", NULL },
	{ "three dots", "/.../..a/.b", HTTP_GET, HTTP_TARGET_ORIGIN,
	    "", "", "", "/.../..a/.b", NULL },
	{ "3.2.2 absolute", "http://a/b?c", HTTP_GET, HTTP_TARGET_ABSOLUTE,
	    "http", "a", "", "/b", "c" },
	{ "3.2.2 scheme of any case", "HtTp://A:80/b", HTTP_GET,
	    HTTP_TARGET_ABSOLUTE, "HtTp", "A", "80", "/b", NULL },
	{ "3.2.2 empty path", "http://a", HTTP_GET, HTTP_TARGET_ABSOLUTE,
	    "http", "a", "", "/", NULL },
	{ "3.2.2 empty path, query", "http://a?b", HTTP_GET,
	    HTTP_TARGET_ABSOLUTE, "http", "a", "", "/", "b" },
	{ "3.2.2 IPv6", "http://[::1]:8080/", HTTP_GET, HTTP_TARGET_ABSOLUTE,
	    "http", "[::1]", "8080", "/", NULL },
	{ "3.2.2 empty port", "http://a:/", HTTP_GET, HTTP_TARGET_ABSOLUTE,
	    "http", "a", "", "/", NULL },
	{ "3.2.2 @ in the path", "http://a/@b", HTTP_GET,
	    HTTP_TARGET_ABSOLUTE, "http", "a", "", "/@b", NULL },
	{ "3.2.4 asterisk", "*", HTTP_OPTIONS, HTTP_TARGET_ASTERISK,
	    "", "", "", "/", NULL },
	{ "3.2.3 authority", "a:443", HTTP_CONNECT, HTTP_TARGET_AUTHORITY,
	    "", "a", "443", "/", NULL },
	{ "3.2.3 IPv6", "[2001:db8::1]:443", HTTP_CONNECT,
	    HTTP_TARGET_AUTHORITY, "", "[2001:db8::1]", "443", "/", NULL },
	{ "CONNECT without a port", "a", HTTP_CONNECT, HTTP_TARGET_AUTHORITY,
	    "", "a", "", "/", NULL },
	{ "CONNECT with origin-form", "/a", HTTP_CONNECT, HTTP_TARGET_ORIGIN,
	    "", "", "", "/a", NULL },
	{ "CONNECT with absolute-form", "http://a/b", HTTP_CONNECT,
	    HTTP_TARGET_ABSOLUTE, "http", "a", "", "/b", NULL },
	{ "CONNECT with https", "https://a:1/b", HTTP_CONNECT,
	    HTTP_TARGET_ABSOLUTE, "https", "a", "1", "/b", NULL },
	{ "CONNECT with another scheme", "ws://a", HTTP_CONNECT,
	    HTTP_TARGET_ABSOLUTE, "ws", "", "", "/", NULL },
	{ "CONNECT with asterisk", "*", HTTP_CONNECT, HTTP_TARGET_ASTERISK,
	    "", "", "", "/", NULL },
};

static const struct {
	const char		*name, *target;
	size_t			 len;
	enum http_method	 method;
	int			 status;
	const char		*wrong;
} bad[] = {
	{ "3.2 empty", BYTES(""), HTTP_GET, 400, "empty" },
	{ "3.2 relative", BYTES("a/b"), HTTP_GET, 400, "none of the four" },
	{ "3.2 query alone", BYTES("?a"), HTTP_GET, 400, "none of the four" },
	{ "3.2 dots", BYTES("../a"), HTTP_GET, 400, "none of the four" },
	{ "3.2 backslash", BYTES("\\a"), HTTP_GET, 400, "none of the four" },
	{ "3.2.3 authority without CONNECT", BYTES("a:80"), HTTP_GET, 400,
	    "none of the four" },
	{ "3.2.2 scheme without authority", BYTES("http:/a"), HTTP_GET, 400,
	    "none of the four" },
	{ "3.2.2 scheme alone", BYTES("http:"), HTTP_GET, 400,
	    "none of the four" },
	{ "3.2.2 scheme and a slash", BYTES("http:/"), HTTP_GET, 400,
	    "none of the four" },
	{ "3.2.2 digit for a scheme", BYTES("1http://a/"), HTTP_GET, 400,
	    "none of the four" },
	{ "3.2.2 sign for a scheme", BYTES("+http://a/"), HTTP_GET, 400,
	    "none of the four" },
	{ "3.2.2 sign behind z", BYTES("{x://a/"), HTTP_GET, 400,
	    "none of the four" },
	{ "3.2.2 empty scheme", BYTES("://a/"), HTTP_GET, 400,
	    "none of the four" },
	{ "3.2.2 comma in the scheme", BYTES("ht,tp://a/"), HTTP_GET, 400,
	    "none of the four" },
	{ "3.2.4 asterisk with GET", BYTES("*"), HTTP_GET, 400, "OPTIONS" },
	{ "3.2.4 asterisk with another method", BYTES("*"),
	    HTTP_METHOD_UNKNOWN, 400, "OPTIONS" },
	{ "3.2.4 asterisk and more", BYTES("*/"), HTTP_OPTIONS, 400,
	    "none of the four" },
	{ "3.2 fragment", BYTES("/a#b"), HTTP_GET, 400, "fragment" },
	{ "3.2 fragment behind a query", BYTES("/a?b#c"), HTTP_GET, 400,
	    "fragment" },
	{ "3.2 fragment, absolute", BYTES("http://a/#b"), HTTP_GET, 400,
	    "fragment" },
	{ "not ASCII", BYTES("/\xc3\xa4"), HTTP_GET, 400, "not ASCII" },
	{ "not ASCII in the query", BYTES("/?\xc3\xa4"), HTTP_GET, 400,
	    "not ASCII" },
	{ "not ASCII in the host", BYTES("http://\xc3\xa4/"), HTTP_GET, 400,
	    "not ASCII" },
	{ "bare CR", BYTES("/a\rb"), HTTP_GET, 400, "carriage return" },
	{ "bare CR in the query", BYTES("/?\r"), HTTP_GET, 400,
	    "carriage return" },
	{ "NUL", BYTES("/a\0b"), HTTP_GET, 400, "control byte" },
	{ "NUL in the query", BYTES("/a?\0"), HTTP_GET, 400,
	    "control byte" },
	{ "tab", BYTES("/a\tb"), HTTP_GET, 400, "control byte" },
	{ "DEL", BYTES("/a\x7f"), HTTP_GET, 400, "control byte" },
	{ "7.4 https", BYTES("https://a/"), HTTP_GET, 421, "scheme" },
	{ "7.4 HTTPS", BYTES("HTTPS://a/"), HTTP_GET, 421, "scheme" },
	{ "7.4 ftp", BYTES("ftp://a/"), HTTP_GET, 421, "scheme" },
	{ "7.4 all bytes of a scheme", BYTES("z+a-9.x://a/"), HTTP_HEAD, 421,
	    "scheme" },
	{ "4.2.4 userinfo", BYTES("http://u@a/"), HTTP_GET, 400, "user" },
	{ "4.2.4 userinfo and password", BYTES("http://u:p@a/"), HTTP_GET,
	    400, "user" },
	{ "4.2.4 userinfo, https", BYTES("https://u@a/"), HTTP_GET, 400,
	    "user" },
	{ "4.2.4 userinfo, CONNECT", BYTES("u@a:80"), HTTP_CONNECT, 400,
	    "user" },
	{ "4.2.1 empty host", BYTES("http:///a"), HTTP_GET, 400, "no host" },
	{ "4.2.1 nothing", BYTES("http://"), HTTP_GET, 400, "no host" },
	{ "4.2.1 empty host, query", BYTES("http://?a"), HTTP_GET, 400,
	    "no host" },
	{ "4.2.1 port alone", BYTES("http://:80/"), HTTP_GET, 400,
	    "no host" },
	{ "3986 bad port", BYTES("http://a:b/"), HTTP_GET, 400, "malformed" },
	{ "3986 large port", BYTES("http://a:65536/"), HTTP_GET, 400,
	    "malformed" },
	{ "3986 bad IPv6", BYTES("http://[::1/"), HTTP_GET, 400,
	    "malformed" },
	{ "3986 bad authority, CONNECT", BYTES("a:b"), HTTP_CONNECT, 400,
	    "malformed" },
	{ "CONNECT to a port only", BYTES(":80"), HTTP_CONNECT, 400,
	    "malformed" },
	{ "CONNECT to a relative path", BYTES("a/b"), HTTP_CONNECT, 400,
	    "malformed" },
	{ "bad path, absolute", BYTES("http://a/%zz"), HTTP_GET, 400, "%" },
	{ "bad path, https", BYTES("https://a/%zz"), HTTP_GET, 400, "%" },
	{ "2.1 bad escape", BYTES("/%zz"), HTTP_GET, 400, "hexadecimal" },
	{ "2.1 cut escape", BYTES("/%4"), HTTP_GET, 400, "hexadecimal" },
	{ "2.1 cut by the query", BYTES("/%4?1"), HTTP_GET, 400,
	    "hexadecimal" },
	{ "5.2.4 above the root", BYTES("/.."), HTTP_GET, 400, "above" },
	{ "5.2.4 above, then down", BYTES("/../a"), HTTP_GET, 400, "above" },
	{ "5.2.4 in and above", BYTES("/a/../../b"), HTTP_GET, 400,
	    "above" },
	{ "5.2.4 slashes are no depth", BYTES("/a//../../b"), HTTP_GET, 400,
	    "above" },
	{ "5.2.4 encoded", BYTES("/%2e%2E/a"), HTTP_GET, 400, "above" },
	{ "5.2.4 half encoded", BYTES("/.%2e"), HTTP_GET, 400, "above" },
	{ "5.2.4 half encoded, first", BYTES("/%2e."), HTTP_GET, 400,
	    "above" },
};

static const struct {
	const char	*name, *raw, *path;	/* path NULL: wrong */
	const char	*wrong;
} paths[] = {
	{ "root", "/", "/", NULL },
	{ "plain", "/a/b.html", "/a/b.html", NULL },
	{ "slash at the end", "/a/", "/a/", NULL },
	{ "escapes", "/%41%7e%20x", "/A~ x", NULL },
	{ "decoded once", "/%2541%252e%252e%252f", "/%41%2e%2e%2f", NULL },
	{ "UTF-8", "/%C3%a4", "/\xc3\xa4", NULL },
	{ "invalid UTF-8", "/%ff%80", "/\xff\x80", NULL },
	{ "encoded delimiters", "/%3f%23%25%3b", "/?#%;", NULL },
	{ "raw backslash", "/a\\b", "/a\\b", NULL },
	{ "slashes folded", "//a///b//", "/a/b/", NULL },
	{ "slashes only", "///", "/", NULL },
	{ "5.2.4 dot", "/./a/./b", "/a/b", NULL },
	{ "5.2.4 dot at the end", "/a/.", "/a/", NULL },
	{ "5.2.4 dot alone", "/.", "/", NULL },
	{ "5.2.4 two dots", "/a/../b", "/b", NULL },
	{ "5.2.4 two dots at the end", "/a/b/..", "/a/", NULL },
	{ "5.2.4 back to the root", "/a/..", "/", NULL },
	{ "5.2.4 the example of the RFC", "/a/b/c/./../../g", "/a/g", NULL },
	{ "5.2.4 encoded dots", "/a/%2e%2e/b/%2E", "/b/", NULL },
	{ "5.2.4 slashes before dots", "/a//../b", "/b", NULL },
	{ "three dots", "/.../..a/a../.b", "/.../..a/a../.b", NULL },
	{ "two dots, encoded twice", "/%252e%252e/", "/%2e%2e/", NULL },
	{ "no slash", "a", NULL, "none of the four" },
	{ "empty", "", NULL, "none of the four" },
	{ "raw control byte", "/a\x01", NULL, "control byte" },
	{ "raw fragment", "/#", NULL, "fragment" },
	{ "2.1 percent alone", "/%", NULL, "hexadecimal" },
	{ "2.1 one digit", "/%a", NULL, "hexadecimal" },
	{ "2.1 first no digit", "/%g0", NULL, "hexadecimal" },
	{ "2.1 second no digit", "/%0g", NULL, "hexadecimal" },
	{ "2.1 slash in an escape", "/%2/f", NULL, "hexadecimal" },
	{ "2.1 percent twice", "/%%41", NULL, "hexadecimal" },
	{ "2.1 %u", "/%u0041", NULL, "hexadecimal" },
	{ "7.3 NUL", "/a%00b", NULL, "encoded NUL" },
	{ "7.3 CR LF", "/a%0d%0a", NULL, "encoded control" },
	{ "7.3 0x1F", "/%1F", NULL, "encoded control" },
	{ "7.3 DEL", "/%7f", NULL, "encoded control" },
	{ "2.2 slash", "/a%2fb", NULL, "encoded slash" },
	{ "2.2 dots and slash", "/..%2Fa", NULL, "encoded slash" },
	{ "7.3 backslash", "/a%5cb", NULL, "encoded backslash" },
	{ "5.2.4 above", "/..", NULL, "above" },
	{ "5.2.4 above later", "/a/../..", NULL, "above" },
	{ "5.2.4 above, slashes", "//..//", NULL, "above" },
	{ "5.2.4 above, encoded", "/%2e%2e", NULL, "above" },
};

static const struct {
	const char	*name, *target;
	bool		 is_plain;
} plain[] = {
	{ "root", "/", true },
	{ "name", "/a", true },
	{ "slash at the end", "/a/b/", true },
	{ "dots within and behind", "/a.b/c./d..", true },
	{ "raw bytes that no URI has", "/\"<>[\\]^`{|}", true },
	{ "query is not looked at", "/a?%41//b/../c", true },
	{ "dot behind a slash of the query", "/a?/.", true },
	{ "absolute-form", "http://a/b", true },
	{ "absolute-form with an empty path", "http://a", true },
	{ "absolute-form, a query and no path", "http://a?%", true },
	{ "absolute-form, percent in the host", "http://%61/b", true },
	{ "escape", "/a%20b", false },
	{ "escape at the end", "/%41", false },
	{ "slashes", "//", false },
	{ "slashes first", "//a", false },
	{ "slashes within", "/a//b", false },
	{ "slashes at the end", "/a//", false },
	{ "dot", "/a/./b", false },
	{ "dot at the end", "/a/.", false },
	{ "two dots", "/a/../b", false },
	{ "hidden name", "/.a", false },
	{ "hidden name within", "/a/.b/c", false },
	{ "three dots", "/...", false },
	{ "absolute-form, escape", "http://a/%41", false },
	{ "absolute-form, slashes", "http://a//", false },
};

static const struct {
	const char	*name, *authority;
	const char	*host, *port;		/* host NULL: malformed */
} authorities[] = {
	{ "name", "example.org", "example.org", "" },
	{ "name and port", "a:80", "a", "80" },
	{ "empty port", "a:", "a", "" },
	{ "port 0", "a:0", "a", "0" },
	{ "port 65535", "a:65535", "a", "65535" },
	{ "zeros before the port", "a:000080", "a", "000080" },
	{ "underscore", "a_b", "a_b", "" },
	{ "dot at the end", "a.", "a.", "" },
	{ "escape", "%41b%7E:1", "%41b%7E", "1" },
	{ "sub-delims", "!$&'()*+;=", "!$&'()*+;=", "" },
	{ "IPv4", "127.0.0.1:8080", "127.0.0.1", "8080" },
	{ "like IPv4, a name by the grammar", "999.1.1.1", "999.1.1.1", "" },
	{ "3.2.2 loopback", "[::1]", "[::1]", "" },
	{ "3.2.2 any", "[::]:80", "[::]", "80" },
	{ "3.2.2 eight groups", "[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7:8]",
	    "" },
	{ "3.2.2 any case", "[fE80::AbCd]", "[fE80::AbCd]", "" },
	{ "3.2.2 gap at the end", "[1::]", "[1::]", "" },
	{ "3.2.2 gap in the middle", "[1:2::7:8]", "[1:2::7:8]", "" },
	{ "3.2.2 gap for one", "[1:2:3:4:5:6:7::]", "[1:2:3:4:5:6:7::]", "" },
	{ "3.2.2 gap for the first", "[::2:3:4:5:6:7:8]",
	    "[::2:3:4:5:6:7:8]", "" },
	{ "3.2.2 IPv4 inside", "[::ffff:127.0.0.1]", "[::ffff:127.0.0.1]",
	    "" },
	{ "3.2.2 IPv4 behind six", "[1:2:3:4:5:6:1.2.3.4]",
	    "[1:2:3:4:5:6:1.2.3.4]", "" },
	{ "3.2.2 IPv4 behind five and a gap", "[1:2:3:4:5::255.255.255.255]",
	    "[1:2:3:4:5::255.255.255.255]", "" },
	{ "3.2.2 IPv4 of zeros", "[::0.0.0.0]", "[::0.0.0.0]", "" },
	{ "empty", "", NULL, "" },
	{ "port alone", ":80", NULL, "" },
	{ "colon alone", ":", NULL, "" },
	{ "port 65536", "a:65536", NULL, "" },
	{ "long port", "a:99999999999999999999", NULL, "" },
	{ "port of letters", "a:http", NULL, "" },
	{ "sign in the port", "a:+80", NULL, "" },
	{ "blank in the port", "a:8 0", NULL, "" },
	{ "two ports", "a:80:80", NULL, "" },
	{ "userinfo", "u@a", NULL, "" },
	{ "userinfo and password", "u:p@a", NULL, "" },
	{ "path", "a/b", NULL, "" },
	{ "backslash", "a\\b", NULL, "" },
	{ "query", "a?b", NULL, "" },
	{ "fragment", "a#b", NULL, "" },
	{ "space", "a b", NULL, "" },
	{ "tab", "a\tb", NULL, "" },
	{ "two of them", "a, b", NULL, "" },
	{ "comma, see http.c", "a,b", NULL, "" },
	{ "quotes", "\"a\"", NULL, "" },
	{ "angle brackets", "<a>", NULL, "" },
	{ "not ASCII", "\xc3\xa4", NULL, "" },
	{ "2.1 bad escape", "a%zz", NULL, "" },
	{ "2.1 bad second digit", "a%4z", NULL, "" },
	{ "2.1 cut escape", "a%4", NULL, "" },
	{ "IPv6 without brackets", "::1", NULL, "" },
	{ "no closing bracket", "[::1", NULL, "" },
	{ "no opening bracket", "::1]", NULL, "" },
	{ "behind the brackets", "[::1]a", NULL, "" },
	{ "behind the brackets, digits", "[::1]80", NULL, "" },
	{ "brackets around a name", "[a.b]", NULL, "" },
	{ "brackets around IPv4", "[127.0.0.1]", NULL, "" },
	{ "empty brackets", "[]", NULL, "" },
	{ "6874 zone", "[fe80::1%25eth0]", NULL, "" },
	{ "6874 bare zone", "[fe80::1%eth0]", NULL, "" },
	{ "3.2.2 IPvFuture", "[v1.a:b]", NULL, "" },
	{ "3.2.2 one colon", "[:]", NULL, "" },
	{ "3.2.2 three colons", "[:::]", NULL, "" },
	{ "3.2.2 three colons inside", "[1:::2]", NULL, "" },
	{ "3.2.2 two gaps", "[1::2::3]", NULL, "" },
	{ "3.2.2 two gaps, first", "[::1::]", NULL, "" },
	{ "3.2.2 colon first", "[:1:2:3:4:5:6:7]", NULL, "" },
	{ "3.2.2 colon last", "[1:2:3:4:5:6:7:]", NULL, "" },
	{ "3.2.2 seven groups", "[1:2:3:4:5:6:7]", NULL, "" },
	{ "3.2.2 nine groups", "[1:2:3:4:5:6:7:8:9]", NULL, "" },
	{ "3.2.2 eight groups and a gap", "[1:2:3:4::5:6:7:8]", NULL, "" },
	{ "3.2.2 five digits", "[::12345]", NULL, "" },
	{ "3.2.2 not hexadecimal", "[::g]", NULL, "" },
	{ "3.2.2 IPv4 first", "[1.2.3.4::]", NULL, "" },
	{ "3.2.2 IPv4 behind five", "[1:2:3:4:5:1.2.3.4]", NULL, "" },
	{ "3.2.2 IPv4 behind seven", "[1:2:3:4:5:6:7:1.2.3.4]", NULL, "" },
	{ "3.2.2 IPv4 behind six and a gap", "[1:2:3:4:5:6::1.2.3.4]", NULL,
	    "" },
	{ "3.2.2 three octets", "[::1.2.3]", NULL, "" },
	{ "3.2.2 five octets", "[::1.2.3.4.5]", NULL, "" },
	{ "3.2.2 octet 256", "[::1.2.3.256]", NULL, "" },
	{ "3.2.2 octet of four digits", "[::1.2.3.1000]", NULL, "" },
	{ "3.2.2 octet of five digits", "[::1.2.3.10000]", NULL, "" },
	{ "3.2.2 octet with a zero first", "[::1.2.3.04]", NULL, "" },
	{ "3.2.2 empty octet", "[::1..3.4]", NULL, "" },
	{ "3.2.2 hexadecimal octet", "[::a.2.3.4]", NULL, "" },
	{ "3.2.2 letter between octets", "[::1.2a3.4]", NULL, "" },
};

static const struct {
	const char	*name, *path, *encoded;
} encoded[] = {
	{ "plain", "/a-._~!$&'()*+,;=:@/9", "/a-._~!$&'()*+,;=:@/9" },
	{ "empty", "", "" },
	{ "delimiters", "/a b?#%[]\"<>\\^`{|}",
	    "/a%20b%3F%23%25%5B%5D%22%3C%3E%5C%5E%60%7B%7C%7D" },
	{ "UTF-8", "/\xc3\xa4", "/%C3%A4" },
	{ "control bytes", "/\r\n\x7f", "/%0D%0A%7F" },
};

static struct slice
copy(const char *text, size_t len)
{
	return (struct slice){ guarded(text, len), len };
}

START_TEST(accepted)
{
	const struct http_fault *fault;
	struct http_target t;

	fault = http_target_parse(good[_i].method,
	    copy(good[_i].target, strlen(good[_i].target)), &t);
	ck_assert_msg(fault == NULL, "%s: %s", good[_i].name,
	    fault == NULL ? "" : fault->wrong);
	ck_assert_msg(t.form == good[_i].form, "%s: form", good[_i].name);
	ck_assert_msg(slice_eq(t.scheme, slice_of(good[_i].scheme)) &&
	    slice_eq(t.authority.host, slice_of(good[_i].host)) &&
	    slice_eq(t.authority.port, slice_of(good[_i].port)) &&
	    slice_eq(t.path, slice_of(good[_i].path)) &&
	    t.has_query == (good[_i].query != NULL) &&
	    (!t.has_query || slice_eq(t.query, slice_of(good[_i].query))),
	    "%s", good[_i].name);
}
END_TEST

START_TEST(refused)
{
	const struct http_fault *fault;
	struct http_target t;

	fault = http_target_parse(bad[_i].method,
	    copy(bad[_i].target, bad[_i].len), &t);
	ck_assert_msg(fault != NULL, "%s", bad[_i].name);
	ck_assert_msg(fault->status == bad[_i].status &&
	    strstr(fault->wrong, bad[_i].wrong) != NULL, "%s: %d %s",
	    bad[_i].name, fault->status, fault->wrong);
}
END_TEST

/* What http_target_parse() lets through can be decoded, and the reverse. */
START_TEST(path)
{
	struct slice raw = copy(paths[_i].raw, strlen(paths[_i].raw));
	const struct http_fault *fault, *judged;
	struct http_target t;
	char out[64];
	size_t len;

	ck_assert_uint_lt(raw.len, sizeof(out));
	fault = http_target_path(raw, out, &len);
	judged = http_target_parse(HTTP_GET, raw, &t);
	ck_assert_msg((fault == NULL) == (judged == NULL), "%s",
	    paths[_i].name);
	if (paths[_i].path == NULL) {
		ck_assert_msg(fault != NULL, "%s: %s", paths[_i].name, out);
		ck_assert_int_eq(fault->status, 400);
		ck_assert_msg(strstr(fault->wrong, paths[_i].wrong) != NULL,
		    "%s: %s", paths[_i].name, fault->wrong);
		return;
	}
	ck_assert_msg(fault == NULL, "%s: %s", paths[_i].name,
	    fault == NULL ? "" : fault->wrong);
	ck_assert_str_eq(out, paths[_i].path);
	ck_assert_uint_eq(len, strlen(out));
	ck_assert_uint_le(len, raw.len);
}
END_TEST

START_TEST(plain_or_not)
{
	struct http_target t;

	ck_assert_ptr_null(http_target_parse(HTTP_GET,
	    copy(plain[_i].target, strlen(plain[_i].target)), &t));
	ck_assert_msg(t.is_plain == plain[_i].is_plain, "%s", plain[_i].name);
}
END_TEST

/* Forms without a path have the root's. */
START_TEST(plain_without_a_path)
{
	struct http_target t;

	ck_assert_ptr_null(http_target_parse(HTTP_OPTIONS, SLICE("*"), &t));
	ck_assert(t.is_plain);
	ck_assert_ptr_null(http_target_parse(HTTP_CONNECT, SLICE("a:1"), &t));
	ck_assert(t.is_plain);
}
END_TEST

/*
 * All paths of up to seven bytes that matter: a plain one is what is decoded
 * from it, and one that is not plain is changed or has a hidden name.
 */
START_TEST(plain_is_decoded)
{
	static const char bytes[] = "/.a%4?";
	const size_t base = sizeof(bytes) - 1, most = 7;
	char raw[8] = "/", out[9];
	struct http_target t;
	size_t len, count = 1;

	for (size_t n = 0; n < most; n++, count *= base) {
		for (size_t i = 0; i < count; i++) {
			size_t digits = i;
			bool is_same;

			for (size_t k = 1; k <= n; k++, digits /= base)
				raw[k] = bytes[digits % base];
			if (http_target_parse(HTTP_GET,
			    (struct slice){ raw, n + 1 }, &t) != NULL)
				continue;
			if (http_target_path(t.path, out, &len) != NULL)
				ck_abort_msg("%.*s", (int)n + 1, raw);
			is_same = slice_eq(t.path,
			    (struct slice){ out, len });
			if (t.is_plain != (is_same &&
			    strstr(out, "/.") == NULL))
				ck_abort_msg("%.*s", (int)n + 1, raw);
		}
	}
}
END_TEST

/*
 * What is taken is a whole target of its own, parsed to the same, and as much
 * of one as there is.
 */
static bool
is_taken_right(const char *raw, size_t n)
{
	struct http_target taken, t;
	size_t k = http_target_take_plain(raw, n, &taken);
	bool is_all = http_target_parse(HTTP_GET, (struct slice){ raw, n },
	    &t) == NULL && t.is_plain;

	if (k > n || (n > 0 && k == n) != is_all)
		return false;
	if (k == 0)
		return true;
	return http_target_parse(HTTP_GET, (struct slice){ raw, k }, &t) ==
	    NULL && t.is_plain && taken.is_plain && t.form == taken.form &&
	    t.has_query == taken.has_query && t.path.p == taken.path.p &&
	    slice_eq(t.path, taken.path) && slice_eq(t.query, taken.query) &&
	    taken.scheme.len == 0 && taken.authority.host.len == 0 &&
	    taken.authority.port.len == 0;
}

/* All beginnings of up to six bytes. */
START_TEST(plain_is_taken)
{
	static const char bytes[] = "/.a%?# \x80";
	const size_t base = sizeof(bytes) - 1, most = 6;
	struct http_target taken;
	char raw[8];
	size_t count = 1;

	for (size_t n = 0; n <= most; n++, count *= base) {
		for (size_t i = 0; i < count; i++) {
			size_t digits = i;

			for (size_t k = 0; k < n; k++, digits /= base)
				raw[k] = bytes[digits % base];
			/* Each assertion that is made writes to a file. */
			if (!is_taken_right(raw, n))
				ck_abort_msg("%.*s", (int)n, raw);
		}
	}
	ck_assert_uint_eq(http_target_take_plain(guarded("/a?b", 4), 4,
	    &taken), 4);
	ck_assert_uint_eq(http_target_take_plain(guarded("/", 1), 1,
	    &taken), 1);
	ck_assert_uint_eq(http_target_take_plain(guarded("", 0), 0,
	    &taken), 0);
}
END_TEST

START_TEST(authority)
{
	const char *text = authorities[_i].authority;
	struct http_authority a;
	bool is_valid;

	is_valid = http_authority_parse(copy(text, strlen(text)), &a);
	ck_assert_msg(is_valid == (authorities[_i].host != NULL), "%s: %s",
	    authorities[_i].name, text);
	if (!is_valid)
		return;
	ck_assert_msg(slice_eq(a.host, slice_of(authorities[_i].host)) &&
	    slice_eq(a.port, slice_of(authorities[_i].port)), "%s",
	    authorities[_i].name);
}
END_TEST

/* Whatever the size of the buffer, nothing is written behind it. */
START_TEST(encode)
{
	struct slice in = slice_of(encoded[_i].path);
	size_t need = strlen(encoded[_i].encoded) + 1;

	for (size_t size = 0; size <= need + 1; size++) {
		char *out = guarded("", 0) - size;
		long n = http_target_encode(in, out, size);

		if (size < need) {
			ck_assert_msg(n == -1, "%s", encoded[_i].name);
			continue;
		}
		ck_assert_int_eq(n, (long)need - 1);
		ck_assert_str_eq(out, encoded[_i].encoded);
	}
}
END_TEST

START_TEST(encode_and_decode)
{
	char raw[256], out[1024], back[1024];
	size_t n = 0, len;
	long m;

	raw[n++] = '/';
	for (int c = 0x20; c < 256; c++)
		if (c != '/' && c != '\\' && c != 0x7f)
			raw[n++] = (char)c;
	m = http_target_encode((struct slice){ raw, n }, out, sizeof(out));
	ck_assert_int_gt(m, 0);
	ck_assert_ptr_null(http_target_path(
	    (struct slice){ out, (size_t)m }, back, &len));
	ck_assert_uint_eq(len, n);
	ck_assert_mem_eq(back, raw, n);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_target");
	TCase *tc = tcase_create("target");

	tcase_add_loop_test(tc, accepted, 0, COUNT(good));
	tcase_add_loop_test(tc, refused, 0, COUNT(bad));
	tcase_add_loop_test(tc, path, 0, COUNT(paths));
	tcase_add_loop_test(tc, plain_or_not, 0, COUNT(plain));
	tcase_add_test(tc, plain_without_a_path);
	tcase_add_test(tc, plain_is_decoded);
	tcase_add_test(tc, plain_is_taken);
	tcase_add_loop_test(tc, authority, 0, COUNT(authorities));
	tcase_add_loop_test(tc, encode, 0, COUNT(encoded));
	tcase_add_test(tc, encode_and_decode);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
