#include "http/http_cond.h"

#include "fields.h"

/* 2026-07-28 12:00:00 GMT */
#define NOW	((time_t)1785240000)

/* Last-Modified, a second before and a second after. */
#define MODIFIED	((time_t)784111777)
#define BEFORE		"Sun, 06 Nov 1994 08:49:36 GMT"
#define SAME		"Sun, 06 Nov 1994 08:49:37 GMT"
#define AFTER		"Sun, 06 Nov 1994 08:49:38 GMT"
#define FUTURE		"Fri, 31 Dec 9999 23:59:59 GMT"

#define PASS		HTTP_COND_PASS
#define SEEN		HTTP_COND_NOT_MODIFIED
#define FAILED		HTTP_COND_FAILED

/* What is known of the representation. */
enum known {
	STRONG,			/* "a" and a date that is strong */
	WEAK,			/* W/"a" and a date that is not */
	NO_ETAG,		/* a date that is not strong */
	NO_DATE,		/* "a" */
	NOTHING,
	ODD,			/* a tag of unusual bytes and no date */
	KNOWN
};

#define ODD_TAG		"\"!#,\\~,\x80\xff,*\""

#define AS_SENT	{ SAME, sizeof(SAME) - 1 }
#define UNKNOWN	{ NULL, 0 }

/* One of them is not known as it is sent: each date is parsed. */
static const struct http_validators known[KNOWN] = {
	[STRONG] = { { "\"a\"", 3 }, true, true, MODIFIED, AS_SENT },
	[WEAK] = { { "W/\"a\"", 5 }, true, false, MODIFIED, AS_SENT },
	[NO_ETAG] = { { "", 0 }, true, false, MODIFIED, UNKNOWN },
	[NO_DATE] = { { "\"a\"", 3 }, false, false, 0, UNKNOWN },
	[NOTHING] = { { NULL, 0 }, false, false, 0, UNKNOWN },
	[ODD] = { { ODD_TAG, sizeof(ODD_TAG) - 1 }, false, false, 0,
	    UNKNOWN }
};

static const struct {
	const char	*name, *fields;
	enum known	 of;
	enum http_cond	 want;
} conditions[] = {
	{ "13.2.1 none", "Host: a", STRONG, PASS },
	{ "13.2.1 no fields", "", STRONG, PASS },
	{ "13.1.5 If-Range is no condition for the method",
	    "If-Range: \"b\"", STRONG, PASS },

	/* If-None-Match, one tag */
	{ "13.1.2 equal", "If-None-Match: \"a\"", STRONG, SEEN },
	{ "13.1.2 not equal", "If-None-Match: \"b\"", STRONG, PASS },
	{ "13.1.2 longer", "If-None-Match: \"aa\"", STRONG, PASS },
	{ "13.1.2 an empty tag", "If-None-Match: \"\"", STRONG, PASS },
	{ "13.1.2 another case", "If-None-Match: \"A\"", STRONG, PASS },
	{ "13.1.2 weak comparison: W/ on both sides",
	    "If-None-Match: W/\"a\"", WEAK, SEEN },
	{ "13.1.2 weak comparison: W/ on theirs", "If-None-Match: W/\"a\"",
	    STRONG, SEEN },
	{ "13.1.2 weak comparison: W/ on ours", "If-None-Match: \"a\"", WEAK,
	    SEEN },
	{ "13.1.2 weak comparison: not equal", "If-None-Match: W/\"b\"",
	    WEAK, PASS },
	{ "13.1.2 no tag of ours", "If-None-Match: \"a\"", NO_ETAG, PASS },
	{ "13.1.2 no tag of ours, an empty one of theirs",
	    "If-None-Match: \"\"", NOTHING, PASS },
	{ "13.1.2 no tag of ours, W/ alone", "If-None-Match: W/", NOTHING,
	    PASS },
	{ "13.1.2 empty", "If-None-Match:", STRONG, PASS },
	{ "13.1.2 empty, no tag of ours", "If-None-Match:", NOTHING, PASS },
	{ "5.6.1 commas alone", "If-None-Match: , ,,", NOTHING, PASS },

	/* The grammar of a tag */
	{ "8.8.3 W/ is case-sensitive", "If-None-Match: w/\"a\"", STRONG,
	    PASS },
	{ "8.8.3 W/ twice", "If-None-Match: W/W/\"a\"", STRONG, PASS },
	{ "8.8.3 blank behind W/", "If-None-Match: W/ \"a\"", STRONG, PASS },
	{ "8.8.3 W without a slash", "If-None-Match: W\"a\"", STRONG, PASS },
	{ "8.8.3 no quotes", "If-None-Match: a", STRONG, PASS },
	{ "8.8.3 single quotes", "If-None-Match: 'a'", STRONG, PASS },
	{ "8.8.3 blank inside", "If-None-Match: \"a \"", STRONG, PASS },
	{ "8.8.3 blanks inside, then ours", "If-None-Match: \"a b\", \"a\"",
	    STRONG, SEEN },
	{ "8.8.3 tab inside, then ours", "If-None-Match: \"\t\", \"a\"",
	    STRONG, SEEN },
	{ "8.8.3 commas, backslashes, obs-text", "If-None-Match: " ODD_TAG,
	    ODD, SEEN },
	{ "8.8.3 the same, weak and among others",
	    "If-None-Match: \"x\",W/" ODD_TAG ",\"y\"", ODD, SEEN },
	{ "8.8.3 a comma is part of a tag", "If-None-Match: \"b,a\"", STRONG,
	    PASS },
	{ "8.8.3 a backslash escapes nothing", "If-None-Match: \"\\\", \"a\"",
	    STRONG, SEEN },
	{ "8.8.3 a backslash at the end of a tag",
	    "If-None-Match: \"b\\\",\"a\", \"c\"", STRONG, SEEN },

	/* Lists, and what is wrong in them */
	{ "13.1.2 the first of two", "If-None-Match: \"a\", \"b\"", STRONG,
	    SEEN },
	{ "13.1.2 the last of two", "If-None-Match: \"b\", \"a\"", STRONG,
	    SEEN },
	{ "13.1.2 none of two", "If-None-Match: \"b\", \"c\"", STRONG,
	    PASS },
	{ "5.6.1 no blanks", "If-None-Match: \"b\",\"a\",\"c\"", STRONG,
	    SEEN },
	{ "5.6.1 tabs and empty elements",
	    "If-None-Match: ,\"b\"\t,,\t\"a\" ,", STRONG, SEEN },
	{ "13.1.2 no comma between", "If-None-Match: \"b\" \"a\"", STRONG,
	    PASS },
	{ "13.1.2 no comma behind ours", "If-None-Match: \"a\" \"b\"",
	    STRONG, PASS },
	{ "13.1.2 nothing between", "If-None-Match: \"a\"\"b\"", STRONG,
	    PASS },
	{ "13.1.2 word behind ours", "If-None-Match: \"a\"x", STRONG, PASS },
	{ "13.1.2 word before ours", "If-None-Match: x\"a\"", STRONG, PASS },
	{ "13.1.2 semicolon behind ours", "If-None-Match: \"a\";q=1", STRONG,
	    PASS },
	{ "13.1.2 malformed, then ours", "If-None-Match: x, \"a\"", STRONG,
	    SEEN },
	{ "13.1.2 ours, then malformed", "If-None-Match: \"a\", x", STRONG,
	    SEEN },
	{ "13.1.2 ours in the quotes of a malformed one",
	    "If-None-Match: x\",\"a\",\"y", STRONG, PASS },
	{ "13.1.2 malformed with quotes and comma, then ours",
	    "If-None-Match: x\"b,c\"y, \"a\"", STRONG, SEEN },
	{ "13.1.2 quotes from a malformed one to the next",
	    "If-None-Match: x\", \"a\"", STRONG, PASS },
	{ "13.1.2 open quote", "If-None-Match: \"a", STRONG, PASS },
	{ "13.1.2 open quote alone", "If-None-Match: \"", STRONG, PASS },
	{ "13.1.2 open quote behind W/", "If-None-Match: W/\"", STRONG,
	    PASS },
	{ "13.1.2 open quote, then ours", "If-None-Match: \"b, \"a\"",
	    STRONG, PASS },
	{ "13.1.2 ours, then an open quote", "If-None-Match: \"a\", \"b",
	    STRONG, SEEN },

	/* Several lines */
	{ "5.3 in the second line",
	    "If-None-Match: \"b\"\nHost: x\nIf-None-Match: \"a\"", STRONG,
	    SEEN },
	{ "5.3 in none of two lines",
	    "If-None-Match: \"b\"\nIf-None-Match: \"c\"", STRONG, PASS },
	{ "5.3 empty lines around",
	    "If-None-Match:\nIf-None-Match: \"a\"\nIf-None-Match:", STRONG,
	    SEEN },
	{ "5.3 an open quote ends all lines",
	    "If-None-Match: \"b\nIf-None-Match: \"a\"", STRONG, PASS },
	{ "5.3 a tag across two lines is none",
	    "If-None-Match: \"\nIf-None-Match: a\"", STRONG, PASS },

	/* The star */
	{ "13.1.2 star", "If-None-Match: *", STRONG, SEEN },
	{ "13.1.2 star, no tag", "If-None-Match: *", NOTHING, SEEN },
	{ "13.1.2 star among empty elements", "If-None-Match: ,*,", NOTHING,
	    SEEN },
	{ "13.1.2 star in the second line, the first is empty",
	    "If-None-Match:\nIf-None-Match: *", NOTHING, SEEN },
	{ "13.1.2 star is none beside a tag", "If-None-Match: *, \"b\"",
	    STRONG, PASS },
	{ "13.1.2 star is none behind a tag", "If-None-Match: \"b\", *",
	    STRONG, PASS },
	{ "13.1.2 star and ours", "If-None-Match: *, \"a\"", STRONG, SEEN },
	{ "13.1.2 two stars", "If-None-Match: *, *", STRONG, PASS },
	{ "13.1.2 stars on two lines", "If-None-Match: *\nIf-None-Match: *",
	    STRONG, PASS },
	{ "13.1.2 star beside a malformed member", "If-None-Match: *, x",
	    STRONG, PASS },
	{ "13.1.2 star before an open quote", "If-None-Match: *, \"b",
	    STRONG, PASS },
	{ "13.1.2 star before an open quote in a line of its own",
	    "If-None-Match: *\nIf-None-Match: \"", STRONG, PASS },
	{ "13.1.2 two stars in one", "If-None-Match: **", STRONG, PASS },
	{ "13.1.2 weak star", "If-None-Match: W/*", STRONG, PASS },
	{ "13.1.2 quoted star", "If-None-Match: \"*\"", STRONG, PASS },

	/* If-Match */
	{ "13.1.1 equal", "If-Match: \"a\"", STRONG, PASS },
	{ "13.1.1 not equal", "If-Match: \"b\"", STRONG, FAILED },
	{ "13.1.1 strong comparison: W/ on both sides", "If-Match: W/\"a\"",
	    WEAK, FAILED },
	{ "13.1.1 strong comparison: W/ on theirs", "If-Match: W/\"a\"",
	    STRONG, FAILED },
	{ "13.1.1 strong comparison: W/ on ours", "If-Match: \"a\"", WEAK,
	    FAILED },
	{ "13.1.1 in a list", "If-Match: W/\"a\", \"b\", \"a\"", STRONG,
	    PASS },
	{ "13.1.1 in the second line", "If-Match: \"b\"\nIf-Match: \"a\"",
	    STRONG, PASS },
	{ "13.1.1 no tag of ours", "If-Match: \"a\"", NO_ETAG, FAILED },
	{ "13.1.1 no tag of ours, an empty one of theirs", "If-Match: \"\"",
	    NOTHING, FAILED },
	{ "13.1.1 empty", "If-Match:", STRONG, FAILED },
	{ "13.1.1 empty, no tag of ours", "If-Match:", NOTHING, FAILED },
	{ "13.1.1 commas alone, no tag of ours", "If-Match: ,,", NOTHING,
	    FAILED },
	{ "13.1.1 malformed", "If-Match: a", STRONG, FAILED },
	{ "13.1.1 open quote", "If-Match: \"a", STRONG, FAILED },
	{ "13.1.1 star", "If-Match: *", STRONG, PASS },
	{ "13.1.1 star, no tag", "If-Match: *", NOTHING, PASS },
	{ "13.1.1 star is none beside a tag", "If-Match: *, \"b\"", STRONG,
	    FAILED },
	{ "13.1.1 unusual bytes", "If-Match: " ODD_TAG, ODD, PASS },

	/* If-Modified-Since */
	{ "13.1.3 the same date", "If-Modified-Since: " SAME, STRONG, SEEN },
	{ "13.1.3 a second later", "If-Modified-Since: " AFTER, STRONG,
	    SEEN },
	{ "13.1.3 a second earlier", "If-Modified-Since: " BEFORE, STRONG,
	    PASS },
	{ "13.1.3 in the future", "If-Modified-Since: " FUTURE, STRONG,
	    SEEN },
	{ "13.1.3 a date that is not strong", "If-Modified-Since: " SAME,
	    WEAK, SEEN },
	{ "13.1.3 no date of ours", "If-Modified-Since: " FUTURE, NO_DATE,
	    PASS },
	{ "5.6.7 RFC 850", "If-Modified-Since: Sunday, 06-Nov-94 08:49:37 "
	    "GMT", STRONG, SEEN },
	{ "5.6.7 asctime", "If-Modified-Since: Sun Nov  6 08:49:36 1994",
	    STRONG, PASS },
	{ "13.1.3 malformed", "If-Modified-Since: " SAME "x", STRONG, PASS },
	{ "13.1.3 empty", "If-Modified-Since:", STRONG, PASS },
	{ "13.1.3 with the length, as once was",
	    "If-Modified-Since: " SAME "; length=3", STRONG, PASS },
	{ "13.1.3 two dates", "If-Modified-Since: " SAME ", " SAME, STRONG,
	    PASS },
	{ "13.1.3 repeated",
	    "If-Modified-Since: " SAME "\nIf-Modified-Since: " SAME, STRONG,
	    PASS },
	{ "13.1.3 a tag", "If-Modified-Since: \"a\"", STRONG, PASS },

	/* If-Unmodified-Since */
	{ "13.1.4 the same date", "If-Unmodified-Since: " SAME, STRONG,
	    PASS },
	{ "13.1.4 a second later", "If-Unmodified-Since: " AFTER, STRONG,
	    PASS },
	{ "13.1.4 a second earlier", "If-Unmodified-Since: " BEFORE, STRONG,
	    FAILED },
	{ "13.1.4 in the future", "If-Unmodified-Since: " FUTURE, STRONG,
	    PASS },
	{ "13.1.4 no date of ours", "If-Unmodified-Since: " BEFORE, NO_DATE,
	    PASS },
	{ "13.1.4 malformed", "If-Unmodified-Since: " BEFORE "x", STRONG,
	    PASS },
	{ "13.1.4 two dates", "If-Unmodified-Since: " BEFORE ", " BEFORE,
	    STRONG, PASS },
	{ "13.1.4 repeated", "If-Unmodified-Since: " BEFORE
	    "\nIf-Unmodified-Since: " BEFORE, STRONG, PASS },

	/* The order */
	{ "13.1.4 If-Match before If-Unmodified-Since, which fails",
	    "If-Match: \"a\"\nIf-Unmodified-Since: " BEFORE, STRONG, PASS },
	{ "13.1.4 If-Match before If-Unmodified-Since, which holds",
	    "If-Unmodified-Since: " SAME "\nIf-Match: \"b\"", STRONG,
	    FAILED },
	{ "13.1.4 an empty If-Match is one too",
	    "If-Match:\nIf-Unmodified-Since: " SAME, STRONG, FAILED },
	{ "13.1.3 If-None-Match before If-Modified-Since, which says seen",
	    "If-None-Match: \"b\"\nIf-Modified-Since: " SAME, STRONG, PASS },
	{ "13.1.3 If-None-Match before If-Modified-Since, which says new",
	    "If-Modified-Since: " BEFORE "\nIf-None-Match: \"a\"", STRONG,
	    SEEN },
	{ "13.1.3 a malformed If-None-Match is one too",
	    "If-None-Match: a\nIf-Modified-Since: " SAME, STRONG, PASS },
	{ "13.1.3 If-None-Match where there is no tag",
	    "If-None-Match: \"a\"\nIf-Modified-Since: " SAME, NO_ETAG,
	    PASS },
	{ "13.2.2 step 1 holds, step 3 decides",
	    "If-None-Match: \"a\"\nIf-Match: \"a\"", STRONG, SEEN },
	{ "13.2.2 step 1 fails before step 3",
	    "If-None-Match: \"a\"\nIf-Match: \"b\"", STRONG, FAILED },
	{ "13.2.2 step 1 holds, step 4 decides",
	    "If-Match: *\nIf-Modified-Since: " SAME, STRONG, SEEN },
	{ "13.2.2 step 2 holds, step 3 decides",
	    "If-Unmodified-Since: " SAME "\nIf-None-Match: \"a\"", STRONG,
	    SEEN },
	{ "13.2.2 step 2 fails before step 4", "If-Modified-Since: " SAME
	    "\nIf-Unmodified-Since: " BEFORE, STRONG, FAILED },
	{ "13.2.2 step 2 holds, step 4 decides", "If-Modified-Since: " SAME
	    "\nIf-Unmodified-Since: " SAME, STRONG, SEEN },
	{ "13.2.2 all hold", "If-Match: \"a\"\nIf-Unmodified-Since: " SAME
	    "\nIf-None-Match: \"b\"\nIf-Modified-Since: " BEFORE, STRONG,
	    PASS },
};

static const struct {
	const char	*name, *fields;
	enum known	 of;
	bool		 want;
} ranges[] = {
	{ "13.1.5 no If-Range", "Range: bytes=0-0", STRONG, true },
	{ "13.1.5 no fields", "", NOTHING, true },
	{ "13.1.5 equal", "If-Range: \"a\"", STRONG, true },
	{ "13.1.5 not equal", "If-Range: \"b\"", STRONG, false },
	{ "13.1.5 strong comparison: W/ on both sides", "If-Range: W/\"a\"",
	    WEAK, false },
	{ "13.1.5 strong comparison: W/ on theirs", "If-Range: W/\"a\"",
	    STRONG, false },
	{ "13.1.5 strong comparison: W/ on ours", "If-Range: \"a\"", WEAK,
	    false },
	{ "13.1.5 no tag of ours", "If-Range: \"a\"", NO_ETAG, false },
	{ "13.1.5 no tag of ours, an empty one of theirs", "If-Range: \"\"",
	    NOTHING, false },
	{ "13.1.5 unusual bytes", "If-Range: " ODD_TAG, ODD, true },
	{ "13.1.5 no list", "If-Range: \"a\", \"a\"", STRONG, false },
	{ "13.1.5 a comma behind", "If-Range: \"a\",", STRONG, false },
	{ "13.1.5 no star", "If-Range: *", STRONG, false },
	{ "13.1.5 open quote", "If-Range: \"a", STRONG, false },
	{ "13.1.5 open quote alone", "If-Range: \"", STRONG, false },
	{ "13.1.5 word behind", "If-Range: \"a\"x", STRONG, false },
	{ "13.1.5 empty", "If-Range:", STRONG, false },
	{ "13.1.5 repeated", "If-Range: \"a\"\nIf-Range: \"a\"", STRONG,
	    false },
	{ "13.1.5 exactly the date", "If-Range: " SAME, STRONG, true },
	{ "13.1.5 exactly the date, RFC 850",
	    "If-Range: Sunday, 06-Nov-94 08:49:37 GMT", STRONG, true },
	{ "13.1.5 a second later", "If-Range: " AFTER, STRONG, false },
	{ "13.1.5 a second earlier", "If-Range: " BEFORE, STRONG, false },
	{ "13.1.5 a date that is not strong", "If-Range: " SAME, WEAK,
	    false },
	{ "13.1.5 no date of ours", "If-Range: " SAME, NO_DATE, false },
	{ "13.1.5 a weekday, not W/",
	    "If-Range: Wed, 06 Nov 1994 08:49:37 GMT", STRONG, true },
	{ "13.1.5 malformed date", "If-Range: " SAME "x", STRONG, false },
	{ "13.1.5 repeated date", "If-Range: " SAME "\nIf-Range: " SAME,
	    STRONG, false },
};

START_TEST(judged)
{
	const char *text = conditions[_i].fields;
	struct test_fields t;
	enum http_cond got;

	ck_assert(fields_of(&t, text, strlen(text)));
	got = http_cond_judge(&t.fields, &known[conditions[_i].of], NOW);
	ck_assert_msg(got == conditions[_i].want, "%s: %d",
	    conditions[_i].name, (int)got);
}
END_TEST

START_TEST(range_judged)
{
	const char *text = ranges[_i].fields;
	struct test_fields t;

	ck_assert(fields_of(&t, text, strlen(text)));
	ck_assert_msg(http_cond_range(&t.fields, &known[ranges[_i].of], NOW)
	    == ranges[_i].want, "%s", ranges[_i].name);
}
END_TEST

/* Whatever is known, no prefix is read further than it goes. */
START_TEST(prefixes)
{
	const char *text = conditions[_i].fields;
	struct test_fields t;

	for (size_t n = 0; n < strlen(text); n++) {
		if (!fields_of(&t, text, n))
			continue;
		for (int i = 0; i < KNOWN; i++) {
			(void)http_cond_judge(&t.fields, &known[i], NOW);
			(void)http_cond_range(&t.fields, &known[i], NOW);
		}
	}
}
END_TEST

/* A tag or a date that is cut, anywhere, does not hold. */
START_TEST(cut)
{
	static const struct {
		const char	*fields;
		enum known	 of;
		enum http_cond	 want;
		bool		 range;
	} rows[] = {
		{ "If-None-Match: " ODD_TAG, ODD, PASS, true },
		{ "If-None-Match: \"a\"", STRONG, PASS, true },
		{ "If-None-Match: W/\"a\"", WEAK, PASS, true },
		{ "If-Match: " ODD_TAG, ODD, FAILED, true },
		{ "If-Match: \"a\"", STRONG, FAILED, true },
		{ "If-Modified-Since: " SAME, STRONG, PASS, true },
		{ "If-Unmodified-Since: " BEFORE, STRONG, PASS, true },
		{ "If-Range: " ODD_TAG, ODD, PASS, false },
		{ "If-Range: \"a\"", STRONG, PASS, false },
		{ "If-Range: " SAME, STRONG, PASS, false },
	};
	const struct http_validators *v;
	struct test_fields t;

	for (int i = 0; i < COUNT(rows); i++) {
		const char *text = rows[i].fields;
		size_t n = (size_t)(strchr(text, ':') - text) + 1;

		v = &known[rows[i].of];
		for (; n < strlen(text); n++) {
			ck_assert(fields_of(&t, text, n));
			ck_assert_msg(http_cond_judge(&t.fields, v, NOW) ==
			    rows[i].want, "%s: %zu", text, n);
			ck_assert_msg(http_cond_range(&t.fields, v, NOW) ==
			    rows[i].range, "%s: %zu", text, n);
		}
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_cond");
	TCase *tc = tcase_create("cond");

	tcase_add_loop_test(tc, judged, 0, COUNT(conditions));
	tcase_add_loop_test(tc, range_judged, 0, COUNT(ranges));
	tcase_add_loop_test(tc, prefixes, 0, COUNT(conditions));
	tcase_add_test(tc, cut);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
