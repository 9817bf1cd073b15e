#include "http/http_range.h"

#include <stdint.h>
#include <stdio.h>

#include "support.h"

#define LARGEST	INT64_MAX	/* what off_t can say */

#define IGNORED	"200"
#define NOT_SATISFIABLE	"416"

/* want: IGNORED, NOT_SATISFIABLE, or the ranges with their last positions */
static const struct {
	const char	*name, *value;
	off_t		 size;
	const char	*want;
} cases[] = {
	{ "14.1.2 the first byte", "bytes=0-0", 10, "0-0" },
	{ "14.1.2 the last byte", "bytes=9-9", 10, "9-9" },
	{ "14.1.2 in the middle", "bytes=2-5", 10, "2-5" },
	{ "14.1.2 all by one range", "bytes=0-9", 10, "0-9" },
	{ "14.1.2 all, open end", "bytes=0-", 10, "0-9" },
	{ "14.1.2 open end", "bytes=4-", 10, "4-9" },
	{ "14.1.2 last-pos at the end", "bytes=4-10", 10, "4-9" },
	{ "14.1.2 last-pos past the end", "bytes=4-4000", 10, "4-9" },
	{ "14.1.2 first-pos at the end", "bytes=10-", 10, NOT_SATISFIABLE },
	{ "14.1.2 first-pos past the end", "bytes=11-20", 10,
	    NOT_SATISFIABLE },
	{ "14.1.2 suffix", "bytes=-3", 10, "7-9" },
	{ "14.1.2 suffix as long as the file", "bytes=-10", 10, "0-9" },
	{ "14.1.2 suffix longer than the file", "bytes=-11", 10, "0-9" },
	{ "14.1.2 suffix of nothing", "bytes=-0", 10, NOT_SATISFIABLE },
	{ "14.1.2 suffix of nothing, many zeros", "bytes=-000", 10,
	    NOT_SATISFIABLE },
	{ "14.1.2 leading zeros", "bytes=0002-000000000000000000000000005",
	    10, "2-5" },

	{ "14.1.1 last below first", "bytes=5-2", 10, IGNORED },
	{ "14.1.1 last below first, past the end", "bytes=50-20", 10,
	    IGNORED },
	{ "14.1.1 last below first behind a good one", "bytes=0-0,5-2", 10,
	    IGNORED },
	{ "14.1.1 last below first before a good one", "bytes=5-2,0-0", 10,
	    IGNORED },
	{ "14.1.1 malformed behind one past the end", "bytes=10-,x", 10,
	    IGNORED },
	{ "14.1.1 no position", "bytes=-", 10, IGNORED },
	{ "14.1.1 no dash", "bytes=5", 10, IGNORED },
	{ "14.1.1 three positions", "bytes=1-2-3", 10, IGNORED },
	{ "14.1.1 two dashes", "bytes=1--2", 10, IGNORED },
	{ "14.1.1 suffix with a sign", "bytes=--1", 10, IGNORED },
	{ "14.1.1 plus sign", "bytes=+1-2", 10, IGNORED },
	{ "14.1.1 hexadecimal", "bytes=0x1-2", 10, IGNORED },
	{ "14.1.1 letter behind", "bytes=1-2a", 10, IGNORED },
	{ "14.1.1 semicolon for a comma", "bytes=0-1;3-4", 10, IGNORED },
	{ "14.1.1 blank before the dash", "bytes=1 -2", 10, IGNORED },
	{ "14.1.1 blank behind the dash", "bytes=1- 2", 10, IGNORED },
	{ "14.1.1 tab in a number", "bytes=1\t1-", 100, IGNORED },
	{ "14.1.1 quoted", "bytes=\"0-1,3-4\"", 10, IGNORED },
	{ "14.1.1 open quote", "bytes=0-1,\"3-4", 10, IGNORED },

	{ "14.1.1 empty value", "", 10, IGNORED },
	{ "14.1.1 unit alone", "bytes", 10, IGNORED },
	{ "14.1.1 no set", "bytes=", 10, IGNORED },
	{ "14.1.1 a comma for a set", "bytes=,", 10, IGNORED },
	{ "14.1.1 commas and blanks for a set", "bytes=, ,\t,", 10, IGNORED },
	{ "14.1.1 no equals sign", "bytes 0-1", 10, IGNORED },
	{ "14.1.1 colon for the equals sign", "bytes:0-1", 10, IGNORED },
	{ "14.1.1 two equals signs", "bytes==0-1", 10, IGNORED },
	{ "14.1.1 no unit", "0-1", 10, IGNORED },
	{ "14.1.1 empty unit", "=0-1", 10, IGNORED },
	{ "14.1.1 blank before the unit", " bytes=0-1", 10, IGNORED },
	{ "14.1.1 blank before the equals sign", "bytes =0-1", 10, IGNORED },
	{ "14.1.1 space behind the equals sign", "bytes= 0-1", 10, IGNORED },
	{ "14.1.1 tab behind the equals sign", "bytes=\t0-1", 10, IGNORED },
	{ "5.6.1.2 blank, then a comma", "bytes= ,0-1", 10, "0-1" },
	{ "5.6.1.2 blanks and commas", "bytes=\t , ,0-1 , ,", 10, "0-1" },
	{ "14.1.1 blank alone", "bytes= ", 10, IGNORED },
	{ "14.1.1 over 64 bits, backwards",
	    "bytes=18446744073709551625-18446744073709551621", 26, IGNORED },
	{ "14.1.1 over 64 bits, zeros in front",
	    "bytes=0018446744073709551625-0000018446744073709551626", 26,
	    NOT_SATISFIABLE },
	{ "14.1.1 over 64 bits, equal",
	    "bytes=18446744073709551625-18446744073709551625", 26,
	    NOT_SATISFIABLE },
	{ "14.1 unit in capitals", "BYTES=0-1", 10, "0-1" },
	{ "14.1 unit in mixed case", "bYtEs=0-1", 10, "0-1" },
	{ "14.2 another unit", "lines=0-1", 10, IGNORED },
	{ "14.2 another unit, longer", "bytess=0-1", 10, IGNORED },
	{ "14.2 another unit, shorter", "byte=0-1", 10, IGNORED },
	{ "14.2 the unit none", "none=0-1", 10, IGNORED },

	{ "14.1.2 two", "bytes=0-1,3-4", 10, "0-1 3-4" },
	{ "14.1.2 as asked, not sorted", "bytes=7-8,0-1", 10, "7-8 0-1" },
	{ "14.1.2 first and last byte", "bytes=0-0,-1", 10, "0-0 9-9" },
	{ "5.6.1 empty element", "bytes=0-1,,3-4", 10, "0-1 3-4" },
	{ "5.6.1 empty elements around", "bytes=,0-1, ,3-4,,", 10,
	    "0-1 3-4" },
	{ "5.6.1 OWS", "bytes=0-1 , 3-4\t,\t 6-7", 10, "0-1 3-4 6-7" },
	{ "5.6.1 OWS behind the first comma", "bytes=, 0-1", 10, "0-1" },
	{ "14.1.2 one can be satisfied, the first", "bytes=0-0,10-", 10,
	    "0-0" },
	{ "14.1.2 one can be satisfied, the last", "bytes=20-30,-0,1-1", 10,
	    "1-1" },
	{ "15.5.17 none of two", "bytes=10-,20-30", 10, NOT_SATISFIABLE },
	{ "15.5.17 none of three", "bytes=10-,-0,11-11", 10,
	    NOT_SATISFIABLE },

	{ "14.2 eight", "bytes=0-0,1-1,2-2,3-3,4-4,5-5,6-6,7-7", 10,
	    "0-0 1-1 2-2 3-3 4-4 5-5 6-6 7-7" },
	{ "14.2 eight and empty ones",
	    "bytes=0-0,1-1,,2-2,3-3,4-4,,5-5,6-6,7-7,,", 10,
	    "0-0 1-1 2-2 3-3 4-4 5-5 6-6 7-7" },
	{ "14.2 nine", "bytes=0-0,1-1,2-2,3-3,4-4,5-5,6-6,7-7,8-8", 10,
	    IGNORED },
	{ "14.2 nine, the last past the end",
	    "bytes=0-0,1-1,2-2,3-3,4-4,5-5,6-6,7-7,10-", 10, IGNORED },
	{ "14.2 nine, all past the end",
	    "bytes=10-,10-,10-,10-,10-,10-,10-,10-,10-", 10, IGNORED },
	{ "14.2 eight, all past the end",
	    "bytes=10-,10-,10-,10-,10-,10-,10-,10-", 10, NOT_SATISFIABLE },
	{ "14.2 together the whole", "bytes=0-4,5-", 10, "0-4 5-9" },
	{ "14.2 together a byte more", "bytes=0-5,5-9", 10, IGNORED },
	{ "14.2 the whole twice", "bytes=0-,0-", 10, IGNORED },
	{ "14.2 the whole and a suffix", "bytes=0-,-1", 10, IGNORED },
	{ "14.2 overlapping, not more than the whole", "bytes=0-3,2-5", 10,
	    "0-3 2-5" },
	{ "14.2 one past the end counts nothing", "bytes=0-,10-", 10,
	    "0-9" },

	{ "14.1.2 empty file", "bytes=0-0", 0, NOT_SATISFIABLE },
	{ "14.1.2 empty file, open end", "bytes=0-", 0, NOT_SATISFIABLE },
	{ "14.1.2 empty file, suffix", "bytes=-5", 0, IGNORED },
	{ "14.1.2 empty file, suffix of nothing", "bytes=-0", 0,
	    NOT_SATISFIABLE },
	{ "14.1.2 empty file, one a suffix", "bytes=0-0,-5", 0, IGNORED },
	{ "14.1.2 a file of a byte", "bytes=-1", 1, "0-0" },
	{ "14.1.2 a file of a byte, two", "bytes=0-0,-1", 1, IGNORED },

	{ "14.1.2 largest, last byte", "bytes=9223372036854775806-", LARGEST,
	    "9223372036854775806-9223372036854775806" },
	{ "14.1.2 largest, past the end", "bytes=9223372036854775807-",
	    LARGEST, NOT_SATISFIABLE },
	{ "14.1.2 largest, all", "bytes=0-9223372036854775807", LARGEST,
	    "0-9223372036854775806" },
	{ "14.1.2 largest, suffix", "bytes=-9223372036854775807", LARGEST,
	    "0-9223372036854775806" },
	{ "14.1.2 largest, suffix but a byte", "bytes=-9223372036854775806",
	    LARGEST, "1-9223372036854775806" },
	{ "14.2 largest, twice", "bytes=0-,0-,0-,0-,0-,0-,0-,0-", LARGEST,
	    IGNORED },
	{ "14.2 largest, in halves", "bytes=0-4611686018427387903,"
	    "4611686018427387904-", LARGEST, "0-4611686018427387903 "
	    "4611686018427387904-9223372036854775806" },
	{ "14.1.2 64 bits", "bytes=9223372036854775808-", LARGEST,
	    NOT_SATISFIABLE },
	{ "14.1.2 a number that would wrap to 0",
	    "bytes=18446744073709551616-", 10, NOT_SATISFIABLE },
	{ "14.1.2 a last-pos that would wrap to 1",
	    "bytes=0-18446744073709551617", 10, "0-9" },
	{ "14.1.2 a suffix that would wrap to 1",
	    "bytes=-18446744073709551617", 10, "0-9" },
	{ "14.1.2 huge positions", "bytes=99999999999999999999999999999999-"
	    "999999999999999999999999999999999", 10, NOT_SATISFIABLE },
	{ "14.1.1 huge first, small last",
	    "bytes=99999999999999999999999999999999-1", 10, IGNORED },
};

static int
parse(const char *text, size_t len, off_t size, struct http_range *out)
{
	return http_range_parse((struct slice){ guarded(text, len), len },
	    size, out);
}

START_TEST(parsed)
{
	struct http_range r[HTTP_RANGE_MAX];
	char got[512] = "";
	size_t at = 0;
	int n;

	n = parse(cases[_i].value, strlen(cases[_i].value), cases[_i].size,
	    r);
	if (n <= 0)
		snprintf(got, sizeof(got), "%s",
		    n == 0 ? IGNORED : NOT_SATISFIABLE);
	for (int i = 0; i < n; i++)
		at += (size_t)snprintf(got + at, sizeof(got) - at,
		    "%s%jd-%jd", i > 0 ? " " : "", (intmax_t)r[i].first,
		    (intmax_t)r[i].end - 1);
	ck_assert_msg(strcmp(got, cases[_i].want) == 0, "%s: %s",
	    cases[_i].name, got);
}
END_TEST

/* Each prefix is a set of fewer ranges, or of other ones, or none. */
START_TEST(prefixes)
{
	struct http_range r[HTTP_RANGE_MAX];
	off_t left;
	int n;

	for (size_t len = 0; len < strlen(cases[_i].value); len++) {
		n = parse(cases[_i].value, len, cases[_i].size, r);
		ck_assert_msg(n >= -1 && n <= HTTP_RANGE_MAX &&
		    (n == 0 || len > sizeof("bytes=")), "%s: %zu: %d",
		    cases[_i].name, len, n);
		left = cases[_i].size;
		for (int i = 0; i < n; i++) {
			ck_assert_msg(r[i].first >= 0 &&
			    r[i].first < r[i].end &&
			    r[i].end <= cases[_i].size &&
			    r[i].end - r[i].first <= left, "%s: %zu: %d",
			    cases[_i].name, len, i);
			left -= r[i].end - r[i].first;
		}
	}
}
END_TEST

/* want: first, end and size; "" for none */
static const struct {
	const char	*name, *value;
	const char	*want;
} contents[] = {
	{ "14.4 a part", "bytes 0-9/10", "0 10 10" },
	{ "14.4 a byte", "bytes 5-5/10", "5 6 10" },
	{ "14.4 size not known", "bytes 2-5/*", "2 6 -1" },
	{ "14.4 unsatisfied", "bytes */10", "0 0 10" },
	{ "14.4 unsatisfied, of nothing", "bytes */0", "0 0 0" },
	{ "14.1 unit in capitals", "BYTES 0-0/1", "0 1 1" },
	{ "14.4 zeros in front", "bytes 000-00000000000000000000000009/010",
	    "0 10 10" },
	{ "14.4 the largest", "bytes 9223372036854775806-9223372036854775806/"
	    "9223372036854775807",
	    "9223372036854775806 9223372036854775807 9223372036854775807" },
	{ "14.4 the largest unsatisfied", "bytes */9223372036854775807",
	    "0 0 9223372036854775807" },

	{ "14.4 empty", "", "" },
	{ "14.4 unit alone", "bytes", "" },
	{ "14.4 nothing behind the unit", "bytes ", "" },
	{ "14.4 another unit", "lines 0-9/10", "" },
	{ "14.4 no unit", "0-9/10", "" },
	{ "14.4 equals sign", "bytes=0-9/10", "" },
	{ "14.4 two spaces", "bytes  0-9/10", "" },
	{ "14.4 tab", "bytes\t0-9/10", "" },
	{ "14.4 blank behind", "bytes 0-9/10 ", "" },
	{ "14.4 blank before the slash", "bytes 0-9 /10", "" },
	{ "14.4 blank behind the slash", "bytes 0-9/ 10", "" },
	{ "14.4 no size", "bytes 0-9/", "" },
	{ "14.4 no slash", "bytes 0-9", "" },
	{ "14.4 no last", "bytes 0-/10", "" },
	{ "14.4 no first", "bytes -9/10", "" },
	{ "14.4 no dash", "bytes 9/10", "" },
	{ "14.4 no range", "bytes /10", "" },
	{ "14.4 nothing known", "bytes */*", "" },
	{ "14.4 star for the last position", "bytes 0-*/10", "" },
	{ "14.4 last before first", "bytes 9-0/10", "" },
	{ "14.4 last at the size", "bytes 0-10/10", "" },
	{ "14.4 all past the size", "bytes 20-30/10", "" },
	{ "14.4 two", "bytes 0-1/10, 3-4/10", "" },
	{ "14.4 a letter behind", "bytes 0-9/10x", "" },
	{ "14.4 star and more", "bytes 0-9/*0", "" },
	{ "14.4 sign", "bytes +0-9/10", "" },
	{ "14.4 hexadecimal", "bytes 0x0-9/10", "" },
	{ "14.4 last of 63 bits", "bytes 0-9223372036854775807/*", "" },
	{ "14.4 size of 64 bits", "bytes 0-9/9223372036854775808", "" },
	{ "14.4 size that would wrap", "bytes 0-9/18446744073709551626",
	    "" },
	{ "14.4 last that would wrap", "bytes 0-18446744073709551625/10",
	    "" },
	{ "14.4 first that would wrap", "bytes 18446744073709551616-9/10",
	    "" },
	{ "14.4 unsatisfied, 64 bits", "bytes */9223372036854775808", "" },
};

static bool
parse_content(const char *text, size_t len, struct http_content_range *out)
{
	return http_content_range_parse((struct slice){ guarded(text, len),
	    len }, out);
}

START_TEST(content)
{
	const char *value = contents[_i].value;
	struct http_content_range r = { .size = -2 };
	char got[128] = "";

	if (parse_content(value, strlen(value), &r))
		snprintf(got, sizeof(got), "%jd %jd %jd",
		    (intmax_t)r.range.first, (intmax_t)r.range.end,
		    (intmax_t)r.size);
	else
		ck_assert_msg(r.size == -2, "%s: touched", contents[_i].name);
	ck_assert_msg(strcmp(got, contents[_i].want) == 0, "%s: %s",
	    contents[_i].name, got);
}
END_TEST

/* Only one that is cut in the size may be read, as a shorter number. */
START_TEST(content_prefixes)
{
	const char *value = contents[_i].value, *slash = strchr(value, '/');
	struct http_content_range r;

	for (size_t len = 0; len < strlen(value); len++)
		ck_assert_msg(!parse_content(value, len, &r) ||
		    (slash != NULL && value + len > slash + 1), "%s: %zu",
		    contents[_i].name, len);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_range");
	TCase *tc = tcase_create("range");

	tcase_add_loop_test(tc, parsed, 0, COUNT(cases));
	tcase_add_loop_test(tc, prefixes, 0, COUNT(cases));
	tcase_add_loop_test(tc, content, 0, COUNT(contents));
	tcase_add_loop_test(tc, content_prefixes, 0, COUNT(contents));
	suite_add_tcase(s, tc);
	return run_suite(s);
}
