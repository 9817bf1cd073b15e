#include "http/http_date.h"

#include <stdint.h>

#define DAY		86400
#define ASCTIME_LEN	24	/* "Sun Nov  6 08:49:37 1994" */
#define RFC850_LEN	24	/* ", 06-Nov-94 08:49:37 GMT" */
#define FIRST_SECOND	INT64_C(-62167219200)	/* 0000-01-01 00:00:00 */
#define LAST_SECOND	INT64_C(253402300799)	/* 9999-12-31 23:59:59 */

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char weekdays[] = "SunMonTueWedThuFriSat";
static const struct slice long_weekdays[] = {
	{ "Sunday", 6 }, { "Monday", 6 }, { "Tuesday", 7 },
	{ "Wednesday", 9 }, { "Thursday", 8 }, { "Friday", 6 },
	{ "Saturday", 8 }
};

/* A point in time of the proleptic Gregorian calendar, in GMT. */
struct civil {
	int	year;
	int	month;		/* 1 to 12 */
	int	day;		/* 1 to 31 */
	int	hour;
	int	minute;
	int	second;		/* 0 to 60 */
};

/*
 * Days from 1970-01-01. Years are counted from March, so that the day of a
 * leap year comes last, and months have a regular 30.6 days.
 */
static int64_t
days_from(int year, int month, int day)
{
	/* A whole cycle of 400 years, so that nothing is below zero. */
	int64_t y = year + 400 - (month < 3);
	int64_t m = (month + 9) % 12;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 +
	    day - 1 - 719468 - 146097;
}

static time_t
seconds_from(const struct civil *c)
{
	int second = c->second == 60 ? 59 : c->second;

	return (time_t)(days_from(c->year, c->month, c->day) * DAY +
	    c->hour * 3600 + c->minute * 60 + second);
}

/* The reverse of days_from(), for days within the years 0 to 9999. */
static void
set_date(struct civil *c, int64_t days)
{
	int64_t day, y, m;

	days += 719468 + 146097;
	day = days % 146097;
	/* Take the leap days out: then every year has 365 days. */
	y = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	day -= y * 365 + y / 4 - y / 100;
	m = (day * 5 + 2) / 153;
	c->day = (int)(day - (m * 153 + 2) / 5) + 1;
	c->month = (int)(m < 10 ? m + 3 : m - 9);
	c->year = (int)(y + days / 146097 * 400) - 400 + (c->month < 3);
}

static int64_t
clamp(time_t t)
{
	int64_t seconds = (int64_t)t;

	if (seconds < FIRST_SECOND)
		return FIRST_SECOND;
	return seconds > LAST_SECOND ? LAST_SECOND : seconds;
}

/* Days and the seconds of the day, which are never negative. */
static int64_t
split_days(int64_t seconds, int *rest)
{
	int64_t days = (seconds - FIRST_SECOND) / DAY + FIRST_SECOND / DAY;

	*rest = (int)(seconds - days * DAY);
	return days;
}

static void
put_two(char *out, int value)
{
	out[0] = (char)('0' + value / 10);
	out[1] = (char)('0' + value % 10);
}

void
http_date_format(time_t t, char out[static HTTP_DATE_LEN + 1])
{
	struct civil c;
	int rest;
	int64_t days = split_days(clamp(t), &rest);

	set_date(&c, days);
	memcpy(out, "Thu, 00 Jan 0000 00:00:00 GMT", HTTP_DATE_LEN + 1);
	/* A Thursday, 4, and enough whole weeks to get above zero. */
	memcpy(out, weekdays + (days + 4 + 7 * 102790) % 7 * 3, 3);
	put_two(out + 5, c.day);
	memcpy(out + 8, months + (c.month - 1) * 3, 3);
	put_two(out + 12, c.year / 100);
	put_two(out + 14, c.year % 100);
	put_two(out + 17, rest / 3600);
	put_two(out + 20, rest / 60 % 60);
	put_two(out + 23, rest % 60);
}

/*
 * Each form has its length, so every part has its place: what follows reads
 * at p without asking how many bytes there are.
 */

/* Two digits. */
static bool
read_two(const char *p, int *out)
{
	unsigned tens = (unsigned char)p[0] - '0';
	unsigned ones = (unsigned char)p[1] - '0';

	*out = (int)(tens * 10 + ones);
	return tens <= 9 && ones <= 9;
}

static bool
read_year(const char *p, int *out)
{
	int century, year;

	if (!read_two(p, &century) || !read_two(p + 2, &year))
		return false;
	*out = century * 100 + year;
	return true;
}

/* Which of the names in table, of three letters each, is this: 1 to count. */
static bool
read_name(const char *p, const char *table, int count, int *out)
{
	for (int i = 0; i < count; i++)
		if (memcmp(p, table + i * 3, 3) == 0) {
			*out = i + 1;
			return true;
		}
	return false;
}

static bool
read_month(const char *p, struct civil *c)
{
	return read_name(p, months, 12, &c->month);
}

static bool
read_weekday(const char *p)
{
	int weekday;

	return read_name(p, weekdays, 7, &weekday);
}

static bool
read_clock(const char *p, struct civil *c)
{
	return read_two(p, &c->hour) && p[2] == ':' &&
	    read_two(p + 3, &c->minute) && p[5] == ':' &&
	    read_two(p + 6, &c->second);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
static bool
read_fixdate(const char *p, struct civil *c)
{
	return read_weekday(p) && memcmp(p + 3, ", ", 2) == 0 &&
	    read_two(p + 5, &c->day) && p[7] == ' ' &&
	    read_month(p + 8, c) && p[11] == ' ' &&
	    read_year(p + 12, &c->year) && p[16] == ' ' &&
	    read_clock(p + 17, c) && memcmp(p + 25, " GMT", 4) == 0;
}

/* "Sun Nov  6 08:49:37 1994": a space for the first digit of a day below 10. */
static bool
read_asctime(const char *p, struct civil *c)
{
	const char day[] = { p[8] == ' ' ? '0' : p[8], p[9] };

	return read_weekday(p) && p[3] == ' ' &&
	    read_month(p + 4, c) && p[7] == ' ' &&
	    read_two(day, &c->day) && p[10] == ' ' &&
	    read_clock(p + 11, c) && p[19] == ' ' &&
	    read_year(p + 20, &c->year);
}

/*
 * The last year with these two digits that does not put the date more than
 * 50 years ahead of now, RFC 9110 5.6.7.
 */
static void
set_century(struct civil *c, time_t now)
{
	struct civil ahead = { .year = 0 };
	int rest;
	int64_t days = split_days(clamp(now), &rest);

	set_date(&ahead, days);
	ahead.year += 50;
	c->year += (ahead.year - c->year) / 100 * 100;
	if (seconds_from(c) > seconds_from(&ahead) + rest)
		c->year -= 100;
}

/* ", 06-Nov-94 08:49:37 GMT", what follows the weekday in a date of RFC 850. */
static bool
read_rfc850(const char *p, struct civil *c, time_t now)
{
	if (!(memcmp(p, ", ", 2) == 0 &&
	    read_two(p + 2, &c->day) && p[4] == '-' &&
	    read_month(p + 5, c) && p[8] == '-' &&
	    read_two(p + 9, &c->year) && p[11] == ' ' &&
	    read_clock(p + 12, c) && memcmp(p + 20, " GMT", 4) == 0))
		return false;
	set_century(c, now);
	return true;
}

/* Is this a date of RFC 850? Its weekday is written out. */
static bool
find_rfc850(struct slice s, struct civil *c, time_t now)
{
	for (int i = 0; i < 7; i++) {
		struct slice name = long_weekdays[i];

		if (s.len == name.len + RFC850_LEN &&
		    memcmp(s.p, name.p, name.len) == 0)
			return read_rfc850(s.p + name.len, c, now);
	}
	return false;
}

static bool
is_valid(const struct civil *c)
{
	static const int lengths[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};
	int length = lengths[c->month - 1];

	if (c->month == 2 && c->year % 4 == 0 &&
	    (c->year % 100 != 0 || c->year % 400 == 0))
		length++;
	return c->day >= 1 && c->day <= length && c->hour <= 23 &&
	    c->minute <= 59 && c->second <= 60;
}

bool
http_date_parse(struct slice s, time_t now, time_t *out)
{
	struct civil c;
	bool is_date;

	if (s.len == HTTP_DATE_LEN)
		is_date = read_fixdate(s.p, &c);
	else if (s.len == ASCTIME_LEN)
		is_date = read_asctime(s.p, &c);
	else
		is_date = find_rfc850(s, &c, now);
	if (!is_date || !is_valid(&c))
		return false;
	*out = seconds_from(&c);
	return true;
}
