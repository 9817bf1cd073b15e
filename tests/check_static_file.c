/* static_file: requests as bytes in, a plan out, on a real directory tree. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "files/file.h"
#include "files/static_file.h"
#include "support.h"

#ifndef SYS_openat2
#define SYS_openat2	(-1)
#endif

#define NOBODY	65534
#define LINE_MAX_OF_TESTS	65536

/*
 * Linked with --wrap=syscall and --wrap=malloc: both fail when they are told
 * to, malloc() only while a plan is made (Check calls it as well).
 */
static int openat2_error, malloc_failures;
static bool planning;

long	__real_syscall(long number, ...);
long	__wrap_syscall(long number, ...);
void	*__real_malloc(size_t size);
void	*__wrap_malloc(size_t size);

long
__wrap_syscall(long number, ...)
{
	long a[4];
	va_list ap;

	va_start(ap, number);
	for (int i = 0; i < COUNT(a); i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_openat2 && openat2_error != 0) {
		errno = openat2_error;
		return -1;
	}
	return __real_syscall(number, a[0], a[1], a[2], a[3]);
}

void *
__wrap_malloc(size_t size)
{
	if (planning && malloc_failures > 0) {
		malloc_failures--;
		return NULL;
	}
	return __real_malloc(size);
}

/* The tree */

static char top[64];

static char *
at_top(const char *name)
{
	static char path[2][PATH_MAX];
	static int n;
	char *p = path[n++ % COUNT(path)];

	snprintf(p, PATH_MAX, "%s/%s", top, name);
	return p;
}

static void
make_file(const char *name)
{
	FILE *f = fopen(at_top(name), "w");

	ck_assert_msg(f != NULL, "%s", name);
	fputs(name, f);
	ck_assert_int_eq(fclose(f), 0);
}

static void
make_directory(const char *name)
{
	ck_assert_msg(mkdir(at_top(name), 0755) == 0, "%s", name);
}

static void
make_link(const char *target, const char *name)
{
	ck_assert_int_eq(symlink(target, at_top(name)), 0);
}

static void
make_socket(const char *name)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%.90s", at_top(name));
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
	"site/a&b=c.txt", "site/tilde~",
};

static void
set_mtime(const char *name, time_t t)
{
	struct timespec times[2] = { { .tv_sec = t }, { .tv_sec = t } };

	ck_assert_int_eq(utimensat(AT_FDCWD, at_top(name), times, 0), 0);
}

static void
make_tree(void)
{
	umask(022);
	strcpy(top, "/tmp/mynah-static.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	chmod(top, 0755);
	for (int i = 0; i < COUNT(tree_directories); i++)
		make_directory(tree_directories[i]);
	for (int i = 0; i < COUNT(tree_files); i++)
		make_file(tree_files[i]);
	close(open(at_top("site/empty"), O_WRONLY | O_CREAT, 0644));
	set_mtime("site/style.css", 784111777);
	set_mtime("site/noext", 0);
	make_link("../secret", "site/out");
	make_link("/etc/passwd", "site/passwd");
	make_link("../..", "site/up");
	make_link("sub", "site/dirlink");
	make_link("sub/page.txt", "site/link.txt");
	make_link("loop", "site/loop");
	make_link("../../secret", "site/away/index.html");
	ck_assert_int_eq(mkfifo(at_top("site/fifo"), 0644), 0);
	ck_assert_int_eq(mkfifo(at_top("site/pipe/index.html"), 0644), 0);
	make_socket("site/socket");
	chmod(at_top("site/unreadable"), 0);
	chmod(at_top("site/closed"), 0);
	chmod(at_top("site/searchable"), 0311);
}

static int
on_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)at;
	return type == FTW_DP ? rmdir(path) : unlink(path);
}

static void
remove_tree(void)
{
	chmod(at_top("site/closed"), 0700);
	chmod(at_top("site/searchable"), 0700);
	nftw(top, on_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* Asking */

static const char *const default_index[] = { "index.html", "index.htm", NULL };

static struct http_response res;
static char fields[HTTP_RESPONSE_FIELDS_MAX + 1];

/* The way a site is opened; the fallback is forced by a failing probe. */
static bool walks;

static void
with_openat2(void)
{
	walks = false;
}

static struct static_site
site_new(void)
{
	struct static_site site = { .index = default_index };
	char error[512] = "";

	openat2_error = walks ? ENOSYS : 0;
	site.root = docroot_new(at_top("site"), false, error, sizeof(error));
	openat2_error = 0;
	ck_assert_msg(site.root != NULL, "%s", error);
	return site;
}

/* Parse a whole request and have it answered; what was parsed must be. */
static void
ask_bytes(const struct static_site *site, const char *bytes)
{
	static const struct http_head_limits limits = {
		LINE_MAX_OF_TESTS, LINE_MAX_OF_TESTS
	};
	struct http_field v[16];
	struct http_head head = { 0 };
	struct http_request req = { .fields = { .v = v, .max = COUNT(v) } };
	ssize_t n = http_request_parse(&head, bytes, strlen(bytes), &limits,
	    &req);

	ck_assert_msg(n == (ssize_t)strlen(bytes), "%.200s: %s", bytes,
	    n == -1 ? req.fault->wrong : "not whole");
	memset(&res, 0xA5, sizeof(res));
	planning = true;
	static_file_plan(site, &req, &res);
	planning = false;
	memcpy(fields, res.fields, res.nfields);
	fields[res.nfields] = '\0';
	ck_assert(!res.overflow);
}

static void
ask_of(const struct static_site *site, const char *method, const char *target)
{
	static char bytes[LINE_MAX_OF_TESTS + 64];

	snprintf(bytes, sizeof(bytes), "%s %s HTTP/1.1\r\n"
	    "Host: example.org\r\n\r\n", method, target);
	ask_bytes(site, bytes);
}

/* Let go of what the answer holds. */
static void
done(void)
{
	if (res.content == HTTP_CONTENT_FILE)
		file_unref(res.file);
}

static void
ask(const char *method, const char *target)
{
	struct static_site site = site_new();

	ask_of(&site, method, target);
	docroot_free(site.root);
}

/* The value of a field, or NULL. */
static const char *
field(const char *name)
{
	static char value[HTTP_RESPONSE_FIELDS_MAX];
	size_t len = strlen(name);

	for (const char *p = fields; *p != '\0'; p = strstr(p, "\r\n") + 2) {
		if (strncmp(p, name, len) != 0 || p[len] != ':')
			continue;
		snprintf(value, sizeof(value), "%.*s",
		    (int)strcspn(p + len + 2, "\r"), p + len + 2);
		return value;
	}
	return NULL;
}

static bool
page_says(const char *text)
{
	return res.content == HTTP_CONTENT_TEXT &&
	    memmem(res.text, res.length, text, strlen(text)) != NULL;
}

/* What the answered file holds: its own name, by which it was made. */
static const char *
content(void)
{
	static char text[256];
	ssize_t n;

	if (res.content != HTTP_CONTENT_FILE)
		return "";
	n = pread(res.file->fd, text, sizeof(text) - 1, res.offset);
	ck_assert_int_eq(n, (ssize_t)res.length);
	text[n] = '\0';
	return text;
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
	struct static_site site;

	walks = _i % 2 != 0;
	site = site_new();
	if (paths[i].needs == LINKS && !docroot_follows_links(site.root)) {
		status = 404;
		says = NULL;
	}
	ask_of(&site, "GET", paths[i].target);
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
		    paths[i].name, fields);
	else
		ck_assert_msg(says == NULL || page_says(says), "%s",
		    paths[i].name);
	/* Nothing that was asked gets into a page. */
	ck_assert(!page_says("evil") && !page_says("<b>\"") &&
	    !page_says("quotes"));
	done();
	docroot_free(site.root);
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
	struct static_site site = site_new();

	site.dotfiles = true;
	ask_of(&site, "GET", "/.htaccess");
	ck_assert_str_eq(content(), "site/.htaccess");
	done();
	ask_of(&site, "GET", "/sub/.secret");
	ck_assert_str_eq(content(), "site/sub/.secret");
	done();
	ask_of(&site, "GET", "/...");
	ck_assert_str_eq(content(), "site/...");
	done();
	ask_of(&site, "GET", "/.git");
	ck_assert_str_eq(field("Location"), "/.git/");
	docroot_free(site.root);
}
END_TEST

START_TEST(index_names)
{
	static const char *const none[] = { NULL };
	static const char *const hidden[] = { ".index", NULL };
	static char far_name[PATH_MAX];
	static const char *const far_index[] = { far_name, NULL };
	struct static_site site = site_new();

	site.index = none;
	ask_of(&site, "GET", "/sub/");
	ck_assert_int_eq(res.status, 404);
	ck_assert(page_says("no index page"));
	/* The administrator names it: it may begin with a dot. */
	site.index = hidden;
	ask_of(&site, "GET", "/hidden-index/");
	ck_assert_str_eq(content(), "site/hidden-index/.index");
	done();
	memset(far_name, 'x', sizeof(far_name) - 1);
	site.index = far_index;
	ask_of(&site, "GET", "/sub/");
	ck_assert_int_eq(res.status, 404);
	docroot_free(site.root);
}
END_TEST

/* Fields */

START_TEST(fields_of_a_file)
{
	ask("GET", "/style.css");
	ck_assert_str_eq(fields, "Content-Type: text/css; charset=utf-8\r\n"
	    "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
	    "X-Content-Type-Options: nosniff\r\n");
	ck_assert_int_eq(res.content, HTTP_CONTENT_FILE);
	ck_assert_uint_eq(res.length, strlen("site/style.css"));
	ck_assert_int_eq(res.offset, 0);
	ck_assert_uint_eq(res.file->refs, 1);
	done();

	/* A date that is none, and a name without an extension. */
	ask("GET", "/noext");
	ck_assert_str_eq(fields, "Content-Type: application/octet-stream\r\n"
	    "X-Content-Type-Options: nosniff\r\n");
	done();

	/* The type is that of the index, not of the directory. */
	ask("GET", "/sub/");
	ck_assert_str_eq(field("Content-Type"), "text/html; charset=utf-8");
	ck_assert_ptr_nonnull(field("Last-Modified"));
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
	static const char date[] = "Sun, 06 Nov 1994 08:49:37 GMT";
	static char get[HTTP_HEAD_MAX], head[HTTP_HEAD_MAX];
	size_t n, m;

	ask("GET", head_targets[_i]);
	n = http_response_head(&res, date, "mynah", NULL, get);
	done();
	ask("HEAD", head_targets[_i]);
	ck_assert(res.head_only);
	m = http_response_head(&res, date, "mynah", NULL, head);
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
	struct static_site site = site_new();

	ask_bytes(&site, expectations[_i].request);
	ck_assert_msg(res.status == expectations[_i].status, "%s: %d",
	    expectations[_i].name, res.status);
	ck_assert(!page_says("coffee"));
	done();
	docroot_free(site.root);
}
END_TEST

/* Long ones */

/* A target of len bytes: begin, then as much of unit as fits, then x. */
static const char *
long_target(const char *begin, const char *unit, size_t len)
{
	static char target[LINE_MAX_OF_TESTS - 64];
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
forbidden_as_nobody(const struct static_site *site)
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
	struct static_site site;
	int status;
	pid_t pid;

	walks = _i != 0;
	site = site_new();
	ck_assert_int_ne(pid = fork(), -1);
	if (pid == 0) {
		if (geteuid() == 0 && (setgroups(0, NULL) == -1 ||
		    setgid(NOBODY) == -1 || setuid(NOBODY) == -1))
			_exit(99);
		_exit(forbidden_as_nobody(&site));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	status = WEXITSTATUS(status);
	ck_assert_msg(status == 0, "%s", status <= COUNT(forbidden) ?
	    forbidden[status - 1].target : "not run");
	docroot_free(site.root);
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
	{ EACCES,	403 },
	{ EPERM,	403 },
	{ ENOMEM,	503 },
	{ EMFILE,	503 },
	{ ENFILE,	503 },
	{ EAGAIN,	503 },
	{ EIO,		500 },
	{ EOVERFLOW,	500 },
	{ EINVAL,	500 },
	{ 0,		500 },
};

/* Take over the standard error; give it back and return what was said. */
static int caught[2], kept;

static void
catch_begin(void)
{
	kept = dup(STDERR_FILENO);
	ck_assert_int_eq(pipe2(caught, O_NONBLOCK), 0);
	dup2(caught[1], STDERR_FILENO);
}

static const char *
catch_end(void)
{
	static char text[2048];
	ssize_t n = read(caught[0], text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(caught[0]);
	close(caught[1]);
	return text;
}

START_TEST(errors_are_mapped)
{
	const char *said, *after;

	catch_begin();
	static_file_error(&res, errors[_i].error);
	said = catch_end();
	memcpy(fields, res.fields, res.nfields);
	fields[res.nfields] = '\0';
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
	struct static_site site = site_new();
	const char *said;

	if (docroot_follows_links(site.root) && errors[_i].error != 0) {
		openat2_error = errors[_i].error;
		catch_begin();
		ask_of(&site, "GET", "/style.css");
		ck_assert_int_eq(res.status, errors[_i].status);
		ask_of(&site, "GET", "/sub/");
		said = catch_end();
		openat2_error = 0;
		ck_assert_int_eq(res.status, errors[_i].status);
		ck_assert_msg((said[0] != '\0') == (res.status == 500), "%s",
		    said);
		ck_assert_msg(res.status != 500 || (strstr(said, top) !=
		    NULL && strstr(said, "/sub/: ") != NULL), "%s", said);
	}
	docroot_free(site.root);
}
END_TEST

static int
lowest_fd(void)
{
	int fd = open("/dev/null", O_RDONLY);

	close(fd);
	return fd;
}

START_TEST(no_memory)
{
	struct static_site site = site_new();
	int before = lowest_fd();

	malloc_failures = 1;
	ask_of(&site, "GET", "/style.css");
	ck_assert_int_eq(malloc_failures, 0);
	ck_assert_int_eq(res.status, 503);
	malloc_failures = 1;
	ask_of(&site, "HEAD", "/sub/");
	ck_assert_int_eq(malloc_failures, 0);
	ck_assert_int_eq(res.status, 503);
	ck_assert(res.head_only);
	ck_assert_int_eq(res.content, HTTP_CONTENT_TEXT);
	ck_assert_int_eq(lowest_fd(), before);
	ask_of(&site, "GET", "/style.css");
	ck_assert_int_eq(res.status, 200);
	done();
	docroot_free(site.root);
}
END_TEST

START_TEST(no_descriptors)
{
	struct static_site site;
	struct rlimit old, tight;

	walks = _i != 0;
	site = site_new();
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	tight = old;
	tight.rlim_cur = (rlim_t)lowest_fd();
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &tight), 0);
	ask_of(&site, "GET", "/sub/page.txt");
	ck_assert_int_eq(res.status, 503);
	ask_of(&site, "GET", "/sub/");
	ck_assert_int_eq(res.status, 503);
	ck_assert_str_eq(field("Retry-After"), "1");
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	docroot_free(site.root);
}
END_TEST

START_TEST(nothing_leaks)
{
	struct static_site site;
	int before;

	walks = _i != 0;
	site = site_new();
	before = lowest_fd();
	for (int i = 0; i < COUNT(paths); i++) {
		ask_of(&site, i % 2 == 0 ? "GET" : "HEAD", paths[i].target);
		done();
		ck_assert_msg(lowest_fd() == before, "%s", paths[i].name);
	}
	docroot_free(site.root);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("static_file");
	TCase *t = tcase_create("static_file");

	/* All but the errors: the fallback's warning is not at stake here. */
	log_set_level(LOG_LEVEL_ERROR);
	tcase_add_unchecked_fixture(t, make_tree, remove_tree);
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
	tcase_add_test(t, no_memory);
	tcase_add_loop_test(t, no_descriptors, 0, 2);
	tcase_add_loop_test(t, nothing_leaks, 0, 2);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
