/*
 * check_file_name - names of files for URLs, also for those that want another
 * place than this directory.
 */
#include "client/file_name.h"

#include <string.h>

#include "base/utf8.h"
#include "suite.h"
#include "support.h"

#define LONGEST	(FILE_NAME_MAX - 1)

static char error[512], name[FILE_NAME_MAX];
static struct url url;

static const struct {
	const char	*path, *want;		/* NULL: none */
} names[] = {
	{ "/a.txt", "a.txt" },
	{ "/b/c/a.txt", "a.txt" },
	{ "a.txt", "a.txt" },
	{ "/a%20b.txt", "a b.txt" },
	{ "/%41%4a%4A", "AJJ" },
	{ "/r%C3%A9sum%C3%A9.pdf", "r\303\251sum\303\251.pdf" },
	{ "/%F0%9F%90%A6", "\360\237\220\246" },
	{ "/a+b", "a+b" },
	{ "/a*b?", "a*b?" },
	{ "/a;b=c", "a;b=c" },
	/* Once, not twice. */
	{ "/%252e%252e%252fpasswd", "%2e%2e%2fpasswd" },
	{ "/100%25", "100%" },
	/* Out of this directory. */
	{ "/..%2f..%2fetc%2fpasswd", "_._.._etc_passwd" },
	{ "/..%5c..%5cboot.ini", "_._.._boot.ini" },
	{ "/%2fetc%2fpasswd", "_etc_passwd" },
	{ "/..", "_." },
	{ "/.", "_" },
	{ "/%2e%2e", "_." },
	{ "/%2E", "_" },
	/* Hidden, or an option. */
	{ "/.bashrc", "_bashrc" },
	{ "/%2ebashrc", "_bashrc" },
	{ "/-rf", "_rf" },
	{ "/--help", "_-help" },
	{ "/%20", "_" },
	{ "/%20%20a", "_ a" },
	{ "/%2d", "_" },
	/* Not to be seen. */
	{ "/a%00b", "a_b" },
	{ "/%00", "_" },
	{ "/%0aa", "_a" },
	{ "/%1b%5b2J", "_[2J" },
	{ "/a%7f", "a_" },
	{ "/a%c2%85b", "a_b" },
	{ "/a%e2%80%ae%66%64%70.exe", "a_fdp.exe" },
	{ "/%EF%BB%BFa", "_a" },
	/* No UTF-8. */
	{ "/%ff", "_" },
	{ "/%c3", "_" },
	{ "/%c3%28", "_(" },
	{ "/%c0%af", "__" },
	{ "/%ed%a0%80", "___" },
	{ "/a%f0%9f%90", "a___" },
	/* No escapes. */
	{ "/a%", "a%" },
	{ "/a%4", "a%4" },
	{ "/a%zz", "a%zz" },
	/* No name. */
	{ "/", NULL },
	{ "/a/", NULL },
	{ "//", NULL },
	{ "", NULL },
};

static void
set_path(const char *path, size_t len)
{
	strcpy(url.text, "http://example.org");
	url.path = (struct slice){ guarded(path, len), len };
	error[0] = name[0] = '\0';
}

START_TEST(makes_names)
{
	const char *want = names[_i].want;

	set_path(names[_i].path, strlen(names[_i].path));
	ck_assert_msg(file_name(&url, name, error, sizeof(error)) ==
	    (want != NULL), "%s", names[_i].path);
	if (want != NULL)
		ck_assert_str_eq(name, want);
	else
		ck_assert_msg(strstr(error, "give one with -o") != NULL,
		    "%s", error);
}
END_TEST

/* What a name is made of: so many of a unit, then a tail. */
static const struct {
	const char	*name, *unit;
	unsigned	 n;
	const char	*tail;
	size_t		 want;		/* bytes */
	const char	*ends;
} lengths[] = {
	{ "fits", "n", LONGEST, "", LONGEST, "nn" },
	{ "fits with an extension", "n", LONGEST - 4, ".txt", LONGEST,
	  "n.txt" },
	{ "one too long", "n", LONGEST + 1, "", LONGEST, "nn" },
	{ "an extension is kept", "n", LONGEST, ".txt", LONGEST, "n.txt" },
	{ "two of them", "n", 1000, ".tar.gz", LONGEST, "n.tar.gz" },
	{ "no extension", "n", 240, ".12345678901234567890", LONGEST,
	  ".1234" },
	{ "a dot at the end", "n", 1000, ".", LONGEST, "n." },
	{ "no half character", "\303\251", 1000, "", LONGEST - 1,
	  "\303\251" },
	{ "none before an extension", "\303\251", 1000, ".txt", LONGEST - 1,
	  "\303\251.txt" },
	{ "four bytes", "\360\237\220\246", 1000, "", LONGEST - 1,
	  "\360\237\220\246" },
	{ "dots alone", ".", 1000, "", LONGEST, ".." },
	{ "no dot", "%ff", 1000, "", LONGEST, "__" },
};

START_TEST(cuts_names)
{
	char path[URL_MAX] = "/";
	size_t len;

	for (unsigned i = 0; i < lengths[_i].n; i++)
		strcat(path, lengths[_i].unit);
	strcat(path, lengths[_i].tail);
	set_path(path, strlen(path));
	ck_assert_msg(file_name(&url, name, error, sizeof(error)), "%s",
	    error);
	len = strlen(name);
	ck_assert_msg(len == lengths[_i].want, "%s: %zu", lengths[_i].name,
	    len);
	ck_assert_msg(strcmp(name + len - strlen(lengths[_i].ends),
	    lengths[_i].ends) == 0, "%s: %s", lengths[_i].name, name);
	ck_assert(utf8_is_valid(slice_of(name)));
}
END_TEST

/* All pairs of bytes, as they are and encoded: a name in this directory. */
START_TEST(any_bytes_make_a_harmless_name)
{
	static const char digits[] = "0123456789abcdef";
	char path[8] = "/%00%00";

	for (unsigned i = 0; i < 65536; i++) {
		path[2] = digits[i >> 12];
		path[3] = digits[i >> 8 & 15];
		path[5] = digits[i >> 4 & 15];
		path[6] = digits[i & 15];
		url.path = (struct slice){ path, 7 };
		ck_assert(file_name(&url, name, error, sizeof(error)));
		ck_assert_msg(name[0] != '\0' && name[0] != '.' &&
		    name[0] != '-' && strpbrk(name, "/\\\n\033\177") == NULL &&
		    utf8_is_valid(slice_of(name)), "%04x: %s", i, name);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("file_name");
	TCase *tc = suite_case(suite, "file_name");

	tcase_add_loop_test(tc, makes_names, 0, ROWS(names));
	tcase_add_loop_test(tc, cuts_names, 0, ROWS(lengths));
	tcase_add_test(tc, any_bytes_make_a_harmless_name);
	return suite_run(suite);
}
