#include "http/url.h"

#include <stdio.h>

#include "support.h"

static const struct {
	const char	*name, *typed;
	const char	*text;
} good[] = {
	{ "usual", "http://example.org/a?b", "http://example.org/a?b" },
	{ "no path", "http://example.org", "http://example.org/" },
	{ "no path but a query", "http://example.org?a=b",
	    "http://example.org/?a=b" },
	{ "no path but a fragment", "http://example.org#a",
	    "http://example.org/" },
	{ "no scheme", "example.org/a", "http://example.org/a" },
	{ "no scheme, two slashes", "//example.org/a",
	    "http://example.org/a" },
	{ "no scheme, one word", "localhost", "http://localhost/" },
	{ "no scheme but a port", "localhost:8080/x",
	    "http://localhost:8080/x" },
	{ "no scheme but a port, no path", "localhost:8080",
	    "http://localhost:8080/" },
	{ "no scheme but a port and a query", "localhost:8080?x",
	    "http://localhost:8080/?x" },
	{ "no scheme but a port and a fragment", "localhost:8080#x",
	    "http://localhost:8080/" },
	{ "no scheme, a dot, an empty port", "example.org:/x",
	    "http://example.org/x" },
	{ "no scheme, an address", "127.0.0.1:8080/",
	    "http://127.0.0.1:8080/" },
	{ "no scheme, IPv6", "[::1]:8080/x", "http://[::1]:8080/x" },
	{ "no scheme, a URL in the query", "a/b?c=https://d/e",
	    "http://a/b?c=https://d/e" },
	{ "no scheme, a colon in the path", "a/b:c", "http://a/b:c" },
	{ "a host called http", "http", "http://http/" },
	{ "capitals", "HTTP://EXAMPLE.Org/AbC?DeF",
	    "http://example.org/AbC?DeF" },
	{ "port 80", "http://a:80/", "http://a/" },
	{ "port of zeros in front", "http://a:0008080/", "http://a:8080/" },
	{ "empty port", "http://a:/b", "http://a/b" },
	{ "the least port", "http://a:1/", "http://a:1/" },
	{ "the largest port", "http://a:65535/", "http://a:65535/" },
	{ "IPv6", "http://[2001:DB8::A]/", "http://[2001:db8::a]/" },
	{ "IPv4 in IPv6", "http://[::ffff:192.0.2.1]:81/",
	    "http://[::ffff:192.0.2.1]:81/" },
	{ "dot behind the host", "http://example.org.:8080/",
	    "http://example.org.:8080/" },
	{ "underscore in the host", "my_host:81", "http://my_host:81/" },
	{ "escape in the host", "http://a%41b/", "http://a%41b/" },
	{ "blanks around", " \thttp://a/b \t", "http://a/b" },
	{ "blank in the path", "http://a/b c", "http://a/b%20c" },
	{ "blanks in the query", "http://a/?b c\td", "http://a/?b%20c%09d" },
	{ "UTF-8 in the path", "http://a/\xc3\xa4", "http://a/%C3%A4" },
	{ "UTF-8 in the query", "http://a/?\xe2\x82\xac",
	    "http://a/?%E2%82%AC" },
	{ "a byte that is no UTF-8", "http://a/\xff", "http://a/%FF" },
	{ "escapes stay", "http://a/%41%2f%e4%2E%2e/%00",
	    "http://a/%41%2f%e4%2E%2e/%00" },
	{ "no escapes in the query", "http://a/?100%&%zz",
	    "http://a/?100%&%zz" },
	{ "odd bytes", "http://a/\"<>\\^`{|}[]?\"<>\\^`{|}[]",
	    "http://a/%22%3C%3E%5C%5E%60%7B%7C%7D[]"
	    "?%22%3C%3E%5C%5E%60%7B%7C%7D[]" },
	{ "empty query", "http://a/b?", "http://a/b?" },
	{ "empty query and a fragment", "http://a/b?#c", "http://a/b?" },
	{ "question marks", "http://a/b??c?", "http://a/b??c?" },
	{ "slashes in the query", "http://a/b?c/../d", "http://a/b?c/../d" },
	{ "fragment", "http://a/b#c", "http://a/b" },
	{ "fragment with a query", "http://a/b#c?d#e", "http://a/b" },
	{ "control byte in the fragment", "http://a/b#\n", "http://a/b" },
	{ "5.2.4 dots", "http://a/b/./c/../d", "http://a/b/d" },
	{ "5.2.4 dots at the end", "http://a/b/c/..", "http://a/b/" },
	{ "5.2.4 a dot at the end", "http://a/b/c/.", "http://a/b/c/" },
	{ "5.2.4 above the root", "http://a/../../b", "http://a/b" },
	{ "5.2.4 names of dots", "http://a/.../..b/b..",
	    "http://a/.../..b/b.." },
	{ "5.2.4 slashes stay", "http://a//b///c//", "http://a//b///c//" },
	{ "5.2.4 back over a slash", "http://a/b//../c", "http://a/b/c" },
	{ "5.2.4 a path of two slashes", "http://a/b/..//c",
	    "http://a//c" },
	{ "5.2.4 escaped dots", "http://a/b/%2e%2e/c",
	    "http://a/b/%2e%2e/c" },
};

static const struct {
	const char	*name, *typed;
	const char	*error;
} bad[] = {
	{ "empty", "", "no host" },
	{ "blanks", " \t", "no host" },
	{ "scheme alone", "http:", "two slashes" },
	{ "one slash", "http:/a/b", "two slashes" },
	{ "no slash", "http:a", "two slashes" },
	{ "scheme and slashes", "http://", "no host" },
	{ "no host but a path", "http:///a", "no host" },
	{ "no host but a query", "http://?a", "no host" },
	{ "no host but a port", "http://:80/", "no host" },
	{ "no host but a port, no scheme", ":80/", "no host" },
	{ "a path", "/a/b", "no host" },
	{ "a query", "?a", "no host" },
	{ "a fragment", "#a", "no host" },
	{ "https", "https://example.org/", "https is not spoken" },
	{ "https in capitals", "HTTPS://example.org/",
	    "https is not spoken" },
	{ "https without slashes", "https:443/", "https is not spoken" },
	{ "ftp", "ftp://example.org/", "\"ftp:\" is not spoken" },
	{ "file", "file:///etc/passwd", "\"file:\" is not spoken" },
	{ "urn", "urn:isbn:1", "\"urn:\" is not spoken" },
	{ "a scheme with a dot", "a.b://c/", "\"a.b:\" is not spoken" },
	{ "a scheme with all kinds of bytes", "a+-0:x",
	    "\"a+-0:\" is not spoken" },
	{ "a word and no port", "localhost:x/", "\"localhost:\" is not" },
	{ "user", "http://me@a/", "-H 'Authorization: ...'" },
	{ "user and password", "http://me:secret@a/",
	    "user name or password" },
	{ "user and password, no scheme", "me:secret@a/",
	    "user name or password" },
	{ "empty user", "http://@a/", "user name or password" },
	{ "port 0", "http://a:0/", "0 is no port" },
	{ "port too large", "http://a:65536/", "\"65536\" is no port" },
	{ "port too large, no scheme", "a:99999999999999999999/",
	    "\"99999999999999999999\" is no port" },
	{ "port of letters", "http://a:http/", "\"http\" is no port" },
	{ "port of letters, no scheme", "a.b:http/", "\"http\" is no port" },
	{ "port with a sign", "http://a:+80/", "\"+80\" is no port" },
	{ "port of IPv6", "http://[::1]:x/", "\"x\" is no port" },
	{ "IPv6 without brackets", "http://fe80::1/", "brackets" },
	{ "IPv6 without brackets, no scheme", "fe80::1", "brackets" },
	{ "IPv6 without brackets, two colons first", "::1", "brackets" },
	{ "IPv6 without brackets, whole", "2001:db8:0:0:0:0:0:1/x",
	    "brackets" },
	{ "IPv6 that is none", "http://[1]/", "\"[1]\" is no host" },
	{ "IPv6 that does not end", "http://[::1/", "is no host" },
	{ "IPv6 with a zone", "http://[fe80::1%25eth0]/", "is no host" },
	{ "blank in the host", "http://a b/", "\"a b\" is no host" },
	{ "comma in the host", "http://a,b/", "\"a,b\" is no host" },
	{ "backslash in the host", "http:\\\\a\\b", "two slashes" },
	{ "bad escape in the host", "http://a%4/", "is no host" },
	{ "control byte in the host", "http://a\x01/", "is no host" },
	{ "UTF-8 in the host", "http://b\xc3\xbc" "cher.example/",
	    "Punycode" },
	{ "LF in the path", "http://a/b\nc", "control byte, 0x0a" },
	{ "LF at the end", "http://a/b\n", "control byte, 0x0a" },
	{ "CR in the query", "http://a/?b\rc", "control byte, 0x0d" },
	{ "escape in the path", "http://a/\x1b[2J", "control byte, 0x1b" },
	{ "DEL in the path", "http://a/\x7f", "control byte, 0x7f" },
	{ "escape of no digits", "http://a/%zz", "\"%zz\"" },
	{ "escape of one digit", "http://a/%4x", "\"%4x\"" },
	{ "escape cut", "http://a/b%4", "\"%4\"" },
	{ "escape cut by a slash", "http://a/b%4/c", "\"%4\"" },
	{ "percent sign alone", "http://a/100%", "\"%\"" },
	{ "a long host is not shown whole", "http://aaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,/",
	    "aaaa\" is no host" },
};

#define BASE	"http://a/b/c/d;p?q"

/* RFC 3986, 5.4, all whose result is http; then others. */
static const struct {
	const char	*base, *reference, *text;
} resolved[] = {
	{ BASE, "g", "http://a/b/c/g" },
	{ BASE, "./g", "http://a/b/c/g" },
	{ BASE, "g/", "http://a/b/c/g/" },
	{ BASE, "/g", "http://a/g" },
	{ BASE, "//g", "http://g/" },
	{ BASE, "?y", "http://a/b/c/d;p?y" },
	{ BASE, "g?y", "http://a/b/c/g?y" },
	{ BASE, "#s", "http://a/b/c/d;p?q" },
	{ BASE, "g#s", "http://a/b/c/g" },
	{ BASE, "g?y#s", "http://a/b/c/g?y" },
	{ BASE, ";x", "http://a/b/c/;x" },
	{ BASE, "g;x", "http://a/b/c/g;x" },
	{ BASE, "g;x?y#s", "http://a/b/c/g;x?y" },
	{ BASE, "", "http://a/b/c/d;p?q" },
	{ BASE, ".", "http://a/b/c/" },
	{ BASE, "./", "http://a/b/c/" },
	{ BASE, "..", "http://a/b/" },
	{ BASE, "../", "http://a/b/" },
	{ BASE, "../g", "http://a/b/g" },
	{ BASE, "../..", "http://a/" },
	{ BASE, "../../", "http://a/" },
	{ BASE, "../../g", "http://a/g" },
	{ BASE, "../../../g", "http://a/g" },
	{ BASE, "../../../../g", "http://a/g" },
	{ BASE, "/./g", "http://a/g" },
	{ BASE, "/../g", "http://a/g" },
	{ BASE, "g.", "http://a/b/c/g." },
	{ BASE, ".g", "http://a/b/c/.g" },
	{ BASE, "g..", "http://a/b/c/g.." },
	{ BASE, "..g", "http://a/b/c/..g" },
	{ BASE, "./../g", "http://a/b/g" },
	{ BASE, "./g/.", "http://a/b/c/g/" },
	{ BASE, "g/./h", "http://a/b/c/g/h" },
	{ BASE, "g/../h", "http://a/b/c/h" },
	{ BASE, "g;x=1/./y", "http://a/b/c/g;x=1/y" },
	{ BASE, "g;x=1/../y", "http://a/b/c/y" },
	{ BASE, "g?y/./x", "http://a/b/c/g?y/./x" },
	{ BASE, "g?y/../x", "http://a/b/c/g?y/../x" },
	{ BASE, "g#s/./x", "http://a/b/c/g" },
	{ BASE, "g#s/../x", "http://a/b/c/g" },

	{ BASE, "http://b", "http://b/" },
	{ BASE, "HTTP://B:80/C", "http://b/C" },
	{ BASE, "http://[::1]:81?x", "http://[::1]:81/?x" },
	{ BASE, "?", "http://a/b/c/d;p?" },
	{ BASE, "g?", "http://a/b/c/g?" },
	{ BASE, "/", "http://a/" },
	{ BASE, "g/h:i", "http://a/b/c/g/h:i" },
	{ BASE, "./h:i", "http://a/b/c/h:i" },
	{ BASE, "8080:i", "http://a/b/c/8080:i" },
	{ BASE, "?http://x/", "http://a/b/c/d;p?http://x/" },
	{ BASE, "/x//", "http://a/x//" },
	{ BASE, "/.//x", "http://a//x" },
	{ BASE, "..//x", "http://a/b//x" },
	{ BASE, " g h\t", "http://a/b/c/g%20h" },
	{ BASE, "\xc3\xa4?\xc3\xa4", "http://a/b/c/%C3%A4?%C3%A4" },
	{ BASE, "%2e%2e/g", "http://a/b/c/%2e%2e/g" },
	{ "http://a:81", "g", "http://a:81/g" },
	{ "http://a:81", "", "http://a:81/" },
	{ "http://a?q", "#f", "http://a/?q" },
	{ "http://a?", "", "http://a/?" },
	{ "http://a/b/", "..", "http://a/" },
	{ "http://[::1]:82/b", "c", "http://[::1]:82/c" },
	{ "http://a.:82/b", "/c", "http://a.:82/c" },
	{ "http://a/%41/b", "c", "http://a/%41/c" },
	{ "http://a//b", "c", "http://a//c" },
	{ "http://a//", "..", "http://a/" },
};

static const struct {
	const char	*name, *reference;
	size_t		 len;
	const char	*error;
} unresolved[] = {
	{ "5.4.1 another scheme", BYTES("g:h"), "\"g:\" is not spoken" },
	{ "5.4.2 strictly", BYTES("http:g"), "two slashes" },
	{ "https", BYTES("https://a/"), "https is not spoken" },
	{ "a host and a port", BYTES("localhost:8080"), "is not spoken" },
	{ "no host", BYTES("///g"), "no host" },
	{ "no host behind a scheme", BYTES("http:///g"), "no host" },
	{ "password", BYTES("//me:secret@b/"), "user name or password" },
	{ "port", BYTES("//b:x"), "\"x\" is no port" },
	{ "path", BYTES("%"), "percent-escape" },
	{ "LF", BYTES("g\nh"), "0x0a" },
	{ "LF in the query", BYTES("?\n"), "0x0a" },
	{ "NUL", BYTES("g\0h"), "0x00" },
};

static struct url url, base, again;
static char error[512];

/* The parts of a URL fit together and lie in its text. */
static void
check_parts(const char *name, const struct url *u)
{
	char joined[URL_MAX + 16];

	snprintf(joined, sizeof(joined), "http://%.*s%.*s",
	    SLICE_ARG(u->authority), SLICE_ARG(u->target));
	ck_assert_msg(strcmp(u->text, joined) == 0, "%s: %s", name, joined);
	snprintf(joined, sizeof(joined), u->port == 80 ? "%.*s" : "%.*s:%u",
	    SLICE_ARG(u->host), (unsigned)u->port);
	ck_assert_msg(slice_eq(u->authority, slice_of(joined)), "%s: %s",
	    name, joined);
	ck_assert_msg(u->path.p == u->target.p && u->path.p[0] == '/' &&
	    memchr(u->path.p, '?', u->path.len) == NULL, "%s: path", name);
	ck_assert_msg(u->path.len == u->target.len ||
	    u->path.p[u->path.len] == '?', "%s: target", name);
	ck_assert_msg(u->text + strlen(u->text) == u->target.p +
	    u->target.len, "%s: end", name);
}

/* A text at the wall, with its NUL. */
static const char *
at_wall(const char *text)
{
	return guarded(text, strlen(text) + 1);
}

START_TEST(parsed)
{
	const char *name = good[_i].name;

	ck_assert_msg(url_parse(at_wall(good[_i].typed), &url, error,
	    sizeof(error)), "%s: %s", name, error);
	ck_assert_msg(strcmp(url.text, good[_i].text) == 0, "%s: %s", name,
	    url.text);
	check_parts(name, &url);
	ck_assert_msg(url_parse(at_wall(url.text), &again, error,
	    sizeof(error)), "%s: %s", name, error);
	ck_assert_msg(strcmp(url.text, again.text) == 0, "%s: again: %s",
	    name, again.text);
	ck_assert(url_same_server(&url, &again));
}
END_TEST

/* No URL is needed whole: what is cut is another one, or an error. */
START_TEST(prefixes)
{
	char text[256];

	for (size_t n = 0; n < strlen(good[_i].typed); n++) {
		memcpy(text, good[_i].typed, n);
		text[n] = '\0';
		error[0] = '\0';
		if (url_parse(at_wall(text), &url, error, sizeof(error)))
			check_parts(good[_i].name, &url);
		else
			ck_assert_msg(error[0] != '\0', "%s: %zu",
			    good[_i].name, n);
	}
}
END_TEST

START_TEST(refused)
{
	char small[8];

	ck_assert_msg(!url_parse(at_wall(bad[_i].typed), &url, error,
	    sizeof(error)), "%s: %s", bad[_i].name, url.text);
	ck_assert_msg(strstr(error, bad[_i].error) != NULL, "%s: %s",
	    bad[_i].name, error);
	ck_assert_msg(strstr(error, "secret") == NULL, "%s: %s", bad[_i].name,
	    error);
	ck_assert(!url_parse(at_wall(bad[_i].typed), &url, small,
	    sizeof(small)));
	ck_assert_uint_eq(strlen(small), sizeof(small) - 1);
}
END_TEST

START_TEST(parts)
{
	ck_assert(url_parse("Example.ORG:8080/a/b?c=d#e", &url, error,
	    sizeof(error)));
	ck_assert(slice_eq(url.host, SLICE("example.org")));
	ck_assert_uint_eq(url.port, 8080);
	ck_assert(slice_eq(url.authority, SLICE("example.org:8080")));
	ck_assert(slice_eq(url.target, SLICE("/a/b?c=d")));
	ck_assert(slice_eq(url.path, SLICE("/a/b")));
	ck_assert(url_parse("http://[::1]:80", &url, error, sizeof(error)));
	ck_assert(slice_eq(url.host, SLICE("[::1]")));
	ck_assert_uint_eq(url.port, 80);
	ck_assert(slice_eq(url.authority, SLICE("[::1]")));
	ck_assert(slice_eq(url.target, SLICE("/")));
}
END_TEST

START_TEST(resolves)
{
	const char *name = resolved[_i].reference;
	size_t len = strlen(name);

	ck_assert(url_parse(resolved[_i].base, &base, error, sizeof(error)));
	ck_assert_msg(url_resolve(&base, (struct slice){ guarded(name, len),
	    len }, &url, error, sizeof(error)), "%s: %s", name, error);
	ck_assert_msg(strcmp(url.text, resolved[_i].text) == 0, "%s: %s",
	    name, url.text);
	check_parts(name, &url);
	ck_assert_msg(url_parse(at_wall(url.text), &again, error,
	    sizeof(error)), "%s: %s", name, error);
	ck_assert_msg(strcmp(url.text, again.text) == 0, "%s: again: %s",
	    name, again.text);
}
END_TEST

START_TEST(does_not_resolve)
{
	const size_t len = unresolved[_i].len;
	struct slice reference = { guarded(unresolved[_i].reference, len),
	    len };

	ck_assert(url_parse(BASE, &base, error, sizeof(error)));
	ck_assert_msg(!url_resolve(&base, reference, &url, error,
	    sizeof(error)), "%s: %s", unresolved[_i].name, url.text);
	ck_assert_msg(strstr(error, unresolved[_i].error) != NULL,
	    "%s: %s", unresolved[_i].name, error);
}
END_TEST

/* As long as can be, and a byte more, however they come. */
START_TEST(lengths)
{
	static char text[URL_MAX * 2];

	memset(text, 'b', sizeof(text));
	memcpy(text, "http://a/", 9);
	text[URL_MAX - 1] = '\0';
	ck_assert(url_parse(text, &base, error, sizeof(error)));
	ck_assert_uint_eq(strlen(base.text), URL_MAX - 1);
	check_parts("long", &base);
	ck_assert(url_resolve(&base, SLICE("?"), &url, error, sizeof(error))
	    == false);
	ck_assert_ptr_nonnull(strstr(error, "longer than"));
	ck_assert(url_resolve(&base, SLICE(""), &url, error, sizeof(error)));
	ck_assert_uint_eq(strlen(url.text), URL_MAX - 1);

	text[URL_MAX - 1] = 'b';
	text[URL_MAX] = '\0';
	ck_assert(!url_parse(text, &url, error, sizeof(error)));
	ck_assert_ptr_nonnull(strstr(error, "longer than"));
	text[URL_MAX - 2] = ' ';
	text[URL_MAX] = '\0';
	ck_assert(!url_parse(text, &url, error, sizeof(error)));
	text[9] = '?';
	ck_assert(!url_parse(text, &url, error, sizeof(error)));
	memcpy(text + 9, "bbb", 3);
	memset(text + 12, 'b', URL_MAX);
	memcpy(text + 12 + URL_MAX, "/../..", sizeof("/../.."));
	ck_assert(!url_parse(text, &url, error, sizeof(error)));
	ck_assert_ptr_nonnull(strstr(error, "longer than"));
	memset(text + 7, 'b', URL_MAX);
	text[7 + URL_MAX] = '\0';
	ck_assert(!url_parse(text, &url, error, sizeof(error)));
	ck_assert_ptr_nonnull(strstr(error, "longer than"));
}
END_TEST

START_TEST(same_server)
{
	static const struct {
		const char	*a, *b;
		bool		 want;
	} pairs[] = {
		{ "http://a/b", "a:80/c", true },
		{ "http://A:8080", "http://a:8080/x", true },
		{ "http://a", "http://a:81", false },
		{ "http://a", "http://b", false },
		{ "http://a", "http://a.b", false },
	};

	for (int i = 0; i < COUNT(pairs); i++) {
		ck_assert(url_parse(pairs[i].a, &url, error, sizeof(error)));
		ck_assert(url_parse(pairs[i].b, &again, error,
		    sizeof(error)));
		ck_assert_msg(url_same_server(&url, &again) == pairs[i].want,
		    "%s %s", pairs[i].a, pairs[i].b);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("url");
	TCase *tc = tcase_create("url");

	tcase_add_loop_test(tc, parsed, 0, COUNT(good));
	tcase_add_loop_test(tc, prefixes, 0, COUNT(good));
	tcase_add_loop_test(tc, refused, 0, COUNT(bad));
	tcase_add_test(tc, parts);
	tcase_add_loop_test(tc, resolves, 0, COUNT(resolved));
	tcase_add_loop_test(tc, does_not_resolve, 0, COUNT(unresolved));
	tcase_add_test(tc, lengths);
	tcase_add_test(tc, same_server);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
