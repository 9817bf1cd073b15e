/* locate: what a path means, on a real directory tree. */
#include "files/locate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "openat2.h"
#include "support.h"
#include "tree.h"

/*
 * Linked with --wrap=syscall: openat2 fails with an error at the nth call
 * from now on, once.
 */
static int fail_at, fail_with;

static int
on_openat2(void)
{
	return fail_at > 0 && --fail_at == 0 ? fail_with : 0;
}

static struct tree_site site;

static void
make_places(void)
{
	static const char *const directories[] = {
		"site", "site/indexed", "site/second", "site/skip",
		"site/skip/index.html", "site/bare", "site/both",
		"site/pipe", "site/both-dir", "site/dir.html",
		"site/shut", "site/search", "site/shut-index", "site/out",
		"site/broken", "site/through"
	};
	static const char *const files[] = {
		"site/index.html", "site/indexed/index.html",
		"site/second/index.htm", "site/skip/index.htm",
		"site/bare/file", "site/both/index.html",
		"site/both/index.htm", "site/pipe/index.htm", "site/file",
		"site/page.html", "site/file.html", "site/both-dir.html",
		"site/shut/index.html", "site/shut.html",
		"site/search/index.html", "site/search.html",
		"site/shut-index/index.html", "site/shut-index/index.htm",
		"site/unreadable", "site/unreadable.html",
		"site/shut-page.html", "site/out/index.htm",
		"site/broken/index.htm", "site/through/index.htm", "secret"
	};

	tree_make();
	for (int i = 0; i < COUNT(directories); i++)
		tree_directory(directories[i]);
	for (int i = 0; i < COUNT(files); i++)
		tree_file(files[i], files[i]);
	tree_link("../../secret", "site/out/index.html");
	tree_link("nothing", "site/broken/index.html");
	tree_link("index.htm/x", "site/through/index.html");
	ck_assert_int_eq(mkfifo(tree_path("site/fifo"), 0644), 0);
	tree_file("site/fifo.html", "site/fifo.html");
	tree_file("site/.hidden.html", "site/.hidden.html");
	ck_assert_int_eq(mkfifo(tree_path("site/pipe/index.html"), 0644), 0);
	ck_assert_int_eq(mkfifo(tree_path("site/page-pipe.html"), 0644), 0);
	chmod(tree_path("site/shut"), 0);
	chmod(tree_path("site/search"), 0311);
	chmod(tree_path("site/shut-index/index.html"), 0);
	chmod(tree_path("site/unreadable"), 0);
	chmod(tree_path("site/shut-page.html"), 0);
}

static void
open_site(void)
{
	static char html[] = "index.html", htm[] = "index.htm";
	static char *both[] = { html, htm, NULL };

	tree_site_open(&site, "site");
	site.config.index = both;
}

static void
close_site(void)
{
	tree_site_close(&site);
}

#define FILE_	LOCATED_FILE
#define LISTING	LOCATED_LISTING
#define SLASH	LOCATED_SLASH
#define NO_INDEX	LOCATED_NO_INDEX
#define NO_DIRECTORY	LOCATED_NO_DIRECTORY
#define NOTHING	LOCATED_NOTHING

#define NONE	CONFIG_LISTING_NONE
#define HTML	CONFIG_LISTING_HTML

struct place {
	const char		*path;
	enum located_kind	 kind;
	const char		*at;	/* path; content of a file */
	int			 error;
};

/* What is found, and found out of order, is said in row's words. */
static const char *
judge(const struct place *p)
{
	static char said[128];
	struct located l;
	char content[128] = "";
	struct stat st;

	memset(&l, 0xA5, sizeof(l));
	locate(&site.site, slice_of(p->path), NULL, &l);
	said[0] = '\0';
	if (l.kind != p->kind)
		snprintf(said, sizeof(said), "kind %d", l.kind);
	else if (strcmp(l.path, p->at) != 0)
		snprintf(said, sizeof(said), "at %.90s", l.path);
	else if (l.kind == NOTHING && l.error != p->error)
		snprintf(said, sizeof(said), "%s", strerror(l.error));
	else if ((l.fd != -1) != (l.kind == FILE_ || l.kind == LISTING))
		snprintf(said, sizeof(said), "fd %d", l.fd);
	else if (l.fd != -1 && (fstat(l.fd, &st) == -1 ||
	    st.st_ino != l.st.st_ino || st.st_mode != l.st.st_mode ||
	    S_ISDIR(st.st_mode) != (l.kind == LISTING)))
		snprintf(said, sizeof(said), "stat of another");
	else if (l.kind == FILE_ && (pread(l.fd, content, sizeof(content) -
	    1, 0) < 5 || strcmp(content + 5, p->at) != 0))
		snprintf(said, sizeof(said), "has %.90s", content);
	if (l.fd != -1)
		close(l.fd);
	return said[0] == '\0' ? NULL : said;
}

static const struct {
	const char		*name;
	struct place		 place;
	bool			 clean;
	enum config_listing	 listing;
} places[] = {
	{ "root", { "/", FILE_, "index.html", 0 }, false, NONE },
	{ "file", { "/file", FILE_, "file", 0 }, false, NONE },
	{ "below", { "/bare/file", FILE_, "bare/file", 0 }, false, NONE },
	{ "missing", { "/no", NOTHING, "no", ENOENT }, false, NONE },
	{ "missing below", { "/no/no", NOTHING, "no/no", ENOENT }, false,
	    NONE },
	{ "below a file", { "/file/no", NOTHING, "file/no", ENOTDIR }, false,
	    NONE },
	{ "fifo", { "/fifo", NOTHING, "fifo", ENXIO }, false, NONE },

	{ "index", { "/indexed/", FILE_, "indexed/index.html", 0 }, false,
	    NONE },
	{ "the second index", { "/second/", FILE_, "second/index.htm", 0 },
	    false, NONE },
	{ "the first of two", { "/both/", FILE_, "both/index.html", 0 },
	    false, NONE },
	{ "index is a directory", { "/skip/", FILE_, "skip/index.htm", 0 },
	    false, NONE },
	{ "index is a fifo", { "/pipe/", NOTHING, "pipe/", ENXIO }, false,
	    NONE },
	{ "index leads nowhere", { "/broken/", FILE_, "broken/index.htm", 0 },
	    false, NONE },
	{ "index leads out", { "/out/", NOTHING, "out/", EXDEV }, false,
	    NONE },
	{ "index leads through a file", { "/through/", NO_DIRECTORY,
	    "through/", 0 }, false, NONE },
	{ "no index", { "/bare/", NO_INDEX, "bare/", 0 }, false, NONE },
	{ "missing directory", { "/no/", NOTHING, "no/", ENOENT }, false,
	    NONE },
	{ "file with slash", { "/file/", NO_DIRECTORY, "file/", 0 }, false,
	    NONE },
	{ "directory without slash", { "/indexed", SLASH, "indexed", 0 },
	    false, NONE },
	{ "without index and slash", { "/bare", SLASH, "bare", 0 }, false,
	    NONE },

	{ "listing", { "/bare/", LISTING, "bare/", 0 }, false, HTML },
	{ "an index comes first", { "/indexed/", FILE_, "indexed/index.html",
	    0 }, false, HTML },
	{ "listing without slash", { "/bare", SLASH, "bare", 0 }, false,
	    HTML },
	{ "listing of a file", { "/file/", NO_DIRECTORY, "file/", 0 }, false,
	    HTML },
	{ "listing of nothing", { "/no/", NOTHING, "no/", ENOENT }, false,
	    HTML },
	{ "listing of JSON", { "/bare/", LISTING, "bare/", 0 }, false,
	    CONFIG_LISTING_JSON },

	{ "clean", { "/page", FILE_, "page.html", 0 }, true, NONE },
	{ "clean, not asked for", { "/page", NOTHING, "page", ENOENT },
	    false, NONE },
	{ "clean, by its name", { "/page.html", FILE_, "page.html", 0 },
	    true, NONE },
	{ "a file wins over .html", { "/file", FILE_, "file", 0 }, true,
	    NONE },
	{ ".html wins over a directory", { "/both-dir", FILE_,
	    "both-dir.html", 0 }, true, NONE },
	{ "the directory with its slash", { "/both-dir/", NO_INDEX,
	    "both-dir/", 0 }, true, NONE },
	{ "clean, a directory alone", { "/indexed", SLASH, "indexed", 0 },
	    true, NONE },
	{ "clean, .html is a directory", { "/dir", NOTHING, "dir", ENOENT },
	    true, NONE },
	{ "clean, .html is a fifo", { "/page-pipe", NOTHING, "page-pipe",
	    ENXIO }, true, NONE },
	{ "a fifo wins over .html", { "/fifo", NOTHING, "fifo", ENXIO },
	    true, NONE },
	{ "clean, with slash", { "/page/", NOTHING, "page/", ENOENT }, true,
	    NONE },
	{ "clean, not of a hidden name", { "/.hidden", NOTHING, ".hidden",
	    ENOENT }, true, NONE },
	{ "clean, missing", { "/no", NOTHING, "no", ENOENT }, true, NONE },
	{ "clean, below a file", { "/file/no", NOTHING, "file/no", ENOTDIR },
	    true, NONE },
	{ "clean, the index", { "/index", FILE_, "index.html", 0 }, true,
	    NONE },
};

START_TEST(places_are_found)
{
	const char *wrong;
	int before = tree_descriptors();

	site.config.clean_urls = places[_i].clean;
	site.config.listing = places[_i].listing;
	wrong = judge(&places[_i].place);
	/* Without openat2 no link is followed: errors differ. */
	if (strstr(places[_i].name, " leads ") == NULL ||
	    docroot_follows_links(site.site.root))
		ck_assert_msg(wrong == NULL, "%s: %s", places[_i].name,
		    wrong);
	ck_assert_int_eq(tree_descriptors(), before);
}
END_TEST

START_TEST(no_index_names)
{
	static char *none[] = { NULL };
	struct place bare = { "/indexed/", NO_INDEX, "indexed/", 0 };
	struct place file = { "/file/", NO_DIRECTORY, "file/", 0 };
	struct place missing = { "/no/", NOTHING, "no/", ENOENT };

	site.config.index = none;
	for (int i = 0; i < 2; i++) {
		site.config.listing = i == 0 ? NONE : HTML;
		bare.kind = i == 0 ? NO_INDEX : LISTING;
		ck_assert_ptr_null(judge(&bare));
		ck_assert_ptr_null(judge(&file));
		ck_assert_ptr_null(judge(&missing));
	}
}
END_TEST

/* Who the server runs as decides. */
static const struct {
	const char		*name;
	struct place		 place;
	bool			 clean;
	enum config_listing	 listing;
} forbidden[] = {
	{ "unreadable file", { "/unreadable", NOTHING, "unreadable",
	    EACCES }, false, NONE },
	{ "not made up for by .html", { "/unreadable", NOTHING, "unreadable",
	    EACCES }, true, NONE },
	{ "unreadable .html", { "/shut-page", NOTHING, "shut-page", EACCES },
	    true, NONE },
	{ "unreadable index", { "/shut-index/", NOTHING, "shut-index/",
	    EACCES }, false, NONE },
	{ "shut directory", { "/shut/", NOTHING, "shut/", EACCES }, false,
	    NONE },
	{ "below it", { "/shut/x", NOTHING, "shut/x", EACCES }, false, NONE },
	{ "its redirect", { "/shut", SLASH, "shut", 0 }, false, NONE },
	{ "its .html", { "/shut", FILE_, "shut.html", 0 }, true, NONE },
	{ "to be searched only", { "/search/", FILE_, "search/index.html",
	    0 }, false, NONE },
	{ "its redirect", { "/search", SLASH, "search", 0 }, false, NONE },
	{ "its .html", { "/search", FILE_, "search.html", 0 }, true, NONE },
};

static int
forbidden_places(void *arg)
{
	(void)arg;
	for (int i = 0; i < COUNT(forbidden); i++) {
		site.config.clean_urls = forbidden[i].clean;
		site.config.listing = forbidden[i].listing;
		if (judge(&forbidden[i].place) != NULL)
			return i + 1;
	}
	return 0;
}

START_TEST(permissions)
{
	int row = tree_as_nobody(forbidden_places, NULL);

	ck_assert_msg(row == 0, "%s", row < 0 ? "not run" :
	    forbidden[row - 1].name);
}
END_TEST

/* Searched and not read: not to be listed. */
static int
list_the_searchable(void *arg)
{
	static char *none[] = { NULL };
	struct place search = { "/search/", NOTHING, "search/", EACCES };

	(void)arg;
	site.config.index = none;
	site.config.listing = HTML;
	if (judge(&search) != NULL)
		return 1;
	site.config.listing = NONE;
	search.kind = NO_INDEX;
	return judge(&search) != NULL ? 2 : 0;
}

START_TEST(listing_takes_more)
{
	ck_assert_int_eq(tree_as_nobody(list_the_searchable, NULL), 0);
}
END_TEST

/* A passing failure at any step is no answer that caches may keep. */
static const struct {
	const char		*name, *path;
	int			 at;
	bool			 clean;
	enum config_listing	 listing;
	const char		*where;
} failures[] = {
	{ "file", "/file", 1, false, NONE, "file" },
	{ "first index", "/second/", 1, false, NONE, "second/" },
	{ "second index", "/second/", 2, false, NONE, "second/" },
	{ "the directory", "/bare/", 3, false, NONE, "bare/" },
	{ "the listing", "/bare/", 3, false, HTML, "bare/" },
	{ ".html of nothing", "/page", 2, true, NONE, "page" },
	{ ".html of a directory", "/both-dir", 2, true, NONE, "both-dir" },
};

START_TEST(passing_failures)
{
	struct place want = {
		failures[_i].path, NOTHING, failures[_i].where, EMFILE
	};
	int before = tree_descriptors();
	const char *wrong;

	if (!docroot_follows_links(site.site.root))
		return;
	site.config.clean_urls = failures[_i].clean;
	site.config.listing = failures[_i].listing;
	fail_at = failures[_i].at;
	fail_with = EMFILE;
	wrong = judge(&want);
	ck_assert_int_eq(fail_at, 0);
	ck_assert_msg(wrong == NULL, "%s: %s", failures[_i].name, wrong);
	ck_assert_int_eq(tree_descriptors(), before);
}
END_TEST

START_TEST(long_paths)
{
	static char path[PATH_MAX + 300];
	struct located l;

	/* Segments that are too long, paths that are; with and without
	   an index behind them, or ".html". */
	site.config.clean_urls = true;
	for (size_t len = PATH_MAX - 300; len < PATH_MAX + 200; len++) {
		memset(path, 'n', len);
		for (size_t i = 0; i < len; i += 200)
			path[i] = '/';
		path[len] = '\0';
		locate(&site.site, (struct slice){ path, len }, NULL, &l);
		ck_assert_msg(l.kind == NOTHING && (l.error == ENOENT ||
		    l.error == ENAMETOOLONG), "%zu: %s", len,
		    strerror(l.error));
		path[len - 1] = '/';
		locate(&site.site, (struct slice){ path, len }, NULL, &l);
		ck_assert_msg(l.kind == NOTHING && (l.error == ENOENT ||
		    l.error == ENAMETOOLONG), "%zu: %s", len,
		    strerror(l.error));
	}

	/* As long as a name may be: no room for ".html", and none needed. */
	memset(path, 'n', 256);
	path[0] = '/';
	tree_file("site/x", "");
	ck_assert_int_eq(rename(tree_path("site/x"), strcat(
	    tree_path("site"), (path[256] = '\0', path))), 0);
	locate(&site.site, (struct slice){ path, 256 }, NULL, &l);
	ck_assert_int_eq(l.kind, FILE_);
	close(l.fd);
	path[255] = 'm';
	locate(&site.site, (struct slice){ path, 256 }, NULL, &l);
	ck_assert(l.kind == NOTHING && l.error == ENOENT);
}
END_TEST

static const struct {
	const char	*path, *says;
} reasons[] = {
	{ "/file", "site/file: a file\n" },
	{ "/page", "site/page.html: a file, by clean_urls\n" },
	{ "/second/", "site/second/index.html: no such index\n" },
	{ "/second/", "site/second/index.htm: the index\n" },
	{ "/bare/", "site/bare/: a directory to be listed\n" },
	{ "/indexed", "site/indexed: a directory: its address ends" },
	{ "/file/", "site/file/: is a file, and not a directory\n" },
	{ "/no", "site/no: No such file or directory\n" },
	{ "/no\x1b[31m", "site/no\\x1b[31m: No such file or directory\n" },
};

START_TEST(says_why)
{
	char *said = NULL;
	size_t len;
	struct trace t = { open_memstream(&said, &len) };
	struct located l;

	site.config.clean_urls = true;
	site.config.listing = HTML;
	locate(&site.site, slice_of(reasons[_i].path), &t, &l);
	if (l.fd != -1)
		close(l.fd);
	fclose(t.out);
	ck_assert_msg(strncmp(said, "look         ", 13) == 0 &&
	    strstr(said, reasons[_i].says) != NULL, "%s: %s",
	    reasons[_i].path, said);
	free(said);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("locate");
	TCase *t = tcase_create("locate");

	/* The fallback's warning is not at stake here. */
	log_set_level(LOG_LEVEL_ERROR);
	tcase_add_unchecked_fixture(t, make_places, tree_remove);
	tcase_add_checked_fixture(t, open_site, close_site);
	tcase_add_loop_test(t, places_are_found, 0, COUNT(places));
	tcase_add_test(t, no_index_names);
	tcase_add_test(t, permissions);
	tcase_add_test(t, listing_takes_more);
	tcase_add_loop_test(t, passing_failures, 0, COUNT(failures));
	tcase_add_test(t, long_paths);
	tcase_add_loop_test(t, says_why, 0, COUNT(reasons));
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
