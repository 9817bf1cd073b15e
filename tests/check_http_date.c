#include "http/http_date.h"

#include <stdint.h>

#include "support.h"

/* 2026-07-28 12:00:00 GMT */
#define NOW	((time_t)1785240000)

static const struct {
	time_t		 t;
	const char	*text;
} dates[] = {
	{ 0, "Thu, 01 Jan 1970 00:00:00 GMT" },
	{ 784111777, "Sun, 06 Nov 1994 08:49:37 GMT" },
	{ -1, "Wed, 31 Dec 1969 23:59:59 GMT" },
	{ 951782400, "Tue, 29 Feb 2000 00:00:00 GMT" },
	{ 951868800, "Wed, 01 Mar 2000 00:00:00 GMT" },
	{ 1709164800, "Thu, 29 Feb 2024 00:00:00 GMT" },
	{ 1735689599, "Tue, 31 Dec 2024 23:59:59 GMT" },
	{ 2147483648, "Tue, 19 Jan 2038 03:14:08 GMT" },
	{ 4107542399, "Sun, 28 Feb 2100 23:59:59 GMT" },
	{ 4107542400, "Mon, 01 Mar 2100 00:00:00 GMT" },
	{ -2203891200, "Thu, 01 Mar 1900 00:00:00 GMT" },
	{ -62167219200, "Sat, 01 Jan 0000 00:00:00 GMT" },
	{ -62162035201, "Tue, 29 Feb 0000 23:59:59 GMT" },
	{ 253402300799, "Fri, 31 Dec 9999 23:59:59 GMT" },
};

static const struct {
	const char	*name, *text;
	time_t		 want;
} good[] = {
	{ "5.6.7 IMF-fixdate", "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
	{ "5.6.7 RFC 850", "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
	{ "5.6.7 asctime", "Sun Nov  6 08:49:37 1994", 784111777 },
	{ "5.6.7 asctime, two digits", "Sun Nov 16 08:49:37 1994",
	    784975777 },
	{ "5.6.7 asctime, zero first", "Sun Nov 06 08:49:37 1994",
	    784111777 },
	{ "5.6.7 a weekday that does not fit",
	    "Mon, 06 Nov 1994 08:49:37 GMT", 784111777 },
	{ "5.6.7 leap second", "Sat, 31 Dec 2016 23:59:60 GMT", 1483228799 },
	{ "5.6.7 50 years ahead", "Tuesday, 28-Jul-76 12:00:00 GMT",
	    3363163200 },
	{ "5.6.7 a second more", "Wednesday, 28-Jul-76 12:00:01 GMT",
	    207403201 },
	{ "5.6.7 a month more", "Saturday, 28-Aug-76 12:00:00 GMT",
	    210081600 },
	{ "5.6.7 51 years ahead", "Friday, 01-Jan-77 00:00:00 GMT",
	    220924800 },
	{ "5.6.7 this century", "Thursday, 01-Jan-00 00:00:00 GMT",
	    946684800 },
	{ "5.6.7 leap day of a century year", "Monday, 29-Feb-00 00:00:00 GMT",
	    951782400 },
};

static const struct {
	const char	*name, *text;
} bad[] = {
	{ "empty", "" },
	{ "0", "0" },
	{ "seconds", "784111777" },
	{ "ISO 8601", "1994-11-06T08:49:37Z" },
	{ "no weekday", "06 Nov 1994 08:49:37 GMT" },
	{ "unknown weekday", "Son, 06 Nov 1994 08:49:37 GMT" },
	{ "weekday in lower case", "sun, 06 Nov 1994 08:49:37 GMT" },
	{ "long weekday, IMF", "Sunday, 06 Nov 1994 08:49:37 GMT" },
	{ "short weekday, RFC 850", "Sun, 06-Nov-94 08:49:37 GMT" },
	{ "no comma", "Sun 06 Nov 1994 08:49:37 GMT" },
	{ "unknown month", "Sun, 06 Nuv 1994 08:49:37 GMT" },
	{ "month in capitals", "Sun, 06 NOV 1994 08:49:37 GMT" },
	{ "month across two names", "Sun, 06 anF 1994 08:49:37 GMT" },
	{ "day 0", "Sun, 00 Nov 1994 08:49:37 GMT" },
	{ "day 31 of 30", "Sun, 31 Nov 1994 08:49:37 GMT" },
	{ "day 32", "Sun, 32 Dec 1994 08:49:37 GMT" },
	{ "29 February", "Sun, 29 Feb 1994 08:49:37 GMT" },
	{ "29 February of a century", "Sun, 29 Feb 1900 08:49:37 GMT" },
	{ "30 February", "Sun, 30 Feb 2000 08:49:37 GMT" },
	{ "hour 24", "Sun, 06 Nov 1994 24:00:00 GMT" },
	{ "minute 60", "Sun, 06 Nov 1994 08:60:00 GMT" },
	{ "second 61", "Sun, 06 Nov 1994 08:49:61 GMT" },
	{ "one digit", "Sun, 6 Nov 1994 08:49:37 GMT" },
	{ "space for a digit", "Sun,  6 Nov 1994 08:49:37 GMT" },
	{ "sign", "Sun, +6 Nov 1994 08:49:37 GMT" },
	{ "year of two digits", "Sun, 06 Nov 94 08:49:37 GMT" },
	{ "year of five digits", "Sun, 06 Nov 19940 08:49:37 GMT" },
	{ "letters in the year", "Sun, 06 Nov 19x4 08:49:37 GMT" },
	{ "no seconds", "Sun, 06 Nov 1994 08:49 GMT" },
	{ "dots for colons", "Sun, 06 Nov 1994 08.49.37 GMT" },
	{ "no zone", "Sun, 06 Nov 1994 08:49:37" },
	{ "another zone", "Sun, 06 Nov 1994 08:49:37 UTC" },
	{ "numeric zone", "Sun, 06 Nov 1994 08:49:37 +0000" },
	{ "zone in lower case", "Sun, 06 Nov 1994 08:49:37 gmt" },
	{ "more behind", "Sun, 06 Nov 1994 08:49:37 GMT " },
	{ "blank before", " Sun, 06 Nov 1994 08:49:37 GMT" },
	{ "RFC 850, year of four digits", "Sunday, 06-Nov-1994 08:49:37 GMT" },
	{ "RFC 850, spaces", "Sunday, 06 Nov 94 08:49:37 GMT" },
	{ "RFC 850, one space", "Sunday, 06-Nov 94 08:49:37 GMT" },
	{ "RFC 850, no zone", "Sunday, 06-Nov-94 08:49:37" },
	{ "RFC 850, day 31", "Sunday, 31-Nov-94 08:49:37 GMT" },
	{ "RFC 850, 29 February of another century",
	    "Monday, 29-Feb-77 00:00:00 GMT" },
	{ "asctime, one space", "Sun Nov 6 08:49:37 1994" },
	{ "asctime, three spaces", "Sun Nov   6 08:49:37 1994" },
	{ "asctime, zone", "Sun Nov  6 08:49:37 1994 GMT" },
	{ "asctime, line feed", "Sun Nov  6 08:49:37 1994\n" },
	{ "asctime, comma", "Sun, Nov  6 08:49:37 1994" },
	{ "asctime, day 0", "Sun Nov  0 08:49:37 1994" },
	{ "asctime, year of two digits", "Sun Nov  6 08:49:37 94" },
	{ "asctime, long weekday", "Sunday Nov  6 08:49:37 1994" },
};

static bool
parse(const char *text, size_t len, time_t now, time_t *out)
{
	return http_date_parse((struct slice){ guarded(text, len), len },
	    now, out);
}

START_TEST(both_ways)
{
	char out[HTTP_DATE_LEN + 1];
	time_t t;

	http_date_format(dates[_i].t, out);
	ck_assert_str_eq(out, dates[_i].text);
	ck_assert(parse(dates[_i].text, HTTP_DATE_LEN, NOW, &t));
	ck_assert_int_eq(t, dates[_i].t);
}
END_TEST

START_TEST(clamped)
{
	char out[HTTP_DATE_LEN + 1];

	http_date_format((time_t)253402300800, out);
	ck_assert_str_eq(out, "Fri, 31 Dec 9999 23:59:59 GMT");
	http_date_format((time_t)INT64_MAX, out);
	ck_assert_str_eq(out, "Fri, 31 Dec 9999 23:59:59 GMT");
	http_date_format((time_t)-62167219201, out);
	ck_assert_str_eq(out, "Sat, 01 Jan 0000 00:00:00 GMT");
	http_date_format((time_t)INT64_MIN, out);
	ck_assert_str_eq(out, "Sat, 01 Jan 0000 00:00:00 GMT");
}
END_TEST

/*
 * Against the C library, some days at a time. Nothing is asserted as long as
 * all is well: each assertion of Check costs a system call.
 */
START_TEST(as_gmtime_says)
{
	char out[HTTP_DATE_LEN + 1], want[64];
	struct tm tm;
	time_t t, back;

	for (t = -62167219200; t < 253402300800; t += 86400 * 17 + 12345) {
		http_date_format(t, out);
		if (gmtime_r(&t, &tm) == NULL || strftime(want, sizeof(want),
		    "%a, %d %b %Y %H:%M:%S GMT", &tm) == 0)
			ck_abort_msg("%lld", (long long)t);
		/* The library writes early years with fewer digits. */
		if (tm.tm_year + 1900 >= 1000 && strcmp(out, want) != 0)
			ck_abort_msg("%s, not %s", out, want);
		if (!http_date_parse(slice_of(out), NOW, &back) || back != t)
			ck_abort_msg("%s", out);
	}
}
END_TEST

START_TEST(accepted)
{
	time_t t;

	ck_assert_msg(parse(good[_i].text, strlen(good[_i].text), NOW, &t),
	    "%s", good[_i].name);
	ck_assert_msg(t == good[_i].want, "%s: %lld", good[_i].name,
	    (long long)t);
}
END_TEST

START_TEST(prefixes_are_refused)
{
	time_t t = 7;

	for (size_t n = 0; n < strlen(good[_i].text); n++)
		ck_assert_msg(!parse(good[_i].text, n, NOW, &t) && t == 7,
		    "%s: %zu", good[_i].name, n);
}
END_TEST

START_TEST(refused)
{
	time_t t = 7;

	ck_assert_msg(!parse(bad[_i].text, strlen(bad[_i].text), NOW, &t),
	    "%s: %lld", bad[_i].name, (long long)t);
	ck_assert_int_eq(t, 7);
}
END_TEST

START_TEST(century_follows_now)
{
	static const char text[] = "Sunday, 06-Nov-94 08:49:37 GMT";
	time_t t;

	/* 2094 is less than 50 years ahead of 2050. */
	ck_assert(parse(text, sizeof(text) - 1, 2524608000, &t));
	ck_assert_int_eq(t, 3939871777);
	/* A clock before the year 0 and one behind 9999. */
	ck_assert(parse(text, sizeof(text) - 1, (time_t)INT64_MIN, &t));
	ck_assert(parse(text, sizeof(text) - 1, (time_t)INT64_MAX, &t));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_date");
	TCase *tc = tcase_create("date");

	tcase_add_loop_test(tc, both_ways, 0, COUNT(dates));
	tcase_add_test(tc, clamped);
	tcase_add_test(tc, as_gmtime_says);
	tcase_add_loop_test(tc, accepted, 0, COUNT(good));
	tcase_add_loop_test(tc, prefixes_are_refused, 0, COUNT(good));
	tcase_add_loop_test(tc, refused, 0, COUNT(bad));
	tcase_add_test(tc, century_follows_now);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
