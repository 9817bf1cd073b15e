/*
 * check_log - one line per call, which no text from outside can break, to
 * each of the places that there are. Linked with -Wl,--wrap=connect,
 * --wrap=closelog,--wrap=openlog,--wrap=syslog,--wrap=__syslog_chk and
 * --wrap=write.
 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "suite.h"

static int saved_stderr = -1, reader = -1;

/* What the system's functions are told, and say. */
static int heard_priority, heard_option, heard_facility;
static char heard[LOG_LINE_MAX * 2];
static int connect_error;
static unsigned closed;
static int connected = -1;	/* what every socket is, once connected */
static bool is_full;
static size_t room;
static int file = -1;		/* the descriptor that is full */

int	__wrap_connect(int fd, const struct sockaddr *sa, socklen_t len);
void	__wrap_openlog(const char *ident, int option, int facility);
void	__wrap_closelog(void);
void	__wrap_syslog(int priority, const char *format, ...);
void	__wrap___syslog_chk(int priority, int flag, const char *format, ...);
ssize_t	__real_write(int fd, const void *bytes, size_t len);
ssize_t	__wrap_write(int fd, const void *bytes, size_t len);

int
__wrap_connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	(void)sa;
	(void)len;
	if (connected != -1)
		ck_assert_int_eq(dup2(connected, fd), fd);
	errno = connect_error;
	return connect_error == 0 ? 0 : -1;
}

void
__wrap_openlog(const char *ident, int option, int facility)
{
	ck_assert_str_eq(ident, "mynahd");
	heard_option = option;
	heard_facility = facility;
}

void
__wrap_closelog(void)
{
	closed++;
}

void
__wrap_syslog(int priority, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(heard, sizeof(heard), format, ap);
	va_end(ap);
	heard_priority = priority;
}

/* What _FORTIFY_SOURCE makes of it. */
void
__wrap___syslog_chk(int priority, int flag, const char *format, ...)
{
	va_list ap;

	(void)flag;
	va_start(ap, format);
	vsnprintf(heard, sizeof(heard), format, ap);
	va_end(ap);
	heard_priority = priority;
}

ssize_t
__wrap_write(int fd, const void *bytes, size_t len)
{
	if (is_full && fd == file) {
		if (room == 0) {
			errno = ENOSPC;
			return -1;
		}
		len = len < room ? len : room;
		room -= len;
	}
	return __real_write(fd, bytes, len);
}

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
	log_use(NULL);
	log_set_level(LOG_LEVEL_INFO);
	is_full = false;
	unsetenv("JOURNAL_STREAM");
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
	{ "other bytes", "K\344fig \303", "mynahd: K\\xe4fig \\xc3\n",
	    LOG_LEVEL_INFO },
	{ "control characters of UTF-8", "a\302\205b\302\233c",
	    "mynahd: a\\xc2\\x85b\\xc2\\x9bc\n", LOG_LEVEL_INFO },
	{ "other ends of lines", "a\342\200\250b",
	    "mynahd: a\\xe2\\x80\\xa8b\n", LOG_LEVEL_INFO },
	{ "the other direction", "a\342\200\256b",
	    "mynahd: a\\xe2\\x80\\xaeb\n", LOG_LEVEL_INFO },
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

/* ---- other places ---- */

static struct log_sink *
open_sink(const char *target)
{
	char error[256] = "";
	struct log_sink *sink = log_sink_open(target, error, sizeof(error));

	ck_assert_msg(sink != NULL, "%s: %s", target, error);
	return sink;
}

/* Say to everybody that standard error is the journal. */
static void
name_journal(long off)
{
	char text[64];
	struct stat st;

	ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
	snprintf(text, sizeof(text), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino + (uintmax_t)off);
	setenv("JOURNAL_STREAM", text, 1);
}

START_TEST(gives_the_journal_priorities)
{
	char got[256];

	name_journal(0);
	log_use(open_sink("stderr"));
	log_set_level(LOG_LEVEL_DEBUG);
	for (int l = LOG_LEVEL_ERROR; l <= LOG_LEVEL_DEBUG; l++)
		say((enum log_level)l, "x\ny");
	logged(got, sizeof(got));
	ck_assert_str_eq(got, "<3>error: x\\x0ay\n<4>warning: x\\x0ay\n"
	    "<6>x\\x0ay\n<7>x\\x0ay\n");
}
END_TEST

START_TEST(knows_what_is_not_the_journal)
{
	static const char *const named[] = { "", "1", "x:y" };
	char got[256];

	name_journal(1);
	if (_i > 0)
		setenv("JOURNAL_STREAM", named[_i - 1], 1);
	log_use(open_sink("stderr"));
	log_error("x");
	logged(got, sizeof(got));
	ck_assert_str_eq(got, "mynahd: error: x\n");
}
END_TEST

START_TEST(speaks_to_syslog)
{
	static const int priorities[] = { LOG_ERR, LOG_WARNING, LOG_INFO,
	    LOG_DEBUG };
	static const char *const want[] = { "error: 100%s\\x0a",
	    "warning: 100%s\\x0a", "100%s\\x0a", "100%s\\x0a" };

	connect_error = 0;
	log_use(open_sink("syslog"));
	ck_assert_int_eq(heard_option, LOG_NDELAY | LOG_PID);
	ck_assert_int_eq(heard_facility, LOG_DAEMON);
	log_set_level(LOG_LEVEL_DEBUG);
	say((enum log_level)_i, "100%s\n");
	ck_assert_str_eq(heard, want[_i]);
	ck_assert_int_eq(heard_priority, priorities[_i]);
}
END_TEST

START_TEST(closes_syslog_when_nobody_uses_it)
{
	struct log_sink *sink;

	connect_error = 0;
	closed = 0;
	/* One that was prepared, and not taken. */
	sink = open_sink("syslog");
	log_sink_close(sink);
	ck_assert_uint_eq(closed, 1);
	log_use(open_sink("syslog"));
	log_sink_close(open_sink("syslog"));
	log_use(open_sink("syslog"));
	ck_assert_uint_eq(closed, 1);
	log_use(NULL);
	ck_assert_uint_eq(closed, 2);
}
END_TEST

/* Write to fd until there is no more room. Returns the number of bytes. */
static size_t
fill(int fd)
{
	static const char filler[4096];
	int flags = fcntl(fd, F_GETFL);
	size_t sum = 0;
	ssize_t n;

	ck_assert_int_eq(fcntl(fd, F_SETFL, flags | O_NONBLOCK), 0);
	while ((n = write(fd, filler, sizeof(filler))) > 0)
		sum += (size_t)n;
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(fcntl(fd, F_SETFL, flags), 0);
	return sum;
}

static void
take_away(int fd, size_t len)
{
	char bytes[4096];

	while (len > 0) {
		ssize_t n = read(fd, bytes, len < sizeof(bytes) ? len :
		    sizeof(bytes));

		ck_assert_int_gt(n, 0);
		len -= (size_t)n;
	}
}

START_TEST(does_not_wait_for_a_slow_reader)
{
	char got[512];
	size_t len;

	log_use(open_sink("stderr"));
	len = fill(STDERR_FILENO);
	log_info("one");
	log_error("two");
	take_away(reader, len);
	log_info("three");
	log_info("four");
	logged(got, sizeof(got));
	ck_assert_str_eq(got, "mynahd: warning: 2 lines of this log are lost: "
	    "it was read too slowly\nmynahd: three\nmynahd: four\n");
}
END_TEST

START_TEST(counts_one_line)
{
	char got[512];
	size_t len;

	log_use(open_sink("stderr"));
	len = fill(STDERR_FILENO);
	log_info("one");
	take_away(reader, len);
	log_info("two");
	logged(got, sizeof(got));
	ck_assert_str_eq(got, "mynahd: warning: 1 line of this log is lost: "
	    "it was read too slowly\nmynahd: two\n");
}
END_TEST

START_TEST(does_not_wait_for_a_slow_syslog)
{
	int ends[2];
	size_t len;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
	connect_error = 0;
	connected = ends[0];
	log_use(open_sink("syslog"));
	len = fill(ends[0]);
	heard[0] = '\0';
	log_error("one");
	log_info("two");
	ck_assert_str_eq(heard, "");
	take_away(ends[1], len);
	log_info("three");
	ck_assert_str_eq(heard, "three");
	log_use(NULL);
	connected = -1;
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(says_that_there_is_no_syslog)
{
	char error[256];

	connect_error = ECONNREFUSED;
	ck_assert_ptr_null(log_sink_open("syslog", error, sizeof(error)));
	ck_assert_ptr_nonnull(strstr(error, "/dev/log"));
	ck_assert_ptr_nonnull(strstr(error, strerror(ECONNREFUSED)));
}
END_TEST

static char dir[] = "/tmp/check_log.XXXXXX", path[64], other[64];

static void
make_dir(void)
{
	setenv("TZ", "XYZ-1:30", 1);
	tzset();
	ck_assert(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/log", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
}

static void
remove_dir(void)
{
	unlink(path);
	unlink(other);
	rmdir(dir);
}

static void
setup_file(void)
{
	catch_stderr();
	unlink(path);
	unlink(other);
	/* The next one that is opened. */
	file = dup(STDERR_FILENO);
	close(file);
	log_use(open_sink(path));
}

/* The lines of a file, without the date and the process, which are checked. */
static char *
lines_of(const char *name)
{
	static char got[8192];
	char line[LOG_LINE_MAX * 2];
	size_t n = 0;
	FILE *in = fopen(name, "r");

	ck_assert_ptr_nonnull(in);
	got[0] = '\0';
	while (fgets(line, sizeof(line), in) != NULL) {
		int day, hour, pid = 0, at = 0;

		if (sscanf(line, "2%*3d-%*2d-%2dT%2d:%*2d:%*2d+01:30 "
		    "mynahd[%d]: %n", &day, &hour, &pid, &at) == 3 && at > 0) {
			ck_assert_int_eq(pid, (int)getpid());
			n += (size_t)snprintf(got + n, sizeof(got) - n, "%s",
			    line + at);
		} else {
			n += (size_t)snprintf(got + n, sizeof(got) - n,
			    "?%s", line);
		}
	}
	fclose(in);
	return got;
}

START_TEST(writes_a_file)
{
	struct stat st;
	char got[256];

	log_error("a\nb");
	log_warning("c");
	log_info("d");
	log_debug("e");
	ck_assert_str_eq(lines_of(path), "error: a\\x0ab\nwarning: c\nd\n");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	logged(got, sizeof(got));
	ck_assert_str_eq(got, "");
}
END_TEST

START_TEST(opens_its_file_again)
{
	char got[512];

	log_info("one");
	ck_assert_int_eq(rename(path, other), 0);
	log_info("two");
	ck_assert_int_eq(log_reopen(), 1);
	log_info("three");
	ck_assert_str_eq(lines_of(other), "one\ntwo\n");
	ck_assert_str_eq(lines_of(path), "three\n");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	ck_assert_int_eq(log_reopen(), -1);
	ck_assert_int_eq(rmdir(path), 0);
	logged(got, sizeof(got));
	ck_assert_ptr_nonnull(strstr(got, path));
	ck_assert_ptr_nonnull(strstr(got, strerror(EISDIR)));
}
END_TEST

START_TEST(counts_what_a_full_disk_does_not_take)
{
	char got[1024], *first;

	log_info("one");
	is_full = true;
	room = 10;
	log_info("two");
	log_info("three");
	log_info("four");
	is_full = false;
	log_info("five");
	log_info("six");
	first = lines_of(path);
	ck_assert_msg(strncmp(first, "one\n?2", 6) == 0, "%s", first);
	first = strchr(first + 5, '\n') + 1;
	ck_assert_msg(strncmp(first, "warning: 3 lines of this log are lost: ",
	    39) == 0, "%s", first);
	ck_assert_ptr_nonnull(strstr(first, strerror(ENOSPC)));
	ck_assert_str_eq(strchr(first, '\n') + 1, "five\nsix\n");
	/* Once. */
	logged(got, sizeof(got));
	ck_assert_ptr_nonnull(strstr(got, path));
	ck_assert_ptr_eq(strchr(got, '\n') + 1, got + strlen(got));
}
END_TEST

START_TEST(says_why_no_file_can_be_written)
{
	char error[256], deep[96];

	snprintf(deep, sizeof(deep), "%s/none/log", dir);
	ck_assert_ptr_null(log_sink_open(deep, error, sizeof(error)));
	ck_assert_ptr_nonnull(strstr(error, deep));
	ck_assert_ptr_nonnull(strstr(error, strerror(ENOENT)));
}
END_TEST

START_TEST(goes_back_to_stderr)
{
	char got[256];

	log_info("one");
	log_use(NULL);
	log_info("two");
	ck_assert_str_eq(lines_of(path), "one\n");
	logged(got, sizeof(got));
	ck_assert_str_eq(got, "mynahd: two\n");
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
	tcase_add_test(tc, gives_the_journal_priorities);
	tcase_add_loop_test(tc, knows_what_is_not_the_journal, 0, 4);
	tcase_add_loop_test(tc, speaks_to_syslog, 0, 4);
	tcase_add_test(tc, closes_syslog_when_nobody_uses_it);
	tcase_add_test(tc, says_that_there_is_no_syslog);
	tcase_add_test(tc, does_not_wait_for_a_slow_reader);
	tcase_add_test(tc, counts_one_line);
	tcase_add_test(tc, does_not_wait_for_a_slow_syslog);

	tc = suite_case(s, "file");
	tcase_add_unchecked_fixture(tc, make_dir, remove_dir);
	tcase_add_checked_fixture(tc, setup_file, give_stderr_back);
	tcase_add_test(tc, writes_a_file);
	tcase_add_test(tc, opens_its_file_again);
	tcase_add_test(tc, counts_what_a_full_disk_does_not_take);
	tcase_add_test(tc, says_why_no_file_can_be_written);
	tcase_add_test(tc, goes_back_to_stderr);
	return suite_run(s);
}
