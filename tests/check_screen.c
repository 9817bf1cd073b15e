/*
 * check_screen - what a terminal is shown, however the bytes come; and line
 * ends that are sent.
 */
#include "client/screen.h"

#include <string.h>

#include "client/crlf.h"

#include "suite.h"
#include "support.h"

#define OUT_MAX		(2 * SCREEN_ROOM)

static const struct {
	const char	*name, *text, *want;
} shows[] = {
	{ "nothing", "", "" },
	{ "lines", "one\ntwo\n\nthree", "one\ntwo\n\nthree" },
	{ "tabs", "\ta\tb", "\ta\tb" },
	{ "CR LF", "one\r\ntwo\r\n", "one\ntwo\n" },
	{ "CR alone", "one\rtwo", "one\\x0dtwo" },
	{ "CR at the end", "one\r", "one\\x0d" },
	{ "CR CR LF", "one\r\r\n", "one\\x0d\n" },
	{ "LF CR", "one\n\rtwo", "one\n\\x0dtwo" },
	{ "escapes", "\033[2J\033]0;x\a", "\\x1b[2J\\x1b]0;x\\x07" },
	{ "C1", "\xc2\x9b" "31m\x9b", "\\xc2\\x9b31m\\x9b" },
	{ "backspace", "abc\b\b\b", "abc\\x08\\x08\\x08" },
	{ "UTF-8", "gr\xc3\xbcn \xe2\x82\xac \xf0\x9f\x90\xa6\n",
	    "gr\xc3\xbcn \xe2\x82\xac \xf0\x9f\x90\xa6\n" },
	{ "direction", "\xe2\x80\xaex", "\\xe2\\x80\\xaex" },
	{ "cut of 2", "\xc3", "\\xc3" },
	{ "cut of 3", "a\xe2\x82", "a\\xe2\\x82" },
	{ "cut of 4", "\xf0\x9f\x90", "\\xf0\\x9f\\x90" },
	{ "cut by a line end", "\xe2\x82\n\xf0\x9f\r\n",
	    "\\xe2\\x82\n\\xf0\\x9f\n" },
	{ "cut by a character", "\xf0\x9f\xc3\xbc", "\\xf0\\x9f\xc3\xbc" },
	{ "stray bytes", "\x80\x80\x80\x80\xff\xc0\xaf",
	    "\\x80\\x80\\x80\\x80\\xff\\xc0\\xaf" },
};

static size_t
show_all(const char *text, size_t len, size_t piece, char *out)
{
	struct screen s = { .n = 0 };
	size_t n = 0, some;

	for (size_t at = 0; at < len; at += some) {
		some = len - at < piece ? len - at : piece;
		n += screen_show(&s, (struct slice){
		    guarded(text + at, some), some }, out + n);
	}
	n += screen_end(&s, out + n);
	ck_assert_uint_eq(s.n, 0);
	return n;
}

START_TEST(terminal_is_shown)
{
	char out[OUT_MAX];
	size_t len = strlen(shows[_i].text), n;

	for (size_t piece = 1; piece <= len + 1; piece++) {
		n = show_all(shows[_i].text, len, piece, out);
		ck_assert_msg(n == strlen(shows[_i].want) &&
		    memcmp(out, shows[_i].want, n) == 0,
		    "%s, %zu bytes at a time: %.*s", shows[_i].name, piece,
		    (int)n, out);
	}
}
END_TEST

/* What is whole is shown at once, in front of what waits. */
START_TEST(only_what_is_cut_waits)
{
	struct screen s = { .n = 0 };
	char out[SCREEN_ROOM];

	ck_assert_uint_eq(screen_show(&s, SLICE("login: "), out), 7);
	ck_assert_uint_eq(screen_show(&s, SLICE("a\xe2\x82"), out), 1);
	ck_assert_uint_eq(screen_show(&s, SLICE(""), out), 0);
	ck_assert_uint_eq(screen_show(&s, SLICE("\xac"), out), 3);
	ck_assert_int_eq(memcmp(out, "\xe2\x82\xac", 3), 0);
	ck_assert_uint_eq(screen_end(&s, out), 0);
}
END_TEST

START_TEST(room_is_enough)
{
	static const char fills[] = { '\033', '\xff', '\xe2', '\r', '\x80' };
	char text[SCREEN_MAX], out[SCREEN_ROOM + 1];
	struct screen s = { .n = 0 };

	memset(text, fills[_i], sizeof(text));
	out[SCREEN_ROOM] = '#';
	for (int i = 0; i < 3; i++)
		ck_assert_uint_le(screen_show(&s, (struct slice){
		    guarded(text, sizeof(text)), sizeof(text) }, out),
		    SCREEN_ROOM);
	screen_end(&s, out);
	ck_assert_int_eq(out[SCREEN_ROOM], '#');
}
END_TEST

static const struct {
	const char	*name, *text, *want;
} lines[] = {
	{ "nothing", "", "" },
	{ "no line", "abc", "abc" },
	{ "lines", "one\ntwo\n", "one\r\ntwo\r\n" },
	{ "empty ones", "\n\n", "\r\n\r\n" },
	{ "CR LF already", "one\r\ntwo\n", "one\r\ntwo\r\n" },
	{ "CR alone", "a\rb\n", "a\rb\r\n" },
	{ "CR CR LF", "\r\r\n", "\r\r\n" },
};

START_TEST(lines_end_in_cr_lf)
{
	size_t len = strlen(lines[_i].text), n, some;
	char out[64];
	bool after_cr;

	for (size_t piece = 1; piece <= len + 1; piece++) {
		after_cr = false;
		n = 0;
		for (size_t at = 0; at < len; at += some) {
			some = len - at < piece ? len - at : piece;
			n += crlf_put(&after_cr, guarded(lines[_i].text + at,
			    some), some, out + n);
		}
		ck_assert_msg(n == strlen(lines[_i].want) &&
		    memcmp(out, lines[_i].want, n) == 0, "%s: %.*s",
		    lines[_i].name, (int)n, out);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("screen");
	TCase *tc = suite_case(s, "screen");

	tcase_add_loop_test(tc, terminal_is_shown, 0, ROWS(shows));
	tcase_add_test(tc, only_what_is_cut_waits);
	tcase_add_loop_test(tc, room_is_enough, 0, 5);
	tcase_add_loop_test(tc, lines_end_in_cr_lf, 0, ROWS(lines));
	return suite_run(s);
}
