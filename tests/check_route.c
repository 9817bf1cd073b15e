/* route: redirects, fields, error pages and the fallback. */
#include "files/route.h"

#include <string.h>

#include "http/http_multipart.h"
#include "support.h"
#include "tree.h"

/* A decoded path, as http_target_path() makes it, and its query. */
static const struct http_request *req;
static char path_bytes[16384];
static struct slice path;

static void
go(const char *to)
{
	req = asked_get(to, "");
	ck_assert_msg(http_target_path(req->target.path, path_bytes, &path.len) ==
	    NULL, "%s", to);
	path.p = path_bytes;
}

/* Redirects: one rule each, and what it makes of a request. */

static const struct {
	const char	*name, *request;
	char		*from, *to;
	const char	*want;		/* NULL: no redirect */
} redirects[] = {
	{ "exact", "/a", TEXT("/a"), TEXT("/b"), "/b" },
	{ "exact, but below", "/a/c", TEXT("/a"), TEXT("/b"), NULL },
	{ "exact, but shorter", "/", TEXT("/a"), TEXT("/b"), NULL },
	{ "exact, case", "/A", TEXT("/a"), TEXT("/b"), NULL },
	{ "of the decoded path", "/%61", TEXT("/a"), TEXT("/b"), "/b" },
	{ "of the resolved path", "/x/..//a", TEXT("/a"), TEXT("/b"), "/b" },
	{ "the root", "/", TEXT("/"), TEXT("/home"), "/home" },
	{ "prefix, rest dropped", "/old/x", TEXT("/old/*"), TEXT("/new"),
	    "/new" },
	{ "prefix, rest kept", "/old/x/y.html", TEXT("/old/*"),
	    TEXT("/new/*"), "/new/x/y.html" },
	{ "prefix, no rest", "/old/", TEXT("/old/*"), TEXT("/new/*"),
	    "/new/" },
	{ "prefix, not reached", "/old", TEXT("/old/*"), TEXT("/new/*"),
	    NULL },
	{ "slash at the end of the rest", "/old/x/", TEXT("/old/*"),
	    TEXT("/new/*"), "/new/x/" },
	{ "prefix within a name", "/oldest", TEXT("/old*"), TEXT("/new*"),
	    "/newest" },
	{ "extension", "/a/b.php", TEXT("*.php"), TEXT("/gone"), "/gone" },
	{ "extension, rest kept", "/a/b.php", TEXT("*.php"), TEXT("/x/*"),
	    "/x/a/b" },
	{ "extension, to the root", "/a/b.php", TEXT("*.php"), TEXT("/*"),
	    "/a/b" },
	{ "extension, to a URL without path", "/a/b.php", TEXT("*.php"),
	    TEXT("https://example.org*"), "https://example.org/a/b" },
	{ "extension, another", "/a/b.php5", TEXT("*.php"), TEXT("/gone"),
	    NULL },

	/* What follows a slash begins with none: it would be a host. */
	{ "rest begins with a slash", "/old/evil.example", TEXT("/old*"),
	    TEXT("/*"), "/evil.example" },
	{ "with two, which are folded", "/old//evil.example", TEXT("/old*"),
	    TEXT("/*"), "/evil.example" },
	{ "with many", "/old/////evil.example/x", TEXT("/old*"), TEXT("/*"),
	    "/evil.example/x" },
	{ "encoded dots before it", "/old/%2e//evil.example", TEXT("/old*"),
	    TEXT("/*"), "/evil.example" },
	{ "all of the path", "//evil.example", TEXT("/*"), TEXT("/x/*"),
	    "/x/evil.example" },
	{ "a backslash stays encoded", "/old/\\evil.example", TEXT("/old/*"),
	    TEXT("/*"), "/%5Cevil.example" },
	{ "a rest of slashes only", "/old/", TEXT("/old*"), TEXT("/*"), "/" },
	{ "slash of the rest is needed", "/old/x", TEXT("/old*"),
	    TEXT("/new*"), "/new/x" },

	/* A host of its own, by name: only what is elsewhere is redirected. */
	{ "to the host that was asked", "/a", TEXT("/*"),
	    TEXT("http://example.org/*"), NULL },
	{ "to it, in other letters and with its port", "/a", TEXT("/*"),
	    TEXT("HTTP://Example.ORG:80/*"), NULL },
	{ "to it, and its root", "/", TEXT("/"), TEXT("http://example.org"),
	    NULL },
	{ "to another port of it", "/a", TEXT("/*"),
	    TEXT("http://example.org:81/*"), "http://example.org:81/a" },
	{ "to it by TLS", "/a", TEXT("/*"), TEXT("https://example.org/*"),
	    "https://example.org/a" },
	{ "to another path of it", "/a", TEXT("/a"),
	    TEXT("http://example.org/b"), "http://example.org/b" },
	{ "to a host that begins so", "/a", TEXT("/*"),
	    TEXT("http://example.org.uk/*"), "http://example.org.uk/a" },

	/* Encoding */
	{ "in a query", "/old/a&b=c+d;e%26", TEXT("/old/*"),
	    TEXT("/new?k=v&q=*"), "/new?k=v&q=a%26b%3Dc%2Bd%3Be%26" },
	{ "space", "/old/a%20b", TEXT("/old/*"), TEXT("/new/*"),
	    "/new/a%20b" },
	{ "percent sign", "/old/100%25", TEXT("/old/*"), TEXT("/new/*"),
	    "/new/100%25" },
	{ "question mark", "/old/a%3Fb", TEXT("/old/*"), TEXT("/new/*"),
	    "/new/a%3Fb" },
	{ "number sign", "/old/a%23b", TEXT("/old/*"), TEXT("/new/*"),
	    "/new/a%23b" },
	{ "quotes and angles", "/old/\"<b>", TEXT("/old/*"), TEXT("/new/*"),
	    "/new/%22%3Cb%3E" },
	{ "not ASCII", "/old/%c3%a4", TEXT("/old/*"), TEXT("/new/*"),
	    "/new/%C3%A4" },
	{ "colon and at", "/old/a:b@c", TEXT("/old/*"), TEXT("/new/*"),
	    "/new/a:b@c" },
	{ "what the rule says stays", "/a", TEXT("/a"), TEXT("/%41%2Fb"),
	    "/%41%2Fb" },

	/* Query */
	{ "query kept", "/a?x=1&y=%2F?", TEXT("/a"), TEXT("/b"),
	    "/b?x=1&y=%2F?" },
	{ "empty query kept", "/a?", TEXT("/a"), TEXT("/b"), "/b?" },
	{ "query behind the rest", "/old/x?q", TEXT("/old/*"),
	    TEXT("/new/*"), "/new/x?q" },
	{ "query of the rule", "/a?x=1", TEXT("/a"), TEXT("/b?y=2"),
	    "/b?y=2" },
	{ "empty query of the rule", "/a?x=1", TEXT("/a"), TEXT("/b?"),
	    "/b?" },
	{ "rest in the query", "/old/x?q", TEXT("/old/*"), TEXT("/new?p=*"),
	    "/new?p=x" },
	{ "question mark in the rest", "/old/a%3Fb?q", TEXT("/old/*"),
	    TEXT("/new/*"), "/new/a%3Fb?q" },

	/* Fragment */
	{ "fragment", "/a", TEXT("/a"), TEXT("/b#c"), "/b#c" },
	{ "query before it", "/a?q", TEXT("/a"), TEXT("/b#c"), "/b?q#c" },
	{ "query of the rule before it", "/a?q", TEXT("/a"), TEXT("/b?r#c"),
	    "/b?r#c" },
	{ "question mark in it", "/a?q", TEXT("/a"), TEXT("/b#c?d"),
	    "/b?q#c?d" },
	{ "rest is not put there", "/old/x", TEXT("/old/*"), TEXT("/b#c*"),
	    "/b#c" },

	/* URLs */
	{ "URL", "/a", TEXT("/a"), TEXT("https://example.org/b"),
	    "https://example.org/b" },
	{ "URL with rest", "/old/x", TEXT("/old/*"),
	    TEXT("https://example.org/*"), "https://example.org/x" },
	{ "URL with slash and rest", "/old/x", TEXT("/old*"),
	    TEXT("https://example.org/*"), "https://example.org/x" },
	{ "URL without path, rest with slash", "/old/x?q", TEXT("/old*"),
	    TEXT("https://example.org*"), "https://example.org/x?q" },
	{ "URL without path, no rest", "/old", TEXT("/old*"),
	    TEXT("https://example.org*"), "https://example.org/" },
	{ "the rest is no part of its host", "/old.evil", TEXT("/old*"),
	    TEXT("https://example.org*"), "https://example.org/.evil" },
	{ "nor makes it a user", "/old@evil", TEXT("/old*"),
	    TEXT("https://example.org*"), "https://example.org/@evil" },
	{ "nor is it a port", "/old1", TEXT("/old*"),
	    TEXT("https://example.org:8*"), "https://example.org:8/1" },
	{ "URL without path, rest in the query", "/old/x", TEXT("/old/*"),
	    TEXT("https://example.org?p=*"), "https://example.org?p=x" },
	{ "URL with a path, rest behind a name", "/oldest", TEXT("/old*"),
	    TEXT("https://example.org/new*"), "https://example.org/newest" },
	{ "URL within a query", "/old/x", TEXT("/old/*"),
	    TEXT("/go?to=http://a*"), "/go?to=http://ax" },
	{ "URL, query kept", "/a?q", TEXT("/a"), TEXT("https://example.org"),
	    "https://example.org?q" },

	/* What leads back to the same path is passed over. */
	{ "itself", "/a", TEXT("/a"), TEXT("/a"), NULL },
	{ "itself, encoded", "/a", TEXT("/a"), TEXT("/%61"), NULL },
	{ "itself, by dots", "/a", TEXT("/a"), TEXT("/b/../a"), NULL },
	{ "itself with a query", "/a", TEXT("/a"), TEXT("/a?x=1"), NULL },
	{ "itself with a fragment", "/a", TEXT("/a"), TEXT("/a#x"), NULL },
	{ "itself by a prefix", "/new/x", TEXT("/new/*"), TEXT("/new/*"),
	    NULL },
	{ "the target of a prefix", "/old/index", TEXT("/old/*"),
	    TEXT("/old/index"), NULL },
	{ "not the target", "/old/x", TEXT("/old/*"), TEXT("/old/index"),
	    "/old/index" },
	{ "only below itself", "/a", TEXT("/a"), TEXT("/a/"), "/a/" },
	{ "its path on another host", "/a", TEXT("/a"),
	    TEXT("https://example.org/a"), "https://example.org/a" },
	{ "an address that nothing can ask for", "/a", TEXT("/a"),
	    TEXT("/%2F"), "/%2F" },
};

START_TEST(redirects_lead)
{
	struct config_redirect rule = {
		.from = redirects[_i].from, .to = redirects[_i].to,
		.status = 308, .line = 7,
	};
	struct config_site site = { .redirects = &rule, .nredirects = 1 };
	const struct config_redirect *got;
	char *out = guarded("", 0) - ROUTE_LOCATION_MAX;

	go(redirects[_i].request);
	got = route_redirect(&site, path, req, NULL, out);
	if (redirects[_i].want == NULL) {
		ck_assert_msg(got == NULL, "%s: %s", redirects[_i].name, out);
		return;
	}
	ck_assert_msg(got == &rule, "%s", redirects[_i].name);
	ck_assert_msg(strcmp(out, redirects[_i].want) == 0, "%s: %s",
	    redirects[_i].name, out);
}
END_TEST

/* Several of them */

static struct config_redirect several[] = {
	{ TEXT("/a"), TEXT("/a#back"), 301, 1 },
	{ TEXT("/a"), TEXT("/second"), 302, 2 },
	{ TEXT("/a"), TEXT("/third"), 307, 3 },
	{ TEXT("/a*"), TEXT("/prefix"), 308, 4 },
	{ TEXT("*.php"), TEXT("/php"), 301, 5 },
	{ TEXT("/*"), TEXT("/all/*"), 301, 6 },
};

static const struct {
	const char	*request, *want;
	int		 line;
} firsts[] = {
	{ "/a", "/second", 2 },
	{ "/ab", "/prefix", 4 },
	{ "/a.php", "/prefix", 4 },
	{ "/b.php", "/php", 5 },
	{ "/b", "/all/b", 6 },
	{ "/", "/all/", 6 },
};

START_TEST(the_first_that_matches)
{
	struct config_site site = {
		.redirects = several, .nredirects = COUNT(several)
	};
	const struct config_redirect *got;
	char out[ROUTE_LOCATION_MAX];

	go(firsts[_i].request);
	got = route_redirect(&site, path, req, NULL, out);
	ck_assert_msg(got != NULL && got->line == firsts[_i].line, "%s",
	    firsts[_i].request);
	ck_assert_str_eq(out, firsts[_i].want);
}
END_TEST

START_TEST(no_rules)
{
	struct config_site site = { .nredirects = 0 };
	char out[ROUTE_LOCATION_MAX];

	go("/a");
	ck_assert_ptr_null(route_redirect(&site, path, req, NULL, out));
}
END_TEST

/* Addresses of just that length, and one byte more. */

static const struct {
	const char	*name, *begin;
	char		 unit;
	size_t		 longest;	/* of unit behind begin, that fits */
} longs[] = {
	{ "by its query", "/old/?", 'q', ROUTE_LOCATION_MAX - 1 - 6 },
	{ "by its path", "/old/", 'p', ROUTE_LOCATION_MAX - 1 - 5 },
	{ "by its encoding", "/old/", '"', (ROUTE_LOCATION_MAX - 1 - 5) / 3 },
};

START_TEST(long_addresses)
{
	struct config_redirect rule = {
		.from = TEXT("/old/*"), .to = TEXT("/new/*")
	};
	struct config_site site = { .redirects = &rule, .nredirects = 1 };
	static char request[32768];
	char *out = guarded("", 0) - ROUTE_LOCATION_MAX;
	size_t begin = strlen(longs[_i].begin), len = longs[_i].longest;

	strcpy(request, longs[_i].begin);
	memset(request + begin, longs[_i].unit, sizeof(request) - begin);
	request[begin + len] = '\0';
	go(request);
	ck_assert_ptr_eq(route_redirect(&site, path, req, NULL, out),
	    &rule);
	ck_assert_msg(strlen(out) > ROUTE_LOCATION_MAX - 4 &&
	    strlen(out) < ROUTE_LOCATION_MAX, "%s: %zu", longs[_i].name,
	    strlen(out));

	/* The rule still counts: there is an answer to it, 414. */
	request[begin + len] = longs[_i].unit;
	request[begin + len + 1] = '\0';
	go(request);
	ck_assert_ptr_eq(route_redirect(&site, path, req, NULL, out),
	    &rule);
	ck_assert_msg(out[0] == '\0', "%s", longs[_i].name);
}
END_TEST

/* Each part of an address that does not fit any more, in its place. */
START_TEST(long_rules)
{
	static char to[ROUTE_LOCATION_MAX + 64], request[8300];
	struct config_redirect rule = { .from = TEXT("/old/*"), .to = to };
	struct config_site site = { .redirects = &rule, .nredirects = 1 };
	char *out = guarded("", 0) - ROUTE_LOCATION_MAX;

	strcpy(request, "/old/rest?query");
	go(request);
	for (size_t len = ROUTE_LOCATION_MAX - 40;
	    len < ROUTE_LOCATION_MAX + 20; len++) {
		memset(to, 'a', len);
		strcpy(to + len, "*");
		to[0] = '/';
		ck_assert_ptr_eq(route_redirect(&site, path, req, NULL,
		    out), &rule);
		if (len + 10 < ROUTE_LOCATION_MAX)
			ck_assert_uint_eq(strlen(out), len + 10);
		else
			ck_assert_uint_eq(out[0], '\0');

		strcpy(to + len, "#fragment");
		ck_assert_ptr_eq(route_redirect(&site, path, req, NULL,
		    out), &rule);
		if (len + 15 < ROUTE_LOCATION_MAX)
			ck_assert_uint_eq(strlen(out), len + 15);
		else
			ck_assert_uint_eq(out[0], '\0');
	}
}
END_TEST

/* Fields */

static struct config_field all_fields[] = {
	{ TEXT("X-A"), TEXT("1") }, { TEXT("X-B"), TEXT("1") },
};
static struct config_field css_fields[] = {
	{ TEXT("x-a"), TEXT("2, of 100%") }, { TEXT("X-C"), TEXT("2") },
};
static struct config_field policy_fields[] = {
	{ TEXT("content-security-policy"), TEXT("default-src 'self'") },
	{ TEXT("X-D"), TEXT("3") },
};
static struct config_field type_fields[] = {
	{ TEXT("Cache-Control"), TEXT("no-store") },
};
static struct config_headers rules[] = {
	{ TEXT("/*"), all_fields, COUNT(all_fields), 1 },
	{ TEXT("*.css"), css_fields, COUNT(css_fields), 2 },
	{ TEXT("/p/*"), policy_fields, COUNT(policy_fields), 3 },
	{ TEXT("/exact"), type_fields, COUNT(type_fields), 4 },
};

#define POLICY	"Content-Security-Policy"

static const struct {
	const char	*name, *path, *before, *value, *want;
} headers[] = {
	{ "one rule", "/a", "A", "0", "A: 0\r\nX-A: 1\r\nX-B: 1\r\n" },
	{ "a later one replaces", "/a.css", "A", "0",
	    "A: 0\r\nX-B: 1\r\nx-a: 2, of 100%\r\nX-C: 2\r\n" },
	{ "what the answer had", "/a", "X-A", "0",
	    "X-A: 1\r\nX-B: 1\r\n" },
	{ "exact", "/exact", "Cache-Control", "no-cache",
	    "Cache-Control: no-cache\r\nX-A: 1\r\nX-B: 1\r\n" },
	{ "exact, where there is none", "/exact", "A", "0",
	    "A: 0\r\nX-A: 1\r\nX-B: 1\r\nCache-Control: no-store\r\n" },
	{ "a policy", "/p/a", "A", "0", "A: 0\r\nX-A: 1\r\nX-B: 1\r\n"
	    "content-security-policy: default-src 'self'\r\nX-D: 3\r\n" },
	{ "a policy of our own stays", "/p/a", POLICY, "none",
	    POLICY ": none\r\nX-A: 1\r\nX-B: 1\r\nX-D: 3\r\n" },
	{ "all of them", "/p/a.css", "A", "0", "A: 0\r\nX-B: 1\r\n"
	    "x-a: 2, of 100%\r\nX-C: 2\r\n"
	    "content-security-policy: default-src 'self'\r\nX-D: 3\r\n" },
};

START_TEST(fields_are_set)
{
	static struct http_response res;
	struct config_site site = {
		.headers = rules, .nheaders = COUNT(rules)
	};

	http_response_init(&res, 200);
	http_response_field(&res, headers[_i].before, "%s",
	    headers[_i].value);
	route_headers(&site, slice_of(headers[_i].path), NULL, &res);
	ck_assert(!res.overflow);
	ck_assert_msg(strcmp(answer_fields(&res), headers[_i].want) == 0,
	    "%s: %s", headers[_i].name, answer_fields(&res));
}
END_TEST

/* Of two rules for a policy the later one counts, as with any field. */
START_TEST(later_policies_replace)
{
	struct config_field first = { TEXT(POLICY), TEXT("1") },
	    second = { TEXT(POLICY), TEXT("2") };
	struct config_headers two[] = {
		{ TEXT("/*"), &first, 1, 1 }, { TEXT("/*"), &second, 1, 2 },
	};
	struct config_site site = { .headers = two, .nheaders = 2 };
	static struct http_response res;

	http_response_init(&res, 200);
	route_headers(&site, SLICE("/a"), NULL, &res);
	ck_assert_str_eq(answer_fields(&res), POLICY ": 2\r\n");
}
END_TEST

START_TEST(no_matching_fields)
{
	struct config_site site = { .headers = rules + 3, .nheaders = 1 };
	static struct http_response res;

	http_response_init(&res, 200);
	route_headers(&site, SLICE("/other"), NULL, &res);
	ck_assert_uint_eq(res.nfields, 0);
}
END_TEST

/* Error pages */

START_TEST(error_pages)
{
	struct config_error_page pages[] = {
		{ 404, TEXT("/404.html"), 1 }, { 503, TEXT("/busy"), 2 },
	};
	struct config_site site = { .error_pages = pages, .nerror_pages = 2 };

	ck_assert_str_eq(route_error_page(&site, 404), "/404.html");
	ck_assert_str_eq(route_error_page(&site, 503), "/busy");
	ck_assert_ptr_null(route_error_page(&site, 405));
	site.nerror_pages = 0;
	ck_assert_ptr_null(route_error_page(&site, 404));
}
END_TEST

/* The fallback */

static const struct {
	const char	*path;
	bool		 want;
} views[] = {
	{ "/",			true },
	{ "/a",			true },
	{ "/a/",		true },
	{ "/a/b",		true },
	{ "/v1.2/users",	true },
	{ "/v1.2/",		true },
	{ "/a.js",		false },
	{ "/a/b.css",		false },
	{ "/a.",		false },
	{ "/.a",		false },
	{ "/a/...",		false },
};

START_TEST(fallback)
{
	struct config_site site = { .fallback = TEXT("/index.html") };
	size_t len = strlen(views[_i].path);
	struct slice p = { guarded(views[_i].path, len), len };

	ck_assert_msg(route_has_fallback(&site, p) == views[_i].want, "%s",
	    views[_i].path);
	site.fallback = TEXT("");
	ck_assert(!route_has_fallback(&site, p));
}
END_TEST

/* What is said to who asks why. */
START_TEST(says_why)
{
	struct config_site site = {
		.redirects = several, .nredirects = COUNT(several) - 1,
		.headers = rules, .nheaders = COUNT(rules),
	};
	static struct http_response res;
	char out[ROUTE_LOCATION_MAX], *said = NULL;
	size_t len;
	struct trace t = { open_memstream(&said, &len) };

	go("/a");
	ck_assert_ptr_nonnull(route_redirect(&site, path, req, &t, out));
	go("/none");
	ck_assert_ptr_null(route_redirect(&site, path, req, &t, out));
	http_response_init(&res, 200);
	route_headers(&site, SLICE("/\x1b[31m.css"), &t, &res);
	site.nredirects = 0;
	ck_assert_ptr_null(route_redirect(&site, path, req, &t, out));
	fclose(t.out);
	ck_assert_ptr_nonnull(strstr(said, "redirect     line 1, from /a, "
	    "would lead back"));
	ck_assert_ptr_nonnull(strstr(said, "line 2, from /a to /second\n"));
	ck_assert_ptr_nonnull(strstr(said, "none of 5 rules"));
	ck_assert_ptr_nonnull(strstr(said, "headers      line 2, *.css, "
	    "sets X-C\n"));
	free(said);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("route");
	TCase *t = tcase_create("route");

	tcase_add_loop_test(t, redirects_lead, 0, COUNT(redirects));
	tcase_add_loop_test(t, the_first_that_matches, 0, COUNT(firsts));
	tcase_add_test(t, no_rules);
	tcase_add_loop_test(t, long_addresses, 0, COUNT(longs));
	tcase_add_test(t, long_rules);
	tcase_add_loop_test(t, fields_are_set, 0, COUNT(headers));
	tcase_add_test(t, later_policies_replace);
	tcase_add_test(t, no_matching_fields);
	tcase_add_test(t, error_pages);
	tcase_add_loop_test(t, fallback, 0, COUNT(views));
	tcase_add_test(t, says_why);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
