/* static_file: requests as bytes in, a plan out, on a real directory tree. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "failing.h"
#include "files/dirlist.h"
#include "files/error_page.h"
#include "files/file.h"
#include "files/file_cache.h"
#include "files/stamp.h"
#include "files/static_file.h"
#include "openat2.h"
#include "support.h"
#include "tree.h"

#define TARGET_MAX	65000

/*
 * Linked with --wrap=syscall: openat2 fails when it is told to (always, or
 * from its nth call on), and takes a file away just before its nth call. And
 * with what failing.h lets fail, memory above all, while a plan is made
 * (Check calls malloc() as well).
 */
static int openat2_calls, openat2_error, openat2_at, vanish_at;
static const char *vanishes;
static unsigned no_memory_at;
static bool memory_failed;

static int
on_openat2(void)
{
	openat2_calls++;
	if (openat2_error != 0 && (openat2_at == 0 || --openat2_at == 0))
		return openat2_error;
	if (vanish_at > 0 && --vanish_at == 0)
		unlink(tree_path(vanishes));
	return 0;
}

/* And with --wrap=time: from its nth call on it is a second later. */
static volatile unsigned tick_at;	/* time() is known to compilers */

time_t	__real_time(time_t *out);
time_t	__wrap_time(time_t *out);

time_t
__wrap_time(time_t *out)
{
	static time_t base;

	(void)out;
	if (tick_at == 0)
		return __real_time(NULL);
	if (base == 0)
		base = __real_time(NULL);
	return base + (tick_at == 1 || --tick_at == 0);
}

/* The tree. A file holds its own name. */

static void
make_socket(const char *name)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%.90s",
	    tree_path(name));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	close(fd);
}

static const char *const tree_directories[] = {
	"site", "site/sub", "site/sub/deep", "site/bare", "site/second",
	"site/both", "site/skip", "site/skip/index.html", "site/pipe",
	"site/away", "site/hidden-index", "site/.git",
	"site/.well-known", "site/.well-known/.inner", "site/sub/.well-known",
	"site/.well-knownx", "site/evil.example", "site/a b", "site/100%",
	"site/d\\e",
	"site/what?", "site/\"quotes\"", "site/<b>", "site/\xc3\xa4",
	"site/a#b", "site/semi;colon", "site/a:b", "site/\xff",
	"site/nested", "site/nested/index.html", "site/searchable",
	"site/closed",
};

static const char *const tree_files[] = {
	"secret", "site/index.html", "site/style.css", "site/sub/index.html",
	"site/sub/page.txt", "site/second/index.htm", "site/both/index.html",
	"site/both/index.htm", "site/skip/index.htm", "site/bare/file",
	"site/pipe/index.htm", "site/.htaccess", "site/.git/config",
	"site/sub/.secret", "site/.well-known/security.txt",
	"site/.well-known/.inner/x", "site/sub/.well-known/x",
	"site/.well-knownx/x", "site/...", "site/a b/index.html",
	"site/noext", "site/UPPER.HTML", "site/100%/index.html", "site/a+b",
	"site/searchable/index.html", "site/closed/index.html",
	"site/unreadable", "site/hidden-index/.index", "site/\xc3\xa4/x",
	"site/a&b=c.txt", "site/tilde~", "site/404.html", "site/err.txt",
};

/* Each holds its own name, but for these. */
static const struct {
	const char	*name, *content;
} others[] = {
	{ "site/empty",		"" },
	{ "site/z.css",		"a file that is longer than its sibling" },
	{ "site/z.css.gz",	"its sibling" },
};

static void
make_file(const char *name)
{
	const char *content = name;

	for (int i = 0; i < COUNT(others); i++)
		if (strcmp(name, others[i].name) == 0)
			content = others[i].content;
	tree_file(name, content);
	if (strcmp(name, "site/style.css") == 0)
		tree_stamp(name, 784111777, 0);
}

static void
make_tree(void)
{
	tree_make();
	for (int i = 0; i < COUNT(tree_directories); i++)
		tree_directory(tree_directories[i]);
	for (int i = 0; i < COUNT(tree_files); i++)
		make_file(tree_files[i]);
	for (int i = 0; i < COUNT(others); i++)
		make_file(others[i].name);
	tree_stamp("site/noext", 0, 0);
	tree_link("../secret", "site/out");
	tree_link("/etc/passwd", "site/passwd");
	tree_link("../..", "site/up");
	tree_link("sub", "site/dirlink");
	tree_link("sub/page.txt", "site/link.txt");
	tree_link("loop", "site/loop");
	tree_link("../../secret", "site/away/index.html");
	ck_assert_int_eq(mkfifo(tree_path("site/fifo"), 0644), 0);
	ck_assert_int_eq(mkfifo(tree_path("site/pipe/index.html"), 0644), 0);
	make_socket("site/socket");
	chmod(tree_path("site/unreadable"), 0);
	chmod(tree_path("site/closed"), 0);
	chmod(tree_path("site/searchable"), 0311);
}

/* Asking */

static struct http_response res;

/* The way a site is opened; the fallback is forced by a failing probe. */
static bool walks;

static void
with_openat2(void)
{
	walks = false;
}

static char *default_index[] = {
	TEXT("index.html"), TEXT("index.htm"), NULL
};

/* There is one at a time. */
static struct tree_site *
site_new(void)
{
	static struct tree_site site;

	openat2_error = walks ? ENOSYS : 0;
	tree_site_open(&site, "site");
	openat2_error = 0;
	site.config.index = default_index;
	return &site;
}

/* Have a request answered; what was parsed must be. */
static void
ask_request(struct tree_site *site, const struct http_request *req)
{
	memset(&res, 0xA5, sizeof(res));
	if (no_memory_at > 0)
		failing_at(FAILING_MEMORY, no_memory_at, ENOMEM);
	static_file_plan(&site->sites, req, &res);
	memory_failed = failing_happened(FAILING_MEMORY);
	failing_reset();
	ck_assert(!res.overflow);
}

static void
ask_bytes(struct tree_site *site, const char *bytes)
{
	ask_request(site, asked(bytes));
}

/* With further field lines. */
static void
ask_with(struct tree_site *site, const char *method,
    const char *target, const char *lines)
{
	static char bytes[TARGET_MAX + 1024];

	snprintf(bytes, sizeof(bytes), "%s %s HTTP/1.1\r\n"
	    "Host: example.org\r\n%s\r\n", method, target, lines);
	ask_bytes(site, bytes);
}

static void
ask_of(struct tree_site *site, const char *method, const char *target)
{
	ask_with(site, method, target, "");
}

static void
ask(const char *method, const char *target)
{
	struct tree_site *site = site_new();

	ask_of(site, method, target);
	tree_site_close(site);
}

/* Let go of what the answer holds. */
static void
done(void)
{
	answer_done(&res);
}

/* The value of a field, or NULL. */
static const char *
field(const char *name)
{
	return answer_field(&res, name);
}

static bool
page_says(const char *text)
{
	return answer_says(&res, text);
}

/* What the answered file holds: its own name, by which it was made. */
static const char *
content(void)
{
	return answer_content(&res);
}

/* Paths. For 200, says is the file; for 301 the Location; else page words. */

enum { ANY, LINKS };		/* LINKS: 404 where none is followed */

static const struct {
	const char	*name, *target;
	int		 status;
	const char	*says;
	int		 needs;
} paths[] = {
	{ "root's index",	"/",		200, "site/index.html", ANY },
	{ "by its name",	"/index.html",	200, "site/index.html", ANY },
	{ "file",		"/style.css",	200, "site/style.css", ANY },
	{ "deeper",		"/sub/page.txt", 200,
	    "site/sub/page.txt", ANY },
	{ "index below",	"/sub/",	200,
	    "site/sub/index.html", ANY },
	{ "query ignored",	"/style.css?a=b?c/", 200,
	    "site/style.css", ANY },
	{ "empty query",	"/style.css?",	200, "site/style.css", ANY },
	{ "escapes",		"/%73tyle.%63ss", 200, "site/style.css", ANY },
	{ "space",		"/a%20b/",	200,
	    "site/a b/index.html", ANY },
	{ "plus is plus",	"/a+b",		200, "site/a+b", ANY },
	{ "sub-delims",		"/a&b=c.txt",	200, "site/a&b=c.txt", ANY },
	{ "tilde",		"/tilde~",	200, "site/tilde~", ANY },
	{ "percent sign",	"/100%25/",	200,
	    "site/100%/index.html", ANY },
	{ "not ASCII",		"/%C3%A4/x",	200, "site/\xc3\xa4/x", ANY },
	{ "decoded only once",	"/100%2525/",	404, NULL, ANY },
	{ "repeated slashes",	"//sub///page.txt", 200,
	    "site/sub/page.txt", ANY },
	{ "dot segments",	"/./sub/../style.css", 200,
	    "site/style.css", ANY },
	{ "encoded dots",	"/sub/%2e%2e/style.css", 200,
	    "site/style.css", ANY },
	{ "dots to the index",	"/sub/..",	200, "site/index.html", ANY },
	{ "dot to the index",	"/sub/.",	200,
	    "site/sub/index.html", ANY },
	{ "absolute-form",	"http://other.example/style.css", 200,
	    "site/style.css", ANY },
	{ "absolute-form, bare", "http://other.example", 200,
	    "site/index.html", ANY },
	{ "capital letters",	"/UPPER.HTML",	200, "site/UPPER.HTML", ANY },
	{ "other case",		"/Style.css",	404, NULL, ANY },
	{ "missing",		"/nothing",	404, "Not Found", ANY },
	{ "missing with slash",	"/nothing/",	404, "Not Found", ANY },
	{ "missing below",	"/nothing/x",	404, NULL, ANY },
	{ "below a file",	"/style.css/x",	404, NULL, ANY },
	{ "file with slash",	"/style.css/",	404,
	    "without the slash", ANY },
	{ "bytes no name has",	"/%FE%FD",	404, NULL, ANY },

	{ "second index name",	"/second/",	200,
	    "site/second/index.htm", ANY },
	{ "first of two",	"/both/",	200,
	    "site/both/index.html", ANY },
	{ "index is a directory", "/skip/",	200,
	    "site/skip/index.htm", ANY },
	{ "only such a one",	"/nested/",	404, "no index page", ANY },
	{ "index is a fifo",	"/pipe/",	404, NULL, ANY },
	{ "index leads out",	"/away/",	404, NULL, ANY },
	{ "no index",		"/bare/",	404, "no index page", ANY },

	{ "directory",		"/sub",		301, "/sub/", ANY },
	{ "directory below",	"/sub/deep",	301, "/sub/deep/", ANY },
	{ "without index",	"/bare",	301, "/bare/", ANY },
	{ "with query",		"/sub?a=b&c=%2F?d", 301,
	    "/sub/?a=b&c=%2F?d", ANY },
	{ "with empty query",	"/sub?",	301, "/sub/?", ANY },
	{ "markup in the query", "/sub?\"><b>",	301, "/sub/?\"><b>", ANY },
	{ "two slashes",	"//evil.example", 301, "/evil.example/", ANY },
	{ "many slashes",	"/////evil.example", 301,
	    "/evil.example/", ANY },
	{ "dots before it",	"/.//evil.example", 301,
	    "/evil.example/", ANY },
	{ "dots and slashes",	"/sub/..//evil.example", 301,
	    "/evil.example/", ANY },
	{ "absolute-form",	"http://other.example/sub", 301,
	    "/sub/", ANY },
	{ "slashes in it",	"http://other.example//evil.example", 301,
	    "/evil.example/", ANY },
	{ "dots within",	"/bare/../sub",	301, "/sub/", ANY },
	{ "backslash, which no Location can name", "/d\\e", 404, NULL, ANY },
	{ "space",		"/a%20b",	301, "/a%20b/", ANY },
	{ "percent sign",	"/100%25",	301, "/100%25/", ANY },
	{ "question mark",	"/what%3F",	301, "/what%3F/", ANY },
	{ "number sign",	"/a%23b",	301, "/a%23b/", ANY },
	{ "quotes",		"/%22quotes%22", 301, "/%22quotes%22/", ANY },
	{ "raw quotes",		"/\"quotes\"",	301, "/%22quotes%22/", ANY },
	{ "angles",		"/<b>",		301, "/%3Cb%3E/", ANY },
	{ "not ASCII",		"/%c3%a4",	301, "/%C3%A4/", ANY },
	{ "not UTF-8",		"/%FF",		301, "/%FF/", ANY },
	{ "semicolon",		"/semi;colon",	301, "/semi;colon/", ANY },
	{ "colon",		"/a%3Ab",	301, "/a:b/", ANY },
	{ "index directory",	"/skip/index.html", 301,
	    "/skip/index.html/", ANY },

	{ "dotfile",		"/.htaccess",	404, "Not Found", ANY },
	{ "encoded dotfile",	"/%2Ehtaccess",	404, NULL, ANY },
	{ "dot directory",	"/.git/config",	404, NULL, ANY },
	{ "no redirect to one",	"/.git",	404, NULL, ANY },
	{ "nor its index",	"/.git/",	404, NULL, ANY },
	{ "dotfile below",	"/sub/.secret",	404, NULL, ANY },
	{ "three dots",		"/...",		404, NULL, ANY },
	{ "well-known",		"/.well-known/security.txt", 200,
	    "site/.well-known/security.txt", ANY },
	{ "well-known itself",	"/.well-known",	301, "/.well-known/", ANY },
	{ "well-known, listed",	"/.well-known/", 404, "no index", ANY },
	{ "hidden in it",	"/.well-known/.inner/x", 404, NULL, ANY },
	{ "not at the top",	"/sub/.well-known/x", 404, NULL, ANY },
	{ "longer name",	"/.well-knownx/x", 404, NULL, ANY },
	{ "another case",	"/.WELL-KNOWN/security.txt", 404, NULL, ANY },

	{ "link",		"/link.txt",	200,
	    "site/sub/page.txt", LINKS },
	{ "link to a directory", "/dirlink",	301, "/dirlink/", LINKS },
	{ "its index",		"/dirlink/",	200,
	    "site/sub/index.html", LINKS },
	{ "link out",		"/out",		404, "Not Found", ANY },
	{ "absolute link",	"/passwd",	404, "Not Found", ANY },
	{ "through a link out",	"/up/secret",	404, NULL, ANY },
	{ "no redirect out",	"/up",		404, NULL, ANY },
	{ "circle",		"/loop",	404, NULL, ANY },
	{ "fifo",		"/fifo",	404, "Not Found", ANY },
	{ "fifo with slash",	"/fifo/",	404, NULL, ANY },
	{ "socket",		"/socket",	404, "Not Found", ANY },
	{ "empty file",		"/empty",	200, "", ANY },
};

START_TEST(paths_are_answered)
{
	int i = _i / 2, status = paths[i].status;
	const char *says = paths[i].says;
	struct tree_site *site;

	walks = _i % 2 != 0;
	site = site_new();
	if (paths[i].needs == LINKS &&
	    !docroot_follows_links(site->site.root)) {
		status = 404;
		says = NULL;
	}
	ask_of(site, "GET", paths[i].target);
	ck_assert_msg(res.status == status, "%s: %d", paths[i].name,
	    res.status);
	ck_assert_str_eq(field("X-Content-Type-Options"), "nosniff");
	ck_assert(!res.close && !res.head_only);
	if (status == 200)
		ck_assert_msg(strcmp(content(), says) == 0, "%s: %s",
		    paths[i].name, content());
	else if (status == 301)
		ck_assert_msg(field("Location") != NULL &&
		    strcmp(field("Location"), says) == 0, "%s: %s",
		    paths[i].name, answer_fields(&res));
	else
		ck_assert_msg(says == NULL || page_says(says), "%s",
		    paths[i].name);
	/* Nothing that was asked gets into a page. */
	ck_assert(!page_says("evil") && !page_says("<b>\"") &&
	    !page_says("quotes"));
	done();
	tree_site_close(site);
}
END_TEST

START_TEST(no_error_says_more_than_another)
{
	static const char *const missing[] = {
		"/.htaccess", "/out", "/passwd", "/up/secret", "/loop",
		"/fifo", "/socket", "/.git/config", "/up", "/.git/", "/up/",
		"/.nothing"
	};
	static struct http_response first;

	ask("GET", "/nothing");
	first = res;
	for (int i = 0; i < COUNT(missing); i++) {
		ask("GET", missing[i]);
		ck_assert_msg(res.length == first.length &&
		    memcmp(res.text, first.text, first.length) == 0 &&
		    res.nfields == first.nfields &&
		    memcmp(res.fields, first.fields, first.nfields) == 0,
		    "%s", missing[i]);
	}
}
END_TEST

START_TEST(dotfiles_where_allowed)
{
	struct tree_site *site = site_new();

	site->config.dotfiles = CONFIG_DOTFILES_ALLOW;
	ask_of(site, "GET", "/.htaccess");
	ck_assert_str_eq(content(), "site/.htaccess");
	done();
	ask_of(site, "GET", "/sub/.secret");
	ck_assert_str_eq(content(), "site/sub/.secret");
	done();
	ask_of(site, "GET", "/...");
	ck_assert_str_eq(content(), "site/...");
	done();
	ask_of(site, "GET", "/.git");
	ck_assert_str_eq(field("Location"), "/.git/");
	tree_site_close(site);
}
END_TEST

START_TEST(index_names)
{
	static char far_name[PATH_MAX];
	char *none[] = { NULL }, *hidden[] = { TEXT(".index"), NULL };
	char *far_index[] = { far_name, NULL };
	struct tree_site *site = site_new();

	site->config.index = none;
	ask_of(site, "GET", "/sub/");
	ck_assert_int_eq(res.status, 404);
	ck_assert(page_says("no index page"));
	/* The administrator names it: it may begin with a dot. */
	site->config.index = hidden;
	ask_of(site, "GET", "/hidden-index/");
	ck_assert_str_eq(content(), "site/hidden-index/.index");
	done();
	memset(far_name, 'x', sizeof(far_name) - 1);
	site->config.index = far_index;
	ask_of(site, "GET", "/sub/");
	ck_assert_int_eq(res.status, 404);
	tree_site_close(site);
}
END_TEST

/* Fields */

START_TEST(fields_of_a_file)
{
	ask("GET", "/style.css");
	ck_assert_str_eq(answer_fields(&res),
	    "ETag: \"4832f2da97dd4dcdd6f8abf12f5a82bc\"\r\n"
	    "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
	    "Accept-Ranges: bytes\r\n"
	    "X-Content-Type-Options: nosniff\r\n"
	    "Content-Type: text/css; charset=utf-8\r\n");
	ck_assert_int_eq(res.content, HTTP_CONTENT_FILE);
	ck_assert_uint_eq(res.length, strlen("site/style.css"));
	ck_assert_int_eq(res.offset, 0);
	ck_assert_uint_eq(res.file->refs, 1);
	done();

	/* A date that is none, and a name without an extension. */
	ask("GET", "/noext");
	ck_assert_str_eq(answer_fields(&res),
	    "ETag: \"c2f8a21ec4aacc4c2e87c9145dba6ab1\"\r\n"
	    "Accept-Ranges: bytes\r\n"
	    "X-Content-Type-Options: nosniff\r\n"
	    "Content-Type: application/octet-stream\r\n");
	done();

	/* The type is that of the index, not of the directory. */
	ask("GET", "/sub/");
	ck_assert_str_eq(field("Content-Type"), "text/html; charset=utf-8");
	done();
}
END_TEST

START_TEST(empty_file)
{
	ask("GET", "/empty");
	ck_assert_int_eq(res.status, 200);
	ck_assert_int_eq(res.content, HTTP_CONTENT_FILE);
	ck_assert_uint_eq(res.length, 0);
	done();
}
END_TEST

START_TEST(fields_of_a_redirect)
{
	ask("GET", "/sub");
	ck_assert_int_eq(res.content, HTTP_CONTENT_TEXT);
	ck_assert_str_eq(field("Content-Type"), "text/html; charset=utf-8");
	ck_assert_ptr_nonnull(field("Content-Security-Policy"));
	ck_assert(page_says("301 Moved Permanently"));
	ck_assert(page_says("slash"));
}
END_TEST

/* HEAD */

static const char *const head_targets[] = {
	"/", "/style.css", "/empty", "/sub", "/sub?x", "/nothing", "/bare/",
	"/style.css/", "/.git/config", "/fifo", "/out"
};

START_TEST(head_has_the_head_of_get)
{
	static char get[HTTP_HEAD_MAX], head[HTTP_HEAD_MAX];
	size_t n, m;

	ask("GET", head_targets[_i]);
	n = http_response_head(&res, SLICE("D\r\n"), NULL, get);
	done();
	ask("HEAD", head_targets[_i]);
	ck_assert(res.head_only);
	m = http_response_head(&res, SLICE("D\r\n"), NULL, head);
	ck_assert_msg(n == m && memcmp(get, head, n) == 0, "%s: %.*s",
	    head_targets[_i], (int)m, head);
	done();
}
END_TEST

/* Methods */

static const struct {
	const char	*method, *target;
	int		 status;
	const char	*allow, *says;
} methods[] = {
	{ "GET",	"/",		200, NULL, NULL },
	{ "HEAD",	"/",		200, NULL, NULL },
	{ "OPTIONS",	"/",		204, "GET, HEAD, OPTIONS", NULL },
	{ "OPTIONS",	"*",		204, "GET, HEAD, OPTIONS", NULL },
	{ "OPTIONS",	"/nothing",	204, "GET, HEAD, OPTIONS", NULL },
	{ "OPTIONS",	"/sub",		204, "GET, HEAD, OPTIONS", NULL },
	{ "OPTIONS",	"/.git",	204, "GET, HEAD, OPTIONS", NULL },
	{ "POST",	"/",		405, "GET, HEAD, OPTIONS", "POST." },
	{ "PUT",	"/x",		405, "GET, HEAD, OPTIONS", "PUT." },
	{ "DELETE",	"/nothing",	405, "GET, HEAD, OPTIONS", "DELETE." },
	{ "TRACE",	"/",		405, "GET, HEAD, OPTIONS", "TRACE." },
	{ "PATCH",	"/",		405, "GET, HEAD, OPTIONS", "PATCH." },
	{ "CONNECT",	"example.org:80", 405, "GET, HEAD, OPTIONS",
	    "CONNECT." },
	{ "BREW",	"/",		501, NULL, "GET, HEAD and OPTIONS" },
	{ "PROPFIND",	"/",		501, NULL, "does not know" },
	{ "G",		"/",		501, NULL, "does not know" },
	{ "Get",	"/",		501, NULL, "capitals: GET<" },
	{ "get",	"/",		501, NULL, "case-sensitive" },
	{ "hEAD",	"/nothing",	501, NULL, "capitals: HEAD<" },
	{ "options",	"/",		501, NULL, "capitals: OPTIONS<" },
	{ "post",	"/",		501, NULL, "capitals: POST<" },
};

START_TEST(methods_are_answered)
{
	const char *allow;

	ask(methods[_i].method, methods[_i].target);
	ck_assert_msg(res.status == methods[_i].status, "%s: %d",
	    methods[_i].method, res.status);
	allow = field("Allow");
	if (methods[_i].allow == NULL)
		ck_assert_ptr_null(allow);
	else
		ck_assert_str_eq(allow, methods[_i].allow);
	ck_assert_str_eq(field("X-Content-Type-Options"), "nosniff");
	ck_assert_msg(methods[_i].says == NULL || page_says(methods[_i].says),
	    "%s", methods[_i].method);
	ck_assert(!page_says("BREW"));
	if (res.status == 204) {
		ck_assert_int_eq(res.content, HTTP_CONTENT_NONE);
		ck_assert_uint_eq(res.length, 0);
	}
	done();
}
END_TEST

static const struct {
	const char	*name, *request;
	int		 status;
} expectations[] = {
	{ "100-continue", "GET / HTTP/1.1\r\nHost: a\r\n"
	    "Expect: 100-continue\r\n\r\n", 200 },
	{ "another", "GET / HTTP/1.1\r\nHost: a\r\nExpect: coffee\r\n\r\n",
	    417 },
	{ "another, HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\n"
	    "Expect: coffee\r\n\r\n", 417 },
	{ "another, OPTIONS", "OPTIONS / HTTP/1.1\r\nHost: a\r\n"
	    "Expect: coffee\r\n\r\n", 417 },
	{ "method first", "POST / HTTP/1.1\r\nHost: a\r\n"
	    "Expect: coffee\r\n\r\n", 405 },
	{ "none in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\n"
	    "Expect: 100-continue\r\n\r\n", 200 },
};

START_TEST(expectations_are_judged)
{
	struct tree_site *site = site_new();

	ask_bytes(site, expectations[_i].request);
	ck_assert_msg(res.status == expectations[_i].status, "%s: %d",
	    expectations[_i].name, res.status);
	ck_assert(!page_says("coffee"));
	done();
	tree_site_close(site);
}
END_TEST

/* Long ones */

/* A target of len bytes: begin, then as much of unit as fits, then x. */
static const char *
long_target(const char *begin, const char *unit, size_t len)
{
	static char target[TARGET_MAX];
	size_t n = (size_t)sprintf(target, "%s", begin);

	while (n + strlen(unit) <= len)
		n += (size_t)sprintf(target + n, "%s", unit);
	memset(target + n, 'x', len - n);
	target[len] = '\0';
	return target;
}

static const struct {
	const char	*name, *begin, *unit;
	size_t		 len;
	int		 status;
} longs[] = {
	{ "longest segment",		"/",	"n",	256,	404 },
	{ "segment too long",		"/",	"n",	257,	404 },
	{ "path too long",		"/",	"n/",	5001,	404 },
	{ "the longest looked at",	"/",	"/",	8192,	200 },
	{ "one byte more",		"/",	"/",	8193,	414 },
	{ "far more",			"/",	"n",	60000,	414 },
	{ "long, but resolved",		"/",	"./",	8191,	200 },
	{ "long with query",		"/style.css?", "q",	20000,	200 },
	{ "redirect with query",	"/sub?", "q",	8000,	301 },
	{ "Location too long",		"/sub?", "q",	20000,	414 },
};

START_TEST(long_targets)
{
	const char *target = long_target(longs[_i].begin, longs[_i].unit,
	    longs[_i].len);

	for (int i = 0; i < 2; i++) {
		walks = i != 0;
		ask("GET", target);
		ck_assert_msg(res.status == longs[_i].status, "%s: %d",
		    longs[_i].name, res.status);
		if (res.status == 414)
			ck_assert_ptr_null(field("Location"));
		done();
	}
}
END_TEST

/* Permissions */

static const struct {
	const char	*target;
	int		 status;
	const char	*says;
} forbidden[] = {
	{ "/unreadable",	403, "not permitted" },
	{ "/closed/",		403, "not permitted" },
	{ "/closed/index.html",	403, "not permitted" },
	{ "/closed/nothing",	403, "not permitted" },
	{ "/closed",		301, "slash" },
	/* Search permission is enough to serve from a directory. */
	{ "/searchable",	301, "slash" },
	{ "/searchable/",	200, NULL },
	{ "/searchable/nothing", 404, NULL },
};

static int
forbidden_as_nobody(void *site)
{
	for (int i = 0; i < COUNT(forbidden); i++) {
		ask_of(site, "GET", forbidden[i].target);
		if (res.status != forbidden[i].status ||
		    (forbidden[i].says != NULL &&
		    !page_says(forbidden[i].says)))
			return i + 1;
		done();
	}
	return 0;
}

START_TEST(permissions)
{
	struct tree_site *site;
	int row;

	walks = _i != 0;
	site = site_new();
	row = tree_as_nobody(forbidden_as_nobody, site);
	ck_assert_msg(row == 0, "%s", row < 0 ? "not run" :
	    forbidden[row - 1].target);
	tree_site_close(site);
}
END_TEST

/* Failures */

static const struct {
	int	error, status;
} errors[] = {
	{ ENOENT,	404 },
	{ ENOTDIR,	404 },
	{ ELOOP,	404 },
	{ ENAMETOOLONG,	404 },
	{ EXDEV,	404 },
	{ ENXIO,	404 },
	{ ENODEV,	404 },
	{ EILSEQ,	404 },
	{ EINVAL,	404 },
	{ EACCES,	403 },
	{ EPERM,	403 },
	{ ENOMEM,	503 },
	{ EMFILE,	503 },
	{ ENFILE,	503 },
	{ EAGAIN,	503 },
	{ EIO,		500 },
	{ EOVERFLOW,	500 },
	{ 0,		500 },
};

START_TEST(errors_are_mapped)
{
	const char *said, *after;

	catch_begin();
	static_file_error(&res, errors[_i].error);
	said = catch_end();
	ck_assert_msg(res.status == errors[_i].status, "%s: %d",
	    strerror(errors[_i].error), res.status);
	ck_assert_int_eq(res.content, HTTP_CONTENT_TEXT);
	ck_assert_str_eq(field("X-Content-Type-Options"), "nosniff");
	after = field("Retry-After");
	ck_assert((after != NULL) == (res.status == 503));
	ck_assert_msg((said[0] != '\0') == (res.status == 500), "%s", said);
}
END_TEST

START_TEST(openat2_errors_are_answered)
{
	struct tree_site *site = site_new();
	const char *said;

	if (docroot_follows_links(site->site.root) && errors[_i].error != 0) {
		openat2_error = errors[_i].error;
		catch_begin();
		ask_of(site, "GET", "/style.css");
		ck_assert_int_eq(res.status, errors[_i].status);
		ask_of(site, "GET", "/sub/");
		said = catch_end();
		openat2_error = 0;
		ck_assert_int_eq(res.status, errors[_i].status);
		ck_assert_msg((said[0] != '\0') == (res.status == 500), "%s",
		    said);
		ck_assert_msg(res.status != 500 || (strstr(said,
		    tree_path("site")) != NULL &&
		    strstr(said, "/sub/: ") != NULL), "%s", said);
	}
	tree_site_close(site);
}
END_TEST

START_TEST(no_descriptors)
{
	struct tree_site *site;
	struct rlimit old, tight;

	walks = _i != 0;
	site = site_new();
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	tight = old;
	tight.rlim_cur = (rlim_t)lowest_descriptor();
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &tight), 0);
	ask_of(site, "GET", "/sub/page.txt");
	ck_assert_int_eq(res.status, 503);
	ask_of(site, "GET", "/sub/");
	ck_assert_int_eq(res.status, 503);
	ck_assert_str_eq(field("Retry-After"), "1");
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	tree_site_close(site);
}
END_TEST

START_TEST(nothing_leaks)
{
	struct tree_site *site;
	int before;

	walks = _i != 0;
	site = site_new();
	before = lowest_descriptor();
	for (int i = 0; i < COUNT(paths); i++) {
		ask_of(site, i % 2 == 0 ? "GET" : "HEAD", paths[i].target);
		done();
		ck_assert_msg(lowest_descriptor() == before, "%s", paths[i].name);
	}
	tree_site_close(site);
}
END_TEST

static const int shortages[] = { EMFILE, ENFILE, ENOMEM, EAGAIN };

/* Ask for what is not there; openat2 fails from its nth call on. */
static void
ask_short(struct tree_site *site, int n, int error)
{
	openat2_error = error;
	openat2_at = n;
	ask_with(site, "GET", "/users/7", "Accept: text/html\r\n");
	openat2_error = openat2_at = 0;
}

/* It may be there: neither a 404, nor told to be no file. */
START_TEST(shortage_at_the_fallback)
{
	static char fallback[] = "/nothing.html";
	struct tree_site *site = site_new();
	const char *said;

	log_set_level(LOG_LEVEL_WARNING);
	site->config.fallback = fallback;
	if (docroot_follows_links(site->site.root)) {
		catch_begin();
		ask_short(site, 2, shortages[_i]);
		said = catch_end();
		ck_assert_int_eq(res.status, 503);
		ck_assert_str_eq(field("Retry-After"), "1");
		ck_assert_str_eq(field("Vary"), "Accept");
		ck_assert_str_eq(said, "");
		catch_begin();
		ask_short(site, 0, 0);
		said = catch_end();
		ck_assert_int_eq(res.status, 404);
		ck_assert_ptr_nonnull(strstr(said, "is no file in"));
	}
	tree_site_close(site);
}
END_TEST

/* What is told once is not told of a shortage. */
START_TEST(shortage_at_the_error_page)
{
	struct config_error_page page = { 404, TEXT("/nothing.html"), 1 };
	struct tree_site *site = site_new();
	const char *said;

	log_set_level(LOG_LEVEL_WARNING);
	site->config.error_pages = &page;
	site->config.nerror_pages = 1;
	if (docroot_follows_links(site->site.root)) {
		catch_begin();
		ask_short(site, 2, shortages[_i]);
		said = catch_end();
		ck_assert_int_eq(res.status, 404);
		ck_assert_str_eq(said, "");
		catch_begin();
		ask_short(site, 0, 0);
		said = catch_end();
		ck_assert_ptr_nonnull(strstr(said, "No such file"));
	}
	tree_site_close(site);
}
END_TEST

/* Redirects of the configuration */

static struct config_redirect redirects[] = {
	{ TEXT("/moved"), TEXT("/style.css"), 301, 1 },
	{ TEXT("/found"), TEXT("/style.css"), 302, 2 },
	{ TEXT("/temporary/*"), TEXT("/*"), 307, 3 },
	{ TEXT("/for-ever"), TEXT("https://example.org/"), 308, 4 },
	{ TEXT("/sub/page.txt"), TEXT("/sub/other.txt"), 301, 5 },
	{ TEXT("/.git/*"), TEXT("/source/*"), 301, 6 },
	{ TEXT("/style.css"), TEXT("/style.css"), 301, 7 },
	{ TEXT("/long*"), TEXT("/*"), 301, 8 },
};

static const struct {
	const char	*name, *method, *target;
	int		 status;
	const char	*location;
} redirected[] = {
	{ "301", "GET", "/moved", 301, "/style.css" },
	{ "302", "GET", "/found?a=b", 302, "/style.css?a=b" },
	{ "307", "GET", "/temporary/a/b", 307, "/a/b" },
	{ "308", "GET", "/for-ever", 308, "https://example.org/" },
	{ "HEAD", "HEAD", "/moved", 301, "/style.css" },
	{ "before a file", "GET", "/sub/page.txt", 301, "/sub/other.txt" },
	{ "before a dotfile", "GET", "/.git/config", 301, "/source/config" },
	{ "to itself", "GET", "/style.css", 200, NULL },
	{ "no match", "GET", "/sub", 301, "/sub/" },
	{ "not another host", "GET", "/temporary//evil.example", 307,
	    "/evil.example" },
	{ "of the method first", "POST", "/moved", 405, NULL },
	{ "and OPTIONS", "OPTIONS", "/moved", 204, NULL },
};

START_TEST(redirects_of_the_configuration)
{
	struct tree_site *site = site_new();

	site->config.redirects = redirects;
	site->config.nredirects = COUNT(redirects);
	ask_of(site, redirected[_i].method, redirected[_i].target);
	ck_assert_msg(res.status == redirected[_i].status, "%s: %d",
	    redirected[_i].name, res.status);
	if (redirected[_i].location == NULL)
		ck_assert_ptr_null(field("Location"));
	else
		ck_assert_str_eq(field("Location"), redirected[_i].location);
	if (res.status / 100 == 3) {
		ck_assert_int_eq(res.content, HTTP_CONTENT_TEXT);
		ck_assert_ptr_nonnull(field("Content-Security-Policy"));
		ck_assert_str_eq(field("X-Content-Type-Options"), "nosniff");
		ck_assert(!page_says("evil"));
	}
	done();
	tree_site_close(site);
}
END_TEST

START_TEST(redirects_too_far)
{
	struct tree_site *site = site_new();

	site->config.redirects = redirects;
	site->config.nredirects = COUNT(redirects);
	ask_of(site, "GET", long_target("/long?", "q", 20000));
	ck_assert_int_eq(res.status, 414);
	ck_assert_ptr_null(field("Location"));
	tree_site_close(site);
}
END_TEST

/* Configured fields */

static struct config_field every_field[] = {
	{ TEXT("X-Every"), TEXT("1") },
	{ TEXT("Content-Security-Policy"), TEXT("default-src 'self'") },
};
static struct config_field css_field[] = {
	{ TEXT("Cache-Control"), TEXT("max-age=60") },
	{ TEXT("x-every"), TEXT("2") },
};
static struct config_headers headers[] = {
	{ TEXT("/*"), every_field, COUNT(every_field), 1 },
	{ TEXT("*.css"), css_field, COUNT(css_field), 2 },
};

static const struct {
	const char	*name, *method, *target, *lines;
	int		 status;
	const char	*every, *cache, *policy;
} with_headers[] = {
	{ "200", "GET", "/style.css", "", 200, "2", "max-age=60", "'self'" },
	{ "HEAD", "HEAD", "/style.css", "", 200, "2", "max-age=60",
	    "'self'" },
	{ "206", "GET", "/style.css", "Range: bytes=0-0\r\n", 206, "2",
	    "max-age=60", "'self'" },
	{ "several parts", "GET", "/style.css", "Range: bytes=0-0,2-2\r\n",
	    206, "2", "max-age=60", "'self'" },
	{ "304", "GET", "/style.css", "If-None-Match: *\r\n", 304, "2",
	    "max-age=60", "'self'" },
	{ "412", "GET", "/style.css", "If-Match: \"x\"\r\n", 412, "2",
	    "no-cache", "'none'" },
	{ "416", "GET", "/style.css", "Range: bytes=99-\r\n", 416, "2",
	    "no-cache", "'none'" },
	{ "404", "GET", "/nothing", "", 404, "1", "no-cache", "'none'" },
	{ "404 of a rule's path", "GET", "/nothing.css", "", 404, "2",
	    "no-cache", "'none'" },
	{ "405", "POST", "/style.css", "", 405, "2", "no-cache",
	    "'none'" },
	{ "501", "BREW", "/", "", 501, "1", "no-cache", "'none'" },
	{ "OPTIONS", "OPTIONS", "/style.css", "", 204, "2", "max-age=60",
	    "'self'" },
	{ "redirect", "GET", "/sub", "", 301, "1", NULL, "'none'" },
	{ "redirect of a rule", "GET", "/moved", "", 301, "1", NULL,
	    "'none'" },
	{ "resolved path", "GET", "/sub/%2e./style.css", "", 200, "2",
	    "max-age=60", "'self'" },
	{ "no path that could match", "GET", "/%00", NULL, 400, NULL,
	    "no-cache",
	    "'none'" },
};

START_TEST(fields_of_the_configuration)
{
	struct tree_site *site = site_new();
	struct http_request req;

	site->config.headers = headers;
	site->config.nheaders = COUNT(headers);
	site->config.redirects = redirects;
	site->config.nredirects = COUNT(redirects);
	if (with_headers[_i].lines != NULL) {
		ask_with(site, with_headers[_i].method,
		    with_headers[_i].target, with_headers[_i].lines);
	} else {
		/* The parser lets none of these through. */
		req = *asked_get("/", "");
		req.target.path = slice_of(with_headers[_i].target);
		req.target.is_plain = false;
		ask_request(site, &req);
		ck_assert(res.close);
	}
	ck_assert_msg(res.status == with_headers[_i].status, "%s: %d",
	    with_headers[_i].name, res.status);
	if (with_headers[_i].every == NULL) {
		ck_assert_ptr_null(field("X-Every"));
	} else if (with_headers[_i].every[0] == '2') {
		ck_assert_ptr_null(field("X-Every"));
		ck_assert_str_eq(field("x-every"), "2");
	} else {
		ck_assert_str_eq(field("X-Every"), "1");
	}
	if (with_headers[_i].cache == NULL)
		ck_assert_ptr_null(field("Cache-Control"));
	else
		ck_assert_str_eq(field("Cache-Control"),
		    with_headers[_i].cache);
	ck_assert_msg(strstr(field("Content-Security-Policy"),
	    with_headers[_i].policy) != NULL, "%s", with_headers[_i].name);
	done();
	tree_site_close(site);
}
END_TEST

/* 12 KiB of Location and 8 KiB of configured fields fit. */
START_TEST(all_that_is_longest_fits)
{
	static char value[8192 - 64];
	struct config_field field_of_8k = { TEXT("X-Long"), value };
	struct config_headers rule = { TEXT("/*"), &field_of_8k, 1, 1 };
	struct tree_site *site = site_new();
	static const char *const begins[] = { "/sub?", "/moved?" };

	memset(value, 'v', sizeof(value) - 1);
	site->config.headers = &rule;
	site->config.nheaders = 1;
	site->config.redirects = redirects;
	site->config.nredirects = COUNT(redirects);
	for (int i = 0; i < COUNT(begins); i++) {
		for (size_t n = 12200; n < 12400; n++) {
			ask_of(site, "GET", long_target(begins[i], "q", n));
			ck_assert(res.status == 301 || res.status == 414);
			ck_assert_ptr_nonnull(field("X-Long"));
			if (n == 12200)
				ck_assert_int_eq(res.status, 301);
		}
		ck_assert_int_eq(res.status, 414);
	}
	tree_site_close(site);
}
END_TEST

/* The fallback */

#define BROWSER	"Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n"

static const struct {
	const char	*name, *method, *target, *lines;
	int		 status;
	const char	*file, *vary;
} fallbacks[] = {
	{ "a view", "GET", "/users/7", BROWSER, 200, "site/index.html",
	    "Accept" },
	{ "no Accept", "GET", "/users/7", "", 200, "site/index.html",
	    "Accept" },
	{ "anything", "GET", "/users/7", "Accept: */*\r\n", 200,
	    "site/index.html", "Accept" },
	{ "HEAD", "HEAD", "/users/7", BROWSER, 200, "site/index.html",
	    "Accept" },
	{ "JSON only", "GET", "/users/7", "Accept: application/json\r\n",
	    404, NULL, "Accept" },
	{ "HTML refused", "GET", "/users/7",
	    "Accept: */*, text/html;q=0\r\n", 404, NULL, "Accept" },
	{ "a script", "GET", "/users/7.js", BROWSER, 404, NULL, NULL },
	{ "a dot above", "GET", "/v1.2/users", BROWSER, 200,
	    "site/index.html", "Accept" },
	{ "with slash", "GET", "/users/", BROWSER, 200, "site/index.html",
	    "Accept" },
	{ "below a file", "GET", "/style.css/x", BROWSER, 200,
	    "site/index.html", "Accept" },
	{ "a file with slash", "GET", "/noext/", BROWSER, 200,
	    "site/index.html", "Accept" },
	{ "a directory without index", "GET", "/bare/", BROWSER, 200,
	    "site/index.html", "Accept" },
	{ "a directory", "GET", "/sub", BROWSER, 301, NULL, NULL },
	{ "what is there", "GET", "/noext", BROWSER, 200, "site/noext",
	    NULL },
	{ "a dotfile", "GET", "/.nothing/x", BROWSER, 404, NULL, NULL },
	{ "a link out", "GET", "/out", BROWSER, 200, "site/index.html",
	    "Accept" },
	{ "another method", "POST", "/users/7", BROWSER, 405, NULL, NULL },
	{ "its range", "GET", "/users/7", BROWSER "Range: bytes=0-3\r\n", 206,
	    "site", "Accept" },
	{ "not modified", "GET", "/users/7", BROWSER "If-None-Match: *\r\n",
	    304, NULL, "Accept" },
	{ "failed", "GET", "/users/7", BROWSER "If-Match: \"x\"\r\n", 412,
	    NULL, "Accept" },
};

START_TEST(views_fall_back)
{
	struct tree_site *site = site_new();
	const char *vary;

	site->config.fallback = TEXT("/index.html");
	ask_with(site, fallbacks[_i].method, fallbacks[_i].target,
	    fallbacks[_i].lines);
	ck_assert_msg(res.status == fallbacks[_i].status, "%s: %d",
	    fallbacks[_i].name, res.status);
	vary = field("Vary");
	if (fallbacks[_i].vary == NULL)
		ck_assert_msg(vary == NULL, "%s", fallbacks[_i].name);
	else
		ck_assert_msg(vary != NULL && strcmp(vary,
		    fallbacks[_i].vary) == 0, "%s: %s", fallbacks[_i].name,
		    vary);
	if (fallbacks[_i].file != NULL) {
		ck_assert_str_eq(content(), fallbacks[_i].file);
		if (strstr(fallbacks[_i].file, "noext") == NULL)
			ck_assert_str_eq(field("Content-Type"),
			    "text/html; charset=utf-8");
	}
	done();
	tree_site_close(site);
}
END_TEST

/* Where the fallback is not there, it is told once. */
static const struct {
	const char	*fallback;
	int		 status;
} bad_fallbacks[] = {
	{ "/nothing.html",	404 },
	{ "/sub",		404 },
	{ "/bare/",		404 },
	{ "/fifo",		404 },
	{ "/sub/",		200 },	/* its index */
};

START_TEST(fallback_is_missing)
{
	struct tree_site *site = site_new();
	char fallback[32];
	const char *said;
	int before = tree_descriptors();

	log_set_level(LOG_LEVEL_WARNING);
	strcpy(fallback, bad_fallbacks[_i].fallback);
	site->config.fallback = fallback;
	site->config.listing = CONFIG_LISTING_NONE;
	catch_begin();
	for (int i = 0; i < 3; i++) {
		ask_with(site, "GET", "/users/7", BROWSER);
		ck_assert_int_eq(res.status, bad_fallbacks[_i].status);
		ck_assert_str_eq(field("Vary"), "Accept");
		done();
		/* With a listing: a directory is held, and given back. */
		site->config.listing = CONFIG_LISTING_HTML;
	}
	said = catch_end();
	ck_assert_int_eq(tree_descriptors(), before);
	if (res.status == 200) {
		ck_assert_str_eq(said, "");
	} else {
		ck_assert_msg(strstr(said, "warning: http.fallback /") !=
		    NULL && strchr(said, '\n')[1] == '\0', "%s", said);
	}
	tree_site_close(site);
}
END_TEST

/* Pages of the site for errors */

static struct config_error_page pages[] = {
	{ 404, TEXT("/404.html"), 1 }, { 405, TEXT("/err.txt"), 2 },
	{ 406, TEXT("/err.txt"), 3 }, { 412, TEXT("/err.txt"), 4 },
	{ 414, TEXT("/err.txt"), 5 }, { 416, TEXT("/err.txt"), 6 },
	{ 417, TEXT("/err.txt"), 7 }, { 501, TEXT("/err.txt"), 8 },
	{ 503, TEXT("/err.txt"), 9 }, { 400, TEXT("/err.txt"), 10 },
};

#define NOSNIFF	"X-Content-Type-Options: nosniff\r\n"
#define PLAIN	"Content-Type: text/plain; charset=utf-8\r\n"
#define HTML	"Content-Type: text/html; charset=utf-8\r\n"
#define NO_CACHE	"Cache-Control: no-cache\r\n"

static const struct {
	const char	*name, *method, *target, *lines;
	int		 status;
	const char	*fields;
} own_pages[] = {
	{ "404", "GET", "/nothing.x", "", 404, NOSNIFF NO_CACHE HTML },
	{ "404, HEAD", "HEAD", "/nothing.x", "", 404,
	    NOSNIFF NO_CACHE HTML },
	{ "404 of a dotfile", "GET", "/.git/config", "", 404,
	    NOSNIFF NO_CACHE HTML },
	{ "404 below", "GET", "/sub/nothing.x", "", 404,
	    NOSNIFF NO_CACHE HTML },
	{ "404 that varies", "GET", "/nothing", "Accept: image/png\r\n", 404,
	    NOSNIFF NO_CACHE "Vary: Accept\r\n" HTML },
	{ "404, conditional", "GET", "/nothing.x", "If-None-Match: *\r\n"
	    "Range: bytes=0-0\r\n", 404, NOSNIFF NO_CACHE HTML },
	{ "405: Allow", "PUT", "/", "", 405, NOSNIFF NO_CACHE
	    "Allow: GET, HEAD, OPTIONS\r\n" PLAIN },
	{ "406: Vary", "GET", "/z.css", "Accept-Encoding: *;q=0\r\n", 406,
	    NOSNIFF NO_CACHE "Vary: Accept-Encoding\r\n" PLAIN },
	{ "412", "GET", "/style.css", "If-Match: \"x\"\r\n", 412,
	    NOSNIFF NO_CACHE PLAIN },
	{ "412: Vary", "GET", "/z.css", "If-Match: \"x\"\r\n", 412,
	    NOSNIFF NO_CACHE "Vary: Accept-Encoding\r\n" PLAIN },
	{ "416: Content-Range", "GET", "/style.css", "Range: bytes=99-\r\n",
	    416, NOSNIFF NO_CACHE "Content-Range: bytes */14\r\n"
	    "Accept-Ranges: bytes\r\n" PLAIN },
	{ "417", "GET", "/", "Expect: coffee\r\n", 417,
	    NOSNIFF NO_CACHE PLAIN },
	{ "501", "BREW", "/", "", 501, NOSNIFF NO_CACHE PLAIN },
};

static struct tree_site *
site_with_pages(void)
{
	static char fallback[] = "/index.html";
	struct tree_site *site = site_new();

	site->config.error_pages = pages;
	site->config.nerror_pages = COUNT(pages);
	site->config.fallback = fallback;
	site->config.nprecompressed = 1;
	site->config.precompressed[0] = CONFIG_GZIP;
	return site;
}

START_TEST(error_pages_of_the_site)
{
	struct tree_site *site = site_with_pages();

	ask_with(site, own_pages[_i].method, own_pages[_i].target,
	    own_pages[_i].lines);
	ck_assert_msg(res.status == own_pages[_i].status, "%s: %d",
	    own_pages[_i].name, res.status);
	ck_assert_msg(strcmp(answer_fields(&res), own_pages[_i].fields) == 0,
	    "%s: %s", own_pages[_i].name, answer_fields(&res));
	ck_assert_str_eq(content(), res.status == 404 ? "site/404.html" :
	    "site/err.txt");
	ck_assert_int_eq(res.head_only,
	    strcmp(own_pages[_i].method, "HEAD") == 0);
	ck_assert_uint_eq(res.file->refs, 1);
	done();
	tree_site_close(site);
}
END_TEST

START_TEST(error_pages_of_other_failures)
{
	struct tree_site *site = site_with_pages();

	ask_of(site, "GET", long_target("/", "n", 9000));
	ck_assert_int_eq(res.status, 414);
	ck_assert_str_eq(content(), "site/err.txt");
	done();
	/* Without memory for the file there may be enough for the page. */
	no_memory_at = 1;
	ask_of(site, "GET", "/style.css");
	no_memory_at = 0;
	ck_assert_int_eq(res.status, 503);
	ck_assert_str_eq(content(), "site/err.txt");
	ck_assert_str_eq(field("Retry-After"), "1");
	done();
	/* Redirects, 204 and 304 have none. */
	ask_of(site, "GET", "/sub");
	ck_assert_int_eq(res.content, HTTP_CONTENT_TEXT);
	ask_of(site, "OPTIONS", "/");
	ck_assert_int_eq(res.content, HTTP_CONTENT_NONE);
	/* Fields of the configuration count: the page is the site's own. */
	site->config.headers = headers;
	site->config.nheaders = COUNT(headers);
	ask_of(site, "GET", "/nothing.x");
	ck_assert_str_eq(field("Content-Security-Policy"),
	    "default-src 'self'");
	done();
	tree_site_close(site);
}
END_TEST

static char *const bad_pages[] = {
	TEXT("/nothing.html"), TEXT("/sub"), TEXT("/fifo"), TEXT("/out"),
	TEXT("/loop")
};

START_TEST(error_pages_that_are_missing)
{
	struct config_error_page page = { 404, bad_pages[_i], 1 };
	struct tree_site *site = site_new();
	int before = tree_descriptors();
	const char *said;

	log_set_level(LOG_LEVEL_WARNING);
	site->config.error_pages = &page;
	site->config.nerror_pages = 1;
	catch_begin();
	for (int i = 0; i < 3; i++) {
		ask_of(site, "GET", "/nothing");
		ck_assert_int_eq(res.status, 404);
		ck_assert(page_says("Not Found"));
		ck_assert_ptr_nonnull(field("Content-Security-Policy"));
	}
	said = catch_end();
	ck_assert_msg(strstr(said, "http.error_pages has ") != NULL &&
	    strstr(said, bad_pages[_i]) != NULL &&
	    strstr(said, " for 404, ") != NULL &&
	    strchr(said, '\n')[1] == '\0', "%s", said);
	ck_assert_int_eq(tree_descriptors(), before);
	tree_site_close(site);
}
END_TEST

/* Refusals before there is a request */

START_TEST(refusals)
{
	static const struct http_fault fault = {
		400, "It is wrong.", "Do it right.", "RFC 9112, section 3"
	};
	struct tree_site *site = _i != 0 ? site_with_pages() : site_new();

	memset(&res, 0xA5, sizeof(res));
	static_file_refuse(&site->sites, &fault, &res);
	ck_assert_int_eq(res.status, 400);
	ck_assert(res.close && !res.head_only && !res.overflow);
	if (_i != 0)
		ck_assert_str_eq(content(), "site/err.txt");
	else
		ck_assert(page_says("It is wrong."));
	done();

	memset(&res, 0xA5, sizeof(res));
	static_file_too_many(&res);
	ck_assert_int_eq(res.status, 503);
	ck_assert(!res.overflow);
	ck_assert_str_eq(field("Retry-After"), "10");
	ck_assert(page_says("connections from your address"));
	done();

	/* No memory for the page: ours. */
	failing_at(FAILING_MEMORY, 1, ENOMEM);
	static_file_refuse(&site->sites, &fault, &res);
	failing_reset();
	ck_assert(res.close && page_says("It is wrong."));
	tree_site_close(site);
}
END_TEST

/* Hosts */

START_TEST(hosts_have_sites)
{
	struct tree_site *site = site_new();
	struct site both[2];
	struct config_site other = site->config;
	struct sites sites = { .v = both, .n = 2 };
	char error[256];

	other.name = TEXT("other.example");
	other.redirects = redirects;
	other.nredirects = COUNT(redirects);
	both[0] = both[1] = site->site;
	both[1].config = &other;
	both[1].root = docroot_new(tree_path("site/sub"), false, error,
	    sizeof(error));
	ck_assert_ptr_nonnull(both[1].root);
	static_file_plan(&sites, asked("GET / HTTP/1.1\r\n"
	    "Host: example.org\r\n\r\n"), &res);
	ck_assert_str_eq(content(), "site/index.html");
	done();
	static_file_plan(&sites, asked("GET / HTTP/1.1\r\n"
	    "Host: Other.Example.:8080\r\n\r\n"), &res);
	ck_assert_str_eq(content(), "site/sub/index.html");
	done();
	/* The target's host goes before the field's. */
	static_file_plan(&sites, asked("GET http://other.example/moved "
	    "HTTP/1.1\r\nHost: example.org\r\n\r\n"), &res);
	ck_assert_str_eq(field("Location"), "/style.css");
	static_file_plan(&sites, asked("GET / HTTP/1.0\r\n\r\n"), &res);
	ck_assert_str_eq(content(), "site/index.html");
	done();
	docroot_free(both[1].root);
	tree_site_close(site);
}
END_TEST

/* Listings */

#define POLICY	"Content-Security-Policy: " ERROR_PAGE_POLICY "\r\n"
#define JSON	"Content-Type: application/json\r\n"
#define VARY	"Vary: Accept\r\n"

static const struct {
	const char		*name, *method, *lines;
	enum config_listing	 listing;
	int			 status;
	const char		*fields;
} listings[] = {
	{ "HTML", "GET", "", CONFIG_LISTING_HTML, 200,
	    VARY NOSNIFF HTML NO_CACHE POLICY },
	{ "HTML, HEAD", "HEAD", "", CONFIG_LISTING_HTML, 200,
	    VARY NOSNIFF HTML NO_CACHE POLICY },
	{ "for a browser", "GET", BROWSER, CONFIG_LISTING_HTML, 200,
	    VARY NOSNIFF HTML NO_CACHE POLICY },
	{ "JSON by Accept", "GET", "Accept: application/json\r\n",
	    CONFIG_LISTING_HTML, 200, VARY NOSNIFF JSON NO_CACHE },
	{ "JSON liked better", "GET",
	    "Accept: text/html;q=0.5, application/json\r\n",
	    CONFIG_LISTING_HTML, 200, VARY NOSNIFF JSON NO_CACHE },
	{ "liked alike", "GET", "Accept: text/html, application/json\r\n",
	    CONFIG_LISTING_HTML, 200, VARY NOSNIFF HTML NO_CACHE POLICY },
	{ "neither", "GET", "Accept: image/png\r\n", CONFIG_LISTING_HTML,
	    200, VARY NOSNIFF HTML NO_CACHE POLICY },
	{ "JSON always", "GET", BROWSER, CONFIG_LISTING_JSON, 200,
	    NOSNIFF JSON NO_CACHE },
	{ "no ranges", "GET", "Range: bytes=0-3\r\n", CONFIG_LISTING_JSON,
	    200, NOSNIFF JSON NO_CACHE },
	{ "not modified", "GET", "If-None-Match: *\r\n", CONFIG_LISTING_HTML,
	    304, VARY NOSNIFF NO_CACHE },
	{ "failed", "GET", "If-Match: \"x\"\r\n", CONFIG_LISTING_HTML, 412,
	    HTML POLICY NOSNIFF NO_CACHE VARY },
	{ "failed, JSON", "GET", "If-Match: \"x\"\r\n", CONFIG_LISTING_JSON,
	    412, HTML POLICY NOSNIFF NO_CACHE },
};

START_TEST(listings_are_begun)
{
	struct tree_site *site = site_new();
	int before = tree_descriptors();

	site->config.listing = listings[_i].listing;
	ask_with(site, listings[_i].method, "/bare/", listings[_i].lines);
	ck_assert_msg(res.status == listings[_i].status, "%s: %d",
	    listings[_i].name, res.status);
	ck_assert_msg(strcmp(answer_fields(&res), listings[_i].fields) == 0,
	    "%s: %s", listings[_i].name, answer_fields(&res));
	if (res.status == 200) {
		ck_assert_int_eq(res.content, HTTP_CONTENT_LISTING);
		ck_assert_ptr_nonnull(res.listing);
		ck_assert_ptr_null(res.file);
	} else {
		ck_assert_ptr_null(res.listing);
	}
	done();
	ck_assert_int_eq(tree_descriptors(), before);
	tree_site_close(site);
}
END_TEST

/* The whole of it, as a file. */
static const char *
listed(void)
{
	enum dirlist_result result;
	struct file *f;
	static char text[65536];

	ck_assert_int_eq(res.content, HTTP_CONTENT_LISTING);
	while ((result = dirlist_step(res.listing)) == DIRLIST_MORE)
		;
	ck_assert_int_eq(result, DIRLIST_DONE);
	ck_assert_ptr_nonnull(f = dirlist_file(res.listing));
	ck_assert_int_lt(f->size, (off_t)sizeof(text));
	memcpy(text, f->bytes, (size_t)f->size);
	text[f->size] = '\0';
	file_unref(f);
	return text;
}

START_TEST(listings_have_what_is_served)
{
	struct tree_site *site = site_new();
	char *none[] = { NULL };
	const char *text;

	site->config.listing = CONFIG_LISTING_JSON;
	site->config.index = none;
	ask_of(site, "GET", "/?sort=name&order=desc");
	text = listed();
	ck_assert_ptr_nonnull(strstr(text, "\"style.css\""));
	ck_assert(strstr(text, "\"style.css\"") < strstr(text, "\"empty\""));
	ck_assert_ptr_null(strstr(text, ".git"));
	ck_assert_ptr_null(strstr(text, "fifo"));
	done();
	site->config.dotfiles = CONFIG_DOTFILES_ALLOW;
	ask_of(site, "GET", "/");
	ck_assert_ptr_nonnull(strstr(listed(), ".git"));
	done();
	site->config.listing = CONFIG_LISTING_HTML;
	ask_of(site, "GET", "/%C3%A4/");
	ck_assert_ptr_nonnull(strstr(listed(), "\xc3\xa4"));
	done();
	tree_site_close(site);
}
END_TEST

/* Variants and types */

static const struct {
	const char	*name, *lines;
	int		 status;
	const char	*encoding, *vary, *content;
} variants[] = {
	{ "itself", "", 200, NULL, "Accept-Encoding",
	    "a file that is longer than its sibling" },
	{ "its sibling", "Accept-Encoding: gzip\r\n", 200, "gzip",
	    "Accept-Encoding", "its sibling" },
	{ "a range of it", "Accept-Encoding: gzip\r\nRange: bytes=0-2\r\n",
	    206, "gzip", "Accept-Encoding", "its" },
	{ "not modified", "Accept-Encoding: gzip\r\nIf-None-Match: *\r\n",
	    304, NULL, "Accept-Encoding", NULL },
	{ "nothing acceptable", "Accept-Encoding: br, identity;q=0\r\n", 406,
	    NULL, "Accept-Encoding", NULL },
};

START_TEST(variants_are_sent)
{
	struct tree_site *site = site_with_pages();
	int before = tree_descriptors();

	site->config.nerror_pages = 0;
	ask_with(site, "GET", "/z.css", variants[_i].lines);
	ck_assert_msg(res.status == variants[_i].status, "%s: %d",
	    variants[_i].name, res.status);
	ck_assert_str_eq(field("Vary"), variants[_i].vary);
	if (variants[_i].encoding == NULL)
		ck_assert_ptr_null(field("Content-Encoding"));
	else
		ck_assert_str_eq(field("Content-Encoding"),
		    variants[_i].encoding);
	if (variants[_i].content != NULL) {
		ck_assert_str_eq(content(), variants[_i].content);
		ck_assert_str_eq(field("Content-Type"),
		    "text/css; charset=utf-8");
	}
	done();
	ck_assert_int_eq(tree_descriptors(), before);
	tree_site_close(site);
}
END_TEST

START_TEST(variant_of_the_fallback)
{
	struct tree_site *site = site_with_pages();

	site->config.fallback = TEXT("/z.css");
	ask_with(site, "GET", "/view", "Accept-Encoding: gzip\r\n");
	ck_assert_str_eq(field("Vary"), "Accept, Accept-Encoding");
	ck_assert_str_eq(field("Content-Encoding"), "gzip");
	done();
	ask_with(site, "GET", "/view", "Accept-Encoding: *;q=0\r\n");
	ck_assert_int_eq(res.status, 406);
	ck_assert_str_eq(field("Vary"), "Accept, Accept-Encoding");
	done();
	tree_site_close(site);
}
END_TEST

START_TEST(types_of_the_site)
{
	struct config_mime_type own = {
		TEXT("css"), TEXT("text/x-css"), 1
	};
	struct tree_site *site = site_new();

	site->config.charset = CONFIG_CHARSET_NONE;
	ask_of(site, "GET", "/style.css");
	ck_assert_str_eq(field("Content-Type"), "text/css");
	done();
	site->config.mime_types = &own;
	site->config.nmime_types = 1;
	ask_of(site, "GET", "/style.css");
	ck_assert_str_eq(field("Content-Type"), "text/x-css");
	done();
	site->config.charset = CONFIG_CHARSET_UTF8;
	ask_of(site, "GET", "/style.css");
	ck_assert_str_eq(field("Content-Type"), "text/x-css; charset=utf-8");
	done();
	tree_site_close(site);
}
END_TEST

START_TEST(clean_addresses)
{
	struct tree_site *site = site_new();

	site->config.clean_urls = true;
	ask_of(site, "GET", "/index");
	ck_assert_str_eq(content(), "site/index.html");
	ck_assert_str_eq(field("Content-Type"), "text/html; charset=utf-8");
	done();
	tree_site_close(site);
}
END_TEST

/* Just before the nth openat2 of a request, a file goes away. */
static const struct {
	const char	*name, *target, *lines, *gone;
	int		 at, status;
	const char	*content;
} vanishing[] = {
	{ "file", "/style.css", "", "site/style.css", 1, 404,
	    "site/404.html" },
	{ "sibling", "/z.css", "Accept-Encoding: gzip\r\n", "site/z.css.gz",
	    2, 200, "a file that is longer than its sibling" },
	{ "file, before its sibling is chosen", "/z.css",
	    "Accept-Encoding: gzip\r\n", "site/z.css", 2, 200,
	    "its sibling" },
	{ "first index", "/both/", "", "site/both/index.html", 1, 200,
	    "site/both/index.htm" },
	{ "second index", "/second/", "", "site/second/index.htm", 2, 200,
	    "site/index.html" },
	{ "error page", "/nothing.x", "", "site/404.html", 2, 404, "" },
	{ "fallback", "/nothing", "", "site/index.html", 2, 404,
	    "site/404.html" },
};

START_TEST(files_vanish)
{
	struct tree_site *site = site_with_pages();
	int before = tree_descriptors();

	if (docroot_follows_links(site->site.root)) {
		vanishes = vanishing[_i].gone;
		vanish_at = vanishing[_i].at;
		ask_with(site, "GET", vanishing[_i].target,
		    vanishing[_i].lines);
		ck_assert_int_eq(vanish_at, 0);
		ck_assert_int_eq(access(tree_path(vanishes), F_OK), -1);
		ck_assert_msg(res.status == vanishing[_i].status, "%s: %d",
		    vanishing[_i].name, res.status);
		ck_assert_msg(strcmp(content(), vanishing[_i].content) == 0,
		    "%s: %s", vanishing[_i].name, content());
		done();
		ck_assert_int_eq(tree_descriptors(), before);
		make_file(vanishes);
	}
	tree_site_close(site);
}
END_TEST

/* Each allocation of a request fails once. */
static const struct {
	const char	*name, *method, *target, *lines;
	int		 status;	/* with all the memory */
	bool		 pages;
} frugal[] = {
	{ "file", "GET", "/style.css", "", 200, false },
	{ "index", "HEAD", "/sub/", "", 200, false },
	{ "empty", "GET", "/empty", "", 200, false },
	{ "variant", "GET", "/z.css", "Accept-Encoding: gzip\r\n", 200,
	    true },
	{ "part", "GET", "/style.css", "Range: bytes=1-2\r\n", 206, true },
	{ "parts", "GET", "/style.css", "Range: bytes=1-2,4-5\r\n", 206,
	    true },
	{ "not modified", "GET", "/style.css", "If-None-Match: *\r\n", 304,
	    true },
	{ "failed", "GET", "/style.css", "If-Match: \"x\"\r\n", 412, true },
	{ "unsatisfiable", "GET", "/style.css", "Range: bytes=99-\r\n", 416,
	    true },
	{ "fallback", "GET", "/nothing", "", 200, true },
	{ "listing", "GET", "/bare/", "", 200, false },
	{ "error page", "GET", "/nothing.x", "", 404, true },
};

START_TEST(no_memory)
{
	struct tree_site *site = frugal[_i].pages ? site_with_pages() :
	    site_new();
	int before = lowest_descriptor(), open_before = tree_descriptors(), most = 0;

	site->config.listing = CONFIG_LISTING_HTML;
	for (no_memory_at = 1;; no_memory_at++) {
		ask_with(site, frugal[_i].method, frugal[_i].target,
		    frugal[_i].lines);
		ck_assert_int_eq(res.head_only,
		    strcmp(frugal[_i].method, "HEAD") == 0);
		/* A page that finds none is no failure of the answer. */
		ck_assert_msg(res.status == frugal[_i].status ||
		    (memory_failed && res.status == 503), "%s: %d",
		    frugal[_i].name, res.status);
		if (res.status == 503)
			ck_assert_str_eq(field("Retry-After"), "1");
		done();
		ck_assert_int_eq(lowest_descriptor(), before);
		ck_assert_int_eq(tree_descriptors(), open_before);
		if (!memory_failed)
			break;
		most++;
	}
	no_memory_at = 0;
	ck_assert_msg(most > 0, "%s", frugal[_i].name);
	tree_site_close(site);
}
END_TEST

/* What is kept */

static struct config_error_page large_page = { 404, TEXT("/large.html"), 1 };

static struct tree_site *
site_with_cache(void)
{
	const struct file_cache_limits limits = { 1000, 1 << 20, 10 };
	struct tree_site *site = site_new();

	site->sites.cache = file_cache_new(&limits);
	ck_assert_ptr_nonnull(site->sites.cache);
	site->sites.turn = 1;
	return site;
}

static void
close_with_cache(struct tree_site *site)
{
	file_cache_free(site->sites.cache);
	tree_site_close(site);
}

static bool
head_has(const char *text)
{
	if (res.ready != NULL)
		return memmem(res.ready->lines, res.ready->len, text,
		    strlen(text)) != NULL;
	return memmem(res.fields, res.nfields, text, strlen(text)) != NULL;
}

/* What was short for one request is not missing in the next. */
START_TEST(nothing_is_kept_without_memory)
{
	for (no_memory_at = 1;; no_memory_at++) {
		struct tree_site *site = site_with_cache();
		unsigned at = no_memory_at;
		bool failed;

		ask_of(site, "GET", "/style.css");
		failed = memory_failed;
		done();
		no_memory_at = 0;
		for (int i = 0; i < 2; i++) {
			ask_of(site, "GET", "/style.css");
			ck_assert_msg(res.status == 200 &&
			    head_has("Content-Type: text/css"), "%u: %d", at,
			    res.status);
			done();
		}
		no_memory_at = at;
		close_with_cache(site);
		if (!failed)
			break;
	}
	no_memory_at = 0;
}
END_TEST

/* However large the page of an error is, and however many paths are tried. */
START_TEST(errors_drive_out_no_files)
{
	static char large[60000];
	struct tree_site *site = site_with_cache();
	char target[32];
	int calls;

	tree_bytes("site/large.html", large, sizeof(large));
	site->config.error_pages = &large_page;
	site->config.nerror_pages = 1;
	ask_of(site, "GET", "/style.css");
	done();
	for (int i = 0; i < 40; i++) {
		snprintf(target, sizeof(target), "/gone%d", i);
		ask_of(site, "GET", target);
		ck_assert_int_eq(res.status, 404);
		ck_assert_uint_eq(res.length, sizeof(large));
		done();
	}
	calls = openat2_calls;
	ask_of(site, "GET", "/style.css");
	ck_assert_int_eq(res.status, 200);
	done();
	ck_assert_int_eq(openat2_calls, calls);
	unlink(tree_path("site/large.html"));
	close_with_cache(site);
}
END_TEST

#define SWAPS	5

/* Directories of two files each, all settled; the first is in its place. */
static void
make_swapped(void)
{
	char name[32];

	for (int i = 0; i < SWAPS; i++) {
		snprintf(name, sizeof(name), "next%d", i);
		tree_directory(name);
		snprintf(name, sizeof(name), "next%d/each", i);
		tree_file(name, "each time");
		snprintf(name, sizeof(name), "next%d/once%d", i, i);
		tree_file(name, "once");
	}
	usleep(STAMP_SETTLES_S * 1000000 + 100000);
}

static void
swap_in(int n)
{
	char name[32];

	snprintf(name, sizeof(name), "away%d", n);
	if (n > 0)
		ck_assert_int_eq(rename(tree_path("site/swapped"),
		    tree_path(name)), 0);
	snprintf(name, sizeof(name), "next%d", n);
	ck_assert_int_eq(rename(tree_path(name), tree_path("site/swapped")),
	    0);
}

/* What is kept of a directory that was replaced does not hold it open. */
START_TEST(what_was_replaced_is_closed)
{
	struct tree_site *site = site_with_cache();
	char target[32];
	int before = 0;

	make_swapped();
	for (int i = 0; i < SWAPS; i++) {
		swap_in(i);
		site->sites.turn++;
		ask_of(site, "GET", "/swapped/each");
		ck_assert_int_eq(res.status, 200);
		done();
		snprintf(target, sizeof(target), "/swapped/once%d", i);
		ask_of(site, "GET", target);
		ck_assert_int_eq(res.status, 200);
		done();
		if (i == 0)
			before = tree_descriptors();
	}
	ck_assert_int_eq(tree_descriptors(), before);
	close_with_cache(site);
}
END_TEST

/* A year of two digits is another one when a second has passed. */
START_TEST(the_clock_goes_on)
{
	struct tree_site *site = site_with_cache();
	char line[128];
	time_t later;
	struct tm tm;

	later = time(NULL) + 1;
	gmtime_r(&later, &tm);
	tm.tm_year += 50;
	later = timegm(&tm);
	gmtime_r(&later, &tm);
	strftime(line, sizeof(line),
	    "If-Modified-Since: %A, %d-%b-%y %H:%M:%S GMT\r\n", &tm);
	tick_at = 1;
	ask_with(site, "GET", "/style.css", line);
	tick_at = 0;
	ck_assert_int_eq(res.status, 304);
	done();
	for (int i = 0; i < 2; i++) {
		ask_of(site, "GET", "/style.css");
		ck_assert_int_eq(res.status, 200);
		ck_assert(head_has("Content-Type: text/css"));
		done();
	}
	close_with_cache(site);
}
END_TEST

/* Why, for who asks */

static const struct {
	const char	*name, *target, *lines, *says;
} reasons[] = {
	{ "host", "/", "", "host         example.org: one site for all, "
	    "root /tmp/" },
	{ "path", "/sub/../%61", "", "path         /a\n" },
	{ "redirect", "/moved", "", "redirect     line 1, from /moved" },
	{ "dotfile", "/.nothing", "", "reason       a name in it "
	    "begins with a dot" },
	{ "fallback", "/nothing", "", "fallback     /index.html\n" },
	{ "no fallback", "/nothing", "Accept: image/png\r\n",
	    "fallback     not for who does not accept" },
	{ "error page", "/nothing.x", "", "error page   /404.html\n" },
	{ "fields", "/style.css", "", "headers      line 2, *.css" },
	{ "control bytes", "/%C2%9B", "", "path         /\\xc2\\x9b\n" },
};

START_TEST(says_why)
{
	struct tree_site *site = site_with_pages();
	char *said = NULL;
	size_t len;
	struct trace t = { open_memstream(&said, &len) };

	site->config.redirects = redirects;
	site->config.nredirects = COUNT(redirects);
	site->config.headers = headers;
	site->config.nheaders = COUNT(headers);
	static_file_trace(&site->sites, asked_get(reasons[_i].target,
	    reasons[_i].lines), &t, &res);
	fclose(t.out);
	ck_assert_msg(strstr(said, reasons[_i].says) != NULL, "%s: %s",
	    reasons[_i].name, said);
	free(said);
	done();
	tree_site_close(site);
}
END_TEST

/* A page that cannot be read, of one of several sites. */
START_TEST(says_why_not)
{
	struct config_error_page page = { 404, TEXT("/nothing.html"), 1 };
	struct tree_site *site = site_new();
	struct site two[2] = { site->site, site->site };
	struct config_site other = site->config;
	struct sites sites = { .v = two, .n = 2 };
	char *said = NULL;
	size_t len;
	struct trace t = { open_memstream(&said, &len) };

	site->config.error_pages = &page;
	site->config.nerror_pages = 1;
	other.name = TEXT("other.example");
	two[1].config = &other;
	static_file_trace(&sites, asked_get("/x", ""), &t, &res);
	static_file_trace(&sites, asked("GET /x HTTP/1.1\r\n"
	    "Host: other.example\r\n\r\n"), &t, &res);
	fclose(t.out);
	ck_assert_ptr_nonnull(strstr(said,
	    "example.org: not one of http.hosts"));
	ck_assert_ptr_nonnull(strstr(said,
	    "other.example: a site of its own"));
	ck_assert_ptr_nonnull(strstr(said, "error page   /nothing.html: "
	    "No such file or directory\n"));
	free(said);
	tree_site_close(site);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("static_file");
	TCase *t = tcase_create("static_file");

	/* All but the errors: the fallback's warning is not at stake here. */
	log_set_level(LOG_LEVEL_ERROR);
	tcase_add_unchecked_fixture(t, make_tree, tree_remove);
	tcase_add_checked_fixture(t, with_openat2, NULL);
	tcase_add_loop_test(t, paths_are_answered, 0, 2 * COUNT(paths));
	tcase_add_test(t, no_error_says_more_than_another);
	tcase_add_test(t, dotfiles_where_allowed);
	tcase_add_test(t, index_names);
	tcase_add_test(t, fields_of_a_file);
	tcase_add_test(t, empty_file);
	tcase_add_test(t, fields_of_a_redirect);
	tcase_add_loop_test(t, head_has_the_head_of_get, 0,
	    COUNT(head_targets));
	tcase_add_loop_test(t, methods_are_answered, 0, COUNT(methods));
	tcase_add_loop_test(t, expectations_are_judged, 0,
	    COUNT(expectations));
	tcase_add_loop_test(t, long_targets, 0, COUNT(longs));
	tcase_add_loop_test(t, permissions, 0, 2);
	tcase_add_loop_test(t, errors_are_mapped, 0, COUNT(errors));
	tcase_add_loop_test(t, openat2_errors_are_answered, 0,
	    COUNT(errors));
	tcase_add_loop_test(t, redirects_of_the_configuration, 0,
	    COUNT(redirected));
	tcase_add_test(t, redirects_too_far);
	tcase_add_loop_test(t, fields_of_the_configuration, 0,
	    COUNT(with_headers));
	tcase_add_test(t, all_that_is_longest_fits);
	tcase_add_loop_test(t, views_fall_back, 0, COUNT(fallbacks));
	tcase_add_loop_test(t, fallback_is_missing, 0, COUNT(bad_fallbacks));
	tcase_add_loop_test(t, error_pages_of_the_site, 0, COUNT(own_pages));
	tcase_add_test(t, error_pages_of_other_failures);
	tcase_add_loop_test(t, error_pages_that_are_missing, 0,
	    COUNT(bad_pages));
	tcase_add_loop_test(t, refusals, 0, 2);
	tcase_add_test(t, hosts_have_sites);
	tcase_add_loop_test(t, listings_are_begun, 0, COUNT(listings));
	tcase_add_test(t, listings_have_what_is_served);
	tcase_add_loop_test(t, variants_are_sent, 0, COUNT(variants));
	tcase_add_test(t, variant_of_the_fallback);
	tcase_add_test(t, types_of_the_site);
	tcase_add_test(t, clean_addresses);
	tcase_add_loop_test(t, files_vanish, 0, COUNT(vanishing));
	tcase_add_loop_test(t, says_why, 0, COUNT(reasons));
	tcase_add_test(t, says_why_not);
	tcase_add_loop_test(t, no_memory, 0, COUNT(frugal));
	tcase_add_test(t, nothing_is_kept_without_memory);
	tcase_add_test(t, errors_drive_out_no_files);
	tcase_add_test(t, what_was_replaced_is_closed);
	tcase_add_test(t, the_clock_goes_on);
	tcase_add_loop_test(t, no_descriptors, 0, 2);
	tcase_add_loop_test(t, shortage_at_the_fallback, 0,
	    COUNT(shortages));
	tcase_add_loop_test(t, shortage_at_the_error_page, 0,
	    COUNT(shortages));
	tcase_add_loop_test(t, nothing_leaks, 0, 2);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
