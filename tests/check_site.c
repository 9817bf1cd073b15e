/* site: roots of several hosts, and which of them a request means. */
#include "files/site.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "failing.h"
#include "support.h"
#include "tree.h"

static struct config_site config_sites[4];
static struct config config = {
	.sites = config_sites, .nsites = COUNT(config_sites),
};
static char names[][24] = {
	"", "docs.example.org", "[2001:db8::1]", "example.org"
};
static char roots[COUNT(names)][128];
static struct sites sites;
static char error[512];

static void
make_sites(void)
{
	static const char *const directories[] = {
		"main", "docs", "six", "org"
	};

	tree_make();
	for (int i = 0; i < COUNT(config_sites); i++) {
		tree_directory(directories[i]);
		snprintf(roots[i], sizeof(roots[i]), "%s",
		    tree_path(directories[i]));
		config_sites[i].name = names[i];
		config_sites[i].document_root = roots[i];
	}
}

static void
open_all(void)
{
	ck_assert_msg(sites_open(&sites, &config, error,
	    sizeof(error)) == 0, "%s", error);
}

START_TEST(all_are_opened)
{
	int before = tree_descriptors();

	open_all();
	ck_assert_uint_eq(sites.n, COUNT(config_sites));
	for (size_t i = 0; i < sites.n; i++) {
		ck_assert_ptr_eq(sites.v[i].config, &config_sites[i]);
		ck_assert_str_eq(docroot_path(sites.v[i].root), roots[i]);
		ck_assert_uint_eq(sites.v[i].siblings_unfit, 0);
		ck_assert_uint_eq(sites.v[i].ntold, 0);
	}
	sites_close(&sites);
	ck_assert_uint_eq(sites.n, 0);
	ck_assert_ptr_null(sites.v);
	ck_assert_int_eq(tree_descriptors(), before);
	sites_close(&sites);
}
END_TEST

/* Two descriptors each; of the same path and choice of links, one for all. */
START_TEST(roots_are_shared)
{
	int before = tree_descriptors();

	for (int i = 1; i < 4; i++)
		config_sites[i].document_root = roots[i % 2];
	config_sites[3].symlinks = CONFIG_SYMLINKS_NEVER;
	open_all();
	ck_assert_int_eq(tree_descriptors(), before + 6);
	ck_assert_ptr_eq(sites.v[2].root, sites.v[0].root);
	ck_assert_ptr_ne(sites.v[1].root, sites.v[0].root);
	ck_assert_ptr_ne(sites.v[3].root, sites.v[1].root);
	ck_assert(!docroot_follows_links(sites.v[3].root));
	sites_close(&sites);
	ck_assert_int_eq(tree_descriptors(), before);
	config_sites[3].symlinks = CONFIG_SYMLINKS_INSIDE;
	for (int i = 1; i < 4; i++)
		config_sites[i].document_root = roots[i];
}
END_TEST

START_TEST(missing_pages_are_told)
{
	struct config_error_page pages[] = {
		{ .status = 404, .path = TEXT("/404.html") },
		{ .status = 403, .path = TEXT("/nothing.html") },
		{ .status = 500, .path = TEXT("/directory") },
	};
	static char none[] = "", page[] = "/nowhere.html";
	const char *said;

	for (int i = 0; i < COUNT(config_sites); i++)
		config_sites[i].fallback = none;
	config_sites[1].fallback = page;
	config_sites[0].error_pages = pages;
	config_sites[0].nerror_pages = COUNT(pages);
	tree_file("main/404.html", "nothing");
	tree_directory("main/directory");
	open_all();
	log_set_level(LOG_LEVEL_WARNING);
	catch_begin();
	sites_warn(&sites);
	said = catch_end();
	log_set_level(LOG_LEVEL_ERROR);
	ck_assert_ptr_null(strstr(said, "404.html"));
	ck_assert_msg(strstr(said, "http.error_pages.403 is "
	    "/nothing.html, and that is no file in ") != NULL, "%s", said);
	ck_assert_ptr_nonnull(strstr(said, "http.error_pages.500 is "
	    "/directory, "));
	ck_assert_ptr_nonnull(strstr(said, "http.hosts.docs.example.org."
	    "fallback is /nowhere.html, and that is no file in "));
	sites_close(&sites);
	config_sites[0].error_pages = NULL;
	config_sites[0].nerror_pages = 0;
}
END_TEST

START_TEST(links_as_configured)
{
	config_sites[1].symlinks = CONFIG_SYMLINKS_NEVER;
	open_all();
	ck_assert(!docroot_follows_links(sites.v[1].root));
	sites_close(&sites);
	config_sites[1].symlinks = CONFIG_SYMLINKS_INSIDE;
}
END_TEST

static const struct {
	const char	*name;
	int		 site;
	const char	*root;		/* in the tree; NULL: "/" */
	const char	*begin, *words;
} faults[] = {
	{ "the first", 0, "nothing", "document_root: ", "does not exist" },
	{ "of a host", 1, "nothing", "http.hosts.docs.example.org."
	    "document_root: ", "does not exist" },
	{ "of the last one", 3, "main/file", "http.hosts.example.org."
	    "document_root: ", "is not a directory" },
	{ "of an IPv6 literal", 2, NULL, "http.hosts.[2001:db8::1]."
	    "document_root: ", "root of the file system" },
};

START_TEST(errors_name_the_key)
{
	char slash[] = "/", path[128];
	int before = tree_descriptors();

	tree_file("main/file", "");
	snprintf(path, sizeof(path), "%s", faults[_i].root == NULL ? slash :
	    tree_path(faults[_i].root));
	config_sites[faults[_i].site].document_root = path;
	ck_assert_msg(sites_open(&sites, &config, error,
	    sizeof(error)) == -1, "%s", faults[_i].name);
	config_sites[faults[_i].site].document_root =
	    roots[faults[_i].site];
	ck_assert_msg(strncmp(error, faults[_i].begin,
	    strlen(faults[_i].begin)) == 0, "%s: %s", faults[_i].name, error);
	ck_assert_msg(strstr(error, faults[_i].words) != NULL, "%s: %s",
	    faults[_i].name, error);
	/* Those that were open already are closed. */
	ck_assert_int_eq(tree_descriptors(), before);
	ck_assert_ptr_null(sites.v);
}
END_TEST

START_TEST(no_memory)
{
	int before = tree_descriptors(), result = -1;
	unsigned n;

	for (n = 1; result == -1; n++) {
		failing_at(FAILING_MEMORY, n, ENOMEM);
		result = sites_open(&sites, &config, error, sizeof(error));
		failing_reset();
		if (result == 0)
			break;
		ck_assert_ptr_nonnull(strstr(error, strerror(ENOMEM)));
		ck_assert_int_eq(tree_descriptors(), before);
	}
	/* The array and each root. */
	ck_assert_uint_gt(n, 4);
	sites_close(&sites);
}
END_TEST

static const struct {
	const char	*name, *host;
	int		 want;
} hosts[] = {
	{ "unknown",			"other.example",	0 },
	{ "none",			"",			0 },
	{ "a dot",			".",			0 },
	{ "two dots",			"..",			0 },
	{ "as configured",		"docs.example.org",	1 },
	{ "another case",		"Docs.EXAMPLE.org",	1 },
	{ "a dot at its end",		"docs.example.org.",	1 },
	{ "two dots at its end",	"docs.example.org..",	0 },
	{ "a dot before it",		".docs.example.org",	0 },
	{ "the other one",		"example.org",		3 },
	{ "begins with one",		"example.org.evil",	0 },
	{ "ends in one",		"xexample.org",		0 },
	{ "shorter",			"example.or",		0 },
	{ "IPv6 literal",		"[2001:db8::1]",	2 },
	{ "in capitals",		"[2001:DB8::1]",	2 },
	{ "another literal",		"[2001:db8::2]",	0 },
	{ "without brackets",		"2001:db8::1",		0 },
	{ "an address",			"127.0.0.1",		0 },
	{ "an escape",			"example%2Eorg",	0 },
};

START_TEST(hosts_are_found)
{
	size_t len = strlen(hosts[_i].host);
	struct slice host = { guarded(hosts[_i].host, len), len };

	open_all();
	ck_assert_msg(sites_find(&sites, host) == &sites.v[hosts[_i].want],
	    "%s", hosts[_i].name);
	sites_close(&sites);
}
END_TEST

/* A request of HTTP/1.0 has none at all. */
START_TEST(no_host)
{
	open_all();
	ck_assert_ptr_eq(sites_find(&sites, (struct slice){ NULL, 0 }),
	    &sites.v[0]);
	sites_close(&sites);
}
END_TEST

static int
check_all(void *arg)
{
	(void)arg;
	if (sites_check(&sites, error, sizeof(error)) == 0)
		return 1;
	return strncmp(error, "http.hosts.docs.example.org.document_root: ",
	    43) == 0 && strstr(error, roots[1]) != NULL &&
	    strstr(error, "cannot be read by uid") != NULL &&
	    strstr(error, strerror(EACCES)) != NULL ? 0 : 2;
}

START_TEST(roots_are_checked)
{
	open_all();
	ck_assert_int_eq(sites_check(&sites, error, sizeof(error)), 0);
	ck_assert_int_eq(chmod(roots[1], 0), 0);
	ck_assert_msg(tree_as_nobody(check_all, NULL) == 0, "%s", error);
	/* To read it is not needed. */
	ck_assert_int_eq(chmod(roots[1], 0711), 0);
	ck_assert_int_eq(tree_as_nobody(check_all, NULL), 1);
	chmod(roots[1], 0755);
	sites_close(&sites);
}
END_TEST

START_TEST(each_path_is_told_once)
{
	struct site site = { .ntold = 0 };
	char path[16];

	ck_assert(site_tells(&site, "a"));
	ck_assert(!site_tells(&site, "a"));
	ck_assert(site_tells(&site, "b"));
	ck_assert(site_tells(&site, ""));
	ck_assert(!site_tells(&site, ""));
	ck_assert(!site_tells(&site, "b"));
	for (int i = 3; i < SITE_TOLD_MAX; i++) {
		snprintf(path, sizeof(path), "%d", i);
		ck_assert_msg(site_tells(&site, path), "%d", i);
	}
	/* It is full: nothing more is told, and nothing is written past it. */
	ck_assert(!site_tells(&site, "one more"));
	ck_assert(!site_tells(&site, "a"));
	ck_assert_uint_eq(site.ntold, SITE_TOLD_MAX);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("site");
	TCase *t = tcase_create("site");

	/* The fallback's warning is not at stake here. */
	log_set_level(LOG_LEVEL_ERROR);
	tcase_add_unchecked_fixture(t, make_sites, tree_remove);
	tcase_add_test(t, all_are_opened);
	tcase_add_test(t, roots_are_shared);
	tcase_add_test(t, missing_pages_are_told);
	tcase_add_test(t, links_as_configured);
	tcase_add_loop_test(t, errors_name_the_key, 0, COUNT(faults));
	tcase_add_test(t, no_memory);
	tcase_add_loop_test(t, hosts_are_found, 0, COUNT(hosts));
	tcase_add_test(t, no_host);
	tcase_add_test(t, roots_are_checked);
	tcase_add_test(t, each_path_is_told_once);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
