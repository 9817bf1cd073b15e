/*
 * Patterns of paths: what they match, what "*" stands for, and which are
 * refused in which words.
 */
#include <check.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/config_pattern.h"
#include "suite.h"

/* rest is NULL where there must be no match. */
static const struct {
	const char	*pattern, *path, *rest;
} matches[] = {
	{ "/a/b", "/a/b", "" },
	{ "/a/b", "/a/B", NULL },
	{ "/a/b", "/a/b/", NULL },
	{ "/a/b", "/a/bc", NULL },
	{ "/a/b", "/a", NULL },
	{ "/", "/", "" },
	{ "/", "/a", NULL },
	{ "/*", "/", "" },
	{ "/*", "/a/b.c", "a/b.c" },
	{ "/a/*", "/a/", "" },
	{ "/a/*", "/a/b", "b" },
	{ "/a/*", "/a/b/c/", "b/c/" },
	{ "/a/*", "/a", NULL },
	{ "/a/*", "/ab", NULL },
	{ "/a/*", "/b/a/c", NULL },
	{ "/a*", "/a", "" },
	{ "/a*", "/a/b", "/b" },
	{ "/a*", "/abc", "bc" },
	{ "/a*", "/b", NULL },
	{ "/a b/*", "/a b/c", "c" },
	{ "/\xc3\xa9*", "/\xc3\xa9t\xc3\xa9", "t\xc3\xa9" },
	{ "/a?b#c", "/a?b#c", "" },
	{ "*.html", "/a.html", "a" },
	{ "*.html", "/a/b.html", "a/b" },
	{ "*.html", "/a.html.html", "a.html" },
	{ "*.html", "/a.HTML", NULL },
	{ "*.html", "/a.htm", NULL },
	{ "*.html", "/a.htmlx", NULL },
	{ "*.html", "/.html", NULL },
	{ "*.html", "/a/.html", NULL },
	{ "*.html", "/a.html/", NULL },
	{ "*.html", "/a.html/b", NULL },
	{ "*.html", "/ahtml", NULL },
	{ "*.html", "/", NULL },
	{ "*.tar.gz", "/a.tar.gz", "a" },
	{ "*.tar.gz", "/.tar.gz", NULL },
	{ "*.a", "/..a", "." },
};

/* The bytes of s at the end of a page, with nothing readable behind them. */
static struct slice
at_the_edge(const char *s)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), len = strlen(s);
	char *p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(p, MAP_FAILED);
	ck_assert_int_eq(mprotect(p + page, page, PROT_NONE), 0);
	memcpy(p + page - len, s, len);
	return (struct slice){ p + page - len, len };
}

START_TEST(match)
{
	const char *pattern = matches[_i].pattern, *want = matches[_i].rest;
	struct slice path = at_the_edge(matches[_i].path);
	struct slice rest = { NULL, 0 };
	bool got = config_pattern_match(pattern, path, &rest);

	ck_assert_msg(config_pattern_fault(slice_of(pattern)) == NULL,
	    "%s", pattern);
	ck_assert_msg(got == (want != NULL), "%s and %s", pattern,
	    matches[_i].path);
	ck_assert(config_pattern_match(pattern, path, NULL) == got);
	if (want == NULL)
		return;
	ck_assert_msg(slice_eq(rest, slice_of(want)), "%s and %s: %.*s",
	    pattern, matches[_i].path, SLICE_ARG(rest));
	/* It is a part of the path, also where it is empty. */
	ck_assert(rest.p >= path.p &&
	    rest.p + rest.len <= path.p + path.len);
	ck_assert(config_pattern_has_rest(pattern) ==
	    (strchr(pattern, '*') != NULL));
}
END_TEST

static const struct {
	const char	*pattern, *want;
} faults[] = {
	{ "", "must be a path such as \"/a/b\"" },
	{ "a", "must be a path such as \"/a/b\"" },
	{ "*", "for all paths write \"/*\"" },
	{ "*a", "must be a path such as" },
	{ "*/a", "must be a path such as" },
	{ "a/*", "must be a path such as" },
	{ "http://a/b", "must be a path such as" },
	{ "*.", "lacks the extension after \"*.\"" },
	{ "*.a/b", "must not hold \"/\" after \"*.\"" },
	{ "*.a*", "must hold one \"*\" only" },
	{ "*.*", "must hold one \"*\" only" },
	{ "/*/a", "must have its \"*\" at the end" },
	{ "/a*b", "must have its \"*\" at the end" },
	{ "/*.html", "must have its \"*\" at the end, as in \"/a/*\", or "
	  "before an extension, as in \"*.html\"" },
	{ "/**", "must have its \"*\" at the end" },
	{ "/a%20b", "is a decoded path: write the character itself" },
	{ "/a%2F*", "is a decoded path" },
	{ "*.%41", "is a decoded path" },
	{ "/a\nb", "control characters" },
	{ "/a\x7f*", "control characters" },
	{ "*.\x01", "control characters" },
	{ "//", "must not hold \"//\"" },
	{ "//*", "must not hold \"//\"" },
	{ "/a//b", "must not hold \"//\"" },
	{ "/a//*", "must not hold \"//\"" },
	{ "/./a", "must not hold \"/./\"" },
	{ "/../a", "must not hold \"/./\" or \"/../\"" },
	{ "/a/.", "must not hold \"/./\"" },
	{ "/a/..", "must not hold \"/./\"" },
	{ "/a/../*", "must not hold \"/./\"" },
	/* These are patterns. */
	{ "/a%b", NULL }, { "/100%", NULL }, { "/a%2", NULL },
	{ "/a%zz*", NULL }, { "/a/..*", NULL }, { "/a/.*", NULL },
	{ "/.a", NULL }, { "/...", NULL }, { "/a..", NULL }, { "/a/", NULL },
	{ "/a b", NULL },
};

START_TEST(fault)
{
	const char *want = faults[_i].want;
	const char *got = config_pattern_fault(
	    at_the_edge(faults[_i].pattern));

	ck_assert_msg(want == NULL ? got == NULL :
	    got != NULL && strstr(got, want) != NULL, "%s: %s",
	    faults[_i].pattern, got == NULL ? "no fault" : got);
}
END_TEST

/* A path has no "*" that means anything. */
static const struct {
	const char	*path, *want;
} paths[] = {
	{ "/a*b", NULL }, { "/*", NULL }, { "/a/", NULL },
	{ "", "must begin with \"/\"" }, { "a", "must begin with \"/\"" },
	{ "*.a", "must begin with \"/\"" }, { "/a//b", "\"//\"" },
	{ "/..", "\"/../\"" }, { "/%41", "decoded" }, { "/\t", "control" },
};

START_TEST(path_fault)
{
	const char *want = paths[_i].want;
	const char *got = config_path_fault(at_the_edge(paths[_i].path));

	ck_assert_msg(want == NULL ? got == NULL :
	    got != NULL && strstr(got, want) != NULL, "%s: %s",
	    paths[_i].path, got == NULL ? "no fault" : got);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("config_pattern");
	TCase *tc = suite_case(s, "pattern");

	tcase_add_loop_test(tc, match, 0, ROWS(matches));
	tcase_add_loop_test(tc, fault, 0, ROWS(faults));
	tcase_add_loop_test(tc, path_fault, 0, ROWS(paths));
	return suite_run(s);
}
