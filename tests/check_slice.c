/*
 * check_slice - comparing, trimming and hashing, never past the end.
 */
#include "base/slice.h"

#include "suite.h"

/* The bytes of a row may hold NUL, so rows are slices already. */
#define S(lit)	{ (lit), sizeof(lit) - 1 }

static const struct {
	const char	*name;
	struct slice	 a, b;
	bool		 same, same_nocase;
} pairs[] = {
	{ "both empty",		S(""), S(""),			true, true },
	{ "equal",		S("Host"), S("Host"),		true, true },
	{ "case differs",	S("Host"), S("hOST"),		false, true },
	{ "prefix",		S("Hos"), S("Host"),		false, false },
	{ "one empty",		S(""), S("a"),			false, false },
	{ "last differs",	S("Hosu"), S("Host"),		false, false },
	{ "NUL inside",		S("a\0b"), S("a\0b"),		true, true },
	{ "after NUL differs",	S("a\0b"), S("a\0c"),		false, false },
	{ "@ and `",		S("@"), S("`"),			false, false },
	{ "[ and {",		S("["), S("{"),			false, false },
	{ "A and Z",		S("AZ"), S("az"),		false, true },
	{ "CR and -",		S("\r"), S("-"),		false, false },
	{ "Latin 1 letters",	S("\xc4"), S("\xe4"),		false, false },
	{ "same high bytes",	S("\xff\x80"), S("\xff\x80"),	true, true },
};

START_TEST(compares_bytes_and_ascii_letters)
{
	ck_assert_msg(slice_eq(pairs[_i].a, pairs[_i].b) == pairs[_i].same,
	    "%s", pairs[_i].name);
	ck_assert_msg(slice_eq(pairs[_i].b, pairs[_i].a) == pairs[_i].same,
	    "%s, the other way round", pairs[_i].name);
	ck_assert_msg(slice_eq_nocase(pairs[_i].a, pairs[_i].b) ==
	    pairs[_i].same_nocase, "%s, without case", pairs[_i].name);
	ck_assert_msg(slice_eq_nocase(pairs[_i].b, pairs[_i].a) ==
	    pairs[_i].same_nocase, "%s, without case, the other way round",
	    pairs[_i].name);
}
END_TEST

START_TEST(only_letters_have_two_cases)
{
	char a = (char)_i;

	for (int i = 0; i < 256; i++) {
		char b = (char)i;
		bool letters = ((i | 0x20) == (_i | 0x20)) &&
		    (i | 0x20) >= 'a' && (i | 0x20) <= 'z';

		ck_assert_msg(slice_eq_nocase((struct slice){ &a, 1 },
		    (struct slice){ &b, 1 }) == (i == _i || letters),
		    "%d and %d", _i, i);
	}
}
END_TEST

START_TEST(empty_needs_no_pointer)
{
	struct slice none = { NULL, 0 };

	ck_assert(slice_eq(none, none));
	ck_assert(slice_eq(none, SLICE("")));
	ck_assert(slice_eq_nocase(none, SLICE("")));
	ck_assert_uint_eq(slice_trim(none).len, 0);
}
END_TEST

static const struct {
	const char	*name;
	struct slice	 in, want;
} trims[] = {
	{ "empty",		S(""),			S("") },
	{ "nothing to trim",	S("a b"),		S("a b") },
	{ "blanks and tabs",	S(" \t a \t b\t \t"),	S("a \t b") },
	{ "only blanks",	S(" \t\t "),		S("") },
	{ "line ends stay",	S(" \r\na\n "),		S("\r\na\n") },
	{ "other space stays",	S("\va\f"),		S("\va\f") },
	{ "NUL stays",		S(" \0 "),		S("\0") },
	{ "no-break space",	S("\xa0" "a\xa0"),	S("\xa0" "a\xa0") },
};

START_TEST(trims_blanks_and_tabs_alone)
{
	struct slice got = slice_trim(trims[_i].in);

	ck_assert_msg(slice_eq(got, trims[_i].want), "%s: %.*s",
	    trims[_i].name, SLICE_ARG(got));
	ck_assert_msg(got.p >= trims[_i].in.p &&
	    got.p + got.len <= trims[_i].in.p + trims[_i].in.len,
	    "%s: outside of the input", trims[_i].name);
}
END_TEST

START_TEST(length_of_a_literal_is_without_its_nul)
{
	ck_assert_uint_eq(SLICE("").len, 0);
	ck_assert_uint_eq(SLICE("a\0b").len, 3);
	ck_assert_uint_eq(slice_of("a\0b").len, 1);
}
END_TEST

/* Values of the algorithm's authors. */
START_TEST(hashes)
{
	ck_assert_uint_eq(slice_hash(SLICE("")),
	    UINT64_C(0xcbf29ce484222325));
	ck_assert_uint_eq(slice_hash(SLICE("a")),
	    UINT64_C(0xaf63dc4c8601ec8c));
	ck_assert_uint_eq(slice_hash(SLICE("foobar")),
	    UINT64_C(0x85944171f73967e8));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("slice");
	TCase *tc = suite_case(s, "slice");

	tcase_add_loop_test(tc, compares_bytes_and_ascii_letters, 0,
	    ROWS(pairs));
	tcase_add_loop_test(tc, only_letters_have_two_cases, 0, 256);
	tcase_add_test(tc, empty_needs_no_pointer);
	tcase_add_loop_test(tc, trims_blanks_and_tabs_alone, 0, ROWS(trims));
	tcase_add_test(tc, hashes);
	tcase_add_test(tc, length_of_a_literal_is_without_its_nul);
	return suite_run(s);
}
