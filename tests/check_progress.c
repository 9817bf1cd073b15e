/*
 * check_progress - the line that tells how far a transfer is, on terminals of
 * any width.
 */
#include "client/progress.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "suite.h"
#include "support.h"

#define KIB	((uint64_t)1 << 10)
#define MIB	((uint64_t)1 << 20)
#define GIB	((uint64_t)1 << 30)
#define COLUMNS_MAX	300
#define UNKNOWN	PROGRESS_UNKNOWN

static char line[PROGRESS_LINE_MAX];

static size_t
make(const struct progress *p, const char *name, unsigned columns)
{
	size_t len;

	memset(line, 'x', sizeof(line));
	len = progress_line(p, name, columns, line);
	ck_assert_uint_lt(len, sizeof(line));
	ck_assert_int_eq(line[len], '\0');
	ck_assert_uint_eq(strlen(line), len);
	return len;
}

static const struct {
	const char	*name;
	struct progress	 p;
	unsigned	 columns;
	const char	*want;
} lines[] = {
	{ "all of it", { 0, 612 * MIB, GIB, 7000, 84 * MIB }, 80,
	  "big.iso  [#########       ]   59%   612 MiB of 1.0 GiB    84 MiB/s"
	  "  0:05 left" },
	{ "less room", { 0, 612 * MIB, GIB, 7000, 84 * MIB }, 74,
	  "big.iso  [#####     ]   59%   612 MiB of 1.0 GiB    84 MiB/s"
	  "  0:05 left" },
	{ "no bar", { 0, 612 * MIB, GIB, 7000, 84 * MIB }, 73,
	  "big.iso   59%   612 MiB of 1.0 GiB    84 MiB/s  0:05 left" },
	{ "no time", { 0, 612 * MIB, GIB, 7000, 84 * MIB }, 56,
	  "big.iso   59%   612 MiB of 1.0 GiB    84 MiB/s" },
	{ "no name", { 0, 612 * MIB, GIB, 7000, 84 * MIB }, 45,
	  " 59%   612 MiB of 1.0 GiB    84 MiB/s" },
	{ "no total", { 0, 612 * MIB, GIB, 7000, 84 * MIB }, 36,
	  " 59%   612 MiB    84 MiB/s" },
	{ "no rate", { 0, 612 * MIB, GIB, 7000, 84 * MIB }, 25,
	  " 59%   612 MiB" },
	{ "the share alone", { 0, 612 * MIB, GIB, 7000, 84 * MIB }, 13,
	  " 59%" },
	{ "nothing", { 0, 612 * MIB, GIB, 7000, 84 * MIB }, 3, "" },
	{ "a line of a log", { 0, 612 * MIB, GIB, 7000, 84 * MIB }, 0,
	  "big.iso  59%  612 MiB of 1.0 GiB  84 MiB/s  0:05 left" },
	{ "the begin", { 0, 0, GIB, 0, 0 }, 80,
	  "big.iso  [                ]    0%       0 B of 1.0 GiB"
	  "     stalled" },
	{ "gone on with", { GIB / 2, 3 * GIB / 4, GIB, 1000, 64 * MIB }, 80,
	  "big.iso  [========####    ]   75%   768 MiB of 1.0 GiB    64 MiB/s"
	  "  0:04 left" },
	{ "all but a byte", { 0, GIB - 1, GIB, 1000, MIB }, 80,
	  "big.iso  [############### ]   99%   1.0 GiB of 1.0 GiB   1.0 MiB/s"
	  "  0:01 left" },
	{ "complete, at the rate of all", { 0, GIB, GIB, 4000, MIB }, 80,
	  "big.iso  [################]  100%   1.0 GiB of 1.0 GiB   256 "
	  "MiB/s  in 0:04" },
	{ "complete, gone on with", { GIB / 2, GIB, GIB, 4000, MIB }, 0,
	  "big.iso  100%  1.0 GiB of 1.0 GiB  128 MiB/s  in 0:04" },
	{ "complete, nothing came", { GIB, GIB, GIB, 0, 0 }, 0,
	  "big.iso  100%  1.0 GiB of 1.0 GiB  in 0:00" },
	{ "complete at once", { 0, 100, 100, 0, 0 }, 0,
	  "big.iso  100%  100 B of 100 B  98 KiB/s  in 0:00" },
	{ "empty", { 0, 0, 0, 0, 0 }, 0,
	  "big.iso  100%  0 B of 0 B  in 0:00" },
	{ "no total known", { 0, 612 * MIB, UNKNOWN, 65000, MIB }, 80,
	  "big.iso   612 MiB   1.0 MiB/s  in 1:05" },
	{ "no total known, few columns", { 0, 612 * MIB, UNKNOWN, 65000,
	  MIB }, 9, " 612 MiB" },
	{ "stalled", { 0, 612 * MIB, GIB, 7000, 0 }, 0,
	  "big.iso  59%  612 MiB of 1.0 GiB  stalled" },
	{ "more than announced", { 0, 11, 10, 7000, 1 }, 80,
	  "big.iso      11 B       1 B/s  in 0:07" },
	{ "more at the begin than now", { GIB, MIB, 2 * MIB, 0, 1024 }, 0,
	  "big.iso  50%  1.0 MiB of 2.0 MiB  1.0 KiB/s  17:04 left" },
	{ "as large as can be", { 0, UINT64_MAX - 2, UINT64_MAX - 1,
	  UINT64_MAX, UINT64_MAX }, 0,
	  "big.iso  99%  16 EiB of 16 EiB  16 EiB/s  0:01 left" },
	{ "complete and as large as can be", { 0, UINT64_MAX - 1,
	  UINT64_MAX - 1, 0, 0 }, 0,
	  "big.iso  100%  16 EiB of 16 EiB  16 EiB/s  in 0:00" },
};

START_TEST(makes_lines)
{
	make(&lines[_i].p, "big.iso", lines[_i].columns);
	ck_assert_msg(strcmp(line, lines[_i].want) == 0, "%s:\n%s\n%s",
	    lines[_i].name, line, lines[_i].want);
}
END_TEST

static const struct {
	uint64_t	 bytes;
	const char	*want;
} amounts[] = {
	{ 0, "0 B" },
	{ 1, "1 B" },
	{ 1023, "1023 B" },
	{ 1024, "1.0 KiB" },
	{ 1075, "1.0 KiB" },		/* 1.0498 */
	{ 1076, "1.1 KiB" },		/* 1.0508 */
	{ 10188, "9.9 KiB" },		/* 9.949 */
	{ 10189, "10 KiB" },		/* 9.950 */
	{ 1023 * KIB, "1023 KiB" },
	{ 1023 * KIB + 511, "1023 KiB" },
	{ 1023 * KIB + 512, "1.0 MiB" },
	{ MIB - 1, "1.0 MiB" },
	{ MIB, "1.0 MiB" },
	{ 1023 * MIB + MIB / 2 - 1, "1023 MiB" },
	{ 1023 * MIB + MIB / 2, "1.0 GiB" },
	{ GIB, "1.0 GiB" },
	{ GIB * KIB, "1.0 TiB" },
	{ GIB * MIB, "1.0 PiB" },
	{ GIB * GIB, "1.0 EiB" },
	{ UINT64_MAX - 1, "16 EiB" },
};

START_TEST(rounds_bytes)
{
	const struct progress p = { 0, amounts[_i].bytes, UNKNOWN, 0, 0 };
	char want[64];

	snprintf(want, sizeof(want), "%s  stalled  in 0:00",
	    amounts[_i].want);
	make(&p, "", 0);
	ck_assert_str_eq(line, want);
}
END_TEST

static const struct {
	uint64_t	 seconds;
	const char	*want;
} times[] = {
	{ 1, "0:01 left" },
	{ 59, "0:59 left" },
	{ 60, "1:00 left" },
	{ 3599, "59:59 left" },
	{ 3600, "1:00:00 left" },
	{ 359999, "99:59:59 left" },
	{ 360000, "4 days left" },
	{ 86400 * 9999, "9999 days left" },
	{ (uint64_t)86400 * 10000, "years left" },
};

START_TEST(tells_time_left)
{
	const struct progress p = { 0, 0, times[_i].seconds * 3, 0, 3 };
	const struct progress q = { 0, 0, times[_i].seconds * 3 - 2, 0, 3 };

	make(&p, "", 0);
	ck_assert_msg(strstr(line, times[_i].want) != NULL, "%s", line);
	/* Begun seconds are counted. */
	make(&q, "", 0);
	ck_assert_msg(strstr(line, times[_i].want) != NULL, "%s", line);
}
END_TEST

static const struct {
	const char	*name, *want;
} names[] = {
	{ "a", "a  " },
	{ "", "" },
	{ "1234567890123456789012345678901234567890",
	  "1234567890123456789012345678901234567890  " },
	{ "12345678901234567890123456789012345678901",
	  "12345678901234567890123456789012345678..  " },
	{ "a\033[2Jb", "a\\x1b[2Jb  " },
	{ "a\nb", "a\\x0ab  " },
	{ "a\377b", "a\\xffb  " },
	{ "\342\200\256txt", "\\xe2\\x80\\xaetxt  " },
	{ "r\303\251sum\303\251", "r\303\251sum\303\251  " },
	/* 21 of two columns each. */
	{ "\344\270\200\344\270\200\344\270\200\344\270\200\344\270\200"
	  "\344\270\200\344\270\200\344\270\200\344\270\200\344\270\200"
	  "\344\270\200\344\270\200\344\270\200\344\270\200\344\270\200"
	  "\344\270\200\344\270\200\344\270\200\344\270\200\344\270\200"
	  "\344\270\200",
	  "\344\270\200\344\270\200\344\270\200\344\270\200\344\270\200"
	  "\344\270\200\344\270\200\344\270\200\344\270\200\344\270\200"
	  "\344\270\200\344\270\200\344\270\200\344\270\200\344\270\200"
	  "\344\270\200\344\270\200\344\270\200\344\270\200..  " },
};

START_TEST(shows_names)
{
	const struct progress p = { 0, 0, UNKNOWN, 0, 0 };
	size_t len = strlen(names[_i].want);

	make(&p, names[_i].name, 0);
	ck_assert_msg(strncmp(line, names[_i].want, len) == 0 &&
	    strcmp(line + len, "0 B  stalled  in 0:00") == 0, "%s", line);
}
END_TEST

/*
 * By the simple rule of this test: what is used in it has these widths. Very
 * wide if it has something in it that may not be shown.
 */
static unsigned
width(const char *text)
{
	struct slice rest = slice_of(text);
	unsigned n = 0;
	uint32_t code;
	size_t len;

	for (; rest.len > 0; rest.p += len, rest.len -= len) {
		if ((len = utf8_first(rest, &code)) == 0 ||
		    !utf8_is_plain(code))
			return COLUMNS_MAX;
		n += code >= 0x4e00 ? 2 : 1;
	}
	return n;
}

static const char *const many_names[] = {
	"", "a", "big.iso", "a name that is longer than forty columns are, "
	"which is rare", "\344\270\200\344\272\214\344\270\211\345\233\233"
	"\344\272\224\345\205\255\344\270\203\345\205\253\344\271\235"
	"\345\215\201.iso", "\303\251\303\251\303\251\303\251\303\251\303\251"
	"\303\251\303\251\303\251\303\251", "\033\033\033\033\033\033",
	"\360\237\220\246\360\237\220\246\360\237\220\246\360\237\220\246"
	"\360\237\220\246\360\237\220\246\360\237\220\246",
};

START_TEST(is_never_wider)
{
	const char *name = many_names[_i];
	unsigned got, last;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		last = 0;
		for (unsigned columns = 1; columns < COLUMNS_MAX; columns++) {
			progress_line(&lines[i].p, name, columns, line);
			got = width(line);
			/* A wide character may not fit by one column. */
			if (got > columns || (got + 2 < last && columns >= 80))
				ck_abort_msg("%u: %s", columns, line);
			last = got;
		}
	}
}
END_TEST

/* Of any length, and not in need of an end. */
START_TEST(long_names_are_cut)
{
	static char name[100000];
	const struct progress p = { 0, 0, UNKNOWN, 0, 0 };

	memset(name, _i == 0 ? 'n' : '\377', sizeof(name) - 1);
	make(&p, name, 200);
	ck_assert_uint_le(width(line), 200);
	ck_assert_ptr_nonnull(strstr(line, ".. "));
}
END_TEST

/* From one drawing to the next, only what is told changes. */
START_TEST(nothing_jumps)
{
	struct progress p = { 0, 0, 2000 * MIB, 0, 0 };
	char *end;

	for (; p.done <= p.total; p.done += p.total / 1000) {
		p.rate = p.done % 7 == 0 ? 0 : p.done * 7 % 1000007 + 70000;
		make(&p, "big.iso", 100);
		end = strchr(line, ']');
		ck_assert_ptr_nonnull(end);
		ck_assert_msg(end - line == 46, "%s", line);
		ck_assert_msg(strstr(end, " of 2.0 GiB  ") == end + 17, "%s",
		    line);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("progress");
	TCase *tc = suite_case(suite, "progress");

	tcase_add_loop_test(tc, makes_lines, 0, ROWS(lines));
	tcase_add_loop_test(tc, rounds_bytes, 0, ROWS(amounts));
	tcase_add_loop_test(tc, tells_time_left, 0, ROWS(times));
	tcase_add_loop_test(tc, shows_names, 0, ROWS(names));
	tcase_add_loop_test(tc, is_never_wider, 0, ROWS(many_names));
	tcase_add_loop_test(tc, long_names_are_cut, 0, 2);
	tcase_add_test(tc, nothing_jumps);
	return suite_run(suite);
}
