/* check_unescape - bytes that a command line cannot hold as they are. */
#include "client/unescape.h"

#include <check.h>
#include <string.h>

#include "suite.h"
#include "support.h"

static const struct {
	const char	*text, *bytes;
	size_t		 len;
} good[] = {
	{ "",			BYTES("") },
	{ "OK...",		BYTES("OK...") },
	{ "a\\nb",		BYTES("a\nb") },
	{ "\\r\\n\\t\\\\",	BYTES("\r\n\t\\") },
	{ "\\\\n",		BYTES("\\n") },
	{ "\\x00\\x7F\\xfF",	BYTES("\0\x7f\xff") },
	{ "\\x414",		BYTES("A4") },
	{ "n\303\244h\n",	BYTES("n\303\244h\n") },
};

/* Also in the place of the text, and up to a page that cannot be read. */
START_TEST(stands_for)
{
	char out[32], *text = guarded(good[_i].text,
	    strlen(good[_i].text) + 1);
	size_t len = 99;

	ck_assert(unescape(text, out, &len));
	ck_assert_uint_eq(len, good[_i].len);
	ck_assert_mem_eq(out, good[_i].bytes, len);
	ck_assert(unescape(text, text, &len));
	ck_assert_uint_eq(len, good[_i].len);
	ck_assert_mem_eq(text, good[_i].bytes, len);
}
END_TEST

static const struct {
	const char	*text;
	size_t		 at;
} bad[] = {
	{ "\\", 0 }, { "ab\\", 2 }, { "\\n\\q", 2 }, { "\\x", 0 },
	{ "\\x4", 0 }, { "a\\x4g", 1 }, { "\\xg4", 0 }, { "\\0", 0 },
	{ "\\N", 0 }, { "\\\\\\", 2 },
};

START_TEST(stands_for_nothing)
{
	char out[32];
	size_t len;

	ck_assert(!unescape(guarded(bad[_i].text, strlen(bad[_i].text) + 1),
	    out, &len));
	ck_assert_uint_eq(len, bad[_i].at);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("unescape");
	TCase *tc = suite_case(s, "unescape");

	tcase_add_loop_test(tc, stands_for, 0, ROWS(good));
	tcase_add_loop_test(tc, stands_for_nothing, 0, ROWS(bad));
	return suite_run(s);
}
