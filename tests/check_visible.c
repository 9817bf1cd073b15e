/*
 * check_visible - what bytes from outside look like.
 */
#include "base/visible.h"

#include <string.h>

#include "suite.h"

static const struct {
	const char	*name, *text, *want;
} cases[] = {
	{ "nothing", "", "" },
	{ "ASCII", "a b~", "a b~" },
	{ "UTF-8", "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\xa6",
	  "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\xa6" },
	{ "escape", "\033[2J", "\\x1b[2J" },
	{ "line ends", "a\r\nb", "a\\x0d\\x0ab" },
	{ "DEL", "\x7f", "\\x7f" },
	{ "control of UTF-8", "\xc2\x9b" "31m", "\\xc2\\x9b31m" },
	{ "other direction", "a\xe2\x80\xae" "b", "a\\xe2\\x80\\xaeb" },
	{ "no UTF-8", "\xff\xc3", "\\xff\\xc3" },
};

START_TEST(shown)
{
	char out[128];
	size_t used, n = visible(slice_of(cases[_i].text), out, sizeof(out),
	    &used);

	ck_assert_msg(n == strlen(cases[_i].want) &&
	    memcmp(out, cases[_i].want, n) == 0, "%s: %.*s", cases[_i].name,
	    (int)n, out);
	ck_assert_uint_eq(used, strlen(cases[_i].text));
}
END_TEST

/* However little room there is, no character is cut, and none is lost. */
START_TEST(in_pieces)
{
	struct slice rest = slice_of(cases[_i].text);
	char out[128];
	size_t n = 0, used, piece;

	while (rest.len > 0) {
		piece = visible(rest, out + n, VISIBLE_MOST, &used);
		ck_assert_uint_gt(used, 0);
		ck_assert_uint_le(piece, VISIBLE_MOST);
		n += piece;
		rest.p += used;
		rest.len -= used;
	}
	ck_assert_msg(n == strlen(cases[_i].want) &&
	    memcmp(out, cases[_i].want, n) == 0, "%s", cases[_i].name);
}
END_TEST

START_TEST(no_room)
{
	char out[4] = "###";
	size_t used;

	ck_assert_uint_eq(visible(SLICE("ab\xe2\x82\xac"), out, 3, &used), 2);
	ck_assert_uint_eq(used, 2);
	ck_assert_str_eq(out, "ab#");
	ck_assert_uint_eq(visible(SLICE("\033"), out, 3, &used), 0);
	ck_assert_uint_eq(used, 0);
	ck_assert_uint_eq(visible(SLICE("a"), out, 0, NULL), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("visible");
	TCase *tc = suite_case(s, "visible");

	tcase_add_loop_test(tc, shown, 0, ROWS(cases));
	tcase_add_loop_test(tc, in_pieces, 0, ROWS(cases));
	tcase_add_test(tc, no_room);
	return suite_run(s);
}
