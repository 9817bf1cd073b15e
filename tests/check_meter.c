/*
 * check_meter - progress on a terminal, which here is the one end of a pseudo
 * terminal with a small screen behind the other, and where there is none.
 */
#include "client/meter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "client/say.h"
#include "suite.h"
#include "support.h"

#define MIB	((uint64_t)1 << 20)
#define SKIPPED		77	/* what automake takes for it */
#define ROWS_OF_SCREEN	6
#define COLUMNS_MAX	200

static struct event_base *base;
static struct meter *m;
static int terminal;		/* the screen's end; or of a pipe */
static char raw[65536];		/* what came of it since last time */

/* ---- time, and calls that fail ---- */

static uint64_t now_ms;
static struct timeval every;	/* what the timer was set to */
static enum { NOTHING, CALLOC, STRDUP, EVENT_NEW, EVENT_ADD } failing;

int	__wrap_clock_gettime(clockid_t clock, struct timespec *ts);
void	*__real_calloc(size_t n, size_t size);
void	*__wrap_calloc(size_t n, size_t size);
char	*__real_strdup(const char *s);
char	*__wrap_strdup(const char *s);
struct event	*__real_event_new(struct event_base *b, evutil_socket_t fd,
		    short what, event_callback_fn call, void *arg);
struct event	*__wrap_event_new(struct event_base *b, evutil_socket_t fd,
		    short what, event_callback_fn call, void *arg);
int	__real_event_add(struct event *e, const struct timeval *tv);
int	__wrap_event_add(struct event *e, const struct timeval *tv);

int
__wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	(void)clock;
	ts->tv_sec = (time_t)(now_ms / 1000);
	ts->tv_nsec = (long)(now_ms % 1000) * 1000000;
	return 0;
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return failing == CALLOC ? NULL : __real_calloc(n, size);
}

char *
__wrap_strdup(const char *s)
{
	return failing == STRDUP ? NULL : __real_strdup(s);
}

struct event *
__wrap_event_new(struct event_base *b, evutil_socket_t fd, short what,
    event_callback_fn call, void *arg)
{
	return failing == EVENT_NEW ? NULL :
	    __real_event_new(b, fd, what, call, arg);
}

/* Nobody has to wait. */
int
__wrap_event_add(struct event *e, const struct timeval *tv)
{
	const struct timeval soon = { .tv_usec = 1000 };

	every = *tv;
	return failing == EVENT_ADD ? -1 : __real_event_add(e, &soon);
}

/* ---- the terminal ---- */

static struct {
	char		cells[ROWS_OF_SCREEN][COLUMNS_MAX + 1];
	unsigned	columns, row, column;
} screen;

static void
set_columns(unsigned columns)
{
	const struct winsize size = { .ws_row = ROWS_OF_SCREEN,
	    .ws_col = (unsigned short)columns };

	ck_assert_int_eq(ioctl(terminal, TIOCSWINSZ, &size), 0);
	screen.columns = columns == 0 ? 80 : columns;
}

static void
blank(unsigned row, unsigned column)
{
	for (; row < ROWS_OF_SCREEN; row++, column = 0)
		memset(screen.cells[row] + column, ' ', COLUMNS_MAX - column);
}

static void
next_row(void)
{
	if (++screen.row < ROWS_OF_SCREEN)
		return;
	screen.row--;
	memmove(screen.cells[0], screen.cells[1],
	    sizeof(screen.cells) - sizeof(screen.cells[0]));
	blank(screen.row, 0);
}

/* A screen that knows what a meter may send, and nothing else. */
static void
screen_put(const char *p)
{
	for (; *p != '\0'; p++) {
		if (*p == '\r') {
			screen.column = 0;
		} else if (*p == '\n') {
			next_row();
		} else if (strncmp(p, "\033[J", 3) == 0) {
			blank(screen.row, screen.column);
			p += 2;
		} else {
			ck_assert_msg(*p >= ' ' && *p < 127, "%d", *p);
			if (screen.column == screen.columns) {
				next_row();
				screen.column = 0;
			}
			screen.cells[screen.row][screen.column++] = *p;
		}
	}
}

/* A row, without the blanks at its end. */
static const char *
row(unsigned n)
{
	static char text[4][COLUMNS_MAX + 1];
	static int i;
	char *p = text[i++ % COUNT(text)], *end;

	memcpy(p, screen.cells[n], COLUMNS_MAX);
	for (end = p + COLUMNS_MAX; end > p && end[-1] == ' '; end--)
		;
	*end = '\0';
	return p;
}

/* Read what is there; also puts it on the screen. */
static size_t
look(void)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(terminal, raw + len, sizeof(raw) - 1 - len)) > 0)
		len += (size_t)n;
	raw[len] = '\0';
	screen_put(raw);
	return len;
}

/* One tick, with what it shows. */
static void
tick(uint64_t ms, uint64_t done)
{
	now_ms += ms;
	meter_set(m, done);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	look();
}

static void
take_stderr(int fd)
{
	ck_assert_int_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	close(fd);
	ck_assert_int_eq(fcntl(terminal, F_SETFL, O_NONBLOCK), 0);
}

static void
use_terminal(void)
{
	struct termios t;
	int fd;

	terminal = posix_openpt(O_RDWR | O_NOCTTY);
	ck_assert_int_ge(terminal, 0);
	ck_assert_int_eq(grantpt(terminal), 0);
	ck_assert_int_eq(unlockpt(terminal), 0);
	fd = open(ptsname(terminal), O_RDWR | O_NOCTTY);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(tcgetattr(fd, &t), 0);
	t.c_oflag |= OPOST | ONLCR;
	ck_assert_int_eq(tcsetattr(fd, TCSANOW, &t), 0);
	set_columns(80);
	take_stderr(fd);
}

static void
use_pipe(void)
{
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	terminal = fds[0];
	take_stderr(fds[1]);
}

static void
setup(void)
{
	signal(SIGPIPE, SIG_IGN);
	setenv("TERM", "xterm", 1);
	say_set_verbose(false);
	failing = NOTHING;
	now_ms = 1000000;
	screen.row = screen.column = 0;
	screen.columns = 80;
	blank(0, 0);
	base = event_base_new();
	ck_assert_ptr_nonnull(base);
}

static void
teardown(void)
{
	event_base_free(base);
	close(terminal);
}

static void
start(bool lines, uint64_t begin, uint64_t total)
{
	m = meter_new(base, "big.iso", lines, begin, total);
	ck_assert_ptr_nonnull(m);
}

/* ---- on a terminal ---- */

START_TEST(draws_one_line_again_and_again)
{
	use_terminal();
	start(false, 0, 100 * MIB);
	ck_assert_int_eq(every.tv_sec, 0);
	ck_assert_int_eq(every.tv_usec, 100000);
	tick(1000, 10 * MIB);
	ck_assert_str_eq(row(0), "big.iso  [#              ]   10%    10 MiB "
	    "of 100 MiB    10 MiB/s  0:09 left");
	tick(1000, 50 * MIB);
	ck_assert_str_eq(row(0), "big.iso  [#######        ]   50%    50 MiB "
	    "of 100 MiB    25 MiB/s  0:02 left");
	ck_assert_uint_eq(screen.row, 0);
	ck_assert_uint_eq(screen.column, 0);
	ck_assert_str_eq(row(1), "");
	meter_set(m, 100 * MIB);
	meter_free(m);
	look();
	ck_assert_str_eq(row(0), "big.iso  [###############]  100%   100 MiB "
	    "of 100 MiB    50 MiB/s  in 0:02");
	ck_assert_uint_eq(screen.row, 1);
	ck_assert_str_eq(row(1), "");
}
END_TEST

START_TEST(nothing_is_hidden_or_changed_for_good)
{
	use_terminal();
	start(false, 0, 100 * MIB);
	for (int i = 0; i < 100; i++) {
		tick(100, (uint64_t)i * MIB);
		for (const char *p = raw; (p = strchr(p, '\033')) != NULL; p++)
			ck_assert_int_eq(strncmp(p, "\033[J", 3), 0);
	}
	meter_free(m);
}
END_TEST

/* What came in the last five seconds; then it is said that nothing does. */
START_TEST(rate_is_smooth)
{
	use_terminal();
	start(false, 0, PROGRESS_UNKNOWN);
	for (int i = 1; i <= 100; i++)
		tick(100, (uint64_t)i * MIB);
	ck_assert_ptr_nonnull(strstr(row(0), "   10 MiB/s"));
	tick(100, 100 * MIB + 5 * MIB);
	ck_assert_ptr_nonnull(strstr(row(0), "   11 MiB/s"));
	for (int i = 0; i < 49; i++) {
		tick(100, 105 * MIB);
		ck_assert_ptr_null(strstr(row(0), "stalled"));
	}
	tick(100, 105 * MIB);
	ck_assert_ptr_nonnull(strstr(row(0), "stalled"));
	meter_free(m);
}
END_TEST

START_TEST(what_was_there_has_no_rate)
{
	use_terminal();
	start(false, 50 * MIB, 100 * MIB);
	tick(1000, 60 * MIB);
	ck_assert_str_eq(row(0), "big.iso  [=======##      ]   60%    60 MiB "
	    "of 100 MiB    10 MiB/s  0:04 left");
	meter_free(m);
}
END_TEST

static const unsigned widths[] = { 200, 81, 80, 79, 60, 40, 20, 10, 5, 2, 1 };

START_TEST(is_narrower_than_the_terminal)
{
	use_terminal();
	set_columns(widths[_i]);
	start(false, 0, 100 * MIB);
	for (int i = 0; i < 10; i++) {
		tick(1000, 10 * MIB);
		ck_assert_msg(strlen(row(0)) < widths[_i], "%s", row(0));
		ck_assert_str_eq(row(1), "");
	}
	meter_free(m);
	look();
	ck_assert_uint_eq(screen.row, 1);
	ck_assert_str_eq(row(1), "");
}
END_TEST

START_TEST(width_that_is_not_told)
{
	use_terminal();
	set_columns(0);
	start(false, 0, 100 * MIB);
	tick(1000, 10 * MIB);
	ck_assert_ptr_nonnull(strstr(row(0), "0:09 left"));
	ck_assert_uint_lt(strlen(row(0)), 80);
	meter_free(m);
}
END_TEST

/*
 * The terminal breaks the line in as many as it needs, and the cursor stays
 * at its character.
 */
static void
reflow(unsigned columns)
{
	char text[COLUMNS_MAX + 1];

	strcpy(text, row(0));
	ck_assert_uint_eq(screen.column, 0);
	set_columns(columns);
	blank(0, 0);
	for (size_t i = 0; text[i] != '\0'; i++)
		screen.cells[i / columns][i % columns] = text[i];
}

START_TEST(terminal_that_becomes_narrower)
{
	static const unsigned after[] = { 79, 70, 40, 30, 20, 78 };

	use_terminal();
	start(false, 0, 100 * MIB);
	tick(1000, 10 * MIB);
	for (int i = 0; i < COUNT(after); i++) {
		reflow(after[i]);
		tick(1000, 10 * MIB);
		ck_assert_uint_eq(screen.row, 0);
		ck_assert_uint_lt(strlen(row(0)), after[i]);
		for (unsigned n = 1; n < ROWS_OF_SCREEN; n++)
			ck_assert_str_eq(row(n), "");
	}
	meter_free(m);
}
END_TEST

START_TEST(messages_have_lines_of_their_own)
{
	use_terminal();
	start(false, 0, 100 * MIB);
	say("nothing is drawn yet");
	tick(1000, 10 * MIB);
	say("the connection was reset");
	say("it goes on");
	look();
	ck_assert_str_eq(row(0), "mynah: nothing is drawn yet");
	ck_assert_str_eq(row(1), "mynah: the connection was reset");
	ck_assert_str_eq(row(2), "mynah: it goes on");
	ck_assert_str_eq(row(3), "");
	tick(1000, 20 * MIB);
	ck_assert_ptr_nonnull(strstr(row(3), " 20%"));
	meter_free(m);
	say("done");
	look();
	ck_assert_ptr_nonnull(strstr(row(3), " 20%"));
	ck_assert_str_eq(row(4), "mynah: done");
}
END_TEST

/* Quicker than the first drawing. */
START_TEST(last_state_is_shown_in_any_case)
{
	use_terminal();
	start(false, 0, 3);
	meter_set(m, 3);
	meter_free(m);
	look();
	ck_assert_ptr_nonnull(strstr(row(0), "100%       3 B of 3 B"));
	ck_assert_uint_eq(screen.row, 1);
}
END_TEST

/* Read by nobody, or stopped: nothing waits for it. */
START_TEST(terminal_that_takes_no_more)
{
	char bytes[1024];
	size_t before;

	use_terminal();
	if (_i == 0) {
		ck_assert_int_eq(tcflow(STDERR_FILENO, TCOOFF), 0);
	} else {
		memset(bytes, 'x', sizeof(bytes));
		ck_assert_int_eq(fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK), 0);
		while (write(STDERR_FILENO, bytes, sizeof(bytes)) > 0)
			;
		ck_assert_int_eq(fcntl(STDERR_FILENO, F_SETFL, 0), 0);
	}
	start(false, 0, 100 * MIB);
	for (int i = 0; i < 5; i++) {
		now_ms += 100;
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	}
	meter_free(m);
	before = _i == 0 ? 0 : 1;
	ck_assert((read(terminal, raw, sizeof(raw)) > 0) == (before > 0));
}
END_TEST

START_TEST(terminal_that_goes)
{
	use_terminal();
	start(false, 0, 100 * MIB);
	tick(1000, 10 * MIB);
	close(terminal);
	terminal = open("/dev/null", O_RDONLY);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	meter_free(m);
}
END_TEST

/* In a session that has the terminal: is a line drawn there? */
static int
draws_in_session(bool in_front)
{
	pid_t other = -1;
	int result = 0;

	if (setsid() == -1 || ioctl(STDERR_FILENO, TIOCSCTTY, 0) == -1)
		return -1;
	if (!in_front) {
		signal(SIGTTOU, SIG_IGN);
		if ((other = fork()) == 0) {
			pause();
			_exit(0);
		}
		setpgid(other, other);
		if (tcsetpgrp(STDERR_FILENO, other) == -1)
			result = -1;
	}
	start(false, 0, 100 * MIB);
	if (event_base_loop(base, EVLOOP_ONCE) == 0 && result == 0)
		result = look() > 0;
	if (other > 0)
		kill(other, SIGKILL);
	return result;
}

/* Behind another program, as after ^Z and "bg", it would be in its way. */
START_TEST(is_drawn_in_front_only)
{
	int status;
	pid_t pid;

	use_terminal();
	ck_assert_int_ne(pid = fork(), -1);
	if (pid == 0)
		_exit(draws_in_session(_i == 1));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), _i);
}
END_TEST

/* ---- elsewhere ---- */

static const struct {
	const char	*name, *term;
	bool		 terminal, lines;
} elsewhere[] = {
	{ "a pipe", "xterm", false, true },
	{ "a pipe, not told", "xterm", false, false },
	{ "told", "xterm", true, true },
	{ "a terminal that cannot erase", "dumb", true, false },
	{ "one of no name", "", true, false },
	{ "one of none at all", NULL, true, false },
};

START_TEST(plain_lines)
{
	if (elsewhere[_i].term == NULL)
		unsetenv("TERM");
	else
		setenv("TERM", elsewhere[_i].term, 1);
	if (elsewhere[_i].terminal)
		use_terminal();
	else
		use_pipe();
	start(elsewhere[_i].lines, 0, 100 * MIB);
	ck_assert_msg(every.tv_sec == 5 && every.tv_usec == 0, "%s",
	    elsewhere[_i].name);
	tick(5000, 10 * MIB);
	ck_assert_ptr_null(strpbrk(raw, "\033"));
	tick(5000, 20 * MIB);
	say("a message");
	tick(5000, 20 * MIB);
	meter_set(m, 100 * MIB);
	now_ms += 5000;
	meter_free(m);
	look();
	screen.column = 0;
	ck_assert_ptr_null(strpbrk(raw, "\033"));
	if (!elsewhere[_i].terminal)
		return;
	ck_assert_str_eq(row(0), "big.iso  10%  10 MiB of 100 MiB  2.0 MiB/s"
	    "  0:45 left");
	ck_assert_str_eq(row(1), "big.iso  20%  20 MiB of 100 MiB  2.0 MiB/s"
	    "  0:40 left");
	ck_assert_str_eq(row(2), "mynah: a message");
	ck_assert_str_eq(row(3), "big.iso  20%  20 MiB of 100 MiB  stalled");
	ck_assert_str_eq(row(4), "big.iso  100%  100 MiB of 100 MiB  "
	    "5.0 MiB/s  in 0:20");
}
END_TEST

START_TEST(pipe_has_whole_lines)
{
	use_pipe();
	start(true, 0, PROGRESS_UNKNOWN);
	tick(5000, 10 * MIB);
	ck_assert_str_eq(raw, "big.iso  10 MiB  2.0 MiB/s  in 0:05\n");
	meter_free(m);
	look();
	ck_assert_str_eq(raw, "big.iso  10 MiB  stalled  in 0:05\n");
}
END_TEST

START_TEST(pipe_that_nobody_reads)
{
	use_pipe();
	close(terminal);
	terminal = open("/dev/null", O_RDONLY);
	start(true, 0, 100 * MIB);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	meter_free(m);
}
END_TEST

START_TEST(closed_standard_error)
{
	use_pipe();
	close(STDERR_FILENO);
	start(_i == 0, 0, 100 * MIB);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	meter_free(m);
}
END_TEST

START_TEST(no_memory)
{
	use_terminal();
	failing = (int)_i;
	m = meter_new(base, "big.iso", false, 0, 1);
	failing = NOTHING;
	ck_assert_ptr_null(m);
	/* And messages are on their own. */
	say("a message");
	look();
	ck_assert_str_eq(row(0), "mynah: a message");
	meter_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("meter");
	TCase *tc = suite_case(suite, "meter");

	terminal = posix_openpt(O_RDWR | O_NOCTTY);
	if (terminal == -1) {
		fprintf(stderr, "skipped: no terminal can be had\n");
		srunner_free(srunner_create(suite));
		return SKIPPED;
	}
	close(terminal);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, draws_one_line_again_and_again);
	tcase_add_test(tc, nothing_is_hidden_or_changed_for_good);
	tcase_add_test(tc, rate_is_smooth);
	tcase_add_test(tc, what_was_there_has_no_rate);
	tcase_add_loop_test(tc, is_narrower_than_the_terminal, 0,
	    ROWS(widths));
	tcase_add_test(tc, width_that_is_not_told);
	tcase_add_test(tc, terminal_that_becomes_narrower);
	tcase_add_test(tc, messages_have_lines_of_their_own);
	tcase_add_test(tc, last_state_is_shown_in_any_case);
	tcase_add_loop_test(tc, terminal_that_takes_no_more, 0, 2);
	tcase_add_test(tc, terminal_that_goes);
	tcase_add_loop_test(tc, is_drawn_in_front_only, 0, 2);
	tcase_add_loop_test(tc, plain_lines, 0, ROWS(elsewhere));
	tcase_add_test(tc, pipe_has_whole_lines);
	tcase_add_test(tc, pipe_that_nobody_reads);
	tcase_add_loop_test(tc, closed_standard_error, 0, 2);
	tcase_add_loop_test(tc, no_memory, CALLOC, EVENT_ADD + 1);
	return suite_run(suite);
}
