/*
 * check_log - one line per call, which no text from outside can break.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "suite.h"

static int saved_stderr = -1, reader = -1;

static void
catch_stderr(void)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	saved_stderr = dup(STDERR_FILENO);
	ck_assert_int_ne(saved_stderr, -1);
	ck_assert_int_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	close(ends[1]);
	reader = ends[0];
}

static void
give_stderr_back(void)
{
	log_set_level(LOG_LEVEL_INFO);
	if (saved_stderr != -1) {
		dup2(saved_stderr, STDERR_FILENO);
		close(saved_stderr);
	}
	if (reader != -1)
		close(reader);
	saved_stderr = reader = -1;
}

/* All that was logged so far; the writing end is given up for it. */
static size_t
logged(char *out, size_t size)
{
	size_t n = 0;
	ssize_t got;

	ck_assert_int_eq(dup2(saved_stderr, STDERR_FILENO), STDERR_FILENO);
	while ((got = read(reader, out + n, size - n - 1)) > 0)
		n += (size_t)got;
	out[n] = '\0';
	return n;
}

static void
say(enum log_level level, const char *text)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		log_error("%s", text);
		return;
	case LOG_LEVEL_WARNING:
		log_warning("%s", text);
		return;
	case LOG_LEVEL_INFO:
		log_info("%s", text);
		return;
	case LOG_LEVEL_DEBUG:
		log_debug("%s", text);
		return;
	}
}

static const struct {
	const char	*name, *text, *want;
	enum log_level	 level;
} lines[] = {
	{ "error", "no", "mynahd: error: no\n", LOG_LEVEL_ERROR },
	{ "warning", "hm", "mynahd: warning: hm\n", LOG_LEVEL_WARNING },
	{ "info", "yes", "mynahd: yes\n", LOG_LEVEL_INFO },
	{ "debug", "so", "mynahd: so\n", LOG_LEVEL_DEBUG },
	{ "empty", "", "mynahd: \n", LOG_LEVEL_INFO },
	{ "a forged line", "a\nmynahd: b", "mynahd: a\\x0amynahd: b\n",
	    LOG_LEVEL_INFO },
	{ "control bytes", "\r\t\033[2J\001\177",
	    "mynahd: \\x0d\\x09\\x1b[2J\\x01\\x7f\n", LOG_LEVEL_INFO },
	{ "UTF-8 stays", "K\303\244fig", "mynahd: K\303\244fig\n",
	    LOG_LEVEL_INFO },
	{ "a per cent sign stays", "100%s", "mynahd: 100%s\n",
	    LOG_LEVEL_INFO },
};

START_TEST(writes_one_line)
{
	char got[LOG_LINE_MAX * 2];

	log_set_level(LOG_LEVEL_DEBUG);
	say(lines[_i].level, lines[_i].text);
	logged(got, sizeof(got));
	ck_assert_msg(strcmp(got, lines[_i].want) == 0, "%s: %s",
	    lines[_i].name, got);
}
END_TEST

START_TEST(drops_what_is_above_the_level)
{
	enum log_level max = (enum log_level)_i;
	char got[256];
	int n = 0;

	log_set_level(max);
	for (int l = LOG_LEVEL_ERROR; l <= LOG_LEVEL_DEBUG; l++) {
		ck_assert_int_eq(!!log_has_level(l), l <= (int)max);
		say(l, "x");
	}
	logged(got, sizeof(got));
	for (const char *p = got; (p = strchr(p, '\n')) != NULL; p++)
		n++;
	ck_assert_int_eq(n, (int)max + 1);
}
END_TEST

START_TEST(keeps_debug_back_at_first)
{
	ck_assert(log_has_level(LOG_LEVEL_INFO));
	ck_assert(!log_has_level(LOG_LEVEL_DEBUG));
}
END_TEST

static const struct {
	const char	*name;
	size_t		 len;
	char		 byte;
} longs[] = {
	{ "a byte less",	LOG_LINE_MAX - 1, 'a' },
	{ "at the limit",	LOG_LINE_MAX, 'a' },
	{ "far over",		LOG_LINE_MAX * 4, 'a' },
	{ "each escaped",	LOG_LINE_MAX, '\n' },
	{ "far over, escaped",	LOG_LINE_MAX * 4, '\001' },
};

START_TEST(cuts_long_lines_and_still_ends_them)
{
	char text[LOG_LINE_MAX * 4 + 1], got[LOG_LINE_MAX * 8];
	size_t n;

	memset(text, longs[_i].byte, longs[_i].len);
	text[longs[_i].len] = '\0';
	log_error("%s", text);
	n = logged(got, sizeof(got));
	ck_assert_msg(n > LOG_LINE_MAX / 2 && n <= LOG_LINE_MAX + 32,
	    "%s: %zu", longs[_i].name, n);
	ck_assert_msg(strchr(got, '\n') == got + n - 1, "%s",
	    longs[_i].name);
	ck_assert_msg(strncmp(got, "mynahd: error: ", 15) == 0, "%s",
	    longs[_i].name);
}
END_TEST

START_TEST(leaves_errno_alone)
{
	errno = E2BIG;
	log_error("text");
	ck_assert_int_eq(errno, E2BIG);
	/* Also when there is nobody to write to. */
	close(STDERR_FILENO);
	errno = E2BIG;
	log_error("text");
	ck_assert_int_eq(errno, E2BIG);
	ck_assert_int_eq(dup2(saved_stderr, STDERR_FILENO), STDERR_FILENO);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("log");
	TCase *tc = suite_case(s, "log");

	tcase_add_checked_fixture(tc, catch_stderr, give_stderr_back);
	tcase_add_loop_test(tc, writes_one_line, 0, ROWS(lines));
	tcase_add_loop_test(tc, drops_what_is_above_the_level, 0, 4);
	tcase_add_test(tc, keeps_debug_back_at_first);
	tcase_add_loop_test(tc, cuts_long_lines_and_still_ends_them, 0,
	    ROWS(longs));
	tcase_add_test(tc, leaves_errno_alone);
	return suite_run(s);
}
