/*
 * static_file with a cache: what is answered again is what would be answered
 * anew, as long as the files are as they were.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "clock.h"
#include "failing.h"
#include "files/file.h"
#include "files/file_cache.h"
#include "files/static_file.h"
#include "openat2.h"
#include "support.h"
#include "tree.h"

#define MEMORY_MAX	256
#define DATE		"Sun, 06 Nov 1994 08:49:37 GMT"	/* tree_settle() */
#define GZIP		"Accept-Encoding: gzip\r\n"
#define BR		"Accept-Encoding: br\r\n"

/* Linked with --wrap=syscall: openat2 fails with this while it is set. */
static int openat2_error, openat2_calls;

static int
on_openat2(void)
{
	openat2_calls++;
	return openat2_error;
}

static const char *const names[] = {
	"site", "site/sub", "site/sub/index.html", "site/bare",
	"site/bare/file", "site/index.html", "site/style.css",
	"site/.hidden", "site/app.js", "site/app.js.gz", "site/app.js.br",
	"site/404.html", "site/large", "site/empty",
};

static char large[4 * MEMORY_MAX + 1];

static void
make_site(void)
{
	memset(large, 'l', sizeof(large) - 1);
	tree_anew("site");
	tree_directory("site/sub");
	tree_directory("site/bare");
	tree_file("site/bare/file", "file");
	tree_file("site/index.html", "index");
	tree_file("site/sub/index.html", "index below");
	tree_file("site/style.css", "style");
	tree_file("site/.hidden", "hidden");
	tree_file("site/app.js", "a file that is longer than its siblings");
	tree_file("site/app.js.gz", "gzip");
	tree_file("site/app.js.br", "brotli");
	tree_file("site/404.html", "not found");
	tree_file("site/empty", "");
	tree_file("site/large", large);
	for (int i = COUNT(names) - 1; i >= 0; i--)
		tree_settle(names[i]);
}

/* The site: one in each test, with a cache unless it is taken away. */

static struct tree_site site;
static struct file_cache *cache;
static struct http_response res;

static const struct file_cache_limits limits = { 64, 1 << 20, 8 };

static struct config_field fields[] = {
	{ TEXT("Cache-Control"), TEXT("max-age=60") },
};

static struct config_headers headers[] = {
	{ TEXT("*.css"), fields, COUNT(fields), 1 },
};

static struct config_error_page pages[] = {
	{ 404, TEXT("/404.html"), 1 },
};

/* The last one is passed over, as it leads to itself. */
static struct config_redirect redirects[] = {
	{ TEXT("/moved"), TEXT("/style.css"), 301, 1 },
	{ TEXT("/index.html"), TEXT("/index.html"), 301, 2 },
};

static char fallback[] = "/index.html";

/* How files are opened; what the probe fails with makes it a walk. */
static int probe_error;

static void
open_site(void)
{
	make_site();
	openat2_error = probe_error;
	tree_site_open(&site, "site");
	openat2_error = 0;
	site.site.memory_max = MEMORY_MAX;
	site.config.headers = headers;
	site.config.nheaders = COUNT(headers);
	site.config.redirects = redirects;
	site.config.nredirects = COUNT(redirects);
	site.config.nprecompressed = 2;
	site.config.precompressed[0] = CONFIG_BR;
	site.config.precompressed[1] = CONFIG_GZIP;
	ck_assert_ptr_nonnull(cache = file_cache_new(&limits));
	site.sites.cache = cache;
	site.sites.turn = 1;
	clock_ahead_s = CLOCK_HOUR;
}

static void
close_site(void)
{
	file_cache_free(cache);
	tree_site_close(&site);
}

static void
with_page(void)
{
	site.config.error_pages = pages;
	site.config.nerror_pages = COUNT(pages);
}

/* Answers */

static void
ask_with(const char *method, const char *target, const char *lines)
{
	char bytes[1024];
	const struct http_request *req;

	snprintf(bytes, sizeof(bytes), "%s %s HTTP/1.1\r\n"
	    "Host: example.org\r\n%s\r\n", method, target, lines);
	req = asked(bytes);
	memset(&res, 0xA5, sizeof(res));
	static_file_plan(&site.sites, req, &res);
	ck_assert(!res.overflow);
}

static void
ask(const char *target)
{
	ask_with("GET", target, "");
}

/* All that a client would see of an answer. */
struct seen {
	char	head[HTTP_HEAD_MAX + 1];
	char	content[8192];
	bool	head_only, close;
};

/* What is to be seen of the answer, which is let go of. */
static const struct seen *
seen(void)
{
	static struct seen all[4];
	static int n;
	struct seen *s = &all[n++ % COUNT(all)];
	char *out = guarded("", 0) - http_response_room(&res);
	size_t len = http_response_head(&res, SLICE("Server: x\r\n"), "close",
	    out);

	memset(s, 0, sizeof(*s));
	memcpy(s->head, out, len);
	s->head_only = res.head_only;
	s->close = res.close;
	if (res.content == HTTP_CONTENT_FILE)
		strcpy(s->content, answer_content(&res));
	else if (res.content == HTTP_CONTENT_TEXT)
		memcpy(s->content, res.text, (size_t)res.length);
	answer_done(&res);
	return s;
}

static void
check_same(const struct seen *a, const struct seen *b, const char *name)
{
	ck_assert_msg(strcmp(a->head, b->head) == 0, "%s: %s\n%s", name,
	    a->head, b->head);
	ck_assert_msg(strcmp(a->content, b->content) == 0, "%s: %s, %s", name,
	    a->content, b->content);
	ck_assert_msg(a->head_only == b->head_only, "%s", name);
	ck_assert_msg(a->close == b->close, "%s", name);
}

/* The answer as it is without a cache. */
static const struct seen *
seen_anew(const char *method, const char *target, const char *lines)
{
	site.sites.cache = NULL;
	ask_with(method, target, lines);
	site.sites.cache = cache;
	ck_assert_ptr_null(res.ready);
	return seen();
}

static const struct {
	const char	*name, *method, *target, *lines;
	int		 status;
	bool		 page;		/* error_pages has one */
	bool		 each_turn;	/* nothing tells that it is so still */
} kept[] = {
	{ "file", "GET", "/style.css", "", 200, false, false },
	{ "file without rules", "GET", "/app.js", "", 200, false, false },
	{ "HEAD", "HEAD", "/style.css", "", 200, false, false },
	{ "query", "GET", "/style.css?a=b", "", 200, false, false },
	{ "escaped", "GET", "/%73tyle.css", "", 200, false, false },
	{ "dots", "GET", "/sub/../style.css", "", 200, false, false },
	{ "index", "GET", "/", "", 200, false, false },
	{ "index below", "GET", "/sub/", "", 200, false, false },
	{ "empty", "GET", "/empty", "", 200, false, false },
	{ "larger than what is read", "GET", "/large", "", 200, false, false },
	{ "HEAD of it", "HEAD", "/large", "", 200, false, false },
	{ "gzip", "GET", "/app.js", GZIP, 200, false, false },
	{ "brotli", "GET", "/app.js", BR, 200, false, false },
	{ "HEAD of a sibling", "HEAD", "/app.js", BR, 200, false, false },
	{ "the best of three", "GET", "/app.js",
	    "Accept-Encoding: gzip, br\r\n", 200, false, false },
	{ "the file itself", "GET", "/app.js",
	    "Accept-Encoding: gzip;q=0, br;q=0\r\n", 200, false, false },
	{ "not modified, by tag", "GET", "/style.css",
	    "If-None-Match: *\r\n", 304, false, false },
	{ "not modified, by date", "GET", "/style.css",
	    "If-Modified-Since: " DATE "\r\n", 304, false, false },
	{ "not modified, HEAD", "HEAD", "/style.css",
	    "If-None-Match: *\r\n", 304, false, false },
	{ "not modified, a sibling", "GET", "/app.js",
	    GZIP "If-None-Match: *\r\n", 304, false, false },
	{ "not modified, large", "GET", "/large",
	    "If-Modified-Since: " DATE "\r\n", 304, false, false },
	{ "modified", "GET", "/style.css", "If-None-Match: \"x\"\r\n", 200,
	    false, false },
	{ "as it has to be", "GET", "/style.css", "If-Match: *\r\n", 200,
	    false, false },
	{ "missing", "GET", "/nothing", "", 404, false, false },
	{ "missing, HEAD", "HEAD", "/nothing", "", 404, false, false },
	{ "missing, of a rule", "GET", "/nothing.css", "", 404, false, false },
	{ "missing, with a page", "GET", "/nothing.css", "", 404, true, false },
	{ "missing, with a page, HEAD", "HEAD", "/nothing", "", 404, true,
	    false },
	{ "missing, and a range of it", "GET", "/nothing",
	    "Range: bytes=0-1\r\n", 404, true, false },
	{ "missing below", "GET", "/no/thing", "", 404, false, true },
	{ "hidden", "GET", "/.hidden", "", 404, false, false },
	{ "hidden, with a page", "GET", "/.hidden", "", 404, true, false },
	{ "no index", "GET", "/bare/", "", 404, false, false },
	{ "no directory", "GET", "/style.css/", "", 404, true, true },
};

START_TEST(again_as_before)
{
	int row = _i / 2;
	const char *name = kept[row].name;
	const struct seen *anew;
	int before = tree_descriptors();

	probe_error = _i % 2 == 0 ? 0 : ENOSYS;
	open_site();
	if (kept[row].page)
		with_page();
	anew = seen_anew(kept[row].method, kept[row].target, kept[row].lines);
	for (int i = 0; i < 6; i++) {
		ask_with(kept[row].method, kept[row].target, kept[row].lines);
		ck_assert_msg(res.status == kept[row].status, "%s: %d", name,
		    res.status);
		ck_assert_msg((res.ready != NULL) ==
		    (kept[row].each_turn ? i % 2 == 1 : i > 0), "%s, %d",
		    name, i);
		check_same(seen(), anew, name);
		/* Two of each turn. */
		site.sites.turn += (unsigned)i % 2;
	}
	close_site();
	ck_assert_int_eq(tree_descriptors(), before);
}
END_TEST

static const struct {
	const char	*name, *method, *target, *lines;
	int		 status, error;		/* of openat2 */
	enum config_listing listing;
	bool		 fallback;
} passing[] = {
	{ .name = "forbidden", .target = "/style.css", .status = 403,
	    .error = EACCES },
	{ .name = "shortage", .target = "/style.css", .status = 503,
	    .error = EMFILE },
	{ .name = "fault", .target = "/style.css", .status = 500,
	    .error = EIO },
	{ .name = "method", .method = "POST", .target = "/style.css",
	    .lines = "Content-Length: 0\r\n", .status = 405 },
	{ .name = "no method", .method = "X", .target = "/style.css",
	    .status = 501 },
	{ .name = "options", .method = "OPTIONS", .target = "/style.css",
	    .status = 204 },
	{ .name = "expectation", .target = "/style.css",
	    .lines = "Expect: x\r\n", .status = 417 },
	{ .name = "nothing acceptable", .target = "/app.js",
	    .lines = "Accept-Encoding: *;q=0\r\n", .status = 406 },
	{ .name = "slash", .target = "/sub?a=b", .status = 301 },
	{ .name = "rule", .target = "/moved", .status = 301 },
	{ .name = "rule, passed over", .target = "/index.html",
	    .status = 200 },
	{ .name = "listing", .target = "/bare/", .status = 200,
	    .listing = CONFIG_LISTING_HTML },
	{ .name = "listing, not modified", .target = "/bare/",
	    .lines = "If-None-Match: *\r\n", .status = 304,
	    .listing = CONFIG_LISTING_JSON },
	{ .name = "fallback", .target = "/view", .status = 200,
	    .fallback = true },
	{ .name = "no fallback", .target = "/view",
	    .lines = "Accept: image/png\r\n", .status = 404,
	    .fallback = true },
	{ .name = "range", .target = "/style.css",
	    .lines = "Range: bytes=1-2\r\n", .status = 206 },
	{ .name = "range of a large file", .target = "/large",
	    .lines = "Range: bytes=1-2\r\n", .status = 206 },
	{ .name = "range of a sibling", .target = "/app.js",
	    .lines = GZIP "Range: bytes=1-2\r\n", .status = 206 },
	{ .name = "no such range", .target = "/style.css",
	    .lines = "Range: bytes=99-\r\n", .status = 416 },
	{ .name = "failed", .target = "/style.css",
	    .lines = "If-Match: \"x\"\r\n", .status = 412 },
	{ .name = "failed by date", .target = "/style.css",
	    .lines = "If-Unmodified-Since: Sat, 05 Nov 1994 08:49:37 GMT\r\n",
	    .status = 412 },
};

/* Alone, and of a file that is kept with all its heads. */
START_TEST(never_ready)
{
	const char *name = passing[_i].name;
	const char *method = passing[_i].method, *lines = passing[_i].lines;
	const struct seen *anew;
	int before = tree_descriptors();

	/* Errors are those of openat2. */
	if (passing[_i].error != 0 && !tree_follows_links())
		return;
	if (method == NULL)
		method = "GET";
	if (lines == NULL)
		lines = "";
	open_site();
	log_set_level(LOG_LEVEL_ERROR);
	catch_begin();
	site.config.listing = passing[_i].listing;
	if (passing[_i].fallback)
		site.config.fallback = fallback;
	openat2_error = passing[_i].error;
	anew = seen_anew(method, passing[_i].target, lines);
	for (int i = 0; i < 5; i++) {
		openat2_error = passing[_i].error;
		ask_with(method, passing[_i].target, lines);
		openat2_error = 0;
		ck_assert_msg(res.status == passing[_i].status, "%s: %d",
		    name, res.status);
		ck_assert_msg(res.ready == NULL, "%s, %d", name, i);
		check_same(seen(), anew, name);
		site.sites.turn += (unsigned)i % 2;
		if (i == 2 && passing[_i].error == 0) {
			ask(passing[_i].target);
			answer_done(&res);
			ask_with("GET", passing[_i].target,
			    "If-None-Match: *\r\n");
			answer_done(&res);
		}
	}
	catch_end();
	close_site();
	ck_assert_int_eq(tree_descriptors(), before);
}
END_TEST

/* Whichever representation came first, and whatever was asked of it. */
START_TEST(heads_of_one_resource)
{
	static const struct {
		const char *method, *lines;
	} ways[] = {
		{ "GET", "Accept-Encoding: *;q=0\r\n" },
		{ "GET", "Range: bytes=1-2\r\n" },
		{ "HEAD", "" },
		{ "GET", GZIP "If-None-Match: *\r\n" },
		{ "GET", BR },
		{ "GET", "If-Match: \"x\"\r\n" },
		{ "GET", BR "If-None-Match: *\r\n" },
		{ "GET", GZIP },
		{ "GET", "" },
		{ "GET", "If-None-Match: *\r\n" },
	};
	const struct seen *anew;
	int before = tree_descriptors();

	open_site();
	for (int i = 0; i < 3 * COUNT(ways); i++) {
		int at = (i + _i) % COUNT(ways);

		anew = seen_anew(ways[at].method, "/app.js", ways[at].lines);
		ask_with(ways[at].method, "/app.js", ways[at].lines);
		check_same(seen(), anew, ways[at].lines);
		site.sites.turn += i % 3 == 2;
	}
	close_site();
	ck_assert_int_eq(tree_descriptors(), before);
}
END_TEST

/* Who asks why is told of the files, and not of what is kept. */
START_TEST(explained_anew)
{
	char *said = NULL;
	size_t len;
	struct trace t = { open_memstream(&said, &len) };

	open_site();
	ask("/style.css");
	answer_done(&res);
	static_file_trace(&site.sites, asked_get("/style.css", ""), &t, &res);
	ck_assert_ptr_null(res.ready);
	answer_done(&res);
	fclose(t.out);
	ck_assert_ptr_nonnull(strstr(said, "a file"));
	free(said);
	close_site();
}
END_TEST

START_TEST(looks_cost_little)
{
	open_site();
	ask("/style.css");
	answer_done(&res);
	ask("/app.js");
	answer_done(&res);
	openat2_calls = 0;
	for (site.sites.turn = 2; site.sites.turn < 10; site.sites.turn++) {
		ask("/style.css");
		ck_assert_ptr_nonnull(res.ready);
		answer_done(&res);
		ask("/app.js");
		ck_assert_ptr_nonnull(res.ready);
		answer_done(&res);
	}
	/* Names in the root, without a walk. */
	ck_assert_int_eq(openat2_calls, 0);
	close_site();
}
END_TEST

/* Changes: what shows in the next turn, and not before. */

static void
edit(void)
{
	tree_file("site/style.css", "edited");
}

static void
edit_to_the_same_size(void)
{
	tree_file("site/style.css", "STYLE");
}

static void
touch(void)
{
	tree_stamp("site/style.css", 784111778, 0);
}

static void
replace(void)
{
	tree_file("site/new", "new.t");
	tree_settle("site/new");
	ck_assert_int_eq(rename(tree_path("site/new"),
	    tree_path("site/style.css")), 0);
}

static void
delete(void)
{
	unlink(tree_path("site/style.css"));
}

static void
to_directory(void)
{
	delete();
	tree_directory("site/style.css");
}

static void
to_link(void)
{
	delete();
	tree_link("index.html", "site/style.css");
}

static void
to_dangling_link(void)
{
	delete();
	tree_link("nowhere", "site/style.css");
}

static void
grow(void)
{
	tree_file("site/style.css", large);
}

static void
add_missing(void)
{
	tree_file("site/nothing", "something");
}

static void
add_missing_directory(void)
{
	tree_directory("site/nothing");
}

static void
add_below(void)
{
	tree_directory("site/no");
	tree_file("site/no/thing", "something");
}

static void
add_index(void)
{
	tree_file("site/bare/index.html", "an index by now");
}

static void
remove_index(void)
{
	unlink(tree_path("site/sub/index.html"));
}

static void
remove_directory(void)
{
	ck_assert_int_eq(rename(tree_path("site/sub"),
	    tree_path("site/bus")), 0);
}

static void
other_directory(void)
{
	remove_directory();
	tree_directory("site/sub");
	tree_file("site/sub/index.html", "another");
}

static void
edit_page(void)
{
	tree_file("site/404.html", "not found, and edited");
}

static void
remove_page(void)
{
	unlink(tree_path("site/404.html"));
}

static void
edit_sibling(void)
{
	tree_file("site/app.js.gz", "edited");
}

static void
remove_sibling(void)
{
	unlink(tree_path("site/app.js.gz"));
}

static void
edit_past_siblings(void)
{
	tree_file("site/app.js", "newer than what was made from it, long");
}

static void
add_sibling(void)
{
	tree_file("site/style.css.gz", "gz");
}

static void
edit_large(void)
{
	tree_file("site/large", large + MEMORY_MAX);
}

static void
shrink_large(void)
{
	tree_file("site/large", "small");
}

static const struct {
	const char	*name;
	void		(*make)(void);
	const char	*target, *lines;
	int		 status;
	const char	*content;	/* NULL: as it was */
} changes[] = {
	{ "edited", edit, "/style.css", "", 200, "edited" },
	{ "edited, of that size", edit_to_the_same_size, "/style.css", "",
	    200, "STYLE" },
	{ "touched", touch, "/style.css", "", 200, NULL },
	{ "replaced", replace, "/style.css", "", 200, "new.t" },
	{ "deleted", delete, "/style.css", "", 404, "not found" },
	{ "a directory", to_directory, "/style.css", "", 301, "" },
	{ "a link", to_link, "/style.css", "", 200, "index" },
	{ "a link that leads nowhere", to_dangling_link, "/style.css", "",
	    404, "not found" },
	{ "grown", grow, "/style.css", "", 200, large },
	{ "edited, tag", edit, "/style.css", "If-None-Match: *\r\n", 304,
	    NULL },
	{ "edited, date", edit, "/style.css",
	    "If-Modified-Since: " DATE "\r\n", 200, "edited" },
	{ "there by now", add_missing, "/nothing", "", 200, "something" },
	{ "a directory by now", add_missing_directory, "/nothing", "", 301,
	    "" },
	{ "there below by now", add_below, "/no/thing", "", 200,
	    "something" },
	{ "an index by now", add_index, "/bare/", "", 200,
	    "an index by now" },
	{ "no index", remove_index, "/sub/", "", 404, "not found" },
	{ "no directory", remove_directory, "/sub/", "", 404, "not found" },
	{ "another directory", other_directory, "/sub/", "", 200,
	    "another" },
	{ "page edited", edit_page, "/nothing", "", 404,
	    "not found, and edited" },
	{ "page removed", remove_page, "/nothing", "", 404, "" },
	{ "sibling edited", edit_sibling, "/app.js", GZIP, 200, "edited" },
	{ "sibling removed", remove_sibling, "/app.js", GZIP, 200,
	    "a file that is longer than its siblings" },
	{ "newer than its siblings", edit_past_siblings, "/app.js", GZIP,
	    200, "newer than what was made from it, long" },
	{ "a sibling by now", add_sibling, "/style.css", GZIP, 200, "gz" },
	{ "vary by now", add_sibling, "/style.css", "", 200, NULL },
	{ "large, edited", edit_large, "/large", "", 200,
	    large + MEMORY_MAX },
	{ "large, small by now", shrink_large, "/large", "", 200, "small" },
};

START_TEST(changes_show)
{
	const char *name = changes[_i].name;
	const char *target = changes[_i].target, *lines = changes[_i].lines;
	const struct seen *before, *after;
	int descriptors = tree_descriptors();

	if (strcmp(name, "a link") == 0 && !tree_follows_links())
		return;
	open_site();
	with_page();
	ask_with("GET", target, lines);
	before = seen();
	site.sites.turn++;
	ask_with("GET", target, lines);
	check_same(before, seen(), name);
	changes[_i].make();
	/* In a turn things are as they were at its begin. */
	ask_with("GET", target, lines);
	ck_assert_msg(res.ready != NULL, "%s", name);
	if (strncmp(target, "/large", 6) != 0)
		check_same(before, seen(), name);
	else
		answer_done(&res);
	site.sites.turn++;
	ask_with("GET", target, lines);
	ck_assert_msg(res.status == changes[_i].status, "%s: %d", name,
	    res.status);
	after = seen();
	ck_assert_msg(changes[_i].content == NULL ||
	    changes[_i].content[0] == '\0' ||
	    strcmp(after->content, changes[_i].content) == 0, "%s: %s", name,
	    after->content);
	check_same(after, seen_anew("GET", target, lines), name);
	/* And it is right from then on, kept again or not. */
	for (int i = 0; i < 3; i++) {
		ask_with("GET", target, lines);
		check_same(after, seen(), name);
		site.sites.turn += (unsigned)i;
	}
	close_site();
	ck_assert_int_eq(tree_descriptors(), descriptors);
}
END_TEST

/* Written twice in one tick of the clock: no stamp tells. */
START_TEST(young_files_are_looked_at_again)
{
	struct timespec now;
	struct file *first;

	open_site();
	clock_ahead_s = 0;
	clock_gettime(CLOCK_REALTIME, &now);
	tree_file("site/style.css", "one");
	tree_stamp("site/style.css", now.tv_sec, 0);
	ask("/style.css");
	ck_assert_str_eq(answer_content(&res), "one");
	first = file_ref(res.file);
	answer_done(&res);
	ask("/style.css");
	ck_assert_ptr_eq(res.file, first);
	answer_done(&res);
	site.sites.turn++;
	ask("/style.css");
	ck_assert_ptr_ne(res.file, first);
	ck_assert_str_eq(answer_content(&res), "one");
	answer_done(&res);
	/* Of an hour: made once more, and then never again. */
	clock_ahead_s = CLOCK_HOUR;
	file_unref(first);
	site.sites.turn++;
	ask("/style.css");
	first = file_ref(res.file);
	answer_done(&res);
	for (int i = 0; i < 5; i++) {
		site.sites.turn++;
		ask("/style.css");
		ck_assert_ptr_eq(res.file, first);
		answer_done(&res);
	}
	file_unref(first);
	close_site();
}
END_TEST

/* The link to a release is swapped. */
START_TEST(other_root)
{
	char error[512];
	struct docroot *by_link;

	open_site();
	tree_anew("next");
	tree_file("next/style.css", "STYLE");
	tree_settle("next/style.css");
	tree_settle("next");
	unlink(tree_path("current"));
	tree_link("site", "current");
	docroot_free(site.site.root);
	by_link = docroot_new(tree_path("current"), false, error,
	    sizeof(error));
	ck_assert_ptr_nonnull(by_link);
	site.site.root = by_link;
	log_set_level(LOG_LEVEL_ERROR);
	ask("/style.css");
	ck_assert_str_eq(seen()->content, "style");
	ask("/index.html");
	answer_done(&res);
	unlink(tree_path("current"));
	tree_link("next", "current");
	ask("/style.css");
	ck_assert_ptr_nonnull(res.ready);
	ck_assert_str_eq(seen()->content, "style");
	site.sites.turn++;
	ask("/style.css");
	ck_assert_str_eq(seen()->content, "STYLE");
	ask("/index.html");
	ck_assert_int_eq(res.status, 404);
	answer_done(&res);
	/* While there is none, nothing is served of what is kept. */
	unlink(tree_path("current"));
	site.sites.turn++;
	catch_begin();
	ask("/style.css");
	catch_end();
	ck_assert_int_eq(res.status, 503);
	ck_assert_ptr_null(res.ready);
	tree_link("site", "current");
	site.sites.turn++;
	ask("/style.css");
	ck_assert_str_eq(seen()->content, "style");
	close_site();
}
END_TEST

/* Two sites share the cache, and the paths. */
START_TEST(sites_have_their_own)
{
	struct config_site other;
	struct site two[2];

	open_site();
	other = site.config;
	other.name = TEXT("other.example");
	other.nheaders = 0;
	two[0] = two[1] = site.site;
	two[1].config = &other;
	site.sites.v = two;
	site.sites.n = 2;
	for (int i = 0; i < 3; i++) {
		ask("/style.css");
		ck_assert_ptr_nonnull(strstr(seen()->head, "max-age"));
		static_file_plan(&site.sites, asked("GET /style.css "
		    "HTTP/1.1\r\nHost: other.example\r\n\r\n"), &res);
		ck_assert_int_eq(res.ready != NULL, i > 0);
		ck_assert_ptr_null(strstr(seen()->head, "max-age"));
	}
	close_site();
}
END_TEST

/* Each allocation of a request fails once. */
static const struct {
	const char	*name, *before, *target, *lines;
	int		 status;	/* with all the memory */
} frugal[] = {
	{ "file", NULL, "/style.css", "", 200 },
	{ "large", NULL, "/large", "", 200 },
	{ "index", NULL, "/sub/", "", 200 },
	{ "sibling", NULL, "/app.js", GZIP, 200 },
	{ "range", NULL, "/style.css", "Range: bytes=1-2\r\n", 206 },
	{ "not modified", NULL, "/style.css", "If-None-Match: *\r\n", 304 },
	{ "missing", NULL, "/nothing", "", 404 },
	{ "missing below", NULL, "/no/thing", "", 404 },
	{ "slash", NULL, "/sub", "", 301 },
	{ "found", "", "/app.js", "", 200 },
	{ "found with another coding", GZIP, "/app.js", BR, 200 },
	{ "found with another head", "Range: bytes=1-2\r\n", "/app.js", "",
	    200 },
	{ "found without any", "Accept-Encoding: *;q=0\r\n", "/app.js",
	    "", 200 },
};

static unsigned
ask_without_memory(int i, unsigned at)
{
	const struct http_request *req = asked_get(frugal[i].target,
	    frugal[i].lines);
	bool failed;

	failing_at(FAILING_MEMORY, at, ENOMEM);
	static_file_plan(&site.sites, req, &res);
	failed = failing_happened(FAILING_MEMORY);
	failing_reset();
	return failed;
}

START_TEST(no_memory)
{
	const char *name = frugal[_i].name, *target = frugal[_i].target;
	const struct seen *anew;
	int before;
	bool failed = true;

	open_site();
	with_page();
	before = tree_descriptors();
	anew = seen_anew("GET", target, frugal[_i].lines);
	for (unsigned at = 1; failed; at++) {
		file_cache_free(cache);
		ck_assert_ptr_nonnull(cache = file_cache_new(&limits));
		site.sites.cache = cache;
		if (frugal[_i].before != NULL) {
			ask_with("GET", target, frugal[_i].before);
			answer_done(&res);
		}
		failed = ask_without_memory(_i, at);
		if (failed && res.status == 503) {
			answer_done(&res);
		} else {
			ck_assert_msg(res.status == frugal[_i].status,
			    "%s, %u: %d", name, at, res.status);
			if (res.status == 404)
				answer_done(&res);
			else
				check_same(seen(), anew, name);
		}
		/* What was kept of it is right. */
		for (int i = 0; i < 3; i++) {
			ask_with("GET", target, frugal[_i].lines);
			ck_assert_msg(res.status == frugal[_i].status,
			    "%s, %u, %d: %d", name, at, i, res.status);
			/* But a page that was not to be had, this turn. */
			if (i > 0 || res.status != 404)
				check_same(seen(), anew, name);
			else
				answer_done(&res);
			site.sites.turn++;
		}
	}
	file_cache_free(cache);
	ck_assert_int_eq(tree_descriptors(), before);
	tree_site_close(&site);
}
END_TEST

/* Who is not asked for any more must not take room on the disk for ever. */
START_TEST(deleted_files_are_closed)
{
	int before;

	open_site();
	tree_file("site/large0", large);
	tree_file("site/large1", large);
	ask("/large0");
	seen();
	ask("/large1");
	seen();
	before = tree_descriptors();
	ck_assert_int_eq(unlink(tree_path("site/large0")), 0);
	for (int i = 0; i < 3; i++) {
		site.sites.turn++;
		ask("/nothing");
		seen();
	}
	ck_assert_int_eq(tree_descriptors(), before - 1);
	/* And all of them when nobody is there. */
	ck_assert_uint_eq(file_cache_close_files(cache), 1);
	ck_assert_uint_eq(file_cache_close_files(cache), 0);
	ck_assert_uint_eq(file_cache_close_files(NULL), 0);
	ck_assert_int_eq(tree_descriptors(), before - 2);
	ask("/large1");
	ck_assert_str_eq(seen()->content, large);
	close_site();
}
END_TEST

/* A descriptor for each large file, and no more than are allowed. */
START_TEST(large_files_are_held)
{
	char name[32];
	int before = tree_descriptors(), n = (int)limits.descriptors;

	open_site();
	for (int i = 0; i < 2 * n; i++) {
		snprintf(name, sizeof(name), "site/large%d", i);
		tree_file(name, large);
		tree_settle(name);
	}
	tree_settle("site");
	for (int i = 0; i < 6 * n; i++) {
		snprintf(name, sizeof(name), "/large%d", i % (2 * n));
		ask(name);
		ck_assert_str_eq(seen()->content, large);
		/* And those of the root and of "/". */
		ck_assert_int_le(tree_descriptors() - before, n + 2);
		site.sites.turn += i % 3 == 0;
	}
	close_site();
	ck_assert_int_eq(tree_descriptors(), before);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("static_file_cache");
	TCase *t = tcase_create("static_file_cache");

	log_set_level(LOG_LEVEL_ERROR);
	tcase_add_unchecked_fixture(t, tree_make, tree_remove);
	tcase_add_loop_test(t, again_as_before, 0, 2 * COUNT(kept));
	tcase_add_loop_test(t, never_ready, 0, COUNT(passing));
	tcase_add_loop_test(t, heads_of_one_resource, 0, 10);
	tcase_add_test(t, explained_anew);
	tcase_add_test(t, looks_cost_little);
	tcase_add_loop_test(t, changes_show, 0, COUNT(changes));
	tcase_add_test(t, young_files_are_looked_at_again);
	tcase_add_test(t, other_root);
	tcase_add_test(t, sites_have_their_own);
	tcase_add_loop_test(t, no_memory, 0, COUNT(frugal));
	tcase_add_test(t, deleted_files_are_closed);
	tcase_add_test(t, large_files_are_held);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
