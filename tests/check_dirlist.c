/* dirlist: on a real directory tree, with some calls that fail. */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/inotify.h>
#endif
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "failing.h"
#include "files/dirlist_impl.h"
#include "support.h"
#include "tree.h"

#define DATE	1795269909	/* 2026-11-21T14:05:09Z */

/* Linked with --wrap=fstatat: of the file named "fake", or how it fails. */
static struct {
	int64_t		size, time;
	int		error;
} fake;

int	__real_fstatat(int fd, const char *name, struct stat *st, int flags);
int	__wrap_fstatat(int fd, const char *name, struct stat *st, int flags);

int
__wrap_fstatat(int fd, const char *name, struct stat *st, int flags)
{
	int result = __real_fstatat(fd, name, st, flags);

	if (strcmp(name, "fake") != 0)
		return result;
	st->st_size = fake.size;
	st->st_mtime = fake.time;
	errno = fake.error;
	return fake.error != 0 ? -1 : result;
}

/* Linked with --wrap=readdir: so many entries, then EIO. */
static int readdir_left = INT_MAX;

struct dirent	*__real_readdir(DIR *dir);
struct dirent	*__wrap_readdir(DIR *dir);

struct dirent *
__wrap_readdir(DIR *dir)
{
	if (readdir_left-- > 0)
		return __real_readdir(dir);
	errno = EIO;
	return NULL;
}

/* The tree */

static char top[64];

static char *
at_top(const char *name)
{
	static char path[4][PATH_MAX];
	static int n;
	char *p = path[n++ % COUNT(path)];

	snprintf(p, PATH_MAX, "%s/%s", top, name);
	return p;
}

static void
make_directory(const char *name)
{
	ck_assert_int_eq(mkdir(at_top(name), 0755), 0);
}

static void
set_time(const char *name, time_t t)
{
	struct timespec times[2] = { { .tv_sec = t }, { .tv_sec = t } };

	ck_assert_int_eq(utimensat(AT_FDCWD, at_top(name), times,
	    AT_SYMLINK_NOFOLLOW), 0);
}

static void
make_file(const char *name, off_t size, time_t t)
{
	int fd = open(at_top(name), O_CREAT | O_WRONLY, 0644);

	ck_assert_msg(fd != -1, "%s: %s", name, strerror(errno));
	ck_assert_int_eq(ftruncate(fd, size), 0);
	close(fd);
	set_time(name, t);
}

static void
make_link(const char *target, const char *name)
{
	ck_assert_int_eq(symlink(target, at_top(name)), 0);
}

static int
on_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)at;
	return type == FTW_DP ? rmdir(path) : unlink(path);
}

static void
make_top(void)
{
	umask(022);
	strcpy(top, "/tmp/mynah-dirlist.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	chmod(top, 0755);
}

static void
remove_top(void)
{
	nftw(top, on_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* For each test a new one, with an empty directory. */
static void
make_site(void)
{
	nftw(at_top("site"), on_entry, 8, FTW_DEPTH | FTW_PHYS);
	make_directory("site");
	make_directory("site/d");
}

/* Listing */

static struct docroot *
new_root(bool never)
{
	char error[512] = "";
	struct docroot *root = docroot_new(at_top("site"), never, error,
	    sizeof(error));

	ck_assert_msg(root != NULL, "%s", error);
	return root;
}

static struct dirlist *
new_list(const struct docroot *root, const char *path,
    const struct dirlist_options *options)
{
	struct stat st;
	int fd = docroot_open(root, path + 1, &st);

	ck_assert_int_ne(fd, -1);
	return dirlist_new(root, fd, path, options);
}

static enum dirlist_result
run(struct dirlist *list, int *steps)
{
	enum dirlist_result result;

	*steps = 0;
	do {
		result = dirlist_step(list);
		++*steps;
	} while (result == DIRLIST_MORE);
	return result;
}

/* The finished text as a string, to be freed. */
static char *
text_of(struct dirlist *list)
{
	struct file *f = dirlist_file(list);
	char *text;

	ck_assert_ptr_nonnull(f);
	ck_assert(f->refs == 1 && f->fd == -1 && f->etag[0] == '\0');
	text = strndup(f->bytes, (size_t)f->size);
	ck_assert_uint_eq(strlen(text), (size_t)f->size);
	file_unref(f);
	return text;
}

static char *
list_in(const struct docroot *root, const char *path,
    const struct dirlist_options *options)
{
	struct dirlist *list = new_list(root, path, options);
	int steps;
	char *text;

	ck_assert_ptr_nonnull(list);
	ck_assert_int_eq(run(list, &steps), DIRLIST_DONE);
	text = text_of(list);
	dirlist_free(list);
	return text;
}

static char *
list(const char *path, const struct dirlist_options *options)
{
	struct docroot *root = new_root(false);
	int before = lowest_descriptor();
	char *text = list_in(root, path, options);

	ck_assert_int_eq(lowest_descriptor(), before);
	docroot_free(root);
	return text;
}

static const struct dirlist_options json = { .json = true };
static const struct dirlist_options html = { .json = false };

static void
expect(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "%s\nis not in\n%s", part,
	    text);
}

static void
expect_not(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) == NULL, "%s\nis in\n%s", part, text);
}

/* The names of a listing as JSON, with a space behind each; to be freed. */
static char *
names_of(const char *text)
{
	static const char key[] = "{\"name\":\"";
	char *names = calloc(1, strlen(text) + 1), *end = names;

	while ((text = strstr(text, key)) != NULL) {
		size_t len;

		text += sizeof(key) - 1;
		len = strcspn(text, "\"");
		memcpy(end, text, len);
		end += len;
		*end++ = ' ';
	}
	return names;
}

static void
expect_names(char *text, const char *want)
{
	char *names = names_of(text);

	ck_assert_str_eq(names, want);
	free(names);
	free(text);
}

/* The query */

static const struct {
	const char		*query;
	enum dirlist_sort	 sort;
	bool			 descending;
} queries[] = {
	/* Nothing said: what was there before. */
	{ "",				DIRLIST_TIME, true },
	{ "&",				DIRLIST_TIME, true },
	{ "x=y&sort&order",		DIRLIST_TIME, true },
	{ "sort=colour&order=down",	DIRLIST_TIME, true },
	{ "Sort=name",			DIRLIST_TIME, true },
	{ "sort=names",			DIRLIST_TIME, true },
	{ "sort=nam",			DIRLIST_TIME, true },
	{ "sort=name",			DIRLIST_NAME, false },
	{ "sort=size",			DIRLIST_SIZE, false },
	{ "sort=time",			DIRLIST_TIME, false },
	{ "sort=size&order=asc",	DIRLIST_SIZE, false },
	{ "sort=size&order=desc",	DIRLIST_SIZE, true },
	{ "order=desc&sort=time",	DIRLIST_TIME, true },
	{ "order=asc",			DIRLIST_NAME, false },
	{ "order=desc",			DIRLIST_NAME, true },
	{ "sort=colour&order=desc",	DIRLIST_NAME, true },
	{ "sort=size&order=down",	DIRLIST_SIZE, false },
	{ "sort=size&sort=name",	DIRLIST_NAME, false },
	{ "sort=size&sort=colour",	DIRLIST_SIZE, false },
	{ "sort=size&order=desc&order=asc", DIRLIST_SIZE, false },
	{ "&&a=b&sort=size&&order=desc&", DIRLIST_SIZE, true },
};

START_TEST(query)
{
	struct dirlist_options o = { true, true, DIRLIST_TIME, true };
	const char *q = queries[_i].query;

	dirlist_query((struct slice){ guarded(q, strlen(q)), strlen(q) }, &o);
	ck_assert_msg(o.sort == queries[_i].sort &&
	    o.descending == queries[_i].descending, "\"%s\"", q);
	ck_assert(o.json && o.dotfiles);
}
END_TEST

/* Order */

static const struct {
	const char		*name;
	enum dirlist_sort	 sort;
	bool			 descending;
	const char		*want;
} orders[] = {
	{ "name", DIRLIST_NAME, false,	"B a b A C ab abc b2 c " },
	{ "name down", DIRLIST_NAME, true, "b a B c b2 abc ab C A " },
	{ "size", DIRLIST_SIZE, false,	"B a b c A ab abc C b2 " },
	{ "size down", DIRLIST_SIZE, true, "B a b C b2 ab abc A c " },
	{ "time", DIRLIST_TIME, false,	"a B b C A ab c abc b2 " },
	{ "time down", DIRLIST_TIME, true, "B b a b2 abc A ab c C " },
};

START_TEST(order)
{
	struct dirlist_options o = {
		.json = true, .sort = orders[_i].sort,
		.descending = orders[_i].descending
	};

	make_file("site/d/c", 0, 200);
	make_file("site/d/A", 1, 200);
	make_file("site/d/abc", 3, 300);
	make_file("site/d/ab", 3, 200);
	make_file("site/d/C", INT32_MAX, 100);
	make_file("site/d/b2", INT32_MAX, 400);
	make_directory("site/d/b");
	make_directory("site/d/a");
	make_directory("site/d/B");
	set_time("site/d/a", -5);
	set_time("site/d/b", 900);
	set_time("site/d/B", 900);
	expect_names(list("/d/", &o), orders[_i].want);
}
END_TEST

START_TEST(several_steps)
{
	struct dirlist_options o = {
		.json = true, .sort = DIRLIST_SIZE, .descending = true
	};
	struct docroot *root = new_root(false);
	struct dirlist *l;
	char name[32], *text, *names, *p, *end;
	int steps;

	for (int i = 0; i < 2500; i++) {
		snprintf(name, sizeof(name), "site/d/%04d", i);
		make_file(name, i % 50, DATE);
	}
	l = new_list(root, "/d/", &o);
	ck_assert_int_eq(run(l, &steps), DIRLIST_DONE);
	ck_assert_int_eq(steps, 3 + 3);
	p = names = names_of(text = text_of(l));
	for (int size = 49; size >= 0; size--)
		for (int i = size; i < 2500; i += 50) {
			ck_assert_int_eq(strtol(p, &end, 10), i);
			ck_assert_int_eq(end - p, 4);
			p = end + 1;
		}
	ck_assert_str_eq(p, "");
	free(names);
	free(text);
	dirlist_free(l);
	docroot_free(root);
}
END_TEST

/* Whole texts */

/* Without openat2 no link is followed, and the texts below have some. */
static bool
follows_links(void)
{
	struct docroot *root = new_root(false);
	bool follows = docroot_follows_links(root);

	docroot_free(root);
	return follows;
}

static void
make_small(void)
{
	make_directory("site/d/sub");
	make_file("site/d/a b.txt", 123, DATE);
	make_file("site/d/long", 1234567, 0);
	make_link("a b.txt", "site/d/link");
	make_link("sub", "site/d/sublink");
	set_time("site/d/sub", DATE);
}

START_TEST(whole_json)
{
	char *text;

	if (!follows_links())
		return;
	make_small();
	text = list("/d/", &json);
	ck_assert_str_eq(text, "{\"path\":\"/d/\",\"entries\":["
	    "{\"name\":\"sub\",\"href\":\"sub/\",\"type\":\"directory\","
	    "\"link\":false,\"modified\":\"2026-11-21T14:05:09Z\"},"
	    "{\"name\":\"sublink\",\"href\":\"sublink/\","
	    "\"type\":\"directory\",\"link\":true,"
	    "\"modified\":\"2026-11-21T14:05:09Z\"},"
	    "{\"name\":\"a b.txt\",\"href\":\"a%20b.txt\",\"type\":\"file\","
	    "\"link\":false,\"size\":123,"
	    "\"modified\":\"2026-11-21T14:05:09Z\"},"
	    "{\"name\":\"link\",\"href\":\"link\",\"type\":\"file\","
	    "\"link\":true,\"size\":123,"
	    "\"modified\":\"2026-11-21T14:05:09Z\"},"
	    "{\"name\":\"long\",\"href\":\"long\",\"type\":\"file\","
	    "\"link\":false,\"size\":1234567,"
	    "\"modified\":\"1970-01-01T00:00:00Z\"}"
	    "],\"truncated\":false}\n");
	free(text);
}
END_TEST

START_TEST(whole_table)
{
	char *text, *table;

	if (!follows_links())
		return;
	make_small();
	text = list("/d/", &html);
	table = strstr(text, "<main>");
	ck_assert_str_eq(table, "<main>\n<table>\n<thead>\n"
	    "<tr><th scope=\"col\" aria-sort=\"ascending\">"
	    "<a href=\"?sort=name&amp;order=desc\">Name</a></th>"
	    "<th scope=\"col\">"
	    "<a href=\"?sort=size&amp;order=desc\">Size</a></th>"
	    "<th scope=\"col\"><a href=\"?sort=time&amp;order=desc\">"
	    "Modified <small>UTC</small></a></th></tr>\n"
	    "</thead>\n<tbody>\n"
	    "<tr class=\"u\"><td colspan=\"3\"><a href=\"../\"><i>Up:</i> "
	    "Parent directory</a>\n"
	    "<tr class=\"d\"><td><a href=\"sub/\"><i>Directory</i> "
	    "<bdi>sub</bdi>/</a><td>\u2014<td><time "
	    "datetime=\"2026-11-21T14:05:09Z\">2026-11-21 14:05</time>\n"
	    "<tr class=\"d l\"><td><a href=\"sublink/\">"
	    "<i>Link to directory</i> <bdi>sublink</bdi>/</a><td>\u2014"
	    "<td><time datetime=\"2026-11-21T14:05:09Z\">2026-11-21 14:05"
	    "</time>\n"
	    "<tr><td><a href=\"a%20b.txt\"><i>File</i> <bdi>a b.txt</bdi>"
	    "</a><td title=\"123 bytes\">123 B<td><time "
	    "datetime=\"2026-11-21T14:05:09Z\">2026-11-21 14:05</time>\n"
	    "<tr class=\"l\"><td><a href=\"link\"><i>Link to file</i> "
	    "<bdi>link</bdi></a><td title=\"123 bytes\">123 B<td><time "
	    "datetime=\"2026-11-21T14:05:09Z\">2026-11-21 14:05</time>\n"
	    "<tr><td><a href=\"long\"><i>File</i> <bdi>long</bdi></a>"
	    "<td title=\"1,234,567 bytes\">1.2 MiB<td><time "
	    "datetime=\"1970-01-01T00:00:00Z\">1970-01-01 00:00</time>\n"
	    "</tbody>\n</table>\n</main>\n"
	    "<footer>2 directories, 3 files, 1.2 MiB in all</footer>\n"
	    "</html>\n");
	free(text);
}
END_TEST

/* What the Content-Security-Policy forbids would be missing from the page. */
static const char *const forbidden[] = {
	"<script", "<link", "<img", "src=", "url(", "@import", "http:",
	"https:", "data:", " style=", " onclick", "<base", "<form"
};

START_TEST(whole_page)
{
	char *text;

	make_small();
	text = list("/d/", &html);
	ck_assert_int_eq(strncmp(text, BYTES("<!DOCTYPE html>\n"
	    "<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
	    "<title>Index of /d/</title>\n")), 0);
	expect(text, "<meta name=\"viewport\" content=\"width=device-width");
	expect(text, "<meta name=\"color-scheme\" content=\"light dark\">");
	expect(text, "@media(prefers-color-scheme:dark)");
	expect(text, "<h1><small>Index of</small> "
	    "<a href=\"../\"><bdi></bdi>/</a>"
	    "<a href=\"./\" aria-current=\"page\"><bdi>d</bdi>/</a></h1>\n"
	    "</div>");
	ck_assert_ptr_eq(strstr(strstr(text, "<style") + 1, "<style"), NULL);
	for (int i = 0; i < COUNT(forbidden); i++)
		expect_not(text, forbidden[i]);
	free(text);
}
END_TEST

static const struct {
	const char	*query, *name, *size, *time;
} headers[] = {
	{ "sort=name&order=asc", " aria-sort=\"ascending\"><a "
	    "href=\"?sort=name&amp;order=desc\">",
	    "><a href=\"?sort=size&amp;order=desc\">",
	    "><a href=\"?sort=time&amp;order=desc\">" },
	{ "sort=name&order=desc", " aria-sort=\"descending\"><a "
	    "href=\"?sort=name&amp;order=asc\">",
	    "><a href=\"?sort=size&amp;order=desc\">",
	    "><a href=\"?sort=time&amp;order=desc\">" },
	{ "sort=size&order=desc", "><a href=\"?sort=name&amp;order=asc\">",
	    " aria-sort=\"descending\"><a "
	    "href=\"?sort=size&amp;order=asc\">",
	    "><a href=\"?sort=time&amp;order=desc\">" },
	{ "sort=time&order=asc", "><a href=\"?sort=name&amp;order=asc\">",
	    "><a href=\"?sort=size&amp;order=desc\">",
	    " aria-sort=\"ascending\"><a "
	    "href=\"?sort=time&amp;order=desc\">" },
};

START_TEST(sorting_links)
{
	struct dirlist_options o = { .json = false };
	char *text, want[512];

	make_small();
	dirlist_query(slice_of(headers[_i].query), &o);
	text = list("/d/", &o);
	snprintf(want, sizeof(want), "<tr><th scope=\"col\"%sName</a></th>"
	    "<th scope=\"col\"%sSize</a></th><th scope=\"col\"%sModified ",
	    headers[_i].name, headers[_i].size, headers[_i].time);
	expect(text, want);
	free(text);
}
END_TEST

/* Where there is nothing above, nothing within, or one of a kind. */

START_TEST(empty)
{
	char *text = list("/d/", &html);

	expect(text, "<p>There is nothing to list here.</p>");
	expect(text, "<tbody>\n<tr class=\"u\"><td colspan=\"3\">"
	    "<a href=\"../\">");
	expect_not(text, "<th");
	expect_not(text, "<footer>");
	free(text);
	text = list("/d/", &json);
	ck_assert_str_eq(text,
	    "{\"path\":\"/d/\",\"entries\":[],\"truncated\":false}\n");
	free(text);
}
END_TEST

START_TEST(root_directory)
{
	char *text;

	make_file("site/one", 1, DATE);
	text = list("/", &html);
	expect(text, "<title>Index of /</title>");
	expect(text, "<h1><small>Index of</small> "
	    "<a href=\"./\" aria-current=\"page\"><bdi></bdi>/</a></h1>");
	expect(text, "<tbody>\n<tr class=\"d\"><td><a href=\"d/\">");
	expect(text, "<td title=\"1 byte\">1 B<td>");
	expect(text, "<footer>1 directory, 1 file, 1 B</footer>");
	expect_not(text, "../");
	free(text);
	text = list("/", &json);
	expect(text, "{\"path\":\"/\",");
	free(text);
}
END_TEST

START_TEST(kinds_alone)
{
	char *text;

	make_directory("site/d/sub");
	text = list("/d/", &html);
	expect(text, "<footer>1 directory</footer>");
	free(text);
	rmdir(at_top("site/d/sub"));
	make_file("site/d/a", 0, DATE);
	make_file("site/d/b", 0, DATE);
	text = list("/d/", &html);
	expect(text, "<footer>2 files, 0 B in all</footer>");
	free(text);
}
END_TEST

START_TEST(path_is_escaped)
{
	char *text;

	make_directory("site/d/<a>&\"'");
	make_directory("site/d/<a>&\"'/\xff:");
	text = list("/d/<a>&\"'/\xff:/", &html);
	expect(text, "<title>Index of /d/&lt;a&gt;&amp;&quot;&#39;/\ufffd:/<");
	expect(text, "<a href=\"../../../\"><bdi></bdi>/</a>"
	    "<a href=\"../../\"><bdi>d</bdi>/</a>"
	    "<a href=\"../\"><bdi>&lt;a&gt;&amp;&quot;&#39;</bdi>/</a>"
	    "<a href=\"./\" aria-current=\"page\"><bdi>\ufffd:</bdi>/</a>"
	    "</h1>");
	free(text);
	text = list("/d/<a>&\"'/\xff:/", &json);
	ck_assert_str_eq(text, "{\"path\":\"/d/<a>&\\\"'/\ufffd:/\","
	    "\"entries\":[],\"truncated\":false}\n");
	free(text);
}
END_TEST

/* Names */

#define LONG50	"longlonglonglonglonglonglonglonglonglonglonglong--"
#define LONG255	LONG50 LONG50 LONG50 LONG50 LONG50 "12345"

static const struct {
	const char	*name;
	const char	*html, *html_href;
	const char	*json, *json_href;	/* NULL: as in HTML */
} names[] = {
	{ "plain.txt", "plain.txt", "plain.txt", NULL, NULL },
	{ "<b>&\"'.txt", "&lt;b&gt;&amp;&quot;&#39;.txt",
	    "%3Cb%3E&amp;%22&#39;.txt",
	    "<b>&\\\"'.txt", "%3Cb%3E&%22'.txt" },
	{ "&amp;", "&amp;amp;", "&amp;amp;", "&amp;", "&amp;" },
	{ "a:b", "a:b", "./a:b", NULL, NULL },
	{ "javascript:alert(1)", "javascript:alert(1)",
	    "./javascript:alert(1)", NULL, NULL },
	{ ":", ":", "./:", NULL, NULL },
	{ "?x#y", "?x#y", "%3Fx%23y", NULL, NULL },
	{ "100%", "100%", "100%25", NULL, NULL },
	{ "%2e%2e", "%2e%2e", "%252e%252e", NULL, NULL },
	{ " a  b ", " a  b ", "%20a%20%20b%20", NULL, NULL },
	{ "-dash", "-dash", "-dash", NULL, NULL },
	{ "~a+b;c=d,e@f!$(g)*", "~a+b;c=d,e@f!$(g)*", "~a+b;c=d,e@f!$(g)*",
	    NULL, NULL },
	{ "[{|}]^`", "[{|}]^`", "%5B%7B%7C%7D%5D%5E%60", NULL, NULL },
	{ "...", "...", "...", NULL, NULL },
	{ "\u00e4\u20ac\U0001f426", "\u00e4\u20ac\U0001f426",
	    "%C3%A4%E2%82%AC%F0%9F%90%A6", NULL, NULL },
	{ "a\xff" "b", "a\ufffdb", "a%FFb", NULL, NULL },
	{ "cut\xe2\x82", "cut\ufffd\ufffd", "cut%E2%82", NULL, NULL },
	{ "\xc0\xaf<", "\ufffd\ufffd&lt;", "%C0%AF%3C",
	    "\ufffd\ufffd<", NULL },
	{ "\u202egpj.exe", "\u202egpj.exe", "%E2%80%AEgpj.exe", NULL, NULL },
	{ "\u2028", "\u2028", "%E2%80%A8", NULL, NULL },
	{ LONG255, LONG255, LONG255, NULL, NULL },
};

START_TEST(names_are_escaped)
{
	const struct dirlist_options all[] = {
		{ .json = false, .dotfiles = true },
		{ .json = true, .dotfiles = true }
	};
	const char *name = names[_i].json, *href = names[_i].json_href;
	char path[512], want[2048], *text;

	snprintf(path, sizeof(path), "site/d/%s", names[_i].name);
	make_file(path, 0, DATE);
	text = list("/d/", &all[0]);
	snprintf(want, sizeof(want), "<td><a href=\"%s\"><i>File</i> "
	    "<bdi>%s</bdi></a><td", names[_i].html_href, names[_i].html);
	expect(text, want);
	free(text);
	text = list("/d/", &all[1]);
	snprintf(want, sizeof(want), "[{\"name\":\"%s\",\"href\":\"%s\",",
	    name != NULL ? name : names[_i].html,
	    href != NULL ? href : names[_i].html_href);
	expect(text, want);
	free(text);
}
END_TEST

/* No name has control bytes that is listed; a path given might. */
START_TEST(json_escapes_control_bytes)
{
	struct docroot *root = new_root(false);
	struct stat st;
	struct dirlist *l = dirlist_new(root, docroot_open(root, "d", &st),
	    "/\1\b\t\n\v\f\r\x1f\x7f\\\"/", &json);
	char *text;
	int steps;

	ck_assert_int_eq(run(l, &steps), DIRLIST_DONE);
	text = text_of(l);
	expect(text, "{\"path\":\"/\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f\x7f"
	    "\\\\\\\"/\",");
	free(text);
	dirlist_free(l);
	docroot_free(root);
}
END_TEST

/* What is listed */

static void
make_socket(const char *name)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%.90s", at_top(name));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	close(fd);
}

START_TEST(only_what_can_be_asked_for)
{
	ck_assert_int_eq(mkfifo(at_top("site/d/fifo"), 0644), 0);
	make_socket("site/d/socket");
	make_link("fifo", "site/d/to-fifo");
	make_link("/dev/null", "site/d/to-device");
	make_file("site/d/back\\slash", 0, DATE);
	make_file("site/d/line\nfeed", 0, DATE);
	make_file("site/d/escape\x1b[2J", 0, DATE);
	make_file("site/d/delete\x7f", 0, DATE);
	make_file("site/d/file", 0, DATE);
	expect_names(list("/d/", &json), "file ");
}
END_TEST

#ifdef __linux__
/* A reader would let a writer go on, who would then get SIGPIPE. */
START_TEST(fifos_get_no_reader)
{
	struct inotify_event event;
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(mkfifo(at_top("site/d/fifo"), 0644), 0);
	make_link("fifo", "site/d/to-fifo");
	ck_assert_int_ne(inotify_add_watch(fd, at_top("site/d/fifo"),
	    IN_OPEN), -1);
	expect_names(list("/d/", &json), "");
	ck_assert_int_eq(read(fd, &event, sizeof(event)), -1);
	ck_assert_int_eq(errno, EAGAIN);
	close(fd);
}
END_TEST
#endif

START_TEST(dotfiles)
{
	const struct dirlist_options o = { .json = true, .dotfiles = true };

	make_file("site/d/.hidden", 0, DATE);
	make_file("site/d/..a", 0, DATE);
	make_directory("site/d/.git");
	make_file("site/d/a.b", 0, DATE);
	expect_names(list("/d/", &json), "a.b ");
	expect_names(list("/d/", &o), ".git ..a .hidden a.b ");
}
END_TEST

static void
make_links(void)
{
	make_file("secret", 7, DATE);
	make_directory("site/d/sub");
	make_file("site/d/sub/page", 5, DATE);
	make_file("site/d/file", 3, DATE);
	make_link("file", "site/d/in");
	make_link("sub/page", "site/d/deeper");
	make_link("..", "site/d/up");
	make_link("../../secret", "site/d/out");
	make_link("../..", "site/d/outdir");
	make_link("../../site/d/file", "site/d/out-and-in");
	make_link(at_top("site/d/file"), "site/d/absolute");
	make_link("/proc/self/cwd", "site/d/magic");
	make_link("loop", "site/d/loop");
	make_link("nothing", "site/d/dangling");
	make_link("file/", "site/d/file-with-slash");
}

START_TEST(links)
{
	struct docroot *root = new_root(_i == 1);
	char *text;

	make_links();
	text = list_in(root, "/d/", &json);
	if (docroot_follows_links(root)) {
		expect(text, "{\"name\":\"deeper\",\"href\":\"deeper\","
		    "\"type\":\"file\",\"link\":true,\"size\":5,");
		expect(text, "{\"name\":\"up\",\"href\":\"up/\","
		    "\"type\":\"directory\",\"link\":true,");
		expect_names(text, "sub up deeper file in ");
	} else {
		expect_names(text, "sub file ");
	}
	docroot_free(root);
}
END_TEST

static int
list_closed(void *arg)
{
	struct docroot *root = arg;

	expect_names(list_in(root, "/d/", &json), docroot_follows_links(root) ?
	    "closed to-closed file to-file " : "closed file ");
	return 0;
}

START_TEST(permissions)
{
	struct docroot *root = new_root(false);

	make_file("site/d/file", 0, DATE);
	make_directory("site/d/closed");
	chmod(at_top("site/d/file"), 0);
	make_link("file", "site/d/to-file");
	/* It may be searched, which is enough for an index. */
	chmod(at_top("site/d/closed"), 0311);
	make_link("closed", "site/d/to-closed");
	ck_assert_int_eq(tree_as_nobody(list_closed, root), 0);
	chmod(at_top("site/d/closed"), 0755);
	docroot_free(root);
}
END_TEST

START_TEST(truncated)
{
	struct docroot *root = new_root(false);
	struct dirlist *l;
	char *text, name[32];
	int steps;

	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "site/d/%d", i);
		make_file(name, 0, DATE);
	}
	make_file("site/d/.not-counted", 0, DATE);
	for (size_t max = 4; max <= 5; max++)
		for (int j = 0; j < 2; j++) {
			l = new_list(root, "/d/", j == 1 ? &json : &html);
			l->max = max;
			ck_assert_int_eq(run(l, &steps), DIRLIST_DONE);
			ck_assert_uint_eq(l->count, max);
			text = text_of(l);
			if (j == 1)
				expect(text, max == 4 ? "],\"truncated\":true}"
				    : "],\"truncated\":false}");
			else if (max == 4)
				expect(text, "<p>It holds more than fits "
				    "here: only 4 entries are listed.</p>");
			else
				expect_not(text, "<p>");
			free(text);
			dirlist_free(l);
		}
	docroot_free(root);
}
END_TEST

/* Sizes and times, for people */

static const struct {
	int64_t		 size;
	const char	*exact, *shown;
} sizes[] = {
	{ 0,			"0 bytes",		"0 B" },
	{ 1,			"1 byte",		"1 B" },
	{ 999,			"999 bytes",		"999 B" },
	{ 1000,			"1,000 bytes",		"1,000 B" },
	{ 1023,			"1,023 bytes",		"1,023 B" },
	{ 1024,			"1,024 bytes",		"1.0 KiB" },
	{ 1536,			"1,536 bytes",		"1.5 KiB" },
	{ 10188,		"10,188 bytes",		"9.9 KiB" },
	{ 10189,		"10,189 bytes",		"10 KiB" },
	{ 10240,		"10,240 bytes",		"10 KiB" },
	{ 123456,		"123,456 bytes",	"121 KiB" },
	{ 1048063,		"1,048,063 bytes",	"1023 KiB" },
	{ 1048064,		"1,048,064 bytes",	"1.0 MiB" },
	{ 1048576,		"1,048,576 bytes",	"1.0 MiB" },
	{ INT64_C(1073741823),	"1,073,741,823 bytes",	"1.0 GiB" },
	{ INT64_C(4294967296),	"4,294,967,296 bytes",	"4.0 GiB" },
	{ INT64_C(1098974756863), "1,098,974,756,863 bytes", "1023 GiB" },
	{ INT64_C(1098974756864), "1,098,974,756,864 bytes", "1.0 TiB" },
	{ INT64_C(2199023255552), "2,199,023,255,552 bytes", "2.0 TiB" },
	{ INT64_MAX, "9,223,372,036,854,775,807 bytes", "8388608 TiB" },
};

START_TEST(sizes_for_people)
{
	char want[128], *text;

	fake.size = sizes[_i].size;
	make_file("site/d/fake", 0, DATE);
	snprintf(want, sizeof(want), "<td title=\"%s\">%s<td>",
	    sizes[_i].exact, sizes[_i].shown);
	text = list("/d/", &html);
	expect(text, want);
	free(text);
}
END_TEST

static const struct {
	int64_t		 time;
	const char	*want;
} times[] = {
	{ 0,				"1970-01-01T00:00:00Z" },
	{ -1,				"1969-12-31T23:59:59Z" },
	{ 951827696,			"2000-02-29T12:34:56Z" },
	{ DATE,				"2026-11-21T14:05:09Z" },
	{ INT64_C(253402300799),	"9999-12-31T23:59:59Z" },
	{ INT64_C(253402300800),	"9999-12-31T23:59:59Z" },
	{ INT64_MAX,			"9999-12-31T23:59:59Z" },
	{ INT64_C(-62167219200),	"0000-01-01T00:00:00Z" },
	{ INT64_MIN,			"0000-01-01T00:00:00Z" },
};

START_TEST(times_are_utc)
{
	char *text, want[128];

	setenv("TZ", "Asia/Kathmandu", 1);
	fake.time = times[_i].time;
	make_file("site/d/fake", 0, DATE);
	text = list("/d/", &html);
	snprintf(want, sizeof(want), "<td><time datetime=\"%s\">%.10s %.5s<",
	    times[_i].want, times[_i].want, times[_i].want + 11);
	expect(text, want);
	free(text);
	text = list("/d/", &json);
	snprintf(want, sizeof(want), ",\"modified\":\"%s\"}]", times[_i].want);
	expect(text, want);
	free(text);
	unsetenv("TZ");
}
END_TEST

/* What goes wrong */

static const struct {
	int	error;
	bool	is_left_out;	/* else the listing fails */
} stat_errors[] = {
	{ ENOENT,	true },		/* vanished since it was read */
	{ EACCES,	true },
	{ EIO,		true },
	{ ENAMETOOLONG,	true },
	{ ENOMEM,	false },
	{ ENFILE,	false },
};

START_TEST(entries_that_cannot_be_looked_at)
{
	struct docroot *root = new_root(false);
	struct dirlist *l;
	int steps;

	make_file("site/d/fake", 0, DATE);
	make_file("site/d/other", 0, DATE);
	fake.error = stat_errors[_i].error;
	l = new_list(root, "/d/", &json);
	if (stat_errors[_i].is_left_out) {
		ck_assert_int_eq(run(l, &steps), DIRLIST_DONE);
		expect_names(text_of(l), "other ");
	} else {
		ck_assert_int_eq(run(l, &steps), DIRLIST_FAILED);
		ck_assert_int_eq(errno, stat_errors[_i].error);
	}
	dirlist_free(l);
	docroot_free(root);
}
END_TEST

START_TEST(reading_fails)
{
	struct docroot *root = new_root(false);
	int before = lowest_descriptor(), steps;
	struct dirlist *l;

	make_file("site/d/file", 0, DATE);
	l = new_list(root, "/d/", &json);
	readdir_left = 2;
	ck_assert_int_eq(run(l, &steps), DIRLIST_FAILED);
	ck_assert_int_eq(errno, EIO);
	readdir_left = INT_MAX;
	dirlist_free(l);
	ck_assert_int_eq(lowest_descriptor(), before);
	docroot_free(root);
}
END_TEST

START_TEST(no_descriptors_for_links)
{
	struct docroot *root = new_root(false);
	struct rlimit old, tight;
	struct dirlist *l;
	int steps;

	make_links();
	l = new_list(root, "/d/", &json);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	tight = old;
	tight.rlim_cur = (rlim_t)lowest_descriptor();
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &tight), 0);
	if (docroot_follows_links(root)) {
		ck_assert_int_eq(run(l, &steps), DIRLIST_FAILED);
		ck_assert_int_eq(errno, EMFILE);
	}
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	dirlist_free(l);
	docroot_free(root);
}
END_TEST

START_TEST(not_a_directory)
{
	struct docroot *root = new_root(false);
	int before = lowest_descriptor();

	make_file("site/d/file", 0, DATE);
	errno = 0;
	ck_assert_ptr_null(new_list(root, "/d/file", &json));
	ck_assert_int_eq(errno, ENOTDIR);
	ck_assert_int_eq(lowest_descriptor(), before);
	docroot_free(root);
}
END_TEST

/* List with the nth allocation failing. Returns whether the list was whole. */
static bool
list_failing(const struct docroot *root, int fd, unsigned n,
    const struct dirlist_options *options)
{
	struct dirlist *l;
	struct file *f = NULL;
	int steps;

	errno = 0;
	failing_at(FAILING_MEMORY, n, ENOMEM);
	if ((l = dirlist_new(root, fd, "/d/", options)) != NULL &&
	    run(l, &steps) == DIRLIST_DONE)
		f = dirlist_file(l);
	failing_on = false;
	ck_assert_int_eq(f == NULL, failing_happened(FAILING_MEMORY));
	if (f == NULL)
		ck_assert_int_eq(errno, ENOMEM);
	dirlist_free(l);
	file_unref(f);
	return f != NULL;
}

START_TEST(no_memory)
{
	struct docroot *root = new_root(false);
	int before = lowest_descriptor();
	unsigned n = 1;
	struct stat st;
	char name[64];

	/* So many that each table and block has to grow. */
	for (int i = 0; i < 700; i++) {
		snprintf(name, sizeof(name), "site/d/longer-name-%08d", i);
		make_file(name, 0, DATE);
	}
	while (!list_failing(root, docroot_open(root, "d", &st), n,
	    _i == 1 ? &json : &html)) {
		ck_assert_int_eq(lowest_descriptor(), before);
		n++;
	}
	/* the list, tables and blocks of entries, texts, the file */
	ck_assert_uint_ge(n, 1 + 4 + 2 + 4 + 1);
	ck_assert_int_eq(lowest_descriptor(), before);
	docroot_free(root);
}
END_TEST

START_TEST(freed_at_any_time)
{
	struct docroot *root = new_root(false);
	int before = lowest_descriptor();

	make_small();
	for (int steps = 0; steps <= 2; steps++) {
		struct dirlist *l = new_list(root, "/d/", &html);

		for (int i = 0; i < steps; i++)
			ck_assert_int_eq(dirlist_step(l), i == 1 ?
			    DIRLIST_DONE : DIRLIST_MORE);
		dirlist_free(l);
		ck_assert_int_eq(lowest_descriptor(), before);
	}
	dirlist_free(NULL);
	docroot_free(root);
}
END_TEST

static void
reset_fakes(void)
{
	memset(&fake, 0, sizeof(fake));
	readdir_left = INT_MAX;
	failing_reset();
}

int
main(void)
{
	Suite *suite = suite_create("dirlist");
	TCase *t = tcase_create("dirlist");

	tcase_add_unchecked_fixture(t, make_top, remove_top);
	tcase_add_checked_fixture(t, make_site, NULL);
	tcase_add_checked_fixture(t, reset_fakes, NULL);
	tcase_set_timeout(t, 60);
	log_set_level(LOG_LEVEL_ERROR);
	tcase_add_loop_test(t, query, 0, COUNT(queries));
	tcase_add_loop_test(t, order, 0, COUNT(orders));
	tcase_add_test(t, several_steps);
	tcase_add_test(t, whole_json);
	tcase_add_test(t, whole_table);
	tcase_add_test(t, whole_page);
	tcase_add_loop_test(t, sorting_links, 0, COUNT(headers));
	tcase_add_test(t, empty);
	tcase_add_test(t, root_directory);
	tcase_add_test(t, kinds_alone);
	tcase_add_test(t, path_is_escaped);
	tcase_add_loop_test(t, names_are_escaped, 0, COUNT(names));
	tcase_add_test(t, json_escapes_control_bytes);
	tcase_add_test(t, only_what_can_be_asked_for);
#ifdef __linux__
	tcase_add_test(t, fifos_get_no_reader);
#endif
	tcase_add_test(t, dotfiles);
	tcase_add_loop_test(t, links, 0, 2);
	tcase_add_test(t, permissions);
	tcase_add_test(t, truncated);
	tcase_add_loop_test(t, sizes_for_people, 0, COUNT(sizes));
	tcase_add_loop_test(t, times_are_utc, 0, COUNT(times));
	tcase_add_loop_test(t, entries_that_cannot_be_looked_at, 0,
	    COUNT(stat_errors));
	tcase_add_test(t, reading_fails);
	tcase_add_test(t, no_descriptors_for_links);
	tcase_add_test(t, not_a_directory);
	tcase_add_loop_test(t, no_memory, 0, 2);
	tcase_add_test(t, freed_at_any_time);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
